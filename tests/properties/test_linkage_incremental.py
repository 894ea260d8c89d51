"""A run that builds on the one before equals a full run, link by link, whatever came, went, changed or was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.lake import splice_rows
from sehatmu.linkage import LinkageConfig, Linked, LinkState, change, kept, link, read_state, tally, write_state
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.encode import hash_values, order_records
from sehatmu.linkage.people import Rest
from tests.linking import SMALL, shuffled

# Caps so low that blocks split and stay over the cap; a verdict that alone decides a veto; rivals and ambiguity.
TEXT = (
    SMALL.replace("cap: 6", "cap: 3")
    .replace("cap: 8", "cap: 4, budget: 99, split: [{column: born, year: true}]")
    .replace("other_code: [{comparison: code, levels: [else]}]", "two_codes: [{differ: code}, {equal: verdict}]")
    .replace("key: [name], cap", "key: [name], budget: 99, cap")
)
CONFIGS = {
    "free": parse_linkage(TEXT, "toy.yaml"),
    "guarded": parse_linkage(
        TEXT + "cluster: {one_per_extract: [a/x, b/x], ambiguous_within: 1.5, rival_vetoes: [two_codes]}\n", "toy.yaml"
    ),
}
NUMBER = st.integers(0, 24)
SCHEMA = {
    "code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String, "verdict": pl.String, "source": pl.String,
}  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "code": ["1", "2", "12", "21", None, "NN"],
    "name": ["ANI", "ANI BUDI", "BUDI ANI", "ANY", "BUDI", "-", None],
    "born": [date(1990, 4, 7), date(1990, 7, 4), date(1991, 4, 7), None],
    "town": ["X", "Y", None],
    "verdict": ["confirmed", None],
    "source": ["a", "b", "c"],
}
ONE = {"code": None, "name": "ANI", "born": date(1990, 4, 7), "town": "X", "verdict": None, "source": "c"}
values = st.fixed_dictionaries({name: st.sampled_from(options) for name, options in VALUES.items()})
event = st.one_of(
    st.tuples(st.just("put"), NUMBER, values),
    st.tuples(st.just("put"), NUMBER, st.just(ONE)),
    st.tuples(st.just("drop"), NUMBER),
    *(st.tuples(st.just("set"), NUMBER, st.just(n), st.sampled_from(o)) for n, o in VALUES.items() if n != "source"),
    st.tuples(st.just("decide"), NUMBER, NUMBER, st.sampled_from(["same", "not_same", None])),
)
first_night = st.lists(st.one_of(values, values, st.just(ONE)), max_size=22)
nights = st.lists(st.lists(event, max_size=6), min_size=1, max_size=4)


@pytest.fixture(scope="module", autouse=True)
def low_limits() -> Iterator[None]:
    """Limits so low that few records reach them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "EQUALS", 3)
        patch.setattr(tally, "_KEPT", 4)
        patch.setattr(kept, "SHARE", 1)
        yield


