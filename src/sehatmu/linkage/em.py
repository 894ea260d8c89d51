"""Expectation-maximisation over histograms of level vectors: m, the number of matches, and u where matches hide in it.

Pure arithmetic, called by `sehatmu.linkage.train`; a pair is only ever a count of its vector. The odds that a pair is
a match are those among *all* pairs of records, so they hold however a pair was found: they do not change when only
pairs that agree on something are looked at. What would be biased by that is m of the very thing that was asked for;
so m of a comparison is counted over pairs that were found by other evidence (`teaches`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sehatmu.linkage.encode import Array

MISSING = 0
_FLOOR = 1e-12
_STEPS = 500
_STILL = 1e-7


@dataclass(frozen=True, slots=True)
class Histogram:
    """Distinct level vectors (u8, vectors x comparisons) and how many pairs have each (f64).

    `teaches` (bool, vectors x comparisons): whether these pairs may tell m of a comparison; `impossible` (bool): they
    are no matches, because a veto holds; `rarity`: how rare the values are that the pair agrees on, in bits.
    """

    levels: Array
    count: Array
    teaches: Array
    impossible: Array
    rarity: Array


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Pairs that agree exactly on one comparison: how many there are among how many that have both values, and the
    histogram of a sample of them."""

    pairs: float
    present: float
    sample: Histogram


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known before: `sizes` levels per comparison, `pairs` of all records, and pairs looked at.

    `candidates` are the `share` of all candidate pairs; `random` is a sample of all pairs; `agreeing` by comparison;
    `pinned` bits by comparison, set by hand. For the comparisons `by_value`, exact agreement weighs what the value's
    rarity says, and not what it says on average.
    """

    sizes: tuple[int, ...]
    pairs: float
    candidates: Histogram
    random: Histogram
    share: float = 1.0
    agreeing: dict[int, Agreeing] = field(default_factory=dict)
    pinned: dict[int, Array] = field(default_factory=dict)
    by_value: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """`m` and `u` per comparison (from level 1), `matches` among the candidates, and how the search went.

    `seen_m` and `seen_u` are the pairs behind each level: 0 where the level was never seen and smoothing alone speaks.
    """

    m: tuple[Array, ...]
    u: tuple[Array, ...]
    bits: tuple[Array, ...]
    matches: float
    prior: float
    steps: int
    converged: bool
    log_likelihood: float
    seen_m: tuple[Array, ...]
    seen_u: tuple[Array, ...]


def collect(levels: Array, teaches: Array, impossible: Array, rarity: Array) -> Histogram:
    """The histogram of pairs: `levels` and `teaches` (pairs x comparisons), `impossible` and `rarity` per pair.

    Rarity is told apart by half bits.

    >>> one = np.zeros((3, 1), bool)
    >>> collect(np.array([[1], [2], [1]], np.uint8), ~one, one[:, 0], np.zeros(3)).count.tolist()
    [2.0, 1.0]
    """
    width = levels.shape[1]
    halves = np.clip(np.round(2.0 * rarity), 0, 255)
    parts = (levels, teaches, impossible[:, None], halves[:, None])
    rows = np.ascontiguousarray(np.hstack([part.astype(np.uint8) for part in parts]))
    packed = rows.view(np.dtype((np.void, rows.shape[1])))[:, 0]
    _, first, counts = np.unique(packed, return_index=True, return_counts=True)
    distinct = rows[first]
    return Histogram(
        levels=distinct[:, :width],
        count=counts.astype(np.float64),
        teaches=distinct[:, width : 2 * width].astype(bool),
        impossible=distinct[:, -2].astype(bool),
        rarity=distinct[:, -1] / 2.0,
    )


def estimate(evidence: Evidence, *, matches: float) -> Estimate:
    """Iterate from a guess of the matches among candidates until nothing moves, or 500 steps.

    Levels get half a pair each before counting (m spread over what was seen), so that a level never seen stays finite.
    """
    candidates = evidence.candidates
    m = [_first_guess(size) for size in evidence.sizes]
    u = [_share(_counts(evidence.random, c, size, 1.0), 0.5) for c, size in enumerate(evidence.sizes)]
    steps, moved = 0, np.inf
    while steps < _STEPS and moved > _STILL:
        steps += 1
        before = np.concatenate([*m, [matches / evidence.pairs]])
        weights, prior = _weights(evidence, m, u), _prior(matches, evidence.pairs)
        u = _next_u(evidence, weights, prior)
        odds = match_share(candidates, weights, prior)
        matches = float((candidates.count * odds).sum()) / evidence.share
        m = [_share(_teach(candidates, c, size, odds), 0.5) for c, size in enumerate(evidence.sizes)]
        moved = float(np.abs(np.concatenate([*m, [matches / evidence.pairs]]) - before).max())
    prior = _prior(matches, evidence.pairs)
    odds = match_share(candidates, _weights(evidence, m, u), prior)
    return Estimate(
        m=tuple(m),
        u=tuple(u),
        bits=tuple(_bits(evidence, m, u)),
        matches=matches,
        prior=prior,
        steps=steps,
        converged=moved <= _STILL,
        log_likelihood=_log_likelihood(evidence, m, u, prior),
        seen_m=tuple(_teach(candidates, c, size, odds) for c, size in enumerate(evidence.sizes)),
        seen_u=tuple(_counts(evidence.random, c, size, 1.0) for c, size in enumerate(evidence.sizes)),
    )


def match_share(pairs: Histogram, weights: list[Array], prior: float) -> Array:
    """The share of each vector's pairs that are matches, under these weights."""
    score = _odds(pairs, weights) + prior
    share = 1.0 / (1.0 + np.exp2(-np.clip(score, -1000.0, 1000.0)))
    return np.where(pairs.impossible, 0.0, share)


