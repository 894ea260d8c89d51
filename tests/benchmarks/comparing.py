"""Runs the engines on one data set, one after the other, and holds what they gave against the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
from engines import Bench, clusters_of, edges_of, run_goldenmatch, run_ours, run_splink, splink_name
from measure import MIB, Cost, Score, score_clusters, score_edges, true_pairs, whole_persons

OURS = "SehatMu"
SPLINK = {True: "Splink, our records", False: "Splink"}
GOLDEN = {"zero": "goldenmatch, zero configuration", "probabilistic": "goldenmatch, probabilistic"}
#: Bits from which on Splink's edges are clustered, beside the threshold that it is given: for the best it could do.
SWEEP = (0.0, 3.0, 6.0, 9.0, 12.0, 15.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one data set. CPU and wall seconds are from raw columns to clusters with a trained model;
    `training` is CPU seconds; `pairs` are edges and `clusters` pairs that share a cluster, both against pairs that
    share a person.
    """

    engine: str
    size: int
    cpu: float = math.nan
    wall: float = math.nan
    peak: int = 0
    training: float = math.nan
    parts: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    candidates: int = 0
    threshold: float = math.nan
    pairs: Score | None = None
    clusters: Score | None = None
    whole: Score | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Blocking:
    """What the block rules reach: their recall over all true pairs, and by rule alone with the pairs that it makes."""

    recall: float
    by_rule: dict[str, tuple[float, int]]
    missed: dict[str, float]


def compare(bench: Bench, truth: pl.DataFrame, *, peers: tuple[str, ...], golden: float) -> Iterator[Row | Blocking]:
    """Our row first, then blocking, then the peers'. `golden` is how long goldenmatch may take (0: it is left out)."""
    size = len(truth)
    made = run_ours(bench, "standardise")
    if made.failed:
        yield Row(OURS, size, remark=f"standardise: {made.failed}")
        return
    ours = _ours(bench, truth, size)
    yield ours
    if ours.clusters:
        yield from _best(bench, truth, ours, edges_of(bench, "ours"))
    yield _blocking(bench, truth)
    if "splink" in peers:
        for shared in (False,) if bench.standard_sql else (True,):
            yield from _splink(bench, truth, size, shared=shared)
    if "goldenmatch" in peers and golden:
        for mode in GOLDEN:
            yield _goldenmatch(bench, truth, size, mode, golden)


def _ours(bench: Bench, truth: pl.DataFrame, size: int) -> Row:
    trained = run_ours(bench, "train")
    linked = trained if trained.failed else run_ours(bench, "link")
    if linked.failed:
        return Row(OURS, size, remark=linked.failed)
    row = Row(
        OURS,
        size,
        cpu=linked.stage("standardise", "link"),
        wall=linked.wall("standardise", "link"),
        peak=linked.peak,
        training=trained.stage("train"),
        parts=_parts(linked),
        peaks={name: int(stage["peak"]) for name, stage in linked.notes["stages"].items()},
        threshold=linked.notes["threshold"],
    )
    return _judged(row, bench, truth, "ours", edges_of(bench, "ours").filter(pl.col("class") == "match"))


def _splink(bench: Bench, truth: pl.DataFrame, size: int, *, shared: bool) -> Iterator[Row]:
    engine, name = splink_name(shared=shared), SPLINK[shared]
    pairs = bench.linkage().training.pairs
    trained = run_splink(bench, "train", shared=shared, frequencies=[], pairs=pairs)
    if trained.failed:
        yield Row(name, size, remark=f"training: {trained.failed}")
        return
    linked = run_splink(bench, "link", shared=shared, frequencies=trained.notes["frequencies"], pairs=pairs)
    if linked.failed:
        yield Row(name, size, training=trained.stage("train"), remark=linked.failed)
        return
    stages = ("standardise", "prepare", "predict", "cluster")
    cleaned = run_ours(bench, "standardise").notes["stages"]["standardise"] if shared else {"cpu": 0.0, "wall": 0.0}
    probability = linked.notes["threshold"]
    bits = math.log2(probability / (1 - probability)) if 0 < probability < 1 else 60.0
    untrained = trained.notes["untrained"]
    row = Row(
        name,
        size,
        cpu=linked.stage(*stages) + cleaned["cpu"],
        wall=linked.wall(*stages) + cleaned["wall"],
        peak=linked.peak,
        training=trained.stage("train"),
        parts={**_parts(linked), "standardise": linked.stage("standardise") + cleaned["cpu"]},
        candidates=linked.notes["candidates"],
        threshold=bits,
        remark=f"levels never seen in training: {', '.join(untrained)}" if untrained else "",
    )
    edges = edges_of(bench, engine)
    yield _judged(row, bench, truth, engine, edges.filter(pl.col("match_probability") >= probability))
    yield from _guarded(bench, truth, row, edges)


