"""What the published columns mean and where they come from: `meta.dictionary` and `meta.column_lineage`.

Called by publish, and by Dagster's metadata. Both frames say only what the contracts say; nothing is typed
a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from sehatmu.contracts.ddl import sql_type
from sehatmu.contracts.model import Column, Contract, Contracts, Derivation

_DICTIONARY = ("schema_name", "table_name", "column_name", "type", "description", "classification", "example")
_LINEAGE = (
    "schema_name",
    "table_name",
    "column_name",
    "from_source",
    "from_extract",
    "from_column",
    "rule",
)
# domain -> survivorship group -> how its values are chosen
Survivorship = Mapping[str, Mapping[str, str]]


def dictionary(contracts: Contracts) -> pl.DataFrame:
    """One row per published column, in order of tables and, within them, of columns; all text."""
    rows = [
        (
            contract.schema_name,
            contract.table,
            column.name,
            sql_type(column),
            column.description,
            column.classification,
            column.examples[0] if column.examples else None,
        )
        for contract in contracts.indexes()
        for column in contract.columns
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(_DICTIONARY, pl.String), orient="row")


def column_lineage(contracts: Contracts, survivorship: Survivorship | None = None) -> pl.DataFrame:
    """One row per published column and origin, all text; a maker has no `from_extract` and `from_column`.

    `rule` is the origin's own, else that of the column's survivorship group (in `survivorship`, by domain and
    group; without it, where the rule is written), else what kind of origin it is.
    """
    rows = [
        (
            contract.schema_name,
            contract.table,
            column.name,
            origin.source,
            origin.extract or None,
            origin.column or None,
            origin.rule or _rule(contract, column, origin, contracts, survivorship or {}),
        )
        for contract, column, origin in _origins(contracts)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(_LINEAGE, pl.String), orient="row")


def _origins(contracts: Contracts) -> Iterator[tuple[Contract, Column, Derivation]]:
    for contract in contracts.indexes():
        for column in contract.columns:
            for origin in column.derived_from:
                yield contract, column, origin


def _rule(
    contract: Contract, column: Column, origin: Derivation, contracts: Contracts, survivorship: Survivorship
) -> str:
    if not origin.column:
        return f"made by {origin.source}"
    target = contracts.by_id.get(f"{origin.source}_{origin.extract}")
    if column.group is None or (target is not None and target.kind == "index"):
        return "as it stands there"
    words = survivorship.get(contract.domain, {}).get(column.group)
    return words or f"survivorship of the group {column.group} (linkage/{contract.domain}.yaml)"
