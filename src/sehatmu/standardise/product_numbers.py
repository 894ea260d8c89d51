"""Registration numbers of rows: the one that may be relied on, what it says by itself, and what was wrong with it.

Two numbers in a cell are none: which of them is meant is not guessed. Called by `products`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma import parse_nie

_ORIGINS = {"L": "local", "I": "import"}


def read_numbers(rows: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """By `row`: `nie` (normalised), `nie_base` (packs of a drug differ in the last figure only), `nie_kind` (drug,
    device, household, other), `nie_letter` (G or D), `nie_class`, `nie_origin` (local, import), `nie_remark`,
    `nie_flags`.

    `rows`: row, nie_text.
    """
    told = rows.select("row", "nie_text").drop_nulls()
    read = parse_nie(told["nie_text"], books)
    single = pl.col("others").list.len().fill_null(0) == 0
    number = pl.when(single).then("normalised")
    is_drug = pl.col("kind") == "drug"
    found = read.select(
        nie=number,
        nie_base=pl.when(is_drug).then(number.str.head(14)).otherwise(number),
        nie_kind="kind",
        nie_letter=pl.when(is_drug & single).then("name_type"),
        nie_class=pl.when(is_drug & single).then("class"),
        nie_origin=pl.when(single).then(pl.col("origin").replace_strict(_ORIGINS, default=None)),
        nie_remark="residue",
        nie_flags="flags",
    )
    return pl.concat([told.select("row"), found], how="horizontal")
