"""The readers: one table in every dress comes back as the same text, numbered as a person counts."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from sehatmu.intake.delivered import cell
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.read import read
from sehatmu.intake.read_csv import find_header
from sehatmu.intake.text import examine
from tests.intake_files import column, contract

TERMS = contract(
    column("kode", required=True, aliases=("kode rs",)),
    column("nama"),
    column("kota", paths=("alamat.kota",)),
    column("nik", classification="personal"),
)
HEADER, ROWS = ("Kode RS", "nama"), [("0001", "RSUD Café"), ("0002", "RS “Dua”; Tiga|\tEmpat, Lima")]


def read_text(tmp_path: Path, name: str, content: bytes | str):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, TERMS)


def csv_text(delimiter: str = ",", end: str = "\n") -> str:
    rows = [HEADER, *((f'"{a}"', f'"{b}"') for a, b in ROWS)]
    return "".join(delimiter.join(row) + end for row in rows)


def make_workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    fill(book)
    book.close()
    return content.getvalue()


def sheet_of(rows: Sequence[Sequence[object]], top: int = 0, left: int = 0) -> Callable[[xlsxwriter.Workbook], None]:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, top):
            sheet.write_row(number, left, row)

    return fill


def parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


OBJECTS = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
DRESSES = {
    "comma": ("a.csv", csv_text(), 2),
    "semicolon": ("a.csv", csv_text(";"), 2),
    "tab": ("a.tsv", csv_text("\t"), 2),
    "bar": ("a.txt", csv_text("|"), 2),
    "windows": ("a.csv", csv_text(end="\r\n"), 2),
    "mark": ("a.csv", csv_text().encode("utf-8-sig"), 2),
    "cp1252": ("a.csv", csv_text().encode("cp1252"), 2),
    "utf-16 marked": ("a.csv", csv_text().encode("utf-16"), 2),
    "utf-16 little": ("a.csv", csv_text().encode("utf-16-le"), 2),
    "utf-16 big": ("a.csv", csv_text().encode("utf-16-be"), 2),
    "gzip": ("a.csv.gz", gzip.compress(csv_text().encode()), 2),
    "two gzips": ("a.csv.gz", gzip.compress(csv_text().encode()[:30]) + gzip.compress(csv_text().encode()[30:]), 2),
    "gzip under another name": ("a.csv", gzip.compress(csv_text().encode()), 2),
    "excel's hint": ("a.csv", "sep=;\n" + csv_text(";"), 3),
    "title above": ("a.csv", "Daftar RS\n\n" + csv_text(), 4),
    "array": ("a.json", json.dumps(OBJECTS), 1),
    "pretty array": ("a.json", json.dumps(OBJECTS, indent=2), 1),
    "wrapped": ("a.json", json.dumps({"total": 2, "data": OBJECTS, "errors": []}), 1),
    "json in utf-16": ("a.json", json.dumps(OBJECTS, ensure_ascii=False).encode("utf-16"), 1),
    "json gzip": ("a.json.gz", gzip.compress(json.dumps(OBJECTS).encode()), 1),
    "json without a name": ("a", json.dumps(OBJECTS), 1),
    "lines": ("a.ndjson", "".join(json.dumps(o) + "\n" for o in OBJECTS), 1),
    "lines named json": ("a.json", "\n".join(map(json.dumps, OBJECTS)), 1),
    "workbook": ("a.xlsx", make_workbook(sheet_of([HEADER, *ROWS])), 2),
    "workbook under another name": ("a.csv", make_workbook(sheet_of([HEADER, *ROWS])), 2),
    "workbook with titles": ("a.xlsx", make_workbook(sheet_of([("Daftar",), (), HEADER, *ROWS], 2, 3)), 6),
    "workbook gzip": ("a.xlsx.gz", gzip.compress(make_workbook(sheet_of([HEADER, *ROWS]))), 2),
    "parquet": ("a.parquet", parquet(pl.DataFrame(OBJECTS)), 1),
    "parquet gzip": ("a.parquet.gz", gzip.compress(parquet(pl.DataFrame(OBJECTS))), 1),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_one_table_in_every_dress(dress, tmp_path):
    name, content, first = DRESSES[dress]
    found = read_text(tmp_path, name, content)
    assert found.headers == HEADER
    assert found.rows.select("row_number", "c0", "c1").rows() == [(first, *ROWS[0]), (first + 1, *ROWS[1])]
    assert found.broken.is_empty()


def test_csv_rows_are_numbered_by_the_line_that_they_begin_on(tmp_path):
    text = 'kode,nama\r\n\r\n0001,"a\r\nb\n\nc"\r\n,\r\n0002,"say ""hi"""\r\n0003\r\n0004,d\r\n'
    found = read_text(tmp_path, "a.csv", text)
    assert found.rows.rows() == [(3, "0001", "a\r\nb\n\nc"), (8, "0002", 'say "hi"'), (10, "0004", "d")]
    assert found.broken["row_number"].to_list() == [9]


