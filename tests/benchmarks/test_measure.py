"""What the benchmark says is right: scores on clusters that can be counted by hand, costs of a child that is known."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_measure", Path(__file__).with_name("measure.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TRUTH = pl.DataFrame({"record_key": list("abcdefg"), "entity": [1, 1, 1, 2, 2, 3, 4]})


def test_pairs_within_clusters_are_counted_once(measure: ModuleType) -> None:
    clusters = pl.DataFrame({"record_key": list("abcdef"), "cluster_key": ["a", "a", "c", "d", "d", "d"]})
    score = measure.score_clusters(clusters, TRUTH)  # right: ab, de; found: ab, de, df, ef; true: ab, ac, bc, de
    assert (score.right, score.found, score.true) == (2, 4, 4)
    assert score.f1 == pytest.approx(0.5)


def test_a_whole_person_is_all_its_records_and_no_other(measure: ModuleType) -> None:
    clusters = pl.DataFrame({"record_key": list("abcdefg"), "cluster_key": list("aaadddg")})
    score = measure.whole_persons(clusters, TRUTH)  # the first person is whole, the second has one too many
    assert (score.right, score.found, score.true) == (1, 2, 2)


def test_edges_count_against_all_true_pairs(measure: ModuleType) -> None:
    edges = pl.DataFrame({"left_key": ["a", "a"], "right_key": ["b", "d"]})
    score = measure.score_edges(edges, TRUTH)
    assert (score.right, score.found, score.true) == (1, 2, 4)
    assert sorted(measure.true_pairs(TRUTH).rows()) == [("a", "b"), ("a", "c"), ("b", "c"), ("d", "e")]


def test_cost_is_of_the_child_alone(measure: ModuleType, tmp_path: Path) -> None:
    ballast = bytearray(300 << 20)  # what the parent holds must not count
    code = "x = bytearray(64 << 20); n = sum(range(5_000_000))"
    cost = measure.run([sys.executable, "-c", code], notes=tmp_path / "no.json", timeout=60, log=tmp_path / "log")
    assert not cost.failed
    assert 0.02 < cost.total_cpu < 20
    assert 64 << 20 < cost.peak < len(ballast)


def test_a_child_that_does_not_end_is_stopped_and_said(measure: ModuleType, tmp_path: Path) -> None:
    code = "import time; time.sleep(60)"
    cost = measure.run([sys.executable, "-c", code], notes=tmp_path / "no.json", timeout=0.5, log=tmp_path / "log")
    assert cost.failed == "stopped after 0 s"
    assert cost.total_wall < 20
