"""Registrations (STR) and licences to practise (SIP) of practitioners: whose each is, and how it stands on a day.

Jobs tell the numbers of those who have them; lists of councils and licensing offices tell numbers that may or may not be
told by a job. A number that two practitioners claim is a licence of both, and a finding.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.verify import NO_MATCH, compare_names

STR, SIP = "STR", "SIP"
VALID, EXPIRED, NOT_YET, REVOKED, SUSPENDED, INACTIVE, UNKNOWN = (
    "valid", "expired", "not_yet", "revoked", "suspended", "inactive", "unknown",
)  # fmt: skip
KEY = ("kind", "number_key", "master_id")
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


def hold_licences(rows: pl.DataFrame, records: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """The rows with the `master_id` of whoever has the licence; null where nobody known has it.

    `rows`: record_key (null in rows of lists), kind, number_key, nik, name_key and what `merge_licences` reads. `records`:
    record_key, master_id, nik, name_key. A list's row belongs to the practitioners whose jobs tell its number; of
    several, to the one whose NIK it tells. Where no job tells the number, it belongs to the one practitioner whose NIK
    it tells, unless their names have nothing in common.
    """
    rows = rows.with_row_index("row")
    of_jobs = rows.join(records.select("record_key", "master_id"), on="record_key")
    listed = rows.filter(pl.col("record_key").is_null()).drop("record_key")
    by_number = of_jobs.select(KEY).unique()
    claimed = listed.join(by_number, on=["kind", "number_key"])
    by_nik = _holders(records)
    own = claimed.join(by_nik, on=["nik", "master_id"], how="semi")
    claimed = pl.concat([own, claimed.join(own, on="row", how="anti")])
    unclaimed = listed.join(by_number, on=["kind", "number_key"], how="anti").join(by_nik, on="nik")
    if unclaimed.height:
        near = compare_names(unclaimed["name_key"], unclaimed["known_name"], codebooks) != NO_MATCH
        unclaimed = unclaimed.filter(pl.Series(near))
    found = pl.concat([f.select("row", "master_id") for f in (of_jobs, claimed, unclaimed)])
    return rows.join(found, on="row", how="left").drop("row")


def _holders(records: pl.DataFrame) -> pl.DataFrame:
    """`nik` of one practitioner alone, its `master_id` and `known_name`."""
    told = records.drop_nulls("nik").group_by("nik").agg(
        pl.col("master_id").n_unique().alias("masters"),
        pl.col("master_id").min(),
        known_name=pl.col("name_key").drop_nulls().min(),
    )  # fmt: skip
    return told.filter(pl.col("masters") == 1).drop("masters")


def merge_licences(held: pl.DataFrame, codebooks: Codebooks, *, day: date) -> pl.DataFrame:
    """One row per kind, number and practitioner in the columns of `LICENCES`, sorted; `status` is that of `day`.

    `held`: rows with `master_id`, `facility_key` (the facility's id, or its namespace and code), `issued`, `expires`,
    `status`, `source`, `extract`, `source_key`. Dates come from one row: a list's before a job's, the fuller first, the
    later delivery, then the smallest key. An SIP, or an STR of before the law, that tells no end has that of its term.
    """
    is_list = pl.col("record_key").is_null()
    filled = pl.sum_horizontal(pl.col("issued", "expires").is_not_null())
    ordered = held.with_columns(is_list=is_list, filled=filled).sort(
        *KEY, "is_list", "filled", "delivery_date", "source", "extract", "source_key",
        descending=[False] * 3 + [True] * 3 + [False] * 3, nulls_last=True,
    )  # fmt: skip
    told = ordered.group_by(KEY, maintain_order=True).agg(
        pl.col("number").first(),
        pl.col("profession_code").drop_nulls().first(),
        pl.col("facility_id", "facility_key").sort_by(pl.col("facility_id").is_null(), maintain_order=True).first(),
        pl.col("issued", "expires").first(),
        listed_status=pl.col("status").filter("is_list").drop_nulls().first(),
        is_listed=pl.col("is_list").any(),
        sources=pl.concat_str("source", pl.lit("/"), "extract").unique().sort().str.join(", "),
        record_count=pl.len().cast(pl.Int64),
    )
    return _end(told, codebooks["licence_terms"]).with_columns(status=_status(day)).select(
        pl.col(name).cast(kind) for name, kind in _named().items()
    ).rename({"issued": "issued_date", "expires": "expires_date"}).sort("kind", "number", "master_id", nulls_last=True)  # fmt: skip


def _named() -> dict[str, pl.DataType]:
    return {name.removesuffix("_date") if name.endswith("_date") else name: kind for name, kind in LICENCES.items()}


def _end(told: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Where no end is told: that of the term that held on the day of issue, or none where the licence is for life."""
    book = terms.select(
        "kind",
        pl.col("valid_from").fill_null(date(1, 1, 1)).alias("first"),
        pl.col("valid_to").fill_null(date(9999, 12, 31)).alias("last"),
        pl.col("years").cast(pl.Int64).alias("years"),
        term=pl.lit(True),
    )
    keyed = told.with_row_index("licence")
    term = keyed.join(book, on="kind").filter(pl.col("issued").is_between("first", "last"))
    keyed = keyed.join(term.select("licence", "years", "term"), on="licence", how="left")
    by_term = pl.col("issued").dt.offset_by(pl.format("{}y", "years"))
    rule = (
        pl.when(pl.col("expires").is_not_null()).then(pl.lit("told"))
        .when(by_term.is_not_null()).then(pl.lit("term"))
        .when(pl.col("term") & pl.col("years").is_null()).then(pl.lit("lifelong"))
    )  # fmt: skip
    return keyed.with_columns(pl.coalesce("expires", by_term).alias("expires"), expires_rule=rule)


def _status(day: date) -> pl.Expr:
    """What a council or an office took back stays so; else dates decide; where there are none, what the list says."""
    listed, today = pl.col("listed_status"), pl.lit(day)
    return (
        pl.when(listed.is_in([REVOKED, SUSPENDED])).then(listed)
        .when(pl.col("issued") > today).then(pl.lit(NOT_YET))
        .when(pl.col("expires") < today).then(pl.lit(EXPIRED))
        .when(listed.is_in([EXPIRED, INACTIVE])).then(listed)
        .when(pl.col("expires").is_not_null() | (pl.col("expires_rule") == "lifelong") | (listed == "active"))
        .then(pl.lit(VALID))
        .otherwise(pl.lit(UNKNOWN))
    )  # fmt: skip
