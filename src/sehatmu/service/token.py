"""`POST /oauth2/v1/accesstoken`: client credentials for a token, in the words of the platform."""

from __future__ import annotations

import asyncio
import binascii
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.lookup.facilities import find_facility
from sehatmu.service.clients import secret_holds
from sehatmu.service.desk import Desk, desk_of, too_many
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import Refused, reply
from sehatmu.service.tokens import LIFETIME

_FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 8192
# A hash takes 19 MiB for 20 ms: who guesses under many names at once shall not take the machine.
_HASHING = ThreadPoolExecutor(2, "hashing")
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["client_id", "client_secret"],
                "properties": {
                    "client_id": {"type": "string", "minLength": 1, "maxLength": 128},
                    "client_secret": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "grant_type": {"type": "string", "enum": ["client_credentials"]},
                },
            }
        }
    },
}


async def issue_token(request: Request, asked: Asked) -> Response:
    """A token for 3,599 seconds. `grant_type` stands in the query, or in the form as well."""
    desk, form = desk_of(request), await _form(request)
    if (asked.text("grant_type") or form.get("grant_type")) != "client_credentials":
        raise Refused(400, "grant_type has to be client_credentials", code="not-supported")
    client_id, secret = _credentials(request, form)
    now = time.monotonic()
    if seconds := desk.lockout.wait(client_id, now) or desk.token_requests.wait(client_id, now):
        raise too_many(seconds)
    client = desk.clients.active(client_id)
    loop = asyncio.get_running_loop()
    if not await loop.run_in_executor(_HASHING, secret_holds, client, secret) or client is None:
        desk.lockout.failed(client_id, time.monotonic())
        _record(desk, client_id if client else "unknown", None, "refused")
        raise Refused(
            401,
            "Invalid client credentials: client_id or client_secret is wrong, or the client was revoked",
            severity="invalid",
            more={"error": "invalid_client", "error_description": "client_id or client_secret is wrong"},
        )
    desk.lockout.succeeded(client_id)
    _record(desk, client.id, client.organization, "issued")
    issued_at = desk.milliseconds()
    return reply(
        {
            "refresh_token_expires_in": "0",
            "api_product_list": "[sehatmu]",
            "api_product_list_json": ["sehatmu"],
            "organization_name": _organization_name(desk, client.organization),
            "developer.email": "",
            "token_type": "BearerToken",
            "issued_at": str(issued_at),
            "client_id": client.id,
            "access_token": desk.tokens.issue(client.id, issued_at),
            "application_name": client.organization,
            "scope": "",
            "expires_in": str(LIFETIME),
            "refresh_count": "0",
            "status": "approved",
        }
    )


OPERATIONS = (
    Operation(
        "/oauth2/v1/accesstoken",
        "Token",
        "Get an access token",
        issue_token,
        (Param("grant_type", "client_credentials", most=40),),
        method="POST",
        refusals=(400, 401, 413, 415, 429, 503),
        needs_token=False,
        body=_BODY,
    ),
)


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise Refused(415, f"The body has to be {_FORM}", code="not-supported")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise Refused(413, "The body is too large", code="too-long")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise Refused(400, f"The body is no {_FORM}", code="structure") from None
    return dict(pairs)


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """From the form, as SATUSEHAT's clients send them, or from basic authentication, as OAuth libraries do."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and "client_secret" not in form:
        try:
            client_id, _, secret = b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise Refused(400, "The Authorization header is malformed", code="structure") from None
        client_id, secret = unquote(client_id), unquote(secret)
    else:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client_id or not secret or len(client_id) > 128 or len(secret) > 1024:
        raise Refused(400, "client_id and client_secret are required", code="required")
    return client_id, secret


def _record(desk: Desk, client: str, organization: str | None, result: str) -> None:
    try:
        desk.audit.write(
            desk.now(),
            client=client,
            organization=organization,
            asked="token",
            key="secret",
            hashed=None,
            result=result,
        )
    except OSError:
        raise Refused(503, "the audit log cannot be written", code="transient") from None


def _organization_name(desk: Desk, organization: str) -> str:
    """Of the facility in the current build; a token is given out before there is one, too."""
    try:
        facility = find_facility(desk.builds.current().lookup, organization)
    except Refused:
        return organization
    return str(facility.row["nama"]) if facility else organization
