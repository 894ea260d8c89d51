"""The devices and household products of the made-up country: what each truly is, and what the lists write of it.

A device is a kind in one size, of one brand and maker, with a registration (AKD at home, AKL from abroad; PKD and PKL
for household products) that its other sizes share.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import product_spell as spell
from sehatmu.sample import product_words as words
from sehatmu.sample import spoil
from sehatmu.sample.dice import Rolls, cases, take
from sehatmu.sample.product_noise import ProductNoise
from sehatmu.sample.products import MAKERS, company_names


def make_devices(seed: int, families: int) -> pl.DataFrame:
    """Devices of families 1 to `families` (a brand of one kind), a row per size, in order of `entity`."""
    kinds = [(*line.split(";"), False) for line in words.DEVICES.strip().splitlines()]
    kinds += [(*line.split(";"), True) for line in words.HOUSEHOLD.strip().splitlines()]
    listed = pl.DataFrame(kinds, schema=["kind", "risk", "jenis", "sizes", "unit", "counts", "household"], orient="row")
    ids = np.arange(1, families + 1, dtype=np.int64)
    rolls = Rolls(seed, "device family", ids)
    maker = rolls.pick("maker", MAKERS)
    abroad = maker % 3 == 0
    family = listed[pl.Series(rolls.pick("kind", listed.height))].with_columns(
        family=pl.Series(ids),
        brand=rolls.choose("head", words.HEADS)
        + rolls.choose("middle", words.MIDDLES)
        + rolls.choose("tail", ("med", "care", "plus", "gard", "line")),
        type=rolls.choose("letter", ("A", "B", "C", "X", "ZX"))
        + "-"
        + pl.Series(100 + rolls.pick("type", 900)).cast(pl.String),
        company=company_names(maker),
        country=pl.select(
            cases(
                (pl.lit(pl.Series(abroad)), take(words.COUNTRIES, maker % len(words.COUNTRIES))),
                otherwise=pl.lit("INDONESIA"),
            )
        ).to_series(),
        year=pl.Series(19 + rolls.pick("year", 6)),
        step=pl.lit(0),
    )
    letters = pl.concat_str(
        cases((pl.col("household"), pl.lit("PK")), otherwise=pl.lit("AK")),
        cases((pl.col("country") == "INDONESIA", pl.lit("D")), otherwise=pl.lit("L")),
    )
    risk = pl.col("risk").replace_strict({"A": "1", "B": "2", "C": "3", "D": "4"})
    reversed_year = (100 - pl.col("year") + 0).cast(pl.String).str.zfill(2)
    serial = (pl.col("family") % 10_000).cast(pl.String).str.zfill(4)
    numbered = family.with_columns(
        number=pl.concat_str(letters, risk, pl.col("jenis").str.slice(0, 4), reversed_year, serial)
    )
    sizes = numbered.with_columns(pl.col("sizes").str.split(","), pl.col("counts").str.split(",")).explode("sizes")
    sizes = sizes.with_columns(step=pl.int_range(pl.len()).over("family"), size="sizes").drop("sizes")
    return sizes.with_columns(entity=1_000_000 + pl.col("family") * 8 + pl.col("step")).sort("entity")


def write_devices(devices: pl.DataFrame, *, seed: int, noise: ProductNoise) -> pl.DataFrame:
    """The rows of `regalkes/alkes`, a row per device and pack, with `entity`, `pack` and `fault`."""
    rows = (
        devices.with_columns(count=pl.col("counts"))
        .explode("count")
        .with_columns(pack=pl.int_range(pl.len()).over("entity"))
    )
    rolls = Rolls(seed, "regalkes/alkes", (rows["entity"] * 4 + rows["pack"]).to_numpy().astype(np.int64))
    unknown = rolls.flag("unknown_size", noise.unknown_size)
    volume = pl.col("size").str.extract(r"^(\d+) mL$")
    issue = pl.date(2000 + pl.col("year").cast(pl.Int32), 1 + pl.lit(pl.Series(rolls.pick("month", 12))), 15)
    official = cases(
        (rolls.flag("official", noise.official), (33_000_000 + pl.col("entity") % 900_000).cast(pl.String))
    )
    name = pl.lit(spell.spoil_case(rows["kind"], rolls.under("name"), noise))
    return rows.select(
        "entity",
        "pack",
        fault=cases((unknown, pl.lit("size-unknown"))),
        nomor_izin_edar=_written(rows, rolls, noise),
        kode_kfa=official,
        nama_produk=name,
        merk=pl.lit(spell.spoil_case(rows["brand"], rolls.under("brand"), noise)),
        tipe="type",
        ukuran="size",
        volume=cases((unknown, pl.lit("-1")), otherwise=volume),
        berat=cases((unknown, pl.lit("-1")), otherwise=pl.lit("0.2")),
        satuan="unit",
        isi="count",
        kelas_risiko="risk",
        kategori=pl.col("jenis").str.head(2),
        sub_kategori=pl.col("jenis").str.head(4),
        jenis="jenis",
        sub_jenis=pl.col("jenis") + "001",
        kemasan=phrase("box @ {} {}", "count", "unit"),
        produsen=spell.spell_company(rows["company"], rolls.under("maker"), noise, rows["country"]),
        negara_produsen="country",
        pendaftar=spell.spell_company(rows["company"], rolls.under("registrar"), noise),
        tanggal_terbit=issue.cast(pl.String),
        masa_berlaku=issue.dt.offset_by("5y").cast(pl.String),
    )


def write_device_items(devices: pl.DataFrame, rows: int, *, seed: int, day: date, noise: ProductNoise) -> pl.DataFrame:
    """`rows` rows of `lkpp/katalog` that offer devices; every row tells the size in its name."""
    ids = np.arange(1, rows + 1, dtype=np.int64)
    rolls = Rolls(seed, "lkpp/katalog devices", ids)
    offered = devices[pl.Series(rolls.pick("item", devices.height))]
    gone = rolls.flag("number_missing", noise.number_missing)
    name = spell.evaluate(offered, phrase("{} {} {} {}", "kind", "brand", "type", "size"))
    name = spell.spoil_case(spoil.mistype(name, rolls.under("name"), noise.typo), rolls.under("name"), noise)
    return offered.select(
        "entity",
        pack=pl.lit(None, pl.Int64),
        fault=pl.lit(None, pl.String),
        kode_lkpp=(71_000_000 + pl.lit(pl.Series(ids))).cast(pl.String),
        kode_kfa=pl.lit(None, pl.String),
        komoditas=pl.lit("Alat Kesehatan"),
        nama_produk=pl.lit(name),
        merek="brand",
        penyedia=spell.spell_company(offered["company"], rolls.under("seller"), noise),
        produsen=spell.spell_company(offered["company"], rolls.under("maker"), noise),
        nie=pl.when(~gone).then(pl.lit(_written(offered, rolls, noise))),
        kode_kbki=pl.lit("4815001001"),
        satuan="unit",
        isi_kemasan=pl.lit("1"),
        harga=(1000 + 500_000 * pl.lit(pl.Series(rolls.unit("price")))).round(0).cast(pl.Int64).cast(pl.String),
        berlaku_dari=pl.lit(date(day.year, 1, 1)).cast(pl.String),
        berlaku_sampai=pl.lit(date(day.year, 12, 31)).cast(pl.String),
        wilayah_harga=phrase("Regional {}", pl.lit(pl.Series(1 + rolls.pick("region", 6)))),
        tkdn=(80 * pl.lit(pl.Series(rolls.unit("tkdn")))).round(2).cast(pl.String),
        bmp=(15 * pl.lit(pl.Series(rolls.unit("bmp")))).round(2).cast(pl.String),
        tayang=pl.lit("ya"),
        tanggal_update=pl.lit(day).cast(pl.String),
    )


def _written(rows: pl.DataFrame, rolls: Rolls, noise: ProductNoise) -> pl.Series:
    """The number as people write it: with a blank, or behind KEMENKES RI."""
    spaced = phrase("{} {}", pl.col("number").str.head(3), pl.col("number").str.slice(3))
    text = cases((rolls.flag("number_blanks", 0.5), spaced), otherwise=pl.col("number"))
    return spell.evaluate(
        rows,
        cases((rolls.flag("number_prefix", noise.number_prefix), phrase("KEMENKES RI {}", text)), otherwise=text),
    )
