"""Is the lookup file of a build the build? Asked of the file itself before the switch, beside `publish.check`.

Row counts are compared, and for the tables that people are found in, sums over the columns that they are found by.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from sehatmu.lookup.civil import check_civil
from sehatmu.lookup.read import open_lookup
from sehatmu.lookup.table import LookupTable, sums
from sehatmu.lookup.tables import TABLES
from sehatmu.lookup.write import LOOKUP_FILE, open_published, rows_of
from sehatmu.publish.check import Violation
from sehatmu.publish.lake_table import LakeTable


def check_lookup(folder: Path, record: LakeTable | None = None) -> list[Violation]:
    """What is wrong with the lookup file of a written build, judged against its DuckDB files and, for its persons of
    the civil register, the standard records of patients; sorted."""
    path = folder / LOOKUP_FILE
    if not path.is_file():
        return [Violation("files", LOOKUP_FILE, "the file is missing")]
    found: list[Violation] = []
    with closing(open_lookup(path)) as lookup, closing(open_published(folder)) as published:
        for table in TABLES:
            found += _check_table(lookup, published, table)
        found += check_civil(lookup, record)
    if path.stat().st_mode & 0o077:
        found.append(Violation("private", LOOKUP_FILE, "others than the owner may read it"))
    return sorted(found)


def _check_table(
    lookup: sqlite3.Connection, published: duckdb.DuckDBPyConnection, table: LookupTable
) -> Iterator[Violation]:
    rows, where = rows_of(table, published), f"{LOOKUP_FILE} {table.name}"
    wanted = {index.split(" ", 1)[0] for index in table.indexes}
    made = {name for (name,) in lookup.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for name in sorted(wanted - made):
        yield Violation("lookup-index", f"{where}.{name}", "the index is missing")
    # Whole numbers are what people are found by: their sums tell a row that is missing, doubled or shifted.
    names = [column.split()[0] for column in table.columns if " INTEGER" in column]
    has = lookup.execute(f"SELECT count(*){sums(names)} FROM {table.name}").fetchone()
    want = (0, *([0] * len(names)))
    if rows is not None:
        aliases = ", ".join(column.split()[0] for column in table.columns if not column.startswith("PRIMARY KEY"))
        query = f"SELECT count(*){sums(names)} FROM ({rows.sql_query()}) AS t({aliases})"
        want = published.sql(query).fetchall()[0]
    for name, told, expected in zip(("rows", *names), has, want, strict=True):
        if told != expected:
            yield Violation("lookup-content", f"{where}.{name}", "the file and the published table differ")
