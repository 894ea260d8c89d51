"""Pharmaceutical texts in, short tuples out: helpers for the tests of its parsers.

Those that end in `_all` parse many texts at once, which costs what one costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

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

Told = list[tuple[str | None, str | None, str | None]]


@cache
def books() -> Codebooks:
    return load_codebooks(CONTRACTS, PHARMA_NAMES)


def texts(values: Sequence[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def composition(text: str | None, apart: str | None = None) -> pl.DataFrame:
    columns = {"komposisi": texts([text]), "kekuatan": texts([apart])}
    return parse_composition(pl.DataFrame({"row": [0], **columns}), books())


def told(rows: pl.DataFrame) -> Told:
    """(base, salt, strength as written in UCUM) of every substance."""
    below = pl.lit("/") + pl.concat_str("per_amount", "per_unit", separator=" ", ignore_nulls=True)
    per = pl.when(pl.col("per_unit").is_not_null()).then(below).otherwise(pl.lit(""))
    strength = pl.concat_str("amount", pl.lit(" "), "unit") + per
    return rows.select("base", "salt", strength.alias("strength")).rows()


def told_all(values: Sequence[str]) -> dict[str, Told]:
    rows = parse_composition(pl.DataFrame({"row": values, "komposisi": values}), books())
    return {value: told(rows.filter(pl.col("row") == value)) for value in values}


def keys(values: Sequence[str]) -> list[str | None]:
    """The strength key of every text, in their order."""
    frame = pl.DataFrame({"row": range(len(values)), "komposisi": values})
    return strength_key(parse_composition(frame, books()))["strength_key"].to_list()


def forms_all(values: Sequence[str | None]) -> dict[str | None, tuple[Any, ...]]:
    """(form_code, residue)"""
    return _by_text(values, parse_form(texts(values), books()), "form_code", "residue")


def packs_all(values: Sequence[str | None]) -> dict[str | None, list[str]]:
    """Each component as `role: total unit volume`."""
    units = smallest_units(parse_pack(texts(values), books()))
    total = pl.col("total").cast(pl.String)
    words = pl.concat_str(total, "unit", "volume", "volume_unit", separator=" ", ignore_nulls=True)
    told_packs = units.with_columns(told=pl.col("role") + ": " + words)
    return {value: told_packs.filter(pl.col("row") == n)["told"].to_list() for n, value in enumerate(values)}


def products_all(values: Sequence[str | None]) -> dict[str | None, tuple[Any, ...]]:
    """(brand, number, strength, form_code)"""
    parsed = parse_product_name(texts(values), books())
    return _by_text(values, parsed, "brand", "number", "strength", "form_code")


def numbers_all(values: Sequence[str | None]) -> dict[str | None, tuple[Any, ...]]:
    """(kind, normalised, flags)"""
    return _by_text(values, parse_nie(texts(values), books()), "kind", "normalised", "flags")


def _by_text(values: Sequence[str | None], frame: pl.DataFrame, *columns: str) -> dict[str | None, tuple[Any, ...]]:
    return dict(zip(values, frame.select(columns).rows(), strict=True))
