"""The linkage engine: records in, scored pairs and clusters out, for any domain that has a linkage file.

`link` is what the night, the command line and the benchmarks call. It holds no state: frames in, frames out.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from sehatmu.linkage.block import Blocks, make_blocks
from sehatmu.linkage.classify import first_veto, veto_columns
from sehatmu.linkage.cluster import cluster_records
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.contested import Constraints, Edges
from sehatmu.linkage.count import RuleCount, check_budget, count_frame, count_rule
from sehatmu.linkage.encode import Array, Encoded, encode_records, mix
from sehatmu.linkage.guard import NOT_SAME, REFUSALS
from sehatmu.linkage.kernel import kernel_table, score_blocks, score_candidates
from sehatmu.linkage.score import Model, Plan, make_plan

PAIRS_PER_SLICE = 1 << 21
DECISION_RULE = "decision"
DECISION_SCHEMA = {"left_key": pl.String, "right_key": pl.String, "verdict": pl.String}


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What linkage did: `blocking` as `block.count_pairs`, `counts` by name, `findings` (finding, detail)."""

    blocking: pl.DataFrame
    counts: dict[str, int]
    findings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Linked:
    """`pairs` (left_key, right_key, score, class, rule, level_*, veto) and `clusters` (record_key,
    cluster_key).

    A pair of class `match` has both its records in one cluster. A pair that scores as a match and was not
    joined is `possible`, and `veto` says why: the name of a veto, or ambiguous, one_per_extract,
    cluster_veto.
    """

    pairs: pl.DataFrame
    clusters: pl.DataFrame
    report: LinkReport


def link(
    records: pl.DataFrame,
    config: LinkageConfig,
    *,
    decisions: pl.DataFrame | None = None,
    model: Model | None = None,
    threads: int = 1,
) -> Linked:
    """Link records (`record_key` and the columns that the config names), whatever the order of their rows.

    `decisions` (left_key, right_key, verdict same|not_same) beat score and veto; decisions on absent
    records wait. Raises LinkageError on missing columns, double keys, an unpinned weight without a model,
    or a rule above its budget.
    """
    plan = make_plan(config, model)
    encoded = encode_records(records, config)
    decided = _decided(encoded, decisions)
    blocks = [make_blocks(encoded, rule) for rule in config.rules]
    counts = [count_rule(encoded, r, k, show_keys=config.show_keys) for r, k in zip(config.rules, blocks, strict=True)]
    for rule, count in zip(config.rules, counts, strict=True):
        check_budget(count, rule)
    table = kernel_table(encoded, plan, [made.key for made in blocks])
    scored = pa.concat_tables([*_run(table, plan, blocks, threads), _score_decided(table, encoded, plan, decided)])
    numbers = (
        pl.DataFrame(pl.from_arrow(scored))
        .sort("left", "right", "rule")
        .unique(["left", "right"], keep="first", maintain_order=True)
    )
    edges = _edges(numbers, plan, decided)
    constraints = Constraints(
        extract=encoded.extract,
        signature=_signatures(encoded, config),
        veto_of=lambda a, b: first_veto(encoded.columns, config, a, b) > 0,
        apart=(decided.left[~decided.same], decided.right[~decided.same]),
        ambiguous_within=config.ambiguous_within,
    )
    cluster, refused = cluster_records(edges, constraints)
    pairs = _pairs(numbers, encoded, plan, edges, (cluster, refused))
    clusters = pl.DataFrame({"record_key": encoded.record_keys, "cluster_key": encoded.record_keys.gather(cluster)})
    return Linked(pairs, clusters, _report(pairs, cluster, counts))


@dataclass(frozen=True, slots=True)
class _Decided:
    """Decisions as rows of the encoded records, left smaller."""

    left: Array
    right: Array
    same: Array


def _decided(encoded: Encoded, decisions: pl.DataFrame | None) -> _Decided:
    if decisions is None:
        decisions = pl.DataFrame(schema=DECISION_SCHEMA)
    unknown = decisions.filter(~pl.col("verdict").is_in(["same", "not_same"]) | pl.col("verdict").is_null())
    if len(unknown):
        raise LinkageError(
            "a decision has no known verdict", evidence=f"{len(unknown)} row(s)", hint="same or not_same"
        )
    row = pl.DataFrame({"record_key": encoded.record_keys}).with_row_index("row")
    known = decisions.join(row.rename({"record_key": "left_key", "row": "a"}), on="left_key")
    known = known.join(row.rename({"record_key": "right_key", "row": "b"}), on="right_key").filter(
        pl.col("a") != pl.col("b")
    )
    pairs = known.select(
        pl.min_horizontal("a", "b").alias("left"),
        pl.max_horizontal("a", "b").alias("right"),
        pl.col("verdict") == "same",
    )
    pairs = pairs.unique().sort("left", "right")
    if pairs.select(pl.struct("left", "right").is_duplicated().any()).item():
        raise LinkageError(
            "decisions contradict each other",
            evidence="one pair is both same and not_same",
            hint="withdraw one of them",
        )
    left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    return _Decided(left, right, pairs["verdict"].to_numpy())


