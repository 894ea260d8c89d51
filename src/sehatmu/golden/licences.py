"""Registrations (STR) and licences to practise (SIP) of practitioners: whose each is, and how it stands on a day.

Jobs tell the numbers of those who have them; lists of councils and licensing offices belong to the job that they mean.
A number that two practitioners claim is a licence of both, and a finding.
"""

from __future__ import annotations

from datetime import date

import polars as pl

STR, SIP = "STR", "SIP"
VALID, EXPIRED, NOT_YET, REVOKED, SUSPENDED, INACTIVE, UNKNOWN = (
    "valid", "expired", "not_yet", "revoked", "suspended", "inactive", "unknown",
)  # fmt: skip
_KEY = ("kind", "number_key", "master_id")
LICENCES = pl.Schema(
    {
        "kind": pl.String,
        "number": pl.String,
        "master_id": pl.String,
        "profession_code": pl.String,
        "facility_id": pl.String,
        "facility_key": pl.String,
        "issued_date": pl.Date,
        "expires_date": pl.Date,
        "expires_rule": pl.String,
        "status": pl.String,
        "is_listed": pl.Boolean,
        "sources": pl.String,
        "record_count": pl.Int64,
    }
)


def merge_licences(rows: pl.DataFrame, links: pl.DataFrame, professions: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """One row per kind, number and practitioner in the columns of `LICENCES`, sorted; `status` is that of `day`.

    `rows`: the standard table `licence` and `facility_key`, which names the place or is null. `links`: record_key,
    master_id; a row whose record has no master is a licence of nobody known. `professions`: `master_id,
    profession_code`, for a licence of which no row tells the profession. Dates come from one row: one with a date, a
    list's before a job's, the fuller, the later delivery, then the smallest key.
    """
    own = pl.concat_str("source", "extract", "source_key", separator="|")
    filled = pl.sum_horizontal(pl.col("issued", "expires").is_not_null())
    held = rows.join(links.select("record_key", "master_id"), on="record_key", how="left")
    held = held.with_columns(is_list=pl.col("record_key").ne_missing(own), filled=filled, dated=filled > 0)
    ordered = held.sort(
        *_KEY, "dated", "is_list", "filled", "delivery_date", "source", "extract", "source_key",
        descending=[False] * 3 + [True] * 4 + [False] * 3, nulls_last=True,
    )  # fmt: skip
    place = pl.col("facility_id").is_null()
    told = ordered.group_by(_KEY, maintain_order=True).agg(
        pl.col("number", "issued", "expires").first(),
        pl.col("expiry_is_derived").first(),
        pl.col("profession_code").drop_nulls().first(),
        pl.col("facility_id").drop_nulls().first(),
        pl.col("facility_key").sort_by(place, pl.col("facility_key").is_null(), maintain_order=True).first(),
        listed_status=pl.col("status_code").filter("is_list").drop_nulls().first(),
        is_listed=pl.col("is_list").any(),
        sources=pl.concat_str("source", pl.lit("/"), "extract").unique().sort().str.join(", "),
        record_count=pl.len().cast(pl.Int64),
    )
    told = told.join(professions, on="master_id", how="left", suffix="_held", maintain_order="left")
    return told.select(
        "kind", "number", "master_id", pl.coalesce("profession_code", "profession_code_held"), "facility_id",
        "facility_key", "is_listed", "sources", "record_count",
        issued_date="issued", expires_date="expires", expires_rule=_rule(), status=_status(day),
    ).select(LICENCES.names()).cast(LICENCES).sort("kind", "number", "master_id", nulls_last=True)  # fmt: skip


def _rule() -> pl.Expr:
    """A day of issue without an end means that there is none: standardising gives one to whatever has a term."""
    ends = pl.col("expires").is_not_null()
    return (
        pl.when(ends & ~pl.col("expiry_is_derived")).then(pl.lit("told"))
        .when(ends).then(pl.lit("term"))
        .when(pl.col("issued").is_not_null()).then(pl.lit("lifelong"))
    )  # fmt: skip


def _status(day: date) -> pl.Expr:
    """What a council or an office took back stays so; else dates decide; where there are none, what the list says."""
    listed, today = pl.col("listed_status"), pl.lit(day)
    has_dates = pl.any_horizontal(pl.col("issued", "expires").is_not_null())
    return (
        pl.when(listed.is_in([REVOKED, SUSPENDED])).then(listed)
        .when(pl.col("issued") > today).then(pl.lit(NOT_YET))
        .when(pl.col("expires") < today).then(pl.lit(EXPIRED))
        .when(listed.is_in([EXPIRED, INACTIVE])).then(listed)
        .when(has_dates | (listed == "active")).then(pl.lit(VALID))
        .otherwise(pl.lit(UNKNOWN))
    )  # fmt: skip
