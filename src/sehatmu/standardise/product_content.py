"""What rows about drugs hold: substances with their strengths, and the dosage form, whatever text tells them.

A registration tells them in columns of their own, an item of the catalogue or a price in its name. Called by `products`
and, for lists that refer to substances, by `product_lists`; the reading itself is `pharma`'s.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.pharma import parse_composition, parse_form, parse_product_name, split_form
from sehatmu.standardise.pharma_units import value_text

#: One row per row and substance. `substance_key` is the same for all salts and spellings, `base` the name without salt.
INGREDIENTS = pl.Schema(
    {
        "row": pl.UInt32,
        "position": pl.UInt32,
        "substance_key": pl.String,
        "zat_aktif": pl.String,
        "base": pl.String,
        "kekuatan_zat_aktif": pl.String,
        "amount": pl.Float64,
        "unit": pl.String,
        "per_amount": pl.Float64,
        "per_unit": pl.String,
        "value_text": pl.String,
        "residue": pl.String,
    }
)
#: One row per row; null where not every substance is told, or not every strength.
CONTENT = pl.Schema(
    {
        "row": pl.UInt32,
        "substance_key": pl.String,  # all substances, without strengths
        "strength_key": pl.String,  # all strengths, without substances: what a name with a brand tells, too
        "content_key": pl.String,  # both, paired
        "substance_text": pl.String,  # for names: PARACETAMOL 500 mg, CAFFEINE 50 mg
        "strength": pl.String,
        "substance_count": pl.Int64,
        "composition_residue": pl.String,
    }
)
_TWO_STRENGTHS = r"(?i)(\d\s*(?:mg|mcg|g|iu|ui))\s*/\s*(\d[\d.,]*\s*(?:mg|mcg|iu|ui)\b)"


def read_ingredients(told: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Substances and strengths of texts (`row`, `text`, and perhaps `apart`, strengths told apart): `INGREDIENTS`."""
    apart = pl.col("apart") if "apart" in told.columns else pl.lit(None, pl.String)
    frame = told.drop_nulls("text").select("row", komposisi="text", kekuatan=apart)
    read = parse_composition(frame, books).filter(pl.col("substance").is_not_null())
    below = pl.concat_str("per_amount", "per_unit", separator=" ", ignore_nulls=True)
    above = pl.concat_str("amount", "unit", separator=" ")
    strength = (
        pl.when(pl.col("per_unit").is_not_null()).then(pl.concat_str(above, below, separator="/")).otherwise(above)
    )
    return read.select(
        "row",
        "position",
        "substance_key",
        "base",
        "unit",
        "per_unit",
        "residue",
        pl.col("amount", "per_amount").cast(pl.Float64, strict=False),
        zat_aktif="substance",
        kekuatan_zat_aktif=strength,
        value_text=value_text(pl.col("value"), pl.col("value_unit")),
    ).select(pl.col(c).cast(t) for c, t in INGREDIENTS.items())


def summarise(ingredients: pl.DataFrame) -> pl.DataFrame:
    """One row per row of ingredients: `CONTENT`."""
    whole = ~pl.col("value_text").is_null().any()
    part = pl.concat_str("substance_key", "value_text", separator=" ")
    shown = pl.concat_str("base", "kekuatan_zat_aktif", separator=" ", ignore_nulls=True)
    told = (
        ingredients.sort("row", "substance_key", "position")
        .group_by("row", maintain_order=True)
        .agg(
            substance_key=pl.when(~pl.col("substance_key").is_null().any()).then(
                pl.col("substance_key").unique().sort().str.join(" + ")
            ),
            strength_key=pl.when(whole).then(pl.col("value_text").sort().str.join(" + ")),
            content_key=pl.when(whole & ~part.is_null().any()).then(part.sort().str.join(" + ")),
            substance_text=shown.str.join(", "),
            strength=pl.when(whole).then(pl.col("kekuatan_zat_aktif").str.join(" + ")),
            substance_count=pl.len(),
            composition_residue=pl.col("residue").drop_nulls().str.join("; "),
        )
    )
    residue = pl.col("composition_residue")
    return told.with_columns(pl.when(residue != "").then(residue).alias("composition_residue")).cast(CONTENT)


