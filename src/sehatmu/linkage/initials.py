"""Names in which one side has only the first letter of a word that the other side spells: `A FAUZI`, `AHMAD FAUZI`.

One comparator of `sehatmu.linkage.compare_text`. Texts come as object arrays without nulls, words part at blanks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.linkage.encode import Array
from sehatmu.linkage.similarity import similarity

_INITIAL = r"(^| )[^ ]( |$)"


def initials_similarity(texts: Array, left: Array, right: Array, *, at_least: float = 0.0) -> Array:
    """Jaro-Winkler of texts pairwise, once every word that the other side has as its first letter only is cut to it.

    `left` and `right` number the texts. Words are put in alphabetical order. 0 where no word is cut, or where nothing
    but letters is left: initials alone say too little. Below `at_least` it may be 0.

    >>> texts = np.array(["A FAUZI", "A F", "FAUZI AHMAD", "AHMAD FAUZI"], object)
    >>> initials_similarity(texts, np.array([0, 1]), np.array([2, 3])).tolist()
    [1.0, 0.0]
    """
    values = np.zeros(len(left))
    places = _may_be_cut(texts, left, right)
    if not len(places):
        return values
    sides = [pl.Series("text", texts[side[places]].tolist(), dtype=pl.String) for side in (left, right)]
    words = [_words(side) for side in sides]
    (mine, my_cut), (other, other_cut) = (_cut_to_initials(*both) for both in (words, words[::-1]))
    was_cut = pl.col("pair").is_in(pl.concat([my_cut, other_cut]).implode())
    spelt = mine.join(other, on="pair").filter(was_cut & pl.col("long") & pl.col("long_right"))
    compared = (spelt[name].to_numpy() for name in ("text", "text_right"))
    values[places[spelt["pair"].to_numpy()]] = similarity("jaro_winkler", *compared, at_least=at_least)
    return values


def _may_be_cut(texts: Array, left: Array, right: Array) -> Array:
    """Places of the pairs in which an initial of one side may be the first letter of a longer word of the other.

    Letters are bits of a number per text (some letters share one), so that all pairs are asked at once.
    """
    asked = np.zeros(len(texts), bool)
    asked[left] = asked[right] = True
    numbers = np.flatnonzero(asked)
    asked[numbers] = pl.Series(texts[numbers].tolist(), dtype=pl.String).str.contains(_INITIAL).to_numpy()
    places = np.flatnonzero(asked[left] | asked[right])
    if not len(places):
        return places
    asked[:] = False
    asked[left[places]] = asked[right[places]] = True
    numbers = np.flatnonzero(asked)
    words = _words(pl.Series("text", texts[numbers].tolist(), dtype=pl.String))
    bits = np.uint64(1) << (words["letter"].hash(0).to_numpy() % np.uint64(64))
    text, is_initial = numbers[words["pair"].to_numpy()], words["initial"].to_numpy()
    initials, longer = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.uint64)
    np.bitwise_or.at(initials, text[is_initial], bits[is_initial])
    np.bitwise_or.at(longer, text[~is_initial], bits[~is_initial])
    a, b = left[places], right[places]
    return np.asarray(places[(initials[a] & longer[b] | initials[b] & longer[a]) != 0])


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
