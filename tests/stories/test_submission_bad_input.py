"""What submitters get wrong, and what goes wrong below them: the right status with `details.text`, nothing kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sehatmu.service.keeping import Validation
from tests.serving import SANDBOX
from tests.submissions import (
    FHIR,
    condition,
    encounter,
    observation,
    reference,
    service_request,
    specimen,
    submit,
    submitting,
    told_of,
)

NAME, NIK = "Ardianto Putra", "9271060312000001"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A service whose inbox keeps nothing of what the tests of this module submit."""
    return submitting(tmp_path_factory.mktemp("bad"))


@pytest.fixture(scope="module")
def visit(client: TestClient) -> str:
    return str(submit(client, encounter("REG-0"))["id"])


def kept(client: TestClient) -> int:
    inbox = client.app.state.desk.inbox  # type: ignore[attr-defined]
    return int(inbox.reader.execute("SELECT count(*) FROM version").fetchone()[0])


def refused(client: TestClient, resource: dict[str, Any], status: int = 400) -> list[str]:
    before = kept(client)
    answer = client.post(f"{FHIR}/{resource['resourceType']}", json=resource)
    assert answer.status_code == status, answer.text
    assert kept(client) == before
    assert NAME not in answer.text
    assert NIK not in answer.text
    return told_of(answer)


def without(resource: dict[str, Any], *path: str | int) -> dict[str, Any]:
    at: Any = resource
    for part in path[:-1]:
        at = at[part]
    del at[path[-1]]
    return resource


Make = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (10117, lambda _: without(encounter(), "identifier")),
        (10118, lambda _: without(encounter(), "subject")),
        (10119, lambda _: without(encounter(), "participant")),
        (10120, lambda _: without(encounter(), "location")),
        (10121, lambda _: without(encounter(), "period")),
        (10122, lambda _: without(encounter(), "statusHistory")),
        (10122, lambda _: without(encounter(), "statusHistory", 1)),
        (10123, lambda _: without(encounter(), "period", "end")),
        (10123, lambda _: encounter(period={"start": "2026-11-24T08:00:00+07:00", "end": "2026-11-24T01:00:00+00:00"})),
        (10173, lambda _: encounter(period={"start": "2026-11-24T01:00:00+00:00", "end": "2026-11-25T10:00:01+07:00"})),
        (10121, lambda _: encounter(period={"start": "1014-11-24T01:00:00+00:00", "end": "2026-11-25T01:00:00Z"})),
        (10124, lambda _: without(encounter(), "serviceProvider")),
        (10124, lambda _: encounter(serviceProvider=reference("Organization", "2000000002"))),
        (10125, lambda v: without(condition(v), "subject")),
        (10126, lambda v: without(condition(v), "encounter")),
        (10006, lambda v: without(condition(v), "clinicalStatus")),
        (10007, lambda v: without(condition(v), "category")),
        (10003, lambda v: without(condition(v), "code")),
        (10678, lambda v: condition(v, recorder=reference("Patient", SANDBOX))),
        (10009, lambda v: without(observation(v), "category")),
        (10010, lambda v: without(observation(v), "code", "coding")),
        (10296, lambda v: observation(v, issued="2026-11-26T01:00:00Z")),
        (10295, lambda v: observation(v, effectiveDateTime="2026-12-01")),
        (10012, lambda v: observation(v, valueQuantity={"value": 1, "system": "http://example.org", "code": "x"})),
        (10008, lambda v: observation(v, status="gone")),
        (10415, lambda v: without(service_request(v), "identifier")),
        (10440, lambda _: without(specimen("x"), "request")),
    ],
)
def test_a_rule_that_is_broken_is_told_by_its_number(client: TestClient, visit: str, rule: int, make: Make) -> None:
    assert any(text.endswith(f"(RuleNumber: {rule})") for text in refused(client, make(visit)))


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("Code not found: 'XYZ' in system: http://terminology.hl7.org/CodeSystem/v3-ActCode (RuleNumber: 10001)",
         encounter(**{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "XYZ"}})),
        ("Invalid coding system: http://example.org (RuleNumber: 10002)",
         encounter(**{"class": {"system": "http://example.org", "code": "AMB"}})),
        ("Wrong organization ID provided by system URL: http://sys-ids.kemkes.go.id/encounter/1000 (RuleNumber: 10117)",
         encounter(identifier=[{"system": "http://sys-ids.kemkes.go.id/encounter/1000", "value": "1"}])),
        ("Invalid identifier system: http://sys-ids.kemkes.go.id/condition/2000000001 (RuleNumber: 10117)",
         encounter(identifier=[{"system": "http://sys-ids.kemkes.go.id/condition/2000000001", "value": "1"}])),
        ("Reference is mandatory : Encounter.serviceProvider (RuleNumber: 10124)",
         without(encounter(), "serviceProvider")),
        ("Resource not found Patient/P00000000000 : Encounter.subject.reference (RuleNumber: 20007)",
         encounter(subject=reference("Patient", "P00000000000"))),
        ("Resource not found Location/nowhere : Encounter.location[0].location.reference (RuleNumber: 20007)",
         encounter(location=[{"location": reference("Location", "nowhere")}])),
        ("Invalid reference: Encounter.subject.reference, Type/id is expected (RuleNumber: 20007)",
         encounter(subject={"reference": f"Patient/{NAME}"})),
    ],
)  # fmt: skip
def test_the_text_is_the_platforms(client: TestClient, text: str, resource: dict[str, Any]) -> None:
    assert text in refused(client, resource)


