"""Objects of which a contract tells every column by its place: values taken out as text, one pass over the lines.

Called by `read_json`, which cuts a file into lines. Nested resources are large and most of them is never asked for, so
nothing but what has a path becomes a column; a row that fails its contract is kept as its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl
import pyarrow as pa

from sehatmu.intake.delivered import BROKEN_SCHEMA, ROW, Delivered, cell

# Escapes that may stand for a control character, besides line breaks and tabs, which a text may hold.
_ESCAPES = (b"\\u", b"\\b", b"\\f")
_KEYS = """
    CREATE TEMP TABLE told AS
    SELECT row_number, trim(line, ' \t\r\n') = '' AS blank, CASE
        WHEN json_valid(line) AND ltrim(line, ' \t\r\n') LIKE '{%' THEN hash(json_keys(line))
    END AS keys FROM line
"""
_FAULTS = """
    CREATE TEMP TABLE fault AS
    SELECT row_number, CASE
        WHEN NOT blank AND keys IS NULL THEN 'row:malformed-json' WHEN NOT blank THEN 'row:doubled-key'
    END AS reason FROM told
    WHERE keys IS NULL OR keys IN (
        SELECT keys FROM one WHERE len(json_keys(row_values)) <> list_unique(json_keys(row_values)))
"""


def read_paths(table: pa.Table, paths: Mapping[str, Sequence[str]], *, is_clean: bool) -> Delivered:
    """`table`: `row_number` and `line`. `paths`: contract column → places, of which the first with a value counts.

    A line that is no JSON object, or in which a key stands twice, is a broken row; a blank one is none. Every other
    line is a row, even without a single value.
    """
    wanted = [f"$.{path}" for places in paths.values() for path in places]
    number, columns = 1, []
    for i, places in enumerate(paths.values()):
        values = ", ".join(f"v[{number + n}]" for n in range(len(places)))
        columns.append(f"coalesce({values}) AS {cell(i)}")
        number += len(places)
    lines = pl.DataFrame(pl.from_arrow(table)).rename({"line": "row_values"})
    with duckdb.connect() as con:
        con.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false")
        con.register("line", table)
        con.execute(_KEYS)
        # Lines have few different lists of keys: whether a key stands twice in it is asked of each list once.
        first: pl.DataFrame = con.sql("SELECT keys, min(row_number) AS row_number FROM told GROUP BY keys").pl()
        con.register("one", first.drop_nulls("keys").join(lines, on=ROW))
        con.execute(_FAULTS)
        broken: pl.DataFrame = con.sql("SELECT row_number, reason FROM fault WHERE reason IS NOT NULL ORDER BY 1").pl()
        # The order of a filter and of what is taken out is not ours to choose, so a bad line is kept from it twice.
        rows: pl.DataFrame = con.sql(
            f"""
            SELECT row_number, {", ".join(columns)} FROM (
                SELECT row_number, CASE WHEN json_valid(line) THEN json_extract_string(line, $wanted) END AS v
                FROM line WHERE row_number NOT IN (SELECT row_number FROM fault)
            )
            """,
            params={"wanted": wanted},
        ).pl()
    if not rows[ROW].is_sorted():
        rows = rows.sort(ROW)
    broken = broken.join(lines, on=ROW, how="left", maintain_order="left")
    told = pl.when(pl.col("reason") == "row:malformed-json").then(
        pl.struct(pl.col("row_values").alias("_line")).struct.json_encode()
    )
    return Delivered(
        (),
        rows,
        broken.with_columns(row_values=told.otherwise("row_values")).cast(pl.Schema(BROKEN_SCHEMA)),
        is_clean=is_clean,
        by_path={column: i for i, column in enumerate(paths)},
        lines=lines,
    )


def holds_no_control(text: bytes) -> bool:
    """Whether it is sure at a glance that no text in this JSON holds a control character."""
    return text.isascii() and b"\x7f" not in text and (b"\\" not in text or not any(e in text for e in _ESCAPES))
