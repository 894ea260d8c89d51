"""Workbooks into `Delivered`: which sheet, which row is the header, merged cells, numbers that stand for codes.

Called by `read`. fastexcel gives every cell as text with the digits that the file holds; the row numbers are the
sheet's own. A cell merged downwards gives its value to every row that it covers, as a person reads it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import polars as pl

from sehatmu.intake.delivered import ROW, Delivered, Score, cell, keep_filled
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.text import read_bytes

HEADER_SEARCH = 50
_MERGED = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CODE = r"^\d{15,}$"
_ERRORS = {
    "NA": "#N/A",
    "Div0": "#DIV/0!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Null": "#NULL!",
}


def read_xlsx(path: Path, *, score: Score) -> Delivered:
    """The rows below the header of the one sheet that has it; title rows above are passed over.

    Raises BadFileError for a damaged workbook, one without values, several sheets that look like the table, and
    a header that stands twice. Warns of long digit codes that the sheet keeps as numbers.
    """
    content = read_bytes(path)
    try:
        _refuse_other_archives(content)
        book = fastexcel.read_excel(content)
        sheets = [_load(book, content, i) for i in range(len(book.sheet_names))]
    except (fastexcel.FastExcelError, zipfile.BadZipFile):
        raise BadFileError(
            "the workbook is damaged or half-written", hint="open it in Excel, save it as .xlsx, deliver it again"
        ) from None
    scored = [(*_find_header(frame, score), i) for i, frame in enumerate(sheets) if frame.width > 1]
    if not scored:
        raise BadFileError("the workbook holds no value", hint="deliver it again, or nothing for this date")
    most = max(found for found, _, _ in scored)
    best = [(header, i) for found, header, i in scored if found == most]
    if most and len(best) > 1:
        names = ", ".join(repr(book.sheet_names[i]) for _, i in best)
        raise BadFileError(f"several sheets look like the table: {names}", hint="deliver one sheet a file")
    header, index = best[0]
    frame = sheets[index]
    headers = tuple((value or "").strip() for value in frame.row(header)[1:])
    names_of = dict(zip(frame.columns[1:], map(cell, range(len(headers))), strict=True))
    rows = keep_filled(frame[header + 1 :].rename(names_of))
    numeric = [
        headers[i]
        for i, column in enumerate(frame.columns[1:])
        if rows[cell(i)].str.contains(_CODE).any() and _is_numeric(book, index, header, int(column))
    ]
    warnings = [f"column {name!r} is numeric in Excel: digits beyond the 15th may be lost" for name in numeric]
    return Delivered(headers, rows, warnings=tuple(warnings))


def _load(book: fastexcel.ExcelReader, content: bytes, index: int) -> pl.DataFrame:
    """`row_number` and one text column per sheet column, named by its number in the sheet from 0; no column where
    the sheet is hidden or blank.
    """
    sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
    if sheet.visible != "visible" or not sheet.width:
        return pl.DataFrame()
    batch, wrong = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(pl.from_arrow(batch))
    for row, place, text in _errors(wrong):
        frame[row, place] = text
    frame.columns = [str(info.absolute_index) for info in sheet.available_columns()]
    return _fill_merged(frame, content, book.sheet_names[index]).with_row_index(ROW, 1).cast({ROW: pl.UInt32})


def _errors(wrong: fastexcel.CellErrors | None) -> Iterator[tuple[int, int, str]]:
    """Place of each cell that holds an error of Excel, and how Excel shows it; fastexcel makes them null."""
    for error in wrong.errors if wrong else []:
        found = re.search(r"Error\((\w+)\)", error.detail)
        yield *error.position, _ERRORS.get(found[1] if found else "", "#ERROR!")


def _refuse_other_archives(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise BadFileError("a zip archive that is no .xlsx workbook", hint="unpack it, or save it as .xlsx")


def _find_header(frame: pl.DataFrame, score: Score) -> tuple[int, int]:
    """Score and place (from 0) of the best header among the first rows.

    Of equal neighbours the last one: a header of two rows is merged downwards where it needs only one.
    """
    best, place = -1, 0
    for number, values in enumerate(frame.head(HEADER_SEARCH).drop(ROW).iter_rows()):
        found = score([value or "" for value in values]) if any(values) else -1
        if found > best or (found == best > 0 and number == place + 1):
            best, place = found, number
    return max(best, 0), place


def _fill_merged(frame: pl.DataFrame, content: bytes, name: str) -> pl.DataFrame:
    """Repeat the value of a merged cell in the rows below that it covers (its first column only)."""
    ranges = [(_number(column), int(top), int(bottom)) for column, top, bottom in _MERGED.findall(_xml(content, name))]
    for column in sorted({c for c, top, bottom in ranges if bottom > top and str(c) in frame.columns}):
        spans = [(top, bottom) for c, top, bottom in ranges if c == column and bottom > top]
        covered = pl.concat([pl.int_range(t, min(b, len(frame)), eager=True) for t, b in spans]).unique()
        firsts = pl.concat(
            [pl.repeat(t - 1, max(0, min(b, len(frame)) - t), dtype=pl.Int64, eager=True) for t, b in spans]
        )
        values = frame[str(column)]
        frame = frame.with_columns(values.scatter(covered, values.gather(firsts)) if len(covered) else values)
    return frame


def _xml(content: bytes, name: str) -> bytes:
    """The sheet's XML, by its name in the workbook."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        wanted = next(s.get(_RELATION) for s in book.iter() if s.tag.endswith("}sheet") and s.get("name") == name)
        target = next(link.get("Target", "") for link in links if link.get("Id") == wanted)
        return archive.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def _number(letters: bytes) -> int:
    """Column letters to a number from 0: A → 0, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _is_numeric(book: fastexcel.ExcelReader, index: int, header: int, column: int) -> bool:
    """Whether any cell below the header is a number in the sheet: strict typing refuses a mix."""
    try:
        sheet = book.load_sheet(
            index, header_row=header, use_columns=[column], schema_sample_rows=None, dtype_coercion="strict"
        )
    except fastexcel.FastExcelError:
        return True
    return any(info.dtype in ("float", "int") for info in sheet.selected_columns)
