"""Regions in the lookup file: provinces, regencies, districts and villages that are valid on the day of the build."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

#: Level → the digits of its codes, as the platform names the lists.
LEVELS = {"provinces": 2, "cities": 4, "districts": 6, "sub-districts": 10}


class Region(NamedTuple):
    """`parent_code` is empty for a province."""

    code: str
    parent_code: str
    bps_code: str | None
    name: str


def count_regions(con: sqlite3.Connection, level: str, codes: Sequence[str], parents: Sequence[str]) -> int:
    """How many regions of a level have one of the codes and one of the parents; empty does not filter."""
    where, values = _where(level, codes, parents)
    return int(con.execute(f"SELECT count(*) FROM region WHERE {where}", values).fetchone()[0])


def list_regions(
    con: sqlite3.Connection,
    level: str,
    codes: Sequence[str] = (),
    parents: Sequence[str] = (),
    *,
    most: int = -1,
    skip: int = 0,
) -> list[Region]:
    """Those regions in the order of their codes, at most `most` after the first `skip`."""
    where, values = _where(level, codes, parents)
    query = f"SELECT code, parent, bps, nama FROM region WHERE {where} ORDER BY code LIMIT ? OFFSET ?"
    return [Region(*row) for row in con.execute(query, (*values, most, skip))]


def _where(level: str, codes: Sequence[str], parents: Sequence[str]) -> tuple[str, list[object]]:
    where, values = "length(code) = ?", [LEVELS[level]]
    listed: list[object] = [*values]
    for column, wanted in (("code", codes), ("parent", parents)):
        if wanted:
            where += f" AND {column} IN ({', '.join('?' * len(wanted))})"
            listed += wanted
    return where, listed
