"""Transaction Bundles: several resources that refer to each other, all of them kept or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.inbox.store import Change, Stored
from sehatmu.service.body import RESOURCE_KINDS, read_body
from sehatmu.service.desk import Call, let_in
from sehatmu.service.issues import Issue
from sehatmu.service.keeping import address, keep, version_headers
from sehatmu.service.operation import Asked, Operation
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.validate import refusal, typed, validate
from sehatmu.service.writes import CLINICAL, PLACES, own

_MOST_ENTRIES = 500
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NESTED, _NO_RESOURCE, _NO_URL, _BAD_URL, _SAME_URL, _BAD_REQUEST = 20011, 20017, 20018, 20019, 20020, 20021


class Entry(NamedTuple):
    """An entry that can be kept: `id` is its resource's, new for a POST."""

    place: int
    name: str
    method: str
    kind: str
    id: str
    resource: dict[str, Any]


async def transact(request: Request, _: Asked) -> Response:
    """All entries are kept together, or none of them, with 400 and everything that is wrong in any.

    An entry is a POST with a `fullUrl` of its own (`urn:uuid:...`), by which others refer to it, or a PUT of what was
    submitted before. Patients are submitted by themselves.
    """
    call = let_in(request)
    told = typed(await read_body(request), "Bundle")
    issues = list[Issue]()
    entries = read_entries(told, issues)
    given = {entry.name: f"{entry.kind}/{entry.id}" for entry in entries if entry.method == "POST"}
    changes = [change for entry in entries for change in _change(call, entry, given, issues)]
    if issues:
        call.record("Bundle.create", "id", None, result="refused")
        raise refusal(issues)
    stored = await keep(call, "Bundle.create", changes)
    answers = [_answer(one, entry, call) for one, entry in zip(stored, entries, strict=True)]
    bundle = {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}
    return reply(bundle, kind=FHIR_JSON)


def read_entries(bundle: dict[str, Any], issues: list[Issue]) -> list[Entry]:
    """The entries; what is wrong with the Bundle itself is added to `issues`."""
    entries = bundle.get("entry")
    if bundle.get("type") != "transaction":
        raise Refused(400, "The type of a Bundle has to be transaction", code="not-supported")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_ENTRIES:
        raise Refused(400, f"A Bundle has 1 to {_MOST_ENTRIES} entries", code="structure")
    found, names = list[Entry](), set[str]()
    for place, entry in enumerate(entries):
        wrong, read = _read_entry(place, entry)
        if read is not None and read.name in names:
            wrong.append(Issue("Duplicate fullUrl", f"Bundle.entry[{place}].fullUrl", _SAME_URL))
        issues += wrong
        if read is not None and not wrong:
            names.add(read.name)
            found.append(read)
    return found


def _read_entry(place: int, entry: Any) -> tuple[list[Issue], Entry | None]:
    path = f"Bundle.entry[{place}]"
    resource, request = (entry.get(name) if isinstance(entry, dict) else None for name in ("resource", "request"))
    if not isinstance(resource, dict) or not isinstance(request, dict):
        return [Issue("Element not found: resource and request", path, _NO_RESOURCE)], None
    kind, wrong = resource.get("resourceType"), list[Issue]()
    if kind == "Bundle":
        return [Issue("A Bundle within a Bundle is not taken", f"{path}.resource", _NESTED, "not-supported")], None
    if kind not in (*CLINICAL, *PLACES):
        return [
            Issue("This type is not taken in a transaction", f"{path}.resource", _BAD_REQUEST, "not-supported")
        ], None
    method, url = request.get("method"), str(request.get("url", "")).strip("/")
    expected = kind if method == "POST" else f"{kind}/{resource.get('id')}"
    if method not in ("POST", "PUT") or url != expected:
        text = f"The request has to be a POST to {kind}, or a PUT to {kind}/<id> with the same id in the resource"
        wrong.append(Issue(text, f"{path}.request", _BAD_REQUEST))
    name = entry.get("fullUrl")
    if name is None and method == "POST":
        wrong.append(Issue("Element not found: fullUrl", f"{path}.fullUrl", _NO_URL))
    elif method == "POST" and not _URN.fullmatch(str(name)):
        wrong.append(Issue("Invalid fullUrl, urn:uuid:<uuid> is expected", f"{path}.fullUrl", _BAD_URL))
    id_ = str(uuid4()) if method == "POST" else str(resource.get("id"))
    return wrong, Entry(place, str(name or expected), str(method), kind, id_, resource)


def _change(call: Call, entry: Entry, given: dict[str, str], issues: list[Issue]) -> Iterator[Change]:
    """The change that an entry asks for; what is wrong with its resource is added to `issues`."""
    resource, wrong = validate(call, {**entry.resource, "id": entry.id}, given=given, beside=set(given.values()))
    before = f"Bundle.entry[{entry.place}].resource"
    issues += [issue._replace(expression=before + issue.expression.removeprefix(entry.kind)) for issue in wrong]
    if entry.method == "PUT":
        yield Change(resource, own(call, entry.kind, entry.id).organization, None)
    else:
        yield Change(resource, call.client.organization)


def _answer(stored: Stored, entry: Entry, call: Call) -> dict[str, Any]:
    headers = version_headers(stored)
    response = {
        "status": "201 Created" if entry.method == "POST" else "200 OK",
        "location": address(stored, call.base),
        "etag": headers["etag"],
        "lastModified": stored.at,
        "resourceType": stored.kind,
        "resourceID": stored.id,
    }
    return {"fullUrl": f"{call.base}/{stored.kind}/{stored.id}", "response": response}


_BODY = {
    "required": True,
    "content": {
        kind: {
            "schema": {
                "type": "object",
                "required": ["resourceType", "type", "entry"],
                "properties": {"resourceType": {"const": "Bundle"}, "type": {"const": "transaction"}},
            }
        }
        for kind in RESOURCE_KINDS
    },
}
_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 429, 503)
OPERATIONS = tuple(
    Operation(path, "Bundle", f"Submit a transaction{note}", transact, method="POST", body=_BODY, refusals=_REFUSALS)
    for path, note in (("/fhir-r4/v1", ""), ("/fhir-r4/v1/", ", with a slash at the end"))
)
