"""`/fhir-r4/v1/Patient`: by NIK, by the mother's NIK, by name and birth date, by number.

Each look-up is in the audit log before it is answered, with the hash of what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from sehatmu.lookup.patients import (
    NUMBER,
    Patient,
    find_by_nik,
    find_by_number,
    find_children,
    find_former_numbers,
)
from sehatmu.lookup.rank import Person, rank
from sehatmu.lookup.search import Born, Vague, read_born, search
from sehatmu.service import fhir
from sehatmu.service.desk import Call, LetIn
from sehatmu.service.identifiers import is_system, read_identifier, read_nik, unknown_system
from sehatmu.service.outcome import FHIR_JSON, Refused, reply

router = APIRouter(prefix="/fhir-r4/v1", tags=["Patient"])

Text = Annotated[str | None, Query(max_length=200)]
GENDERS = {"male": "M", "female": "F"}


@router.get("/Patient", summary="Search patients", response_class=Response)
async def search_patients(
    call: LetIn,
    identifier: Annotated[str | None, Query(max_length=200, description="<system>|<value>: nik, nik-ibu, ihs-number")] = None,
    name: Annotated[str | None, Query(max_length=200, description="At least 3 letters, any part of the name")] = None,
    birthdate: Annotated[str | None, Query(max_length=20, description="YYYY, YYYY-MM or YYYY-MM-DD")] = None,
    gender: Annotated[str | None, Query(max_length=20, description="male or female")] = None,
    nik: Annotated[str | None, Query(max_length=40, description="The same as identifier=<nik system>|<nik>")] = None,
) -> Response:
    """A searchset Bundle; `total` 0 and no entry where nobody is found.

    Ask with a NIK, with the mother's NIK, with name, birth date and NIK, or with name, birth date and gender.
    """
    if identifier and nik:
        raise Refused(400, "Ask with identifier or with nik, not with both")
    if nik:
        identifier = f"{fhir.NIK}|{nik}"
    if identifier:
        return _by_identifier(call, identifier, name, birthdate)
    if name and birthdate and gender:
        return await _by_description(call, name, birthdate, gender)
    raise Refused(400, "Ask with identifier (nik, nik-ibu), or with name, birthdate and gender", code="required")


@router.get("/Patient/{number}", summary="Read a patient", response_class=Response)
async def read_patient(call: LetIn, number: Annotated[str, Path(max_length=64)]) -> Response:
    """The patient with this IHS number; a number that gave way leads to the current one, whose id is another."""
    patient = find_by_number(call.build.lookup, number) if NUMBER.fullmatch(number) else None
    call.record("Patient.read", "ihs-number", number, ids=[patient.number] if patient else [])
    if patient is None:
        raise Refused(404, "Resource not found Patient (RuleNumber: 20007)", code="not-found")
    return reply(_brief(call, patient), kind=FHIR_JSON)


def _by_identifier(call: Call, text: str, name: str | None, birthdate: str | None) -> Response:
    identifier = read_identifier(text)
    if is_system(identifier, fhir.NIK_IBU):
        children = find_children(call.build.lookup, nik := read_nik(identifier.value))
        call.record("Patient.search", "nik-ibu", nik, ids=[child.number for child in children])
        return _searchset(call, [fhir.patient_by_description(child) for child in children])
    if is_system(identifier, fhir.NIK):
        nik = read_nik(identifier.value)
        found = find_by_nik(call.build.lookup, nik)
        if name or birthdate:
            found = _who_agree(call, found, name, birthdate)
        key = "nik+name+birthdate" if name or birthdate else "nik"
        call.record("Patient.search", key, nik, ids=[patient.number for patient in found])
        return _searchset(call, [_brief(call, patient) for patient in found])
    if is_system(identifier, fhir.IHS):
        one = find_by_number(call.build.lookup, identifier.value) if NUMBER.fullmatch(identifier.value) else None
        found = [one] if one else []
        call.record("Patient.search", "ihs-number", identifier.value, ids=[patient.number for patient in found])
        return _searchset(call, [_brief(call, patient) for patient in found])
    raise unknown_system()


async def _by_description(call: Call, name: str, birthdate: str, gender: str) -> Response:
    if gender.lower() not in GENDERS:
        raise Refused(400, "gender is male or female")
    sex, asked = GENDERS[gender.lower()], "|".join((name.upper(), birthdate, gender.lower()))
    desk, build = call.desk, call.build

    def look() -> list[Patient]:
        lookup = desk.builds.aside(build)
        hits = search(lookup, "patient", "number", desk.builds.ranker(build), name, read_born(birthdate), sex)
        found = [find_by_number(lookup, f"P{hit.key:011d}") for hit in hits]
        return [patient for patient in found if patient is not None]

    try:
        patients = await run_in_threadpool(look)
    except Vague as vague:
        call.record("Patient.search", "name+birthdate+gender", asked, result="refused")
        raise Refused(400, vague.fact[0].upper() + vague.fact[1:], code="too-costly") from None
    call.record("Patient.search", "name+birthdate+gender", asked, ids=[patient.number for patient in patients])
    return _searchset(call, [fhir.patient_by_description(patient) for patient in patients])


def _who_agree(call: Call, found: Sequence[Patient], name: str | None, birthdate: str | None) -> list[Patient]:
    """Those who were born then, and whose name linkage holds to be the same."""
    born = _born(birthdate) if birthdate else None
    kept = [p for p in found if born is None or (p.birth is not None and born.first <= p.birth <= born.last)]
    if not name:
        return kept
    # The date is held to agree: what is asked of linkage is the name.
    day = 19000131
    ranked = rank(call.desk.builds.ranker(call.build), Person(name, day, None), [Person(p.nama, day, None) for p in kept])
    upper = name.upper()
    agree = {at.place for at in ranked if at.is_possible or upper in (kept[at.place].nama or "").upper()}
    return [patient for place, patient in enumerate(kept) if place in agree]


def _born(birthdate: str) -> Born:
    try:
        return read_born(birthdate)
    except Vague as vague:
        raise Refused(400, vague.fact[0].upper() + vague.fact[1:]) from None


def _brief(call: Call, patient: Patient) -> fhir.Resource:
    return fhir.patient_in_brief(patient, find_former_numbers(call.build.lookup, patient.number))


def _searchset(call: Call, resources: list[fhir.Resource]) -> Response:
    return reply(fhir.bundle(call.base, call.url, resources), kind=FHIR_JSON)
