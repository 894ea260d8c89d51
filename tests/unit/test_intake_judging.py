"""Headers, casts, keys and verdicts, each on a frame of a few rows."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import polars as pl
import pytest

from sehatmu.intake.cast import cast_texts, clean_texts
from sehatmu.intake.delivered import Delivered
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.headers import Match, match, scorer
from sehatmu.intake.keys import business_keys, find_copies, find_doubled, row_keys
from sehatmu.landing import hash_file
from tests.intake_files import DAY, column, contract, drop, kept, lines, new_home, reasons, take

TERMS = contract(
    column("kode_rs", required=True),
    column("total_tt", "integer"),
    column("no_izin", aliases=("Nomor Izin",)),
    column("izin", "date"),
    column("kode", coalesce=("kode_kec", "kode_kab")),
    business_key=("kode_rs",),
)


def delivered(*headers: str, rows: tuple[tuple[str | None, ...], ...] = ()) -> Delivered:
    schema = {"row_number": pl.UInt32} | {f"c{i}": pl.String for i in range(len(headers))}
    numbered = [(i, *row) for i, row in enumerate(rows, 2)]
    return Delivered(headers, pl.DataFrame(numbered, schema=schema, orient="row"))


@pytest.mark.parametrize(
    "headers",
    [
        ("kode_rs", "total_tt"),
        (" Kode RS ", "TOTAL-TT"),
        ("d.kode_rs", "(d.total_tt)"),
        ("D.KODE_RS", "( rs.total_tt )"),
        ("KodeRs", "Total.TT"),
    ],
)
def test_headers_match_whatever_their_dress(headers):
    found = match(delivered(*headers), TERMS)
    assert found.columns == {"kode_rs": (0,), "total_tt": (1,)}
    assert found.absent == ("no_izin", "izin", "kode")
    assert found.ignored == ()


def test_a_dot_in_a_header_is_no_qualifier_where_the_whole_is_known():
    assert match(delivered("kode rs", "No.Izin"), TERMS).columns["no_izin"] == (1,)


def test_coalesced_headers_rank_in_the_contracts_order():
    found = match(delivered("kode_kab", "kode_rs", "kode_kec", "kode", "lain", ""), TERMS)
    assert found.columns["kode"] == (3, 2, 0)
    assert found.ignored == ("lain",)


def test_a_json_path_counts_before_a_header():
    table = delivered("kode_rs", "no_izin")
    found = match(Delivered(table.headers, table.rows, by_path={"no_izin": 2}), TERMS)
    assert found.columns["no_izin"] == (2, 1)


def test_two_headers_for_one_rank_are_refused():
    with pytest.raises(BadFileError, match="'kode_kec' and 'Kode Kec' are both kode"):
        match(delivered("kode_rs", "kode_kec", "Kode Kec"), TERMS)


def test_headers_are_not_told_where_they_may_be_a_persons_row():
    secret = contract(column("nik", required=True, classification="personal"), business_key=("nik",))
    with pytest.raises(BadFileError) as caught:
        match(delivered("3201234567890123", "BUDI"), secret)
    assert "BUDI" not in str(caught.value)
    assert "none of them known" in str(caught.value)


def test_the_score_counts_columns_once():
    assert scorer(TERMS)(["kode rs", "d.kode_rs", "kode_kab", "kode_kec", "nomor izin", "x"]) == 3


def test_texts_are_trimmed_and_null_texts_are_null_before_the_first_of_several_counts():
    table = delivered(
        "kode_rs",
        "kode_kec",
        "kode_kab",
        rows=((" 1\x00\ufeff ", "NULL", "3201"), ("\u00a0", "null", " - "), ("2", "a\tb", "")),
    )
    found = Match({"kode_rs": (0,), "kode": (1, 2)}, (), ())
    texts = clean_texts(table, found, TERMS)
    assert texts["kode_rs"].to_list() == ["1", None, "2"]
    assert texts["kode"].to_list() == ["3201", None, "a\tb"]
    assert texts["total_tt"].null_count() == 3


CASTS = {
    "integer": {
        "1": 1,
        "-2": -2,
        "+3": 3,
        "4.0": 4,
        "1.000": None,
        "1,103": None,
        "1.5": None,
        "1e3": None,
        "9" * 20: None,
    },
    "number": {"1": 1.0, "-6,2": -6.2, ".5": 0.5, "5.": 5.0, "1e-7": 1e-7, "1.234,5": None, "1,234.5": None, "x": None},
    "boolean": {
        "Ya": True,
        "TIDAK": False,
        "1": True,
        "0": False,
        "true": True,
        "T": False,
        "y": True,
        "f": None,
        "2": None,
    },
    "date": {
        "1990-01-02": date(1990, 1, 2),
        "02/01/1990": date(1990, 1, 2),
        "2-1-1990": date(1990, 1, 2),
        "1990-01-02 00:00:00": date(1990, 1, 2),
        "1990-01-02T03:04:05.6": date(1990, 1, 2),
        "31-02-1990": None,
        "01/02/90": None,
        "32874": None,
        "12345-01-01": None,
        "1990/01/02": None,
    },
    "timestamp": {
        "2026-11-23T10:00:00+07:00": datetime(2026, 11, 23, 3, tzinfo=UTC),
        "2026-11-23T10:00:00Z": datetime(2026, 11, 23, 10, tzinfo=UTC),
        "2026-11-23 10:00": datetime(2026, 11, 23, 3, tzinfo=UTC),
        "2026-11-23": datetime(2026, 11, 22, 17, tzinfo=UTC),
        "2026-11-23T10:00:00.5+00:00": datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC),
        "kemarin": None,
    },
}


@pytest.mark.parametrize("type", CASTS)
def test_casts_take_what_is_clear_and_fail_the_rest(type):
    texts = list(CASTS[type])
    typed, failures = cast_texts(pl.DataFrame({"v": [*texts, None]}), contract(column("v", type), business_key=("v",)))
    assert dict(zip(texts, typed["v"], strict=False)) == CASTS[type]
    failed = [i for i, text in enumerate(texts) if CASTS[type][text] is None]
    assert failures.rows() == [(i, "v", f"cast-{type}") for i in failed]


def test_long_numbers_that_excel_shortened_and_its_errors_fail_as_text():
    texts = ["3.20123E+15", "3,2e+15", "#N/A", "#REF!", "12E5", "E+15", "# 5", "RS 1E+3"]
    _, failures = cast_texts(pl.DataFrame({"v": texts}), contract(column("v"), business_key=("v",)))
    assert [(texts[row], rule) for row, _, rule in failures.rows()] == [
        ("3.20123E+15", "scientific"),
        ("3,2e+15", "scientific"),
        ("#N/A", "excel-error"),
        ("#REF!", "excel-error"),
    ]


def test_business_keys_join_their_columns_and_need_the_required_ones():
    terms = contract(column("a", required=True), column("b"), column("c", "date"), business_key=("a", "b", "c"))
    typed = pl.DataFrame(
        {"a": ["1", "1", None], "b": ["x", None, "y"], "c": [date(2026, 1, 2), None, None]},
        schema={"a": pl.String, "b": pl.String, "c": pl.Date},
    )
    keys = business_keys(typed, terms)
    assert keys is not None
    assert keys.to_list() == ["1|x|2026-01-02", "1||", None]


def test_copies_point_to_their_first_and_only_other_content_is_doubled():
    texts = pl.DataFrame({"a": ["1", "1", "1", "2", None, None], "b": ["x", "x", "y", "z", "n", "n"]})
    original = find_copies(texts, texts["a"])
    assert original.to_list() == [0, 0, 2, 3, 4, 4]
    assert find_copies(texts, None).to_list() == original.to_list()
    firsts = original.unique().sort()
    assert find_doubled(texts["a"], firsts).to_list() == [0, 2]


def test_row_keys_are_stable_and_tell_equal_ones_apart_by_content():
    terms = contract(column("nik"), column("unit"), business_key=(), row_key=("nik",))
    texts = pl.DataFrame({"nik": ["1", "2", "2", "2", None], "unit": ["a", "b", "c", "b", None]})
    original = find_copies(texts, None)
    keys = row_keys(texts, texts, original, terms).to_list()
    assert keys[0] == "6b86b273ff34fce19d6b804eff5a3f57"  # SHA-256 of "1"
    assert keys[1] == keys[3] != keys[2]
    assert all(key.partition("#")[0] == "d4735e3a265e16eee03f59718b9b5d03" and len(key) == 41 for key in keys[1:4])
    turned = row_keys(texts[::-1], texts[::-1], find_copies(texts[::-1], None), terms).to_list()
    assert turned[::-1] == keys


def test_a_fallback_stands_in_where_the_first_column_of_a_row_key_is_missing():
    columns = (column("nik"), column("nama"), column("unit"))
    terms = contract(*columns, business_key=(), row_key=("nik", "unit"), row_key_fallback=("nama",))
    texts = pl.DataFrame({"nik": ["1", "1", None, None], "nama": ["a", "b", "a", "b"], "unit": ["u", "v", "u", "u"]})
    keys = row_keys(texts, texts, find_copies(texts, None), terms).to_list()
    assert len(set(keys)) == 4
    assert not any("#" in key for key in keys)
    renamed = texts.with_columns(nama=pl.lit("c"))
    after = row_keys(renamed, renamed, find_copies(renamed, None), terms).to_list()
    assert after[:2] == keys[:2], "a person with a number keeps the key under another name"
    assert not set(after[2:]) & set(keys[2:])


def test_rows_without_a_business_key_are_told_apart_and_copies_quarantined(tmp_path):
    home = new_home(tmp_path)
    terms = contract(column("nik"), column("unit", required=True), business_key=(), row_key=("nik",))
    drop(home, "a.csv", lines("nik,unit", "1,a", "2,b", "2,c", "1,a", "2,"))
    taken = take(home, terms)
    assert reasons(taken) == {5: ["row:duplicate-row"], 6: ["unit:required"]}
    records = taken.accepted["record_key"].to_list()
    assert len(set(records)) == 3
    assert ["#" in record for record in records] == [False, True, True]
    assert all(record.startswith("uji|fasilitas|") for record in records)


def test_a_copy_does_not_make_its_value_look_doubled(tmp_path):
    home = new_home(tmp_path)
    terms = contract(column("kode", required=True), column("no_izin", unique=True))
    drop(home, "a.csv", lines("kode,no_izin", "1,x", "1,x", "2,y", "3,y"))
    taken = take(home, terms)
    assert kept(taken, "kode") == [("1",)]
    assert reasons(taken) == {3: ["row:duplicate-row"], 4: ["no_izin:unique"], 5: ["no_izin:unique"]}


def test_a_copy_of_a_failing_row_has_its_reasons_too(tmp_path):
    home = new_home(tmp_path)
    drop(home, "a.csv", lines("kode,nama", "1,x", "1,x"))
    assert reasons(take(home)) == {2: ["kode:pattern"], 3: ["kode:pattern", "row:duplicate-row"]}


def test_the_bookkeeping_of_an_accepted_row(tmp_path):
    home = new_home(tmp_path)
    path = drop(home, "a.csv", lines("kode,nama", "0001,x"))
    taken = take(home)
    row = taken.accepted.drop("file_hash").row(0, named=True)
    assert row == {
        "kode": "0001",
        "nama": "x",
        "tempat_tidur": None,
        "tgl_izin": None,
        "nik": None,
        "source": "uji",
        "extract": "fasilitas",
        "source_key": "0001",
        "record_key": "uji|fasilitas|0001",
        "file_name": "2026-11-23/a.csv",
        "row_number": 2,
        "delivery_date": DAY,
        "flags": [],
        "is_current": True,
    }
    assert path.exists()
    assert taken.source_file.select("row_count", "accepted_count", "quarantined_count").row(0) == (1, 1, 0)


def test_a_file_that_changed_has_another_hash_within_one_process(tmp_path):
    file = tmp_path / "rs.csv"
    hashes = []
    for text in (b"kode\n1\n", b"kode\n1\n2\n"):
        file.write_bytes(text)
        assert hash_file(file) == hash_file(file) == hashlib.sha256(text).hexdigest()
        hashes.append(hash_file(file))
    assert hashes[0] != hashes[1]
