"""Which record of each master a field group comes from: rule by rule, only masters with rivals left are looked at.

Seven masters in ten have one record and are done at once. Everything is numbers in the order of masters and record
keys; called by `survivorship`, which gathers the values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.golden.config import Group

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Pick:
    """The best record of each master that has one: `slot` of the master, `place` in the order of masters and record
    keys, `at` (row of the records), `rule` (number in `rules`)."""

    slot: Array
    place: Array
    at: Array
    rule: Array
    rules: list[str]


@dataclass(slots=True)
class Ranked:
    """Records in the order of masters and record keys: `at` (row of `records`) and `slot` (of the master).

    `places` are the kinds of `source/extract`, `place` the number of each record's.
    """

    records: pl.DataFrame
    at: Array
    slot: Array
    places: list[str] = field(init=False)
    place: Array = field(init=False)

    def __post_init__(self) -> None:
        place = self.records.select(pl.concat_str("source", pl.lit("/"), "extract")).to_series()
        self.places = place.unique().sort().to_list()
        codes = {name: number for number, name in enumerate(self.places)}
        self.place = place.replace_strict(codes, return_dtype=pl.Int32).to_numpy().astype(np.int32)[self.at]

    def filled(self, column: str) -> Array:
        """Whether the column has a value, by record in order."""
        return self.records[column].is_not_null().to_numpy()[self.at]


def pick(ranked: Ranked, group: Group) -> Pick:
    """The best candidate of each master by the group's rules, then by the smallest record key.

    `rule` is the one that decided against the next best (`only` where there was none), and the record's place.
    """
    filled = {column: ranked.filled(column) for column in {*group.columns, *group.required}}
    if group.required:
        candidate = np.logical_and.reduce([filled[column] for column in group.required])
    else:
        candidate = np.logical_or.reduce([filled[column] for column in group.columns])
    if group.only:
        allowed = np.array([place in group.only for place in ranked.places], bool)
        candidate = candidate & allowed[ranked.place]
    candidates = left = np.flatnonzero(candidate)
    words = ["only", *group.rules, "record_key"]
    best, decided = [], []
    for number, rule in enumerate(group.rules, 1):
        starts, sizes = _runs(ranked.slot[left])
        best.append(left[starts[sizes == 1]])
        decided.append(np.full(len(best[-1]), number - 1))
        left = left[np.repeat(sizes > 1, sizes)]
        if not len(left):
            break
        starts, sizes = _runs(ranked.slot[left])
        key = _key(rule, ranked, group, left, candidates, filled)
        left = left[key == np.repeat(np.minimum.reduceat(key, starts), sizes)]
    starts, sizes = _runs(ranked.slot[left])
    best.append(left[starts])
    decided.append(np.where(sizes == 1, len(group.rules), len(words) - 1))
    rows, by = np.concatenate(best), np.concatenate(decided)
    order = np.argsort(rows)
    rows, by = rows[order], by[order]
    told = [f"{word}:{place}" for word in words for place in ranked.places]
    return Pick(ranked.slot[rows], rows, ranked.at[rows], by * len(ranked.places) + ranked.place[rows], told)


def _runs(slot: Array) -> tuple[Array, Array]:
    """Where each run of equal numbers starts, and how long it is."""
    starts = np.flatnonzero(np.r_[True, slot[1:] != slot[:-1]]) if len(slot) else np.zeros(0, np.int64)
    return starts, np.diff(np.r_[starts, len(slot)])


def _key(rule: str, ranked: Ranked, group: Group, rows: Array, candidates: Array, filled: dict[str, Array]) -> Array:
    """What the rule says of these rows: the smaller, the better."""
    if rule == "priority":
        ranks = {place: rank for rank, place in enumerate(group.priority)}
        return np.array([ranks.get(place, len(ranks)) for place in ranked.places], np.int64)[ranked.place[rows]]
    if rule == "recency":
        days = ranked.records["delivery_date"].cast(pl.Int32).gather(ranked.at[rows])
        return -days.cast(pl.Int64).to_numpy()
    if rule == "completeness":
        missing: Array = np.array([~filled[column][rows] for column in group.columns])
        return np.asarray(missing.sum(axis=0, dtype=np.int64))
    # Agreement: rivals are counted that an earlier rule has turned down, too.
    rivals = candidates[np.isin(ranked.slot[candidates], ranked.slot[rows])]
    values = ranked.records.select(pl.col(group.columns).gather(ranked.at[rivals]))
    same = values.with_columns(pl.Series("slot", ranked.slot[rivals])).select(pl.len().over("slot", *group.columns))
    return -same.to_series().cast(pl.Int64).to_numpy()[np.searchsorted(rivals, rows)]
