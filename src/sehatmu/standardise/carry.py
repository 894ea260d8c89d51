"""Standard tables of last night that still hold, put together with the few rows that had to be made anew.

For standardisers whose tables are in the order of `record_key`. Which rows must be made anew is for the domain to say
(`patients`); here rows of two nights are compared and tables are spliced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.lake import Splice

#: What tells an accepted row: the same row of the same file, judged by the same contract, is the same row.
_ROW = ("record_key", "file_hash", "row_number", "delivery_date")


@dataclass(frozen=True, slots=True)
class Former:
    """The parent build's tables, made by the same code, contracts and codebooks: `accepted` by `<source>_<extract>`,
    `standard` by name. Lazy, so that of tables of millions of rows only the columns that are asked for are read."""

    accepted: Mapping[str, pl.LazyFrame]
    standard: Mapping[str, pl.LazyFrame]


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


def changed_rows(tonight: pl.LazyFrame, former: pl.LazyFrame) -> ChangedRows:
    """Compare two accepted frames of one extract by what tells a row, without a look at its values."""
    here = tonight.select(*_ROW, "is_current").collect()
    before = former.select(*_ROW, "is_current").filter("is_current").collect()
    marks, known = here.select(_ROW).hash_rows(), before.select(_ROW).hash_rows()
    stays = marks.is_in(known.implode()) & here["is_current"]
    gone = ~known.is_in(marks.filter(stays).implode())
    return ChangedRows(
        keys=here["record_key"],
        is_current=here["is_current"],
        fresh=here["is_current"] & ~stays,
        stale=before["record_key"].filter(gone),
    )


def are_equal(tonight: pl.LazyFrame, former: pl.LazyFrame) -> bool:
    """Whether two accepted frames have the same current rows in the same order."""
    return tonight.filter("is_current").collect().equals(former.filter("is_current").collect())


def splice(keys: pl.Series, stale: pl.Series, fresh: pl.DataFrame) -> Splice:
    """The former table, whose record keys are `keys`, without its `stale` records and with `fresh` rows, in order.

    `keys` and those of `fresh` rise; rows of one record stay in their order.

    >>> fresh = pl.DataFrame({"record_key": ["b", "b"]})
    >>> splice(pl.Series(["a", "b", "c"]), pl.Series(["b"]), fresh).order.to_list()
    [0, 3, 4, 2]
    """
    kept = np.flatnonzero(~keys.is_in(stale.implode()).to_numpy())
    places = keys.gather(kept).search_sorted(fresh["record_key"]) if len(fresh) else np.zeros(0, np.int64)
    order = np.insert(kept, np.asarray(places, np.int64), len(keys) + np.arange(len(fresh)))
    return Splice(pl.Series("order", order.astype(np.uint32)), fresh)
