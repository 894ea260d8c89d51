"""What the clinical index promises: references hold, and none is lost on the way.

`reconcile` counts what resources say, before anything is resolved, against what is published of it; `broken_references`
is the gate before a build, over the tables themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
import polars.selectors as cs

from sehatmu.golden.clinical_shapes import SHAPES, table_of
from sehatmu.lake import Table
from sehatmu.standardise.clinical_lists import REFERENCES, count_elements

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
_COUNTED = {
    **dict.fromkeys(_TYPE_OF_ROW, pl.String),
    **dict.fromkeys(("told_count", "resolved_count", "unresolved_count"), pl.Int64),
}
# Columns that lead to another clinical table.
_LEADS = {"encounter_id": "encounter", "service_request_id": "service_request", "specimen_id": "specimen"}


def reconcile(visits: pl.DataFrame, facts: pl.DataFrame, link: pl.DataFrame, missing: pl.DataFrame) -> pl.DataFrame:
    """`resource_type, element, told_count, resolved_count, unresolved_count` of references, by who says them.

    Of lists the elements are counted that JSON itself counts.
    """
    resolved = [_count_resolved(rows) for rows in (visits, facts)]
    links = link.group_by(_TYPE_OF_ROW).agg(resolved_count=pl.len().cast(pl.Int64))
    return _add_up([count_told(visits), count_told(facts), *resolved, links, _count_lost(missing)])


def reconcile_again(
    former: pl.DataFrame, made: pl.DataFrame, told: Iterable[pl.DataFrame], lost: pl.DataFrame
) -> pl.DataFrame:
    """What `reconcile` tells of all, from that of the build before and that of the resources which were `made` again.

    `told` is what `count_told` says of these as they were before, `lost` their references that led nowhere then.
    """
    counts = _add_up([*told, _count_lost(lost)])
    counts = counts.with_columns(resolved_count=pl.col("told_count") - pl.col("unresolved_count"))
    whole = _add_up([former, made, counts.with_columns(-cs.ends_with("_count"))])
    return whole.filter((pl.col("told_count") != 0) | pl.col("element").is_in(list(_SCALARS)))


def count_told(rows: pl.DataFrame) -> pl.DataFrame:
    """`resource_type, element, told_count`: the references that these resources say, resolved or not."""
    single = [_count(rows, element, _SCALARS[element][0], "told_count") for element in _said(rows)]
    lists = [
        count_elements(rows, name).select("resource_type", pl.lit(name).alias("element"), told_count="count")
        for name in REFERENCES
        if name in rows.columns
    ]
    return pl.concat([*single, *lists])


def _count_resolved(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(_count(rows, element, _SCALARS[element][1], "resolved_count") for element in _said(rows))


def _said(rows: pl.DataFrame) -> list[str]:
    """The single references that rows of this extract may say; a visit's facility is told in two ways, and is one."""
    told = [element for element, (column, _) in _SCALARS.items() if column in rows.columns]
    return [element for element in told if element != "organization" or "service_provider" not in told]


def _count(rows: pl.DataFrame, element: str, column: str, name: str) -> pl.DataFrame:
    counted = rows.group_by("resource_type").agg(pl.col(column).is_not_null().sum().cast(pl.Int64).alias(name))
    return counted.select("resource_type", pl.lit(element).alias("element"), name)


def _count_lost(missing: pl.DataFrame) -> pl.DataFrame:
    return missing.group_by(_TYPE_OF_ROW).agg(unresolved_count=pl.len().cast(pl.Int64))


def _add_up(counted: Iterable[pl.DataFrame]) -> pl.DataFrame:
    whole = pl.concat([pl.DataFrame(schema=_COUNTED), *counted], how="diagonal")
    return whole.group_by(_TYPE_OF_ROW).agg(cs.ends_with("_count").sum()).sort(_TYPE_OF_ROW)


def broken_references(tables: Mapping[str, Table]) -> pl.DataFrame:
    """`table, column, rows`: ids that lead to no row of tonight, and references of which it is not told what became.

    Of a table on top of the parent build's only the rows that are new are asked: what the others lead to stays.
    """
    found = [("reconciliation", f"{kind}.{element}", told - kept) for kind, element, told, kept in _lost(tables)]
    ids = {name: _all_of(tables[name], f"{name}_id") for name in map(table_of, SHAPES)}
    for name in ids:
        rows = _new_rows(tables[name])
        for column, target in _LEADS.items():
            if column in rows.columns and name != target:
                found.append((name, column, _astray(rows[column], ids[target])))
    links = _new_rows(tables["link"]).filter(pl.col("target_type") != "Practitioner")
    for (kind,), rows in links.group_by("target_type"):
        found.append(("link", f"target_id of {kind}", _astray(rows["target_id"], ids[table_of(str(kind))])))
    broken = pl.DataFrame(found, schema={"table": pl.String, "column": pl.String, "rows": pl.Int64}, orient="row")
    return broken.filter(pl.col("rows") != 0).sort("table", "column")


def _lost(tables: Mapping[str, Table]) -> Iterator[tuple[str, str, int, int]]:
    kept = pl.col("resolved_count") + pl.col("unresolved_count")
    yield from tables["reconciliation"].read().select(*_TYPE_OF_ROW, "told_count", kept=kept).iter_rows()


def _new_rows(table: Table) -> pl.DataFrame:
    return table.splice.fresh if table.splice else table.read()


def _all_of(table: Table, column: str) -> pl.Series:
    return table.read([column])[column]


def _astray(ids: pl.Series, known: pl.Series) -> int:
    return int((~ids.drop_nulls().is_in(known.implode())).sum())
