"""No clear personal value leaves the home's restricted part: default file, told lines, Dagster's storage."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from sehatmu.home import Home
from tests.pipeline.conftest import FIRST, run

# An invented number in the shape of a NIK, and an invented name.
NIK, NAME = "3173055508900017", "Sumirahayu Kertapratiwi"
NEXT = FIRST + timedelta(days=1)


def test_a_nik_in_a_broken_row_reaches_no_open_place(
    home_after_first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dagster = tmp_path / "dagster"
    dagster.mkdir()
    (dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(dagster))
    landing = home_after_first / "landing"
    hospital = landing / "sirs" / "rumah_sakit" / NEXT.isoformat() / "rs.csv"
    hospital.parent.mkdir(parents=True)
    hospital.write_text(
        "kode_rs,nama_rs,nama_prop,jenis_rs,telepon\n"
        f",{NIK},JAWA BARAT,RSU,\n"  # required code missing, a NIK where a name should be
        f"9999001,RS Umum Contoh,JAWA BARAT,RSU,{NIK},{NAME}\n"  # shifted row: cannot be split
        "9999002,RS Umum Contoh Dua,JAWA BARAT,RSU,\n"
    )
    patients = landing / "faskes" / "pasien" / NEXT.isoformat() / "pasien.csv"
    patients.parent.mkdir(parents=True)
    patients.write_text(
        "sumber_kode,kode_faskes,no_rm,nik,nama,tanggal_lahir,jenis_kelamin\n"
        f"yankes_rs,9999002,RM-1,{NIK},{NAME},1990-08-15,P\n"
        f"yankes_rs,9999002,,{NIK},{NAME},1990-08-15,P\n"
    )
    done, told = run(home_after_first, NEXT)
    assert done, told

    con = duckdb.connect(str((home_after_first / "published/restricted.duckdb").resolve()), read_only=True)
    kept = con.sql("SELECT string_agg(row_values, ' ') FROM quarantine.row").fetchall()[0][0]
    con.close()
    assert NIK in kept, "the restricted file keeps the row whole"
    assert NAME in kept

    published = (home_after_first / "published" / "current").resolve()
    open_places = {
        "told": "\n".join(told).encode(),
        "default file": (published / "sehatmu.duckdb").read_bytes(),
        "manifest": (published / "manifest.json").read_bytes(),
        **{str(p.relative_to(dagster)): p.read_bytes() for p in dagster.rglob("*") if p.is_file()},
    }
    for place, content in open_places.items():
        assert NIK.encode() not in content, place
        assert NAME.encode() not in content, place


def test_the_home_is_for_its_owner_only(first_night: Path) -> None:
    home = Home(first_night)
    assert home.root.stat().st_mode & 0o077 == 0
    assert (home.published / "restricted.duckdb").resolve().stat().st_mode & 0o077 == 0
    for key in home.keys.iterdir():
        assert key.stat().st_mode & 0o077 == 0
    for table in home.lake.rglob("*.parquet"):
        assert table.stat().st_mode & 0o077 == 0
