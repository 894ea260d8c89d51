"""A table of the lake that was spliced night after night reads like one that was written whole."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu import lake
from sehatmu.home import BuildId
from sehatmu.lake import (
    Since,
    Splice,
    has_table,
    list_builds,
    open_since,
    open_table,
    read_table,
    scan_table,
    splice_sorted,
    write_splice,
    write_table,
)

FIRST = pl.DataFrame({"key": [f"k{n}" for n in range(40)], "n": range(40), "is_current": [True] * 40})
# A night: which rows are gone, which are fresh, which of all are not current any more; a seed for the order.
NIGHT = st.tuples(
    st.sets(st.integers(0, 39), max_size=6),
    st.lists(st.integers(100, 999), max_size=3),
    st.sets(st.integers(0, 50), max_size=4),
    st.booleans(),
)


@pytest.fixture(autouse=True, scope="module")
def _every_table_is_big():
    patch = pytest.MonkeyPatch()
    patch.setattr(lake, "SMALL", 0)
    yield
    patch.undo()


def a_night(before: pl.DataFrame, gone: set[int], fresh: list[int], old: set[int], has_columns: bool) -> Splice:
    new = pl.DataFrame({"key": [f"f{n}" for n in fresh], "n": fresh, "is_current": [True] * len(fresh)})
    kept = [row for row in range(before.height) if row not in gone]
    order = [*range(before.height, before.height + len(fresh)), *kept]
    marks = pl.DataFrame({"is_current": [place not in old for place in range(len(order))]})
    places = pl.Series(order, dtype=pl.UInt32)
    return Splice(places, new.cast(FIRST.schema), marks if has_columns else pl.DataFrame())


@settings(deadline=None, max_examples=25)
@given(nights=st.lists(NIGHT, min_size=1, max_size=5))
def test_a_chain_of_splices_reads_like_the_whole_table(nights):
    with tempfile.TemporaryDirectory() as folder:
        path, expected = Path(folder) / "0.parquet", FIRST
        write_table(path, expected)
        for number, night in enumerate(nights, start=1):
            former, path = path, Path(folder) / f"{number}.parquet"
            splice = a_night(expected, *night)
            write_splice(path, former, splice)
            expected = splice.over(expected.lazy()).collect()
            assert has_table(path)
            assert_frame_equal(read_table(path), expected)
            assert_frame_equal(read_table(path, ["n"]), expected.select("n"))
            assert_frame_equal(scan_table(path).select("is_current").collect(), expected.select("is_current"))
            some = pl.Series([expected.height - 1, 0, 3], dtype=pl.UInt32)
            assert_frame_equal(read_table(path, rows=some), expected[some])
            assert_frame_equal(read_table(path, ["is_current"], some), expected.select("is_current")[some])
            check_shared(open_since(path, former), is_spliced=not path.is_file())


def check_shared(since: Since, *, is_spliced: bool) -> None:
    """What two nights are said to share is the same, and everything else is looked at."""
    here, there = since.shared
    now, before = since.now.read(), since.before.read()
    assert_frame_equal(now[here], before[there])
    assert since.unshared()[0].to_list() == [row for row in range(now.height) if row not in set(here)]
    assert since.unshared()[1].to_list() == [row for row in range(before.height) if row not in set(there)]
    still = now.filter(pl.col("key").str.starts_with("k")).join(before, on=now.columns, how="semi")  # as all have a key
    assert set(now[here]["key"]).issuperset(still["key"]) if is_spliced else here.is_empty()
    assert here.is_empty() or [rows.to_list() for rows in since.changed(["key"])] == [
        rows.to_list() for rows in since.unshared()
    ]
    fresh, gone = Since(since.now, since.before, (here.clear(), there.clear())).changed(["key", "n"])
    assert set(now[fresh].select("key", "n").rows()).isdisjoint(before.select("key", "n").rows())
    assert set(before[gone].select("key", "n").rows()).isdisjoint(now.select("key", "n").rows())


def test_a_night_shares_all_rows_that_did_not_change_with_the_night_before(tmp_path):
    paths = [tmp_path / f"{n}.parquet" for n in range(3)]
    write_table(paths[0], FIRST.sort("key"))
    for number, (stale, fresh) in enumerate([("k3", "k3"), ("k9", "k9")], start=1):
        keys = read_table(paths[number - 1], ["key"])["key"]
        new = pl.DataFrame({"key": [fresh], "n": [-number], "is_current": [True]})
        write_splice(paths[number], paths[number - 1], splice_sorted(keys, pl.Series([stale]), new))
        since = open_since(paths[number], paths[number - 1])
        assert len(since.shared[0]) == 39
        assert since.now.read(["key"], since.unshared()[0])["key"].to_list() == [fresh]
        assert since.before.read(["key"], since.unshared()[1])["key"].to_list() == [stale]
    assert open_since(paths[2], paths[0]).shared[0].is_empty()
    assert open_table(paths[2]).height == 40


def test_a_splice_shares_the_file_of_its_parent_and_outlives_it(tmp_path):
    first, second, third = (tmp_path / f"{n}.parquet" for n in (1, 2, 3))
    write_table(first, FIRST)
    splice = a_night(FIRST, {3}, [100], set(), False)
    write_splice(second, first, splice)
    base = tmp_path / "2" / "base.parquet"
    assert base.samefile(first)
    assert not second.exists()
    first.unlink()
    before = read_table(second)
    write_splice(third, second, a_night(before, {0}, [101], set(), False))
    assert (tmp_path / "3" / "base.parquet").samefile(base)
    assert read_table(third)["key"].to_list() == ["f101", *before["key"].to_list()[1:]]


def test_a_table_of_which_much_is_new_is_written_whole_and_takes_the_place_of_a_splice(tmp_path):
    first, second = (tmp_path / f"{n}.parquet" for n in (1, 2))
    write_table(first, FIRST)
    write_splice(second, first, a_night(FIRST, set(), [100], set(), False))
    assert not second.exists()
    write_splice(second, first, a_night(FIRST, set(), list(range(100, 110)), set(), False))
    assert second.is_file()
    assert not (tmp_path / "2").exists()
    assert read_table(second).height == 50


def test_the_builds_of_a_day_are_found_whichever_way_they_are_held(tmp_path):
    first, second = (tmp_path / f"2026-03-01.{n}.parquet" for n in (1, 2))
    write_table(first, FIRST)
    write_splice(second, first, a_night(FIRST, set(), [100], set(), False))
    (tmp_path / "2026-03-01.3.partial").mkdir()
    assert list_builds(tmp_path, date(2026, 3, 1)) == [BuildId(date(2026, 3, 1), n) for n in (1, 2)]
    assert not has_table(tmp_path / "2026-03-01.3.parquet")
