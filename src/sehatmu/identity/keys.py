"""Keys in rising order: the shape in which records reach identity every night, and in which much need not be asked.

Whoever finds it may leave out a search for doubles or a join; frames in any other order take the longer way.
"""

from __future__ import annotations

import polars as pl


def is_rising(keys: pl.Series) -> bool:
    """Whether every key is greater than the one before it, so that none stands twice.

    >>> is_rising(pl.Series(["a", "b"])), is_rising(pl.Series(["a", "a"]))
    (True, False)
    """
    return not keys.null_count() and bool((keys.slice(1) > keys.head(max(len(keys) - 1, 0))).all())


def are_same_once(left: pl.Series, right: pl.Series) -> bool:
    """Whether both hold the same keys in rising order, each once."""
    return is_rising(left) and left.equals(right)
