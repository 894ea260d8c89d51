"""Bad rows of drugs and devices, from the file to what is told of them: flagged, quarantined or residue."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.home import Home
from sehatmu.intake.run import Intake, intake
from sehatmu.landing import land
from sehatmu.standardise.products import standardise_products
from tests.products import DAY, books, contracts, drug, item, standard


def deliver(folder: Path, extract: str, header: str, *rows: str) -> Intake:
    source, _, name = extract.partition("/")
    home = Home(folder / "home").create()
    path = folder / f"{name}.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    land(home, source, name, [path], day=DAY, tell=lambda _line: None)
    return intake(home, contracts().source(source, name), day=DAY, previous=None)


def findings(tables: dict[str, pl.DataFrame]) -> dict[str, str | None]:
    return {finding: detail for _, finding, detail in tables["finding"].rows()}


def test_a_draft_keeps_its_row_and_loses_its_code(tmp_path: Path) -> None:
    taken = deliver(tmp_path, "bpom/obat", "nama_produk;kode_kfa", "CONTOHMOL;/", "LAINMOL;93000012", "SALAH;9300")
    assert taken.accepted["kode_kfa"].to_list() == [None, "93000012", None]
    assert taken.accepted["flags"].list.contains("kode_kfa:pattern").to_list() == [True, False, True]
    tables = standardise_products({"bpom_obat": taken.accepted}, books(), as_of=DAY)
    assert "kode_kfa:pattern" in findings(tables)


def test_the_price_of_one_rupiah_is_no_price(tmp_path: Path) -> None:
    taken = deliver(tmp_path, "lkpp/katalog", "kode_lkpp;nama_produk;harga", "1;Contohmol;1", "2;Contohmol;1500")
    assert taken.accepted.sort("kode_lkpp")["harga"].to_list() == [None, 1500.0]
    prices = standardise_products({"lkpp_katalog": taken.accepted}, books(), as_of=DAY)["price"]
    assert prices["kode_lkpp"].to_list() == ["2"]


def test_a_percent_that_lost_its_point_is_told_and_not_mended(tmp_path: Path) -> None:
    taken = deliver(tmp_path, "lkpp/katalog", "kode_lkpp;nama_produk;tkdn;bmp", "1;A;3345;10", "2;B;33,45;1050")
    rows = taken.accepted.sort("kode_lkpp")
    assert rows["tkdn"].to_list() == [None, 33.45]
    assert rows["bmp"].to_list() == [10.0, None]
    assert rows["flags"].to_list() == [["tkdn:range"], ["bmp:range"]]


def test_minus_one_is_no_volume(tmp_path: Path) -> None:
    header = "nomor_izin_edar;nama_produk;volume;berat"
    taken = deliver(tmp_path, "regalkes/alkes", header, "AKD 20205310017;Masker;-1;-1", ";Tanpa nomor;5;5")
    assert taken.accepted.select("volume", "berat").row(0) == (None, None)
    assert taken.accepted["flags"].to_list() == [["volume:range", "berat:range"]]
    assert taken.quarantine["reasons"].to_list() == [["nomor_izin_edar:required"]]


def test_a_template_price_without_a_template_number_is_quarantined(tmp_path: Path) -> None:
    header = "kode_kfa;nama;harga"
    taken = deliver(tmp_path, "referensi/harga_jkn", header, "93000001;Paracetamol;100", "92000001;Paracetamol;1")
    assert taken.accepted.is_empty()
    assert taken.quarantine["reasons"].list.join(",").sort().to_list() == ["harga:range", "kode_kfa:pattern"]


def test_html_goes_and_is_told() -> None:
    tables = standard(bpom_obat=[drug("a", komposisi="<p>PARASETAMOL&nbsp;500 mg</p>", nama_produk="<b>CONTOHMOL</b>")])
    record = tables["record"].row(0, named=True)
    assert record["name"] == "CONTOHMOL"
    assert record["strength_key"] == "500 mg"
    assert "text:html" in findings(tables)


def test_a_missing_composition_is_told_and_the_row_stays() -> None:
    tables = standard(bpom_obat=[drug("a", komposisi=None, nama_produk="CONTOHMOL", merk=None)])
    record = tables["record"].row(0, named=True)
    assert record["substance_key"] is None
    assert record["template_key"] is None
    assert {"composition:missing", "strength:missing"} <= set(findings(tables))


@pytest.mark.parametrize(
    ("number", "read", "finding"),
    [
        ("DKL2212300104A1 / DKL9912300104A1", None, "nie:two-numbers"),
        ("DKL2212300104A1*)", "DKL2212300104A1", "nie:remark"),
        ("segera terbit", None, "nie:unreadable"),
        ("DKL 2212300104 A1", "DKL2212300104A1", None),
    ],
)
def test_numbers_are_read_where_they_are_sure(number: str, read: str | None, finding: str | None) -> None:
    tables = standard(lkpp_katalog=[item("1", nie=number)])
    assert tables["record"]["nie_told"].item() == read
    assert tables["identifier"].filter(pl.col("namespace") == "nie")["code"].to_list() == ([read] if read else [])
    told = [name for name in findings(tables) if name.startswith("nie:")]
    assert told == ([finding] if finding else [])


def test_forty_substances_are_kept_and_told() -> None:
    many = ", ".join(f"SUBSTANSI{chr(65 + n // 26)}{chr(65 + n % 26)} {n + 1} mg" for n in range(40))
    tables = standard(bpom_obat=[drug("a", komposisi=many)])
    assert tables["record"]["substance_count"].item() == 40
    assert tables["substance"].height == 40
    assert findings(tables)["composition:many"] == "40 substances"


def test_an_unknown_unit_makes_no_strength() -> None:
    tables = standard(bpom_obat=[drug("a", komposisi="PARASETAMOL 500 zorg", nama_produk="CONTOHMOL")])
    record = tables["record"].row(0, named=True)
    assert record["strength_key"] is None
    assert record["template_key"] is None
    assert "strength:missing" in findings(tables)


def test_class_and_origin_are_held_against_the_number() -> None:
    tables = standard(
        bpom_obat=[
            drug("a", golongan="Obat Bebas Terbatas"),
            drug("b", golongan="Psikotropika", nomor_registrasi="DPL2212300104A1"),
            drug("c", negara_produsen="JERMAN"),
        ]
    )
    told = set(tables["finding"].select("record_key", "finding").rows())
    assert ("bpom|obat|a", "nie:class-differs") in told
    assert ("bpom|obat|b", "nie:class-differs") not in told
    assert ("bpom|obat|c", "nie:origin-differs") in told


def test_an_expired_registration_is_told_on_the_day_after_its_last() -> None:
    rows = [drug("a", masa_berlaku=date(2026, 2, 28)), drug("b", masa_berlaku=DAY)]
    tables = standard(bpom_obat=rows)
    assert dict(tables["record"].select("source_key", "active").rows()) == {"a": None, "b": True}
    expired = tables["finding"].filter(pl.col("finding") == "registration:expired")["record_key"].to_list()
    assert expired == ["bpom|obat|a"]
