"""Facilities twice: as FHIR Organization and Location, and as rows of the Master Sarana Index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.inbox.store import find
from sehatmu.lookup.facilities import (
    Facility,
    FacilityQuery,
    count_facilities,
    find_facility,
    follow,
    list_facilities,
)
from sehatmu.service import fhir
from sehatmu.service.desk import Call, let_in
from sehatmu.service.identifiers import bare_system, read_identifier, unknown_system
from sehatmu.service.keeping import as_kept
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.paging import PAGING, paged, read_page
from sehatmu.service.submitted import submitted_places

_MAX_ROWS = 2000
_SORTS = {"_id": "master_id", "name": "nama", "_lastUpdated": "updated"}


async def search_organizations(request: Request, asked: Asked) -> Response:
    """A searchset Bundle, page by page (`next` link), 100 at a time where nothing else is asked.

    Facilities first, then the units that they submitted, the newest first.
    """
    call, kind, parent = let_in(request), asked.text("type"), asked.text("partof")
    kind = kind.rpartition("|")[2] if kind else None
    query = _query("organization", asked)
    query = replace(query, kinds=() if kind in (None, "prov") else (kind,))
    if active := asked.text("active"):
        query = replace(query, status_aktif=active == "true")
    if parent:
        query = replace(query, administered_by=parent.removeprefix("Organization/"))
    beside = fhir.location_resource if asked.text("_revinclude") == "Location:organization" else None
    return await _page(call, "Organization", query, asked, fhir.organization_resource, beside)


async def search_locations(request: Request, asked: Asked) -> Response:
    """A searchset Bundle, page by page; each facility is one location, managed by the organisation of the same id.

    Facilities first, then the locations that they submitted, the newest first.
    """
    call, organization = let_in(request), asked.text("organization")
    query = _query("location", asked)
    if organization:
        query = replace(query, managed_by=organization.removeprefix("Organization/"))
    return await _page(call, "Location", query, asked, fhir.location_resource)


async def read_organization(request: Request, asked: Asked) -> Response:
    """The facility or unit with this id; one that gave way leads to the current one."""
    return _read(let_in(request), asked.word("master_id"), "Organization", fhir.organization_resource)


async def read_location(request: Request, asked: Asked) -> Response:
    """Where the facility with this id is, or a location that was submitted."""
    return _read(let_in(request), asked.word("master_id"), "Location", fhir.location_resource)


async def list_sarana(request: Request, asked: Asked) -> Response:
    """Rows of the Master Sarana Index, at most 2,000 a page.

    `limit`, `page` and `jenis_sarana` are needed unless `kode_satusehat` asks for one.
    """
    call, one = let_in(request), asked.text("kode_satusehat") or asked.text("kode_satu_sehat")
    kinds = [kind for told in asked.many("jenis_sarana") for kind in told.split(",") if kind]
    missing = [name for name in ("limit", "page") if name not in asked.numbers] + ["jenis_sarana"] * (not kinds)
    if missing and not one:
        raise Refused(400, f"{missing[0]} is required", code="required")
    limit, page = asked.numbers.get("limit", 1), asked.numbers.get("page", 1)
    if limit > _MAX_ROWS:
        raise Refused(400, f"limit cannot be more than {_MAX_ROWS}")
    namespace, code = asked.text("sumber_identifier"), asked.text("identifier_kode_sarana")
    if bool(namespace) != bool(code):
        raise Refused(400, "sumber_identifier and identifier_kode_sarana are asked together", code="required")
    is_active = (asked.text("status_aktif") or "").lower()
    if is_active not in ("", "true", "false"):
        raise Refused(400, "status_aktif is true or false")
    query = FacilityQuery(
        kinds=kinds,
        master_id=one,
        kode_sarana=asked.text("kode_sarana"),
        name=asked.text("nama"),
        provinsi=asked.text("kode_provinsi"),
        kabkota=asked.text("kode_kabkota"),
        kecamatan=asked.text("kode_kecamatan"),
        status_aktif=is_active == "true" if is_active else None,
        status_sarana=asked.text("status_sarana"),
        identifier=(namespace, code) if namespace and code else None,
        updated_from=_day(asked.text("lower_bound_updated_at")),
        updated_to=_day(asked.text("upper_bound_updated_at")),
    )
    rows, total = await _list(call, query, most=limit, skip=(page - 1) * limit)
    told = {"status_code": 200, "message": "success", "page": page, "total_page": ceil(total / limit)}
    return reply({**told, "data": [facility.row for facility in rows]})


_SEARCH = (
    Param("name", "Any part of the name"),
    Param("identifier", "<system>|<value>"),
    Param("_id", "As in the path", most=64),
    *PAGING,
    Param("_sort", "_id, name or _lastUpdated; - before it for the reverse", most=40),
    Param("_lastUpdated", "ge<date> and le<date>", most=40, many=True),
)
_SARANA = (
    "kode_satusehat", "kode_satu_sehat", "kode_sarana", "nama", "kode_provinsi", "kode_kabkota", "kode_kecamatan",
    "status_aktif", "status_sarana", "sumber_identifier", "identifier_kode_sarana", "lower_bound_updated_at",
    "upper_bound_updated_at",
)  # fmt: skip
_ID = (Param("master_id", most=64),)
OPERATIONS = (
    Operation(
        "/fhir-r4/v1/Organization",
        "Organization",
        "Search organisations",
        search_organizations,
        (
            *_SEARCH,
            Param("partof", "Who administers it, or what it is a unit of"),
            Param("type", "prov, or a kind of facility (104)"),
            Param("active", allowed=("true", "false")),
            Param("_revinclude", "Location:organization: the places of what is found, too", most=80),
        ),
    ),
    Operation("/fhir-r4/v1/Organization/{master_id}", "Organization", "Read an organisation", read_organization, _ID),
    Operation(
        "/fhir-r4/v1/Location",
        "Location",
        "Search locations",
        search_locations,
        (*_SEARCH, Param("organization", "Id, or Organization/<id>", most=80)),
    ),
    Operation("/fhir-r4/v1/Location/{master_id}", "Location", "Read a location", read_location, _ID),
    Operation(
        "/masterdata/v1/mastersaranaindex/mastersarana",
        "Master Sarana Index",
        "List facilities",
        list_sarana,
        (
            Param("limit", "At most 2,000; needed unless kode_satusehat is told", lowest=1),
            Param("page", "Needed as limit", lowest=1, highest=1_000_000),
            Param("jenis_sarana", "Kinds of facility: 101, 102...; needed as limit", most=100, many=True),
            *(Param(name) for name in _SARANA),
        ),
    ),
)


def _query(kind: str, asked: Asked) -> FacilityQuery:
    """The filters that organisations and locations share."""
    master_id, sort = asked.text("_id"), asked.text("_sort") or "_id"
    if identifier := asked.text("identifier"):
        told = read_identifier(identifier)
        own = (bare_system(fhir.ORG_NUMBER), bare_system(f"{fhir.SYS_IDS}/{kind}/{told.value}"))
        if not told.system.startswith(bare_system(f"{fhir.SYS_IDS}/{kind}")) and told.system not in own:
            raise unknown_system()
        # Sub-units have codes of their own under the system of their facility; none are published.
        is_own = told.system in own and master_id in (None, told.value)
        master_id = told.value if is_own else ""
    bounds: dict[str, int | None] = {"ge": None, "le": None}
    for bound in asked.many("_lastUpdated"):
        if bound[:2] not in bounds:
            raise Refused(400, "_lastUpdated is written ge<date> or le<date>")
        bounds[bound[:2]] = _day(bound[2:12])
    column = sort.removeprefix("-")
    if column not in _SORTS:
        raise Refused(400, "_sort is _id, name or _lastUpdated, with - before it for the reverse")
    return FacilityQuery(
        master_id=master_id,
        name=asked.text("name"),
        updated_from=bounds["ge"],
        updated_to=bounds["le"],
        order=_SORTS[column],
        descending=sort.startswith("-"),
    )


async def _page(
    call: Call,
    kind: str,
    query: FacilityQuery,
    asked: Asked,
    make: Callable[[Facility], fhir.Resource],
    beside: Callable[[Facility], fhir.Resource] | None = None,
) -> Response:
    page = read_page(asked)
    found, total = await _list(call, query, most=page.most, skip=page.skip)
    included = [beside(facility) for facility in found] if beside else []
    units, waiting = submitted_places(
        call,
        kind,
        asked,
        most=page.most - len(found),
        skip=max(0, page.skip - total),
        updated=(query.updated_from, query.updated_to),
    )
    return paged(call, page, [*(make(facility) for facility in found), *units], total + waiting, included)


async def _list(call: Call, query: FacilityQuery, *, most: int, skip: int) -> tuple[list[Facility], int]:
    """A page and the count of all, asked beside the event loop: a filter by name reads every row."""
    builds, build = call.desk.builds, call.build

    def look() -> tuple[list[Facility], int]:
        lookup = builds.aside(build)
        asked = follow(lookup, query)
        return list_facilities(lookup, asked, most=most, skip=skip), count_facilities(lookup, asked)

    return await builds.search(look)


def _read(call: Call, master_id: str, kind: str, make: Callable[[Facility], fhir.Resource]) -> Response:
    facility = find_facility(call.build.lookup, master_id)
    if facility is None and (unit := find(call.desk.inbox.reader, kind, master_id)) is not None:
        return as_kept(unit)
    if facility is None:
        raise Refused(404, f"Resource not found {kind} (RuleNumber: 20007)", code="not-found")
    return reply(make(facility), kind=FHIR_JSON)


def _day(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(date.fromisoformat(text).strftime("%Y%m%d"))
    except ValueError:
        raise Refused(400, "a date is written YYYY-MM-DD", code="format") from None
