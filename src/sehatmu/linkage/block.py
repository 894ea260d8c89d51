"""Blocking: which records are compared at all. One 64-bit key per rule and record; equal keys make a block.

Whether a block splits depends on its own members alone, so that a night that touches other blocks leaves it
as it was. `sehatmu.linkage.count` tells how many pairs the rules make before any is scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.config import BlockRule, Part
from sehatmu.linkage.encode import GOLDEN, Array, Column, Encoded, hash_text, mix

PAIRS_PER_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Keys:
    """What blocking reads of each record: `base`, a u64 key per rule (0: a part is missing), and `parts`, 32 bits of
    every further key by which blocks may be split."""

    base: tuple[Array, ...]
    parts: dict[Part, Array]


@dataclass(frozen=True, slots=True)
class Blocks:
    """What one rule made: a `key` per record (0: none), equal where a block is shared; `rows` of the records that share
    theirs with another, block after block and ascending in each; `bounds` of the blocks within `rows`."""

    key: Array
    rows: Array
    bounds: Array

    @property
    def sizes(self) -> Array:
        return np.diff(self.bounds)


def make_blocks(encoded: Encoded, rule: BlockRule) -> Blocks:
    """The blocks of one rule; those above its cap are split by its further keys, in order."""
    keys = hash_keys(encoded.columns, (rule,))
    return split_blocks(rule, keys.base[0], keys.parts)[1]


def hash_keys(columns: Callable[[str], Column] | Mapping[str, Column], rules: Iterable[BlockRule]) -> Keys:
    """The keys of all rules. `columns` by name; each distinct part is hashed once and let go after its last use."""
    column_of = columns.__getitem__ if isinstance(columns, Mapping) else columns
    rules = tuple(rules)
    left = Counter(part for rule in rules for part in (*rule.key, *rule.split))
    known: dict[Part, Array] = {}
    parts: dict[Part, Array] = {}

    def hashed(part: Part) -> Array:
        values = known[part] if part in known else part_hash(column_of(part.column), part)
        left[part] -= 1
        if left[part]:
            known[part] = values
        else:
            known.pop(part, None)
        return values

    base = []
    for rule in rules:
        base.append(_combine([hashed(part) for part in rule.key]))
        for part in rule.split:
            # Records that lack the further key stay together (0): the split must not lose their pairs.
            parts[part] = (hashed(part) >> np.uint64(32)).astype(np.uint32)
    return Keys(tuple(base), parts)


def split_blocks(rule: BlockRule, base: Array, parts: Mapping[Part, Array]) -> tuple[Array, Blocks]:
    """The blocks of these records and, per record, by how many further keys its block was split (u8)."""
    level = np.zeros(len(base), np.uint8)
    blocks = blocks_of(base)
    for number, part in enumerate(rule.split, start=1):
        is_large = blocks.sizes > rule.cap
        if not is_large.any():
            break
        of_large = np.repeat(is_large, blocks.sizes)
        large, small = np.sort(blocks.rows[of_large]), blocks.rows[~of_large]
        key = blocks.key.copy() if blocks.key is base else blocks.key
        key[large] = _further(key[large], parts[part][large])
        level[large] = number
        again = blocks_of(key[large])
        sizes = np.concatenate([blocks.sizes[~is_large], again.sizes])
        rows = np.concatenate([small, large[again.rows]])
        blocks = Blocks(key, rows, np.append(0, np.cumsum(sizes)).astype(np.int64))
    return level, blocks


def final_keys(rule: BlockRule, base: Array, parts: Mapping[Part, Array], level: Array) -> Array:
    """The key of each record once its block is split by as many further keys as `level` says."""
    key = base
    for number, part in enumerate(rule.split, start=1):
        deeper = np.flatnonzero(level >= number)
        if not len(deeper):
            break
        key = key.copy() if key is base else key
        key[deeper] = _further(key[deeper], parts[part][deeper])
    return key


def blocks_of(key: Array) -> Blocks:
    """Blocks of equal keys; key 0 makes none."""
    order = _rows_by_key(key)
    ordered = key[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else order
    sizes = np.diff(np.append(starts, len(ordered)))
    shared = np.repeat(sizes > 1, sizes)
    bounds = np.append(0, np.cumsum(sizes[sizes > 1])).astype(np.int64)
    return Blocks(key, order[shared], bounds)


def _rows_by_key(key: Array) -> Array:
    """The rows that have a key, in the order of keys and then of rows.

    The first bits of the key and the row are sorted as one number, which is faster than sorting rows by keys; where
    the first bits of two keys are the same by chance, their rows are put in order afterwards.
    """
    rows = np.flatnonzero(key)
    if bool((key[1:] >= key[:-1]).all()):
        return rows
    bits = np.uint64(len(key).bit_length())
    packed = (key[rows] >> bits << bits) | rows.astype(np.uint64)
    packed.sort()
    order = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    packed >>= bits
    alike = packed[1:] == packed[:-1]
    mixed = np.flatnonzero(alike & (key[order[1:]] != key[order[:-1]]))
    if len(mixed):
        run = np.append(0, np.cumsum(~alike))
        is_mixed = np.zeros(run[-1] + 1, bool)
        is_mixed[run[mixed]] = True
        at = np.flatnonzero(is_mixed[run])
        order[at] = order[at][np.lexsort((order[at], key[order[at]]))]
    return order


def number_blocks(blocks: Blocks) -> Blocks:
    """The same blocks, with the number of each record's block as its key (u32, from 1, 0 where it shares none)."""
    numbers = np.zeros(len(blocks.key), np.uint32)
    numbers[blocks.rows] = np.repeat(np.arange(1, len(blocks.sizes) + 1, dtype=np.uint32), blocks.sizes)
    return Blocks(numbers, blocks.rows, blocks.bounds)


