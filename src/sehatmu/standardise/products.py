"""The standard tables of the product domain: registrations, items of the catalogue and reference rows as records, what
they are known by, what they hold, what they cost, and what was odd about them.

The night calls `standardise_products`. Reading of pharmaceutical text is `pharma`'s; here it is put together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.product_content import read_content
from sehatmu.standardise.product_extracts import gather_products
from sehatmu.standardise.product_lists import read_atc, read_fornas
from sehatmu.standardise.product_names import (
    company_key,
    company_land,
    company_name,
    device_codes,
    device_words,
    read_brands,
)
from sehatmu.standardise.product_numbers import read_numbers
from sehatmu.standardise.product_packs import read_packs, read_prices
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
    "active", "atc_code", "fornas_level", "cas", "container", "qty", "volume", "volume_uom_name", "kategori", "sub_kategori",
    "jenis", "sub_jenis", "med_dev_kelas_risiko", "tipe", "ukuran", "device_volume", "net_weight", "kode_lkpp",
    "tayang_lkpp", "fix_price", "kode_kbki", "score_tkdn", "score_bmp", "score_tkdn_bmp",
)  # fmt: skip
#: What lists of items and prices are told from, as delivered.
_TOLD = (
    "nama_produk", "merek", "produsen", "penyedia", "nie_told", "kfa_code_told", "product_template_name",
    "document_ref", "region_code", "price", "valid_from", "valid_to",
)  # fmt: skip
_NIE_FLAGS = ("two-numbers", "remark", "unreadable")


def standardise_products(
    accepted: Mapping[str, pl.DataFrame],
    books: Codebooks,
    *,
    as_of: date,
    hashed: Collection[str] = EVIDENCE,
) -> dict[str, pl.DataFrame]:
    """`record`, `identifier`, `substance`, `price`, `finding` of the current rows.

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
    rows = _describe(rows, books, as_of)
    return {
        "record": _finish(rows, books, hashed),
        "identifier": _identify(rows),
        "substance": _substances(rows, ingredients, codes),
        "price": prices,
        "finding": _find(rows),
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


def _describe(rows: pl.DataFrame, books: Codebooks, as_of: date) -> pl.DataFrame:
    """The published words of every row."""
    is_drug, is_device = pl.col("series") == "product", pl.col("series") == "device"
    is_template, is_item = pl.col("series") == "template", pl.col("source") == "lkpp"
    classes = books["drug_classes"]
    told = clean_text(pl.col("class_text"))
    # The longest words first: `bebas terbatas` is no `bebas`.
    longest = classes.sort(pl.col("words").str.len_chars(), "words", descending=[True, False])
    by_words = pl.coalesce(
        pl.when(told.str.contains(w)).then(pl.lit(c)) for c, w in longest.select("code", "words").rows()
    )
    by_number = pl.col("nie_class").replace_strict(classes["letter"], classes["code"], default=None)
    code = pl.coalesce(by_number, by_words)
    label = code.replace_strict(classes["code"], classes["name"], default=None)
    land = pl.coalesce(clean_text(pl.col("country")), company_land(pl.col("maker_text")))
    abroad = pl.coalesce(pl.col("nie_origin") == "import", land != "INDONESIA")
    template = pl.concat_str("substance_text", "form_name", separator=" ")
    holds = (pl.col("expires") >= pl.lit(as_of)) & pl.col("nie").is_not_null()
    thing = pl.concat_str("name", "ukuran", separator=" ", ignore_nulls=True)
    unit = pl.when(is_device | is_template).then("unit_text").when(is_drug & pl.col("is_subject")).then("pack_uom_name")
    risk = clean_text(pl.col("risk_text")).str.extract(r"^(?:KELAS )?([A-D1-4])$")
    return rows.with_columns(
        template_name=template,
        generic_name=pl.concat_str(template, pl.lit("(Umum)"), separator=" "),
        device_template_name=pl.when(is_device).then(thing),
        farmalkes_type=pl.when(is_drug)
        .then(
            pl.when(clean_text(pl.col("category_text")).str.contains("VAKSIN"))
            .then(pl.lit("vaccine"))
            .otherwise(pl.lit("medicine"))
        )
        .when(is_device)
        .then(pl.when(pl.col("nie_kind") == "household").then(pl.lit("pkrt")).otherwise(pl.lit("device"))),
        dosage_form_code="form_code",
        dosage_form_name="form_name",
        rute_pemberian_code=_of_route(books, "atc_route"),
        rute_pemberian_name=_of_route(books, "name"),
        class_told=pl.when(is_drug & by_number.is_not_null()).then(by_words),
        controlled_drug_code=pl.when(is_drug).then(code),
        controlled_drug_name=pl.when(is_drug).then(label),
        generik=pl.when(is_drug).then(pl.col("brand_kind") == "generic"),
        nama_dagang=pl.when((is_drug & (pl.col("brand_kind") == "brand")) | is_device).then(
            pl.coalesce("brand_text", "name_core")
        ),
        manufacturer=company_name(pl.col("maker_text")),
        uom_name=unit,
        manufacturer_country=land,
        produksi_buatan=pl.when(abroad).then(pl.lit("import")).when(~abroad).then(pl.lit("lokal")),
        nie_issued_date="issued",
        nie_expiry_date="expires",
        active=pl.when(holds).then(pl.lit(True)),
        med_dev_kelas_risiko=risk.replace({"1": "A", "2": "B", "3": "C", "4": "D"}),
        device_volume=pl.when(is_device).then("volume_told"),
        net_weight="weight_told",
        kode_lkpp=pl.when(is_item).then("source_key"),
        tayang_lkpp="is_shown",
        kode_kbki="kbki",
        score_tkdn="tkdn",
        score_bmp="bmp",
        score_tkdn_bmp=(pl.col("tkdn") + pl.col("bmp")).round(2),
        nama_produk=pl.when(is_item).then("name"),
        merek=pl.when(is_item).then("brand_text"),
        produsen=pl.when(is_item).then("maker_text"),
        penyedia=pl.when(is_item).then("seller"),
        nie_told="nie",
        kfa_code_told=pl.when(is_template).then("kode_kfa"),
        product_template_name=pl.when(is_template).then("name"),
        document_ref="decree",
        region_code=pl.when(is_template).then("region_text"),
        official_id="kode_kfa",
    )


def _of_route(books: Codebooks, column: str) -> pl.Expr:
    routes = books["routes"].drop_nulls(column)
    return pl.col("route").replace_strict(routes["route"], routes[column], default=None)


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
            record_key=pl.format("{}@substance#{}", "record_key", "place"),
            origin_key="record_key",
            name="base",
        )
        .join(codes, on="substance_key", how="left", maintain_order="left")
        .sort("record_key")
    )


