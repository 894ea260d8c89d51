"""What a run of linkage looks like, in numbers: scores, block sizes, cluster sizes, evidence, close calls.

Frames of counts, never of values or keys. `sehatmu.linkage.report` shows them; what needs a known truth is in
`sehatmu.linkage.judge`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from sehatmu.linkage.block import Blocks
from sehatmu.linkage.change import Change, mark_copies
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.encode import Array, Encoded, hash_values, order_records
from sehatmu.linkage.explain import bridges
from sehatmu.linkage.kernel import score_candidates
from sehatmu.linkage.score import Plan, frequency_bits

_WIDTHS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_BINS = 80
_EVIDENCE = {"evidence": pl.String, "score": pl.Float64, "reaches": pl.String, "records": pl.UInt32}
_RECORDS_PER_SLICE = 1 << 19


def without_copies(encoded: Encoded, records: pl.DataFrame, config: LinkageConfig) -> Encoded:
    """The records as blocking sees them: of many equal ones the engine compares the others with the first alone."""
    content = np.where(encoded.extract == 0, hash_values(order_records(records, config), config), np.uint64(0))
    new = np.full(encoded.size, -1)
    all_new = Change(new, np.zeros_like(new), np.zeros(0, np.int64), np.ones(encoded.size, bool))
    copies, _ = mark_copies(content, np.zeros(0, np.uint64), np.zeros(0, bool), all_new)
    if not copies.any():
        return encoded
    kept = np.flatnonzero(~copies)
    columns = {name: replace(column, values=column.values[kept]) for name, column in encoded.columns.items()}
    return Encoded(encoded.record_keys[kept], columns, encoded.extract[kept])


def outcome() -> pl.Expr:
    """What became of a pair: `joined`, `open` (a person should look), `apart` (a veto or a refusal)."""
    possible = pl.when(pl.col("veto").is_null()).then(pl.lit("open")).otherwise(pl.lit("apart"))
    return pl.when(pl.col("class") == "match").then(pl.lit("joined")).otherwise(possible).alias("outcome")


def score_bins(pairs: pl.DataFrame, plan: Plan) -> tuple[float, pl.DataFrame]:
    """The width of a bin in bits, and `outcome, start, pairs` per bin in use; none straddles the match threshold."""
    low, high = (pairs["score"].min(), pairs["score"].max()) if len(pairs) else (0.0, 0.0)
    assert isinstance(low, float)
    assert isinstance(high, float)
    width = next((w for w in _WIDTHS if (high - low) / w <= _BINS), _WIDTHS[-1])
    start = (((pl.col("score") - plan.match) / width).floor() * width + plan.match).round(6).alias("start")
    return width, pairs.group_by(outcome(), start).agg(pl.len().alias("pairs")).sort("outcome", "start")


def kept_apart(pairs: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Per veto or refusal: `veto, pairs, would_match` (those that score as a match)."""
    apart = pairs.filter(outcome() == "apart")
    would = (pl.col("score") >= plan.match).sum().alias("would_match")
    return apart.group_by("veto").agg(pl.len().alias("pairs"), would).sort("pairs", "veto", descending=[True, False])


