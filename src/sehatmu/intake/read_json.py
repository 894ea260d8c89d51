"""JSON and NDJSON into `Delivered`, every value as text.

Called by `read`. An array is cut into its elements by array operations over the places of brackets and quotes,
so that array and NDJSON share the rest: DuckDB judges each element and takes its values out. Nested values stay
JSON text, and integers keep all their digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.intake.delivered import BROKEN_SCHEMA, ROW, Delivered, cell, keep_filled
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.lines import as_lines, cut_blocks
from sehatmu.intake.read_paths import read_paths
from sehatmu.intake.text import TextFacts, utf8_chunks
from sehatmu.memory import memory

_AGAIN = "deliver the file again, whole"
_ONE_OBJECT = 1 << 20
_OPEN, _CLOSE, _COMMA = (91, 123), (93, 125), 44
_IS_MARK = np.array([b in {*_OPEN, *_CLOSE, _COMMA} for b in range(256)])
_Places = npt.NDArray[np.int64]


def read_json(
    path: Path,
    facts: TextFacts,
    *,
    paths: Mapping[str, Sequence[str]],
    nested: Sequence[str] = (),
    by_line: bool = False,
    only_paths: bool = False,
    nulls: Sequence[str] = (),
) -> Delivered:
    """The objects of an array, of the one array inside an object, or of the lines, as rows of text.

    `paths`: contract column → JSON paths, the first with a value counting, read beside the keys of the top level, or
    instead of them with `only_paths`, then without the texts that are `nulls`. `nested`: keys of which the first that
    holds an array gives the rows of its object, each with the object's other values; an object without is one row.
    `by_line`: the name says NDJSON, which settles what a single object is. Row numbers count elements, or lines, from 1
    (where rows are nested, these). A line that is no object is a broken row; an element that is none, a key that stands
    twice, or a text that breaks off raises BadFileError.
    """
    if only_paths and by_line and not nested and facts.head.lstrip()[:1] not in ("", "["):
        refuse = partial(_refuse_half_written, facts=facts, by_line=True)
        return read_paths(lambda: cut_blocks(utf8_chunks(path, facts)), paths, nulls=nulls, refuse=refuse)
    text = b"".join(utf8_chunks(path, facts))
    by_line = not text.lstrip().startswith(b"[") and (by_line or _looks_like_lines(text))
    if _is_one_row(text, nested):
        text = text.replace(b"\n", b" ").replace(b"\r", b" ")
    elif not by_line:
        text = _elements(text)
    if only_paths:
        refuse = partial(_refuse_half_written, facts=facts, by_line=by_line)
        return read_paths(lambda: cut_blocks([text]), paths, nulls=nulls, refuse=refuse).whole()
    table = as_lines(text)
    with memory() as con:
        con.register("line", table)
        con.execute(
            "CREATE TEMP TABLE judged AS SELECT row_number, rtrim(line, '\n') AS line, "
            "coalesce(try(json_type(line) = 'OBJECT'), false) AS good FROM line WHERE trim(line, ' \t\r\n') <> ''"
        )
        if not by_line:
            _refuse_blank(con)
        broken = con.sql("SELECT row_number, line FROM judged WHERE NOT good ORDER BY row_number").pl()
        if len(broken):
            _refuse_half_written(broken[ROW], len(table), facts, by_line=by_line)
        if nested:
            _spread(con, nested)
            broken = con.sql("SELECT row_number, line FROM judged WHERE NOT good ORDER BY row_number").pl()
        headers, rows, by_path = _extract(con, paths)
    return Delivered(headers, keep_filled(rows), _broken(broken), by_path=by_path)


def _extract(
    con: duckdb.DuckDBPyConnection, paths: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], pl.DataFrame, dict[str, int]]:
    """Keys of all objects by their place, the values as text, and which column each path gave."""
    con.execute("CREATE TEMP TABLE keyed AS SELECT row_number, json_keys(line) AS keys FROM judged WHERE good")
    doubled = con.sql(
        "SELECT row_number FROM keyed WHERE len(keys) <> len(list_distinct(keys)) ORDER BY row_number LIMIT 1"
    ).fetchall()
    if doubled:
        raise BadFileError(
            "a key stands twice in one object", hint="rename or remove one of the two", row=doubled[0][0]
        )
    headers = tuple(
        key
        for (key,) in con.sql(
            "SELECT key FROM (SELECT unnest(keys) AS key, generate_subscripts(keys, 1) AS place FROM keyed) "
            "GROUP BY key ORDER BY min(place), key"
        ).fetchall()
    )
    wanted = ["/" + h.replace("~", "~0").replace("/", "~1") for h in headers]
    values = [f"v[{i}]" for i in range(1, len(wanted) + 1)]
    for places in paths.values():
        values.append("coalesce({})".format(", ".join(f"v[{len(wanted) + n}]" for n in range(1, len(places) + 1))))
        wanted += [f"$.{place}" for place in places]
    if not wanted:
        return headers, pl.DataFrame(schema={ROW: pl.UInt32}), {}
    columns = ", ".join(f"{value} AS {cell(i)}" for i, value in enumerate(values))
    rows = con.sql(
        f"SELECT row_number, {columns} FROM (SELECT row_number, json_extract_string(line, $wanted) AS v "
        "FROM judged WHERE good) ORDER BY row_number",
        params={"wanted": wanted},
    ).pl()
    return headers, rows, {column: len(headers) + i for i, column in enumerate(paths)}


def _is_one_row(text: bytes, nested: Sequence[str]) -> bool:
    """Whether the text is one object whose own array is nested: not a wrapper around the rows."""
    if not nested or len(text) > _ONE_OBJECT or not text.lstrip().startswith(b"{"):
        return False
    try:
        told = json.loads(text)
    except ValueError:
        return False
    return any(isinstance(told.get(key), list) for key in nested)


def _spread(con: duckdb.DuckDBPyConnection, nested: Sequence[str]) -> None:
    """Each object with an array under one of the keys becomes one row per element; all rows are numbered anew.

    What an element says itself goes before what its object says; an element that is no object is a broken row.
    """
    wanted = ["/" + key.replace("~", "~0").replace("/", "~1") for key in nested]
    without = "{" + ", ".join(f"{json.dumps(key)}: null" for key in nested) + "}"
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE judged AS
        WITH told AS (
            SELECT row_number, line, CASE WHEN good THEN list_filter(
                json_extract(line, $wanted), lambda a: json_type(a) = 'ARRAY' AND json_array_length(a) > 0
            )[1] END AS rows FROM judged
        ), element AS (
            SELECT row_number, line, unnest(json_extract(rows, '$[*]')) AS said,
                generate_subscripts(json_extract(rows, '$[*]'), 1) AS place
            FROM told WHERE rows IS NOT NULL
        ), spread AS (
            SELECT row_number, 0 AS place, line FROM told WHERE rows IS NULL
            UNION ALL
            SELECT row_number, place, CASE WHEN json_type(said) = 'OBJECT'
                THEN json_merge_patch(line, $without, said) ELSE said END
            FROM element
        )
        SELECT (row_number() OVER (ORDER BY row_number, place))::UINTEGER AS row_number, line::VARCHAR AS line,
            coalesce(try(json_type(line) = 'OBJECT'), false) AS good
        FROM spread
        """,
        {"wanted": wanted, "without": without},
    )


