"""Records that belong to another record by rule (`bound_to`): they take no part in linkage and follow it.

The night calls this around `engine.link`: a row of the civil register whose NIK a registration has confirmed needs no
comparison. Domains whose records have no such column are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from sehatmu.linkage.encode import Array

BOUND = "bound_to"


def free_records(records: pl.DataFrame, decided: pl.Series | None = None) -> pl.DataFrame:
    """The records that linkage decides about: those that belong to no other, and those that a steward spoke of.

    `decided`: keys that decisions name. What a person said of one record holds for it, whatever it belongs to by rule.
    """
    if BOUND not in records.columns:
        return records
    is_named = pl.lit(False) if decided is None else pl.col("record_key").is_in(decided.implode())
    return records.filter(pl.col(BOUND).is_null() | is_named)


def bind_clusters(clusters: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The clusters (`record_key`, `cluster_key`) with every bound record in the cluster of the one that it belongs to.

    >>> records = pl.DataFrame({"record_key": ["a", "b"], "bound_to": [None, "a"]})
    >>> bind_clusters(pl.DataFrame({"record_key": ["a"], "cluster_key": ["a"]}), records).rows()
    [('a', 'a'), ('b', 'a')]
    """
    if BOUND not in records.columns:
        return clusters
    records = records if records["record_key"].is_sorted() else records.sort("record_key")
    return _bind(records, _is_free(clusters["record_key"], records), clusters["cluster_key"], clusters)


def bind_again(
    keys: pl.Series,
    cluster_keys: Callable[[Array], pl.Series],
    records: pl.DataFrame,
    same: Array,
    former: Array,
    left: pl.Series,
) -> tuple[pl.DataFrame, Array]:
    """The same on top of the former run's: the rows that may differ from it, and per record (sorted by key) its row
    there, -1 for these.

    `keys` of the free records, and `cluster_keys` of those of some numbers; `same` (bool): which of these are in a
    cluster of the name that it had; `former`: per record its row in the former table of
    records, -1 where it is not the same row; `left`: keys of the rows there that are not the same any more.

    >>> records = pl.DataFrame({"record_key": ["a", "b", "c"], "bound_to": [None, "a", None]})
    >>> keys, same, former = pl.Series(["a", "c"]), np.array([True, False]), np.array([0, 1, 2])
    >>> fresh, row = bind_again(keys, lambda rows: keys.gather(rows * 0), records, same, former, pl.Series(["d"]))
    >>> fresh.rows(), row.tolist()
    ([('c', 'a')], [0, 1, -1])
    """
    free, row = _is_free(keys, records), former.copy()
    row[np.flatnonzero(free)[~same]] = -1
    around = np.zeros(0, np.int64)
    if BOUND in records.columns:
        moved = pl.concat([keys.filter(pl.Series(~same)), left])
        row[records[BOUND].is_in(moved.implode()).fill_null(value=False).to_numpy()] = -1
        asked = records.filter(pl.Series(row < 0))[BOUND].drop_nulls()
        around = keys.is_in(asked.implode()).arg_true().to_numpy()
    other = row < 0
    own = cluster_keys(np.flatnonzero(other[free]))
    named = pl.DataFrame({"record_key": keys.gather(around), "cluster_key": cluster_keys(around)})
    return _bind(records.filter(pl.Series(other)), free[other], own, named), row


def _is_free(keys: pl.Series, records: pl.DataFrame) -> Array:
    """Which records linkage has decided about; `keys` are theirs, in the same order."""
    if BOUND not in records.columns:
        return np.ones(len(records), bool)
    free = records[BOUND].is_null()
    if free.sum() != len(keys):  # a steward spoke of some that are bound
        free |= records["record_key"].is_in(keys.implode())
    return free.to_numpy()


def _bind(records: pl.DataFrame, free: Array, own: pl.Series, clusters: pl.DataFrame) -> pl.DataFrame:
    """Clusters of records: `own` of the free ones, those of `clusters` for whom the others are bound to."""
    cluster = own
    if not free.all():
        bound = records.filter(pl.Series(~free)).select(BOUND)
        followed = bound.join(clusters.rename({"record_key": BOUND}), on=BOUND, how="left", maintain_order="left")
        place = np.where(free, np.cumsum(free) - 1, len(own) + np.cumsum(~free) - 1)
        cluster = pl.concat([own, followed["cluster_key"]]).gather(place)
    return pl.DataFrame({"record_key": records["record_key"], "cluster_key": cluster})
