"""Explaining: why two records were joined, or were not: the prior, then one bar of bits per comparison.

Explanations carry levels, never values, so that they may be published masked.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.linkage.cluster import connected
from sehatmu.linkage.config import LinkageError
from sehatmu.linkage.encode import Array
from sehatmu.linkage.score import Plan

MISSING = "missing"
#: so many members and pairs of a cluster are told
LINES = 100


def explain_pairs(pairs: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """One row per bar: `left_key, right_key, step` (0 = prior), `bar, level, label, bits`; bits add up to
    the score.

    The bar `term_frequency` appears where rare or common values moved the score.
    """
    keys = ["left_key", "right_key"]
    frames = [_bars(pairs, 0, "prior", pl.lit(0), [""], [plan.prior])]
    for c, comparison in enumerate(plan.config.comparisons):
        labels = [MISSING, *(level.label for level in comparison.levels)]
        frames.append(
            _bars(
                pairs,
                c + 1,
                comparison.name,
                pl.col(f"level_{comparison.name}"),
                labels,
                plan.weights[c].tolist(),
            )
        )
    bars = pl.concat(frames)
    rest = bars.group_by(keys).agg(pl.col("bits").sum()).join(pairs.select(*keys, "score"), on=keys)
    rest = rest.select(
        *keys,
        pl.lit(len(frames), pl.UInt16).alias("step"),
        pl.lit("term_frequency").alias("bar"),
        pl.lit(1, pl.UInt8).alias("level"),
        pl.lit("").alias("label"),
        (pl.col("score") - pl.col("bits")).alias("bits"),
    ).filter(pl.col("bits").abs() > 1e-6)
    return pl.concat([bars, rest]).sort(*keys, "step")


def explanation_text(pairs: pl.DataFrame, plan: Plan) -> pl.Series:
    """One line per pair, `prior -12.0; name: exact +9.0; ...`; missing comparisons are left out."""
    parts = [pl.lit(f"prior {plan.prior:+.1f}")]
    for c, comparison in enumerate(plan.config.comparisons):
        texts = {
            number: f"{comparison.name}: {level.label} {plan.weights[c][number]:+.1f}"
            for number, level in enumerate(comparison.levels, start=1)
        }
        level = pl.col(f"level_{comparison.name}")
        parts.append(level.replace_strict(texts, default=None, return_dtype=pl.String))
    line = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    vetoed = pl.when(pl.col("veto").is_not_null()).then(pl.concat_str(line, pl.lit("; not joined: "), "veto"))
    return pairs.select(vetoed.otherwise(line).alias("explanation")).to_series()


def pair_text(pairs: pl.DataFrame, plan: Plan, left_key: str, right_key: str) -> str:
    """A waterfall of one pair as text; raises LinkageError where the pair was never kept."""
    pair = kept_pair(pairs, plan, left_key, right_key)
    row, lines, total = pair.row(0, named=True), [], 0.0
    for bar in explain_pairs(pair, plan).iter_rows(named=True):
        total += bar["bits"]
        lines.append(f"{bar['bar']:<16} {bar['label']:<24} {bar['bits']:+7.2f}  {total:+7.2f}")
    thresholds = f"(match from {plan.match:+.2f}, possible from {plan.possible:+.2f})"
    verdict = f"{row['class']} at {row['score']:+.2f} bits {thresholds}"
    lines.append(verdict + (f"; not joined: {row['veto']}" if row["veto"] else ""))
    return "\n".join(lines)


def kept_pair(pairs: pl.DataFrame, plan: Plan, left_key: str, right_key: str) -> pl.DataFrame:
    """The one row of two records, in either order; raises LinkageError where the pair was never kept."""
    left_key, right_key = sorted((left_key, right_key))
    pair = pairs.filter(left_key=left_key, right_key=right_key)
    if not len(pair):
        raise LinkageError(
            "the two records were not compared, or scored below the review threshold",
            evidence=plan.config.domain,
            hint="`sehatmu link --dry-run` shows which block rules exist",
        )
    return pair


def cluster_edges(pairs: pl.DataFrame, clusters: pl.DataFrame, record_key: str) -> tuple[pl.Series, pl.DataFrame]:
    """The members of a record's cluster, and the kept pairs inside it, the weakest first.

    Raises LinkageError where the record is in no cluster.
    """
    own = clusters.filter(pl.col("record_key") == record_key)["cluster_key"]
    if not len(own):
        raise LinkageError("no such record was linked", hint="keys are source|extract|source_key, as in `clusters`")
    members = clusters.filter(pl.col("cluster_key") == own[0])["record_key"].sort()
    inside = pl.col("left_key").is_in(members.implode()) & pl.col("right_key").is_in(members.implode())
    kept = pairs.filter((pl.col("class") == "match") & inside)
    return members, kept.sort("score", "left_key", "right_key")


def cluster_text(pairs: pl.DataFrame, clusters: pl.DataFrame, plan: Plan, record_key: str, *, most: int = LINES) -> str:
    """The cluster of a record: its members, its weakest bridge, and a line per kept pair (at `most` so many)."""
    members, kept = cluster_edges(pairs, clusters, record_key)
    number = {key: n for n, key in enumerate(members, start=1)}
    full = len(members) * (len(members) - 1) // 2
    lines = [f"a cluster of {len(members)} record(s), held by {len(kept)} of {full} possible pair(s)"]
    lines += [f"{n:>5}  {key}" for key, n in list(number.items())[:most]]
    lines += [f"       ... and {len(members) - most} more"] if len(members) > most else []
    if len(kept):
        (_, left, right, score), *_ = bridges(kept, clusters).rows()
        lines.append(
            f"weakest bridge: {number[left]} and {number[right]} at {score:+.2f} bits (match from {plan.match:+.2f});"
            " without it the cluster falls apart"
        )
    shown = kept.head(most)
    for (left, right, score), told in zip(
        shown.select("left_key", "right_key", "score").iter_rows(), explanation_text(shown, plan), strict=True
    ):
        lines.append(f"{number[left]:>5} and {number[right]:<5} {score:+7.2f}  {told}")
    lines += [f"       ... and {len(kept) - most} stronger pairs"] if len(kept) > most else []
    return "\n".join(lines)


def bridges(pairs: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Per cluster of two or more its weakest needed pair: `cluster_key, left_key, right_key, score`.

    Of the pairs that hold a cluster together when the strongest are taken first, it is the last.
    """
    keys = clusters.select(pl.col("record_key").alias("left_key"), "cluster_key")
    kept = pairs.filter(pl.col("class") == "match").join(keys, on="left_key")
    kept = kept.sort("score", "left_key", "right_key", descending=[True, False, False])
    rows = pl.concat([kept["left_key"], kept["right_key"]]).unique().sort()
    left, right = (rows.search_sorted(kept[side]).to_numpy().astype(np.int64) for side in ("left_key", "right_key"))
    needed = kept[_spanning(len(rows), left, right)]
    last = needed.unique("cluster_key", keep="last", maintain_order=True)
    return last.select("cluster_key", "left_key", "right_key", "score").sort("cluster_key")


def _spanning(count: int, left: Array, right: Array) -> Array:
    """Positions, rising, of the edges that join anything when edges are taken in their order (Boruvka's rounds)."""
    label = np.arange(count)
    chosen: list[Array] = []
    at = np.arange(len(left))
    while True:
        a, b = label[left[at]], label[right[at]]
        at, a, b = (values[a != b] for values in (at, a, b))
        if not len(at):
            return np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))
        first = np.full(count, len(left))
        np.minimum.at(first, a, at)
        np.minimum.at(first, b, at)
        chosen.append(np.unique(first[first < len(left)]))
        joined = np.concatenate(chosen)
        label = connected(count, left[joined], right[joined])


def _bars(
    pairs: pl.DataFrame, step: int, name: str, level: pl.Expr, labels: list[str], bits: list[float]
) -> pl.DataFrame:
    numbers = list(range(len(labels)))
    return pairs.select(
        "left_key",
        "right_key",
        pl.lit(step, pl.UInt16).alias("step"),
        pl.lit(name).alias("bar"),
        level.cast(pl.UInt8).alias("level"),
        level.replace_strict(numbers, labels, return_dtype=pl.String).alias("label"),
        level.replace_strict(numbers, bits, return_dtype=pl.Float64).alias("bits"),
    )
