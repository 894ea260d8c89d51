"""EM against what is known: parameters that made the vectors, and EM row by row, too plain to be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from sehatmu.linkage.em import Agreeing, Estimate, Evidence, Histogram, collect, estimate
from sehatmu.linkage.encode import Array

M = (
    np.array([0.92, 0.05, 0.03]),
    np.array([0.70, 0.20, 0.10]),
    np.array([0.95, 0.05]),
    np.array([0.80, 0.12, 0.08]),
    np.array([0.60, 0.40]),
)
U = (
    np.array([0.002, 0.02, 0.978]),
    np.array([0.01, 0.05, 0.94]),
    np.array([0.50, 0.50]),
    np.array([0.05, 0.15, 0.80]),
    np.array([0.01, 0.99]),
)
SHARE = 0.004
PAIRS = 500_000


def made(pairs: int, *, seed: int, missing: float = 0.0) -> tuple[Array, Array]:
    """Level vectors of pairs, and which of them are matches."""
    rng = np.random.default_rng(seed)
    match = rng.random(pairs) < SHARE
    levels = np.zeros((pairs, len(M)), np.uint8)
    for c, (m, u) in enumerate(zip(M, U, strict=True)):
        drawn = [rng.choice(len(p), pairs, p=p) for p in (u, m)]
        levels[:, c] = 1 + np.where(match, drawn[1], drawn[0])
        levels[rng.random(pairs) < missing, c] = 0
    return levels, match


def histogram(levels: Array, teaches: Array | None = None) -> Histogram:
    every = np.ones(levels.shape, bool)
    return collect(levels, every if teaches is None else teaches, np.zeros(len(levels), bool), np.zeros(len(levels)))


def fitted(levels: Array, teaches: Array | None = None, *, seed: int = 99) -> Estimate:
    """Candidates as given, u from a random sample of their own."""
    random, _ = made(PAIRS, seed=seed)
    sizes = tuple(len(m) for m in M)
    evidence = Evidence(sizes, float(PAIRS), histogram(levels, teaches), histogram(random))
    return estimate(evidence, matches=0.02 * PAIRS)


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_known_parameters_are_found_again(missing: float) -> None:
    levels, match = made(PAIRS, seed=1, missing=missing)
    found = fitted(levels)
    assert found.converged
    assert found.matches == pytest.approx(match.sum(), rel=0.06 if missing else 0.03)
    for c in range(len(M)):
        np.testing.assert_allclose(found.m[c], M[c], atol=0.05 if missing else 0.03)
        np.testing.assert_allclose(found.u[c], U[c], atol=0.002)
        np.testing.assert_allclose(found.bits[c], np.log2(M[c] / U[c]), atol=0.6)


def test_pairs_found_by_agreement_do_not_flatter_it() -> None:
    levels, _ = made(2 * PAIRS, seed=2)
    levels = levels[:PAIRS]
    by_first, by_second = levels[:, 0] == 1, levels[:, 1] == 1
    asked = by_first | by_second
    candidates = levels[asked]
    teaches = np.ones(candidates.shape, bool)
    teaches[:, 0], teaches[:, 1] = by_second[asked], by_first[asked]
    found, naive = fitted(candidates, teaches), fitted(candidates)
    for c in range(len(M)):
        np.testing.assert_allclose(found.m[c], M[c], atol=0.04)
    assert abs(naive.m[1][0] - M[1][0]) > abs(found.m[1][0] - M[1][0])
    assert naive.m[0][0] > M[0][0] + 0.015


def test_the_histogram_changes_nothing() -> None:
    levels, _ = made(20_000, seed=3, missing=0.1)
    random, _ = made(20_000, seed=4)
    sizes = tuple(len(m) for m in M)
    found = estimate(Evidence(sizes, 20_000.0, histogram(levels), histogram(random)), matches=400.0)
    m, u, matches = by_rows(levels, random, sizes, matches=400.0, steps=found.steps)
    assert found.matches == pytest.approx(matches, rel=1e-9)
    for c in range(len(sizes)):
        np.testing.assert_allclose(found.m[c], m[c], rtol=1e-9)
        np.testing.assert_allclose(found.u[c], u[c], rtol=1e-9)


def by_rows(
    levels: Array, random: Array, sizes: tuple[int, ...], *, matches: float, steps: int
) -> tuple[list[Array], list[Array], float]:
    """The same iteration, pair by pair."""
    pairs = float(len(levels))
    m = [np.append(0.9, np.full(size - 1, 0.1 / (size - 1))) for size in sizes]
    u = [smoothed(random[:, c], np.ones(len(random)), size) for c, size in enumerate(sizes)]
    for _ in range(steps):
        share = matches / pairs
        bits = [np.append(0.0, np.log2(a / b)) for a, b in zip(m, u, strict=True)]
        odds = [
            sum(bits[c][rows[:, c]] for c in range(len(sizes))) + np.log2(share / (1 - share))
            for rows in (levels, random)
        ]
        likely, of_random = (1.0 / (1.0 + 2.0**-score) for score in odds)
        u = [smoothed(random[:, c], 1.0 - of_random, size) for c, size in enumerate(sizes)]
        matches = float(likely.sum())
        m = [smoothed(levels[:, c], likely, size) for c, size in enumerate(sizes)]
    return m, u, matches


def smoothed(levels: Array, weight: Array, size: int) -> Array:
    counts = np.array([weight[levels == level].sum() for level in range(1, size + 1)]) + 0.5
    return np.asarray(counts / counts.sum())


def test_rare_agreement_is_counted_where_a_sample_would_never_see_it() -> None:
    levels, match = made(PAIRS, seed=5)
    rare = 40  # pairs of two subjects that agree on a number nobody should share
    number = np.where(match, 1, 2)
    number[np.flatnonzero(~match)[:rare]] = 1
    levels = np.column_stack([levels, number.astype(np.uint8)])
    agreeing = levels[number == 1]
    evidence = Evidence(
        sizes=(*(len(m) for m in M), 2),
        pairs=float(PAIRS),
        candidates=histogram(levels),
        random=histogram(levels[::1000]),
        agreeing={5: Agreeing(float(len(agreeing)), float(PAIRS), histogram(agreeing[::2]))},
    )
    found = estimate(evidence, matches=0.02 * PAIRS)
    assert found.u[5][0] == pytest.approx(rare / PAIRS, rel=0.6)


def test_a_level_that_nobody_has_stays_finite_and_is_known_as_unseen() -> None:
    levels, _ = made(50_000, seed=6)
    random, _ = made(50_000, seed=7)
    sizes = (*(len(m) for m in M[:4]), 3)
    found = estimate(Evidence(sizes, 50_000.0, histogram(levels), histogram(random)), matches=300.0)
    assert np.isfinite(found.bits[4]).all()
    assert found.seen_m[4][2] == found.seen_u[4][2] == 0


def test_pinned_weights_decide_who_matches() -> None:
    levels, _ = made(50_000, seed=8)
    random, _ = made(50_000, seed=9)
    evidence = Evidence(
        tuple(len(m) for m in M), 50_000.0, histogram(levels), histogram(random), pinned={0: np.full(3, -50.0)}
    )
    found = estimate(evidence, matches=300.0)
    assert found.bits[0].tolist() == [-50.0] * 3
    assert found.matches < 1.0
