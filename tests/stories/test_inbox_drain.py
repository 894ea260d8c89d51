"""What was submitted becomes landed files: each version once, whatever happens in between."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sehatmu.contracts import load_contracts
from sehatmu.home import Home
from sehatmu.inbox import drain as draining
from sehatmu.inbox.drain import drain
from sehatmu.inbox.store import Change, Conflict, Keep, count_undrained, create_inbox, keep_all, read_inbox
from sehatmu.intake.run import intake
from tests.publishing import new_home

DAY, NEXT = date(2026, 11, 25), date(2026, 11, 26)
AT = "2026-11-25T03:00:00.000+00:00"
ROOT = Path(__file__).parents[2] / "data_contracts"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = new_home(tmp_path)
    create_inbox(home).close()
    return home


def keep(home: Home, *resources: dict[str, Any], organization: str = "2000000001") -> None:
    with closing(create_inbox(home)) as con:
        (kept,) = keep_all(
            con, [Keep([Change(one, organization, None if "again" in one else 0) for one in resources], AT)]
        )
        assert not isinstance(kept, Conflict)


def visit(id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Encounter", "id": id_, "status": "planned"} | more


def person(number: int, name: str, **more: Any) -> dict[str, Any]:
    nik = {"system": "https://fhir.kemkes.go.id/id/nik", "value": f"327301010190{number:04d}"}
    codes = [{"url": "village", "valueCode": "3273011001"}, {"url": "rt", "valueCode": "1"}]
    address = {"line": ["Jl. Contoh 1"], "extension": [{"url": "https://x/administrativeCode", "extension": codes}]}
    told = {"resourceType": "Patient", "id": f"P9{number:010d}", "identifier": [nik], "name": [{"text": name}]}
    return told | {"gender": "female", "birthDate": "1990-01-31", "address": [address]} | more


def landed(home: Home, extract: str) -> dict[str, list[dict[str, Any]]]:
    folder = home.landing / "faskes" / extract
    return {
        path.relative_to(folder).as_posix(): [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.rglob("inbox-*"))
    }


def test_every_version_is_landed_once_in_order_and_under_its_numbers(home: Home) -> None:
    keep(home, visit("a"), {"resourceType": "Condition", "id": "c"}, {"resourceType": "Location", "id": "l"})
    keep(home, visit("a", again=1, status="finished"))
    written = drain(home, DAY)
    assert sorted(path.name for path in written) == ["inbox-1-4.ndjson", "inbox-1-4.ndjson"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written)
    (lines,) = landed(home, "kunjungan").values()
    assert [(line["id"], line["meta"]) for line in lines] == [
        ("a", {"versionId": "1", "lastUpdated": AT}),
        ("a", {"versionId": "2", "lastUpdated": AT}),
    ]
    assert [line["id"] for line in landed(home, "diagnostik")[f"{DAY}/inbox-1-4.ndjson"]] == ["c"]
    assert drain(home, DAY) == drain(home, NEXT) == []
    keep(home, visit("b"))
    with closing(read_inbox(home)) as con:
        assert count_undrained(con) == (1, AT)
    drain(home, NEXT)
    assert list(landed(home, "kunjungan")) == [f"{DAY}/inbox-1-4.ndjson", f"{NEXT}/inbox-5-5.ndjson"]
    with closing(read_inbox(home)) as con:
        assert count_undrained(con) == (0, None)


def test_a_home_without_an_inbox_has_nothing_to_drain(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    assert drain(home, DAY) == []
    assert not (home.root / "inbox.sqlite").exists()


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_a_night_that_is_killed_while_it_drains_is_followed_by_one_that_writes_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    keep(home, visit("a"), {"resourceType": "Condition", "id": "c"}, person(1, "SITI"))
    write, count = draining._write, 0

    def killed(*told: Any) -> Path | None:
        nonlocal count
        count += 1
        if count == broken:
            raise KeyboardInterrupt
        return write(*told)

    with monkeypatch.context() as patched:
        patched.setattr(draining, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            drain(home, DAY)
    keep(home, visit("b"))  # meanwhile
    drain(home, NEXT)
    assert list(landed(home, "kunjungan")) == [f"{DAY}/inbox-1-3.ndjson", f"{NEXT}/inbox-4-4.ndjson"]
    assert list(landed(home, "diagnostik")) == [f"{DAY}/inbox-1-3.ndjson"]
    assert [row["nama"] for rows in landed(home, "pasien").values() for row in rows] == ["SITI"]


def patients(home: Home, day: date) -> pl.DataFrame:
    """Names by number, as the contract has them in force on that day."""
    contract = load_contracts(ROOT).source("faskes", "pasien")
    taken = intake(home, contract, day=day, previous=None)
    assert taken.quarantine.is_empty(), taken.quarantine["reasons"].to_list()
    rows = (
        taken.rows.filter("is_current")
        .select("no_ihs", "nama", "kode_faskes")
        .sort("no_ihs", nulls_last=True)
        .collect()
    )
    assert isinstance(rows, pl.DataFrame)
    return rows


def test_patients_are_the_delivery_of_their_organisation_and_replace_nobody_elses(home: Home) -> None:
    own = home.landing / "faskes/pasien/2026-11-20"
    own.mkdir(parents=True)
    (own / "own.csv").write_text("sumber_kode,kode_faskes,no_rm,nama\nsatset,2000000001,RM-1,BUDI\n")
    keep(home, person(1, "SITI"), person(2, "AMINAH"))
    keep(home, person(3, "RATNA"), organization="2000000002")
    drain(home, DAY)
    assert patients(home, DAY)["nama"].to_list() == ["SITI", "AMINAH", "RATNA", "BUDI"]
    # On the next day one of them has another name, and one is new: whoever is unchanged stays.
    keep(home, person(1, "SITI AISYAH", again=1), person(4, "DEWI"))
    drain(home, NEXT)
    assert patients(home, NEXT)["nama"].to_list() == ["SITI AISYAH", "AMINAH", "RATNA", "DEWI", "BUDI"]
    assert len(landed(home, "pasien")[f"{NEXT}/inbox-4-5.ndjson"]) == 3  # the other organisation's are not sent again


def test_a_second_drain_of_a_day_adds_who_is_new_and_leaves_changes_to_the_next(home: Home) -> None:
    keep(home, person(1, "SITI"))
    drain(home, DAY)
    keep(home, person(1, "SITI AISYAH", again=1), person(2, "AMINAH"))
    drain(home, DAY)
    assert patients(home, DAY)["nama"].to_list() == ["SITI", "AMINAH"]
    assert drain(home, DAY) == []
    drain(home, NEXT)
    assert patients(home, NEXT)["nama"].to_list() == ["SITI AISYAH", "AMINAH"]
    assert drain(home, NEXT) == []


def test_a_row_has_what_the_patient_told(home: Home) -> None:
    keep(home, person(7, "SITI", multipleBirthInteger=0, telecom=[{"system": "phone", "value": "0812"}]))
    drain(home, DAY)
    ((row,),) = landed(home, "pasien").values()
    assert {name: value for name, value in row.items() if value is not None} == {
        "sumber_kode": "sehatmu_layanan",
        "kode_faskes": "2000000001",
        "no_rm": "RM-P90000000007",
        "no_ihs": "P90000000007",
        "nik": "3273010101900007",
        "nama": "SITI",
        "tanggal_lahir": "1990-01-31",
        "jenis_kelamin": "female",
        "urutan_kembar": 0,
        "alamat": "Jl. Contoh 1",
        "rt": "1",
        "kode_kel": "3273011001",
        "telepon": "0812",
        "tanggal_update": "2026-11-25",
    }
