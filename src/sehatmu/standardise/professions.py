"""What a profession is written as, and which one of the codebook it is; what the codebook cannot tell is a worklist.

`Perawat Ahli Muda`, `Ners` and `S.Kep., Ns` are spellings of the codebook `profession_spellings`, looked up without
blanks and punctuation, then without the ranks of civil servants around them. Texts that are no profession stay without
a code: there is no code for the rest.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import fuzz, process

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.text import clean_text, squeeze, tidy

#: How much a spelling must be like an unknown text to be proposed for it, of 100.
_NEAR = 70


def read_professions(texts: pl.Series, codebooks: Codebooks) -> pl.DataFrame:
    """`profession_code` and `speciality` (words in capitals) of every text, in its order; null where unknown."""
    distinct = texts.drop_nulls().unique().sort().alias("text").to_frame()
    plain = clean_text(tidy(pl.col("text")))
    read = distinct.with_columns(plain=plain, bare=_strip_ranks(plain, codebooks["profession_ranks"]))
    book = codebooks["profession_spellings"].with_columns(plain=clean_text(pl.col("spelling")))
    own = codebooks["professions"].select(squeeze(clean_text(pl.col("name"))), "profession_code")
    whole = dict([*own.iter_rows(), *book.select(squeeze(pl.col("plain")), "profession_code").iter_rows()])
    begins = book.filter(pl.col("match") != "whole").sort(
        pl.col("plain").str.len_chars(), "plain", descending=[True, False]
    )
    starts = dict(begins.select("plain", "profession_code").iter_rows())
    told = begins.filter(match="speciality")["plain"].to_list()
    parts = r"^(" + "|".join(starts) + r")(?: (.+))?$"
    read = read.with_columns(
        at_once=squeeze(pl.col("plain")).replace_strict(whole, default=None, return_dtype=pl.String),
        without_rank=squeeze(pl.col("bare")).replace_strict(whole, default=None, return_dtype=pl.String),
        start=pl.col("bare").str.extract(parts, 1),
        rest=pl.col("bare").str.extract(parts, 2),
    )
    by_start = pl.col("start").replace_strict(starts, default=None, return_dtype=pl.String)
    by_words = pl.coalesce("at_once", "without_rank")
    read = read.select(
        "text",
        profession_code=pl.coalesce(by_words, by_start),
        speciality=pl.when(by_words.is_null() & pl.col("start").is_in(told)).then("rest"),
    )
    joined = texts.alias("text").to_frame().join(read, on="text", how="left", maintain_order="left")
    return joined.select("profession_code", "speciality")


def read_groups(texts: pl.Series, codebooks: Codebooks) -> pl.Series:
    """The code of the group that a text names (`Keperawatan`), as the codebook `professions` writes groups."""
    groups = codebooks["professions"].select(squeeze(clean_text(pl.col("group_name"))), "group_code").unique()
    codes = dict(groups.iter_rows())
    codes |= {name.removeprefix("TENAGA"): code for name, code in codes.items()}

    def look_up(text: pl.Expr) -> pl.Expr:
        key = squeeze(clean_text(tidy(text)).str.replace(r"^TENAGA ", ""))
        return key.replace_strict(codes, default=None, return_dtype=pl.String)

    return evaluate_distinct(texts, look_up)


def read_education(texts: pl.Series, codebooks: Codebooks) -> pl.Series:
    """The code of the degree that a text begins with (`D-III Keperawatan` → `d3`); null where it names none."""
    book = codebooks["education_levels"].sort(pl.col("spelling").str.len_chars(), "spelling", descending=[True, False])
    codes = dict(book.select("spelling", "education_code").iter_rows())
    begins = r"^(" + "|".join(codes) + r")\b"

    def look_up(text: pl.Expr) -> pl.Expr:
        plain = clean_text(tidy(text)).str.replace(r"^(D|S|SP) ([0-9IV]+)\b", "${1}${2}")
        return plain.str.extract(begins).replace_strict(codes, default=None, return_dtype=pl.String)

    return evaluate_distinct(texts, look_up)


def list_unmapped(rows: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """What somebody should put into the codebook: `source, extract, profession_text, record_count, nearest_spelling,
    nearest_code`, the commonest first.

    `rows`: `source`, `extract`, `profession_text` of rows whose text has no code.
    """
    counted = rows.group_by("source", "extract", "profession_text").agg(record_count=pl.len().cast(pl.Int64))
    counted = counted.sort(
        "record_count", "source", "extract", "profession_text", descending=[True, False, False, False]
    )
    book = codebooks["profession_spellings"].select("spelling", "profession_code").sort("spelling")
    said = counted.select(clean_text(pl.col("profession_text")).fill_null("")).to_series()
    known = book.select(clean_text(pl.col("spelling"))).to_series()
    likeness = process.cdist(said.to_list(), known.to_list(), scorer=fuzz.ratio)
    best = likeness.argmax(axis=1) if len(counted) else []
    is_near = likeness.max(axis=1) >= _NEAR if len(counted) else []
    near = book[best].with_columns(is_near=pl.Series(is_near, dtype=pl.Boolean))
    near = near.select(
        nearest_spelling=pl.when("is_near").then("spelling"), nearest_code=pl.when("is_near").then("profession_code")
    )
    return counted.hstack(near)


def _strip_ranks(plain: pl.Expr, ranks: pl.DataFrame) -> pl.Expr:
    """Without ranks at the end and words for the post at the front; what is nothing else stays as it is."""
    back, front = ("|".join(ranks.filter(side=side)["word"]) for side in ("back", "front"))
    bare = plain.str.replace(rf"^((?:{front}) )+", "").str.replace(rf"( (?:{back}))+$", "")
    return pl.when(bare != "").then(bare).otherwise(plain)
