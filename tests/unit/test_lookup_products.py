"""The catalogue in the lookup file and in the service: made of tables as a build with products has them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from starlette.testclient import TestClient

from sehatmu.home import Home
from sehatmu.lookup.check import check_lookup
from sehatmu.lookup.write import write_lookup
from tests.publishing import new_home
from tests.serving import let_in, publish, serve, text_of

_PROCURED = (
    "NULL::DOUBLE AS fix_price, NULL::BOOLEAN AS tayang_lkpp, NULL::VARCHAR AS kode_lkpp, NULL::VARCHAR AS kode_kbki, "
    "NULL::DOUBLE AS score_tkdn, NULL::DOUBLE AS score_bmp, NULL::DOUBLE AS score_tkdn_bmp, "
    "DATE '2026-11-20' AS build_date"
)
_TABLES = {
    "template": "SELECT '92000001' AS master_id, '92000001' AS kfa_code, 'Parasetamol 500 mg Tablet' AS name, "
    "DATE '2026-11-20' AS build_date",
    "product": "SELECT n.id AS master_id, n.id AS kfa_code, '92000001' AS template_id, n.brand AS name, "
    "'medicine' AS farmalkes_type, 'BS066' AS dosage_form_code, 'Tablet' AS dosage_form_name, '2' AS "
    "controlled_drug_code, 'Obat Bebas' AS controlled_drug_name, 'O' AS rute_pemberian_code, 'Oral' AS "
    "rute_pemberian_name, 'Tablet' AS uom_name, NULL::BOOLEAN AS generik, n.brand AS nama_dagang, 'PT Maker' AS "
    "manufacturer, 'lokal' AS produksi_buatan, 'PT Maker' AS registrar, 'DBL7219402410A1' AS nie, true AS active, "
    "if(n.id = '93000001', 'N02BE01', NULL) AS atc_code, "
    f"{_PROCURED} FROM (VALUES ('93000001', 'SANMOL'), ('93000002', 'PAMOL')) AS n(id, brand)",
    "atc": "FROM (VALUES ('N', 'NERVOUS SYSTEM', '1', ''), ('N02', 'ANALGESICS', '2', 'N'), "
    "('N02BE', 'Anilides', '4', 'N02B'), ('N02BE01', 'paracetamol', '5', 'N02BE')) "
    "AS t(code, name, level, parent_code)",
    "substance": "SELECT '91000001' AS master_id, '91000001' AS kfa_code",
    "active_ingredient": "SELECT '92000001' AS template_id, 1 AS position, '91000001' AS substance_id, 'Parasetamol' "
    "AS zat_aktif, '500 mg' AS kekuatan_zat_aktif",
    "pack": "SELECT '93000001' AS product_id, '94000001' AS kfa_code, 'Dus, 100 tablet' AS name, 100.0 AS qty, "
    "'Tablet' AS uom_name",
    "product_identifier": "SELECT unnest(['93000001', '93000002', '33000001']) AS master_id, 'nie' AS namespace, "
    "unnest(['DBL7219402410A1', 'DBL7219402410A1', 'AKD10101010101']) AS code",
    "device_template": "SELECT '32000001' AS master_id, '32000001' AS kfa_code, 'Kasa' AS name, '10' AS kategori, "
    "NULL AS sub_kategori, NULL AS jenis, 'A' AS med_dev_kelas_risiko, DATE '2026-11-20' AS build_date",
    "device": "SELECT '33000001' AS master_id, '33000001' AS kfa_code, '32000001' AS device_template_id, 'Kasa' AS "
    "name, 'device' AS farmalkes_type, NULL AS nama_dagang, 'PT Alkes' AS manufacturer, 'INDONESIA' AS "
    "manufacturer_country, 'lokal' AS produksi_buatan, 'PT Alkes' AS registrar, '10' AS kategori, NULL AS "
    "sub_kategori, NULL AS jenis, NULL AS sub_jenis, 'A' AS med_dev_kelas_risiko, NULL::DOUBLE AS device_volume, "
    f"NULL::DOUBLE AS net_weight, 'Pcs' AS uom_name, 'AKD10101010101' AS nie, true AS active, {_PROCURED}",
    "price_jkn": "SELECT '92000001' AS kfa_code, unnest(['regional1', 'regional2']) AS region_code, 'HK.1' AS "
    "document_ref, 'Parasetamol' AS product_template_name, 120.5 AS price_unit, 'Tablet' AS uom_name, "
    "DATE '2026-01-01' AS start_date, NULL::DATE AS end_date",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published home whose build got a catalogue."""
    home = new_home(tmp_path_factory.mktemp("catalogue"))
    publish(home)
    folder = home.current.resolve()
    with closing(duckdb.connect(str(folder / "sehatmu.duckdb"))) as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS kfa")
        for name, select in _TABLES.items():
            con.execute(f"CREATE OR REPLACE TABLE kfa.{name} AS {select}")
    write_lookup(folder)
    assert check_lookup(folder) == []
    return home


