"""Records that belong to another record by rule (`bound_to`): they take no part in linkage and follow it.

The night calls this around `engine.link`: a row of the civil register whose NIK a registration has confirmed needs no
comparison. Domains whose records have no such column are left as they are.
"""

from __future__ import annotations

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
    bound = records.select("record_key", BOUND).drop_nulls(BOUND).join(clusters, on="record_key", how="anti")
    followed = clusters.select(pl.col("record_key").alias(BOUND), "cluster_key")
    return pl.concat([clusters, bound.join(followed, on=BOUND, how="left").select(clusters.columns)]).sort("record_key")
