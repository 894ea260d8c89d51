"""The source contracts of the facility night: the columns of the design, and the real lists as they are."""

import json
import re
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from sehatmu.contracts import Contract, header_key, judge, load_contracts, polars_schema

REPO = Path(__file__).parents[2]
REAL = REPO.parent / "shared/data/real"
CONTRACTS = load_contracts(REPO / "data_contracts")

# Design, section 6: `*` required, `**` business key.
DESIGN = {
    "sisdmk/fasilitas": "**kode_unit***, nama_unit*, jenis_unit, subjenis, kode_satusehat, pemilik, alamat, "
    "kode_prov, nama_prov, kode_kab, nama_kab, kode_kec, latitude, longitude, telepon, email, "
    "kemampuan_rawat_inap, wilayah_karakteristik, status_akreditasi, status",
    "sirs/rumah_sakit": "**kode_rs***, nama_rs*, kode_satusehat, jenis_rs, kelas, pemilik, alamat, kode_kab, "
    "kab_kota, nama_prop, telepon, email, website, latitude, longitude, direktur, total_tt, no_izin, "
    "tgl_izin_akhir, akreditasi, status_blu, status",
    "sirs/tempat_tidur": "**kode_rs***, **kelas***, jumlah_tt*, tersedia",
    "simada/sarana": "**kode_sarana***, nama_sarana*, jenis_sarana*, kode_satusehat, no_izin, nib, tgl_izin, "
    "tgl_izin_akhir, pemilik, alamat, kode_kab, kode_kec, kab_kota, provinsi, telepon, email, latitude, "
    "longitude, status",
    "yankes/fasyankes": "**sumber_identifier***, **kode_faskes***, kode_faskes_baru, kode_satusehat, nama*, "
    "jenis*, subjenis, kepemilikan, no_izin, tgl_izin_akhir, alamat, kode_kab, kode_kec, kode_kel, telepon, "
    "email, latitude, longitude, status",
    "komdat/puskesmas": "**kode_instansi***, unit_kerja*, kode_kab",
    "bpjs/faskes": "**kode_ppk***, nama*, jenis, alamat, kode_kab, kab_kota, provinsi, latitude, longitude, telepon",
    "faskes/pasien": "**sumber_kode***, **kode_faskes***, **no_rm***, no_ihs, nik, nama*, tempat_lahir, "
    "tanggal_lahir, jenis_kelamin, nama_ibu, nik_ibu, urutan_kembar, anak_ke, status_kawin, kewarganegaraan, no_kk, "
    "alamat, rt, rw, kode_kel, telepon, no_bpjs, paspor, tanggal_meninggal, tanggal_update",
    "sisdmk/tenaga": "nik, no_ihs, nama*, tempat_lahir, tanggal_lahir, jenis_kelamin, jenis_sdmk, rumpun_sdmk, "
    "pendidikan, nip, status_kepegawaian, no_str, tanggal_str, tanggal_str_akhir, no_sip, tanggal_sip, "
    "tanggal_sip_akhir, kode_unit, unit, kabkot, provinsi",
    "sirs/tenaga": "kode_rs*, nik, nama*, tanggal_lahir, jenis_kelamin, profesi, spesialisasi, no_str, "
    "tanggal_str_akhir, no_sip, tanggal_sip_akhir",
    "simada/penanggung_jawab": "kode_sarana*, nik, nama*, tanggal_lahir, jenis_kelamin, profesi, no_str, no_sip, "
    "tgl_sip, tgl_sip_akhir",
    "konsil/str": "**no_str***, nik, nama*, profesi, tanggal_terbit, tanggal_akhir, status",
    "dpmptsp/sip": "**no_sip***, nik, no_str, nama, kode_sarana, alamat, terbit, akhir, status",
    "dukcapil/penduduk": "**nik***, no_kk, nama_lgkp*, jenis_klmin*, tmpt_lhr, tgl_lhr*, nik_ibu, nama_lgkp_ibu, "
    "alamat, no_rt, no_rw, no_prop, no_kab, no_kec, no_kel, status_hidup",
    "dukcapil/verifikasi": "**nik***, nama, tanggal_lahir, jenis_kelamin, wilayah, tanggal*",
    "referensi/wilayah": "**kode***, nama*, induk, kode_bps, kode_lama, berlaku_dari, berlaku_sampai",
}


@pytest.mark.parametrize("extract", DESIGN)
def test_columns_are_those_of_the_design(extract: str) -> None:
    contract = CONTRACTS.source(*extract.split("/"))
    cells = re.findall(r"(\*\*)?(\w+?)(\*)?(?:\*\*)?(?:, |$)", DESIGN[extract])
    assert [c.name for c in contract.columns] == [name for _, name, _ in cells]
    assert [c.name for c in contract.columns if c.required] == [name for _, name, star in cells if star]
    assert contract.business_key == tuple(name for bold, name, _ in cells if bold)


