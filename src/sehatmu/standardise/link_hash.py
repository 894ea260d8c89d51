"""The hash by which a night sees that what linkage reads of a record has changed."""

from __future__ import annotations

import duckdb
import polars as pl


def hash_rows(evidence: pl.DataFrame, version: str) -> pl.Series:
    """64 bits of the MD5 of each row's values and of the version that made them.

    MD5 (in DuckDB, vectorised) rather than a library's own hash: it must be the same after an upgrade.
    """
    values = [pl.col(name).cast(pl.String).fill_null("\x00") for name in evidence.columns]
    keyed = evidence.select(text=pl.concat_str(pl.lit(version), *values, separator="\x1f"))
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.register("keyed", keyed.to_arrow())
        hashed: pl.DataFrame = connection.sql("select md5_number_lower(text) as link_hash from keyed").pl()
    return hashed["link_hash"].cast(pl.UInt64)
