"""The published words of rows about drugs and devices, and what is odd about the rows.

Called by `products` once everything has been read; changes nothing that linkage compares.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.product_names import company_land, company_name
from sehatmu.standardise.text import clean_text

_NIE_FLAGS = ("two-numbers", "remark", "unreadable")
#: More substances than a product is likely to have: a list of something else, or a composition read wrongly.
_MANY = 20


def describe_products(rows: pl.DataFrame, books: Codebooks, as_of: date) -> pl.DataFrame:
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


def find_oddities(rows: pl.DataFrame) -> pl.DataFrame:
    """What the rows themselves show: `record_key, finding, detail`."""
    is_drug = pl.col("series") == "product"
    registered = is_drug & pl.col("is_subject")
    several = pl.col("substance_count") > _MANY
    nothing = pl.lit(None, pl.String)
    said = {
        "text:html": (pl.col("has_html"), nothing),
        "composition:missing": (registered & pl.col("composition").is_null(), nothing),
        "composition:unread": (registered & pl.col("composition_residue").is_not_null(), pl.col("composition_residue")),
        "composition:many": (registered & several, phrase("{} substances", "substance_count")),
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
