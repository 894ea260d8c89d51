"""`/kfa-v2/products`, `/kfa/farmalkes-price-jkn`, `/kfa/atc`, `/kfa/tags`, `/kfa-v3/alkes/products`: the catalogue of
drugs, devices and their classes.

Plain JSON, never FHIR. A build without the catalogue says so (404) instead of telling that there is no such product.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.lookup.products import KINDS, Kind, ProductQuery, find_product, list_classes, list_prices, list_products
from sehatmu.lookup.products import list_tags as find_tags
from sehatmu.service.desk import Call, let_in
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import Refused, reply

_MOST_BYTES = 65_536


async def read_product(request: Request, asked: Asked) -> Response:
    """One product by its KFA code, registration or catalogue number; `result` is null where there is none."""
    call, identifier, code = _let_in(request), asked.word("identifier"), asked.word("code")
    told = find_product(call.build.lookup, identifier, code)
    return reply({"search_code": code, "search_identifier": identifier, "result": told})


async def list_all(request: Request, asked: Asked) -> Response:
    """Products of one type, page by page, at most 1,000 a page."""
    call, page, size = _let_in(request), asked.number("page"), asked.number("size")
    query = ProductQuery(
        farmalkes_types=_several(asked.text("farmalkes_type")),
        words=asked.text("keyword"),
        template_code=asked.text("template_code"),
        pack_code=asked.text("packaging_code"),
        updated_from=_day(asked.text("from_date"), "query", "from_date"),
        updated_to=_day(asked.text("to_date"), "query", "to_date"),
    )
    kind = KINDS[asked.text("product_type") or "farmasi"]
    return await _products(call, kind, query, page, size)


async def list_jkn_prices(request: Request, asked: Asked) -> Response:
    """Prices of the national insurance by template, region and decree."""
    call, page, limit = _let_in(request), asked.number("page"), asked.number("limit")
    told = {name: asked.text(name) for name in ("kfa_code", "region_code", "document_ref")}
    total, rows = list_prices(call.build.lookup, **told, most=limit, skip=(page - 1) * limit)
    day = f"{call.build.date.isoformat()} 00:00:00"
    rows = [row | {"updated_at": day} for row in rows]
    return reply({"total": total, "page": page, "limit": limit, "items": {"data": rows}})


async def list_atc(request: Request, asked: Asked) -> Response:
    """Classes of the ATC, all of them or those of a level or below a class."""
    call, page, size = _let_in(request, ("atc",)), asked.number("page"), asked.number("size")
    code, parent, level = _code(asked, "atc_code"), _code(asked, "parent_code"), asked.text("level")
    told = {"code": code, "level": level, "parent_code": parent}
    total, rows = list_classes(call.build.lookup, **told, most=size, skip=(page - 1) * size)
    return reply({"total": total, "page": page, "size": size, "items": {"data": rows}})


async def list_by_atc(request: Request, asked: Asked) -> Response:
    """Drugs of a class of the ATC and of those below it; of any class where none is told."""
    call, page, size = _let_in(request), asked.number("page"), asked.number("size")
    query = ProductQuery(atc_class=_code(asked, "atc_code") or "")
    return await _products(call, "product", query, page, size)


async def list_tags(request: Request, asked: Asked) -> Response:
    """All tags of drugs. No register delivers any yet; how the platform answers here is unconfirmed."""
    call, page, size = _let_in(request), asked.number("page"), asked.number("size")
    builds, build = call.desk.builds, call.build
    tags = await builds.search(lambda: find_tags(builds.aside(build)))
    shown = tags[(page - 1) * size : page * size]
    return reply({"total": len(tags), "page": page, "size": size, "items": {"data": shown}})


async def list_by_tag(request: Request, asked: Asked) -> Response:
    """Drugs with a tag; with any where none is told. The name of the parameter is unconfirmed."""
    call, page, size = _let_in(request), asked.number("page"), asked.number("size")
    return await _products(call, "product", ProductQuery(tag=asked.text("tag") or ""), page, size)


async def list_devices(request: Request, _: Asked) -> Response:
    """Devices by what the JSON body asks, page by page."""
    return await _list_v3(request, "device")


async def list_device_templates(request: Request, _: Asked) -> Response:
    """Templates of devices by what the JSON body asks, page by page."""
    return await _list_v3(request, "device_template")


async def _list_v3(request: Request, kind: Kind) -> Response:
    call, body = _let_in(request), await _body(request)
    page, size = _number(body, "page", 1, 1_000_000), _number(body, "size", 10, 1000)
    active, state = body.get("active"), _text(body, "state")
    if active is not None and not isinstance(active, bool):
        raise Refused(422, "active is true or false", at=("body", "active"))
    if state not in (None, "draft", "valid"):
        raise Refused(422, "state is draft or valid", at=("body", "state"))
    query = ProductQuery(
        kfa_code=_text(body, "kfa_code"),
        farmalkes_types=_several(_text(body, "farmalkes_type")),
        words=_text(body, "search"),
        references=_several((_text(body, "reference_code") or "").upper().replace(" ", "")),
        active=active,
        categories=_several(_text(body, "category_code")),
        sub_categories=_several(_text(body, "sub_category_code")),
        types=_several(_text(body, "type_code")),
        sub_types=_several(_text(body, "sub_type_code")),
        updated_from=_day(_text(body, "updated_from_date"), "body", "updated_from_date"),
        updated_to=_day(_text(body, "updated_to_date"), "body", "updated_to_date"),
    )
    total, rows = await _list(call, kind, query, page, size)
    if state == "draft":  # what is published here is no draft
        total, rows = 0, []
    pages = ceil(total / size)
    told = {
        "is_cursor": False, "current": page, "previous": page - 1, "next": page + 1 if page < pages else 0,
        "limit": size, "total": total,
    }  # fmt: skip
    meta = {"item_count": len(rows), "page": told, "sort": [], "param": []}
    data = [_as_v3(row) for row in rows]
    return reply({"status": 200, "error": False, "message": "success", "meta": meta, "data": data})


def _as_v3(row: dict[str, Any]) -> dict[str, Any]:
    """A row of v2 in the words of v3: unknown sizes are -1, instants are ISO with Z."""
    told = {name: value for name, value in row.items() if name not in ("id", "image", "state", "name")}
    told |= {"display_name": row["name"], "product_state": row["state"]}
    told["updated_at"] = f"{row['updated_at'].replace(' ', 'T')}Z"
    categories = ("kategori", "med_dev_kategori"), ("sub_kategori", "med_dev_subkategori"), ("jenis", "med_dev_jenis")
    for name, known in (*categories, ("sub_jenis", "med_dev_sub_jenis")):
        told[name] = {"code": told.pop(known, None)}
    if "uom" in told:
        told |= {"uom_name": told.pop("uom")["name"]}
        volume, weight = told.pop("volume"), told.pop("net_weight")
        told |= {"volume": -1 if volume is None else volume, "weight": -1 if weight is None else weight}
    return told


def _let_in(request: Request, tables: Sequence[str] = tuple(KINDS.values())) -> Call:
    call = let_in(request)
    lookup = call.build.lookup
    if not any(lookup.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables):
        raise Refused(404, "The catalogue of products is not in the current build", code="not-supported")
    return call


async def _products(call: Call, kind: Kind, query: ProductQuery, page: int, size: int) -> Response:
    total, rows = await _list(call, kind, query, page, size)
    return reply({"total": total, "page": page, "size": size, "items": {"data": rows}})


async def _list(call: Call, kind: Kind, query: ProductQuery, page: int, size: int) -> tuple[int, list[dict[str, Any]]]:
    """Count and page, asked beside the event loop: most filters read every row."""
    builds, build = call.desk.builds, call.build
    return await builds.search(
        lambda: list_products(builds.aside(build), kind, query, most=size, skip=(page - 1) * size)
    )


def _several(text: str | None) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _code(asked: Asked, name: str) -> str | None:
    told = asked.text(name)
    return told.upper() if told else None


async def _body(request: Request) -> dict[str, Any]:
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > _MOST_BYTES:
            raise Refused(413, "The body is too large", code="too-long", at=("body",))
    try:
        told = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise Refused(422, "The body is no JSON", code="structure", at=("body",)) from None
    if not isinstance(told, dict):
        raise Refused(422, "The body is a JSON object", code="structure", at=("body",))
    return told


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > 200):
        raise Refused(422, f"{name} is a text of at most 200 characters", at=("body", name))
    return value or None


def _number(body: dict[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise Refused(422, f"{name} is a whole number from 1 to {most}", at=("body", name))
    return value


def _day(text: str | None, *at: str) -> int | None:
    if not text:
        return None
    try:
        return int(date.fromisoformat(text[:10]).strftime("%Y%m%d"))
    except ValueError:
        raise Refused(422, f"{at[-1]} is written YYYY-MM-DD", code="format", at=at) from None


_REFUSALS = (401, 404, 422, 429, 503)
_PAGE = Param("page", lowest=1, highest=1_000_000, default=1)
_SIZE = Param("size", "At most 1,000", lowest=1, highest=1000, default=100)
_CLASS = Param("atc_code", "A class of the ATC, N02BE...", most=7)
_DEVICE_BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
_PRICES = (
    _PAGE,
    Param("limit", lowest=1, highest=1000, default=100),
    Param("kfa_code", "Code of a template (92...)", most=20),
    Param("region_code", "regional1...", most=40),
    Param("document_ref", "The decree"),
)
OPERATIONS = (
    Operation(
        "/kfa-v2/products",
        "Products",
        "Read a product",
        read_product,
        (
            Param("identifier", allowed=("kfa", "nie", "lkpp"), required=True),
            Param("code", most=60, required=True),
        ),
        refusals=_REFUSALS,
    ),
    Operation(
        "/kfa-v2/products/all",
        "Products",
        "List products",
        list_all,
        (
            _PAGE,
            _SIZE,
            Param("product_type", allowed=tuple(KINDS)),
            Param("from_date", "YYYY-MM-DD", most=20),
            Param("to_date", "YYYY-MM-DD", most=20),
            Param("farmalkes_type", "medicine, vaccine, device...", most=40),
            Param("keyword", "In name, brand or maker"),
            Param("template_code", most=20),
            Param("packaging_code", most=20),
        ),
        refusals=_REFUSALS,
    ),
    Operation("/kfa/farmalkes-price-jkn", "Products", "List prices", list_jkn_prices, _PRICES, refusals=_REFUSALS),
    Operation(
        "/kfa/products/farmalkes-price-jkn", "Products", "List prices", list_jkn_prices, _PRICES, refusals=_REFUSALS
    ),
    Operation(
        "/kfa/atc",
        "Products",
        "List classes of the ATC",
        list_atc,
        (
            _PAGE,
            _SIZE,
            _CLASS,
            Param("level", allowed=("1", "2", "3", "4", "5")),
            Param("parent_code", "The class above", most=7),
        ),
        refusals=_REFUSALS,
    ),
    Operation(
        "/kfa/products/atc",
        "Products",
        "List drugs of a class",
        list_by_atc,
        (_PAGE, _SIZE, _CLASS),
        refusals=_REFUSALS,
    ),
    Operation("/kfa/tags", "Products", "List tags of drugs", list_tags, (_PAGE, _SIZE), refusals=_REFUSALS),
    Operation(
        "/kfa/products/tag",
        "Products",
        "List drugs with a tag",
        list_by_tag,
        (_PAGE, _SIZE, Param("tag", most=60)),
        refusals=_REFUSALS,
    ),
    Operation(
        "/kfa-v3/alkes/products",
        "Products",
        "List devices",
        list_devices,
        method="POST",
        refusals=(*_REFUSALS, 413),
        body=_DEVICE_BODY,
    ),
    Operation(
        "/kfa-v3/alkes/template",
        "Products",
        "List templates of devices",
        list_device_templates,
        method="POST",
        refusals=(*_REFUSALS, 413),
        body=_DEVICE_BODY,
    ),
)
