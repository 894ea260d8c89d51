"""The tables that the dictionary of drugs and devices publishes beside its golden records.

Numbers, ingredients, synonyms, prices with their history, the ATC, items without a product, findings: each a plain
frame from the standard tables and what every record is on every level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.golden.coverage import list_identifiers
from sehatmu.golden.findings import list_findings
from sehatmu.identity.state import State, redirects
from sehatmu.phrase import phrase

Published = Callable[[str], pl.DataFrame | None]
OTHER_PRODUCT, SHARED_NUMBER = "nie:other-product", "nie:several-products"
_KEYS = ("master_id", "record_key", "source", "extract", "source_key")
_PRICE = ("kode_lkpp", "wilayah_harga", "pack_price", "satuan", "qty", "unit_price", "valid_from", "valid_to")


def product_tables(
    standard: Mapping[str, pl.DataFrame],
    links: pl.DataFrame,
    identity_findings: pl.DataFrame,
    state: State,
    golden: pl.DataFrame,
    contracts: Path,  # noqa: ARG001 - every domain is called alike
    published: Published,
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `kfa`, without the golden ones.

    `standard`: the standard tables `record`, `identifier`, `substance`, `price`, `atc`, `finding`, and
    `level`, what every record is on every level. `golden` are the products. `published` gives a table of the parent
    build.
    """
    record, level, day = standard["record"], standard["level"], state.builds[-1]
    things = own_links(record, level)
    numbers = standard["identifier"]
    strangers = find_strangers(numbers, things, record)
    shared = find_shared(numbers, things, record)
    # Classes of the ATC have no identity; what is odd about one is still told with its row.
    known = links.select(_KEYS)
    known = pl.concat([known, standard["atc"].select(pl.lit(None, pl.String).alias("master_id"), *_KEYS[1:])])
    findings = pl.concat([standard["finding"], strangers.select("record_key", "finding", "detail")])
    return {
        "product_identifier": list_identifiers(
            numbers, things, build_date=day, previous=published("product_identifier")
        ),
        "active_ingredient": list_ingredients(standard["substance"], level),
        "synonym": list_synonyms(standard["substance"], record, things, level, golden),
        "price": list_prices(standard["price"], things, day, published("price")),
        "price_jkn": list_jkn(record, level, state),
        "atc": list_classes(standard["atc"]),
        "unmatched_item": list_unmatched(record, things, level, numbers),
        "finding": list_findings(findings, known, pl.concat([identity_findings.select(shared.columns), shared])),
    }


def own_links(record: pl.DataFrame, level: pl.DataFrame) -> pl.DataFrame:
    """What product or device each record is: keys and `master_id`, null for items that are linked to none."""
    subjects = record.filter(pl.col("series").is_in(["product", "device"]))
    told = level.select("record_key", "master_id", series="level")
    return subjects.select("record_key", "source", "extract", "source_key", "series").join(
        told, on=["record_key", "series"], how="left", maintain_order="left"
    )


