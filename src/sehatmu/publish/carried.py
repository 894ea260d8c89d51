"""Which rows of a written build came over from its parent's files: what its manifest tells, asked of the files.

Rows that were carried stand first, as they stood in the parent's file, without those that went; rows that came stand at
the end. Called by the checks and by the lookup file, so that they ask for what is new and not for all again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from sehatmu.contracts import quoted


@dataclass(frozen=True, slots=True)
class CarriedTables:
    """By carried table (`schema.table`) the `rowid` from which its rows are new, and how many of the parent's went.

    `before` is the name under which the connection has the parent's file.
    """

    before: str = ""
    tails: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)


def is_carried(folder: Path) -> bool:
    """Whether a written build came over from its parent's files, in part at least."""
    return bool(json.loads((folder / "manifest.json").read_text())["carried"])


def open_carried(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    manifest: Mapping[str, Any],
    tables: Collection[str],
    *,
    name: str | None = None,
) -> CarriedTables:
    """What of these `tables` of the file at `path` was carried, and the parent's file opened beside it.

    `name` is what the connection calls the file where it is not the one that it was opened with.
    """
    told = {table: change for table, change in manifest.get("carried", {}).items() if table in tables}
    former = path.parent.parent / str(manifest["parent"]) / path.name
    if not told or not former.is_file():  # of a build whose parent is kept no more, all is asked for
        return CarriedTables()
    before = f"{name or 'file'}_before"
    attach(con, former, before)
    inside = f"{name}." if name else ""
    tails = {table: _tail(con, inside + place(table), change["fresh"]) for table, change in told.items()}
    return CarriedTables(before, tails, {table: change["gone"] for table, change in told.items()})


def attach(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Open a published file beside what the connection has, for reading."""
    told = str(path.resolve()).replace("'", "''")
    con.execute(f"ATTACH '{told}' AS {name} (READ_ONLY)")


def place(table: str) -> str:
    """`schema.table` in quotes, for SQL."""
    return ".".join(quoted(part) for part in table.split(".", 1))


def _tail(con: duckdb.DuckDBPyConnection, table: str, fresh: int) -> int:
    last = f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT {fresh}"
    sql = f"SELECT coalesce((SELECT min(rowid) FROM ({last})), (SELECT max(rowid) + 1 FROM {table}), 0)"
    return int(con.sql(sql).fetchall()[0][0])
