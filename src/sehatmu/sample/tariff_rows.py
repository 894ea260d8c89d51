"""What facilities of the sample ask for their items, and the packages of a grouper: rows with the mess of such lists.

Prices are whole thousands around what the service costs, so that an amount is told by its size; each fault stands in
the truth beside.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.service_noise import ServiceNoise

_PAYERS = ("UMUM", "BPJS", "Asuransi")
_CLASSES = {"Kelas 1": 1.3, "Kelas 2": 1.1, "Kelas 3": 1.0}
_STRANGE_PAYER = "Yayasan Sahabat"


def tariff_rows(items: pl.DataFrame, *, seed: int, day: date, noise: ServiceNoise) -> pl.DataFrame:
    """`faskes/tarif` with `fault`: for each of `items` (as `local_items`) one price per payer, rooms by class.

    `day`: the year before it starts is when prices begin.
    """
    payer = Rolls(seed, "payers", np.arange(items.height, dtype=np.int64)).pick("payer", len(_PAYERS))
    first = items.with_columns(
        penjamin=pl.Series(payer).replace_strict(dict(enumerate(_PAYERS)), return_dtype=pl.String)
    )
    second = first.filter(pl.col("penjamin") != "UMUM").with_columns(penjamin=pl.lit("UMUM"))
    every = pl.concat([first, second])
    rooms = every.filter(pl.col("group") == "kamar")
    classed = [rooms.with_columns(kelas_perawatan=pl.lit(name), factor=pl.lit(by)) for name, by in _CLASSES.items()]
    plain = every.filter(pl.col("group").is_null() | (pl.col("group") != "kamar"))
    plain = plain.with_columns(kelas_perawatan=pl.lit(None, pl.String), factor=pl.lit(1.0))
    rows = pl.concat([plain, *classed]).drop("fault")
    rolls = Rolls(seed, "faskes/tarif", np.arange(rows.height, dtype=np.int64))
    spread = pl.lit(pl.Series(np.exp(0.25 * (rolls.unit("a") + rolls.unit("b") - 1))))
    amount = ((pl.col("price") * pl.col("factor") * spread / 1000).round(0) * 1000).cast(pl.Int64).clip(5000)
    start = date(day.year - 1, 1, 1)
    rows = rows.with_columns(
        amount=amount,
        fault=_faults(rolls, noise),
        start=pl.lit(start),
        end=pl.lit(date(day.year + 1, 12, 31)),
    )
    rows = _more_periods(rows, day)
    return _write(rows, seed, noise)


def package_rows(*, seed: int, day: date) -> pl.DataFrame:
    """`referensi/paket`: packages of one grouper by severity, hospital class, region and class of care."""
    grid = pl.DataFrame({"number": range(1, 11)})
    for name, values in {
        "severity": ["I", "II", "III"], "kelas_rs": ["A", "B", "C"], "regional": ["1", "2"], "kelas_rawat": ["1", "2",
        "3"],
    }.items():  # fmt: skip
        grid = grid.join(pl.DataFrame({name: values}), how="cross")
    rolls = Rolls(seed, "referensi/paket", grid["number"].to_numpy().astype(np.int64))
    base = pl.lit(pl.Series(2_000_000 + 1000 * rolls.pick("base", 8000)))
    rank = (4 - pl.col("kelas_rawat").cast(pl.Int64)) * 200_000 + pl.col("severity").str.len_chars().cast(
        pl.Int64
    ) * 500_000
    return grid.select(
        grouper=pl.lit("INA-CBG"),
        kode=phrase("Z-4-{}-{}", pl.col("number") + 10, "severity"),
        nama=phrase("PAKET CONTOH {} TINGKAT {}", "number", "severity"),
        versi=pl.lit("contoh-1"),
        setting=pl.lit("RI"),
        severity="severity",
        kelas_rs="kelas_rs",
        kepemilikan=pl.lit("pemerintah"),
        regional="regional",
        kelas_rawat="kelas_rawat",
        tarif=(base + rank).cast(pl.String),
        berlaku_dari=pl.lit(date(day.year - 1, 1, 1)).cast(pl.String),
        berlaku_sampai=pl.lit(None, pl.String),
    )


def _faults(rolls: Rolls, noise: ServiceNoise) -> pl.Expr:
    rates = {
        "negative": noise.negative, "unreadable": noise.unreadable, "zero": noise.zero,
        "thousands-lost": noise.thousands_lost, "outlier": noise.outlier, "unknown-payer": noise.unknown_payer,
        "overlap": noise.overlap, "gap": noise.gap, "expired": noise.expired, "not-summing": noise.not_summing,
    }  # fmt: skip
    edges = np.cumsum(list(rates.values()))
    at = np.searchsorted(edges, rolls.unit("fault"), side="right")
    return pl.lit(pl.Series(at)).replace_strict(dict(enumerate(rates)), default=None, return_dtype=pl.String)


def _more_periods(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Prices that ended, and second periods that come too early or too late."""
    first_end = date(day.year - 1, 12, 31)
    is_two = pl.col("fault").is_in(["overlap", "gap"])
    later = rows.filter(is_two).with_columns(
        start=cases(
            (pl.col("fault") == "overlap", pl.lit(date(day.year - 1, 7, 1))), otherwise=pl.lit(date(day.year, 2, 1))
        ),
        amount=pl.col("amount") + 5000,
        fault=pl.lit(None, pl.String),
    )
    ended = rows.with_columns(
        end=cases((is_two | (pl.col("fault") == "expired"), pl.lit(first_end)), otherwise=pl.col("end"))
    )
    return pl.concat([ended, later])


