"""Dosage forms: `tab sal selaput`, `TABLET SALUT SELAPUT` and `film-coated tablet` are BS077, taken by mouth.

Words are replaced by book first, then the longest known form in the text counts; what stands around it is the
residue. Strengths behind a `;` (the register's habit) belong to `pharma_composition`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_text import alternation, decode, readable, replace_words, tidy_residue


def split_form(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Form and strength of `sirup; 120 mg /5 mg` as the register writes them in one cell.

    >>> pl.select(pl.concat_list(split_form(pl.lit("sirup; 120 mg"))))["literal"].to_list()
    [['sirup', '120 mg']]
    """
    # Decoded first: the sign inside an html entity parts nothing.
    parts = decode(text).str.extract_groups(r"(?s)^([^;]*);?(.*)$")
    form, strength = (parts.struct.field(n).str.strip_chars(" ") for n in ("1", "2"))
    return form, pl.when(strength != "").then(strength).alias("strength")


def form_words(text: pl.Expr, books: Codebooks) -> pl.Expr:
    """Readable text as words of the book of forms: letters and digits, one blank between."""
    words = text.str.replace_all(r"\+", " DAN ").str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars(" ")
    return replace_words(words, books["dosage_form_words"], word="word", by="canonical")


def form_pattern(books: Codebooks) -> str:
    """A pattern of all spellings of forms, for text that `form_words` made."""
    return rf"\b{alternation(books['dosage_form_spellings']['spelling'].to_list())}"


def parse_form(texts: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per text, in their order: form_code, form_name, route, residue (all text; null where unknown).

    A text whose form no book knows has a null code and is its own residue.
    """
    name = "text"
    unique = texts.rename(name).unique().drop_nulls().to_frame()
    words = form_words(readable(split_form(pl.col(name))[0]), books)
    found = unique.with_columns(words=words).with_columns(
        spelling=pl.col("words").str.extract(f"({form_pattern(books)})")
    )
    found = found.with_columns(rest=pl.col("words").str.replace(form_pattern(books), " "))
    known = books["dosage_form_spellings"].select("spelling", "form_code").join(
        books["dosage_forms"].select("form_code", form_name="name", route="route"), on="form_code", how="left"
    )  # fmt: skip
    found = found.join(known, on="spelling", how="left").with_columns(residue=tidy_residue(pl.col("rest")))
    ordered = texts.rename(name).to_frame().join(found, on=name, how="left", maintain_order="left")
    return ordered.select("form_code", "form_name", "route", "residue")
