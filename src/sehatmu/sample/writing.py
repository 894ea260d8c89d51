"""Puts one night of the sample together: the world, the registers' files, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.sample.codes import give_codes
from sehatmu.sample.facilities import facilities as make_facilities
from sehatmu.sample.files import LAYOUTS
from sehatmu.sample.noise import Noise
from sehatmu.sample.places import region_list
from sehatmu.sample.registers import held_by, with_service_codes, write_beds, write_registers


@dataclass(frozen=True, slots=True)
class SampleTruth:
    """Where the truth of the night last written stands. All CSV, all text.

    `facility`: `source, extract, source_key, entity, file_name, row_number`, a line per written row with a
    key. `entity`: what each facility truly is.
    """

    facility: Path
    entity: Path


def write_sample(
    folder: Path, *, facilities: int = 3000, seed: int = 1, day: date, noise: Noise | None = None
) -> SampleTruth:
    """Write every facility extract of one night as `folder/<source>/<extract>/<day>/<file>`, truth beside.

    The bytes depend on the arguments alone. `day` names the folders and nothing else.
    """
    noise = noise or Noise()
    world = give_codes(make_facilities(seed, facilities)).with_columns(
        closing=pl.lit(False), corrected=pl.lit(False), recoded=pl.lit(False), about=pl.col("entity")
    )
    coded = with_service_codes(world, seed=seed, noise=noise)
    tables = write_registers(coded, seed=seed, noise=noise)
    tables["sirs/tempat_tidur"] = write_beds(held_by(world, "sirs/rumah_sakit", seed), seed=seed)
    tables["referensi/wilayah"] = region_list(seed, stale=noise.stale_regions)
    truths = []
    for extract, rows in tables.items():
        layout = LAYOUTS[extract]
        path = layout.save(rows.drop("entity", "key", strict=False), folder / extract / day.isoformat())
        if "key" in rows.columns:
            truths.append(_truth(rows, extract, f"{day.isoformat()}/{path.name}", layout.first_row))
    beside = folder / "truth"
    beside.mkdir(parents=True, exist_ok=True)
    truth = SampleTruth(beside / "facility.csv", beside / "entity.csv")
    pl.concat(truths).write_csv(truth.facility)
    world.select(
        "entity", "kind", "kind_code", "word", "stem", "number", "parent", "prov_code", "kab_code", "kec_code",
        "kel_code", "owner", "official",
    ).write_csv(truth.entity)  # fmt: skip
    return truth


def _truth(rows: pl.DataFrame, extract: str, file_name: str, first_row: int) -> pl.DataFrame:
    source, _, name = extract.partition("/")
    return rows.with_row_index("row_number", offset=first_row).select(
        source=pl.lit(source),
        extract=pl.lit(name),
        source_key="key",
        entity="entity",
        file_name=pl.lit(file_name),
        row_number="row_number",
    )