def test_a_quote_in_the_middle_of_a_field_is_a_letter(tmp_path):
    found = read_text(tmp_path, "a.csv", 'kode,nama\n0001,RS "Satu" Dua\n0002,5" pipa\n0003,x\n')
    assert found.rows["c1"].to_list() == ['RS "Satu" Dua', '5" pipa', "x"]


def test_rows_longer_than_a_read_block_survive(tmp_path):
    long = "x" * (3 << 20)
    found = read_text(tmp_path, "a.csv", f'kode,nama\n0001,"{long}\n"\n0002,y\n')
    assert found.rows["row_number"].to_list() == [2, 4]
    assert found.rows["c1"].str.len_bytes().to_list() == [len(long) + 1, 1]


@pytest.mark.parametrize(
    ("head", "delimiter", "record"),
    [
        ("kode\n1\n", ",", 1),
        ("a;b\n1,2;3\n", ";", 1),
        ("x,y,z\nkode;nama\n", ";", 2),
        ("", ",", 1),
    ],
)
def test_the_header_is_where_the_contracts_columns_are(head, delimiter, record):
    known = {"kode", "nama", "a", "b"}
    found = find_header(head, lambda headers: len(known & {header.strip() for header in headers}))
    assert (found[0], found[2]) == (delimiter, record)


def test_json_values_come_as_text_with_all_digits(tmp_path):
    text = '[{"kode": 1703045, "nama": null, "nik": 32012345678901234567, "x": {"y": [1, 2]}, "b": true, "e": ""}]'
    found = read_text(tmp_path, "a.json", text)
    cells = dict(zip(found.headers, found.rows.row(0)[1:], strict=False))
    assert cells == {
        "kode": "1703045",
        "nama": None,
        "nik": "32012345678901234567",
        "x": '{"y":[1,2]}',
        "b": "true",
        "e": "",
    }


def test_json_paths_and_odd_keys_are_found(tmp_path):
    text = r'[{"d.kode \"rs\"/~": "[{,]}\\\"", "alamat": {"kota": "Bandung"}}, {"alamat": {"kota": {"x": 1}}}]'
    found = read_text(tmp_path, "a.json", text)
    assert found.headers == ("alamat", 'd.kode "rs"/~')
    assert found.by_path == {"kota": 2}
    assert found.rows["c1"].to_list() == ['[{,]}\\"', None]
    assert found.rows["c2"].to_list() == ["Bandung", '{"x":1}']


NESTED = contract(column("nik"), column("nama"), column("unit"), business_key=("nik",), nested=("PEKERJAAN",))
DEWI = {"nik": "1", "nama": "Dewi", "PEKERJAAN": [{"unit": "R1"}, {"unit": "P2", "nama": "Dewi S"}]}
SITI, BUDI = {"nik": "2", "nama": "Siti", "PEKERJAAN": []}, {"nik": "3", "nama": "Budi", "unit": "K3"}
JOBS = [("1", "Dewi", "R1"), ("1", "Dewi S", "P2"), ("2", "Siti", None), ("3", "Budi", "K3")]


