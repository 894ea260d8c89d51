"""The values of a person beside the name: tables of before → after. All numbers are invented."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sehatmu.standardise.nik import decode_nik, read_sixteen
from sehatmu.standardise.ordering import order_keys
from sehatmu.standardise.person_values import (
    judge_birth_dates,
    read_addresses,
    read_card,
    read_dates,
    read_phones,
    read_regions,
    read_texts,
    read_words,
)
from tests.standardising_persons import DAY, books


def texts(*values: str | None) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        ("3273010101900001", "3273010101900001", "ok"),
        ("3273 0101 0190 0001", "3273010101900001", "ok"),
        ("'3273010101900001", "3273010101900001", "ok"),
        ("3273.0101.0190.0001", "3273010101900001", "ok"),
        ("0173010101900001", "0173010101900001", "ok"),
        ("327301010190001", None, "shape"),
        ("32730101019000011", None, "shape"),
        ("3.27301E+15", None, "shape"),
        ("3273010101900001.0", None, "shape"),
        ("+273010101900001", None, "shape"),
        ("-273010101900001", None, "shape"),
        ("32730101O1900001", None, "shape"),
        ("３２７３０１０１０１９００００１", None, "shape"),
        ("1111111111111111", None, "placeholder"),
        ("0000000000000000", None, "placeholder"),
        ("9999999999999999", None, "placeholder"),
        ("1234567890123456", None, "placeholder"),
        ("3273010101900000", None, "placeholder"),
        ("3273010000000001", None, "placeholder"),
        ("TIDAK ADA", None, "missing"),
        ("", None, "missing"),
        (None, None, "missing"),
    ],
)
def test_shape_of_a_nik(before: str | None, after: str | None, state: str) -> None:
    number, said = read_sixteen(texts(before))
    assert (number.item(), said.item()) == (after, state)


@pytest.mark.parametrize(
    ("nik", "born", "after"),
    [
        ("3273010101900001", None, (date(1990, 1, 1), "M", "327301")),
        ("3273014101900001", None, (date(1990, 1, 1), "F", "327301")),
        # the platform's sandbox people: what the number says is not what the record says
        ("9271060312000001", date(1992, 1, 9), (date(2000, 12, 3), "M", "927106")),
        ("9204014804000002", date(1989, 11, 3), (date(2000, 4, 8), "F", "920401")),
        ("7209061211900001", date(1994, 1, 1), (date(1990, 11, 12), "M", "720906")),
        # two centuries are possible: the later one, unless the birth date told is nearer to the other
        ("3273011501210001", None, (date(2021, 1, 15), "M", "327301")),
        ("3273011501210001", date(1921, 1, 15), (date(1921, 1, 15), "M", "327301")),
        ("3273011501210001", date(2020, 1, 15), (date(2021, 1, 15), "M", "327301")),
        # 121 years on the day would be too old, 120 are not; a day to come is of the century before
        ("3273012311050001", date(1905, 11, 23), (date(2005, 11, 23), "M", "327301")),
        ("3273012411050001", date(1905, 11, 24), (date(1905, 11, 24), "M", "327301")),
        ("3273012411260001", None, (date(1926, 11, 24), "M", "327301")),
        ("3273012902000001", None, (date(2000, 2, 29), "M", "327301")),
        ("3273013102900001", None, (None, "M", "327301")),
        ("3273017102900001", None, (None, "F", "327301")),
        ("3273013513900001", None, (None, None, "327301")),
        ("3273010113900001", None, (None, "M", "327301")),
        ("3273017201900001", None, (None, None, "327301")),
        (None, date(1990, 1, 1), (None, None, None)),
    ],
)
def test_what_is_written_in_a_nik(nik: str | None, born: date | None, after: tuple[object, ...]) -> None:
    decoded = decode_nik(texts(nik), pl.Series([born], dtype=pl.Date), pl.Series([DAY]))
    assert decoded.row(0) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1990-01-31", date(1990, 1, 31)),
        ("31/01/1990", date(1990, 1, 31)),
        ("31-01-1990", date(1990, 1, 31)),
        (" 1990-01-31 ", date(1990, 1, 31)),
        ("1990-01-31 00:00:00", date(1990, 1, 31)),
        ("31-02-1990", None),
        ("01/31/1990", None),
        ("kemarin", None),
        ("", None),
        (None, None),
    ],
)
def test_read_dates(before: str | None, after: date | None) -> None:
    assert read_dates(texts(before)).item() == after


def test_dates_stay_dates() -> None:
    assert read_dates(pl.Series([date(1990, 1, 31), None])).to_list() == [date(1990, 1, 31), None]


@pytest.mark.parametrize(
    ("told", "born", "marks"),
    [
        (date(1990, 1, 31), date(1990, 1, 31), (False, False, False)),
        (date(1990, 1, 1), date(1990, 1, 1), (False, True, False)),
        (date(1955, 7, 1), date(1955, 7, 1), (False, True, False)),
        (date(1955, 12, 31), date(1955, 12, 31), (False, True, False)),
        (date(1900, 1, 1), None, (True, False, False)),
        (DAY, DAY, (False, False, False)),
        (date(2026, 11, 24), None, (False, False, True)),
        (None, None, (False, False, False)),
    ],
)
def test_birth_dates(told: date | None, born: date | None, marks: tuple[bool, ...]) -> None:
    judged = judge_birth_dates(pl.Series([told], dtype=pl.Date), pl.Series([DAY])).row(0, named=True)
    assert judged["birth_date"] == born
    assert judged["birth_year"] == (born and born.year)
    assert judged["birth_month_day"] == (born and born.month * 100 + born.day)
    assert (
        judged["birth_date_is_placeholder"],
        judged["birth_date_is_year_only"],
        judged["birth_date_is_future"],
    ) == marks


@pytest.mark.parametrize(
    ("spellings", "code"),
    [
        (("L", "l", "LK", "Lk.", "Laki-laki", "LAKI LAKI", "Pria", "male", "M", "1"), "M"),
        (("P", "p", "Pr", "Perempuan", "PEREMPUAN", "Wanita", "female", "F", "2"), "F"),
        (("0", "3", "-", "X", "tidak tahu", "", None), None),
    ],
)
def test_every_way_to_write_a_sex(spellings: tuple[str | None, ...], code: str | None) -> None:
    assert read_words(texts(*spellings), "sex", books()).to_list() == [code] * len(spellings)


def test_marital_status_and_nationality() -> None:
    assert read_words(texts("Belum Kawin", "KAWIN", "cerai hidup", "Janda", "?"), "marital", books()).to_list() == [
        "S", "M", "D", "W", None,
    ]  # fmt: skip
    assert read_words(texts("WNI", "Indonesia", "wna", "Wakanda"), "nationality", books()).to_list() == [
        "WNI", "WNI", "WNA", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("081200000123", "6281200000123"),
        ("+62 812-0000-0123", "6281200000123"),
        ("6281200000123", "6281200000123"),
        ("0812 0000 0123", "6281200000123"),
        ("0812.0000.0123 / 021-555", "6281200000123"),
        ("(022) 555012", "6222555012"),
        ("080000000000", None),
        ("08888888888", None),
        ("081811811811", None),
        ("TIDAK ADA", None),
        (None, None),
    ],
)
def test_read_phones(before: str | None, after: str | None) -> None:
    assert read_phones(texts(before)).item() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("3273011001", ("32", "3273", "327301", "3273011001")),
        ("32.73.01.1001", ("32", "3273", "327301", "3273011001")),
        ("327301", ("32", "3273", "327301", None)),
        ("32", ("32", None, None, None)),
        ("32730", (None,) * 4),
        ("Kel. Contoh", (None,) * 4),
        (None, (None,) * 4),
    ],
)
def test_read_regions(before: str | None, after: tuple[str | None, ...]) -> None:
    assert read_regions(texts(before)).row(0) == after


@pytest.mark.parametrize(
    ("before", "pattern", "after"),
    [
        ("P02478375538", r"^P\d{11}$", "P02478375538"),
        (" p 02478375538", r"^P\d{11}$", "P02478375538"),
        ("02478375538", r"^P\d{11}$", None),
        ("P00000000000", r"^P\d{11}$", None),
        ("0001234567890", r"^\d{13}$", "0001234567890"),
        ("0000000000000", r"^\d{13}$", None),
        (None, r"^\d{13}$", None),
    ],
)
def test_read_card(before: str | None, pattern: str, after: str | None) -> None:
    assert read_card(texts(before), pattern).item() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Jl. Melati No. 07, RT 001/RW 02", "MELATI 7 1 2"),
        ("JALAN MELATI NO.7 RT.1 RW.2", "MELATI 7 1 2"),
        ("Gg. Soekarela, Kel. Contoh", "SUKARELA CONTOH"),
        ("-", None),
        (None, None),
    ],
)
def test_read_addresses(before: str | None, after: str | None) -> None:
    assert read_addresses(texts(before)).item() == after


def test_read_texts_is_tidy() -> None:
    before = texts("Surya  Wibawa", " Surya", "Surya\u00a0W", "tidak ada", "-", "Nn", "Surya", None, "")
    assert read_texts(before).to_list() == ["Surya Wibawa", "Surya", "Surya W", None, None, None, "Surya", None, None]


@pytest.mark.parametrize(
    ("scopes", "numbers"),
    [
        (["b", "a", "a"], ["1", "2", "10"]),
        (["a", "a1", "a"], ["2", "1", "1"]),
        (["a", "a"], ["2026-0000000002", "2026-0000000001"]),
        (["a", "a"], ["x" * 40 + "2", "x" * 40 + "1"]),
        (["a|b", "a"], ["1", "b|0"]),
        (["a", "a"], ["é", "z"]),
        (["a", "a", "b"], ["", "1", "0"]),
    ],
)
def test_order_keys_is_the_order_of_the_keys(scopes: list[str], numbers: list[str]) -> None:
    scope, number = pl.Series(scopes), pl.Series(numbers)
    keys = pl.select("x|" + pl.lit(scope) + "|" + pl.lit(number)).to_series()
    order = order_keys(keys, scope, number)
    assert (keys if order is None else keys.gather(order)).to_list() == sorted(keys.to_list(), key=str.encode)


def test_order_keys_says_nothing_where_they_are_in_order() -> None:
    assert order_keys(pl.Series(["a", "b"]), pl.Series(["x", "x"]), pl.Series(["a", "b"])) is None
