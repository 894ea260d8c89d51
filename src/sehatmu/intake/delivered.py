"""The one shape that every reader returns: a file's cells as text, before any contract has judged them.

Readers make it, `headers` matches its columns, `cast` and `validate` judge its rows: all at once, or part by part where
a reader tells a long file so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import polars as pl

T = TypeVar("T")

# How many contract columns a list of headers has; readers use it to find the header row and the delimiter.
Score = Callable[[Sequence[str]], int]

ROW = "row_number"
BROKEN_SCHEMA: dict[str, pl.DataType] = {ROW: pl.UInt32(), "reason": pl.String(), "row_values": pl.String()}


class Parts(Protocol):
    """Goes through the rows of a file part by part and tells what `use` makes of each, in the order of the file.

    `use` may be at work on two parts at a time. One that turns out to be bad raises BadFileError after the last.
    """

    def __call__(self, use: Callable[[Delivered], T]) -> Iterator[T]: ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """`rows`: `row_number` (u32, as a person counts) and the text columns `c0`, `c1`, ... named by `headers`.

    `broken`: rows that could not be split into columns (`BROKEN_SCHEMA`), `row_values` already as JSON.
    `is_clean`: known to hold no control character.
    `is_tidy`: its texts are clean already, as `cast.clean_text` makes them.
    `lines`: numbers of rows → `row_number` and `row_values`, each as it came, where most of it is in no column.
    `by_path`: contract column → number of the column that its JSON path gave; those have no header of their own.
    `parts`: where it is told part by part, and has no rows itself; `pick` then reads those of these numbers again.
    """

    headers: tuple[str, ...]
    rows: pl.DataFrame
    broken: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BROKEN_SCHEMA))
    warnings: tuple[str, ...] = ()
    by_path: Mapping[str, int] = field(default_factory=dict)
    is_clean: bool = False
    is_tidy: bool = False
    lines: Callable[[pl.Series], pl.DataFrame] | None = None
    parts: Parts | None = None
    pick: Callable[[pl.Series], Delivered] | None = None

    def whole(self) -> Delivered:
        """The same in one part."""
        return self if self.parts is None else put_together(self, self.parts(lambda part: part))

    def only(self, numbers: pl.Series) -> Delivered:
        """The rows of these numbers, without the broken ones."""
        if self.pick is not None:
            return self.pick(numbers)
        rows = self.rows.filter(pl.col(ROW).is_in(numbers.implode()))
        return replace(self, rows=rows, broken=self.broken.clear())


def put_together(file: Delivered, parts: Iterable[Delivered]) -> Delivered:
    """Parts of this file as one."""
    found = list(parts)
    rows = pl.concat([file.rows, *(part.rows for part in found)], rechunk=True)
    broken = pl.concat([file.broken, *(part.broken for part in found)])
    told = [part.lines for part in found if part.lines is not None]

    def lines(numbers: pl.Series) -> pl.DataFrame:
        return pl.concat([look(numbers) for look in told])

    return replace(file, rows=rows, broken=broken, lines=lines if told else None, parts=None, pick=None)


def cell(number: int) -> str:
    """Name of the n-th text column."""
    return f"c{number}"


def keep_filled(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop rows without a single value: blank lines, separators only, blank sheet rows. They are no rows."""
    texts = [c for c in rows.columns if c != ROW]
    blank = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
    for text in texts:  # column by column, since hardly a row is blank in the first one
        cells = rows[text] if len(blank) == len(rows) else rows[text].gather(blank)
        blank = blank.filter(cells.str.strip_chars().fill_null("") == "")
        if not len(blank):
            return rows
    return rows.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(blank.implode()))
