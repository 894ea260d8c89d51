"""Edges of another engine through our guard: vetoes, twins, one per extract, in falling order of its own scores."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.linkage import LinkageConfig
from sehatmu.linkage.classify import first_veto, veto_columns
from sehatmu.linkage.cluster import cluster_records
from sehatmu.linkage.contested import Constraints, Edges
from sehatmu.linkage.encode import Array, Encoded


def cluster_edges(encoded: Encoded, config: LinkageConfig, edges: pl.DataFrame) -> pl.DataFrame:
    """record_key, cluster_key of edges (left_key, right_key, score), all of them joined where the guard lets them."""
    keys = encoded.record_keys
    rows = pl.DataFrame({"key": keys, "row": np.arange(len(keys), dtype=np.int64)})
    told = edges.select("left_key", "right_key", "score")
    for side in ("left", "right"):
        told = told.join(rows.rename({"key": f"{side}_key", "row": f"{side}_row"}), on=f"{side}_key")
    told = told.select(
        left=pl.min_horizontal("left_row", "right_row"), right=pl.max_horizontal("left_row", "right_row"), score="score"
    ).sort("left", "right")
    left, right = told["left"].to_numpy(), told["right"].to_numpy()
    free = first_veto(encoded.columns, config, left, right) == 0
    no = np.zeros(len(told), bool)
    apart = np.empty(0, np.int64)
    cluster, _ = cluster_records(
        Edges(left, right, told["score"].to_numpy(), joinable=free, rival=no, forced=no, apart=no),
        Constraints(
            extract=encoded.extract,
            signature=_signatures(encoded, config),
            veto_of=lambda a, b: first_veto(encoded.columns, config, a, b) > 0,
            apart=(apart, apart),
            ambiguous_within=config.ambiguous_within,
        ),
    )
    return pl.DataFrame({"record_key": keys, "cluster_key": keys.gather(cluster)})


def _signatures(encoded: Encoded, config: LinkageConfig) -> Array:
    """A number per record that is equal where all columns are equal that vetoes read."""
    named = {name: encoded.columns[name].values for name in veto_columns(config)}
    return pl.DataFrame(named).hash_rows().to_numpy() if named else np.zeros(encoded.size, np.uint64)
