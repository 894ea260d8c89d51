"""Rupiah as people write them: `Rp 150.000,-`, `150,000.00`, `150000`. Whole numbers come out, and only those.

Contracts refuse what is no amount or is negative before it comes here; `read_amounts` reads a text in quarantine too,
so that the rupiah that are held back can be counted.
"""

from __future__ import annotations

import polars as pl

_SHAPE = r"(?i)^-?\s*(?:rp|idr)?[. ]*-?\s*(\d{1,3}(?:[.,]\d{3}){1,4}|\d{1,15})(?:[.,]\d{2}|[.,]-)?$"


def read_amounts(texts: pl.Expr) -> pl.Expr:
    """Rupiah (i64) of texts; cents are cut off, null where it is no amount.

    A dot or a comma before three digits parts thousands, before two digits it parts cents; 15 digits are the most.

    >>> told = pl.DataFrame({"told": ["Rp 150.000,-", "150,000.00", "-2.500", "1,5 juta"]})
    >>> told.select(read_amounts(pl.col("told")))["told"].to_list()
    [150000, 150000, -2500, None]
    """
    clean = texts.str.strip_chars()
    digits = clean.str.extract(_SHAPE, 1).str.replace_all("[.,]", "").cast(pl.Int64, strict=False)
    is_negative = clean.str.replace(r"[.,]-$", "").str.contains("-", literal=True)
    return pl.when(is_negative).then(-digits).otherwise(digits)
