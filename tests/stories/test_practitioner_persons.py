"""Who is one practitioner and who is not: jobs as registers tell them, through standardiser, rules and model."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from sehatmu.home import Home
from sehatmu.intake.run import intake
from sehatmu.linkage.command import rules_for
from sehatmu.linkage.engine import link
from tests.standardising_practitioners import (
    AUTHORED,
    COUNCIL,
    DAY,
    SIMADA,
    SIRS,
    SISDMK,
    STR,
    Row,
    contracts,
    night,
    standardise,
)

WORKFORCE = 300_000
DEWI, SITI = "3273014101900001", "3273015508880004"
NURSE = {
    "nama": "Dewi Sartika, S.Kep., Ns",
    "tanggal_lahir": "1990-01-01",
    "jenis_kelamin": "P",
    "jenis_sdmk": "Perawat",
}
HOSPITAL, PUSKESMAS = {"kode_unit": "R3273010"}, {"kode_unit": "P3204010201"}
IN_SIRS = {"kode_rs": "3273010", "nama": "DEWI SARTIKA", "profesi": "Perawat"}


def persons(home: Path, **tables: Sequence[Row]) -> list[list[str]]:
    """The clusters of these jobs in a country of many health workers, each as its sources, in order."""
    records = night(home, **tables)["record"]
    config, model = rules_for(AUTHORED / "linkage" / "practitioner.yaml", WORKFORCE)
    clusters = link(records, config, model=model).clusters
    found = clusters.join(records.select("record_key", "source"), on="record_key").sort("cluster_key", "record_key")
    return sorted(found.group_by("cluster_key").agg(pl.col("source").sort())["source"].to_list())


def test_jobs_of_one_nik_are_one_practitioner(tmp_path: Path) -> None:
    nurse = NURSE | {"nik": DEWI}
    assert persons(tmp_path, **{SISDMK: [nurse | HOSPITAL, nurse | PUSKESMAS], SIRS: [IN_SIRS | {"nik": DEWI}]}) == [
        ["sirs", "sisdmk", "sisdmk"]
    ]


def test_two_nurses_of_one_name_in_one_hospital_stay_apart(tmp_path: Path) -> None:
    first = NURSE | HOSPITAL | {"nik": DEWI}
    second = NURSE | HOSPITAL | {"nik": SITI, "tanggal_lahir": "1988-08-15"}
    assert persons(tmp_path, **{SISDMK: [first, second]}) == [["sisdmk"], ["sisdmk"]]


def test_they_stay_apart_by_their_births_alone(tmp_path: Path) -> None:
    first, second = NURSE | HOSPITAL, NURSE | HOSPITAL | {"tanggal_lahir": "1988-08-15"}
    assert persons(tmp_path, **{SISDMK: [first, second]}) == [["sisdmk"], ["sisdmk"]]


@pytest.mark.parametrize("evidence", [{"no_str": STR}, {"tanggal_lahir": "01/01/1990"}])
def test_without_a_nik_the_registration_or_the_birth_tells(tmp_path: Path, evidence: Row) -> None:
    job = NURSE | HOSPITAL | {"nik": DEWI, "no_str": STR}
    assert persons(tmp_path, **{SISDMK: [job], SIRS: [IN_SIRS | dict(evidence)]}) == [["sirs", "sisdmk"]]


def test_a_nurse_who_is_a_midwife_too_is_one_person_with_two_registrations(tmp_path: Path) -> None:
    nurse = NURSE | HOSPITAL | {"nik": DEWI, "no_str": STR}
    midwife = NURSE | PUSKESMAS | {"nik": DEWI, "no_str": "QK00000000000777", "jenis_sdmk": "Bidan"}
    assert persons(tmp_path, **{SISDMK: [nurse, midwife]}) == [["sisdmk", "sisdmk"]]


def test_the_apothecary_of_a_pharmacy_is_the_one_of_the_hospital(tmp_path: Path) -> None:
    hospital = HOSPITAL | {
        "nama": "RINA WATI,S.Farm,Apt", "tanggal_lahir": "1985-03-02", "jenis_kelamin": "P", "jenis_sdmk": "Apoteker",
        "no_str": "QK00000000000555",
    }  # fmt: skip
    pharmacy = {
        "kode_sarana": "SMD-0000123", "nama": "apt. Rina Wati", "tanggal_lahir": "02-03-1985",
        "jenis_kelamin": "PEREMPUAN", "profesi": "Apoteker Penanggung Jawab", "no_str": "qk 00000000000555",
    }  # fmt: skip
    assert persons(tmp_path, **{SISDMK: [hospital], SIMADA: [pharmacy]}) == [["simada", "sisdmk"]]


def test_one_nik_on_two_clearly_different_people_does_not_join_them(tmp_path: Path) -> None:
    other = {"nama": "Bambang Sutrisno", "tanggal_lahir": "1975-06-07", "jenis_kelamin": "L", "jenis_sdmk": "Dokter"}
    jobs = [NURSE | HOSPITAL | {"nik": DEWI}, other | HOSPITAL | {"nik": DEWI}]
    assert persons(tmp_path, **{SISDMK: jobs}) == [["sisdmk"], ["sisdmk"]]


def test_one_registration_on_two_people_does_not_join_them(tmp_path: Path) -> None:
    other = {"nama": "Siti Aminah", "tanggal_lahir": "1988-08-15", "jenis_kelamin": "P", "jenis_sdmk": "Perawat"}
    jobs = [NURSE | HOSPITAL | {"nik": DEWI, "no_str": STR}, other | HOSPITAL | {"nik": SITI, "no_str": STR}]
    assert persons(tmp_path, **{SISDMK: jobs}) == [["sisdmk"], ["sisdmk"]]


def test_two_registrations_of_one_nik_in_the_councils_list_bring_two_jobs_together(tmp_path: Path) -> None:
    """Neither job tells a NIK, and they have no number in common; the council knows whose both numbers are."""
    born = {"tanggal_lahir": "1990-01-01"}
    nurse = NURSE | HOSPITAL | born | {"no_str": STR}
    midwife = NURSE | PUSKESMAS | born | {"no_str": "QK00000000000777", "jenis_sdmk": "Bidan"}
    council = [{"no_str": number, "nik": DEWI, "nama": "DEWI SARTIKA"} for number in (STR, "QK00000000000777")]
    assert persons(tmp_path, **{SISDMK: [nurse, midwife], COUNCIL: council}) == [["sisdmk", "sisdmk"]]


def test_the_reply_of_the_web_service_is_one_person_with_two_jobs(tmp_path: Path) -> None:
    """As its consumers read it: capital keys, jobs nested under the person, blanks around codes, dates day first."""
    jobs = [
        {"KODE_UNIT": " R3273010", "UNIT": "RSUD Contoh", "JENIS_SDMK": "Perawat", "STATUS": "PNS", "STR": STR,
         "TANGGAL_STR": "01-02-2024", "SIP": "503/0001/SIP/2024", "TANGGAL_SIP": "15/03/2024"},
        {"KODE_UNIT": "P3204010201 ", "UNIT": "PKM Melati", "JENIS_SDMK": "Perawat", "STR": STR},
    ]  # fmt: skip
    landing = Home(tmp_path).create().landing / "sisdmk" / "tenaga" / DAY.isoformat()
    landing.mkdir(parents=True)
    (landing / "reply.json").write_text(json.dumps({"NIK": DEWI, "NAMA": "DEWI SARTIKA", "PEKERJAAN": jobs}))
    taken = intake(Home(tmp_path), contracts().by_id[SISDMK], day=DAY, previous=None)
    assert taken.source_file["row_count"].to_list() == [2]
    made = standardise({SISDMK: taken.accepted})
    assert made["record"]["nik"].to_list() == [DEWI, DEWI]
    assert sorted(made["role"]["facility_id"]) == ["1", "2"]
    permit = made["licence"].filter(kind="SIP").row(0, named=True)
    assert (str(permit["issued"]), str(permit["expires"])) == ("2024-03-15", "2029-03-14")
