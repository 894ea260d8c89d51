"""Where the records of one master do not agree: which column, which records, which value won, and how bad it is."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.verify import NO_MATCH, compare_names

#: Of patients: published column → the record's column whose values are held against each other.
COLUMNS = {
    "nik": "nik",
    "nama": "name_full",
    "birth_date": "birth_date",
    "sex": "sex",
    "birth_order": "birth_order",
    "passport": "passport",
    "tanggal_meninggal": "tanggal_meninggal",
}
IDENTITY, SPELLING, OTHER = "identity", "spelling", "other"
_OTHER = ("tanggal_meninggal",)


def find_conflicts(
    records: pl.DataFrame, golden: pl.DataFrame, codebooks: Codebooks, *, columns: Mapping[str, str] = COLUMNS
) -> pl.DataFrame:
    """One row per master, column and record that tells a value, where at least two values are told.

    `columns`: published column → the record's column. `records`: standard records with their `master_id`; `golden`:
    the best values. Gives `master_id, column_name, record_key, source, extract, source_key, value, is_chosen,
    severity`, sorted. `severity` is one per master and column: `spelling` where all names are near the chosen one,
    `identity` where they or the numbers, dates or sexes may be those of two persons, `other` for the rest.
    """
    crowd = records.filter(pl.len().over("master_id") > 1)
    found = [_differ(crowd, name, column, golden) for name, column in columns.items()]
    conflicts = pl.concat(found)
    return (
        conflicts.with_columns(_severity(conflicts, codebooks))
        .drop("chosen")
        .sort("master_id", "column_name", "record_key")
    )


def _differ(crowd: pl.DataFrame, name: str, column: str, golden: pl.DataFrame) -> pl.DataFrame:
    told = crowd.select(
        "master_id",
        "record_key",
        "source",
        "extract",
        "source_key",
        column_name=pl.lit(name),
        value=pl.col(column).cast(pl.String),
    ).drop_nulls("value")
    several = told.group_by("master_id").agg(pl.col("value").n_unique()).filter(pl.col("value") > 1)
    told = told.join(several.select("master_id"), on="master_id", how="semi")
    chosen = _chosen(crowd, name, column, golden)
    told = told.join(chosen, on="master_id", how="left")
    return told.with_columns(is_chosen=(pl.col("value") == pl.col("chosen")).fill_null(False))


def _chosen(crowd: pl.DataFrame, name: str, column: str, golden: pl.DataFrame) -> pl.DataFrame:
    """The best value as it is compared: `master_id, chosen`."""
    if name == column:
        return golden.select("master_id", chosen=pl.col(name).cast(pl.String))
    read = crowd.select("master_id", name, chosen=column).join(golden.select("master_id", name), on=["master_id", name])
    return read.group_by("master_id").agg(pl.col("chosen").drop_nulls().min())


def _severity(conflicts: pl.DataFrame, codebooks: Codebooks) -> pl.Series:
    apart = compare_names(conflicts["value"], conflicts["chosen"], codebooks) == NO_MATCH
    is_name, is_other = pl.col("column_name") == "nama", pl.col("column_name").is_in(_OTHER)
    worst = pl.col("apart").any().over("master_id", "column_name")
    severity = (
        pl.when(is_other)
        .then(pl.lit(OTHER))
        .when(is_name & ~worst)
        .then(pl.lit(SPELLING))
        .otherwise(pl.lit(IDENTITY))
        .alias("severity")
    )
    return conflicts.with_columns(apart=pl.Series(apart)).select(severity).to_series()
