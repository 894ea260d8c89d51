"""Honest expectations: how often a score is right, told by a comparison that nearly knows (the anchor, a NIK).

Scores add up evidence as if it were independent. It is not: families share places, namesakes are born together, and a
sum of 12 bits is right less often than 4095 times in 4096. Where both records have the anchor's value, whether they are
the same is nearly known; so the rest of the evidence can be judged there, and believed elsewhere as far as it held.
For the thresholds of `sehatmu.linkage.train` only: the scores stay what they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sehatmu.linkage.config import Condition, LinkageConfig
from sehatmu.linkage.encode import Array

_LOW, _HIGH = -12, 40
_BEYOND_DOUBT = 25
#: Fewer pairs with the anchor tell nothing.
LEAST_PAIRS = 1000


def anchor_columns(config: LinkageConfig) -> frozenset[str]:
    """The anchor's columns and those that say the same; empty without an anchor."""
    if config.training.anchor is None:
        return frozenset()
    related = dict(config.training.related).get(config.training.anchor, ())
    return frozenset((*config.comparison(config.training.anchor).columns, *related))


def anchor_comparisons(config: LinkageConfig) -> list[int]:
    """Numbers of the comparisons that read the anchor's columns."""
    own = anchor_columns(config)
    return [number for number, c in enumerate(config.comparisons) if own & {*c.columns, *c.context}]


def without_anchor(config: LinkageConfig) -> LinkageConfig:
    """The same linkage without the vetoes that ask the anchor."""
    own = anchor_columns(config)

    def asks(condition: Condition) -> bool:
        level = condition.kind == "level"
        return bool(own & ({*config.comparison(condition.name).columns} if level else {condition.name}))

    return replace(config, vetoes=tuple(v for v in config.vetoes if not any(map(asks, v.conditions))))


def calibrate(score: Array, anchor_bits: Array, judged: Array, share: Array) -> Array:
    """Scores (bits) as far as they held: never more than they were.

    `anchor_bits` is the part of each score that the anchor gave; `judged` (bool) are pairs that have the anchor and
    were found by other evidence, `share` the probability that they match with the anchor known. Per bit of the rest of
    the evidence the judged pairs' mean counts, together with one pair that believes the score, and never falls as the
    evidence grows. What the anchor denies where the rest is beyond doubt is its own error, and forgiven all over.
    """
    rest = score - anchor_bits
    bit = np.clip(np.floor(rest), _LOW, _HIGH).astype(np.int64) - _LOW
    size = _HIGH - _LOW + 1
    believed = probability(np.arange(_LOW, _HIGH + 1) + 0.5)
    pairs = np.bincount(bit[judged], minlength=size)
    right = np.bincount(bit[judged], weights=share[judged], minlength=size)
    sure = slice(_BEYOND_DOUBT - _LOW, size)
    honest = (right[sure].sum() + 1.0) / (pairs[sure].sum() + 1.0)
    held = np.maximum.accumulate((right / honest + believed) / (pairs + 1.0))
    held = np.clip(held, 1e-12, 1.0 - 1e-12)
    return np.asarray(np.minimum(np.log2(held / (1.0 - held))[bit], rest) + anchor_bits)


def probability(score: Array) -> Array:
    """The probability that a score in bits stands for."""
    return np.asarray(1.0 / (1.0 + np.exp2(-np.clip(score, -1000.0, 1000.0))))