def find_strangers(numbers: pl.DataFrame, things: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Items whose number is that of another, clearly different product: `record_key, finding, detail`."""
    registered, asked = _holders(numbers, things, record)
    held = (
        asked.join(registered, on="code")
        .group_by("record_key", "code", "master_id")
        .agg(is_there=(pl.col("holder") == pl.col("master_id")).any(), holder=pl.col("holder").min())
    )
    return held.filter(~pl.col("is_there").fill_null(False) & pl.col("holder").is_not_null()).select(
        "record_key",
        finding=pl.lit(OTHER_PRODUCT),
        detail=phrase("{} is {}", "code", "holder"),
    )


def find_shared(numbers: pl.DataFrame, things: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Products and devices whose registration number is that of others too: `master_id, finding, detail`."""
    registered, _ = _holders(numbers, things, record)
    shared = registered.unique().filter(pl.len().over("code") > 1)
    return shared.select(
        master_id="holder",
        finding=pl.lit(SHARED_NUMBER),
        detail=phrase("{} is the number of {} of them", "code", pl.len().over("code")),
    )


def _holders(numbers: pl.DataFrame, things: pl.DataFrame, record: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who holds each registration number by the registers (`code, holder`), and which items tell which number."""
    subjects = record.filter("is_subject").select("record_key")
    told = numbers.filter(pl.col("namespace") == "nie").join(things.select("record_key", "master_id"), on="record_key")
    registered = told.join(subjects, on="record_key", how="semi").select("code", holder="master_id")
    return registered.drop_nulls(), told.join(subjects, on="record_key", how="anti")


def list_ingredients(substances: pl.DataFrame, level: pl.DataFrame) -> pl.DataFrame:
    """The substances of every template, as the first of its records tells them."""
    templates = level.filter((pl.col("level") == "template") & pl.col("master_id").is_not_null())
    first = (
        templates.group_by("master_id").agg(origin_key=pl.col("record_key").min()).rename({"master_id": "template_id"})
    )
    known = level.filter(pl.col("level") == "substance").select("record_key", substance_id="master_id")
    told = substances.join(first, on="origin_key").join(known, on="record_key", how="left")
    return told.sort("template_id", "substance_key", "record_key").select(
        "template_id",
        pl.int_range(1, pl.len() + 1).over("template_id").cast(pl.Int64).alias("position"),
        "substance_id",
        "zat_aktif",
        "kekuatan_zat_aktif",
        "amount",
        "unit",
        "per_amount",
        "per_unit",
    )


def list_synonyms(
    substances: pl.DataFrame, record: pl.DataFrame, things: pl.DataFrame, level: pl.DataFrame, golden: pl.DataFrame
) -> pl.DataFrame:
    """Names beside the published one, of substances and of products: `master_id, synonym`."""
    known = level.filter(pl.col("level") == "substance").select("record_key", "master_id")
    spelled = substances.join(known, on="record_key").select("master_id", synonym="zat_aktif", name="name")
    drugs = things.filter(pl.col("series") == "product")
    named = drugs.join(record.select("record_key", "name"), on="record_key").select("master_id", synonym="name")
    named = named.join(golden.select("master_id", "name"), on="master_id", how="left")
    told = pl.concat([spelled, named.select(spelled.columns)]).drop_nulls(["master_id", "synonym"])
    told = told.with_columns(pl.col("synonym").str.to_uppercase())
    differs = pl.col("synonym").ne_missing(pl.col("name").str.to_uppercase())
    return told.filter(differs).select("master_id", "synonym").unique().sort("master_id", "synonym")


def list_prices(prices: pl.DataFrame, things: pl.DataFrame, day: date, previous: pl.DataFrame | None) -> pl.DataFrame:
    """Prices that hold, since when they were delivered, and those that no longer are, until when."""
    held = prices.join(things.select("record_key", "master_id"), on="record_key").select("master_id", *_PRICE)
    if previous is None:
        return held.with_columns(since_date=pl.lit(day), until_date=pl.lit(None, pl.Date))
    running = previous.filter(pl.col("until_date").is_null())
    since = running.select(*_PRICE, "since_date")
    now = held.join(since, on=list(_PRICE), how="left", nulls_equal=True, maintain_order="left")
    now = now.with_columns(pl.col("since_date").fill_null(pl.lit(day)), until_date=pl.lit(None, pl.Date))
    ended = running.join(now, on=["kode_lkpp", "since_date", "pack_price"], how="anti")
    ended = ended.with_columns(until_date=pl.lit(day))
    return pl.concat(
        [part.select(now.columns) for part in (now, ended, previous.filter(pl.col("until_date").is_not_null()))]
    )


def list_jkn(record: pl.DataFrame, level: pl.DataFrame, state: State) -> pl.DataFrame:
    """Reference prices with the template that their number leads to, or that their name tells."""
    rows = record.filter(pl.col("series") == "template")
    forward = redirects(state).select("retired_id", "current_id")
    active = state.masters.filter(pl.col("status") == "active").select(by_number="master_id", kfa_code="master_id")
    by_name = level.filter(pl.col("level") == "template").select("record_key", by_name="master_id")
    told = rows.join(by_name, on="record_key", how="left").join(
        forward, left_on="kfa_code_told", right_on="retired_id", how="left"
    )
    told = told.with_columns(kfa_code=pl.coalesce("current_id", "kfa_code_told")).join(
        active, on="kfa_code", how="left"
    )
    return told.select(
        pl.coalesce("by_number", "by_name").alias("template_id"),
        "product_template_name",
        "document_ref",
        "region_code",
        "uom_name",
        kfa_code="kfa_code_told",
        price_unit="price",
        start_date="valid_from",
        end_date="valid_to",
    )


def list_classes(classes: pl.DataFrame) -> pl.DataFrame:
    """The tree of the ATC, one row per code: `code, name, level, parent_code`."""
    told = classes.sort("code", "name", "record_key", nulls_last=True)
    return told.unique("code", keep="first", maintain_order=True).select("code", "name", "level", "parent_code")


def list_unmatched(
    record: pl.DataFrame, things: pl.DataFrame, level: pl.DataFrame, numbers: pl.DataFrame
) -> pl.DataFrame:
    """Items without a product or device, with the template that they would be and why they are left."""
    alone = things.filter(pl.col("master_id").is_null()).select("record_key")
    templates = level.filter(pl.col("level") == "template").select("record_key", template_id="master_id")
    registered, asked = _holders(numbers, things, record)
    known = asked.join(registered.select("code").unique(), on="code", how="semi").select("record_key")
    rows = record.join(alone, on="record_key", how="semi").join(templates, on="record_key", how="left")
    elsewhere = pl.col("record_key").is_in(known["record_key"].implode())
    return rows.select(
        "nama_produk",
        "merek",
        "produsen",
        "penyedia",
        "template_id",
        kode_lkpp="source_key",
        komoditas="series",
        nie="nie_told",
        reason=pl.when(pl.col("nie_told").is_null())
        .then(pl.lit("no-number"))
        .when(elsewhere)
        .then(pl.lit("number-elsewhere"))
        .otherwise(pl.lit("number-unknown")),
    )
