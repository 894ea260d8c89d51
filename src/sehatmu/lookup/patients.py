"""Patients in the lookup file: by their number, by NIK and by their mother's NIK (`search` finds by name).

A person who is looked up by NIK is the one for whom the civil register confirms it; only where it does so for nobody
are all who claim it returned, in the order of their numbers.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from sehatmu.lookup.read import current_id
from sehatmu.lookup.tables import PATIENT_BODY

NUMBER = re.compile(r"P[0-9]{11}")
_COLUMNS = "number, nik, is_confirmed, birth, sex, mother_nik, nama, body"


class Patient(NamedTuple):
    """One golden record: `birth` is 19900131, `sex` M or F, `nik` and `mother_nik` 16 digits; any but `number` None."""

    number: str
    nik: str | None
    is_confirmed: bool
    birth: int | None
    sex: str | None
    mother_nik: str | None
    nama: str | None
    birth_order: int | None
    status_kawin: str | None
    alamat: str | None
    is_deceased: bool | None
    build_date: str


assert Patient._fields[-len(PATIENT_BODY) :] == PATIENT_BODY


def count_patients(con: sqlite3.Connection) -> int:
    """How many patients there are."""
    return int(con.execute("SELECT coalesce(sum(rows), 0) FROM counted WHERE name = 'patient'").fetchone()[0])


def find_by_number(con: sqlite3.Connection, number: str) -> Patient | None:
    """The patient with this number, or the one to whom it leads since a merge."""
    current = current_id(con, "mpi", number)
    if not NUMBER.fullmatch(current):
        return None
    found = _ask(con, "number = ?", int(current[1:]))
    return next(found, None)


def find_by_nik(con: sqlite3.Connection, nik: str) -> list[Patient]:
    """Who has this NIK (16 digits)."""
    found = list(_ask(con, "nik = ? ORDER BY is_confirmed DESC, number", int(nik)))
    return found[:1] if found and found[0].is_confirmed else found


def find_children(con: sqlite3.Connection, mother_nik: str) -> list[Patient]:
    """The children of the mother with this NIK, in the order of their birth."""
    found = _ask(con, "mother_nik = ? ORDER BY birth, number", int(mother_nik))
    return sorted(found, key=lambda p: (p.birth or 0, p.birth_order or 0, p.number))


def find_former_numbers(con: sqlite3.Connection, number: str) -> list[str]:
    """The numbers that lead to this one."""
    query = "SELECT retired_id FROM redirect WHERE idx = 'mpi' AND current_id = ? ORDER BY 1"
    return [str(retired) for (retired,) in con.execute(query, (number,))]


def _ask(con: sqlite3.Connection, where: str, *values: object) -> Iterator[Patient]:
    for number, nik, is_confirmed, birth, sex, mother, nama, body in con.execute(
        f"SELECT {_COLUMNS} FROM patient WHERE {where}", values
    ):
        yield Patient(
            f"P{number:011d}", _digits(nik), bool(is_confirmed), birth, sex, _digits(mother), nama, *json.loads(body)
        )


def _digits(nik: int | None) -> str | None:
    return None if nik is None else f"{nik:016d}"
