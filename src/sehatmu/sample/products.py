"""The drugs of the made-up country: what each product and pack truly is, before any list writes it down.

A family is a brand (or a maker's generics) of one composition; its products differ in form and strength; each comes
in one to three packs. Everything is drawn by the family's or the product's number, so a longer list begins with the
shorter one.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from sehatmu.sample import product_words as words
from sehatmu.sample.dice import Ints, Rolls, cases, take
from sehatmu.sample.product_noise import ProductNoise

MAKERS = 240


@cache
def list_templates() -> pl.DataFrame:
    """Every composition, form and strength: `composition` (number), `names, atc, form, strength`, `number` in it."""
    rows = []
    for composition, line in enumerate(words.COMPOSITIONS.strip().splitlines()):
        names, atc, *forms = line.split(";")
        told = [(form, strength) for f in forms for form, _, s in [f.partition(":")] for strength in s.split(",")]
        rows += [(composition, names, atc, form, strength, at) for at, (form, strength) in enumerate(told)]
    columns = ("composition", "names", "atc", "form", "strength", "number")
    return pl.DataFrame(rows, schema=columns, orient="row").with_row_index("template")


def make_products(seed: int, families: int, noise: ProductNoise) -> pl.DataFrame:
    """Products of families 1 to `families`, in order of `entity` (the template's number within the family counts up).

    Columns: `entity, family, template, composition, names, atc, form, strength, brand` (null: sold under its
    substance's name), `maker, company, country, generic, figures` (the NIE without year and pack), `years`, `shared`
    (entity whose NIE it has, or null).
    """
    templates, ids = list_templates(), np.arange(1, families + 1, dtype=np.int64)
    rolls = Rolls(seed, "product family", ids)
    sizes = templates.group_by("composition", maintain_order=True).len()["len"].to_numpy()
    composition = rolls.pick("composition", len(sizes))
    family = pl.DataFrame(
        {
            "family": ids,
            "composition": composition,
            "maker": rolls.pick("maker", MAKERS),
            "wanted": 1 + rolls.pick("wanted", 3),
            "first": rolls.pick("first", sizes[composition].astype(np.int64)),
            "size": sizes[composition],
        }
    )
    # A maker has one line of generics per composition; what is drawn beyond that is a brand.
    generic = rolls.flag("generic", 0.35) & pl.struct("composition", "maker").is_first_distinct()
    family = family.with_columns(brand=pl.when(~generic).then(pl.lit(_brands(rolls))))
    listed = family.with_columns(step=pl.int_ranges(0, pl.min_horizontal("wanted", "size"))).explode("step")
    listed = listed.with_columns(number=(pl.col("first") + pl.col("step")) % pl.col("size"))
    products = listed.join(
        templates.with_columns(pl.col("composition").cast(pl.Int64), pl.col("number").cast(pl.Int64)),
        on=["composition", "number"],
        how="left",
        maintain_order="left",
    ).with_columns(entity=pl.col("family") * 4 + pl.col("step"))
    return _number(products, seed, noise)


def _brands(rolls: Rolls) -> pl.Series:
    """A made-up brand per family, none twice below 64,512 families; some differ by a letter or two only."""
    parts = (words.HEADS, words.MIDDLES, words.MIDDLES, words.TAILS)
    count = len(words.HEADS) * len(words.MIDDLES) ** 2 * len(words.TAILS)
    at = (rolls.ids * 25_013 + rolls.seed * 7_919) % count  # 25,013 shares no factor with the count
    told = pl.Series("brand", [""] * len(at))
    for syllables in parts:
        told = told + take(syllables, at % len(syllables))
        at = at // len(syllables)
    return told


def _number(products: pl.DataFrame, seed: int, noise: ProductNoise) -> pl.DataFrame:
    """Maker, class and registration number."""
    rolls = Rolls(seed, "product", products["entity"].to_numpy().astype(np.int64))
    maker = products["maker"].to_numpy()
    abroad = pl.col("maker") % 8 == 0
    control = pl.col("atc").str.slice(0, 4).replace_strict({"N05B": "P", "N02A": "N"}, default=None)
    control = pl.coalesce(control, cases((rolls.flag("free", 0.2), pl.lit("T")), otherwise=pl.lit("K")))
    serial = (pl.col("entity") % 1000).cast(pl.String).str.zfill(3)
    factory = (pl.col("maker") + 100 + pl.col("entity") // 1000 % 3 * 250).cast(pl.String).str.zfill(3)
    letter = (pl.col("step") % 26).replace_strict(dict(enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
    figure = pl.col("form").replace_strict(words.FORM_FIGURES)
    listed = products.with_columns(
        company=company_names(maker),
        country=cases(
            (abroad, take(words.COUNTRIES, maker // 8 % len(words.COUNTRIES))), otherwise=pl.lit("INDONESIA")
        ),
        year=pl.lit(pl.Series(19 + rolls.pick("year", 6))),
    ).with_columns(
        head=pl.concat_str(
            cases((pl.col("brand").is_null(), pl.lit("G")), otherwise=pl.lit("D")),
            control,
            cases((abroad, pl.lit("I")), otherwise=pl.lit("L")),
        ),
        tail=pl.concat_str(factory, serial, figure, letter),
        one_number=pl.col("family") % 5 < 3,  # all packs under one number, or a last figure for each
        old_registration=rolls.flag("reregistered", noise.reregistered),
        packs=pl.lit(pl.Series(1 + rolls.pick("packs", 3))),
        first_pack=pl.lit(pl.Series(rolls.pick("first_pack", 6))),
    )
    sister = rolls.flag("shared_number", noise.shared_number) & (pl.col("step") > 0)
    same = [pl.when(sister).then(pl.col(c).shift(1)).otherwise(pl.col(c)).alias(c) for c in ("head", "tail", "year")]
    return listed.with_columns(*same, shares_number=sister)


def company_names(maker: Ints) -> pl.Series:
    """The name of a maker, one for each number."""
    heads, middles = len(words.COMPANY_HEADS), len(words.COMPANY_MIDDLES)
    return (
        take(words.COMPANY_HEADS, maker % heads)
        + " "
        + take(words.COMPANY_MIDDLES, maker // heads % middles)
        + " "
        + take(words.COMPANY_TAILS, (maker // heads // middles + maker) % len(words.COMPANY_TAILS))
    )


def list_packs(products: pl.DataFrame) -> pl.DataFrame:
    """A row per product and pack: the products' columns, `pack` (number), `inner` (what is in the box)."""
    packs = products.with_columns(pack=pl.int_ranges(0, "packs")).explode("pack")
    solid = pl.any_horizontal(pl.col("form").str.starts_with(word) for word in words.SOLIDS)
    choices = {form: list(words.PACKS.get(form, words.SOLID_PACKS)) for form in words.FORM_FIGURES}
    at = pl.col("first_pack") + pl.col("pack")
    listed = packs.with_columns(choice=pl.col("form").replace_strict(choices, return_dtype=pl.List(pl.String)))
    listed = listed.with_columns(inner=pl.col("choice").list.get(at % pl.col("choice").list.len()), solid=solid)
    return listed.unique(["entity", "inner"], keep="first", maintain_order=True).drop("choice")
