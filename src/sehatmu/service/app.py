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

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from sehatmu.service import facilities, general, patients, practitioners, regions, token
from sehatmu.service.desk import Desk
from sehatmu.service.outcome import Refused, refuse

_log = logging.getLogger("sehatmu.service")
_SYNC_SECONDS = 1.0
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
    404: "There is no such thing, or it is not served here",
    413: "The body is too large",
    415: "The body is of another type",
    429: "Too many requests: wait Retry-After seconds",
    503: "Nothing is published, or it cannot be read or recorded",
}


def make_app(desk: Desk) -> FastAPI:
    """The app over a desk (`desk.open_desk`)."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keeper = asyncio.create_task(_keep_synced(desk))
        yield
        keeper.cancel()
        desk.audit.close()

    app = FastAPI(
        title="SehatMu",
        version=version("sehatmu"),
        summary="Look-ups in Indonesia's master indexes, in SATUSEHAT's own shape",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    for router in (
        general.router, token.router, patients.router, practitioners.router, facilities.fhir_router,
        facilities.msi_router, regions.router,
    ):  # fmt: skip
        app.include_router(router)
    app.exception_handler(Refused)(_refused)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(HTTPException)(_no_route)
    app.exception_handler(Exception)(_fault)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


async def _keep_synced(desk: Desk) -> None:
    while True:
        await asyncio.sleep(_SYNC_SECONDS)
        await asyncio.to_thread(desk.audit.sync)


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refuse(request.url.path, refused)


async def _malformed(request: Request, error: Exception) -> Response:
    """Names what is wrong with which parameter, and never what was sent."""
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return refuse(request.url.path, Refused(422 if request.url.path.startswith("/kfa") else 400, told, code="value"))


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


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the refusals of each operation instead of FastAPI's own."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        parts = document.setdefault("components", {})
        parts["schemas"] = {"OperationOutcome": _OUTCOME}
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _describe_operation(path, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _describe_operation(path: str, operation: dict[str, Any]) -> None:
    kind = "application/fhir+json" if path.startswith("/fhir-r4/") else "application/json"
    is_open = operation["tags"][0] in ("General", "Not served", "Token")
    if not is_open:
        operation["security"] = [{"token": []}]
    wanted = {
        "General": [503] if path == "/health" else [],
        "Not served": [404],
        "Token": [400, 401, 413, 415, 429, 503],
    }.get(operation["tags"][0], [400, 401, 404, 429, 503])
    served = {} if operation["tags"][0] == "Not served" else {"200": _answer("Served", kind, {"type": "object"})}
    refusals = {
        str(status): _answer(_REFUSALS[status], kind, {"$ref": "#/components/schemas/OperationOutcome"})
        for status in wanted
    }
    if "429" in refusals:
        refusals["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    operation["responses"] = {**served, **refusals}


def _answer(text: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": schema}}}
