"""Drugs and devices made comparable: what is read from which column, and what does not depend on the order of rows."""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.product_lists import find_atc_oddities, list_atc, read_atc, read_fornas
from sehatmu.standardise.products import EVIDENCE, standardise_products
from tests.products import DAY, accepted, books, drug, item, standard


def record(tables: dict[str, pl.DataFrame], key: str) -> dict[str, object]:
    return tables["record"].filter(pl.col("source_key") == key).row(0, named=True)


def test_a_registration_and_an_item_of_it_tell_the_same_facts() -> None:
    tables = standard(bpom_obat=[drug("a")], lkpp_katalog=[item("1", nama_produk="Parasetamol 0,5 g tablet")])
    registered, offered = record(tables, "a"), record(tables, "1")
    for fact in (
        "kind",
        "substance_key",
        "strength_key",
        "form_code",
        "template_key",
        "brand_key",
        "maker_key",
        "nie_base",
    ):
        assert registered[fact] is not None, fact
        assert registered[fact] == offered[fact], fact
    assert registered["pack_key"] == offered["pack_key"]


def test_strength_behind_the_form_belongs_to_the_composition() -> None:
    tables = standard(
        bpom_obat=[
            drug("behind", bentuk_sediaan="sirup; 120 mg/5 mL", komposisi="PARASETAMOL", nama_produk="CONTOHMOL"),
            drug("within", bentuk_sediaan="sirup", komposisi="PARASETAMOL 24 mg/mL", nama_produk="CONTOHMOL"),
        ]
    )
    assert record(tables, "behind")["strength_key"] == record(tables, "within")["strength_key"] == "24 mg/mL"
    assert record(tables, "behind")["template_key"] == record(tables, "within")["template_key"]


def test_strengths_of_a_combination_pair_with_their_substances() -> None:
    tables = standard(
        bpom_obat=[
            drug("a", komposisi="VALSARTAN 80 mg, AMLODIPIN BESILAT 5 mg"),
            drug("b", komposisi="AMLODIPIN BESILAT 5 mg, VALSARTAN 80 mg"),
            drug("c", komposisi="AMLODIPIN BESILAT 80 mg, VALSARTAN 5 mg"),
        ],
        lkpp_katalog=[item("1", nama_produk="VALSARTAN / AMLODIPIN BESILAT 80 mg / 5 mg tablet", merek=None)],
    )
    keys = {key: record(tables, key)["template_key"] for key in ("a", "b", "c", "1")}
    assert keys["a"] == keys["b"] == keys["1"] != keys["c"]


def test_a_generic_is_known_by_its_number_or_by_its_name() -> None:
    tables = standard(
        bpom_obat=[drug("g", nomor_registrasi="GKL2212300104A1", nama_produk="PARASETAMOL", merk=None), drug("d")],
        lkpp_katalog=[item("1", merek="GENERIK"), item("2", merek=None, nama_produk="Parasetamol 500 mg tablet")],
    )
    kinds = {key: record(tables, key)["brand_kind"] for key in ("g", "d", "1", "2")}
    assert kinds == {"g": "generic", "d": "brand", "1": "generic", "2": None}
    assert record(tables, "g")["nama_dagang"] is None


def test_prices_are_told_per_smallest_unit() -> None:
    tables = standard(
        lkpp_katalog=[
            item("box"),
            item("unit", satuan="tablet", isi_kemasan="1", harga=200.0),
            item("count", satuan="dus", isi_kemasan="50", harga=5000.0),
            item("bottle", nama_produk="Contohmol sirup", isi_kemasan="dus, 1 botol @ 60 mL", harga=9000.0),
            item("unknown", isi_kemasan=None, harga=9000.0),
        ]
    )
    prices = dict(tables["price"].select("kode_lkpp", "unit_price").rows())
    assert prices == {"box": 200.0, "unit": 200.0, "count": 100.0, "bottle": 9000.0, "unknown": None}


def test_reference_lists_lead_to_what_records_have() -> None:
    lists = accepted(
        referensi_atc=[{"kode": "N02BE01", "nama": "PARACETAMOL"}, {"kode": "N02BE", "nama": "PARACETAMOL"}],
        referensi_fornas=[
            {"zat": "Parasetamol", "kekuatan": "500 mg", "bentuk": "tablet", "tingkat": "1, 2, 3"},
            {"zat": "Valsartan, amlodipin", "kekuatan": "80 mg, 5 mg", "bentuk": "tablet", "tingkat": "3"},
            {"zat": "Ibuprofen", "kekuatan": None, "bentuk": "tablet", "tingkat": "1"},
        ],
    )
    assert read_atc(lists["referensi_atc"], books())["atc_code"].to_list() == ["N02BE01"]
    assert read_fornas(lists["referensi_fornas"], books()).height == 2
    rows = accepted(bpom_obat=[drug("a")]) | lists
    told = standardise_products(rows, books(), as_of=DAY)["record"].row(0, named=True)
    assert (told["atc_code"], told["fornas_level"]) == ("N02BE01", "1, 2, 3")


