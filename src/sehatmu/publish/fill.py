"""The DuckDB files of a build, filled by two threads at the same time, whichever file and table is next.

A table is written by one thread, which writes row groups as they come; several would keep them back and compress them
twice. Called by `files` with frames in clear: what a file shows of them is decided here, table by table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import copyfile

import duckdb
import polars as pl

from sehatmu.contracts import Contract, Contracts, ddl
from sehatmu.errors import SehatmuError
from sehatmu.memory import OFFLINE
from sehatmu.publish.carry import Carried, delete_gone, empty_tables
from sehatmu.publish.durable import sync
from sehatmu.publish.hashes import Hashes
from sehatmu.publish.mask import hashed_columns, masked_columns, set_key
from sehatmu.publish.tables import table_name, table_sql
from sehatmu.publish.views import view_statements

# Each holds the frame of one table and what it makes of it.
_THREADS = 2


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be written: `listed` tables, masked with `key`; in clear, and for the owner only, without."""

    path: Path
    listed: Sequence[Contract]
    key: bytes | None


@dataclass(frozen=True, slots=True)
class _OpenFile:
    """The same, open: its tables by `schema.table`, and what it shows for values that are hashed."""

    con: duckdb.DuckDBPyConnection
    listed: Mapping[str, Contract]
    hashes: Hashes | None


def write_files(
    files: Sequence[NewFile], tables: dict[str, pl.DataFrame], contracts: Contracts, carried: Carried
) -> None:
    """Write the files with these `tables` (`schema.table`), on top of the parent's where rows are `carried`.

    The first file has every table, and its order is that of the work. `tables` is emptied: what is written is held no
    longer. Raises SehatmuError for a frame that breaks what its contract promises; no message holds a value.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(_open(file, contracts, carried)) for file in files]
        _run(_inserts(opened, tables, contracts, carried))
        _run(partial(file.con.execute, "CHECKPOINT") for file in opened)
    for file in files:
        sync(file.path)


def _inserts(
    opened: Sequence[_OpenFile], tables: dict[str, pl.DataFrame], contracts: Contracts, carried: Carried
) -> Iterator[Callable[[], None]]:
    """What is to be inserted: table by table, into one file after the other."""
    for name in opened[0].listed:
        change = carried.changes.get(name)
        frame = change.fresh if change else tables.pop(name)
        for file in opened:
            if name in file.listed and frame.height:
                yield partial(_insert, file, name, frame, contracts)


def _run(jobs: Iterable[Callable[[], object]]) -> None:
    """Do all of it; the first fault ends what has not begun."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = [pool.submit(job) for job in jobs]
        try:
            for each in waiting:
                each.result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _open(file: NewFile, contracts: Contracts, carried: Carried) -> Iterator[_OpenFile]:
    """The file with its empty tables and what it has of the parent's, without the rows that are gone."""
    kept = [c for c in file.listed if table_name(c) in carried.changes]
    if carried.folder is not None and carried.changes:
        copyfile(carried.folder / file.path.name, file.path)
    con = duckdb.connect(str(file.path), config={"storage_compatibility_version": "v1.5.0", **OFFLINE})
    try:
        if file.key is None:
            file.path.chmod(0o600)
        con.execute("SET threads = 1")
        if carried.changes:
            empty_tables(con, [c for c in file.listed if c not in kept])
        else:
            create_tables(con, file.listed, contracts, masked=file.key is not None)
        for contract in kept:
            delete_gone(con, contract, carried.changes[table_name(contract)])
        yield _OpenFile(con, {table_name(c): c for c in file.listed}, _hashes(con, file, contracts))
    finally:
        con.close()


def create_tables(
    con: duckdb.DuckDBPyConnection, listed: Sequence[Contract], contracts: Contracts, *, masked: bool
) -> None:
    """The empty tables of these contracts, the views and macros of that file that need no others, and all comments."""
    con.execute("BEGIN")  # one write to disk instead of one for each of several hundred statements
    for contract in listed:
        for statement in ddl(contract):
            con.execute(statement)
    for statement in view_statements(contracts, [table_name(c) for c in listed], masked=masked):
        con.execute(statement)
    made = con.sql("SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    for contract in contracts.indexes():
        if contract.is_view and (table_name(contract),) in made:
            for statement in ddl(contract):
                con.execute(statement)
    con.execute("COMMIT")


def _hashes(con: duckdb.DuckDBPyConnection, file: NewFile, contracts: Contracts) -> Hashes | None:
    """What a masked file shows for values, worked out beside the connection that its tables are written with."""
    if file.key is None:
        return None
    beside = con.cursor()
    set_key(beside, file.key)
    return Hashes(beside, contracts)


def _insert(file: _OpenFile, name: str, frame: pl.DataFrame, contracts: Contracts) -> None:
    """Insert in the order of the frame: masked where the file has hashes, else in clear."""
    contract, hashes = file.listed[name], file.hashes
    columns, order = [f'"{c.name}"' for c in contract.columns], ""
    if hashes is not None:
        frame = frame.with_columns(hashes.of(frame[each]).alias(_hash_name(each)) for each in hashed_columns(contract))
        columns = masked_columns(contract, contracts, hashed=lambda each: f'"{_hash_name(each)}"')
        if "row_values" in frame.columns:  # a mask that looks into JSON may change the order of rows
            frame, order = frame.with_row_index("_position"), " ORDER BY _position"
    with file.con.cursor() as cursor:
        # Polars' own text layout: another one would be a copy of every value.
        cursor.register("incoming", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
        try:
            cursor.execute(f"INSERT INTO {table_sql(contract)} SELECT {', '.join(columns)} FROM incoming{order}")
        except duckdb.Error as error:
            if isinstance(error, duckdb.OperationalError):  # the disk or the memory, not the values
                raise
            # DuckDB quotes the value that it stumbled over, and that may be personal.
            raise SehatmuError(
                "a table could not be written",
                evidence=f"{name}: {type(error).__name__}",
                hint="its frame breaks what the contract promises: a null in a required column, or another type",
            ) from None


def _hash_name(column: str) -> str:
    return f"{column} hash"
