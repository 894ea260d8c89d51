"""Registering patients: adults by NIK, newborns by their mother's, with the replies of the platform, which are no FHIR.

A new patient gets a number of the service's own range, is found at once, and joins the next build with it.
"""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.identity.numbers import one_number
from sehatmu.inbox.patients import region_of
from sehatmu.inbox.store import Change, InboxError, find
from sehatmu.inbox.terms import NIK, NIK_IBU, bare_system, identifiers_of
from sehatmu.lookup.civil import is_citizen, refused_attributes
from sehatmu.lookup.patients import NUMBER, Patient, find_by_nik, find_by_number, find_children
from sehatmu.service import fhir
from sehatmu.service.body import PATCH_KINDS, read_body
from sehatmu.service.desk import Call, let_in
from sehatmu.service.identifiers import NIK_FORM
from sehatmu.service.issues import Issue
from sehatmu.service.keeping import keep, no_store
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import JSON, Refused, reply
from sehatmu.service.validate import refusal, typed, validate
from sehatmu.service.waiting import as_patient, children_wait, nik_waits
from sehatmu.service.writes import PATCH_BODY, REFUSALS, apply_patch, expected_version, resource_body

_NEWBORN_DAYS = 60
_NIK_RULE, _BIRTH_RULE, _NOT_ALLOWED, _MARITAL_RULE = 10166, 10397, 20015, 10397
_ELEMENTS = {
    "name": "Patient.name", "birth_date": "Patient.birthDate", "sex": "Patient.gender", "region": "Patient.address",
}  # fmt: skip
_SEXES = {"male": "M", "female": "F"}
_FOUND = "Failed to create new patient, another identifier has found"
_CREATED = "New Patient has been created successfully"
_MOTHER = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH", "display": "mother"}


async def create_patient(request: Request, _: Asked) -> Response:
    """Registers an adult (identifier nik) or a newborn (nik-ibu); 200 in every case, in the platform's words.

    Created, with the number; a NIK that the civil register does not know ("Citizen Not Exists", where the register of
    its district is at hand); elements of which the register says something else under that NIK, by name; or already
    present, with the number that there is.
    """
    call, began = let_in(request), perf_counter()
    told = typed(await read_body(request), "Patient")
    resource, nik, mother_nik = _checked(call, "Patient.create", {**told, "id": "new"})
    if nik is not None:
        return await _register(call, resource, nik)
    assert mother_nik is not None
    return await _register_newborn(call, resource, mother_nik, began)


async def replace_patient(request: Request, asked: Asked) -> Response:
    """The body takes the place of what this organisation registered; it holds the same `id`."""
    call, number = let_in(request), asked.word("number")
    told = typed(await read_body(request), "Patient")
    if told.get("id") != number:
        raise Refused(400, "id is required in the body, and the same as in the path", code="required")
    return await _change(call, request, number, told)


async def patch_patient(request: Request, asked: Asked) -> Response:
    """JSON Patch of a patient that this organisation registered; others are changed by who registered them (20015)."""
    call, number = let_in(request), asked.word("number")
    return await _change(call, request, number, await read_body(request, PATCH_KINDS))


async def _register(call: Call, resource: dict[str, Any], nik: str) -> Response:
    if (present := _present(call, resource, nik)) is not None:
        return _already(call, nik, present)
    if (message := _against_register(call, resource, nik)) is not None:
        call.record("Patient.create", "nik", nik, result="refused")
        return reply({"success": False, "message": message}, kind=JSON)
    number = await _new_number(call)
    try:
        await keep(call, "Patient.create", [_as_new(call, resource, number)], key="nik", value=nik)
    except Refused as refused:
        present = _present(call, resource, nik) if refused.code == "duplicate" else None
        if present is None:
            raise
        return _already(call, nik, present)  # another request was faster
    return reply({"success": True, "message": _CREATED, "data": {"Patient ID:": number, "patient_id": number}})


