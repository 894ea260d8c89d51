"""Columns of what blocking knows of each record, of which most stays where a former run left it.

A night changes few records, so that its columns are the former ones, `fresh` values behind them, and an `Order` that
says where each record's value stands. Nothing is copied until so much is fresh that a column is made whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sehatmu.linkage.change import Change, rows_with
from sehatmu.linkage.encode import Array

#: Columns are made whole where more than one value in so many is fresh.
SHARE = 8


@dataclass(frozen=True)
class Order:
    """Where the value of each record stands (`places`, u32), among so many `values`."""

    places: Array
    values: int

    @cached_property
    def rows(self) -> Array:
        """Per place the record whose value it is; -1 for what is no record's any more."""
        rows = np.full(self.values, -1, np.int64)
        rows[self.places] = np.arange(len(self.places))
        return rows


@dataclass(frozen=True, slots=True)
class Kept:
    """A column: `values` and `fresh` ones put end to end, in an `order`; without one the values as they are.

    >>> column = Kept(np.array([5, 7], np.uint64), np.array([9], np.uint64), Order(np.array([2, 0], np.uint32), 3))
    >>> column[np.array([0, 1])].tolist(), column.rows_with(np.array([5, 7], np.uint64)).tolist()
    ([9, 5], [1])
    """

    values: Array
    fresh: Array
    order: Order | None = None

    def __getitem__(self, rows: Array) -> Array:
        """The values of some records, by number or by mask."""
        if self.order is None:
            return np.asarray(self.values[rows])
        places = self.order.places[rows]
        is_fresh = places >= len(self.values)
        if not len(self.values):
            return np.asarray(self.fresh[places])
        found = self.values[np.where(is_fresh, 0, places)]
        found[is_fresh] = self.fresh[places[is_fresh] - len(self.values)]
        return np.asarray(found)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.whole(), dtype, copy=copy)

    def whole(self) -> Array:
        """The value of every record."""
        return self.values if self.order is None else self[np.arange(len(self.order.places))]

    def rows_with(self, wanted: Array) -> Array:
        """The records whose value is one of `wanted`, rising; as `change.rows_with`."""
        found = rows_with(self.values, wanted)
        if self.order is None:
            return found
        rows = self.order.rows[np.concatenate([found, len(self.values) + rows_with(self.fresh, wanted)])]
        return np.sort(rows[rows >= 0])

    def count(self) -> int:
        """How many records have a value (other than 0)."""
        count = np.count_nonzero(self.values) + np.count_nonzero(self.fresh)
        if self.order is not None:
            idle = np.flatnonzero(self.order.rows < 0)
            at = idle[idle < len(self.values)], idle[idle >= len(self.values)] - len(self.values)
            count -= np.count_nonzero(self.values[at[0]]) + np.count_nonzero(self.fresh[at[1]])
        return int(count)


def whole(values: Array) -> Kept:
    """A column of values as they are."""
    return Kept(values, values[:0])


def renew(columns: tuple[Kept, ...], fresh: tuple[Array, ...], rows: Array, change: Change) -> tuple[Kept, ...]:
    """Columns of the former run in tonight's order, with `fresh` values at `rows`. All share one order, as before."""
    if not columns:
        return ()
    first = columns[0]
    before = len(first.values) + len(first.fresh)
    places = change.source if first.order is None else first.order.places[change.source]
    places = places.astype(np.uint32)
    places[rows] = before + np.arange(len(rows))
    order = Order(places, before + len(rows))
    made = tuple(Kept(c.values, np.append(c.fresh, new), order) for c, new in zip(columns, fresh, strict=True))
    if len(made[0].fresh) * SHARE > len(places):
        return tuple(whole(column.whole()) for column in made)
    return made
