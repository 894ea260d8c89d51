"""The hash by which a night sees that what linkage reads of a record has changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.memory import memory


def hash_rows(evidence: pl.DataFrame, version: str) -> pl.Series:
    """64 bits of the MD5 of each row's values and of the version that made them.

    MD5 (in DuckDB, vectorised) rather than a library's own hash: it must be the same after an upgrade.
    """
    values = [pl.col(name).cast(pl.String).fill_null("\x00") for name in evidence.columns]
    keyed = evidence.select(text=pl.concat_str(pl.lit(version), *values, separator="\x1f"))
    with memory() as connection:
        connection.register("keyed", keyed.to_arrow())
        hashed: pl.DataFrame = connection.sql("select md5_number_lower(text) as link_hash from keyed").pl()
    return hashed["link_hash"].cast(pl.UInt64)


def add_to_hash(hashes: pl.Series, further: npt.NDArray[np.uint64]) -> pl.Series:
    """Hashes that change with a further number per row as well: what later steps found out about a record."""
    value = hashes.to_numpy() ^ (further + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, multiplier in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        value = (value ^ (value >> np.uint64(shift))) * np.uint64(multiplier)
    return pl.Series("link_hash", value ^ (value >> np.uint64(31)), dtype=pl.UInt64)
