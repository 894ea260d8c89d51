"""Texts as sets of blank-separated tokens, and what two of them have in common.

Tokens are numbers (64-bit hashes) and each text is split once, however many pairs it is in. For
`sehatmu.linkage.compare_text`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.encode import Array

#: Whatever rapidfuzz takes for a blank.
_BLANKS = "[\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_PER_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of some texts: `codes` one text after the other, each distinct token of a text once; `counts` and
    `starts` say where a text's own are; `bag` is equal where texts have the same tokens as often, in any order."""

    codes: Array
    starts: Array
    counts: Array
    bag: Array


def read_tokens(texts: Array) -> Tokens:
    """The tokens of an object array of texts.

    >>> read_tokens(np.array(["SITI SITI AMINAH", ""], object)).counts.tolist()
    [2, 0]
    """
    values = pl.Series("token", texts.tolist(), dtype=pl.String)
    if values.str.contains(_BLANKS).any():
        values = values.str.replace_all(_BLANKS, " ")
    split = values.str.split(" ")
    text = np.repeat(np.arange(len(texts)), split.list.len().to_numpy())
    tokens = split.explode(empty_as_null=False, keep_nulls=False)
    codes = tokens.hash(0).to_numpy()
    if (is_empty := (tokens == "").to_numpy()).any():
        text, codes = text[~is_empty], codes[~is_empty]
    bag = np.zeros(len(texts), np.uint64)
    np.add.at(bag, text, codes)
    again = _repeated(text, codes)
    if again.any():
        text, codes = text[~again], codes[~again]
    counts = np.bincount(text, minlength=len(texts))
    return Tokens(codes, np.cumsum(counts) - counts, counts, bag)


def count_common(tokens: Tokens, left: Array, right: Array) -> Array:
    """How many distinct tokens texts have in common, pairwise; `left` and `right` number the texts."""
    shared = np.zeros(len(left), np.int64)
    for start, stop in _chunks(tokens.counts[left] * tokens.counts[right]):
        a, b = left[start:stop], right[start:stop]
        per_side = tokens.counts[b]
        combinations = tokens.counts[a] * per_side
        pair = np.repeat(np.arange(len(a)), combinations)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(combinations) - combinations, combinations)
        first, second = np.divmod(within, per_side[pair])
        equal = tokens.codes[tokens.starts[a][pair] + first] == tokens.codes[tokens.starts[b][pair] + second]
        shared[start:stop] = np.bincount(pair[equal], minlength=len(a))
    return shared


def covered_share(
    left: Array, right: Array, left_words: Array, right_words: Array, *, distinctive: tuple[str, ...] = ()
) -> Array:
    """The share of each side's tokens that the other side's words hold, pairwise; the lesser of the two sides.

    `HERMINA` of a street in Sukabumi covers `HERMINA SUKABUMI`. A distinctive token, or one with a digit, is
    only ever covered by the other side's text itself, and without a common token nothing is covered.
    """
    count, shares = len(left), []
    explains = ~pl.col("token").str.contains(r"\d") & ~pl.col("token").is_in(list(distinctive))
    mine, other = _tokens(left), _tokens(right)
    for tokens, near, words in ((mine, other, right_words), (other, mine, left_words)):
        around = _tokens(words).filter(explains)
        held = tokens.join(pl.concat([near, around]), on=["pair", "token"], how="semi")
        total = np.maximum(_count_pairs(tokens["pair"], count), 1)
        shares.append(_count_pairs(held["pair"], count) / total)
    shared = _count_pairs(mine.join(other, on=["pair", "token"])["pair"], count)
    return np.where(shared > 0, np.minimum(*shares), 0.0)


def _repeated(text: Array, codes: Array) -> Array:
    """Which tokens stand earlier in their text already."""
    again, size = np.zeros(len(codes), bool), len(codes)
    at = np.arange(size)
    for step in range(1, size):
        at = at[at + step < size]
        at = at[text[at] == text[at + step]]
        if not len(at):
            break
        again[at[codes[at] == codes[at + step]] + step] = True
    return again


def _chunks(work: Array) -> Iterator[tuple[int, int]]:
    """Slices of pairs with about _PER_CHUNK combinations together."""
    cuts = np.flatnonzero(np.diff(np.cumsum(work) // _PER_CHUNK)) + 1
    yield from zip([0, *cuts.tolist()], [*cuts.tolist(), len(work)], strict=True)


def _tokens(texts: Array) -> pl.DataFrame:
    split = pl.Series("token", texts.tolist(), dtype=pl.String).str.split(" ")
    tokens = split.to_frame().with_row_index("pair").explode("token")
    return tokens.filter(pl.col("token") != "").unique()


def _count_pairs(pairs: pl.Series, count: int) -> Array:
    return np.bincount(pairs.to_numpy(), minlength=count)
