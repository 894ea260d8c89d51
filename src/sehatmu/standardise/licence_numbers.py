"""Numbers of registrations (STR) and practice licences (SIP): one form, and which of the two a number is.

There is no national form of a SIP, and what an STR's digits mean is unconfirmed: the forms are data (codebook
`licence_forms`), and what the council and the licensing offices list outweighs them.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_some
from sehatmu.standardise.text import upper_text

STR, SIP = "STR", "SIP"
SWAPPED, STR_IS_SIP, SIP_IS_STR, STR_IS_NIK = "licence:swapped", "no_str:is-sip", "no_sip:is-str", "no_str:is-nik"
_WRITTEN = r"^[0/.-]*[1-9A-Z][A-Z0-9/.-]*[1-9][A-Z0-9/.-]*$"
_NUMBERS = ("str_number", "str_key", "sip_number", "sip_key")


def write_number(text: pl.Expr) -> pl.Expr:
    """A number as it is published: capitals without blanks; null where it has no digit but zeros.

    >>> pl.select(write_number(pl.lit(" 503 / 0012/sip.2024 "))).item()
    '503/0012/SIP.2024'
    """
    plain = upper_text(text).str.replace_all(" ", "")
    return pl.when(plain.str.contains("[1-9]")).then(plain)


def _write(texts: pl.Series) -> pl.Series:
    """`write_number` of a column, which touches only what is not written so already."""
    return evaluate_some(texts, ~texts.str.contains(_WRITTEN), write_number)


def number_key(number: pl.Expr) -> pl.Expr:
    """What is left of a number when punctuation does not count: how numbers compare.

    >>> pl.select(number_key(pl.lit("503/0012/SIP.2024"))).item()
    '5030012SIP2024'
    """
    return number.str.replace_all("[^A-Z0-9]", "")


def read_numbers(rows: pl.DataFrame, niks: pl.Series, codebooks: Codebooks) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(`str_number, str_key, sip_number, sip_key` of every row; `row, finding`).

    `rows`: `str_text, sip_text, is_job`; `niks`: numbers of persons of tonight, which are no STR of anybody. Of jobs,
    an STR in the column of the SIP and the other way about change places; a number of the wrong kind that cannot is
    null.
    """
    made = rows.select("is_job", str_number=_write(rows["str_text"]), sip_number=_write(rows["sip_text"]))
    made = made.with_columns(str_key=number_key(pl.col("str_number")), sip_key=number_key(pl.col("sip_number")))
    is_nik = pl.col("str_key").is_in(niks.drop_nulls().unique().implode()).fill_null(False)
    lists = made.filter(~pl.col("is_job"))
    # What a licensing office says of an STR is not the council's word.
    listed = {STR: lists.filter(pl.col("sip_key").is_null())["str_key"], SIP: lists["sip_key"].drop_nulls()}
    made = made.with_columns(
        is_nik=is_nik,
        **{
            f"{field}_kind": _kinds(made[f"{field}_key"].set(~made["is_job"], None), listed, codebooks)
            for field in ("str", "sip")
        },
    )
    is_sip, is_str = (pl.col("str_kind") == SIP).fill_null(False), (pl.col("sip_kind") == STR).fill_null(False)
    wrong_sip = (pl.col("sip_kind") == SIP).fill_null(False)
    wrong_str = (pl.col("str_kind") == STR).fill_null(False)
    made = made.with_columns(
        swapped=pl.col("is_job") & ((is_sip & ~wrong_sip) | (is_str & ~wrong_str)) & ~pl.col("is_nik"),
        str_is_sip=pl.col("is_job") & is_sip & wrong_sip,
        sip_is_str=pl.col("is_job") & is_str & wrong_str,
    )
    findings = [
        made.with_row_index("row").filter(flag).select("row", finding=pl.lit(finding))
        for flag, finding in (
            ("swapped", SWAPPED), ("str_is_sip", STR_IS_SIP), ("sip_is_str", SIP_IS_STR), ("is_nik", STR_IS_NIK),
        )
    ]  # fmt: skip
    moved = {
        name: pl.when("swapped").then(name.replace("str", "sip") if "str" in name else name.replace("sip", "str"))
        .otherwise(name)
        for name in _NUMBERS
    }  # fmt: skip
    lost = {"str": pl.col("is_nik") | pl.col("str_is_sip"), "sip": pl.col("sip_is_str")}
    numbers = made.select(pl.when(~lost[name[:3]]).then(value).alias(name) for name, value in moved.items())
    return numbers, pl.concat(findings).sort("row", "finding")


def _kinds(keys: pl.Series, listed: dict[str, pl.Series], codebooks: Codebooks) -> pl.Series:
    """STR or SIP for every number: the one whose register lists it, else the one whose forms it has; null for neither
    and for both."""
    key = pl.col("key")
    known = {kind: key.is_in(numbers.unique().implode()).fill_null(False) for kind, numbers in listed.items()}
    forms = codebooks["licence_forms"]
    formed = {
        kind: key.str.contains("|".join(f"(?:{form})" for form in forms.filter(kind=kind)["pattern"])).fill_null(False)
        for kind in (STR, SIP)
    }
    told = keys.alias("key").to_frame().select("key", kind=_only(known))
    unlisted = (told["kind"].is_null() & keys.is_not_null()).arg_true()
    by_form = keys.gather(unlisted).alias("key").to_frame().select(_only(formed)).to_series()
    return told["kind"].scatter(unlisted, by_form)


def _only(said: dict[str, pl.Expr]) -> pl.Expr:
    first, second = said.values()
    return (
        pl.when(first & ~second)
        .then(pl.lit(STR))
        .when(second & ~first)
        .then(pl.lit(SIP))
        .otherwise(pl.lit(None, pl.String))
    )
