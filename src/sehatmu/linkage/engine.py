"""The linkage engine: records in, scored pairs and clusters out, for any domain that has a linkage file.

`link` is what the night, the command line and the benchmarks call. It holds no state: frames in, frames out; what a
later run may build on is a `LinkState` that it returns where it is asked to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from sehatmu.linkage.classify import veto_columns
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.count import RuleCount, check_budget, count_frame, key_text
from sehatmu.linkage.encode import (
    Array,
    Column,
    Encoded,
    encode_columns,
    extract_codes,
    hash_columns,
    hash_keys_of_records,
    hash_values,
)
from sehatmu.linkage.incremental import (
    Same,
    carry_pairs,
    changed_decisions,
    decided_frame,
    find_same,
    find_seeds,
    held_apart,
)
from sehatmu.linkage.kernel import kernel_columns
from sehatmu.linkage.people import People, Rest, order_people
from sehatmu.linkage.repair import Decided, Repaired, affected_by, repair_clusters
from sehatmu.linkage.rescore import score_touched
from sehatmu.linkage.roster import Encode, Hashes, Stock, take_stock
from sehatmu.linkage.score import Model, make_plan
from sehatmu.linkage.state import LinkState, empty_state, plan_fingerprint
from sehatmu.linkage.tally import SHOWN, Tally, tally_frames
from sehatmu.linkage.told import Told


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What linkage did: `blocking` as `count.count_pairs`, `counts` by name, `findings` (finding, detail).

    `work` tells what this run did itself and what it carried; `seconds` of CPU by part: hash, score, repair, tell.
    """

    blocking: pl.DataFrame
    counts: dict[str, int]
    findings: pl.DataFrame
    work: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Linked:
    """`pairs` (left_key, right_key, score, class, rule, level_*, veto) and `clusters` (record_key, cluster_key).

    A pair of class `match` has both its records in one cluster. A pair that scores as a match and was not
    joined is `possible`, and `veto` says why: the name of a veto, or ambiguous, one_per_extract,
    cluster_veto. `state` is for the next run, where it was asked for; `same` tells what is as it was in the former one.
    `told` has words for some of the pairs alone.
    """

    told: Told
    report: LinkReport
    state: LinkState | None = None
    same: Same | None = None

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """All pairs that are told."""
        return self.told.pairs()

    @cached_property
    def clusters(self) -> pl.DataFrame:
        """Every record and its cluster."""
        return self.told.clusters()


def link(
    records: pl.DataFrame,
    config: LinkageConfig,
    *,
    decisions: pl.DataFrame | None = None,
    model: Model | None = None,
    threads: int = 1,
    previous: LinkState | None = None,
    keep_state: bool = False,
    rest: Rest | None = None,
) -> Linked:
    """Link records (`record_key` and the columns that the config names), whatever the order of their rows.

    With `rest` the records may lack columns, which are read as far as they are needed (where `link_hash` is there).

    `decisions` (left_key, right_key, verdict same|not_same) beat score and veto; decisions on absent records wait.
    With the state of a `previous` run under the same rules only what has changed since is worked out, to the same
    result; a record has changed where its `link_hash` has (u64; without that column it is a hash of all that linkage
    reads). Raises LinkageError on missing columns, double keys, an unpinned weight without a model, or a rule above
    its budget.
    """
    plan, watch = make_plan(config, model), _Watch()
    people = order_people(records, rest, config)
    kept: dict[str, Column] = {}
    encode = _encoder(people, config, kept)
    usable = previous is not None and previous.plan == plan_fingerprint(plan)
    former = previous if usable and previous is not None else empty_state(plan)
    hashes = Hashes(
        hash_keys_of_records(people.frame),
        hash_values(people.frame, config),
        extract_codes(people.frame, config.one_per_extract),
    )
    stock = take_stock(hashes, config, former, encode)
    texts = _key_texts(stock, people, config, former)
    counts = _rule_counts(stock.tallies, config, texts)
    for rule, count in zip(config.rules, counts, strict=True):
        check_budget(count, rule)
    watch.note("hash")
    decided = _decided(people.keys, decisions)
    other, ends = changed_decisions(decided, former, stock.change)
    wanted = other | stock.touched[decided.left] | stock.touched[decided.right]
    asked = (decided.left[wanted], decided.right[wanted])

    def expect(rows: Array) -> None:
        """What the pairs of these records may change are clusters of whole components, of which vetoes are asked."""
        seeds = np.zeros(stock.roster.size, bool)
        seeds[rows] = True
        around = np.flatnonzero(seeds | affected_by(seeds, stock.change, former))
        people.hold([*kernel_columns(config), *veto_columns(config)], around)

    scored = score_touched(stock, plan, people.keys, encode, asked, threads=threads, expect=expect)
    # What only scoring reads is let go: the frames that are still to come set the peak of memory.
    stock = replace(stock, blocks=None)
    for name in kept.keys() - set(veto_columns(config)):
        del kept[name]
    numbers, origin = carry_pairs(scored, former, stock, decided, other, rules=len(config.rules))
    watch.note("score")
    seeds = find_seeds(scored, stock, ends, plan)
    repaired = repair_clusters(
        numbers,
        decided,
        seeds=seeds,
        change=stock.change,
        former=former,
        extract=hashes.extract,
        plan=plan,
        encode=encode,
    )
    numbers = numbers.with_columns(joined=pl.Series(repaired.joined), refused=pl.Series(repaired.refused))
    watch.note("repair")
    apart = held_apart(numbers, decided)
    # Pairs decided to be different are told nobody, they need no review.
    named = numbers.filter(pl.Series(~apart)) if apart.any() else numbers
    told = Told(named, people.keys, repaired.cluster, plan)
    same = find_same(numbers, origin, apart, repaired.cluster, stock, former) if usable else None
    report = _report(told, repaired, counts, stock, len(scored))
    state = None
    if keep_state:
        tally, largest = tally_frames(stock.tallies, {} if config.show_keys else texts)
        state = LinkState(
            plan=former.plan,
            roster=stock.roster,
            cluster=repaired.cluster,
            component=repaired.component,
            pairs=numbers,
            decided=decided_frame(decided),
            tally=tally,
            largest=largest,
        )
    watch.note("tell")
    report.seconds.update(watch.seconds)
    return Linked(told, report, state, same)


