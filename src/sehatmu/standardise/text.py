"""Text made comparable: upper case, no accents, no punctuation, one blank between words.

Expressions only, for every domain's standardiser; what a word *means* (kinds, titles, places) belongs to
the module of its subject. Callers normalise the unique values of a column and join them back, never the
rows.
"""

from __future__ import annotations

from functools import reduce

import polars as pl

#: What people write where they have nothing to say; counts as missing everywhere.
PLACEHOLDERS = (
    "", "-", "--", "---", ".", "0", "NULL", "NONE", "NAN", "N/A", "NA", "NN", "TIDAK ADA", "TDK ADA",
    "TIDAK DIKETAHUI", "BELUM ADA",
)  # fmt: skip

ROMAN = {
    "I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9",
    "X": "10", "XI": "11", "XII": "12", "XIII": "13", "XIV": "14", "XV": "15", "XVI": "16", "XVII": "17",
    "XVIII": "18", "XIX": "19", "XX": "20", "XXI": "21", "XXII": "22", "XXIII": "23", "XXIV": "24",
    "XXV": "25",
}  # fmt: skip


def upper_text(text: pl.Expr) -> pl.Expr:
    """Upper case without accents, control characters and apostrophes; other characters stay.

    >>> pl.select(upper_text(pl.lit("Rafi'an  Séjahtera"))).item()
    'RAFIAN  SEJAHTERA'
    """
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"[\p{M}\p{Cf}]", "")
        .str.to_uppercase()
        .str.replace_all(r"['’‘`´ʼ]", "")
        .str.replace_all(r"[\p{Cc}\p{Z}]", " ")
    )


def clean_text(text: pl.Expr) -> pl.Expr:
    """Only A-Z and 0-9, words parted by one blank; null where nothing is left.

    >>> pl.select(clean_text(pl.lit(" RS. Ibu&Anak  (Sejahtera)/2 "))).item()
    'RS IBU DAN ANAK SEJAHTERA 2'
    """
    cleaned = (
        upper_text(text).str.replace_all(r"[&+]", " DAN ").str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars(" ")
    )
    return pl.when(cleaned != "").then(cleaned)


def tidy(text: pl.Expr) -> pl.Expr:
    """As delivered, but without blanks at the ends or in a row; null where it is a placeholder.

    >>> pl.select(tidy(pl.lit("  RS   Umum Melati "))).item()
    'RS Umum Melati'
    """
    trimmed = text.str.replace_all(r"[\p{Cc}\p{Z}]+", " ").str.strip_chars(" ")
    return pl.when(~trimmed.str.to_uppercase().is_in(PLACEHOLDERS)).then(trimmed)


#: Patterns and what they become, one after the other. Runs (DDJ) are taken whole, so that a second pass finds nothing.
OLD_SPELLINGS = (("OE", "U"), ("D+J", "J"), ("T+J", "C"))


def modern_spelling(text: pl.Expr) -> pl.Expr:
    """The spelling before 1972 read as today's (oe→u, dj→j, tj→c), for comparison only.

    >>> pl.select(modern_spelling(pl.lit("BOEDJASIN TJOKRO"))).item()
    'BUJASIN COKRO'
    """
    return reduce(lambda spelt, rule: spelt.str.replace_all(*rule), OLD_SPELLINGS, text)


def squeeze(text: pl.Expr) -> pl.Expr:
    """Without blanks: `TANJUNG JAYA` and `TANJUNGJAYA` are one name."""
    return text.str.replace_all(" ", "")


def wrap(text: pl.Expr) -> pl.Expr:
    """Each word between blanks of its own (` A  B `), so that neighbouring replacements share none."""
    return " " + text.str.replace_all(" ", "  ") + " "


def unwrap(text: pl.Expr) -> pl.Expr:
    """The reverse of `wrap`."""
    return text.str.replace_all(" +", " ").str.strip_chars(" ")
