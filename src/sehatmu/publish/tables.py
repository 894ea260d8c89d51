"""From the frames of a night to the frames that are published: every table of the contracts, in its shape.

What the caller does not hand over is made here (builds, dictionary, lineage, history folded from the event
files) or stays empty. Files are written elsewhere; no value is masked here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from sehatmu.contracts import (
    Column,
    Contract,
    Contracts,
    Derivation,
    column_lineage,
    dictionary,
    polars_schema,
    quoted,
)
from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Manifest

UNTIL = "until_date"
LINKS, EARLIER_LINKS = "xref.record_link", "history.earlier_link"
_LINK = ["index", "record_key", "master_id", "build_date"]


def table_name(contract: Contract) -> str:
    """`schema.table` of a published table."""
    return f"{contract.schema_name}.{contract.table}"


def table_sql(contract: Contract) -> str:
    """The same in quotes, for SQL: some names are words of SQL."""
    return f"{quoted(contract.schema_name)}.{quoted(contract.table)}"


def published_contracts(contracts: Contracts) -> Contracts:
    """The contracts with one more per golden table: its past, `history.<table>`, typed nowhere twice.

    A golden table is one whose key is `master_id` and whose columns have survivorship groups. Its history
    holds the versions that ended: the same columns, and the date of the build that no longer had them.
    """
    past = [_history_of(c) for c in contracts.indexes() if is_golden(c)]
    return replace(contracts, by_id={**contracts.by_id, **{c.id: c for c in past}})


def is_golden(contract: Contract) -> bool:
    """Whether a published table holds golden records."""
    return contract.primary_key == ("master_id",) and any(c.group for c in contract.columns)


def complete_tables(
    earlier: Sequence[Manifest],
    tables: Mapping[str, pl.DataFrame],
    events: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, Any],
    contracts: Contracts,
    *,
    survivorship: Mapping[str, Mapping[str, str]] | None = None,
    carried: Collection[str] = (),
) -> dict[str, pl.DataFrame]:
    """Every table of the contracts but the `carried` ones by `schema.table`, with its columns, types and order of rows.

    `earlier` are the builds that led here. Raises SehatmuError for a table that no contract names and for a frame that
    lacks a column.
    """
    wanted = {table_name(c): c for c in contracts.indexes() if not c.is_view}
    unknown = sorted(set(tables) - set(wanted))
    if unknown:
        raise SehatmuError(
            "no contract for a table that is to be published",
            evidence=", ".join(unknown),
            hint="add data_contracts/indexes/<schema>_<table>.odcs.yaml",
        )
    wanted = {name: contract for name, contract in wanted.items() if name not in carried}
    folded = {event_table(name): name for name in events if event_table(name) in wanted}
    made = {
        "meta.build": _builds([*(m.content for m in earlier), manifest]),
        "meta.dictionary": dictionary(contracts),
        "meta.column_lineage": column_lineage(contracts, survivorship),
        **{table: _fold(earlier, name, events[name]) for table, name in folded.items()},
        **tables,
    }
    if EARLIER_LINKS in wanted and EARLIER_LINKS not in tables and "link" in events and LINKS in tables:
        made[EARLIER_LINKS] = without_links(_fold(earlier, "link", events["link"]), tables[LINKS])
    return {name: conform(made.get(name), contract) for name, contract in wanted.items()}


def event_table(name: str) -> str:
    """The published table that holds an event file's rows of all builds, where it has a contract."""
    return f"history.{name}"


def _history_of(contract: Contract) -> Contract:
    columns = tuple(
        replace(c, derived_from=(Derivation(contract.schema_name, contract.table, c.name),)) for c in contract.columns
    )
    until = Column(
        name=UNTIL,
        type="date",
        description="Date of the build from which this version was no longer published.",
        classification="public",
        required=True,
        examples=("2026-11-24",),
        derived_from=(Derivation("golden", rule="date of the build that published something else"),),
    )
    return replace(
        contract,
        id=f"history_{contract.table}",
        schema_name="history",
        table=contract.table,
        description=f"Versions of {table_name(contract)} that ended: from build_date until before {UNTIL}.",
        columns=(*columns, until),
        primary_key=("master_id", "build_date"),
        relationships=(),
    )


def _builds(manifests: list[Mapping[str, Any]]) -> pl.DataFrame:
    rows = [
        {
            "build": m["build"],
            "build_date": BuildId.parse(m["build"]).date,
            "parent": m["parent"],
            "started_at": _instant(m.get("started_at")),
            "ended_at": _instant(m.get("ended_at")),
            "code_version": m.get("code_version"),
            "status": m.get("status", "published"),
        }
        for m in manifests
    ]
    return pl.DataFrame(
        rows, schema_overrides={"started_at": pl.Datetime("us", "UTC"), "ended_at": pl.Datetime("us", "UTC")}
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _fold(earlier: Sequence[Manifest], name: str, tonight: pl.DataFrame) -> pl.DataFrame:
    """One event file of all earlier builds and of tonight; columns that old files lack are null."""
    paths = [m.folder / "events" / f"{name}.parquet" for m in earlier]
    return pl.concat([*(pl.read_parquet(p) for p in paths if p.is_file()), tonight], how="diagonal_relaxed")


def without_links(folded: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Links of earlier builds without those that hold tonight, which stand in `xref.record_link`."""
    return folded.join(links, on=_LINK, how="anti", nulls_equal=True)


def conform(frame: pl.DataFrame | None, contract: Contract) -> pl.DataFrame:
    """A frame as its contract publishes it: these columns and types, in the order of the key; None: an empty one."""
    schema = polars_schema(contract)
    if frame is None:
        return pl.DataFrame(schema=schema)
    missing = [name for name in schema if name not in frame.columns]
    if missing:
        raise SehatmuError(
            f"the frame for {table_name(contract)} lacks columns",
            evidence=", ".join(missing),
            hint="every column of the contract is published; hand over nulls where nothing is known",
        )
    order = list(contract.primary_key) or [name for name, kind in schema.items() if not kind.is_nested()]
    shaped = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
    return shaped if _stands_in_order(shaped, order) else shaped.sort(order, nulls_last=True)


def _stands_in_order(frame: pl.DataFrame, order: list[str]) -> bool:
    """Whether the rows rise by these columns, none of them null: a sort would only copy them."""
    equal: pl.Series | None = None
    for name in order:
        later, earlier = frame[name].slice(1), frame[name].head(max(frame.height - 1, 0))
        falls, same = later < earlier, later == earlier
        if frame[name].null_count() or (falls if equal is None else falls & equal).any():
            return False
        equal = same if equal is None else same & equal
    return True