@pytest.mark.parametrize(
    "more",
    [
        {"nonsense": 1},
        {"status": 7},
        {"status": ["finished"]},
        {"subject": "Patient/P1"},
        {"subject": None},
        {"identifier": {"system": "x", "value": "y"}},
        {"identifier": [7]},
        {"participant": [[]]},
        {"period": {"start": "2026-02-30T01:00:00Z"}},
        {"period": {"start": "2026-11-24T01:00:00"}},
        {"period": {"start": "kemarin"}},
        {"period": {"start": 20261124}},
        {"period": {"start": "0001-01-01T00:00:00+14:00"}},
        {"statusHistory": 1},
        {"contained": 1},
        {"reasonCode": [{"coding": 7}]},
        {"meta": {"lastUpdated": "x"}},
        {"meta": []},
        {"extension": [{"url": "x", "valueString": ""}]},
        {"text": {"status": "generated"}},
        {"class": "AMB"},
    ],
)
def test_what_is_not_fhir_is_told_with_its_element(client: TestClient, more: dict[str, Any]) -> None:
    answer = client.post(f"{FHIR}/Encounter", json=encounter("REG-BAD", **more))
    assert answer.status_code == 400, answer.text
    assert all(issue["expression"][0].startswith("Encounter") for issue in answer.json()["issue"])


def test_all_that_is_wrong_is_told_at_once(client: TestClient) -> None:
    told = encounter(period={"start": "kemarin"}, nonsense=1)
    del told["subject"], told["serviceProvider"]
    texts = refused(client, told)
    for rule in (10118, 10121, 10124, 20006):
        assert any(f"RuleNumber: {rule}" in text for text in texts), texts
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"resourceType": "Encounter", "a": NaN}', 400),
        (b'{"resourceType": "Encounter", "a": 1e999}', 400),
        (b'{"resourceType": "Encounter", "a": "\\ud800"}', 400),
        (b'{"resourceType": "Encounter", "a": "\xff"}', 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"[]", 400),
        (b'"Encounter"', 400),
        (b'{"resourceType": "Patient"}', 400),
        (b'{"resourceType": "Encounter", "a": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"resourceType": "Encounter", "a": ' + b"[" * 60 + b"]" * 60 + b"}", 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (b'{"resourceType": "Encounter", "text": "' + b"x" * (10 << 20) + b'"}', 413),
    ],
)
def test_a_body_that_is_no_resource_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post(f"{FHIR}/Encounter", content=body, headers={"content-type": "application/fhir+json"})
    assert answer.status_code == status
    assert told_of(answer)
    assert b"Traceback" not in answer.content


