"""Regions of records: from codes, names, addresses and serials; what is odd is a finding. An invented country
within real provinces."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from sehatmu.standardise import list_regions
from tests.standardising import DAY, books, by_key, findings, standardise, wilayah

OLD, NEW = date(2022, 7, 24), date(2022, 7, 25)
LIST = wilayah(
    [
        ("32", "JAWA BARAT"),
        ("3201", "KABUPATEN MELATI", "3291"),
        ("3202", "KABUPATEN KENANGA", "3201"),
        ("3271", "KOTA MELATI"),
        ("320101", "SUMBER"),
        ("320102", "KARANG BARU"),
        ("320103", "SAMBOJA"),
        ("320201", "SUMBER"),
        ("320202", "TANJUNG HARAPAN (TANJUNG LAMA)"),
        ("320203", "MELATI"),
        ("327101", "KOTA MELATI UTARA"),
        ("33", "JAWA TENGAH"),
        ("3301", "KABUPATEN KENANGA"),
        ("330101", "KARANG BARU"),
        ("34", "DAERAH ISTIMEWA YOGYAKARTA"),
        ("3404", "KABUPATEN SLEMAN"),
        ("3471", "KOTA YOGYAKARTA"),
        ("9101", "KABUPATEN RAWA", None, None, None, OLD),
        ("9301", "KABUPATEN RAWA", None, "9101", NEW),
        ("9109", "KABUPATEN HILANG", None, None, None, OLD),
        ("930101", "MUARA", None, "910101", NEW),
    ]
)


def sisdmk(key: str = "X1", **values: Any) -> dict[str, Any]:
    columns = ("nama_unit", "alamat", "kode_prov", "nama_prov", "kode_kab", "nama_kab", "kode_kec")
    row: dict[str, Any] = dict.fromkeys(columns)
    return (
        row | {"kode_unit": key, "nama_unit": "CONTOH", "jenis_unit": "PUSKESMAS", "nama_prov": "Jawa Barat"} | values
    )


def region(**values: Any) -> tuple[Any, ...]:
    made = standardise({"sisdmk_fasilitas": [sisdmk(**values)]}, LIST, as_of=DAY)
    return by_key(made, "prov_code", "kab_code", "kec_code")["X1"]  # type: ignore[no-any-return]


def told(**values: Any) -> set[str]:
    made = standardise({"sisdmk_fasilitas": [sisdmk(**values)]}, LIST, as_of=DAY)
    return {finding for _, finding in findings(made)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kode_kab": "3201"}, ("32", "3201", None)),
        ({"kode_kab": " 32.01 "}, ("32", "3201", None)),
        ({"kode_kab": "3201.0"}, ("32", "3201", None)),
        ({"kode_kec": "320102"}, ("32", "3201", "320102")),
        ({"nama_kab": "Kab. Melati"}, ("32", "3201", None)),
        ({"nama_kab": "KOTA MELATI"}, ("32", "3271", None)),
        # Kabupaten or Kota Melati: nobody can tell.
        ({"nama_kab": "Melati"}, ("32", None, None)),
        ({"nama_kab": "Kenanga"}, ("32", "3202", None)),
        ({"alamat": "Jl. A, Kab. Melati"}, ("32", "3201", None)),
        ({"alamat": "Jl. A No. 1, Kenanga"}, ("32", "3202", None)),
        ({"alamat": "Jl. A, Kec. Karang Baru"}, ("32", "3201", "320102")),
        ({"alamat": "Jl. A, Kec. Karangbaru"}, ("32", "3201", "320102")),
        ({"alamat": "Jl. A, Kec. Tj. Lama"}, ("32", "3202", "320202")),
        # The district of that name does not make it the regency of that name.
        ({"alamat": "Jl. A, Kec. Melati"}, ("32", "3202", "320203")),
        ({"alamat": "Jl. A, Kec. Sumber"}, ("32", None, None)),
        ({"alamat": "Jl. A, Kec. Sumber Kenanga"}, ("32", "3202", "320201")),
        ({"alamat": "Kec. Semboja, Kab. Melati"}, ("32", "3201", "320103")),
        ({"alamat": "Kec. Entah, Kab. Melati"}, ("32", "3201", None)),
        ({"nama_unit": "RSUD Kabupaten Kenanga"}, ("32", "3202", None)),
        ({"nama_prov": "D.I. Yogyakarta", "alamat": "Jl. A, Sleman, Yogyakarta"}, ("34", "3404", None)),
        ({"nama_prov": "DI YOGYAKARTA", "alamat": "Jl. A No. 1 Yogyakarta"}, ("34", None, None)),
        # BPS's 3201 is Kemendagri's 3202: the name decides.
        ({"kode_kab": "3201", "nama_kab": "KABUPATEN KENANGA"}, ("32", "3202", None)),
        ({"nama_prov": "Papua", "kode_prov": "94", "kode_kab": "9101"}, ("93", "9301", None)),
        ({"nama_prov": None, "kode_prov": "32"}, ("32", None, None)),
        ({"nama_prov": None, "kode_kab": "3301"}, ("33", "3301", None)),
        ({"nama_prov": None, "kode_kab": "3399"}, ("33", None, None)),
        ({"nama_prov": "Negeri Dongeng"}, (None, None, None)),
    ],
)
def test_region(values: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert region(**values) == expected


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"kode_kab": "3299"}, "unknown-region-code"),
        ({"kode_kab": "9101", "nama_prov": "Papua"}, "former-region-code"),
        ({"kode_kab": "9109", "nama_prov": "Papua"}, "abolished-region-code"),
        ({"kode_kab": "3201", "nama_kab": "KABUPATEN KENANGA"}, "bps-region-code"),
        ({"kode_kab": "3271", "nama_kab": "KABUPATEN KENANGA", "alamat": "Kec. Tj. Lama"}, "contradicted-region-code"),
        ({"kode_kec": "320999", "kode_kab": "3202"}, "unknown-region-code"),
        ({"nama_prov": "Negeri Dongeng"}, "province-unknown"),
    ],
)  # fmt: skip
def test_odd_codes_are_findings(values: dict[str, Any], finding: str) -> None:
    assert told(**values) == {finding}


def test_a_good_code_is_no_finding() -> None:
    assert told(kode_kab="3201", kode_kec="320101") == set()


def test_the_detail_names_the_code_and_what_it_became() -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(kode_kab="9101", nama_prov="Papua")]}, LIST, as_of=DAY)
    assert made.finding["detail"].to_list() == ["kab 9101 -> 9301"]


def test_a_province_and_its_former_one_have_one_root() -> None:
    rows = [sisdmk("X1", nama_prov="Papua"), sisdmk("X2", nama_prov="Papua Selatan"), sisdmk("X3", nama_prov="Banten")]
    made = standardise({"sisdmk_fasilitas": rows}, LIST, as_of=DAY)
    assert by_key(made, "prov_code", "prov_root") == {"X1": ("91", "91"), "X2": ("93", "91"), "X3": ("36", "36")}


def test_a_code_is_read_as_of_the_day() -> None:
    row = sisdmk(kode_kab="9101", nama_prov="Papua")
    then = standardise({"sisdmk_fasilitas": [row]}, LIST, as_of=OLD)
    assert by_key(then, "kab_code") == {"X1": "9101"}
    assert findings(then) == set()


def test_codes_of_new_provinces_that_the_list_does_not_know_keep_their_province() -> None:
    stale = LIST.filter(pl.col("kode") != "9301", pl.col("kode") != "930101")
    made = standardise({"sisdmk_fasilitas": [sisdmk(kode_kab="9301", nama_prov="Papua Selatan")]}, stale, as_of=DAY)
    assert by_key(made, "prov_code", "kab_code", "provinsi_nama") == {"X1": ("93", None, "PAPUA SELATAN")}
    assert findings(made) == {("X1", "unknown-region-code")}


def test_without_the_list_only_provinces_are_resolved() -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(kode_kab="3201", alamat="Kec. Sumber, Kab. Melati")]}, None)
    assert by_key(made, "prov_code", "kab_code", "kec_code") == {"X1": ("32", None, None)}
    assert findings(made) == set()


def serials(*rows: tuple[str, str]) -> dict[str, Any]:
    made = standardise({"sisdmk_fasilitas": [sisdmk(key, alamat=address) for key, address in rows]}, LIST, as_of=DAY)
    return by_key(made, "kab_code", "kec_code")


def test_the_register_s_serials_vote_for_the_silent() -> None:
    made = serials(
        ("P3291010101", "Kec. Karang Baru"),
        ("P3291010102", "Jl. Tanpa Kecamatan"),
        ("P3291020101", "Kec. Karang Baru"),
        ("P3291030101", "Kec. Sumber"),
    )
    # Same district prefix: regency and district; same regency prefix: it decides between two districts Sumber.
    assert made["P3291010102"] == ("3201", "320102")
    assert made["P3291030101"] == ("3201", "320101")


def test_a_divided_prefix_decides_nothing() -> None:
    made = serials(
        ("P3291010101", "Kec. Karang Baru"),
        ("P3291010102", "Kec. Tanjung Lama"),
        ("P3291010103", "Jl. Tanpa Kecamatan"),
    )
    assert made["P3291010103"] == (None, None)


def test_a_vote_does_not_beat_what_the_record_says() -> None:
    made = serials(
        ("P3291010101", "Kec. Karang Baru"),
        ("P3291010102", "Kec. Karang Baru"),
        ("P3291010103", "Kec. Karang Baru"),
        ("P3291010104", "Kec. Karang Baru"),
        ("P3291010105", "Jl. A, Kab. Kenanga"),
    )
    assert made["P3291010105"][0] == "3202"


def test_other_serials_do_not_vote() -> None:
    made = serials(("R3291010", "Kec. Karang Baru"), ("R3291011", "Jl. Tanpa Kecamatan"))
    assert made["R3291011"] == (None, None)


def test_list_regions() -> None:
    listed = list_regions(LIST, books())
    assert listed["kode_wilayah"].is_unique().all()
    rows = {row["kode_wilayah"]: row for row in listed.iter_rows(named=True)}
    assert rows["3201"]["induk"] == "32"
    assert rows["3201"]["level"] == "kabkota"
    assert rows["320101"]["level"] == "kecamatan"
    assert rows["9301"]["kode_lama"] == "9101"
    # From the codebook: provinces that the extract lacks, and what it does not say of those that it has.
    assert rows["96"]["nama"] == "PAPUA BARAT DAYA"
    assert rows["32"]["kode_bps"] == "32"
    assert len(listed.filter(pl.col("level") == "provinsi")) == 38


def test_names_and_codes_of_the_region_are_described() -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(kode_kec="930101", nama_prov="Papua Selatan")]}, LIST, as_of=DAY)
    columns = ("provinsi_kode_lama", "kabkota_nama", "kabkota_kode_lama", "kecamatan_kode", "kecamatan_nama")
    assert by_key(made, *columns) == {"X1": ("91", "KABUPATEN RAWA", "9101", "930101", "MUARA")}
