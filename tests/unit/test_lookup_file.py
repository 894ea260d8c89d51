"""The lookup file of a build: what is written, what the check finds wrong, what the reader refuses."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import Home
from sehatmu.lake import Since
from sehatmu.lookup.check import check_lookup
from sehatmu.lookup.civil import check_civil, write_civil
from sehatmu.lookup.facilities import FacilityQuery, count_facilities, list_facilities
from sehatmu.lookup.patients import count_patients, find_by_nik, find_by_number
from sehatmu.lookup.read import LookupFileError, open_lookup
from sehatmu.lookup.tables import TABLES
from sehatmu.lookup.write import LOOKUP_FILE, write_lookup
from sehatmu.publish.lake_table import LakeTable
from tests.publishing import facility, new_home
from tests.serving import SANDBOX, SANDBOX_NIK, patient, publish, sandbox_patient, standard_records


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build with two patients and three facilities."""
    home = new_home(tmp_path_factory.mktemp("lookup"))
    other = patient(7, nik="0000000000000042", sex="F", birth_date=date(2001, 12, 31))
    publish(home, [sandbox_patient(), other], facilities=[facility(n) for n in (1, 2, 3)])
    return home.current.resolve()


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "build"))


def test_the_file_is_private_and_holds_what_is_published(made: Path) -> None:
    assert check_lookup(made) == []
    assert (made / LOOKUP_FILE).stat().st_mode & 0o777 == 0o600
    with closing(open_lookup(made / LOOKUP_FILE)) as lookup:
        assert count_patients(lookup) == 2
        (found,) = find_by_nik(lookup, SANDBOX_NIK)
        assert (found.number, found.birth, found.sex, found.is_confirmed) == (SANDBOX, 19920109, "M", True)
        assert found == find_by_number(lookup, SANDBOX)
        (small,) = find_by_nik(lookup, "0000000000000042")  # leading zeros come back
        assert (small.nik, small.number) == ("0000000000000042", "P60000000007")
        assert count_facilities(lookup, FacilityQuery()) == 3
        assert [f.master_id for f in list_facilities(lookup, FacilityQuery(), most=2, skip=1)] == [
            "2000000002",
            "2000000003",
        ]


def test_written_again_it_is_the_same_bytes(folder: Path) -> None:
    before = (folder / LOOKUP_FILE).read_bytes()
    assert write_lookup(folder).read_bytes() == before


def test_an_index_that_a_build_does_not_have_is_empty_and_every_question_has_its_index(made: Path) -> None:
    with closing(open_lookup(made / LOOKUP_FILE)) as lookup:
        assert lookup.execute("SELECT count(*) FROM redirect").fetchone() == (0,)
        for query, index in (
            ("SELECT number FROM patient WHERE nik = 1", "patient_nik"),
            ("SELECT number FROM patient WHERE mother_nik = 1", "patient_mother"),
            (
                "SELECT number, nama, birth, sex FROM patient WHERE birth BETWEEN 1 AND 2 AND sex IS 'M'",
                "patient_birth",
            ),
            ("SELECT master_id FROM practitioner WHERE nik = 1", "practitioner_nik"),
            ("SELECT code FROM region WHERE parent IN ('32')", "region_parent"),
        ):
            plan = lookup.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
            assert index in plan[0][3], plan


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("DELETE FROM patient WHERE number = 60000000007", "lookup-content"),
        ("UPDATE patient SET nik = nik + 1 WHERE number = 60000000007", "lookup-content"),
        ("UPDATE patient SET birth = NULL", "lookup-content"),
        ("INSERT INTO redirect VALUES ('mpi', 'P1', 'P2')", "lookup-content"),
        ("DROP INDEX patient_nik", "lookup-index"),
    ],
)
def test_the_check_finds_what_differs(folder: Path, damage: str, rule: str) -> None:
    with closing(sqlite3.connect(folder / LOOKUP_FILE)) as lookup:
        lookup.execute(damage)
        lookup.commit()
    found = check_lookup(folder)
    assert {violation.rule for violation in found} == {rule}
    assert SANDBOX_NIK not in str(found)


def test_the_check_finds_a_missing_or_open_file(folder: Path) -> None:
    (folder / LOOKUP_FILE).chmod(0o644)
    assert [v.rule for v in check_lookup(folder)] == ["private"]
    (folder / LOOKUP_FILE).unlink()
    assert [v.rule for v in check_lookup(folder)] == ["files"]


def test_a_doubled_number_stops_the_writing_without_a_word_of_whom(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    with pytest.raises(SehatmuError, match="a lookup table could not be written") as told:
        publish(home, [sandbox_patient(), sandbox_patient()])
    assert SANDBOX not in str(told.value)


def test_the_reader_refuses_other_files_and_versions(folder: Path) -> None:
    with pytest.raises(LookupFileError, match="cannot be read"):
        open_lookup(folder / "nothing.sqlite")
    with pytest.raises(LookupFileError, match=r"cannot be read|another version"):
        open_lookup(folder / "sehatmu.duckdb")
    with closing(sqlite3.connect(folder / LOOKUP_FILE)) as lookup:
        lookup.execute("PRAGMA user_version = 0")
    with pytest.raises(LookupFileError, match="another version"):
        open_lookup(folder / LOOKUP_FILE)


def test_the_link_leads_to_the_file_of_the_current_build(made: Path) -> None:
    link = Home(made.parents[2]).published / LOOKUP_FILE
    assert link.resolve() == made / LOOKUP_FILE
    assert len({table.name for table in TABLES}) == len(TABLES)


def test_of_the_civil_register_only_what_changed_is_written_over_the_parents() -> None:
    person = {"source": "dukcapil", "extract": "penduduk", "sex": "F"}
    rows = [{**person, "nik": f"327301450190{n}"} for n in range(1000, 5000)]  # their sum is beyond 64 bits
    told = standard_records(
        [{**rows[0], "birth_date": date(1990, 1, 5)}, *rows[2:], {**rows[0], "source": "faskes"}, person]
    )
    now, before = told.parts[0], standard_records(rows).parts[0]
    shared = pl.Series(range(1, len(rows) - 1), dtype=pl.UInt32)
    carried = LakeTable((now,), (Since(now, before, (shared, shared + 1)),))
    found = []
    for begun in (True, False):
        with closing(sqlite3.connect(":memory:")) as lookup:
            write_civil(lookup, LakeTable((before,)), is_carried=False)
            assert check_civil(lookup, carried) != []
            write_civil(lookup, carried, is_carried=begun)
            assert check_civil(lookup, carried) == []
            found.append(lookup.execute("SELECT * FROM civil ORDER BY nik").fetchall())
    assert found[0] == found[1]
    assert (len(found[0]), found[0][0]) == (len(rows) - 1, (3273014501901000, None, 19900105, "F", None))