def _looks_like_lines(text: bytes) -> bool:
    """One whole object on the first line, and something after it."""
    first, _, rest = text.lstrip().partition(b"\n")
    if not first.startswith(b"{") or not rest.strip():
        return False
    try:
        json.loads(first)
    except ValueError:
        return False
    return True


def _marks(text: bytes) -> tuple[_Places, npt.NDArray[np.uint8], _Places]:
    """Places of brackets and commas outside of texts, which they are, and the depth after each."""
    codes = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(codes == ord('"'))
    slashes = np.flatnonzero(codes == ord("\\"))
    if len(slashes):
        first = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        length = np.diff(first, append=len(slashes))
        escaped = slashes[first] + length
        quotes = np.setdiff1d(quotes, escaped[length % 2 == 1], assume_unique=True)
    places = np.flatnonzero(_IS_MARK[codes])
    places = places[np.searchsorted(quotes, places) % 2 == 0]
    kinds = codes[places]
    steps = np.isin(kinds, _OPEN).astype(np.int64) - np.isin(kinds, _CLOSE).astype(np.int64)
    return places, kinds, np.cumsum(steps)


def _elements(text: bytes) -> bytes:
    """The elements of the array, one a line."""
    places, kinds, depths = _marks(text)
    outer = 0 if len(kinds) and kinds[0] == ord("[") else 1
    begins = np.flatnonzero((kinds == ord("[")) & (depths == outer + 1))
    if outer and len(places) and depths.min() >= 0 and depths[-1] == 0:
        begins = _one_array(text, places, begins)
        if not len(begins):
            return text.replace(b"\n", b" ").replace(b"\r", b" ")
    ends = np.flatnonzero(np.isin(kinds, _CLOSE) & (depths == outer))
    if not len(begins) or not (ends > begins[0]).any():
        done = int(((kinds == _COMMA) & (depths == outer + 1)).sum())
        raise BadFileError("the JSON breaks off: the file looks half-written", hint=_AGAIN, row=done + 1)
    begin, end = int(begins[0]), int(ends[ends > begins[0]][0])
    inside = np.arange(begin, end)[(kinds[begin:end] == _COMMA) & (depths[begin:end] == outer + 1)]
    _refuse_bad_frame(text[: places[begin] + 1] + text[places[end] :])
    lines = np.frombuffer(text, np.uint8)[places[begin] + 1 : places[end]].copy()
    lines[(lines == 10) | (lines == 13)] = 32
    lines[places[inside] - places[begin] - 1] = 10
    return lines.tobytes()


