"""Nothing that a clerk types breaks the pharmaceutical parsers; what is written another way is read the same."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.standardise.pharma import (
    parse_composition,
    parse_form,
    parse_nie,
    parse_pack,
    parse_product_name,
    smallest_units,
    strength_key,
)
from sehatmu.standardise.pharma_units import read_number
from tests.standardising_pharma import books, keys, packs_all, texts

PIECES = st.sampled_from(
    [
        *("500 mg", "120 mg/5 mL", "0,1 %", "1.000.000 IU", "5 wakwak", "(", ")", "setara dengan", "~", "/", "+", ";"),
        *(",", ".", "<p>", "</p>", "<br/>", "&amp;lt;", "&", "PARASETAMOL", "asam mefenamat", "natrium", "klorida"),
        *("tablet", "tab sal", "dus,", "10 strip", "@", "10 tablet", "1-10", "2x5", "ampul", "DKL2012345678A1"),
        *("AKL 20205310017", "*)", "\x1f", "\x1e", "10^5", "1E9999", "99999999999999999999999", "0", "-", "\u00a0"),
        *("Tiap 5 mL mengandung:", "±", "½", "٣ mg", "É"),
    ]
)
MESSY = st.one_of(
    st.lists(PIECES, max_size=8).map(" ".join),
    st.lists(PIECES, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
)
CELL = st.one_of(st.none(), MESSY)


@given(st.lists(CELL, min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_any_text_is_read_row_by_row_whatever_the_order(cells: list[str | None], random: object) -> None:
    mixed = list(range(len(cells)))
    random.shuffle(mixed)  # type: ignore[attr-defined]
    column, shuffled = texts(cells), texts([cells[n] for n in mixed])
    for parse in (parse_form, parse_product_name, parse_nie):
        straight = parse(column, books())
        assert straight.height == len(cells)
        assert parse(shuffled, books()).rows() == [straight.rows()[n] for n in mixed]
    packs = parse_pack(column, books())
    assert packs.select("row", "pack", "component", "level").is_unique().all()
    assert smallest_units(packs).height <= packs.height
    whole = pl.DataFrame({"row": range(len(cells)), "komposisi": column, "kekuatan": column.reverse()})
    read = parse_composition(whole, books())
    assert read.select("row", "position").is_unique().all()
    assert parse_composition(whole[mixed], books()).equals(read)
    assert strength_key(read)["row"].to_list() == read["row"].unique().sort().to_list()


@given(st.decimals(min_value="0.0001", max_value=999_999, places=4), st.sampled_from(".,"), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_decimal_is_read_whatever_its_mark_and_padding(number: Decimal, mark: str, padded: bool) -> None:
    written = f"{number:.4f}" if padded else f"{number.normalize():f}"
    # Three digits behind a mark are a decimal of a mass (the register writes 125,000 mg) whatever stands before.
    frame = pl.DataFrame({"text": [written.replace(".", mark)]})
    read = frame.select(read_number(pl.col("text"), is_whole=pl.lit(False))).item()
    assert Decimal(read) == number
    assert read == f"{number.normalize():f}"


@given(st.integers(1, 10**12), st.sampled_from(".,"))
@settings(max_examples=40, deadline=None)
def test_thousands_are_no_decimals_where_things_are_counted(number: int, mark: str) -> None:
    frame = pl.DataFrame({"text": [f"{number:,}".replace(",", mark)]})
    assert frame.select(read_number(pl.col("text"), is_whole=pl.lit(True))).item() == str(number)


@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(0, 3)), min_size=1, max_size=20))
@settings(max_examples=5, deadline=None)
def test_one_strength_in_any_unit_is_one_key(amounts: list[tuple[int, int]]) -> None:
    milligrams = [Decimal(amount) / 10**shift for amount, shift in amounts]
    alone = ("IBUPROFEN {0:f} mg", "ibuprofen {1:f} g", "IBUPROFEN {2:f} mcg")
    below = ("IBUPROFEN {0:f} mg/5 mL", "IBUPROFEN {3:f} mg/100 mL", "IBUPROFEN {4:f} %")
    told = [
        pattern.format(mg, mg / 1000, mg * 1000, mg * 20, mg / 50) for pattern in (*alone, *below) for mg in milligrams
    ]
    every = keys(told)
    found = [every[n * len(amounts) : (n + 1) * len(amounts)] for n in range(6)]
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4] == found[5]
    assert not set(found[0]) & set(found[3])


NAMES = st.sampled_from(["PARASETAMOL", "KAFEIN", "IBUPROFEN", "ZINC SULFATE"])
SIGNS = st.sampled_from([", ", "; ", " + ", "\n", " | ", " / ", "<br>", ". "])


@given(st.lists(st.tuples(NAMES, st.integers(1, 900)), min_size=1, max_size=40), SIGNS)
@settings(max_examples=12, deadline=None)
def test_items_are_the_same_whatever_parts_them(items: list[tuple[str, int]], sign: str) -> None:
    text = sign.join(f"{name} {amount} mg" for name, amount in items)
    read = parse_composition(pl.DataFrame({"row": [0], "komposisi": [text]}), books())
    assert read["amount"].to_list() == [str(amount) for _, amount in items]
    assert read["position"].to_list() == list(range(1, len(items) + 1))
    assert read["residue"].null_count() == len(items)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=3))
@settings(max_examples=10, deadline=None)
def test_counts_of_levels_multiply(counts: list[int]) -> None:
    words = ("tablet", "strip", "amplop")[: len(counts)][::-1]
    text = "dus, " + " @ ".join(f"{count} {word}" for count, word in zip(counts, words, strict=True))
    total = 1
    for count in counts:
        total *= count
    assert packs_all([text]) == {text: [f"medicine: {total} TABLET"]}
