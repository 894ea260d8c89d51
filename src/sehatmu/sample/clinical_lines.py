"""FHIR resources of the sample as lines of JSON: one template a type, filled from columns.

A template has its values as `<column>`, or as `<!column>` where the column is JSON itself. Nothing that is put in needs
escaping, since all of it is made here.
"""

from __future__ import annotations

import json
import re
from typing import Any

import polars as pl

from sehatmu.phrase import phrase

_SYS, _HL7 = "http://sys-ids.kemkes.go.id", "http://terminology.hl7.org/CodeSystem"
_LOINC, _SNOMED, _ICD = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid"
_WHO = {"reference": "Practitioner/<doctor>"}
_ABOUT = {"subject": "<!subject>", "encounter": "<!visit>"}
_PERIOD = {"start": "<start>", "end": "<end>"}
_PLACE = re.compile(r"<(\w+)>")


def _code(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def _numbered(kind: str) -> list[dict[str, Any]]:
    return [{"use": "official", "system": f"{_SYS}/{kind}", "value": "<number>"}]


def _since(status: str, start: str, end: str) -> dict[str, Any]:
    return {"status": status, "period": {"start": start, "end": end}}


_COUNT = _code(_LOINC, "58410-2", "CBC panel - Blood by Automated count")
_SHAPES: dict[str, dict[str, Any]] = {
    "Encounter": {
        "fullUrl": "<urn>",
        "identifier": _numbered("encounter/<org>"),
        "status": "<status>",
        "class": {"system": f"{_HL7}/v3-ActCode", "code": "<class>", "display": "<class_display>"},
        "subject": "<!subject>",
        "participant": [{"type": [_code(f"{_HL7}/v3-ParticipationType", "ATND")], "individual": _WHO}],
        "location": [{"location": {"reference": "Location/<org>-<room>", "display": "Ruang <room>"}}],
        "period": _PERIOD,
        "statusHistory": [
            _since("arrived", "<start>", "<start>"),
            _since("in-progress", "<start>", "<end>"),
            _since("finished", "<end>", "<end>"),
        ],
        "reasonCode": [_code(f"{_ICD}/icd-10", "<reason>")],
        "serviceProvider": {"reference": "Organization/<org>"},
    },
    "Condition": {
        "identifier": _numbered("condition/<org>"),
        "clinicalStatus": _code(f"{_HL7}/condition-clinical", "active"),
        "category": [_code(f"{_HL7}/condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
        "code": _code(f"{_ICD}/icd-10", "<code>", "<display>"),
        **_ABOUT,
        "recordedDate": "<end>",
        "recorder": _WHO,
    },
    "Observation": {
        "meta": "<!meta>",
        "identifier": _numbered("observation/<org>"),
        "status": "<status>",
        "category": [_code(f"{_HL7}/observation-category", "<category>")],
        "code": _code(_LOINC, "<code>", "<display>"),
        **_ABOUT,
        "performer": [_WHO],
        "effectiveDateTime": "<start>",
        "issued": "<end>",
        "valueQuantity": {
            "value": "<!value>",
            "unit": "<unit>",
            "system": "http://unitsofmeasure.org",
            "code": "<unit>",
        },
        "interpretation": [_code(f"{_HL7}/v3-ObservationInterpretation", "<flag>")],
        "referenceRange": [{"low": {"value": "<!low>", "unit": "<unit>"}, "high": {"value": "<!high>"}}],
        "component": "<!component>",
    },
    "ServiceRequest": {
        "identifier": _numbered("servicerequest/<org>"),
        "status": "completed",
        "intent": "order",
        "priority": "routine",
        "code": _COUNT,
        **_ABOUT,
        "requester": _WHO,
        "performer": [_WHO],
        "authoredOn": "<start>",
        "occurrenceDateTime": "<end>",
    },
    "Specimen": {
        "identifier": _numbered("specimen/<org>"),
        "status": "available",
        "type": _code(_SNOMED, "119297000", "Blood specimen"),
        "subject": "<!subject>",
        "request": [{"identifier": {"system": f"{_SYS}/servicerequest/<org>", "value": "<base>-R"}}],
        "receivedTime": "<end>",
        "collection": {"collectedDateTime": "<start>", "collector": _WHO},
    },
    "DiagnosticReport": {
        "identifier": _numbered("diagnostic/<org>/lab"),
        "status": "final",
        "category": [_code(f"{_HL7}/v2-0074", "HM", "Hematology")],
        "code": _COUNT,
        **_ABOUT,
        "performer": [_WHO],
        "effectiveDateTime": "<start>",
        "issued": "<end>",
        "basedOn": [{"identifier": {"value": "<base>-R"}}],
        "specimen": [{"identifier": {"value": "<base>-S"}}],
        "result": "<!results>",
        "conclusion": "Lihat hasil terlampir.",
    },
    "Procedure": {
        "identifier": _numbered("procedure/<org>"),
        "status": "completed",
        "category": _code(_SNOMED, "103693007", "Diagnostic procedure"),
        "code": _code(f"{_ICD}/icd-9-cm", "<code>", "<display>"),
        **_ABOUT,
        "performedPeriod": _PERIOD,
        "performer": [{"actor": _WHO}],
    },
}


def lines(kind: str, rows: pl.DataFrame) -> pl.Series:
    """One line of JSON per row, which has a text column for every `<column>` of the type's template."""
    told = json.dumps({"resourceType": kind} | _SHAPES[kind], separators=(",", ":"))
    template = re.sub(r'"<!(\w+)>"', r"<\1>", told)
    return rows.select(line=phrase(_PLACE.sub("{}", template), *_PLACE.findall(template)))["line"]
