"""What holds for linkage whatever the records: order, partition, each pair once, blocks by their own members."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.linkage import link
from sehatmu.linkage.block import candidate_pairs, make_blocks
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.kernel import kernel_table, score_blocks
from sehatmu.linkage.score import make_plan
from tests.linking import partition, shuffled, small_config

CONFIG = small_config("cluster: {one_per_extract: [a/x, b/x], ambiguous_within: 0.5}\n")
FREE = small_config()
NAMES = ["ANI", "ANI BUDI", "BUDI ANI", "ANY", "BUDI", "BUDY", "CITRA", "-", None]
record = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["1", "2", "12", "21", None, "NN"]),
        "name": st.sampled_from(NAMES),
        "born": st.sampled_from([date(1990, 4, 7), date(1990, 7, 4), date(1990, 1, 1), date(1991, 4, 7), None]),
        "town": st.sampled_from(["X", "Y", None]),
        "source": st.sampled_from(["a", "b", "c"]),
    }
)
decision = st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["same", "not_same"]))


def frame_of(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {"code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String, "source": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(
        record_key=pl.concat_str(pl.lit("k"), pl.int_range(pl.len()).cast(pl.String).str.zfill(3)), extract=pl.lit("x")
    )


def decisions_of(rows: list[tuple[int, int, str]]) -> pl.DataFrame:
    pairs = {(f"k{min(a, b):03}", f"k{max(a, b):03}"): verdict for a, b, verdict in rows if a != b}
    return pl.DataFrame(
        [(*pair, verdict) for pair, verdict in pairs.items()],
        schema={"left_key": pl.String, "right_key": pl.String, "verdict": pl.String},
        orient="row",
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(record, max_size=30), st.lists(decision, max_size=4), st.integers(0, 999), st.integers(1, 3))
def test_neither_the_order_of_rows_nor_threads_matter(
    rows: list[dict[str, object]], decided: list[tuple[int, int, str]], seed: int, threads: int
) -> None:
    frame, decisions = frame_of(rows), decisions_of(decided)
    first = link(frame, CONFIG, decisions=decisions)
    again = link(shuffled(frame, seed), CONFIG, decisions=shuffled(decisions, seed), threads=threads)
    assert first.pairs.equals(again.pairs)
    assert first.clusters.equals(again.clusters)
    assert first.report.counts == again.report.counts


@settings(deadline=None, max_examples=60)
@given(st.lists(record, max_size=30), st.lists(decision, max_size=4))
def test_clusters_are_a_partition_named_by_their_smallest_record(
    rows: list[dict[str, object]], decided: list[tuple[int, int, str]]
) -> None:
    frame = frame_of(rows)
    clusters = link(frame, CONFIG, decisions=decisions_of(decided)).clusters
    assert clusters["record_key"].to_list() == frame["record_key"].sort().to_list()
    for group in partition(clusters):
        assert clusters.filter(pl.col("record_key").is_in(list(group)))["cluster_key"].unique().to_list() == [
            min(group)
        ]


@settings(deadline=None, max_examples=60)
@given(st.lists(record, max_size=30))
def test_no_cluster_holds_what_must_stay_apart(rows: list[dict[str, object]]) -> None:
    frame = frame_of(rows)
    found = link(frame, CONFIG)
    told = dict(zip(frame["record_key"], rows, strict=True))
    for group in partition(found.clusters):
        sources = Counter(told[key]["source"] for key in group)
        assert sources["a"] <= 1
        assert sources["b"] <= 1
        for a in group:
            for b in group:
                x, y = told[a], told[b]
                town = None not in (x["town"], y["town"]) and x["town"] != y["town"]
                born = None not in (x["born"], y["born"]) and x["born"] != y["born"]
                assert not (town and born)
    clusters = dict(found.clusters.iter_rows())
    for pair in found.pairs.iter_rows(named=True):
        together = clusters[pair["left_key"]] == clusters[pair["right_key"]]
        assert together or pair["class"] == "possible"
        assert pair["class"] == "possible" or (pair["score"] >= 0 and pair["veto"] is None)
        assert pair["left_key"] < pair["right_key"]


@settings(deadline=None, max_examples=60)
@given(st.lists(record, max_size=40))
def test_every_covered_pair_is_produced_once_by_the_first_rule_that_covers_it(rows: list[dict[str, object]]) -> None:
    encoded = encode_records(frame_of(rows), CONFIG)
    keys = [make_blocks(encoded, rule).key for rule in CONFIG.rules]
    produced = Counter(
        (int(a), int(b), rule)
        for rule in range(len(keys))
        for left, right in candidate_pairs(keys, rule, encoded.extract)
        for a, b in zip(left, right, strict=True)
    )
    expected = Counter(
        (a, b, next(r for r, key in enumerate(keys) if key[a] == key[b] != 0))
        for a in range(encoded.size)
        for b in range(a + 1, encoded.size)
        if any(key[a] == key[b] != 0 for key in keys) and not (encoded.extract[a] == encoded.extract[b] != 0)
    )
    assert produced == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(record, min_size=1, max_size=40), st.integers(0, 4))
def test_a_block_splits_by_its_own_members_alone(rows: list[dict[str, object]], which: int) -> None:
    """Records of other names come and go: the blocks of one name stay as they were."""
    name = NAMES[which]
    rule = CONFIG.rules[1]
    frame = frame_of(rows)

    def blocks(part: pl.DataFrame) -> set[frozenset[str]]:
        encoded = encode_records(part, CONFIG)
        made = make_blocks(encoded, rule)
        keys = encoded.record_keys.gather(made.rows).to_list()
        found = {frozenset(keys[a:b]) for a, b in zip(made.bounds[:-1], made.bounds[1:], strict=True)}
        mine = set(part.filter(pl.col("name") == name)["record_key"])
        return {block for block in found if block <= mine}

    assert blocks(frame) == blocks(frame.filter(pl.col("name") == name))


@settings(deadline=None, max_examples=30)
@given(st.lists(record, min_size=2, max_size=40))
def test_the_kernel_gives_the_same_pairs_for_any_slicing_into_whole_blocks(rows: list[dict[str, object]]) -> None:
    encoded, plan = encode_records(frame_of(rows), FREE), make_plan(FREE)
    made = [make_blocks(encoded, rule) for rule in FREE.rules]
    table = kernel_table(encoded, plan, [blocks.key for blocks in made])
    for rule, blocks in enumerate(made):
        whole = score_blocks(table, plan, rule)
        parts = [
            score_blocks(table.take(np.sort(blocks.rows[a:b])), plan, rule)
            for a, b in zip(blocks.bounds[:-1], blocks.bounds[1:], strict=True)
        ]
        order = [("left", "ascending"), ("right", "ascending")]
        expected = whole.sort_by(order).to_pylist()
        found = [row for part in parts for row in part.to_pylist()]
        assert sorted(found, key=lambda row: (row["left"], row["right"])) == expected