def _write(rows: pl.DataFrame, seed: int, noise: ServiceNoise) -> pl.DataFrame:
    fault = pl.col("fault")
    money = rows.select(
        cases(
            (fault == "zero", pl.lit(0)),
            (fault == "thousands-lost", pl.col("amount") // 1000),
            (fault == "outlier", pl.col("amount") * 40),
            (fault == "negative", -pl.col("amount")),
            otherwise=pl.col("amount"),
        ).alias("money")
    )["money"]
    tool = (money // 2).alias("tool")
    served, used = money - tool - money // 10, money // 10
    rolls = Rolls(seed, "write tariffs", np.arange(rows.height, dtype=np.int64))
    as_text = rolls.hit("text", noise.rupiah_text)
    return rows.select(
        "fault",
        "sumber_kode",
        "kode_faskes",
        "kode_lokal",
        penjamin=cases((fault == "unknown-payer", pl.lit(_STRANGE_PAYER)), otherwise=pl.col("penjamin")),
        kelas_perawatan="kelas_perawatan",
        berlaku_mulai=pl.col("start").cast(pl.String),
        tarif=cases((fault == "unreadable", pl.lit("lihat lampiran")), otherwise=pl.lit(_rupiah(money, as_text))),
        jasa_sarana=pl.lit(tool.cast(pl.String)),
        jasa_pelayanan=cases(
            (fault == "not-summing", pl.lit((served + 2000).cast(pl.String))), otherwise=pl.lit(served.cast(pl.String))
        ),
        bhp=pl.lit(used.cast(pl.String)),
        berlaku_akhir=pl.col("end").cast(pl.String),
        dasar_hukum=pl.lit("SK Direktur"),
    )


def _rupiah(money: pl.Series, as_text: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.Series:
    """Whole rupiah as digits, or as people write them in letters: Rp 150.000,-"""
    digits = money.abs().cast(pl.String)
    dotted = digits.str.reverse().str.replace_all(r"(\d{3})", "${1}.").str.reverse().str.strip_prefix(".")
    sign = pl.when(pl.lit(money) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = phrase("{}Rp {},-", sign, pl.lit(dotted))
    return pl.select(pl.when(pl.Series(as_text)).then(text).otherwise(pl.lit(money.cast(pl.String))).alias("t"))["t"]
