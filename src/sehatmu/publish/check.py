"""The gates before the switch, judged on the new files themselves, opened for reading.

`check_build` returns what is wrong; the caller stops the night where that is not empty. Nothing here reads
the frames of the night: what counts is what analysts would open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sehatmu.contracts import Contract, Contracts, Relationship, quoted, sql_type, table_comment
from sehatmu.publish import privacy
from sehatmu.publish.carried import CarriedTables, open_carried, place
from sehatmu.publish.files import DEFAULT_FILE, RESTRICTED_FILE, open_file
from sehatmu.publish.mask import as_shown, hashed_columns, holds_personal
from sehatmu.publish.tables import is_golden, published_contracts, table_name, table_sql
from sehatmu.publish.views import created, macro_comments, view_statements

# What DuckDB calls a type of the contracts, where that is not its name there.
_SHOWN = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One broken gate: the stable `rule`, `where` (file and table or column), and `detail`, never a value."""

    rule: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.detail} [{self.rule}]"


def check_build(
    folder: Path,
    contracts: Contracts,
    *,
    clear_values: pl.Series | None = None,
    new_values: pl.Series | None = None,
) -> list[Violation]:
    """Judge a written build before its switch; no violation, fit to publish.

    `clear_values` are personal values of tonight's records (numbers first of all) that must not stand in the
    default file; `new_values` those of them that the parent build was not judged by (None: any of them). Of tables
    that were carried over from the parent, which was judged before its own switch, the rows that came are judged, and
    what hangs on those that went. Sorted, so that two runs tell the same.
    """
    contracts = published_contracts(contracts)
    missing = [n for n in (DEFAULT_FILE, RESTRICTED_FILE, "manifest.json") if not (folder / n).is_file()]
    if missing:
        return [Violation("files", name, "the file is missing") for name in missing]
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = [c for c in contracts.indexes() if not c.is_view]
    personal = [c for c in listed if holds_personal(c)]
    found: list[Violation] = []
    for name, tables in ((DEFAULT_FILE, [as_shown(c) for c in listed]), (RESTRICTED_FILE, personal)):
        con = open_file(folder / name)
        try:
            shape = list(_check_shape(con, name, tables, contracts))
            found += shape
            if not shape:  # the other gates ask tables that this one has seen
                carried = open_carried(con, folder / name, manifest, [table_name(c) for c in tables])
                found += _check_content(con, name, tables, manifest["row_counts"], carried)
                if name == DEFAULT_FILE:
                    found += _check_files(con, name)
                    found += _check_lineage(con, name)
                    found += _check_numbers(con, name, tables, folder, manifest)
                    told = privacy.find_clear_values(
                        con,
                        name,
                        clear_values,
                        hashed={f"{table_name(c)}.{column}" for c in tables for column in hashed_columns(c)},
                        held=_held_by_others(tables),
                        tails={} if new_values is None else carried.tails,
                        new_values=new_values,
                    )
                    found += [Violation(*f) for f in told]
        finally:
            con.close()
    if (folder / RESTRICTED_FILE).stat().st_mode & 0o077:
        found.append(Violation("private", RESTRICTED_FILE, "others than the owner may read it"))
    return sorted(found)


def _check_shape(
    con: duckdb.DuckDBPyConnection, file: str, listed: list[Contract], contracts: Contracts
) -> Iterator[Violation]:
    """Tables, views, macros, columns, types and comments are those of the contracts; all is commented."""
    want, has = _promised_shape(file, listed, contracts), _shape(con)
    key = ["name", "column_name"]
    for name, column in has.join(want, on=key, how="anti").select(key).rows():
        yield Violation("shape", f"{file} {name}.{column}", "no contract names it")
    for name, column in want.join(has, on=key, how="anti").select(key).rows():
        yield Violation("shape", f"{file} {name}.{column}", "the contract names it, the file lacks it")
    both = want.join(has, on=key, suffix="_has")
    for name, column in both.filter(pl.col("data_type") != pl.col("data_type_has")).select(key).rows():
        yield Violation("shape", f"{file} {name}.{column}", "the type is not the contract's")
    said = pl.col("comment_has").fill_null("")
    for name, column in both.filter((said == "") | (said != pl.col("comment"))).select(key).rows():
        yield Violation("comment", f"{file} {name}.{column}", "the comment is missing or not the contract's")
    for view in (c for c in contracts.indexes() if c.is_view):
        if table_name(view) not in has["name"]:
            if file == DEFAULT_FILE:
                yield Violation("shape", f"{file} {table_name(view)}", "no SQL makes this view")
            continue
        try:
            con.execute(f"SELECT * FROM {table_sql(view)} LIMIT 0")
        except duckdb.Error as error:
            yield Violation("shape", f"{file} {table_name(view)}", f"the view fails: {type(error).__name__}")


