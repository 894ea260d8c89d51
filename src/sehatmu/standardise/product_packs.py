"""Packs of products and prices of items: what one pack is, how many of the smallest unit it holds, what one costs.

Reads the packs that `pharma` has taken apart; called by `products`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma import parse_pack
from sehatmu.standardise.text import clean_text

#: Per row: what tells packs of one product apart, its name, the outer container, smallest units, their volume.
PACKS = pl.Schema(
    {
        "row": pl.UInt32,
        "pack_key": pl.String,
        "pack_name": pl.String,
        "container": pl.String,
        "qty": pl.Float64,
        "pack_uom_name": pl.String,
        "volume": pl.Float64,
        "volume_uom_name": pl.String,
        "pack_unread": pl.Boolean,
    }
)


def read_packs(rows: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """The first pack that each row tells (`PACKS`), where one could be read whole.

    `rows`: row, pack_text. A bare number of units, and the unit itself, are no pack.
    """
    told = rows.select("row", "pack_text").drop_nulls().filter(~pl.col("pack_text").str.contains(r"^[\d.,]+$"))
    texts = told.select(pl.col("pack_text").unique().sort()).with_row_index("text")
    levels = parse_pack(texts["pack_text"], books).rename({"row": "text"})
    first = levels.filter(pl.col("pack") == pl.col("pack").min().over("text")).sort("text", "level")
    thing = pl.coalesce("container", "unit")
    part = pl.concat_str(pl.col("count").fill_null(1).round(3), thing.fill_null("?"), separator=" ")
    size = pl.concat_str("volume", "volume_unit", separator=" ")
    read = first.group_by("text", maintain_order=True).agg(
        key=pl.concat_str(part, size, separator=" ", ignore_nulls=True).str.join(", "),
        container=thing.first(),
        qty=pl.col("count").fill_null(1).product().cast(pl.Float64),
        pack_uom_name=pl.coalesce("unit", "container").last(),
        volume=pl.col("volume").drop_nulls().last().cast(pl.Float64),
        volume_uom_name=pl.col("volume_unit").drop_nulls().last(),
        pack_unread=(pl.col("residue").is_not_null() & (pl.col("residue") != "")).any(),
    )
    return (
        told.join(texts, on="pack_text")
        .join(read, on="text")
        .rename({"key": "pack_key", "pack_text": "pack_name"})
        .select(pl.col(name).cast(kind) for name, kind in PACKS.items())
        .sort("row")
    )


def read_prices(items: pl.DataFrame) -> pl.DataFrame:
    """Prices of the catalogue's items, per unit that they are for and per smallest unit.

    `items`: record_key, source_key, price, unit_text, pack_text, qty, pack_uom_name, container, region_text,
    valid_from, valid_to; rows without a price are left out. The quantity is null where nothing tells it.
    """
    unit = clean_text(pl.col("unit_text"))
    bare = pl.col("pack_text").str.extract(r"^(\d+)(?:[.,]0+)?$").cast(pl.Float64)
    is_smallest = (unit == pl.col("pack_uom_name").str.to_uppercase()) & (
        unit != pl.col("container").str.to_uppercase()
    )
    qty = pl.coalesce(bare, pl.when(is_smallest.fill_null(False)).then(1.0).otherwise("qty"))
    told = items.filter(pl.col("price").is_not_null()).with_columns(qty=qty)
    return told.select(
        "record_key",
        "qty",
        "valid_from",
        "valid_to",
        kode_lkpp="source_key",
        wilayah_harga="region_text",
        pack_price="price",
        satuan="unit_text",
        unit_price=(pl.col("price") / pl.col("qty")).round(4),
    )
