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
_NO_SHAPE = r"[0-8\p{L}]"
_EIGHT_DIGITS = r"(?:\d\D*){8}"
_NIK, _NIK_LENGTH = "[0-9]{16}", 16
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
    # What is all nines is nobody's number, and is what a masked number looks like.
    wanted = (pl.col("value").str.len_chars() >= _MIN_LENGTH) & pl.col("value").str.contains(_NO_SHAPE)
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
    """Text columns that hold one of the values, as (rule, where, detail).

    All columns are asked in one query, so that the values are prepared once and not once for each column.
    """
    if clear_values is None or clear_values.is_empty():
        return
    con.register("clear_values", pl.DataFrame({"value": clear_values.cast(pl.String)}))
    con.execute("CREATE TEMP TABLE clear AS SELECT DISTINCT hash(value) AS value FROM clear_values")
    columns = _text_columns(con)
    pieces = [
        f"SELECT {number} AS number, hash(value) AS value FROM ({piece})"
        for number, (schema, table, column, kind, longest) in enumerate(columns)
        for piece in _pieces(f"{quoted(schema)}.{quoted(table)}", schema, column, kind, longest)
    ]
    if not pieces:
        return
    told = con.sql(
        f"SELECT number, count(*) FROM ({' UNION ALL '.join(pieces)}) "
        "WHERE value IN (SELECT value FROM clear) GROUP BY number ORDER BY number"
    ).fetchall()
    for number, found in told:
        schema, table, column, *_ = columns[number]
        yield "personal-value", f"{file} {schema}.{table}.{column}", f"{found} personal values in clear"


def _text_columns(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str, int | None]]:
    """Columns of text as (schema, table, column, type, longest text in bytes, None where the file does not tell).

    Left out are the columns of empty tables, and those whose longest text is too short for a personal value.
    """
    listed = con.sql(
        "SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c "
        "JOIN duckdb_tables() AS t USING (schema_name, table_name) WHERE NOT t.internal AND NOT t.temporary "
        "AND c.data_type IN ('VARCHAR', 'VARCHAR[]') ORDER BY ALL"
    ).fetchall()
    kept = []
    for schema, table in sorted({(schema, table) for schema, table, *_ in listed}):
        place = f"{quoted(schema)}.{quoted(table)}"
        # The file knows the longest text of each of its segments, and reads whole columns by that.
        told = con.sql(
            "SELECT column_name, bool_and(stats.max_string_length IS NOT NULL), "
            f"max(CAST(stats.max_string_length AS BIGINT)) FROM pragma_storage_info('{place}') "
            "WHERE segment_type = 'VARCHAR' GROUP BY column_name"
        ).fetchall()
        longest = {name: length if known else None for name, known, length in told}
        kept += [
            (*column, length)
            for column in listed
            if column[:2] == (schema, table) and longest
            if (length := longest.get(column[2])) is None or length >= _MIN_LENGTH
        ]
    return kept


def _pieces(table: str, schema: str, column: str, kind: str, longest: int | None) -> Iterator[str]:
    """Queries of the texts of a column, and of what stands within them, as `value`."""
    texts = f"unnest({quoted(column)})" if kind == "VARCHAR[]" else quoted(column)
    told = f"(SELECT {texts} AS value FROM {table})"
    yield f"SELECT value FROM {told}"
    if longest is None or longest > _NIK_LENGTH:
        # Most texts are hashes, and one in a hundred of them has so many digits in a row: asking first costs half.
        yield (
            f"SELECT unnest(regexp_extract_all(value, '{_NIK}')) AS value FROM {told} "
            f"WHERE strlen(value) > {_NIK_LENGTH} AND regexp_matches(value, '{_NIK}')"
        )
    if schema in _WITHIN:
        yield (
            f"SELECT unnest(regexp_split_to_array(value, '[\"|]')) AS value FROM {told} "
            "WHERE contains(value, '|') OR contains(value, '\"')"
        )