@pytest.fixture(scope="module")
def client(home: Home) -> TestClient:
    return let_in(home, serve(home))


def test_a_product_is_read_by_each_of_its_numbers(client: TestClient) -> None:
    told = client.get("/kfa-v2/products?identifier=kfa&code=93000001").json()
    assert (told["search_code"], told["search_identifier"]) == ("93000001", "kfa")
    result = told["result"]
    assert (result["name"], result["generik"], result["dosage_form"]["code"]) == ("SANMOL", None, "BS066")
    assert result["active_ingredients"][0]["kekuatan_zat_aktif"] == "500 mg"
    assert result["packaging_ids"][0]["kfa_code"] == "94000001"
    assert result["product_template"]["kfa_code"] == "92000001"
    assert client.get("/kfa-v2/products?identifier=nie&code=dbl7219402410A1").json()["result"]["name"] == "SANMOL"
    device = client.get("/kfa-v2/products", params={"identifier": "nie", "code": "AKD 10101010101"}).json()["result"]
    assert device["farmalkes_type"]["group"] == "alkes"
    assert client.get("/kfa-v2/products?identifier=kfa&code=93999999").json()["result"] is None


def test_products_are_listed_with_empty_parameters_as_no_filter(client: TestClient) -> None:
    def names(query: str) -> list[str]:
        told = client.get(f"/kfa-v2/products/all?page=1&size=10&{query}").json()
        assert told["total"] == len(told["items"]["data"])
        return [row["name"] for row in told["items"]["data"]]

    assert names("product_type=farmasi&keyword=&template_code=&packaging_code=&from_date=") == ["SANMOL", "PAMOL"]
    assert names("product_type=alkes") == ["Kasa"]
    assert names("keyword=pamol") == ["PAMOL"]
    assert names("keyword=maker%20PAM") == ["PAMOL"]  # all words, in any order
    assert names("packaging_code=94000001") == ["SANMOL"]
    assert names("template_code=92000001&farmalkes_type=medicine&to_date=2026-11-20") == ["SANMOL", "PAMOL"]
    assert names("from_date=2026-11-21") == []
    second = client.get("/kfa-v2/products/all?page=2&size=1").json()
    assert (second["total"], second["items"]["data"][0]["name"]) == (2, "PAMOL")


def test_a_drug_has_its_classes_from_the_anatomical_group_to_the_substance(client: TestClient) -> None:
    result = client.get("/kfa-v2/products?identifier=kfa&code=93000001").json()["result"]
    fields = ("code", "name", "level", "parent_code", "comment")
    assert [tuple(result[f"atc_l{level}"][field] for field in fields) for level in range(1, 6)] == [
        ("N", "NERVOUS SYSTEM", "1", "", None),
        ("N02", "ANALGESICS", "2", "N", None),
        ("N02B", None, "3", "N02", None),  # not in the list
        ("N02BE", "Anilides", "4", "N02B", None),
        ("N02BE01", "paracetamol", "5", "N02BE", None),
    ]
    other = client.get("/kfa-v2/products?identifier=kfa&code=93000002").json()["result"]
    assert {other[f"atc_l{level}"][field] for level in range(1, 6) for field in fields} == {None}


def test_classes_of_the_atc_are_listed_by_level_parent_and_page(client: TestClient) -> None:
    def codes(query: str) -> list[str]:
        told = client.get(f"/kfa/atc?{query}").json()
        assert told["total"] == len(told["items"]["data"])
        return [row["code"] for row in told["items"]["data"]]

    assert codes("page=1&size=50&level=") == ["N", "N02", "N02BE", "N02BE01"]
    assert (codes("level=1"), codes("parent_code=N02B"), codes("atc_code=n02")) == (["N"], ["N02BE"], ["N02"])
    assert codes("atc_code=N02&level=5") == []
    third = client.get("/kfa/atc?page=3&size=1").json()
    anilides = {"name": "Anilides", "code": "N02BE", "level": "4", "parent_code": "N02B", "comment": None}
    assert third == {"total": 4, "page": 3, "size": 1, "items": {"data": [anilides]}}
    assert client.get("/kfa/atc?level=6").status_code == 422


