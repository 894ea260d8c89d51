"""The pairs that training looks at, chosen by hashes and counts, never by chance or by the order of rows.

Three kinds, each as rows of encoded records: random ones (hash of the record key), candidates (blocks by the hash of
their key, all pairs of each), and pairs that agree on a value (evenly over all there are). For `sehatmu.linkage.train`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import Blocks, hash_keys, pairs_within, split_blocks, uncovered
from sehatmu.linkage.config import Comparison, LinkageConfig
from sehatmu.linkage.encode import Array, Column, Encoded, hash_text, mix

Pairs = tuple[Array, Array]

_SPAN = 1 << 23  # whole numbers that lie so near are counted in an array


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pairs (rows, left smaller), the `share` of all candidates that they are, and `found` (bool, pairs x
    rules): a rule whose block was not split covers the pair."""

    left: Array
    right: Array
    share: float
    found: Array


def salted(values: Array, salt: str) -> Array:
    """Spread u64 values anew for every salt."""
    return mix(values ^ hash_text(pl.Series([salt]))[0])


def random_pairs(record_keys: pl.Series, count: int, *, salt: str) -> Pairs:
    """Pairs of records, each record in as many as any other; all pairs where there are no more than `count`.

    Records stand in the order of their hash, and each is paired with the next, then the next but one, and so on.
    """
    size = len(record_keys)
    order = np.argsort(salted(hash_text(record_keys), f"{salt}:random"), kind="stable")
    rounds = min(size // 2, -(-count // max(1, size)))
    nexts = [np.roll(order, -step) for step in range(1, rounds + 1)]
    left, right = np.tile(order, rounds), np.concatenate([*nexts, order[:0]])
    count = min(count, size * (size - 1) // 2)  # the last round of all meets every pair twice
    left, right = left[:count], right[:count]
    return np.minimum(left, right), np.maximum(left, right)


def candidate_sample(encoded: Encoded, config: LinkageConfig) -> Candidates:
    """About `config.training.pairs` candidate pairs: those of a share of the blocks, each by its first rule."""
    made = hash_keys(encoded.columns, config.rules)
    split = [split_blocks(rule, base, made.parts) for rule, base in zip(config.rules, made.base, strict=True)]
    levels, blocked = [level for level, _ in split], [blocks for _, blocks in split]
    keys = [blocks.key for blocks in blocked]
    total = sum(int((blocks.sizes * (blocks.sizes - 1) // 2).sum()) for blocks in blocked)
    share = min(1.0, config.training.pairs / max(1, total))
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for rule, blocks in enumerate(blocked):
        left, right = _pairs_of_share(blocks, share, f"{config.training.salt}:{config.rules[rule].name}")
        extract = encoded.extract
        fresh = uncovered(keys[:rule], left, right) & ((extract[left] != extract[right]) | (extract[left] == 0))
        lefts.append(left[fresh])
        rights.append(right[fresh])
    left, right = np.concatenate(lefts), np.concatenate(rights)
    found = np.stack([_unsplit(key, level, left, right) for key, level in zip(keys, levels, strict=True)], axis=1)
    return Candidates(left, right, share, found)


def agreeing_pairs(column: Column, count: int) -> tuple[Pairs, float, float]:
    """Rows of at most `count` pairs with an equal value, evenly over all such pairs; how many there are, and how many
    pairs have both values."""
    rows = np.flatnonzero(~column.missing())
    codes = _codes(column.values[rows])
    sizes = np.bincount(codes) if len(rows) else np.zeros(1, np.int64)
    reached = np.cumsum(sizes * (sizes - 1) // 2)
    total, present = int(reached[-1]), len(rows)
    taken = min(count, total)
    chosen = (np.arange(taken) * total) // max(1, taken) + total // (2 * max(1, taken))
    group = np.searchsorted(reached, chosen, side="right")
    within = chosen - (reached[group] - sizes[group] * (sizes[group] - 1) // 2)
    later = ((1.0 + np.sqrt(1.0 + 8.0 * within)) / 2.0).astype(np.int64)
    later -= later * (later - 1) // 2 > within  # where the root was rounded up
    later += later * (later + 1) // 2 <= within
    asked = np.zeros(len(sizes), bool)
    asked[group] = True
    among = np.flatnonzero(asked[codes])
    among = among[np.argsort(codes[among], kind="stable")]
    start = np.searchsorted(codes[among], group)
    left = rows[among[start + within - later * (later - 1) // 2]]
    right = rows[among[start + later]]
    return (np.minimum(left, right), np.maximum(left, right)), float(total), present * (present - 1) / 2.0


def _codes(values: Array) -> Array:
    """Small whole numbers that are equal where the values are."""
    whole = values.dtype.kind in "iu" and len(values) > 0
    if whole and int(values.max()) - int(values.min()) < _SPAN:
        return values.astype(np.int64) - int(values.min())
    return np.unique(values, return_inverse=True)[1]


def teaching_rules(config: LinkageConfig, comparison: Comparison) -> list[int]:
    """Rules whose key reads nothing that the comparison, or a related column, says."""
    related = dict(config.training.related).get(comparison.name, ())
    own = {*comparison.columns, *comparison.context, *related}
    return [r for r, rule in enumerate(config.rules) if not own & {part.column for part in rule.key}]


def _pairs_of_share(blocks: Blocks, share: float, salt: str) -> Pairs:
    rows, sizes = blocks.rows, blocks.sizes
    if share < 1.0:
        drawn = salted(blocks.key[rows[blocks.bounds[:-1]]], salt) < np.uint64(share * 2.0**63) * np.uint64(2)
        rows, sizes = rows[np.repeat(drawn, sizes)], sizes[drawn]
    bounds = np.append(0, np.cumsum(sizes)).astype(np.int64)
    found = [(rows[i], rows[j]) for i, j in pairs_within(bounds)]
    a, b = (np.concatenate([*(pair[side] for pair in found), rows[:0]]) for side in (0, 1))
    return np.minimum(a, b), np.maximum(a, b)


def _unsplit(key: Array, level: Array, left: Array, right: Array) -> Array:
    mine = key[left]
    return np.asarray((mine == key[right]) & (mine != 0) & (level[left] == 0))
