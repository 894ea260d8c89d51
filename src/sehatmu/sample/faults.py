"""Rows that break the contract, put among the good ones, each remembered with its kind."""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.noise import Noise

# Of each extract: the column of the code, the column of the name, and a column of dates.
_COLUMNS: dict[str, tuple[str, str, str | None]] = {
    "sisdmk/fasilitas": ("kode_unit", "nama_unit", None),
    "sirs/rumah_sakit": ("kode_rs", "nama_rs", "tgl_izin_akhir"),
    "simada/sarana": ("kode_sarana", "nama_sarana", "tgl_izin_akhir"),
    "yankes/fasyankes": ("kode_faskes", "nama", "tgl_izin_akhir"),
    "komdat/puskesmas": ("kode_instansi", "unit_kerja", None),
    "bpjs/faskes": ("kode_ppk", "nama", None),
}
_NO_DATES = ("31/02/2024", "tidak ada batas", "2024-13-05")


def break_rows(rows: pl.DataFrame, extract: str, *, seed: int, noise: Noise) -> pl.DataFrame:
    """The rows with faults among them, and `fault, fault_column` (null in good rows).

    `required_missing` empties the code (then `key` is null) or the name; `bad_date` writes what is no date;
    `duplicate_row` adds an exact copy; `duplicate_key` adds a row with the same code and another's name. A
    row has one fault at most; an added row stands behind its original, is marked, and has a null `key`.
    """
    code, name, dated = _COLUMNS[extract]
    rolls = Rolls(seed, f"{extract} faults", rows["entity"].to_numpy(), rows["corrected"].to_numpy())
    missing = rolls.flag("required_missing", noise.required_missing)
    no_code = missing & rolls.flag("which", 0.5)
    undated = (rolls.flag("bad_date", noise.bad_date) if dated else pl.lit(False)) & ~missing
    faulty = {
        code: cases((no_code, pl.lit(None, pl.String)), otherwise=pl.col(code)),
        name: cases((missing & ~no_code, pl.lit(None, pl.String)), otherwise=pl.col(name)),
        "key": cases((no_code, pl.lit(None, pl.String)), otherwise=pl.col("key")),
        "fault": cases((missing, pl.lit("required_missing")), (undated, pl.lit("bad_date"))),
        "fault_column": cases((no_code, pl.lit(code)), (missing, pl.lit(name)), (undated, pl.lit(dated))),
    }
    if dated:
        faulty[dated] = cases((undated, rolls.choose("no_date", _NO_DATES)), otherwise=pl.col(dated))
    copied = rolls.flag("duplicate_row", noise.duplicate_row)
    clash = rolls.flag("duplicate_key", noise.duplicate_key)
    other_name = pl.col(name).gather((pl.int_range(pl.len()) + pl.len() // 2) % pl.len())
    broken = rows.with_row_index("at").with_columns(**faulty, other_name=other_name, copied=copied, clash=clash)
    good = pl.col("fault").is_null()
    added = pl.lit(None, pl.String).alias("key")
    copies = broken.filter(good & pl.col("copied")).with_columns(added, fault=pl.lit("duplicate_row"))
    clashes = broken.filter(good & ~pl.col("copied") & pl.col("clash")).with_columns(
        added,
        pl.col("other_name").alias(name),
        fault=pl.lit("duplicate_key"),
        fault_column=pl.lit(code),
    )
    everything = pl.concat([broken, copies, clashes])
    return everything.sort("at", maintain_order=True).drop("at", "other_name", "copied", "clash")
