"""What the lookup file knows of the civil register: its persons by NIK, with what a registration is held against.

They are evidence, not patients, and stand in no published table: the night's standard records are where they come from.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import date

import polars as pl

from sehatmu.lookup.rank import Ranker
from sehatmu.lookup.table import sums
from sehatmu.memory import memory
from sehatmu.publish.check import Violation
from sehatmu.publish.lake_table import LakeTable
from sehatmu.standardise.civil import REGISTER
from sehatmu.standardise.one_name import read_full_name
from sehatmu.standardise.verify import READS, VERDICTS, judge_attributes

CIVIL = "civil"
# Region codes, the coarsest first, and how many digits each has.
_REGIONS = {"kab_code": 4, "kec_code": 6, "kel_code": 10}
_COLUMNS = ("source", "extract", *READS)
_SCHEMA = pl.Schema(dict.fromkeys(READS, pl.String) | {"birth_date": pl.Date})
_PLACEHOLDER = re.compile(r"(\d)\1{15}|\d{12}0000")
_SERIALS = 10**10
# Beyond that share of changed rows the table is written anew.
_FEW = 0.2


def write_civil(lookup: sqlite3.Connection, record: LakeTable | None, *, is_carried: bool) -> None:
    """Make the table of the register's persons among the standard records; an empty one without any.

    `is_carried`: the file was begun as a copy of the parent build's, so that what changed may be enough.
    """
    if is_carried and record is not None:
        changed = record.changed(list(_COLUMNS))
        if changed and sum(map(len, changed)) < _FEW * record.height:
            gone, fresh = map(_persons, changed)
            lookup.executemany(f"DELETE FROM {CIVIL} WHERE nik = ?", gone.select("nik").iter_rows())
            lookup.executemany(f"INSERT INTO {CIVIL} VALUES (?, ?, ?, ?, ?)", fresh.iter_rows())
            return
    lookup.execute(f"DROP TABLE IF EXISTS {CIVIL}")
    lookup.execute(f"CREATE TABLE {CIVIL} (nik INTEGER PRIMARY KEY, name TEXT, birth INTEGER, sex TEXT, region TEXT)")
    if record is not None:
        persons = _persons(record.read(_COLUMNS)).sort("nik")
        lookup.executemany(f"INSERT INTO {CIVIL} VALUES (?, ?, ?, ?, ?)", persons.iter_rows())


def check_civil(lookup: sqlite3.Connection, record: LakeTable | None) -> list[Violation]:
    """Whether the table has every person of the register, told by their count and a sum over NIKs and birth dates."""
    query, wanted = f"SELECT count(*){sums(('nik', 'birth'))} FROM {CIVIL}", (0, 0, 0)
    if record is not None:
        with memory() as con:
            con.register(CIVIL, _persons(record.read(_COLUMNS)))
            (wanted,) = con.sql(query).fetchall()
    if lookup.execute(query).fetchone() == wanted:
        return []
    return [Violation("lookup-content", f"lookup.sqlite {CIVIL}", "the file and the standard records differ")]


def _persons(record: pl.DataFrame) -> pl.DataFrame:
    """The register's rows as the table has them; a NIK stands in one of them (its contract's key), and one that stands
    for a missing one in none."""
    source, extract = REGISTER
    day = pl.col("birth_date")
    return record.filter(pl.col("nik").is_not_null(), source=source, extract=extract).select(
        pl.col("nik").cast(pl.Int64),
        name="name_full",
        birth=day.dt.year().cast(pl.Int64) * 10_000 + day.dt.month().cast(pl.Int64) * 100 + day.dt.day(),
        sex="sex",
        region=pl.coalesce(*reversed(_REGIONS)),
    )


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


def refused_attributes(con: sqlite3.Connection, nik: str, told: Mapping[str, str | None], ranker: Ranker) -> list[str]:
    """Which of name, birth_date, sex and region the register speaks against, by the codebook `verification_refuses`.

    `told`: `name` as written, `birth_date` (ISO), `sex` (M, F), `region` (4, 6 or 10 digits). Whoever is not in the
    register is spoken against in nothing.
    """
    row = con.execute("SELECT name, birth, sex, region FROM civil WHERE nik = ?", (int(nik),)).fetchone()
    if row is None:
        return []
    name, birth, sex, region = row
    known = _person(nik, name, str(birth) if birth else None, sex, region)
    full = read_full_name(told["name"], told["sex"], ranker.names)
    asked = _person(nik, full, told["birth_date"], told["sex"], told["region"])
    verdicts = judge_attributes(asked, known, ranker.books)
    refused = set(ranker.books["verification_refuses"].select("attribute", "verdict").iter_rows())
    return [attribute for attribute, code in verdicts.items() if (attribute, VERDICTS[code[0]]) in refused]


def _person(nik: str, name: str | None, birth: str | None, sex: str | None, region: str | None) -> pl.DataFrame:
    """One row with READS; `birth` as 19900131 or 1990-01-31, and not known where it tells less than a day."""
    codes = {code: region[:n] for code, n in _REGIONS.items() if region is not None and len(region) >= n}
    day = date.fromisoformat(birth) if birth is not None and len(birth) >= len("19900131") else None
    told = {"nik": nik, "name_full": name, "birth_date": day, "sex": sex, **codes}
    return pl.DataFrame([told], schema=_SCHEMA)


def _has(con: sqlite3.Connection, query: str, *values: object) -> bool:
    return con.execute(query, values).fetchone() is not None