def _find(rows: pl.DataFrame) -> pl.DataFrame:
    """What the rows themselves show: `record_key, finding, detail`."""
    is_drug = pl.col("series") == "product"
    registered = is_drug & pl.col("is_subject")
    several = pl.col("substance_count") > 20
    nothing = pl.lit(None, pl.String)
    said = {
        "text:html": (pl.col("has_html"), nothing),
        "composition:missing": (registered & pl.col("composition").is_null(), nothing),
        "composition:unread": (registered & pl.col("composition_residue").is_not_null(), pl.col("composition_residue")),
        "composition:many": (registered & several, pl.format("{} substances", "substance_count")),
        "strength:missing": (registered & pl.col("strength_key").is_null(), nothing),
        "form:unread": (is_drug & pl.col("form_code").is_null(), pl.col("form_text")),
        "pack:unread": (registered & pl.col("pack_unread").fill_null(False), pl.col("pack_text")),
        **{f"nie:{flag}": (pl.col("nie_flags").list.contains(flag), pl.col("nie_text")) for flag in _NIE_FLAGS},
        "nie:class-differs": (pl.col("class_told") != pl.col("controlled_drug_code"), pl.col("class_text")),
        "nie:origin-differs": (
            (pl.col("nie_origin") == "local") & (pl.col("manufacturer_country") != "INDONESIA"),
            pl.col("manufacturer_country"),
        ),
        "registration:expired": (
            pl.col("is_subject") & pl.col("expires").is_not_null() & pl.col("active").is_null(),
            pl.col("expires").cast(pl.String),
        ),
    }
    found = [
        rows.filter(condition.fill_null(False)).select("record_key", finding=pl.lit(name), detail=detail)
        for name, (condition, detail) in said.items()
    ]
    flags = rows.select("record_key", finding="flags").explode("finding").drop_nulls()
    found.append(flags.with_columns(detail=nothing))
    return pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *found]).sort(
        "record_key", "finding", "detail", nulls_last=True
    )


def _finish(rows: pl.DataFrame, books: Codebooks, hashed: Collection[str]) -> pl.DataFrame:
    columns = list(dict.fromkeys((*_KEYS, *EVIDENCE, *_LEVELS, *_ATTRIBUTES, *_TOLD)))
    version = f"{STANDARDISER_VERSION}|{books.version}"
    evidence = rows.select([c for c in EVIDENCE if c in hashed])
    return rows.select(columns).with_columns(hash_rows(evidence, version))
