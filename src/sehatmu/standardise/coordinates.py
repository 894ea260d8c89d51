"""Positions made usable: 0,0 and places outside Indonesia become null, swapped pairs are swapped back.

A position is evidence, never a key; every correction leaves a flag.
"""

from __future__ import annotations

import polars as pl

#: Indonesia's box with half a degree of margin (degrees).
_LATITUDE = (-11.6, 6.6)
_LONGITUDE = (94.5, 141.6)


def normalise_coordinates(frame: pl.DataFrame) -> pl.DataFrame:
    """`latitude` and `longitude` (text or numbers, decimal comma allowed) as f64, and `position_flag`:
    `coordinates-zero`, `coordinates-swapped`, `coordinates-outside`, or null."""
    frame = frame.with_columns(latitude=_number("latitude"), longitude=_number("longitude"))
    lat, lon = pl.col("latitude"), pl.col("longitude")
    inside = lat.is_between(*_LATITUDE) & lon.is_between(*_LONGITUDE)
    swapped = lon.is_between(*_LATITUDE) & lat.is_between(*_LONGITUDE)
    flag = (
        pl.when(lat.is_null() & lon.is_null()).then(None)
        .when((lat == 0) & (lon == 0)).then(pl.lit("coordinates-zero"))
        .when(inside).then(None)
        .when(swapped).then(pl.lit("coordinates-swapped"))
        .otherwise(pl.lit("coordinates-outside"))
    )  # fmt: skip
    frame = frame.with_columns(position_flag=flag)
    return frame.with_columns(
        latitude=pl.when(swapped).then(lon).when(inside).then(lat),
        longitude=pl.when(swapped).then(lat).when(inside).then(lon),
    )


def _number(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace(",", ".", literal=True)
    return text.cast(pl.Float64, strict=False).fill_nan(None)
