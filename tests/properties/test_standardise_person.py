"""Standardising persons against plain Python; nothing that a clerk types breaks it, and order is no matter."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.standardise.columns import evaluate
from sehatmu.standardise.contacts import normalise_phone
from sehatmu.standardise.nik import decode_nik, read_sixteen
from sehatmu.standardise.ordering import order_keys
from sehatmu.standardise.person_rows import DELIVERED
from sehatmu.standardise.person_values import read_phones
from sehatmu.standardise.person_words import Words, join_words, sort_words, split_words
from sehatmu.standardise.persons import COLUMNS, person_records
from tests.standardising_persons import DAY, books, delivered, names

MESSY = st.text(
    st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from(" .,-'\x00\t\u00a0éNY0123456789/")),
    max_size=40,
)
CELL = st.one_of(st.none(), st.sampled_from(["", "-", "NaN", "BY NY", "1900-01-01", "\ufeff"]), MESSY)
WORDS = st.sampled_from(
    [
        *("SURYA", "WIBAWA", "MELATI", "SARI", "NUR", "Achmad", "Moh.", "Abdurrachman", "Soerjo", "Tjandra", "Sjarif"),
        *("M.", "Y.", "I", "Siti", "Wayan", "Kt", "Br."),
    ]
)
FRONTS = st.sampled_from(["dr.", "H.", "Hj", "Prof.", "Tn.", "NY", "Ir.", "R.", "Drs"])
BACKS = st.sampled_from([", S.Kep", " SKM", ", S.E.", " M.Kes.", ", Sp.A(K)", " A.Md.Keb", " (Alm)", ", S.T., M.T."])


def plain_shape(text: str | None) -> tuple[str | None, str]:
    """What a NIK is, step by step."""
    if text is None or not re.search(r"\d", text):
        return None, "missing"
    squeezed = re.sub(r"[\s.'`’-]", "", text)
    if not re.fullmatch("[0-9]{16}", squeezed):
        return None, "shape"
    fillers = {"1234567890123456", "1234567891234567", "1234567890987654", "9876543210123456"}
    if len(set(squeezed)) == 1 or squeezed in fillers or squeezed[12:] == "0000" or squeezed[6:12] == "000000":
        return None, "placeholder"
    return squeezed, "ok"


def plain_decode(nik: str, born: date | None, seen: date) -> tuple[date | None, str | None, str]:
    """What is written in a NIK, step by step."""
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    sex = "M" if 1 <= day <= 31 else "F" if 41 <= day <= 71 else None
    dates = []
    for century in (2000, 1900):
        try:
            at = date(century + year, month, day - 40 if day > 40 else day)
        except ValueError:
            continue
        age = seen.year - at.year - ((seen.month, seen.day) < (at.month, at.day))
        if 0 <= age <= 120:
            dates.append(at)
    if born is not None:
        dates.sort(key=lambda at: (abs((at - born).days), -at.year))
    return (dates[0] if dates else None), sex, nik[:6]


digits = st.text("0123456789", min_size=16, max_size=16)
plausible = st.builds(
    "{:06}{:02}{:02}{:02}{:04}".format,
    st.integers(110101, 979999),
    st.sampled_from([*range(1, 32), *range(41, 73), 0, 35]),
    st.integers(0, 13),
    st.integers(0, 99),
    st.integers(0, 9999),
)
written = st.one_of(
    digits,
    plausible,
    plausible.map(lambda nik: " ".join(re.findall("....", nik))),
    plausible.map(lambda nik: "'" + nik),
    plausible.map(lambda nik: nik[:15]),
    CELL,
)
births = st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2030, 12, 31)))


@given(st.lists(written, min_size=1, max_size=30))
@settings(deadline=None)
def test_the_shape_of_a_nik_is_that_of_the_plain_decoder(cells: list[str | None]) -> None:
    number, state = read_sixteen(pl.Series(cells, dtype=pl.String))
    assert list(zip(number, state, strict=True)) == [plain_shape(cell) for cell in cells]


@given(
    st.lists(
        st.tuples(st.one_of(plausible, digits), births, st.dates(date(2020, 1, 1), date(2030, 12, 31))), min_size=1
    )
)
@settings(deadline=None)
def test_what_a_nik_says_is_what_the_plain_decoder_reads(rows: list[tuple[str, date | None, date]]) -> None:
    rows = [row for row in rows if plain_shape(row[0])[1] == "ok"]
    nik, born, seen = (
        pl.Series([row[i] for row in rows], dtype=kind) for i, kind in enumerate((pl.String, pl.Date, pl.Date))
    )
    assert decode_nik(nik, born, seen).rows() == [plain_decode(*row) for row in rows]


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(DELIVERED, CELL)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_typed_breaks_a_record(rows: list[dict[str, str | None]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(DELIVERED, pl.String))
    frame = frame.with_columns(sumber_kode=pl.lit("a"), kode_faskes=pl.lit("1"), no_rm=pl.int_range(pl.len()).cast(str))
    made = person_records(frame, books(), as_of=DAY)
    assert made["no_rm"].sort().to_list() == sorted(str(i) for i in range(len(rows)))
    plain = made["name_full"].drop_nulls()
    assert plain.str.contains("^[A-Z]+( [A-Z]+)*$").all()
    assert made.filter(pl.col("name_is_placeholder") | pl.col("is_newborn_name"))["name_full"].null_count() == sum(
        made["name_is_placeholder"] | made["is_newborn_name"]
    )
    assert (made["nik"].is_not_null() == (made["nik_state"] == "ok")).all()
    for row in made.iter_rows(named=True):
        assert sorted((row["name_full"] or "").split()) == (row["name_sorted"] or "").split()
        assert (row["name_full"] is None) == (row["name_key"] is None) == (row["name_initials"] is None)


@given(
    st.lists(
        st.builds(
            lambda front, words, back: " ".join([*front, *words]) + back,
            st.lists(FRONTS, max_size=2),
            st.lists(WORDS, min_size=1, max_size=4),
            st.one_of(st.just(""), BACKS),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(deadline=None)
def test_standardising_a_standard_name_changes_nothing(written: list[str]) -> None:
    once = names(written)["name_full"]
    again = names(once.to_list())
    assert again["name_full"].equals(once)
    assert again["title_front"].null_count() == again["title_back"].null_count() == len(once)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=2, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_a_record_depends_on_its_own_row_alone(given_names: list[list[str]], random: Random) -> None:
    rows = [{"no_rm": f"{i:03}", "nama": " ".join(words)} for i, words in enumerate(given_names)]
    whole = person_records(delivered(*rows), books(), as_of=DAY)
    shuffled = random.sample(rows, len(rows))
    assert person_records(delivered(*shuffled), books(), as_of=DAY).equals(whole)
    alone = pl.concat(person_records(delivered(row), books(), as_of=DAY) for row in rows)
    assert alone.equals(whole)
    assert whole.columns == list(COLUMNS)


phones = st.from_regex(r"(\+62|62|0)?[ .-]?8[0-9]{1,3}([ .-]?[0-9]{2,5}){1,4}", fullmatch=True)


@given(st.lists(st.one_of(phones, st.from_regex(r"08[08]{8,11}", fullmatch=True), CELL), min_size=1, max_size=20))
@settings(deadline=None)
def test_the_short_way_to_a_phone_leads_where_the_long_one_does(cells: list[str | None]) -> None:
    values = pl.Series(cells, dtype=pl.String)
    assert read_phones(values).to_list() == evaluate(values, normalise_phone).to_list()


@given(st.lists(st.one_of(st.none(), st.text("aB é.,-'2", max_size=12)), max_size=12))
@settings(deadline=None)
def test_words_are_those_that_a_plain_split_finds(cells: list[str | None]) -> None:
    words, marked, after_comma = split_words(pl.Series(cells, dtype=pl.String))
    plain = [re.findall("[A-Z0-9]+", (cell or "").upper().replace("É", "E").replace("'", "")) for cell in cells]
    expected = [word for found in plain for word in found]
    assert words.vocabulary.gather(words.code).to_list() == expected
    assert words.row.tolist() == [row for row, found in enumerate(plain) for _ in found]
    assert join_words(words).to_list() == [" ".join(found) or None for found in plain]
    assert not (after_comma & ~marked).any()
    commas = np.array([("," in cell) if cell else False for cell in cells], bool)
    assert not after_comma[~commas[words.row]].any() if len(words.row) else True


@given(st.lists(st.lists(st.text("ABC", min_size=1, max_size=3), max_size=12), min_size=1, max_size=10))
@settings(deadline=None)
def test_words_are_sorted_within_their_rows(rows: list[list[str]]) -> None:
    words, _, _ = split_words(pl.Series([" ".join(row) for row in rows], dtype=pl.String))
    made = join_words(sort_words(words, words.vocabulary)).to_list()
    assert made == [" ".join(sorted(row)) or None for row in rows]
    assert isinstance(words, Words)


@given(st.lists(st.tuples(st.text("ab1|é", max_size=4), st.text("019-|\x00z", max_size=20)), min_size=1, max_size=20))
@settings(deadline=None)
def test_keys_are_in_the_order_of_their_bytes(rows: list[tuple[str, str]]) -> None:
    scope, number = (pl.Series([row[i] for row in rows], dtype=pl.String) for i in (0, 1))
    keys = pl.DataFrame({"a": scope, "b": number}).select(pl.concat_str("a", "b", separator="|")).to_series()
    order = order_keys(keys, scope, number)
    assert (keys if order is None else keys.gather(order)).to_list() == sorted(keys, key=str.encode)


@given(st.integers(0, 36_500))
@settings(deadline=None)
def test_a_nik_of_a_known_birth_date_is_read_back(days: int) -> None:
    born = date(1926, 11, 24) + timedelta(days=days)
    for sex, extra in (("M", 0), ("F", 40)):
        nik = f"327301{born.day + extra:02}{born.month:02}{born.year % 100:02}0001"
        told = decode_nik(pl.Series([nik]), pl.Series([born]), pl.Series([DAY])).row(0)
        assert told == ((born if born <= DAY else told[0]), sex, "327301")
