"""What is no look-up: the CapabilityStatement, the service's health, the console, and what is not served here."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.inbox.store import count_undrained
from sehatmu.service.desk import desk_of, origin
from sehatmu.service.operation import Asked, Operation
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.submitted import search_form
from sehatmu.service.writes import CLINICAL, PLACES

_WRITES = ("create", "update", "patch", "vread")
_SEARCHED = {
    "Patient": {"identifier": "token", "name": "string", "birthdate": "date", "gender": "token"},
    "Practitioner": {"identifier": "token", "name": "string", "birthdate": "date", "gender": "token"},
    "PractitionerRole": {"identifier": "token", "practitioner": "reference", "organization": "reference"},
    "Organization": {"identifier": "token", "name": "string", "partof": "reference", "type": "token"},
    "Location": {"identifier": "token", "name": "string", "organization": "reference"},
    **{kind: search_form(kind) for kind in CLINICAL},
}
# The day since which the statement reads as it does.
_STATED = "2026-11-25"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


async def metadata(request: Request, _: Asked) -> Response:
    """A FHIR R4 CapabilityStatement; no token is asked for."""
    kinds = [
        {
            "type": kind,
            "interaction": [{"code": code} for code in ("read", "search-type", *_written(kind))],
            "versioning": "versioned" if kind in (*CLINICAL, *PLACES) else "no-version",
            "searchParam": [{"name": name, "type": form} for name, form in params.items()],
        }
        for kind, params in _SEARCHED.items()
    ]
    statement: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _STATED,
        "kind": "instance",
        "software": {"name": "SehatMu"},
        "implementation": {
            "description": "Look-ups in Indonesia's master indexes, and submissions of visits and results",
            "url": f"{origin(desk_of(request), request)}/fhir-r4/v1",
        },
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "OAuth2 client credentials"},
                "resource": kinds,
                "interaction": [{"code": "transaction"}],
            }
        ],
    }
    return reply(statement, kind=FHIR_JSON)


async def health(request: Request, _: Asked) -> Response:
    """The build that is looked up in, and how old it is in seconds; 503 where there is none.

    `inbox`: versions that no night has taken yet, and how long the oldest has been waiting.
    """
    desk = desk_of(request)
    build = desk.builds.current()
    made = _made_at(build.path.with_name("manifest.json"), build.date)
    age = max(0, int((desk.now() - made).total_seconds()))
    waiting, oldest = count_undrained(desk.inbox.reader)
    since = int((desk.now() - datetime.fromisoformat(oldest)).total_seconds()) if oldest else 0
    lag = {"waiting": waiting, "oldest_seconds": max(0, since)}
    told = {"status": "ok", "build": build.id, "build_date": build.date.isoformat(), "age_seconds": age}
    return reply({**told, "patients": build.patients, "inbox": lag})


async def console(_: Request) -> Response:
    """The page to try look-ups with."""
    page = (files("sehatmu.service") / "console.html").read_bytes()
    headers = {"content-security-policy": _POLICY, "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return Response(page, headers=headers, media_type="text/html")


async def consent(_: Request, __: Asked) -> Response:
    """Always an OperationOutcome: consent is kept by the national platform alone."""
    raise Refused(404, "Consent is not supported here: ask the national platform", code="not-supported")


async def kyc(_: Request, __: Asked) -> Response:
    """Always an OperationOutcome: identities are checked by the national platform alone."""
    raise Refused(404, "KYC is not supported here: ask the national platform", code="not-supported")


def _written(kind: str) -> tuple[str, ...]:
    if kind in (*CLINICAL, *PLACES):
        return _WRITES
    return ("create", "update", "patch") if kind == "Patient" else ()


_OPEN: dict[str, Any] = {"needs_token": False, "refusals": (400,)}
_NOT_SERVED: dict[str, Any] = {"needs_token": False, "refusals": (400, 404), "is_served": False}
OPERATIONS = (
    Operation("/fhir-r4/v1/metadata", "General", "What this server can do", metadata, **_OPEN),
    Operation("/health", "General", "Build and age", health, needs_token=False, refusals=(400, 503)),
    Operation("/consent/v1/Consent", "Not served", "Consent is not served", consent, **_NOT_SERVED),
    Operation("/consent/v1/Consent", "Not served", "Consent is not served", consent, method="POST", **_NOT_SERVED),
    Operation("/kyc/v1/generate-url", "Not served", "KYC is not served", kyc, method="POST", **_NOT_SERVED),
    Operation("/kyc/v1/challenge-code", "Not served", "KYC is not served", kyc, method="POST", **_NOT_SERVED),
)


def _made_at(manifest: Any, day: date) -> datetime:
    ended = json.loads(manifest.read_text()).get("ended_at")
    return datetime.fromisoformat(ended) if ended else datetime.combine(day, time(), UTC)
