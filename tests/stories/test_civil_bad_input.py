"""The civil register as offices deliver it, from the file to the record: what is kept, what is quarantined and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_contracts
from sehatmu.intake import Intake
from sehatmu.standardise.patients import standardise_patients
from tests.intake_files import DAY, balanced, new_home, take
from tests.standardising_patients import NIK, OTHER_NIK, regions
from tests.standardising_persons import CONTRACTS, books, delivered

CONTRACT = load_contracts(CONTRACTS)
PENDUDUK, VERIFIKASI = (CONTRACT.source("dukcapil", extract) for extract in ("penduduk", "verifikasi"))
HEADER = "NIK;NAMA_LGKP;JENIS_KLMIN;TGL_LHR;NO_PROP;NO_KAB"


def land(tmp_path: Path, extract: str, *lines: str) -> None:
    path = tmp_path / "home" / "landing" / "dukcapil" / extract / DAY.isoformat() / f"{extract}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def person(nik: str, *, name: str = "SURYA", sex: str = "1", born: str = "31-01-1990") -> str:
    return f"{nik};{name};{sex};{born};32;73"


def reasons(taken: Intake) -> list[list[str]]:
    return taken.quarantine.sort("row_number")["reasons"].to_list()


def test_a_nik_that_stands_twice_is_nobodys_and_a_copy_is_kept_once(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    double = [person(NIK), person(NIK, name="MELATI", sex="2")]
    land(tmp_path, "penduduk", HEADER, *double, person(OTHER_NIK), person(OTHER_NIK))
    taken = take(home, PENDUDUK)
    assert balanced(taken)
    assert reasons(taken) == [["row:duplicate-key"], ["row:duplicate-key"], ["row:duplicate-row"]]
    assert taken.accepted["nik"].to_list() == [OTHER_NIK]
    registered = {"no_rm": "01", "nik": NIK, "nama": "Surya", "tanggal_lahir": "1990-01-31", "jenis_kelamin": "L"}
    frames = {"faskes_pasien": delivered(registered), "dukcapil_penduduk": taken.accepted}
    made = standardise_patients(frames, books(), regions(), as_of=DAY)["verification"]
    assert made["nik_verdict"].to_list() == ["no_match"], "nobody knows which of the two it is"
    assert made["nik_confirmed"].null_count() == 1


def test_the_blank_that_a_number_leaves_is_trimmed_and_other_niks_are_refused(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    spoilt = {
        f" {NIK}": [],
        "327301010190001": ["nik:pattern"],
        "3.27301E+15": ["nik:scientific", "nik:pattern"],
        "": ["nik:required"],
    }
    land(tmp_path, "penduduk", HEADER, *(person(nik) for nik in spoilt))
    taken = take(home, PENDUDUK)
    assert balanced(taken)
    assert taken.accepted["nik"].to_list() == [NIK]
    assert [sorted(told) for told in reasons(taken)] == [sorted(told) for told in spoilt.values() if told]


def test_dates_of_three_forms_and_days_that_never_were(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    days = {"1990-01-31": [], "31/01/1990": [], "31-01-1990": [], "31-02-1990": ["tgl_lhr:cast-date"]}
    niks = [f"32730101019000{i:02}" for i in range(1, 5)]
    land(tmp_path, "penduduk", HEADER, *(person(nik, born=day) for nik, day in zip(niks, days, strict=True)))
    taken = take(home, PENDUDUK)
    assert taken.accepted["tgl_lhr"].to_list() == [date(1990, 1, 31)] * 3
    assert reasons(taken) == [["tgl_lhr:cast-date"]]


def test_verdicts_are_read_however_they_are_written(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    land(
        tmp_path,
        "verifikasi",
        "nik,nama,tanggal_lahir,jenis_kelamin,wilayah,tanggal",
        f" {NIK},Sesuai,MATCH,1,tidak sesuai,20/11/2026",
        f"{OTHER_NIK},Sesuai,Sesuai,Sesuai,Sesuai,",
    )
    taken = take(home, VERIFIKASI)
    assert reasons(taken) == [["tanggal:required"]]
    registered = {"no_rm": "01", "nik": NIK, "nama": "Surya", "tanggal_lahir": "1990-01-31", "jenis_kelamin": "L"}
    frames = {
        "faskes_pasien": delivered({**registered, "kode_kel": "3273"}),
        "dukcapil_verifikasi": taken.accepted,
    }
    made = standardise_patients(frames, books(), regions(), as_of=DAY)["verification"]
    told = made.select(pl.col("^.*_verdict$"), "nik_confirmed").row(0)
    assert told == ("match", "match", "match", "match", "no_match", NIK)
