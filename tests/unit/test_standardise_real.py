"""What standardising makes of the real public lists, where they are at hand: figures, no single names."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from sehatmu.standardise import Standardised, standardise_facilities
from tests.standardising import DAY, accepted, books

LISTS = Path(__file__).parents[2].parent / "shared/data/real"
pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="the real lists are not at hand")


@pytest.fixture(scope="module")
def made() -> Standardised:
    sisdmk = pl.read_excel(LISTS / "sisdmk_fasilitas_2019.xlsx", engine="calamine", infer_schema_length=0).select(
        kode_unit="kode_faskes",
        nama_unit="nama_faskes",
        jenis_unit="jenis_faskes",
        alamat="alamat_faskes",
        kode_prov="kode_prov",
        nama_prov="name_prov",
        latitude="lat_",
        longitude="long_",
    )
    hospitals = json.loads((LISTS / "sirs_rumah_sakit_2021.json").read_text())
    sirs = pl.DataFrame([{key.strip("()").removeprefix("d."): str(v) for key, v in row.items()} for row in hospitals])
    komdat = pl.read_csv(LISTS / "komdat_puskesmas_2022.csv", infer_schema=False)
    regions = pl.read_csv(LISTS / "wilayah_administratif_2022.csv", infer_schema=False, null_values=["NULL"]).select(
        kode=pl.coalesce("kode_kec", "kode_kab", "kode_prov"), nama="nama_wilayah", is_current=pl.lit(True)
    )
    tables = {"sisdmk_fasilitas": sisdmk, "sirs_rumah_sakit": sirs, "komdat_puskesmas": komdat}
    frames = {table: accepted(table, frame.to_dicts()) for table, frame in tables.items()}
    return standardise_facilities(frames, regions, books(), as_of=DAY)


def pairs(made: Standardised) -> pl.DataFrame:
    """The 1,185 hospitals of both lists, by the truth of their codes."""
    left = made.record.filter(pl.col("source") == "sisdmk").with_columns(code=pl.col("source_key").str.slice(1))
    right = made.record.filter(pl.col("source") == "sirs").with_columns(code="source_key")
    return left.filter(pl.col("source_key").str.starts_with("R")).join(right, on="code", suffix="_sirs")


def test_every_row_becomes_a_record_with_name_kind_and_province(made: Standardised) -> None:
    assert len(made.record) == 10284 + 2925 + 10292
    assert made.record.select("name_core", "kind_code", "prov_code", "link_hash").null_count().row(0) == (0, 0, 0, 0)
    kinds = made.record.group_by("kind_code").len().sort("kind_code").rows()
    assert kinds == [("102", 9061 + 10292), ("104", 1221 + 2925), ("129", 2)]


def test_hospital_names_of_both_lists_meet(made: Standardised) -> None:
    both = pairs(made)
    assert len(both) == 1185
    # 72 differ after simple normalising; most that still do are other names altogether.
    same = both.filter(pl.col("name_core") == pl.col("name_core_sirs"), pl.col("prov_root") == pl.col("prov_root_sirs"))
    assert len(same) >= 1128
    assert len(both.filter(pl.col("name_number").ne_missing(pl.col("name_number_sirs")))) <= 5


def test_codes_of_real_hospitals_are_credible(made: Standardised) -> None:
    assert made.record.filter(pl.col("source") == "sirs")["code_yankes_rs"].null_count() == 0
    hospitals = made.record.filter(pl.col("source_key").str.starts_with("R"))
    assert hospitals["code_yankes_rs"].null_count() == 0


def test_nearly_every_puskesmas_gets_its_region(made: Standardised) -> None:
    puskesmas = made.record.filter(pl.col("source") == "sisdmk", pl.col("kind_code") == "102")
    assert puskesmas["kab_code"].null_count() <= 20
    assert puskesmas["kec_code"].null_count() <= 130
    komdat = made.record.filter(pl.col("source") == "komdat")
    assert komdat["kab_code"].null_count() == 0


def test_the_register_s_serials_agree_with_the_regencies(made: Standardised) -> None:
    """BPS's regency stands in the serial: nearly all records of one prefix must be in one regency."""
    puskesmas = made.record.filter(pl.col("source_key").str.starts_with("P")).drop_nulls("kab_code")
    counts = puskesmas.group_by(pl.col("source_key").str.slice(1, 4).alias("prefix"), "kab_code").len()
    strays = counts.filter(pl.col("len") < pl.col("len").max().over("prefix"))["len"].sum()
    assert strays <= 5


def test_findings_of_the_real_lists_are_few(made: Standardised) -> None:
    counts = dict(made.finding.group_by("finding").len().rows())
    assert counts == {"coordinates-outside": 1, "name-cut": 15}
