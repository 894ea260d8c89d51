"""A clinic submits a visit and a laboratory chain, reads it back, corrects it, and finds it again."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from sehatmu.home import Home
from sehatmu.service.audit import read_audit
from sehatmu.service.clients import add_client
from tests.serving import ORGANIZATION, SANDBOX, serve
from tests.submissions import (
    FHIR,
    MERGED,
    NOW,
    PRACTITIONER,
    SYS_IDS,
    condition,
    encounter,
    observation,
    procedure,
    reference,
    report,
    service_request,
    specimen,
    submit,
    submitting,
)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return submitting(tmp_path)


def test_a_visit_is_stored_with_id_version_and_moment_and_read_back_as_stored(client: TestClient) -> None:
    answer = client.post(f"{FHIR}/Encounter", json=encounter())
    assert answer.status_code == 201, answer.text
    stored = answer.json()
    assert UUID(stored["id"]).version == 4
    assert stored["meta"] == {"versionId": "1", "lastUpdated": "2026-11-25T03:00:00.000+00:00"}
    assert answer.headers["location"] == f"http://sehatmu.test{FHIR}/Encounter/{stored['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    read = client.get(f"{FHIR}/Encounter/{stored['id']}")
    assert (read.status_code, read.json()) == (200, stored)
    # Whatever the offset was, moments are kept in UTC; nothing else is touched.
    assert stored["period"] == {"start": "2026-11-24T01:00:00+00:00", "end": "2026-11-24T01:30:00+00:00"}
    sent = encounter()
    assert {name: stored[name] for name in ("identifier", "subject", "participant", "class")} == {
        name: sent[name] for name in ("identifier", "subject", "participant", "class")
    }


def test_a_laboratory_chain_refers_to_what_was_submitted_before(client: TestClient) -> None:
    visit = submit(client, encounter())["id"]
    request = submit(client, service_request(visit))["id"]
    sample = submit(client, specimen(request))["id"]
    result = submit(client, observation(visit))["id"]
    made = submit(client, report(visit, request, sample, result))
    submit(client, condition(visit))
    submit(client, procedure(visit))
    assert made["result"] == [{"reference": f"Observation/{result}"}]
    assert made["issued"] == "2026-11-24T01:26:00+00:00"
    for kind in ("Observation", "DiagnosticReport", "ServiceRequest", "Condition", "Procedure"):
        for asked in ({"encounter": visit}, {"encounter": f"Encounter/{visit}"}, {"subject": SANDBOX}):
            told = client.get(f"{FHIR}/{kind}", params=asked).json()
            assert (told["type"], told["total"], told["entry"][0]["resource"]["resourceType"]) == ("searchset", 1, kind)
    assert client.get(f"{FHIR}/Specimen", params={"request": request}).json()["entry"][0]["resource"]["id"] == sample


@pytest.mark.parametrize("value", ["7.10", "120.0", "0.000001", "12345678901234567890.5"])
def test_a_decimal_keeps_all_the_digits_that_were_sent(client: TestClient, value: str) -> None:
    visit = submit(client, encounter())["id"]
    body = json.dumps(observation(visit)).replace("80.5", value)
    answer = client.post(f"{FHIR}/Observation", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    read = client.get(f"{FHIR}/Observation/{answer.json()['id']}")
    assert f'"value":{value},' in answer.text
    assert f'"value":{value},' in read.text


def test_the_same_business_identifier_is_refused_and_the_first_stands(client: TestClient) -> None:
    first = submit(client, encounter("REG-7"))
    again = client.post(f"{FHIR}/Encounter", json=encounter("REG-7", status="arrived"))
    assert again.status_code == 400
    (issue,) = again.json()["issue"]
    assert (issue["code"], issue["details"]["text"]) == (
        "duplicate",
        "Found duplicate resource: Encounter (RuleNumber: 20002)",
    )
    assert first["id"] not in again.text
    found = client.get(f"{FHIR}/Encounter", params={"identifier": f"{SYS_IDS}/encounter/{ORGANIZATION}|REG-7"}).json()
    assert [entry["resource"] for entry in found["entry"]] == [first]


def test_a_put_makes_the_next_version_and_the_former_one_can_still_be_read(client: TestClient) -> None:
    stored = submit(client, encounter(status="in-progress"))
    path = f"{FHIR}/Encounter/{stored['id']}"
    without_id = client.put(path, json=encounter())
    assert (without_id.status_code, "id is required" in without_id.text) == (400, True)
    answer = client.put(path, json=encounter(id=stored["id"], status="finished"))
    assert (answer.status_code, answer.json()["meta"]["versionId"], answer.json()["status"]) == (200, "2", "finished")
    assert client.get(path).json() == answer.json()
    assert client.get(f"{path}/_history/1").json() == stored
    assert client.get(f"{path}/_history/3").status_code == 404
    stale = client.put(path, json=encounter(id=stored["id"]), headers={"if-match": 'W/"1"'})
    assert stale.status_code == 412
    assert client.put(f"{FHIR}/Encounter/nothing", json=encounter(id="nothing")).status_code == 404


@pytest.mark.parametrize("kind", ["application/json", "application/json-patch+json"])
def test_a_json_patch_changes_a_resource_or_nothing(client: TestClient, kind: str) -> None:
    stored = submit(client, encounter(status="in-progress"))
    path, header = f"{FHIR}/Encounter/{stored['id']}", {"content-type": kind}

    def patch(*steps: dict[str, object]) -> TestClient:
        return client.request("PATCH", path, json=list(steps), headers=header)  # type: ignore[return-value]

    done = patch(
        {"op": "test", "path": "/status", "value": "in-progress"},
        {"op": "replace", "path": "/status", "value": "finished"},
    )
    assert (done.status_code, done.json()["meta"]["versionId"]) == (200, "2")  # type: ignore[attr-defined]
    for steps in (
        [{"op": "test", "path": "/status", "value": "planned"}, {"op": "remove", "path": "/period"}],
        [{"op": "replace", "path": "/status", "value": "gone"}, {"op": "replace", "path": "/nothing/here", "value": 1}],
        [{"op": "replace", "path": "/id", "value": "x"}],
        [{"op": "replace", "path": "", "value": []}],
        [{"op": "copy", "from": "", "path": "/contained"}],
        [{"op": "remove", "path": "/subject"}],
        [{"op": "replace"}],
        [{"op": "replace", "path": "period", "value": 1}],
        [],
    ):
        answer = patch(*steps)  # type: ignore[arg-type]
        assert answer.status_code == 400, steps  # type: ignore[attr-defined]
    assert client.get(path).json() == done.json()  # type: ignore[attr-defined]


def test_a_cancelled_visit_is_its_status(client: TestClient) -> None:
    stored = submit(client, encounter())
    steps = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
    assert client.patch(f"{FHIR}/Encounter/{stored['id']}", json=steps).json()["status"] == "entered-in-error"


def test_a_visit_is_found_by_subject_provider_and_date(client: TestClient) -> None:
    ids = [submit(client, encounter(f"R-{n}"))["id"] for n in range(5)]

    def found(**asked: object) -> list[str]:
        told = client.get(f"{FHIR}/Encounter", params=asked).json()  # type: ignore[arg-type]
        return [entry["resource"]["id"] for entry in told["entry"]]

    assert found(subject=SANDBOX) == ids[::-1]
    assert found(subject=f"Patient/{MERGED}") == ids[::-1]  # the number that gave way
    assert found(patient="P00000000000") == []
    where = {"service-provider": ORGANIZATION}
    assert len(found(**where, date="2026-11-24")) == 5
    assert found(**where, date="2026-11-25") == []
    assert len(found(**where, date=["ge2026-11-24", "lt2026-11-25T00:00:00Z"])) == 5
    assert found(date="gt2026-11-24") == []
    first = client.get(f"{FHIR}/Encounter", params={"subject": SANDBOX, "_count": 2}).json()
    assert (first["total"], len(first["entry"])) == (5, 2)
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = client.get(following).json()
    assert [entry["resource"]["id"] for entry in second["entry"]] == ids[2:0:-1]


def test_what_another_organisation_submitted_is_neither_shown_nor_changed(client: TestClient, tmp_path: Path) -> None:
    stored = submit(client, encounter())
    home = Home(tmp_path / "home")
    add_client(home, client_id="lain", organization="2000000002", secret="rahasia-lain", now=0)
    other = serve(home, now=lambda: NOW)
    form = {"client_id": "lain", "client_secret": "rahasia-lain"}
    token = other.post("/oauth2/v1/accesstoken?grant_type=client_credentials", data=form).json()["access_token"]
    other.headers["authorization"] = f"Bearer {token}"
    path = f"{FHIR}/Encounter/{stored['id']}"
    assert other.get(path).status_code == 403
    assert other.get(f"{FHIR}/Encounter", params={"subject": SANDBOX}).json()["total"] == 0
    assert other.put(path, json=stored).status_code == 403
    assert other.patch(path, json=[{"op": "replace", "path": "/status", "value": "cancelled"}]).status_code == 403
    answer = other.post(f"{FHIR}/Encounter", json=encounter("REG-2"))
    assert "(RuleNumber: 10117)" in answer.json()["issue"][0]["details"]["text"]
    assert client.get(path).json() == stored


def test_every_write_is_in_the_audit_log_and_no_name_is(client: TestClient, tmp_path: Path) -> None:
    stored = submit(client, encounter())
    client.post(f"{FHIR}/Encounter", json=encounter())
    client.post(f"{FHIR}/Encounter", json=encounter("REG-2", status="gone"))
    client.patch(f"{FHIR}/Encounter/{stored['id']}", json=[{"op": "replace", "path": "/status", "value": "cancelled"}])
    log = read_audit(Home(tmp_path / "home")).filter(read_audit(Home(tmp_path / "home"))["asked"] != "token")
    assert log.select("asked", "result").rows() == [
        ("Encounter.create", "submitted"),
        ("Encounter.create", "submitted"),
        ("Encounter.create", "refused"),
        ("Encounter.create", "refused"),
        ("Encounter.patch", "submitted"),
    ]
    assert log["ids"].to_list()[0] == [stored["id"]]
    assert "Ardianto" not in "".join(path.read_text() for path in (tmp_path / "home" / "audit").iterdir())


def test_a_restart_forgets_nothing(client: TestClient, tmp_path: Path) -> None:
    stored = submit(client, encounter())
    again = serve(Home(tmp_path / "home"), now=lambda: NOW)
    again.headers["authorization"] = client.headers["authorization"]
    assert again.get(f"{FHIR}/Encounter/{stored['id']}").json() == stored
    assert again.post(f"{FHIR}/Encounter", json=encounter()).json()["issue"][0]["code"] == "duplicate"


def test_a_subject_that_was_merged_is_kept_as_it_was_written(client: TestClient) -> None:
    stored = submit(client, encounter(subject=reference("Patient", MERGED)))
    assert stored["subject"]["reference"] == f"Patient/{MERGED}"
    assert client.get(f"{FHIR}/Encounter", params={"subject": SANDBOX}).json()["total"] == 1
    absolute = f"http://sehatmu.test{FHIR}/Practitioner/{PRACTITIONER}"
    told = encounter("REG-2")
    told["participant"][0]["individual"]["reference"] = absolute
    assert submit(client, told)["participant"][0]["individual"]["reference"] == f"Practitioner/{PRACTITIONER}"


def test_what_a_builder_wrote_as_null_was_not_told(client: TestClient) -> None:
    told = encounter("REG-NULL")
    told["class"]["display"] = told["subject"]["display"] = None
    stored = client.post(f"{FHIR}/Encounter", json=told)
    assert stored.status_code == 201, stored.text
    assert "display" not in stored.json()["class"]
    assert client.get(f"{FHIR}/Encounter/{stored.json()['id']}").json() == stored.json()
