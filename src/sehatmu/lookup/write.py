"""Writing `lookup.sqlite`: the tables of `tables.TABLES`, taken from a build's own DuckDB files, beside them.

The night calls `write_lookup` after `publish.files.write_build` and before the switch: what the service will answer is
what analysts read. Rows arrive in the order of their key, so that SQLite only appends.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.lookup.table import LookupTable
from sehatmu.lookup.tables import TABLES, VERSION
from sehatmu.publish.durable import sync
from sehatmu.publish.files import DEFAULT_FILE, RESTRICTED_FILE

LOOKUP_FILE = "lookup.sqlite"
_BATCH = 100_000
# Nobody reads the file yet, and a killed night throws it away.
_UNGUARDED = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"


def write_lookup(folder: Path) -> Path:
    """Write the lookup file of the build in `folder` (owner only) and return its path; an old one is replaced.

    Raises SehatmuError where the build's files are missing or a table cannot be written; no message holds a value.
    """
    path = folder / LOOKUP_FILE
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(open_published(folder)) as published, closing(sqlite3.connect(path, isolation_level=None)) as lookup:
        lookup.executescript(_UNGUARDED)
        lookup.execute("BEGIN")
        for table in TABLES:
            _write_table(lookup, published, table)
        lookup.execute(f"PRAGMA user_version = {VERSION}")
        lookup.execute("COMMIT")
    sync(path)
    sync(folder)
    return path


def open_published(folder: Path) -> duckdb.DuckDBPyConnection:
    """Both files of a build in one connection: `clear` is the restricted one, `shown` the default one."""
    missing = [name for name in (DEFAULT_FILE, RESTRICTED_FILE) if not (folder / name).is_file()]
    if missing:
        raise SehatmuError("the build lacks a file", evidence=f"{folder.name}: {', '.join(missing)}")
    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    con = duckdb.connect(":memory:", config=offline)  # type: ignore[arg-type]
    for alias, name in (("clear", RESTRICTED_FILE), ("shown", DEFAULT_FILE)):
        path = str((folder / name).resolve()).replace("'", "''")
        con.execute(f"ATTACH '{path}' AS {alias} (READ_ONLY)")
    return con


def rows_of(table: LookupTable, published: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation | None:
    """What a lookup table holds, in clear where both files have it; None where the build lacks what it reads."""
    select = table.select
    for name in table.reads:
        files = published.execute(
            "SELECT database_name FROM duckdb_tables() WHERE schema_name || '.' || table_name = ? ORDER BY 1", [name]
        ).fetchall()
        if not files:
            return None
        select = re.sub(rf"\bFROM {re.escape(name)}\b", f"FROM {files[0][0]}.{name}", select)
    return published.sql(select)


def _write_table(lookup: sqlite3.Connection, published: duckdb.DuckDBPyConnection, table: LookupTable) -> None:
    declared = ", ".join(table.columns)
    lookup.execute(f"CREATE TABLE {table.name} ({declared}){' WITHOUT ROWID' if table.without_rowid else ''}")
    rows = rows_of(table, published)
    if rows is not None:
        marks = ", ".join("?" * len(rows.columns))
        try:
            lookup.executemany(f"INSERT INTO {table.name} VALUES ({marks})", _tuples(rows))
        except (sqlite3.IntegrityError, duckdb.ConversionException) as error:
            # Both quote the value that they stumbled over, and that may be personal.
            raise SehatmuError(
                "a lookup table could not be written",
                evidence=f"{table.name}: {type(error).__name__}",
                hint=f"{' and '.join(table.reads)} break their contract: a doubled key, or a number of another form",
            ) from None
    for index in table.indexes:
        lookup.execute(f"CREATE INDEX {index}")


def _tuples(rows: duckdb.DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_arrow_reader(_BATCH):
        numbered = batch.rename_columns([str(place) for place in range(batch.num_columns)])  # names may repeat
        yield from pl.DataFrame(pl.from_arrow(numbered)).iter_rows()
