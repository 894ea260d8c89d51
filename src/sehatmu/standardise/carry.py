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
    """The parent build's tables, made by the same code, contracts and codebooks: `accepted` by `<source>_<extract>`,
    `standard` by name. `indexes` are tables of other domains, of both nights. Of tables of millions of rows only what
    is asked for is read."""

    accepted: Mapping[str, Table]
    standard: Mapping[str, Table]
    indexes: Mapping[str, Since] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Current rows of an extract against those of the former night.

    Per row of tonight, superseded ones included, `keys` (record keys), `is_current`, and `fresh`: new, or delivered
    again. `stale`: record keys of former rows that are not there any more, or were delivered again.
    """

    keys: pl.Series
    is_current: pl.Series
    fresh: pl.Series
    stale: pl.Series


def changed_rows(tonight: Table, former: Table) -> ChangedRows:
    """Compare two accepted frames of one extract by what tells a row, without a look at its values."""
    here = tonight.read([*_ROW, "is_current"])
    before = former.read([*_ROW, "is_current"]).filter("is_current")
    marks, known = here.select(_ROW).hash_rows(), before.select(_ROW).hash_rows()
    stays = marks.is_in(known.implode()) & here["is_current"]
    gone = ~known.is_in(marks.filter(stays).implode())
    return ChangedRows(
        keys=here["record_key"],
        is_current=here["is_current"],
        fresh=here["is_current"] & ~stays,
        stale=before["record_key"].filter(gone),
    )


def are_equal(tonight: Table, former: Table) -> bool:
    """Whether two accepted frames have the same current rows in the same order."""
    return tonight.read().filter("is_current").equals(former.read().filter("is_current"))