def block_sizes(rules: list[str], made: list[Blocks]) -> pl.DataFrame:
    """`rule, size` (the power of two that a block's size reaches), `blocks, pairs`: where a rule's pairs come from."""
    frames = []
    for rule, blocks in zip(rules, made, strict=True):
        sizes = blocks.sizes.astype(np.int64)
        frame = pl.DataFrame({"size": 1 << np.log2(sizes).astype(np.int64), "pairs": sizes * (sizes - 1) // 2})
        frames.append(frame.select(pl.lit(rule).alias("rule"), "size", "pairs"))
    counted = pl.concat(frames).group_by("rule", "size", maintain_order=True)
    return counted.agg(pl.len().alias("blocks"), pl.col("pairs").sum()).sort("rule", "size")


def reach(made: list[Blocks]) -> tuple[int, int]:
    """How many records no rule gives a key, and how many have a key but share none."""
    keyed, shared = np.zeros(len(made[0].key), bool), np.zeros(len(made[0].key), bool)
    for blocks in made:
        keyed |= blocks.key != 0
        shared[blocks.rows] = True
    return int((~keyed).sum()), int((keyed & ~shared).sum())


def cluster_sizes(clusters: pl.DataFrame) -> pl.DataFrame:
    """`size, clusters`: how many clusters hold so many records."""
    sizes = clusters.group_by("cluster_key").agg(pl.len().alias("size"))
    return sizes.group_by("size").agg(pl.len().alias("clusters")).sort("size")


def linked_clusters(pairs: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """`cluster_key, size, edges` (kept pairs), `weakest` (bits) of every cluster of two or more, the biggest first.

    `weakest` is the score of the weakest pair that the cluster needs; of clusters of one size the weakest come first.
    """
    weakest = bridges(pairs, clusters).select("cluster_key", pl.col("score").alias("weakest"))
    sizes = clusters.group_by("cluster_key").agg(pl.len().cast(pl.Int64).alias("size"))
    inside = pairs.filter(pl.col("class") == "match").join(clusters, left_on="left_key", right_on="record_key")
    edges = inside.group_by("cluster_key").agg(pl.len().cast(pl.Int64).alias("edges"))
    told = weakest.join(sizes, on="cluster_key").join(edges, on="cluster_key")
    told = told.sort("size", "weakest", "cluster_key", descending=[True, False, False])
    return told.select("cluster_key", "size", "edges", "weakest")


def own_evidence(encoded: Encoded, plan: Plan) -> pl.DataFrame:
    """What records score against a copy of themselves: `evidence` (the comparisons they have), `score`, `reaches`
    (none, review, match), `records`.

    `score` is rounded down to a tenth of a bit. A record that does not reach a match can hardly be linked at all.
    """
    bits = frequency_bits(encoded, plan)
    frames = [
        _self_scores(encoded, plan, np.arange(start, min(start + _RECORDS_PER_SLICE, encoded.size)), bits)
        for start in range(0, encoded.size, _RECORDS_PER_SLICE)
    ]
    names = [comparison.name for comparison in plan.config.comparisons]
    if not frames:
        return pl.DataFrame(schema=_EVIDENCE)
    told = pl.concat(frames).group_by([*names, "score", "reaches"]).agg(pl.col("records").sum())
    present = [pl.when(pl.col(name)).then(pl.lit(name)) for name in names]
    evidence = pl.concat_str(present, separator=", ", ignore_nulls=True).alias("evidence")
    return told.select(evidence, "score", "reaches", "records").sort("score", "evidence")


def close_calls(pairs: pl.DataFrame, plan: Plan, *, within: float = 2.0, count: int = 8) -> pl.DataFrame:
    """The commonest level patterns within some bits of the match threshold: `pattern, score` (mean), `joined, open`.

    Pairs that a veto or a refusal keeps apart are left out.
    """
    near = pairs.filter(((pl.col("score") - plan.match).abs() <= within) & (outcome() != "apart"))
    levels = [f"level_{comparison.name}" for comparison in plan.config.comparisons]
    parts = []
    for comparison in plan.config.comparisons:
        labels = {n: f"{comparison.name}: {level.label}" for n, level in enumerate(comparison.levels, start=1)}
        level = pl.col(f"level_{comparison.name}")
        parts.append(level.replace_strict(labels, default=None, return_dtype=pl.String))
    counted = near.group_by(levels).agg(
        pl.col("score").mean(),
        (outcome() == "joined").sum().alias("joined"),
        (outcome() == "open").sum().alias("open"),
    )
    pattern = pl.concat_str(parts, separator="; ", ignore_nulls=True).alias("pattern")
    told = counted.select(pattern, "score", "joined", "open")
    commonest = told.sort(pl.col("joined") + pl.col("open"), "pattern", descending=[True, False]).head(count)
    return commonest.sort("score", "pattern", descending=[True, False])


def level_counts(pairs: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """`comparison, level` (0 = missing), `joined, open, apart`: how often each level stands in the pairs."""
    frames = []
    for comparison in plan.config.comparisons:
        level = pl.col(f"level_{comparison.name}").alias("level")
        seen = pairs.group_by(level.cast(pl.UInt8)).agg(
            (outcome() == name).sum().cast(pl.Int64).alias(name) for name in ("joined", "open", "apart")
        )
        every = pl.DataFrame({"level": range(len(comparison.levels) + 1)}, schema={"level": pl.UInt8})
        told = every.join(seen, on="level", how="left").fill_null(0).sort("level")
        frames.append(told.select(pl.lit(comparison.name).alias("comparison"), pl.all()))
    return pl.concat(frames)


def _self_scores(encoded: Encoded, plan: Plan, rows: Array, bits: dict[str, Array]) -> pl.DataFrame:
    scored = score_candidates(encoded.columns, plan, rows, rows, rule=0, bits=bits, floor=-np.inf)
    frame = pl.DataFrame(pl.from_arrow(scored))
    has = [(pl.col(f"level:{c.name}") > 0).alias(c.name) for c in plan.config.comparisons]
    score = ((pl.col("score") * 10 + 1e-6).floor() / 10).alias("score")
    review = pl.when(pl.col("score") >= plan.possible).then(pl.lit("review")).otherwise(pl.lit("none"))
    reaches = pl.when(pl.col("score") >= plan.match).then(pl.lit("match")).otherwise(review).alias("reaches")
    return frame.group_by(*has, score, reaches).agg(pl.len().alias("records"))
