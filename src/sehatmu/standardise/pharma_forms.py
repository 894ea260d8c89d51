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

    >>> pl.select(pl.concat_list(split_form(pl.lit("sirup; 120 mg")))).item().to_list()
    ['sirup', '120 mg']
    """
    # Decoded first: the sign inside an html entity parts nothing.
    parts = decode(text).str.extract_groups(r"(?s)^([^;]*);?(.*)$")
    form, strength = (parts.struct.field(n).str.strip_chars(" ") for n in ("1", "2"))
    return form, pl.when(strength != "").then(strength).alias("strength")


def form_words(text: pl.Expr, books: Codebooks) -> pl.Expr:
    """Readable text as words of the book of forms: letters and digits, one blank between."""
    words = text.str.replace_all(r"\+", " DAN ").str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars(" ")
    return replace_words(words, books["dosage_form_words"], word="word", by="canonical")


def known_forms(books: Codebooks) -> pl.DataFrame:
    """Every way to say a form, in the words that `form_words` leaves: form, form_code, form_name, route."""
    forms = books["dosage_forms"].select("form_code", form_name="name", route="route")
    spoken = books["dosage_form_spellings"].select("form_code", form=form_words(pl.col("spelling"), books))
    return spoken.unique("form", keep="first", maintain_order=True).join(forms, on="form_code", maintain_order="left")


def qualifiers(books: Codebooks) -> list[str]:
    """Words that tell forms apart (SALUT, LAMBAT): left over, they make the form unsure."""
    words = books["dosage_form_words"]
    return words.filter(pl.col("class") == "qualifier")["word"].to_list()


def parse_form(texts: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per text, in their order: form_code, form_name, route, residue (all text; null where unknown).

    A text whose form no book knows has a null code and is its own residue; so has one where a word is left over that
    tells forms apart (`tablet salkut selaput` is no plain tablet).
    """
    known = known_forms(books)
    pattern = rf"\b({alternation(known['form'].to_list())})"
    unique = texts.rename("text").unique().drop_nulls().to_frame()
    words = form_words(readable(split_form(pl.col("text"))[0]), books)
    found = unique.with_columns(words=words, rest=words.str.replace(pattern, " "))
    unsure = pl.col("rest").str.contains(rf"\b{alternation(qualifiers(books))}")
    found = found.with_columns(
        form=pl.when(~unsure).then(pl.col("words").str.extract(pattern)),
        residue=tidy_residue(pl.when(unsure).then("words").otherwise("rest")),
    )
    found = found.join(known, on="form", how="left")
    ordered = texts.rename("text").to_frame().join(found, on="text", how="left", maintain_order="left")
    return ordered.select("form_code", "form_name", "route", "residue")
