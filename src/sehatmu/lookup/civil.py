"""What the lookup file knows of the civil register: the NIKs of its rows, and nothing else of whoever is registered.

Name, birth date and sex are held against the register by the night; here a NIK is only known or not.
"""

from __future__ import annotations

import re
import sqlite3

_PLACEHOLDER = re.compile(r"(\d)\1{15}|\d{12}0000")
_SERIALS = 10**10


def is_citizen(con: sqlite3.Connection, nik: str) -> bool:
    """Whether a NIK of 16 digits may be somebody's: the civil register has it, or its district is not at hand.

    A NIK of no province, and one that stands for a missing one (digits all equal, serial 0000), is nobody's.
    """
    if _PLACEHOLDER.fullmatch(nik):
        return False
    if _has(con, "SELECT 1 FROM region LIMIT 1") and not _has(con, "SELECT 1 FROM region WHERE code = ?", nik[:2]):
        return False
    if _has(con, "SELECT 1 FROM civil WHERE nik = ?", int(nik)):
        return True
    first = int(nik[:6]) * _SERIALS
    return not _has(con, "SELECT 1 FROM civil WHERE nik BETWEEN ? AND ? LIMIT 1", first, first + _SERIALS - 1)


def _has(con: sqlite3.Connection, query: str, *values: object) -> bool:
    return con.execute(query, values).fetchone() is not None
