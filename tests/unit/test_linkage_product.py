"""The rules of `linkage/product.yaml`: what is one product, and what never is."""

from __future__ import annotations

import pytest

from tests.products import Row, drug, identified, item, on_level, standard

SYRUP = {"bentuk_sediaan": "sirup", "komposisi": "PARASETAMOL 120 mg/5 mL", "kemasan": "dus, 1 botol @ 60 mL"}


def products(*registered: Row, items: list[Row] | None = None) -> dict[str, str | None]:
    tables = standard(bpom_obat=list(registered), lkpp_katalog=items or [])
    return on_level(identified(tables), "product")


def test_packs_of_a_product_are_one_product_and_two_packs() -> None:
    rows = [drug("a"), drug("b", kemasan="dus, 3 strip @ 10 tablet", nomor_registrasi="DKL2212300104A2")]
    told = identified(standard(bpom_obat=rows))
    assert on_level(told, "product")["a"] == on_level(told, "product")["b"]
    assert on_level(told, "pack")["a"] != on_level(told, "pack")["b"]


def test_a_registration_that_expired_and_the_one_after_it_are_one_product() -> None:
    told = products(drug("old", nomor_registrasi="DKL1712300904A1"), drug("new"))
    assert told["old"] == told["new"]


@pytest.mark.parametrize(
    "other",
    [
        {"komposisi": "PARASETAMOL 650 mg", "nama_produk": "CONTOHMOL 650"},
        {"komposisi": "PARASETAMOL 0,65 g"},
        {"bentuk_sediaan": "kapsul", "kemasan": "dus, 10 strip @ 10 kapsul"},
        {"komposisi": "IBUPROFEN 500 mg"},
        {"komposisi": "PARASETAMOL 500 mg, KAFEIN 65 mg"},
        SYRUP,
        {"nama_produk": "PARASETAMOL", "merk": None, "nomor_registrasi": "GKL2212300104A1"},
        {"merk": "LAINMOL", "nama_produk": "LAINMOL"},
    ],
)
def test_strength_form_substance_and_brand_part_products_even_under_one_number(other: dict[str, object]) -> None:
    told = products(drug("a"), drug("b", **other))
    assert told["a"] != told["b"]


@pytest.mark.parametrize(
    "same",
    [
        {"komposisi": "ACETAMINOPHEN 0,5 g"},
        {"komposisi": "Parasetamol 500mg", "bentuk_sediaan": "TABLET"},
        {"nama_produsen": "contoh farma - indonesia", "nomor_registrasi": None},
        {"nama_produk": "Contohmol tablet 500 mg", "merk": None},
    ],
)
def test_spellings_do_not_part_a_product(same: dict[str, object]) -> None:
    told = products(drug("a"), drug("b", **same))
    assert told["a"] == told["b"]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"nie": None},
        {"nie": "DKL 2212300104A1*)"},
        {"nie": None, "produsen": None},
        {"merek": None, "produsen": None},
        {"nama_produk": "CONTOHMOL TABLET 500MG, dus, 10 strip @ 10 tablet", "nie": None},
        {"nama_produk": "PARASETAMOL 500 mg tablet", "nie": None},
    ],
)
def test_an_item_is_linked_by_its_number_or_by_brand_strength_and_form(told: dict[str, object]) -> None:
    found = products(drug("a"), items=[item("1", **told)])
    assert found["1"] == found["a"]


@pytest.mark.parametrize(
    "told",
    [
        {"nama_produk": "Contohmol 650 mg tablet"},
        {"nama_produk": "Contohmol 120 mg/5 mL sirup"},
        {"nama_produk": "Ibuprofen 500 mg tablet", "merek": None},
        {"nama_produk": "Lainmol 500 mg tablet", "merek": "Lainmol"},
        {"nama_produk": "Parasetamol 500 mg tablet", "merek": None, "nie": None},
        {"nama_produk": "Contohmol tablet", "nie": None, "isi_kemasan": None},
        {"nie": None, "merek": "GENERIK", "nama_produk": "Parasetamol 500 mg tablet", "produsen": None},
    ],
)
def test_an_item_is_never_guessed(told: dict[str, object]) -> None:
    found = products(drug("a"), items=[item("1", **told)])
    assert found["1"] is None


def test_an_item_with_a_sisters_number_goes_by_its_strength() -> None:
    sister = drug("b", komposisi="PARASETAMOL 650 mg", nama_produk="CONTOHMOL 650")
    found = products(drug("a"), sister, items=[item("1", nama_produk="Contohmol 650 mg tablet")])
    assert found["1"] == found["b"] != found["a"]


def test_sizes_of_a_device_share_a_number_and_are_two_devices() -> None:
    def thing(key: str, size: str) -> dict[str, object]:
        return {
            "key": key, "nomor_izin_edar": "KEMENKES RI AKD 20205310017", "nama_produk": "Masker Bedah",
            "merk": "CONTOHMASK", "tipe": "A-1", "ukuran": size, "jenis": "2410003", "produsen": "PT CONTOH",
        }  # fmt: skip

    offered = item("1", komoditas="Alat Kesehatan", nama_produk="MASKER BEDAH CONTOHMASK A-1 ANAK", merek="Contohmask",
                   nie="AKD20205310017", isi_kemasan=None)  # fmt: skip
    told = identified(standard(regalkes_alkes=[thing("a", "Dewasa"), thing("b", "Anak")], lkpp_katalog=[offered]))
    devices = on_level(told, "device")
    assert devices["1"] == devices["b"] != devices["a"]
    assert on_level(told, "device_template")["a"] != on_level(told, "device_template")["b"]
    assert set(on_level(told, "product")) == set()
