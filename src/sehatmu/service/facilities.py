"""Facilities twice: as FHIR Organization and Location, and as rows of the Master Sarana Index."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from math import ceil
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Path, Query, Response

from sehatmu.lookup.facilities import (
    Facility,
    FacilityQuery,
    count_facilities,
    find_facility,
    list_facilities,
)
from sehatmu.service import fhir
from sehatmu.service.desk import Call, LetIn
from sehatmu.service.identifiers import bare_system, read_identifier, unknown_system
from sehatmu.service.outcome import FHIR_JSON, Refused, reply

fhir_router = APIRouter(prefix="/fhir-r4/v1", tags=["Organization, Location"])
msi_router = APIRouter(prefix="/masterdata/v1/mastersaranaindex", tags=["Master Sarana Index"])

Text = Annotated[str | None, Query(max_length=200)]
Count = Annotated[int, Query(alias="_count", ge=1, le=1000)]
PageToken = Annotated[str | None, Query(alias="_page_token", max_length=64)]
Sort = Annotated[str | None, Query(alias="_sort", max_length=40, description="_id, name or _lastUpdated; - before it")]
Updated = Annotated[list[str], Query(alias="_lastUpdated", max_length=4, description="geYYYY-MM-DD, leYYYY-MM-DD")]

_MAX_ROWS = 2000
_SORTS = {"_id": "master_id", "name": "nama", "_lastUpdated": "updated"}


@fhir_router.get("/Organization", summary="Search organisations", response_class=Response)
async def search_organizations(
    call: LetIn,
    name: Text = None,
    identifier: Annotated[str | None, Query(max_length=200, description="<system>|<value>")] = None,
    partof: Text = None,
    type_: Annotated[str | None, Query(alias="type", max_length=200, description="prov, or a kind of facility")] = None,
    count: Count = 100,
    page_token: PageToken = None,
    sort: Sort = None,
    updated: Updated = [],  # noqa: B006
) -> Response:
    """A searchset Bundle, page by page (`next` link), 100 at a time where nothing else is asked."""
    kind = type_.rpartition("|")[2] if type_ else None
    parent = partof.removeprefix("Organization/") if partof else None
    asked = _query("organization", identifier, name, sort, updated, parent, kinds=() if kind in (None, "prov") else (kind,))
    return _page(call, asked, count, page_token, fhir.organization_resource)


@fhir_router.get("/Location", summary="Search locations", response_class=Response)
async def search_locations(
    call: LetIn,
    organization: Annotated[str | None, Query(max_length=80, description="Id, or Organization/<id>")] = None,
    name: Text = None,
    identifier: Annotated[str | None, Query(max_length=200, description="<system>|<value>")] = None,
    count: Count = 100,
    page_token: PageToken = None,
    sort: Sort = None,
    updated: Updated = [],  # noqa: B006
) -> Response:
    """A searchset Bundle, page by page; each facility is one location, managed by the organisation of the same id."""
    master_id = organization.removeprefix("Organization/") if organization else None
    asked = _query("location", identifier, name, sort, updated, None, master_id=master_id)
    return _page(call, asked, count, page_token, fhir.location_resource)


@fhir_router.get("/Organization/{master_id}", summary="Read an organisation", response_class=Response)
async def read_organization(call: LetIn, master_id: Annotated[str, Path(max_length=64)]) -> Response:
    """The facility with this id; one that gave way leads to the current one."""
    return _read(call, master_id, "Organization", fhir.organization_resource)


@fhir_router.get("/Location/{master_id}", summary="Read a location", response_class=Response)
async def read_location(call: LetIn, master_id: Annotated[str, Path(max_length=64)]) -> Response:
    """Where the facility with this id is."""
    return _read(call, master_id, "Location", fhir.location_resource)


@msi_router.get("/mastersarana", summary="List facilities", response_class=Response)
async def list_sarana(
    call: LetIn,
    limit: Annotated[int, Query(ge=1)],
    page: Annotated[int, Query(ge=1, le=1_000_000)],
    jenis_sarana: Annotated[list[Annotated[str, Query(max_length=10)]], Query(max_length=100)] = [],  # noqa: B006
    kode_satusehat: Text = None,
    kode_satu_sehat: Text = None,
    kode_sarana: Text = None,
    nama: Text = None,
    kode_provinsi: Text = None,
    kode_kabkota: Text = None,
    kode_kecamatan: Text = None,
    status_aktif: Annotated[str | None, Query(max_length=10, description="true or false")] = None,
    status_sarana: Text = None,
    sumber_identifier: Text = None,
    identifier_kode_sarana: Text = None,
    lower_bound_updated_at: Annotated[str | None, Query(max_length=20, description="YYYY-MM-DD")] = None,
    upper_bound_updated_at: Annotated[str | None, Query(max_length=20, description="YYYY-MM-DD")] = None,
) -> Response:
    """Rows of the Master Sarana Index, at most 2,000 a page. `jenis_sarana` is needed unless one facility is asked for."""
    if limit > _MAX_ROWS:
        raise Refused(400, f"limit cannot be more than {_MAX_ROWS}")
    kinds, one = [kind for kind in jenis_sarana if kind], kode_satusehat or kode_satu_sehat
    if not kinds and not one:
        raise Refused(400, "jenis_sarana is required", code="required")
    if bool(sumber_identifier) != bool(identifier_kode_sarana):
        raise Refused(400, "sumber_identifier and identifier_kode_sarana are asked together", code="required")
    if status_aktif and status_aktif.lower() not in ("true", "false"):
        raise Refused(400, "status_aktif is true or false")
    asked = FacilityQuery(
        kinds=kinds,
        master_id=one or None,
        kode_sarana=kode_sarana or None,
        name=nama or None,
        provinsi=kode_provinsi or None,
        kabkota=kode_kabkota or None,
        kecamatan=kode_kecamatan or None,
        status_aktif=status_aktif.lower() == "true" if status_aktif else None,
        status_sarana=status_sarana or None,
        identifier=(sumber_identifier, identifier_kode_sarana) if sumber_identifier and identifier_kode_sarana else None,
        updated_from=_day(lower_bound_updated_at),
        updated_to=_day(upper_bound_updated_at),
    )
    rows = list_facilities(call.build.lookup, asked, most=limit, skip=(page - 1) * limit)
    pages = ceil(count_facilities(call.build.lookup, asked) / limit)
    told = {"status_code": 200, "message": "success", "page": page, "total_page": pages}
    return reply({**told, "data": [facility.row for facility in rows]})


def _query(
    kind: str,
    identifier: str | None,
    name: str | None,
    sort: str | None,
    updated: list[str],
    parent: str | None,
    *,
    kinds: tuple[str, ...] = (),
    master_id: str | None = None,
) -> FacilityQuery:
    if identifier:
        asked = read_identifier(identifier)
        systems = (bare_system(fhir.ORG_NUMBER), bare_system(f"{fhir.SYS_IDS}/{kind}/{asked.value}"))
        if not asked.system.startswith(bare_system(f"{fhir.SYS_IDS}/{kind}")) and asked.system not in systems:
            raise unknown_system()
        # Sub-units have codes of their own under the system of their facility; there are none here yet.
        master_id = asked.value if asked.system in systems else ""
    bounds: dict[str, int | None] = {"ge": None, "le": None}
    for bound in updated:
        if bound[:2] not in bounds:
            raise Refused(400, "_lastUpdated is written ge<date> or le<date>")
        bounds[bound[:2]] = _day(bound[2:12])
    descending = bool(sort and sort.startswith("-"))
    column = (sort or "_id").removeprefix("-")
    if column not in _SORTS:
        raise Refused(400, "_sort is _id, name or _lastUpdated, with - before it for the reverse")
    return FacilityQuery(
        kinds=kinds,
        master_id=master_id,
        name=name or None,
        administered_by=parent or None,
        updated_from=bounds["ge"],
        updated_to=bounds["le"],
        order=_SORTS[column],
        descending=descending,
    )


def _page(
    call: Call, asked: FacilityQuery, count: int, token: str | None, make: Callable[[Facility], fhir.Resource]
) -> Response:
    skip = _read_token(token) if token else 0
    lookup = call.build.lookup
    found, total = list_facilities(lookup, asked, most=count, skip=skip), count_facilities(lookup, asked)
    following = None
    if skip + len(found) < total and found:
        address, _, query = call.url.partition("?")
        pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "_page_token"]
        following = f"{address}?{urlencode([*pairs, ('_page_token', _make_token(skip + count))])}"
    resources = [make(facility) for facility in found]
    return reply(fhir.bundle(call.base, call.url, resources, total=total, following=following), kind=FHIR_JSON)


def _read(call: Call, master_id: str, kind: str, make: Callable[[Facility], fhir.Resource]) -> Response:
    facility = find_facility(call.build.lookup, master_id)
    if facility is None:
        raise Refused(404, f"Resource not found {kind} (RuleNumber: 20007)", code="not-found")
    return reply(make(facility), kind=FHIR_JSON)


def _make_token(skip: int) -> str:
    return urlsafe_b64encode(str(skip).encode()).decode()


def _read_token(token: str) -> int:
    try:
        skip = int(urlsafe_b64decode(token.encode()))
    except ValueError:
        raise Refused(400, "_page_token is not one that a `next` link gave out") from None
    if not 0 <= skip <= 1_000_000_000:
        raise Refused(400, "_page_token is not one that a `next` link gave out")
    return skip


def _day(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(date.fromisoformat(text).strftime("%Y%m%d"))
    except ValueError:
        raise Refused(400, "a date is written YYYY-MM-DD", code="format") from None
