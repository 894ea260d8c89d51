"""References of a submission: written in one form, and to something that there is.

Patients, practitioners and facilities are looked up in the current build, through redirects; whatever was submitted is
looked up in the inbox. Types that neither has are taken as they are.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sehatmu.inbox.store import exists
from sehatmu.lookup.facilities import find_facility
from sehatmu.lookup.patients import find_by_number
from sehatmu.lookup.practitioners import find_practitioner, find_role
from sehatmu.service.issues import Issue, shown

_FORM = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})")
_NOT_FOUND = 20007
#: Types that are kept in the inbox.
KEPT = (
    "Encounter", "Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Procedure",
    "Organization", "Location", "Patient", "RelatedPerson",
)  # fmt: skip
_LOOKED_UP = {
    "Patient": find_by_number,
    "Practitioner": find_practitioner,
    "PractitionerRole": find_role,
    "Organization": find_facility,
    "Location": find_facility,
}


def resolve_references(value: Any, base: str, given: Mapping[str, str]) -> Any:
    """A copy whose references are `Type/id`: of our own addresses, and of the `urn:uuid:` names in `given`."""
    if isinstance(value, dict):
        return {
            name: _resolve(inner, base, given)
            if name == "reference" and isinstance(inner, str)
            else resolve_references(inner, base, given)
            if type(inner) in (dict, list)
            else inner
            for name, inner in value.items()
        }
    return [resolve_references(inner, base, given) if type(inner) in (dict, list) else inner for inner in value]


def _resolve(reference: str, base: str, given: Mapping[str, str]) -> str:
    return given.get(reference) or reference.removeprefix(f"{base}/")


def check_references(
    resource: Mapping[str, Any],
    *,
    lookup: sqlite3.Connection,
    inbox: sqlite3.Connection,
    organization: str,
    beside: Collection[str] = (),
) -> list[Issue]:
    """References that are malformed or lead nowhere; `beside` are `Type/id` of the same transaction."""
    kind, found = resource["resourceType"], []
    contained = {f"#{one.get('id')}" for one in resource.get("contained", ()) if isinstance(one, dict)}
    for reference, path in _references(resource, kind):
        if reference in contained or reference in beside or reference == "#":
            continue
        told = _FORM.fullmatch(reference)
        if told is None:
            found.append(Issue(f"Invalid reference: {path}, Type/id is expected", path, _NOT_FOUND))
        elif not _is_there(told[1], told[2], lookup, inbox, organization):
            found.append(Issue(f"Resource not found {shown(reference)} : {path}", path, _NOT_FOUND, "not-found"))
    return found


def _is_there(kind: str, id_: str, lookup: sqlite3.Connection, inbox: sqlite3.Connection, organization: str) -> bool:
    if kind == "Organization" and id_ == organization:
        return True
    find = _LOOKED_UP.get(kind)
    if find is None and kind not in KEPT:
        return True
    return (find is not None and find(lookup, id_) is not None) or (kind in KEPT and exists(inbox, kind, id_))


def _references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "reference" and isinstance(inner, str):
                yield inner, f"{path}.reference"
            elif type(inner) in (dict, list):
                yield from _references(inner, f"{path}.{name}")
    else:
        for place, inner in enumerate(value):
            if type(inner) in (dict, list):
                yield from _references(inner, f"{path}[{place}]")
