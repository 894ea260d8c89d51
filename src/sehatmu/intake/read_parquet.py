"""Parquet into `Delivered`: typed values back to the text that a person would write.

Called by `read`. Whole numbers that a file keeps as floating point lose no digit and get no exponent here; what
they lost before is warned of.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import polars.selectors as cs

from sehatmu.intake.delivered import ROW, Delivered, cell, keep_filled
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.text import has_no_control, read_bytes

EXACT = 1e15  # beyond 15 digits a floating-point number is no longer sure of its last one
_PIECE = 1 << 14  # rows whose texts are looked through at once


def read_parquet(path: Path, *, packed: bool) -> Delivered:
    """All rows as text, numbered from 1. A damaged or half-written file raises BadFileError."""
    try:
        frame = pl.read_parquet(io.BytesIO(read_bytes(path)) if packed else path)
    except (pl.exceptions.PolarsError, OSError):
        raise BadFileError("the Parquet file is damaged or half-written", hint="deliver it again, whole") from None
    large = [
        name for name in frame.select(cs.float()).columns if frame.select((pl.col(name).abs() >= EXACT).any()).item()
    ]
    headers = tuple(frame.columns)
    rows = frame.select(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW),
        *(_as_text(frame.schema[name], name).alias(cell(i)) for i, name in enumerate(headers)),
    )
    warnings = tuple(
        f"column {name!r} is floating point with over 15 digits: the last ones may be lost" for name in large
    )
    return Delivered(
        headers, keep_filled(rows), warnings=warnings, is_clean=all(map(has_no_control, _pieces(rows.drop(ROW))))
    )


def _pieces(texts: pl.DataFrame) -> Iterator[str]:
    """All texts, column by column and some rows at a time, without what stands between them."""
    for column in texts.iter_columns():
        for start in range(0, len(column), _PIECE):
            yield column.slice(start, _PIECE).drop_nulls().str.join("").item() or ""


def _as_text(dtype: pl.DataType, name: str) -> pl.Expr:
    value = pl.col(name)
    if dtype.is_float():
        whole = (value.round() == value) & (value.abs() < 1e18)
        return pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    if dtype == pl.Binary:
        return value.cast(pl.String, strict=False)
    if isinstance(dtype, pl.Struct):
        return value.struct.json_encode()
    if isinstance(dtype, pl.List | pl.Array):
        listed = pl.struct(value.alias("v")).struct.json_encode()
        return pl.when(value.is_not_null()).then(listed.str.slice(5).str.head(-1))
    return value.cast(pl.String)
