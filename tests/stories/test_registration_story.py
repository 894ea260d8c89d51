"""Patients are registered through the service: told a number, found by it at once, told the same number again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sehatmu.home import Home
from sehatmu.service.audit import read_audit
from tests.serving import NIK_SYSTEM, SANDBOX, SANDBOX_NIK, by_nik, let_in, publish, sandbox_patient, serve
from tests.submissions import FHIR, NOW, encounter, reference, submit, submitting, told_of

NIK, MOTHER = "3273014501900001", "3273014101700002"
NIK_IBU = "https://fhir.kemkes.go.id/id/nik-ibu"


def person(nik: str = NIK, name: str = "Siti Aminah", **more: Any) -> dict[str, Any]:
    """An adult as the most used client writes one."""
    codes = {"province": "32", "city": "3273", "district": "327301", "village": "3273011001", "rt": "1", "rw": "2"}
    extension = [{"url": name_, "valueCode": code} for name_, code in codes.items()]
    url = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
    told = {
        "resourceType": "Patient",
        "meta": {"profile": ["https://fhir.kemkes.go.id/r4/StructureDefinition/Patient"]},
        "active": True,
        "identifier": [{"use": "official", "system": NIK_SYSTEM, "value": nik}],
        "name": [{"use": "official", "text": name}],
        "gender": "female",
        "birthDate": "1990-01-05",
        "multipleBirthInteger": 0,
        "address": [{"use": "home", "line": ["Jl. Contoh 5"], "extension": [{"url": url, "extension": extension}]}],
        "maritalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "S"}]
        },
    }
    return told | more


def newborn(order: int = 0, **more: Any) -> dict[str, Any]:
    identifier = [{"use": "official", "system": NIK_IBU, "value": MOTHER}]
    told = person(name="By Ny Siti", identifier=identifier, birthDate="2026-11-20", multipleBirthInteger=order)
    return told | more


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return submitting(tmp_path)


def register(client: TestClient, told: dict[str, Any]) -> Any:
    answer = client.post(f"{FHIR}/Patient", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_new_patient_gets_a_number_and_is_found_by_it_by_nik_and_by_description_at_once(client: TestClient) -> None:
    told = register(client, person())
    number = told["data"]["patient_id"]
    assert (told["success"], told["data"]["Patient ID:"], number[:2], len(number)) == (True, number, "P9", 12)
    assert [entry["resource"]["id"] for entry in by_nik(client, NIK).json()["entry"]] == [number]
    read = client.get(f"{FHIR}/Patient/{number}").json()
    assert (read["id"], read["name"][0]["text"]) == (number, "Siti Aminah")
    assert NIK not in str(read)
    described = {"name": "siti", "birthdate": "1990-01-05", "gender": "female"}
    (found,) = client.get(f"{FHIR}/Patient", params=described).json()["entry"]
    assert (found["resource"]["id"], found["resource"]["birthDate"]) == (number, "1990-01-05")
    assert client.get(f"{FHIR}/Patient", params=described | {"gender": "male"}).json()["total"] == 0
    visit = submit(client, encounter(subject=reference("Patient", number)))
    assert visit["subject"]["reference"] == f"Patient/{number}"


def test_who_is_there_already_is_told_by_number(client: TestClient) -> None:
    number = register(client, person())["data"]["patient_id"]
    for told, known in ((person(), number), (person(SANDBOX_NIK, "Ardianto Putra", gender="male"), SANDBOX)):
        assert register(client, told) == {
            "success": False,
            "message": "Failed to create new patient, another identifier has found",
            "data": {"resourceID": known},
        }
    assert register(client, person("3273014501900002"))["data"]["patient_id"] != number


@pytest.mark.parametrize("nik", ["9999999999999999", "3273014501900000"])
def test_a_nik_that_is_nobodys_is_no_citizen(client: TestClient, nik: str) -> None:
    assert register(client, person(nik)) == {"success": False, "message": "Citizen Not Exists"}
    assert by_nik(client, nik).json()["total"] == 0


CITIZEN, OTHER_CITIZEN = "3273014501900009", "3273014501900007"


@pytest.fixture(scope="module")
def citizens(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A service whose build knows two namesakes of a district's civil register."""
    folder = tmp_path_factory.mktemp("citizens")
    client = submitting(folder)
    known = {"source": "dukcapil", "extract": "penduduk", "name_full": "SITI AMINAH", "sex": "F", "kab_code": "3273"}
    known |= {"birth_date": date(1990, 1, 5)}
    register = [known | {"nik": nik} for nik in (CITIZEN, OTHER_CITIZEN)]
    publish(Home(folder / "home"), [sandbox_patient()], register=register, day="2026-11-24")
    return client


@pytest.mark.parametrize(
    ("told", "elements"),
    [
        ({"name": [{"use": "official", "text": "Budi Santoso"}]}, "Patient.name"),
        ({"birthDate": "1990-05-01"}, "Patient.birthDate"),
        ({"gender": "male"}, "Patient.gender"),
        ({"gender": "male", "birthDate": "1971-12-30"}, "Patient.birthDate, Patient.gender"),
    ],
)
def test_who_is_told_otherwise_than_the_register_has_it_is_refused_by_element(
    citizens: TestClient, told: dict[str, Any], elements: str
) -> None:
    message = f"Data does not match the civil register : {elements}"
    assert register(citizens, person(CITIZEN) | told) == {"success": False, "message": message}


