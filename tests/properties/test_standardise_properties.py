"""Laws of standardising: order of rows never matters, a normalised text stays as it is, numbers survive."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sehatmu.standardise import standardise_facilities
from sehatmu.standardise.contacts import normalise_phone
from sehatmu.standardise.names import normalise_names
from sehatmu.standardise.text import clean_text, modern_spelling, tidy
from tests.standardising import DAY, accepted, books, wilayah

VOCABULARY = sorted(books()["name_words"]["word"].to_list())
PLACES = ["MELATI", "KENANGA", "TANJUNG", "SUMBER", "KOTO", "DOEKOEH", "TJEMARA", "A", "R", "X", "BARU"]
NUMBERS = ["1", "2", "12", "21", "03", "I", "II", "IV", "V", "X", "XII", "XXI", "4A", "12.07.01"]
HEADS = [None, "PUSKESMAS", "RS", "APOTEK", "KLINIK"]
ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V", "9": "IX", "10": "X", "12": "XII", "21": "XXI"}

words = st.sampled_from(VOCABULARY) | st.sampled_from(PLACES) | st.sampled_from(NUMBERS)
names = st.lists(words, min_size=1, max_size=7).map(" ".join)
places = st.lists(st.sampled_from([p for p in PLACES if len(p) > 3]), min_size=1, max_size=3).map(" ".join)
texts = st.text(max_size=30)


def normalise(*said: str, head: str | None) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"name": list(said), "head": [head] * len(said), "is_cut": [False] * len(said)},
        schema_overrides={"head": pl.String},
    )
    made = normalise_names(frame, books()["name_words"], books()["name_starts"])
    return frame.join(made, on=["name", "head", "is_cut"], how="left", nulls_equal=True, maintain_order="left")


@settings(max_examples=200, deadline=None)
@given(name=names, head=st.sampled_from(HEADS))
def test_a_normalised_name_stays_as_it_is(name: str, head: str | None) -> None:
    once = normalise(name, head=head)
    full = once["name_full"].item()
    twice = normalise(full, head=head)
    assert twice["name_full"].item() == full
    assert twice["name_core"].item() == once["name_core"].item()
    assert twice["name_number"].item() == once["name_number"].item()


@settings(max_examples=200, deadline=None)
@given(name=st.one_of(names, texts), head=st.sampled_from(HEADS))
def test_every_name_with_a_letter_or_digit_gets_a_core(name: str, head: str | None) -> None:
    row = normalise(name, head=head).row(0, named=True)
    if row["name_full"] is None:
        assert pl.select(clean_text(pl.lit(name))).item() is None
    else:
        assert row["name_core"]
        assert row["name_tokens"].split(" ") == sorted(set(row["name_core"].split(" ")))
        assert row["name_key"] == row["name_core"].replace(" ", "")


@settings(max_examples=200, deadline=None)
@given(
    place=places, numbers=st.lists(st.sampled_from(sorted(ROMAN)), min_size=2, max_size=2), head=st.sampled_from(HEADS)
)
def test_numbers_survive(place: str, numbers: list[str], head: str | None) -> None:
    one, other = numbers
    said = (f"{place} {one}", f"{place} {ROMAN[one]}", f"{place} {other}", place)
    arabic, roman, another, bare = normalise(*said, head=head).iter_rows(named=True)
    assert arabic["name_number"] == roman["name_number"] == one
    assert arabic["name_core"] == roman["name_core"]
    assert (arabic["name_core"] == another["name_core"]) is (one == other)
    assert arabic["name_core"] != bare["name_core"]
    assert bare["name_number"] is None


@given(text=texts)
def test_texts_are_at_rest_after_one_pass(text: str) -> None:
    for expression in (clean_text, tidy):
        once = pl.select(expression(pl.lit(text))).item()
        assert pl.select(expression(pl.lit(once, pl.String))).item() == once
    cleaned = pl.select(modern_spelling(clean_text(pl.lit(text)))).item()
    assert pl.select(modern_spelling(pl.lit(cleaned, pl.String))).item() == cleaned


@example(phone="62000012")
@given(phone=st.text(alphabet="0123456789 +-()/_", max_size=20))
def test_phones_are_at_rest_after_one_pass(phone: str) -> None:
    once = pl.select(normalise_phone(pl.lit(phone))).item()
    assert pl.select(normalise_phone(pl.lit(once, pl.String))).item() == once
    assert once is None or (once.isdigit() and 7 <= len(once) <= 14)


LIST = wilayah(
    [
        ("32", "JAWA BARAT"),
        ("3201", "KABUPATEN MELATI", "3291"),
        ("3202", "KABUPATEN KENANGA", "3201"),
        ("3271", "KOTA MELATI"),
        ("320101", "SUMBER"),
        ("320102", "BARU"),
        ("320201", "SUMBER"),
        ("9301", "KABUPATEN RAWA", None, "9101"),
    ]
)
ADDRESSES = ["Kec. Sumber", "Kec. Baru", "Jl. A, Kab. Melati", "Jl. A 1, Kenanga", "Kec. Sumbar, Kota Melati", None]
row = st.fixed_dictionaries(
    {
        "kode_unit": st.from_regex(r"\A(P32[09]10[12]0[1-9]0[1-3]|R[39]201[0-9]{3})\Z"),
        "nama_unit": names,
        "jenis_unit": st.sampled_from(["PUSKESMAS", "RUMAH SAKIT", "PUSTU", "ISTANA", None]),
        "alamat": st.sampled_from(ADDRESSES),
        "nama_prov": st.sampled_from(["Jawa Barat", "PAPUA", None]),
        "kode_kab": st.sampled_from(["3201", "3202", "3299", "9101", None]),
        "latitude": st.sampled_from([-6.9, 107.0, 0.0, None]),
        "longitude": st.sampled_from([107.6, -6.9, 0.0, None]),
        "telepon": st.sampled_from(["0271 123456", "?", None]),
    }
)
rows = st.lists(row, min_size=1, max_size=12, unique_by=lambda r: r["kode_unit"])


@settings(max_examples=25, deadline=None)
@given(delivered=rows, data=st.data())
def test_the_order_of_rows_never_matters(delivered: list[dict[str, Any]], data: st.DataObject) -> None:
    frame = accepted("sisdmk_fasilitas", delivered)
    order = data.draw(st.permutations(range(len(delivered))))
    shuffled = LIST.sample(fraction=1.0, shuffle=True, seed=len(delivered))
    made = standardise_facilities({"sisdmk_fasilitas": frame}, LIST, books(), as_of=DAY)
    again = standardise_facilities({"sisdmk_fasilitas": frame[list(order)]}, shuffled, books(), as_of=DAY)
    assert made.record.equals(again.record)
    assert made.identifier.equals(again.identifier)
    assert made.finding.equals(again.finding)
    # One record per row, and every finding and code belongs to one.
    assert sorted(made.record["source_key"]) == sorted(r["kode_unit"] for r in delivered)
    for frame in (made.identifier, made.finding):
        assert set(frame["record_key"]) <= set(made.record["record_key"])
