"""Payloads of a clinic's visit, as SATUSEHAT's clients write them, and a service that knows who is in them."""

from __future__ import annotations

import atexit
import shutil
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from starlette.testclient import TestClient

from sehatmu.home import Home
from tests.publishing import facility, new_home
from tests.serving import ORGANIZATION, SANDBOX, let_in, publish, sandbox_patient, serve

Resource = dict[str, Any]
FHIR = "/fhir-r4/v1"
SYS_IDS = "http://sys-ids.kemkes.go.id"
PRACTITIONER = "10009880728"
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
MERGED = "P60000000099"


def submission_home(path: Path) -> Home:
    """A published home with a patient (and a number that leads there), a practitioner and the client's facility."""
    shutil.copytree(_submission_home(), path / "home", symlinks=True)
    return Home(path / "home")


@cache
def _submission_home() -> Path:
    """The same, made once and copied for every test: publishing takes a hundred times as long."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    home = new_home(folder)
    practitioner = {"master_id": PRACTITIONER, "no_ihs": PRACTITIONER, "id_origin": "official", "sex": "M"}
    practitioner |= {"nama": "Voigt", "source_count": 1, "build_date": date(2026, 11, 23)}
    redirect = {"index": "mpi", "retired_id": MERGED, "current_id": SANDBOX, "build_date": date(2026, 11, 23)}
    publish(
        home,
        [sandbox_patient()],
        facilities=[facility(1), facility(2)],
        tables={"mni.practitioner": [practitioner], "xref.redirect": [redirect]},
    )
    return home.root


def submitting(path: Path, **options: Any) -> TestClient:
    """A client that was let in to the service over such a home, on the day NOW."""
    home = submission_home(path)
    return let_in(home, serve(home, now=lambda: NOW, **options))


def reference(kind: str, id_: str, **more: Any) -> Resource:
    return {"reference": f"{kind}/{id_}", **more}


def codes(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def identifier(register: str, value: str, organization: str = ORGANIZATION) -> list[Resource]:
    return [{"system": f"{SYS_IDS}/{register}/{organization}", "use": "official", "value": value}]


def encounter(value: str = "REG-1", **more: Any) -> Resource:
    """A finished visit, with times of three offsets."""
    arrived, begun, ended = "2026-11-24T08:00:00+07:00", "2026-11-24T01:10:00Z", "2026-11-24T01:30:00+00:00"
    told = {
        "resourceType": "Encounter",
        "identifier": identifier("encounter", value),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "subject": reference("Patient", SANDBOX, display="Ardianto Putra"),
        "participant": [
            {
                "type": [codes("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "ATND", "attender")],
                "individual": reference("Practitioner", PRACTITIONER),
            }
        ],
        "period": {"start": arrived, "end": ended},
        "location": [{"location": reference("Location", ORGANIZATION)}],
        "statusHistory": [
            {"status": "arrived", "period": {"start": arrived, "end": begun}},
            {"status": "in-progress", "period": {"start": begun, "end": ended}},
            {"status": "finished", "period": {"start": ended, "end": ended}},
        ],
        "serviceProvider": reference("Organization", ORGANIZATION),
    }
    return deepcopy(told) | more


def of_visit(kind: str, visit: str, **more: Any) -> Resource:
    """The base of what belongs to a visit (`Encounter/<id>`, or its name within a transaction)."""
    target = visit if visit.startswith("urn:") else f"Encounter/{visit}"
    return {"resourceType": kind, "subject": reference("Patient", SANDBOX), "encounter": {"reference": target}} | more


def condition(visit: str, **more: Any) -> Resource:
    told = of_visit("Condition", visit) | {
        "clinicalStatus": codes("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "category": [codes("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis")],
        "code": codes("http://hl7.org/fhir/sid/icd-10", "K35.8", "Acute appendicitis"),
        "recordedDate": "2026-11-24T08:20:00+07:00",
    }
    return told | more


def observation(visit: str, **more: Any) -> Resource:
    told = of_visit("Observation", visit) | {
        "status": "final",
        "category": [codes("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": codes("http://loinc.org", "8867-4", "Heart rate"),
        "performer": [reference("Practitioner", PRACTITIONER)],
        "effectiveDateTime": "2026-11-24",
        "issued": "2026-11-24T01:20:00+00:00",
        "valueQuantity": {"value": 80.5, "unit": "beats/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    return told | more


def service_request(visit: str, value: str = "SR-1") -> Resource:
    return of_visit("ServiceRequest", visit) | {
        "identifier": identifier("servicerequest", value),
        "status": "active",
        "intent": "order",
        "code": codes("http://loinc.org", "55231-5"),
        "authoredOn": "2026-11-24T08:10:00+07:00",
        "requester": reference("Practitioner", PRACTITIONER),
        "performer": [reference("Practitioner", PRACTITIONER)],
    }


def specimen(request: str, value: str = "SP-1") -> Resource:
    return {
        "resourceType": "Specimen",
        "identifier": [
            i | {"assigner": reference("Organization", ORGANIZATION)} for i in identifier("specimen", value)
        ],
        "status": "available",
        "type": codes("http://snomed.info/sct", "119297000", "Blood specimen"),
        "subject": reference("Patient", SANDBOX),
        "request": [reference("ServiceRequest", request)],
        "collection": {"collectedDateTime": "2026-11-24T08:12:00+07:00"},
        "receivedTime": "2026-11-24T08:15:00+07:00",
    }


def report(visit: str, request: str, sample: str, result: str, value: str = "DR-1") -> Resource:
    register = [{"system": f"{SYS_IDS}/diagnostic/{ORGANIZATION}/lab", "use": "official", "value": value}]
    return of_visit("DiagnosticReport", visit) | {
        "identifier": register,
        "status": "final",
        "category": [codes("http://terminology.hl7.org/CodeSystem/v2-0074", "CH")],
        "code": codes("http://loinc.org", "55231-5"),
        "effectiveDateTime": "2026-11-24T08:25:00+07:00",
        "issued": "2026-11-24T08:26:00+07:00",
        "performer": [reference("Practitioner", PRACTITIONER)],
        "basedOn": [reference("ServiceRequest", request)],
        "specimen": [reference("Specimen", sample)],
        "result": [reference("Observation", result)],
    }


def procedure(visit: str, **more: Any) -> Resource:
    told = of_visit("Procedure", visit) | {
        "status": "completed",
        "code": codes("http://hl7.org/fhir/sid/icd-9-cm", "47.01"),
        "performedPeriod": {"start": "2026-11-24T01:12:00Z", "end": "2026-11-24T01:20:00Z"},
        "performer": [{"actor": reference("Practitioner", PRACTITIONER)}],
    }
    return told | more


def submit(client: TestClient, resource: Resource) -> Resource:
    """POST that has to be accepted; what was stored."""
    answer = client.post(f"{FHIR}/{resource['resourceType']}", json=resource)
    assert answer.status_code == 201, answer.text
    stored: Resource = answer.json()
    return stored


def told_of(answer: Any) -> list[str]:
    """The texts of a refusal."""
    told = answer.json()
    assert told["resourceType"] == "OperationOutcome", told
    assert all(issue["severity"] == "error" for issue in told["issue"])
    return [issue["details"]["text"] for issue in told["issue"]]
