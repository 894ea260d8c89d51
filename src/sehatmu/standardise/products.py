"""The standard tables of the product domain: registrations, items of the catalogue and reference rows as records, what
they are known by, what they hold, what they cost, and what was odd about them.

The night calls `standardise_products`. Reading of pharmaceutical text is `pharma`'s; here it is put together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.product_content import read_content
from sehatmu.standardise.product_extracts import gather_products
from sehatmu.standardise.product_lists import find_atc_oddities, list_atc, read_atc, read_fornas
from sehatmu.standardise.product_names import (
    company_key,
    device_codes,
    device_words,
    read_brands,
)
from sehatmu.standardise.product_numbers import read_numbers
from sehatmu.standardise.product_packs import read_packs, read_prices
from sehatmu.standardise.product_words import describe_products, find_oddities
from sehatmu.standardise.text import clean_text

#: Raise it with every change of what standardising makes of a value: it is part of `link_hash`.
STANDARDISER_VERSION = "1"
_KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "series", "is_subject", "official_id")
#: Columns that linkage may read.
EVIDENCE = (
    "kind", "nie_base", "brand_kind", "brand_key", "generic_key", "maker_key", "substance_key", "strength_key",
    "form_code", "template_key", "name_full", "name_number", "device_key", "device_words", "device_codes",
)  # fmt: skip
#: Columns that tell levels apart.
_LEVELS = ("device_template_key", "pack_key", "substance_keys")
#: What golden records choose from, in the words of the published tables.
_ATTRIBUTES = (
    "name", "template_name", "generic_name", "pack_name", "device_template_name", "farmalkes_type",
    "dosage_form_code", "dosage_form_name", "rute_pemberian_code", "rute_pemberian_name", "uom_name", "pack_uom_name",
    "strength", "substance_count", "controlled_drug_code", "controlled_drug_name", "generik", "nama_dagang",
    "manufacturer", "manufacturer_country", "produksi_buatan", "registrar", "nie", "nie_issued_date", "nie_expiry_date",
    "active", "atc_code", "fornas_level", "cas", "container", "qty", "volume", "volume_uom_name", "kategori",
    "sub_kategori", "jenis", "sub_jenis", "med_dev_kelas_risiko", "tipe", "ukuran", "device_volume", "net_weight",
    "kode_lkpp", "tayang_lkpp", "fix_price", "kode_kbki", "score_tkdn", "score_bmp", "score_tkdn_bmp",
)  # fmt: skip
#: What lists of items and prices are told from, as delivered.
_TOLD = (
    "nama_produk", "merek", "produsen", "penyedia", "nie_told", "kfa_code_told", "product_template_name",
    "document_ref", "region_code", "price", "valid_from", "valid_to",
)  # fmt: skip


def standardise_products(
    accepted: Mapping[str, pl.DataFrame],
    books: Codebooks,
    *,
    as_of: date,
    hashed: Collection[str] = EVIDENCE,
) -> dict[str, pl.DataFrame]:
    """`record`, `identifier`, `substance`, `price`, `atc`, `finding` of the current rows.

    `accepted`: frames by `<source>_<extract>`; each may be absent. `hashed` are the columns that linkage reads;
    registrations hold or have expired as on `as_of`. The order of rows does not matter.
    """
    rows = _classify(gather_products(accepted), books)
    content, ingredients = read_content(rows, books)
    rows = rows.join(content, on="row", how="left", maintain_order="left")
    rows = rows.join(read_packs(rows, books), on="row", how="left", maintain_order="left")
    rows = pl.concat([rows, read_brands(rows)], how="horizontal")
    rows = _evidence(rows)
    codes = read_atc(accepted.get("referensi_atc"), books)
    rows = rows.join(codes, on="substance_key", how="left", maintain_order="left")
    fornas = read_fornas(accepted.get("referensi_fornas"), books)
    rows = rows.join(fornas, on="template_key", how="left", maintain_order="left")
    prices = read_prices(rows.filter(pl.col("source") == "lkpp"))
    unit_prices = prices.select("record_key", fix_price="unit_price")
    rows = rows.join(unit_prices, on="record_key", how="left", maintain_order="left")
    rows = _list_substances(rows, ingredients)
    rows = describe_products(rows, books, as_of)
    classes = list_atc(accepted.get("referensi_atc"))
    return {
        "record": _finish(rows, books, hashed),
        "identifier": _identify(rows),
        "substance": _substances(rows, ingredients, codes),
        "price": prices,
        "atc": classes,
        "finding": pl.concat([find_oddities(rows), find_atc_oddities(classes)]).sort(
            "record_key", "finding", "detail", nulls_last=True
        ),
    }


def _classify(rows: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Adds the registration number as read, and what an item of the catalogue is."""
    rows = rows.join(read_numbers(rows, books), on="row", how="left", maintain_order="left")
    commodity = clean_text(pl.col("commodity"))
    is_device = pl.col("nie_kind").is_in(["device", "household"]) | (
        pl.col("nie_kind").is_null() & commodity.str.contains(r"\b(?:ALAT|ALKES|DEVICE|BMHP|PKRT)\b").fill_null(False)
    )
    guessed = pl.when(is_device).then(pl.lit("device")).otherwise(pl.lit("product"))
    return rows.with_columns(series=pl.coalesce("series", guessed))


