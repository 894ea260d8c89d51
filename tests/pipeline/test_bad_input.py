"""A bad delivery on top of a good night: the command says what is wrong and where, and what is published stays."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, current_build
from tests.pipeline.conftest import FIRST

HEADER = "kode_rs,nama_rs,nama_prop,jenis_rs,kelas,latitude,longitude,kode_kab"
GOOD = "9999001,RS Umum Contoh Satu,JAWA BARAT,RSU,B,-6.9,107.6,3273"
NEXT = FIRST + timedelta(days=1)


def deliver(home: Path, content: bytes, name: str) -> Path:
    """One file of the hospital register, dated the day after the first night."""
    path = home / "landing" / "sirs" / "rumah_sakit" / NEXT.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def night(home: Path) -> tuple[int, str]:
    """`sehatmu night` for that day: exit code, and all that it said."""
    result = CliRunner().invoke(app, ["night", "--home", str(home), "--date", NEXT.isoformat()])
    if isinstance(result.exception, SehatmuError):
        return 1, str(result.exception)
    return result.exit_code, result.output


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


BLOCKING: dict[str, tuple[Callable[[], bytes], str, list[str]]] = {
    "empty": (lambda: b"", "rs.csv", ["rs.csv", "empty"]),
    "truncated gzip": (lambda: gzip.compress(csv(*[GOOD] * 50))[:-12], "rs.csv.gz", ["rs.csv.gz"]),
    "truncated xlsx": (lambda: b"PK\x03\x04" + b"\0" * 200, "rs.xlsx", ["rs.xlsx"]),
    "two columns for one": (
        lambda: csv("1,RS A,RS B", header="kode_rs,nama_rs,nama rs"),
        "rs.csv",
        ["rs.csv", "nama_rs"],
    ),
    "required column absent": (lambda: csv("9999001,B", header="kode_rs,kelas"), "rs.csv", ["rs.csv", "nama_rs"]),
    "unknown encoding": (lambda: csv(GOOD) + b"9999002,RS \x81\x8d\x8f,X,RSU,C,,,\n", "rs.csv", ["rs.csv"]),
    "half-written json": (lambda: json.dumps([{"d.kode_rs": 1}] * 9).encode()[:-20], "rs.json", ["rs.json"]),
}


@pytest.mark.parametrize("case", BLOCKING)
def test_a_file_that_cannot_be_read_blocks_and_switches_nothing(case: str, home_after_first: Path) -> None:
    make, name, words = BLOCKING[case]
    before = current_build(Home(home_after_first))
    deliver(home_after_first, make(), name)
    code, told = night(home_after_first)
    assert code == 1
    for word in words:
        assert word in told
    assert current_build(Home(home_after_first)) == before


def quarantined(home: Path) -> pl.DataFrame:
    con = duckdb.connect(str((home / "published/sehatmu.duckdb").resolve()), read_only=True)
    try:
        return con.sql("SELECT * FROM quarantine.row WHERE extract = 'rumah_sakit' ORDER BY row_number").pl()
    finally:
        con.close()


def test_ragged_rows_are_kept_whole_in_quarantine(home_after_first: Path) -> None:
    deliver(
        home_after_first,
        csv(GOOD, "9999002,RS Pendek", GOOD.replace("9999001", "9999003") + ",lebih,panjang"),
        "rs.csv",
    )
    code, told = night(home_after_first)
    assert code == 0, told
    rows = quarantined(home_after_first)
    assert rows["row_number"].to_list() == [3, 4]
    assert rows["reasons"].to_list() == [["row:ragged"], ["row:ragged"]]


def test_one_code_with_two_names_is_quarantined_on_both_rows(home_after_first: Path) -> None:
    deliver(home_after_first, csv(GOOD, GOOD.replace("Satu", "Dua"), GOOD.replace("9999001", "9999003")), "rs.csv")
    code, told = night(home_after_first)
    assert code == 0, told
    rows = quarantined(home_after_first)
    assert rows["row_number"].to_list() == [2, 3]
    assert rows["reasons"].to_list() == [["row:duplicate-key"], ["row:duplicate-key"]]


def test_abolished_regions_and_odd_coordinates_are_findings_not_reasons(home_after_first: Path) -> None:
    rows = (
        "9999001,RS Umum Tukar,JAWA BARAT,RSU,B,107.6,-6.9,3273",
        "9999002,RS Umum Nol,JAWA BARAT,RSU,C,0,0,3273",
        "9999003,RS Umum Hapus,PAPUA BARAT,RSU,C,,,9210",
    )
    deliver(home_after_first, csv(*rows), "rs.csv")
    code, told = night(home_after_first)
    assert code == 0, told
    assert quarantined(home_after_first).is_empty()
    con = duckdb.connect(str((home_after_first / "published/sehatmu.duckdb").resolve()), read_only=True)
    try:
        found = con.sql("SELECT source_key, finding FROM msi.finding WHERE source_key LIKE '999900%'").fetchall()
        position = con.sql(
            "SELECT f.latitude, f.longitude FROM msi.facility f JOIN xref.record_link r USING (master_id) "
            "WHERE r.source_key = '9999001'"
        ).fetchall()
    finally:
        con.close()
    assert {key for key, _ in found} == {"9999001", "9999002", "9999003"}, found
    assert position == [(-6.9, 107.6)]


def test_mended_rows_come_back(home_after_first: Path) -> None:
    path = deliver(home_after_first, csv(GOOD, GOOD.replace("Satu", "Dua")), "rs.csv")
    assert night(home_after_first)[0] == 0
    assert quarantined(home_after_first).height == 2
    path.write_bytes(csv(GOOD))
    code, told = night(home_after_first)
    assert code == 0, told
    assert quarantined(home_after_first).is_empty()


def test_an_older_date_never_overwrites_a_newer_build(home_after_first: Path) -> None:
    before = current_build(Home(home_after_first))
    result = CliRunner().invoke(app, ["night", "--home", str(home_after_first), "--date", "2026-02-01"])
    assert isinstance(result.exception, SehatmuError)
    assert "later night is already published" in str(result.exception)
    assert current_build(Home(home_after_first)) == before
