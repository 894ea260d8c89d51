"""One record from one row, whatever the register: kinds, codes, attributes, flags, findings, the hash."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import polars as pl
import pytest

from sehatmu.standardise import Codebooks, standardise_facilities
from sehatmu.standardise.facility import EVIDENCE, STANDARDISER_VERSION
from sehatmu.standardise.kinds import KIND_HEADS
from tests.standardising import accepted, books, by_key, findings, standardise


def sisdmk(key: str = "X1", **values: Any) -> dict[str, Any]:
    row = {"kode_unit": key, "nama_unit": "Contoh", "jenis_unit": "PUSKESMAS", "nama_prov": "Jawa Barat"}
    return row | {"alamat": None} | values


def sirs(key: str = "3201001", **values: Any) -> dict[str, Any]:
    row = {"kode_rs": key, "nama_rs": "RS Umum Contoh", "nama_prop": "JAWA BARAT", "jenis_rs": "RSU"}
    return row | {"kelas": None, "pemilik": None, "total_tt": None} | values


@pytest.mark.parametrize(
    ("jenis", "nama", "expected"),
    [
        ("PUSKESMAS", "MELATI", ("102", None, "102")),
        ("Rumah Sakit", "RSUD Melati", ("104", None, "104")),
        ("DINAS PROVINSI", "DINAS KESEHATAN PROVINSI JAWA BARAT", ("129", None, "129")),
        ("Puskesmas Pembantu", "MELATI", ("102", "OT000002", "OT000002")),
        # A part of another facility is not that facility, whatever the register's column says.
        ("PUSKESMAS", "PUSTU MELATI", ("102", "OT000002", "OT000002")),
        ("RUMAH SAKIT", "Instalasi Farmasi RSUD Melati", ("135", None, "135")),
        ("RUMAH SAKIT", "UTD RSUD Melati", ("106", None, "106")),
        ("PUSKESMAS", "UPTD PUSKESMAS MELATI DINAS KESEHATAN", ("102", None, "102")),
        ("Klinik Pratama", "Klinik Melati", ("103", "10301", "103")),
        (None, "RSUD Melati", ("104", None, "104")),
        (None, "Apotek Melati", ("105", None, "105")),
        (None, "Melati", (None, None, None)),
    ],
)
def test_kind(jenis: str | None, nama: str, expected: tuple[Any, ...]) -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(jenis_unit=jenis, nama_unit=nama)]})
    assert by_key(made, "kind_code", "subkind_code", "kind_key")["X1"] == expected


def test_kinds_that_a_register_settles() -> None:
    made = standardise(
        {
            "sirs_rumah_sakit": [sirs("3201001", nama_rs="Instalasi Farmasi Contoh", jenis_rs="RSK Jiwa")],
            "komdat_puskesmas": [{"kode_instansi": "1000001", "unit_kerja": "PUSTU MELATI", "kode_kab": None}],
            "simada_sarana": [{"kode_sarana": "S1", "nama_sarana": "PT Melati", "jenis_sarana": "PBF"}],
            "yankes_fasyankes": [
                {
                    "sumber_identifier": "yankes_klinik",
                    "kode_faskes": "1000002",
                    "nama": "Klinik Melati",
                    "jenis": "Klinik",
                    "subjenis": "Utama",
                }
            ],
        }
    )
    kinds = by_key(made, "jenis_sarana_kode", "subjenis_kode", "subjenis_nama", "speciality")
    assert kinds == {
        "3201001": ("104", None, "Rumah Sakit Khusus Jiwa", "JIWA"),
        "1000001": ("102", None, None, None),
        "S1": ("121", None, None, None),
        "yankes_klinik|1000002": ("103", "OT000010", "Klinik Utama", None),
    }


def test_an_unknown_kind_is_a_finding() -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(jenis_unit="ISTANA", nama_unit="Melati")]})
    assert findings(made) == {("X1", "kind-unknown"), ("X1", "no-kind")}


def test_every_kind_head_is_a_head_word() -> None:
    heads = set(books()["name_words"].filter(pl.col("class") == "head")["word"].str.replace_all(" ", "_"))
    assert set(KIND_HEADS.values()) <= heads | {"PRAKTIK_MANDIRI"}


def codes(*rows: dict[str, Any]) -> set[tuple[str, str, str]]:
    made = standardise({"sisdmk_fasilitas": list(rows)})
    keys = made.record.select("record_key", "source_key")
    found = made.identifier.join(keys, on="record_key").select("source_key", "namespace", "code")
    return set(found.rows())


@pytest.mark.parametrize(
    ("code", "province", "credible"),
    [
        ("R3201001", "Jawa Barat", True),
        (" R3201001 ", "Jawa Barat", True),
        ("R9201001", "Papua", True),
        ("R2071034", "Kepulauan Riau", True),
        ("R6471062", "Kalimantan Utara", True),
        # Hidden, made-up or another province's code: no evidence of a hospital code.
        ("R0000001", "Jawa Barat", False),
        ("R3501001", "Jawa Barat", False),
        ("X17", "Jawa Barat", False),
        ("3201001", "Jawa Barat", False),
        ("R32010012", "Jawa Barat", False),
    ],
)
def test_a_hospital_code_within_a_unit_code_counts_where_it_is_credible(
    code: str, province: str, credible: bool
) -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(code, jenis_unit="RUMAH SAKIT", nama_prov=province)]})
    trimmed = code.strip()
    expected = {("sisdmk_sarana", trimmed)} | ({("yankes_rs", trimmed[1:])} if credible else set())
    assert set(made.identifier.select("namespace", "code").rows()) == expected
    assert made.record.select("code_yankes_rs", "code_sisdmk").row(0) == (
        trimmed[1:] if credible else None,
        trimmed,
    )


def test_a_hidden_hospital_code_is_kept_but_is_no_evidence() -> None:
    made = standardise({"sirs_rumah_sakit": [sirs("0000001"), sirs("3578797S", nama_prop="JAWA TIMUR")]})
    assert set(made.identifier.select("namespace", "code").rows()) == {
        ("yankes_rs", "0000001"),
        ("yankes_rs", "3578797S"),
    }
    assert by_key(made, "code_yankes_rs") == {"0000001": None, "3578797S": "3578797S"}


def test_puskesmas_codes_are_pairs() -> None:
    assert codes(sisdmk("P3201010101", kode_satusehat="1000000001")) == {
        ("P3201010101", "sisdmk_sarana", "P3201010101"),
        ("P3201010101", "puskesmas_pusdatin_baru", "P3201010101"),
        ("P3201010101", "satset", "1000000001"),
    }


def test_service_codes_carry_their_namespace() -> None:
    rows = [
        {"sumber_identifier": "yankes_klinik", "kode_faskes": "1000002", "kode_faskes_baru": "32010300001"},
        {"sumber_identifier": "yankes_klinik_kmk", "kode_faskes": "32010300002", "kode_faskes_baru": "32010300002"},
        {"sumber_identifier": "YANKES_UTD", "kode_faskes": " 1000003 ", "kode_faskes_baru": "kosong"},
    ]
    made = standardise({"yankes_fasyankes": [row | {"nama": "Melati", "jenis": "Klinik"} for row in rows]})
    assert set(made.identifier.select("namespace", "code").rows()) == {
        ("yankes_klinik", "1000002"),
        ("yankes_klinik_kmk", "32010300001"),
        ("yankes_klinik_kmk", "32010300002"),
        ("yankes_utd", "1000003"),
    }
    best = by_key(made, "kode_sarana", "sumber_identifier")
    assert best["yankes_klinik|1000002"] == ("32010300001", "yankes_klinik_kmk")


def test_attributes_of_a_hospital() -> None:
    row = sirs(
        kelas="D PRATAMA", pemilik="SWASTA/ LAINNYA", total_tt=25, telepon="(0271) 123456", email="A@B.example",
        website="https://b.example", no_izin="1/2020", tgl_izin_akhir=date(2030, 1, 1), status="Aktif",
        alamat=" Jl. A  1 ",
    )  # fmt: skip
    made = standardise({"sirs_rumah_sakit": [row]})
    expected = {
        "nama": "RS Umum Contoh", "kelas_sarana_kode": "D PRATAMA", "kelas_sarana_nama": "Kelas D Pratama",
        "pemilik_kode": "SWASTA", "total_tt": 25, "telp": "62271123456", "email": "a@b.example", "no_izin": "1/2020",
        "tgl_izin_akhir": date(2030, 1, 1), "status_aktif": True, "alamat": "Jl. A 1", "provinsi_kode": "32",
        "provinsi_nama": "JAWA BARAT", "jenis_sarana_nama": "Rumah Sakit", "subjenis_kode": "10401",
        "kode_sarana": "3201001", "sumber_identifier": "yankes_rs", "rawat_inap": None,
    }  # fmt: skip
    record = made.record.row(0, named=True)
    assert {column: record[column] for column in expected} == expected
    assert findings(made) == set()


@pytest.mark.parametrize(("kelas", "code"), [("a", "A"), ("Belum Ditetapkan", None), ("Kelas B", "B"), (None, None)])
def test_class(kelas: str | None, code: str | None) -> None:
    made = standardise({"sirs_rumah_sakit": [sirs(kelas=kelas)]})
    assert made.record["kelas_sarana_kode"].item() == code
    assert findings(made) == set()


def test_words_that_no_codebook_knows_are_findings() -> None:
    made = standardise({"sirs_rumah_sakit": [sirs(kelas="Z", pemilik="Raja", telepon="?", email="?")]})
    assert {finding for _, finding in findings(made)} == {
        "class-unknown", "owner-unknown", "phone-unreadable", "email-unreadable",
    }  # fmt: skip
    assert made.finding.filter(pl.col("finding").str.contains("unreadable"))["detail"].null_count() == 2


def test_beds_come_from_the_classes_of_care_where_they_are_counted() -> None:
    beds = [
        {"kode_rs": "3201001 ", "kelas": "I", "jumlah_tt": 10, "is_current": True},
        {"kode_rs": "3201001", "kelas": "II", "jumlah_tt": 20, "is_current": True},
        {"kode_rs": "3201001", "kelas": "III", "jumlah_tt": 99, "is_current": False},
    ]
    made = standardise({"sirs_rumah_sakit": [sirs(total_tt=7), sirs("3201002", total_tt=7)], "sirs_tempat_tidur": beds})
    assert by_key(made, "total_tt") == {"3201001": 30, "3201002": 7}


@pytest.mark.parametrize(
    ("text", "expected"), [("Rawat Inap", True), ("Non Rawat Inap", False), ("entah", None), (None, None)]
)
def test_inpatient(text: str | None, expected: bool | None) -> None:
    made = standardise({"sisdmk_fasilitas": [sisdmk(kemampuan_rawat_inap=text)]})
    assert made.record["rawat_inap"].item() is expected


def test_flags_of_intake_and_of_standardising_stand_together() -> None:
    frame = accepted("sisdmk_fasilitas", [sisdmk(latitude=107.0, longitude=-6.9)])
    frame = frame.with_columns(flags=pl.lit(["email:pattern"]))
    made = standardise_facilities({"sisdmk_fasilitas": frame}, None, books())
    assert made.record["flags"].to_list() == [["coordinates-swapped", "email:pattern"]]
    assert findings(made) == {("X1", "coordinates-swapped")}


def test_names_are_cut_only_at_the_register_s_limit() -> None:
    name = "RS Siti Melati Kenanga Anggrek Cabang Tanjung Hara"
    assert len(name) == 50
    made = standardise({"sirs_rumah_sakit": [sirs("3201001", nama_rs=name), sirs("3201002", nama_rs=name[:-1])]})
    assert findings(made) == {("3201001", "name-cut")}
    assert by_key(made, "name_core")["3201001"].endswith("TANJUNG")


def test_only_current_rows_become_records() -> None:
    rows = [
        sisdmk("X1", is_current=True, kode_satusehat="1000000002"),
        # An older delivery of the same row, and one that is gone.
        sisdmk("X1", is_current=False, kode_satusehat="1000000001"),
        sisdmk("X2", is_current=False, kode_satusehat="1000000003"),
    ]
    made = standardise({"sisdmk_fasilitas": rows})
    assert made.record["source_key"].to_list() == ["X1"]
    assert set(made.identifier["code"]) == {"X1", "1000000002"}


def test_no_rows_and_no_extracts() -> None:
    for tables in ({}, {"referensi_wilayah": [{"kode": "32", "nama": "JAWA BARAT"}]}):
        frames = {table: pl.DataFrame(rows) for table, rows in tables.items()}
        made = standardise_facilities(frames, None, books())
        assert made.record.is_empty()
        assert made.identifier.is_empty()
        assert made.finding.is_empty()
    full = standardise({"sisdmk_fasilitas": [sisdmk()]})
    assert made.record.schema == full.record.schema
    assert made.finding.schema == full.finding.schema
    assert made.identifier.schema == full.identifier.schema


def hash_of(books_: Codebooks | None = None, **values: Any) -> int:
    frame = accepted("sisdmk_fasilitas", [sisdmk(**values)])
    made = standardise_facilities({"sisdmk_fasilitas": frame}, None, books_ or books())
    return int(made.record["link_hash"].item())


def test_the_link_hash_follows_what_linkage_reads() -> None:
    before = hash_of(nama_unit="Melati", status="Aktif")
    assert hash_of(nama_unit="  MELATI ", status="Tutup") == before
    assert hash_of(nama_unit="Melati 2") != before
    assert hash_of(nama_unit="Melati", alamat="Jl. A") != before
    assert hash_of(Codebooks(books().frames, "another"), nama_unit="Melati") != before


def test_the_link_hash_is_md5_and_so_survives_upgrades_of_libraries() -> None:
    record = standardise({"sisdmk_fasilitas": [sisdmk(latitude=-6.9, longitude=107.6)]}).record
    values = ["\x00" if value is None else str(value) for value in record.select(EVIDENCE).row(0)]
    text = "\x1f".join([f"{STANDARDISER_VERSION}|{books().version}", *values])
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    assert record["link_hash"].item() == int.from_bytes(digest[8:], "little")
