"""What tells rows apart: exact copies, source keys, doubled keys, and the key by which deliveries replace rows.

Called by `judge_delivery` and by `replace`. Nothing here depends on the order of rows, but for which of several
equal copies is kept: the first, and they are equal.
"""

from __future__ import annotations

import duckdb
import polars as pl

from sehatmu.contracts import Contract

_NULL, _UNIT, _PLACE = "\x00", "\x1f", "__place"
_HEX = 32  # of a row key's hash


def find_copies(texts: pl.DataFrame, keys: pl.Series | None) -> pl.Series:
    """For each row the place (u32, from 0) of the first row with the same content; itself where it is the first.

    `keys` are the business keys, where there are any: rows that differ in them cannot be copies.
    """
    hint = keys if keys is not None else texts.select(pl.struct(pl.all()).hash()).to_series()
    doubled = hint.is_duplicated().arg_true().cast(pl.UInt32)
    original = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("original")
    if len(doubled):
        same = texts[doubled].with_columns(doubled.alias(_PLACE))
        firsts = same.select(pl.col(_PLACE).first().over(texts.columns)).to_series()
        original = original.scatter(doubled, firsts)
    return original


def business_keys(typed: pl.DataFrame, contract: Contract) -> pl.Series | None:
    """Business key as text, its columns joined with `|`; null where a required part, or every part, is missing.

    None where the contract has no business key.
    """
    if not contract.business_key:
        return None
    required = [name for name in contract.business_key if contract.column(name).required]
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in contract.business_key]
    present = pl.any_horizontal(pl.col(name).is_not_null() for name in contract.business_key)
    present &= pl.all_horizontal([pl.lit(True), *(pl.col(name).is_not_null() for name in required)])
    key = pl.when(present).then(pl.concat_str(parts, separator="|"))
    return typed.with_columns(key.alias("source_key"))["source_key"]


def row_keys(typed: pl.DataFrame, texts: pl.DataFrame, original: pl.Series, contract: Contract) -> pl.Series:
    """Without a business key: 32 hex of the SHA-256 of the row key.

    Where the first column of the row key is missing, the contract's fallback stands in for it. `#` and 8 hex of the
    content's follow where rows of other content share it. Copies have their original's key.
    """
    parts = [pl.col(name).cast(pl.String).fill_null(_NULL) for name in contract.row_key]
    if contract.row_key_fallback:
        stand_in = pl.concat_str(pl.col(contract.row_key_fallback).cast(pl.String).fill_null(_NULL), separator=_UNIT)
        parts[0] = pl.coalesce(pl.col(contract.row_key[0]).cast(pl.String), stand_in)
    content = [pl.col(column.name).fill_null(_NULL) for column in contract.columns]
    joined = pl.DataFrame(
        {
            "key": typed.select(pl.concat_str(parts, separator=_UNIT)).to_series(),
            "content": texts.select(pl.concat_str(content, separator=_UNIT)).to_series(),
        }
    )
    with duckdb.connect() as con:
        con.register("joined", joined)
        hashed: pl.DataFrame = con.sql(
            f"SELECT left(sha256(key), {_HEX}) AS key, left(sha256(content), 8) AS content FROM joined"
        ).pl()
    is_original = original == pl.int_range(len(original), dtype=pl.UInt32, eager=True)
    shared = hashed.filter(is_original)["key"].value_counts().filter(pl.col("count") > 1)["key"]
    told_apart = pl.concat_str("key", pl.lit("#"), "content")
    key = pl.when(pl.col("key").is_in(shared.implode())).then(told_apart).otherwise("key")
    return hashed.select(key.alias("source_key"))["source_key"]


def hash_keys(keys: pl.Series, texts: pl.DataFrame, contract: Contract) -> pl.Series:
    """64 bits (u64) for each row, wherever it is delivered: rows that differ in them are no copies and share no key.

    `keys` are its source keys; of a row without one, the content counts.
    """
    bare = keys if contract.business_key else keys.str.head(_HEX)
    keyless = keys.is_null().arg_true().cast(pl.UInt32)
    hashed = bare.hash()
    if len(keyless):
        hashed = hashed.scatter(keyless, texts[keyless].select(pl.struct(pl.all()).hash()).to_series())
    return hashed.alias("key")


def find_doubled(keys: pl.Series, firsts: pl.Series) -> pl.Series:
    """Places of rows that share a business key with a row of other content; `firsts` are the rows to look at."""
    looked_at = keys if len(firsts) == len(keys) else keys.gather(firsts)
    return firsts.filter(looked_at.is_duplicated() & looked_at.is_not_null())


def replace_keys(typed: pl.DataFrame, keys: pl.Series, contract: Contract) -> pl.Series:
    """What a later delivery replaces a row by: its deliverer in a full extract, its source key in a delta.

    Empty for a full extract without a scope; null where the row does not tell.
    """
    if contract.mode == "delta":
        return keys.alias("replace_key")
    scope = pl.concat_str([pl.col(name).cast(pl.String) for name in contract.scope] or [pl.lit("")], separator="|")
    return typed.with_columns(scope.alias("replace_key"))["replace_key"]