class Register:
    """Records and decisions as they stand, changed night by night."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = dict(enumerate(rows))
        self.verdicts: dict[tuple[str, str], str] = {}

    def apply(self, events: list[tuple[Any, ...]]) -> None:
        for kind, number, *rest in events:
            if kind == "put":
                self.rows[number] = dict(rest[0])
            elif kind == "drop":
                self.rows.pop(number, None)
            elif kind == "set" and number in self.rows:
                self.rows[number] = {**self.rows[number], rest[0]: rest[1]}
            elif kind == "decide" and number != rest[0]:
                pair = (f"k{min(number, rest[0]):02}", f"k{max(number, rest[0]):02}")
                self.verdicts.pop(pair, None)
                if rest[1]:
                    self.verdicts[pair] = rest[1]

    def records(self) -> pl.DataFrame:
        keys = [f"k{number:02}" for number in self.rows]
        frame = pl.DataFrame(list(self.rows.values()), schema=SCHEMA, orient="row")
        return shuffled(frame.with_columns(record_key=pl.Series(keys, dtype=pl.String), extract=pl.lit("x")), len(keys))

    def decisions(self) -> pl.DataFrame:
        rows = [(*pair, verdict) for pair, verdict in self.verdicts.items()]
        schema = {"left_key": pl.String, "right_key": pl.String, "verdict": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")


def assert_same(found: Linked, full: Linked) -> None:
    """Links, counts and what is left for the next night, all equal."""
    assert found.clusters.equals(full.clusters)
    assert found.pairs.equals(full.pairs), (found.pairs, full.pairs)
    assert found.report.counts == full.report.counts
    assert found.report.blocking.equals(full.report.blocking)
    assert found.report.findings.equals(full.report.findings)
    assert found.state is not None
    assert full.state is not None
    assert_same_state(found.state, full.state)


def assert_same_state(found: LinkState, full: LinkState) -> None:
    """All but the length of the list of biggest blocks is equal."""
    assert found.plan == full.plan
    assert found.pairs.equals(full.pairs)
    assert found.decided.equals(full.decided)
    assert np.array_equal(found.cluster, full.cluster)
    assert np.array_equal(found.component, full.component)
    assert found.tally.drop("complete").equals(full.tally.drop("complete"))
    for name in ("key_hash", "link_hash", "extract", "copy"):
        assert np.array_equal(getattr(found.roster, name), getattr(full.roster, name)), name
    for name in ("base", "level", "parts"):
        for mine, other in zip(getattr(found.roster, name), getattr(full.roster, name), strict=True):
            assert np.array_equal(mine, other), name


def split_records(records: pl.DataFrame, config: LinkageConfig) -> tuple[pl.DataFrame, Rest]:
    """The records with what is asked of all, and their other columns, every second row of a table."""
    held = order_records(records, config)
    held = held.with_columns(link_hash=pl.Series(hash_values(held, config)))
    table = pl.concat([held, held]).with_columns(n=pl.int_range(pl.len()) % len(held)).sort("n")
    places = pl.int_range(0, 2 * len(held), 2, dtype=pl.UInt32, eager=True)
    asked = held.select(name for name in ("record_key", "source", "extract", "link_hash") if name in held.columns)

    def read(columns: Sequence[str], rows: pl.Series | None) -> pl.DataFrame:
        return table.select(columns) if rows is None else table.select(columns)[rows]

    return asked, Rest(table.drop("n").schema, read, places)


def assert_told(found: Linked, full: Linked, before: Linked) -> None:
    """What is said to be as it was makes the pairs and clusters of tonight of those that were told before."""
    assert found.same is not None
    row = found.same.pairs
    splice = splice_rows(len(before.pairs), row, found.pairs.filter(pl.Series(row < 0)))
    assert splice.over(before.pairs.lazy()).collect().equals(full.pairs)
    kept = full.clusters.filter(pl.Series(found.same.clusters))
    assert kept.equals(before.clusters.filter(pl.col("record_key").is_in(kept["record_key"].implode())))
    assert found.same.records == len(before.clusters)


def run_nights(config: LinkageConfig, rows: list[dict[str, Any]], nights: list[Any], *, threads: int = 1) -> None:
    register = Register(rows)
    before = link(register.records(), config, keep_state=True)
    for events in nights:
        register.apply(events)
        records, decisions = register.records(), register.decisions()
        full = link(records, config, decisions=decisions, keep_state=True)
        found = link(records, config, decisions=decisions, previous=before.state, keep_state=True, threads=threads)
        assert_same(found, full)
        assert_told(found, full, before)
        known, rest = split_records(records, config)
        assert_same(link(known, config, decisions=decisions, previous=before.state, keep_state=True, rest=rest), full)
        before = found


@settings(deadline=None, max_examples=150)
@given(first_night, nights)
def test_any_sequence_of_nights_equals_full_runs(rows: list[dict[str, Any]], nights: list[Any]) -> None:
    run_nights(CONFIGS["free"], rows, nights)


@settings(deadline=None, max_examples=150)
@given(first_night, nights, st.integers(1, 3))
def test_so_it_does_where_extracts_come_once_and_rivals_make_ambiguous(
    rows: list[dict[str, Any]], nights: list[Any], threads: int
) -> None:
    run_nights(CONFIGS["guarded"], rows, nights, threads=threads)


def assert_next_state(
    register: Register, events: list[tuple[Any, ...]], config: LinkageConfig, state: LinkState, folder: Path
) -> None:
    """The state of the next night shares the file of keys with this one, unless too much of it is fresh."""
    after = Register([])
    after.rows, after.verdicts = dict(register.rows), dict(register.verdicts)
    after.apply(events)
    records, decisions = after.records(), after.decisions()
    made = link(records, config, decisions=decisions, previous=state, keep_state=True).state
    assert made is not None
    write_state(folder / "next", made)
    is_shared = (folder / "next/keys.arrow").samefile(folder / "state/keys.arrow")
    assert is_shared == (made.roster.base[0].order is not None)
    read = read_state(folder / "next")
    full = link(records, config, decisions=decisions, keep_state=True).state
    assert read is not None
    assert full is not None
    assert_same_state(read, full)


@settings(deadline=None, max_examples=30)
@given(first_night, st.lists(event, max_size=6), st.lists(event, max_size=6), st.sampled_from(sorted(CONFIGS)))
def test_a_state_comes_back_from_its_folder_as_it_was(
    rows: list[dict[str, Any]], events: list[tuple[Any, ...]], later: list[tuple[Any, ...]], name: str
) -> None:
    register = Register(rows)
    register.apply(events)
    state = link(register.records(), CONFIGS[name], decisions=register.decisions(), keep_state=True).state
    assert state is not None
    with TemporaryDirectory() as folder:
        write_state(Path(folder) / "state", state)
        again = read_state(Path(folder) / "state")
        assert again is not None
        assert_same_state(again, state)
        assert again.largest.equals(state.largest)
        assert_next_state(register, later, CONFIGS[name], again, Path(folder))
    unchanged = link(register.records(), CONFIGS[name], decisions=register.decisions(), previous=again)
    assert unchanged.report.work["touched"] == unchanged.report.work["scored_pairs"] == 0