def test_other_types_of_bodies_methods_and_resources_are_told(client: TestClient, visit: str) -> None:
    xml = client.post(f"{FHIR}/Encounter", content=b"<Encounter/>", headers={"content-type": "application/fhir+xml"})
    assert xml.status_code == 415
    assert client.post(f"{FHIR}/Medication", json={"resourceType": "Medication"}).status_code == 404
    assert client.delete(f"{FHIR}/Encounter/{visit}").status_code == 405
    for path in ("Encounter/x", f"Encounter/{SANDBOX}", "Encounter/x/_history/1", "Encounter/x/_history/0"):
        answer = client.get(f"{FHIR}/{path}")
        assert answer.status_code in (400, 404)
        assert told_of(answer)
    for query in ("date=kemarin", "date=2026-13-01", "identifier=7", "_count=-1", "_page_token=x", "date=ap2026"):
        assert client.get(f"{FHIR}/Encounter?{query}").status_code == 400, query


def test_strict_utc_refuses_other_offsets_and_the_lower_bound_is_a_setting(tmp_path: Path) -> None:
    strict = submitting(tmp_path, validation=Validation(date(2026, 11, 24), strict_utc=True))
    texts = told_of(strict.post(f"{FHIR}/Encounter", json=encounter()))
    form = "Format allowed : YYYY-MM-DDThh:mm:ss+00:00"
    assert sum(form in text for text in texts) >= 3
    utc = json.loads(json.dumps(encounter()).replace("08:00:00+07:00", "01:00:00+00:00").replace("Z", "+00:00"))
    assert strict.post(f"{FHIR}/Encounter", json=utc).status_code == 201
    utc["period"] = {"start": "2026-11-23T01:00:00+00:00", "end": "2026-11-24T01:00:00+00:00"}
    (text,) = told_of(strict.post(f"{FHIR}/Encounter", json=utc))
    assert "Past Date older than 2026-11-24" in text


def test_a_full_disk_is_503_keeps_nothing_and_is_over_when_there_is_space(tmp_path: Path) -> None:
    client = submitting(tmp_path)
    first = submit(client, encounter("REG-1"))
    con = client.app.state.desk.inbox.writer.con  # type: ignore[attr-defined]
    pages = con.execute("PRAGMA page_count").fetchone()[0]
    con.execute(f"PRAGMA max_page_count = {pages}")
    statuses = [client.post(f"{FHIR}/Encounter", json=encounter(f"FULL-{n}")).status_code for n in range(30)]
    assert statuses[-1] == 503
    before = kept(client)
    answer = client.post(f"{FHIR}/Encounter", json=encounter("FULL-X"))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "no-store")
    assert "retry-after" in answer.headers
    assert kept(client) == before == 1 + statuses.count(201)
    assert client.get(f"{FHIR}/Encounter/{first['id']}").json() == first
    con.execute("PRAGMA max_page_count = 1000000")
    assert client.post(f"{FHIR}/Encounter", json=encounter("FULL-X")).status_code == 201


def test_nothing_is_kept_off_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = submitting(tmp_path)

    def full(*_: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr("sehatmu.service.audit.os.write", full)
    assert client.post(f"{FHIR}/Encounter", json=encounter()).status_code == 503
    monkeypatch.undo()
    assert kept(client) == 0


def test_a_fault_of_the_service_tells_its_place_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = submitting(tmp_path)

    def fail(*_: object) -> None:
        raise ValueError(f"stumbled over {NAME}")

    monkeypatch.setattr("sehatmu.service.validate.check_structure", fail)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(f"{FHIR}/Encounter", json=encounter())
    assert answer.status_code == 500
    assert NAME not in answer.text
    assert NAME not in caplog.text


def test_without_a_token_nothing_is_taken(tmp_path: Path) -> None:
    client = submitting(tmp_path)
    del client.headers["authorization"]
    assert client.post(f"{FHIR}/Encounter", json=encounter()).status_code == 401
    assert client.put(f"{FHIR}/Encounter/x", json=encounter()).status_code == 401
    assert client.patch(f"{FHIR}/Encounter/x", json=[]).status_code == 401
