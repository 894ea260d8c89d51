"""Accepted rows of two nights held against each other, so that standard tables that still hold need not be made again.

For standardisers whose tables are in the order of `record_key`. Which rows must be made anew is for the domain to say
(`patients_again`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from sehatmu.lake import Since, Table

#: What tells an accepted row: the same row of the same file, judged by the same contract, is the same row.
_ROW = ("record_key", "file_hash", "row_number", "delivery_date")


@dataclass(frozen=True, slots=True)
class Former:
    """The parent build's `standard` tables by name, made by the same code, contracts and codebooks, and tables of other
    domains that they look things up in (`indexes`), of both nights. Of tables of millions of rows only what is asked
    for is read."""

    standard: Mapping[str, Table]
    indexes: Mapping[str, Since] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Current rows of an extract against those of the former night, without a look at their values.

    `fresh`: numbers of tonight's rows that are new, or delivered again; `stale`: numbers of former rows that are not
    there any more, or were delivered again. Both of current rows alone, rising.
    """

    fresh: pl.Series
    stale: pl.Series


def changed_rows(since: Since) -> ChangedRows:
    """Compare two accepted tables of one extract by what tells a row."""
    fresh, stale = since.changed([*_ROW, "is_current"])
    return ChangedRows(
        _current(since.now.read(["is_current"]), fresh), _current(since.before.read(["is_current"]), stale)
    )


def are_equal(since: Since) -> bool:
    """Whether two accepted tables have the same current rows in the same order."""
    return since.now.read().filter("is_current").equals(since.before.read().filter("is_current"))


def _current(marks: pl.DataFrame, rows: pl.Series) -> pl.Series:
    return rows.filter(marks["is_current"].gather(rows))
