"""Where practitioners work: one role for each practitioner, place and group of professions, from all rows that tell it.

Registers call one profession by several names (Perawat, Ners), so a role is of a group, and bears the finest name told.
"""

from __future__ import annotations

from datetime import date

import polars as pl

NO_PLACE, NO_GROUP = "-", "unknown"
KEY = ("master_id", "facility_key", "profession_group")
ROLES = pl.Schema(
    {
        "master_id": pl.String,
        "facility_key": pl.String,
        "profession_group": pl.String,
        "facility_id": pl.String,
        "facility_namespace": pl.String,
        "facility_code": pl.String,
        "profession_code": pl.String,
        "speciality": pl.String,
        "employment_status": pl.String,
        "sip_number": pl.String,
        "from_date": pl.Date,
        "to_date": pl.Date,
        "sources": pl.String,
        "record_count": pl.Int64,
        "build_date": pl.Date,
    }
)


def place_key(*, missing: str | None = NO_PLACE) -> pl.Expr:
    """What names a place: the facility's id; where it was not found, its namespace and code; or `missing`."""
    code = pl.concat_str("facility_namespace", pl.lit("|"), "facility_code")
    return pl.coalesce("facility_id", code, "facility_code", pl.lit(missing, pl.String))


def merge_roles(rows: pl.DataFrame, *, build_date: date, previous: pl.DataFrame | None) -> pl.DataFrame:
    """Roles in the columns of `ROLES`, sorted by their key.

    `rows`: one per record: record_key, master_id, source, extract, delivery_date, facility_id, facility_namespace,
    facility_code, profession_code, profession_group, speciality, employment_status, sip_number, period_start,
    period_end. What a role says comes from one row: with a speciality before without, the profession that most rows
    tell, the latest delivery, then the smallest key. Its period reaches from the first day told to the last one told.
    `build_date` is since when the role is there, carried over from `previous`.
    """
    keyed = rows.with_columns(
        facility_key=place_key(),
        profession_group=pl.col("profession_group").fill_null(NO_GROUP),
    )
    votes = pl.col("profession_code").count().over(*KEY, "profession_code")
    ordered = keyed.with_columns(votes=votes, plain=pl.col("speciality").is_null()).sort(
        *KEY, pl.col("profession_code").is_null(), "plain", "votes", "delivery_date", "record_key",
        descending=[False] * 5 + [True, True, False],
    )  # fmt: skip
    roles = ordered.group_by(KEY, maintain_order=True).agg(
        pl.col("facility_id", "facility_namespace", "facility_code", "profession_code", "speciality").first(),
        pl.col("employment_status", "sip_number").drop_nulls().first(),
        from_date=pl.col("period_start").min(),
        to_date=pl.col("period_end").max(),
        sources=pl.concat_str("source", pl.lit("/"), "extract").unique().sort().str.join(", "),
        record_count=pl.len().cast(pl.Int64),
    )
    if previous is None:
        dated = roles.with_columns(build_date=pl.lit(build_date))
    else:
        dated = roles.join(previous.select(*KEY, "build_date"), on=KEY, how="left", maintain_order="left")
        dated = dated.with_columns(pl.col("build_date").fill_null(pl.lit(build_date)))
    return dated.select(pl.col(name).cast(kind) for name, kind in ROLES.items())
