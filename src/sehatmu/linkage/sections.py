"""The parts of a linkage report that need no truth: each a question, a picture, and its numbers beside it.

From frames to `page.Section`s, for `sehatmu.linkage.report`. Those that judge are in `sehatmu.linkage.sections_truth`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from sehatmu.linkage.block import Blocks
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.diagnose import (
    block_sizes,
    close_calls,
    cluster_sizes,
    kept_apart,
    level_counts,
    linked_clusters,
    outcome,
    reach,
    score_bins,
)
from sehatmu.linkage.guard import REFUSALS
from sehatmu.linkage.model_file import TrainedModel
from sehatmu.linkage.page import Cell, Raw, Section, Shade, beside, count, paragraph, share, table
from sehatmu.linkage.plots import OUTCOMES, bar_cell, cluster_dots, score_strips, unlinkable_line, weight_cell
from sehatmu.linkage.score import Plan
from sehatmu.linkage.svg import bits

_REASONS = {
    "ambiguous": "another record fits about as well",
    "one_per_extract": "the cluster has a record of this extract",
    "cluster_veto": "a veto holds between members of the two clusters",
    "not_same": "a steward decided that they differ",
}
_PATTERNS, _BIGGEST = 8, 10


def scores(pairs: pl.DataFrame, plan: Plan) -> Section:
    """Score histogram by class."""
    width, bins = score_bins(pairs, plan)
    told = pairs.group_by(outcome()).agg(
        pl.len(),
        pl.col("score").min().alias("low"),
        pl.col("score").median().alias("middle"),
        pl.col("score").max().alias("high"),
    )
    rows = {name: (size, low, middle, high) for name, size, low, middle, high in told.iter_rows()}
    lines: list[list[Cell]] = []
    for name, label in OUTCOMES.items():
        size, *spread = rows.get(name, (0, None, None, None))
        lines.append([label, count(size), share(size, len(pairs)), *(("–" if v is None else bits(v)) for v in spread)])
    numbers = table("Pairs by what became of them", ["", "pairs", "share", "least", "median", "most"], lines)
    close = close_calls(pairs, plan)
    body = beside(score_strips(bins, width, plan), numbers)
    if len(close):
        called: list[list[Cell]] = [
            [bits(score), count(joined), count(open_), pattern] for pattern, score, joined, open_ in close.iter_rows()
        ]
        head = ["score", "joined", "to review", "what agrees and what does not"]
        body += table(
            "Close calls: the commonest patterns within 2 bits of the match threshold", head, called, text=(3,)
        )
    lead = "Two humps with a valley at the threshold are what one wants. Pairs below the review threshold are not kept."
    return Section("scores", "How sure is linkage of its pairs?", "Scores", lead, body)


def blocks(counts: pl.DataFrame, config: LinkageConfig, made: list[Blocks], records: int) -> Section:
    """What each rule compares: pairs, biggest blocks, and the sizes of blocks that its pairs come from."""
    most = max([1, *counts["pairs"]])
    rows: list[list[Cell]] = []
    for rule, row in zip(config.rules, counts.iter_rows(named=True), strict=True):
        average = row["pairs"] / max(1, row["records"])
        rows.append(
            [
                row["rule"],
                *(count(row[name]) for name in ("records", "blocks", "pairs")),
                Raw(bar_cell(row["pairs"] / most, "joined")),
                *(count(row[name]) for name in ("marginal", "cumulative")),
                f"{average:.1f} of {rule.budget:g}",
                count(row["over_cap_blocks"]),
            ]
        )
    head = ["rule", "with key", "blocks", "pairs", "", "first here", "together", "pairs/record, budget", "over cap"]
    largest: list[list[Cell]] = []
    for rule, row in zip(config.rules, counts.iter_rows(named=True), strict=True):
        sizes = [count(block["records"]) for block in row["largest"]]
        key, split = (", ".join(map(str, parts)) for parts in (rule.key, rule.split))
        largest.append([rule.name, *(sizes + ["–"] * 3)[:3], f"{rule.cap:,}", key, split or "–"])
    together = counts["cumulative"][-1]
    said = f"{together / max(1, records):.1f} candidate pairs per record in all." if together is not None else ""
    body = table("Pairs per rule, counted before any scoring", head, rows) + paragraph(said)
    body += _size_table(block_sizes([rule.name for rule in config.rules], made), config)
    head = ["rule", "1st", "2nd", "3rd", "cap", "key", "splits by"]
    body += table(
        "Records in the three biggest blocks of each rule, and what makes its key", head, largest, text=(5, 6)
    )
    lead = (
        "Two records are compared where a rule gives both the same key."
        " “First here” counts the pairs that no earlier rule makes."
    )
    return Section("blocks", "What is compared, and where do the pairs come from?", "Blocks", lead, body)


def clusters(pairs: pl.DataFrame, frame: pl.DataFrame, plan: Plan) -> Section:
    """Cluster sizes, and what holds the biggest ones together."""
    sizes = cluster_sizes(frame)
    rows: list[list[Cell]] = [
        [count(size), count(number), count(size * number), share(size * number, len(frame))]
        for size, number in sizes.head(12).iter_rows()
    ]
    rest = sizes.slice(12)
    if len(rest):
        held = int((rest["size"] * rest["clusters"]).sum())
        rows.append(
            [f"{rest['size'][0]:,} and more", count(int(rest["clusters"].sum())), count(held), share(held, len(frame))]
        )
    numbers = table("Clusters by size", ["records", "clusters", "records in them", "share"], rows)
    body = beside(cluster_dots(sizes), numbers)
    linked = linked_clusters(pairs, frame)
    biggest: list[list[Cell]] = [
        [count(size), count(edges), share(edges, size * (size - 1) // 2), bits(weakest)]
        for _, size, edges, weakest in linked.head(_BIGGEST).iter_rows()
    ]
    if biggest:
        frail = int((linked["weakest"] < plan.match + 1).sum())
        body += paragraph(f"{count(frail)} linked clusters hang on a pair within 1 bit of the match threshold.")
        head = ["records", "pairs kept", "of all pairs", "weakest bridge"]
        body += table("The biggest clusters, and the weakest pair that each needs", head, biggest)
    lead = (
        "A long tail, few of all pairs kept, and a weak bridge close to the match threshold are the marks of a chain:"
        f" here a match starts at {bits(plan.match)} bits."
    )
    return Section("clusters", "How big are clusters, and what holds them?", "Clusters", lead, body)


def unlinkables(evidence: pl.DataFrame, plan: Plan, made: list[Blocks]) -> Section:
    """Records whose own evidence cannot reach the match threshold, and what they lack."""
    below = evidence.filter(pl.col("reaches") != "match")
    unlinkable, hidden = (int(part["records"].sum()) for part in (below, below.filter(reaches="none")))
    records = int(evidence["records"].sum())
    keyless, alone = reach(made)
    rows: list[list[Cell]] = [
        ["below the match threshold", count(unlinkable), share(unlinkable, records)],
        ["below the review threshold too", count(hidden), share(hidden, records)],
        ["no rule gives them a key", count(keyless), share(keyless, records)],
        ["they share no key with any other", count(alone), share(alone, records)],
    ]
    body = beside(unlinkable_line(evidence, plan), table("Records out of reach", ["", "records", "share"], rows))
    patterns = below.group_by("evidence").agg(pl.col("records").sum(), pl.col("score").max())
    patterns = patterns.sort("records", "evidence", descending=[True, False]).head(_PATTERNS)
    named: list[list[Cell]] = [
        [count(held), share(held, records), bits(score), told or "nothing at all"]
        for told, held, score in patterns.iter_rows()
    ]
    if named:
        head = ["records", "share", "at best", "all that they have"]
        body += table("What unlinkable records have to say", head, named, text=(3,))
    lead = (
        "A record is compared with a copy of itself: if even that is no match, its evidence is too thin for any link."
    )
    return Section("unlinkables", "Which records can never be linked?", "Unlinkables", lead, body)


def comparisons(pairs: pl.DataFrame, plan: Plan, model: TrainedModel | None) -> Section:
    """Every level of every comparison: its weight, m and u where a model has them, and how often it was seen."""
    counted = {(name, level): tuple(seen) for name, level, *seen in level_counts(pairs, plan).iter_rows()}
    learnt: Mapping[str, Any] = model.notes.get("comparisons", {}) if model else {}
    most = max((float(abs(weights).max()) for weights in plan.weights), default=1.0)
    rows: list[list[Cell]] = []
    for c, comparison in enumerate(plan.config.comparisons):
        shares = [(level.get("m"), level.get("u")) for level in learnt.get(comparison.name, {}).get("levels", [])]
        for number, level in enumerate((*comparison.levels, None), start=1):
            at = number if level is not None else 0
            weight = float(plan.weights[c][at])
            m, u = shares[at - 1] if level is not None and at <= len(shares) else (None, None)
            rows.append(
                [
                    comparison.name if number == 1 else "",
                    level.label if level is not None else "missing",
                    Raw(weight_cell(weight, most)),
                    bits(weight),
                    *(["–" if v is None else f"{v:.2g}" for v in (m, u)] if learnt else []),
                    *(count(seen) for seen in counted[comparison.name, at]),
                ]
            )
    head = ["comparison", "level", "against, for", "bits", *(["m", "u"] if learnt else []), *OUTCOMES.values()]
    body = table("Weight of each level, and how many pairs have it", head, rows, text=(1,))
    lead = "A missing value is neutral. m is how often a level holds for records of one subject, u for records of two."
    return Section("comparisons", "What does each comparison say?", "Comparisons", lead, body)


def apart(pairs: pl.DataFrame, plan: Plan) -> Section | None:
    """Vetoes of the linkage file, and refusals of the clustering."""
    told = kept_apart(pairs, plan)
    if not len(told):
        return None
    most = max(told["pairs"])
    rows: list[list[Cell]] = [
        [
            veto.replace("_", " "),
            count(number),
            Raw(bar_cell(number / most, "apart")),
            count(would),
            _REASONS[veto] if veto in REFUSALS else "veto of the linkage file",
        ]
        for veto, number, would in told.iter_rows()
    ]
    head = ["reason", "pairs", "", "score as a match", "what it means"]
    body = table("Pairs that were kept apart", head, rows, text=(4,))
    lead = "Whatever their score, these were not joined. Many that score as a match under one reason deserve a look."
    return Section("apart", "What was kept apart, and why?", "Vetoes", lead, body)


def _size_table(sizes: pl.DataFrame, config: LinkageConfig) -> str:
    """Pairs by rule and size of block; the fuller a cell, the more of the rule's pairs."""
    steps = sizes["size"].unique().sort().to_list()
    if not steps:
        return ""
    held = {(rule, size): pairs for rule, size, pairs in sizes.select("rule", "size", "pairs").iter_rows()}
    rows: list[list[Cell]] = []
    for rule in config.rules:
        own = [held.get((rule.name, step), 0) for step in steps]
        rows.append([rule.name, *(Shade(count(pairs or None), pairs / max(sum(own), 1)) for pairs in own)])
    head = ["records in the block", *(f"{step:,}–{2 * step - 1:,}" for step in steps)]
    return table("Pairs by the size of the block that makes them (the fuller the colour, the more of them)", head, rows)
