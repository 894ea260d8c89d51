"""Identities over whole nights, from files in landing to what an analyst asks: a small country, told as a story.

One home lives through all the nights once; each test asks about one of them, by way of the macros for a day.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.home import Home
from tests.pipeline.conftest import run

DAY = [date(2026, 5, day) for day in range(1, 11)]
SIRS = "kode_rs,nama_rs,nama_prop,jenis_rs,kelas,alamat,kode_kab,telepon"
SISDMK = "kode_unit,nama_unit,jenis_unit,alamat,kode_prov,kode_kab,telepon"
REGIONS = "kode,nama,induk\n32,JAWA BARAT,\n32.73,KOTA BANDUNG,32\n"

MELATI = "3273001,RS Umum Melati,JAWA BARAT,RSU,C,Jl. Anggrek 10,3273,0224200001"
HARAPAN = "3273002,RS Umum Harapan Kita,JAWA BARAT,RSU,C,Jl. Mawar 20,3273,0224200002"
SENTOSA = "3273003,RS Umum Sentosa,JAWA BARAT,RSU,B,Jl. Kenanga 30,3273,0224200003"
# The same hospitals in the register of health workers.
U_MELATI = "D001,RS Umum Melati,Rumah Sakit,Jl. Anggrek 10,32,3273,0224200001"
U_SENTOSA = "D003,RS Umum Sentosa,Rumah Sakit,Jl. Kenanga 30,32,3273,0224200003"
U_STRANGER = "D009,RS Umum Permata,Rumah Sakit,Jl. Cempaka 90,32,3273,0224200009"


def deliver(home: Path, extract: str, day: date, *lines: str) -> None:
    path = home / "landing" / extract / day.isoformat() / "delivery.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([*lines, ""]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("nights") / "home"
    Home(home).create()

    def night(number: int, **deliveries: tuple[str, ...]) -> None:
        headers = {"sirs/rumah_sakit": SIRS, "sisdmk/fasilitas": SISDMK}
        for extract, rows in deliveries.items():
            name = {"sirs": "sirs/rumah_sakit", "sisdmk": "sisdmk/fasilitas"}[extract]
            deliver(home, name, DAY[number], headers[name], *rows)
        done, told = run(home, DAY[number])
        assert done, told

    def decide(left: str, right: str, verdict: str) -> None:
        arguments = ["decide", left, right, verdict, "--by", "Rina", "--home", str(home)]
        assert CliRunner().invoke(app, arguments).exit_code == 0

    deliver(home, "referensi/wilayah", DAY[0], *REGIONS.splitlines())
    night(0, sirs=(MELATI, HARAPAN, SENTOSA))
    night(1)  # nothing new
    night(2, sisdmk=(U_MELATI, U_SENTOSA, U_STRANGER))  # a late file
    night(3, sirs=(MELATI.replace("Jl. Anggrek 10", "Jl. Anggrek 12").replace(",C,", ",B,"), HARAPAN, SENTOSA))
    decide("sirs|rumah_sakit|3273002", "sisdmk|fasilitas|D009", "same")
    night(4)  # two found to be one
    decide("sirs|rumah_sakit|3273002", "sisdmk|fasilitas|D009", "withdrawn")
    night(5)  # one found to be two
    night(6, sirs=(MELATI, SENTOSA))  # Harapan Kita leaves
    night(7, sirs=(MELATI, SENTOSA, HARAPAN))  # and returns
    night(8, sirs=(MELATI, SENTOSA, HARAPAN.replace("3273002", "3273777")))  # and gets another code
    return home


@pytest.fixture
def ask(home: Path) -> Callable[[str], list[tuple[object, ...]]]:
    def query(sql: str) -> list[tuple[object, ...]]:
        con = duckdb.connect(str((home / "published/sehatmu.duckdb").resolve()), read_only=True)
        try:
            return list(con.sql(sql).fetchall())
        finally:
            con.close()

    return query


Ask = Callable[[str], list[tuple[object, ...]]]


def records_on(ask: Ask, day: date) -> dict[str, str]:
    rows = ask(f"SELECT record_key, master_id FROM history.links_on('{day}')")
    return {str(key).split("|")[-1]: str(master) for key, master in rows}


def events_of(ask: Ask, day: date) -> list[tuple[object, ...]]:
    return ask(f"SELECT event, master_id, other_id FROM history.event WHERE build_date = '{day}' ORDER BY ALL")


def test_the_same_night_twice(ask: Ask) -> None:
    assert [event for event, *_ in events_of(ask, DAY[0])] == ["mint"] * 3
    assert events_of(ask, DAY[1]) == []
    assert records_on(ask, DAY[1]) == records_on(ask, DAY[0])


def test_a_late_file_joins_what_is_there_and_mints_the_rest(ask: Ask) -> None:
    before, after = records_on(ask, DAY[1]), records_on(ask, DAY[2])
    assert {key: after[key] for key in before} == before
    assert (after["D001"], after["D003"]) == (before["3273001"], before["3273003"])
    assert [event for event, *_ in events_of(ask, DAY[2])] == ["mint"]


def test_a_corrected_address_is_a_new_version_of_the_same_identity(ask: Ask) -> None:
    assert records_on(ask, DAY[3]) == records_on(ask, DAY[2])
    assert events_of(ask, DAY[3]) == []
    melati = records_on(ask, DAY[2])["3273001"]
    versions = [
        ask(f"SELECT alamat, kelas_sarana_kode FROM history.facility_was('{melati}', '{day}')") for day in DAY[2:4]
    ]
    assert [kind for [(_, kind)] in versions] == ["C", "B"]
    assert versions[0] != versions[1]


def test_two_found_to_be_one_and_the_one_that_gave_way_leads_on_for_ever(ask: Ask) -> None:
    before, after = records_on(ask, DAY[3]), records_on(ask, DAY[4])
    kept, gone = after["3273002"], before["D009"]
    assert after["D009"] == kept == before["3273002"]
    assert events_of(ask, DAY[4]) == [("merge", gone, kept)]
    for day in DAY[4:9]:
        assert ask(f"SELECT current_id FROM history.master_on('{gone}', '{day}')") == [(kept,)]
    assert ask(f"SELECT status, current_id FROM history.master_on('{gone}', '{DAY[3]}')") == [("active", gone)]
    assert ask(f"SELECT nama FROM history.facility_was('{gone}', '{DAY[3]}')") != ask(
        f"SELECT nama FROM history.facility_was('{gone}', '{DAY[4]}')"
    )
    assert ask(f"SELECT retired_id, current_id FROM xref.redirect WHERE retired_id = '{gone}'") == [(gone, kept)]


def test_one_found_to_be_two(ask: Ask) -> None:
    before, after = records_on(ask, DAY[4]), records_on(ask, DAY[5])
    assert after["3273002"] == before["3273002"]
    assert after["D009"] not in set(before.values())
    assert [row for row in events_of(ask, DAY[5]) if row[0] == "split"] == [("split", after["D009"], after["3273002"])]


def test_a_facility_that_leaves_and_returns_has_its_number_again(ask: Ask) -> None:
    harapan = records_on(ask, DAY[5])["3273002"]
    assert events_of(ask, DAY[6]) == [("retire", harapan, None)]
    assert "3273002" not in records_on(ask, DAY[6])
    assert ask(f"SELECT status, since_date FROM history.master_on('{harapan}', '{DAY[6]}')") == [("retired", DAY[6])]
    assert ask(f"SELECT nama FROM history.facility_was('{harapan}', '{DAY[6]}')") == []
    assert events_of(ask, DAY[7]) == [("revive", harapan, None)]
    assert records_on(ask, DAY[7])["3273002"] == harapan


def test_a_facility_that_changes_its_own_code_keeps_its_number(ask: Ask) -> None:
    assert events_of(ask, DAY[8]) == []
    assert records_on(ask, DAY[8])["3273777"] == records_on(ask, DAY[7])["3273002"]
    assert "3273002" not in records_on(ask, DAY[8])


def test_an_id_is_unknown_before_it_was_minted(ask: Ask) -> None:
    late = records_on(ask, DAY[5])["D009"]
    assert ask(f"SELECT * FROM history.master_on('{late}', '{DAY[4]}')") == []
    assert ask("SELECT * FROM history.master_on('nobody', '2026-05-05')") == []


def test_every_day_is_as_it_was_published_then(home: Path, ask: Ask) -> None:
    """The answer for a day, asked of the last build, is what the build of that day held."""
    kept = sorted(path.parent for path in (home / "published/builds").glob("*/sehatmu.duckdb"))
    assert len(kept) == 7
    for folder in kept:
        day = folder.name.partition(".")[0]
        con = duckdb.connect(str(folder / "sehatmu.duckdb"), read_only=True)
        then = con.sql("SELECT record_key, master_id FROM xref.record_link ORDER BY ALL").fetchall()
        golden = con.sql("SELECT * FROM msi.facility ORDER BY master_id").pl()
        con.close()
        assert ask(f"SELECT record_key, master_id FROM history.links_on('{day}') ORDER BY ALL") == then
        rows = ask(f"SELECT * FROM history.facility_on('{day}') ORDER BY master_id")
        assert pl.DataFrame(rows, schema=golden.schema, orient="row").equals(golden)