def _evidence(rows: pl.DataFrame) -> pl.DataFrame:
    """What linkage compares, and the keys of the levels."""
    is_drug, is_device = pl.col("series") == "product", pl.col("series") == "device"
    said = pl.concat_str("name", "brand_text", "tipe", "ukuran", separator=" ", ignore_nulls=True)
    thing = pl.coalesce(clean_text(pl.col("jenis")), clean_text(pl.col("name")))
    size = clean_text(pl.col("ukuran")).fill_null("")
    return rows.with_columns(
        kind=pl.when(is_drug | is_device).then("series"),
        maker_key=pl.when(is_drug | is_device).then(company_key(pl.col("maker_text"))),
        template_key=pl.concat_str("content_key", "form_code", separator="|"),
        name_full=pl.when(is_drug).then(clean_text(pl.col("name"))),
        device_words=pl.when(is_device).then(device_words(said)),
        device_codes=pl.when(is_device).then(device_codes(said)),
        device_template_key=pl.when(is_device & pl.col("is_subject")).then(pl.concat_str(thing, size, separator="|")),
        pack_key=pl.when(is_drug).then("pack_key"),
    ).with_columns(device_key=pl.concat_str("device_words", "device_codes", separator="|"))


def _list_substances(rows: pl.DataFrame, ingredients: pl.DataFrame) -> pl.DataFrame:
    """Adds `substance_keys`, in the order of the text: each place of it is a part of the level of substances."""
    lists = ingredients.sort("row", "position").group_by("row", maintain_order=True).agg(substance_keys="substance_key")
    return rows.join(lists, on="row", how="left", maintain_order="left")


def _identify(rows: pl.DataFrame) -> pl.DataFrame:
    found = [
        rows.select("record_key", namespace=pl.lit("nie"), code="nie"),
        rows.filter(pl.col("source") == "lkpp").select("record_key", namespace=pl.lit("lkpp"), code="source_key"),
        rows.filter(pl.col("source") == "lkpp").select("record_key", namespace=pl.lit("kbki"), code="kbki"),
    ]
    return pl.concat(found).drop_nulls().sort("record_key", "namespace")


def _substances(rows: pl.DataFrame, ingredients: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """One row per record and substance, by the key that the place has on the level of substances.

    `name` is the substance without salt, `zat_aktif` as told; `origin_key` the record; `cas` and `atc_code` as the
    reference lists have them.
    """
    ordered = ingredients.sort("row", "position").with_columns(place=pl.int_range(1, pl.len() + 1).over("row"))
    told = ordered.rename({"position": "position_told"}).join(
        rows.select("row", *_KEYS[:5], "cas"), on="row", maintain_order="left"
    )
    return (
        told.select(
            *_KEYS[1:5],
            "substance_key",
            "zat_aktif",
            "kekuatan_zat_aktif",
            "amount",
            "unit",
            "per_amount",
            "per_unit",
            "cas",
            record_key=phrase("{}@substance#{}", "record_key", "place"),
            origin_key="record_key",
            name="base",
        )
        .join(codes, on="substance_key", how="left", maintain_order="left")
        .sort("record_key")
    )


def _finish(rows: pl.DataFrame, books: Codebooks, hashed: Collection[str]) -> pl.DataFrame:
    columns = list(dict.fromkeys((*_KEYS, *EVIDENCE, *_LEVELS, *_ATTRIBUTES, *_TOLD)))
    version = f"{STANDARDISER_VERSION}|{books.version}"
    evidence = rows.select([c for c in EVIDENCE if c in hashed])
    return rows.select(columns).with_columns(hash_rows(evidence, version))
