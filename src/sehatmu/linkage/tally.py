"""Counts of blocks, kept from run to run: what changed blocks were is taken off, what they are is put on.

`sehatmu.linkage.roster` makes a Tally per rule; the report and the budget of `sehatmu.linkage.count` read it. The
biggest blocks are known for certain at any time, without looking at all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import Blocks
from sehatmu.linkage.config import BlockRule
from sehatmu.linkage.encode import Array
from sehatmu.linkage.state import LARGEST_SCHEMA, TALLY_SCHEMA

SHOWN = 3
_KEPT = 100


@dataclass(frozen=True, slots=True)
class BlockList:
    """Blocks of two and more: the `key` of each (u64), how many `records`, and the `first` of them (a row)."""

    key: Array
    records: Array
    first: Array

    def take(self, which: Array) -> BlockList:
        """Some of the blocks, by number or by mask."""
        return BlockList(self.key[which], self.records[which], self.first[which])


@dataclass(frozen=True, slots=True)
class Tally:
    """What one rule makes: records with a key, blocks, their pairs, and what is over the cap.

    `largest` blocks come first, ties by key; with `complete` these are all there are.
    """

    records: int
    blocks: int
    pairs: int
    over_cap_blocks: int
    over_cap_pairs: int
    largest: BlockList
    complete: bool


def no_tally() -> Tally:
    """The tally before any block is formed."""
    nothing = np.zeros(0, np.int64)
    return Tally(0, 0, 0, 0, 0, BlockList(nothing.astype(np.uint64), nothing, nothing), complete=True)


def list_blocks(blocks: Blocks, rows: Array | None = None) -> BlockList:
    """The blocks as a list; `rows` are what the rows of `blocks` stand for, where they are not themselves."""
    first = blocks.rows[blocks.bounds[:-1]]
    return BlockList(blocks.key[first], blocks.sizes, first if rows is None else rows[first])


def update_tally(
    former: Tally, rule: BlockRule, *, records: int, gone: BlockList, made: BlockList, present: Array
) -> Tally | None:
    """The tally after some blocks are gone and others made; None where only a full count can name the biggest blocks.

    `present`: per former row its row now.
    """
    kept = former.largest.take(~np.isin(former.largest.key, gone.key))
    kept = BlockList(kept.key, kept.records, present[kept.first])
    entering = made if former.complete else made.take(_before_last(made, former.largest))
    if len(entering.key) > _KEPT:
        entering = entering.take(entering.records >= np.partition(entering.records, -_KEPT)[-_KEPT])
    merged = BlockList(
        np.concatenate([kept.key, entering.key]),
        np.concatenate([kept.records, entering.records]),
        np.concatenate([kept.first, entering.first]),
    )
    if len(merged.key) < SHOWN and not former.complete:
        return None
    merged = merged.take(np.lexsort((merged.key, -merged.records)))
    told = _count(made, rule.cap) - _count(gone, rule.cap)
    return Tally(
        records=records,
        blocks=former.blocks + int(told[0]),
        pairs=former.pairs + int(told[1]),
        over_cap_blocks=former.over_cap_blocks + int(told[2]),
        over_cap_pairs=former.over_cap_pairs + int(told[3]),
        largest=merged.take(np.arange(min(_KEPT, len(merged.key)))),
        complete=former.complete and len(made.key) + len(kept.key) <= _KEPT,
    )


def tally_frames(tallies: list[Tally], texts: dict[tuple[int, int], str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tallies as the two frames of a LinkState; `texts` of keys by number of the rule and key."""
    counts = [
        (rule, t.records, t.blocks, t.pairs, t.over_cap_blocks, t.over_cap_pairs, t.complete)
        for rule, t in enumerate(tallies)
    ]
    lists = [
        pl.DataFrame(
            {"key": t.largest.key, "records": t.largest.records, "first": t.largest.first.astype(np.uint32)}
        ).select(
            pl.lit(rule, pl.UInt8).alias("rule"),
            "key",
            "records",
            "first",
            pl.Series("text", [texts.get((rule, key)) for key in t.largest.key.tolist()], pl.String),
        )
        for rule, t in enumerate(tallies)
    ]
    return (
        pl.DataFrame(counts, schema=TALLY_SCHEMA, orient="row"),
        pl.concat([pl.DataFrame(schema=LARGEST_SCHEMA), *(frame.cast(LARGEST_SCHEMA) for frame in lists)]),
    )


def read_tallies(tally: pl.DataFrame, largest: pl.DataFrame) -> list[Tally]:
    """The tallies of a LinkState."""
    tallies = []
    for row in tally.iter_rows(named=True):
        mine = largest.filter(pl.col("rule") == row.pop("rule"))
        first = mine["first"].to_numpy().astype(np.int64)
        tallies.append(Tally(**row, largest=BlockList(mine["key"].to_numpy(), mine["records"].to_numpy(), first)))
    return tallies


def _before_last(made: BlockList, largest: BlockList) -> Array:
    """Which blocks come before the last one of the list: only of these is it known that no other does."""
    size, key = largest.records[-1], largest.key[-1]
    return np.asarray((made.records > size) | ((made.records == size) & (made.key < key)))


def _count(blocks: BlockList, cap: int) -> Array:
    pairs = blocks.records * (blocks.records - 1) // 2
    over = blocks.records > cap
    return np.array([len(pairs), pairs.sum(), over.sum(), pairs[over].sum()], np.int64)