def test_every_source_contract_stands_in_the_design() -> None:
    assert {f"{c.source}/{c.extract}" for c in CONTRACTS.sources()} >= set(DESIGN)


@pytest.mark.parametrize("extract", DESIGN)
def test_codes_and_regions_are_texts_that_are_never_judged_by_shape(extract: str) -> None:
    """Codes are soft: an odd one is a finding later, never a reason to lose the row."""
    contract = CONTRACTS.source(*extract.split("/"))
    codes = [c for c in contract.columns if c.name.startswith(("kode", "sumber", "nib", "no_"))]
    assert {c.type for c in codes} <= {"string"}
    hard = {c.name for c in codes if c.action != "null-and-flag" and (c.pattern or c.min_length or c.max_length)}
    assert hard == ({"kode"} if extract == "referensi/wilayah" else set())


@pytest.mark.parametrize("extract", DESIGN)
def test_coordinates_and_dates_never_cost_a_row(extract: str) -> None:
    contract = CONTRACTS.source(*extract.split("/"))
    optional = [c for c in contract.columns if c.type in ("number", "date") and not c.required]
    assert {c.action for c in optional} <= {"null-and-flag"}


def conform(contract: Contract, delivered: pl.DataFrame) -> pl.DataFrame:
    """The least that intake does: headers by key, null texts and blanks to null, casts."""
    headers = {header_key(h): h for h in delivered.columns}
    texts = delivered.with_columns(
        pl.when(pl.col(pl.String).str.strip_chars().is_in(["", *contract.null_texts]))
        .then(None)
        .otherwise(pl.col(pl.String).str.strip_chars())
        .name.keep()
    )
    columns = []
    for column in contract.columns:
        found = [headers[k] for k in map(header_key, (column.name, *column.aliases)) if k in headers]
        found += [headers[k] for k in map(header_key, column.coalesce) if k in headers]
        columns.append((pl.coalesce(found) if found else pl.lit(None, pl.String)).alias(column.name))
    return texts.select(columns).cast(polars_schema(contract), strict=False)


def real_list(extract: str) -> pl.DataFrame:
    if not REAL.is_dir():
        pytest.skip("the real lists are not here")
    if extract == "sisdmk/fasilitas":
        sheet = fastexcel.read_excel(REAL / "sisdmk_fasilitas_2019.xlsx").load_sheet(0, dtypes="string")
        return sheet.to_polars()
    if extract == "sirs/rumah_sakit":
        rows = json.loads((REAL / "sirs_rumah_sakit_2021.json").read_text())
        return pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows])
    name = {"komdat/puskesmas": "komdat_puskesmas_2022", "referensi/wilayah": "wilayah_administratif_2022"}
    return pl.read_csv(REAL / f"{name[extract]}.csv", infer_schema=False)


@pytest.mark.parametrize(
    ("extract", "rows", "present"),
    [
        (
            "sisdmk/fasilitas",
            10_284,
            {
                "kode_unit",
                "nama_unit",
                "jenis_unit",
                "alamat",
                "kode_prov",
                "nama_prov",
                "latitude",
                "longitude",
            },
        ),
        (
            "sirs/rumah_sakit",
            2_925,
            {"kode_rs", "nama_rs", "jenis_rs", "kelas", "pemilik", "nama_prop", "total_tt"},
        ),
        ("komdat/puskesmas", 10_292, {"kode_instansi", "unit_kerja", "kode_kab"}),
        ("referensi/wilayah", 7_778, {"kode", "nama"}),
    ],
)
def test_a_real_list_is_taken_as_it_is(extract: str, rows: int, present: set[str]) -> None:
    contract = CONTRACTS.source(*extract.split("/"))
    frame = conform(contract, real_list(extract))
    assert frame.height == rows
    assert {name for name in frame.columns if frame[name].null_count() < rows} == present
    # One longitude of the workforce list has lost its decimal point; it is nulled and flagged.
    broken = [("longitude", "range")] if extract == "sisdmk/fasilitas" else []
    assert judge(contract, frame).select("column", "rule").rows() == broken
    assert frame.select(contract.business_key).is_duplicated().sum() == 0


def test_the_region_code_comes_from_the_finest_of_three_columns() -> None:
    frame = conform(CONTRACTS.source("referensi", "wilayah"), real_list("referensi/wilayah"))
    assert frame["kode"].str.len_chars().value_counts().sort("kode").rows() == [(2, 34), (4, 514), (6, 7_230)]
