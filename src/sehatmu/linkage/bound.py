"""Records that belong to another record by rule (`bound_to`): they take no part in linkage and follow it.

The night calls this around `engine.link`: a row of the civil register whose NIK a registration has confirmed needs no
comparison. Domains whose records have no such column are left as they are.
"""

from __future__ import annotations

import numpy as np
import polars as pl

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
    is_free = records[BOUND].is_null()
    if is_free.sum() != clusters.height:  # a steward spoke of some that are bound
        is_free |= records["record_key"].is_in(clusters["record_key"].implode())
    bound = records.filter(~is_free).select(BOUND)
    followed = bound.join(clusters.rename({"record_key": BOUND}), on=BOUND, how="left", maintain_order="left")
    free = is_free.to_numpy()
    place = np.where(free, np.cumsum(free) - 1, len(clusters) + np.cumsum(~free) - 1)
    cluster = pl.concat([clusters["cluster_key"], followed["cluster_key"]]).gather(place)
    return pl.DataFrame({"record_key": records["record_key"], "cluster_key": cluster})
