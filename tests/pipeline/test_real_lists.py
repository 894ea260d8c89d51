"""The public lists as they are, through the whole night: published, and the next night changes nothing."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from tests.pipeline.conftest import run

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real"
FILES = {
    "sisdmk/fasilitas": "sisdmk_fasilitas_2019.xlsx",
    "sirs/rumah_sakit": "sirs_rumah_sakit_2021.json",
    "komdat/puskesmas": "komdat_puskesmas_2022.csv",
    "referensi/wilayah": "wilayah_administratif_2022.csv",
}
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the public lists do not stand beside this checkout")


def test_public_lists_are_published_and_stay_as_they_are(tmp_path: Path) -> None:
    home, runner = tmp_path / "home", CliRunner()
    for extract, name in FILES.items():
        landed = runner.invoke(app, ["land", extract, str(REAL / name), "--home", str(home), "--date", "2026-03-01"])
        assert landed.exit_code == 0, landed.output
    assert run(home, date(2026, 3, 1))[0]
    con = duckdb.connect(str((home / "published/sehatmu.duckdb").resolve()), read_only=True)
    landed_rows = con.sql("SELECT sum(row_count), sum(quarantined_count) FROM meta.source_file").fetchall()
    hospitals = con.sql("SELECT count(*) FROM msi.facility WHERE jenis_sarana_kode = '104'").fetchall()[0][0]
    joined = con.sql(
        "SELECT count(*) FROM xref.record_link a JOIN xref.record_link b USING (master_id) "
        "WHERE a.source = 'sisdmk' AND b.source = 'sirs' AND a.source_key = 'R' || b.source_key"
    ).fetchall()[0][0]
    con.close()
    assert landed_rows == [(10284 + 2925 + 10292 + 7778, 0)]
    assert joined >= 1175
    assert hospitals <= 2925 + 1221 - joined + 10
    again = runner.invoke(app, ["night", "--home", str(home), "--date", "2026-03-02"])
    assert again.exit_code == 0, again.output
    assert "0 minted, 0 retired, 0 ids changed" in again.output
    same_date = runner.invoke(app, ["night", "--home", str(home), "--date", "2026-03-02"])
    assert same_date.exit_code == 0
    assert "Nothing to do" in same_date.output
