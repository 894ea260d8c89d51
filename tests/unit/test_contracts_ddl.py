"""DDL: what DuckDB holds after the statements have run."""

from pathlib import Path

import duckdb
import pytest

from sehatmu.contracts import Column, Contract, ddl, load_contracts

ROOT = Path(__file__).parents[2] / "data_contracts"


def table(*columns: Column, **options: object) -> Contract:
    return Contract(  # type: ignore[arg-type]
        id="msi_order",
        version="1.0.0",
        kind="index",
        domain="facility",
        description="It's one; DROP TABLE x.",
        columns=columns,
        schema_name="msi",
        table="order",
        **options,
    )


def column(name: str, type: str, **options: object) -> Column:
    return Column(name=name, type=type, description=f"The '{name}'.", classification="public", **options)  # type: ignore[arg-type]


def run(statements: list[str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in statements:
        connection.execute(statement)
    return connection


def test_a_table_has_types_and_comments() -> None:
    columns = (
        column("group", "string", required=True),
        column("b", "array", items="string"),
        column("c", "timestamp"),
        column("d", "number"),
        column("e", "integer"),
        column("f", "date"),
        column("g", "boolean"),
    )
    connection = run(ddl(table(*columns, primary_key=("group", "e"))))
    found = connection.sql(
        "select column_name, data_type, is_nullable, comment from duckdb_columns() where table_name = 'order'"
    ).fetchall()
    assert found == [
        ("group", "VARCHAR", False, "The 'group'."),
        ("b", "VARCHAR[]", True, "The 'b'."),
        ("c", "TIMESTAMP WITH TIME ZONE", True, "The 'c'."),
        ("d", "DOUBLE", True, "The 'd'."),
        ("e", "BIGINT", True, "The 'e'."),
        ("f", "DATE", True, "The 'f'."),
        ("g", "BOOLEAN", True, "The 'g'."),
    ]
    assert connection.sql("select comment from duckdb_tables()").fetchall() == [
        ("It's one; DROP TABLE x. Key: group, e.",)
    ]
    assert connection.sql("select count(*) from duckdb_indexes()").fetchall() == [(0,)]


def test_a_required_column_refuses_null() -> None:
    connection = run(ddl(table(column("a", "string", required=True))))
    with pytest.raises(duckdb.ConstraintException):
        connection.execute('insert into msi."order" values (null)')


def test_a_view_is_only_commented() -> None:
    statements = ddl(table(column("a", "string"), is_view=True))
    connection = run(["create schema msi", 'create view msi."order" as select 1 as a', *statements])
    assert connection.sql("select comment from duckdb_columns() where table_name = 'order'").fetchall() == [
        ("The 'a'.",)
    ]
    assert connection.sql("select comment from duckdb_views() where view_name = 'order'").fetchall() == [
        ("It's one; DROP TABLE x.",)
    ]


def test_every_table_of_the_project_can_be_made_and_every_column_has_a_comment() -> None:
    tables = [c for c in load_contracts(ROOT).indexes() if not c.is_view]
    connection = run([statement for contract in tables for statement in ddl(contract)])
    count, commented = connection.sql(
        "select count(*), count(comment) from duckdb_columns() where not internal"
    ).fetchall()[0]
    assert count == commented == sum(len(c.columns) for c in tables)