def _one_array(text: bytes, places: _Places, begins: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which of the top-level arrays holds the rows; none where the object itself is the one row."""
    holds = [text[places[b] + 1 : places[b] + 200].lstrip()[:1] == b"{" for b in begins]
    rows = begins[np.array(holds, bool)] if len(begins) else begins
    if len(rows) == 1 or not len(begins):
        return rows if len(rows) else begins
    if len(begins) == 1:
        return begins
    raise BadFileError(
        f"an object with {len(begins)} arrays: it cannot be told which one is the table",
        hint="deliver an array, or an object with one array",
    )


def _refuse_blank(con: duckdb.DuckDBPyConnection) -> None:
    blank = con.sql(
        "SELECT row_number FROM line WHERE row_number NOT IN (SELECT row_number FROM judged) "
        "AND (SELECT count(*) FROM line) > 1 ORDER BY row_number LIMIT 1"
    ).fetchall()
    if blank:
        raise BadFileError("a comma without an element", hint="mend the JSON", row=blank[0][0])


def _refuse_bad_frame(frame: bytes) -> None:
    try:
        json.loads(frame)
    except ValueError:
        raise BadFileError("the JSON around the rows is malformed", hint="mend the JSON") from None


def _refuse_half_written(broken: pl.Series, count: int, facts: TextFacts, *, by_line: bool) -> None:
    """Judge a text by the numbers of its broken lines, of which there are some, among `count`."""
    row = int(broken[-1])
    if not by_line:
        raise BadFileError("an element of the array is no JSON object", hint="mend the JSON", row=int(broken[0]))
    if row == count and not facts.ends_with_break:
        raise BadFileError("the last line breaks off: the file looks half-written", hint=_AGAIN, row=row)
    if len(broken) == count:
        raise BadFileError("no line is a JSON object", hint="deliver one object a line, or an array", row=1)


def _broken(broken: pl.DataFrame) -> pl.DataFrame:
    return broken.select(
        ROW,
        pl.lit("row:malformed-json").alias("reason"),
        pl.struct(pl.col("line").alias("_line")).struct.json_encode().alias("row_values"),
    ).cast(pl.Schema(BROKEN_SCHEMA))
