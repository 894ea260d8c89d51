"""Linkage against others who know: rapidfuzz, networkx, and a scorer that is too simple to be wrong."""

from __future__ import annotations

import itertools
import math
from datetime import date
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from sehatmu.linkage.cluster import cluster_records, connected
from sehatmu.linkage.compare_text import TextPairs, levels_of_texts
from sehatmu.linkage.config import Level
from sehatmu.linkage.contested import Constraints, Edges
from sehatmu.linkage.encode import Array, encode_records
from sehatmu.linkage.guard import Edge, Party, join_guarded
from sehatmu.linkage.initials import initials_similarity
from sehatmu.linkage.score import make_plan, score_pairs
from sehatmu.linkage.similarity import edit_distance, similarity
from sehatmu.linkage.tokens import count_common, read_tokens
from tests.linking import small_config

SCORERS: dict[str, Any] = {
    "jaro_winkler": JaroWinkler.similarity,
    "levenshtein": Levenshtein.normalized_similarity,
    "osa": OSA.normalized_similarity,
    "token_set": lambda a, b: fuzz.token_set_ratio(a, b) / 100,
    "token_sort": lambda a, b: fuzz.token_sort_ratio(a, b) / 100,
}
texts = st.lists(st.text(alphabet="ABCDE É1 \u2003", max_size=14), min_size=1, max_size=30)


def objects(values: list[str]) -> Array:
    return np.array(values, dtype=object)


@example(left=["A", "B1É "], right=["A ", "BÉ"], comparator="jaro_winkler", at_least=0.85)
@settings(deadline=None)
@given(texts, texts, st.sampled_from(sorted(SCORERS)), st.sampled_from([0.0, 0.5, 0.85]))
def test_similarities_equal_rapidfuzz(left: list[str], right: list[str], comparator: str, at_least: float) -> None:
    pairs = list(zip(left, right, strict=False))
    found = similarity(comparator, objects([a for a, _ in pairs]), objects([b for _, b in pairs]), at_least=at_least)
    for (a, b), value in zip(pairs, found, strict=True):
        truth = SCORERS[comparator](a, b)
        assert value in (truth, 0) if truth < at_least else value == truth


@settings(deadline=None)
@given(texts, texts)
def test_edits_and_tokens_equal_their_definition(left: list[str], right: list[str]) -> None:
    pairs = list(zip(left, right, strict=False))
    a, b = objects([x for x, _ in pairs]), objects([y for _, y in pairs])
    assert edit_distance(a, b, at_most=99).tolist() == [OSA.distance(x, y) for x, y in pairs]
    sets = [(set(x.split()), set(y.split())) for x, y in pairs]
    places = np.arange(len(pairs))
    tokens = read_tokens(np.concatenate([a, b]))
    assert count_common(tokens, places, places + len(pairs)).tolist() == [len(x & y) for x, y in sets]
    assert tokens.counts.tolist() == [len(x) for x, _ in sets] + [len(y) for _, y in sets]


@settings(deadline=None)
@given(texts, texts)
def test_complete_agreement_of_tokens_equals_rapidfuzz(left: list[str], right: list[str]) -> None:
    pairs = [(x, y) for x, y in zip(left, right, strict=False) if x.strip() and y.strip()]
    places = np.arange(len(pairs))
    both = TextPairs(objects([*(x for x, _ in pairs), *(y for _, y in pairs)]), places, places + len(pairs))
    for comparator in ("token_sort", "token_set"):
        levels = (Level("all", comparator, 1.0, None), Level("else", "else", 1.0, None))
        found = levels_of_texts(levels, both)
        assert (found == 1).tolist() == [SCORERS[comparator](x, y) == 1.0 for x, y in pairs]


def cut_to_initials(own: list[str], other: list[str]) -> list[str]:
    """Each letter that only the other side has cuts the first word of one's own that it begins and the other lacks."""
    words = list(own)
    for letter in sorted({w for w in other if len(w) == 1} - set(own)):
        place = next((i for i, w in enumerate(own) if w[0] == letter and w not in other), None)
        if place is not None:
            words[place] = letter
    return words


def naive_initials(a: str, b: str) -> float:
    own, other = ([w for w in text.split(" ") if w] for text in (a, b))
    cut = cut_to_initials(own, other), cut_to_initials(other, own)
    if cut == (own, other) or any(all(len(w) == 1 for w in side) for side in cut):
        return 0.0
    return float(JaroWinkler.similarity(*(" ".join(sorted(side)) for side in cut)))


initialled = st.lists(
    st.lists(st.sampled_from(["A", "B", "É", "AB", "ABC", "BA", "ÉB", "CA", ""]), max_size=4).map(" ".join),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(initialled, initialled, st.sampled_from([0.0, 0.85]))
def test_initials_equal_their_definition(left: list[str], right: list[str], at_least: float) -> None:
    pairs = list(zip(left, right, strict=False))
    both, places = objects([*(a for a, _ in pairs), *(b for _, b in pairs)]), np.arange(len(pairs))
    found = initials_similarity(both, places, places + len(pairs), at_least=at_least)
    for (a, b), value in zip(pairs, found, strict=True):
        truth = naive_initials(a, b)
        assert value in (truth, 0) if truth < at_least else value == truth


# --- scoring -----------------------------------------------------------------------------------------------

people = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["123", "132", "124", "999", None]),
        "name": st.sampled_from(["ANI BUDI", "ANI BUDY", "BUDI ANI", "BUDI", "XAVERIUS", None]),
        "born": st.sampled_from([date(1990, 4, 7), date(1990, 7, 4), date(1990, 1, 1), date(1970, 1, 1), None]),
        "town": st.sampled_from(["X", "Y", None]),
    }
)


