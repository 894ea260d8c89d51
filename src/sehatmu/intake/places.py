"""What stands at given places in lines of JSON: one column for each, as text.

Called by `read_paths` for a block of lines at a time; DuckDB takes the lines apart. Lines have few different lists of
keys, and each line is asked only for what its keys can lead to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from sehatmu.intake.delivered import ROW, cell
from sehatmu.memory import OFFLINE

# More lists of keys than these are rare ones in odd orders: their lines are asked for everything.
_MOST = 24
_NOWHERE = np.uint32(0xFFFFFFFF)
_FIRST = re.compile(r"[.\[]")
_SETTINGS = "SET threads=1; SET produce_arrow_string_view=true; SET arrow_output_version='1.4'"
# A hash of a line's keys, null where it is no object. What ends as an object is tried at once; where the trial fails,
# lines are tried one by one, so lines that end otherwise (cut off, mostly) are asked first. The order in which
# conditions are looked at is not ours to choose but in a CASE, so a bad line is kept there from what reads JSON.
_KEYS = """
    SELECT CASE WHEN suffix(line, '}\n') THEN try(hash(json_keys(line)))
        WHEN json_valid(line) AND ltrim(line, ' \t\r\n') LIKE '{%' THEN hash(json_keys(line)) END AS keys
    FROM line
"""


def open_database() -> duckdb.DuckDBPyConnection:
    """An empty one, of which each block at work has a cursor."""
    con = duckdb.connect(config=OFFLINE)
    con.execute(_SETTINGS)
    return con


def take_out(
    base: duckdb.DuckDBPyConnection, table: pa.Table, paths: Sequence[Sequence[str]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows among numbered lines, and the `row_number` of the other lines with whether each `is_json`.

    Of a row there is `row_number` and, named as cells, the value at the first of each of `paths` that has one; a column
    is missing where no line can have it. A line that is no object is no row, nor is one in which a key stands twice.
    """
    with base.cursor() as con:
        con.register("line", table)
        keys = pl.Series(con.sql(_KEYS).to_arrow_table()["keys"])
        groups, group = _group(con, keys, table)
        wanted = [_led_to(paths, known) for known in groups]
        con.register("grouped", table.append_column("nth", group.to_arrow()))
        asked = {f"w{nth}": [f"$.{path}" for path in told] for nth, told in enumerate(wanted)}
        values = con.sql(_ask(asked), params=asked).to_arrow_table()["v"].combine_chunks()
    numbers, is_row = pl.Series(ROW, table[ROW]), group.is_not_null()
    found = _columns(values, group, wanted)
    rows = pl.DataFrame([numbers.filter(is_row), *found.values()]).select(
        ROW,
        *(
            pl.coalesce(found[path].name for path in told if path in found).alias(cell(i))
            for i, told in enumerate(paths)
            if any(path in found for path in told)
        ),
    )
    return rows, pl.DataFrame({ROW: numbers, "is_json": keys.is_not_null()}).filter(~is_row)


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


def _columns(values: pa.ListArray, group: pl.Series, wanted: Sequence[Sequence[str]]) -> dict[str, pl.Series]:
    """A column for each place that any group is asked for, null for the lines of the others; rows only."""
    starts = values.offsets.to_numpy()[:-1][group.is_not_null().to_numpy()]
    mine = group.drop_nulls().to_numpy()
    columns = list(dict.fromkeys(path for paths in wanted for path in paths))
    places = np.full((len(columns), len(mine)), _NOWHERE)
    for nth, paths in enumerate(wanted):
        rows = np.flatnonzero(mine == nth)
        first = starts[rows].astype(np.uint32)
        for at, path in enumerate(paths):
            places[columns.index(path), rows] = first + np.uint32(at)
    # All columns at once, under each other: each by itself would cost more in asking than in answers.
    flat = places.ravel()
    told = pl.Series(values.values).gather(pl.Series(pa.array(flat, mask=flat == _NOWHERE)))
    return {path: told.slice(nth * len(mine), len(mine)).alias(f"$.{path}") for nth, path in enumerate(columns)}
