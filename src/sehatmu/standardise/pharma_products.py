"""Names of products as catalogues write them: brand, strength and form in one string, in any order.

`Amlodipin 10 mg tablet`, `TABLET SALUT SELAPUT XANTURIC 300 MG` and `XANTURIC 300, dus, 5 strip @ 10 kaplet` are read
for the same facts. What is neither strength nor form nor pack is the name.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_forms import form_words, known_forms, qualifiers
from sehatmu.standardise.pharma_text import SEPARATOR, alternation, readable, tidy_residue
from sehatmu.standardise.pharma_units import amount_fields, amount_pattern, canonical, read_amounts, value_text

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "brand": pl.String, "number": pl.String, "strength": pl.String, "strengths": pl.List(pl.String),
    "form_code": pl.String, "form_name": pl.String, "route": pl.String, "pack": pl.String, "residue": pl.String,
}  # fmt: skip


def parse_product_name(texts: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per text, in their order, with the columns of `SCHEMA`.

    `brand` is the name without strength, form and pack; `number` the bare number at its end (`XANTURIC 300`,
    `VARDIPIN 10/160`), which is a strength only if so known. `strengths` are canonical (`500 mg`,
    `24 mg/mL`) in the order told, `strength` the same sorted in one text. `pack` is text for `parse_pack`. The residue
    is what stood in brackets.
    """
    unique = texts.rename("text").unique().drop_nulls().to_frame().with_row_index("id")
    containers = books["pack_words"].filter(pl.col("class") == "container")["spelling"].to_list()
    starts = alternation(containers)
    # A pack begins at a container behind a comma, a number or the start: `..., dus, 10 strip @ 10 tablet`.
    pack = rf"(?:,|;|\s@|\s-)\s*(?:\d+\s*)?{starts}.*$"
    told = unique.with_columns(all=readable(pl.col("text")))
    told = told.with_columns(
        pack=pl.col("all").str.extract(f"({pack})").str.strip_chars(" ,;-"), body=pl.col("all").str.replace(pack, "")
    )
    brackets = pl.col("body").str.extract_all(r"\([^()]*\)").list.join(" ")
    told = told.with_columns(residue=tidy_residue(brackets), body=pl.col("body").str.replace_all(r"[()]", " "))
    strengths = _strengths(told, books)
    told = told.with_columns(bare=pl.col("body").str.replace_all(amount_pattern(books), f" {SEPARATOR} "))
    told = told.join(_forms(told, books), on="id", how="left").join(strengths, on="id", how="left")
    told = told.with_columns(*_name_and_number())
    ordered = texts.rename("text").to_frame().join(told, on="text", how="left", maintain_order="left")
    return ordered.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _strengths(told: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    pattern = amount_pattern(books)
    items = told.select("id", item=pl.col("body").str.extract_all(pattern)).explode("item").drop_nulls("item")
    items = items.with_columns(**amount_fields(pl.col("item").str.extract_groups(pattern)))
    items = read_amounts(items, books, amount="amount", unit="unit")
    items = canonical(read_amounts(items, books, amount="per_amount", unit="per_unit"), books)
    text = value_text(pl.col("value"), pl.col("value_unit"))
    return items.group_by("id", maintain_order=True).agg(
        strengths=text.drop_nulls(), strength=text.drop_nulls().sort().str.join(" + ")
    )


def _forms(told: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """id, the form and `name`, the text without it: runs of words that forms are made of are looked up one by one."""
    known = known_forms(books)
    spoken = [*books["dosage_form_words"]["word"], *known["form"].str.split(" ").explode()]
    run = rf"\b{alternation(spoken)}(?:[ -]+{alternation(spoken)})*"
    pieces = told.select("id", piece=pl.col("bare").str.replace_all(run, "\x1e$0\x1e").str.split("\x1e"))
    pieces = pieces.explode("piece").with_columns(at=pl.int_range(pl.len()).over("id"))
    pieces = pieces.with_columns(
        is_run=pl.col("piece").str.contains(rf"^(?:{run})$"), words=form_words(pl.col("piece"), books)
    )
    pattern = rf"\b({alternation(known['form'].to_list())})"
    rest = pl.col("words").str.replace(pattern, " ").str.contains(rf"\b{alternation(qualifiers(books))}")
    # A word left over that tells forms apart (a misspelt TABLET SALKUT SELAPUT) leaves the form open.
    is_sure = ~(pl.col("is_run") & rest).any().over("id")
    pieces = pieces.with_columns(form=pl.when("is_run").then(pl.col("words").str.extract(pattern)), is_sure=is_sure)
    # The longest form is the form, the last of equals: TETES in a brand loses to TETES MATA behind it.
    length = pl.col("form").str.len_chars()
    is_longest = (length == length.max().over("id")).fill_null(False)
    chosen = is_longest & (pl.col("at") == pl.when(is_longest).then("at").max().over("id"))
    told_forms = (
        pieces.with_columns(chosen=chosen)
        .group_by("id", maintain_order=True)
        .agg(
            form=pl.when(pl.col("chosen") & pl.col("is_sure")).then("form").drop_nulls().first(),
            name=pl.when("chosen").then(pl.lit(" ")).otherwise("piece").str.join(""),
        )
    )
    return told_forms.join(known, on="form", how="left", maintain_order="left").drop("form")


def _name_and_number() -> tuple[pl.Expr, pl.Expr]:
    tidy = tidy_residue(pl.col("name").str.replace_all(rf"[{SEPARATOR}/\s]*{SEPARATOR}[{SEPARATOR}/+\s]*", " "))
    split = tidy.str.extract_groups(r"^(.*?[A-Z].*?)[\s-]+(\d[\d.,]*(?:\s*/\s*\d[\d.,]*)*)$")
    number = split.struct.field("2").str.replace_all(" ", "").str.replace_all(",", ".", literal=True)
    return pl.coalesce(split.struct.field("1"), tidy).alias("brand"), number.alias("number")
