"""Bad input: a file goes in, a message comes out, and what was known before stays as it was."""

from __future__ import annotations

import gzip
import io

import polars as pl
import pytest
import xlsxwriter

from sehatmu.intake import IntakeError
from tests.intake_files import (
    CLINICS,
    LATER,
    NEXT,
    balanced,
    column,
    contract,
    drop,
    kept,
    lines,
    new_home,
    reasons,
    take,
)

GOOD = lines("kode,nama", "0001,RSUD Satu", "0002,RSUD Dua")
JSON = '[{"kode": "0001", "nama": "RSUD Satu"}, {"kode": "0002", "nama": "RSUD Dua"}]'


def workbook(*rows: tuple[object, ...]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


def parquet() -> bytes:
    content = io.BytesIO()
    pl.DataFrame({"kode": ["0001"], "nama": ["RSUD Satu"]}).write_parquet(content)
    return content.getvalue()


BLOCKING: dict[str, tuple[str, bytes | str, str, int | None]] = {
    "empty": ("rs.csv", b"", "the file is empty", None),
    "blank": ("rs.csv", "\n \n", "the file is empty", None),
    "empty gzip": ("rs.csv.gz", gzip.compress(b""), "the file is empty", None),
    "header only": ("rs.csv", "kode,nama\n", "no row below the header", None),
    "empty array": ("rs.json", "[]", "no row below the header", None),
    "truncated gzip": ("rs.csv.gz", gzip.compress(GOOD.encode() * 99)[:-20], "the gzip breaks off", None),
    "truncated workbook": ("rs.xlsx", workbook(("kode", "nama"))[:-30], "the workbook is damaged", None),
    "blank workbook": ("rs.xlsx", workbook(), "the workbook holds no value", None),
    "truncated parquet": ("rs.parquet", parquet()[:-20], "the Parquet file is damaged", None),
    "half-written csv": ("rs.csv", GOOD + "0003", "the last row breaks off (1 of 2 fields", 4),
    "half-written json": ("rs.json", JSON[:-20], "the JSON breaks off", 2),
    "half-written ndjson": ("rs.ndjson", '{"kode": "0001", "nama": "x"}\n{"kode": ', "the last line breaks off", 2),
    "half a character": (
        "rs.csv",
        GOOD.encode() + "0003,Café".encode()[:-1],
        "the encoding cannot be told: the last character is cut off at byte 47",
        None,
    ),
    "open quote": ("rs.csv", 'kode,nama\n0001,"RSUD\n0002,RSUD Dua\n', "a quote is opened and never closed", 2),
    "swallowed rows": (
        "rs.csv",
        'kode,nama\n0001,"RSUD\n0002,RSUD Dua\n0003,"RSUD Tiga"\n',
        "a quote that opens here is closed in the middle of a field of line 4",
        2,
    ),
    "header twice": ("rs.csv", "kode,nama,ket,KET\n0001,x,a,b\n", "'KET' stands twice", None),
    "two columns for one": ("rs.csv", "kode,Kode RS,nama\n0001,0001,x\n", "'kode' and 'Kode RS' are both kode", None),
    "key twice": ("rs.json", '[{"kode": "0001", "nama": "x", "nama": "y"}]', "a key stands twice", 1),
    "no required column": (
        "rs.csv",
        "kode,ket\n0001,x\n",
        "required column absent: nama; headers seen: 'kode', 'ket'",
        None,
    ),
    "no encoding": (
        "rs.csv",
        b"kode,nama\n0001,caf\xc3\xa9\n0002,\xe9\n",
        "the encoding cannot be told: byte 26",
        None,
    ),
    "binary": ("rs.csv", b"kode,nama\n0001,\xff\x81\x01\n", "the encoding cannot be told: byte 15", None),
    "no row fits": ("rs.csv", "kode,nama\n1,2,3\n4,5,6\n", "no row is as long as the header: 3 fields against 2", 2),
    "web page": ("rs.xls", "<html><table><tr><td>kode</td></tr></table>", "a web page or XML", None),
    "pdf": ("rs.csv", b"%PDF-1.7 ...", "the file is a PDF", None),
    "old excel": ("rs.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file", None),
    "zip": ("rs.xlsx", b"PK\x03\x04" + b"\0" * 60, "the workbook is damaged", None),
    "no json": ("rs.json", "kode,nama\n0001,x\n", "the file is no JSON", None),
    "two tables": ("rs.json", '{"a": [{"kode": "1"}], "b": [{"kode": "2"}]}', "an object with 2 arrays", None),
}


@pytest.mark.parametrize("case", BLOCKING)
def test_a_bad_file_blocks_with_a_message_that_says_what_and_where(case, tmp_path):
    name, content, what, row = BLOCKING[case]
    home = new_home(tmp_path)
    drop(home, name, content)
    with pytest.raises(IntakeError) as caught:
        take(home)
    (fault,) = caught.value.faults
    assert fault.file_name == f"2026-11-23/{name}"
    assert what in fault.what
    assert fault.row == row
    assert fault.hint
    assert what in str(caught.value)
    assert "uji/fasilitas" in str(caught.value)


def test_all_bad_files_of_an_extract_are_told_at_once(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", b"")
    drop(home, "b.csv", GOOD)
    drop(home, "c.csv", "kode\n0001\n")
    with pytest.raises(IntakeError) as caught:
        take(home)
    assert [fault.file_name for fault in caught.value.faults] == ["2026-11-23/a.csv", "2026-11-23/c.csv"]


def test_a_mended_file_of_the_same_name_takes_the_place_of_the_bad_one(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", GOOD[:-11])
    drop(home, "rs~2.csv", GOOD)
    same_day = take(home)
    assert kept(same_day, "kode") == [("0001",), ("0002",)]
    assert [fault.file_name for fault in same_day.faults] == ["2026-11-23/rs.csv"]
    assert any("breaks off" in warning for warning in same_day.warnings)


def test_a_bad_delivery_of_a_later_day_blocks_until_it_comes_again(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", GOOD)
    first = take(home)
    drop(home, "rs.csv", "", day=NEXT)
    with pytest.raises(IntakeError):
        take(home, day=NEXT, previous=first)
    drop(home, "rs.csv", lines("kode,nama", "0003,RSUD Tiga"), day=LATER)
    assert kept(take(home, day=LATER, previous=first), "kode") == [("0003",)]


def test_ragged_rows_go_to_quarantine_whole(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", 'kode,nama\n0001,RSUD Satu\n0002\n\n0003,RSUD, Tiga\n0004,"RSUD, Empat"\n')
    taken = take(home)
    assert kept(taken, "row_number", "nama") == [(2, "RSUD Satu"), (6, "RSUD, Empat")]
    assert reasons(taken) == {3: ["row:ragged"], 5: ["row:ragged"]}
    assert taken.quarantine["row_values"].to_list() == [
        '{"_line":"0002","_fields":"1 of 2"}',
        '{"_line":"0003,RSUD, Tiga","_fields":"3 of 2"}',
    ]
    assert taken.source_file["warnings"].to_list() == [["2 ragged rows, the first on line 3: 1 fields of 2"]]
    assert balanced(taken)


def test_a_line_that_is_no_json_goes_to_quarantine_with_its_number(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.ndjson", '{"kode": "0001", "nama": "x"}\n\n{"kode": \n[1]\n{"kode": "0002", "nama": "y"}\n')
    taken = take(home)
    assert kept(taken, "row_number", "kode") == [(1, "0001"), (5, "0002")]
    assert reasons(taken) == {3: ["row:malformed-json"], 4: ["row:malformed-json"]}
    assert balanced(taken)


def test_a_code_that_stands_twice_with_different_names_is_quarantined_on_both_sides(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", lines("kode,nama", "0001,RSUD Satu", "0002,RSUD Dua", "0001,RSUD Sattu", "0002,RSUD Dua"))
    taken = take(home)
    assert kept(taken, "row_number", "nama") == [(3, "RSUD Dua")]
    assert reasons(taken) == {2: ["row:duplicate-key"], 4: ["row:duplicate-key"], 5: ["row:duplicate-row"]}
    assert taken.quarantine["row_values"][0] == '{"kode":"0001","nama":"RSUD Satu"}'


def test_every_reason_is_told_at_once_and_ignored_columns_are_kept(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", lines("kode;nama;tgl izin;tempat_tidur;catatan", "1;;31-02-2020;banyak;lihat surat"))
    taken = take(home)
    assert reasons(taken) == {2: ["kode:pattern", "nama:required", "tempat_tidur:cast-integer", "tgl_izin:cast-date"]}
    assert taken.quarantine["row_values"].to_list() == [
        '{"kode":"1","nama":"","tgl izin":"31-02-2020","tempat_tidur":"banyak","catatan":"lihat surat"}'
    ]
    assert taken.source_file["ignored_columns"].to_list() == [["catatan"]]
    assert taken.source_file["absent_columns"].to_list() == [["nik"]]


def test_null_and_flag_keeps_the_row_without_the_value(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", lines("kode,nama,tempat_tidur", "0001,x,-5", "0002,y,12", "0003,z,-"))
    taken = take(home)
    assert kept(taken, "kode", "tempat_tidur", "flags") == [
        ("0001", None, ["tempat_tidur:range"]),
        ("0002", 12, []),
        ("0003", None, []),
    ]


def test_reject_file_turns_the_whole_file_away(tmp_path):
    home = new_home(tmp_path)
    terms = contract(column("kode", required=True), column("tahun", "integer", minimum=2000, action="reject-file"))
    drop(home, "rs.csv", lines("kode,tahun", "0001,2020", "0002,1020", "0003,1021"))
    with pytest.raises(IntakeError, match="2 rows fail tahun:range") as caught:
        take(home, terms)
    assert caught.value.faults[0].row == 3


def test_no_personal_value_stands_in_a_message(tmp_path):
    home = new_home(tmp_path)
    nik = "3201234567890123"
    terms = contract(
        column("nik", required=True, classification="personal", pattern="^[A-Z]+$", action="reject-file"),
        business_key=("nik",),
    )
    drop(home, "a.csv", lines("nik", nik))
    drop(home, "b.csv", lines(f"{nik},{nik},BUDI", f"{nik},{nik},BUDI"))
    with pytest.raises(IntakeError) as caught:
        take(home, terms)
    assert len(caught.value.faults) == 2
    assert nik not in str(caught.value)
    assert "BUDI" not in str(caught.value)


@pytest.mark.parametrize("name", ["rs.csv", "rs.xlsx"])
def test_what_excel_leaves_of_a_long_number_is_no_nik(name, tmp_path):
    home = new_home(tmp_path)
    rows = [("kode", "nama", "nik"), ("0001", "x", "3.20123E+15"), ("0002", "y", "#N/A")]
    drop(home, name, workbook(*rows) if name.endswith("xlsx") else lines(*(",".join(row) for row in rows)))
    taken = take(home)
    assert reasons(taken) == {2: ["nik:scientific", "nik:pattern"], 3: ["nik:excel-error", "nik:pattern"]}


def test_a_numeric_nik_column_warns_and_keeps_all_digits(tmp_path):
    home = new_home(tmp_path)
    drop(
        home,
        "rs.xlsx",
        workbook(("kode", "nama", "nik"), ("0001", "x", 3201234567890123), ("0002", "y", "3201234567890124")),
    )
    taken = take(home)
    assert kept(taken, "nik") == [("3201234567890123",), ("3201234567890124",)]
    assert taken.source_file["warnings"].to_list() == [
        ["column 'nik' is numeric in Excel: digits beyond the 15th may be lost"]
    ]


def test_a_kill_while_landing_leaves_nothing_that_a_night_reads(tmp_path):
    home = new_home(tmp_path)
    drop(home, "rs.csv", GOOD)
    drop(home, ".rs~2.csv.4711.part", GOOD[:30])
    assert kept(take(home), "kode") == [("0001",), ("0002",)]


def test_an_extract_that_never_came_is_not_an_error(tmp_path):
    taken = take(new_home(tmp_path))
    assert not taken.is_delivered
    assert taken.accepted.is_empty()
    assert set(taken.accepted.columns) > {c.name for c in CLINICS.columns}
