"""FHIR clients that know nothing of this service work against it unchanged, over a real port: fhirpy, fhirclient."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.encounter import Encounter
from fhirclient.models.location import Location
from fhirclient.models.organization import Organization
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, OperationOutcome, ResourceNotFound

from sehatmu.publish.mask import load_key
from sehatmu.service.clients import add_client
from sehatmu.service.tokens import Tokens
from tests.processes import free_port, serving
from tests.serving import CLIENT, NIK_SYSTEM, ORGANIZATION, SANDBOX, SANDBOX_NIK, SECRET
from tests.submissions import FHIR, PRACTITIONER, encounter, submission_home

UNKNOWN = "3273010000000001"
DAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where a real server process serves a small home, and a token of its client."""
    home = submission_home(tmp_path_factory.mktemp("clients"))
    add_client(home, client_id=CLIENT, organization=ORGANIZATION, secret=SECRET, now=0)
    port = free_port()
    with serving(home, port):
        token = Tokens(load_key(home)).issue(CLIENT, int(time.time() * 1000))
        yield f"http://127.0.0.1:{port}{FHIR}", token


@pytest.fixture(scope="module")
def fhirpy_client(base: tuple[str, str]) -> SyncFHIRClient:
    return SyncFHIRClient(base[0], authorization=f"Bearer {base[1]}")


@pytest.fixture(scope="module")
def smart(base: tuple[str, str]) -> Any:
    """fhirclient's server, which has read and parsed the CapabilityStatement."""
    client = FHIRClient(settings={"app_id": "sehatmu", "api_base": base[0]})
    client.server.session.headers["Authorization"] = f"Bearer {base[1]}"
    client.prepare()
    assert client.ready
    return client.server


def visit(value: str) -> dict[str, Any]:
    """A visit of yesterday: the server of this test has the clock of the machine."""

    def moved(told: Any) -> Any:
        if isinstance(told, dict):
            return {name: moved(one) for name, one in told.items()}
        if isinstance(told, list):
            return [moved(one) for one in told]
        return told.replace("2026-11-24", DAY) if isinstance(told, str) else told

    return dict(moved(encounter(value)))


def test_fhirpy_looks_up(base: tuple[str, str], fhirpy_client: SyncFHIRClient) -> None:
    patients, organizations = fhirpy_client.resources("Patient"), fhirpy_client.resources("Organization")
    by_nik = patients.search(identifier=f"{NIK_SYSTEM}|{SANDBOX_NIK}")
    assert [one.id for one in by_nik.fetch()] == [SANDBOX]
    assert (by_nik.first().id, by_nik.count()) == (SANDBOX, 1)
    assert patients.search(identifier=f"{NIK_SYSTEM}|{UNKNOWN}").first() is None
    assert fhirpy_client.reference("Practitioner", PRACTITIONER).to_resource().id == PRACTITIONER
    assert (organizations.count(), len(organizations.limit(1).fetch_all())) == (2, 2)
    assert [one.id for one in organizations.search(_id=ORGANIZATION)] == [ORGANIZATION]
    with pytest.raises(ResourceNotFound):
        fhirpy_client.get("Patient", "P00000000000")
    with pytest.raises(OperationOutcome):
        patients.search(name="x").fetch()
    with pytest.raises(AuthorizationError):
        SyncFHIRClient(base[0], authorization="Bearer x").resources("Patient").search(nik=SANDBOX_NIK).fetch()


def test_fhirpy_submits_reads_replaces_and_finds_a_visit(fhirpy_client: SyncFHIRClient) -> None:
    made = fhirpy_client.resource("Encounter", **visit("REG-fhirpy"))
    made.save()
    assert made["meta"]["versionId"] == "1"
    made["class"]["display"] = "rawat jalan"
    made.save()
    again = fhirpy_client.get("Encounter", made.id)
    assert (again["class"]["display"], again["meta"]["versionId"]) == ("rawat jalan", "2")
    visits = fhirpy_client.resources("Encounter").search(subject=SANDBOX)
    assert made.id in [one.id for one in visits]
    assert visits.count() == len(visits.fetch_all())
    with pytest.raises(OperationOutcome, match="20002"):
        fhirpy_client.resource("Encounter", **visit("REG-fhirpy")).save()


def test_fhirclient_parses_what_it_looks_up(smart: Any) -> None:
    assert Patient.read(SANDBOX, smart).name[0].text == "ARDIANTO PUTRA"
    person = {"name": "ardianto", "birthdate": "1992-01-09", "gender": "male"}
    assert [one.id for one in Patient.where(person).perform_resources(smart)] == [SANDBOX]
    assert Patient.where({"identifier": f"{NIK_SYSTEM}|{UNKNOWN}"}).perform_resources(smart) == []
    assert len(list(Organization.where({"_count": "1"}).perform_resources_iter(smart))) == 2
    (place,) = Location.where({"organization": ORGANIZATION}).perform_resources(smart)
    assert place.managingOrganization.reference == f"Organization/{ORGANIZATION}"
    with pytest.raises(FHIRNotFoundException):
        Patient.read("P00000000000", smart)


def test_fhirclient_submits_and_reads_a_visit(smart: Any) -> None:
    told = Encounter(visit("REG-fhirclient")).create(smart)
    read = Encounter.read(told["id"], smart)
    assert (read.status, read.subject.reference) == ("finished", f"Patient/{SANDBOX}")
    read.class_fhir.display = "rawat jalan"
    assert read.update(smart)["meta"]["versionId"] == "2"