def test_a_nik_is_held_against_the_register_of_its_district_where_that_is_at_hand(citizens: TestClient) -> None:
    assert register(citizens, person("3273014501900008"))["message"] == "Citizen Not Exists"
    assert register(citizens, person("3174014501900008"))["success"]  # nothing is known of that district
    assert register(citizens, person(OTHER_CITIZEN, "Ny. Siti Aminh"))[
        "success"
    ]  # a title, and a letter that is missing


def test_newborns_are_registered_by_their_mother_each_once(client: TestClient) -> None:
    first, second = (register(client, newborn(order)) for order in (1, 2))
    numbers = [told["create_patient"]["data"]["patient_id"] for told in (first, second)]
    assert len(set(numbers)) == 2
    for told in (first, second):
        assert [
            told[name]["success"] for name in ("create_patient", "create_related_patient", "update_link_patient")
        ] == [True] * 3
        assert told["create_related_patient"]["data"]["related_patient_id"]
        assert "log_time" in told
    again = register(client, newborn(1, name=[{"text": "BY NY  SITI"}]))["create_patient"]
    assert (again["success"], again["data"]["patient_id"]) == (False, numbers[0])
    found = client.get(f"{FHIR}/Patient", params={"identifier": f"{NIK_IBU}|{MOTHER}"}).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == numbers
    assert [entry["resource"]["multipleBirthInteger"] for entry in found["entry"]] == [1, 2]
    assert MOTHER not in str(found["entry"])


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (10166, person(identifier=[{"system": "https://fhir.kemkes.go.id/id/paspor", "value": "X1"}])),
        (10166, person("327301450190000")),
        (10167, {k: v for k, v in person().items() if k != "multipleBirthInteger"}),
        (10168, person(name=[{"family": "Aminah"}])),
        (10333, {k: v for k, v in person().items() if k != "address"}),
        (10397, {k: v for k, v in person().items() if k != "birthDate"}),
        (10413, {k: v for k, v in person().items() if k != "gender"}),
        (10413, person(gender="perempuan")),
        (10397, person(birthDate="2026-12-24")),
        (10397, newborn(birthDate="2026-01-01")),
        (10397, newborn(maritalStatus={"coding": [{"code": "M"}]})),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_its_rule(client: TestClient, rule: int, told: dict[str, Any]) -> None:
    answer = client.post(f"{FHIR}/Patient", json=told)
    assert answer.status_code == 400
    assert any(text.endswith(f"(RuleNumber: {rule})") for text in told_of(answer)), answer.text
    assert "Aminah" not in answer.text
    assert "32730145019" not in answer.text


def test_a_patient_is_changed_by_who_registered_them_alone(client: TestClient) -> None:
    number = register(client, person())["data"]["patient_id"]
    steps = [
        {"op": "test", "path": "/gender", "value": "female"},
        {"op": "replace", "path": "/name/0/text", "value": "Siti Aisyah"},
    ]
    path, header = f"{FHIR}/Patient/{number}", {"content-type": "application/json-patch+json"}
    answer = client.request("PATCH", path, json=steps, headers=header)
    assert (answer.status_code, answer.json()["error"], answer.json()["data"]) == (200, False, {"patient_id": number})
    assert client.get(path).json()["name"][0]["text"] == "Siti Aisyah"
    assert client.put(path, json=person(id=number)).status_code == 200
    assert client.get(path).json()["name"][0]["text"] == "Siti Aminah"
    other = client.request("PATCH", f"{FHIR}/Patient/{SANDBOX}", json=steps, headers=header)
    assert (other.status_code, "20015" in other.text) == (403, True)
    assert client.request("PATCH", f"{FHIR}/Patient/P00000000000", json=steps, headers=header).status_code == 404
    taken = [{"op": "replace", "path": "/identifier/1/value", "value": NIK}]
    second = register(client, person("3273014501900002"))["data"]["patient_id"]
    answer = client.patch(f"{FHIR}/Patient/{second}", json=taken)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "duplicate")


def test_registrations_are_in_the_audit_log_under_the_hash_of_the_nik(client: TestClient, tmp_path: Path) -> None:
    number = register(client, person())["data"]["patient_id"]
    register(client, person())
    log = read_audit(Home(tmp_path / "home"))
    log = log.filter(log["asked"] == "Patient.create")
    assert log.select("key", "result").rows() == [("nik", "submitted"), ("nik", "present")]
    assert log["ids"].to_list() == [[number], [number]]
    assert log["hash"].n_unique() == 1
    assert not {NIK, "Aminah"} & set("".join(p.read_text() for p in (tmp_path / "home/audit").iterdir()).split('"'))


def test_once_a_build_has_the_number_it_is_asked(client: TestClient, tmp_path: Path) -> None:
    number = register(client, person())["data"]["patient_id"]
    home = Home(tmp_path / "home")
    redirect = {"index": "mpi", "retired_id": number, "current_id": SANDBOX, "build_date": NOW.date()}
    publish(home, [sandbox_patient()], tables={"xref.redirect": [redirect]}, day="2026-11-24")
    assert client.get(f"{FHIR}/Patient/{number}").json()["id"] == SANDBOX
    assert let_in(home, serve(home, now=lambda: NOW)).get(f"{FHIR}/Patient/{number}").json()["id"] == SANDBOX
