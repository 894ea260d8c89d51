"""`sehatmu link` and `sehatmu explain` as plain functions over files: Parquet in, Parquet, text and pictures out.

For experiments and benchmarks; the night calls `sehatmu.linkage.link` itself. Nothing is printed here: what there is to
say goes through `tell`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sehatmu.lake import has_table, read_table, scan_table
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.count import count_pairs
from sehatmu.linkage.decision_files import read_decisions
from sehatmu.linkage.decisions import binding_pairs
from sehatmu.linkage.diagnose import without_copies
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.engine import Linked, link
from sehatmu.linkage.explain import cluster_text, pair_text
from sehatmu.linkage.files import (
    CLUSTERS_FILE,
    PAIRS_FILE,
    STATE_FOLDER,
    read_previous,
    read_records,
    read_truth,
    write_linked,
)
from sehatmu.linkage.model_file import TrainedModel, load_model, model_path
from sehatmu.linkage.report import write_report
from sehatmu.linkage.score import Model, make_plan
from sehatmu.linkage.state import plan_fingerprint
from sehatmu.linkage.waterfall import waterfall_svg

#: told: a line, how many steps are done, and of how many
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LinkFiles:
    """What `sehatmu link` was asked for.

    `config` is a linkage file, `records` are Parquet files, `decisions` those of stewards, `out` and `previous` folders
    of this and a former run, `report` a page to write, `truth` (record_key, entity) what the page judges by.
    """

    config: Path
    records: Sequence[Path]
    out: Path
    model: Path | None = None
    decisions: Path | None = None
    previous: Path | None = None
    report: Path | None = None
    truth: Path | None = None


def link_files(asked: LinkFiles, *, tell: Tell, threads: int = 1) -> Linked:
    """Link the records of the files and write what was asked for, and the state that a later run may build on.

    Raises LinkageError on files that do not fit each other, the linkage file or the model.
    """
    steps = 4 if asked.report else 3
    config, model = read_rules(asked.config, asked.model)
    truth = read_truth(asked.truth) if asked.truth else None
    previous = read_previous(asked.previous) if asked.previous else None
    records = read_records(asked.records, config)
    tell(f"{config.domain}: {len(records):,} records from {len(asked.records)} file(s)", 1, steps)
    chosen = model.row_for(len(records)) if model else None
    plan = make_plan(config, chosen)
    if previous is not None and previous.plan != plan_fingerprint(plan):
        tell("the previous run had other rules, weights or versions: this one starts from nothing", 1, steps)
    decided = binding_pairs(read_decisions([asked.decisions]), records["record_key"]) if asked.decisions else None
    linked = link(
        records,
        config,
        decisions=decided,
        model=chosen,
        threads=threads,
        previous=previous,
        keep_state=True,
    )
    tell(linked_text(linked, since=asked.previous is not None), 2, steps)
    write_linked(linked, asked.out)
    tell(f"wrote {PAIRS_FILE}, {CLUSTERS_FILE} and {STATE_FOLDER} into {asked.out}", 3, steps)
    if asked.report is not None:
        write_report(asked.report, linked, plan, records=records, truth=truth, model=model)
        tell(f"wrote {asked.report}", 4, steps)
    return linked


def count_files(config: Path, records: Sequence[Path]) -> str:
    """The dry run: how many pairs each rule would make, as text; nothing is scored and nothing written."""
    rules = load_linkage(config)
    people = read_records(records, rules)
    encoded = without_copies(encode_records(people, rules), people, rules)
    return counts_text(count_pairs(encoded, rules), rules, len(people))


def explain_files(
    rules: tuple[LinkageConfig, TrainedModel | None],
    pairs: Path,
    clusters: Path,
    keys: tuple[str, str | None],
    *,
    svg: Path | None = None,
) -> str:
    """Why two records were joined or were not (also as a picture), or of one record: what holds its cluster together.

    `pairs` and `clusters` are files that linkage made. Raises LinkageError where the pair was never kept.
    """
    if not has_table(pairs) or not has_table(clusters):
        raise LinkageError(
            "nothing is linked there", evidence=f"{pairs.name}, {clusters.name}", hint="run `link` first"
        )
    config, model = rules
    grouped = read_table(clusters)
    plan = make_plan(config, model.row_for(len(grouped)) if model else None)
    left, right = keys
    if right is None:
        return cluster_text(read_table(pairs), grouped, plan, left)
    first, second = sorted((left, right))
    asked = scan_table(pairs).filter(pl.col("left_key") == first, pl.col("right_key") == second).collect()
    text = pair_text(asked, plan, left, right)
    if svg is not None:
        svg.write_text(waterfall_svg(asked, plan, left, right), encoding="utf-8")
    return text


def read_rules(config: Path, model: Path | None) -> tuple[LinkageConfig, TrainedModel | None]:
    """The linkage file and its model: the one that is named, else the one beside the file where the file leaves
    weights or thresholds open."""
    rules = load_linkage(config)
    beside = model_path(config.parent, rules.domain)
    if model is None and _leaves_open(rules) and beside.exists():
        model = beside
    return rules, load_model(model, rules) if model else None


def rules_for(config: Path, records: int) -> tuple[LinkageConfig, Model | None]:
    """The linkage file and what the model beside it says for so many records; None where the file says all itself."""
    rules, trained = read_rules(config, None)
    return rules, trained.row_for(records) if trained else None


def linked_text(linked: Linked, *, since: bool = False) -> str:
    """What linkage did, in words, with what it found odd on lines of its own; `since`: since a previous run, too."""
    counts, work, seconds = linked.report.counts, linked.report.work, linked.report.seconds
    lines = [
        f"{counts['records']:,} records are {counts['clusters']:,} clusters:"
        f" {counts['linked_clusters']:,} of two or more, the largest has {counts['largest_cluster']:,}",
        f"{counts['match']:,} pairs joined, {counts['possible']:,} possible, {counts['vetoed']:,} of these kept apart",
    ]
    if since:
        lines.append(
            f"since the previous run: {work['changed']:,} records new or changed, {work['gone']:,} gone;"
            f" {work['scored_pairs']:,} pairs scored anew"
        )
    lines.append("CPU seconds: " + ", ".join(f"{part} {spent:.1f}" for part, spent in seconds.items()))
    lines += [f"{finding.replace('_', ' ')}: {detail}" for finding, detail in linked.report.findings.iter_rows()]
    return "\n".join(lines)


def counts_text(counts: pl.DataFrame, config: LinkageConfig, records: int) -> str:
    """Pairs per rule before any scoring, and the three biggest blocks of each."""
    head = ("rule", "with key", "blocks", "pairs", "first here", "together", "per record", "")
    rows = [head]
    for rule, row in zip(config.rules, counts.iter_rows(named=True), strict=True):
        over = row["pairs"] > rule.budget * max(1, row["records"])
        together = row["cumulative"]
        rows.append(
            (
                row["rule"],
                *(f"{row[name]:,}" for name in ("records", "blocks", "pairs")),
                *("-" if row[name] is None else f"{row[name]:,}" for name in ("marginal", "cumulative")),
                "-" if together is None else f"{together / max(1, records):.1f}",
                f"over its budget of {rule.budget:g} pairs per record" if over else "",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = [f"{config.domain}: {records:,} records, nothing is scored", ""]
    for name, *cells, note in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:-1], strict=True))
        lines.append(f"{name:<{widths[0]}}  {numbers}  {note}".rstrip())
    lines += ["", "The biggest blocks of each rule:"]
    for row in counts.iter_rows(named=True):
        for rank, block in enumerate(row["largest"]):
            name = "" if rank else row["rule"]
            lines.append(f"{name:<{widths[0]}}  {block['records']:>8,} records  {block['key']}")
    over_cap = counts.filter(pl.col("over_cap_blocks") > 0)
    for name, blocks, pairs in over_cap.select("rule", "over_cap_blocks", "over_cap_pairs").iter_rows():
        lines.append(f"{name}: {blocks:,} block(s) stay over the cap, with {pairs:,} pairs")
    return "\n".join(lines)


def _leaves_open(config: LinkageConfig) -> bool:
    settled = None not in (config.prior, config.match, config.possible)
    return not settled or any(level.weight is None for c in config.comparisons for level in c.levels)
