"""A visit with its findings in one transaction: references between entries, all of them or none, and what is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.serving import SANDBOX
from tests.submissions import FHIR, condition, encounter, observation, submit, submitting, told_of


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return submitting(tmp_path_factory.mktemp("transactions"))


def entry(resource: dict[str, Any], name: str | None = None, **request: str) -> dict[str, Any]:
    told = {"method": "POST", "url": resource["resourceType"]} | request
    return {"fullUrl": name or f"urn:uuid:{uuid4()}", "resource": resource, "request": told}


def bundle(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)} | more


def visit_bundle(value: str) -> dict[str, Any]:
    name = f"urn:uuid:{uuid4()}"
    # The reference comes before what it refers to.
    return bundle(entry(condition(name)), entry(encounter(value), name), entry(observation(name)))


def kept(client: TestClient) -> int:
    reader = client.app.state.desk.inbox.reader  # type: ignore[attr-defined]
    return int(reader.execute("SELECT count(*) FROM version").fetchone()[0])


@pytest.mark.parametrize("path", [FHIR, f"{FHIR}/"])
def test_a_transaction_is_answered_entry_by_entry_and_its_references_are_resolved(
    client: TestClient, path: str
) -> None:
    answer = client.post(path, json=visit_bundle(f"T-{path}"), follow_redirects=False)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["resourceType"], told["type"], len(told["entry"])) == ("Bundle", "transaction-response", 3)
    responses = [one["response"] for one in told["entry"]]
    assert [one["resourceType"] for one in responses] == ["Condition", "Encounter", "Observation"]
    for one in responses:
        assert one["status"] == "201 Created"
        assert one["etag"] == 'W/"1"'
        assert one["lastModified"]
        assert one["location"].endswith(f"{FHIR}/{one['resourceType']}/{one['resourceID']}/_history/1")
        assert client.get(one["location"]).json()["id"] == one["resourceID"]
    made = client.get(f"{FHIR}/Condition/{responses[0]['resourceID']}").json()
    assert made["encounter"]["reference"] == f"Encounter/{responses[1]['resourceID']}"
    assert "urn:uuid" not in str(made)


def test_a_bad_entry_refuses_the_whole_and_is_told_with_its_place(client: TestClient) -> None:
    before, wrong = kept(client), visit_bundle("T-BAD")
    wrong["entry"][2]["resource"]["code"] = {"coding": [{"system": "http://loinc.org", "code": "nonsense"}]}
    del wrong["entry"][1]["resource"]["serviceProvider"]
    answer = client.post(FHIR, json=wrong)
    assert answer.status_code == 400
    assert [issue["expression"] for issue in answer.json()["issue"]] == [
        ["Bundle.entry[1].resource.serviceProvider"],
        ["Bundle.entry[2].resource.code.coding[0].code"],
    ]
    assert kept(client) == before
    assert client.post(FHIR, json=visit_bundle("T-BAD")).status_code == 200  # the identifier is still free


def test_an_identifier_that_is_taken_refuses_the_whole(client: TestClient) -> None:
    submit(client, encounter("T-TAKEN"))
    before = kept(client)
    answer = client.post(FHIR, json=visit_bundle("T-TAKEN"))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "duplicate")
    twice = bundle(entry(encounter("T-TWICE")), entry(encounter("T-TWICE")))
    assert client.post(FHIR, json=twice).json()["issue"][0]["code"] == "duplicate"
    assert kept(client) == before


def test_a_put_within_a_transaction_makes_the_next_version(client: TestClient) -> None:
    stored = submit(client, encounter("T-PUT", status="in-progress"))
    changed = encounter("T-PUT", id=stored["id"])
    put = entry(
        changed, f"http://sehatmu.test{FHIR}/Encounter/{stored['id']}", method="PUT", url=f"Encounter/{stored['id']}"
    )
    answer = client.post(FHIR, json=bundle(put, entry(condition(stored["id"]))))
    assert [one["response"]["status"] for one in answer.json()["entry"]] == ["200 OK", "201 Created"]
    assert client.get(f"{FHIR}/Encounter/{stored['id']}").json()["meta"]["versionId"] == "2"


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (20017, lambda: bundle({"fullUrl": f"urn:uuid:{uuid4()}"})),
        (20017, lambda: bundle({"resource": encounter(), "fullUrl": f"urn:uuid:{uuid4()}"})),
        (20018, lambda: bundle({**entry(encounter()), "fullUrl": None})),
        (20019, lambda: bundle(entry(encounter(), "urn:uuid:1"))),
        (20019, lambda: bundle(entry(encounter(), "Encounter/1"))),
        (20020, lambda: bundle(*[entry(encounter(f"T-{n}"), f"urn:uuid:{UUID(int=7)}") for n in (1, 2)])),
        (20011, lambda: bundle(entry(visit_bundle("T-NEST")))),
        (20021, lambda: bundle(entry(encounter(), url="Condition"))),
        (20021, lambda: bundle(entry(encounter(), method="DELETE"))),
        (20021, lambda: bundle(entry({"resourceType": "Patient", "id": SANDBOX}))),
        (20021, lambda: bundle(entry({"resourceType": "Medication"}))),
        (20007, lambda: bundle(entry(condition(f"urn:uuid:{uuid4()}")))),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_bundle_is_told_by_its_rule(client: TestClient, rule: int, make: Any) -> None:
    before = kept(client)
    answer = client.post(FHIR, json=make())
    assert answer.status_code == 400
    assert any(f"(RuleNumber: {rule})" in text for text in told_of(answer)), answer.text
    assert kept(client) == before


@pytest.mark.parametrize(
    "more", [{"type": "batch"}, {"type": None}, {"entry": []}, {"entry": 1}, {"entry": [{}] * 501}]
)
def test_what_is_no_transaction_is_refused(client: TestClient, more: dict[str, Any]) -> None:
    assert client.post(FHIR, json=bundle(**more)).status_code == 400
    assert client.post(FHIR, json=[]).status_code == 400
    assert client.post(FHIR, json=encounter()).status_code == 400


def test_a_full_disk_keeps_no_part_of_a_transaction(tmp_path: Path) -> None:
    client = submitting(tmp_path)
    con = client.app.state.desk.inbox.writer.con  # type: ignore[attr-defined]
    con.execute(f"PRAGMA max_page_count = {con.execute('PRAGMA page_count').fetchone()[0] + 1}")
    name = f"urn:uuid:{uuid4()}"
    big = [entry(condition(name, note=[{"text": "x" * 3000}])) for _ in range(40)]
    assert client.post(FHIR, json=bundle(entry(encounter("T-FULL"), name), *big)).status_code == 503
    assert kept(client) == 0


NUMBERS = iter(range(1_000_000))
PART = st.sampled_from(["good", "good", "good", "bad status", "no subject", "taken", "unknown reference"])


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(PART, min_size=1, max_size=5))
def test_whatever_is_in_a_transaction_it_is_kept_whole_or_not_at_all(client: TestClient, parts: list[str]) -> None:
    taken = f"P-{next(NUMBERS)}"
    submit(client, encounter(taken))
    made = {
        "good": lambda: encounter(f"P-{next(NUMBERS)}"),
        "bad status": lambda: encounter(f"P-{next(NUMBERS)}", status="gone"),
        "no subject": lambda: {k: v for k, v in encounter(f"P-{next(NUMBERS)}").items() if k != "subject"},
        "taken": lambda: encounter(taken),
        "unknown reference": lambda: condition("nowhere"),
    }
    before = kept(client)
    answer = client.post(FHIR, json=bundle(*(entry(made[part]()) for part in parts)))
    if set(parts) == {"good"}:
        assert answer.status_code == 200
        assert kept(client) == before + len(parts)
        for one in answer.json()["entry"]:
            assert client.get(one["response"]["location"]).status_code == 200
    else:
        assert answer.status_code == 400
        assert kept(client) == before
