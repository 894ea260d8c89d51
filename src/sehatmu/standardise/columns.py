"""Running expressions over one column, over all of its values or over the distinct ones only."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def evaluate(values: pl.Series, expression: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The expression over a column, as a column.

    >>> evaluate(pl.Series(["a"]), lambda text: text.str.to_uppercase()).to_list()
    ['A']
    """
    return values.to_frame("value").select(expression(pl.col("value"))).to_series()


def evaluate_distinct(values: pl.Series, expression: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """As `evaluate`, but over distinct texts: for what costs more than looking a text up. Null stays null."""
    encoded = values.cast(pl.String).to_arrow().dictionary_encode()
    codes = pl.Series("code", encoded.indices)
    return evaluate(pl.Series("value", encoded.dictionary, dtype=pl.String), expression).gather(codes)


def blank(values: pl.Series, where: pl.Series) -> pl.Series:
    """The values, null where `where` is true."""
    return values.set(where.fill_null(False), None) if where.any() else values


def evaluate_some(values: pl.Series, some: pl.Series, expression: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """As `evaluate`, but only for the values where `some` is true; the others stay."""
    at = some.fill_null(False).arg_true()
    return values.scatter(at, evaluate(values.gather(at), expression)) if len(at) else values
