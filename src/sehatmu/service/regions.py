"""`/masterdata/v1|v2/{provinces|cities|districts|sub-districts}`: the list of regions, whole (v1) or in pages (v2)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from sehatmu.lookup.regions import count_regions, list_regions
from sehatmu.service.desk import LetIn
from sehatmu.service.outcome import Refused, reply

router = APIRouter(prefix="/masterdata", tags=["Regions"])

Level = Literal["provinces", "cities", "districts", "sub-districts"]
Codes = Annotated[str | None, Query(max_length=4000, description="Kemendagri codes, with commas between them")]
_PAGE = 10


@router.get("/v1/{level}", summary="List regions", response_class=Response)
async def list_all(
    call: LetIn,
    level: Level,
    codes: Codes = None,
    province_codes: Codes = None,
    city_codes: Codes = None,
    district_codes: Codes = None,
) -> Response:
    """All regions of a level, or those with these codes, or those within these regions."""
    parents = _parents(level, province_codes, city_codes, district_codes)
    data = [region._asdict() for region in list_regions(call.build.lookup, level, _split(codes), parents)]
    return reply({"status": 200, "error": False, "message": "success", "data": data})


@router.get("/v2/{level}", summary="List regions in pages", response_class=Response)
async def list_pages(
    call: LetIn,
    level: Level,
    current_page: Annotated[str | None, Query(max_length=20, description="From 1")] = None,
    codes: Codes = None,
    province_codes: Codes = None,
    city_codes: Codes = None,
    district_codes: Codes = None,
    next_: Annotated[str | None, Query(alias="next", max_length=64, description="cursors.next of a reply")] = None,
    prev: Annotated[str | None, Query(max_length=64, description="cursors.previous of a reply")] = None,
) -> Response:
    """Ten regions a page."""
    parents, wanted = _parents(level, province_codes, city_codes, district_codes), _split(codes)
    page = _page(current_page, next_ or prev)
    total = count_regions(call.build.lookup, level, wanted, parents)
    regions = list_regions(call.build.lookup, level, wanted, parents, most=_PAGE, skip=(page - 1) * _PAGE)
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


def _parents(level: Level, province: str | None, city: str | None, district: str | None) -> list[str]:
    return _split({"cities": province, "districts": city, "sub-districts": district}.get(level))


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
