"""One table of operations: path, parameters, handler. The routes are made of it, and so is the OpenAPI document.

Parameters are declared and read here: FastAPI's signatures cost more than a look-up does (0.3 of 0.46 ms of CPU, on the
day this was written). What the document says of a parameter is what is checked of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.service.outcome import Refused

_MOST_FIELDS = 200
_WORDS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the query, or of the path where its name stands there in braces.

    With `lowest` it is a whole number from there to `highest`, else a text of at most `most` characters; empty is the
    same as absent. `many` may stand more than once; one of `allowed`, or of the `form` (a pattern of the whole), where
    these are told.
    """

    name: str
    description: str = ""
    most: int = 200
    lowest: int | None = None
    highest: int | None = None
    default: int | None = None
    required: bool = False
    many: bool = False
    allowed: tuple[str, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, by the names of the parameters."""

    texts: Mapping[str, str]
    numbers: Mapping[str, int]
    lists: Mapping[str, list[str]]

    def text(self, name: str) -> str | None:
        """A text, or None where it is absent or empty."""
        return self.texts.get(name)

    def word(self, name: str) -> str:
        """A text of the path or one that is required."""
        return self.texts[name]

    def number(self, name: str) -> int:
        """A number that is required or has a default."""
        return self.numbers[name]

    def many(self, name: str) -> list[str]:
        """All that were told, empty ones left out."""
        return self.lists.get(name, [])


@dataclass(frozen=True, slots=True)
class Operation:
    """`handler` gets the request and what was asked; `refusals` are the statuses that it may answer but `success`."""

    path: str
    tag: str
    summary: str
    handler: Callable[[Request, Asked], Awaitable[Response]]
    params: tuple[Param, ...] = ()
    method: str = "GET"
    refusals: tuple[int, ...] = (400, 401, 404, 429, 503)
    needs_token: bool = True
    is_served: bool = True
    success: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)


def endpoint(operations: Sequence[Operation]) -> Callable[[Request], Awaitable[Response]]:
    """The operations of one path, by method, as a route wants them."""
    by_method = {op.method: (op.handler, {param.name: param for param in op.params}) for op in operations}

    async def answer(request: Request) -> Response:
        handler, params = by_method["GET" if request.method == "HEAD" else request.method]
        return await handler(request, read_params(params, request))

    return answer


def read_params(params: Mapping[str, Param], request: Request) -> Asked:
    """Read and check; raises Refused (400) that names the parameter, never what was sent. Unknown ones are ignored."""
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    lists: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(400, "The query has too many parameters", code="too-long") from None
    for name, value in (*pairs, *request.scope["path_params"].items()):
        param = params.get(name)
        if param is None:
            continue
        if len(value) > param.most:
            raise Refused(400, f"{name} is longer than {param.most} characters", code="too-long", at=_at(request, name))
        if param.allowed and value not in param.allowed:
            raise Refused(400, f"{name} is one of {', '.join(param.allowed)}", at=_at(request, name))
        if param.form and not re.fullmatch(param.form, value):
            raise Refused(400, f"{name} is malformed", at=_at(request, name))
        if param.many:
            lists.setdefault(name, []).append(value)
        elif param.lowest is not None:
            numbers[name] = _number(param, value)
        else:
            texts[name] = value
    for param in params.values():
        if param.default is not None:
            numbers.setdefault(param.name, param.default)
        elif param.required and param.name not in texts and param.name not in numbers:
            raise Refused(400, f"{param.name} is required", code="required", at=("query", param.name))
    return Asked(texts, numbers, lists)


def _at(request: Request, name: str) -> tuple[str, str]:
    return "path" if name in request.scope["path_params"] else "query", name


def _number(param: Param, value: str) -> int:
    bounds = f"from {param.lowest}" + (f" to {param.highest}" if param.highest is not None else "")
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise Refused(400, f"{param.name} is a whole number {bounds}", at=("query", param.name))
    number = int(value)
    if number < (param.lowest or 0) or (param.highest is not None and number > param.highest):
        raise Refused(400, f"{param.name} is a whole number {bounds}", at=("query", param.name))
    return number


def describe(operation: Operation) -> dict[str, Any]:
    """The operation's part of the OpenAPI document, replies left out."""
    told: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}{_WORDS.sub('_', operation.path)}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": inspect.cleandoc(operation.handler.__doc__ or ""),
        "parameters": [_describe(operation.path, param) for param in operation.params],
    }
    if operation.needs_token:
        told["security"] = [{"token": []}]
    if operation.body:
        told["requestBody"] = operation.body
    return told


def _describe(path: str, param: Param) -> dict[str, Any]:
    in_path = f"{{{param.name}}}" in path
    schema: dict[str, Any] = {"type": "string", "maxLength": param.most}
    if param.lowest is not None:
        schema = {"type": "integer", "minimum": param.lowest}
        schema |= {"maximum": param.highest} if param.highest is not None else {}
        schema |= {"default": param.default} if param.default is not None else {}
    if param.allowed:
        schema["enum"] = list(param.allowed)
    if param.form:
        schema["pattern"] = f"^{param.form}$"
    if in_path:
        schema["minLength"] = 1
    if param.many:
        schema = {"type": "array", "items": schema}
    told: dict[str, Any] = {"name": param.name, "in": "path" if in_path else "query", "schema": schema}
    if in_path or param.required:
        told["required"] = True
    if param.description:
        told["description"] = param.description
    return told
