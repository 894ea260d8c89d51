"""Published nights as an analyst lives them: questions in SQL, answers for any date, files that switch."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sehatmu.home import Home
from sehatmu.publish.check import check_build
from sehatmu.publish.files import open_file
from sehatmu.publish.switch import rollback
from sehatmu.publish.tables import is_golden
from tests.publishing import ask, contracts, facility, new_home, night, table


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def hospital(number: int, **values: Any) -> dict[str, Any]:
    place = {"provinsi_kode": "32", "provinsi_nama": "JAWA BARAT"}
    return facility(number, jenis_sarana_kode="104", nama=f"RS {number}", **(place | values))


def test_which_hospitals_of_class_b_are_in_this_province_and_where_does_each_value_come_from(home: Home) -> None:
    rows = [
        hospital(1, kelas_sarana_kode="B", telp="6221", alamat="Jl. A"),
        hospital(2, kelas_sarana_kode="C"),
        hospital(3, kelas_sarana_kode="B", provinsi_kode="33"),
        facility(4, kelas_sarana_kode="B"),
    ]
    groups = [("class", "sirs"), ("contact", "simada"), ("address", "yankes")]
    records = [{"index": "msi", "master_id": "2000000001", "record_key": f"{s}|x|{s}-1"} for _, s in groups]
    links = [
        {**r, "source": s, "extract": "x", "source_key": f"{s}-1", "build_date": date(2026, 11, 23)}
        for r, (_, s) in zip(records, groups, strict=True)
    ]
    origins = [{**r, "column_groups": g, "rule": "recency"} for r, (g, _) in zip(records, groups, strict=True)]
    published = {"history.origin": origins, "xref.record_link": links}
    night(home, "2026-11-23", rows, tables={name: table(name, rows) for name, rows in published.items()})
    answer = ask(
        home.published / "sehatmu.duckdb",
        "SELECT f.nama, v.column_name, v.value, v.source FROM msi.facility f JOIN msi.facility_value v "
        "USING (master_id) WHERE f.jenis_sarana_kode = '104' AND f.kelas_sarana_kode = 'B' "
        "AND f.provinsi_kode = '32' ORDER BY ALL",
    )
    assert answer == [
        ("RS 1", "alamat", "Jl. A", "yankes"),
        ("RS 1", "kelas_sarana_kode", "B", "sirs"),
        ("RS 1", "provinsi_kode", "32", "yankes"),
        ("RS 1", "provinsi_nama", "JAWA BARAT", "yankes"),
        ("RS 1", "telp", "6221", "simada"),
    ]
    answer = ask(
        home.published / "restricted.duckdb",
        "SELECT column_name, source_key FROM history.provenance WHERE master_id = '2000000001' "
        "AND column_name IN ('kelas_sarana_kode', 'telp') ORDER BY 1",
    )
    assert answer == [("kelas_sarana_kode", "sirs-1"), ("telp", "simada-1")]


def test_facilities_as_of_a_date_are_what_was_published_then(home: Home) -> None:
    night(home, "2026-11-20", [hospital(1, kelas_sarana_kode="C"), hospital(2)])
    night(home, "2026-11-22", [hospital(1, kelas_sarana_kode="B")])
    night(home, "2026-11-24", [hospital(1, kelas_sarana_kode="B"), hospital(2)])
    file = home.published / "sehatmu.duckdb"
    seen = {
        day: ask(file, f"SELECT master_id, kelas_sarana_kode FROM msi.facilities_on('2026-11-{day}') ORDER BY 1")
        for day in (19, 20, 21, 22, 23, 24, 30)
    }
    first, second = "2000000001", "2000000002"
    assert seen == {
        19: [],
        20: [(first, "C"), (second, None)],
        21: [(first, "C"), (second, None)],
        22: [(first, "B")],
        23: [(first, "B")],
        24: [(first, "B"), (second, None)],
        30: [(first, "B"), (second, None)],
    }


def test_counts_by_region_kind_class_and_owner_now_and_then(home: Home) -> None:
    west, east = {"kabkota_kode": "3275"}, {"kabkota_kode": "3204"}
    night(home, "2026-11-20", [hospital(1, kelas_sarana_kode="C", total_tt=50, pemilik_kode="PEMKAB", **west)])
    rows = [
        hospital(1, kelas_sarana_kode="B", total_tt=60, pemilik_kode="PEMKAB", **west),
        hospital(2, kelas_sarana_kode="B", total_tt=40, pemilik_kode="SWASTA", **east),
        facility(3, provinsi_kode="32", provinsi_nama="JAWA BARAT", **east),
    ]
    night(home, "2026-11-21", rows)
    file = home.published / "sehatmu.duckdb"
    now = {
        "by_region": "SELECT kabkota_kode, jenis_sarana_kode, facility_count, bed_count",
        "by_kind": "SELECT jenis_sarana_kode, facility_count",
        "by_class": "SELECT kelas_sarana_kode, facility_count, bed_count",
        "by_owner": "SELECT pemilik_kode, jenis_sarana_kode, facility_count",
    }
    assert {view: ask(file, f"{query} FROM msi.{view} ORDER BY ALL") for view, query in now.items()} == {
        "by_region": [("3204", "103", 1, None), ("3204", "104", 1, 40), ("3275", "104", 1, 60)],
        "by_kind": [("103", 1), ("104", 2)],
        "by_class": [("B", 2, 100)],
        "by_owner": [("PEMKAB", "104", 1), ("SWASTA", "104", 1), (None, "103", 1)],
    }
    then = {view: ask(file, f"{query} FROM msi.{view}_on('2026-11-20') ORDER BY ALL") for view, query in now.items()}
    assert then == {
        "by_region": [("3275", "104", 1, 50)],
        "by_kind": [("104", 1)],
        "by_class": [("C", 1, 50)],
        "by_owner": [("PEMKAB", "104", 1)],
    }


def test_every_view_and_macro_explains_itself(home: Home) -> None:
    night(home, "2026-11-20", [hospital(1)])
    file = home.published / "sehatmu.duckdb"
    views = ask(file, "SELECT DISTINCT schema_name || '.' || table_name FROM meta.dictionary")
    for view in (c for c in contracts().indexes() if c.is_view):
        assert (f"{view.schema_name}.{view.table}",) in views
    macros = ask(file, "SELECT schema_name, function_name, comment FROM duckdb_functions() WHERE NOT internal")
    goldens = {c.table for c in contracts().indexes() if is_golden(c)}
    asked = {("history", f"{table}{ending}") for table in goldens for ending in ("_on", "_was")}
    asked |= {("history", "links_on"), ("history", "master_on"), ("mpi", "find_patient_by_hash")}
    asked |= {("msi", "facilities_on"), ("mpi", "patients_on"), ("mni", "practitioners_on"), ("kfa", "products_on")}
    assert asked <= {(schema, name) for schema, name, _ in macros}
    assert all(comment for _, _, comment in macros)


def test_a_reader_keeps_its_file_while_nights_and_rollbacks_pass(home: Home) -> None:
    night(home, "2026-11-20", [hospital(1, telp="1")])
    reader = open_file(home.published / "sehatmu.duckdb")
    try:
        for day in (21, 22):
            night(home, f"2026-11-{day}", [hospital(1, telp=str(day))])
            assert reader.sql("SELECT telp FROM msi.facility").fetchall() == [("1",)]
            assert ask(home.published / "sehatmu.duckdb", "SELECT telp FROM msi.facility") == [(str(day),)]
        rollback(home)
        assert ask(home.published / "sehatmu.duckdb", "SELECT telp FROM msi.facility") == [("21",)]
        assert reader.sql("SELECT telp FROM msi.facility").fetchall() == [("1",)]
    finally:
        reader.close()


def test_every_night_of_a_year_that_jumps_passes_its_own_gates(home: Home) -> None:
    for day, rows in (("2026-01-01", []), ("2026-06-30", [hospital(1)]), ("2026-12-31", [])):
        build = night(home, day, rows)
        assert check_build(home.builds / str(build), contracts()) == []
    file = home.published / "sehatmu.duckdb"
    assert ask(file, "SELECT count(*) FROM msi.facilities_on(DATE '2026-07-01')") == [(1,)]
    assert ask(file, "SELECT min(build_date) FROM meta.build") == [(date(2026, 1, 1),)]