async def _register_newborn(call: Call, resource: dict[str, Any], mother_nik: str, began: float) -> Response:
    present = _sibling(call, resource, mother_nik)
    if present is not None:
        call.record("Patient.create", "nik-ibu", mother_nik, ids=[present], result="present")
        told = {"success": False, "message": _FOUND, "data": {"patient_id": present, "resourceID": present}}
        return reply({"create_patient": told})
    number, mother = await _new_number(call), str(uuid4())
    link = [{"other": {"reference": f"RelatedPerson/{mother}"}, "type": "seealso"}]
    related = {
        "resourceType": "RelatedPerson",
        "id": mother,
        "active": True,
        "patient": {"reference": f"Patient/{number}"},
        "relationship": [{"coding": [_MOTHER]}],
    }
    changes = [_as_new(call, {**resource, "link": link}, number), Change(related, call.client.organization)]
    await keep(call, "Patient.create", changes, key="nik-ibu", value=mother_nik)
    done = {"success": True, "message": "Related Patient has been created successfully"}
    return reply(
        {
            "create_patient": {"success": True, "message": _CREATED, "data": {"patient_id": number}},
            "create_related_patient": {**done, "data": {"related_patient_id": mother}},
            "update_link_patient": {"success": True, "message": "Link Patient has been updated successfully"},
            "log_time": {"total": f"{perf_counter() - began:.3f}s"},
        }
    )


async def _change(call: Call, request: Request, number: str, told: Any) -> Response:
    """The next version, from the whole resource or from the steps of a patch."""
    former = find(call.desk.inbox.reader, "Patient", number) if NUMBER.fullmatch(number) else None
    if former is None and (not NUMBER.fullmatch(number) or find_by_number(call.build.lookup, number) is None):
        raise Refused(404, "Resource not found Patient (RuleNumber: 20007)", code="not-found")
    if former is None or former.organization != call.client.organization:
        text = f"This organization did not register the patient, and may not change them (RuleNumber: {_NOT_ALLOWED})"
        raise Refused(403, text, code="forbidden")
    expected_version(request, former)
    changed = apply_patch(former.resource, told) if isinstance(told, list) or request.method == "PATCH" else told
    resource, nik, mother_nik = _checked(call, "Patient.update", changed, former=as_patient(former))
    key, value = ("nik", nik) if nik is not None else ("nik-ibu", mother_nik)
    change = Change(resource, former.organization, former.version)
    await keep(call, "Patient.update", [change], key=key, value=value)
    message = "Patient has been updated successfully"
    return reply({"code": 200, "error": False, "message": message, "data": {"patient_id": number}})


def _checked(
    call: Call, asked: str, told: dict[str, Any], *, former: Patient | None = None
) -> tuple[dict[str, Any], str | None, str | None]:
    """The resource as it is kept, its NIK and the mother's; Refused (400) with everything that is wrong."""
    resource, issues = validate(call, told)
    nik = mother_nik = None
    if not any(issue.code == "structure" for issue in issues):
        identifiers = dict(reversed(identifiers_of(resource)))
        nik, mother_nik = identifiers.get(NIK), identifiers.get(NIK_IBU)
        issues += _about_numbers(nik, mother_nik)
        issues += _about_birth(call, resource, is_newborn=nik is None and former is None)
    if issues:
        call.record(asked, "id", None, result="refused")
        raise refusal(issues)
    return resource, nik, mother_nik


def _about_numbers(nik: str | None, mother_nik: str | None) -> list[Issue]:
    if nik is None and mother_nik is None:
        text = "Element not found : Patient.identifier (nik, or nik-ibu of a newborn)"
        return [Issue(text, "Patient.identifier", _NIK_RULE)]
    if not all(NIK_FORM.fullmatch(one) for one in (nik, mother_nik) if one is not None):
        return [Issue("Invalid identifier value, 16 digits are expected", "Patient.identifier", _NIK_RULE)]
    return []


def _about_birth(call: Call, resource: dict[str, Any], *, is_newborn: bool) -> list[Issue]:
    """Nobody is born in the future; a newborn is single, and no older than 60 days when registered."""
    birth, today = str(resource.get("birthDate", "")), call.desk.now().date() + timedelta(days=1)
    if birth > today.isoformat():
        return [Issue("Invalid date value : Patient.birthDate is in the future", "Patient.birthDate", _BIRTH_RULE)]
    issues = []
    if is_newborn and birth < (today - timedelta(days=_NEWBORN_DAYS + 1)).isoformat():
        text = f"A newborn is no older than {_NEWBORN_DAYS} days: register with the patient's own nik"
        issues.append(Issue(text, "Patient.birthDate", _BIRTH_RULE))
    marital = [one.get("code") for one in resource.get("maritalStatus", {}).get("coding", ())]
    if is_newborn and marital and not {"S", "U"} & set(marital):
        text = "Invalid value, a newborn is not married : Patient.maritalStatus"
        issues.append(Issue(text, "Patient.maritalStatus", _MARITAL_RULE))
    return issues