def _guarded(bench: Bench, truth: pl.DataFrame, row: Row, edges: pl.DataFrame) -> Iterator[Row]:
    """Splink's edges through our guard at its own threshold, and the best of a sweep that is chosen with the truth."""
    asked = tuple(sorted({round(row.threshold, 2), *SWEEP}))
    scores = _clustered(bench, truth, edges, asked, guard=True)
    yield _at(row, "through our guard", round(row.threshold, 2), scores)
    yield _at(row, "through our guard, best threshold by truth", _best_of(scores), scores)
    scores = _clustered(bench, truth, edges, SWEEP, guard=False)
    yield _at(row, "plain components, best threshold by truth", _best_of(scores), scores)


def _best(bench: Bench, truth: pl.DataFrame, row: Row, edges: pl.DataFrame) -> Iterator[Row]:
    """What our own threshold costs: our edges at the best of the sweep, chosen with the truth."""
    scores = _clustered(bench, truth, edges, SWEEP, guard=True)
    yield _at(row, "best threshold by truth", _best_of(scores), scores)


def _clustered(
    bench: Bench, truth: pl.DataFrame, edges: pl.DataFrame, asked: tuple[float, ...], *, guard: bool
) -> dict[float, tuple[Score, Score]]:
    """Per threshold in bits: pairs within clusters, and whole persons; empty where the child failed."""
    file = bench.folder / "ours" / "edges_to_cluster.parquet"
    edges.write_parquet(file)
    done = run_ours(bench, "guard", subject="standard", edges=file, thresholds=asked, guard=guard)
    scores = {}
    for threshold in asked if not done.failed else ():
        clusters = pl.read_parquet(bench.folder / "ours" / f"clusters_{threshold:g}.parquet")
        scores[threshold] = score_clusters(clusters, truth), whole_persons(clusters, truth)
    return scores


def _best_of(scores: dict[float, tuple[Score, Score]]) -> float:
    return max(scores, key=lambda t: (scores[t][0].f1, t), default=math.nan)


def _at(row: Row, word: str, threshold: float, scores: dict[float, tuple[Score, Score]]) -> Row:
    if threshold not in scores:
        return Row(f"{row.engine}, {word}", row.size, remark="our guard failed on these edges")
    clusters, whole = scores[threshold]
    return Row(f"{row.engine}, {word}", row.size, threshold=threshold, clusters=clusters, whole=whole)


def _goldenmatch(bench: Bench, truth: pl.DataFrame, size: int, mode: str, timeout: float) -> Row:
    done = run_goldenmatch(bench, mode, timeout=timeout)
    if done.failed:
        told = f"{done.failed}; CPU {done.total_cpu:.0f} s until then"
        return Row(GOLDEN[mode], size, peak=done.peak, remark=told)
    row = Row(
        GOLDEN[mode], size, cpu=done.stage("link"), wall=done.wall("link"), peak=done.peak, remark="training included"
    )
    return _judged(row, bench, truth, f"goldenmatch-{mode}", None)


def _judged(row: Row, bench: Bench, truth: pl.DataFrame, engine: str, edges: pl.DataFrame | None) -> Row:
    clusters = clusters_of(bench, engine)
    pairs = None if edges is None else score_edges(edges, truth)
    return replace(row, pairs=pairs, clusters=score_clusters(clusters, truth), whole=whole_persons(clusters, truth))


def _blocking(bench: Bench, truth: pl.DataFrame) -> Blocking:
    done = run_ours(bench, "keys", subject="standard")
    if done.failed:
        return Blocking(math.nan, {}, {})
    keys = pl.read_parquet(bench.folder / "ours" / "keys.parquet")
    names = [name for name in keys.columns if name != "record_key"]
    numbers = keys.select("record_key").with_row_index("row")
    told = true_pairs(truth).join(numbers.rename({"record_key": "left_key", "row": "left"}), on="left_key")
    told = told.join(numbers.rename({"record_key": "right_key", "row": "right"}), on="right_key")
    found = {}
    for name in names:
        left, right = (keys[name].gather(told[side]) for side in ("left", "right"))
        found[name] = (left == right) & (left != 0)
    reached = pl.DataFrame(found)
    total = max(1, len(reached))
    any_rule = reached.select(pl.any_horizontal(names)).to_series()
    by_rule = {name: (reached[name].sum() / total, done.notes["pairs_of_rule"][name]) for name in names}
    missed: dict[str, float] = {}
    if "kind" in truth.columns:
        lost = told.filter(~any_rule).join(truth.rename({"record_key": "left_key"}), on="left_key")
        missed = dict(lost.group_by("kind").agg(pl.len() / total).sort("kind").iter_rows())
    return Blocking(float(any_rule.sum()) / total, by_rule, missed)


def _parts(cost: Cost) -> dict[str, float]:
    """CPU seconds of the stages that count."""
    stages: dict[str, Any] = cost.notes["stages"]
    return {name: stages[name]["cpu"] for name in stages if name not in ("start", "write")}


def mebibytes(count: int) -> float:
    """Bytes in MiB."""
    return count / MIB
