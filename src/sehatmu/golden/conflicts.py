"""Where the records of one master do not agree: which column, which records, which value won, and how bad it is."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.golden.ordering import sortable
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
    crowd = records.filter(pl.col("master_id").is_duplicated())
    # By master and record: what differs are neighbours then, and places tell the order.
    by = [pl.lit(sortable(crowd["master_id"])), *([] if crowd["record_key"].is_sorted() else ["record_key"])]
    crowd = crowd.sort(by, maintain_order=True)
    slot, names = crowd["master_id"].rle_id(), sorted(columns)
    best = golden.select("master_id", *names).join(crowd.select("master_id").unique(), on="master_id", how="semi")
    told = pl.concat(_differ(crowd, slot, number, name, columns[name], best) for number, name in enumerate(names))
    told = told.sort("slot", "number", "at")
    conflicts = crowd.select("master_id", "record_key", "source", "extract", "source_key")[told["at"]].with_columns(
        pl.Series(names, dtype=pl.String).gather(told["number"]).alias("column_name"),
        *told.select("value", "chosen", is_chosen=pl.col("value").eq(pl.col("chosen")).fill_null(value=False)),
    )
    return conflicts.with_columns(_severity(conflicts, codebooks)).drop("chosen")


def _differ(
    crowd: pl.DataFrame, slot: pl.Series, number: int, name: str, column: str, golden: pl.DataFrame
) -> pl.DataFrame:
    """Where in `crowd` records of masters stand that tell several values of a column, their values and the best one.

    `slot` numbers the masters, `number` the column.
    """
    told = crowd[column].is_not_null().arg_true()
    values, slots = crowd[column].gather(told), slot.gather(told)
    differs = values.ne(values.shift()) & slots.eq(slots.shift())
    several = slots.is_in(slots.filter(differs).unique().implode())
    at = told.filter(several)
    return pl.DataFrame(
        {
            "slot": slots.filter(several),
            "number": pl.repeat(number, len(at), dtype=pl.UInt8, eager=True),
            "at": at,
            "value": values.filter(several).cast(pl.String),
            "chosen": _chosen(crowd[at], name, column, golden),
        }
    )


def _chosen(several: pl.DataFrame, name: str, column: str, golden: pl.DataFrame) -> pl.Series:
    """For every record the best value of its master as it is compared."""
    best = several.select("master_id").join(
        golden.select("master_id", name), on="master_id", how="left", maintain_order="left"
    )
    if name == column:
        return best[name].cast(pl.String)
    # Of records that tell the very text that was chosen, what they were read as.
    read = several.select("master_id", chosen=column).filter(several[name].eq(best[name]).fill_null(value=False))
    read = read.group_by("master_id").agg(pl.col("chosen").min())
    return several.select("master_id").join(read, on="master_id", how="left", maintain_order="left")["chosen"]


def _severity(conflicts: pl.DataFrame, codebooks: Codebooks) -> pl.Series:
    is_name = conflicts["column_name"] == "nama"
    names = conflicts.filter(is_name)
    apart = names.filter(pl.Series(compare_names(names["value"], names["chosen"], codebooks) == NO_MATCH))
    is_spelling = is_name & ~conflicts["master_id"].is_in(apart["master_id"].unique().implode())
    severity = (
        pl.when(pl.col("column_name").is_in(_OTHER))
        .then(pl.lit(OTHER))
        .when(is_spelling)
        .then(pl.lit(SPELLING))
        .otherwise(pl.lit(IDENTITY))
        .alias("severity")
    )
    return conflicts.select(severity).to_series()
