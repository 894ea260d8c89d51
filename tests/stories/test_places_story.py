"""A facility submits its units and rooms; they stand beside the facilities of the index, and visits refer to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.serving import ORGANIZATION
from tests.submissions import FHIR, SYS_IDS, codes, encounter, identifier, reference, submit, submitting, told_of


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return submitting(tmp_path)


def unit(value: str = "POLI-1", **more: Any) -> dict[str, Any]:
    told = {
        "resourceType": "Organization",
        "active": True,
        "identifier": identifier("organization", value),
        "type": [codes("http://terminology.hl7.org/CodeSystem/organization-type", "dept", "Hospital Department")],
        "name": f"Poli Anak {value}",
        "partOf": reference("Organization", ORGANIZATION),
    }
    return told | more


def room(organization: str = ORGANIZATION, value: str = "R-1", **more: Any) -> dict[str, Any]:
    told = {
        "resourceType": "Location",
        "identifier": identifier("location", value),
        "status": "active",
        "name": f"Ruang {value}",
        "mode": "instance",
        "physicalType": codes("http://terminology.hl7.org/CodeSystem/location-physical-type", "ro"),
        "managingOrganization": reference("Organization", organization),
    }
    return told | more


def test_units_and_rooms_are_stored_read_searched_and_changed(client: TestClient) -> None:
    made = submit(client, unit())
    place = submit(client, room(made["id"]))
    assert client.get(f"{FHIR}/Organization/{made['id']}").json() == made
    assert client.get(f"{FHIR}/Location/{place['id']}/_history/1").json() == place

    def found(kind: str, **asked: Any) -> list[str]:
        told = client.get(f"{FHIR}/{kind}", params=asked).json()
        assert told["total"] == len(told["entry"])
        return [entry["resource"]["id"] for entry in told["entry"]]

    assert found("Organization", partof=ORGANIZATION) == [made["id"]]
    assert found("Organization", name="poli anak") == [made["id"]]
    assert found("Organization", name="poli anak", type="dept") == [made["id"]]
    assert found("Organization", name="poli anak", type="prov") == []
    assert found("Organization", identifier=f"{SYS_IDS}/organization/{ORGANIZATION}|POLI-1") == [made["id"]]
    assert found("Location", organization=made["id"]) == [place["id"]]
    assert found("Location", identifier=f"{SYS_IDS}/location/{ORGANIZATION}|R-1") == [place["id"]]
    assert found("Organization", name="poli", _lastUpdated="ge2026-11-25") == [made["id"]]
    assert found("Organization", name="poli", _lastUpdated="ge2026-11-26") == []
    assert found("Organization", name="poli", _lastUpdated="le2026-11-24") == []
    changed = client.put(f"{FHIR}/Organization/{made['id']}", json=unit(id=made["id"], name="Poli Gigi"))
    assert (changed.status_code, changed.json()["meta"]["versionId"]) == (200, "2")
    assert found("Organization", name="poli anak") == []
    steps = [{"op": "replace", "path": "/name", "value": "Poli Mata"}]
    assert client.patch(f"{FHIR}/Organization/{made['id']}", json=steps).json()["name"] == "Poli Mata"


def test_pages_go_on_from_facilities_to_units(client: TestClient) -> None:
    units = [submit(client, unit(f"U-{n}"))["id"] for n in range(3)]
    ids, path = [], f"{FHIR}/Organization?_count=2"
    while path:
        told = client.get(path).json()
        assert told["total"] == 5
        ids += [entry["resource"]["id"] for entry in told["entry"]]
        path = next((link["url"] for link in told["link"] if link["relation"] == "next"), "")
    assert ids == ["2000000001", "2000000002", *units[::-1]]


def test_a_visit_is_at_a_room_and_for_a_unit(client: TestClient) -> None:
    made = submit(client, unit())["id"]
    place = submit(client, room(made))["id"]
    told = encounter(
        location=[{"location": reference("Location", place)}], serviceProvider=reference("Organization", made)
    )
    assert submit(client, told)["serviceProvider"]["reference"] == f"Organization/{made}"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (10117, unit(identifier=[{"system": f"{SYS_IDS}/organization/2000000002", "value": "1"}])),
        (10446, {k: v for k, v in unit().items() if k != "identifier"}),
        (10089, {k: v for k, v in unit().items() if k != "type"}),
        (10168, unit(name=" ")),
        (10124, {k: v for k, v in unit().items() if k != "partOf"}),
        (10447, {k: v for k, v in room().items() if k != "identifier"}),
        (20007, room("nowhere")),
    ],
)
def test_a_place_that_breaks_a_rule_is_refused(client: TestClient, rule: int, told: dict[str, Any]) -> None:
    answer = client.post(f"{FHIR}/{told['resourceType']}", json=told)
    assert answer.status_code == 400
    assert any(text.endswith(f"(RuleNumber: {rule})") for text in told_of(answer)), answer.text


def test_a_facility_of_the_index_is_not_changed_here(client: TestClient) -> None:
    answer = client.put(f"{FHIR}/Organization/{ORGANIZATION}", json=unit(id=ORGANIZATION))
    assert answer.status_code == 404
