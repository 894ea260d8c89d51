"""The goals on the public lists: hospitals linked without their codes, and with them. Skipped where they are absent."""

from __future__ import annotations

import pytest

from tests.benchmarks.facility_links import REAL, measure_real, measure_sample


@pytest.mark.skipif(not REAL.is_dir(), reason="the public lists are not beside the repository")
@pytest.mark.parametrize(("hide", "goal", "precision"), [(True, 0.93, 0.99), (False, 0.995, 1.0)])
def test_hospitals_of_the_public_lists(hide: bool, goal: float, precision: float) -> None:
    score = measure_real(REAL, hide=hide)
    assert score.true == 1185
    assert score.f1 >= goal
    assert score.precision >= precision


@pytest.mark.parametrize("hide", [True, False])
def test_a_generated_night_against_its_truth(hide: bool) -> None:
    score = measure_sample(facilities=1500, seed=7, hide=hide)
    assert score.precision >= 0.995
    assert score.recall >= 0.95