def _run(table: pa.Table, plan: Plan, blocks: list[Blocks], threads: int) -> Iterator[pa.Table]:
    """Map the kernel over slices of whole blocks, rule after rule."""
    slices = ((rows, rule) for rule, made in enumerate(blocks) for rows in _slices(made))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from pool.map(lambda task: score_blocks(table.take(pa.array(task[0])), plan, task[1]), slices)


def _slices(blocks: Blocks) -> Iterator[Array]:
    """Rows of whole blocks with about PAIRS_PER_SLICE pairs together."""
    sizes, bounds = blocks.sizes, blocks.bounds
    part = np.cumsum(sizes * (sizes - 1) // 2) // PAIRS_PER_SLICE
    cuts = np.flatnonzero(np.diff(part)) + 1
    for start, stop in zip([0, *cuts], [*cuts, len(sizes)], strict=True):
        if stop > start:
            yield blocks.rows[bounds[start] : bounds[stop]]


def _score_decided(table: pa.Table, encoded: Encoded, plan: Plan, decided: _Decided) -> pa.Table:
    bits = {name[5:]: table[name].to_numpy() for name in table.column_names if name.startswith("bits:")}
    return score_candidates(
        encoded.columns,
        plan,
        decided.left,
        decided.right,
        rule=len(plan.config.rules),
        bits=bits,
        floor=-np.inf,
    )


def _edges(numbers: pl.DataFrame, plan: Plan, decided: _Decided) -> Edges:
    verdicts = pl.DataFrame(
        {
            "left": decided.left.astype(np.uint32),
            "right": decided.right.astype(np.uint32),
            "same": decided.same,
        }
    )
    same = numbers.select("left", "right").join(verdicts, on=["left", "right"], how="left", maintain_order="left")[
        "same"
    ]
    open_, forced = same.is_null().to_numpy(), same.fill_null(value=False).to_numpy()
    score, veto = numbers["score"].to_numpy(), numbers["veto"].to_numpy()
    joinable = open_ & (veto == 0) & (score >= plan.match)
    rivals = [0, *(n for n, v in enumerate(plan.config.vetoes, start=1) if v.name in plan.config.rival_vetoes)]
    return Edges(
        left=numbers["left"].to_numpy().astype(np.int64),
        right=numbers["right"].to_numpy().astype(np.int64),
        score=score,
        joinable=joinable,
        rival=open_ & ~joinable & np.isin(veto, rivals),
        forced=forced,
        apart=~open_ & ~forced,
    )


def _signatures(encoded: Encoded, config: LinkageConfig) -> Array:
    signature = np.zeros(encoded.size, np.uint64)
    for name in veto_columns(config):
        values = encoded.columns[name].values
        bits = values.view(np.uint64) if values.dtype.itemsize == 8 else values.astype(np.uint64)
        signature = mix(signature * np.uint64(31) ^ bits)
    return signature


def _pairs(
    numbers: pl.DataFrame, encoded: Encoded, plan: Plan, edges: Edges, outcome: tuple[Array, Array]
) -> pl.DataFrame:
    """The pairs frame; pairs decided to be different are left out, they need no review."""
    config, (cluster, refused) = plan.config, outcome
    joined = (edges.joinable | edges.forced) & (cluster[edges.left] == cluster[edges.right])
    named = pl.Series([veto.name for veto in config.vetoes] + list(REFUSALS))
    veto = numbers["veto"].to_numpy().astype(np.int64)
    reason = np.where(veto > 0, veto - 1, len(config.vetoes) + refused)
    reasons = named.gather(np.where(joined, len(config.vetoes), reason)).replace("", None)
    rules = pl.Series([*(rule.name for rule in config.rules), DECISION_RULE])
    frame = numbers.select(
        encoded.record_keys.gather(numbers["left"]).alias("left_key"),
        encoded.record_keys.gather(numbers["right"]).alias("right_key"),
        "score",
        pl.Series(np.where(joined, "match", "possible")).alias("class"),
        rules.gather(numbers["rule"]).alias("rule"),
        *(pl.col(f"level:{c.name}").alias(f"level_{c.name}") for c in config.comparisons),
        reasons.alias("veto"),
    )
    return frame.filter(pl.Series(~edges.apart))


def _report(pairs: pl.DataFrame, cluster: Array, counts: list[RuleCount]) -> LinkReport:
    sizes = np.bincount(cluster, minlength=1) if len(cluster) else np.zeros(1, np.int64)
    contradicted = pairs.filter((pl.col("veto") == REFUSALS[NOT_SAME]) & (pl.col("class") == "possible"))
    over = [f"{c.rule}: {c.over_cap_blocks} block(s), {c.over_cap_pairs} pairs" for c in counts if c.over_cap_blocks]
    findings = [("block_over_cap", detail) for detail in over]
    findings += [("decisions_contradict", f"{len(contradicted)} pair(s)")] if len(contradicted) else []
    return LinkReport(
        blocking=count_frame(counts),
        counts={
            "records": len(cluster),
            "clusters": int((sizes > 0).sum()),
            "linked_clusters": int((sizes > 1).sum()),
            "largest_cluster": int(sizes.max()),
            "pairs": len(pairs),
            "match": int((pairs["class"] == "match").sum()),
            "possible": int((pairs["class"] == "possible").sum()),
            "vetoed": int(pairs["veto"].is_not_null().sum()),
        },
        findings=pl.DataFrame(findings, schema={"finding": pl.String, "detail": pl.String}, orient="row"),
    )
