"""The gates before the switch: each is shown a file that it must not let through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sehatmu.home import Home
from sehatmu.publish.check import check_build
from sehatmu.publish.privacy import personal_values
from sehatmu.publish.switch import partial_folder
from tests.publishing import PATIENTS, contracts, facility, new_home, night, source_file, table, write_night

NIK = "3201234567890123"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


@pytest.fixture
def folder(home: Home) -> Path:
    """A build that passes: two facilities, a hospital file with one bad row."""
    bad = {"source": "sirs", "extract": "rumah_sakit", "file_name": "a.csv", "row_number": 4}
    tables = {
        "quarantine.row": table("quarantine.row", [{**bad, "reasons": ["nama_rs:required"], "row_values": "{}"}]),
        "meta.source_file": table("meta.source_file", [source_file("sirs", "rumah_sakit", "a.csv", rows=3, bad=1)]),
        "msi.facility_identifier": table(
            "msi.facility_identifier",
            [
                {"master_id": "2000000001", "namespace": "yankes_rs", "code": "1", "source": "sirs"}
                | {"extract": "rumah_sakit", "source_key": "1", "build_date": date(2026, 11, 23)}
            ],
        ),
    }
    return partial_folder(home, write_night(home, "2026-11-23", [facility(1), facility(2)], tables=tables))


def rules(folder: Path, **more: pl.Series) -> list[tuple[str, str]]:
    return [(v.rule, v.where) for v in check_build(folder, contracts(), **more)]


def test_a_sound_build_passes(folder: Path) -> None:
    assert check_build(folder, contracts(), clear_values=pl.Series([NIK])) == []


@pytest.mark.parametrize(
    ("spoil", "rule", "where"),
    [
        ("DROP TABLE meta.metric", "shape", "meta.metric"),
        ("DROP VIEW msi.by_class", "shape", "msi.by_class"),
        ("DROP MACRO TABLE msi.facilities_on", "shape", "msi.facilities_on"),
        ("CREATE TABLE msi.extra (a INTEGER)", "shape", "msi.extra.a"),
        ("ALTER TABLE meta.metric DROP COLUMN value", "shape", "meta.metric.value"),
        ("ALTER TABLE meta.metric ALTER value TYPE VARCHAR", "shape", "meta.metric.value"),
        ("COMMENT ON COLUMN msi.facility.nama IS NULL", "comment", "msi.facility.nama"),
        ("COMMENT ON COLUMN msi.by_class.bed_count IS NULL", "comment", "msi.by_class.bed_count"),
        ("COMMENT ON TABLE msi.facility IS ''", "comment", "msi.facility."),
        ("DELETE FROM msi.facility WHERE master_id = '2000000002'", "row-count", "msi.facility"),
        ("UPDATE msi.facility SET master_id = '2000000001'", "primary-key", "msi.facility"),
        ("UPDATE msi.facility SET master_id = '2000000009'", "relationship", "msi.facility_identifier.master_id"),
        ("UPDATE meta.source_file SET accepted_count = 3", "landed", "sirs/rumah_sakit/a.csv"),
        ("UPDATE meta.source_file SET quarantined_count = 0, accepted_count = 3", "landed", "a.csv"),
        ("UPDATE quarantine.row SET file_name = 'b.csv'", "landed", "sirs/rumah_sakit/b.csv"),
        ("DELETE FROM meta.column_lineage WHERE column_name = 'nama'", "lineage", "msi.facility.nama"),
        ("DELETE FROM meta.dictionary WHERE column_name = 'nama'", "lineage", "history.facility.nama"),
    ],
)
def test_a_spoilt_default_file_is_stopped(folder: Path, spoil: str, rule: str, where: str) -> None:
    with duckdb.connect(str(folder / "sehatmu.duckdb")) as con:
        con.execute(spoil)
    found = rules(folder)
    assert [place for name, place in found if name == rule and where in place], found


def test_a_null_in_a_required_column_is_stopped(folder: Path) -> None:
    with duckdb.connect(str(folder / "sehatmu.duckdb")) as con:
        con.execute("ALTER TABLE msi.region ALTER nama DROP NOT NULL")
        con.execute("INSERT INTO msi.region (kode_wilayah, level) VALUES ('32', 'provinsi')")
    assert ("required", "sehatmu.duckdb msi.region.nama") in rules(folder)


def test_a_spoilt_restricted_file_is_stopped(folder: Path) -> None:
    with duckdb.connect(str(folder / "restricted.duckdb")) as con:
        con.execute("DELETE FROM quarantine.row")
    assert rules(folder) == [("row-count", "restricted.duckdb quarantine.row")]


@pytest.mark.parametrize("name", ["sehatmu.duckdb", "restricted.duckdb", "manifest.json"])
def test_a_missing_file_is_stopped(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert rules(folder) == [("files", name)]


def test_a_restricted_file_that_others_can_read_is_stopped(folder: Path) -> None:
    (folder / "restricted.duckdb").chmod(0o640)
    assert rules(folder) == [("private", "restricted.duckdb")]


@pytest.mark.parametrize("place", ["tonight", "an earlier night"])
def test_a_minted_id_that_a_source_ever_delivered_is_stopped(home: Home, place: str) -> None:
    official = pl.DataFrame({"index": ["msi"], "number": ["2000000002"]})
    events: dict[str, dict[str, pl.DataFrame]] = {"tonight": {}, "an earlier night": {}}
    events[place] = {"official": official}
    night(home, "2026-11-23", [facility(1)], events=events["an earlier night"])
    build = write_night(home, "2026-11-24", [facility(1), facility(2)], events=events["tonight"])
    assert rules(partial_folder(home, build)) == [("minted-id", "sehatmu.duckdb msi.facility")]


def test_an_official_id_may_equal_the_number_that_made_it(home: Home) -> None:
    events = {"official": pl.DataFrame({"index": ["msi"], "number": ["2000000002"]})}
    build = write_night(home, "2026-11-24", [facility(2, id_origin="official")], events=events)
    assert rules(partial_folder(home, build)) == []


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (f"UPDATE msi.facility SET nama = '{NIK}'", "msi.facility.nama"),
        (f"UPDATE msi.facility SET alamat = 'Jl. A, NIK {NIK}'", "msi.facility.alamat"),
        ("UPDATE quarantine.row SET row_values = '{\"nama\":\"Siti Contoh\"}'", "quarantine.row.row_values"),
        ("UPDATE quarantine.row SET reasons = ['nama:Siti Contoh', 'Siti Contoh']", "quarantine.row.reasons"),
        ("UPDATE meta.metric SET name = 'a'; INSERT INTO meta.metric VALUES ('b','l','faskes|pasien|RM-000123','n',1)",
         "meta.metric.domain"),
    ],
)  # fmt: skip
def test_a_personal_value_in_clear_is_stopped(folder: Path, spoil: str, where: str) -> None:
    with duckdb.connect(str(folder / "sehatmu.duckdb")) as con:
        con.execute(spoil)
    found = check_build(folder, contracts(), clear_values=pl.Series([NIK, "Siti Contoh", "RM-000123"]))
    leaks = [v for v in found if v.rule == "personal-value"]
    assert [v.where for v in leaks] == [f"sehatmu.duckdb {where}"]
    assert not any(value in str(v) for v in leaks for value in (NIK, "Siti", "RM-"))


def test_personal_values_of_an_extract_are_its_numbers_or_all() -> None:
    frame = pl.DataFrame(
        {"kode_faskes": ["F1234567"] * 3, "no_rm": ["00012345", None, "1"], "nama": ["Siti Contoh", "Al", None]}
    )
    assert personal_values(PATIENTS, frame).to_list() == ["00012345"]
    assert personal_values(PATIENTS, frame, numbers_only=False).to_list() == ["00012345", "Siti Contoh"]


def test_a_number_of_nines_is_nobodys_and_looks_like_a_masked_one() -> None:
    frame = pl.DataFrame(
        {"kode_faskes": ["F1"] * 2, "no_rm": ["9999999999999999", "9999999999999998"], "nama": ["", ""]}
    )
    assert personal_values(PATIENTS, frame).to_list() == ["9999999999999998"]


def test_violations_are_told_with_rule_place_and_fact(folder: Path) -> None:
    spoil: Callable[[str], None] = lambda sql: duckdb.connect(str(folder / "sehatmu.duckdb")).execute(sql).close()  # noqa: E731
    spoil("UPDATE meta.source_file SET accepted_count = 3")
    assert [str(v) for v in check_build(folder, contracts())] == [
        "sehatmu.duckdb sirs/rumah_sakit/a.csv: 3 rows landed, 3 accepted and 1 quarantined [landed]"
    ]
