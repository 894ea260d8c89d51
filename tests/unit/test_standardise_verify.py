"""Registrations against the civil register: each verdict by attribute, and when a NIK is confirmed."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sehatmu.standardise.verify import compare_dates
from tests.standardising_patients import MELATI, NIK, OTHER_NIK, patients, verdicts

REGISTERED = {"nik": NIK, "nama": "Ny. Melati Sari", "tanggal_lahir": "1990-01-31", "jenis_kelamin": "P"}


def test_a_nik_is_confirmed_where_name_and_birth_date_agree_too() -> None:
    assert verdicts(REGISTERED, MELATI) == {
        "nik": "match", "name": "match", "birth_date": "match", "sex": "match", "region": "unknown",
        "checked_with": "dukcapil/penduduk", "nik_confirmed": NIK,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "attribute", "verdict", "is_confirmed"),
    [
        ({"nama": "SARI MELATI"}, "name", "match", True),
        ({"nama": "MELATY SARI"}, "name", "near", True),
        ({"nama": "MELATI"}, "name", "near", True),
        ({"nama": "JOKO SUSILO"}, "name", "no_match", False),
        ({"nama": "BY NY MELATI SARI"}, "name", "unknown", False),
        ({"nama": "MR. X"}, "name", "unknown", False),
        ({"tanggal_lahir": "1990-01-30"}, "birth_date", "near", False),
        ({"tanggal_lahir": "1990-07-01"}, "birth_date", "near", False),
        ({"tanggal_lahir": "1987-05-12"}, "birth_date", "no_match", False),
        ({"tanggal_lahir": None}, "birth_date", "unknown", False),
        ({"jenis_kelamin": "L"}, "sex", "no_match", False),
        ({"jenis_kelamin": None}, "sex", "unknown", True),
        ({"nik": OTHER_NIK}, "nik", "no_match", False),
        ({"nik": "1111111111111111"}, "nik", "unknown", False),
    ],
)
def test_each_difference_has_its_verdict(
    change: dict[str, str | None], attribute: str, verdict: str, is_confirmed: bool
) -> None:
    found = verdicts({**REGISTERED, **change}, MELATI)
    assert (found[attribute], found["nik_confirmed"] is not None) == (verdict, is_confirmed)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("3273011001", "match"), ("3273", "match"), ("3273021001", "near"), ("3204011001", "no_match"), (None, "unknown")],
)
def test_a_region_agrees_as_far_as_both_tell(code: str | None, verdict: str) -> None:
    lives = {**MELATI, "no_prop": "32", "no_kab": "73", "no_kec": "1", "no_kel": "1001"}
    found = verdicts({**REGISTERED, "kode_kel": code}, lives)
    assert found["region"] == verdict
    assert found["nik_confirmed"] == NIK, "people move"


def test_what_is_written_in_a_nik_is_no_reason_to_doubt_it() -> None:
    """The sandbox people of the platform have NIKs with other dates than theirs."""
    born = {"tgl_lhr": "1992-01-09", "nik": "9271060312000001"}
    found = verdicts({**REGISTERED, "nik": "9271060312000001", "tanggal_lahir": "1992-01-09"}, {**MELATI, **born})
    assert found["nik_confirmed"] == "9271060312000001"


def test_without_the_register_nothing_is_known() -> None:
    found = verdicts(REGISTERED)
    assert set(found.values()) == {"unknown", None}


ANSWER = {
    "nik": NIK, "nama": "Sesuai", "tanggal_lahir": "SESUAI", "jenis_kelamin": "Tidak Sesuai", "wilayah": "?",
    "tanggal": "2026-11-20",
}  # fmt: skip


def test_answers_count_where_the_register_lacks_the_nik() -> None:
    elsewhere = {**MELATI, "nik": OTHER_NIK}
    found = verdicts(REGISTERED, elsewhere, {**ANSWER, "jenis_kelamin": "match"})
    assert found == {
        "nik": "match", "name": "match", "birth_date": "match", "sex": "match", "region": "unknown",
        "checked_with": "dukcapil/verifikasi", "nik_confirmed": NIK,
    }  # fmt: skip
    assert verdicts(REGISTERED, None, ANSWER)["nik_confirmed"] is None, "another sex"
    assert verdicts(REGISTERED, MELATI, {**ANSWER, "nama": "Tidak Sesuai"})["name"] == "match", (
        "the row itself is better"
    )


def test_an_answer_about_one_of_two_names_is_about_nobody() -> None:
    other = {**REGISTERED, "nama": "JOKO SUSILO"}
    made = patients(REGISTERED, other, answers=[{**ANSWER, "jenis_kelamin": "match"}])["verification"]
    assert made["name_verdict"].to_list() == ["unknown", "unknown"]
    assert made["birth_date_verdict"].to_list() == ["match", "match"]
    assert made["nik_confirmed"].null_count() == 2


@given(st.dates(), st.dates())
def test_dates_compare_alike_from_both_sides(one: object, other: object) -> None:
    a, b = pl.Series([one], dtype=pl.Date), pl.Series([other], dtype=pl.Date)
    assert compare_dates(a, b).tolist() == compare_dates(b, a).tolist()
    assert compare_dates(a, a).tolist() == [1]
