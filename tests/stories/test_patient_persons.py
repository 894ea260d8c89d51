"""Who is whom among registrations, with the linkage file and the model of the night: before and after, in small."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl
import pytest

from sehatmu.linkage.bound import bind_clusters, free_records
from sehatmu.linkage.command import read_rules
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.engine import link
from sehatmu.linkage.score import Model
from tests.standardising_patients import MELATI, NIK, OTHER_NIK, Row, patients
from tests.standardising_persons import CONTRACTS


@cache
def rules() -> tuple[LinkageConfig, Model]:
    config, trained = read_rules(CONTRACTS / "linkage" / "patient.yaml", None)
    assert trained is not None
    return config, trained.row_for(1_000_000)


def groups(*registrations: Row, civil: Sequence[Row] | None = None) -> set[str]:
    """The persons that come out, each as its record numbers (and NIKs of the civil register), `a+b`."""
    named = [{"no_rm": chr(97 + i), **row} for i, row in enumerate(registrations)]
    records = patients(*named, civil=civil)["record"]
    config, model = rules()
    clusters = bind_clusters(link(free_records(records), config, model=model).clusters, records)
    name = pl.col("record_key").str.split("|").list.last()
    joined = clusters.group_by("cluster_key").agg(name.sort().str.join("+"))
    return set(joined["record_key"])


SURYA = {
    "nama": "Surya Wibowo", "tanggal_lahir": "1985-03-14", "jenis_kelamin": "L", "nama_ibu": "Sri Lestari",
    "kode_kel": "3273011001", "telepon": "081234567890", "alamat": "Jl. Kenanga No. 8",
}  # fmt: skip


def test_one_person_in_two_facilities_is_one_and_a_namesake_is_another() -> None:
    elsewhere = {**SURYA, "nama": "SURYA WIBOWO, S.Kom", "telepon": None}
    namesake = {**SURYA, "tanggal_lahir": "1961-12-02", "nama_ibu": "Dewi", "kode_kel": "7371011001", "telepon": None}
    assert groups(SURYA, elsewhere, {**namesake, "alamat": "Jl. Laut No. 1"}) == {"a+b", "c"}


BABY = {
    "nama": "BY NY SITI AMINAH", "tanggal_lahir": "2026-11-01", "jenis_kelamin": "L", "nik_ibu": NIK,
    "nama_ibu": "Siti Aminah", "kode_kel": "3273011001",
}  # fmt: skip


def test_a_baby_named_after_its_mother_is_the_child_that_is_named_later() -> None:
    named = {**BABY, "nama": "Ahmad Fauzan", "urutan_kembar": "0"}
    assert groups({**BABY, "urutan_kembar": "0"}, named) == {"a+b"}, "the order says so"
    with_nik = {**BABY, "nik": OTHER_NIK, "nik_ibu": None}
    assert groups(with_nik, {**with_nik, "nama": "Ahmad Fauzan", "nama_ibu": None}) == {"a+b"}, "the NIK says so"


def test_twins_stay_apart_and_each_keeps_its_own_later_name() -> None:
    first, second = {**BABY, "urutan_kembar": "1"}, {**BABY, "urutan_kembar": "2"}
    assert groups(first, second) == {"a", "b"}
    named = ({**first, "nama": "Hasan"}, {**second, "nama": "Husein"})
    assert groups(first, second, *named) == {"a+c", "b+d"}


def test_twins_with_names_need_no_order() -> None:
    assert groups({**BABY, "nama": "Hasan"}, {**BABY, "nama": "Bagas Pratama"}) == {"a", "b"}


def test_the_order_among_brothers_and_sisters_is_no_order_of_twins() -> None:
    assert groups({**BABY, "anak_ke": "1"}, {**BABY, "nama": "Ahmad", "anak_ke": "2"}) == {"a+b"}


def test_children_of_one_mother_born_on_other_days_are_others() -> None:
    assert groups({**BABY, "urutan_kembar": "0"}, {**BABY, "urutan_kembar": "0", "tanggal_lahir": "2025-01-09"}) == {
        "a",
        "b",
    }


def test_a_name_after_the_mother_is_never_evidence_by_itself() -> None:
    nameless = {"nama": "BY NY SITI", "tanggal_lahir": "2026-11-01", "jenis_kelamin": "L"}
    assert groups(nameless, {**nameless, "kode_kel": "7371011001"}, nameless) == {"a", "b", "c"}
    child = {**BABY, "nik_ibu": None, "nama": "Ahmad Fauzan"}
    assert groups({**BABY, "nik_ibu": None}, child) == {"a", "b"}, "another child of another Siti Aminah"
    family = {"no_kk": "3273010101100003"}
    assert groups({**BABY, "nik_ibu": None, **family}, {**child, **family}) == {"a+b"}
    assert groups(*({**row, "no_ihs": "P02478375538"} for row in (nameless, child))) == {"a+b"}


@pytest.mark.parametrize("name", ["MR. X", "TN. TIDAK DIKENAL", "NN"])
def test_unknown_persons_are_nobody_else_whatever_they_have_in_common(name: str) -> None:
    unknown = {**SURYA, "nama": name, "nik": NIK, "no_bpjs": "0001234567891"}
    assert groups(unknown, unknown) == {"a", "b"}
    assert groups(unknown, {**SURYA, "nik": NIK, "no_bpjs": "0001234567891"}) == {"a", "b"}


FOREIGNER = {
    "nama": "Maria Gonzalez", "tanggal_lahir": "1979-05-05", "jenis_kelamin": "P", "kewarganegaraan": "WNA",
    "paspor": "X1234567",
}  # fmt: skip


def test_foreigners_are_known_by_their_passport() -> None:
    assert groups(FOREIGNER, {**FOREIGNER, "nama": "GONZALES MARIA", "paspor": "x 1234567"}) == {"a+b"}
    assert groups(FOREIGNER, {**FOREIGNER, "tanggal_lahir": None, "nama": "Maria G"}) == {"a+b"}
    other = {**FOREIGNER, "nama": "Anna Schmidt", "tanggal_lahir": "1990-07-08", "paspor": "C7654321"}
    assert groups(FOREIGNER, other) == {"a", "b"}


def test_two_confirmed_niks_are_two_persons_though_all_else_agrees() -> None:
    one = {**SURYA, "nik": NIK}
    other = {**SURYA, "nik": OTHER_NIK}
    known = {"nama_lgkp": "SURYA WIBOWO", "jenis_klmin": "LAKI-LAKI", "tgl_lhr": "1985-03-14"}
    civil = [{**known, "nik": NIK}, {**known, "nik": OTHER_NIK}]
    assert groups(one, other, civil=civil) == {f"{NIK}+a", f"{OTHER_NIK}+b"}
    assert groups(one, other) == {"a+b"}, "without the register one of them is a slip"


def test_the_register_leads_to_registrations_without_a_nik_and_makes_no_person_of_its_own() -> None:
    register = {
        "nik": NIK, "nama_lgkp": "SURYA WIBOWO", "jenis_klmin": "LAKI-LAKI", "tgl_lhr": "1985-03-14",
        "nama_lgkp_ibu": "SRI LESTARI", "no_prop": "32", "no_kab": "73", "no_kec": "1", "no_kel": "1001",
    }  # fmt: skip
    assert groups(SURYA, civil=[register, {**MELATI, "nik": OTHER_NIK}]) == {f"{NIK}+a", OTHER_NIK}
    slip = {**SURYA, "nik": OTHER_NIK}
    assert groups(slip, civil=[register]) == {f"{NIK}+a"}, "another digit, but nobody else"
