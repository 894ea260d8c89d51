"""Scoring: Fellegi-Sunter weights in bits. A pair's score is the prior plus one weight per comparison.

A `Plan` is a linkage file with its open questions answered (weights and thresholds, by hand or from a model).
`score_pairs` stages the work: whole numbers first, then texts only for pairs that can still reach the floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sehatmu.linkage.compare import OPEN, Columns, open_levels, quick_levels, settle_levels
from sehatmu.linkage.config import Comparison, LinkageConfig, LinkageError
from sehatmu.linkage.encode import Array, Column, Encoded, hash_text

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How common the values of a column are: sorted 64-bit hashes, their shares; all others have `rare`.

    `average` is what the weight of exact agreement stands for: the share of pairs that agree by chance (by default
    that of the listed values).
    """

    hashes: Array
    shares: Array
    rare: float
    average: float | None = None

    def adjustment(self, column: Column) -> Array:
        """Bits to add per record where both sides have its value: the rarer the value, the more."""
        if column.vocabulary is None:
            return np.zeros(len(column.values))
        wanted = hash_text(column.vocabulary.fill_null(""))
        found = np.searchsorted(self.hashes, wanted).clip(max=max(0, len(self.hashes) - 1))
        shares = np.full(len(wanted), self.rare)
        if len(self.hashes):
            shares = np.where(self.hashes[found] == wanted, self.shares[found], self.rare)
        average = self.average or float((self.shares**2).sum()) or self.rare
        bits = np.log2(average / shares)
        if column.places is None:
            return np.append(0.0, bits)[column.values]
        return np.where(column.values == 0, 0.0, bits[column.places])


@dataclass(frozen=True, slots=True)
class Model:
    """Weights that training found: bits per comparison and level, thresholds, and value frequencies.

    What the linkage file pins by hand wins over the model.
    """

    weights: Mapping[str, tuple[float, ...]]
    prior: float
    match: float
    possible: float
    frequencies: Mapping[str, Frequencies] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A linkage file ready to run. `weights[c][level]` are bits; index 0 (missing) is 0."""

    config: LinkageConfig
    weights: tuple[Array, ...]
    prior: float
    match: float
    possible: float
    frequencies: Mapping[str, Frequencies]


def make_plan(config: LinkageConfig, model: Model | None = None) -> Plan:
    """Answer what the file leaves open from the model; raises LinkageError where neither has an answer."""
    settings: dict[str, float] = {}
    for name in ("prior", "match", "possible"):
        pinned = getattr(config, name)
        if pinned is None and model is None:
            raise _unanswered(config, f"{'score' if name == 'prior' else 'classify'}.{name}")
        settings[name] = pinned if pinned is not None else getattr(model, name)
    weights = tuple(_weights(config, comparison, model) for comparison in config.comparisons)
    return Plan(config, weights, **settings, frequencies=model.frequencies if model else {})


def frequency_bits(encoded: Encoded, plan: Plan) -> dict[str, Array]:
    """Per comparison with term frequencies: the bits that agreement on a record's value adds."""
    return {
        comparison.name: plan.frequencies[comparison.columns[0]].adjustment(encoded.columns[comparison.columns[0]])
        for comparison in plan.config.comparisons
        if comparison.term_frequency and comparison.columns[0] in plan.frequencies
    }


def score_pairs(
    columns: Columns,
    plan: Plan,
    left: Array,
    right: Array,
    *,
    floor: float,
    bits: Mapping[str, Array] | None = None,
) -> tuple[Array, Array, Array]:
    """Which pairs reach the floor: their positions, scores (f64 bits) and levels (u8, pairs x comparisons).

    `left` and `right` are rows of `columns`; `bits` as from `frequency_bits`.
    """
    comparisons, bits = plan.config.comparisons, bits or {}
    levels = np.empty((len(comparisons), len(left)), np.uint8)
    bound = np.full(len(left), plan.prior)
    for c, comparison in enumerate(comparisons):
        levels[c] = quick_levels(columns, comparison, left, right)
        bound += _reachable(comparison, plan.weights[c])[levels[c]]
        if comparison.name in bits:
            bound += np.where(levels[c] == 1, bits[comparison.name][left], 0.0)
    kept = np.flatnonzero(bound >= floor - _SLACK)
    levels, bound = levels[:, kept], bound[kept]
    for c in _by_gain(plan):
        still = np.flatnonzero(levels[c] == OPEN)
        if not len(still):
            continue
        rows = kept[still]
        settled = settle_levels(columns, comparisons[c], left[rows], right[rows])
        reachable = _reachable(comparisons[c], plan.weights[c])
        bound[still] += reachable[settled] - reachable[OPEN]
        levels[c, still] = settled
        alive = bound >= floor - _SLACK
        kept, levels, bound = kept[alive], levels[:, alive], bound[alive]
    score = sum_weights(plan, levels, {name: values[left[kept]] for name, values in bits.items()})
    alive = score >= floor
    return kept[alive], score[alive], np.ascontiguousarray(levels[:, alive].T)


def sum_weights(plan: Plan, levels: Array, bits: Mapping[str, Array] | None = None) -> Array:
    """Scores of settled levels (comparisons x pairs), always summed in the file's order."""
    score = np.full(levels.shape[1], plan.prior)
    for c, comparison in enumerate(plan.config.comparisons):
        score += plan.weights[c][levels[c]]
        if bits and comparison.name in bits:
            score += np.where(levels[c] == 1, bits[comparison.name], 0.0)
    return score


def _reachable(comparison: Comparison, weights: Array) -> Array:
    """Weight per level, and at OPEN the best that is still possible."""
    table = np.zeros(256)
    table[: len(weights)] = weights
    table[OPEN] = max(weights[level] for level in open_levels(comparison))
    return table


def _by_gain(plan: Plan) -> list[int]:
    """Comparisons whose texts decide most come first: they drop most pairs before the others run."""
    spreads = []
    for c, comparison in enumerate(plan.config.comparisons):
        reach = [plan.weights[c][level] for level in open_levels(comparison)]
        spreads.append((min(reach) - max(reach), c))
    return [c for _, c in sorted(spreads)]


def _weights(config: LinkageConfig, comparison: Comparison, model: Model | None) -> Array:
    pinned = [level.weight for level in comparison.levels]
    if all(weight is not None for weight in pinned):
        return np.array([0.0, *pinned], dtype=np.float64)
    if model is None or comparison.name not in model.weights:
        raise _unanswered(config, f"compare.{comparison.name}")
    trained = model.weights[comparison.name]
    if len(trained) != len(pinned):
        raise LinkageError(
            "the model was trained for other levels",
            evidence=f"{config.domain}: {comparison.name} has {len(pinned)} levels, the model {len(trained)}",
            hint=f"`sehatmu train {config.domain}`",
        )
    return np.array([0.0, *trained], dtype=np.float64)


def _unanswered(config: LinkageConfig, what: str) -> LinkageError:
    return LinkageError(
        "a weight or threshold is neither in the linkage file nor in a model",
        evidence=f"{config.domain}: {what}",
        hint=f"write it into the file, or `sehatmu train {config.domain}`",
    )
