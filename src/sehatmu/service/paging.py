"""Searchset Bundles page by page: `_count` a page, and a `next` link while there are more."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from sehatmu.service import fhir
from sehatmu.service.desk import Call
from sehatmu.service.operation import Asked, Param
from sehatmu.service.outcome import FHIR_JSON, Refused, reply

_LARGEST, _FURTHEST = 1000, 1_000_000_000
PAGING = (
    Param("_count", "Of more than 1,000, 1,000 are answered; 0 asks for the total alone", lowest=0, default=100),
    Param("_page_token", "Of a `next` link", most=64),
)


class Page(NamedTuple):
    """At most `most` rows after the first `skip`."""

    most: int
    skip: int


def read_page(asked: Asked) -> Page:
    """Which page is asked for; raises Refused (400) for a token that is none."""
    token = asked.text("_page_token")
    return Page(min(asked.number("_count"), _LARGEST), _read_token(token) if token else 0)


def paged(
    call: Call, page: Page, found: Sequence[fhir.Resource], total: int, included: Sequence[fhir.Resource] = ()
) -> Response:
    """The page as a Bundle; `total` counts all pages."""
    address, _, told = call.url.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(told, keep_blank_values=True) if name != "_page_token"]
    after = page.skip + len(found)
    following = None
    if found and after < total:
        following = f"{address}?{urlencode([*pairs, ('_page_token', _make_token(after))])}"
    first = f"{address}?{urlencode(pairs)}" if page.skip else call.url
    bundle = fhir.bundle(call.base, call.url, found, total=total, first=first, following=following, included=included)
    return reply(bundle, kind=FHIR_JSON)


def _make_token(skip: int) -> str:
    return urlsafe_b64encode(str(skip).encode()).decode()


def _read_token(token: str) -> int:
    try:
        skip = int(urlsafe_b64decode(token.encode()))
    except ValueError:
        skip = -1
    if not 0 <= skip <= _FURTHEST:
        raise Refused(400, "_page_token is not one that a `next` link gave out")
    return skip
