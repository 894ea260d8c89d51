"""The hashes that stand for values in the default file, each value of a column hashed once however often it stands.

Keys of records stand in several tables, and in one of them for every field group of a master: hashing each once costs
a tenth of hashing them where they stand. Called by `files` before a masked table is inserted.
"""

from __future__ import annotations

import duckdb
import polars as pl

from sehatmu.publish.mask import hmac_sql

# Columns that hold what another one holds.
_SAME = {"left_key": "record_key", "right_key": "record_key"}


class Hashes:
    """Hashes under the key of a connection (`mask.set_key`), remembered by column name while the connection lives."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._known: dict[str, pl.DataFrame] = {}

    def of(self, values: pl.Series) -> pl.Series:
        """64 hex digits for each text of the column `values.name`; null where it is null."""
        run = values.rle_id()  # tables stand in an order in which the values of a key are often neighbours
        starts = (run != run.shift(1)).fill_null(True)
        heads = values.filter(starts).alias("value").to_frame()
        name = _SAME.get(values.name, values.name)
        known = self._known.get(name)
        wanted = heads.unique().drop_nulls()
        new = self._hash(wanted if known is None else wanted.join(known, on="value", how="anti"))
        self._known[name] = known = new if known is None else pl.concat([known, new])
        hashed = heads.join(known, on="value", how="left", maintain_order="left")["hash"]
        return hashed.gather(run).alias(values.name)

    def _hash(self, values: pl.DataFrame) -> pl.DataFrame:
        self._con.register("to_hash", values)
        hashed: pl.DataFrame = self._con.sql(f"SELECT value, {hmac_sql('value')} AS hash FROM to_hash").pl()
        self._con.unregister("to_hash")
        return hashed.cast({"value": pl.String, "hash": pl.String})