def read_content(rows: pl.DataFrame, books: Codebooks) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What every row holds, by `row`: `CONTENT`, the form (`form_code, form_name, route`), and what its name says
    beside (`name_core`, null where that is the substances themselves, `name_number`); and the ingredients
    (`INGREDIENTS`).

    `rows`: row, series, name, composition, form_text. A name is read as substances only where the registrations and
    lists of the night know all of them: anything else is a brand.
    """
    drugs = rows.filter(pl.col("series").is_in(["product", "template", "substance"]))
    # `500 mg / 50 mg` are two strengths; only a volume or a gram may stand below one.
    spelled = evaluate_distinct(drugs["name"], lambda name: name.str.replace_all(_TWO_STRENGTHS, "${1} + ${2}"))
    names = pl.concat([drugs.select("row"), parse_product_name(spelled, books)], how="horizontal")
    told = _columns_told(drugs, names)
    own = read_ingredients(told.filter(pl.col("text").is_not_null()), books)
    known = own.drop_nulls("substance_key")["substance_key"].unique()
    in_names = _of_names(names, books)
    in_names = in_names.filter(pl.col("substance_key").is_in(known.implode()).all().over("row"))
    said = in_names.select("row").unique().with_columns(is_substance=pl.lit(True))
    ingredients = pl.concat([own, in_names.join(told.filter(pl.col("text").is_not_null()), on="row", how="anti")])
    content = summarise(ingredients.sort("row", "position")).join(
        names.select("row", "strength"), on="row", how="full", coalesce=True, suffix="_of_name"
    )
    strength = pl.coalesce("strength_key", pl.when(pl.col("strength_of_name") != "").then("strength_of_name"))
    content = content.with_columns(strength_key=strength).drop("strength_of_name")
    words = names.join(said, on="row", how="left").select(
        "row",
        name_core=pl.when(pl.col("is_substance").is_null()).then("brand"),
        name_number="number",
    )
    return (
        content.join(_forms(drugs, names, books), on="row", how="left").join(words, on="row", how="left").sort("row"),
        ingredients.sort("row", "position"),
    )


def _of_names(names: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """What names say, read as substances: their strengths by order, where there are as many."""
    read = read_ingredients(names.select("row", text="brand"), books).sort("row", "position")
    told = read.join(names.select("row", "strengths"), on="row", how="left", maintain_order="left").with_columns(
        place=pl.int_range(pl.len()).over("row"), count=pl.len().over("row")
    )
    same = pl.col("strengths").list.len() == pl.col("count")
    strength = pl.when(same).then(pl.col("strengths").list.get(pl.col("place"), null_on_oob=True))
    return told.with_columns(value_text=strength, kekuatan_zat_aktif=strength).select(list(INGREDIENTS))


def _columns_told(drugs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Composition as `text`, and strengths that stand apart from it: behind the form, or else in the name."""
    strengths = pl.col("strengths").list.join(" / ").str.replace_all(r"[\[\]]", "").replace("", None)
    in_name = names.select("row", in_name=strengths)
    # The name of a template is its composition, with the form behind.
    by_name = {"substance": pl.coalesce("base", "name"), "template": pl.col("name")}
    listed = pl.coalesce(
        "composition", *(pl.when(pl.col("series") == series).then(text) for series, text in by_name.items())
    )
    told = drugs.join(in_name, on="row", how="left", maintain_order="left").select(
        "row",
        # A list within JSON comes as it stands there.
        text=listed.str.replace_all(r'^\[|"|\]$', ""),
        apart=pl.coalesce(split_form(pl.col("form_text"))[1], "in_name"),
    )
    bare = ~pl.col("text").str.contains(r"\d").fill_null(False)
    return told.with_columns(apart=pl.when(bare).then("apart"))


def _forms(drugs: pl.DataFrame, names: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """The form of its own column, else of the name."""
    own = parse_form(drugs["form_text"], books).select("form_code", "form_name", "route")
    told = pl.concat([drugs.select("row"), own], how="horizontal")
    both = told.join(names.select("row", "form_code", "form_name", "route"), on="row", how="left", suffix="_of_name")
    told_itself = pl.col("form_code").is_not_null()
    return both.select(
        "row",
        *(pl.when(told_itself).then(c).otherwise(f"{c}_of_name").alias(c) for c in ("form_code", "form_name", "route")),
    )
