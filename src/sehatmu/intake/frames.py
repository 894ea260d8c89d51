"""The frames that intake returns: their columns, and the empty ones.

Used by every module of intake, and by whoever reads intake's frames back from Parquet.
"""

from __future__ import annotations

import polars as pl

from sehatmu.contracts import Contract, polars_schema

QUARANTINE: dict[str, pl.DataType] = {
    "source": pl.String(),
    "extract": pl.String(),
    "file_name": pl.String(),
    "row_number": pl.UInt32(),
    "file_hash": pl.String(),
    "delivery_date": pl.Date(),
    "reasons": pl.List(pl.String()),
    "row_values": pl.String(),
    "replace_key": pl.String(),
    "is_current": pl.Boolean(),
}
SOURCE_FILE: dict[str, pl.DataType] = {
    "source": pl.String(),
    "extract": pl.String(),
    "file_name": pl.String(),
    "content_hash": pl.String(),
    "delivery_date": pl.Date(),
    "row_count": pl.Int64(),
    "accepted_count": pl.Int64(),
    "quarantined_count": pl.Int64(),
    "ignored_columns": pl.List(pl.String()),
    "absent_columns": pl.List(pl.String()),
    "warnings": pl.List(pl.String()),
    "contract_hash": pl.String(),
    "is_current": pl.Boolean(),
}
_BOOKKEEPING: dict[str, pl.DataType] = {
    "source": pl.String(),
    "extract": pl.String(),
    "source_key": pl.String(),
    "record_key": pl.String(),
    "file_name": pl.String(),
    "row_number": pl.UInt32(),
    "file_hash": pl.String(),
    "delivery_date": pl.Date(),
    "flags": pl.List(pl.String()),
    "is_current": pl.Boolean(),
}


def accepted_schema(contract: Contract) -> dict[str, pl.DataType]:
    """The contract's columns, then what intake adds."""
    return {**polars_schema(contract), **_BOOKKEEPING}
