"""Who is meant: the patients, health workers and facilities that clinical resources refer to, as masters of tonight.

A number of the platform leads through redirects to the master that stands for it tonight; a NIK to the one master that
has it. What leads nowhere stays as it was said, with the reason, and is asked again every night. Each text is resolved
once, however many rows say it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.standardise.clinical_names import shorten

#: Why a reference leads nowhere: nobody answers to it, several do, what answers is of another kind, or it is empty.
UNKNOWN, SEVERAL, OTHER, EMPTY = "unknown", "several", "other-kind", "empty"
#: What each kind of reference is called, and the namespace in which a domain keeps the platform's own number.
KINDS = {"patient": "Patient", "practitioner": "Practitioner", "facility": "Organization"}
OWN_NUMBERS = {"patient": "ihs", "practitioner": "ihs", "facility": "satset"}
_NUMBER = r"^(?:[A-Za-z]+/|\|)(.+)$"


def claim(said: pl.Expr) -> pl.Expr:
    """What a row says of a person or a place, as `Kind/number`, a urn, or `|number`; null where it says nothing. Where
    the server's address stands before it, it is dropped."""
    short = said.str.replace(r"^https?://.*/([A-Za-z]+/[^/]+)$", "${1}")
    return pl.when(said.str.contains("[/:]")).then(short).otherwise(pl.concat_str(pl.lit("|"), said))


def resolve(said: pl.Series, domain: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """`said, claim, master_id, why` of each distinct text: what it claims, a master of tonight, or why there is none.

    `frames`: `<domain>_<domain>` (master_id), `<domain>_<domain>_identifier` (master_id, namespace, code) and
    `<domain>_redirect` (retired_id, current_id) of tonight.
    """
    asked = said.drop_nulls().unique().sort().to_frame("said").with_columns(claim=claim(pl.col("said")))
    kind = pl.col("claim").str.extract(r"^([A-Za-z]+)/")
    asked = asked.with_columns(
        number=pl.col("claim").str.extract(_NUMBER),
        is_other=(kind.is_not_null() & (kind != KINDS[domain])) | pl.col("claim").str.starts_with("urn:"),
    )
    numbers = asked.filter(~pl.col("is_other"))["number"].drop_nulls().unique()
    held = (
        holders(numbers, domain, frames)
        .group_by("number")
        .agg(pl.col("master_id").min(), pl.col("master_id").n_unique().alias("count"))
    )
    told = asked.join(held, on="number", how="left")
    is_one = (pl.col("count") == 1).fill_null(False)
    why = (
        pl.when("is_other").then(pl.lit(OTHER))
        .when(pl.col("count") > 1).then(pl.lit(SEVERAL))
        .when(~is_one).then(pl.lit(UNKNOWN))
    )  # fmt: skip
    one = is_one & ~pl.col("is_other")
    return told.select("said", "claim", master_id=pl.when(one).then("master_id"), why=why)


def holders(numbers: pl.Series, domain: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """`number, master_id` of the masters that each number leads to: by itself, through a redirect, or as an identifier
    where it is no master's own."""
    wanted = numbers.implode()
    current = frames[f"{domain}_{domain}"].select("master_id")
    here = current.filter(pl.col("master_id").is_in(wanted)).with_columns(number="master_id")
    forward = frames[f"{domain}_redirect"].filter(pl.col("retired_id").is_in(wanted))
    led = forward.select(number="retired_id", master_id="current_id").join(current, on="master_id", how="semi")
    own = pl.concat([here.select("number", "master_id"), led])
    listed = list_numbers(frames[f"{domain}_{domain}_identifier"], domain).filter(pl.col("number").is_in(wanted))
    other = listed.join(own, on="number", how="anti")
    return pl.concat([own, other.join(current, on="master_id", how="semi")])


def list_numbers(identifiers: pl.DataFrame, domain: str) -> pl.DataFrame:
    """`number, master_id` of the identifiers by which a master of that domain may be claimed."""
    told = identifiers.filter(pl.col("namespace").is_in(["nik", OWN_NUMBERS[domain]]))
    codes = [name for name in ("code", "personal_code") if name in told.columns]
    return told.select(number=pl.coalesce(codes), master_id="master_id")


def ask_for(domain: str, said: pl.Expr) -> pl.Expr:
    """The number of 64 bits that stands for a claim to a master of that domain; `said` is what `claim` made of it."""
    return ask_for_number(domain, said.str.extract(_NUMBER))


def ask_for_number(domain: str, number: pl.Expr) -> pl.Expr:
    """The same of the number that is claimed, or that a master has."""
    return shorten(pl.concat_str(pl.lit(domain), number, separator="|"))
