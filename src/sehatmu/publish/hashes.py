"""The hashes that stand for values in the default file, each value hashed once however often it stands.

Keys of records stand in several tables, and in one of them for every field group of a master; a NIK stands with the
patient, with every record that tells it, and is itself the key of the civil register. Called by `files` before a masked
table is inserted.
"""

from __future__ import annotations

from threading import Lock

import duckdb
import polars as pl

from sehatmu.contracts import Contracts
from sehatmu.publish.mask import RECORD_KEYS, hmac_sql, record_key_sql

# To look a few values up among many known ones costs more than to hash them again.
_DEAR = 8


class Hashes:
    """Hashes under the key of a connection (`mask.set_key`), remembered while the connection lives.

    Any thread may ask; one at a time is answered.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, contracts: Contracts) -> None:
        self._con = con
        self._sql = {True: record_key_sql("value", contracts), False: hmac_sql("value")}
        self._known: dict[bool, pl.DataFrame] = {}
        self._lock = Lock()

    def of(self, values: pl.Series) -> pl.Series:
        """64 hex digits for each text of the column `values.name`, null where it is null.

        For a key of records whose extract has no personal key: the key itself.
        """
        with self._lock:
            return self._of(values, values.name in RECORD_KEYS)

    def _of(self, values: pl.Series, kind: bool) -> pl.Series:
        known = self._known.get(kind)
        if known is None and not values.null_count() and values.n_unique() == len(values):
            self._known[kind] = known = self._hash(values.alias("value").to_frame(), self._sql[kind])
            return known["hash"].alias(values.name)
        run = values.rle_id()  # tables stand in an order in which the values of a key are often neighbours
        starts = (run != run.shift(1)).fill_null(True)
        heads = values.filter(starts).alias("value").to_frame()
        wanted = heads.unique().drop_nulls()
        if known is None or wanted.height * _DEAR > known.height:
            new = wanted if known is None else wanted.join(known, on="value", how="anti")
            new = self._hash(new, self._sql[kind])
            self._known[kind] = known = new if known is None else pl.concat([known, new])
        else:
            known = self._hash(wanted, self._sql[kind])
        hashed = heads.join(known, on="value", how="left", maintain_order="left")["hash"]
        return hashed.gather(run).alias(values.name)

    def _hash(self, values: pl.DataFrame, sql: str) -> pl.DataFrame:
        self._con.register("to_hash", values)
        hashed: pl.DataFrame = self._con.sql(f"SELECT value, {sql} AS hash FROM to_hash").pl()
        self._con.unregister("to_hash")
        return hashed.cast({"value": pl.String, "hash": pl.String})
