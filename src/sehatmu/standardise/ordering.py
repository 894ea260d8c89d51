"""The order of records by their keys, found faster than by comparing millions of long texts that begin alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Array = npt.NDArray[Any]

_WORD = 8
#: Numbers of more words of 8 bytes than this are left to polars.
_WORDS = 3


def order_keys(keys: pl.Series, scopes: pl.Series, numbers: pl.Series) -> pl.Series | None:
    """The places of `keys` in rising order; None where they are in order already.

    A key ends in a scope, of which there are few, and a number within it, so that the order is that of scopes and,
    within them, of the numbers' bytes. Where that does not hold (nulls, odd characters), the keys are compared.

    >>> order_keys(pl.Series(["x|b|1", "x|a|2"]), pl.Series(["b", "a"]), pl.Series(["1", "2"])).to_list()
    [1, 0]
    """
    if keys.is_sorted():
        return None
    if not (keys.null_count() or scopes.null_count() or numbers.null_count()):
        order = _order(scopes, numbers)
        if order is not None and keys.gather(order).is_sorted():
            return order
    return keys.arg_sort()


def _order(scopes: pl.Series, numbers: pl.Series) -> pl.Series | None:
    encoded = (scopes + "|").to_arrow().dictionary_encode()
    rank = pl.Series(encoded.dictionary, dtype=pl.String).rank("ordinal").to_numpy().astype(np.int64)
    words = _words(numbers)
    if words is None or len(rank) >= 1 << 16:
        return None
    order = np.argsort(words[-1])
    for word in reversed(words[:-1]):
        order = order[np.argsort(word[order], kind="stable")]
    scope = rank.astype(np.uint16)[encoded.indices.to_numpy(zero_copy_only=False)]
    return pl.Series(order[np.argsort(scope[order], kind="stable")])


def _words(texts: pl.Series) -> list[Array] | None:
    """The bytes of texts, eight at a time from the left, as numbers that are ordered as they are; None where that
    is more than `_WORDS` numbers."""
    flat = pa.array(texts.to_arrow()).cast(pa.large_string())
    _, offset_buffer, byte_buffer = flat.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[flat.offset : flat.offset + len(flat) + 1]
    longest = int(np.diff(offsets).max(initial=0))
    if not 0 < longest <= _WORDS * _WORD:
        return None
    data = np.append(np.frombuffer(byte_buffer, np.uint8), np.zeros(_WORDS * _WORD, np.uint8))
    words = []
    for start in range(0, longest, _WORD):
        word = np.zeros(len(flat), np.uint64)
        for step in range(start, start + _WORD):
            at = offsets[:-1] + step
            letter = np.where(at < offsets[1:], data[at], 0) if step < longest else 0
            word = (word << np.uint64(8)) | np.asarray(letter, np.uint64)
        words.append(word)
    return words