@pytest.mark.parametrize(
    ("name", "text", "jobs"),
    [
        ("a.json", json.dumps([DEWI, SITI, BUDI]), JOBS),
        ("a.json", json.dumps({"status": "ok", "data": [DEWI, SITI, BUDI]}, indent=1), JOBS),
        ("a.ndjson", "\n".join(map(json.dumps, (DEWI, SITI, BUDI))) + "\n", JOBS),
        ("a.json", json.dumps(DEWI, indent=2), JOBS[:2]),
    ],
)
def test_nested_rows_bear_what_their_object_says(name, text, jobs, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    told = read(path, NESTED)
    at = [told.headers.index(header) for header in ("nik", "nama", "unit")]
    assert told.rows.select(cell(i) for i in at).rows() == jobs
    assert told.rows["row_number"].to_list() == list(range(1, len(jobs) + 1))


def test_a_nested_row_that_is_no_object_is_a_broken_one(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([DEWI | {"PEKERJAAN": [{"unit": "R1"}, "R2"]}, BUDI]))
    told = read(path, NESTED)
    assert told.rows["row_number"].to_list() == [1, 3]
    assert told.broken.select("row_number", "reason").rows() == [(2, "row:malformed-json")]


@pytest.mark.parametrize(
    ("text", "what", "row"),
    [
        ('[{"kode": 1}, 2]', "no JSON object", 2),
        ('[{"kode": 1},, {"kode": 2}]', "a comma without an element", 2),
        ('[{"kode": 1}] tail', "malformed", None),
        ('[{"kode": 1}, {"kode": }]', "no JSON object", 2),
        ('{"data": [{"kode": 1}, {"ko', "breaks off", 2),
        ("{\n}\n{\n", "breaks off", 1),
    ],
)
def test_malformed_json_says_where(text, what, row, tmp_path):
    with pytest.raises(BadFileError, match=what) as caught:
        read_text(tmp_path, "a.json", text)
    assert caught.value.row == row


def test_a_single_object_is_one_row(tmp_path):
    assert read_text(tmp_path, "a.json", '{\n "kode": "1",\n "nama": "x"}').rows.rows() == [(1, "1", "x", None)]


def test_workbook_cells_become_the_text_that_a_person_reads(tmp_path):
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["kode", "nama", "tgl", "nik"])
        sheet.write_row(1, 0, [1703045, 96.85218])
        sheet.write_datetime(1, 2, datetime(1990, 1, 2), day)  # noqa: DTZ001
        sheet.write_string(1, 3, "3201234567890123")
        sheet.write_formula(3, 1, "=1/0", None, "#DIV/0!")
        sheet.write_boolean(3, 2, True)

    found = read_text(tmp_path, "a.xlsx", make_workbook(fill))
    assert found.rows.rows() == [
        (2, "1703045", "96.85218", "1990-01-02 00:00:00", "3201234567890123"),
        (4, None, "#DIV/0!", "true", None),
    ]
    assert found.warnings == ()


def test_merged_cells_give_their_value_to_every_row(tmp_path):
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "DAFTAR FASILITAS")
        sheet.merge_range(1, 0, 2, 0, "kode")
        sheet.merge_range(1, 1, 1, 2, "identitas")
        sheet.write_row(2, 1, ["nama", "nik"])
        sheet.merge_range(3, 0, 5, 0, "0001")
        for row, name in enumerate(["a", "b", "c", "d"], 3):
            sheet.write(row, 1, name)
        sheet.write(6, 0, "0002")
        sheet.merge_range(7, 0, 7, 1, "jumlah")

    found = read_text(tmp_path, "a.xlsx", make_workbook(fill))
    assert found.headers[:2] == ("kode", "nama")
    assert found.rows.select("row_number", "c0", "c1").rows() == [
        (4, "0001", "a"),
        (5, "0001", "b"),
        (6, "0001", "c"),
        (7, "0002", "d"),
        (8, "jumlah", None),
    ]


def test_the_sheet_with_the_header_is_read_and_hidden_ones_are_not(tmp_path):
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("petunjuk").write(0, 0, "Isi lembar berikut")
        book.add_worksheet("data & isi").write_column(0, 0, ["kode", "0001"])
        hidden = book.add_worksheet("lama")
        hidden.write_column(0, 0, ["kode", "0009"])
        hidden.hide()

    assert read_text(tmp_path, "a.xlsx", make_workbook(fill)).rows["c0"].to_list() == ["0001"]


def test_two_sheets_with_the_header_are_refused(tmp_path):
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("Aceh", "Riau"):
            book.add_worksheet(name).write_column(0, 0, ["kode", "0001"])

    with pytest.raises(BadFileError, match="several sheets look like the table: 'Aceh', 'Riau'"):
        read_text(tmp_path, "a.xlsx", make_workbook(fill))


def test_parquet_values_become_the_text_that_a_person_would_write(tmp_path):
    frame = pl.DataFrame(
        {
            "kode": [1703045, None],
            "nik": [3201234567890123.0, 0.5],
            "tgl": [date(1990, 1, 2), None],
            "ya": [True, None],
            "list": [["a", "b"], None],
            "struct": [{"x": 1}, {"x": None}],
        }
    )
    found = read_text(tmp_path, "a.parquet", parquet(frame))
    assert found.rows.rows() == [
        (1, "1703045", "3201234567890123", "1990-01-02", "true", '["a","b"]', '{"x":1}'),
        (2, None, "0.5", None, None, None, '{"x":null}'),
    ]
    assert len(found.warnings) == 1
    assert "'nik'" in found.warnings[0]


def test_a_file_of_one_byte_order_mark_is_empty(tmp_path):
    for content in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\n\x00"):
        with pytest.raises(BadFileError, match="empty"):
            read_text(tmp_path, "a.csv", content)


def test_control_characters_are_noticed(tmp_path):
    path = tmp_path / "a.csv"
    for text, clean in (("a,b\tc\r\n", True), ("abcd\x00e", False), ("é\u200b", False), ("é", True)):
        path.write_text(text, newline="")
        assert examine(path).is_clean is clean
