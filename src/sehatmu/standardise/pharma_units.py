"""Amounts: a written number and unit as exact text, and as one number in one unit per kind of quantity.

`0,5 g`, `500 mg` and `500.00 MG` are one strength (500 mg), and so are `120 mg/5 mL` and `24 mg/mL`. Units, their
spellings and their factors are codebooks; `%` counts as 10 mg in 1 mL, and 1 g of a cream as 1 mL.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_text import NUMBER, alternation

#: Digits that a canonical value keeps: more than any label states, fewer than a product of two floats may lose.
DIGITS = 9
#: Kinds of quantity that a strength may be told in, beside grams: per 5 mL, per tablet, per puff, per hour.
PER = ("volume", "item", "dose", "area", "time")


def read_number(text: pl.Expr, *, is_whole: pl.Expr) -> pl.Expr:
    """A written number as plain decimal text (`.` as the mark, no needless zeros), by the habits of the register.

    A sign that stands twice parts thousands, and so does the former of two different ones. A single one parts
    thousands only where the quantity is counted in whole units (`5.000 IU`): of masses the register writes
    `125,000 mg` for 125.

    >>> numbers = pl.DataFrame({"t": ["1.000.000", "0,50", "5.000", "5.000", "2.700,000"], "w": [1, 0, 1, 0, 0]})
    >>> numbers.select(read_number(pl.col("t"), is_whole=pl.col("w") == 1)).to_series().to_list()
    ['1000000', '0.5', '5000', '5', '2700']
    """
    parts = text.str.strip_chars_end(".,").str.extract_groups(r"^([\d.,]*)(E\d+)?$")
    digits = parts.struct.field("1")
    dots, commas = digits.str.count_matches(".", literal=True), digits.str.count_matches(",", literal=True)
    last_is_comma = digits.str.contains(r",\d*$")
    both = (dots > 0) & (commas > 0)
    grouped = digits.str.contains(r"^[1-9]\d{0,2}(?:[.,]\d{3})+$")
    plain = (
        pl.when(both & last_is_comma)
        .then(digits.str.replace_all(".", "", literal=True))
        .when(both)
        .then(digits.str.replace_all(",", "", literal=True))
        .when((dots > 1) | (commas > 1) | (grouped & is_whole))
        .then(digits.str.replace_all("[.,]", ""))
        .otherwise(digits)
        .str.replace(",", ".", literal=True)
    )
    tidy = plain.str.replace(r"^0+(\d)", "$1").str.replace(r"^(\d+\.\d*?)0+$", "$1").str.strip_chars_end(".")
    return pl.when(tidy != "").then(tidy + parts.struct.field("2").fill_null(""))


def unit_pattern(books: Codebooks, dimensions: Iterable[str]) -> str:
    """A pattern of all spellings of the units of these dimensions."""
    known = books["unit_spellings"].join(books["units"], on="unit")
    return alternation(known.filter(pl.col("dimension").is_in(list(dimensions)))["spelling"].to_list())


def strength_pattern(books: Codebooks) -> str:
    """A pattern of all spellings of units that a strength is told in: an hour, a puff or a kilogram is none."""
    known = books["unit_spellings"].join(books["units"], on="unit")
    return alternation(known.filter(pl.col("is_strength") == "true")["spelling"].to_list())


def per_pattern(books: Codebooks) -> str:
    """What a strength may be told in, as five groups without the sign: `5 ML`, `ML`, `G`, `100 G`, `MG`.

    Of masses only 1, 10 or 100 g, or mg without a number: `20 MG/8.19 MG` are two strengths.
    """
    grams, milligrams = (
        alternation(books["unit_spellings"].filter(pl.col("unit") == unit)["spelling"].to_list())
        for unit in ("g", "mg")
    )
    return rf"(?:({NUMBER})?\s*({unit_pattern(books, PER)})|(10{{0,2}})?\s*({grams})|({milligrams}))"


def amount_pattern(books: Codebooks) -> str:
    """A pattern of `120 MG/5 ML`, `4 UG/0,5 ML`, `100 IU/ML`, `0,1 %`; `amount_fields` names its groups."""
    return rf"({NUMBER})\s*({strength_pattern(books)})(?:\s*(?:/|PER|TIAP|DALAM)\s*{per_pattern(books)})?"


def amount_fields(groups: pl.Expr) -> dict[str, pl.Expr]:
    """amount, unit, per_amount and per_unit of the groups that `amount_pattern` extracts, as written."""
    group = groups.struct.field
    return {
        "amount": group("1"),
        "unit": group("2"),
        "per_amount": pl.coalesce(group("3"), group("5")),
        "per_unit": pl.coalesce(group("4"), group("6"), group("7")),
    }


def read_amounts(frame: pl.DataFrame, books: Codebooks, *, amount: str, unit: str) -> pl.DataFrame:
    """The columns `amount` (number as written) and `unit` (spelling) become exact text and the UCUM unit.

    Units that no book knows stay null, and so does their amount.
    """
    known = books["unit_spellings"].join(books["units"], on="unit").select(
        pl.col("spelling").alias(unit), pl.col("unit").alias("_ucum"), (pl.col("is_whole") == "true").alias("_whole")
    )  # fmt: skip
    joined = frame.join(known, on=unit, how="left", maintain_order="left")
    number = read_number(pl.col(amount), is_whole=pl.col("_whole").fill_null(False))
    return joined.with_columns(
        pl.when(pl.col("_ucum").is_not_null()).then(number).alias(amount), pl.col("_ucum").alias(unit)
    ).drop("_ucum", "_whole")


def canonical(frame: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Adds `value` and `value_unit`: amount over per_amount in one unit per kind of quantity, to 9 digits.

    Per tablet, vial or dose is the strength itself; a mass in a mass or volume is mg/mL, whatever was written.
    """
    factors = books["units"].select("unit", "dimension", "canonical_unit", pl.col("factor").cast(pl.Float64))
    of_amount = factors.rename({"dimension": "_d", "canonical_unit": "_c", "factor": "_f"})
    of_per = factors.rename({"unit": "per_unit", "dimension": "_pd", "canonical_unit": "_pc", "factor": "_pf"})
    joined = frame.join(of_amount, on="unit", how="left", maintain_order="left").join(
        of_per, on="per_unit", how="left", maintain_order="left"
    )
    is_item = pl.col("_pd").is_null() | pl.col("_pd").is_in(["item", "dose"])
    # A mass in a gram of cream is compared as in a millilitre.
    in_mass = pl.col("_pd") == "mass"
    below = pl.coalesce(pl.col("per_amount").cast(pl.Float64, strict=False), pl.lit(1.0)) * pl.col("_pf")
    ratio = pl.when(is_item).then(1.0).when(in_mass).then(below / 1000).otherwise(below)
    per = pl.when(is_item).then(pl.lit("")).when(in_mass).then(pl.lit("/mL")).otherwise("/" + pl.col("_pc"))
    value = pl.col("amount").cast(pl.Float64, strict=False) * pl.col("_f") / ratio
    return joined.with_columns(
        value=pl.when(value.is_finite()).then(value.round_sig_figs(DIGITS)), value_unit=pl.col("_c") + per
    ).drop("_d", "_c", "_f", "_pd", "_pc", "_pf")


def value_text(value: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """`500 mg`, `24 mg/mL`: whole numbers without a decimal mark."""
    number = value.cast(pl.String).str.replace(r"\.0$", "")
    return number + " " + unit
