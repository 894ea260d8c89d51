"""The codebooks of pharmaceutical words agree with one another, and their words are read as they say."""

from __future__ import annotations

import polars as pl
import pytest

from sehatmu.standardise.pharma import parse_form, parse_pack
from sehatmu.standardise.pharma_units import canonical, read_amounts
from tests.standardising_pharma import books


@pytest.mark.parametrize(
    ("book", "column", "of", "key"),
    [
        ("dosage_form_spellings", "form_code", "dosage_forms", "form_code"),
        ("dosage_forms", "route", "routes", "route"),
        ("unit_spellings", "unit", "units", "unit"),
        ("registration_letters", "kind", "registration_kinds", "kind"),
    ],
)
def test_what_one_book_names_another_has(book: str, column: str, of: str, key: str) -> None:
    assert set(books()[book][column]) <= set(books()[of][key])


def test_every_form_is_read_from_its_own_name_and_from_every_spelling() -> None:
    forms = books()["dosage_forms"]
    assert parse_form(forms["name"], books())["form_code"].to_list() == forms["form_code"].to_list()
    spellings = books()["dosage_form_spellings"]
    assert parse_form(spellings["spelling"], books())["form_code"].to_list() == spellings["form_code"].to_list()


def test_every_spelling_of_a_unit_is_read_as_its_unit() -> None:
    spellings = books()["unit_spellings"]
    read = read_amounts(
        spellings.with_columns(amount=pl.lit("2"), said="spelling"), books(), amount="amount", unit="said"
    )
    assert read["said"].to_list() == spellings["unit"].to_list()


def test_canonical_units_are_worth_one_of_themselves() -> None:
    units = books()["units"]
    own = units.filter(
        pl.col("unit").is_in(units["canonical_unit"].implode()) & (pl.col("unit") == pl.col("canonical_unit"))
    )
    assert own["factor"].cast(pl.Float64).eq(1).all()
    per = pl.lit(None, pl.String)
    worth = canonical(units.select("unit", amount=pl.lit("1"), per_amount=per, per_unit=per), books())
    assert worth["value"].to_list() == units["factor"].cast(pl.Float64).to_list()


def test_every_container_and_piece_is_read_from_every_spelling() -> None:
    words = books()["pack_words"].filter(pl.col("class").is_in(["container", "unit"]))
    parsed = parse_pack(pl.Series("2 " + words["spelling"]), books()).with_columns(
        thing=pl.coalesce("container", "unit")
    )
    assert parsed["thing"].to_list() == words["canonical"].to_list()
    assert parsed["count"].unique().to_list() == [2]


def test_classes_are_those_the_parsers_know() -> None:
    assert set(books()["pack_words"]["class"]) == {"container", "unit", "accessory", "other"}
    assert set(books()["salts"]["class"]) == {"salt", "hydrate", "mineral", "anion", "quality"}