def _promised_shape(file: str, listed: list[Contract], contracts: Contracts) -> pl.DataFrame:
    """What `_shape` is to find: tables and views as their contracts tell them, macros as they are commented."""
    made = view_statements(contracts, [table_name(c) for c in listed], masked=file == DEFAULT_FILE)
    views = [c for c in contracts.indexes() if c.is_view and table_name(c) in created(made)]
    rows = [(name, "", "MACRO", comment) for name, comment in macro_comments(made)]
    for contract in (*listed, *views):
        name = table_name(contract)
        rows.append((name, "", "VIEW" if contract.is_view else "TABLE", table_comment(contract)))
        rows += [(name, c.name, _SHOWN.get(sql_type(c), sql_type(c)), c.description) for c in contract.columns]
    return pl.DataFrame(rows, schema=["name", "column_name", "data_type", "comment"], orient="row")


def _shape(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """`name` (schema.table), `column_name` (empty for the table itself), `data_type`, `comment`."""
    shape: pl.DataFrame = con.sql(
        "SELECT schema_name || '.' || table_name AS name, column_name, data_type, comment "
        "FROM duckdb_columns() WHERE NOT internal UNION ALL "
        "SELECT schema_name || '.' || table_name, '', 'TABLE', comment FROM duckdb_tables() "
        "WHERE NOT internal UNION ALL "
        "SELECT schema_name || '.' || view_name, '', 'VIEW', comment FROM duckdb_views() "
        "WHERE NOT internal UNION ALL "
        "SELECT schema_name || '.' || function_name, '', 'MACRO', comment FROM duckdb_functions() "
        "WHERE NOT internal AND function_type = 'table_macro' ORDER BY ALL"
    ).pl()
    return shape


def _check_content(
    con: duckdb.DuckDBPyConnection,
    file: str,
    listed: list[Contract],
    handed_over: dict[str, int],
    carried: CarriedTables,
) -> Iterator[Violation]:
    names = {table_name(c) for c in listed}
    links = [link for c in listed for link in c.relationships if table_name(c) in carried.tails]
    went = _find_gone(con, {(f"{link.schema_name}.{link.table}", link.target) for link in links}, carried)
    for contract in listed:
        name, table = table_name(contract), table_sql(contract)
        where, tail = f"{file} {name}", carried.tails.get(name)
        required = [c.name for c in contract.columns if c.required]
        counts = ", ".join(["count(*)", *(f"count({quoted(column)})" for column in required)])
        rows, *told = con.sql(f"SELECT {counts} FROM {table}").fetchall()[0]
        if rows != handed_over.get(name):
            yield Violation("row-count", where, f"{rows} rows, {handed_over.get(name)} were handed over")
        if tail is not None and (differ := _count_carried(con, name, tail, carried)):
            yield Violation("carried", where, f"{differ} rows more or fewer than the parent's file leaves")
        for column, count in zip(required, told, strict=True):
            if count != rows:
                yield Violation("required", f"{where}.{column}", f"{rows - count} rows without a value")
        if contract.primary_key and (again := _doubled_keys(con, contract, rows, tail)):
            yield Violation("primary-key", where, f"{again} keys stand more than once")
        for link in contract.relationships:
            if f"{link.schema_name}.{link.table}" in names:
                lost = _lost_rows(con, table, link, tail, went)
                if lost:
                    detail = f"{lost} rows lead nowhere in {link.schema_name}.{link.table}.{link.target}"
                    yield Violation("relationship", f"{where}.{link.column}", detail)


def _doubled_keys(con: duckdb.DuckDBPyConnection, contract: Contract, rows: int, tail: int | None) -> int:
    """How many keys stand twice; of a carried table, whose other rows were judged before, those of its last rows."""
    table, key = table_sql(contract), ", ".join(quoted(name) for name in contract.primary_key)
    # As many hashes as rows, no key twice; only where there are fewer are the keys themselves held together.
    came = f"FROM {table} WHERE rowid >= {tail or 0}"
    if tail is not None:
        rows = _one(con, f"SELECT count(*) FROM {table} WHERE hash({key}) IN (SELECT hash({key}) {came})")
    if _one(con, f"SELECT count(DISTINCT hash({key})) {came}") == rows:
        return 0
    return _one(con, f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {key} HAVING count(*) > 1)")


def _count_carried(con: duckdb.DuckDBPyConnection, name: str, tail: int, carried: CarriedTables) -> int:
    """How many rows stand before the new ones that the parent's file does not explain, or are missing there."""
    stayed = f"(SELECT count(*) FROM {carried.before}.{place(name)}) - {carried.gone[name]}"
    return abs(_one(con, f"SELECT (SELECT count(*) FROM {place(name)} WHERE rowid < {tail}) - ({stayed})"))


def _find_gone(
    con: duckdb.DuckDBPyConnection, targets: set[tuple[str, str]], carried: CarriedTables
) -> dict[tuple[str, str], str]:
    """For each (table, column) that carried rows lead to, the name of a table with the values that went."""
    made = {}
    for number, (table, column) in enumerate(sorted(target for target in targets if target[0] in carried.tails)):
        made[table, column] = f"gone_{number}"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE gone_{number} AS SELECT {quoted(column)} AS value "
            f"FROM {carried.before}.{place(table)} ANTI JOIN {place(table)} USING ({quoted(column)})"
        )
    return made


