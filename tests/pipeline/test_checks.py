"""Checks warn about a register that shrinks overnight, and stop a night whose counts do not add up."""

from datetime import date

import dagster as dg
import polars as pl
import pytest

from pipelines.checks import judge_band, judge_counts, judge_identity
from sehatmu.intake.run import Intake

KEY = dg.AssetKey(["accepted", "facility", "x"])


def taken(current: int, *, row_count: int = 0, accepted: int = 0, quarantined: int = 0) -> Intake:
    files = {"row_count": [row_count], "accepted_count": [accepted], "quarantined_count": [quarantined]}
    return Intake(
        rows=pl.LazyFrame({"is_current": [True] * current + [False] * 5}),
        quarantine=pl.DataFrame(),
        source_file=pl.DataFrame({**files, "delivery_date": [date(2026, 3, 1)]}),
    )


@pytest.mark.parametrize(("now", "passed"), [(100, True), (80, True), (79, False), (120, True), (121, False)])
def test_a_register_that_shrinks_or_grows_by_a_fifth_is_a_warning(now: int, passed: bool) -> None:
    result = judge_band(taken(now), taken(100), KEY)
    assert result.passed is passed
    assert result.severity == dg.AssetCheckSeverity.WARN


def test_the_first_night_has_nothing_to_compare_with() -> None:
    assert judge_band(taken(7), None, KEY).passed


def test_counts_that_do_not_add_up_fail() -> None:
    assert judge_counts(taken(9, row_count=10, accepted=9, quarantined=1), KEY).passed
    assert not judge_counts(taken(9, row_count=10, accepted=9, quarantined=0), KEY).passed


def test_broken_identities_are_counted_and_never_shown() -> None:
    broken = pl.DataFrame({"check": ["a", "a", "b"], "master_id": ["1", "2", "3"], "record_key": ["k1", "k2", "k3"]})
    result = judge_identity(broken, KEY)
    assert not result.passed
    assert "k1" not in str(result.metadata)
    assert judge_identity(broken.clear(), KEY).passed
