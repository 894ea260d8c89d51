"""Refusals in the shape that clients read: an OperationOutcome whose issue has `details.text`, whatever the path.

Lists of facilities and regions, and the product catalogue, have error shapes of their own beside it: a reply that is
refused has both. No text holds a value that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder(decimal_format="number").encode
FHIR_JSON, JSON = "application/fhir+json", "application/json"


class Refused(Exception):
    """A request that is not served: its status, the code of the issue (FHIR's issue-type) and what to tell.

    `at` is where it is wrong: `("query", "page")`.
    `issues` are FHIR's own, where there are several or they name an element; `text` is then the first one's.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        code: str = "value",
        severity: str = "error",
        at: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        issues: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.status, self.text, self.code, self.severity, self.at = status, text, code, severity, tuple(at)
        self.headers, self.more = dict(headers or {}), dict(more or {})
        self.issues = [dict(issue) for issue in issues]
        super().__init__(text)


def outcome(text: str, *, code: str = "value", severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome of one issue."""
    issue = {"severity": severity, "code": code, "details": {"text": text}}
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'  # FHIR wants one where there is a text
    return {"resourceType": "OperationOutcome", "text": {"status": "generated", "div": div}, "issue": [issue]}


def refuse(path: str, refused: Refused) -> Response:
    """The reply to a refused request, in the shape of its path."""
    told = outcome(refused.text, code=refused.code, severity=refused.severity)
    status = refused.status
    if refused.issues:
        told["issue"] = refused.issues
    if path.startswith("/masterdata/"):
        told |= {"status_code": refused.status, "message": refused.text, "data": None}
    elif path.startswith("/kfa"):
        told |= {"detail": [{"loc": list(refused.at), "msg": refused.text, "type": refused.code}]}
        status = 422 if status == 400 else status  # the catalogue's word for a malformed question
    kind = FHIR_JSON if path.startswith("/fhir-r4/") else JSON
    return reply({**told, **refused.more}, status=status, kind=kind, headers=refused.headers)


def reply(content: Any, *, status: int = 200, kind: str = JSON, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply; nothing that is told about a person is kept on the way."""
    body = _encode(content)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, media_type=kind)
