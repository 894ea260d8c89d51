"""What the parsers make of the real drug list, where it is at hand: the floors that the project promises."""

from __future__ import annotations

import polars as pl
import pytest

from tests.benchmarks.pharma_coverage import LABELS, LIST, coverage, found_labels, judge, parse_list, read_list
from tests.standardising_pharma import books

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="the real list is not at hand")


def test_the_real_list_is_covered_and_read_right() -> None:
    rows = read_list()
    parsed = parse_list(rows, books())
    share = {row["measure"]: row["understood"] / row["rows"] for row in coverage(rows, parsed).iter_rows(named=True)}
    assert share["form"] >= 0.99
    assert share["strength told beside the form"] >= 0.98
    assert share["pack"] >= 0.99
    judged = judge(pl.read_csv(LABELS, infer_schema=False), found_labels(rows, parsed), books())
    right = judged.group_by("half", "measure").agg(pl.col("right").mean())
    assert right.filter(pl.col("right") < 0.95).rows() == []
    assert right["half"].n_unique() == 2
