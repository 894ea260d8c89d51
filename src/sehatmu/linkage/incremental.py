"""Carrying: pairs and decisions of the former run that still stand, put together with those of tonight.

Between scoring (`sehatmu.linkage.rescore`) and clustering (`sehatmu.linkage.repair`). Rows rise with record keys in
both runs, so what was sorted stays sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.change import Change
from sehatmu.linkage.encode import Array
from sehatmu.linkage.repair import Decided, graph_floor
from sehatmu.linkage.roster import Stock
from sehatmu.linkage.score import Plan
from sehatmu.linkage.state import DECIDED_SCHEMA, LinkState


@dataclass(frozen=True, slots=True)
class Same:
    """What is as it was in the former run, of so many `records`: per pair that is told its row in the former `pairs`,
    -1 for none; per record whether its cluster has the same name."""

    records: int
    pairs: Array
    clusters: Array


def changed_decisions(decided: Decided, former: LinkState, change: Change) -> tuple[Array, Array]:
    """Which of tonight's decisions are new or other than before (bool), and the rows of all that a new, other or
    withdrawn decision names."""
    present = change.present
    left, right = (present[former.decided[side].to_numpy()] for side in ("left", "right"))
    here = (left >= 0) & (right >= 0)
    before = Decided(left[here], right[here], former.decided["same"].to_numpy()[here])
    fresh = ~np.isin(_with_verdict(decided), _with_verdict(before))
    withdrawn = ~np.isin(_with_verdict(before), _with_verdict(decided))
    sides = (decided.left[fresh], decided.right[fresh], before.left[withdrawn], before.right[withdrawn])
    return fresh, np.concatenate(sides).astype(np.int64)


def carry_pairs(
    scored: pl.DataFrame, former: LinkState, stock: Stock, decided: Decided, other: Array, *, rules: int
) -> tuple[pl.DataFrame, Array]:
    """All scored pairs of tonight, sorted: the former ones between untouched records, and `scored`; and of each the row
    that it had among the former pairs, -1 where it was scored tonight.

    `other`: which decisions are not those of the former run. A pair that no rule covers is there only while it is
    decided.
    """
    scored = scored.with_columns(joined=pl.lit(False), refused=pl.lit(0, pl.UInt8))
    before, present = former.pairs, stock.change.present
    left, right = present[before["left"].to_numpy()], present[before["right"].to_numpy()]
    stands = (left >= 0) & (right >= 0)
    stands[stands] = ~stock.touched[left[stands]] & ~stock.touched[right[stands]]
    unasked = np.flatnonzero(stands & (before["rule"].to_numpy() == rules))
    unchanged = Decided(decided.left[~other], decided.right[~other], decided.same[~other]).packed()
    stands[unasked] = np.isin(_pack(left[unasked], right[unasked]), unchanged)
    kept = np.flatnonzero(stands)
    if not len(kept):
        return scored, np.full(len(scored), -1)
    packed = _pack(left[kept], right[kept])
    fresh = _pack(scored["left"].to_numpy(), scored["right"].to_numpy())
    place = np.searchsorted(packed, fresh)
    double = packed[place.clip(max=len(packed) - 1)] == fresh  # decided now, and covered by a rule all along
    order = np.insert(kept, place[~double], len(before) + np.flatnonzero(~double))
    merged = pl.concat([before, scored])[order]
    sides = {
        side: np.concatenate([rows, scored[side].to_numpy()])[order].astype(np.uint32)
        for side, rows in (("left", left), ("right", right))
    }
    merged = merged.with_columns(**{side: pl.Series(rows) for side, rows in sides.items()})
    return merged, np.where(order < len(before), order, -1)


def held_apart(pairs: pl.DataFrame, decided: Decided) -> Array:
    """Which pairs are decided to be different (bool); these are told nobody, they need no review."""
    if decided.same.all():
        return np.zeros(len(pairs), bool)
    return np.isin(_pack(pairs["left"].to_numpy(), pairs["right"].to_numpy()), decided.packed()[~decided.same])


def find_same(
    numbers: pl.DataFrame, origin: Array, apart: Array, cluster: Array, stock: Stock, former: LinkState
) -> Same:
    """What of the pairs and clusters that are told is as the former run told it.

    `numbers` (with `joined` and `refused`) and their `origin` as from `carry_pairs`, `apart` as from `held_apart`;
    `cluster` per record.
    """
    before = Decided(*(former.decided[name].to_numpy() for name in ("left", "right", "same")))
    told = np.append(~held_apart(former.pairs, before), values=False)  # the last one stands for a pair of tonight
    row = np.where(told, np.cumsum(told) - 1, -1)[origin]
    for name in ("joined", "refused"):
        was = np.append(former.pairs[name].to_numpy(), 0)[origin]
        row[numbers[name].to_numpy() != was] = -1
    known = stock.change.former >= 0
    was = former.roster.key_hash[former.cluster][stock.change.former[known]]
    known[known] = stock.roster.key_hash[cluster][known] == was
    return Same(former.roster.size, row[~apart], known)


def find_seeds(scored: pl.DataFrame, stock: Stock, decided_ends: Array, plan: Plan) -> Array:
    """Records whose component may have changed (bool): touched, decided anew, or an end of a new edge."""
    seeds = stock.touched.copy()
    seeds[decided_ends] = True
    edges = scored.filter(pl.col("score") >= graph_floor(plan))
    for side in ("left", "right"):
        seeds[edges[side].to_numpy()] = True
    return seeds


def decided_frame(decided: Decided) -> pl.DataFrame:
    """Decisions as a LinkState keeps them."""
    return pl.DataFrame({"left": decided.left, "right": decided.right, "same": decided.same}).cast(DECIDED_SCHEMA)


def _with_verdict(decided: Decided) -> Array:
    return (decided.packed() << np.uint64(1)) | decided.same.astype(np.uint64)


def _pack(left: Array, right: Array) -> Array:
    return (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
