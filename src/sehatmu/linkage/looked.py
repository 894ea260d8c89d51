"""Pairs as training looks at them: their levels, whether a veto keeps them apart, how rare the values they share are.

Made by `look_at` for `sehatmu.linkage.train`; everything after it is sums over these arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.anchor import without_anchor
from sehatmu.linkage.classify import first_veto
from sehatmu.linkage.compare import agreement_levels
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.em import Histogram, collect
from sehatmu.linkage.encode import Array, Encoded, hash_text
from sehatmu.linkage.model_file import ColumnCounts
from sehatmu.linkage.train_pairs import Pairs

#: A value is frozen in the sidecar once so many records have it.
COMMON = 20


@dataclass(frozen=True, slots=True)
class Looked:
    """Pairs: `levels` (u8, pairs x comparisons), `vetoed` (bool), `vetoed_otherwise` (bool: by a veto that does not ask
    the anchor), `rarity` (bits of the values agreed on exactly, where a comparison weighs them)."""

    levels: Array
    vetoed: Array
    vetoed_otherwise: Array
    rarity: Array

    def histogram(self, teaches: Array | None = None) -> Histogram:
        """For EM; `teaches` as there, by default no pair teaches anything."""
        teaches = np.zeros(self.levels.shape, bool) if teaches is None else teaches
        return collect(self.levels, teaches, self.vetoed, self.rarity)


def look_at(encoded: Encoded, config: LinkageConfig, rarities: Mapping[int, Array], pairs: Pairs) -> Looked:
    """Compare pairs of rows; `rarities` as `rarities_of` gives them."""
    levels = np.stack([agreement_levels(encoded.columns, c, *pairs) for c in config.comparisons], axis=1)
    rarity = np.zeros(len(levels))
    for c, bits in rarities.items():
        exact = np.flatnonzero(levels[:, c] == 1)
        rarity[exact] += bits[pairs[0][exact]]
    vetoed = first_veto(encoded.columns, config, *pairs, levels) > 0
    asked = without_anchor(config)
    otherwise = vetoed if asked == config else first_veto(encoded.columns, asked, *pairs, levels) > 0
    return Looked(levels, vetoed, otherwise, rarity)


def by_value(config: LinkageConfig) -> tuple[int, ...]:
    """Numbers of the comparisons in which a rare value weighs more."""
    return tuple(c for c, comparison in enumerate(config.comparisons) if comparison.term_frequency)


def rarities_of(encoded: Encoded, config: LinkageConfig, counts: Mapping[str, ColumnCounts]) -> dict[int, Array]:
    """Per comparison that weighs values, how rare each record's is, in bits; `counts` as of `value_counts`."""
    names = {c: config.comparisons[c].columns[0] for c in by_value(config)}
    return {c: counts[name].frequencies().adjustment(encoded.columns[name]) for c, name in names.items()}


def value_counts(encoded: Encoded, config: LinkageConfig) -> dict[str, ColumnCounts]:
    """The common values of each column that weighs them, by column; `agree` is 1 until it is known."""
    counted = {}
    for c in by_value(config):
        column = encoded.columns[config.comparisons[c].columns[0]]
        if column.vocabulary is None:
            continue
        counts = np.bincount(column.values, minlength=len(column.vocabulary) + 1)[1:]
        present, common = int(counts.sum()), counts >= COMMON
        others = counts[~common].astype(np.float64)
        hashes = hash_text(column.vocabulary.filter(pl.Series(common)))
        order = np.argsort(hashes)
        counted[config.comparisons[c].columns[0]] = ColumnCounts(
            hashes=hashes[order],
            counts=counts[common][order],
            present=present,
            # what a record with an uncommon value meets in another one: common among the uncommon weigh more
            rare=float((others**2).sum() / max(others.sum(), 1.0) / max(present, 1)) or 1.0 / max(present, 1),
            agree=1.0,
        )
    return counted
