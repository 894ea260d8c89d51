"""A build that is carried over from its parent's files holds what one that is written from nothing holds."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.contracts import ddl
from sehatmu.home import BuildId, Home, next_build
from sehatmu.lake import Splice, has_table, open_since, open_table, read_table, write_splice, write_table
from sehatmu.lookup.check import check_lookup
from sehatmu.lookup.tables import TABLES
from sehatmu.lookup.write import LOOKUP_FILE, write_lookup
from sehatmu.publish.carry import delete_gone, find_change, holds_gone
from sehatmu.publish.check import check_build
from sehatmu.publish.files import write_build
from sehatmu.publish.lake_table import LakeTable
from sehatmu.publish.switch import commit_build, partial_folder
from tests.publishing import ask, content, contracts, new_home, table

FILES = ("sehatmu.duckdb", "restricted.duckdb")
FIRST = date(2026, 11, 1)
# Record number → its master and the name that it tells.
Records = dict[int, tuple[int, str]]


def frames(records: Records, day: date) -> dict[str, pl.DataFrame]:
    """Tables of a night, of all kinds: personal keys, withheld columns, columns that are public."""
    linked, told = [], []
    for number, (master, _) in records.items():
        key = f"F1|{number}"
        record = {"index": "mpi", "source": "faskes", "extract": "pasien", "source_key": key}
        record |= {"record_key": f"faskes|pasien|{key}", "master_id": f"P{master:011d}"}
        linked.append({**record, "build_date": FIRST})
        told.append({**record, "namespace": "nik", "code": f"32{number:014d}", "build_date": FIRST})
    masters = dict(records.values())
    golden = [
        {"master_id": f"P{master:011d}", "no_ihs": f"P{master:011d}", "id_origin": "minted", "nama": name}
        | {"nik": f"32{master:014d}" if name != "B" else None, "source_count": 1, "build_date": FIRST}
        for master, name in masters.items()
    ]
    counted = {"layer": "l", "domain": "d", "value": 1.0}
    measured = [{"build": str(day) if n < 9 else "b", "name": f"n{n}", **counted} for n in range(90)]
    return {
        "xref.record_link": table("xref.record_link", linked),
        "mpi.patient_identifier": table("mpi.patient_identifier", told),
        "mpi.patient": table("mpi.patient", golden),
        "meta.metric": table("meta.metric", measured),
    }


def write(home: Home, day: date, records: Records, *, carry_from: int) -> BuildId:
    build = next_build(home, day)
    write_build(
        home,
        build,
        tables=frames(records, day),
        events={},
        manifest={"code_version": "1", "started_at": None},
        contracts=contracts(),
        carry_from=carry_from,
    )
    write_lookup(partial_folder(home, build))
    return build


LINK = ["index", "record_key", "master_id", "build_date"]


def linked_night(home: Home, day: date, records: Records, moved: set[int], *, from_lake: bool) -> Path:
    """A night with the links, and the events, that `moved` records made; its tables as frames or as the lake has them.

    The lake's tables are spliced over those of the night before, where there is one.
    """
    build, keys = next_build(home, day), [f"faskes|pasien|F1|{number}" for number in moved]
    told = frames(records, day)
    date_of = pl.when(pl.col("record_key").is_in(keys)).then(pl.lit(day)).otherwise("build_date")
    told["xref.record_link"] = told["xref.record_link"].with_columns(build_date=date_of)
    links = told["xref.record_link"].filter(pl.col("build_date") == day).select(LINK)
    minted = {"index": "mpi", "event": "mint", "build_date": day}
    event = table("history.event", [{**minted, "master_id": f"P{n:011d}"} for n in sorted(moved)])
    tables: dict[str, pl.DataFrame | LakeTable] = {**told}
    for name in ("xref.record_link", "mpi.patient_identifier", "mpi.patient") if from_lake else ():
        tables[name] = lay(home, build, name, told[name])
    write_build(
        home,
        build,
        tables=tables,
        events={"link": links, "event": event},
        manifest={"code_version": "1", "started_at": None},
        contracts=contracts(),
        carry_from=1,
    )
    write_lookup(partial_folder(home, build))
    return partial_folder(home, build)


def lay(home: Home, build: BuildId, name: str, frame: pl.DataFrame) -> LakeTable:
    path, former = (home.lake_path("golden", "patient", name, day) for day in (build, f"{FIRST}.1"))
    if not has_table(former) or path == former:
        write_table(path, frame)
        return LakeTable((open_table(path),))
    before = read_table(former)
    places = {row: place for place, row in enumerate(before.rows())}
    fresh = [row for row in frame.rows() if row not in places]
    stand = {**places, **{row: before.height + place for place, row in enumerate(fresh)}}
    order = pl.Series([stand[row] for row in frame.rows()], dtype=pl.UInt32)
    write_splice(path, former, Splice(order, pl.DataFrame(fresh, schema=frame.schema, orient="row")))
    return LakeTable((open_table(path),), (open_since(path, former),))


@pytest.mark.parametrize("small", [0, 10**6], ids=["spliced", "whole"])
def test_what_the_lake_tells_of_changes_makes_the_tables_that_frames_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr("sehatmu.lake.SMALL", small)
    home, first = new_home(tmp_path), {number: (number, "A") for number in range(1, 101)}
    linked_night(home, FIRST, first, set(first), from_lake=True)
    commit_build(home, BuildId(FIRST, 1))
    records: Records = {**{number: (number, "A") for number in range(2, 101)}, 0: (0, "A"), 7: (8, "A"), 9: (9, "C")}
    night = FIRST + timedelta(days=1)
    told = []
    for from_lake in (False, True):
        folder = linked_night(home, night, records, {0, 7}, from_lake=from_lake)
        told.append(held(folder))
        assert check_build(folder, contracts()) == check_lookup(folder) == []
        gone, fresh = (carried_counts(folder)["xref.record_link"][word] for word in ("gone", "fresh"))
        assert (gone, fresh) == (2, 2)
    assert told[0] == told[1]
    earlier = told[1][0]["history.earlier_link"]
    assert len(earlier) == 2
    assert len(told[1][0]["history.event"]) == 102


def held(folder: Path) -> list[dict[str, list[tuple[Any, ...]]]]:
    files = [{name: sorted(rows, key=repr) for name, rows in content(folder / file).items()} for file in FILES]
    return [*files, looked_up(folder)]


def looked_up(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table of the lookup file, and what its indexes lead to."""
    with closing(sqlite3.connect(folder / LOOKUP_FILE)) as lookup:
        assert lookup.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {table.name: sorted(lookup.execute(f"SELECT * FROM {table.name}"), key=repr) for table in TABLES}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = new_home(tmp_path)
    records: Records = {number: (number, "A") for number in range(1, 101)}
    commit_build(place, write(place, FIRST, records, carry_from=1))
    return place


