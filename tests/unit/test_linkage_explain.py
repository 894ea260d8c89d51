"""Explaining: bars add up to the score, texts carry levels and never values."""

from __future__ import annotations

import random
from datetime import date

import networkx
import polars as pl
import pytest

from sehatmu.linkage import LinkageError, Linked, link
from sehatmu.linkage.explain import bridges, cluster_text, explain_pairs, explanation_text, pair_text
from sehatmu.linkage.review import review_rows
from sehatmu.linkage.score import make_plan
from tests.linking import small_config

PLAN = make_plan(small_config())


def linked() -> Linked:
    frame = pl.DataFrame(
        {
            "record_key": ["a", "b", "c"],
            "code": ["RAHASIA1", "RAHASIA1", None],
            "name": ["SITI AMINAH", "SITI AMINAH", "SITI AMINAH"],
            "born": [date(1990, 4, 7), date(1990, 7, 4), None],
            "town": ["BOGOR", "BOGOR", "BOGOR"],
        }
    )
    return link(frame, small_config())


def test_bars_add_up_to_the_score() -> None:
    pairs = linked().pairs
    bars = explain_pairs(pairs, PLAN)
    sums = bars.group_by("left_key", "right_key").agg(pl.col("bits").sum())
    both = pairs.join(sums, on=["left_key", "right_key"])
    assert both["score"].to_list() == pytest.approx(both["bits"].to_list())
    assert bars.filter(left_key="a", right_key="b").select("bar", "label", "bits").rows() == [
        ("prior", "", -6.0),
        ("code", "exact", 8.0),
        ("name", "exact", 4.0),
        ("born", "date swapped", 2.0),
        ("town", "exact", 2.0),
    ]


def test_a_line_tells_levels_and_no_values() -> None:
    pairs = linked().pairs
    line = explanation_text(pairs, PLAN)[0]
    assert line == "prior -6.0; code: exact +8.0; name: exact +4.0; born: date swapped +2.0; town: exact +2.0"
    text = pair_text(pairs, PLAN, "b", "a")
    assert "match at +10.00 bits" in text
    assert not any(value in text for value in ("RAHASIA", "SITI", "BOGOR", "1990"))


def test_a_pair_that_was_not_kept_is_told() -> None:
    with pytest.raises(LinkageError, match="not compared"):
        pair_text(linked().pairs, PLAN, "a", "z")


def test_a_cluster_is_told_by_its_weakest_bridge() -> None:
    found = linked()
    assert bridges(found.pairs, found.clusters).rows() == [("a", "a", "c", 0.0)]


def test_bridges_of_many_clusters_are_those_of_each_taken_alone() -> None:
    dice = random.Random(7)
    clusters = [[f"{c:02}-{n:02}" for n in range(dice.randint(1, 12))] for c in range(40)]
    rows = []
    for members in clusters:
        for n, right in enumerate(members[1:], start=1):
            for left in {members[dice.randrange(n)], members[dice.randrange(n)]}:
                rows.append((left, right, float(dice.randint(0, 5)), "match"))
    pairs = pl.DataFrame(rows, schema=["left_key", "right_key", "score", "class"], orient="row")
    named = pl.DataFrame(
        {"record_key": [m for c in clusters for m in c], "cluster_key": [m[0] for m in clusters for _ in m]}
    )
    for key, left, right, score in bridges(pairs, named).iter_rows():
        graph = networkx.Graph()
        own = pairs.filter(pl.col("left_key").is_in([m for c in clusters if c[0] == key for m in c]))
        graph.add_weighted_edges_from(own.select("left_key", "right_key", "score").rows())
        tree = networkx.maximum_spanning_tree(graph)
        assert score == min(worth for _, _, worth in tree.edges(data="weight"))
        assert graph.edges[left, right]["weight"] == score
    assert len(bridges(pairs, named)) == sum(len(members) > 1 for members in clusters)


def test_a_cluster_is_told_by_members_bridge_and_edges() -> None:
    found = linked()
    told = cluster_text(found.pairs, found.clusters, PLAN, "b")
    assert told.splitlines() == [
        "a cluster of 3 record(s), held by 3 of 3 possible pair(s)",
        "    1  a",
        "    2  b",
        "    3  c",
        "weakest bridge: 1 and 3 at +0.00 bits (match from +0.00); without it the cluster falls apart",
        "    1 and 3       +0.00  prior -6.0; name: exact +4.0; town: exact +2.0",
        "    2 and 3       +0.00  prior -6.0; name: exact +4.0; town: exact +2.0",
        "    1 and 2      +10.00  " + explanation_text(found.pairs, PLAN)[0],
    ]
    assert cluster_text(found.pairs, found.clusters, PLAN, "b", most=1).count("... and") == 2
    with pytest.raises(LinkageError, match="no such record"):
        cluster_text(found.pairs, found.clusters, PLAN, "z")


def test_review_leaves_out_what_is_settled() -> None:
    pair = {
        "left_key": "a",
        "right_key": "b",
        "class": "possible",
        "rule": "name",
        "level_code": 0,
        "level_name": 1,
        "level_born": 0,
        "level_town": 0,
    }
    pairs = pl.DataFrame(
        [
            {**pair, "score": -1.0, "veto": None},
            {**pair, "right_key": "c", "score": -2.0, "veto": "other_code"},
            {**pair, "right_key": "d", "score": 3.0, "veto": "other_code"},
            {**pair, "right_key": "e", "score": -3.0, "veto": None},
            {**pair, "right_key": "f", "score": 9.0, "veto": None, "class": "match"},
        ],
        schema_overrides={"veto": pl.String},
    )
    assert review_rows(pairs, PLAN, index="mpi")["right_key"].to_list() == ["b", "d", "e"]
    clusters = pl.DataFrame({"record_key": list("abcdef"), "cluster_key": list("abcdaf")})
    rows = review_rows(pairs, PLAN, index="mpi", clusters=clusters)
    assert rows["right_key"].to_list() == ["b", "d"]
    assert rows.columns == ["index", "left_key", "right_key", "score", "explanation", "gain", "rank"]
    assert rows["explanation"][1].endswith("not joined: other_code")
