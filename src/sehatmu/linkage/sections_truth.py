"""The parts of a linkage report that judge it: against a truth, or against what stewards decided.

From frames to `page.Section`s, for `sehatmu.linkage.report`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.linkage.encode import Encoded
from sehatmu.linkage.engine import Linked
from sehatmu.linkage.judge import (
    Agreement,
    BlockingRecall,
    decided_pairs,
    fate_of_true_pairs,
    judged_pairs,
    threshold_curve,
)
from sehatmu.linkage.page import Cell, Raw, Section, beside, count, share, table
from sehatmu.linkage.plots import bar_cell, share_bar, threshold_lines
from sehatmu.linkage.score import Plan
from sehatmu.linkage.svg import bits

_KINDS = {
    "together": ("joined", "in one cluster"),
    "in review": ("open", "a person should look at them"),
    "refused": ("apart", "kept apart by a veto or a refusal"),
    "below review": ("against", "compared, and scored below the review threshold"),
    "never compared": ("lost", "no rule gives both the same key"),
}


def fate(linked: Linked, truth: pl.DataFrame, agreement: Agreement, recall: BlockingRecall) -> Section:
    """Where true pairs are lost."""
    told = fate_of_true_pairs(linked.pairs, linked.clusters, truth, agreement, lost=recall.lost)
    total = int(told["pairs"].sum())
    parts = [(name, pairs, _KINDS[name][0]) for name, pairs in told.iter_rows()]
    rows: list[list[Cell]] = [
        [name, count(pairs), share(pairs, total), Raw(bar_cell(pairs / max(total, 1), kind)), _KINDS[name][1]]
        for name, pairs, kind in parts
    ]
    body = f"<figure>{share_bar('fate', 'What became of pairs that are one in truth', parts)}</figure>"
    body += table(
        "Pairs of records that are one in truth", ["", "pairs", "share", "", "what it means"], rows, text=(4,)
    )
    lead = "Pairs of records that are one in truth, each counted once, by the step that they got to."
    return Section("fate", "Where do true pairs go?", "True pairs", lead, body)


def threshold(pairs: pl.DataFrame, plan: Plan, truth: pl.DataFrame, true: int) -> Section | None:
    """Threshold against precision and recall, from the truth."""
    curve = threshold_curve(judged_pairs(pairs, truth), true, marks=(plan.match, plan.possible))
    lead = (
        "What would be right and what would be found if all pairs from a score on were joined, vetoed ones left out."
        " Clusters find more: pairs also meet by way of others."
    )
    return _curve_section("threshold", "Is the threshold in the right place?", "Threshold", lead, curve, plan)


def decided(encoded: Encoded, plan: Plan, decisions: pl.DataFrame) -> Section | None:
    """The same, from decisions of stewards."""
    judged, same = decided_pairs(encoded, plan, decisions)
    curve = threshold_curve(judged, same, marks=(plan.match, plan.possible))
    lead = (
        f"{count(len(judged))} pairs that stewards decided, {count(same)} of them the same, scored as if nobody had."
        " Stewards see doubtful pairs, so these shares are lower than over all pairs."
    )
    return _curve_section("decided", "What do the stewards' decisions say?", "Decisions", lead, curve, plan)


def blocking(recall: BlockingRecall) -> Section:
    """How many true pairs the rules cover, each alone, alone of all, and together."""
    rows: list[list[Cell]] = [
        [
            rule,
            count(alone),
            share(alone, recall.true),
            Raw(bar_cell(alone / max(recall.true, 1), "joined")),
            count(only),
            share(cumulative, recall.true),
        ]
        for rule, alone, only, cumulative in recall.rules.iter_rows()
    ]
    head = ["rule", "true pairs", "share", "", "by no other", "together"]
    body = table(f"True pairs that each rule covers, of {count(recall.true)}", head, rows)
    lead = (
        f"{share(recall.covered, recall.true)} of the true pairs are compared; what no rule covers, no score can find."
        + (f" {count(recall.barred)} lie within one extract that may come once in a cluster." if recall.barred else "")
    )
    return Section("blocking", "Does blocking lose true pairs?", "Blocking recall", lead, body)


def _curve_section(anchor: str, title: str, short: str, lead: str, curve: pl.DataFrame, plan: Plan) -> Section | None:
    if not (curve["found"] > 0).any():
        return None
    marks = {"review": plan.possible, "match": plan.match}
    best = curve.sort("f1", "threshold", descending=[True, False])["threshold"][0]
    marks["best F1"] = float(best)
    rows: list[list[Cell]] = []
    for name, at in marks.items():
        row = curve.filter(pl.col("threshold") == at).row(0, named=True)
        shares = ("–" if row[part] is None else f"{row[part]:.4f}" for part in ("precision", "recall", "f1"))
        rows.append([name, bits(at), count(row["found"]), *shares])
    numbers = table("At these thresholds", ["", "bits", "pairs", "precision", "recall", "F1"], rows)
    return Section(anchor, title, short, lead, beside(threshold_lines(anchor, title, curve, plan), numbers))