def naive_score(a: dict[str, Any], b: dict[str, Any]) -> tuple[float, list[int]]:
    """The small domain's score, pair by pair and rule by rule, as a person would do it by hand."""

    def level(name: str, *tests: bool) -> int:
        if a[name] is None or b[name] is None:
            return 0
        return next((i for i, holds in enumerate(tests, start=1) if holds), len(tests) + 1)

    def both(name: str) -> tuple[Any, Any]:
        return (a[name] or "", b[name] or "")

    born = (a["born"] or date.min, b["born"] or date.max)
    levels = [
        level("code", a["code"] == b["code"], OSA.distance(*both("code")) <= 1),
        level(
            "name",
            a["name"] == b["name"],
            JaroWinkler.similarity(*both("name")) >= 0.9,
            fuzz.token_set_ratio(*both("name")) >= 80,
        ),
        level(
            "born",
            born[0] == born[1],
            (born[0].year, born[0].month, born[0].day) == (born[1].year, born[1].day, born[1].month),
            born[0].year == born[1].year,
        ),
        level("town", a["town"] == b["town"]),
    ]
    bits = [(0, 8, 2, -5), (0, 4, 3, 1, -4), (0, 4, 2, -1, -4), (0, 2, -2)]
    return -6 + sum(weights[level] for weights, level in zip(bits, levels, strict=True)), levels


@settings(deadline=None)
@given(st.lists(people, min_size=2, max_size=12), st.sampled_from([-math.inf, -4.0, 0.0, 5.0]))
def test_staged_scores_equal_a_naive_scorer(rows: list[dict[str, Any]], floor: float) -> None:
    plan = make_plan(small_config())
    schema = {"code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame = frame.with_columns(record_key=pl.int_range(pl.len()).cast(pl.String).str.zfill(3))
    pairs = list(itertools.combinations(range(len(rows)), 2))
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    columns = encode_records(frame, plan.config).columns
    kept, scores, levels = score_pairs(columns, plan, left, right, floor=floor)
    found = {pairs[p]: (s, lv) for p, s, lv in zip(kept.tolist(), scores.tolist(), levels.tolist(), strict=True)}
    truth = {(i, j): naive_score(rows[i], rows[j]) for i, j in pairs}
    assert found == {pair: value for pair, value in truth.items() if value[0] >= floor}


# --- clustering --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_without_constraints_clusters_are_the_connected_components(seed: int) -> None:
    graph = nx.gnm_random_graph(2000, 1500, seed=seed)
    left, right = (np.array(side, np.int64) for side in zip(*graph.edges, strict=True))
    label = connected(2000, left, right)
    truth = {node: min(part) for part in nx.connected_components(graph) for node in part}
    assert label.tolist() == [truth[node] for node in range(2000)]


constrained = st.tuples(
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 6)), max_size=40),
    st.lists(st.integers(0, 3), min_size=15, max_size=15),
    st.lists(st.integers(0, 4), min_size=15, max_size=15),
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=4),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=3),
)


@settings(deadline=None, max_examples=300)
@given(constrained)
def test_joining_whole_components_gives_what_the_guard_alone_would_give(drawn: Any) -> None:
    links, extract, kind, vetoes, apart = drawn
    pairs = sorted({(min(a, b), max(a, b)): score for a, b, score in links if a != b}.items())
    apart = [(min(a, b), max(a, b)) for a, b in apart if a != b]
    forbidden = {(a, b) for a, b in vetoes if a != b} | {(b, a) for a, b in vetoes if a != b}

    def veto_of(a: Array, b: Array) -> Array:
        kinds = zip(np.array(kind)[a].tolist(), np.array(kind)[b].tolist(), strict=True)
        return np.array([pair in forbidden for pair in kinds], bool)

    left, right = (np.array([pair[side] for pair, _ in pairs], np.int64) for side in (0, 1))
    score = np.array([s for _, s in pairs], np.float64)
    joinable = ~veto_of(left, right) & np.array([pair not in apart for pair, _ in pairs], bool)
    none = np.zeros(len(pairs), bool)
    found, refused = cluster_records(
        Edges(left, right, score, joinable, none, none, ~joinable),
        Constraints(
            extract=np.array(extract, np.uint16),
            signature=np.array(kind, np.uint64),
            veto_of=veto_of,
            apart=(np.array([a for a, _ in apart], np.int64), np.array([b for _, b in apart], np.int64)),
            ambiguous_within=1.0,
        ),
    )
    parties = {
        row: Party(
            extracts=1 << extract[row] if extract[row] else 0,
            kinds=1 << kind[row],
            vetoed=sum(1 << other for other in range(5) if (kind[row], other) in forbidden),
            name=1 << row,
            shunned=sum(1 << (b if a == row else a) for a, b in set(apart) if row in (a, b)),
        )
        for row in range(15)
    }
    order = sorted(np.flatnonzero(joinable).tolist(), key=lambda e: (-score[e], left[e], right[e]))
    edges = [Edge(e, int(left[e]), int(right[e]), float(score[e]), forced=False) for e in order]
    alone, reasons = join_guarded(parties, edges, within=1.0)
    assert found.tolist() == [alone[row] for row in range(15)]
    assert {e: r for e, r in enumerate(refused.tolist()) if r} == {e: r for e, r in reasons.items() if r}
