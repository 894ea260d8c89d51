"""Practitioners in the lookup file: by number, NIK or key, with their roles and their licences."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sehatmu.lookup.read import current_id
from sehatmu.lookup.tables import LICENCE_BODY, PRACTITIONER_BODY, ROLE_BODY


class Practitioner(NamedTuple):
    """One golden record of the Master Nakes Index."""

    master_id: str
    nik: str | None
    is_confirmed: bool
    birth: int | None
    sex: str | None
    nama: str | None
    nama_lengkap: str | None
    profession_code: str | None
    profession_name: str | None
    speciality: str | None
    build_date: str


class Role(NamedTuple):
    """One practitioner at one facility."""

    role_id: str
    master_id: str
    facility_id: str | None
    profession: str | None
    speciality: str | None
    sip_number: str | None
    from_date: str | None
    to_date: str | None
    facility_code: str | None
    build_date: str


class Licence(NamedTuple):
    """One STR or SIP of a practitioner."""

    kind: str
    number: str
    profession_code: str | None
    facility_id: str | None
    issued_date: str | None
    expires_date: str | None
    status: str | None


assert Practitioner._fields[-len(PRACTITIONER_BODY) :] == PRACTITIONER_BODY
assert Role._fields[-len(ROLE_BODY) :] == ROLE_BODY
assert Licence._fields == LICENCE_BODY


def find_practitioner(con: sqlite3.Connection, master_id: str) -> Practitioner | None:
    """The practitioner with this number, or the one to whom it leads since a merge."""
    return next(_ask(con, "master_id = ?", current_id(con, "mni", master_id)), None)


def find_practitioners_by_nik(con: sqlite3.Connection, nik: str) -> list[Practitioner]:
    """Who has this NIK: the one for whom it is confirmed, else all who claim it."""
    found = list(_ask(con, "nik = ? ORDER BY is_confirmed DESC, master_id", int(nik)))
    return found[:1] if found and found[0].is_confirmed else found


def find_role(con: sqlite3.Connection, role_id: str) -> Role | None:
    """The role with this id."""
    return next(_roles(con, "role_id = ?", role_id), None)


def find_roles(
    con: sqlite3.Connection, *, practitioners: Sequence[str] | None, facility: str | None, most: int, skip: int = 0
) -> tuple[list[Role], int]:
    """Roles of these practitioners, at a facility, or of the ones at the other (None does not filter): at most `most`
    after the first `skip` in the order of their ids, and how many there are. Ids that gave way lead to current ones."""
    where, values = "true", []
    if practitioners is not None:
        where += f" AND master_id IN ({', '.join('?' * len(practitioners))})"
        values += [current_id(con, "mni", master_id) for master_id in practitioners]
    if facility is not None:
        where += " AND facility_id = ?"
        values.append(current_id(con, "msi", facility))
    total = con.execute(f"SELECT count(*) FROM practitioner_role WHERE {where}", values).fetchone()[0]
    return list(_roles(con, f"{where} ORDER BY role_id LIMIT ? OFFSET ?", *values, most, skip)), int(total)


def find_licences(con: sqlite3.Connection, master_id: str) -> list[Licence]:
    """Licences of a practitioner, by kind and number."""
    query = "SELECT body FROM practitioner_licence WHERE master_id = ? ORDER BY rowid"
    return [Licence(*json.loads(body)) for (body,) in con.execute(query, (master_id,))]


def _ask(con: sqlite3.Connection, where: str, *values: object) -> Iterator[Practitioner]:
    query = f"SELECT master_id, nik, is_confirmed, birth, sex, nama, body FROM practitioner WHERE {where}"
    for master_id, nik, is_confirmed, birth, sex, nama, body in con.execute(query, values):
        digits = None if nik is None else f"{nik:016d}"
        yield Practitioner(master_id, digits, bool(is_confirmed), birth, sex, nama, *json.loads(body))


def _roles(con: sqlite3.Connection, where: str, *values: object) -> Iterator[Role]:
    query = f"SELECT role_id, master_id, facility_id, body FROM practitioner_role WHERE {where}"
    for role_id, master_id, facility_id, body in con.execute(query, values):
        yield Role(role_id, master_id, facility_id, *json.loads(body))
