"""`/masterdata/v1|v2/{provinces|cities|districts|sub-districts}`: the list of regions, whole (v1) or in pages (v2)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.lookup.regions import LEVELS, count_regions, list_regions
from sehatmu.service.desk import let_in
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import Refused, reply

_PAGE = 10
_PARENTS = {"cities": "province_codes", "districts": "city_codes", "sub-districts": "district_codes"}


async def list_all(request: Request, asked: Asked) -> Response:
    """All regions of a level, or those with these codes, or those within these regions."""
    call, level = let_in(request), asked.word("level")
    codes, parents = _split(asked.text("codes")), _parents(level, asked)
    data = [region._asdict() for region in list_regions(call.build.lookup, level, codes, parents)]
    return reply({"status": 200, "error": False, "message": "success", "data": data})


async def list_pages(request: Request, asked: Asked) -> Response:
    """Ten regions a page."""
    call, level = let_in(request), asked.word("level")
    codes, parents = _split(asked.text("codes")), _parents(level, asked)
    page = _page(asked.text("current_page"), asked.text("next") or asked.text("prev"))
    total = count_regions(call.build.lookup, level, codes, parents)
    regions = list_regions(call.build.lookup, level, codes, parents, most=_PAGE, skip=(page - 1) * _PAGE)
    pages = ceil(total / _PAGE)
    meta: dict[str, Any] = {
        "item_count": len(regions),
        "page": {
            "is_cursor": True, "current": page, "previous": page - 1, "next": page + 1 if page < pages else 0,
            "limit": _PAGE, "total_page": pages, "total": total,
        },
        "cursors": {
            "next": _cursor(page + 1) if page < pages else "",
            "previous": _cursor(page - 1) if page > 1 else "",
        },
    }  # fmt: skip
    data = [region._asdict() for region in regions]
    return reply({"status": 200, "error": False, "message": "success", "data": data, "meta": meta})


_CODES = ("codes", "province_codes", "city_codes", "district_codes")
_LISTED = (
    Param("level", allowed=tuple(LEVELS)),
    *(Param(name, "Kemendagri codes, with commas between them", most=4000, form="[0-9, ]*") for name in _CODES),
)
OPERATIONS = (
    Operation("/masterdata/v1/{level}", "Regions", "List regions", list_all, _LISTED),
    Operation(
        "/masterdata/v2/{level}",
        "Regions",
        "List regions in pages",
        list_pages,
        (
            *_LISTED,
            Param("current_page", "From 1", most=20),
            Param("next", "cursors.next of a reply", most=64),
            Param("prev", "cursors.previous of a reply", most=64),
        ),
    ),
)


def _parents(level: str, asked: Asked) -> list[str]:
    return _split(asked.text(_PARENTS[level])) if level in _PARENTS else []


def _split(codes: str | None) -> list[str]:
    return [code.strip() for code in (codes or "").split(",") if code.strip()]


def _page(text: str | None, cursor: str | None) -> int:
    if cursor:
        try:
            text = b64decode(cursor, validate=True).decode("ascii")
        except ValueError:
            raise Refused(400, "next and prev are cursors of an earlier reply") from None
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000):
        raise Refused(400, "current_page is a number from 1")
    return int(text)


def _cursor(page: int) -> str:
    return b64encode(str(page).encode()).decode()
