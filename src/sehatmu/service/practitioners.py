"""`/fhir-r4/v1/Practitioner` and `PractitionerRole`: by NIK, number, or name, birth date and gender; read only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from sehatmu.lookup.practitioners import (
    Practitioner,
    find_licences,
    find_practitioner,
    find_practitioners_by_nik,
    find_role,
    find_roles,
)
from sehatmu.lookup.search import Vague, read_born, search
from sehatmu.service import fhir
from sehatmu.service.desk import Call, LetIn
from sehatmu.service.identifiers import is_system, read_identifier, read_nik, unknown_system
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.patients import GENDERS

router = APIRouter(prefix="/fhir-r4/v1", tags=["Practitioner"])

_MOST_ROLES = 100


@router.get("/Practitioner", summary="Search practitioners", response_class=Response)
async def search_practitioners(
    call: LetIn,
    identifier: Annotated[str | None, Query(max_length=200, description="<system>|<value>: nik, nakes-his-number")] = None,
    name: Annotated[str | None, Query(max_length=200, description="At least 3 letters, any part of the name")] = None,
    birthdate: Annotated[str | None, Query(max_length=20, description="YYYY, YYYY-MM or YYYY-MM-DD")] = None,
    gender: Annotated[str | None, Query(max_length=20, description="male or female")] = None,
) -> Response:
    """A searchset Bundle. Ask with a NIK or a number (with a name it has to fit), or with name, birth date and gender."""
    if identifier:
        found = _by_identifier(call, identifier)
        if name:
            found = [p for p in found if name.upper() in (p.nama_lengkap or p.nama or "").upper()]
        return _searchset(call, [_resource(call, practitioner) for practitioner in found])
    if not (name and birthdate and gender):
        raise Refused(400, "Ask with identifier, or with name, birthdate and gender", code="required")
    if gender.lower() not in GENDERS:
        raise Refused(400, "gender is male or female")
    sex, asked = GENDERS[gender.lower()], "|".join((name.upper(), birthdate, gender.lower()))
    desk, build = call.desk, call.build

    def look() -> list[str]:
        born, ranker = read_born(birthdate), desk.builds.ranker(build)
        hits = search(desk.builds.aside(build), "practitioner", "master_id", ranker, name, born, sex)
        return [str(hit.key) for hit in hits]

    try:
        ids = await run_in_threadpool(look)
    except Vague as vague:
        call.record("Practitioner.search", "name+birthdate+gender", asked, result="refused")
        raise Refused(400, vague.fact[0].upper() + vague.fact[1:], code="too-costly") from None
    call.record("Practitioner.search", "name+birthdate+gender", asked, ids=ids)
    people = [find_practitioner(call.build.lookup, master_id) for master_id in ids]
    return _searchset(call, [_resource(call, person) for person in people if person is not None])


@router.get("/Practitioner/{number}", summary="Read a practitioner", response_class=Response)
async def read_practitioner(call: LetIn, number: Annotated[str, Path(max_length=64)]) -> Response:
    """The practitioner with this number; a number that gave way leads to the current one."""
    found = find_practitioner(call.build.lookup, number)
    call.record("Practitioner.read", "nakes-his-number", number, ids=[found.master_id] if found else [])
    if found is None:
        raise Refused(404, "Resource not found Practitioner (RuleNumber: 20007)", code="not-found")
    return reply(_resource(call, found), kind=FHIR_JSON)


@router.get("/PractitionerRole", summary="Search roles of practitioners", response_class=Response)
async def search_roles(
    call: LetIn,
    identifier: Annotated[str | None, Query(max_length=200, description="<system>|<value>: nik, nakes-his-number")] = None,
    practitioner: Annotated[str | None, Query(max_length=80, description="Number, or Practitioner/<number>")] = None,
    organization: Annotated[str | None, Query(max_length=80, description="Id, or Organization/<id>")] = None,
) -> Response:
    """A searchset Bundle of at most 100 roles: of a practitioner, at an organisation, or of the one at the other."""
    facility = organization.removeprefix("Organization/") if organization else None
    if identifier:
        people = [p.master_id for p in _by_identifier(call, identifier, asked="PractitionerRole.search")]
    elif practitioner or facility:
        number = practitioner.removeprefix("Practitioner/") if practitioner else None
        key = "nakes-his-number" if number else "organization"
        call.record("PractitionerRole.search", key, number or facility, ids=[number] if number else [])
        people = [number] if number else []
    else:
        raise Refused(400, "Ask with identifier, practitioner or organization", code="required")
    if people:
        roles = [
            role
            for person in people
            for role in find_roles(call.build.lookup, practitioner=person, facility=facility, most=_MOST_ROLES)
        ]
    else:
        roles = find_roles(call.build.lookup, facility=facility, most=_MOST_ROLES) if not identifier and facility else []
    return _searchset(call, [fhir.role_resource(role) for role in roles])


@router.get("/PractitionerRole/{role_id}", summary="Read a role", response_class=Response)
async def read_role(call: LetIn, role_id: Annotated[str, Path(max_length=64)]) -> Response:
    """One role of a practitioner at a facility."""
    role = find_role(call.build.lookup, role_id)
    call.record("PractitionerRole.read", "id", role_id, ids=[role.master_id] if role else [])
    if role is None:
        raise Refused(404, "Resource not found PractitionerRole (RuleNumber: 20007)", code="not-found")
    return reply(fhir.role_resource(role), kind=FHIR_JSON)


def _by_identifier(call: Call, text: str, *, asked: str = "Practitioner.search") -> list[Practitioner]:
    identifier, lookup = read_identifier(text), call.build.lookup
    if is_system(identifier, fhir.NIK):
        found = find_practitioners_by_nik(lookup, nik := read_nik(identifier.value))
        call.record(asked, "nik", nik, ids=[practitioner.master_id for practitioner in found])
        return found
    if is_system(identifier, fhir.HIS):
        one = find_practitioner(lookup, identifier.value)
        call.record(asked, "nakes-his-number", identifier.value, ids=[one.master_id] if one else [])
        return [one] if one else []
    raise unknown_system()


def _resource(call: Call, practitioner: Practitioner) -> fhir.Resource:
    return fhir.practitioner_resource(practitioner, find_licences(call.build.lookup, practitioner.master_id))


def _searchset(call: Call, resources: list[fhir.Resource]) -> Response:
    return reply(fhir.bundle(call.base, call.url, resources), kind=FHIR_JSON)