class _Watch:
    """CPU seconds of this process, part by part; they are told and decide nothing."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def note(self, part: str) -> None:
        """What has passed since the last note was this part."""
        now = time.process_time()
        self.seconds[part] = round(now - self._last, 3)
        self._last = now


def _encoder(people: People, config: LinkageConfig, kept: dict[str, Column]) -> Encode:
    """Encodes columns of some rows, or of all; whole columns that scoring reads are encoded once and `kept`."""
    lasting = set(kernel_columns(config))
    own = np.arange(len(people.frame), dtype=np.uint32)

    def encode(names: Iterable[str], rows: Array | None) -> dict[str, Column]:
        names = list(dict.fromkeys(names))
        if not names:  # a file without vetoes asks for none
            return {}
        if rows is not None:
            return hash_columns(people.take(names, rows), config, names)
        lacking = [name for name in names if name not in kept]
        made = hash_columns(people.take(lacking), config, lacking, own)
        kept.update((name, column) for name, column in made.items() if name in lasting)
        return {name: made[name] if name in made else kept[name] for name in names}

    return encode


def _rule_counts(tallies: list[Tally], config: LinkageConfig, texts: dict[tuple[int, int], str]) -> list[RuleCount]:
    counts = []
    for number, (rule, tally) in enumerate(zip(config.rules, tallies, strict=True)):
        keys, records = (values[:SHOWN].tolist() for values in (tally.largest.key, tally.largest.records))
        largest: list[dict[str, str | int]] = [
            {"key": texts[number, key], "records": size} for key, size in zip(keys, records, strict=True)
        ]
        counts.append(
            RuleCount(
                rule.name,
                tally.records,
                tally.blocks,
                tally.pairs,
                tally.over_cap_blocks,
                tally.over_cap_pairs,
                largest,
            )
        )
    return counts


def _key_texts(stock: Stock, people: People, config: LinkageConfig, former: LinkState) -> dict[tuple[int, int], str]:
    """The keys of the biggest blocks as texts, by number of the rule and key: as the first record of each writes it.

    Most were told by the former run, and their record is as it was.
    """
    told = former.largest.drop_nulls("text").rows() if not config.show_keys else []
    change = stock.change
    known = {(rule, key, int(change.present[first])): text for rule, key, _, first, text in told}
    texts, asked = {}, []
    for number, tally in enumerate(stock.tallies):
        for key, first in zip(tally.largest.key[:SHOWN].tolist(), tally.largest.first[:SHOWN].tolist(), strict=True):
            if (number, key, first) in known and not change.changed[first]:
                texts[number, key] = known[number, key, first]
            else:
                asked.append((number, key, first))
    if asked:
        rows = np.array([first for _, _, first in asked])
        names = list(dict.fromkeys(part.column for number, _, _ in asked for part in config.rules[number].key))
        columns = encode_columns(people.take(names, rows), config, names)
        encoded = Encoded(people.keys.gather(rows), columns, np.zeros(len(rows), np.uint16))
        for place, (number, key, _) in enumerate(asked):
            texts[number, key] = key_text(encoded, config.rules[number], place, config.show_keys)
    return texts


def _decided(record_keys: pl.Series, decisions: pl.DataFrame | None) -> Decided:
    if decisions is None or not len(decisions):
        nothing = np.zeros(0, np.int64)
        return Decided(nothing, nothing, nothing.astype(bool))
    unknown = decisions.filter(~pl.col("verdict").is_in(["same", "not_same"]) | pl.col("verdict").is_null())
    if len(unknown):
        raise LinkageError(
            "a decision has no known verdict", evidence=f"{len(unknown)} row(s)", hint="same or not_same"
        )
    row = pl.DataFrame({"record_key": record_keys}).with_row_index("row")
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
    return Decided(left, right, pairs["verdict"].to_numpy())


def _report(told: Told, repaired: Repaired, counts: list[RuleCount], stock: Stock, scored: int) -> LinkReport:
    sizes, pairs = np.bincount(repaired.cluster, minlength=1), told.counts()
    contradicted = pairs.pop("contradicted")
    over = [f"{c.rule}: {c.over_cap_blocks} block(s), {c.over_cap_pairs} pairs" for c in counts if c.over_cap_blocks]
    copies = int(np.count_nonzero(stock.roster.copy))
    findings = [("block_over_cap", detail) for detail in over]
    findings += (
        [("equal_records", f"{copies} record(s) compared with the first of their equals alone")] if copies else []
    )
    findings += [("decisions_contradict", f"{contradicted} pair(s)")] if contradicted else []
    return LinkReport(
        blocking=count_frame(counts),
        counts={
            "records": len(repaired.cluster),
            "clusters": int((sizes > 0).sum()),
            "linked_clusters": int((sizes > 1).sum()),
            "largest_cluster": int(sizes.max()),
            **pairs,
        },
        findings=pl.DataFrame(findings, schema={"finding": pl.String, "detail": pl.String}, orient="row"),
        work={
            "changed": int(stock.change.changed.sum()),
            "gone": int((stock.change.present < 0).sum()),
            "touched": int(stock.touched.sum()),
            "scored_pairs": scored,
        },
    )
