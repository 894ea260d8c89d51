"""A published table as the lake holds it: read only where it must be, since most of its rows are the parent build's.

The frames of a few domains put under each other are one published table; each knows which of its rows it shares with
the parent build's. Made by the pipeline and taken apart by `files` and `carry`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sehatmu.lake import Since, Table


@dataclass(frozen=True, slots=True)
class LakeTable:
    """`parts` under each other; `since`, one for each of them, where the parent build has them all."""

    parts: tuple[Table, ...]
    since: tuple[Since, ...] = ()

    @property
    def height(self) -> int:
        """Rows in all, without reading one."""
        return sum(part.height for part in self.parts)

    def read(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The whole table, or these columns of it.

        >>> LakeTable((Table(pl.LazyFrame({"a": [1]})), Table(pl.LazyFrame({"a": [2]})))).read()["a"].to_list()
        [1, 2]
        """
        return pl.concat([part.read(columns) for part in self.parts])

    def changed(self, columns: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame] | None:
        """The rows of the parent build that are there no more, and those that were not there; None where it is not
        kept. Rows are held together by a hash of 64 bits over `columns`."""
        if len(self.since) < len(self.parts) or not self.parts:
            return None
        gone, fresh = [], []
        for each in self.since:
            here, there = each.changed(columns)
            now, before = each.now.read(columns, here), each.before.read(columns, there)
            hashes = now.hash_rows(), before.hash_rows()
            fresh.append(now.filter(~hashes[0].is_in(hashes[1].implode())))
            gone.append(before.filter(~hashes[1].is_in(hashes[0].implode())))
        return pl.concat(gone), pl.concat(fresh)
