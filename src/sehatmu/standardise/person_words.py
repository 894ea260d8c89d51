"""Names as flat arrays of words, and back: each distinct word is normalised once, however many rows have it.

A million names hold some hundred thousand distinct words, misspelt ones included, so all that looks at letters runs
over the vocabulary, and the rows are whole numbers. `person_names` decides what the words mean; nothing here does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from sehatmu.standardise.columns import blank
from sehatmu.standardise.text import upper_text

Array = npt.NDArray[Any]

_COMMA = ","
#: A word with the dot after it, or what parts a name from its titles.
PIECE = r"[A-Z0-9]+\.?|[,;/()]"
#: Rows with more words are sorted one word at a time, so that one endless name costs no matrix of its width.
_WIDE = 8


@dataclass(frozen=True, slots=True)
class Words:
    """The words of `rows` texts, in order: `row` (i32, rising) and `code` (i32, into `vocabulary`) of each."""

    rows: int
    row: Array
    code: Array
    vocabulary: pl.Series

    def keep(self, kept: Array | slice) -> Words:
        """Those words that a mask, a list of places or a slice names."""
        return replace(self, row=self.row[kept], code=self.code[kept])

    def counts(self) -> Array:
        """How many words each row has."""
        return np.bincount(self.row, minlength=self.rows)

    def is_first(self, at: Array) -> Array:
        """Whether the words at these places are the first of their rows."""
        return np.asarray((at == 0) | (self.row[at] != self.row[at - 1]))

    def is_last(self, at: Array) -> Array:
        """Whether the words at these places are the last of their rows."""
        return self.is_first((at + 1) % max(len(self.row), 1))


def split_words(texts: pl.Series, mend: Callable[[pl.Expr], pl.Expr] | None = None) -> tuple[Words, Array, Array]:
    """The words of each text (A-Z, 0-9, upper case), and two masks of them: those that end in a dot or stand behind
    the first comma of their text, and the latter alone. Null and blank texts have no word.

    `mend` is applied to every word that is not of letters alone; a word of which nothing is left is none.

    >>> words, marked, _ = split_words(pl.Series(["Contoh, S.Kep", None]))
    >>> words.vocabulary.gather(words.code).to_list(), words.row.tolist(), marked.tolist()
    (['CONTOH', 'S', 'KEP'], [0, 0, 0], [False, True, True])
    """
    present = texts.is_not_null()
    chunks = texts.drop_nulls().str.split(" ")
    chunk_row = np.repeat(present.arg_true().to_numpy().astype(np.int32), chunks.list.len().to_numpy())
    encoded = chunks.list.explode().to_arrow().dictionary_encode()
    pieces = _split_chunks(pl.Series("chunk", encoded.dictionary, dtype=pl.String), mend)
    word = pieces["word"].to_arrow().dictionary_encode()
    counts = np.bincount(pieces["chunk"].to_numpy(), minlength=len(encoded.dictionary))
    row, piece = _repeat(encoded.indices.to_numpy(zero_copy_only=False), counts, chunk_row)
    code = word.indices.to_numpy(zero_copy_only=False)[piece]
    words = Words(len(texts), row, code, pl.Series("word", word.dictionary, dtype=pl.String))
    return _mark(words, pieces["dot"].to_numpy()[piece])


def join_words(words: Words, vocabulary: pl.Series | None = None, *, separator: str = " ") -> pl.Series:
    """One text per row of its words (spelt as in `vocabulary`); null where a row has no word.

    The words are gathered into one buffer of bytes, of which each row's text is a slice.
    """
    spelt = words.vocabulary if vocabulary is None else vocabulary
    counts, code = words.counts(), words.code
    if separator and len(code):
        spelt = pl.concat([spelt + separator, spelt])
        code = code.copy()
        code[(np.cumsum(counts) - 1)[counts > 0]] += len(spelt) // 2
    flat = pa.array(spelt.gather(pl.Series(code)).to_arrow()).cast(pa.large_string())
    bounds = np.frombuffer(flat.buffers()[1], np.int64)[flat.offset :]
    offsets = np.ascontiguousarray(bounds[np.append(0, np.cumsum(counts))])
    buffers = [None, pa.py_buffer(offsets), flat.buffers()[2]]
    joined = pl.Series(pa.Array.from_buffers(pa.large_string(), words.rows, buffers), dtype=pl.String)
    return blank(joined, pl.Series(counts == 0))


def pick_words(words: Words, at: Array) -> pl.Series:
    """For each row the word at one of the places `at` (at most one a row); null where it has none."""
    picked = np.full(words.rows, -1, np.int32)
    picked[words.row[at]] = words.code[at]
    if not len(at):
        return pl.repeat(None, words.rows, dtype=pl.String, eager=True)
    return blank(words.vocabulary.gather(pl.Series(np.maximum(picked, 0))), pl.Series(picked < 0))


def sort_words(words: Words, spelt: pl.Series) -> Words:
    """The words of each row in the order of `spelt`; equal ones by their place in the vocabulary."""
    order = spelt.to_frame("spelt").with_row_index("code").sort("spelt", "code")["code"].to_numpy().astype(np.int32)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    counts = words.counts()
    ranks = rank[words.code]
    wide = (counts > _WIDE)[words.row]
    if wide.any():
        long = np.lexsort((ranks[wide], words.row[wide]))
        ranks[wide] = ranks[wide][long]
    narrow = ~wide if wide.any() else slice(None)
    ranks[narrow] = _sort_rows(ranks[narrow], np.where(counts > _WIDE, 0, counts))
    return replace(words, code=order[ranks])


def spread_words(words: Words) -> Words:
    """Each entry of the vocabulary that is several words (or none) as so many words."""
    parts = words.vocabulary.str.split(" ").list.filter(pl.element() != "")
    row, code = _repeat(words.code, parts.list.len().to_numpy(), words.row)
    return Words(words.rows, row, code, parts.explode(empty_as_null=False, keep_nulls=False))


def _split_chunks(chunks: pl.Series, mend: Callable[[pl.Expr], pl.Expr] | None) -> pl.DataFrame:
    """`chunk` (number, rising), `word` and `dot` of every word and comma in the distinct chunks of text."""
    frame = pl.DataFrame({"chunk": pl.int_range(len(chunks), dtype=pl.UInt32, eager=True), "text": chunks})
    is_plain = chunks.str.contains("^[A-Za-z]+$")
    plain = frame.filter(is_plain).select("chunk", word=pl.col("text").str.to_uppercase(), dot=pl.lit(False))
    rest = frame.filter(~is_plain).with_columns(word=upper_text(pl.col("text")).str.extract_all(PIECE))
    rest = rest.explode("word", empty_as_null=False, keep_nulls=False)
    word = pl.col("word").str.replace(r"^[;/()]$", _COMMA).str.strip_suffix(".")
    rest = rest.select("chunk", word=mend(word) if mend else word, dot=pl.col("word").str.ends_with("."))
    return pl.concat([plain, rest.filter(pl.col("word") != "")]).sort("chunk", maintain_order=True)


def _mark(words: Words, dot: Array) -> tuple[Words, Array, Array]:
    """The words without the commas among them, and the masks of `split_words`."""
    comma = words.vocabulary.index_of(_COMMA)
    if comma is None:
        return words, dot, np.zeros(len(dot), bool)
    is_comma = words.code == comma
    at = np.flatnonzero(is_comma)
    first = np.full(words.rows, len(words.row))
    first[words.row[at[::-1]]] = at[::-1]
    kept = np.flatnonzero(~is_comma)
    after = kept > first[words.row[kept]]
    return words.keep(kept), dot[kept] | after, after


def _repeat(codes: Array, counts: Array, row: Array) -> tuple[Array, Array]:
    """For codes that stand for `counts[code]` things each: the row of every thing, and which thing it is in the
    order of all codes."""
    counts = counts.astype(np.int32)
    begins = (np.cumsum(counts) - counts).astype(np.int32)
    if (counts == 1).all():
        return row, codes
    each = counts[codes]
    things = np.repeat(begins[codes], each)
    several = np.flatnonzero(each > 1)
    some = each[several]
    within = np.arange(some.sum()) - np.repeat(np.cumsum(some) - some, some)
    starts = np.cumsum(each)[several] - some
    things[np.repeat(starts, some) + within] += within.astype(np.int32)
    return np.repeat(row, each), things


def _sort_rows(values: Array, counts: Array) -> Array:
    """The values of each row (`counts` of them) sorted, by way of a matrix with one line per row."""
    width = int(counts.max(initial=0))
    filled = np.arange(width) < counts[:, None]
    matrix = np.full((len(counts), width), np.iinfo(np.int32).max, np.int32)
    matrix[filled] = values
    matrix.sort(axis=1)
    return np.asarray(matrix[filled])
