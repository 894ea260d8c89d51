"""The one shape that every reader returns: a file's cells as text, before any contract has judged them.

Readers make it, `headers` matches its columns, `cast` and `validate` judge its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

# How many contract columns a list of headers has; readers use it to find the header row and the delimiter.
Score = Callable[[Sequence[str]], int]

ROW = "row_number"
BROKEN_SCHEMA: dict[str, pl.DataType] = {ROW: pl.UInt32(), "reason": pl.String(), "row_values": pl.String()}


@dataclass(frozen=True, slots=True)
class Delivered:
    """`rows`: `row_number` (u32, as a person counts) and the text columns `c0`, `c1`, ... named by `headers`.

    `broken`: rows that could not be split into columns (`BROKEN_SCHEMA`), `row_values` already as JSON.
    `is_clean`: known to hold no control character.
    `is_tidy`: its texts are clean already, as `cast.clean_text` makes them.
    `lines`: numbers of rows → `row_number` and `row_values`, each as it came, where most of it is in no column.
    `by_path`: contract column → number of the column that its JSON path gave; those have no header of their own.
    """

    headers: tuple[str, ...]
    rows: pl.DataFrame
    broken: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BROKEN_SCHEMA))
    warnings: tuple[str, ...] = ()
    by_path: Mapping[str, int] = field(default_factory=dict)
    is_clean: bool = False
    is_tidy: bool = False
    lines: Callable[[pl.Series], pl.DataFrame] | None = None


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
