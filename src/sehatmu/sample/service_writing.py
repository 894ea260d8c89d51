"""Writes the services and prices of the sample: the national list, what facilities offer and ask, packages, the
truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from sehatmu.sample.dice import Rolls
from sehatmu.sample.files import LAYOUTS
from sehatmu.sample.registrations import deliverers
from sehatmu.sample.service_noise import ServiceNoise
from sehatmu.sample.service_rows import local_items
from sehatmu.sample.services import list_rows, list_services
from sehatmu.sample.tariff_rows import package_rows, tariff_rows

_SOURCES = {"yankes_rs": 3, "puskesmas_pusdatin_lama": 1}
_ITEM = (
    "sumber_kode",
    "kode_faskes",
    "kode_lokal",
    "nama_layanan",
    "kelompok",
    "kode_kptl",
    "kode_icd9cm",
    "kode_loinc",
)


def write_services(
    folder: Path,
    *,
    items: int = 1500,
    codes: int = 1000,
    hospitals: int = 20,
    clinics: int = 10,
    seed: int = 1,
    day: date,
    noise: ServiceNoise | None = None,
    facilities: int = 3000,
) -> Path:
    """Write `referensi/kptl`, `faskes/layanan`, `faskes/tarif` and `referensi/paket` of one country.

    About `items` items of the lists of `hospitals` hospitals and `clinics` puskesmas (of those that `write_sample`
    makes with the same seed and count of `facilities`; fewer where it has fewer), over `codes` national codes.

    Gives the folder of the truth, `folder/truth`: `service.csv` (`record_key, kode_kptl`: null where an item is of no
    national service, `fault`), `tariff_fault.csv` (the key of a price, and what was made wrong with it).
    """
    noise = noise or ServiceNoise()
    services = list_services(codes, seed=seed)
    places = _choose_places(deliverers(seed, facilities), hospitals, clinics, seed)
    offered = local_items(services, places, items, seed=seed, noise=noise)
    prices = tariff_rows(offered, seed=seed, day=day, noise=noise)
    written = {
        "referensi/kptl": list_rows(services, retired=services.height),
        "faskes/layanan": offered.select(_ITEM),
        "faskes/tarif": prices.drop("fault"),
        "referensi/paket": package_rows(seed=seed, day=day),
    }
    for extract, rows in written.items():
        LAYOUTS[extract].save(rows, folder / extract / day.isoformat())
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    key = pl.concat_str(pl.lit("faskes|layanan"), "sumber_kode", "kode_faskes", "kode_lokal", separator="|")
    told = offered.join(services.select("entity", true_code="code"), on="entity", how="left", maintain_order="left")
    told.select(record_key=key, kode_kptl="true_code", fault="fault").write_csv(truth / "service.csv")
    prices.filter(pl.col("fault").is_not_null()).select(
        "sumber_kode", "kode_faskes", "kode_lokal", "penjamin", "kelas_perawatan", "berlaku_mulai", "fault"
    ).write_csv(truth / "tariff_fault.csv")
    return truth


def _choose_places(places: pl.DataFrame, hospitals: int, clinics: int, seed: int) -> pl.DataFrame:
    rolls = Rolls(seed, "service places", np.arange(places.height, dtype=np.int64))
    shuffled = places.with_columns(rank=pl.Series(rolls.unit("rank"))).sort("rank", "sumber_kode", "kode_faskes")
    chosen = [
        shuffled.filter(pl.col("sumber_kode") == source).head(count).with_columns(size=pl.lit(_SOURCES[source]))
        for source, count in zip(_SOURCES, (hospitals, clinics), strict=True)
    ]
    return pl.concat(chosen).select("sumber_kode", "kode_faskes", "size").sort("sumber_kode", "kode_faskes")
