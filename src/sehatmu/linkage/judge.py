"""Linkage against what is known: a truth (record_key, entity), or decisions of stewards on single pairs.

Shares over pairs of records: precision (of what was found, how much is right) and recall (of what is right, how much
was found). Nothing here changes a link; `sehatmu.linkage.report` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import Blocks, blocks_of, pairs_within
from sehatmu.linkage.classify import first_veto
from sehatmu.linkage.encode import Array, Encoded
from sehatmu.linkage.guard import REFUSALS
from sehatmu.linkage.kernel import score_candidates
from sehatmu.linkage.score import Plan, frequency_bits

_STEPS = 120


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs that stand together: `found` by linkage, `true` by the truth, `right` by both."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


def cluster_agreement(clusters: pl.DataFrame, truth: pl.DataFrame) -> Agreement:
    """Pairs inside clusters against pairs inside entities; records without a truth are left out."""
    both = clusters.join(truth, on="record_key")
    return Agreement(
        right=_pairs_inside(both, "cluster_key", "entity"),
        found=_pairs_inside(both, "cluster_key"),
        true=_pairs_inside(both, "entity"),
    )


def judged_pairs(pairs: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """`score, same` of the pairs that no veto of the linkage file holds for, both records being in the truth."""
    free = pairs.filter(pl.col("veto").is_null() | pl.col("veto").is_in(REFUSALS))
    sides = free.join(truth, left_on="left_key", right_on="record_key")
    sides = sides.join(truth, left_on="right_key", right_on="record_key", suffix="_right")
    return sides.select("score", (pl.col("entity") == pl.col("entity_right")).alias("same"))


def decided_pairs(encoded: Encoded, plan: Plan, decisions: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """`score, same` of decided pairs without a veto, scored as if nobody had; and how many are the same in all."""
    row = pl.DataFrame({"record_key": encoded.record_keys}).with_row_index("row")
    known = decisions.join(row.rename({"record_key": "left_key", "row": "a"}), on="left_key")
    known = known.join(row.rename({"record_key": "right_key", "row": "b"}), on="right_key").sort("a", "b")
    a, b = known["a"].to_numpy().astype(np.int64), known["b"].to_numpy().astype(np.int64)
    same = (known["verdict"] == "same").to_numpy()
    bits = frequency_bits(encoded, plan)
    scored = score_candidates(
        encoded.columns, plan, np.minimum(a, b), np.maximum(a, b), rule=0, bits=bits, floor=-np.inf
    )
    free = first_veto(encoded.columns, plan.config, a, b) == 0
    return pl.DataFrame({"score": scored["score"].to_numpy(), "same": same}).filter(pl.Series(free)), int(same.sum())


def threshold_curve(judged: pl.DataFrame, true: int, *, marks: tuple[float, ...] = ()) -> pl.DataFrame:
    """`threshold, found, right, precision, recall, f1` if pairs from that score on were joined, in rising order.

    `true` is how many pairs are the same, found or not; `marks` are thresholds that must be among the rows. It ends
    where half of what can be found is lost: beyond that nobody looks for a threshold.
    """
    ordered = judged.sort("score", descending=True)
    score, right = ordered["score"].to_numpy(), np.append(0, np.cumsum(ordered["same"].to_numpy()))
    half = int(np.searchsorted(right[1:], right[-1] / 2))
    between = np.linspace(score[-1], score[half], _STEPS) if len(score) else np.empty(0)
    thresholds = np.unique(np.append(between, marks))
    found = np.searchsorted(-score, -thresholds, side="right")
    frame = pl.DataFrame({"threshold": thresholds, "found": found, "right": right[found]})
    return frame.with_columns(
        pl.when(pl.col("found") > 0).then(pl.col("right") / pl.col("found")).alias("precision"),
        (pl.col("right") / max(true, 1)).alias("recall"),
        (2 * pl.col("right") / (pl.col("found") + max(true, 1))).alias("f1"),
    )


@dataclass(frozen=True, slots=True)
class BlockingRecall:
    """How many true pairs the rules cover: `rules` (rule, alone, only, cumulative), `covered` of `true` in all.

    `only` are pairs that no other rule covers. `barred` are true pairs inside one extract that may come once in a
    cluster: never compared. `lost` are pairs that are neither covered nor in one cluster by way of others.
    """

    rules: pl.DataFrame
    covered: int
    barred: int
    lost: int
    true: int


def blocking_recall(
    encoded: Encoded, rules: list[str], made: list[Blocks], truth: pl.DataFrame, clusters: pl.DataFrame
) -> BlockingRecall:
    """Go through all true pairs, a million at a time; raises nothing on records without a truth, they are left out."""
    entity = _numbers_of(encoded, truth, "entity")
    cluster = _numbers_of(encoded, clusters, "cluster_key")
    inside = blocks_of(entity)
    keys = [blocks.key for blocks in made]
    alone, only, first = (np.zeros(len(keys), np.int64) for _ in range(3))
    covered = barred = lost = true = 0
    for i, j in pairs_within(inside.bounds):
        a, b = inside.rows[i], inside.rows[j]
        free = (encoded.extract[a] != encoded.extract[b]) | (encoded.extract[a] == 0)
        by_rule = np.stack([(key[a] == key[b]) & (key[a] != 0) & free for key in keys])
        times = by_rule.sum(axis=0)
        alone += by_rule.sum(axis=1)
        only += (by_rule & (times == 1)).sum(axis=1)
        first += np.bincount(by_rule.argmax(axis=0)[times > 0], minlength=len(keys))
        covered, barred, true = covered + int((times > 0).sum()), barred + int((~free).sum()), true + len(a)
        lost += int(((times == 0) & (cluster[a] != cluster[b])).sum())
    told = pl.DataFrame({"rule": rules, "alone": alone, "only": only, "cumulative": np.cumsum(first)})
    return BlockingRecall(told, covered=covered, barred=barred, lost=lost, true=true)


def fate_of_true_pairs(
    pairs: pl.DataFrame, clusters: pl.DataFrame, truth: pl.DataFrame, agreement: Agreement, *, lost: int
) -> pl.DataFrame:
    """Where the true pairs ended: `fate, pairs`, each pair counted once.

    together, in review, refused (a veto or a refusal), below review (compared and dropped), never compared (`lost`).
    """
    sides = pairs.filter(pl.col("class") == "possible")
    for side in ("left", "right"):
        named = clusters.join(truth, on="record_key").rename(
            {"cluster_key": f"{side}_cluster", "entity": f"{side}_entity", "record_key": f"{side}_key"}
        )
        sides = sides.join(named, on=f"{side}_key")
    missed = sides.filter(
        (pl.col("left_entity") == pl.col("right_entity")) & (pl.col("left_cluster") != pl.col("right_cluster"))
    )
    refused = len(missed.filter(pl.col("veto").is_not_null()))
    review = len(missed) - refused
    below = agreement.true - agreement.right - refused - review - lost
    told = {
        "together": agreement.right,
        "in review": review,
        "refused": refused,
        "below review": max(below, 0),
        "never compared": lost,
    }
    return pl.DataFrame({"fate": list(told), "pairs": list(told.values())})


def _pairs_inside(frame: pl.DataFrame, *by: str) -> int:
    sizes = frame.group_by(by).agg(pl.len().cast(pl.Int64).alias("n"))
    return int(sizes.select((pl.col("n") * (pl.col("n") - 1) // 2).sum()).item())


def _numbers_of(encoded: Encoded, frame: pl.DataFrame, column: str) -> Array:
    """A number from 1 per record and value of the column, 0 where the frame does not name the record."""
    numbered = frame.select("record_key", pl.col(column).rank("dense").cast(pl.UInt64).alias("number"))
    keys = pl.DataFrame({"record_key": encoded.record_keys})
    return keys.join(numbered, on="record_key", how="left", maintain_order="left")["number"].fill_null(0).to_numpy()
