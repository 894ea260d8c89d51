"""How a strength, a form, a company, a number or a whole name is written by hand: each list its own way, with slips.

Each function takes columns of the rows and the draws of the list, and gives texts.
"""

from __future__ import annotations

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import product_words as words
from sehatmu.sample import spoil
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.product_noise import ProductNoise


def evaluate(rows: pl.DataFrame, expression: pl.Expr) -> pl.Series:
    """An expression over the rows, as a column of text."""
    return rows.select(expression.cast(pl.String).alias("text")).to_series()


def spell_strength(strengths: pl.Series, rolls: Rolls, noise: ProductNoise) -> pl.Series:
    """`500 mg` as it is, with a decimal comma, glued, or in another unit of the same worth."""
    text = pl.lit(strengths)
    other = (
        text.str.replace(r"^1000 mg$", "1 g")
        .str.replace(" IU", " UI", literal=True)
        .str.replace(r"^0\.5 mg$", "500 mcg")
        .str.replace(r"^0\.25 mg$", "250 mcg")
    )
    text = cases((rolls.flag("other_unit", 0.3 if noise.other_words else 0.05), other), otherwise=text)
    text = cases((rolls.flag("glued_unit", noise.glued_unit), text.str.replace_all(" ", "")), otherwise=text)
    comma = rolls.flag("decimal_comma", noise.decimal_comma)
    return pl.select(cases((comma, text.str.replace_all(".", ",", literal=True)), otherwise=text)).to_series()


def spell_form(forms: pl.Series, rolls: Rolls, noise: ProductNoise) -> pl.Series:
    """The form in one of its usual words."""
    first = {form: told[0] for form, told in words.FORM_SPELLINGS.items()}
    second = {form: told[1].split("|")[0 if noise.other_words else 1] for form, told in words.FORM_SPELLINGS.items()}
    plain, other = (pl.lit(forms).replace_strict(told) for told in (first, second))
    return pl.select(cases((rolls.flag("form_word", noise.other_form_word), other), otherwise=plain)).to_series()


def spell_composition(
    rows: pl.DataFrame, rolls: Rolls, noise: ProductNoise, *, bare: pl.Expr | None = None
) -> pl.Series:
    """`PARASETAMOL 500 mg, KAFEIN 50 mg`; only the names where `bare` holds."""
    parts = rows.select(
        "entity", pl.int_range(pl.len()).alias("row"), pl.col("names").str.split("+"), pl.col("strength").str.split("+")
    ).explode("names", "strength")
    of_row = Rolls(rolls.seed, f"{rolls.salt}/composition", rolls.ids[parts["row"].to_numpy()])
    spelled = parts.with_columns(strength=spell_strength(parts["strength"], of_row, noise))
    hidden = pl.lit(False) if bare is None else bare
    names = spelled.join(rows.select(pl.int_range(pl.len()).alias("row"), hide=hidden), on="row", maintain_order="left")
    told = names.select(
        "row", text=cases((pl.col("hide"), pl.col("names")), otherwise=pl.col("names") + " " + pl.col("strength"))
    )
    return told.group_by("row", maintain_order=True).agg(pl.col("text").str.join(", "))["text"]


def spell_company(names: pl.Series, rolls: Rolls, noise: ProductNoise, country: pl.Series | None = None) -> pl.Series:
    """PT X, X, X - INDONESIA, X Tbk, in capitals or not."""
    how = pl.lit(pl.Series(rolls.pick("company_form", 3)))
    name, land = pl.lit(names), pl.lit("INDONESIA") if country is None else pl.lit(country)
    other = cases((how == 0, name), (how == 1, phrase("{} - {}", name, land)), otherwise=phrase("{}, PT", name))
    text = pl.select(
        cases((rolls.flag("company", noise.company_form), other), otherwise=phrase("PT {}", name))
    ).to_series()
    return spoil_case(text, rolls.under("company"), noise)


def spell_name(rows: pl.DataFrame, rolls: Rolls, noise: ProductNoise, *, full: bool) -> pl.Series:
    """The name of a product: its brand or substance, for some with strength and form; `full`: for all."""
    name = pl.coalesce("brand", pl.col("names").str.replace_all("+", " / ", literal=True))
    short = pl.col("strength").str.split("+").list.first().str.extract(r"^([\d.]+)")
    strength = pl.lit(spell_strength(rows["strength"], rolls.under("name"), noise)).str.replace_all(
        "+", " / ", literal=True
    )
    form = pl.lit(spell_form(rows["form"], rolls.under("name"), noise))
    how = pl.lit(pl.Series(rolls.pick("name_form", 4)))
    if full:
        told = cases(
            (how == 0, phrase("{} {} {}", name, strength, form)),
            (how == 1, phrase("{} {} {}", name, form, strength)),
            (
                how == 2,
                phrase("{} {} {}", pl.col("names").str.replace_all("+", " + ", literal=True), strength, form),
            ),
            otherwise=phrase("{} {} {}", form, name, strength),
        )
    else:
        several = pl.col("strength").str.contains("+", literal=True)
        told = cases(
            (several | (how > 1), name),
            (how == 0, phrase("{} {}", name, short)),
            otherwise=phrase("{} {} {}", name, form, strength),
        )
    return spoil_case(spoil.mistype(evaluate(rows, told), rolls.under("name"), noise.typo), rolls.under("name"), noise)


def spoil_case(texts: pl.Series, rolls: Rolls, noise: ProductNoise) -> pl.Series:
    """For some, all in capitals."""
    return pl.select(
        cases((rolls.flag("upper_case", noise.upper_case), texts.str.to_uppercase()), otherwise=pl.lit(texts))
    ).to_series()


def spell_pack(rows: pl.DataFrame) -> pl.Series:
    """`dus, 10 strip @ 10 tablet`."""
    unit = pl.col("form").str.extract(r"^(\w+)")
    return evaluate(
        rows, cases((pl.col("solid"), phrase("dus, {} {}", "inner", unit)), otherwise=phrase("dus, {}", "inner"))
    )


def registration() -> pl.Expr:
    """The registration number of a pack: packs of some products differ in its last figure."""
    last = cases((pl.col("one_number"), pl.lit(1)), otherwise=pl.col("pack") + 1)
    return phrase("{}{}{}{}", "head", pl.col("year").cast(pl.String).str.zfill(2), "tail", last)
