"""Whatever is delivered: every row is accepted or quarantined, once, and no cell is lost on the way."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sehatmu.intake import Intake, IntakeError
from tests.intake_files import balanced, column, contract, drop, new_home, take

TERMS = contract(
    column("kode", required=True),
    column("nama", pattern="^[^!]*$"),
    column("catatan", max_length=3, action="null-and-flag"),
    null_texts=(),
)
HEADERS = ["kode", "nama", "catatan", "lain"]
PIECES = ["a", "b", "1", "é", ",", ";", "|", "\t", '"', "\n", "\r\n", " ", "!"]
CELLS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=12)
QUICK = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def night(name: str, content: bytes) -> Intake | IntakeError:
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder))
        drop(home, name, content)
        try:
            return take(home, TERMS)
        except IntakeError as error:
            return error


def write_csv(rows: list[tuple[str, ...]], delimiter: str, end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(HEADERS)
    writer.writerows(rows)
    return text.getvalue()


def starting_lines(text: str, delimiter: str) -> list[int]:
    """The line that each filled row begins on, as the standard library counts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    starts, line = [], 1
    for row in reader:
        if any(field.strip() for field in row) and line > 1:
            starts.append(line)
        line = reader.line_num + 1
    return starts


def found_again(taken: Intake) -> dict[int, tuple[str, str, str]]:
    """Row number → the trimmed texts of the contract's columns, from accepted rows or from quarantine."""
    found = {}
    flagged = set()
    for number, flags, *texts in taken.accepted.select("row_number", "flags", "kode", "nama", "catatan").rows():
        found[number] = tuple(text or "" for text in texts)
        flagged |= {number} if flags else set()
    for number, values in taken.quarantine.select("row_number", "row_values").rows():
        assert number not in found
        cells = json.loads(values)
        found[number] = tuple((cells[name] or "").strip() for name in HEADERS[:3])
    return {n: (*texts[:2], "?" if n in flagged else texts[2]) for n, texts in found.items()}


@QUICK
@given(
    ROWS, st.sampled_from(",;|\t"), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
def test_every_csv_row_is_taken_in_once_with_all_its_cells(rows, delimiter, end, encoding):
    text = write_csv(rows, delimiter, end)
    filled = [[cell.strip() for cell in row[:3]] for row in rows if any(cell.strip() for cell in row)]
    taken = night("rs.csv", text.encode(encoding))
    if not filled:
        assert isinstance(taken, IntakeError)
        return
    assert isinstance(taken, Intake), taken
    assert balanced(taken)
    assert taken.source_file["row_count"].to_list() == [len(filled)]
    found = found_again(taken)
    assert sorted(found) == starting_lines(text, delimiter)
    for (_, texts), delivered in zip(sorted(found.items()), filled, strict=True):
        assert texts[:2] == tuple(delivered[:2])
        assert texts[2] == delivered[2] or (texts[2] == "?" and len(delivered[2]) > 3)


@QUICK
@given(
    st.lists(st.lists(st.text(st.sampled_from("ab1é "), max_size=4), min_size=1, max_size=6), min_size=1, max_size=15)
)
def test_ragged_rows_are_kept_to_the_letter(rows):
    lines = [",".join(row) for row in rows]
    taken = night("rs.csv", "\n".join(["kode,nama,catatan,lain", *lines, "last,a,b,c", ""]).encode())
    assert isinstance(taken, Intake), taken
    assert balanced(taken)
    ragged = {
        n: line for n, (row, line) in enumerate(zip(rows, lines, strict=True), 2) if len(row) != 4 and line.strip()
    }
    broken = taken.quarantine.filter(pl.col("reasons").list.contains("row:ragged"))
    assert {n: json.loads(v)["_line"] for n, v in broken.select("row_number", "row_values").rows()} == ragged


@QUICK
@given(ROWS.filter(lambda rows: any(any(cell.strip() for cell in row) for row in rows)), st.randoms())
def test_the_order_of_rows_changes_row_numbers_only(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    left, right = (night("rs.csv", write_csv(order, ",", "\n").encode()) for order in (rows, mixed))
    assert isinstance(left, Intake)
    assert isinstance(right, Intake)
    for frame in ("accepted", "quarantine"):  # row_values: of two copies, either may be the first
        told = [
            getattr(side, frame).drop("row_number", "file_hash", "row_values", strict=False) for side in (left, right)
        ]
        assert sorted(map(repr, told[0].rows())) == sorted(map(repr, told[1].rows()))


@QUICK
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={h: CELLS | st.integers() | st.booleans() | st.none() for h in HEADERS}),
        max_size=8,
    )
)
def test_every_json_object_is_taken_in_once(objects):
    array = night("rs.json", json.dumps(objects, indent=1).encode())
    by_line = night("rs.ndjson.gz", gzip.compress("".join(f"{json.dumps(o)}\n" for o in objects).encode()))
    if isinstance(array, IntakeError):
        assert isinstance(by_line, IntakeError)
        return
    assert isinstance(by_line, Intake), by_line
    filled = [o for o in objects if any(v is not None and str(v).strip() for v in o.values())]
    assert balanced(array)
    assert array.source_file["row_count"].to_list() == [len(filled)]
    for frame in ("accepted", "quarantine"):
        columns = [c for c in getattr(array, frame).columns if c not in ("file_name", "file_hash")]
        assert getattr(array, frame).select(columns).equals(getattr(by_line, frame).select(columns))


@settings(deadline=None, max_examples=80)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
    st.sampled_from(
        [b"", b"kode,nama\n", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"[", b'{"kode":', b"\xff\xfe", b"\xef\xbb\xbf"]
    ),
    st.sampled_from(["rs.csv", "rs.json", "rs.ndjson", "rs.xlsx", "rs.parquet", "rs.dat", "rs.csv.gz"]),
)
def test_any_bytes_are_taken_in_whole_or_refused_in_words(content, start, name):
    taken = night(name, start + content)
    if isinstance(taken, IntakeError):
        assert all(fault.what and fault.hint for fault in taken.faults)
    else:
        assert balanced(taken)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_cut_csv_never_invents_a_row(cut):
    text = write_csv([("1", "a, b", "x\ny", ""), ("2", 'c "d"', "", "z"), ("3", "e", "", "")], ",", "\n")
    whole, part = night("rs.csv", text.encode()), night("rs.csv", text[:-cut].encode())
    assert isinstance(whole, Intake)
    if isinstance(part, Intake):
        assert set(part.accepted["kode"][:-1]) <= set(whole.accepted["kode"])
