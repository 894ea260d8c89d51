"""DuckDB statements for a published table or view: schema, columns, and a comment on each of them.

Called by publish when a build's file is written. A primary key is told in the comment and tested by a check:
declared first it makes loading ten times slower (design: dependencies, section 5).
"""

from __future__ import annotations

from sehatmu.contracts.model import Column, Contract

_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def ddl(contract: Contract) -> list[str]:
    """Statements in order. For a table they make the schema and the empty table, then comment on it; for a
    view they only comment, and run after the view has been made.

    >>> quoted('say "x"')
    '"say ""x\"""'
    """
    name = f"{quoted(contract.schema_name)}.{quoted(contract.table)}"
    statements = []
    if not contract.is_view:
        columns = ",\n  ".join(
            f"{quoted(c.name)} {sql_type(c)}{' NOT NULL' if c.required else ''}" for c in contract.columns
        )
        statements = [
            f"CREATE SCHEMA IF NOT EXISTS {quoted(contract.schema_name)}",
            f"CREATE TABLE {name} (\n  {columns}\n)",
        ]
    noun = "VIEW" if contract.is_view else "TABLE"
    statements.append(f"COMMENT ON {noun} {name} IS {literal(table_comment(contract))}")
    statements += [f"COMMENT ON COLUMN {name}.{quoted(c.name)} IS {literal(c.description)}" for c in contract.columns]
    return statements


def table_comment(contract: Contract) -> str:
    """What is said of a published table or view: its description and its key."""
    return contract.description + (f" Key: {', '.join(contract.primary_key)}." if contract.primary_key else "")


def sql_type(column: Column) -> str:
    """The DuckDB type of a column, as the dictionary shows it: `VARCHAR`, `VARCHAR[]`."""
    return f"{_TYPES[str(column.items)]}[]" if column.type == "array" else _TYPES[column.type]


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"
