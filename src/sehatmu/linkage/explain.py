"""Explaining: why two records were joined, or were not: the prior, then one bar of bits per comparison.

Explanations carry levels, never values, so that they may be published masked.
"""

from __future__ import annotations

import polars as pl

from sehatmu.linkage.cluster import weakest_bridge
from sehatmu.linkage.config import LinkageError
from sehatmu.linkage.score import Plan

MISSING = "missing"


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


def review_rows(pairs: pl.DataFrame, plan: Plan, *, index: str, clusters: pl.DataFrame | None = None) -> pl.DataFrame:
    """Possible matches for a steward: `index, left_key, right_key, score, explanation`, the likeliest first.

    A vetoed pair is shown where only the veto kept it from being a match. With `clusters` (record_key,
    cluster_key), pairs whose records are together already by way of others are left out.
    """
    open_question = (pl.col("class") == "possible") & (pl.col("veto").is_null() | (pl.col("score") >= plan.match))
    possible = pairs.filter(open_question).sort("score", "left_key", "right_key", descending=[True, False, False])
    if clusters is not None:
        key = clusters.select("record_key", "cluster_key")
        sides = possible.join(key, left_on="left_key", right_on="record_key", maintain_order="left")
        sides = sides.join(key, left_on="right_key", right_on="record_key", maintain_order="left")
        possible = sides.filter(pl.col("cluster_key") != pl.col("cluster_key_right")).select(pairs.columns)
    return possible.select(
        pl.lit(index).alias("index"), "left_key", "right_key", "score", explanation_text(possible, plan)
    )


def pair_text(pairs: pl.DataFrame, plan: Plan, left_key: str, right_key: str) -> str:
    """A waterfall of one pair as text; raises LinkageError where the pair was never kept."""
    left_key, right_key = sorted((left_key, right_key))
    pair = pairs.filter(left_key=left_key, right_key=right_key)
    if not len(pair):
        raise LinkageError(
            "the two records were not compared, or scored below the review threshold",
            evidence=plan.config.domain,
            hint="`sehatmu link --dry-run` shows which block rules exist",
        )
    row, lines, total = pair.row(0, named=True), [], 0.0
    for bar in explain_pairs(pair, plan).iter_rows(named=True):
        total += bar["bits"]
        lines.append(f"{bar['bar']:<16} {bar['label']:<24} {bar['bits']:+7.2f}  {total:+7.2f}")
    thresholds = f"(match from {plan.match:+.2f}, possible from {plan.possible:+.2f})"
    verdict = f"{row['class']} at {row['score']:+.2f} bits {thresholds}"
    lines.append(verdict + (f"; not joined: {row['veto']}" if row["veto"] else ""))
    return "\n".join(lines)


def bridges(pairs: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Per cluster of two or more its weakest needed pair: `cluster_key, left_key, right_key, score`."""
    keys = clusters.select(pl.col("record_key").alias("left_key"), "cluster_key")
    inside = (
        pairs.filter(pl.col("class") == "match").join(keys, on="left_key").sort("cluster_key", "left_key", "right_key")
    )
    rows = pl.concat([inside["left_key"], inside["right_key"]]).unique().sort()
    number = dict(zip(rows.to_list(), range(len(rows)), strict=True))
    ends = inside.select(pl.col("left_key", "right_key").replace_strict(number, return_dtype=pl.Int64))
    left, right, score = ends["left_key"].to_numpy(), ends["right_key"].to_numpy(), inside["score"].to_numpy()
    starts = inside.with_row_index().group_by("cluster_key").agg(pl.col("index").min(), pl.len()).sort("index")
    weakest = [
        start + weakest_bridge(left[start : start + size], right[start : start + size], score[start : start + size])
        for start, size in starts.select("index", "len").iter_rows()
    ]
    return inside[weakest].select("cluster_key", "left_key", "right_key", "score")


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
