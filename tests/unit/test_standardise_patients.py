"""The standard tables of the patient domain: registrations, the civil register as evidence, identifiers, findings."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from tests.standardising_patients import MELATI, NIK, OTHER_NIK, patients

REGISTERED = {"no_rm": "01", "nik": NIK, "nama": "Melati Sari", "tanggal_lahir": "1990-01-31", "jenis_kelamin": "P"}
KEY = "faskes|pasien|yankes_rs|3273010|"


def registered(made: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return made["record"].filter("is_subject")


def test_a_row_of_the_register_belongs_to_the_first_registration_that_it_confirms() -> None:
    made = patients({**REGISTERED, "no_rm": "02"}, REGISTERED, civil=[MELATI, {**MELATI, "nik": OTHER_NIK}])["record"]
    told = made.select("record_key", "is_subject", "bound_to", "nik_confirmed", "sex", "source", "extract")
    assert told.rows() == [
        (f"dukcapil|penduduk|{NIK}", False, f"{KEY}01", NIK, "F", "dukcapil", "penduduk"),
        (f"dukcapil|penduduk|{OTHER_NIK}", False, None, OTHER_NIK, "F", "dukcapil", "penduduk"),
        (f"{KEY}01", True, None, NIK, "F", "faskes", "pasien"),
        (f"{KEY}02", True, None, NIK, "F", "faskes", "pasien"),
    ]


def test_a_verdict_changes_what_linkage_takes_for_changed() -> None:
    before, after = (registered(patients(REGISTERED, civil=[row])) for row in ({**MELATI, "nik": OTHER_NIK}, MELATI))
    assert before["link_hash"][0] != after["link_hash"][0]
    again = registered(patients(REGISTERED, civil=[MELATI]))
    assert again["link_hash"].to_list() == after["link_hash"].to_list()


def test_the_civil_register_writes_numbers_and_capitals() -> None:
    row = {
        **MELATI, "nik_ibu": OTHER_NIK, "nama_lgkp_ibu": "DEWI", "no_rt": "001", "no_prop": "32", "no_kab": "4.0",
        "no_kec": "1", "no_kel": "2001", "status_hidup": "MENINGGAL",
    }  # fmt: skip
    made = patients(REGISTERED, civil=[row])["record"].filter(~pl.col("is_subject"))
    expected = {
        "name_full": "MELATI SARI", "mother_nik": OTHER_NIK, "rt": "1", "kab_code": "3204", "kel_code": "3204012001",
        "is_deceased": True, "provinsi_nama": "JAWA BARAT",
    }  # fmt: skip
    assert made.select(*expected).row(0, named=True) == expected


def test_deaths_come_from_either_side() -> None:
    alive = patients(REGISTERED, {**REGISTERED, "no_rm": "02", "tanggal_meninggal": "2026-01-02"}, civil=[MELATI])
    assert registered(alive)["is_deceased"].to_list() == [None, True]


@pytest.mark.parametrize(("name", "is_unknown"), [("MR. X", True), ("BY NY MELATI", False), ("Melati", False)])
def test_an_unknown_person_is_marked(name: str, is_unknown: bool) -> None:
    made = patients({**REGISTERED, "nama": name})["record"]
    assert made["name_is_placeholder"].to_list() == [is_unknown]
    assert made["nama"].to_list() == [name]


def test_identifiers_findings_and_who_was_asked_about() -> None:
    made = patients(
        {**REGISTERED, "no_ihs": "P02478375538", "paspor": "X1234567", "no_bpjs": "0001234567890"},
        {"no_rm": "02", "nama": "MR. X", "nik": "123", "no_kk": "3273010101100003"},
        civil=[{**MELATI, "no_kk": "3273010101100003"}],
    )
    first, second, civil = f"{KEY}01", f"{KEY}02", f"dukcapil|penduduk|{NIK}"
    assert sorted(made["identifier"].rows()) == [
        (civil, "nik", NIK),
        (first, "bpjs", "0001234567890"),
        (first, "ihs", "P02478375538"),
        (first, "nik", NIK),
        (first, "paspor", "X1234567"),
    ]
    assert made["finding"].rows() == [(second, "nama:placeholder", None), (second, "nik:pattern", None)]
    asked = made["verification"].select("record_key", "sumber_kode", "kode_faskes", "no_rm")
    assert asked.rows() == [(first, "yankes_rs", "3273010", "01"), (second, "yankes_rs", "3273010", "02")]


def test_a_night_without_anybody() -> None:
    made = patients(civil=[])
    assert {name: frame.height for name, frame in made.items()} == dict.fromkeys(made, 0)
