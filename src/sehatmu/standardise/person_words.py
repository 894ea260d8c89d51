"""Names as flat arrays of words, and back: each distinct word is normalised once, however many rows have it.

A million names hold some fifty thousand distinct words, so everything that looks at letters runs over the
vocabulary, and the rows are whole numbers. `person_names` decides what the words mean; nothing here does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from sehatmu.standardise.columns import evaluate_some
from sehatmu.standardise.text import upper_text

Array = npt.NDArray[Any]

COMMA = ","
#: A word with the dot after it, or what parts a name from its titles.
_PIECE = r"[A-Z0-9]+\.?|[,;/()]"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of `rows` texts, in order: `row` (i64, rising) and `code` (into `vocabulary`) of each.

    `marked`: the word ends in a dot or stands after the first comma of its text; `after_comma`: the latter.
    """

    rows: int
    row: Array
    code: Array
    marked: Array
    after_comma: Array
    vocabulary: pl.Series

    def keep(self, kept: Array) -> Words:
        """Without the words where `kept` is false."""
        return replace(
            self,
            row=self.row[kept],
            code=self.code[kept],
            marked=self.marked[kept],
            after_comma=self.after_comma[kept],
        )


def split_words(texts: pl.Series) -> Words:
    """The words of each text: upper case, letters A-Z and digits only; null and blank texts have none.

    >>> words = split_words(pl.Series(["Contoh, S.Kep", None]))
    >>> words.vocabulary.gather(words.code).to_list(), words.row.tolist(), words.marked.tolist()
    (['CONTOH', 'S', 'KEP'], [0, 0, 0], [False, True, True])
    """
    present = texts.is_not_null().arg_true()
    upper = _upper(texts.drop_nulls()).str.split(" ")
    chunk_row = np.repeat(present.to_numpy(), upper.list.len().to_numpy()).astype(np.int64)
    encoded = upper.list.explode().to_arrow().dictionary_encode()
    chunk = encoded.indices.to_numpy(zero_copy_only=False)
    pieces = _split_chunks(pl.Series("chunk", encoded.dictionary, dtype=pl.String))
    return _words(len(texts), chunk_row, chunk, pieces)


def join_words(words: Words, vocabulary: pl.Series | None = None) -> pl.Series:
    """One text per row, words parted by one blank; null where a row has no word.

    The words are gathered into one buffer of bytes, in which each row's text is a slice.
    """
    spelt = words.vocabulary if vocabulary is None else vocabulary
    count = len(words.row)
    if not count:
        return pl.repeat(None, words.rows, dtype=pl.String, eager=True)
    last = np.append(words.row[1:] != words.row[:-1], True)
    both = pl.concat([spelt + " ", spelt])
    flat = pa.array(both.gather(words.code + len(spelt) * last).to_arrow()).cast(pa.large_string())
    ends = np.frombuffer(flat.buffers()[1], np.int64)[flat.offset : flat.offset + count + 1]
    offsets = ends[np.searchsorted(words.row, np.arange(words.rows + 1))]
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), flat.buffers()[2]]
    joined = pl.Series(pa.Array.from_buffers(pa.large_string(), words.rows, buffers), dtype=pl.String)
    empty = pl.Series(offsets[1:] == offsets[:-1])
    return joined.set(empty, None) if empty.any() else joined


def spread(words: Words) -> Words:
    """Each entry of the vocabulary that is several words (or none) as so many words."""
    parts = words.vocabulary.str.split(" ").list.filter(pl.element() != "")
    counts = parts.list.len().to_numpy().astype(np.int64)
    place, code = _repeat(words.code, counts)
    row, marked, after_comma = (a[place] for a in (words.row, words.marked, words.after_comma))
    return Words(words.rows, row, code, marked, after_comma, parts.explode(empty_as_null=False, keep_nulls=False))


def first_of_rows(words: Words) -> Array:
    """Whether a word is the first of its row."""
    return np.append(True, words.row[1:] != words.row[:-1])[: len(words.row)]


def last_of_rows(words: Words) -> Array:
    """Whether a word is the last of its row."""
    return np.append(words.row[1:] != words.row[:-1], True)[: len(words.row)]


def _upper(texts: pl.Series) -> pl.Series:
    """Upper case; only the few texts with other than ASCII letters are taken apart by Unicode's rules."""
    upper = texts.str.to_uppercase()
    return evaluate_some(upper, upper.str.len_bytes() != upper.str.len_chars(), upper_text)


def _split_chunks(chunks: pl.Series) -> pl.DataFrame:
    """`chunk` (number, rising), `word`, `dot` of every word and comma in the distinct chunks of text."""
    frame = pl.DataFrame({"chunk": pl.int_range(len(chunks), dtype=pl.UInt32, eager=True), "text": chunks})
    is_plain = chunks.str.contains("^[A-Z]+$")
    plain = frame.filter(is_plain).select("chunk", word="text", dot=pl.lit(False))
    rest = frame.filter(~is_plain).with_columns(word=upper_text(pl.col("text")).str.extract_all(_PIECE))
    rest = rest.explode("word", empty_as_null=False, keep_nulls=False).select(
        "chunk",
        word=_mend(pl.col("word").str.replace(r"^[;/()]$", COMMA).str.strip_suffix(".")),
        dot=pl.col("word").str.ends_with("."),
    )
    return pl.concat([plain, rest.filter(pl.col("word") != "")]).sort("chunk", maintain_order=True)


def _mend(word: pl.Expr) -> pl.Expr:
    """Digits at the ends are dropped (`SITI2`), a 0 or 1 between letters is the letter it looks like."""
    trimmed = word.str.strip_chars("0123456789")
    return trimmed.str.replace_all("0", "O").str.replace_all("1", "I").str.replace_all("[2-9]", "")


def _words(rows: int, chunk_row: Array, chunk: Array, pieces: pl.DataFrame) -> Words:
    encoded = pieces["word"].to_arrow().dictionary_encode()
    vocabulary = pl.Series("word", encoded.dictionary, dtype=pl.String)
    piece_code = encoded.indices.to_numpy(zero_copy_only=False)
    piece_dot = pieces["dot"].to_numpy()
    counts = np.bincount(pieces["chunk"].to_numpy(), minlength=int(chunk.max(initial=-1)) + 1)
    place, piece = _repeat(chunk, counts)
    row, code, dot = chunk_row[place], piece_code[piece], piece_dot[piece]
    comma = vocabulary.index_of(COMMA)
    if comma is None:
        return Words(rows, row, code, dot, np.zeros(len(row), bool), vocabulary)
    at = np.flatnonzero(code == comma)
    first = np.full(rows, len(row))
    np.minimum.at(first, row[at], at)
    after = np.arange(len(row)) > first[row]
    return Words(rows, row, code, dot | after, after, vocabulary).keep(code != comma)


def _repeat(codes: Array, counts: Array) -> tuple[Array, Array]:
    """For codes that stand for `counts[code]` things each: the place of every thing's code, and which thing it is
    in the order of all codes."""
    begins = np.cumsum(counts) - counts
    if (counts == 1).all():
        return np.arange(len(codes)), codes
    each = counts[codes]
    place = np.repeat(np.arange(len(codes)), each)
    return place, np.arange(len(place)) - np.repeat(np.cumsum(each) - each - begins[codes], each)
