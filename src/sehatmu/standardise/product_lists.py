"""Reference lists about drugs by the keys that records have: ATC codes by substances, the formulary by template.

Called by `products`; what a name or strength means is read by the same parser as that of a registration.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.pharma import parse_form
from sehatmu.standardise.product_content import read_ingredients, summarise

_SUBSTANCE_LEVEL = 7  # characters of an ATC code of level 5


def read_atc(accepted: pl.DataFrame | None, books: Codebooks) -> pl.DataFrame:
    """`substance_key, atc_code`: codes of level 5 by the substances that they name; the first where several do."""
    if accepted is None:
        return pl.DataFrame(schema={"substance_key": pl.String, "atc_code": pl.String})
    codes = current_rows(accepted).filter(pl.col("kode").str.len_chars() == _SUBSTANCE_LEVEL)
    codes = codes.select("kode", "nama").sort("kode").with_row_index("row")
    named = codes.select("row", text=pl.col("nama").str.replace_all(r"(?i)\s+(?:DAN|AND)\s+", ", "))
    keys = summarise(read_ingredients(named, books))
    told = codes.join(keys, on="row").select("substance_key", atc_code="kode").drop_nulls()
    return told.unique("substance_key", keep="first", maintain_order=True)


def read_fornas(accepted: pl.DataFrame | None, books: Codebooks) -> pl.DataFrame:
    """`template_key, fornas_level`: what the formulary lists, by substances, strengths and form."""
    if accepted is None:
        return pl.DataFrame(schema={"template_key": pl.String, "fornas_level": pl.String})
    listed = current_rows(accepted).select("zat", "kekuatan", "bentuk", "tingkat")
    listed = listed.sort(pl.all(), nulls_last=True).with_row_index("row")
    pairs = pl.struct(
        pl.col("zat").str.split(",").alias("zat"), pl.col("kekuatan").fill_null("").str.split(",").alias("kekuatan")
    )
    both = listed.select("row", pairs.struct.field("zat"), pairs.struct.field("kekuatan"))
    # As many strengths as substances, or none is told.
    same = both.filter(pl.col("zat").list.len() == pl.col("kekuatan").list.len())
    parts = same.explode("zat", "kekuatan").select(
        "row", part=pl.concat_str(pl.col("zat").str.strip_chars(), pl.col("kekuatan").str.strip_chars(), separator=" ")
    )
    named = parts.group_by("row", maintain_order=True).agg(text=pl.col("part").str.join(", "))
    keys = summarise(read_ingredients(named, books))
    forms = pl.concat([listed.select("row"), parse_form(listed["bentuk"], books).select("form_code")], how="horizontal")
    told = listed.join(keys, on="row").join(forms, on="row")
    key = pl.concat_str("content_key", "form_code", separator="|")
    told = told.select(template_key=key, fornas_level="tingkat").drop_nulls("template_key")
    return told.unique("template_key", keep="first", maintain_order=True)
