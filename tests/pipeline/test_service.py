"""The service over a night's own build: a client of the platform, with the sandbox people's official numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sehatmu.home import Home
from sehatmu.lake import open_table
from sehatmu.lookup.check import check_lookup
from sehatmu.publish.files import open_file
from sehatmu.publish.lake_table import LakeTable
from tests.serving import by_nik, let_in, serve

NIK, NUMBER, NAME = "9271060312000001", "P02478375538", "ARDIANTO PUTRA"
PRACTITIONER_NIK, PRACTITIONER = "7209061211900001", "10009880728"


@pytest.fixture(scope="module")
def home(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """What the service needs of a home: the published build and the keys."""
    copy = tmp_path_factory.mktemp("served") / "home"
    for name in ("published", "keys"):
        shutil.copytree(first_night / name, copy / name, symlinks=True)
    return Home(copy)


@pytest.fixture(scope="module")
def client(home: Home) -> TestClient:
    return let_in(home, serve(home))


def test_the_night_writes_a_lookup_file_that_is_the_build(home: Home, first_night: Path) -> None:
    build = home.current.resolve()
    record = open_table(Home(first_night).lake_path("standard", "patient", "record", build.name))
    assert check_lookup(build, LakeTable((record,))) == []
    assert check_lookup(build) != []  # the register's persons are not the build's own
    assert (home.published / "lookup.sqlite").resolve().parent == home.current.resolve()


def test_a_client_finds_the_sandbox_people_by_their_official_numbers(client: TestClient) -> None:
    told = by_nik(client, NIK).json()
    assert [entry["resource"]["id"] for entry in told["entry"]] == [NUMBER]
    assert told["entry"][0]["resource"]["name"][0]["text"].upper() == NAME
    params = {"name": "ardianto", "birthdate": "1992-01-09", "gender": "male"}
    described = client.get("/fhir-r4/v1/Patient", params=params).json()
    assert described["entry"][0]["resource"]["id"] == NUMBER
    asked = {"identifier": f"https://fhir.kemkes.go.id/id/nik|{PRACTITIONER_NIK}"}
    found = client.get("/fhir-r4/v1/Practitioner", params=asked).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == [PRACTITIONER]
    assert found["entry"][0]["resource"]["gender"] == "male"


def test_roles_lead_to_practitioners_and_organisations_that_are_there(home: Home, client: TestClient) -> None:
    con = open_file(home.published / "sehatmu.duckdb")
    try:
        facility, count = con.sql(
            "SELECT facility_id, count(*) FROM mni.practitioner_role WHERE facility_id IS NOT NULL "
            "GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 1"
        ).fetchall()[0]
    finally:
        con.close()
    told = client.get("/fhir-r4/v1/PractitionerRole", params={"organization": facility}).json()
    assert told["total"] == min(count, 100)
    role = told["entry"][0]["resource"]
    assert client.get(f"/fhir-r4/v1/{role['practitioner']['reference']}").json()["resourceType"] == "Practitioner"
    assert client.get(f"/fhir-r4/v1/{role['organization']['reference']}").json()["id"] == facility
    assert client.get(f"/fhir-r4/v1/PractitionerRole/{role['id']}").json() == role
    mine = client.get("/fhir-r4/v1/PractitionerRole", params={"practitioner": role["practitioner"]["reference"]}).json()
    assert role in [entry["resource"] for entry in mine["entry"]]


def test_what_facilities_wrote_of_a_person_finds_that_person_first(first_night: Path, client: TestClient) -> None:
    """Registrations as they were delivered, slips and all, are the questions; the night's own links the answers."""
    (file,) = (first_night / "lake/standard/patient/record").glob("*.parquet")
    con = open_file(first_night / "published/restricted.duckdb")
    try:
        questions = con.sql(
            f"SELECT nama, CAST(birth_date AS VARCHAR), sex, l.master_id FROM read_parquet('{file}') AS r "
            "JOIN xref.record_link AS l USING (record_key) WHERE l.source = 'faskes' AND nama IS NOT NULL "
            "AND birth_date IS NOT NULL AND sex IS NOT NULL AND name_full IS NOT NULL "
            "ORDER BY hash(record_key) LIMIT 200"
        ).fetchall()
    finally:
        con.close()
    first = 0
    for name, birth, sex, master_id in questions:
        params = {"name": name, "birthdate": birth, "gender": {"M": "male", "F": "female"}[sex]}
        told = client.get("/fhir-r4/v1/Patient", params=params).json()
        first += [entry["resource"]["id"] for entry in told.get("entry", [])][:1] == [master_id]
    assert len(questions) == 200
    assert first / len(questions) >= 0.97


def test_facilities_and_regions_of_the_night_are_listed(client: TestClient) -> None:
    params = {"limit": 20, "page": 1, "jenis_sarana": "104"}
    told = client.get("/masterdata/v1/mastersaranaindex/mastersarana", params=params).json()
    assert len(told["data"]) == 20
    hospital = told["data"][0]
    assert client.get(f"/fhir-r4/v1/Organization/{hospital['kode_satusehat']}").json()["name"] == hospital["nama"]
    provinces = client.get("/masterdata/v1/provinces").json()["data"]
    assert len(provinces) == 38
    cities = client.get(f"/masterdata/v1/cities?province_codes={provinces[0]['code']}").json()["data"]
    assert {city["parent_code"] for city in cities} == {provinces[0]["code"]}
