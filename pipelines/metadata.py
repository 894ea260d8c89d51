"""What a materialization reports: rows, columns, lineage, and a preview that shows no personal value.

A value is shown only where its column is known to be harmless; everything else is replaced by its class,
so a new column is masked until somebody says otherwise.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from sehatmu.contracts import Contract, Contracts

PREVIEW_ROWS = 10

# Layers whose tables have one shape for every extract: the published table of that shape.
DESCRIBED_BY = {"landing": "meta_source_file", "quarantine": "quarantine_row"}

# Columns of our own frames between the layers; none of them can hold a value about a person.
OPEN_COLUMNS = frozenset(
    {
        "source", "extract", "file_name", "row_number", "content_hash", "file_hash", "delivery_date", "build_date",
        "row_count", "accepted_count", "quarantined_count", "reasons", "flags", "is_current", "score", "class",
        "rule", "veto", "index", "master_id", "other_id", "event", "column_groups", "finding", "namespace",
        "verdict", "status", "gain", "rank", "kind_code", "subkind_code", "prov_code", "kab_code", "kec_code",
    }
)  # fmt: skip


def describe_frame(
    frame: pl.DataFrame, key: dg.AssetKey, contracts: Contracts, *, rows: int | None = None
) -> dict[str, Any]:
    """Row count, column schema, lineage and masked preview of one asset's frame; `rows`, where it is not all of it."""
    contract = contract_of(key, contracts)
    return {
        "dagster/row_count": frame.height if rows is None else rows,
        "dagster/column_schema": column_schema(frame.schema, contract),
        "preview": dg.MetadataValue.md(preview(frame, contract)),
    }


def contract_of(key: dg.AssetKey, contracts: Contracts) -> Contract | None:
    """The contract that describes an asset's columns; None for what only passes between our own layers."""
    layer, domain, table = key.path
    if layer == "accepted":
        return contracts.by_id[table]
    if layer in DESCRIBED_BY:
        return contracts.by_id[DESCRIBED_BY[layer]]
    tables = (c for c in contracts.indexes() if c.domain == domain and c.table == table)
    return next(tables, None) if layer == "golden" else None


def column_schema(schema: Mapping[str, pl.DataType], contract: Contract | None) -> dg.TableSchema:
    """Dagster's column table, with the contract's descriptions where there is one."""
    known = {c.name: c for c in contract.columns} if contract else {}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=str(dtype),
                description=known[name].description if name in known else None,
                constraints=dg.TableColumnConstraints(nullable=not (name in known and known[name].required)),
                tags={"classification": known[name].classification} if name in known else None,
            )
            for name, dtype in schema.items()
        ]
    )


def preview(frame: pl.DataFrame, contract: Contract | None) -> str:
    """The first rows as a Markdown table, every column that may hold a personal value masked."""
    open_columns = (
        OPEN_COLUMNS | {c.name for c in contract.columns if c.classification == "public"} if contract else OPEN_COLUMNS
    )
    shown = frame.head(PREVIEW_ROWS).select(
        (
            pl.col(name).cast(pl.String, strict=False)
            if not isinstance(dtype, pl.List)
            else pl.col(name).cast(pl.List(pl.String)).list.join(", ")
        ).alias(name)
        if name in open_columns
        else pl.when(pl.col(name).is_not_null()).then(pl.lit("<masked>")).alias(name)
        for name, dtype in frame.schema.items()
    )
    return markdown_table(shown.columns, shown.rows())


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; bars and line ends inside a cell are kept from breaking it."""

    def line(cells: Iterable[Any]) -> str:
        texts = ("" if c is None else str(c).replace("|", "\\|").replace("\n", " ") for c in cells)
        return "| " + " | ".join(texts) + " |"

    header = list(header)
    return "\n".join([line(header), line("---" for _ in header), *map(line, rows)])


def markdown(frame: pl.DataFrame) -> dg.MetadataValue:
    """A small frame that holds no personal value, as a Markdown table."""
    return dg.MetadataValue.md(markdown_table(frame.columns, frame.rows()))


def column_lineage(contract: Contract, upstream: dict[tuple[str, str], dg.AssetKey]) -> dg.TableColumnLineage:
    """Which delivered columns a published column comes from, as the contract's `derivedFrom` says."""
    return dg.TableColumnLineage(
        {
            column.name: [
                dg.TableColumnDep(asset_key=upstream[d.source, d.extract], column_name=d.column)
                for d in column.derived_from
                if (d.source, d.extract) in upstream
            ]
            for column in contract.columns
        }
    )
