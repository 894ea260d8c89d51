"""What is told about two nights of golden records, per value and as versions that ended."""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.golden.changes import CHANGES, changes, ended_versions

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
BUILDS = {"index": "msi", "from_build": "2026-11-23.1", "to_build": "2026-11-24.1"}
BEFORE = pl.DataFrame(
    {
        "master_id": ["1", "2", "3"],
        "nama": ["A", "B", None],
        "total_tt": [10, None, 30],
        "status_aktif": [True, True, False],
        "build_date": [TODAY, TODAY, TODAY],
    }
)


def after(**columns: list[object]) -> pl.DataFrame:
    return BEFORE.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def told(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    return frame.select("master_id", "column_name", "old_value", "new_value").rows()


def test_values_that_changed() -> None:
    golden = after(nama=["A", "BB", "C"], total_tt=[10, 5, None], build_date=[TODAY, TOMORROW, TOMORROW])
    frame = changes(BEFORE, golden, **BUILDS)
    assert told(frame) == [
        ("2", "nama", "B", "BB"),
        ("2", "total_tt", None, "5"),
        ("3", "nama", None, "C"),
        ("3", "total_tt", "30", None),
    ]
    assert frame.schema == CHANGES
    assert frame.select("index", "from_build", "to_build").unique().rows() == [tuple(BUILDS.values())]


def test_a_date_alone_is_no_change() -> None:
    assert changes(BEFORE, after(build_date=[TOMORROW] * 3), **BUILDS).is_empty()


def test_the_first_night_has_no_changes() -> None:
    frame = changes(None, BEFORE, index="msi", from_build=None, to_build="2026-11-23.1")
    assert frame.is_empty()
    assert frame.schema == CHANGES


def test_a_master_that_leaves_is_told_by_its_values_and_a_new_one_not_at_all() -> None:
    golden = BEFORE.filter(pl.col("master_id") != "3").with_columns(master_id=pl.col("master_id").replace({"2": "4"}))
    assert told(changes(BEFORE, golden, **BUILDS)) == [
        ("2", "nama", "B", None),
        ("2", "status_aktif", "true", None),
        ("3", "status_aktif", "false", None),
        ("3", "total_tt", "30", None),
    ]


def test_a_master_that_returns_is_told_by_its_values() -> None:
    before = BEFORE.filter(pl.col("master_id") == "1")
    frame = changes(before, BEFORE, minted=pl.Series(["3"]), **BUILDS)
    assert told(frame) == [("2", "nama", None, "B"), ("2", "status_aktif", None, "true")]


def test_columns_that_come_and_go() -> None:
    golden = BEFORE.drop("total_tt").with_columns(akreditasi=pl.Series(["P", None, None]))
    assert told(changes(BEFORE, golden, **BUILDS)) == [
        ("1", "akreditasi", None, "P"),
        ("1", "total_tt", "10", None),
        ("3", "total_tt", "30", None),
    ]


def test_versions_that_ended() -> None:
    golden = after(nama=["A", "BB", None], build_date=[TODAY, TOMORROW, TODAY]).filter(pl.col("master_id") != "3")
    ended = ended_versions(BEFORE, golden, build_date=TOMORROW)
    assert ended.select("master_id", "nama", "build_date", "until_date").rows() == [
        ("2", "B", TODAY, TOMORROW),
        ("3", None, TODAY, TOMORROW),
    ]
    assert ended_versions(BEFORE, BEFORE, build_date=TOMORROW).is_empty()
    assert ended_versions(None, BEFORE, build_date=TODAY).columns == [*BEFORE.columns, "until_date"]
