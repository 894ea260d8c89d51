"""Deliveries over several days: what is in force, what is replaced, what comes back, what is nothing new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sehatmu.errors import SehatmuError
from sehatmu.intake import Intake, intake, land
from sehatmu.intake import run as intake_run
from tests.intake_files import (
    CLINICS,
    DAY,
    KODE,
    LATER,
    NAMA,
    NEXT,
    balanced,
    column,
    contract,
    drop,
    kept,
    lines,
    new_home,
    reasons,
    take,
)

ONE = lines("kode,nama", "0001,RSUD Satu", "0002,RSUD Dua")
TWO = lines("kode,nama", "0001,RSUD Satu", "0003,RSUD Tiga")
SCOPED = contract(
    column("kode_faskes", required=True), KODE, NAMA, business_key=("kode_faskes", "kode"), scope=("kode_faskes",)
)
DELTA = contract(KODE, NAMA, column("hapus", "boolean"), mode="delta", delete_flag="hapus")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read, as they are read."""
    seen: list[str] = []
    real = intake_run.read

    def watched(path: Path, terms: object) -> object:
        seen.append(f"{path.parent.name}/{path.name}")
        return real(path, terms)  # type: ignore[arg-type]

    monkeypatch.setattr(intake_run, "read", watched)
    return seen


def same(left: Intake, right: Intake) -> None:
    for name in ("accepted", "quarantine", "source_file"):
        assert_frame_equal(getattr(left, name), getattr(right, name))


