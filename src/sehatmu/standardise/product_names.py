"""What tells products of one template apart: the company behind them and the brand on them.

Expressions and frames over the distinct texts of a column; substances, strengths and forms are read elsewhere
(`pharma`). A brand is what is left of a name once those are taken out.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.text import clean_text, squeeze, unwrap, wrap

#: Legal forms and the like: they tell no company from another.
_LEGAL = (
    "PT", "TBK", "CV", "PERSERO", "LTD", "LIMITED", "INC", "CO", "CORP", "GMBH", "AG", "SA", "BV", "NV", "PLC", "PVT",
)  # fmt: skip
_LAND = r"\s+-\s+[\p{L} .,]+$"
_UNBRANDED = ("GENERIK", "GENERIC", "TANPA MERK", "TANPA MEREK", "NON BRAND")


def company_key(text: pl.Expr) -> pl.Expr:
    """The company's own words, without legal form and the land behind a hyphen.

    >>> pl.select(company_key(pl.lit("darya-varia laboratoria tbk - indonesia"))).item()
    'DARYA VARIA LABORATORIA'
    """
    words = wrap(clean_text(text.str.replace(_LAND, "")))
    for word in _LEGAL:
        words = words.str.replace_all(f" {word} ", " ", literal=True)
    bare = unwrap(words)
    return pl.when(bare != "").then(bare)


def company_name(text: pl.Expr) -> pl.Expr:
    """The company as a list writes it, without the land behind a hyphen.

    >>> pl.select(company_name(pl.lit("combiphar - indonesia"))).item()
    'combiphar'
    """
    return text.str.replace(_LAND, "")


def company_land(text: pl.Expr) -> pl.Expr:
    """The land that a list writes behind the company.

    >>> pl.select(company_land(pl.lit("combiphar - indonesia"))).item()
    'INDONESIA'
    """
    return clean_text(text.str.extract(r"\s+-\s+([\p{L} .,]+)$"))


def read_brands(rows: pl.DataFrame) -> pl.DataFrame:
    """`brand_kind` (brand, generic; null where nothing tells), `brand_key`, `generic_key`, row by row.

    `rows`: `name`, `brand_text`, `name_core` (what a name says beside substances, strengths, forms and packs; empty
    where it says nothing else), `nie_letter` (G and D tell by themselves, where a register gives the number),
    `is_subject`.
    """
    told, core = clean_text(pl.col("brand_text")), clean_text(pl.col("name_core"))
    said_generic = told.is_in(_UNBRANDED)
    letter = pl.when("is_subject").then("nie_letter")  # a seller may have written another product's number
    by_number = letter.replace_strict({"G": "generic", "D": "brand"}, default=None, return_dtype=pl.String)
    kind = pl.coalesce(
        by_number,
        pl.when(said_generic).then(pl.lit("generic")).when(told.is_not_null()).then(pl.lit("brand")),
        pl.when(core.is_not_null()).then(pl.lit("brand")),
        # A register that names nothing but substances registers a generic; a seller may have left the brand out.
        pl.when(pl.col("is_subject") & pl.col("name").is_not_null()).then(pl.lit("generic")),
    )
    brand = pl.when(told.is_not_null() & ~said_generic).then(told).otherwise(core)
    found = rows.select(kind.alias("brand_kind"), brand.alias("brand"))
    return found.select(
        "brand_kind",
        brand_key=pl.when((pl.col("brand_kind") == "brand").fill_null(True)).then(squeeze(pl.col("brand"))),
        generic_key=pl.when(pl.col("brand_kind") == "generic").then(pl.lit("GENERIK")),
    )


def device_words(text: pl.Expr) -> pl.Expr:
    """The longer words of a device's texts, each once, in order of the alphabet: what sort of thing it is.

    >>> pl.select(device_words(pl.lit("Masker Bedah 3 Ply masker C-303"))).item()
    'BEDAH MASKER'
    """
    return _chosen(text, pl.element().str.contains(r"^\D{4,}$"))


def device_codes(text: pl.Expr) -> pl.Expr:
    """Sizes, types and figures in a device's texts, each once: what tells it from its sisters.

    >>> pl.select(device_codes(pl.lit("Masker Bedah 3 Ply C-303"))).item()
    '3 303 C PLY'
    """
    return _chosen(text, ~pl.element().str.contains(r"^\D{4,}$"))


def _chosen(text: pl.Expr, which: pl.Expr) -> pl.Expr:
    words = clean_text(text).str.split(" ").list.eval(pl.element().filter(which).unique().sort()).list.join(" ")
    return pl.when(words != "").then(words)
