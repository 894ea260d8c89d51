"""Pharmaceutical texts in, short tuples out: helpers for the tests of its parsers."""

from __future__ import annotations

from functools import cache

import polars as pl

from sehatmu.standardise import Codebooks, load_codebooks
from sehatmu.standardise.pharma import (
    PHARMA_NAMES,
    parse_composition,
    parse_form,
    parse_nie,
    parse_pack,
    parse_product_name,
    smallest_units,
    strength_key,
)
from tests.standardising import CONTRACTS


@cache
def books() -> Codebooks:
    return load_codebooks(CONTRACTS, PHARMA_NAMES)


def composition(text: str | None, apart: str | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"row": [0], "komposisi": [text], "kekuatan": [apart]},
        schema_overrides={"kekuatan": pl.String, "komposisi": pl.String},
    )
    return parse_composition(frame, books())


def told(text: str | None, apart: str | None = None) -> list[tuple[str | None, str | None, str | None]]:
    """(base, salt, strength as written in UCUM) of every substance."""
    rows = composition(text, apart).with_columns(
        per=pl.concat_str(pl.lit("/"), pl.col("per_amount").fill_null(""), pl.lit(" "), "per_unit").str.replace(
            "/ ", "/"
        )
    )
    strength = pl.concat_str("amount", pl.lit(" "), "unit") + pl.col("per").fill_null("")
    return rows.select("base", "salt", strength.alias("strength")).rows()


def key(text: str | None, apart: str | None = None) -> str | None:
    keys = strength_key(composition(text, apart))
    return keys["strength_key"].item() if keys.height else None


def form(text: str | None) -> tuple[str | None, str | None]:
    """(form_code, residue)"""
    row = parse_form(pl.Series([text], dtype=pl.String), books())
    return row["form_code"].item(), row["residue"].item()


def packs(text: str | None) -> list[str]:
    """Each component as `role: total unit volume`."""
    units = smallest_units(parse_pack(pl.Series([text], dtype=pl.String), books()))
    words = pl.concat_str(
        pl.col("total").cast(pl.String), "unit", "volume", "volume_unit", separator=" ", ignore_nulls=True
    )
    return units.select(pl.col("role") + ": " + words).to_series().to_list()


def product(text: str | None) -> tuple[str | None, str | None, str | None, str | None]:
    """(brand, number, strength, form_code)"""
    return (
        parse_product_name(pl.Series([text], dtype=pl.String), books())
        .select("brand", "number", "strength", "form_code")
        .row(0)
    )


def nie(text: str | None) -> tuple[str | None, str | None, list[str] | None]:
    """(kind, normalised, flags)"""
    return parse_nie(pl.Series([text], dtype=pl.String), books()).select("kind", "normalised", "flags").row(0)
