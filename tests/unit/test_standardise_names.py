"""Facility names: tables of before → after, one per rule. All names are invented."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from sehatmu.standardise.names import display_name, normalise_names
from tests.standardising import books


def normalise(*names: str, head: str | None = "RS", is_cut: bool = False) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"name": list(names), "head": [head] * len(names), "is_cut": [is_cut] * len(names)},
        schema_overrides={"head": pl.String},
    )
    return normalise_names(frame, books()["name_words"], books()["name_starts"])


def one(name: str, column: str, **options: Any) -> object:
    return normalise(name, **options)[column].item()


@pytest.mark.parametrize(
    "names",
    [
        ("RSUD Kab. Melati", "RS Umum Daerah Melati", "Rumah Sakit Umum Daerah Kabupaten Melati", "Rumkit Melati"),
        ("RSIA Kasih Bunda", "RS Ibu dan Anak Kasih Bunda", "RS Ibu & Anak Kasih Bunda", "RSKIA Kasih Bunda"),
        ("RSU Dr. R. Soedjono", "RS Umum Daerah dr. R. Sudjono", "RSUD dr R Sudjono"),
        ("RS Angkatan Udara dr. M. Contoh", "RSAU dr. M. Contoh", "RS TNI AU M. Contoh", "RS Umum Lanud dr. M. Contoh"),
        ("RS Tk. IV Kartika Sari", "RS Tk.IV 12.07.01 Kartika Sari", "RS Umum Tingkat IV Kartika Sari"),
        ("RSI Siti Melati", "RS Islam Siti Melati"),
        ("RSUD Moh. Contoh", "RSUD Muhammad Contoh", "RSUD Mohammad Contoh"),
        ("RS Santo Yosep", "RS ST. Yosep", "RS Santa Yosep"),
        ("RS TK.Melati", "RS Melati"),
        ("BLUD RS Melati", "UPTD RSUD Melati", "UPT. RS Melati"),
    ],
)
def test_hospitals_written_in_several_ways_have_one_core(names: tuple[str, ...]) -> None:
    assert normalise(*names)["name_core"].n_unique() == 1


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("PUSKESMAS", ("MELATI  I", "Puskesmas Melati 1", "PKM MELATI I", "UPTD PUSKESMAS MELATI-1", "UPT Melati 01")),
        ("PUSKESMAS", ("KEC. MELATI", "PUSKESMAS KECAMATAN MELATI", "UPTD KESEHATAN KEC. MELATI", "MELATI")),
        ("PUSKESMAS", ("KEL. M E L A T I", "PUSKESMAS KELURAHAN MELATI")),
        ("PUSKESMAS", ("SEI MELATI", "PUSKESMAS SUNGAI MELATI")),
        ("PUSKESMAS", ("PUSKESMAS RAWAT INAP MELATI", "MELATI (RAWAT INAP)", "PUSK. PERAWATAN MELATI")),
        ("PUSKESMAS", ("PUSKESMAS MELATI", "PSKESMAS MELATI", "PUKSESMAS MELATI", "Puskesms Melati")),
        ("PUSKESMAS", ("XIII KOTO MELATI II", "13 KOTO MELATI 2")),
        ("KLINIK", ("Klinik Pratama Sehat Kita", "KLINIK SEHAT KITA", "Klinik Utama Sehat Kita", "KP Sehat Kita")),
        ("APOTEK", ("Apotik Sehat No. 12", "APOTEK SEHAT 12", "Apotek Sehat XII", "AP. SEHAT 12")),
        ("APOTEK", ("Apotek Bersama", "Apotek BeRumah Sakitama")),
        ("PRAKTIK_MANDIRI", ("Praktek dr. Ani", "Praktik Mandiri Dokter Ani", "DPP dr. Ani", "TPMD Ani")),
    ],
)  # fmt: skip
def test_other_kinds_written_in_several_ways_have_one_core(head: str, names: tuple[str, ...]) -> None:
    assert normalise(*names, head=head)["name_core"].n_unique() == 1


@pytest.mark.parametrize(
    ("head", "left", "right"),
    [
        ("APOTEK", "Apotek Kimia Contoh 12", "Apotek Kimia Contoh 21"),
        ("PUSKESMAS", "PUSKESMAS X I", "PUSKESMAS X II"),
        ("PUSKESMAS", "MELATI I", "MELATI"),
        ("PUSKESMAS", "KEL. MELATI", "KEC. MELATI"),
        ("RS", "RSUD Kota Melati", "RSUD Kabupaten Melati"),
        ("RS", "RS Hermawan Melati", "RS Hermawan Kenanga"),
        ("RS", "RS Tk. IV 01.07.01", "RS Tk. IV 02.07.04"),
    ],
)
def test_numbers_and_places_are_identity(head: str, left: str, right: str) -> None:
    assert normalise(left, right, head=head)["name_core"].n_unique() == 2


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("PUSKESMAS MELATI III", "3"),
        ("PUSKESMAS MELATI 03", "3"),
        ("PUSKESMAS MELATI - II", "2"),
        ("MELATI IV-C", "4"),
        ("XI KOTO MELATI I", "11 1"),
        ("RAWA II BARAT", "2"),
        ("RAWA I BARAT", "1"),
        ("X KOTO ATAS", "10"),
        ("BLOK 4A", "4A"),
        ("MELATI", None),
        ("RSUD dr. I. A. Contoh", None),
        ("RS Umum I Gusti Contoh", None),
        ("RS Tk. I Melati", None),
        ("RS Tk. III Melati", None),
        ("RS 12.07.01 Melati", None),
        ("dr. V. Contoh", None),
    ],
)
def test_name_number(name: str, number: str | None) -> None:
    assert one(name, "name_number", head=None) == number


def test_x_2_is_x_ii() -> None:
    made = normalise("PUSKESMAS X 2", "PUSKESMAS X II", head="PUSKESMAS")
    assert made["name_core"].n_unique() == 1
    assert made["name_number"].to_list() == ["2", "2"]


@pytest.mark.parametrize(
    ("name", "core", "kind"),
    [
        ("RS Khusus Mata Sinar", "SINAR", "RS KHUSUS MATA"),
        ("RS Sinar Mata", "SINAR MATA", "RS"),
        ("RSUD Melati", "MELATI", "RS UMUM DAERAH"),
        ("Instalasi Farmasi RSUD Melati", "MELATI", "INSTALASI FARMASI RS UMUM DAERAH"),
        ("IFRS Melati", "MELATI", "INSTALASI FARMASI RS"),
        ("RS Umum Daerah", "RS UMUM DAERAH", "RS UMUM DAERAH"),
        ("RS THT Bedah KL Melati", "MELATI", "RS THT BEDAH KL"),
    ],
)
def test_kind_words_leave_the_core_only_where_they_say_the_kind(name: str, core: str, kind: str) -> None:
    made = normalise(name).select("name_core", "name_kind").row(0)
    assert made == (core, kind)


def test_a_qualifier_of_another_kind_is_part_of_the_name() -> None:
    assert one("Apotek Ibu dan Anak Sehat", "name_core", head="APOTEK") == "IBU ANAK SEHAT"
    assert one("Apotek Mata Air", "name_core", head="APOTEK") == "MATA AIR"


def test_the_last_word_of_a_cut_name_is_no_evidence() -> None:
    assert one("RS Siti Contoh Cabang Sepan", "name_core", is_cut=True) == "SITI CONTOH CABANG"
    assert one("RS Sepan", "name_core", is_cut=True) == "SEPAN"


def test_other_columns_of_a_name() -> None:
    made = normalise("RSUD Tjokro Jaya Tjokro").row(0, named=True)
    assert made["name_full"] == "RS UMUM DAERAH TJOKRO JAYA TJOKRO"
    assert made["name_core"] == "COKRO JAYA COKRO"
    assert made["name_tokens"] == "COKRO JAYA"
    assert made["name_key"] == "COKROJAYACOKRO"


def test_a_name_of_signs_has_nothing() -> None:
    made = normalise("???", "RS Melati").sort("name")
    assert made["name_core"].to_list() == [None, "MELATI"]


def test_display_name_gives_a_puskesmas_its_word() -> None:
    frame = pl.DataFrame(
        {
            "name": ["MELATI  I", "PKM MELATI", "PUSTU MELATI", "Klinik Melati"],
            "kind": ["102", "102", "102", "103"],
            "said": [None, "PUSKESMAS", "PUSTU", "KLINIK"],
        }
    )
    shown = frame.select(display_name(pl.col("name"), pl.col("kind"), pl.col("said"))).to_series().to_list()
    assert shown == ["PUSKESMAS MELATI I", "PKM MELATI", "PUSTU MELATI", "Klinik Melati"]
