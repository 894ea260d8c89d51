"""What has changed since the last run: which records are new, gone or other, told by hashes.

Arrays in, arrays out; `sehatmu.linkage.roster` calls it. Both runs hold their records in the order of record keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import blocks_of
from sehatmu.linkage.encode import GOLDEN, Array

#: Of more equal records than this, all but the first are compared with the first alone.
EQUALS = 40


@dataclass(frozen=True, slots=True)
class Change:
    """Tonight's records against those of the former run.

    `former`: per record its former row, -1 where it is new; `present`: per former row the record, -1 where it is gone;
    `changed`: per record whether what linkage knows of it must be worked out anew.
    """

    former: Array
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
    return Change(former, present, changed)


def carry(values: Array, change: Change) -> Array:
    """Values of the former run in tonight's order; whatever stands at new records must be overwritten."""
    if not len(values):
        return np.zeros(len(change.former), values.dtype)
    return np.asarray(values.take(change.former, mode="clip"))


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
    """The rows whose key is one of `wanted` (u64, sorted, each once).

    >>> rows_with(np.array([5, 7, 5, 9], np.uint64), np.array([5, 9], np.uint64)).tolist()
    [0, 2, 3]
    """
    if not len(wanted) or not len(keys):
        return np.zeros(0, np.int64)
    # A table of a few bits of the key passes over nearly all rows; only what it lets through is looked up.
    shift = np.uint64(64 - min(24, max(8, (32 * len(wanted)).bit_length())))
    table = np.zeros(1 << (64 - int(shift)), bool)
    table[(wanted * GOLDEN) >> shift] = True
    rows = np.flatnonzero(table[(keys * GOLDEN) >> shift])
    found = np.searchsorted(wanted, keys[rows]).clip(max=len(wanted) - 1)
    return np.asarray(rows[wanted[found] == keys[rows]])


def _crowded(keys: Array) -> Array:
    """Rows whose key may come more than EQUALS times: so many share the first bits of its hash."""
    shift = np.uint64(64 - max(8, len(keys).bit_length()))
    bins = ((keys * GOLDEN) >> shift).astype(np.int64)
    return np.flatnonzero((np.bincount(bins)[bins] > EQUALS) & (keys != 0))


def _match(key_hash: Array, former_keys: Array) -> Array:
    """The former row of each key, -1 for none; all are new where two keys have one hash (once in a million nights)."""
    tonight = pl.DataFrame({"key": key_hash}, schema={"key": pl.UInt64})
    before = pl.DataFrame({"key": former_keys}, schema={"key": pl.UInt64}).with_row_index("former")
    joined = tonight.join(before, on="key", how="left", maintain_order="left")["former"]
    if len(joined) != len(key_hash) or joined.drop_nulls().n_unique() != len(joined) - joined.null_count():
        return np.full(len(key_hash), -1, np.int64)
    return joined.cast(pl.Int64).fill_null(-1).to_numpy()
