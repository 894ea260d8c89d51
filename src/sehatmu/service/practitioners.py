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
from sehatmu.service.description import search_described, who_agree
from sehatmu.service.desk import Call, let_in
from sehatmu.service.identifiers import is_system, read_identifier, read_nik, unknown_system
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.paging import PAGING, paged, read_page
from sehatmu.service.patients import ID_PARAM, NIK_PARAM, PERSON, one_identifier


async def search_practitioners(request: Request, asked: Asked) -> Response:
    """A searchset Bundle: by NIK or number (with name or birth date, they have to fit), or by name, birth date and
    gender."""
    call, identifier = let_in(request), one_identifier(asked, fhir.HIS)
    name, birthdate, gender = asked.text("name"), asked.text("birthdate"), asked.text("gender")
    if identifier:
        key, value, people = _identified(call, identifier)
        people = who_agree(call, people, name, birthdate)
        call.record("Practitioner.search", key, value, ids=[one.master_id for one in people])
    elif name and birthdate and gender:
        people = await search_described(
            call,
            "Practitioner.search",
            ("practitioner", "master_id"),
            lambda lookup, master_id: find_practitioner(lookup, str(master_id)),
            lambda practitioner: practitioner.master_id,
            (name, birthdate, gender),
        )
    else:
        raise Refused(400, "Ask with identifier, or with name, birthdate and gender", code="required")
    return reply(fhir.bundle(call.base, call.url, [_resource(call, one) for one in people]), kind=FHIR_JSON)


async def read_practitioner(request: Request, asked: Asked) -> Response:
    """The practitioner with this number; a number that gave way leads to the current one."""
    call, number = let_in(request), asked.word("number")
    found = find_practitioner(call.build.lookup, number)
    call.record("Practitioner.read", "nakes-his-number", number, ids=[found.master_id] if found else [])
    if found is None:
        raise Refused(404, "Resource not found Practitioner (RuleNumber: 20007)", code="not-found")
    return reply(_resource(call, found), kind=FHIR_JSON)


async def search_roles(request: Request, asked: Asked) -> Response:
    """A searchset Bundle, page by page: roles of a practitioner, at an organisation, or of the one at the other."""
    call, page = let_in(request), read_page(asked)
    organization, practitioner = asked.text("organization"), asked.text("practitioner")
    people: list[str] | None = None
    if identifier := asked.text("identifier"):
        key, value, known = _identified(call, identifier)
        people = [one.master_id for one in known]
    elif practitioner:
        key, value = "nakes-his-number", practitioner.removeprefix("Practitioner/")
        people = [value]
    elif organization:
        key, value = "organization", organization.removeprefix("Organization/")
    else:
        raise Refused(400, "Ask with identifier, practitioner or organization", code="required")
    facility = organization.removeprefix("Organization/") if organization else None
    roles, total = find_roles(
        call.build.lookup, practitioners=people, facility=facility, most=page.most, skip=page.skip
    )
    call.record("PractitionerRole.search", key, value, ids=sorted({role.master_id for role in roles}))
    return paged(call, page, [fhir.role_resource(role) for role in roles], total)


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
        "/fhir-r4/v1/Practitioner",
        "Practitioner",
        "Search practitioners",
        search_practitioners,
        (_IDENTIFIER, *PERSON, NIK_PARAM, ID_PARAM),
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
            *PAGING,
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


def _identified(call: Call, text: str) -> tuple[str, str, list[Practitioner]]:
    """What an identifier is to the audit, its value, and whose it is."""
    identifier, lookup = read_identifier(text), call.build.lookup
    if is_system(identifier, fhir.NIK):
        nik = read_nik(identifier.value)
        return "nik", nik, find_practitioners_by_nik(lookup, nik)
    if is_system(identifier, fhir.HIS):
        one = find_practitioner(lookup, identifier.value)
        return "nakes-his-number", identifier.value, [one] if one else []
    raise unknown_system()


def _resource(call: Call, practitioner: Practitioner) -> fhir.Resource:
    return fhir.practitioner_resource(practitioner, find_licences(call.build.lookup, practitioner.master_id))
