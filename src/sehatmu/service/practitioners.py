"""`/fhir-r4/v1/Practitioner` and `PractitionerRole`: by NIK, number, or name, birth date and gender; read only."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.lookup.practitioners import (
    Practitioner,
    find_licences,
    find_practitioner,
    find_practitioners_by_nik,
    find_role,
    find_roles,
)
from sehatmu.service import fhir
from sehatmu.service.description import search_described
from sehatmu.service.desk import Call, let_in
from sehatmu.service.identifiers import is_system, read_identifier, read_nik, unknown_system
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.patients import PERSON

_MOST_ROLES = 100


async def search_practitioners(request: Request, asked: Asked) -> Response:
    """A searchset Bundle: by NIK or number (with a name, it has to fit), or by name, birth date and gender."""
    call = let_in(request)
    identifier, name = asked.text("identifier"), asked.text("name")
    birthdate, gender = asked.text("birthdate"), asked.text("gender")
    if identifier:
        found = _by_identifier(call, identifier)
        if name:
            found = [p for p in found if name.upper() in (p.nama_lengkap or p.nama or "").upper()]
        return _searchset(call, [_resource(call, practitioner) for practitioner in found])
    if not (name and birthdate and gender):
        raise Refused(400, "Ask with identifier, or with name, birthdate and gender", code="required")
    people = await search_described(
        call,
        "Practitioner.search",
        ("practitioner", "master_id"),
        lambda lookup, key: find_practitioner(lookup, str(key)),
        lambda practitioner: practitioner.master_id,
        (name, birthdate, gender),
    )
    return _searchset(call, [_resource(call, practitioner) for practitioner in people])


async def read_practitioner(request: Request, asked: Asked) -> Response:
    """The practitioner with this number; a number that gave way leads to the current one."""
    call, number = let_in(request), asked.word("number")
    found = find_practitioner(call.build.lookup, number)
    call.record("Practitioner.read", "nakes-his-number", number, ids=[found.master_id] if found else [])
    if found is None:
        raise Refused(404, "Resource not found Practitioner (RuleNumber: 20007)", code="not-found")
    return reply(_resource(call, found), kind=FHIR_JSON)


async def search_roles(request: Request, asked: Asked) -> Response:
    """A searchset Bundle of at most 100 roles: of a practitioner, at an organisation, or of the one at the other."""
    call = let_in(request)
    identifier, organization = asked.text("identifier"), asked.text("organization")
    practitioner = asked.text("practitioner")
    facility = organization.removeprefix("Organization/") if organization else None
    people: list[str | None]
    if identifier:
        people = [p.master_id for p in _by_identifier(call, identifier, asked="PractitionerRole.search")]
    elif practitioner or facility:
        people = [practitioner.removeprefix("Practitioner/") if practitioner else None]
        key = "nakes-his-number" if practitioner else "organization"
        call.record("PractitionerRole.search", key, people[0] or facility, result="asked")
    else:
        raise Refused(400, "Ask with identifier, practitioner or organization", code="required")
    lookup = call.build.lookup
    roles = [
        role
        for person in people
        for role in find_roles(lookup, practitioner=person, facility=facility, most=_MOST_ROLES)
    ]
    return _searchset(call, [fhir.role_resource(role) for role in roles[:_MOST_ROLES]])


async def read_role(request: Request, asked: Asked) -> Response:
    """One role of a practitioner at a facility."""
    call, role_id = let_in(request), asked.word("role_id")
    role = find_role(call.build.lookup, role_id)
    call.record("PractitionerRole.read", "id", role_id, ids=[role.master_id] if role else [])
    if role is None:
        raise Refused(404, "Resource not found PractitionerRole (RuleNumber: 20007)", code="not-found")
    return reply(fhir.role_resource(role), kind=FHIR_JSON)


_IDENTIFIER = Param("identifier", "<system>|<value>: nik, nakes-his-number")
OPERATIONS = (
    Operation(
        "/fhir-r4/v1/Practitioner", "Practitioner", "Search practitioners", search_practitioners, (_IDENTIFIER, *PERSON)
    ),
    Operation(
        "/fhir-r4/v1/Practitioner/{number}",
        "Practitioner",
        "Read a practitioner",
        read_practitioner,
        (Param("number", most=64),),
    ),
    Operation(
        "/fhir-r4/v1/PractitionerRole",
        "Practitioner",
        "Search roles of practitioners",
        search_roles,
        (
            _IDENTIFIER,
            Param("practitioner", "Number, or Practitioner/<number>", most=80),
            Param("organization", "Id, or Organization/<id>", most=80),
        ),
    ),
    Operation(
        "/fhir-r4/v1/PractitionerRole/{role_id}",
        "Practitioner",
        "Read a role",
        read_role,
        (Param("role_id", most=64),),
    ),
)


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
