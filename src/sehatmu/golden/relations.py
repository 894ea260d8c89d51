"""Who is whose mother: the mother's NIK that a record tells, where it leads to one patient and no other."""

from __future__ import annotations

import polars as pl

MOTHER = "MTH"


def find_mothers(records: pl.DataFrame) -> pl.DataFrame:
    """`master_id` (the child), `relation`, `related_id` (the mother), and the first record that says so.

    `records`: standard records with their `master_id`. A NIK leads to the patient for whom it is confirmed, else to
    the one whose records tell it; where several do, it leads to nobody.
    """
    told = records.select("master_id", "source", "extract", "source_key", "record_key", nik="mother_nik").drop_nulls()
    asked = records.join(told.select("nik").unique(), on="nik", how="semi")
    confirmed = _holders(asked.select("master_id", nik="nik_confirmed"))
    any_record = _holders(asked.select("master_id", "nik")).join(confirmed, on="nik", how="anti")
    mothers = pl.concat([confirmed, any_record]).filter(pl.col("holders") == 1)
    return (
        told.join(mothers, on="nik")
        .filter(pl.col("master_id") != pl.col("related_id"))
        .sort("record_key")
        .unique(["master_id", "related_id"], keep="first", maintain_order=True)
        .select(
            "master_id", pl.lit(MOTHER).alias("relation"), "related_id", "source", "extract", "source_key", "record_key"
        )
        .sort("master_id", "related_id")
    )


def _holders(niks: pl.DataFrame) -> pl.DataFrame:
    """`nik`, how many masters hold it, and one of them."""
    return (
        niks.drop_nulls("nik")
        .group_by("nik")
        .agg(holders=pl.col("master_id").n_unique(), related_id=pl.col("master_id").min())
    )
