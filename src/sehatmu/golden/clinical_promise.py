"""What the clinical index promises: references hold, and none is lost on the way.

`reconcile` counts what resources say, before anything is resolved, against what is published of it; `broken_references`
is the gate before a build, over the tables themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb
import polars as pl

from sehatmu.golden.clinical_shapes import SHAPES, table_of
from sehatmu.standardise.clinical_lists import REFERENCES

# Element → the column that holds what it says, and the id that it leads to.
_SCALARS = {
    "subject": ("subject", "patient_id"),
    "performer": ("performer", "practitioner_id"),
    "requester": ("requester", "requester_id"),
    "encounter": ("encounter", "encounter_id"),
    "organization": ("organization", "own_facility_id"),
    "service_provider": ("service_provider", "facility_id"),
}
_TYPE_OF_ROW = ["resource_type", "element"]
# Columns that lead to another clinical table.
_LEADS = {"encounter_id": "encounter", "service_request_id": "service_request", "specimen_id": "specimen"}


def reconcile(visits: pl.DataFrame, facts: pl.DataFrame, link: pl.DataFrame, missing: pl.DataFrame) -> pl.DataFrame:
    """`resource_type, element, told_count, resolved_count, unresolved_count` of references, by who says them.

    Of lists the elements are counted that JSON itself counts.
    """
    told = pl.concat(part for rows in (visits, facts) for part in _told(rows))
    counted = told.group_by(_TYPE_OF_ROW).agg(pl.col("told_count", "resolved_count").sum())
    links = link.group_by(_TYPE_OF_ROW).agg(linked=pl.len().cast(pl.Int64))
    lost = missing.group_by(_TYPE_OF_ROW).agg(unresolved_count=pl.len().cast(pl.Int64))
    joined = counted.join(links, on=_TYPE_OF_ROW, how="full", coalesce=True)
    joined = joined.join(lost, on=_TYPE_OF_ROW, how="full", coalesce=True)
    return joined.select(
        *_TYPE_OF_ROW,
        pl.col("told_count").fill_null(0),
        pl.col("resolved_count").fill_null(0) + pl.col("linked").fill_null(0),
        pl.col("unresolved_count").fill_null(0),
    ).sort(_TYPE_OF_ROW)


def _told(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Per type and element, what rows say, and for single references how many of them have an id."""
    for element, (column, target) in _SCALARS.items():
        if column in rows.columns and target in rows.columns:
            yield (
                rows.group_by("resource_type")
                .agg(
                    element=pl.lit(element),
                    told_count=pl.col(column).is_not_null().sum().cast(pl.Int64),
                    resolved_count=pl.col(target).is_not_null().sum().cast(pl.Int64),
                )
                .select(*_TYPE_OF_ROW, "told_count", "resolved_count")
            )
    for element in (name for name in REFERENCES if name in rows.columns):
        listed = rows.filter(pl.col(element).is_not_null()).select("resource_type", told=element)
        with duckdb.connect() as con:
            con.register("listed", listed)
            yield con.sql(
                "SELECT resource_type, $element AS element, sum(CASE WHEN json_type(told) = 'ARRAY' "
                "THEN json_array_length(told) ELSE 1 END)::BIGINT AS told_count, 0::BIGINT AS resolved_count "
                "FROM listed WHERE json_valid(told) GROUP BY resource_type",
                params={"element": element},
            ).pl()


def broken_references(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """`table, column, rows`: ids that lead to no row of tonight, and references of which it is not told what became."""
    found = [("reconciliation", f"{kind}.{element}", told - kept) for kind, element, told, kept in _lost(tables)]
    for name in (table_of(kind) for kind in SHAPES):
        for column, target in _LEADS.items():
            if column in tables[name].columns and name != target:
                found.append((name, column, _astray(tables[name][column], tables[target][column])))
    for (kind,), rows in tables["link"].filter(pl.col("target_type") != "Practitioner").group_by("target_type"):
        target = table_of(str(kind))
        found.append(("link", f"target_id of {kind}", _astray(rows["target_id"], tables[target][f"{target}_id"])))
    broken = pl.DataFrame(found, schema={"table": pl.String, "column": pl.String, "rows": pl.Int64}, orient="row")
    return broken.filter(pl.col("rows") != 0).sort("table", "column")


def _lost(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str, int, int]]:
    kept = pl.col("resolved_count") + pl.col("unresolved_count")
    yield from tables["reconciliation"].select(*_TYPE_OF_ROW, "told_count", kept=kept).iter_rows()


def _astray(ids: pl.Series, known: pl.Series) -> int:
    return int((~ids.drop_nulls().is_in(known.implode())).sum())
