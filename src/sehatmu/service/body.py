"""The body of a request as JSON that can be kept: not too large or deep, of finite numbers and whole characters."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request

from sehatmu.service.outcome import Refused

MOST_BYTES = 5 << 20
_MOST_LEVELS = 40
RESOURCE_KINDS = ("application/json", "application/fhir+json")
PATCH_KINDS = ("application/json-patch+json", "application/json")


def _number(text: str) -> Decimal:
    """All its digits: in FHIR 7.10 says more than 7.1."""
    if not isfinite(float(text)):
        raise ValueError
    return Decimal(text)


_decode = msgspec.json.Decoder(float_hook=_number).decode


async def read_body(request: Request, kinds: tuple[str, ...] = RESOURCE_KINDS) -> Any:
    """What the body holds. Refused: 415 for another type, 413 for too much, 400 (20005) for what is no JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in kinds:
        raise Refused(415, f"The body has to be {' or '.join(kinds)}", code="not-supported")
    length = request.headers.get("content-length", "0")
    if length.isdigit() and len(length) < 16 and int(length) > MOST_BYTES:
        raise _too_large()
    parts, size = [], 0
    try:
        async for part in request.stream():
            parts.append(part)
            if (size := size + len(part)) > MOST_BYTES:
                raise _too_large()
    except ClientDisconnect:
        raise Refused(400, "The body broke off", code="structure") from None
    body = b"".join(parts)
    told = parse(body)
    # Some builders write `"display": null` for what was not told; a step of a patch may mean it.
    return _without_nulls(told) if b"null" in body and kinds == RESOURCE_KINDS else told


def parse(body: bytes) -> Any:
    """JSON to Python; raises Refused (400), which repeats nothing of the body."""
    try:
        told = _decode(body)
    except (ValueError, RecursionError):
        raise Refused(
            400, "Invalid JSON format: the body cannot be read (RuleNumber: 20005)", code="structure"
        ) from None
    if body.count(b"{") + body.count(b"[") > _MOST_LEVELS and is_deep(told):
        raise Refused(
            400, f"The body is nested deeper than {_MOST_LEVELS} levels (RuleNumber: 20005)", code="structure"
        )
    return told


def _without_nulls(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without_nulls(value) for name, value in told.items() if value is not None}
    return [_without_nulls(one) for one in told] if isinstance(told, list) else told


def is_deep(told: Any) -> bool:
    """Whether it is nested deeper than is taken in."""
    level = [told]
    for _ in range(_MOST_LEVELS):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [value for values in inner for value in values]
        if not level:
            return False
    return True


def _too_large() -> Refused:
    return Refused(413, f"The body is larger than {MOST_BYTES >> 20} MiB", code="too-long")
