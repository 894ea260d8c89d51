"""What the register of drugs and the catalogue write of the country's products, one frame of text per list.

Beside the columns of the extract a frame has `entity` (the product), `pack` (null where the row tells none) and
`fault` (what was done to the row on purpose, null in plain ones). Truth is made from those, never from the text.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import product_spell as spell
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.product_noise import ProductNoise
from sehatmu.sample.products import list_packs

_CLASSES = {"K": "Obat Keras", "T": "Obat Bebas Terbatas", "P": "Psikotropika", "N": "Narkotika"}
_PRICE = {"tablet": 300, "kaplet": 320, "kapsul": 400}


def write_register(products: pl.DataFrame, *, seed: int, day: date, noise: ProductNoise) -> pl.DataFrame:
    """The rows of `bpom/obat`: every pack of every registration, the expired ones of re-registered products too."""
    packs = list_packs(products).with_columns(expired=pl.lit(False))
    former = packs.filter("old_registration").with_columns(
        expired=pl.lit(True),
        year=pl.col("year") - 5,
        tail=pl.col("tail").str.replace(r"^(\d{3})\d{3}", "${1}").str.replace(r"^(\d{3})", "${1}9").str.slice(0, 4)
        + pl.col("tail").str.slice(4),
    )
    rows = pl.concat([packs, former]).sort("entity", "pack", "expired")
    ids = (rows["entity"] * 16 + rows["pack"] * 2 + rows["expired"].cast(pl.Int64)).to_numpy().astype(np.int64)
    rolls = Rolls(seed, "bpom/obat", ids)
    in_form = rolls.flag("strength_in_form", noise.strength_in_form) & ~pl.col("strength").str.contains(
        "+", literal=True
    )
    missing = rolls.flag("composition_missing", noise.composition_missing)
    html, draft = rolls.flag("html", noise.html), rolls.flag("draft", noise.draft_code)
    form = pl.lit(spell.spell_form(rows["form"], rolls.under("form"), noise))
    strength = pl.lit(spell.spell_strength(rows["strength"], rolls.under("form"), noise))
    composition = pl.lit(spell.spell_composition(rows, rolls, noise, bare=in_form))
    name = pl.lit(spell.spell_name(rows, rolls, noise, full=False))
    issued = pl.lit(day.year).cast(pl.Int32) - pl.lit(day.year % 100) + pl.col("year").cast(pl.Int32)
    issue = pl.date(
        issued, 1 + pl.lit(pl.Series(rolls.pick("month", 12))), 1 + pl.lit(pl.Series(rolls.pick("day", 28)))
    )
    product_number = (93_000_000 + pl.col("entity") * 7 % 800_000).cast(pl.String)
    pack_number = (94_000_000 + (pl.col("entity") * 3 + pl.col("pack")) % 800_000).cast(pl.String)
    number = cases((rolls.flag("of_pack", 0.3), pack_number), otherwise=product_number)
    code = cases((draft, pl.lit("/")), (rolls.flag("official", noise.official), number))
    licensed = rolls.flag("licensor", 0.05)
    return rows.select(
        "entity",
        "pack",
        fault=cases(
            (draft, pl.lit("draft")), (missing, pl.lit("composition-missing")), (html, pl.lit("html")),
            (pl.col("shares_number"), pl.lit("shared-number")),
        ),
        nomor_registrasi=spell.registration(),
        kode_kfa=code,
        nama_produk=cases((html, phrase("<p>{}</p>", name)), otherwise=name),
        merk=pl.when(rolls.flag("brand", 0.6)).then("brand"),
        bentuk_sediaan=cases((in_form, phrase("{}; {}", form, strength)), otherwise=form),
        komposisi=cases((missing, pl.lit(None, pl.String)), (html, composition + "<br/>"), otherwise=composition),
        kemasan=spell.spell_pack(rows),
        nama_pendaftar=spell.spell_company(rows["company"], rolls.under("registrar"), noise),
        nama_produsen=spell.spell_company(rows["company"], rolls.under("maker"), noise, rows["country"]),
        negara_produsen="country",
        pemberi_lisensi=pl.when(licensed).then(pl.lit("CONTOH PHARMA AG")),
        tanggal_terbit=issue.cast(pl.String),
        masa_berlaku=issue.dt.offset_by("5y").cast(pl.String),
        status_izin=cases((pl.col("expired"), pl.lit("Tidak Berlaku")), otherwise=pl.lit("Berlaku")),
        golongan=pl.col("head").str.slice(1, 1).replace_strict(_CLASSES),
        kategori=pl.lit("Obat"),
    )  # fmt: skip


def write_catalogue(products: pl.DataFrame, rows: int, *, seed: int, day: date, noise: ProductNoise) -> pl.DataFrame:
    """`rows` rows of `lkpp/katalog` that offer packs of these products; some offer what no register has.

    `entity` is null for these last.
    """
    packs = list_packs(products)
    ids = np.arange(1, rows + 1, dtype=np.int64)
    rolls = Rolls(seed, "lkpp/katalog", ids)
    offered = packs[pl.Series(rolls.pick("item", packs.height))]
    others = packs[pl.Series(rolls.pick("other", packs.height))]
    stranger = rolls.flag("not_registered", noise.not_registered)
    # What is not registered has a brand and a number of its own.
    brand = cases(
        (
            stranger,
            pl.concat_str(pl.lit("Qu"), pl.col("names").str.slice(0, 3).str.to_lowercase(), pl.lit(pl.Series(ids))),
        ),
        otherwise=pl.col("brand"),
    )
    offered = offered.with_columns(
        brand=brand,
        tail=cases((stranger, phrase("999{}", pl.col("tail").str.slice(3))), otherwise=pl.col("tail")),
        stranger=stranger,
    )
    no_brand = rolls.flag("brand_missing", noise.brand_missing)
    seller = spell.spell_company(others["company"], rolls.under("seller"), noise)
    maker = pl.lit(spell.spell_company(offered["company"], rolls.under("maker"), noise))
    swapped, no_maker = (
        rolls.flag("maker_is_seller", noise.maker_is_seller),
        rolls.flag("maker_missing", noise.maker_missing),
    )
    by_unit = rolls.flag("by_unit", 0.3) & pl.col("solid")
    start = date(day.year, 1, 1)
    count = (
        pl.col("inner")
        .str.extract_all(r"\d+")
        .list.eval(pl.element().cast(pl.Int64))
        .list.eval(pl.element().product())
        .list.first()
    )
    unit_price = pl.col("form").replace_strict(_PRICE, default=9000) * (1 + pl.lit(pl.Series(rolls.unit("price"))))
    price = (
        cases((by_unit, unit_price), (pl.col("solid"), unit_price * count), otherwise=unit_price)
        .round(0)
        .cast(pl.Int64)
    )
    lost = rolls.flag("percent_lost", noise.percent_lost)
    tkdn = 20 + 60 * pl.lit(pl.Series(rolls.unit("tkdn"))).round(2)
    one = rolls.flag("price_one", noise.price_one)
    fault, number = _numbers(offered, others, rolls, noise)
    name = pl.lit(spell.spell_name(offered, rolls, noise, full=True))
    pack = pl.lit(spell.spell_pack(offered))
    return offered.select(
        pl.when(~pl.col("stranger")).then("entity").alias("entity"),
        pl.when(~pl.col("stranger")).then("pack").alias("pack"),
        fault=pl.coalesce(
            fault,
            cases(
                (one, pl.lit("price-one")),
                (lost, pl.lit("percent-lost")),
                (pl.col("stranger"), pl.lit("not-registered")),
            ),
        ),
        kode_lkpp=(41_000_000 + pl.lit(pl.Series(ids))).cast(pl.String),
        kode_kfa=pl.lit(None, pl.String),
        komoditas=pl.lit("Obat"),
        nama_produk=cases((rolls.flag("pack_in_name", 0.3), phrase("{}, {}", name, pack)), otherwise=name),
        merek=pl.when(~no_brand).then(pl.coalesce("brand", pl.lit("GENERIK"))),
        penyedia=seller,
        produsen=cases((no_maker, pl.lit(None, pl.String)), (swapped, pl.lit(seller)), otherwise=maker),
        nie=number,
        kode_kbki=pl.lit("3526001001"),
        satuan=cases((by_unit, pl.col("form").str.extract(r"^(\w+)")), otherwise=pl.lit("dus")),
        isi_kemasan=cases((by_unit, pl.lit("1")), otherwise=pack),
        harga=cases((one, pl.lit("1")), otherwise=price.cast(pl.String)),
        berlaku_dari=pl.lit(start).cast(pl.String),
        berlaku_sampai=pl.lit(date(day.year, 12, 31)).cast(pl.String),
        wilayah_harga=phrase("Regional {}", pl.lit(pl.Series(1 + rolls.pick("region", 6)))),
        tkdn=cases(
            (lost, (tkdn * 100).round(0).cast(pl.Int64).cast(pl.String)), otherwise=tkdn.round(2).cast(pl.String)
        ),
        bmp=(15 * pl.lit(pl.Series(rolls.unit("bmp")))).round(2).cast(pl.String),
        tayang=cases((rolls.flag("hidden", 0.1), pl.lit("tidak")), otherwise=pl.lit("ya")),
        tanggal_update=pl.lit(day).cast(pl.String),
    )


def _numbers(
    offered: pl.DataFrame, others: pl.DataFrame, rolls: Rolls, noise: ProductNoise
) -> tuple[pl.Series, pl.Series]:
    """The number that the supplier wrote, and what is wrong with it on purpose."""
    own = pl.lit(offered.select(spell.registration()).to_series())
    foreign = pl.lit(others.select(spell.registration()).to_series())
    blanked = phrase("{} {}", own.str.head(3), own.str.slice(3))
    gone = rolls.flag("number_missing", noise.number_missing)
    wrong = rolls.flag("number_foreign", noise.number_foreign) & pl.lit(others["names"] != offered["names"])
    two, note = rolls.flag("number_two", noise.number_two), rolls.flag("number_note", noise.number_note)
    faults = (
        (wrong & ~gone, pl.lit("number-foreign")),
        (two & ~gone, pl.lit("number-two")),
        (note & ~gone, pl.lit("number-note")),
    )
    numbers = (
        (gone, pl.lit(None, pl.String)),
        (wrong, foreign),
        (two, phrase("{} / {}", own, foreign)),
        (note, phrase("{}*)", own)),
        (rolls.flag("number_blanks", noise.number_blanks), blanked),
    )
    told = pl.select(fault=cases(*faults), number=cases(*numbers, otherwise=own))
    return told["fault"], told["number"]
