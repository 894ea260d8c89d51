"""Names of services as comparable words: one spelling per word, fillers gone, and abbreviations spelt out.

What the codebook `service_words` lists is written in its one way. Beyond it the list of national names itself teaches:
a word that no national name has is taken as short for one that begins alike, has its letters in order, and stands in
national names beside the other words of the text. Two words that fit as well leave it as it is.
"""

from __future__ import annotations

import polars as pl

from sehatmu.phrase import phrase

_LONGEST_MARK = 3


def tidy_texts(texts: pl.Expr) -> pl.Expr:
    """Upper case, letters and digits only, single blanks: what makes two texts of facilities the same text.

    >>> pl.DataFrame({"t": ["Foto  Thorax AP/PA"]}).select(tidy_texts(pl.col("t"))).item()
    'FOTO THORAX AP PA'
    """
    return texts.str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", " ").str.strip_chars()


def spell_words(tidy: pl.Series, words: pl.DataFrame) -> pl.Series:
    """Tidy texts with every word or phrase of the codebook in its canonical form; fillers are dropped."""
    longest_first = words.sort(pl.col("word").str.len_chars(), "word", descending=[True, False])
    # A blank on either side of every word, so that neighbours share none and each phrase is found.
    apart = (" " + tidy.str.replace_all(" ", "  ") + " ").rename("spelt")
    spelt = apart.str.replace_many(
        _padded(longest_first["word"]), _padded(longest_first["canonical"].fill_null("")), leftmost=True
    )
    return spelt.str.replace_all(r"\s+", " ").str.strip_chars()


def expand_words(texts: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """`texts` (`text_key`, `spelt`) with `spelt` written out by the words of `names` (spelt national names)."""
    listed = names.drop_nulls().unique().sort().str.split(" ").list.unique(maintain_order=True)
    vocabulary = listed.explode().drop_nulls().unique().sort().rename("word")
    tokens = (
        texts.select("text_key", token=pl.col("spelt").str.split(" "))
        .explode("token")
        .with_columns(
            place=pl.int_range(pl.len()).over("text_key"), is_known=pl.col("token").is_in(vocabulary.implode())
        )
    )
    chosen = _choose(tokens, _candidates(tokens, vocabulary), _neighbours(listed))
    written = (
        tokens.join(chosen, on=["text_key", "token"], how="left")
        .sort("text_key", "place")
        .group_by("text_key", maintain_order=True)
        .agg(spelt=pl.coalesce("word", "token").str.join(" "))
    )
    return texts.drop("spelt").join(written, on="text_key", how="left", maintain_order="left")


def name_columns(spelt: pl.Expr) -> dict[str, pl.Expr]:
    """What linkage compares: `name_key` (words in order of the alphabet, once each), `marks` (its short ones)."""
    words = spelt.str.split(" ").list.unique().list.sort()
    is_mark = (pl.element().str.len_chars() <= _LONGEST_MARK) | pl.element().str.contains(r"\d")
    marks = words.list.eval(pl.element().filter(is_mark)).list.join(" ")
    key = words.list.join(" ")
    return {"name_key": pl.when(key != "").then(key), "marks": pl.when(marks != "").then(marks)}


def hint_groups(spelt: pl.Series, words: pl.DataFrame) -> pl.Series:
    """The cost group that the first telling word of a text stands for; null where none does."""
    telling = (
        words.filter(pl.col("group_code").is_not_null())
        .select(token=pl.col("canonical").str.split(" ").list.first(), group_code="group_code")
        .unique()
        .filter(~pl.col("token").is_duplicated())
    )
    rows = pl.DataFrame({"token": spelt.str.split(" ")}).with_row_index("at").explode("token")
    found = rows.join(telling, on="token", maintain_order="left").unique("at", keep="first", maintain_order=True)
    return pl.DataFrame({"at": pl.int_range(len(spelt), dtype=pl.UInt32, eager=True)}).join(
        found, on="at", how="left", maintain_order="left"
    )["group_code"]


def _padded(words: pl.Series) -> list[str]:
    return (" " + words.str.replace_all(" ", "  ") + " ").to_list()


def _candidates(tokens: pl.DataFrame, vocabulary: pl.Series) -> pl.DataFrame:
    """`token`, `word`, `is_prefix`: words that a token not among them may be short for."""
    is_short = pl.col("token").str.contains(r"^[A-Z]{2,}$") & ~pl.col("is_known")
    asked = tokens.filter(is_short).select(pl.col("token").unique().sort())
    letter = {"first": pl.col("token").str.head(1)}
    both = asked.with_columns(**letter).join(
        vocabulary.to_frame().with_columns(first=pl.col("word").str.head(1)), on="first"
    )
    both = both.filter(pl.col("word").str.len_chars() > pl.col("token").str.len_chars())
    # T.*H.*R.*X finds the letters of THRX in THORAX in their order.
    in_order = both.with_columns(pattern=phrase("^{}", pl.col("token").str.replace_all("(.)", "${1}.*")))
    fits = in_order.filter(pl.col("word").str.contains(pl.col("pattern")))
    return fits.select("token", "word", is_prefix=pl.col("word").str.starts_with(pl.col("token")))


def _neighbours(listed: pl.Series) -> pl.DataFrame:
    """`word`, `known`: words that some national name has together."""
    names = pl.DataFrame({"word": listed}).with_row_index("name").explode("word")
    return names.join(names.rename({"word": "known"}), on="name").select("word", "known").unique()


def _choose(tokens: pl.DataFrame, candidates: pl.DataFrame, neighbours: pl.DataFrame) -> pl.DataFrame:
    """`text_key`, `token`, `word`: the one word that fits best, where there is one.

    It stands beside more of the text's known words in national names than any other, or as many and begins with the
    token. In a text without a known word only a single word that begins with the token will do.
    """
    known = tokens.filter("is_known").select("text_key", known="token").unique()
    asked = tokens.filter(~pl.col("is_known")).select("text_key", "token").unique().join(candidates, on="token")
    support = (
        asked.join(known, on="text_key")
        .join(neighbours, on=["word", "known"], how="semi")
        .group_by("text_key", "token", "word")
        .agg(support=pl.len())
    )
    judged = asked.join(support, on=["text_key", "token", "word"], how="left").with_columns(
        pl.col("support").fill_null(0), has_known=pl.col("text_key").is_in(known["text_key"].unique().implode())
    )
    judged = judged.filter((pl.col("support") > 0) | (~pl.col("has_known") & pl.col("is_prefix")))
    rank = pl.col("support").cast(pl.Int64) * 2 + pl.col("is_prefix").cast(pl.Int64)
    best = judged.with_columns(rank=rank).filter(pl.col("rank") == pl.col("rank").max().over("text_key", "token"))
    return best.filter(pl.len().over("text_key", "token") == 1).select("text_key", "token", "word")