def test_drugs_of_a_class_are_those_of_the_classes_below_it(client: TestClient) -> None:
    def names(query: str) -> list[str]:
        return [row["name"] for row in client.get(f"/kfa/products/atc?{query}").json()["items"]["data"]]

    assert names("atc_code=N&level=1") == names("atc_code=N02BE01") == names("page=1&size=10") == ["SANMOL"]
    assert names("atc_code=02") == names("atc_code=M") == names("page=2") == []


@pytest.mark.parametrize("path", ["/kfa/farmalkes-price-jkn", "/kfa/products/farmalkes-price-jkn"])
def test_prices_are_told_by_region(client: TestClient, path: str) -> None:
    told = client.get(f"{path}?page=1&limit=10&kfa_code=92000001&region_code=regional2&document_ref=").json()
    assert [row["price_unit"] for row in told["items"]["data"]] == [120.5]
    assert told["items"]["data"][0]["updated_at"] == "2026-11-23 00:00:00"
    assert client.get(f"{path}?page=1&limit=1&kfa_code=92000001").json()["total"] == 2


def test_no_register_tells_tags_so_there_are_none(client: TestClient) -> None:
    for path in ("/kfa/tags?page=1&size=10", "/kfa/products/tag?tag=fornas&size=10", "/kfa/products/tag?size=10"):
        assert client.get(path).json() == {"total": 0, "page": 1, "size": 10, "items": {"data": []}}, path


def test_a_malformed_question_is_422_and_says_where(client: TestClient) -> None:
    for query, name in (
        ("products/all?page=0", "page"),
        ("products/all?size=1001", "size"),
        ("products/all?product_type=obat", "product_type"),
        ("products/all?from_date=kemarin", "from_date"),
        ("products?identifier=kfa", "code"),
        ("products?code=1", "identifier"),
    ):
        answer = client.get(f"/kfa-v2/{query}")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", name]), query
    answer = client.post("/kfa-v3/alkes/products", json={"size": 0})
    assert answer.json()["detail"][0]["loc"] == ["body", "size"]


def test_devices_are_asked_for_by_a_body(client: TestClient) -> None:
    told = client.post("/kfa-v3/alkes/products", json={"page": 1, "size": 10, "search": "kasa"}).json()
    assert (told["status"], told["meta"]["page"]["total"], told["data"][0]["kfa_code"]) == (200, 1, "33000001")
    told = client.post("/kfa-v3/alkes/products", json={"reference_code": "AKD 10101010101", "active": True}).json()
    assert told["meta"]["item_count"] == 1
    # Several with commas between, of which one is enough; sent as text by a client that names no type.
    listed = b'{"reference_code": "AKD1,akd 10101010101", "farmalkes_type": "pkrt,device", "category_code": "09,10"}'
    told = client.post("/kfa-v3/alkes/products", content=listed, headers={"content-type": "text/plain"}).json()
    assert told["meta"]["item_count"] == 1
    assert client.post("/kfa-v3/alkes/products", json={"farmalkes_type": "pkrt"}).json()["data"] == []
    assert client.post("/kfa-v3/alkes/products", json={"kfa_code": "33999999"}).json()["data"] == []
    assert client.post("/kfa-v3/alkes/products", json={"category_code": "11"}).json()["data"] == []
    (device,) = client.post("/kfa-v3/alkes/products", json={"category_code": "10"}).json()["data"]
    assert (device["display_name"], device["kategori"], device["volume"]) == ("Kasa", {"code": "10"}, -1)
    assert device["updated_at"] == "2026-11-20T00:00:00Z"
    (template,) = client.post("/kfa-v3/alkes/template", json={"search": "KASA"}).json()["data"]
    assert template["kfa_code"] == "32000001"
    assert client.post("/kfa-v3/alkes/template", json={"state": "draft"}).json()["meta"]["page"]["total"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"page": 0}',
        b'{"size": "x"}',
        b'{"active": "ya"}',
        b'{"search": 1}',
        b'{"state": "x"}',
        b"[" * 50_000,
    ],
)
def test_a_malformed_body_is_422_and_told_as_the_catalogue_does(client: TestClient, body: bytes) -> None:
    answer = client.post("/kfa-v3/alkes/products", content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"] == text_of(answer)


def test_a_build_without_a_catalogue_says_so(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    publish(home)
    client = let_in(home, serve(home))
    for path in ("/kfa-v2/products?identifier=kfa&code=93000001", "/kfa/atc", "/kfa/products/atc"):
        answer = client.get(path)
        assert (answer.status_code, "not in the current build" in text_of(answer)) == (404, True)
