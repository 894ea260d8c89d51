"""`sehatmu link --report`: one HTML page that shows how a run of linkage went and where it can be bettered.

The page holds counts, levels and bits: no value and no key of any record, so it may be passed on. What needs a truth
or decisions appears where there are any. The parts of the page are in `sehatmu.linkage.sections`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sehatmu.linkage.block import make_blocks
from sehatmu.linkage.count import count_blocks
from sehatmu.linkage.diagnose import own_evidence, without_copies
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.engine import Linked
from sehatmu.linkage.judge import Agreement, BlockingRecall, blocking_recall, cluster_agreement
from sehatmu.linkage.model_file import TrainedModel
from sehatmu.linkage.page import Section, Tile, count, page, share
from sehatmu.linkage.score import Plan
from sehatmu.linkage.sections import apart, blocks, clusters, comparisons, scores, unlinkables
from sehatmu.linkage.sections_truth import blocking, decided, fate, threshold
from sehatmu.linkage.svg import bits


def write_report(
    path: Path,
    linked: Linked,
    plan: Plan,
    *,
    records: pl.DataFrame,
    truth: pl.DataFrame | None = None,
    decisions: pl.DataFrame | None = None,
    model: TrainedModel | None = None,
) -> None:
    """Write the page to `path` (aside, then renamed).

    `records` are those that were linked, `truth` (record_key, entity) says which are one, `decisions` (left_key,
    right_key, verdict) what stewards said; `model` adds m and u to the weights. The same input is the same page.
    """
    text = report_page(linked, plan, records=records, truth=truth, decisions=decisions, model=model)
    aside = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def report_page(
    linked: Linked,
    plan: Plan,
    *,
    records: pl.DataFrame,
    truth: pl.DataFrame | None = None,
    decisions: pl.DataFrame | None = None,
    model: TrainedModel | None = None,
) -> str:
    """The page as text."""
    config = plan.config
    encoded = encode_records(records, config)
    seen = without_copies(encoded, records, config)
    made = [make_blocks(seen, rule) for rule in config.rules]
    every = made if seen is encoded else [make_blocks(encoded, rule) for rule in config.rules]
    names = [rule.name for rule in config.rules]
    evidence = own_evidence(encoded, plan)
    tiles = _tiles(linked)
    parts: list[Section | None] = [scores(linked.pairs, plan)]
    if truth is not None and len(truth):
        agreement = cluster_agreement(linked.clusters, truth)
        recall = blocking_recall(seen, names, made, truth, linked.clusters)
        tiles += _judged_tiles(agreement, recall)
        parts += [
            fate(linked, truth, agreement, recall),
            threshold(linked.pairs, plan, truth, agreement.true),
            blocking(recall),
        ]
    if decisions is not None and len(decisions):
        parts.append(decided(encoded, plan, decisions))
    parts += [
        blocks(count_blocks(seen, config, made), config, made, seen.size),
        clusters(linked.pairs, linked.clusters, plan),
        unlinkables(evidence, plan, every),
        comparisons(linked.pairs, plan, model),
        apart(linked.pairs, plan),
    ]
    lead = (
        f"Prior {bits(plan.prior)} bits; a pair is a match from {bits(plan.match)} and goes to review from"
        f" {bits(plan.possible)}. {_how(plan, model)}"
    )
    warnings = [f"{finding.replace('_', ' ')}: {detail}" for finding, detail in linked.report.findings.iter_rows()]
    return page(
        f"How {config.domain} records were linked",
        lead,
        tiles,
        warnings,
        [part for part in parts if part is not None],
        "Counts, levels and bits only: this page holds no value and no key of any record. Scores are log2 odds.",
    )


def _how(plan: Plan, model: TrainedModel | None) -> str:
    pinned = all(level.weight is not None for c in plan.config.comparisons for level in c.levels)
    if model is None:
        return "Weights stand in the linkage file." if pinned else "Weights come from a model."
    told = model.notes.get("sample", {}).get("records")
    return (
        f"Weights come from a model trained on {told:,} records."
        if isinstance(told, int)
        else "Weights come from a model."
    )


def _tiles(linked: Linked) -> list[Tile]:
    counts = linked.report.counts
    return [
        Tile("Records", count(counts["records"]), f"in {count(counts['clusters'])} clusters"),
        Tile(
            "Linked clusters", count(counts["linked_clusters"]), f"the largest has {count(counts['largest_cluster'])}"
        ),
        Tile("Pairs joined", count(counts["match"])),
        Tile("To review", count(counts["possible"] - counts["vetoed"]), f"{count(counts['vetoed'])} more kept apart"),
    ]


def _judged_tiles(agreement: Agreement, recall: BlockingRecall) -> list[Tile]:
    wrong, missed = agreement.found - agreement.right, agreement.true - agreement.right
    f1 = f"{agreement.f1:.4f}"
    return [
        Tile(
            "Clusters, F1",
            f1 if f1 != "1.0000" or wrong + missed == 0 else ">0.9999",
            "pairs in clusters, against the truth",
        ),
        Tile("Precision", share(agreement.right, agreement.found), f"{count(wrong)} pairs wrong"),
        Tile("Recall", share(agreement.right, agreement.true), f"{count(missed)} pairs missed"),
        Tile("Blocking recall", share(recall.covered, recall.true), "of true pairs are compared"),
    ]
