"""Objects of which a contract tells every column by its place: values taken out as text, block by block of lines.

Called by `read_json`. Nested resources are large and most of them is never asked for, so nothing but what has a path
becomes a column, and no more of the text is in memory than a few blocks; the line of a row that fails its contract is
read again by its number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pac

from sehatmu.intake.cast import clean_text
from sehatmu.intake.delivered import BROKEN_SCHEMA, ROW, Delivered, cell
from sehatmu.intake.lines import number_lines

# Escapes that may stand for a control character, besides line breaks and tabs, which a text may hold.
_ESCAPES = (b"\\u", b"\\b", b"\\f")
# Blocks at work at the same time; what takes them apart lets the others run.
_WORKERS = 2
_LINES = pl.Schema({ROW: pl.UInt32, "row_values": pl.String})

Blocks = Callable[[], Iterable[bytes]]


def read_paths(blocks: Blocks, paths: Mapping[str, Sequence[str]], *, nulls: Sequence[str]) -> tuple[Delivered, int]:
    """The rows of a text, and how many lines it has. `blocks` gives the text from its beginning, in whole lines.

    `paths`: contract column → places, of which the first with a value counts; its text is clean, and null where it is
    one of `nulls`. A line that is no JSON object, or in which a key stands twice, is a broken row; a blank one is none.
    Every other line is a row, even without a single value.
    """
    take = partial(_take_out, sql=_sql(paths), wanted=[f"$.{path}" for told in paths.values() for path in told])
    count = 0
    rows: list[pl.DataFrame] = []
    broken: list[pl.DataFrame] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[tuple[pl.DataFrame, pl.DataFrame]]] = deque()
        for block, table in number_lines(blocks()):
            waiting.append(pool.submit(take, table, is_clean=holds_no_control(block), nulls=nulls))
            count += len(table)
            if len(waiting) > _WORKERS:
                _collect(waiting.popleft(), rows, broken)
        while waiting:
            _collect(waiting.popleft(), rows, broken)
    schema = pl.Schema({ROW: pl.UInt32} | {cell(i): pl.String for i in range(len(paths))})
    return Delivered(
        (),
        _put_together(rows, schema),
        pl.concat([pl.DataFrame(schema=BROKEN_SCHEMA), *broken]),
        is_tidy=True,
        by_path={column: i for i, column in enumerate(paths)},
        lines=partial(_find_lines, blocks),
    ), count


def holds_no_control(text: bytes) -> bool:
    """Whether it is sure at a glance that no text in this JSON holds a control character."""
    return text.isascii() and b"\x7f" not in text and (b"\\" not in text or not any(e in text for e in _ESCAPES))


def _put_together(parts: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    """The parts under each other, each column in one piece: whatever looks at columns in pieces copies all of them.

    The list is emptied, so that each column's pieces are let go of before the next one is made.
    """
    pieces = [[part[name] for part in parts] for name in schema]
    parts.clear()
    whole = []
    for name, kind in reversed(schema.items()):
        told = pieces.pop()
        whole.append(pl.concat(told, rechunk=True) if told else pl.Series(name, [], kind))
    return pl.DataFrame(whole[::-1])


def _collect(
    done: Future[tuple[pl.DataFrame, pl.DataFrame]], rows: list[pl.DataFrame], broken: list[pl.DataFrame]
) -> None:
    some, bad = done.result()
    if len(some):
        rows.append(some)
    if len(bad):
        broken.append(bad)


def _sql(paths: Mapping[str, Sequence[str]]) -> str:
    """A hash of a line's keys, null where it is no object, and its values. The order in which conditions are looked at
    is not ours to choose, so a bad line is kept from everything that reads JSON."""
    number, columns = 1, []
    for i, places in enumerate(paths.values()):
        values = ", ".join(f"v[{number + n}]" for n in range(len(places)))
        columns.append(f"coalesce({values}) AS {cell(i)}")
        number += len(places)
    return f"""
        SELECT row_number, keys, {", ".join(columns)} FROM (
            SELECT row_number,
                CASE WHEN json_valid(line) AND ltrim(line, ' \t\r\n') LIKE '{{%' THEN hash(json_keys(line)) END AS keys,
                CASE WHEN json_valid(line) THEN json_extract_string(line, $wanted) END AS v
            FROM line
        )
    """


def _take_out(
    table: pa.Table, *, sql: str, wanted: Sequence[str], is_clean: bool, nulls: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows and broken rows of one block of lines."""
    with duckdb.connect() as con:
        con.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false; SET threads=1")
        con.register("line", table)
        told: pl.DataFrame = con.sql(sql, params={"wanted": wanted}).pl()
        told = told if told[ROW].is_sorted() else told.sort(ROW)
        # Lines have few different lists of keys: whether a key stands twice in it is asked of each list once.
        firsts = told.drop_nulls("keys").group_by("keys").agg(pl.col(ROW).min())
        con.register("one", firsts.join(_pick(table, firsts[ROW]), on=ROW))
        doubled: pl.DataFrame = con.sql(
            "SELECT keys FROM one WHERE len(json_keys(row_values)) <> list_unique(json_keys(row_values))"
        ).pl()
    is_bad = told["keys"].is_null() | told["keys"].is_in(doubled["keys"].implode())
    texts = [clean_text(pl.col(n), nulls, is_clean=is_clean) for n in told.columns if n not in (ROW, "keys")]
    bad = told.select(ROW, "keys").filter(is_bad)
    return (told if bad.is_empty() else told.filter(~is_bad)).select(ROW, *texts), _broken(bad, table)


def _broken(bad: pl.DataFrame, table: pa.Table) -> pl.DataFrame:
    """The broken rows among lines that are no rows; a blank line is none."""
    lines = bad.join(_pick(table, bad[ROW]), on=ROW, how="left", maintain_order="left")
    lines = lines.filter(pl.col("row_values").str.strip_chars(" \t\r\n") != "")
    is_json = pl.col("keys").is_not_null()
    as_json = pl.struct(pl.col("row_values").alias("_line")).struct.json_encode()
    return lines.select(
        ROW,
        reason=pl.when(is_json).then(pl.lit("row:doubled-key")).otherwise(pl.lit("row:malformed-json")),
        row_values=pl.when(is_json).then("row_values").otherwise(as_json),
    ).cast(pl.Schema(BROKEN_SCHEMA))


def _pick(table: pa.Table, numbers: pl.Series) -> pl.DataFrame:
    """`row_number, row_values` of the lines of these numbers that the table has."""
    places = pac.is_in(table[ROW], value_set=numbers.to_arrow().cast(pa.uint32()))
    return pl.DataFrame(pl.from_arrow(table.filter(places))).rename({"line": "row_values"}).cast(_LINES)


def _find_lines(blocks: Blocks, numbers: pl.Series) -> pl.DataFrame:
    """`row_number, row_values` of the lines of these numbers."""

    def found() -> Iterator[pl.DataFrame]:
        yield pl.DataFrame(schema=_LINES)
        if len(numbers):
            yield from (_pick(table, numbers) for _, table in number_lines(blocks()))

    return pl.concat(found())
