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
    with duckdb.connect() as con:
        con.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false")
        con.register("line", table)
        rows: pl.DataFrame = con.sql(
            f"""
            SELECT row_number, fault, {", ".join(columns)} FROM (
                SELECT row_number, fault, CASE WHEN fault IS NULL THEN json_extract_string(line, $wanted) END AS v
                FROM (
                    SELECT row_number, line, CASE
                        WHEN NOT json_valid(line) OR ltrim(line, ' \t\r\n') NOT LIKE '{{%' THEN 'row:malformed-json'
                        WHEN len(json_keys(line)) <> len(list_distinct(json_keys(line))) THEN 'row:doubled-key'
                    END AS fault
                    FROM line WHERE trim(line, ' \t\r\n') <> ''
                )
            )
            """,
            params={"wanted": wanted},
        ).pl()
    if not rows[ROW].is_sorted():
        rows = rows.sort(ROW)
    lines = pl.DataFrame(pl.from_arrow(table)).rename({"line": "row_values"})
    broken = rows.filter(pl.col("fault").is_not_null()).select(ROW, reason="fault").join(lines, on=ROW, how="left")
    told = pl.when(pl.col("reason") == "row:malformed-json").then(
        pl.struct(pl.col("row_values").alias("_line")).struct.json_encode()
    )
    return Delivered(
        (),
        rows.filter(pl.col("fault").is_null()).drop("fault"),
        broken.with_columns(row_values=told.otherwise("row_values")).cast(pl.Schema(BROKEN_SCHEMA)),
        is_clean=is_clean,
        by_path={column: i for i, column in enumerate(paths)},
        lines=lines,
    )


def holds_no_control(text: bytes) -> bool:
    """Whether it is sure at a glance that no text in this JSON holds a control character."""
    return text.isascii() and b"\x7f" not in text and (b"\\" not in text or not any(e in text for e in _ESCAPES))
