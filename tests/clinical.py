"""Clinical resources for tests: FHIR lines as facilities and the inbox write them, and what a night makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.contracts import load_contracts
from sehatmu.golden.clinical import FACTS, VISITS, clinical_tables
from sehatmu.golden.clinical_promise import broken_references
from sehatmu.home import Home
from sehatmu.intake.run import Intake, intake
from sehatmu.lake import Table
from tests.standardising import CONTRACTS

ALL = load_contracts(CONTRACTS)
DAY, NEXT, LATER = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
ORG, PATIENT, MERGED, DOCTOR = "1000000042", "P00000000001", "P00000000009", "10000000001"
NIK, DOCTOR_NIK = "3273010101900001", "3273010101800002"
SYSTEM = "http://sys-ids.kemkes.go.id"
Resource = dict[str, Any]
_TIME = "2026-03-01T01:00:00+00:00"


def _with(base: Resource, changes: Mapping[str, Any]) -> Resource:
    """The resource with other elements; None takes one away."""
    made = deepcopy(base) | changes
    return {name: value for name, value in made.items() if value is not None}


def _identified(kind: str, number: str, tail: str = "") -> list[Resource]:
    return [{"system": f"{SYSTEM}/{kind}/{ORG}{tail}", "value": number}]


def _code(code: str, system: str = "http://loinc.org", display: str | None = None) -> Resource:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def _about(visit: str) -> Resource:
    return {"subject": {"reference": f"Patient/{PATIENT}"}, "encounter": {"reference": visit}}


def encounter(number: str = "V1", **changes: Any) -> Resource:
    base = {
        "resourceType": "Encounter",
        "identifier": _identified("encounter", number),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{PATIENT}", "display": "Contoh Warga"},
        "participant": [{"type": [_code("ATND", "v3")], "individual": {"reference": f"Practitioner/{DOCTOR}"}}],
        "location": [{"location": {"reference": "Location/ruang-1", "display": "Poli Umum"}}],
        "period": {"start": _TIME, "end": "2026-03-01T09:00:00+07:00"},
        "statusHistory": [
            {"status": "arrived", "period": {"start": _TIME, "end": "2026-03-01T01:20:00Z"}},
            {"status": "finished", "period": {"start": "2026-03-01T01:20:00Z"}},
        ],
        "serviceProvider": {"reference": f"Organization/{ORG}"},
    }
    return _with(base, changes)


def condition(number: str = "C1", visit: str = "V1", **changes: Any) -> Resource:
    base = {
        "resourceType": "Condition",
        "identifier": _identified("condition", number),
        "clinicalStatus": _code("active", "http://terminology.hl7.org/CodeSystem/condition-clinical"),
        "category": [_code("encounter-diagnosis")],
        "code": _code("J06.9", "http://hl7.org/fhir/sid/icd-10"),
        "recordedDate": _TIME,
        **_about(visit),
    }
    return _with(base, changes)


def observation(number: str = "O1", visit: str = "V1", **changes: Any) -> Resource:
    base = {
        "resourceType": "Observation",
        "identifier": _identified("observation", number),
        "status": "final",
        "category": [_code("laboratory")],
        "code": _code("718-7", display="Hemoglobin"),
        "performer": [{"reference": f"Practitioner/{DOCTOR}"}],
        "effectiveDateTime": _TIME,
        "issued": _TIME,
        "valueQuantity": {"value": 9.5, "unit": "g/dL", "code": "g/dL", "system": "http://unitsofmeasure.org"},
        "referenceRange": [{"low": {"value": 12}, "high": {"value": 16}}],
        "interpretation": [_code("L")],
        **_about(visit),
    }
    return _with(base, changes)


def request(number: str = "R1", visit: str = "V1", **changes: Any) -> Resource:
    base = {
        "resourceType": "ServiceRequest",
        "identifier": _identified("servicerequest", number),
        "status": "active",
        "intent": "order",
        "code": _code("58410-2"),
        "requester": {"reference": f"Practitioner/{DOCTOR}"},
        "performer": [{"reference": f"Practitioner/{DOCTOR}"}],
        "authoredOn": _TIME,
        "occurrenceDateTime": "2026-04-01T01:00:00Z",
        "reasonCode": [_code("R50.9", "http://hl7.org/fhir/sid/icd-10")],
        **_about(visit),
    }
    return _with(base, changes)


def specimen(number: str = "S1", asked: str = "R1", **changes: Any) -> Resource:
    base = {
        "resourceType": "Specimen",
        "identifier": _identified("specimen", number),
        "status": "available",
        "type": _code("119297000", "http://snomed.info/sct"),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "request": [{"identifier": {"value": asked}}],
        "collection": {"collectedDateTime": _TIME, "collector": {"reference": f"Practitioner/{DOCTOR}"}},
    }
    return _with(base, changes)


def report(number: str = "D1", visit: str = "V1", results: Sequence[str] = ("O1",), **changes: Any) -> Resource:
    base = {
        "resourceType": "DiagnosticReport",
        "identifier": _identified("diagnostic", number, "/lab"),
        "status": "final",
        "category": [_code("HM", "v2-0074")],
        "code": _code("58410-2"),
        "performer": [{"reference": f"Practitioner/{DOCTOR}"}],
        "basedOn": [{"identifier": {"value": "R1"}}],
        "specimen": [{"identifier": {"value": "S1"}}],
        "result": [{"identifier": {"value": value}} for value in results],
        "effectiveDateTime": _TIME,
        "issued": "2026-03-01T04:30:00Z",
        "conclusion": "Anemia ringan.",
        **_about(visit),
    }
    return _with(base, changes)


def procedure(number: str = "T1", visit: str = "V1", **changes: Any) -> Resource:
    base = {
        "resourceType": "Procedure",
        "identifier": _identified("procedure", number),
        "status": "completed",
        "category": _code("103693007", "http://snomed.info/sct"),
        "code": _code("90.59", "http://hl7.org/fhir/sid/icd-9-cm"),
        "performer": [{"actor": {"reference": f"Practitioner/{DOCTOR}"}}],
        "performedPeriod": {"start": _TIME, "end": _TIME},
        **_about(visit),
    }
    return _with(base, changes)


def stored(resource: Resource, id: str, version: int = 1, at: str = "2026-03-01T05:00:00Z") -> Resource:
    """As the service has stored it."""
    return resource | {"id": id, "meta": {"versionId": str(version), "lastUpdated": at}}


def masters(redirects: Mapping[str, str] | None = None) -> dict[str, pl.DataFrame]:
    """One patient, one health worker and one facility, each with an id that gave way."""
    redirects = {MERGED: PATIENT} if redirects is None else redirects
    numbers = {"patient": (PATIENT, NIK), "practitioner": (DOCTOR, DOCTOR_NIK), "facility": (ORG, None)}
    frames = {}
    for domain, (number, nik) in numbers.items():
        codes = {"master_id": number, "namespace": "nik", "code": nik}
        frames[f"{domain}_{domain}"] = pl.DataFrame({"master_id": [number]})
        frames[f"{domain}_{domain}_identifier"] = pl.DataFrame(
            [codes] if nik else [], schema=dict.fromkeys(codes, pl.String)
        )
        given = redirects if domain == "patient" else {}
        frames[f"{domain}_redirect"] = pl.DataFrame(
            {"retired_id": list(given), "current_id": list(given.values())},
            schema={"retired_id": pl.String, "current_id": pl.String},
        )
    return frames


@dataclass
class Ward:
    """A home into which resources are delivered night by night; each night sees what the one before took in."""

    home: Home
    taken: dict[str, Intake] = field(default_factory=dict)
    masters: dict[str, pl.DataFrame] = field(default_factory=masters)

    def deliver(self, *lines: Resource | str, day: date = DAY, name: str = "facility.ndjson") -> None:
        """Lines of both extracts, each into the file of its own; a text is a line of diagnostics as it is."""
        for extract in (VISITS, FACTS):
            own = [x for x in lines if (_kind(x) == "Encounter") == (extract == VISITS)]
            if own:
                place = self.home.landing / "faskes" / extract.removeprefix("faskes_") / day.isoformat()
                place.mkdir(parents=True, exist_ok=True)
                texts = [x if isinstance(x, str) else json.dumps(x) for x in own]
                (place / name).write_text("\n".join(texts) + "\n")

    def night(self, day: date = DAY) -> dict[str, pl.DataFrame]:
        """The tables of `klinis`, and `quarantine` beside; what the index promises is held against them."""
        for extract in (VISITS, FACTS):
            previous = self.taken.get(extract)
            self.taken[extract] = intake(self.home, ALL.by_id[extract], day=day, previous=previous)
        made = clinical_tables(self.masters, {name: Table(taken.rows) for name, taken in self.taken.items()})
        assert broken_references({name: Table(frame.lazy()) for name, frame in made.items()}).is_empty()
        return made | {"quarantine": pl.concat([taken.quarantine for taken in self.taken.values()])}


def _kind(line: Resource | str) -> str:
    return str(line.get("resourceType")) if isinstance(line, dict) else ""


def new_ward(folder: Path) -> Ward:
    return Ward(Home(folder / "home").create())


def nowhere(made: Mapping[str, pl.DataFrame]) -> set[tuple[str, str, str | None, str]]:
    """(type, element, reference, why) of every reference that leads nowhere."""
    rows = made["unresolved_reference"].select("resource_type", "element", "reference", "why")
    return set(rows.iter_rows())


def reasons(made: Mapping[str, pl.DataFrame]) -> dict[int, list[str]]:
    """The reasons of quarantine by line."""
    return {number: list(why) for number, why in made["quarantine"].select("row_number", "reasons").iter_rows()}