def second(home: Home, records: Records, *, carry_from: int = 1) -> Path:
    return partial_folder(home, write(home, FIRST + timedelta(days=1), records, carry_from=carry_from))


def test_a_carried_build_holds_what_one_from_nothing_holds(home: Home) -> None:
    # One record left, one came, one moved to another master, one tells another name, one has no NIK any more.
    kept: Records = {number: (number, "A") for number in range(2, 101)}
    records: Records = {**kept, 0: (0, "A"), 7: (8, "A"), 9: (9, "C"), 11: (11, "B")}
    told = [held(second(home, records, carry_from=carry_from)) for carry_from in (10**9, 1)]
    assert told[0] == told[1]
    assert len(told[0][2]["patient"]) == 99
    folder = partial_folder(home, next_build(home, FIRST + timedelta(days=1)))
    assert carried_counts(folder)["mpi.patient"] == {"gone": 4, "fresh": 3}
    assert check_build(folder, contracts()) == check_lookup(folder) == []


def carried_counts(folder: Path) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = json.loads((folder / "manifest.json").read_text())["carried"]
    return counts


CHANGED: Records = {**{number: (number, "A") for number in range(2, 101)}, 0: (0, "A"), 9: (9, "C")}
NIK = "3200000000000077"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The builds of a home of which the second one is carried and not yet current."""
    place = new_home(tmp_path_factory.mktemp("carried"))
    records: Records = {number: (number, "A") for number in range(1, 101)}
    commit_build(place, write(place, FIRST, records, carry_from=1))
    folder = second(place, CHANGED)
    assert {"mpi.patient", "mpi.patient_identifier", "xref.record_link"} <= carried_counts(folder).keys()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.parent, tmp_path / "builds")) / built.name


@pytest.mark.parametrize(
    ("spoil", "broken"),
    [
        # Rows that came break a promise among themselves; a row that was there leads to what is there no more.
        (
            "UPDATE mpi.patient SET master_id = 'P00000000009' WHERE master_id = 'P00000000000';"
            "DELETE FROM mpi.patient WHERE master_id = 'P00000000050'",
            {"primary-key mpi.patient", "relationship mpi.patient_identifier.master_id", "row-count mpi.patient"},
        ),
        # They break it with a row that was there; and one of them leads nowhere.
        (
            "UPDATE mpi.patient SET master_id = 'P00000000050' WHERE master_id = 'P00000000000';"
            "UPDATE mpi.patient_identifier SET master_id = 'P9' WHERE master_id = 'P00000000000'",
            {"primary-key mpi.patient", "relationship mpi.patient_identifier.master_id"},
        ),
        # Values in clear, in a row that came, in one that was there, and within the text of a key.
        (
            f"UPDATE mpi.patient SET sex = '{NIK}' WHERE master_id IN ('P00000000000', 'P00000000050');"
            f"UPDATE xref.record_link SET source_key = 'a|{NIK}'",
            {"personal-value mpi.patient.sex", "personal-value xref.record_link.source_key"},
        ),
    ],
)
def test_a_spoilt_carried_file_is_stopped(folder: Path, spoil: str, broken: set[str]) -> None:
    with duckdb.connect(str(folder / "sehatmu.duckdb")) as con:
        con.execute(spoil)
    values = pl.Series([NIK])
    found = check_build(folder, contracts(), clear_values=values, new_values=values)
    assert {f"{v.rule} {v.where.removeprefix('sehatmu.duckdb ')}" for v in found} >= broken
    assert NIK not in str(found)


def test_rows_that_neither_came_nor_were_there_are_stopped(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["carried"]["mpi.patient"]["gone"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert [(v.rule, v.where) for v in check_build(folder, contracts())] == [
        ("carried", "restricted.duckdb mpi.patient"),
        ("carried", "sehatmu.duckdb mpi.patient"),
    ]


def test_rows_that_were_there_are_asked_for_values_that_are_new_and_the_others_for_all(folder: Path) -> None:
    with duckdb.connect(str(folder / "sehatmu.duckdb")) as con:
        con.execute(f"UPDATE mpi.patient SET sex = '{NIK}' WHERE master_id IN ('P00000000000', 'P00000000050')")
    values, none = pl.Series([NIK]), pl.Series([], dtype=pl.String)
    told = [
        [v.detail for v in check_build(folder, contracts(), clear_values=values, new_values=new)]
        for new in (values, none)
    ]
    assert told == [[f"{found} personal values in clear"] for found in (2, 1)]


ROWS = st.dictionaries(st.integers(0, 60), st.sampled_from([None, "", "a", "b"]), max_size=8)


@settings(max_examples=20, deadline=None)
@given(changed=ROWS, left=st.sets(st.integers(0, 60), max_size=8))
def test_what_is_found_and_done_makes_one_table_the_other(changed: dict[int, str | None], left: set[int]) -> None:
    contract, before = contracts().index("mpi", "patient"), dict.fromkeys(range(50), "a")
    now = {number: name for number, name in {**before, **changed}.items() if number not in left}
    old, new = (patients(rows) for rows in (before, now))
    with duckdb.connect() as con:
        for statement in ddl(contract):
            con.execute(statement)
        con.register("old", old)
        con.execute("INSERT INTO mpi.patient FROM old")
        change = find_change(con, contract, new)
        differ = len(set(before.items()) - set(now.items())) + len(set(now.items()) - set(before.items()))
        assert (change is None) == (differ > 0.2 * len(now))
        if change is not None:
            assert change.gone.height + change.fresh.height == differ
            assert holds_gone(con, contract, change, None)
            delete_gone(con, contract, change)
            con.register("fresh", change.fresh)
            con.execute("INSERT INTO mpi.patient FROM fresh")
            assert con.sql("FROM mpi.patient ORDER BY master_id").pl().equals(new)


def patients(names: dict[int, str | None]) -> pl.DataFrame:
    rows = [{"master_id": f"P{n:011d}", "no_ihs": "P", "id_origin": "minted", "nama": names[n]} for n in sorted(names)]
    return table("mpi.patient", [{**row, "source_count": 1, "build_date": FIRST} for row in rows])


def test_rows_that_hold_stay_where_they_are_and_new_ones_stand_at_the_end(home: Home) -> None:
    records: Records = {number: (number, "A") for number in (*range(2, 101), 0)}
    folder = second(home, records)
    for file in FILES:
        kept = ask(folder / file, "SELECT master_id FROM mpi.patient")
        assert kept == [(f"P{number:011d}",) for number in records]


def test_a_table_that_changed_much_is_written_anew_in_its_order(home: Home) -> None:
    records: Records = {number: (number, "A" if number < 60 else "B") for number in range(1, 101)}
    folder = second(home, records)
    names = [name for (name,) in ask(folder / "restricted.duckdb", "SELECT nama FROM mpi.patient")]
    assert names == ["A"] * 59 + ["B"] * 41


def test_another_key_or_other_code_carries_nothing(home: Home) -> None:
    (home.keys / "hmac.key").write_bytes(b"x" * 32)
    records: Records = {number: (number, "A") for number in (*range(2, 101), 0)}
    folder = second(home, records)
    kept = ask(folder / "sehatmu.duckdb", "SELECT master_id FROM mpi.patient")
    assert kept == [(f"P{number:011d}",) for number in sorted(records)]


def test_files_that_do_not_stand_row_by_row_are_written_from_nothing(home: Home) -> None:
    build = home.builds / f"{FIRST}.1"
    with duckdb.connect(str(build / "sehatmu.duckdb")) as con:
        con.execute("CREATE TABLE t AS FROM xref.record_link ORDER BY master_id DESC")
        con.execute("DELETE FROM xref.record_link; INSERT INTO xref.record_link FROM t; DROP TABLE t")
    records: Records = {number: (number, "A") for number in (*range(2, 101), 0)}
    folder = second(home, records)
    for file in FILES:
        kept = ask(folder / file, "SELECT master_id FROM mpi.patient")
        assert kept == [(f"P{number:011d}",) for number in sorted(records)]
