"""What has changed since the last run: which records are new, gone or other, told by hashes.

Arrays in, arrays out; `sehatmu.linkage.roster` calls it. Both runs hold their records in the order of record keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sehatmu.linkage.block import blocks_of
from sehatmu.linkage.encode import GOLDEN, Array

#: Of more equal records than this, all but the first are compared with the first alone.
EQUALS = 40
#: Bits of a hash of which a few hundred thousand may be added up without rounding.
_SUMMED = np.uint64((1 << 34) - 1)


@dataclass(frozen=True, slots=True)
class Change:
    """Tonight's records against those of the former run.

    `former`: per record its former row, -1 where it is new, and `source` the same, 0 where it is new; `present`: per
    former row the record, -1 where it is gone; `changed`: per record whether what linkage knows of it must be worked
    out anew.
    """

    former: Array
    source: Array
    present: Array
    changed: Array

    def lost(self) -> Array:
        """Former rows that are gone, or whose record has changed."""
        lost = self.present < 0
        lost[self.former[self.changed & (self.former >= 0)]] = True
        return np.flatnonzero(lost)


def find_change(key_hash: Array, link_hash: Array, former_keys: Array, former_hash: Array) -> Change:
    """Match records by the hash of their key, and compare the hashes of their values."""
    former = _match(key_hash, former_keys)
    present = np.full(len(former_keys), -1, np.int64)
    known = np.flatnonzero(former >= 0)
    present[former[known]] = known
    changed = np.ones(len(key_hash), bool)
    changed[known] = link_hash[known] != former_hash[former[known]]
    return Change(former, np.maximum(former, 0), present, changed)


def carry(values: Array, change: Change) -> Array:
    """Values of the former run in tonight's order; whatever stands at new records must be overwritten."""
    if not len(values):
        return np.zeros(len(change.former), values.dtype)
    return np.asarray(values.take(change.source))


def mark_copies(content: Array, former_content: Array, former_copies: Array, change: Change) -> tuple[Array, Array]:
    """Which records are copies (bool), and which unchanged ones have become one or ceased to be one (rows).

    `content`: a hash per record, 0 for those that may come once in a cluster: each of these counts.
    """
    if change.changed.all():
        rows = _crowded(content)
    else:
        wanted = np.unique(np.concatenate([content[change.changed], former_content[change.lost()]]))
        rows = rows_with(content, wanted[wanted != 0])
    copies = carry(former_copies, change)
    copies[change.changed] = False
    before = copies[rows]
    blocks = blocks_of(content[rows])
    many = blocks.sizes > EQUALS
    first = np.zeros(len(blocks.rows), bool)
    first[blocks.bounds[:-1]] = True
    copies[rows] = False
    copies[rows[blocks.rows[np.repeat(many, blocks.sizes) & ~first]]] = True
    return copies, rows[(before != copies[rows]) & ~change.changed[rows]]


def rows_with(keys: Array, wanted: Array) -> Array:
    """The rows whose key is one of `wanted` (u64, sorted, each once); keys are hashes, of which each bit is as good.

    >>> rows_with(np.array([5, 7, 5, 9], np.uint64), np.array([5, 9], np.uint64)).tolist()
    [0, 2, 3]
    """
    if not len(wanted) or not len(keys):
        return np.zeros(0, np.int64)
    # A table of a few bits of the key passes over nearly all rows; only what it lets through is looked up.
    shift = np.uint64(64 - min(24, max(8, (32 * len(wanted)).bit_length())))
    table = np.zeros(1 << (64 - int(shift)), bool)
    table[wanted >> shift] = True
    rows = np.flatnonzero(table.take((keys >> shift).view(np.int64)))
    found = np.searchsorted(wanted, keys[rows]).clip(max=len(wanted) - 1)
    return np.asarray(rows[wanted[found] == keys[rows]])


def _crowded(keys: Array) -> Array:
    """Rows whose key may come more than EQUALS times: so many share the first bits of its hash."""
    shift = np.uint64(64 - max(8, len(keys).bit_length()))
    bins = ((keys * GOLDEN) >> shift).astype(np.int64)
    return np.flatnonzero((np.bincount(bins)[bins] > EQUALS) & (keys != 0))


def _match(key_hash: Array, former_keys: Array) -> Array:
    """The former row of each key, -1 for none; all are new where two keys have one hash (once in a million nights).

    What is in both runs stands in the same order in both: it is enough to know which are not.
    """
    former = np.full(len(key_hash), -1, np.int64)
    if not len(former_keys):
        return former
    alone = _alone(key_hash, former_keys)
    kept = np.delete(np.arange(len(key_hash)), rows_with(key_hash, alone))
    stood = np.delete(np.arange(len(former_keys)), rows_with(former_keys, alone))
    if np.array_equal(key_hash[kept], former_keys[stood]):
        former[kept] = stood
    return former


def _alone(one: Array, other: Array) -> Array:
    """The hashes that stand in one of the two only, sorted, each once.

    Hashes that share their first bits are added up: only where the sums differ are they sorted.
    """
    shift = np.uint64(64 - max(4, len(one).bit_length() - 4))
    places = [(hashes >> shift).view(np.int64) for hashes in (one, other)]
    sums = [
        np.bincount(place, (hashes & _SUMMED).astype(np.float64), minlength=1 << (64 - int(shift)))
        for place, hashes in zip(places, (one, other), strict=True)
    ]
    differ = sums[0] != sums[1]
    both = np.sort(np.concatenate([one[differ[places[0]]], other[differ[places[1]]]]))
    alike = np.append(both[1:] == both[:-1], values=False)[: len(both)]
    return np.asarray(both[~(alike | np.roll(alike, 1))])
