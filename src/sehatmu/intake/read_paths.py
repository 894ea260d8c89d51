"""Objects of which a contract tells every column by its place: values taken out as text, block by block of lines.

Called by `read_json`. Nested resources are large and most of them is never asked for, so nothing but what has a path
becomes a column, and no more of the text is in memory than a few blocks. Lines have few different lists of keys, and
each line is asked only for what its keys can lead to.
"""

from __future__ import annotations

import re
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

# Escapes that may stand for a control character, besides line breaks and tabs, which a text may hold.
_ESCAPES = (b"\\u", b"\\b", b"\\f")
# Blocks at work at the same time; what takes them apart lets the others run.
_WORKERS = 2
# More lists of keys than these are rare ones in odd orders: their lines are asked for everything.
_MOST = 24
_FIRST = re.compile(r"[.\[]")
_LINES = pl.Schema({ROW: pl.UInt32, "row_values": pl.String})
_SETTINGS = """
    SET autoinstall_known_extensions=false; SET autoload_known_extensions=false; SET threads=1;
    SET produce_arrow_string_view=true; SET arrow_output_version='1.4'
"""

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

        with _database() as base, ThreadPoolExecutor(_WORKERS) as pool:
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
        with _database() as base:
            whole = put_together(self.file, (self._take(base, heap) for heap in _heaps(asked)))
        return replace(whole, broken=whole.broken.clear())

    def _take(self, base: duckdb.DuckDBPyConnection, table: pa.Table, *, is_clean: bool = False) -> Delivered:
        """Rows and broken rows of some lines."""
        with base.cursor() as con:
            con.register("line", table)
            keys = pl.Series(con.sql(_KEYS).to_arrow_table()["keys"])
            groups, group = _group(con, keys, table)
            wanted = [_led_to(self.paths, known) for known in groups]
            con.register("grouped", table.append_column("nth", group.to_arrow()))
            asked = {f"w{nth}": [f"$.{path}" for path in told] for nth, told in enumerate(wanted)}
            values = con.sql(_ask(asked), params=asked).to_arrow_table()["v"].combine_chunks()
        numbers = pl.Series(ROW, table[ROW]).filter(group.is_not_null())
        rows = _columns(numbers, values, group, wanted)
        texts = (
            clean_text(pl.coalesce(found), self.nulls, is_clean=is_clean)
            if (found := [_raw(path) for path in told if _raw(path) in rows.columns])
            else pl.lit(None, pl.String)
            for told in self.paths
        )
        return replace(
            self.file,
            rows=rows.select(ROW, *(text.alias(cell(i)) for i, text in enumerate(texts))),
            broken=_broken(table, keys, group),
            lines=partial(_pick, table),
        )


def _database() -> duckdb.DuckDBPyConnection:
    """An empty one, of which each block at work has a cursor."""
    con = duckdb.connect()
    con.execute(_SETTINGS)
    return con


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


# A hash of a line's keys, null where it is no object. What ends as an object is tried at once; where the trial fails,
# lines are tried one by one, so lines that end otherwise (cut off, mostly) are asked first.
_KEYS = """
    SELECT CASE WHEN suffix(line, '}\n') THEN try(hash(json_keys(line)))
        WHEN json_valid(line) AND ltrim(line, ' \t\r\n') LIKE '{%' THEN hash(json_keys(line)) END AS keys
    FROM line
"""


def _group(
    con: duckdb.DuckDBPyConnection, keys: pl.Series, table: pa.Table
) -> tuple[list[frozenset[str] | None], pl.Series]:
    """Groups of lines by the keys that they have (None: any), and the group of each line, null where it is no row.

    Whether a key stands twice is asked of each list of keys once.
    """
    lists = keys.to_frame("keys").with_row_index("at").drop_nulls().group_by("keys").agg(pl.col("at").min(), pl.len())
    lists = lists.sort("len", "at", descending=[True, False])
    con.register("one", table.take(pa.array(lists["at"].to_numpy())))
    told = [names for (names,) in con.sql("SELECT json_keys(line) FROM one").fetchall()]
    lists = lists.filter(pl.Series([len(set(names)) == len(names) for names in told], dtype=pl.Boolean))
    groups: list[frozenset[str] | None] = [frozenset(names) for names in told if len(set(names)) == len(names)]
    nth = pl.int_range(len(lists), dtype=pl.UInt32, eager=True).clip(upper_bound=_MOST).alias("nth")
    joined = keys.to_frame("keys").join(lists.with_columns(nth), on="keys", how="left", maintain_order="left")
    return [*groups[:_MOST], *([None] if len(groups) > _MOST else [])], joined["nth"]