def pairs_within(bounds: Array, leading: Array | None = None) -> Iterator[tuple[Array, Array]]:
    """Positions (i < j) of all pairs inside the blocks, in chunks of about PAIRS_PER_CHUNK.

    With `leading` (bool per position, those of a block first) only the pairs that one of these begins.
    """
    sizes = np.diff(bounds)
    if not len(sizes):
        return
    ends = np.repeat(bounds[1:], sizes)
    later = ends - np.arange(bounds[-1]) - 1
    if leading is not None:
        later[~leading] = 0
    reached = np.cumsum(later)
    start = 0
    while start < len(later):
        base = int(reached[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(reached, base + PAIRS_PER_CHUNK, side="right")))
        counts = later[start:stop]
        left = np.repeat(np.arange(start, stop), counts)
        ordinal = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        yield left, left + 1 + ordinal
        start = stop


def candidate_pairs(
    keys: list[Array], rule: int, extract: Array, leading: Array | None = None, *, many_to_one: bool = False
) -> Iterator[tuple[Array, Array]]:
    """Rows (left < right) of the pairs that this rule is the first to cover, chunk after chunk.

    Two records of one extract that may appear once in a cluster are no candidates. With `leading` (bool per row,
    those rows first) only pairs with one of these; with `many_to_one` only pairs of which one side is such a record.
    """
    blocks, restricted = blocks_of(keys[rule]), many_to_one or bool(extract.any())
    for i, j in pairs_within(blocks.bounds, None if leading is None else leading[blocks.rows]):
        a, b = blocks.rows.take(i), blocks.rows.take(j)
        fresh = uncovered(keys[:rule], a, b)
        if restricted:
            fresh &= (extract.take(a) != extract.take(b)) | ((extract.take(a) == 0) & (not many_to_one))
        a, b = a[fresh], b[fresh]
        yield np.minimum(a, b), np.maximum(a, b)


def uncovered(keys: list[Array], a: Array, b: Array) -> Array:
    """Which pairs no key of these has in common."""
    fresh = np.ones(len(a), bool)
    for key in keys:
        mine = key.take(a)
        fresh &= (mine != key.take(b)) | (mine == 0)
    return fresh


def _combine(parts: list[Array]) -> Array:
    key = np.full(len(parts[0]), len(parts), np.uint64)
    absent = np.zeros(len(key), bool)
    for hashed in parts:
        key, absent = mix(key * GOLDEN ^ hashed), absent | (hashed == 0)
    key[key == 0] = 1
    key[absent] = 0
    return key


def _further(key: Array, part: Array) -> Array:
    split = mix(key * GOLDEN ^ part)
    split[split == 0] = 1
    return split


def part_hash(column: Column, part: Part) -> Array:
    """A hash per record of what the part takes of the column; 0 where there is nothing."""
    if column.vocabulary is None:
        missing = column.missing()
        hashed = mix(_taken_of_numbers(column, part, missing).astype(np.uint64))
        hashed[hashed == 0] = 1
        hashed[missing] = 0
        return hashed
    if part.transform == "whole" and column.places is not None:
        return column.values
    taken = _taken_of_text(column.vocabulary, part)
    hashed = hash_text(taken.fill_null("")) if column.places is None else taken.hash(0).to_numpy(writable=True)
    hashed[hashed == 0] = 1
    hashed[(taken.is_null() | (taken == "")).fill_null(value=True).to_numpy()] = 0
    if column.places is None:
        return np.append(np.uint64(0), hashed)[column.values]
    hashed = hashed[column.places]
    hashed[column.values == 0] = 0
    return np.asarray(hashed)


def _taken_of_numbers(column: Column, part: Part, missing: Array) -> Array:
    values = np.where(missing, 0, column.values)
    if part.transform == "cell":
        return np.floor(values / part.size).astype(np.int64)
    if part.transform == "year":
        return values >> 16
    return values.view(np.int64) if column.kind == "number" else values


def _taken_of_text(values: pl.Series, part: Part) -> pl.Series:
    value, size = pl.col("value"), int(part.size)
    tokens = value.str.split(" ")
    taken = {
        "whole": value,
        "prefix": pl.when(value.str.len_chars() >= size).then(value.str.slice(0, size)),
        "suffix": pl.when(value.str.len_chars() >= size).then(value.str.slice(-size)),
        "first_token": tokens.list.first(),
        "last_token": tokens.list.last(),
        "longest_token": tokens.list.sort().list.get(
            tokens.list.sort().list.eval(pl.element().str.len_chars()).list.arg_max(), null_on_oob=True
        ),
        "sorted_tokens": tokens.list.sort().list.join(" "),
        "consonants": value.str.replace_all(r"[AEIOUHY\s]", "").str.slice(0, size),
    }
    return values.rename("value").to_frame().select(taken[part.transform].alias("value")).to_series()
