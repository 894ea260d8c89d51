"""Names in which one side has only the first letter of a word that the other side spells: `A FAUZI`, `AHMAD FAUZI`.

One comparator of `sehatmu.linkage.compare_text`. Texts come as object arrays without nulls, words part at blanks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.linkage.encode import Array
from sehatmu.linkage.similarity import similarity

_INITIAL = r"(^| )[^ ]( |$)"


def initials_similarity(left: Array, right: Array, *, at_least: float = 0.0) -> Array:
    """Jaro-Winkler of texts pairwise, once every word that the other side has as its first letter only is cut to it.

    Words are put in alphabetical order. 0 where no word is cut, or where nothing but letters is left: initials alone
    say too little. Below `at_least` it may be 0.

    >>> a, b = np.array(["A FAUZI", "A F"], object), np.array(["FAUZI AHMAD", "AHMAD FAUZI"], object)
    >>> initials_similarity(a, b).tolist()
    [1.0, 0.0]
    """
    values = np.zeros(len(left))
    sides = [pl.Series("text", side.tolist(), dtype=pl.String) for side in (left, right)]
    places = (sides[0].str.contains(_INITIAL) | sides[1].str.contains(_INITIAL)).arg_true()
    if not len(places):
        return values
    words = [_words(side.gather(places)) for side in sides]
    (mine, my_cut), (other, other_cut) = (_cut_to_initials(*both) for both in (words, words[::-1]))
    was_cut = pl.col("pair").is_in(pl.concat([my_cut, other_cut]).implode())
    spelt = mine.join(other, on="pair").filter(was_cut & pl.col("long") & pl.col("long_right"))
    texts = (spelt[name].to_numpy() for name in ("text", "text_right"))
    values[places.gather(spelt["pair"]).to_numpy()] = similarity("jaro_winkler", *texts, at_least=at_least)
    return values


def _words(texts: pl.Series) -> pl.DataFrame:
    """`pair, word, letter, initial` of every word, in the order of the texts; initial: the letter is all of it."""
    split = texts.rename("word").str.split(" ").to_frame().with_row_index("pair").explode("word")
    split = split.filter(pl.col("word") != "").with_columns(letter=pl.col("word").str.slice(0, 1))
    return split.with_columns(initial=pl.col("word") == pl.col("letter"))


def _cut_to_initials(own: pl.DataFrame, other: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """`pair, text, long` of one side (long: has a word that is no initial), and the pairs of which a word was cut."""
    told = other.filter("initial").select("pair", "letter")
    told = told.join(own.filter("initial"), on=["pair", "letter"], how="anti").unique()
    full = own.with_row_index("place").filter(~pl.col("initial")).join(other, on=["pair", "word"], how="anti")
    places = full.join(told, on=["pair", "letter"], how="semi").group_by("pair", "letter").agg(pl.col("place").min())
    cut = own.with_row_index("place").with_columns(is_cut=pl.col("place").is_in(places["place"].implode()))
    cut = cut.with_columns(
        word=pl.when("is_cut").then("letter").otherwise("word"), long=~(pl.col("is_cut") | pl.col("initial"))
    )
    spelt = cut.group_by("pair").agg(pl.col("word").sort().str.join(" ").alias("text"), pl.col("long").any())
    return spelt, places["pair"]