def _led_to(paths: Sequence[Sequence[str]], keys: frozenset[str] | None) -> list[str]:
    """The different places, in order, that an object with these keys may have."""
    told = dict.fromkeys(path for places in paths for path in places)
    return [path for path in told if keys is None or _FIRST.split(path, 1)[0] in keys]


def _ask(asked: Mapping[str, Sequence[str]]) -> str:
    """A list of values per line, those that its group is asked for."""
    cases = " ".join(f"WHEN {name[1:]} THEN json_extract_string(line, ${name})" for name in asked)
    return f"SELECT {f'CASE nth {cases} END' if cases else 'NULL::VARCHAR[]'} AS v FROM grouped"


def _columns(
    numbers: pl.Series, values: pa.ListArray, group: pl.Series, wanted: Sequence[Sequence[str]]
) -> pl.DataFrame:
    """The row numbers, and a column for each place that any group is asked for, null for the lines of the others."""
    starts = values.offsets.to_numpy()[:-1][group.is_not_null().to_numpy()]
    mine = group.drop_nulls().to_numpy()
    columns = list(dict.fromkeys(path for paths in wanted for path in paths))
    places = np.full((len(columns), len(mine)), -1)
    for nth, paths in enumerate(wanted):
        rows = np.flatnonzero(mine == nth)
        for at, path in enumerate(paths):
            places[columns.index(path), rows] = starts[rows] + at
    # All columns at once, under each other: each by itself would cost more in asking than in answers.
    flat = places.ravel()
    told = pl.Series(values.values).gather(pl.Series(pa.array(flat, mask=flat < 0)))
    parts = (told.slice(nth * len(mine), len(mine)).alias(_raw(path)) for nth, path in enumerate(columns))
    return pl.DataFrame([numbers, *parts])


def _raw(path: str) -> str:
    return f"$.{path}"


def _broken(table: pa.Table, keys: pl.Series, group: pl.Series) -> pl.DataFrame:
    """The broken rows among lines that are no rows; a blank line is none."""
    bad = pl.DataFrame({ROW: pl.Series(table[ROW]), "keys": keys}).filter(group.is_null())
    lines = bad.join(_pick(table, bad[ROW]), on=ROW, how="left", maintain_order="left")
    lines = lines.filter(pl.col("row_values").str.strip_chars(" \t\r\n") != "")
    is_json = pl.col("keys").is_not_null()
    as_json = pl.struct(pl.col("row_values").alias("_line")).struct.json_encode()
    return lines.select(
        ROW,
        reason=pl.when(is_json).then(pl.lit("row:doubled-key")).otherwise(pl.lit("row:malformed-json")),
        row_values=pl.when(is_json).then("row_values").otherwise(as_json),
    ).cast(pl.Schema(BROKEN_SCHEMA))


def _only(table: pa.Table, numbers: pl.Series) -> pa.Table:
    """Those lines of the table that have one of these numbers."""
    return table.filter(pa.array(np.isin(table[ROW].to_numpy(), numbers.to_numpy())))


def _pick(table: pa.Table, numbers: pl.Series) -> pl.DataFrame:
    """`row_number, row_values` of the lines of these numbers that the table has."""
    some = pl.DataFrame(pl.from_arrow(_only(table, numbers)))
    return some.select(ROW, pl.col("line").str.strip_suffix("\n").alias("row_values")).cast(_LINES)
