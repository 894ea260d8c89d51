"""Writes the products of the sample: the registers of drugs and devices, the catalogue, the lists they refer to.

The truth stands beside: which product, and which of its packs, every written row is about.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import files
from sehatmu.sample import product_words as words
from sehatmu.sample.devices import make_devices, write_device_items, write_devices
from sehatmu.sample.product_noise import ProductNoise
from sehatmu.sample.product_rows import write_catalogue, write_register
from sehatmu.sample.products import list_templates, make_products

_TRUTH = ("entity", "pack", "fault")
# Rows that a family of the register brings on average, and so how many families make so many rows.
_ROWS_PER_FAMILY, _ROWS_PER_DEVICE_FAMILY = 3.6, 2.6


def write_products(
    folder: Path,
    *,
    drugs: int = 1500,
    items: int = 900,
    devices: int = 500,
    seed: int = 1,
    day: date,
    noise: ProductNoise | None = None,
) -> Path:
    """Write about `drugs` rows of `bpom/obat` and `devices` of `regalkes/alkes`, `items` of `lkpp/katalog` (one in five
    a device), and the reference lists, as `folder/<source>/<extract>/<day>/<file>`.

    The bytes depend on the arguments alone. Gives the path of the truth, `folder/truth/product.csv`, a row per
    written row: `source, extract, file_name, row_number` (as a person counts), `entity` (the product; null where no
    register has it), `pack`, `fault` (what was done to the row on purpose).
    """
    noise = noise or ProductNoise()
    products = make_products(seed, max(1, round(drugs / _ROWS_PER_FAMILY)), noise)
    things = make_devices(seed, max(1, round(devices / _ROWS_PER_DEVICE_FAMILY)))
    registered = write_register(products, seed=seed, day=day, noise=noise).head(drugs)
    registered_things = write_devices(things, seed=seed, noise=noise).head(devices)
    # Registers are cut at the rows asked for; the catalogue offers what they hold, and strangers of its own.
    products = products.join(registered.select("entity"), on="entity", how="semi")
    things = things.join(registered_things.select("entity"), on="entity", how="semi")
    of_devices = items // 5
    catalogue = [
        write_catalogue(products, (items - of_devices) * bool(drugs), seed=seed, day=day, noise=noise),
        write_device_items(things, of_devices * bool(devices), seed=seed, day=day, noise=noise),
    ]
    lists = {
        "bpom/obat": registered,
        "regalkes/alkes": registered_things,
        "lkpp/katalog": pl.concat(catalogue, how="vertical_relaxed"),
    }
    told = []
    for extract, rows in lists.items():
        layout = files.LAYOUTS[extract]
        layout.save(rows.drop(_TRUTH), folder / extract / day.isoformat())
        told.append(_tell(rows, extract, layout, day))
    for extract, rows in _references(day).items():
        files.LAYOUTS[extract].save(rows, folder / extract / day.isoformat())
    truth = folder / "truth" / "product.csv"
    truth.parent.mkdir(parents=True, exist_ok=True)
    pl.concat(told).write_csv(truth)
    return truth


def _tell(rows: pl.DataFrame, extract: str, layout: files.Layout, day: date) -> pl.DataFrame:
    source, _, name = extract.partition("/")
    return rows.with_row_index("row_number", offset=layout.first_row).select(
        source=pl.lit(source),
        extract=pl.lit(name),
        file_name=pl.lit(f"{day.isoformat()}/{layout.file}"),
        row_number="row_number",
        entity=pl.col("entity").cast(pl.Int64),
        pack=pl.col("pack").cast(pl.Int64),
        fault="fault",
    )


def _references(day: date) -> dict[str, pl.DataFrame]:
    """Substances, their ATC codes, the formulary and the prices of the JKN, from the templates that there are."""
    templates = list_templates()
    single = templates.filter(~pl.col("names").str.contains("+", literal=True))
    names = single.select(nama="names").unique(maintain_order=True).sort("nama")
    salt = pl.col("nama").str.extract(f" ({'|'.join(_salts())}.*)$")
    base = pl.coalesce(pl.col("nama").str.strip_suffix(pl.lit(" ") + salt), "nama")
    codes = templates.select(kode="atc", nama=pl.col("names").str.replace_all("+", " DAN ", literal=True)).unique(
        "kode"
    )
    groups = [
        codes.select(kode=pl.col("kode").str.head(n), nama=pl.lit(f"KELOMPOK {n}")).unique() for n in (1, 3, 4, 5)
    ]
    all_codes = pl.concat([codes, *(g.with_columns(nama=pl.concat_str(pl.lit("KELOMPOK "), "kode")) for g in groups)])
    parents = {7: 5, 5: 4, 4: 3, 3: 1}
    parent = pl.coalesce(
        pl.when(pl.col("kode").str.len_chars() == n).then(pl.col("kode").str.head(m)) for n, m in parents.items()
    )
    listed = templates.filter(pl.col("template") % 3 != 0)
    number = (92_000_000 + pl.col("template") * 11).cast(pl.String)
    prices = listed.join(pl.DataFrame({"regional": ["regional1", "regional2", "regional3"]}), how="cross")
    return {
        "referensi/zat_aktif": names.select("nama", garam=salt, basa=base, cas=pl.lit(None, pl.String)),
        "referensi/atc": all_codes.with_columns(induk=parent).sort("kode"),
        "referensi/fornas": listed.select(
            zat=_joined("names"), kekuatan=_joined("strength"), bentuk="form", tingkat=pl.lit("1, 2, 3")
        ),
        "referensi/harga_jkn": prices.select(
            kode_kfa=number,
            nama=phrase("{} {}", _paired(), "form"),
            dasar=pl.lit("HK.01.07/MENKES/0000/2025"),
            regional="regional",
            harga=(200 + pl.col("template") * 17 % 5000 + pl.col("regional").str.slice(-1).cast(pl.Int64) * 10).cast(
                pl.String
            ),
            satuan=pl.col("form").str.extract(r"^(\w+)"),
            mulai=pl.lit(date(day.year, 1, 1)).cast(pl.String),
            akhir=pl.lit(date(day.year, 12, 31)).cast(pl.String),
        ),
    }


def _salts() -> list[str]:
    ends = {
        line.split(";")[0].split("+")[0].partition(" ")[2].split(" ")[0]
        for line in words.COMPOSITIONS.strip().splitlines()
    }
    return sorted(
        end
        for end in ends
        if end
        and end
        not in (
            "MEFENAMAT",
            "ASETILSALISILAT",
            "TRANEKSAMAT",
            "ASKORBAT",
            "VALPROAT",
            "DIKLOFENAK",
            "GLARGIN",
            "KLORIDA",
        )
    )


def _joined(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all("+", ", ", literal=True)


def _paired() -> pl.Expr:
    """`PARASETAMOL 500 mg, KAFEIN 50 mg`."""
    names, strengths = pl.col("names").str.split("+").list, pl.col("strength").str.split("+").list
    first = names.get(0) + " " + strengths.get(0)
    second = names.get(1, null_on_oob=True) + " " + strengths.get(1, null_on_oob=True)
    return pl.concat_str(first, second, separator=", ", ignore_nulls=True)
