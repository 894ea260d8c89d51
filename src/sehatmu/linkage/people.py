"""The records of a run in the order of their keys, of which most columns may still lie in a file.

What a run asks of every record (its key, its hash, its extract) is held; other columns are read for the rows that are
asked for, which in a night after another are few. `sehatmu.linkage.engine` reads records through it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.encode import LINK_HASH, Array, check_columns, columns_read, order_records


@dataclass(frozen=True, slots=True)
class Rest:
    """Where the other columns of some records lie: in a table of this `schema`, at `places` (u32, rising).

    `read` gets columns of some of the table's rows, or (None) of all.
    """

    schema: pl.Schema
    read: Callable[[Sequence[str], pl.Series | None], pl.DataFrame]
    places: pl.Series


@dataclass(frozen=True, slots=True)
class _Held:
    """Some `rows`, rising, and a frame of what was read of them."""

    rows: Array
    frame: pl.DataFrame

    def has(self, names: Iterable[str], rows: Array) -> bool:
        known = set(names) <= set(self.frame.columns) and len(self.rows) > 0
        return known and bool((self.rows[self._places(rows).clip(max=len(self.rows) - 1)] == rows).all())

    def take(self, names: Iterable[str], rows: Array) -> pl.DataFrame:
        return self.frame.select(names)[self._places(rows)]

    def _places(self, rows: Array) -> Array:
        return np.searchsorted(self.rows, rows)


@dataclass(slots=True)
class People:
    """Records in the order of their keys: the columns that are in memory, and the `rest`."""

    frame: pl.DataFrame
    rest: Rest | None = None
    held: _Held | None = None

    @property
    def keys(self) -> pl.Series:
        return self.frame["record_key"]

    def take(self, names: Iterable[str], rows: Array | None = None) -> pl.DataFrame:
        """These columns, of these rows or of all; whoever asks for all of one is given all of all, read once."""
        names = list(names)
        if self.rest is None or set(names) <= set(self.frame.columns):
            known = self.frame.select(names)
            return known if rows is None else known[rows]
        if rows is not None:
            if self.held is not None and self.held.has(names, rows):
                return self.held.take(names, rows)
            return self.rest.read(names, self.rest.places.gather(rows))
        self.frame, self.rest = _whole(self.frame, self.rest), None
        return self.frame.select(names)

    def hold(self, names: Iterable[str], rows: Array) -> None:
        """Read these columns of these rows (rising) at once: most of what a column costs is not its rows."""
        if self.rest is not None:
            self.held = _Held(rows, self.rest.read(list(dict.fromkeys(names)), self.rest.places.gather(rows)))


def order_people(records: pl.DataFrame, rest: Rest | None, config: LinkageConfig) -> People:
    """The records in the order of `record_key`; raises LinkageError as `order_records`."""
    if rest is None:
        return People(order_records(records, config))
    read = columns_read(config)
    schema = pl.Schema({**rest.schema, **records.schema})
    check_columns(schema, config)
    rest = Rest(pl.Schema({name: schema[name] for name in read if name in schema}), rest.read, rest.places)
    if LINK_HASH not in records.columns or not records["record_key"].is_sorted():
        return People(order_records(_whole(records, rest), config))
    return People(records.select(name for name in read if name in records.columns), rest)


def _whole(records: pl.DataFrame, rest: Rest) -> pl.DataFrame:
    table = rest.read([name for name in rest.schema if name not in records.columns], None)
    if len(table) > len(records):
        here = np.zeros(len(table), bool)
        here[rest.places.to_numpy()] = True
        table = table.filter(pl.Series(here))
    return records.hstack(table)
