"""Objects of which a contract tells every column by its place: values taken out as text, block by block of lines.

Called by `read_json`. Nested resources are large and most of them is never asked for, so nothing but what has a path
becomes a column, and no more of the text is in memory than a few blocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from sehatmu.intake.cast import clean_text
from sehatmu.intake.delivered import BROKEN_SCHEMA, ROW, Delivered, T, cell, put_together
from sehatmu.intake.lines import BLOCK, number_lines
from sehatmu.intake.places import open_database, take_out

# Escapes that may stand for a control character, besides line breaks and tabs, which a text may hold.
_ESCAPES = (b"\\u", b"\\b", b"\\f")
# Blocks at work at the same time; what takes them apart lets the others run.
_WORKERS = 2
_LINES = pl.Schema({ROW: pl.UInt32, "row_values": pl.String})

Blocks = Callable[[], Iterable[bytes]]
# Told the numbers of broken lines, if any, and how many lines there are; raises where the text is no good.
Refuse = Callable[[pl.Series, int], None]


def read_paths(
    blocks: Blocks, paths: Mapping[str, Sequence[str]], *, nulls: Sequence[str], refuse: Refuse
) -> Delivered:
    """The rows of a text part by part. `blocks` gives the text from its beginning, in whole lines.

    `paths`: contract column → places, of which the first with a value counts; its text is clean, and null where it is
    one of `nulls`. A line that is no JSON object, or in which a key stands twice, is a broken row; a blank one is none.
    Every other line is a row, even without a single value.
    """
    schema = pl.Schema({ROW: pl.UInt32} | {cell(i): pl.String for i in range(len(paths))})
    by_path = {column: i for i, column in enumerate(paths)}
    file = Delivered((), pl.DataFrame(schema=schema), is_tidy=True, by_path=by_path)
    told = _Text(blocks, tuple(map(tuple, paths.values())), tuple(nulls), refuse, file)
    return replace(file, parts=told.parts, pick=told.pick)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of lines, and what is asked of each; `file` is what is told of it without a row."""

    blocks: Blocks
    paths: tuple[tuple[str, ...], ...]
    nulls: tuple[str, ...]
    refuse: Refuse
    file: Delivered

    def parts(self, use: Callable[[Delivered], T]) -> Iterator[T]:
        """What `use` makes of each block, as `delivered.Parts`."""
        count, broken = 0, [pl.Series(ROW, [], pl.UInt32)]

        def at_work(block: bytes, table: pa.Table) -> tuple[pl.Series, T]:
            part = self._take(base, table, is_clean=holds_no_control(block))
            return part.broken[ROW], use(part)

        def done(waiting: deque[Future[tuple[pl.Series, T]]]) -> T:
            bad, told = waiting.popleft().result()
            broken.append(bad)
            return told

        with open_database() as base, ThreadPoolExecutor(_WORKERS) as pool:
            waiting: deque[Future[tuple[pl.Series, T]]] = deque()
            for block, table in number_lines(self.blocks()):
                waiting.append(pool.submit(at_work, block, table))
                count += len(table)
                if len(waiting) > _WORKERS:
                    yield done(waiting)
            while waiting:
                yield done(waiting)
        bad = pl.concat(broken)
        if len(bad):
            self.refuse(bad, count)

    def pick(self, numbers: pl.Series) -> Delivered:
        """The rows of these numbers, without the broken ones."""
        asked = (_only(table, numbers) for _, table in number_lines(self.blocks()))
        with open_database() as base:
            whole = put_together(self.file, (self._take(base, heap) for heap in _heaps(asked)))
        return replace(whole, broken=whole.broken.clear())

    def _take(self, base: duckdb.DuckDBPyConnection, table: pa.Table, *, is_clean: bool = False) -> Delivered:
        """Rows and broken rows of some lines."""
        rows, others = take_out(base, table, self.paths)
        names = map(cell, range(len(self.paths)))
        texts = (
            clean_text(pl.col(name), self.nulls, is_clean=is_clean)
            if name in rows.columns
            else pl.lit(None, pl.String).alias(name)
            for name in names
        )
        return replace(
            self.file, rows=rows.select(ROW, *texts), broken=_broken(table, others), lines=partial(_pick, table)
        )


def _heaps(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Small tables of lines put together to about the size of a block."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(some.nbytes for some in held) >= BLOCK:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def holds_no_control(text: bytes) -> bool:
    """Whether it is sure at a glance that no text in this JSON holds a control character."""
    return text.isascii() and b"\x7f" not in text and (b"\\" not in text or not any(e in text for e in _ESCAPES))


def _broken(table: pa.Table, others: pl.DataFrame) -> pl.DataFrame:
    """The broken rows among lines that are no rows; a blank line is none."""
    lines = others.join(_pick(table, others[ROW]), on=ROW, how="left", maintain_order="left")
    lines = lines.filter(pl.col("row_values").str.strip_chars(" \t\r\n") != "")
    as_json = pl.struct(pl.col("row_values").alias("_line")).struct.json_encode()
    return lines.select(
        ROW,
        reason=pl.when("is_json").then(pl.lit("row:doubled-key")).otherwise(pl.lit("row:malformed-json")),
        row_values=pl.when("is_json").then("row_values").otherwise(as_json),
    ).cast(pl.Schema(BROKEN_SCHEMA))


def _only(table: pa.Table, numbers: pl.Series) -> pa.Table:
    """Those lines of the table that have one of these numbers."""
    return table.filter(pa.array(np.isin(table[ROW].to_numpy(), numbers.to_numpy())))


def _pick(table: pa.Table, numbers: pl.Series) -> pl.DataFrame:
    """`row_number, row_values` of the lines of these numbers that the table has."""
    some = pl.DataFrame(pl.from_arrow(_only(table, numbers)))
    return some.select(ROW, pl.col("line").str.strip_suffix("\n").alias("row_values")).cast(_LINES)
