"""Clustering: constraints, decisions, ambiguity and ties, as small stories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sehatmu.linkage import LinkageError, link
from sehatmu.linkage.cluster import cluster_records, connected, weakest_bridge
from sehatmu.linkage.contested import Constraints, Edges
from sehatmu.linkage.encode import Array
from sehatmu.linkage.guard import REFUSALS
from tests.linking import partition, small_config


def clusters(
    count: int,
    edges: list[tuple[int, int, float]],
    *,
    extract: list[int] | None = None,
    vetoes: set[tuple[int, int]] = frozenset(),  # type: ignore[assignment]
    rivals: list[tuple[int, int, float]] = [],  # noqa: B006 - never changed
    same: list[tuple[int, int]] = [],  # noqa: B006
    apart: list[tuple[int, int]] = [],  # noqa: B006
    within: float = 0.5,
) -> tuple[list[int], list[str]]:
    """Clusters of rows, and per edge (then rivals, then same) why it was refused."""
    pairs = [*edges, *rivals, *((a, b, 0.0) for a, b in same)]
    kinds = [0] * len(edges) + [1] * len(rivals) + [2] * len(same)

    def veto_of(a: Array, b: Array) -> Array:
        return np.array([(min(p), max(p)) in vetoes for p in zip(a.tolist(), b.tolist(), strict=True)], bool)

    kind = np.array(kinds, np.int64)
    found, refused = cluster_records(
        Edges(
            left=np.array([p[0] for p in pairs], np.int64),
            right=np.array([p[1] for p in pairs], np.int64),
            score=np.array([p[2] for p in pairs], np.float64),
            joinable=kind == 0,
            rival=kind == 1,
            forced=kind == 2,
            apart=np.zeros(len(pairs), bool),
        ),
        Constraints(
            extract=np.array(extract or [0] * count, np.uint16),
            signature=np.arange(count, dtype=np.uint64),
            veto_of=veto_of,
            apart=(np.array([a for a, _ in apart], np.int64), np.array([b for _, b in apart], np.int64)),
            ambiguous_within=within,
        ),
    )
    return found.tolist(), [REFUSALS[reason] for reason in refused]


def test_pairs_chain_into_clusters_where_nothing_forbids_it() -> None:
    assert clusters(5, [(0, 1, 9.0), (1, 2, 1.0), (3, 4, 5.0)]) == ([0, 0, 0, 3, 3], ["", "", ""])


def test_a_veto_between_any_two_members_keeps_a_chain_from_gluing() -> None:
    found, refused = clusters(3, [(0, 1, 9.0), (1, 2, 5.0)], vetoes={(0, 2)})
    assert (found, refused) == ([0, 0, 2], ["", "cluster_veto"])


def test_the_better_pair_is_joined_first() -> None:
    found, _ = clusters(3, [(0, 1, 5.0), (1, 2, 9.0)], vetoes={(0, 2)})
    assert found == [0, 1, 1]


def test_a_tie_ends_in_the_record_keys() -> None:
    assert clusters(3, [(1, 2, 5.0), (0, 1, 5.0)], vetoes={(0, 2)})[0] == [0, 0, 2]


def test_an_extract_comes_once_per_cluster() -> None:
    found, refused = clusters(4, [(0, 2, 9.0), (1, 2, 5.0), (1, 3, 3.0)], extract=[1, 1, 2, 2])
    assert found == [0, 1, 0, 1]
    assert refused == ["", "one_per_extract", ""]


def test_two_equally_good_candidates_are_neither_joined() -> None:
    found, refused = clusters(3, [(0, 1, 5.0), (0, 2, 5.0)], extract=[1, 2, 2])
    assert (found, refused) == ([0, 1, 2], ["ambiguous", "ambiguous"])


def test_a_clearly_better_candidate_is_joined() -> None:
    found, refused = clusters(3, [(0, 1, 5.0), (0, 2, 4.0)], extract=[1, 2, 2])
    assert (found, refused) == ([0, 0, 2], ["", "one_per_extract"])


def test_a_candidate_that_has_a_better_partner_is_no_rival() -> None:
    edges = [(0, 2, 5.0), (0, 3, 5.0), (1, 3, 9.0)]
    assert clusters(4, edges, extract=[1, 1, 2, 2])[0] == [0, 1, 0, 1]


def test_a_possible_match_that_is_about_as_good_makes_a_match_ambiguous() -> None:
    found, refused = clusters(3, [(0, 1, 0.2)], rivals=[(0, 2, -0.2)], extract=[1, 2, 2])
    assert (found, refused[0]) == ([0, 1, 2], "ambiguous")
    found, _ = clusters(4, [(0, 1, 0.2), (2, 3, 3.0)], rivals=[(0, 2, -0.2)], extract=[1, 2, 2, 1])
    assert found == [0, 0, 2, 2], "2 has a clearly better match in the extract of 0"


def test_a_cluster_with_two_candidates_in_one_extract_is_ambiguous_too() -> None:
    edges = [(0, 1, 9.0), (0, 2, 5.0), (1, 3, 5.0)]
    found, refused = clusters(4, edges, extract=[1, 2, 3, 3])
    assert (found, refused) == ([0, 0, 2, 3], ["", "ambiguous", "ambiguous"])


def test_records_outside_the_declared_extracts_may_come_often() -> None:
    assert clusters(3, [(0, 1, 5.0), (0, 2, 5.0)], extract=[1, 0, 0])[0] == [0, 0, 0]


def test_a_decision_joins_across_veto_score_and_extract() -> None:
    assert clusters(2, [], same=[(0, 1)], vetoes={(0, 1)}, extract=[1, 1])[0] == [0, 0]


def test_a_decision_goes_before_a_better_pair() -> None:
    found, refused = clusters(3, [(0, 2, 50.0)], same=[(0, 1)], extract=[1, 2, 2])
    assert (found, refused[0]) == ([0, 0, 2], "one_per_extract")


def test_records_decided_to_differ_stay_apart_in_any_chain() -> None:
    found, refused = clusters(3, [(0, 1, 9.0), (1, 2, 5.0)], apart=[(0, 2)])
    assert (found, refused) == ([0, 0, 2], ["", "not_same"])


def test_decisions_that_contradict_each_other_leave_the_last_one_out() -> None:
    found, refused = clusters(3, [], same=[(0, 1), (1, 2)], apart=[(0, 2)])
    assert (found, refused) == ([0, 0, 2], ["", "not_same"])


def test_components_that_no_constraint_touches_pass_untouched() -> None:
    edges = [(0, 1, 9.0), (1, 2, 5.0), (3, 4, 2.0), (4, 5, 1.0)]
    assert clusters(6, edges, vetoes={(0, 2)})[0] == [0, 0, 2, 3, 3, 3]


def test_a_long_path_is_one_component() -> None:
    steps = np.random.default_rng(1).permutation(10_000)
    assert not connected(10_001, steps, steps + 1).any()


def test_the_weakest_bridge_is_what_holds_the_cluster() -> None:
    left, right = np.array([0, 1, 0, 2]), np.array([1, 2, 2, 3])
    assert weakest_bridge(left, right, np.array([9.0, 8.0, 1.0, 3.0])) == 3


def records(*names: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"record_key": [f"r{i}" for i in range(len(names))], "code": None, "name": names, "born": None, "town": "X"},
        schema_overrides={"code": pl.String, "born": pl.Date},
    )


def decisions(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["left_key", "right_key", "verdict"], orient="row")


def test_a_decided_pair_that_no_rule_covers_is_joined_and_explained() -> None:
    linked = link(records("ANI", "XAVERIUS"), small_config(), decisions=decisions(("r1", "r0", "same")))
    pair = linked.pairs.row(0, named=True)
    assert (pair["left_key"], pair["right_key"], pair["class"], pair["rule"]) == ("r0", "r1", "match", "decision")
    assert (pair["score"], pair["level_name"]) == (-8.0, 4)
    assert partition(linked.clusters) == {frozenset({"r0", "r1"})}


def test_a_pair_decided_to_differ_leaves_the_review() -> None:
    frame = records("ANI", "ANI")
    assert len(link(frame, small_config()).clusters["cluster_key"].unique()) == 1
    linked = link(frame, small_config(), decisions=decisions(("r0", "r1", "not_same")))
    assert len(linked.pairs) == 0
    assert len(linked.clusters["cluster_key"].unique()) == 2


def test_a_decision_about_an_absent_record_waits() -> None:
    linked = link(records("ANI", "BUDI"), small_config(), decisions=decisions(("r0", "gone", "same")))
    assert len(linked.clusters["cluster_key"].unique()) == 2


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("r0", "r1", "same"), ("r1", "r0", "not_same")], "contradict"),
        ([("r0", "r1", "SAME")], "verdict"),
    ],
)
def test_bad_decisions_are_told(rows: list[tuple[str, str, str]], told: str) -> None:
    with pytest.raises(LinkageError, match=told):
        link(records("ANI", "BUDI"), small_config(), decisions=decisions(*rows))


def test_contradicting_chains_of_decisions_are_a_finding() -> None:
    rows = [("r0", "r1", "same"), ("r1", "r2", "same"), ("r0", "r2", "not_same")]
    linked = link(records("ANI", "BUDI", "CITRA"), small_config(), decisions=decisions(*rows))
    assert linked.report.findings["finding"].to_list() == ["decisions_contradict"]


def test_copies_by_the_thousand_link_in_one_cluster() -> None:
    frame = records(*["ANI BUDI"] * 1500)
    config = small_config()
    generous = replace(config, rules=tuple(replace(r, split=(), cap=9999, budget=9999) for r in config.rules))
    assert link(frame, generous).clusters["cluster_key"].unique().to_list() == ["r0"]
