"""What a resource is found by: its business identifiers, and the search terms of its kind as (name, value) pairs.

A reference is found as `Type/id`, an identifier as bare system and value, a day as the moment in UTC. Called by `store`
when a version is kept, and again when the next one takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Resource = Mapping[str, Any]
Term = tuple[str, str]

NIK, NIK_IBU = "fhir.kemkes.go.id/id/nik", "fhir.kemkes.go.id/id/nik-ibu"
_SCHEME = re.compile(r"^https?:/*", re.IGNORECASE)
#: Search parameter → element, for each kind; what is written `a.b` stands one level down, lists at either level.
REFERENCES: Mapping[str, Mapping[str, str]] = {
    "Encounter": {"subject": "subject", "service-provider": "serviceProvider"},
    "Condition": {"subject": "subject", "encounter": "encounter"},
    "Observation": {"subject": "subject", "encounter": "encounter"},
    "DiagnosticReport": {"subject": "subject", "encounter": "encounter", "based-on": "basedOn"},
    "ServiceRequest": {"subject": "subject", "encounter": "encounter"},
    "Specimen": {"subject": "subject", "request": "request"},
    "Procedure": {"subject": "subject", "encounter": "encounter", "based-on": "basedOn"},
    "Organization": {"partof": "partOf"},
    "Location": {"organization": "managingOrganization", "partof": "partOf"},
    "Patient": {},
    "RelatedPerson": {"patient": "patient"},
}
_DATES: Mapping[str, str] = {
    "Encounter": "period.start",
    "Condition": "recordedDate",
    "Observation": "effectiveDateTime",
    "DiagnosticReport": "effectiveDateTime",
    "ServiceRequest": "authoredOn",
    "Procedure": "performedPeriod.start",
}
_TEXTS: Mapping[str, tuple[Term, ...]] = {
    "Organization": (("name", "name"), ("type", "type.coding.code"), ("active", "active")),
    "Location": (("name", "name"),),
    "Patient": (("birthdate", "birthDate"), ("gender", "gender"), ("name", "name.text")),
}


def bare_system(system: str) -> str:
    """One form of an identifier's system: small letters, no scheme, single slashes."""
    return re.sub(r"/+", "/", _SCHEME.sub("", system.strip().lower())).strip("/")


def identifiers_of(resource: Resource) -> list[tuple[str, str]]:
    """(bare system, value) of every identifier that has both, each once, in their order."""
    told = (
        (bare_system(one["system"]), one["value"].strip())
        for one in resource.get("identifier") or ()
        if one.get("system") and one.get("value")
    )
    return list(dict.fromkeys(told))


def business_identifiers(resource: Resource) -> list[tuple[str, str]]:
    """The identifiers of which no two resources of a kind and an organisation may have the same; a patient's NIK."""
    told = identifiers_of(resource)
    if resource["resourceType"] == "Patient":
        return [pair for pair in told if pair[0] == NIK]
    return [pair for pair in told if pair[0].startswith("sys-ids.kemkes.go.id/")]


def terms_of(resource: Resource) -> set[Term]:
    """All that this resource is found by."""
    kind = resource["resourceType"]
    found = {("identifier", f"{system}|{value}") for system, value in identifiers_of(resource)}
    for name, element in REFERENCES.get(kind, {}).items():
        found |= {(name, told["reference"]) for told in values_at(resource, element) if told.get("reference")}
    if kind in _DATES:
        found |= {("date", value) for value in values_at(resource, _DATES[kind])}
    for name, element in _TEXTS.get(kind, ()):
        found |= {(name, str(value).upper()) for value in values_at(resource, element)}
    return found


def values_at(resource: Resource, element: str) -> Iterator[Any]:
    """Every value at an element (`participant.individual`), through lists on the way."""
    found: list[Any] = [resource]
    for name in element.split("."):
        inner = (one[name] for one in found if isinstance(one, Mapping) and name in one)
        found = [value for told in inner for value in (told if isinstance(told, list) else [told])]
    yield from found