def _lost_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    link: Relationship,
    tail: int | None,
    went: Mapping[tuple[str, str], str],
) -> int:
    """How many rows lead to what is not there; of a carried table, those that came and those whose target went."""
    target, column = f"{link.schema_name}.{link.table}", f"t.{quoted(link.column)}"
    lost = (
        f"SELECT count(*) FROM {table} AS t WHERE {column} IS NOT NULL "
        f"AND NOT EXISTS (FROM {place(target)} AS o WHERE o.{quoted(link.target)} = {column})"
    )
    gone = went.get((target, link.target))
    if tail is None or gone is None:
        return _one(con, lost)
    left = f"SELECT count(*) FROM {table} AS t WHERE rowid < {tail} AND {column} IN (SELECT value FROM {gone})"
    return _one(con, f"{lost} AND rowid >= {tail}") + _one(con, left)


def _held_by_others(listed: list[Contract]) -> set[str]:
    """Columns (`schema.table.column`) that lead to another one of these tables: where they do, that one has all that
    they tell."""
    names = {table_name(c) for c in listed}
    links = [(f"{table_name(c)}.{link.column}", link) for c in listed for link in c.relationships]
    led = {f"{link.schema_name}.{link.table}.{link.target}" for _, link in links}
    return {column for column, link in links if f"{link.schema_name}.{link.table}" in names} - led


def _check_files(con: duckdb.DuckDBPyConnection, file: str) -> Iterator[Violation]:
    """Every landed row was accepted or quarantined, and what was quarantined is published."""
    rows = con.sql(
        "WITH held AS (SELECT source, extract, file_name, count(*) AS rows FROM quarantine.row GROUP BY ALL) "
        "SELECT source || '/' || extract || '/' || file_name, row_count, accepted_count, quarantined_count, "
        "coalesce(rows, 0) FROM meta.source_file FULL JOIN held USING (source, extract, file_name) ORDER BY 1"
    ).fetchall()
    for name, landed, accepted, quarantined, held in rows:
        if landed is None:
            yield Violation("landed", f"{file} {name}", f"{held} quarantined rows of a file that is not listed")
        elif landed != accepted + quarantined:
            detail = f"{landed} rows landed, {accepted} accepted and {quarantined} quarantined"
            yield Violation("landed", f"{file} {name}", detail)
        elif held != quarantined:
            detail = f"{quarantined} rows quarantined, {held} published in quarantine.row"
            yield Violation("landed", f"{file} {name}", detail)


def _check_lineage(con: duckdb.DuckDBPyConnection, file: str) -> Iterator[Violation]:
    """Every column stands in the dictionary and in column lineage."""
    columns = (
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database() "
        "EXCEPT SELECT schema_name, table_name, column_name FROM meta.{} ORDER BY ALL"
    )
    for table in ("dictionary", "column_lineage"):
        for names in con.sql(columns.format(table)).fetchall():
            yield Violation("lineage", f"{file} {'.'.join(names)}", f"not in meta.{table}")


def _check_numbers(
    con: duckdb.DuckDBPyConnection, file: str, listed: list[Contract], folder: Path, manifest: dict[str, Any]
) -> Iterator[Violation]:
    """No id that we minted equals an official number that a source ever delivered."""
    delivered = _delivered_numbers(folder, manifest)
    con.register("delivered", delivered)
    for contract in listed:
        has_origin = any(column.name == "id_origin" for column in contract.columns)
        if is_golden(contract) and has_origin:
            both = _one(
                con,
                f"SELECT count(*) FROM {table_sql(contract)} SEMI JOIN delivered "
                f"ON delivered.index = '{contract.schema_name}' AND delivered.number = master_id "
                "WHERE id_origin = 'minted'",
            )
            if both:
                detail = f"{both} minted ids equal official numbers that a source delivered"
                yield Violation("minted-id", f"{file} {table_name(contract)}", detail)


def _delivered_numbers(folder: Path, manifest: dict[str, Any]) -> pl.DataFrame:
    """Official numbers over all builds that led here, from the event files."""
    frames = [pl.DataFrame(schema={"index": pl.String, "number": pl.String})]
    builds = folder.parent
    while True:
        path = folder / "events" / "official.parquet"
        if path.is_file():
            frames.append(pl.read_parquet(path, columns=["index", "number"]))
        if manifest["parent"] is None:
            return pl.concat(frames)
        folder = builds / manifest["parent"]
        manifest = json.loads((folder / "manifest.json").read_text())


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.sql(query).fetchall()[0][0])
