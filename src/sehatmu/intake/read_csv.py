"""Delimited text into `Delivered`: delimiter, header line, quoted line breaks, ragged rows, line numbers.

Called by `read`. pyarrow's parser splits the whole file in one pass and hands every row with too few or too many
fields to a callback; the line that each row begins on is counted from what it returns.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from sehatmu.intake.delivered import BROKEN_SCHEMA, ROW, Delivered, Score, cell, keep_filled
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.text import TextFacts, utf8_chunks

DELIMITERS = (",", ";", "\t", "|")
HEADER_SEARCH = 30  # title rows above the header are rare in CSV and short in Excel exports
_BLOCK = 16 << 20
_END = b"\x1eend\x1e"
_BREAK = r"\r\n|\r|\n"
csv.field_size_limit(_BLOCK)  # the module's own limit is shorter than texts that registers hold


def read_csv(path: Path, facts: TextFacts, *, score: Score) -> Delivered:
    """All rows as text. Raises BadFileError for a quote that never closes or swallows lines, a file that breaks
    off within a row, a header that stands twice, and a file in which no row is as long as its header.
    """
    delimiter, headers, header_record = find_header(facts.head, score)
    if not headers:
        raise BadFileError("no header line", hint="check what was delivered")
    split = _split(path, facts, delimiter, len(headers))
    header_line = int(split.lines[header_record - 1])
    _refuse_swallowed(path, facts, delimiter, split, header_line)
    rows = keep_filled(split.rows[int((split.rows[ROW] <= header_line).sum()) :])
    ragged = [(row, line) for row, line in split.ragged if line > header_line and row.text.strip()]
    if ragged:
        last, line = ragged[-1]
        if not facts.ends_with_break and line == split.lines[-1] and last.actual_columns < len(headers):
            raise BadFileError(
                f"the last row breaks off ({last.actual_columns} of {len(headers)} fields and no line break): "
                "the file looks half-written",
                hint="deliver it again, whole",
                row=line,
            )
        if not len(rows):
            raise BadFileError(
                f"no row is as long as the header: {ragged[0][0].actual_columns} fields against {len(headers)}",
                hint="check the header line and the delimiter",
                row=ragged[0][1],
            )
    width = len(headers)
    warnings = _warn(ragged, width)
    if not facts.ends_with_break:
        warnings += ("no line break at the end: the last value may be cut off",)
    return Delivered(tuple(headers), rows, _broken(ragged, width), warnings, is_clean=facts.is_clean)


def find_header(head: str, score: Score) -> tuple[str, list[str], int]:
    """Delimiter, headers, and the number of the header's record, from the beginning of the text.

    The record with most contract columns wins, then the delimiter that makes most fields.
    """
    best: tuple[tuple[int, int, int], str, list[str], int] = ((-1, 0, 0), ",", [], 1)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        for number, record in enumerate(islice(reader, HEADER_SEARCH), 1):
            if any(field.strip() for field in record):
                found = (score(record), len(record) if score(record) else 0, -number)
                if found > best[0]:
                    best = (found, delimiter, record, number)
    return best[1:]


@dataclass(frozen=True, slots=True)
class _Split:
    """`rows` as long as the header, `ragged` the others with their lines; `lines` and `inner` (line breaks within
    quotes) of every record in file order.
    """

    rows: pl.DataFrame
    ragged: list[tuple[Any, int]]
    lines: npt.NDArray[np.int64]
    inner: npt.NDArray[np.int64]


class _Feed(io.RawIOBase):
    """Byte pieces as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _split(path: Path, facts: TextFacts, delimiter: str, width: int) -> _Split:
    """Parse it all. A last record of our own must come back as the last one, else a quote is still open."""
    ragged: list[Any] = []

    def set_aside(row: Any) -> str:
        ragged.append(row)
        return "skip"

    def pieces() -> Iterator[bytes]:
        yield from utf8_chunks(path, facts)
        yield (b"" if facts.ends_with_break else b"\n") + delimiter.encode().join([_END] * width)

    names = [cell(i) for i in range(width)]
    try:
        table = pc.read_csv(
            io.BufferedReader(_Feed(pieces()), 1 << 20),
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK),
            parse_options=pc.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:  # a record longer than a block
        raise _unclosed(path, facts, delimiter) from None
    frame = pl.DataFrame(pl.from_arrow(table))
    if not len(frame) or frame[-1, 0] != _END.decode():
        raise _unclosed(path, facts, delimiter)
    total = len(frame) + len(ragged)
    wrong = np.array([row.number for row in ragged], np.int64) - 1
    right = np.delete(np.arange(total), wrong)
    inner = np.zeros(total, np.int64)
    if total < facts.breaks + 1 + (not facts.ends_with_break):
        inner[right] = frame.select(pl.sum_horizontal(pl.all().str.count_matches(_BREAK))).to_series().to_numpy()
        inner[wrong] = [len(re.findall(_BREAK, row.text)) for row in ragged]
    lines = np.arange(1, total + 1) + np.cumsum(inner) - inner
    rows = frame.select(pl.Series(ROW, lines[right], pl.UInt32), *names)[:-1]
    places = [int(line) for line in lines[wrong]]
    return _Split(rows, list(zip(ragged, places, strict=True)), lines[:-1], inner[:-1])


