"""Similarities of texts and distances of points, pair by pair over whole arrays.

Pure arithmetic for `sehatmu.linkage.compare`: what rapidfuzz computes is rapidfuzz's own, the rest is sets of
blank-separated tokens and the great circle. Texts come as object arrays without nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from sehatmu.linkage.encode import Array

EARTH_KM = 6371.0088
_CUTOFF_SLACK = 1e-6
_INITIAL = r"(^| )[^ ]( |$)"

# comparator -> (rapidfuzz scorer, what a full agreement is worth in the scorer's unit)
SCORERS: dict[str, tuple[Callable[..., Any], float]] = {
    "jaro_winkler": (JaroWinkler.similarity, 1.0),
    "levenshtein": (Levenshtein.normalized_similarity, 1.0),
    "osa": (OSA.normalized_similarity, 1.0),
    "token_set": (fuzz.token_set_ratio, 100.0),
    "token_sort": (fuzz.token_sort_ratio, 100.0),
}


def similarity(comparator: str, left: Array, right: Array, *, at_least: float = 0.0) -> Array:
    """Similarity (0 to 1, f64) of texts pairwise, both as object arrays; below `at_least` it may be 0.

    >>> a, b = np.array(["MARTHA"], object), np.array(["MARHTA"], object)
    >>> similarity("jaro_winkler", a, b).round(3).tolist()
    [0.961]
    """
    scorer, unit = SCORERS[comparator]
    # rapidfuzz rounds at its own cut-off (Jaro-Winkler of `A` and `A ` is 0.85, but not with a cut-off of 0.85)
    cutoff = max(0.0, at_least - _CUTOFF_SLACK) * unit
    scores = process.cpdist(left, right, scorer=scorer, score_cutoff=cutoff, dtype=np.float64)
    return np.asarray(scores) / unit


def edit_distance(left: Array, right: Array, *, at_most: int) -> Array:
    """Edits between texts pairwise, swapped neighbours being one edit; above `at_most` any higher number."""
    scores = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=at_most, dtype=np.int32)
    return np.asarray(scores)


def common_tokens(left: Array, right: Array) -> tuple[Array, Array, Array]:
    """Distinct blank-separated tokens that texts have in common, pairwise, and how many each side has."""
    a, b = _tokens(left), _tokens(right)
    count = len(left)
    shared = a.join(b, on=["pair", "token"])["pair"]
    return _count_pairs(shared, count), _count_pairs(a["pair"], count), _count_pairs(b["pair"], count)


def covered_share(
    left: Array, right: Array, left_words: Array, right_words: Array, *, distinctive: tuple[str, ...] = ()
) -> Array:
    """The share of each side's tokens that the other side's words hold, pairwise; the lesser of the two sides.

    `HERMINA` of a street in Sukabumi covers `HERMINA SUKABUMI`. A distinctive token, or one with a digit, is
    only ever covered by the other side's text itself, and without a common token nothing is covered.
    """
    count, shares = len(left), []
    explains = ~pl.col("token").str.contains(r"\d") & ~pl.col("token").is_in(list(distinctive))
    for mine, other, words in ((left, right, right_words), (right, left, left_words)):
        tokens, near = _tokens(mine), _tokens(other)
        around = _tokens(words).filter(explains)
        held = tokens.join(pl.concat([near, around]), on=["pair", "token"], how="semi")
        total = np.maximum(_count_pairs(tokens["pair"], count), 1)
        shares.append(_count_pairs(held["pair"], count) / total)
    return np.where(common_tokens(left, right)[0] > 0, np.minimum(*shares), 0.0)


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


def _tokens(texts: Array) -> pl.DataFrame:
    split = pl.Series("token", texts.tolist(), dtype=pl.String).str.split(" ")
    tokens = split.to_frame().with_row_index("pair").explode("token")
    return tokens.filter(pl.col("token") != "").unique()


def _count_pairs(pairs: pl.Series, count: int) -> Array:
    return np.bincount(pairs.to_numpy(), minlength=count)


def haversine_km(lat_a: Array, lon_a: Array, lat_b: Array, lon_b: Array) -> Array:
    """Great-circle distance in kilometres of points in degrees."""
    lat_a, lon_a, lat_b, lon_b = (np.radians(x) for x in (lat_a, lon_a, lat_b, lon_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
