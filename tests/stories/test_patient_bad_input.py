"""Registrations as clerks write them, from the file to the record: what is kept, what is flagged, what stands aside."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from sehatmu.contracts import load_contracts
from sehatmu.intake import Intake
from sehatmu.standardise.persons import person_records
from tests.intake_files import DAY, NEXT, balanced, new_home, take
from tests.standardising_persons import CONTRACTS, books

TERMS = load_contracts(CONTRACTS).source("faskes", "pasien")
HEADER = "Sumber Kode;Kode Faskes;No. RM;NIK;Nama Pasien;Tgl Lahir;JK;No HP"


def land(tmp_path: Path, *rows: str, name: str = "pasien.csv", day: date = DAY, header: str = HEADER) -> Path:
    path = tmp_path / "home" / "landing" / "faskes" / "pasien" / day.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in (header, *rows)), encoding="utf-8")
    return path


def told(taken: Intake, *columns: str) -> dict[str, tuple[object, ...]]:
    """Record number → values of the standardised record."""
    records = person_records(taken.accepted, books(), as_of=DAY)
    return {row[0]: row[1:] for row in records.select("no_rm", *columns).rows()}


def patient(number: int, *, nik: str = "", name: str = "Surya", born: str = "", sex: str = "", phone: str = "") -> str:
    return f"yankes_rs;3273010;{number:02};{nik};{name};{born};{sex};{phone}"


NIKS = {
    "3273010101900001": ("3273010101900001", "ok", []),
    "3273 0101 0190 0001": ("3273010101900001", "ok", []),
    "'3273010101900001": ("3273010101900001", "ok", []),
    "327301010190001": (None, "shape", ["nik:pattern"]),
    "32730101019000011": (None, "shape", ["nik:pattern"]),
    "3.27301E+15": (None, "shape", ["nik:pattern", "nik:scientific"]),
    "3273010101900001.0": (None, "shape", ["nik:pattern"]),
    "1111111111111111": (None, "placeholder", ["nik:placeholder"]),
    "3273010101900000": (None, "placeholder", ["nik:placeholder"]),
    "-": (None, "missing", []),
    "": (None, "missing", []),
}


def test_every_way_to_spoil_a_nik_costs_the_nik_and_not_the_patient(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    land(tmp_path, *(patient(i, nik=nik) for i, nik in enumerate(NIKS)))
    taken = take(home, TERMS)
    assert taken.quarantine.is_empty()
    made = told(taken, "nik", "nik_state", "flags")
    assert {nik: made[f"{i:02}"] for i, nik in enumerate(NIKS)} == NIKS


def test_a_numeric_column_in_a_workbook_is_told_and_its_scientific_texts_are_flagged(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["DAFTAR PASIEN"])
    sheet.write_row(2, 0, ["sumber_kode", "kode_faskes", "no_rm", "nik", "nama"])
    sheet.write_row(3, 0, ["yankes_rs", "3273010", "01", 3273010101900001, "Surya"])
    sheet.write_row(4, 0, ["yankes_rs", "3273010", "02", "3.27301E+15", "Melati"])
    book.close()
    path = land(tmp_path, name="pasien.xlsx")
    path.write_bytes(content.getvalue())
    taken = take(home, TERMS)
    assert any("'nik' is numeric in Excel" in warning for warning in taken.source_file["warnings"].item())
    assert told(taken, "nik_state") == {"01": ("ok",), "02": ("shape",)}


def test_three_forms_of_date_in_one_column_and_days_that_never_were(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    days = {
        "1990-01-31": (date(1990, 1, 31), []),
        "31/01/1990": (date(1990, 1, 31), []),
        "31-01-1990": (date(1990, 1, 31), []),
        "01-01-1990": (date(1990, 1, 1), []),
        "31-02-1990": (None, ["tanggal_lahir:cast-date"]),
        "01/31/1990": (None, ["tanggal_lahir:cast-date"]),
        "1899-12-31": (None, ["tanggal_lahir:range"]),
        "1900-01-01": (None, ["tanggal_lahir:placeholder"]),
        "2026-11-24": (None, ["tanggal_lahir:future"]),
        "": (None, []),
    }
    land(tmp_path, *(patient(i, born=day) for i, day in enumerate(days)))
    made = told(take(home, TERMS), "birth_date", "flags")
    assert {day: made[f"{i:02}"] for i, day in enumerate(days)} == days


def test_a_sex_is_read_however_it_is_written(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    sexes = {
        **dict.fromkeys(("L", "l", "1", "Laki-laki", "LAKI LAKI", "male", "Pria", "Lk."), ("M", [])),
        **dict.fromkeys(("P", "2", "Perempuan", "PEREMPUAN", "female", "Wanita"), ("F", [])),
        "?": (None, ["jenis_kelamin:unknown"]),
        "": (None, []),
    }
    land(tmp_path, *(patient(i, sex=sex) for i, sex in enumerate(sexes)))
    made = told(take(home, TERMS), "sex", "flags")
    assert {sex: made[f"{i:02}"] for i, sex in enumerate(sexes)} == sexes


def test_what_tells_a_row_apart_must_be_there(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    land(
        tmp_path,
        patient(1),
        "yankes_rs;3273010;;;Melati;;;",
        "yankes_rs;;03;;Melati;;;",
        "sembarang;3273010;04;;Melati;;;",
        patient(5, name=""),
        patient(6),
        patient(6, name="Melati"),
    )
    taken = take(home, TERMS)
    assert balanced(taken)
    assert told(taken).keys() == {"01"}
    assert taken.quarantine.select("row_number", "reasons").rows() == [
        (3, ["no_rm:required"]),
        (4, ["kode_faskes:required"]),
        (5, ["sumber_kode:known-namespace"]),
        (6, ["nama:required"]),
        (7, ["row:duplicate-key"]),
        (8, ["row:duplicate-key"]),
    ]


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("TN. TIDAK DIKENAL", (None, True, False, ["nama:placeholder"])),
        ("MR. X", (None, True, False, ["nama:placeholder"])),
        ("BY NY MELATI", (None, False, True, ["nama:newborn"])),
        ("dr. Surya, Sp.A", ("SURYA", False, False, [])),
    ],
)
def test_names_that_are_none_stay_in_the_register(tmp_path: Path, name: str, after: tuple[object, ...]) -> None:
    home = new_home(tmp_path)
    land(tmp_path, patient(1, name=name))
    taken = take(home, TERMS)
    assert told(taken, "name_full", "name_is_placeholder", "is_newborn_name", "flags") == {"01": after}
    assert told(taken, "nama") == {"01": (name,)}


def test_codes_of_two_namespaces_are_two_deliverers(tmp_path: Path) -> None:
    """A clinic with a hospital's code in another namespace does not replace the hospital's patients."""
    home = new_home(tmp_path)
    land(tmp_path, patient(1))
    before = take(home, TERMS)
    land(tmp_path, "yankes_klinik;3273010;77;;Melati;;;", day=NEXT)
    after = take(home, TERMS, day=NEXT, previous=before)
    assert told(after).keys() == {"01", "77"}
    land(tmp_path, patient(2), name="lagi.csv", day=NEXT)
    assert told(take(home, TERMS, day=NEXT, previous=before)).keys() == {"02", "77"}


def test_no_personal_value_is_in_a_message(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    land(tmp_path, patient(1, nik="327301010190001", name="Rahasia", born="31-02-1990"))
    taken = take(home, TERMS)
    said = repr(taken.source_file.to_dicts()) + repr(taken.accepted["flags"].to_list())
    assert not any(value in said for value in ("327301010190001", "Rahasia", "31-02-1990"))
    assert isinstance(taken.accepted, pl.DataFrame)