def _present(call: Call, resource: dict[str, Any], nik: str) -> str | None:
    """Who has the NIK: whom the register confirms, or who agrees in birth date and sex."""
    birth, sex = str(resource["birthDate"]).replace("-", ""), _SEXES.get(resource["gender"])
    for one in find_by_nik(call.build.lookup, nik):
        agrees = (one.birth is None or str(one.birth) == birth) and sex in (one.sex, None)
        if one.is_confirmed or agrees:
            return one.number
    return next((one.number for one in nik_waits(call, nik)), None)


def _against_register(call: Call, resource: dict[str, Any], nik: str) -> str | None:
    """What the civil register has against a registration: that NIK, or elements that it knows otherwise, by name."""
    if not is_citizen(call.build.lookup, nik):
        return "Citizen Not Exists"
    told = {
        "name": resource["name"][0].get("text"),
        "birth_date": str(resource["birthDate"]),
        "sex": _SEXES.get(resource["gender"]),
        "region": region_of(resource),
    }
    ranker = call.desk.builds.ranker(call.build)
    elements = [_ELEMENTS[name] for name in refused_attributes(call.build.lookup, nik, told, ranker)]
    return f"Data does not match the civil register : {', '.join(elements)}" if elements else None


def _sibling(call: Call, resource: dict[str, Any], mother_nik: str) -> str | None:
    """The child of that mother with the same name, birth date, sex and birth order."""
    birth, sex = str(resource["birthDate"]).replace("-", ""), _SEXES.get(resource["gender"])
    name, order = _words(resource["name"][0].get("text")), resource["multipleBirthInteger"]
    for one in (*find_children(call.build.lookup, mother_nik), *children_wait(call, mother_nik)):
        if (str(one.birth), one.sex, one.birth_order, _words(one.nama)) == (birth, sex, order, name):
            return one.number
    return None


def _words(name: str | None) -> list[str]:
    return (name or "").upper().split()


def _already(call: Call, nik: str, number: str) -> Response:
    call.record("Patient.create", "nik", nik, ids=[number], result="present")
    return reply({"success": False, "message": _FOUND, "data": {"resourceID": number}})


def _as_new(call: Call, resource: dict[str, Any], number: str) -> Change:
    others = [one for one in resource["identifier"] if bare_system(str(one.get("system", ""))) != bare_system(fhir.IHS)]
    own = {"system": fhir.IHS, "use": "official", "value": number}
    return Change({**resource, "id": number, "identifier": [own, *others]}, call.client.organization)


async def _new_number(call: Call) -> str:
    """A number that neither the inbox nor the build has."""
    desk = call.desk

    def number_of(counter: int) -> str | None:
        number = one_number(counter, desk.inbox.numbering)
        return number if find_by_number(desk.builds.aside(call.build), number) is None else None

    try:
        return await desk.inbox.writer.reserve("Patient", number_of)
    except InboxError as error:
        raise no_store(error) from None


_PATH, _NUMBER = "/fhir-r4/v1/Patient", (Param("number", most=64),)
OPERATIONS = (
    Operation(
        _PATH, "Patient", "Register a patient", create_patient, method="POST", body=resource_body("Patient"),
        refusals=REFUSALS,
    ),
    Operation(
        f"{_PATH}/{{number}}", "Patient", "Replace a patient", replace_patient, _NUMBER, method="PUT",
        body=resource_body("Patient"), refusals=REFUSALS,
    ),
    Operation(
        f"{_PATH}/{{number}}", "Patient", "Change a patient", patch_patient, _NUMBER, method="PATCH", body=PATCH_BODY,
        refusals=REFUSALS,
    ),
)  # fmt: skip
