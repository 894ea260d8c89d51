"""The ASGI app: every route, every refusal in its shape, and an OpenAPI document that tells both as they are.

An unexpected fault answers 500 and leaves its kind and place in the log, never a value.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sehatmu.service import (
    facilities,
    general,
    patient_writes,
    patients,
    practitioners,
    products,
    regions,
    submitted,
    token,
    transactions,
    writes,
)
from sehatmu.service.desk import Desk
from sehatmu.service.operation import Operation, describe, endpoint
from sehatmu.service.outcome import FHIR_JSON, JSON, Refused, refuse, reply
from sehatmu.service.structure import load_models

_log = logging.getLogger("sehatmu.service")
_SYNC_SECONDS = 1.0
# Routes are tried in this order: what is asked most comes first.
OPERATIONS = (
    *patients.OPERATIONS,
    *patient_writes.OPERATIONS,
    *token.OPERATIONS,
    *practitioners.OPERATIONS,
    *facilities.OPERATIONS,
    *regions.OPERATIONS,
    *products.OPERATIONS,
    *submitted.OPERATIONS,
    *writes.OPERATIONS,
    *transactions.OPERATIONS,
    *general.OPERATIONS,
)
_OUTCOME = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "details"],
                "properties": {
                    "severity": {"type": "string"},
                    "code": {"type": "string"},
                    "details": {
                        "type": "object",
                        "required": ["text"],
                        "properties": {"text": {"type": "string", "minLength": 1}},
                    },
                },
            },
        },
    },
}
_REFUSALS = {
    400: "What is asked is malformed, or too vague",
    401: "No valid access token, or wrong credentials",
    403: "It is another organisation's",
    404: "There is no such thing, or it is not served here",
    409: "Another version is current, or the same was submitted by another request",
    412: "Another version is current than If-Match asks for",
    413: "The body is too large",
    415: "The body is of another type",
    422: "What is asked of the catalogue is malformed",
    429: "Too many requests: wait Retry-After seconds",
    503: "Nothing is published, or it cannot be read, stored or recorded",
}


def make_app(desk: Desk) -> Starlette:
    """The app over a desk (`desk.open_desk`)."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        load_models((*writes.CLINICAL, *writes.PLACES, "Patient"))
        keeper = asyncio.create_task(_keep_synced(desk))
        yield
        keeper.cancel()
        await asyncio.to_thread(desk.inbox.writer.settle)
        desk.audit.close()

    paths: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, []).append(operation)
    routes = [Route(path, endpoint(ops), methods=[op.method for op in ops]) for path, ops in paths.items()]
    routes += [Route("/", general.console), Route("/openapi.json", _tell_document)]
    refusals = {Refused: _refused, HTTPException: _no_route, Exception: _fault}
    app = Starlette(routes=routes, exception_handlers=refusals, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


async def _keep_synced(desk: Desk) -> None:
    while True:
        await asyncio.sleep(_SYNC_SECONDS)
        await asyncio.to_thread(desk.audit.sync)


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refuse(request.url.path, refused)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told = {404: "There is nothing at this path", 405: "This method is not served at this path"}
    text = told.get(error.status_code, "The request cannot be served")
    headers = error.headers or {}
    return refuse(request.url.path, Refused(error.status_code, text, code="not-supported", headers=headers))


async def _fault(request: Request, error: Exception) -> Response:
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("%s in %s, line %s", type(error).__name__, place.filename.rpartition("/")[2], place.lineno)
    return refuse(request.url.path, Refused(500, "The service failed; its log tells where", code="exception"))


async def _tell_document(_: Request) -> Response:
    return reply(openapi_document())


def openapi_document() -> dict[str, Any]:
    """What is served, as OpenAPI 3.1: made of the same table as the routes."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        told = {**describe(operation), "responses": _replies(operation)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SehatMu",
            "version": version("sehatmu"),
            "summary": "Look-ups in Indonesia's master indexes, in SATUSEHAT's own shape",
        },
        "paths": paths,
        "components": {
            "schemas": {"OperationOutcome": _OUTCOME},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _replies(operation: Operation) -> dict[str, Any]:
    kind = FHIR_JSON if operation.path.startswith("/fhir-r4/") else JSON
    served = {str(operation.success): _answer("Served", kind, {"type": "object"})} if operation.is_served else {}
    refusals = {
        str(status): _answer(_REFUSALS[status], kind, {"$ref": "#/components/schemas/OperationOutcome"})
        for status in operation.refusals
    }
    if "429" in refusals:
        refusals["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return {**served, **refusals}


def _answer(text: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": schema}}}
