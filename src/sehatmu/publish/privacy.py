"""Is there a personal value in the default file that should not be there? Asked of the file itself.

Values are compared by hash, so that neither the file nor a message ever holds them. Called by `check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import duckdb
import polars as pl

from sehatmu.contracts import Contract, quoted

# Shorter values (a sex, a blood group, a street number) stand everywhere by chance.
_MIN_LENGTH = 6
_EIGHT_DIGITS = r"(?:\d\D*){8}"
# In these schemas values stand within longer texts: keys joined with |, JSON, explanations.
_WITHIN = ("history", "meta", "quarantine", "review", "xref")


def personal_values(contract: Contract, frame: pl.DataFrame, *, numbers_only: bool = True) -> pl.Series:
    """The personal values of an extract's rows, as text, distinct: what must never stand in the default file.

    `numbers_only` keeps texts with at least 8 digits (NIK, record numbers, private phones). A name may also be the
    name of a practice that is public, and a birth date is the date of many another thing, so these are for tests,
    not for the gate of a night.
    """
    texts = [
        frame.get_column(name).cast(pl.String).alias("value") for name in personal_columns(contract, frame.columns)
    ]
    wanted = pl.col("value").str.len_chars() >= _MIN_LENGTH
    if numbers_only:
        wanted &= pl.col("value").str.contains(_EIGHT_DIGITS)
    # Column by column, since most are names and words, and few of their values are left.
    values = [text.to_frame().filter(wanted)["value"] for text in texts]
    return pl.concat([pl.Series("value", [], dtype=pl.String), *values]).unique(maintain_order=True)


def personal_columns(contract: Contract, present: Collection[str], *, texts_only: bool = True) -> list[str]:
    """The personal columns of an extract that are `present`: those of text, or all."""
    return [
        c.name
        for c in contract.columns
        if c.classification == "personal" and c.name in present and (c.type == "string" or not texts_only)
    ]


def find_clear_values(
    con: duckdb.DuckDBPyConnection, file: str, clear_values: pl.Series | None
) -> Iterator[tuple[str, str, str]]:
    """Text columns that hold one of the values, as (rule, where, detail)."""
    if clear_values is None or clear_values.is_empty():
        return
    con.register("clear_values", pl.DataFrame({"value": clear_values.cast(pl.String)}))
    con.execute("CREATE TEMP TABLE clear AS SELECT DISTINCT hash(value) AS value FROM clear_values")
    columns = con.sql(
        "SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c "
        "JOIN duckdb_tables() AS t USING (schema_name, table_name) WHERE NOT t.internal AND NOT t.temporary "
        "AND c.data_type IN ('VARCHAR', 'VARCHAR[]') ORDER BY ALL"
    ).fetchall()
    for schema, table, column, kind in columns:
        texts = f"unnest({quoted(column)})" if kind == "VARCHAR[]" else quoted(column)
        # Each value is taken apart once, however many rows have it.
        told = (
            f"SELECT value, count(*) AS rows FROM (SELECT {texts} AS value FROM {quoted(schema)}.{quoted(table)}) "
            "WHERE value IS NOT NULL GROUP BY value"
        )
        pieces = [
            "SELECT value, rows FROM told",
            "SELECT unnest(regexp_extract_all(value, '[0-9]{16}')), rows FROM told WHERE length(value) > 16",
        ]
        if schema in _WITHIN:
            pieces.append(
                "SELECT unnest(regexp_split_to_array(value, '[\"|]')), rows FROM told "
                "WHERE contains(value, '|') OR contains(value, '\"')"
            )
        found = con.sql(
            f"WITH told AS MATERIALIZED ({told}) SELECT coalesce(sum(rows), 0) "
            f"FROM ({' UNION ALL '.join(pieces)}) AS p(value, rows) WHERE hash(value) IN (SELECT value FROM clear)"
        ).fetchall()[0][0]
        if found:
            where = f"{file} {schema}.{table}.{column}"
            yield "personal-value", where, f"{found} personal values in clear"
