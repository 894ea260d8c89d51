"""The whole night: run once, run again, run in another order of rows, and asked as an analyst would."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sehatmu.home import Home, current_build
from tests.pipeline.conftest import FIRST, SECOND, land_sample, published_tables, run

# The two tables that tell when a build was made; every other one is a function of the input.
CLOCKED = {"meta.build"}


def test_every_landed_row_is_accepted_or_quarantined(query: Callable[[str], pl.DataFrame]) -> None:
    files = query("SELECT * FROM meta.source_file")
    assert files.height == 25
    assert (files["row_count"] == files["accepted_count"] + files["quarantined_count"]).all()
    assert files["quarantined_count"].sum() == query("SELECT count(*) FROM quarantine.row").item() > 0


def test_an_analyst_finds_class_b_hospitals_of_a_province_and_where_values_come_from(
    query: Callable[[str], pl.DataFrame],
) -> None:
    province = query(
        "SELECT provinsi_nama FROM msi.by_class WHERE kelas_sarana_kode = 'B' ORDER BY facility_count DESC LIMIT 1"
    ).item()
    found = query(
        f"""
        SELECT f.nama, p.column_name, p.source, p.source_key, p.rule
        FROM msi.facility f JOIN history.provenance p ON p.index = 'msi' AND p.master_id = f.master_id
        WHERE f.provinsi_nama = '{province}' AND f.kelas_sarana_kode = 'B' AND f.jenis_sarana_kode = '104'
        """
    )
    assert found.height > 0
    assert set(found.filter(pl.col("column_name") == "kelas_sarana_kode")["source"]) == {"sirs"}
    assert found["source_key"].null_count() == 0


def test_every_published_column_has_lineage_and_a_comment(query: Callable[[str], pl.DataFrame]) -> None:
    bare = query(
        """
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND (comment IS NULL OR (schema_name, table_name, column_name) NOT IN
            (SELECT (schema_name, table_name, column_name) FROM meta.column_lineage))
        """
    )
    assert bare.is_empty(), bare


def test_the_same_night_again_changes_nothing(home_after_first: Path) -> None:
    before = published_tables(home_after_first)
    done, told = run(home_after_first, SECOND)
    assert done, told
    after = published_tables(home_after_first)
    assert current_build(Home(home_after_first)) != current_build(Home(home_after_first)).__class__(FIRST, 1)
    events = after["history.event"].filter(pl.col("build_date") == SECOND)
    assert events.is_empty()
    assert after["history.golden_change"].is_empty()
    for name in (
        "msi.facility",
        "mpi.patient",
        "mpi.conflict",
        "mni.practitioner",
        "mni.practitioner_role",
        "mni.licence",
        "mni.finding",
        *(f"kfa.{table}" for table in ("substance", "template", "product", "pack", "device_template", "device")),
        *(f"kfa.{table}" for table in ("active_ingredient", "price", "price_jkn", "atc", "unmatched_item", "finding")),
        "xref.record_link",
        "xref.redirect",
        "review.possible_match",
        "quarantine.row",
    ):
        assert_frame_equal(before[name], after[name])


def test_the_order_of_rows_decides_nothing(first_night: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(first_night / "keys", home / "keys")  # the same hashes of personal values
    land_sample(home, FIRST)
    for path in (home / "landing").rglob("*.csv"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], *lines[:0:-1]]))
    done, told = run(home, FIRST)
    assert done, told
    one, other = published_tables(first_night), published_tables(home)
    assert one.keys() == other.keys()
    for name in sorted(one.keys() - CLOCKED - {"meta.source_file", "quarantine.row"}):
        assert_frame_equal(one[name], other[name], check_exact=True)


def test_the_same_input_gives_the_same_tables(first_night: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(first_night / "keys", home / "keys")
    land_sample(home, FIRST)
    assert run(home, FIRST)[0]
    one, other = published_tables(first_night), published_tables(home)
    for name in sorted(one.keys() - CLOCKED):
        assert_frame_equal(one[name], other[name], check_exact=True)


@pytest.mark.parametrize("file", ["sehatmu.duckdb", "restricted.duckdb"])
def test_published_files_are_links_to_the_current_build(first_night: Path, file: str) -> None:
    assert (first_night / "published" / file).resolve().parent == (
        first_night / "published/builds" / f"{FIRST}.1"
    ).resolve()