def _odds(pairs: Histogram, weights: list[Array]) -> Array:
    score = pairs.rarity.copy()
    for c, bits in enumerate(weights):
        score += np.append(0.0, bits)[pairs.levels[:, c]]
    return score


def _first_guess(size: int) -> Array:
    """Nine in ten agree best, the others share the rest."""
    return np.append(0.9, np.full(size - 1, 0.1 / (size - 1)))


def _counts(pairs: Histogram, c: int, size: int, weight: Array | float) -> Array:
    return np.bincount(pairs.levels[:, c], weights=pairs.count * weight, minlength=size + 1)[1:]


def _teach(pairs: Histogram, c: int, size: int, odds: Array) -> Array:
    return _counts(pairs, c, size, odds * pairs.teaches[:, c])


def _share(counts: Array, before: float) -> Array:
    return np.asarray((counts + before) / (counts.sum() + before * len(counts)))


def _next_u(evidence: Evidence, weights: list[Array], prior: float) -> list[Array]:
    """Levels among pairs that are no matches; exact agreement is counted over all pairs, not sampled."""
    others = 1.0 - match_share(evidence.random, weights, prior)
    u = [_share(_counts(evidence.random, c, size, others), 0.5) for c, size in enumerate(evidence.sizes)]
    for c, agreeing in evidence.agreeing.items():
        share = match_share(agreeing.sample, weights, prior)
        sampled = agreeing.sample.count.sum()
        false = agreeing.pairs * float((agreeing.sample.count * (1.0 - share)).sum()) / sampled if sampled else 0.0
        exact = min((false + 0.5) / (agreeing.present + 1.0), 0.999)
        u[c] = np.append(exact, u[c][1:] * (1.0 - exact) / u[c][1:].sum())
    return u


def _bits(evidence: Evidence, m: list[Array], u: list[Array]) -> list[Array]:
    return [
        evidence.pinned[c] if c in evidence.pinned else np.log2(np.maximum(a, _FLOOR) / np.maximum(b, _FLOOR))
        for c, (a, b) in enumerate(zip(m, u, strict=True))
    ]


def _weights(evidence: Evidence, m: list[Array], u: list[Array]) -> list[Array]:
    """As `_bits`, but where a value's rarity is added, exact agreement comes without what it weighs on average."""
    weights = _bits(evidence, m, u)
    for c in evidence.by_value:
        weights[c] = np.append(weights[c][0] + np.log2(np.maximum(u[c][0], _FLOOR)), weights[c][1:])
    return weights


def _prior(matches: float, pairs: float) -> float:
    share = min(max(matches, 0.5) / pairs, 0.999)
    return float(np.log2(share / (1.0 - share)))


def _log_likelihood(evidence: Evidence, m: list[Array], u: list[Array], prior: float) -> float:
    """Of the candidates' vectors, in nats."""
    candidates = evidence.candidates
    of_other = np.zeros(len(candidates.count))
    for c, shares in enumerate(u):
        of_other += np.append(0.0, np.log(np.maximum(shares, _FLOOR)))[candidates.levels[:, c]]
    odds = np.where(candidates.impossible, -np.inf, (_odds(candidates, _weights(evidence, m, u)) + prior) * np.log(2.0))
    other = -np.logaddexp(0.0, prior * np.log(2.0))
    return float((candidates.count * (of_other + other + np.logaddexp(0.0, odds))).sum())
