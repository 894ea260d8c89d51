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
_KNOWN = pl.Schema({"print": pl.UInt64, "hash": pl.String})


class Hashes:
    """Hashes under the key of a connection (`mask.set_key`), remembered while the connection lives.

    Values are told apart by a print of 64 bits: looked up by their texts they would cost more than they save. Any
    thread may ask; one at a time is answered.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, contracts: Contracts) -> None:
        self._con = con
        self._sql = {True: record_key_sql("value", contracts), False: hmac_sql("value")}
        self._known = {kind: pl.DataFrame(schema=_KNOWN) for kind in self._sql}
        self._lock = Lock()

    def of(self, values: pl.Series) -> pl.Series:
        """64 hex digits for each text of the column `values.name`, null where it is null.

        For a key of records whose extract has no personal key: the key itself.
        """
        with self._lock:
            return self._of(values.alias("value"), values.name in RECORD_KEYS).alias(values.name)

    def _of(self, values: pl.Series, kind: bool) -> pl.Series:
        prints, known = values.hash().alias("print"), self._known[kind]
        wanted = pl.DataFrame([values, prints]).filter(prints.is_first_distinct() & values.is_not_null())
        if wanted.height * _DEAR > known.height:
            new = wanted.join(known, on="print", how="anti", maintain_order="left") if known.height else wanted
            hashed = self._hash(new, self._sql[kind])
            self._known[kind] = known = pl.concat([known, hashed]) if known.height else hashed
            if new.height == len(values):  # each of them is new, and stands once
                return hashed["hash"]
        else:
            known = self._hash(wanted, self._sql[kind])
        return prints.to_frame().join(known, on="print", how="left", maintain_order="left")["hash"]

    def _hash(self, values: pl.DataFrame, sql: str) -> pl.DataFrame:
        """In the order of the values, in which DuckDB answers."""
        self._con.register("to_hash", values.select("value").to_arrow(compat_level=pl.CompatLevel.newest()))
        hashed: pl.DataFrame = self._con.sql(f"SELECT {sql} AS hash FROM to_hash").pl()
        self._con.unregister("to_hash")
        return values.select("print").hstack(hashed.cast({"hash": pl.String}))
