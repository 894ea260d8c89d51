"""The products of the sample: packs, numbers and faults as told, the truth beside, the same bytes again."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.sample import ProductNoise, write_products
from sehatmu.sample.products import list_packs, list_templates, make_products

DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("products")
    write_products(folder, drugs=300, items=200, devices=80, day=DAY)
    return folder


def read(folder: Path, extract: str, file: str) -> pl.DataFrame:
    path = folder / extract / DAY.isoformat() / file
    return pl.read_ndjson(path) if "json" in file else pl.read_csv(path, infer_schema=False)


def test_every_written_row_has_its_truth_by_file_and_row(made: Path) -> None:
    truth = pl.read_csv(made / "truth/product.csv")
    assert truth.group_by("source").len().sort("source").rows() == [("bpom", 300), ("lkpp", 200), ("regalkes", 80)]
    items = read(made, "lkpp/katalog", "katalog.csv")
    of_items = truth.filter(pl.col("source") == "lkpp")
    assert of_items["row_number"].to_list() == list(range(2, 2 + items.height))
    registered = truth.filter(pl.col("source") != "lkpp")["entity"]
    assert of_items["entity"].drop_nulls().is_in(registered.implode()).all()
    assert of_items.filter(pl.col("fault") == "not-registered")["entity"].null_count() > 0


def test_faults_stand_in_the_rows_that_tell_them(made: Path) -> None:
    rows = read(made, "lkpp/katalog", "katalog.csv").with_columns(
        pl.read_csv(made / "truth/product.csv").filter(pl.col("source") == "lkpp")["fault"]
    )
    assert set(rows.filter(pl.col("fault") == "price-one")["harga"]) <= {"1"}
    assert (rows.filter(pl.col("fault") == "percent-lost")["tkdn"].cast(pl.Float64) > 100).all()
    assert rows.filter(pl.col("fault") == "number-note")["nie"].str.ends_with("*)").all()


def test_the_same_arguments_write_the_same_bytes(made: Path, tmp_path: Path) -> None:
    write_products(tmp_path, drugs=300, items=200, devices=80, day=DAY)
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert all((made / name).read_bytes() == (tmp_path / name).read_bytes() for name in files)


def test_a_larger_country_begins_with_the_smaller_one() -> None:
    few, many = (make_products(3, count, ProductNoise()) for count in (20, 40))
    assert many.head(few.height).equals(few)


def test_without_noise_a_number_tells_class_origin_and_form_and_sisters_have_their_own() -> None:
    products = make_products(1, 200, ProductNoise.none())
    assert not products["shares_number"].any()
    assert products["head"].str.contains(r"^[DG][TKPN][LI]$").all()
    assert (products["head"].str.starts_with("G") == products["brand"].is_null()).all()
    packs = list_packs(products)
    assert packs.select("entity", "inner").is_duplicated().sum() == 0


def test_brands_are_never_shared_and_every_template_is_one_composition_form_and_strength() -> None:
    products = make_products(1, 3000, ProductNoise())
    brands = products.filter(pl.col("brand").is_not_null()).unique("family")["brand"]
    assert brands.n_unique() == len(brands)
    assert not list_templates().select("names", "form", "strength").is_duplicated().any()
    assert not products.filter(pl.col("brand").is_null()).select("template", "maker").is_duplicated().any()