def test_a_full_delivery_replaces_the_former_one_and_the_past_can_be_seen_again(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    drop(home, "b.csv", TWO, day=LATER)
    assert kept(take(home, day=NEXT), "kode") == [("0001",), ("0002",)]
    assert kept(take(home, day=LATER), "kode", "delivery_date") == [("0001", LATER), ("0003", LATER)]


def test_several_files_of_one_date_are_one_delivery_and_judged_together(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    drop(home, "b.csv", lines("kode,nama", "0002,RSUD Dua", "0003,RSUD Tiga", "0001,RSUD Lain"))
    taken = take(home)
    assert kept(taken, "file_name", "row_number", "kode") == [
        ("2026-11-23/a.csv", 3, "0002"),
        ("2026-11-23/b.csv", 3, "0003"),
    ]
    assert taken.quarantine.select("file_name", "row_number", "reasons").rows() == [
        ("2026-11-23/a.csv", 2, ["row:duplicate-key"]),
        ("2026-11-23/b.csv", 2, ["row:duplicate-row"]),
        ("2026-11-23/b.csv", 4, ["row:duplicate-key"]),
    ]
    assert balanced(taken)


def test_an_unchanged_night_reads_nothing_and_gives_the_same(tmp_path, reads):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE + "1,\n")
    first = take(home)
    assert reads == ["2026-11-23/a.csv"]
    second = take(home, day=NEXT, previous=first)
    assert reads == ["2026-11-23/a.csv"]
    same(first, second)


def test_what_the_parent_build_wrote_to_parquet_is_carried_over_too(tmp_path, reads):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    first = take(home)
    frames = {}
    for name in ("accepted", "quarantine", "source_file"):
        getattr(first, name).write_parquet(tmp_path / f"{name}.parquet")
        frames[name] = pl.read_parquet(tmp_path / f"{name}.parquet")
    rows = pl.scan_parquet(tmp_path / "accepted.parquet")
    same(first, take(home, day=NEXT, previous=Intake(rows, frames["quarantine"], frames["source_file"])))
    assert len(reads) == 1


def test_rows_come_back_when_the_contract_is_mended(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", lines("kode,nama", "0001,RSUD Satu", "B002,RSUD Dua"))
    strict = take(home)
    assert reasons(strict) == {3: ["kode:pattern"]}
    mended = contract(column("kode", required=True, pattern=r"^[A-Z]?\d{3,4}$"), NAMA)
    assert kept(take(home, mended, day=NEXT, previous=strict), "kode") == [("0001",), ("B002",)]


def test_rows_come_back_when_the_source_is_mended(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", lines("kode,nama", "0001,RSUD Satu", "0002,"))
    first = take(home)
    assert reasons(first) == {3: ["nama:required"]}
    drop(home, "a.csv", ONE, day=NEXT)
    second = take(home, day=NEXT, previous=first)
    assert kept(second, "kode") == [("0001",), ("0002",)]
    assert second.quarantine.is_empty()


def test_a_late_file_of_the_same_date_is_judged_with_the_others(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    first = take(home)
    drop(home, "b.csv", lines("kode,nama", "0002,RSUD Dwi"))
    assert kept(take(home, previous=first), "kode") == [("0001",)]


def test_the_current_delivery_again_is_nothing_new_but_an_older_one_is(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    first = take(home)
    drop(home, "again.csv", ONE, day=NEXT)
    assert kept(take(home, day=NEXT), "delivery_date") == [(DAY,), (DAY,)]
    same(first, take(home, day=NEXT, previous=first))
    drop(home, "b.csv", TWO, day=LATER)
    drop(home, "a.csv", ONE, day=date(2026, 11, 26))
    back = take(home, day=date(2026, 11, 26))
    assert kept(back, "kode", "delivery_date") == [("0001", date(2026, 11, 26)), ("0002", date(2026, 11, 26))]


def test_each_deliverer_replaces_its_own_rows_only(tmp_path, reads):
    home = new_home(tmp_path)
    drop(home, "ab.csv", lines("kode_faskes,kode,nama", "A,0001,a1", "A,0002,a2", "B,0001,b1", "B,,b2"))
    drop(home, "c.csv", lines("kode_faskes,kode,nama", "C,0001,c1"))
    first = take(home, SCOPED)
    drop(home, "a.csv", lines("kode_faskes,kode,nama", "A,0001,a1 new", "C,0009,"), day=NEXT)
    second = take(home, SCOPED, day=NEXT, previous=first)
    same(second, take(home, SCOPED, day=NEXT))
    assert kept(second, "record_key", "nama") == [("uji|fasilitas|B|0001", "b1"), ("uji|fasilitas|A|0001", "a1 new")]
    assert second.accepted.filter(~pl.col("is_current"))["nama"].to_list() == ["a1", "a2"]
    assert second.quarantine.select("replace_key", "is_current").rows() == [("B", True), ("C", True)]
    assert second.source_file.select("file_name", "is_current").rows() == [
        ("2026-11-23/ab.csv", True),
        ("2026-11-23/c.csv", False),
        ("2026-11-24/a.csv", True),
    ]
    assert balanced(second)
    reads.clear()
    drop(home, "b.csv", lines("kode_faskes,kode,nama", "B,0001,b1 new"), day=LATER)
    third = take(home, SCOPED, day=LATER, previous=second)
    assert reads == ["2026-11-25/b.csv"]
    assert kept(third, "nama") == [("a1 new",), ("b1 new",)]
    same(third, take(home, SCOPED, day=LATER))


def test_a_deliverers_current_file_again_is_nothing_new(tmp_path):
    home = new_home(tmp_path)
    mine = lines("kode_faskes,kode,nama", "A,0001,a1")
    drop(home, "a.csv", mine)
    drop(home, "b.csv", lines("kode_faskes,kode,nama", "B,0001,b1"), day=NEXT)
    drop(home, "a.csv", mine, day=LATER)
    taken = take(home, SCOPED, day=LATER)
    assert kept(taken, "nama", "delivery_date") == [("a1", DAY), ("b1", NEXT)]
    assert any("nothing new" in warning for warning in taken.warnings)
    day4, day5 = date(2026, 11, 26), date(2026, 11, 27)
    drop(home, "a.csv", lines("kode_faskes,kode,nama", "A,0001,a2"), day=day4)
    drop(home, "a.csv", mine, day=day5)
    assert kept(take(home, SCOPED, day=day5, previous=taken), "nama", "delivery_date") == [("b1", NEXT), ("a1", day5)]


def test_a_file_that_lands_late_under_an_old_date_is_put_in_its_place(tmp_path):
    home = new_home(tmp_path)
    mine = lines("kode_faskes,kode,nama", "A,0001,a1")
    drop(home, "a.csv", mine)
    drop(home, "a.csv", mine, day=LATER)
    drop(home, "b.csv", lines("kode_faskes,kode,nama", "B,0001,b1"), day=LATER)
    before = take(home, SCOPED, day=LATER)
    assert kept(before, "nama", "delivery_date") == [("a1", DAY), ("b1", LATER)]
    drop(home, "late.csv", lines("kode_faskes,kode,nama", "A,0001,a2"), day=NEXT)
    after = take(home, SCOPED, day=LATER, previous=before)
    assert kept(after, "nama", "delivery_date") == [("a1", LATER), ("b1", LATER)]
    same(after, take(home, SCOPED, day=LATER))


def test_a_delta_upserts_by_key_and_deletes_by_its_flag(tmp_path, reads):
    home = new_home(tmp_path)
    drop(home, "all.csv", lines("kode,nama,hapus", "0001,satu,", "0002,dua,", "0003,tiga,"))
    drop(home, "d1.csv", lines("kode,nama,hapus", "0002,dua baru,tidak", "0003,,ya", "0004,,"), day=NEXT)
    drop(home, "d2.csv", lines("kode,nama,hapus", "0003,tiga lagi,", "0001,,ya", "0004,empat,"), day=LATER)
    first = take(home, DELTA)
    second = take(home, DELTA, day=NEXT, previous=first)
    assert kept(second, "kode", "nama") == [("0001", "satu"), ("0002", "dua baru")]
    assert second.quarantine.select("row_number", "reasons", "is_current").rows() == [(4, ["nama:required"], True)]
    third = take(home, DELTA, day=LATER, previous=second)
    assert kept(third, "kode", "nama") == [("0002", "dua baru"), ("0003", "tiga lagi"), ("0004", "empat")]
    assert third.quarantine["is_current"].to_list() == [False]
    assert reads == ["2026-11-23/all.csv", "2026-11-24/d1.csv", "2026-11-25/d2.csv"]
    same(third, take(home, DELTA, day=LATER))


def test_a_delta_may_be_empty(tmp_path):
    home = new_home(tmp_path)
    drop(home, "all.csv", lines("kode,nama", "0001,satu"))
    drop(home, "d1.csv", "kode,nama\n", day=NEXT)
    drop(home, "d2.json", "[]", day=LATER)
    assert kept(take(home, DELTA, day=LATER), "kode") == [("0001",)]


def test_landing_copies_names_clashes_and_tells_what_is_nothing_new(tmp_path):
    home, told = new_home(tmp_path), []
    file = tmp_path / "rs.tar.csv"
    file.write_text(ONE)

    def put(day: date) -> list[str]:
        told.clear()
        paths = land(home, "uji", "fasilitas", [file], day=day, tell=told.append)
        return [path.relative_to(home.landing / "uji/fasilitas").as_posix() for path in paths]

    assert put(DAY) == ["2026-11-23/rs.tar.csv"]
    assert put(DAY) == []
    assert told == ["rs.tar.csv: the same content lies there as 2026-11-23/rs.tar.csv, nothing to do"]
    assert put(NEXT) == []
    assert told == ["rs.tar.csv: already the current delivery of uji/fasilitas (2026-11-23), nothing to do"]
    file.write_text(TWO)
    assert put(DAY) == ["2026-11-23/rs~2.tar.csv"]
    assert put(NEXT) == ["2026-11-24/rs.tar.csv"]
    file.write_text(ONE)
    assert put(LATER) == ["2026-11-25/rs.tar.csv"]
    assert (home.landing / "uji/fasilitas/2026-11-23/rs.tar.csv").read_text() == ONE
    assert not [path for path in home.landing.rglob(".*") if path.is_file()]


def test_landing_a_missing_file_lands_nothing(tmp_path):
    home = new_home(tmp_path)
    (tmp_path / "a.csv").write_text(ONE)
    with pytest.raises(SehatmuError, match="no such file"):
        land(home, "uji", "fasilitas", [tmp_path / "a.csv", tmp_path / "b.csv"], day=DAY)
    assert not list(home.landing.rglob("*.csv"))


def test_folders_that_are_no_date_and_hidden_files_are_passed_over(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", ONE)
    drop(home, ".DS_Store", "x")
    stray = home.landing / "uji" / "fasilitas" / "alt"
    stray.mkdir()
    (stray / "b.csv").write_text(TWO)
    assert intake(home, CLINICS, day=DAY, previous=None).source_file.height == 1
