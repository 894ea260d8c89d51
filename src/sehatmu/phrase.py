"""Texts with values in them, for columns: what `polars.format` is for, without its fault.

Polars 2.1 panics in `format` where a column of texts holds an empty chunk, as a filter after a grouping leaves it;
`concat_str` does not.
"""

from __future__ import annotations

import polars as pl


def phrase(pattern: str, *values: pl.Expr | str) -> pl.Expr:
    """`pattern` with each `{}` replaced by the value of a column or expression; null where one of them is null.

    >>> pl.DataFrame({"n": [3, None]}).select(told=phrase("{} of them", "n"))["told"].to_list()
    ['3 of them', None]
    """
    texts = pattern.split("{}")
    if len(texts) != len(values) + 1:
        raise ValueError(f"{len(values)} values for {len(texts) - 1} places in {pattern!r}")
    parts = [pl.lit(texts[0])] if texts[0] else []
    for value, text in zip(values, texts[1:], strict=True):
        parts.append(pl.col(value) if isinstance(value, str) else value)
        if text:
            parts.append(pl.lit(text))
    return pl.concat_str(parts)
