"""Reference lists about drugs: the tree of the ATC, its codes by substances, the formulary by template.

Called by `products`; what a name or strength means is read by the same parser as that of a registration.
"""

from __future__ import annotations

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.pharma import parse_form
from sehatmu.standardise.product_content import read_ingredients, summarise
from sehatmu.standardise.text import tidy

_WIDTHS = (1, 3, 4, 5, 7)  # characters of an ATC code of level 1 to 5
_SUBSTANCE_LEVEL = _WIDTHS[-1]
_ATC = pl.Schema(
    dict.fromkeys(
        ("record_key", "source", "extract", "source_key", "code", "name", "level", "parent_code", "parent_told"),
        pl.String,
    )
)
PARENT_MISSING, PARENT_DIFFERS, DOUBLED = "atc:parent-missing", "atc:parent-differs", "atc:code-doubled"


def list_atc(accepted: pl.DataFrame | None) -> pl.DataFrame:
    """The classes of the ATC: keys of the row, `code, name, level, parent_code, parent_told`, in the order of codes.

    `level` is text from "1" to "5" and `parent_code` the code without its last part, "" at level 1: what a code is part
    of stands in the code itself. `parent_told` is the parent that was delivered, null where none was.
    """
    if accepted is None:
        return pl.DataFrame(schema=_ATC)
    code, width = pl.col("code"), pl.col("code").str.len_chars()
    above = width.replace_strict(dict(zip(_WIDTHS, (0, *_WIDTHS), strict=False)), return_dtype=pl.UInt32)
    rows = current_rows(accepted).select(
        "record_key",
        "source_key",
        source=pl.lit("referensi"),
        extract=pl.lit("atc"),
        code="kode",
        name=tidy(pl.col("nama")),
        parent_told=tidy(pl.col("induk")).str.to_uppercase(),
    )
    level = width.replace_strict({w: str(n) for n, w in enumerate(_WIDTHS, 1)}, return_dtype=pl.String)
    listed = rows.with_columns(level=level, parent_code=code.str.head(above))
    return listed.select(*_ATC).sort("code", "name", "record_key", nulls_last=True)


def find_atc_oddities(codes: pl.DataFrame) -> pl.DataFrame:
    """`record_key, finding, detail` of `list_atc`: a parent that is not listed, or told otherwise; a code told twice.

    Such a class is published all the same; of a code told twice, the first row.
    """
    is_root, parent = pl.col("level") == "1", pl.col("parent_code")
    known = codes["code"].unique().implode()
    said = {
        PARENT_MISSING: (~is_root & ~parent.is_in(known), phrase("{} is not listed", parent)),
        PARENT_DIFFERS: (pl.col("parent_told") != parent, phrase("{} is told for {}", "parent_told", "code")),
        DOUBLED: (~pl.col("code").is_first_distinct(), phrase("{} is told before", "code")),
    }
    found = [
        codes.filter(condition.fill_null(False)).select("record_key", finding=pl.lit(name), detail=detail)
        for name, (condition, detail) in said.items()
    ]
    return pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *found]).sort("record_key", "finding")


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
