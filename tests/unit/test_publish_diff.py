"""The night's diff, as numbers and in words, and the status of a home."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home
from sehatmu.publish.diff import diff, tell_diff
from sehatmu.publish.status import read_status, tell_status
from sehatmu.publish.switch import rollback
from tests.publishing import contracts, facility, new_home, night, source_file, table


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def told(home: Home, old: BuildId | None, new: BuildId) -> list[str]:
    return tell_diff(diff(home, old, new)).splitlines()


def files(*rows: Any) -> dict[str, pl.DataFrame]:
    return {"meta.source_file": table("meta.source_file", list(rows))}


def quarantine(count: int) -> dict[str, pl.DataFrame]:
    row = {"source": "sirs", "extract": "rumah_sakit", "file_name": "a", "reasons": ["x:y"]}
    return {"quarantine.row": table("quarantine.row", [{**row, "row_number": n} for n in range(count)])}


def test_an_unchanged_night_says_so(home: Home) -> None:
    hospital = files(source_file("sirs", "rumah_sakit", "a.csv", rows=1))
    old = night(home, "2026-11-23", [facility(1)], tables=hospital)
    new = night(home, "2026-11-24", [facility(1)], tables=hospital)
    assert diff(home, old, new).is_empty
    assert told(home, old, new) == [
        "2026-11-23.1 → 2026-11-24.1: nothing changed",
        "msi: 0 minted, 0 retired, 0 ids changed; 0 golden records changed",
        "quarantine: as before (0 rows)",
        "inputs: unchanged",
    ]


def test_the_first_night_is_told_against_nothing(home: Home) -> None:
    hospital = files(source_file("sirs", "rumah_sakit", "a.csv", rows=1))
    new = night(home, "2026-11-23", [facility(n) for n in range(1200)], tables=hospital)
    assert told(home, None, new) == [
        "nothing → 2026-11-23.1",
        "msi: 1,200 minted, 0 retired, 0 ids changed; 0 golden records changed",
        "quarantine: 0 rows",
        "inputs: new sirs/rumah_sakit",
    ]


def test_a_changed_night_tells_ids_columns_quarantine_and_inputs(home: Home) -> None:
    before = [facility(n, telp=str(n)) for n in range(6)]
    old = night(
        home,
        "2026-11-23",
        before,
        tables=quarantine(2)
        | files(source_file("sirs", "rumah_sakit", "a", rows=1), source_file("x", "y", "b", rows=1)),
    )
    after = [facility(0, telp="9", nama="new"), *(facility(n, telp="9") for n in (1, 2)), *before[3:5], facility(7)]
    new = night(
        home,
        "2026-11-24",
        after,
        tables=quarantine(5) | files(source_file("sirs", "rumah_sakit", "c", rows=1, digest="1" * 64)),
    )
    assert told(home, old, new) == [
        "2026-11-23.1 → 2026-11-24.1",
        "msi: 1 minted, 1 retired, 0 ids changed; 3 golden records changed (telp 3, nama 1)",
        "quarantine: 3 more (5 rows)",
        "inputs: changed sirs/rumah_sakit; missing x/y",
    ]
    assert told(home, new, old)[1:3] == [
        "msi: 0 minted, 0 retired, 0 ids changed; 3 golden records changed (telp 3, nama 1); "
        "only in the older one: mint 1, retire 1",
        "quarantine: 3 fewer (2 rows)",
    ]


def test_merges_splits_and_redirects_are_changed_ids(home: Home) -> None:
    old = night(home, "2026-11-23", [facility(n) for n in (1, 2, 3)])
    turns = [
        ("merge", "2000000002", "2000000001"),
        ("split", "2000000009", "2000000001"),
        ("redirect", "2000000003", "1000000003"),
    ]
    event = pl.DataFrame(
        [("msi", i, name, date(2026, 11, 24), other, "test") for name, i, other in turns],
        schema=["index", "master_id", "event", "build_date", "other_id", "reason"],
        orient="row",
    )
    rows = [facility(1), facility(9), facility(3, master_id="1000000003", kode_satusehat="1000000003")]
    new = night(home, "2026-11-24", rows, events={"event": event})
    line = told(home, old, new)[1]
    assert line == "msi: 0 minted, 0 retired, 3 ids changed (merge 1, split 1, redirect 1); 0 golden records changed"


def test_a_value_that_came_back_is_no_change_over_several_nights(home: Home) -> None:
    first = night(home, "2026-11-21", [facility(1, telp="1"), facility(2, telp="1")])
    second = night(home, "2026-11-22", [facility(1, telp="2"), facility(2, telp="2")])
    third = night(home, "2026-11-23", [facility(1, telp="1"), facility(2, telp="3")])
    assert diff(home, first, third).indexes[0].changed_columns == {"telp": 1}
    assert diff(home, second, third).indexes[0].changed_columns == {"telp": 2}


def test_two_builds_of_one_date_are_compared_where_their_lines_part(home: Home) -> None:
    night(home, "2026-11-21", [facility(1, telp="1"), facility(2, telp="1"), facility(3, telp="1")])
    old = night(home, "2026-11-22", [facility(1, telp="2"), facility(2, telp="2"), facility(3, telp="1"), facility(4)])
    rollback(home)
    new = night(home, "2026-11-22", [facility(1, telp="2"), facility(2, telp="1"), facility(3, telp="5")])
    found = diff(home, old, new).indexes[0]
    assert (found.changed_columns, found.events, found.undone) == ({"telp": 2}, {}, {"mint": 1})
    assert diff(home, old, old).is_empty


def test_changed_contracts_and_code_are_named(home: Home) -> None:
    old = night(
        home,
        "2026-11-21",
        [facility(1)],
        versions={"linkage/facility.yaml": "1", "indexes/a.odcs.yaml": "1"},
        contracts={"a": {"hash": "1"}},
    )
    new = night(
        home,
        "2026-11-22",
        [facility(1)],
        code_version="0.2.0",
        versions={"linkage/facility.yaml": "2", "indexes/a.odcs.yaml": "2"},
        contracts={"a": {"hash": "2"}, "b": {"hash": "1"}},
    )
    assert told(home, old, new)[-2:] == ["contracts: changed a; new b", "versions: changed code, linkage/facility.yaml"]


def test_a_build_that_is_not_there_is_an_error(home: Home) -> None:
    new = night(home, "2026-11-21", [facility(1)])
    with pytest.raises(SehatmuError, match=r"not \(or|not in this home"):
        diff(home, BuildId.parse("2026-11-20.1"), new)


def test_status_tells_build_counts_deliveries_and_what_is_missing(home: Home) -> None:
    assert tell_status(read_status(home, contracts())) == (
        "nothing is published yet; `sehatmu night` makes the first build"
    )
    night(home, "2026-11-21", [facility(1)])
    tables = quarantine(3) | files(
        source_file("sirs", "rumah_sakit", "a", rows=10, bad=1), source_file("sirs", "rumah_sakit", "b", rows=5, bad=2)
    )
    night(home, "2026-11-23", [facility(n) for n in range(3)], tables=tables)
    missing = [f"{c.source}/{c.extract}" for c in contracts().sources() if c.id != "sirs_rumah_sakit"]
    assert tell_status(read_status(home, contracts())).splitlines() == [
        "build 2026-11-23.1, from 2026-11-21.1, number 2 of its line",
        "masters: msi 3",
        "quarantine: 3 rows; to review: 0 pairs",
        "sirs/rumah_sakit: 15 rows of 2026-11-23, 2 files, 3 in quarantine",
        f"not delivered: {', '.join(missing)}",
        "rollback can go to: 2026-11-21.1, 2026-11-23.1",
    ]
