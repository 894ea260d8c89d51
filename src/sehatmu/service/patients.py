"""`/fhir-r4/v1/Patient`: by NIK, by the mother's NIK, by name and birth date, by number.

Each look-up is in the audit log before it is answered, with the hash of what was asked.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sehatmu.lookup.patients import (
    NUMBER,
    Patient,
    find_by_nik,
    find_by_number,
    find_children,
    find_former_numbers,
)
from sehatmu.lookup.search import read_born
from sehatmu.service import fhir
from sehatmu.service.description import search_described, who_agree
from sehatmu.service.desk import Call, let_in
from sehatmu.service.identifiers import is_system, read_identifier, read_nik, unknown_system
from sehatmu.service.operation import Asked, Operation, Param
from sehatmu.service.outcome import FHIR_JSON, Refused, reply
from sehatmu.service.waiting import children_wait, described_wait, nik_waits, number_waits

PERSON = (
    Param("name", "At least 3 letters, any part of the name"),
    Param("birthdate", "YYYY, YYYY-MM or YYYY-MM-DD", most=20),
    Param("gender", "male or female", most=20),
)
NIK_PARAM = Param("nik", "The same as identifier=<nik system>|<nik>", most=40)
ID_PARAM = Param("_id", "The number, as in the path", most=64)


def one_identifier(asked: Asked, number: str) -> str | None:
    """What `identifier`, `nik` or `_id` asks for, as an identifier; `number` is the system of an `_id`."""
    systems = {"nik": fhir.NIK, "_id": number}
    told = [f"{system}|{value}" for name, system in systems.items() if (value := asked.text(name))]
    told += [identifier] if (identifier := asked.text("identifier")) else []
    if len(told) > 1:
        raise Refused(400, "Ask with one of identifier, nik and _id")
    return told[0] if told else None


async def search_patients(request: Request, asked: Asked) -> Response:
    """A searchset Bundle; `total` 0 and no entry where nobody is found.

    Ask with a NIK, the mother's NIK or a number; with name, birth date and NIK; with name, birth date and gender.
    """
    call = let_in(request)
    identifier = one_identifier(asked, fhir.IHS)
    name, birthdate, gender = asked.text("name"), asked.text("birthdate"), asked.text("gender")
    if identifier:
        return _by_identifier(call, identifier, name, birthdate)
    if name and birthdate and gender:
        return await _by_description(call, name, birthdate, gender)
    raise Refused(400, "Ask with identifier (nik, nik-ibu), or with name, birthdate and gender", code="required")


async def read_patient(request: Request, asked: Asked) -> Response:
    """The patient with this IHS number; a number that gave way leads to the current one, whose id is another."""
    call, number = let_in(request), asked.word("number")
    patient = _by_number(call, number)
    call.record("Patient.read", "ihs-number", number, ids=[patient.number] if patient else [])
    if patient is None:
        raise Refused(404, "Resource not found Patient (RuleNumber: 20007)", code="not-found")
    former = find_former_numbers(call.build.lookup, patient.number)
    return reply(fhir.patient_in_brief(patient, former), kind=FHIR_JSON)


OPERATIONS = (
    Operation(
        "/fhir-r4/v1/Patient",
        "Patient",
        "Search patients",
        search_patients,
        (
            Param("identifier", "<system>|<value>: nik, nik-ibu, ihs-number"),
            *PERSON,
            NIK_PARAM,
            ID_PARAM,
        ),
    ),
    Operation("/fhir-r4/v1/Patient/{number}", "Patient", "Read a patient", read_patient, (Param("number", most=64),)),
)


def _by_identifier(call: Call, text: str, name: str | None, birthdate: str | None) -> Response:
    identifier = read_identifier(text)
    if is_system(identifier, fhir.NIK_IBU):
        children = find_children(call.build.lookup, nik := read_nik(identifier.value))
        children += children_wait(call, nik)
        call.record("Patient.search", "nik-ibu", nik, ids=[child.number for child in children])
        return _searchset(call, [fhir.patient_by_description(child) for child in children])
    if is_system(identifier, fhir.NIK):
        nik = read_nik(identifier.value)
        found = find_by_nik(call.build.lookup, nik) or nik_waits(call, nik)
        found = who_agree(call, found, name, birthdate)
        key = "nik+name+birthdate" if name or birthdate else "nik"
        call.record("Patient.search", key, nik, ids=[patient.number for patient in found])
        return _searchset(call, [fhir.patient_in_brief(patient) for patient in found])
    if is_system(identifier, fhir.IHS):
        one = _by_number(call, identifier.value)
        found = [one] if one else []
        call.record("Patient.search", "ihs-number", identifier.value, ids=[patient.number for patient in found])
        return _searchset(call, [fhir.patient_in_brief(patient) for patient in found])
    raise unknown_system()


async def _by_description(call: Call, name: str, birthdate: str, gender: str) -> Response:
    patients = await search_described(
        call,
        "Patient.search",
        ("patient", "number"),
        lambda lookup, key: find_by_number(lookup, f"P{key:011d}"),
        lambda patient: patient.number,
        (name, birthdate, gender),
    )
    if waiting := described_wait(call, name, read_born(birthdate), gender.lower()):
        call.record("Patient.search", "name+birthdate+gender", None, ids=[patient.number for patient in waiting])
    return _searchset(call, [fhir.patient_by_description(patient) for patient in (*patients, *waiting)])


def _by_number(call: Call, number: str) -> Patient | None:
    """Of the build, or registered since."""
    if not NUMBER.fullmatch(number):
        return None
    return find_by_number(call.build.lookup, number) or number_waits(call, number)


def _searchset(call: Call, resources: list[fhir.Resource]) -> Response:
    return reply(fhir.bundle(call.base, call.url, resources), kind=FHIR_JSON)
