"""Many records to one code of a list: compared with its entries only, joined with the best one, torn with none."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.linkage import LinkageConfig, LinkageError, link
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.bound import bind_clusters, free_records
from sehatmu.linkage.review import review_rows
from sehatmu.linkage.score import make_plan

TEXT = """
domain: toy
block: {rules: {name: {key: [{column: name, prefix: 1}]}}}
compare:
  name: {columns: [name], levels: [{exact: true, weight: 9}, {osa: 0.7, weight: 6}, {else: true, weight: -9}]}
score: {prior: 0}
classify: {match: 5, possible: 1}
cluster: {one_per_extract: [list/code], many_to_one: true, ambiguous_within: 1}
"""
CONFIG: LinkageConfig = parse_linkage(TEXT, "toy.yaml")


def records(*rows: tuple[str, str]) -> pl.DataFrame:
    """(key, name); keys of the list begin with `list|`."""
    frame = pl.DataFrame(rows, schema=["record_key", "name"], orient="row")
    is_list = pl.col("record_key").str.starts_with("list")
    return frame.with_columns(
        source=pl.when(is_list).then(pl.lit("list")).otherwise(pl.lit("place")),
        extract=pl.when(is_list).then(pl.lit("code")).otherwise(pl.lit("name")),
    )


def clusters(frame: pl.DataFrame) -> dict[str, str]:
    return dict(link(frame, CONFIG).clusters.select("record_key", "cluster_key").iter_rows())


def test_records_join_their_code_and_are_never_compared_with_each_other() -> None:
    made = link(records(("list|code|1", "abdomen"), ("a", "abdomen"), ("b", "abdomem"), ("c", "abdumem")), CONFIG)
    assert dict(made.clusters.iter_rows()) == {"a": "a", "b": "a", "c": "a", "list|code|1": "a"}
    assert all(
        any(key.startswith("list") for key in pair) for pair in made.pairs.select("left_key", "right_key").rows()
    )
    alone = link(records(("a", "abdomen"), ("b", "abdomen")), CONFIG)
    assert alone.pairs.is_empty()


def test_one_that_fits_two_codes_as_well_is_joined_with_neither() -> None:
    torn = clusters(records(("list|code|1", "abdomea"), ("list|code|2", "abdomeb"), ("a", "abdomec")))
    assert len(set(torn.values())) == 3
    sure = clusters(records(("list|code|1", "abdomea"), ("list|code|2", "abdomeb"), ("a", "abdomeb")))
    assert sure["a"] == sure["list|code|2"] != sure["list|code|1"]


def test_only_a_record_without_a_code_is_in_review() -> None:
    config = parse_linkage(TEXT.replace("match: 5", "match: 7"), "toy.yaml")
    frame = records(("list|code|1", "abdomea"), ("list|code|2", "abdomeb"), ("a", "abdomeb"), ("b", "abdomec"))
    made = link(frame, config)
    asked = review_rows(made.pairs, make_plan(config), index="toy", clusters=made.clusters)
    assert set(asked.select("left_key", "right_key").rows()) == {("b", "list|code|1"), ("b", "list|code|2")}


def test_a_list_must_be_named() -> None:
    text = TEXT.replace("one_per_extract: [list/code], ", "")
    with pytest.raises(LinkageError, match=r"cluster\.many_to_one"):
        parse_linkage(text, "toy.yaml")


def test_a_record_that_a_steward_spoke_of_is_free() -> None:
    frame = pl.DataFrame({"record_key": ["a", "b", "c"], "bound_to": [None, "a", "a"]})
    free = free_records(frame, pl.Series(["b", "x"]))
    assert free["record_key"].to_list() == ["a", "b"]
    told = bind_clusters(pl.DataFrame({"record_key": ["a", "b"], "cluster_key": ["a", "b"]}), frame)
    assert dict(told.iter_rows()) == {"a": "a", "b": "b", "c": "a"}


NAMES = st.lists(st.sampled_from(["abdomen", "abdomem", "abdoman", "aorta", "aorte"]), max_size=7)


@settings(max_examples=40, deadline=None)
@given(NAMES, NAMES, NAMES, NAMES)
def test_building_on_the_night_before_is_the_same_as_starting_anew(
    codes: list[str], texts: list[str], later_codes: list[str], later_texts: list[str]
) -> None:
    def night(codes: list[str], texts: list[str]) -> pl.DataFrame:
        rows = [(f"list|code|{n}", name) for n, name in enumerate(codes)]
        return records(*rows, *((f"text{n}", name) for n, name in enumerate(texts))) if rows or texts else records()

    first = night(["abdomen", *codes], texts)
    second = night(["abdomen", *later_codes], later_texts)
    state = link(first, CONFIG, keep_state=True).state
    built, fresh = link(second, CONFIG, previous=state), link(second, CONFIG)
    assert built.clusters.equals(fresh.clusters)
    assert built.pairs.equals(fresh.pairs)
