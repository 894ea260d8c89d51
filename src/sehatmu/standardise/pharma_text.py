"""Pharmaceutical text made readable: html gone, marks of equality and of powers written one way, words as books say.

Expressions and small helpers that the parsers of compositions, forms, packs and product names share. What a word
means stands in the codebooks.
"""

from __future__ import annotations

import re

import polars as pl

from sehatmu.standardise.text import upper_text

#: Parts the items of a list once the signs that part them have been recognised.
SEPARATOR = "\x1f"
#: Stands for "is the same as": `AMLODIPINE BESILATE 6.94 mg setara dengan AMLODIPINE 5 mg`.
EQUAL = "~"
#: A number as written, with separators and perhaps a power of ten (`1E9`).
NUMBER = r"\d[\d.,]*(?:E\d+)?"

_ENTITIES = {
    "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&plusmn;": "±", "&#40;": "(", "&#41;": ")",
    "&micro;": "µ", "&reg;": " ", "&trade;": " ",
}  # fmt: skip
_TAG = r"</?[a-zA-Z!][^<>]*>"
_EQUALS = (
    r"\((?:SETARA|EQUIVALENT|EKUIVALEN|EKIVALEN|EQUIV|EQV|EQ)(?:\s+(?:DENGAN|TO|DGN))?\.?([^()]*)\)"
    r"|\b(?:SETARA|EQUIVALENT|EKUIVALEN|EKIVALEN|EQUIV|EQV|EQ)(?:\s+(?:DENGAN|TO|DGN)\b)?\.?"
)


def decode(text: pl.Expr) -> pl.Expr:
    """Html entities as the signs they stand for, entities of entities (`&amp;lt;`) too."""
    plain = text
    for _ in range(2):
        plain = plain.str.replace_all("(?i)&amp;", "&").str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
    return plain


def readable(text: pl.Expr) -> pl.Expr:
    """Upper case without html; a line break or list item becomes `;`, equality `~`, a power of ten `E9`.

    >>> pl.select(readable(pl.lit("<p>Amlodipin 6,94 mg (setara dengan amlodipin 5&nbsp;mg)</p>"))).item()
    'AMLODIPIN 6,94 MG ~ AMLODIPIN 5 MG'
    """
    plain = (
        decode(text).str.replace_all(r"(?i)<\s*(?:br|/p|/li|/tr|/div)\s*/?\s*>|[\r\n]+", ";").str.replace_all(_TAG, " ")
    )
    plain = plain.str.replace_all("[µμ]", "mc").str.replace_all(r"(?i)mcgr?\b", "mcg").str.replace_all("×", "x")
    plain = upper_text(plain)
    powers = (
        plain.str.replace_all(r"([\d.,]+)\s*X\s*10\s*(?:\^|PANGKAT|\?)\s*([\d]+)(?:[.,]0)?", "${1}E$2")
        .str.replace_all(r"\b10\s*(?:\^|PANGKAT)\s*(\d+)(?:[.,]0)?", "1E$1")
    )  # fmt: skip
    marked = powers.str.replace_all(_EQUALS, f" {EQUAL} $1").str.replace_all(r"\s*=\s*", f" {EQUAL} ")
    return marked.str.replace_all(r"[\s\p{Z}]+", " ").str.strip_chars(" ;")


def replace_words(text: pl.Expr, book: pl.DataFrame, *, word: str, by: str) -> pl.Expr:
    """Whole words and runs of words replaced as the book says, the longest first; text is one-blank words."""
    longest = book.with_columns(length=pl.col(word).str.len_chars()).sort("length", word, descending=[True, False])
    padded = " " + text.str.replace_all(" ", "  ") + " "
    old = [f" {w.replace(' ', '  ')} " for w in longest[word]]
    new = [f" {w.replace(' ', '  ')} " for w in longest[by]]
    replaced = padded.str.replace_many(old, new, leftmost=True)
    return replaced.str.replace_all(" +", " ").str.strip_chars(" ")


def alternation(words: list[str]) -> str:
    """A pattern of any of these words, the longest first; words that end in a letter or digit end there.

    >>> alternation(["MG", "%"])
    '(?:MG\\\\b|%)'
    """
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word) + (r"\b" if word[-1].isalnum() else "") for word in ordered) + ")"


def tidy_residue(*texts: pl.Expr) -> pl.Expr:
    """What was not understood, its pieces parted by `; `; null where nothing but signs is left."""
    pieces = [text.str.replace_all(r"[\s\x1f]+", " ").str.strip_chars(" ,.;:/+()~@-") for text in texts]
    kept = [pl.when(piece != "").then(piece) for piece in pieces]
    joined = pl.concat_str(kept, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)