def _reader(path: Path, facts: TextFacts, delimiter: str, *, strict: bool) -> Any:
    lines = io.TextIOWrapper(io.BufferedReader(_Feed(utf8_chunks(path, facts))), "utf-8", newline="")
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def _unclosed(path: Path, facts: TextFacts, delimiter: str) -> BadFileError:
    """The fault, with the line on which the last record of the file begins."""
    reader, start, end = _reader(path, facts, delimiter, strict=False), 0, 0
    try:
        for _ in reader:
            start, end = end, reader.line_num
    except csv.Error:  # a field beyond the module's limit: the record is the open one
        start = end
    return BadFileError(
        "a quote is opened and never closed", hint="mend the quotes, or deliver the file again, whole", row=start + 1
    )


def _refuse_swallowed(path: Path, facts: TextFacts, delimiter: str, split: _Split, header_line: int) -> None:
    """A forgotten quote that is closed by a later row's opening one hides the rows between in one value.

    Only a value with line breaks can do so, hence the slow strict pass only where there are some.
    """
    if not split.inner.any():
        return
    reader = _reader(path, facts, delimiter, strict=True)
    while True:
        try:
            deque(reader, maxlen=0)
            return
        except csv.Error:
            record = int(np.searchsorted(split.lines, reader.line_num, "right")) - 1
            start = int(split.lines[record])
            if split.inner[record] and start < reader.line_num and start >= header_line:
                raise BadFileError(
                    f"a quote that opens here is closed in the middle of a field of line {reader.line_num}: "
                    "the rows between would be lost",
                    hint="mend the quotes",
                    row=start,
                ) from None


def _warn(ragged: Sequence[tuple[Any, int]], width: int) -> tuple[str, ...]:
    if not ragged:
        return ()
    first, line = ragged[0]
    return (f"{len(ragged)} ragged rows, the first on line {line}: {first.actual_columns} fields of {width}",)


def _broken(ragged: Sequence[tuple[Any, int]], width: int) -> pl.DataFrame:
    return (
        pl.DataFrame(
            {
                ROW: [line for _, line in ragged],
                "reason": ["row:ragged"] * len(ragged),
                "_line": [row.text for row, _ in ragged],
                "_fields": [f"{row.actual_columns} of {width}" for row, _ in ragged],
            },
            schema={ROW: pl.UInt32, "reason": pl.String, "_line": pl.String, "_fields": pl.String},
        )
        .select(ROW, "reason", pl.struct("_line", "_fields").struct.json_encode().alias("row_values"))
        .cast(pl.Schema(BROKEN_SCHEMA))
    )
