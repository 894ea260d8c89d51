"""Comparing: which level two values reach, missing values included."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.classify import first_veto
from sehatmu.linkage.compare import agreement_levels
from sehatmu.linkage.encode import encode_records


def level(comparison: str, **pair: tuple[Any, Any]) -> str:
    """The label of the level that the two records reach, `missing` for none."""
    config = parse_linkage(
        f"domain: toy\nmissing: ['-']\nblock: {{rules: {{r: {{key: [{next(iter(pair))}]}}}}}}\n"
        f"compare: {{c: {comparison}}}\nscore: {{prior: 0}}\nclassify: {{match: 0, possible: 0}}\n",
        "toy.yaml",
    )
    frame = pl.DataFrame({"record_key": ["a", "b"], **{name: list(values) for name, values in pair.items()}})
    columns = encode_records(frame, config).columns
    found = agreement_levels(columns, config.comparisons[0], np.array([0]), np.array([1]))
    return ["missing", *(lv.label for lv in config.comparisons[0].levels)][found[0]]


TEXT = "{columns: [x], levels: [{exact: true}, {jaro_winkler: 0.95}, {token_set: 1.0}, {else: true}]}"
EDITS = "{columns: [x], levels: [{exact: true}, {identifier: 1}, {else: true}]}"
DATES = "{columns: [x], levels: [{exact: true}, {date: swapped}, {date: one_digit}, {date: same_year}, {else: true}]}"
YEARS = "{columns: [x], levels: [{exact: true}, {date: year_only}, {date: same_year}, {else: true}]}"
INITIALS = "{columns: [x], levels: [{exact: true}, {initials: 0.92}, {else: true}]}"
PLACES = "{columns: [prov, kab], levels: [{same: kab}, {same: prov, unknown: kab}, {same: prov}, {else: true}]}"
KM = "{columns: [lat, lon], levels: [{km: 1}, {km: 20}, {else: true}]}"
SETS = "{columns: [x], levels: [{jaccard: 1.0}, {common: 2}, {overlap: 1.0}, {else: true}]}"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("HARAPAN", "HARAPAN", "exact"),
        ("HARAPAN BUNDA", "HARAPAN BUNDO", "jaro_winkler 0.95"),
        ("BUNDA", "HARAPAN BUNDA", "token_set 1"),
        ("HARAPAN", "MELATI", "else"),
        ("HARAPAN", None, "missing"),
        ("-", "-", "missing"),
        ("", "", "missing"),
        ("A\x00B", "A\x00B", "exact"),
    ],
)
def test_texts(left: str, right: str | None, expected: str) -> None:
    assert level(TEXT, x=(left, right)) == expected
    assert level(TEXT, x=(right, left)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("3275070", "3275070", "exact"),
        ("3275070", "3257070", "identifier 1"),
        ("3275070", "3275071", "identifier 1"),
        ("3275070", "3257071", "else"),
    ],
)
def test_an_identifier_counts_a_transposition_as_one_edit(left: str, right: str, expected: str) -> None:
    assert level(EDITS, x=(left, right)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (date(1990, 4, 7), date(1990, 4, 7), "exact"),
        (date(1990, 4, 7), date(1990, 7, 4), "date swapped"),
        (date(1990, 4, 7), date(1991, 4, 7), "date one_digit"),
        (date(1990, 4, 7), date(1990, 12, 30), "date same_year"),
        (date(1990, 4, 7), date(1979, 12, 30), "else"),
        (date(1990, 4, 7), None, "missing"),
    ],
)
def test_dates(left: date, right: date | None, expected: str) -> None:
    assert level(DATES, x=(left, right)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (date(1990, 1, 1), date(1990, 4, 7), "date year_only"),
        (date(1990, 7, 1), date(1990, 12, 31), "date year_only"),
        (date(1990, 1, 1), date(1990, 1, 1), "exact"),
        (date(1990, 1, 2), date(1990, 4, 7), "date same_year"),
        (date(1990, 1, 1), date(1991, 4, 7), "else"),
        (date(1990, 1, 1), None, "missing"),
    ],
)
def test_a_day_that_stands_for_its_year(left: date, right: date | None, expected: str) -> None:
    assert level(YEARS, x=(left, right)) == expected
    assert level(YEARS, x=(right, left)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("A FAUZI", "AHMAD FAUZI", "initials 0.92"),
        ("SITI N", "SITI NURHALIZA", "initials 0.92"),
        ("W RUDI", "RUDI WENDA", "initials 0.92"),  # in another order
        ("WARWQTI Z", "WARWATI ZAINAB", "initials 0.92"),  # with a slip besides
        ("A SITI R", "ANI SITI R", "initials 0.92"),
        ("A FAUZI", "BUDI FAUZI", "else"),
        ("A B", "AHMAD BUDI", "else"),  # initials alone
        ("S", "SRI", "else"),
        ("AHMAD FAUZI", "ANDI FAUZI", "else"),  # no initial
        ("A ANDI", "A ANDI AHMAD", "else"),  # the letter is on both sides
        ("A FAUZI", None, "missing"),
    ],
)
def test_a_letter_stands_for_the_word_that_it_begins(left: str, right: str | None, expected: str) -> None:
    assert level(INITIALS, x=(left, right)) == expected
    assert level(INITIALS, x=(right, left)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("35", "3501"), ("35", "3501"), "same kab"),
        (("35", None), ("35", "3501"), "same prov, kab unknown"),
        (("35", "3502"), ("35", "3501"), "same prov"),
        (("35", "3502"), ("33", "3301"), "else"),
        ((None, "3502"), (None, "3502"), "same kab"),
        ((None, None), ("33", "3301"), "missing"),
        ((None, "3502"), ("35", None), "missing"),
    ],
)
def test_places(left: tuple[str, str], right: tuple[str, str], expected: str) -> None:
    assert level(PLACES, prov=(left[0], right[0]), kab=(left[1], right[1])) == expected


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        ((-6.2000, -6.2080), (106.80, 106.80), "km 1"),
        ((-6.20, -6.30), (106.80, 106.80), "km 20"),
        ((-6.20, -7.25), (106.80, 112.75), "else"),
        ((-6.20, None), (106.80, 112.75), "missing"),
        ((-6.20, float("nan")), (106.80, 112.75), "missing"),
    ],
)
def test_distances(lat: tuple[float, float], lon: tuple[float, float], expected: str) -> None:
    assert level(KM, lat=lat, lon=lon) == expected


def test_jakarta_to_surabaya_is_as_far_as_the_map_says() -> None:
    near, far = (
        "{columns: [lat, lon], levels: [{km: 660}, {else: true}]}",
        "{columns: [lat, lon], levels: [{km: 670}, {else: true}]}",
    )
    place = {"lat": (-6.2088, -7.2575), "lon": (106.8456, 112.7521)}
    assert (level(near, **place), level(far, **place)) == ("else", "km 670")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("A B C", "C B A", "jaccard 1"),
        ("A B C", "A B D", "common 2"),
        ("A", "A B", "overlap 1"),
        ("A C", "A B", "else"),
        ("A", "A", "jaccard 1"),
        (["A", "B"], ["B", "A"], "jaccard 1"),
    ],
)
def test_sets(left: object, right: object, expected: str) -> None:
    assert level(SETS, x=(left, right)) == expected


def test_equal_texts_still_need_enough_tokens_in_common() -> None:
    common = "{columns: [x], levels: [{common: 2}, {else: true}]}"
    assert level(common, x=("A", "A")) == "else"
    assert level(common, x=("A B", "A B")) == "common 2"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(100.0, 104.0, "number 5"), (100.0, 120.0, "ratio 0.8"), (-1.0, 90.0, "else"), (0.0, None, "missing")],
)
def test_numbers(left: float, right: float | None, expected: str) -> None:
    assert level("{columns: [x], levels: [{number: 5}, {ratio: 0.8}, {else: true}]}", x=(left, right)) == expected


def test_of_several_columns_the_best_level_counts() -> None:
    two = "{columns: [x, y], levels: [{exact: true}, {jaro_winkler: 0.9}, {else: true}]}"
    assert level(two, x=("WONGSO NEGORO", "WONGSONEGORO"), y=("WN", "WN")) == "exact"
    assert level(two, x=("HARAPAN", "MELATI"), y=("HARAPAN", "HARAPAM")) == "jaro_winkler 0.9"
    assert level(two, x=("HARAPAN", None), y=(None, "HARAPAN")) == "missing"


COVERED = (
    "{columns: [x], context: [street], distinctive: [KOTA],"
    " levels: [{exact: true}, {covered: 1.0}, {token_set: 1.0}, {else: true}]}"
)


@pytest.mark.parametrize(
    ("names", "streets", "expected"),
    [
        (("HERMINA", "HERMINA SUKABUMI"), ("KOSASIH SUKABUMI", None), "covered 1"),
        (("HERMINA", "HERMINA SUKABUMI"), ("KOSASIH BOGOR", None), "token_set 1"),
        (("HERMINA BOGOR", "HERMINA SUKABUMI"), ("KOSASIH SUKABUMI", None), "else"),
        (("TANGERANG", "KOTA TANGERANG"), ("A YANI KOTA TANGERANG", None), "token_set 1"),
        (("BOJA", "BOJA 2"), ("RAYA 2 BOJA", None), "token_set 1"),
        (("MELATI", "SUKABUMI"), ("SUKABUMI", "MELATI"), "else"),
    ],
)
def test_a_word_that_the_other_side_explains_by_its_address(
    names: tuple[str, str], streets: tuple[str, str | None], expected: str
) -> None:
    assert level(COVERED, x=names, street=streets) == expected
    assert level(COVERED, x=names[::-1], street=streets[::-1]) == expected


def test_absence_says_something_only_where_the_file_says_so() -> None:
    number = "{columns: [x], absent_counts: true, levels: [{exact: true}, {else: true}]}"
    assert level(number, x=("1", None)) == "else"
    assert level(number, x=(None, None)) == "missing"
    assert level(number.replace("absent_counts: true, ", ""), x=("1", None)) == "missing"


def test_what_vetoes_ask_of_a_column() -> None:
    config = parse_linkage(
        """
domain: toy
block: {rules: {code: {key: [code]}}}
compare: {code: {columns: [code], levels: [{exact: true, weight: 1}, {else: true, weight: -1}]}}
veto:
  differing: [{differ: code}]
  flagged: [{either: is_odd}, {unequal: town}]
  alike: [{equal: code}]
""",
        "toy.yaml",
    )
    rows = [("a", "1", False, "X"), ("b", "2", False, "X"), ("c", None, True, "X"), ("d", "1", None, None)]
    frame = pl.DataFrame(rows, schema=["record_key", "code", "is_odd", "town"], orient="row")
    columns = encode_records(frame, config).columns
    left, right = np.array([0, 0, 2, 0]), np.array([1, 2, 3, 3])
    # a, b: other codes; a, c: one is odd, but they are of one town; c, d: odd, and a town is missing; a, d: one code
    assert first_veto(columns, config, left, right).tolist() == [1, 0, 2, 3]
