"""Writing `lookup.sqlite`: the tables of `tables.TABLES`, taken from a build's own DuckDB files, beside them.

The night calls `write_lookup` after `publish.files.write_build` and before the switch: what the service will answer is
what analysts read. Rows arrive in the order of their key, so that SQLite only appends. Where the build was carried over
from its parent, so is this file: of a table that has a row for each published one, only the rows that changed are
written.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.parse import quote

import duckdb
import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.lookup.civil import write_civil
from sehatmu.lookup.table import LookupTable
from sehatmu.lookup.tables import TABLES, VERSION
from sehatmu.memory import OFFLINE
from sehatmu.publish.carried import attach, open_carried
from sehatmu.publish.durable import sync
from sehatmu.publish.files import DEFAULT_FILE, RESTRICTED_FILE
from sehatmu.publish.lake_table import LakeTable

LOOKUP_FILE = "lookup.sqlite"
_BATCH = 100_000
# Nobody reads the file yet, and a killed night throws it away.
_UNGUARDED = (
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; "
    "PRAGMA secure_delete = ON;"  # what went is not to be found in the pages that it left
)
# In the order in which a table is looked for.
_FILES = {"clear": RESTRICTED_FILE, "shown": DEFAULT_FILE}


def write_lookup(folder: Path, record: LakeTable | None = None) -> Path:
    """Write the lookup file of the build in `folder` (owner only) and return its path; an old one is replaced.

    `record`: the standard records of patients, of which those of the civil register are kept as evidence.
    Raises SehatmuError where the build's files are missing or a table cannot be written; no message holds a value.
    """
    path = folder / LOOKUP_FILE
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(open_published(folder)) as published:
        carried, is_begun = _carry(path, folder, published)
        with closing(sqlite3.connect(path, isolation_level=None)) as lookup:
            lookup.executescript(_UNGUARDED)
            lookup.execute("BEGIN")
            for table in TABLES:
                if table.name in carried:
                    _update_table(lookup, published, table, carried[table.name])
                else:
                    _write_table(lookup, published, table)
            write_civil(lookup, record, is_carried=is_begun)
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
    con = duckdb.connect(config=OFFLINE)
    for alias, name in _FILES.items():
        attach(con, folder / name, alias)
    return con


def rows_of(table: LookupTable, published: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation | None:
    """What a lookup table holds, in clear where both files have it; None where the build lacks what it reads."""
    places = [_find(name, published) for name in table.reads]
    if None in places:
        return None
    select = table.select
    for name, found in zip(table.reads, places, strict=True):
        select = _reading(select, name, f"{found}.{name}")
    return published.sql(select)


def _find(name: str, published: duckdb.DuckDBPyConnection) -> str | None:
    """Which of the files has that table, the one in clear first; None where neither does."""
    files = published.execute(
        "SELECT database_name FROM duckdb_tables() WHERE schema_name || '.' || table_name = ? "
        "AND database_name IN ('clear', 'shown') ORDER BY 1",
        [name],
    ).fetchall()
    return files[0][0] if files else None


def _reading(select: str, name: str, place: str) -> str:
    return re.sub(rf"\bFROM {re.escape(name)}\b", f"FROM {place}", select)


def _carry(path: Path, folder: Path, published: duckdb.DuckDBPyConnection) -> tuple[dict[str, tuple[str, str]], bool]:
    """Start from the parent's lookup file where tables in it can be carried over; whether it was so.

    For each of these, SQL of the rows that it reads: those that came, and those that the parent's had and that are no
    more there by their key.
    """
    manifest = json.loads((folder / "manifest.json").read_text())
    former = folder.parent / str(manifest["parent"]) / LOOKUP_FILE
    if not former.is_file() or not _is_current(former):
        return {}, False
    files = {table.name: (table, _find(table.reads[0], published)) for table in TABLES if table.key}
    found = {}
    for alias, name in _FILES.items():
        tables = {t.reads[0]: t for t, file in files.values() if file == alias}
        carried = open_carried(published, folder / name, manifest, tables, name=alias)
        for read, tail in carried.tails.items():
            now, before, key = f"{alias}.{read}", f"{carried.before}.{read}", tables[read].key
            came = f"(SELECT * FROM {now} WHERE rowid >= {tail})"
            found[tables[read].name] = (came, f"(SELECT * FROM {before} ANTI JOIN {now} USING ({key}))")
    if found:
        copyfile(former, path)
    return found, bool(found)


def _is_current(path: Path) -> bool:
    with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)) as lookup:
        return bool(lookup.execute("PRAGMA user_version").fetchone()[0] == VERSION)


def _update_table(
    lookup: sqlite3.Connection, published: duckdb.DuckDBPyConnection, table: LookupTable, changed: tuple[str, str]
) -> None:
    came, went = (published.sql(_reading(table.select, table.reads[0], rows)) for rows in changed)
    key = table.columns[0].split()[0]
    for rows in (went, came):
        lookup.executemany(f"DELETE FROM {table.name} WHERE {key} = ?", ((row[0],) for row in _tuples(rows)))
    _insert(lookup, table, came)


def _write_table(lookup: sqlite3.Connection, published: duckdb.DuckDBPyConnection, table: LookupTable) -> None:
    declared = ", ".join(table.columns)
    lookup.execute(f"DROP TABLE IF EXISTS {table.name}")
    lookup.execute(f"CREATE TABLE {table.name} ({declared}){' WITHOUT ROWID' if table.without_rowid else ''}")
    rows = rows_of(table, published)
    if rows is not None:
        _insert(lookup, table, rows)
    for index in table.indexes:
        lookup.execute(f"CREATE INDEX {index}")


def _insert(lookup: sqlite3.Connection, table: LookupTable, rows: duckdb.DuckDBPyRelation) -> None:
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


def _tuples(rows: duckdb.DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_arrow_reader(_BATCH):
        numbered = batch.rename_columns([str(place) for place in range(batch.num_columns)])  # names may repeat
        yield from pl.DataFrame(pl.from_arrow(numbered)).iter_rows()
