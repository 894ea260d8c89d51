"""Submissions of one resource: create, replace (PUT) and change (PATCH), the same for every type that is taken in.

Patients have rules of their own and are in `patient_writes`, transactions in `transactions`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed
from jsonpointer import JsonPointerException
from starlette.requests import Request
from starlette.responses import Response

from sehatmu.inbox.store import Change, Stored, find
from sehatmu.service.body import PATCH_KINDS, RESOURCE_KINDS, is_deep, read_body
from sehatmu.service.desk import Call, let_in
from sehatmu.service.keeping import as_kept, keep
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import Refused
from sehatmu.service.validate import refusal, typed, validate

CLINICAL = ("Encounter", "Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Procedure")
PLACES = ("Organization", "Location")
_MOST_STEPS = 100
#: `copy` is left out: a few of them make a document of any size.
_STEPS = ("add", "remove", "replace", "move", "test")
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')
REFUSALS = (400, 401, 403, 404, 409, 412, 413, 415, 429, 503)
_PATHS = {"Organization": "master_id", "Location": "master_id"}

Handler = Callable[[Request, Asked], Awaitable[Response]]


def id_name(kind: str) -> str:
    """How the path names the id of this type: facilities share theirs with the look-up of the index."""
    return _PATHS.get(kind, "id")


def creating(kind: str) -> Handler:
    """The handler of POST for a type."""

    async def create(request: Request, _: Asked) -> Response:
        """Answers 201 with the stored resource (`id`, `meta.versionId`, `meta.lastUpdated`) once it is on disk.

        A business identifier that the organisation has used already is refused (20002).
        """
        call = let_in(request)
        told = typed(await read_body(request), kind)
        resource = checked(call, f"{kind}.create", told)
        made = {**resource, "id": str(uuid4())}
        (stored,) = await keep(call, f"{kind}.create", [Change(made, call.client.organization)])
        return as_kept(stored, status=201, base=call.base)

    return create


def replacing(kind: str) -> Handler:
    """The handler of PUT for a type."""

    async def replace(request: Request, asked: Asked) -> Response:
        """The body takes the place of what was submitted, as its next version; it holds the same `id`.

        With `If-Match` only where that version is current.
        """
        call, id_ = let_in(request), asked.word(id_name(kind))
        told = typed(await read_body(request), kind)
        if told.get("id") != id_:
            raise Refused(400, "id is required in the body, and the same as in the path", code="required")
        former = own(call, kind, id_)
        resource = checked(call, f"{kind}.update", told)
        version = expected_version(request, former)
        (stored,) = await keep(call, f"{kind}.update", [Change(resource, former.organization, version)])
        return as_kept(stored)

    return replace


def patching(kind: str) -> Handler:
    """The handler of PATCH for a type."""

    async def patch(request: Request, asked: Asked) -> Response:
        """JSON Patch (add, remove, replace, move, test): all of its steps, or none of them, make the next version."""
        call, id_ = let_in(request), asked.word(id_name(kind))
        steps = await read_body(request, PATCH_KINDS)
        former = own(call, kind, id_)
        expected_version(request, former)
        resource = checked(call, f"{kind}.patch", apply_patch(former.resource, steps))
        (stored,) = await keep(call, f"{kind}.patch", [Change(resource, former.organization, former.version)])
        return as_kept(stored)

    return patch


def checked(call: Call, asked: str, told: dict[str, Any]) -> dict[str, Any]:
    """The resource as it is kept; a refused one is in the audit log too."""
    resource, issues = validate(call, told)
    if issues:
        call.record(asked, "id", None, result="refused")
        raise refusal(issues)
    return resource


def own(call: Call, kind: str, id_: str) -> Stored:
    """The resource as it is now; Refused (404, 20007) where there is none, 403 (20003) where another submitted it."""
    stored = find(call.desk.inbox.reader, kind, id_)
    if stored is None:
        raise Refused(404, f"Resource not found {kind} (RuleNumber: 20007)", code="not-found")
    if stored.organization != call.client.organization:
        raise Refused(403, f"This {kind} is another organization's (RuleNumber: 20003)", code="forbidden")
    return stored


def expected_version(request: Request, former: Stored) -> int | None:
    """The version that `If-Match` asks for, None without it; Refused (412) where it is not current."""
    told = request.headers.get("if-match")
    if told is None or told.strip() == "*":
        return None
    form = _ETAG.fullmatch(told.strip())
    if form is None or int(form[1]) != former.version:
        raise Refused(412, "Another version is current than If-Match asks for", code="conflict")
    return former.version


def apply_patch(resource: dict[str, Any], steps: Any) -> dict[str, Any]:
    """The resource after the steps of a JSON Patch; Refused (400) where one is malformed or cannot be done."""
    if not isinstance(steps, list) or not steps or len(steps) > _MOST_STEPS:
        raise Refused(400, f"A JSON Patch is a list of 1 to {_MOST_STEPS} operations", code="structure")
    if not all(isinstance(step, dict) and step.get("op") in _STEPS for step in steps):
        raise Refused(400, f"An operation of a JSON Patch is one of {', '.join(_STEPS)}", code="not-supported")
    try:
        patched = JsonPatch(steps).apply(resource)
    except JsonPatchTestFailed:
        raise Refused(400, "A test of the JSON Patch does not hold, so nothing was changed", code="conflict") from None
    except (JsonPatchException, JsonPointerException, TypeError, KeyError, ValueError):
        raise Refused(400, "The JSON Patch cannot be applied: an operation or a path is wrong") from None
    kept = ("resourceType", "id")
    if not isinstance(patched, dict) or any(patched.get(name) != resource[name] for name in kept):
        raise Refused(400, "A JSON Patch changes neither resourceType nor id") from None
    if is_deep(patched):
        raise Refused(400, "The resource is nested too deeply (RuleNumber: 20005)", code="structure")
    return patched


def _body(kinds: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}


def resource_body(kind: str) -> dict[str, Any]:
    """The body of a resource of a type, as the OpenAPI document tells it."""
    schema = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"const": kind}}}
    return _body(RESOURCE_KINDS, schema)


PATCH_BODY = _body(
    PATCH_KINDS,
    {
        "type": "array",
        "minItems": 1,
        "maxItems": _MOST_STEPS,
        "items": {
            "type": "object",
            "required": ["op", "path"],
            "properties": {"op": {"enum": list(_STEPS)}, "path": {"type": "string"}},
        },
    },
)


def resource_operations(kind: str) -> tuple[Operation, ...]:
    """POST, PUT and PATCH of a type."""
    path, name = f"/fhir-r4/v1/{kind}", id_name(kind)
    one, by_id, body = f"{path}/{{{name}}}", (Param(name, most=64),), resource_body(kind)
    more: dict[str, Any] = {"refusals": REFUSALS, "success": 200}
    return (
        Operation(path, kind, f"Submit {kind}", creating(kind), method="POST", body=body, **more | {"success": 201}),
        Operation(one, kind, f"Replace {kind}", replacing(kind), by_id, method="PUT", body=body, **more),
        Operation(one, kind, f"Change {kind}", patching(kind), by_id, method="PATCH", body=PATCH_BODY, **more),
    )


OPERATIONS = tuple(operation for kind in (*CLINICAL, *PLACES) for operation in resource_operations(kind))
