"""Golden records by level, and the tables beside them: prices with their history, items without product, findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from sehatmu.golden.config import load_survivorship
from sehatmu.golden.levels import build_level
from sehatmu.golden.product import product_tables
from sehatmu.identity.identify import Identified
from sehatmu.identity.state import State
from tests.products import AUTHORED, DAY, contracts, drug, identified, item, on_level, standard

LATER = DAY + timedelta(days=1)
Frames = dict[str, pl.DataFrame]


def golden(table: str, tables: Mapping[str, pl.DataFrame], told: Identified) -> pl.DataFrame:
    return build_level(
        table,
        tables,
        told.levels,
        told.assigned.state.masters,
        load_survivorship(AUTHORED / "linkage/product.yaml"),
        index="kfa",
        build_date=DAY,
        columns=[c.name for c in contracts().index("kfa", table).columns],
    ).golden


def night(
    tables: Frames, state: State | None = None, day: date = DAY, previous: Mapping[str, pl.DataFrame] | None = None
) -> tuple[Frames, Identified]:
    told = identified(tables, state, day)
    made = product_tables(
        {**tables, "level": told.levels},
        told.links,
        told.assigned.findings,
        told.assigned.state,
        golden("product", tables, told),
        AUTHORED,
        lambda table: (previous or {}).get(table),
    )
    return made, told


def rows_of(**rows: list[Any]) -> Frames:
    return standard(**rows)


def test_the_registration_that_holds_is_the_number_of_the_product() -> None:
    old = drug("a-old", nomor_registrasi="DKL1712300904A1", masa_berlaku=date(2022, 1, 1))
    tables = rows_of(bpom_obat=[old, drug("b-new")], lkpp_katalog=[item("1", nie=None, tkdn=40.0, bmp=10.0)])
    product = golden("product", tables, identified(tables)).filter(pl.col("nie").is_not_null()).row(0, named=True)
    assert product["nie"] == "DKL2212300104A1"
    assert product["active"] is True
    assert (product["kode_lkpp"], product["fix_price"], product["score_tkdn_bmp"]) == ("1", 200.0, 50.0)
    assert (product["controlled_drug_code"], product["produksi_buatan"]) == ("3", "lokal")


def test_the_unbranded_variant_has_the_template_and_nothing_of_anybody() -> None:
    tables = rows_of(bpom_obat=[drug("a")])
    told = identified(tables)
    products, template = golden("product", tables, told), golden("template", tables, told).row(0, named=True)
    variant = products.filter(pl.col("name").str.ends_with("(Umum)")).row(0, named=True)
    assert variant["name"] == f"{template['name']} (Umum)"
    assert variant["template_id"] == template["master_id"]
    nothing = ("nie", "nama_dagang", "manufacturer", "registrar", "active", "generik", "fix_price")
    assert [variant[column] for column in nothing] == [None] * len(nothing)
    assert products.height == 2


def test_a_substance_is_one_for_its_salts_and_they_are_its_synonyms() -> None:
    rows = [drug("a", komposisi="AMLODIPIN BESILAT 5 mg"), drug("b", komposisi="AMLODIPIN MALEAT 5 mg", merk="LAIN")]
    listed = [{"key": "AMLODIPIN BESILAT", "nama": "AMLODIPIN BESILAT", "basa": "AMLODIPIN", "cas": "111470-99-6"}]
    tables = rows_of(bpom_obat=rows, referensi_zat_aktif=listed)
    made, told = night(tables)
    substance = golden("substance", tables, told)
    assert substance.select("cas", "source_count").rows() == [("111470-99-6", 2)]
    synonyms = made["synonym"].filter(pl.col("master_id") == substance["master_id"].item())["synonym"]
    assert synonyms.len() == 2
    assert made["active_ingredient"]["substance_id"].unique().to_list() == substance["master_id"].to_list()


def test_a_price_that_is_no_longer_delivered_keeps_its_row_and_ends() -> None:
    first, told = night(rows_of(bpom_obat=[drug("a")], lkpp_katalog=[item("1"), item("2", harga=30000.0)]))
    dearer = rows_of(bpom_obat=[drug("a")], lkpp_katalog=[item("1"), item("2", harga=36000.0)])
    second, again = night(dearer, told.assigned.state, LATER, first)
    prices = (
        second["price"].sort("kode_lkpp", "since_date").select("kode_lkpp", "unit_price", "since_date", "until_date")
    )
    assert prices.rows() == [("1", 200.0, DAY, None), ("2", 300.0, DAY, LATER), ("2", 360.0, LATER, None)]
    third, _ = night(dearer, again.assigned.state, LATER + timedelta(days=1), second)
    assert third["price"].sort(pl.all()).equals(second["price"].sort(pl.all()))


def test_items_without_a_product_are_listed_with_why() -> None:
    tables = rows_of(
        bpom_obat=[drug("a"), drug("b", merk="LAINMOL", nama_produk="LAINMOL", nomor_registrasi="DKL9912300204A1")],
        lkpp_katalog=[
            item("unknown", nie="DKL2999900104A1", merek="TAKADA", nama_produk="Takada 500 mg tablet"),
            item("none", nie=None, merek="TAKADA", nama_produk="Paracetamol 500 mg tablet"),
            item("elsewhere", nie="DKL9912300204A1", merek="TAKADA", nama_produk="Takada 10 mg kapsul"),
            item("fine"),
        ],
    )
    made, told = night(tables)
    listed = {
        code: (reason, template)
        for code, reason, template in made["unmatched_item"].select("kode_lkpp", "reason", "template_id").rows()
    }
    template = on_level(told, "template")["a"]
    assert listed == {
        "unknown": ("number-unknown", None),
        "none": ("no-number", template),
        "elsewhere": ("number-elsewhere", None),
    }


def test_a_number_on_a_clearly_different_product_is_a_finding() -> None:
    tables = rows_of(
        bpom_obat=[drug("a"), drug("b", komposisi="IBUPROFEN 200 mg", merk="IBU", nomor_registrasi="DKL9912300204A1")],
        lkpp_katalog=[item("1", nie="DKL9912300204A1"), item("2")],
    )
    made, told = night(tables)
    strange = made["finding"].filter(pl.col("finding") == "nie:other-product").row(0, named=True)
    products = on_level(told, "product")
    assert (strange["source_key"], strange["master_id"][:2]) == ("1", "94")
    assert strange["detail"] == f"DKL9912300204A1 is {products['b']}"
    assert products["1"] == products["a"]


def test_products_that_share_a_number_are_told() -> None:
    tables = rows_of(bpom_obat=[drug("a"), drug("b", komposisi="PARASETAMOL 650 mg", nama_produk="CONTOHMOL 650")])
    made, told = night(tables)
    shared = made["finding"].filter(pl.col("finding") == "nie:several-products")
    assert set(shared["master_id"]) == set(on_level(told, "product").values())


def test_the_atc_is_a_tree_of_one_row_per_code_and_what_is_odd_is_told_with_its_row() -> None:
    listed = [
        {"key": "N", "kode": "N", "nama": "NERVOUS SYSTEM"},
        {"key": "N02BE", "kode": "N02BE", "nama": "Anilides", "induk": "N02B"},
        {"key": "again", "kode": "N", "nama": "SYSTEM"},
    ]
    made, _ = night(rows_of(bpom_obat=[drug("a")], referensi_atc=listed))
    assert made["atc"].rows() == [("N", "NERVOUS SYSTEM", "1", ""), ("N02BE", "Anilides", "4", "N02B")]
    told = made["finding"].filter(pl.col("finding").str.starts_with("atc:")).sort("finding")
    assert told.select("finding", "master_id", "source", "extract", "source_key").rows() == [
        ("atc:code-doubled", None, "referensi", "atc", "again"),
        ("atc:parent-missing", None, "referensi", "atc", "N02BE"),
    ]


def test_reference_prices_lead_to_their_template_by_number_and_by_name() -> None:
    prices = [
        {
            "key": "1",
            "kode_kfa": "92000101",
            "nama": "PARASETAMOL 500 mg tablet",
            "harga": 350.0,
            "regional": "regional1",
        },
        {"key": "2", "kode_kfa": "92000101", "nama": None, "harga": 360.0, "regional": "regional2"},
        {"key": "3", "kode_kfa": "92000999", "nama": None, "harga": 999.0, "regional": "regional1"},
    ]
    made, told = night(rows_of(bpom_obat=[drug("a")], referensi_harga_jkn=prices))
    assert on_level(told, "template")["a"] == "92000101"
    leads = dict(made["price_jkn"].select("price_unit", "template_id").rows())
    assert leads == {350.0: "92000101", 360.0: "92000101", 999.0: None}