def atc(*told: tuple[str, str | None, str | None]) -> pl.DataFrame:
    """The classes of a list of (code, name, parent) as delivered, each row with a key of its own."""
    rows = [{"key": f"{n}", "kode": c, "nama": name, "induk": p} for n, (c, name, p) in enumerate(told)]
    return list_atc(accepted(referensi_atc=rows)["referensi_atc"])


def test_classes_of_the_atc_have_their_level_and_the_class_above() -> None:
    tree = atc(
        ("N02BE01", "paracetamol", "N02BE"),
        ("N02BE", " Anilides ", "n02b"),
        ("N02B", "OTHER ANALGESICS", None),
        ("N02", "ANALGESICS", "-"),
        ("N", "NERVOUS SYSTEM", None),
    )
    assert tree.select("code", "name", "level", "parent_code").rows() == [
        ("N", "NERVOUS SYSTEM", "1", ""),
        ("N02", "ANALGESICS", "2", "N"),
        ("N02B", "OTHER ANALGESICS", "3", "N02"),
        ("N02BE", "Anilides", "4", "N02B"),
        ("N02BE01", "paracetamol", "5", "N02BE"),
    ]
    assert find_atc_oddities(tree).is_empty()
    assert list_atc(None).schema == tree.schema


def test_a_class_whose_parent_is_missing_or_told_otherwise_stays_and_is_told() -> None:
    tree = atc(("N", "a", None), ("N02BE", "b", "N02B"), ("N02", "c", "M"), ("N02", "d", "N"), ("M", "e", "N"))
    assert tree.select("code", "parent_code").rows() == [
        ("M", ""), ("N", ""), ("N02", "N"), ("N02", "N"), ("N02BE", "N02B")
    ]  # fmt: skip
    told = find_atc_oddities(tree)
    assert told.select(pl.col("record_key").str.split("|").list.last(), "finding", "detail").rows() == [
        ("1", "atc:parent-missing", "N02B is not listed"),
        ("2", "atc:parent-differs", "M is told for N02"),
        ("3", "atc:code-doubled", "N02 is told before"),
        ("4", "atc:parent-differs", "N is told for M"),
    ]


def test_a_price_of_the_jkn_tells_the_template_of_its_name_with_its_number() -> None:
    price = {"kode_kfa": "92000101", "nama": "PARASETAMOL 500 mg Tablet", "harga": 350.0, "key": "p"}
    tables = standard(bpom_obat=[drug("a")], referensi_harga_jkn=[price])
    assert record(tables, "p")["template_key"] == record(tables, "a")["template_key"]
    assert record(tables, "p")["official_id"] == "92000101"
    assert record(tables, "p")["kind"] is None


def test_the_order_of_rows_decides_nothing() -> None:
    rows = [drug("a"), drug("b", komposisi="IBUPROFEN 200 mg"), drug("c", kemasan="botol @ 100 tablet")]
    items = [item("1"), item("2", nie=None)]
    once, again = standard(bpom_obat=rows, lkpp_katalog=items), standard(bpom_obat=rows[::-1], lkpp_katalog=items[::-1])
    for name, frame in once.items():
        assert frame.equals(again[name]), name


def test_what_linkage_does_not_read_changes_no_hash() -> None:
    plain, other = (standard(bpom_obat=[drug("a", nama_pendaftar=name)]) for name in ("PT A", "PT B"))
    assert plain["record"]["link_hash"].item() == other["record"]["link_hash"].item()
    spelled = standard(bpom_obat=[drug("a", nama_produsen="PT LAIN")])
    assert plain["record"]["link_hash"].item() != spelled["record"]["link_hash"].item()
    assert set(EVIDENCE) <= set(plain["record"].columns)


def test_a_night_without_any_list_has_its_tables() -> None:
    tables = standardise_products({}, books(), as_of=DAY)
    assert {name: frame.height for name, frame in tables.items()} == dict.fromkeys(tables, 0)
