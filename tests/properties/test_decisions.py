"""Decisions as a relation: whoever is away, humans are obeyed, or told of their contradiction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

import networkx
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.linkage import link
from sehatmu.linkage.decision_files import one_decision
from sehatmu.linkage.decisions import ContradictionError, binding_pairs, empty_decisions
from tests.linking import small_config

KEYS = [f"k{n}" for n in range(9)]
pair = st.sampled_from(list(combinations(KEYS, 2)))
decisions = st.lists(st.tuples(pair, st.sampled_from(["same", "same", "not_same", "withdrawn"])), max_size=12)
record = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["1", "2", None]),
        "name": st.sampled_from(["ANI", "ANY", "BUDI"]),
        "born": st.none(),
        "town": st.sampled_from(["X", "Y"]),
    }
)
SCHEMA = {"code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String}
CONFIG = small_config("cluster: {one_per_extract: [a/x], ambiguous_within: 1}\n")


def frame_of(taken: list[tuple[tuple[str, str], str]]) -> pl.DataFrame:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [
        one_decision("msi", sides, verdict, who="Rina", when=start + timedelta(n), why="").with_columns(
            row_number=pl.lit(n, pl.UInt32)
        )
        for n, (sides, verdict) in enumerate(taken)
    ]
    return pl.concat([empty_decisions(), *rows])


def holding(taken: list[tuple[tuple[str, str], str]]) -> list[tuple[tuple[str, str], str]]:
    """The plain reading: a withdrawal wipes what was said of its pair so far."""
    live: list[tuple[tuple[str, str], str]] = []
    for sides, verdict in taken:
        live = [d for d in live if d[0] != sides] if verdict == "withdrawn" else [*live, (sides, verdict)]
    return live


@settings(deadline=None, max_examples=150)
@given(decisions, st.lists(record, min_size=9, max_size=9), st.sets(st.sampled_from(KEYS)), st.randoms())
def test_the_night_obeys_or_names_the_contradiction(taken, rows, here, random) -> None:  # type: ignore[no-untyped-def]
    live = holding(taken)
    graph = networkx.Graph()
    graph.add_nodes_from(KEYS)
    graph.add_edges_from(sides for sides, verdict in live if verdict == "same")
    group = {key: n for n, part in enumerate(networkx.connected_components(graph)) for key in part}
    apart = [sides for sides, verdict in live if verdict == "not_same"]
    frame = frame_of(taken)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))
    present = sorted(here)
    if any(group[a] == group[b] for a, b in apart):
        for order in (frame, shuffled):
            try:
                binding_pairs(order, pl.Series(present, dtype=pl.String))
            except ContradictionError as error:
                assert "this decision row" in str(error)  # noqa: PT017
            else:
                raise AssertionError("contradictory decisions passed")
        return
    bound = binding_pairs(frame, pl.Series(present, dtype=pl.String))
    assert bound.equals(binding_pairs(shuffled, pl.Series(present, dtype=pl.String)))
    people = pl.DataFrame(rows, schema=SCHEMA).with_columns(
        record_key=pl.Series(KEYS), source=pl.lit("a"), extract=pl.lit("x")
    )
    people = people.filter(pl.col("record_key").is_in(present))
    if people.is_empty():
        assert bound.is_empty()
        return
    cluster = dict(link(people, CONFIG, decisions=bound).clusters.iter_rows())
    for a, b in combinations(present, 2):
        if group[a] == group[b]:
            assert cluster[a] == cluster[b], "decided to be the same, by whatever way"
    for a, b in apart:
        for one in (key for key in present if group[key] == group[a]):
            for other in (key for key in present if group[key] == group[b]):
                assert cluster[one] != cluster[other], "decided to be different, by whatever way"
