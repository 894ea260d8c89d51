"""The extract `sirs/tempat_tidur`: beds of each hospital per class of care."""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Rolls

_SHARES = {"VIP": 0.1, "I": 0.2, "II": 0.25, "ICU": 0.1}


def write_beds(hospitals: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """`kode_rs, kelas, jumlah_tt, tersedia`, all text; the classes add up to the hospital's beds."""
    busy = Rolls(seed, "beds", hospitals["entity"].to_numpy()).unit("busy")
    parts = {name: (pl.col("beds") * share).floor().cast(pl.Int64) for name, share in _SHARES.items()}
    counted = hospitals.select("sirs", "beds", busy=pl.Series(busy), **parts)
    counted = counted.with_columns(III=pl.col("beds") - pl.sum_horizontal(*_SHARES))
    free = (pl.col("jumlah_tt") * pl.col("busy")).floor().cast(pl.Int64)
    return (
        counted.unpivot([*_SHARES, "III"], index=["sirs", "busy"], variable_name="kelas", value_name="jumlah_tt")
        .select(
            kode_rs="sirs",
            kelas="kelas",
            jumlah_tt=pl.col("jumlah_tt").cast(pl.String),
            tersedia=free.cast(pl.String),
        )
        .sort("kode_rs", "kelas")
    )
