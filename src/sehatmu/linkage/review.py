"""The review queue: pairs that a steward should decide, ordered by what a decision would gain.

`sehatmu.linkage.worklist` puts records beside the keys and makes a file of it; this module only chooses and ranks.
"""

from __future__ import annotations

import polars as pl

from sehatmu.linkage.explain import explanation_text
from sehatmu.linkage.guard import AMBIGUOUS, REFUSALS
from sehatmu.linkage.score import Plan


def review_rows(pairs: pl.DataFrame, plan: Plan, *, index: str, clusters: pl.DataFrame | None = None) -> pl.DataFrame:
    """Possible matches for a steward: `index, left_key, right_key, score, explanation, gain, rank`, by rank from 1.

    A vetoed pair is shown where only the veto kept it from being a match. With `clusters` (record_key, cluster_key),
    pairs whose records are together already by way of others are left out; so are, where many records ask one list of
    codes, those of a record that has its code.

    `gain` answers: how many pairs of records would a decision settle? A yes unites two clusters, so as many pairs as
    the product of their sizes, times the uncertainty of the question in bits: 1 where the score is even, nearly 0
    where it is far from even. A match that was refused as ambiguous counts as even, whatever it scores: its rival is
    about as good, and a decision frees it.
    """
    open_question = (pl.col("class") == "possible") & (pl.col("veto").is_null() | (pl.col("score") >= plan.match))
    possible = pairs.filter(open_question)
    united = pl.lit(1.0)
    if clusters is not None:
        sized = _sizes(clusters, pl.concat([possible["left_key"], possible["right_key"]]))
        for side in ("left", "right"):
            named = sized.rename(
                {"record_key": f"{side}_key", "cluster_key": f"{side}_cluster", "size": f"{side}_size"}
            )
            possible = possible.join(named, on=f"{side}_key", maintain_order="left")
        possible = possible.filter(pl.col("left_cluster") != pl.col("right_cluster"))
        if plan.config.many_to_one:
            possible = possible.filter(_asks_alone(plan))
        united = pl.col("left_size").cast(pl.Float64) * pl.col("right_size")
    even = pl.col("veto").eq_missing(REFUSALS[AMBIGUOUS])
    gain = united * pl.when(even).then(1.0).otherwise(_uncertainty(pl.col("score")))
    possible = possible.with_columns(gain=gain.round(6)).sort(
        "gain", "score", "left_key", "right_key", descending=[True, True, False, False]
    )
    return possible.select(
        pl.lit(index).alias("index"),
        *("left_key", "right_key", "score"),
        explanation_text(possible, plan),
        "gain",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
    )


def _sizes(clusters: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """`record_key, cluster_key, size` of the records of these keys, which are few."""
    here = clusters.filter(pl.col("record_key").is_in(keys.implode()))
    around = clusters.select("cluster_key").filter(pl.col("cluster_key").is_in(here["cluster_key"].implode()))
    return here.join(around.group_by("cluster_key").agg(pl.len().alias("size")), on="cluster_key")


def _asks_alone(plan: Plan) -> pl.Expr:
    """Whether the record that asks a list of codes has no code yet: nobody is in its cluster but itself."""
    entries = [f"{extract.replace('/', '|')}|" for extract in plan.config.one_per_extract]
    left_is_entry = pl.any_horizontal(pl.col("left_key").str.starts_with(entry) for entry in entries)
    return pl.when(left_is_entry).then("right_size").otherwise("left_size") == 1


def _uncertainty(score: pl.Expr) -> pl.Expr:
    """Bits that the answer to a question of this score (log2 odds) is worth, from 0 to 1.

    >>> scores = pl.Series([0.0, 2.0, -2.0, 60.0])
    >>> pl.select(_uncertainty(pl.lit(scores)).round(3)).to_series().to_list()
    [1.0, 0.722, 0.722, 0.0]
    """
    less = (-score.abs() * 0.6931471805599453).exp()  # odds of the less likely answer
    return (1.0 + less).log(2) + less / (1.0 + less) * score.abs()
