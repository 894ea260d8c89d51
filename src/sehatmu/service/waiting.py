"""Patients that the service registered and no build has yet: found at once by all that a search may ask with.

Where a build has the number, or leads on from it, the build is asked and nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sehatmu.inbox.search import InboxQuery, Wanted, list_found
from sehatmu.inbox.store import Stored, find
from sehatmu.inbox.terms import NIK, NIK_IBU, identifiers_of, values_at
from sehatmu.lookup.patients import NUMBER, Patient, find_by_number
from sehatmu.lookup.search import CAP, Born
from sehatmu.service.desk import Call

_SEXES = {"male": "M", "female": "F"}


def number_waits(call: Call, number: str) -> Patient | None:
    """The patient with this number."""
    stored = find(call.desk.inbox.reader, "Patient", number) if NUMBER.fullmatch(number) else None
    return as_patient(stored) if stored else None


def nik_waits(call: Call, nik: str) -> list[Patient]:
    """Who was registered with this NIK."""
    return _waiting(call, [[Wanted("identifier", f"{NIK}|{nik}")]])


def children_wait(call: Call, mother_nik: str) -> list[Patient]:
    """The newborns of the mother with this NIK, in the order of their birth."""
    found = _waiting(call, [[Wanted("identifier", f"{NIK_IBU}|{mother_nik}")]])
    return sorted(found, key=lambda p: (p.birth or 0, p.birth_order or 0, p.number))


def described_wait(call: Call, name: str, born: Born, gender: str) -> list[Patient]:
    """Whose name holds every word of this one, born within that time, of that gender; none where they are many."""
    words = [[Wanted("name", part=word)] for word in name.upper().split()]
    days = [Wanted("birthdate", _text(born.first), until=_text(born.last) + "~")]
    found = _waiting(call, [*words, days, [Wanted("gender", gender.upper())]])
    return found if len(found) <= CAP else []


def as_patient(stored: Stored) -> Patient:
    """The patient as a build would have them."""
    told = stored.resource
    identifiers = dict(reversed(identifiers_of(told)))
    marital = next(values_at(told, "maritalStatus.coding.code"), None)
    return Patient(
        number=stored.id,
        nik=identifiers.get(NIK),
        is_confirmed=False,
        birth=_number(told.get("birthDate")),
        sex=_SEXES.get(str(told.get("gender"))),
        mother_nik=identifiers.get(NIK_IBU),
        nama=next(values_at(told, "name.text"), None),
        birth_order=told.get("multipleBirthInteger"),
        status_kawin=marital,
        alamat=next(values_at(told, "address.line"), None),
        is_deceased=True if told.get("deceasedBoolean") or told.get("deceasedDateTime") else None,
        build_date=stored.at[:10],
    )


def _waiting(call: Call, terms: Sequence[Sequence[Wanted]]) -> list[Patient]:
    found = list_found(call.desk.inbox.reader, InboxQuery("Patient", terms), most=CAP + 1)
    return [as_patient(one) for one in found if find_by_number(call.build.lookup, one.id) is None]


def _number(birth: Any) -> int | None:
    """`1990-01-31` as 19900131; a year or a month alone is no day to compare with."""
    digits = str(birth or "").replace("-", "")
    return int(digits) if len(digits) == 8 and digits.isdigit() else None


def _text(day: int) -> str:
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"
