"""Pairs as they are told: row numbers become keys, numbers become words.

Of millions of pairs a night tells those that are new and those that a steward is asked about, so that words are found
only for the pairs that somebody wants to read. `sehatmu.linkage.engine` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.encode import Array
from sehatmu.linkage.guard import REFUSALS
from sehatmu.linkage.score import Plan

DECISION_RULE = "decision"


@dataclass(frozen=True, slots=True)
class Told:
    """`numbers`: scored pairs of rows, with `joined` and `refused`; `keys` of the records, and `cluster` per record."""

    numbers: pl.DataFrame
    keys: pl.Series
    cluster: Array
    plan: Plan

    def pairs(self, which: Array | None = None) -> pl.DataFrame:
        """The pairs, or those of them (bool): left_key, right_key, score, class, rule, level_*, veto."""
        config, numbers = self.plan.config, self.numbers if which is None else self.numbers.filter(pl.Series(which))
        named = pl.Series(
            [*(veto.name for veto in config.vetoes), *(reason or None for reason in REFUSALS)], dtype=pl.String
        )
        rules = pl.Series([*(rule.name for rule in config.rules), DECISION_RULE])
        return numbers.select(
            self.keys.gather(numbers["left"]).alias("left_key"),
            self.keys.gather(numbers["right"]).alias("right_key"),
            "score",
            pl.when("joined").then(pl.lit("match")).otherwise(pl.lit("possible")).alias("class"),
            rules.gather(numbers["rule"]).alias("rule"),
            *(pl.col(f"level:{c.name}").alias(f"level_{c.name}") for c in config.comparisons),
            named.gather(self._reasons(numbers)).alias("veto"),
        )

    def clusters(self) -> pl.DataFrame:
        """Every record and its cluster: record_key, cluster_key."""
        return pl.DataFrame({"record_key": self.keys, "cluster_key": self.keys.gather(self.cluster)})

    def cluster_keys(self, rows: Array) -> pl.Series:
        """The clusters of some records, by number."""
        return self.keys.gather(self.cluster[rows])

    def open_questions(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What a review may ask about, as `pairs` and `clusters`: pairs that are not joined, but for those that score
        below a match and are vetoed besides; and all clusters that one of their records is in."""
        numbers = self.numbers
        free = self._reasons(numbers) == len(self.plan.config.vetoes)
        is_open = ~numbers["joined"].to_numpy() & (free | (numbers["score"].to_numpy() >= self.plan.match))
        asked = np.zeros(len(self.keys), bool)
        for side in ("left", "right"):
            asked[self.cluster[numbers[side].to_numpy()[is_open]]] = True
        rows = np.flatnonzero(asked[self.cluster])
        named = {"record_key": self.keys.gather(rows), "cluster_key": self.cluster_keys(rows)}
        return self.pairs(is_open), pl.DataFrame(named)

    def counts(self) -> dict[str, int]:
        """How many pairs there are of each kind; `contradicted` are kept apart by decisions alone."""
        joined = self.numbers["joined"].to_numpy()
        reasons, vetoes = self._reasons(self.numbers), len(self.plan.config.vetoes)
        return {
            "pairs": len(joined),
            "match": int(joined.sum()),
            "possible": int((~joined).sum()),
            "vetoed": int((reasons != vetoes).sum()),
            "contradicted": int((reasons == vetoes + REFUSALS.index("not_same")).sum()),
        }

    def _reasons(self, numbers: pl.DataFrame) -> Array:
        """Why each pair is not joined: the number of its veto, or after all vetoes that of `guard.REFUSALS`."""
        vetoes = len(self.plan.config.vetoes)
        veto, refused = (numbers[name].to_numpy().astype(np.int64) for name in ("veto", "refused"))
        reason = np.where(veto > 0, veto - 1, vetoes + refused)
        return np.where(numbers["joined"].to_numpy(), vetoes, reason)
