"""The services of the sample: equal bytes, a truth for every row, codes of one list, names shortened in two ways."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.sample import ServiceNoise, write_services
from sehatmu.sample.services import list_rows, list_services

DAY = date(2026, 3, 1)
EXTRACTS = ("referensi/kptl", "faskes/layanan", "faskes/tarif", "referensi/paket")


def written(folder: Path, noise: ServiceNoise, *, seed: int = 1) -> dict[str, bytes]:
    write_services(folder, items=200, codes=150, hospitals=4, clinics=2, facilities=60, day=DAY, noise=noise, seed=seed)
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    one, same, other = (
        written(tmp_path / name, ServiceNoise(), seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert len(one) == len(EXTRACTS) + 2
    assert one == same
    assert one["layanan.csv"] != other["layanan.csv"]


def test_every_item_has_its_truth(tmp_path: Path) -> None:
    written(tmp_path, ServiceNoise())
    items = pl.read_csv(tmp_path / f"faskes/layanan/{DAY}/layanan.csv", infer_schema=False)
    truth = pl.read_csv(tmp_path / "truth/service.csv", infer_schema=False)
    key = items.select(
        record_key=pl.concat_str(pl.lit("faskes|layanan"), "sumber_kode", "kode_faskes", "kode_lokal", separator="|")
    )
    assert truth["record_key"].equals(key["record_key"])
    assert truth["record_key"].is_unique().all()
    codes = pl.read_csv(tmp_path / f"referensi/kptl/{DAY}/kptl.csv", infer_schema=False)["base_code"]
    assert truth["kode_kptl"].drop_nulls().is_in(codes.implode()).all()
    assert truth["kode_kptl"].null_count() > 0  # items of the facility's own


def test_without_noise_names_are_those_of_the_list(tmp_path: Path) -> None:
    written(tmp_path, ServiceNoise.none())
    items = pl.read_csv(tmp_path / f"faskes/layanan/{DAY}/layanan.csv", infer_schema=False)
    codes = pl.read_csv(tmp_path / f"referensi/kptl/{DAY}/kptl.csv", infer_schema=False)
    both = items.join(codes, left_on="kode_kptl", right_on="base_code", validate="m:1")
    assert both.height == items.height
    assert (both["nama_layanan"] == both["display"]).all()


@pytest.mark.parametrize("unseen", [False, True])
def test_words_are_shortened(tmp_path: Path, unseen: bool) -> None:
    written(tmp_path, ServiceNoise.none(short_word=1.0, unseen=unseen))
    names = pl.read_csv(tmp_path / f"faskes/layanan/{DAY}/layanan.csv", infer_schema=False)["nama_layanan"]
    longest = names.str.split(" ").list.eval(pl.element().str.len_chars().max()).list.first().max()
    assert (longest <= 5) is unseen
    assert not names.str.contains("Rontgen").any()


def test_a_list_holds_a_base_before_what_is_made_of_it_and_as_many_as_asked_for() -> None:
    services = list_services(500, seed=3)
    assert services.height == 500
    assert services["code"].is_unique().all()
    assert services["name"].is_unique().all()
    combined = services.filter(pl.col("modifier").is_not_null())
    assert combined.join(services.filter(pl.col("modifier").is_null()), on="base", how="anti").is_empty()
    rows = list_rows(services, retired=5)
    assert rows["kode_dasar"].is_unique().all()
    assert (rows["status"] == "Tidak Aktif").sum() == 5
    assert list_services(15_000, seed=1).height == 15_000
