"""Facilities in the lookup file: by id, and lists by any filter of the platform, page by page.

A facility is the platform's own row of its list (`Facility.row`, as it answers it) and the day of its last change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sehatmu.lookup.read import current_id


class Facility(NamedTuple):
    """`updated` is 20261123, the date of the build that changed the row last."""

    master_id: str
    updated: int
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FacilityQuery:
    """Filters, all of which must hold; None or empty does not filter. Dates are 20261123.

    `identifier` is a pair of namespace and code; `name` is any part of the name; `managed_by` is the facility itself.
    """

    kinds: Sequence[str] = ()
    master_id: str | None = None
    kode_sarana: str | None = None
    name: str | None = None
    provinsi: str | None = None
    kabkota: str | None = None
    kecamatan: str | None = None
    status_aktif: bool | None = None
    status_sarana: str | None = None
    identifier: tuple[str, str] | None = None
    administered_by: str | None = None
    managed_by: str | None = None
    updated_from: int | None = None
    updated_to: int | None = None
    descending: bool = False
    order: str = "master_id"


_ORDERS = ("master_id", "nama", "updated")


def find_facility(con: sqlite3.Connection, master_id: str) -> Facility | None:
    """The facility with this id, or the one to which it leads since a merge."""
    query = "SELECT master_id, updated, body FROM facility WHERE master_id = ?"
    return next(_facilities(con.execute(query, (current_id(con, "msi", master_id),))), None)


def follow(con: sqlite3.Connection, asked: FacilityQuery) -> FacilityQuery:
    """The same question with the ids that hold now, where it names ones that gave way."""
    told = {name: getattr(asked, name) for name in ("master_id", "managed_by", "administered_by")}
    current = {name: current_id(con, "msi", one) for name, one in told.items() if one is not None}
    return replace(asked, **current)  # type: ignore[arg-type]


def count_facilities(con: sqlite3.Connection, asked: FacilityQuery) -> int:
    """How many facilities the filters leave."""
    where, values = _where(asked)
    return int(con.execute(f"SELECT count(*) FROM facility WHERE {where}", values).fetchone()[0])


def list_facilities(con: sqlite3.Connection, asked: FacilityQuery, *, most: int, skip: int = 0) -> list[Facility]:
    """At most `most` of them after the first `skip`, in the asked order, equals by id."""
    where, values = _where(asked)
    order = asked.order if asked.order in _ORDERS else "master_id"
    way = "DESC" if asked.descending else "ASC"
    ordered = f"ORDER BY {order} {way}, master_id LIMIT ? OFFSET ?"
    query = f"SELECT master_id, updated, body FROM facility WHERE {where} {ordered}"
    return list(_facilities(con.execute(query, (*values, most, skip))))


def _where(asked: FacilityQuery) -> tuple[str, list[Any]]:
    exact = {
        "master_id": asked.master_id, "kode_sarana": asked.kode_sarana, "provinsi": asked.provinsi,
        "kabkota": asked.kabkota, "kecamatan": asked.kecamatan, "status_sarana": asked.status_sarana,
        "administered_by": asked.administered_by,
        "status_aktif": None if asked.status_aktif is None else int(asked.status_aktif),
    }  # fmt: skip
    conditions: list[tuple[str, list[Any]]] = [
        (f"{column} = ?", [value]) for column, value in exact.items() if value is not None
    ]
    if asked.kinds:
        conditions.append((f"jenis IN ({', '.join('?' * len(asked.kinds))})", list(asked.kinds)))
    if asked.name is not None:
        conditions.append(("instr(upper(nama), upper(?)) > 0", [asked.name]))
    if asked.updated_from is not None:
        conditions.append(("updated >= ?", [asked.updated_from]))
    if asked.updated_to is not None:
        conditions.append(("updated <= ?", [asked.updated_to]))
    if asked.managed_by is not None:
        conditions.append(("master_id = ?", [asked.managed_by]))
    if asked.identifier is not None:
        listed = "SELECT master_id FROM facility_identifier WHERE namespace = ? AND code = ?"
        conditions.append((f"master_id IN ({listed})", list(asked.identifier)))
    where = " AND ".join(condition for condition, _ in conditions) or "true"
    return where, [value for _, values in conditions for value in values]


def _facilities(rows: sqlite3.Cursor) -> Iterator[Facility]:
    for master_id, updated, body in rows:
        yield Facility(master_id, updated, json.loads(body))
