"""Levels of pairs of texts: what `sehatmu.linkage.compare` cannot tell from whole numbers.

Each text is fetched and split once, and each comparator looks only at the pairs that no better level has settled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sehatmu.linkage.config import Level
from sehatmu.linkage.encode import Array
from sehatmu.linkage.initials import initials_similarity
from sehatmu.linkage.similarity import SCORERS, edit_distance, similarity
from sehatmu.linkage.tokens import Tokens, count_common, covered_share, read_tokens


@dataclass(slots=True)
class TextPairs:
    """Pairs of texts: `left` and `right` are places in `texts` (an object array without nulls). `words` are the texts
    with those of their context behind them, where a level asks for them."""

    texts: Array
    left: Array
    right: Array
    words: Array | None = None
    split: Tokens | None = None

    @property
    def tokens(self) -> Tokens:
        """The tokens of `texts`, read when they are first asked for."""
        if self.split is None:
            self.split = read_tokens(self.texts)
        return self.split


def levels_of_texts(levels: tuple[Level, ...], pairs: TextPairs, distinctive: tuple[str, ...] = ()) -> Array:
    """The first level that holds for each pair (u8, from 1); texts that are equal are not asked for."""
    settled = np.zeros(len(pairs.left), np.uint8)
    bounds: dict[str, list[float]] = {}
    for level in levels:
        bounds.setdefault(level.comparator, []).append(float(level.argument))
    known: dict[str, Array] = {}
    for number, level in enumerate(levels, start=1):
        if level.comparator == "exact":
            continue
        still = np.flatnonzero(settled == 0)
        if level.comparator == "else":
            settled[still] = number
            continue
        holds = _same_tokens(level, pairs, still)
        if holds is None:
            values = known.setdefault(level.comparator, np.full(len(settled), np.nan))
            unseen = still[np.isnan(values[still])]
            if len(unseen):
                values[unseen] = _agreement(level.comparator, pairs, unseen, bounds[level.comparator], distinctive)
            bound = float(level.argument)
            holds = values[still] <= bound if level.comparator == "identifier" else values[still] >= bound
        settled[still[holds]] = number
    return settled


def _same_tokens(level: Level, pairs: TextPairs, which: Array) -> Array | None:
    """Whether token_sort or token_set is complete, which tokens alone can tell; None for any other level."""
    if level.comparator not in ("token_sort", "token_set") or level.argument != 1.0:
        return None
    tokens, left, right = pairs.tokens, pairs.left[which], pairs.right[which]
    if level.comparator == "token_sort":
        return np.asarray(tokens.bag[left] == tokens.bag[right])
    shared = count_common(tokens, left, right)
    return np.asarray((shared > 0) & (shared == np.minimum(tokens.counts[left], tokens.counts[right])))


def _agreement(
    comparator: str, pairs: TextPairs, which: Array, bounds: list[float], distinctive: tuple[str, ...]
) -> Array:
    left, right = pairs.left[which], pairs.right[which]
    if comparator in ("common", "overlap", "jaccard"):
        tokens = pairs.tokens
        shared, count_left, count_right = count_common(tokens, left, right), tokens.counts[left], tokens.counts[right]
        if comparator == "common":
            return shared.astype(np.float64)
        size = np.minimum(count_left, count_right) if comparator == "overlap" else count_left + count_right - shared
        return np.where(size > 0, shared / np.maximum(size, 1), 0.0)
    if comparator == "initials":
        return initials_similarity(pairs.texts, left, right, at_least=min(bounds))
    a, b = pairs.texts[left], pairs.texts[right]
    if comparator in SCORERS:
        return similarity(comparator, a, b, at_least=min(bounds))
    if comparator == "identifier":
        return edit_distance(a, b, at_most=int(max(bounds))).astype(np.float64)
    assert pairs.words is not None
    return covered_share(a, b, pairs.words[left], pairs.words[right], distinctive=distinctive)
