"""What of a published table holds tonight: of a large one only the rows that came, went or differ are written.

What changed is known where the lake tells it; else the parent's file and the frame of tonight are held together. The
file of the parent build is copied, the rows that are gone are deleted and the new ones stand at the end, so that a
carried table holds the rows of one that is written from nothing, though not in its order. Small tables, tables that
changed much, and tables of which every fifth row is a deleted one are written anew. Called by `files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sehatmu.contracts import Contract, ddl, quoted
from sehatmu.publish.tables import table_sql

# Below this a table is written anew in less time than it takes to find out what changed.
LARGE = 50_000
# Rows that changed, or that stand deleted in the file, as a share of all.
_TOO_MANY = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """`gone`: rows of the parent's table, in clear, with their place `rowid` in its file; `fresh`: rows to be added.

    `height` are the rows that the table has then.
    """

    gone: pl.DataFrame
    fresh: pl.DataFrame
    height: int

    def counts(self) -> dict[str, int]:
        """How many rows went and came, as the manifest tells it."""
        return {"gone": self.gone.height, "fresh": self.fresh.height}


@dataclass(frozen=True, slots=True)
class Carried:
    """The folder of the parent build and, by `schema.table`, what changes in the tables that are carried over."""

    folder: Path | None = None
    changes: Mapping[str, Change] = field(default_factory=dict)


def may_carry(parent: Mapping[str, Any], tonight: Mapping[str, Any]) -> bool:
    """Whether two manifests tell of files that were made by the same code, contracts and key."""
    same = all(parent.get(name) == tonight.get(name) for name in ("code_version", "contracts", "key"))
    return same and tonight.get("code_version") is not None


def may_differ_little(before: int, now: int) -> bool:
    """Whether a table of so many rows may be the parent's with few changes: what its rows are is not asked then."""
    return abs(now - before) <= _TOO_MANY * now


def find_change(con: duckdb.DuckDBPyConnection, contract: Contract, frame: pl.DataFrame) -> Change | None:
    """What `frame` changes in the table that the parent's file `con` has in clear; None: the table is written anew.

    Rows are compared by a hash of 64 bits over all columns.
    """
    columns = ", ".join(quoted(c.name) for c in contract.columns)
    before = con.sql(f"SELECT rowid, hash({columns}) AS hash FROM {table_sql(contract)}").pl()
    with duckdb.connect() as memory:
        memory.register("incoming", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
        memory.execute("SET threads = 1")
        now: pl.Series = memory.sql(f"SELECT hash({columns}) AS hash FROM incoming").pl()["hash"]
    gone = before.filter(~pl.col("hash").is_in(now.implode()))
    fresh = frame.filter(~now.is_in(before["hash"].implode()))
    places = (before["rowid"].max() or 0) + 1
    many = max(gone.height + fresh.height, places - before.height) > _TOO_MANY * frame.height
    # A row that stands twice has no place of its own.
    twice = now.n_unique() < len(now) or before.height - gone.height + fresh.height != frame.height
    if many or twice:
        return None
    con.register("gone", gone)
    rows = con.sql(
        f"SELECT t.rowid, t.* FROM {table_sql(contract)} AS t WHERE t.rowid IN (SELECT rowid FROM gone)"
    ).pl()
    con.unregister("gone")
    return Change(rows, fresh, frame.height)


def place_change(
    con: duckdb.DuckDBPyConnection, contract: Contract, gone: pl.DataFrame, fresh: pl.DataFrame
) -> Change | None:
    """The same where what went and came is known: where the rows that went stand in the parent's file `con`.

    None where they do not stand there once each.
    """
    table, before = table_sql(contract), _count_places(con, contract)
    rows = before[0] - gone.height + fresh.height
    if max(gone.height + fresh.height, before[1] - before[0]) > _TOO_MANY * rows:
        return None
    key = contract.primary_key or [c.name for c in contract.columns]
    hashes = (f"hash({', '.join(f'{name}.{quoted(column)}' for column in key)})" for name in ("t", "gone"))
    con.register("gone", gone.to_arrow(compat_level=pl.CompatLevel.newest()))
    found = con.sql(f"SELECT t.rowid, gone.* FROM {table} AS t JOIN gone ON {' = '.join(hashes)}").pl()
    con.unregister("gone")
    once = found.height == gone.height == found["rowid"].n_unique()
    return Change(found, fresh, rows) if once else None


def _count_places(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[int, int]:
    """How many rows a table has, and how many there were with those that stand deleted in the file."""
    rows, places = con.sql(f"SELECT count(*), coalesce(max(rowid) + 1, 0) FROM {table_sql(contract)}").fetchall()[0]
    return rows, places


def holds_gone(con: duckdb.DuckDBPyConnection, contract: Contract, change: Change, shown: list[str] | None) -> bool:
    """Whether the parent's file `con` has what is gone in the places that the change tells.

    `shown` are the SQL expressions of the columns as this file shows them; None: in clear.
    """
    if change.gone.is_empty():
        return True
    columns = ", ".join(quoted(c.name) for c in contract.columns)
    con.register("gone", change.gone.to_arrow(compat_level=pl.CompatLevel.newest()))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE held AS SELECT {columns} FROM {table_sql(contract)} "
        "WHERE rowid IN (SELECT rowid FROM gone)"
    )
    expected, held = f"SELECT {', '.join(shown) if shown else columns} FROM gone", "FROM held"
    other = con.sql(f"SELECT count(*) FROM (({expected} EXCEPT ALL {held}) UNION ALL ({held} EXCEPT ALL {expected}))")
    same = not other.fetchall()[0][0]
    con.execute("DROP TABLE held")
    con.unregister("gone")
    return same


def delete_gone(con: duckdb.DuckDBPyConnection, contract: Contract, change: Change) -> None:
    """Delete what is gone from a copy of the parent's file."""
    con.register("gone", change.gone.select("rowid"))
    con.execute(f"DELETE FROM {table_sql(contract)} WHERE rowid IN (SELECT rowid FROM gone)")
    con.unregister("gone")


def empty_tables(con: duckdb.DuckDBPyConnection, listed: list[Contract]) -> None:
    """Make these tables anew where they have a row: what is only deleted would stay in the file."""
    con.execute("BEGIN")
    for contract in listed:
        if con.execute(f"SELECT 1 FROM {table_sql(contract)} LIMIT 1").fetchone():
            for statement in (f"DROP TABLE {table_sql(contract)}", *ddl(contract)):
                con.execute(statement)
    con.execute("COMMIT")
