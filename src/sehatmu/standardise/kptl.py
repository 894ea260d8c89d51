"""National codes of services: which codes there are, which can be composed, and what is wrong with one that is given.

A code is a base of five digits and up to five modifiers, joined with dots. The list of codes says which groups of
modifiers a base takes. Frames in, frames out; nothing here knows a facility.
"""

from __future__ import annotations

import polars as pl

VALID, UNKNOWN, RETIRED = "valid", "kptl:not-in-list", "kptl:retired"
NO_MODIFIER, NOT_ALLOWED = "kptl:unknown-modifier", "kptl:modifier-not-allowed"
_GROUPS = [f"kelompok_modifier_{place}" for place in range(1, 6)]
_SERVICE = r"^\d{5}"


def active_rows(kptl: pl.DataFrame, statuses: pl.DataFrame) -> pl.DataFrame:
    """The list with `is_active`: false only where the status says so in a word that the codebook reads."""
    ended = statuses.filter(pl.col("is_active") == "false")["spelling"].implode()
    told = pl.col("status").str.strip_chars().str.to_uppercase().str.replace_all(r"\s+", " ")
    return kptl.with_columns(is_active=~told.is_in(ended).fill_null(False))


def is_service(code: str = "kode_dasar") -> pl.Expr:
    """Whether a row of the list is a service (a base code or a combination), not a modifier."""
    return pl.col(code).str.contains(_SERVICE)


def judge_codes(codes: pl.Series, kptl: pl.DataFrame) -> pl.DataFrame:
    """Distinct codes with their `verdict`, and the name of those that are composed.

    `kptl`: as `active_rows` gives it. Out: `code`, `verdict` (`valid`, or the finding), `is_listed` (the list has this
    very code), `name` (of a valid code that the list does not have: base and modifiers, else null), sorted by code.
    A combination that the list has is judged by its modifiers all the same.
    """
    asked = pl.DataFrame({"code": codes.drop_nulls().unique().sort()})
    listed = kptl.filter(is_service()).select(code="kode_dasar", listed_active="is_active", listed_name="nama")
    parts = asked.with_columns(part=pl.col("code").str.split("."))
    bases = kptl.filter(is_service()).select(
        base="kode_dasar", base_active="is_active", base_name="nama", takes=pl.concat_list(_GROUPS)
    )
    told = parts.with_columns(base=pl.col("part").list.first()).join(bases, on="base", how="left")
    told = told.join(listed, on="code", how="left").join(_modifiers(told, kptl), on="code", how="left")
    verdict = (
        pl.when(pl.col("base_active").is_null())
        .then(pl.lit(UNKNOWN))
        .when(~pl.col("base_active") | ~pl.col("listed_active").fill_null(True))
        .then(pl.lit(RETIRED))
        .when(pl.col("unknown_count") > 0)
        .then(pl.lit(NO_MODIFIER))
        .when(pl.col("refused_count") > 0)
        .then(pl.lit(NOT_ALLOWED))
        .otherwise(pl.lit(VALID))
    )
    is_listed = pl.col("listed_name").is_not_null()
    composed = pl.concat_str("base_name", "modifier_names", separator=", ", ignore_nulls=True)
    return told.select(
        "code",
        verdict=verdict,
        is_listed=is_listed,
        name=pl.when((verdict == VALID) & ~is_listed).then(composed),
    ).sort("code")


def _modifiers(told: pl.DataFrame, kptl: pl.DataFrame) -> pl.DataFrame:
    """Per code with modifiers: how many are unknown, how many its base does not take (or takes once), their names."""
    known = kptl.filter(~is_service()).select(
        modifier="kode_dasar", group=pl.col("modifier"), modifier_name="nama", modifier_active="is_active"
    )
    each = (
        told.select("code", "takes", modifier=pl.col("part").list.slice(1))
        .filter(pl.col("modifier").list.len() > 0)
        .explode("modifier")
        .with_columns(place=pl.int_range(pl.len()).over("code"))
        .join(known, on="modifier", how="left", maintain_order="left")
    )
    is_known = pl.col("modifier_active").fill_null(False)
    again = pl.col("group").is_duplicated().over("code") & pl.col("group").is_not_null()
    takes = pl.col("takes").list.contains(pl.col("group")).fill_null(False)
    return (
        each.with_columns(is_known=is_known, refused=is_known & (~takes | again))
        .sort("code", "place")
        .group_by("code", maintain_order=True)
        .agg(
            unknown_count=(~pl.col("is_known")).sum(),
            refused_count=pl.col("refused").sum(),
            modifier_names=pl.col("modifier_name").str.join(", "),
        )
    )
