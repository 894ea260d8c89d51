"""What is odd about prices that could be read: amounts, components, payers, periods. Words are those of the codebook
`tariff_findings`, which says as well which of them flag a price.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks

#: Rupiah below which the last three zeros of a price are taken for lost.
LEAST = 1000
#: A price is outside the band where it is so many times the median, or the median so many times the price.
BAND = 10
#: A thousand times a price is what was meant where it is within so many times of the median.
NEAR = 4
#: Fewer prices of other facilities tell no band.
LEAST_PRICES = 5
_SERIES = ["sumber_kode", "kode_faskes", "kode_lokal", "penjamin", "kelas_perawatan"]


def find_in_prices(prices: pl.DataFrame, codebooks: Codebooks, *, as_of: date) -> pl.DataFrame:
    """`record_key, finding, detail` of prices as `golden.tariff.read_prices` gives them.

    Raises SehatmuError where the codebook does not name exactly these findings.
    """
    amount = pl.col("amount")
    parts = pl.sum_horizontal("jasa_sarana_amount", "jasa_pelayanan_amount", "bhp_amount")
    all_parts = pl.all_horizontal(pl.col("jasa_sarana_amount", "jasa_pelayanan_amount", "bhp_amount").is_not_null())
    periods, bands = _periods(prices), _bands(prices)
    judged = prices.join(periods, on="record_key", how="left").join(bands, on="record_key", how="left")
    thousandfold = amount * 1000
    is_thousandth = (thousandfold < pl.col("median") * NEAR) & (thousandfold * NEAR > pl.col("median"))
    rules: dict[str, tuple[pl.Expr, pl.Expr]] = {
        "amount:zero": (amount == 0, pl.lit(None, pl.String)),
        "amount:thousands-lost": (
            (amount > 0) & ((amount < LEAST) | is_thousandth.fill_null(False)),
            amount.cast(pl.String),
        ),
        "amount:outside-band": (
            (amount >= LEAST) & ((amount > pl.col("median") * BAND) | (amount * BAND < pl.col("median"))),
            phrase("median {}", pl.col("median").cast(pl.Int64)),
        ),
        "components:do-not-sum": (all_parts & (parts != amount), phrase("{} of {}", parts, amount)),
        "payer:unknown": (pl.col("payer_code").is_null(), pl.col("penjamin")),
        "class:unknown": (
            pl.col("kelas_perawatan").is_not_null() & pl.col("care_class_code").is_null(),
            pl.col("kelas_perawatan"),
        ),
        "period:overlap": (
            pl.col("next_from").is_not_null()
            & (pl.col("valid_to").is_null() | (pl.col("next_from") <= pl.col("valid_to"))),
            phrase("next from {}", "next_from"),
        ),
        "period:gap": (
            pl.col("next_from") > pl.col("valid_to") + pl.duration(days=1),
            phrase("next from {}", "next_from"),
        ),
        "basis:expired": (
            pl.col("next_from").is_null() & (pl.col("valid_to") < as_of),
            pl.col("valid_to").cast(pl.String),
        ),
        "value:lost": (pl.col("flags").list.len() > 0, pl.col("flags").list.join(", ")),
        "item:unlisted": (~pl.col("is_listed"), pl.col("kode_lokal")),
    }
    unlike = sorted(set(rules) ^ set(codebooks["tariff_findings"]["finding"]))
    if unlike:
        raise SehatmuError(
            "the codebook tariff_findings does not name the findings that there are",
            evidence=", ".join(unlike),
            hint="every finding has one row there, and no other word has",
        )
    found = [
        judged.filter(holds.fill_null(False)).select("record_key", finding=pl.lit(name), detail=detail)
        for name, (holds, detail) in rules.items()
    ]
    return pl.concat(found)


def _periods(prices: pl.DataFrame) -> pl.DataFrame:
    """`record_key, next_from`: when the next price of the same item, payer and class begins."""
    # One payer or class under two spellings is one.
    ordered = prices.select(
        "record_key",
        "valid_from",
        *_SERIES[:3],
        penjamin=pl.coalesce("payer_code", "penjamin"),
        kelas_perawatan=pl.coalesce("care_class_code", "kelas_perawatan"),
    ).sort(*_SERIES, "valid_from", "record_key")
    return ordered.select("record_key", next_from=pl.col("valid_from").shift(-1).over(_SERIES))


def _bands(prices: pl.DataFrame) -> pl.DataFrame:
    """`record_key, median`: of the prices of one national service or drug and class, over all facilities."""
    asked = prices.filter(pl.col("item_system").is_in(["kptl", "kfa"]) & (pl.col("amount") >= LEAST))
    of_item = ["item_system", "item_code", "care_class_code"]
    medians = (
        asked.group_by(of_item)
        .agg(median=pl.col("amount").median(), count=pl.len())
        .filter(pl.col("count") >= LEAST_PRICES)
    )
    return asked.join(medians, on=of_item, nulls_equal=True).select("record_key", "median")
