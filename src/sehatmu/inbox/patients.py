"""Patients that the service registered, as rows of `faskes/pasien`: one delivery of each organisation that has any.

They are of a namespace of their own, so that they never replace what an organisation delivers itself. The number that
was given out is `no_ihs`, and makes the record number.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from sehatmu.inbox.terms import NIK, NIK_IBU, identifiers_of, values_at

#: Namespace of the organisations in these rows, as the codebook `identifier_namespaces` has it.
NAMESPACE = "sehatmu_layanan"
_CODES, _BIRTH_PLACE, _CITIZENSHIP = "administrativeCode", "birthPlace", "citizenshipStatus"
_MARITAL = {"S": "Belum Kawin", "U": "Belum Kawin", "M": "Kawin", "D": "Cerai Hidup", "W": "Cerai Mati"}

Resource = Mapping[str, Any]


def patient_row(organization: str, resource: Resource) -> dict[str, Any]:
    """The row of one Patient; what it does not tell is null."""
    identifiers = dict(reversed(identifiers_of(resource)))
    codes = _codes(resource)
    place = next(_extensions(resource, _BIRTH_PLACE), {}).get("valueAddress", {})
    return {
        "sumber_kode": NAMESPACE,
        "kode_faskes": organization,
        # A record number is personal, and stands in no public column: it is not the number itself.
        "no_rm": f"RM-{resource['id']}",
        "no_ihs": resource["id"],
        "nik": identifiers.get(NIK),
        "nama": _first(resource, "name.text"),
        "tempat_lahir": place.get("city"),
        "tanggal_lahir": resource.get("birthDate"),
        "jenis_kelamin": resource.get("gender"),
        "nik_ibu": identifiers.get(NIK_IBU),
        "urutan_kembar": resource.get("multipleBirthInteger"),
        "status_kawin": _MARITAL.get(_first(resource, "maritalStatus.coding.code")),
        "kewarganegaraan": next(_extensions(resource, _CITIZENSHIP), {}).get("valueCode"),
        "alamat": _first(resource, "address.line"),
        "rt": codes.get("rt"),
        "rw": codes.get("rw"),
        "kode_kel": region_of(resource),
        "telepon": next((told["value"] for told in values_at(resource, "telecom") if _is_phone(told)), None),
        "tanggal_meninggal": (resource.get("deceasedDateTime") or "")[:10] or None,
        "tanggal_update": resource["meta"]["lastUpdated"][:10],
    }


def region_of(resource: Resource) -> str | None:
    """The finest region code of a Patient's address: village, district, city or province."""
    codes = _codes(resource)
    return codes.get("village") or codes.get("district") or codes.get("city") or codes.get("province")


def rows_of_organizations(con: sqlite3.Connection, after: int, last: int) -> Iterator[dict[str, Any]]:
    """All patients of every organisation that registered or changed one in the versions after `after`, up to `last`.

    An organisation's rows are its whole delivery, as the contract wants them.
    """
    query = """
        SELECT organization, body FROM version WHERE seq IN (
            SELECT max(seq) FROM version WHERE kind = 'Patient' AND seq <= :last AND organization IN (
                SELECT organization FROM version WHERE kind = 'Patient' AND seq > :after AND seq <= :last)
            GROUP BY id)
        ORDER BY organization, id
    """
    yield from _rows(con, query, after, last)


def rows_of_new(con: sqlite3.Connection, after: int, last: int) -> Iterator[dict[str, Any]]:
    """The patients that were registered in the versions after `after`, up to `last`: more of a day's delivery."""
    query = """
        SELECT organization, body FROM version WHERE seq IN (
            SELECT max(seq) FROM version WHERE kind = 'Patient' AND seq <= :last AND id IN (
                SELECT id FROM version WHERE kind = 'Patient' AND version = 1 AND seq > :after AND seq <= :last)
            GROUP BY id)
        ORDER BY organization, id
    """
    yield from _rows(con, query, after, last)


def _rows(con: sqlite3.Connection, query: str, after: int, last: int) -> Iterator[dict[str, Any]]:
    for organization, body in con.execute(query, {"after": after, "last": last}):
        yield patient_row(organization, json.loads(body))


def _first(resource: Resource, element: str) -> Any:
    return next(values_at(resource, element), None)


def _is_phone(telecom: Resource) -> bool:
    return telecom.get("system") == "phone" and "value" in telecom


def _extensions(resource: Resource, name: str) -> Iterator[Resource]:
    return (one for one in resource.get("extension", ()) if str(one.get("url", "")).rpartition("/")[2] == name)


def _codes(resource: Resource) -> dict[str, str]:
    """Region codes, RT and RW of the first address that has them."""
    for address in resource.get("address", ()):
        for one in _extensions(address, _CODES):
            return {str(part.get("url")): str(part.get("valueCode", "")) for part in one.get("extension", ())}
    return {}
