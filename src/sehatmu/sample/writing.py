"""Puts one night of the sample together: the world, the registers' files, and the truth beside them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.sample.beds import write_beds
from sehatmu.sample.faults import break_rows
from sehatmu.sample.files import LAYOUTS
from sehatmu.sample.holdings import held_by
from sehatmu.sample.nights import world_at
from sehatmu.sample.noise import Changes, Noise
from sehatmu.sample.places import region_list
from sehatmu.sample.registers import write_registers

_ENTITY = (
    "entity", "kind", "kind_code", "word", "stem", "number", "parent", "prov_code", "kab_code", "kec_code",
    "kel_code", "owner", "official", "open_night", "closed_night", "about",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleTruth:
    """Where the truth of the night last written stands: CSV files in one folder, and how they were made.

    `facility`: `source, extract, source_key, entity, file_name, row_number`, a line per written row that has
    a key; `source_key` is without stray blanks, `row_number` as a person counts in the file. `fault`: the
    same without key, with `fault, fault_column`, a line per row made to break the contract. `entity`: what
    each facility truly is. `change`: `night, entity, change, other_entity`, what happened since the first
    night. `settings`: JSON, what `write_next_night` goes on from.
    """

    folder: Path

    @property
    def facility(self) -> Path:
        return self.folder / "facility.csv"

    @property
    def fault(self) -> Path:
        return self.folder / "fault.csv"

    @property
    def entity(self) -> Path:
        return self.folder / "entity.csv"

    @property
    def change(self) -> Path:
        return self.folder / "change.csv"

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"


def write_sample(
    folder: Path,
    *,
    facilities: int = 3000,
    seed: int = 1,
    day: date,
    night: int = 1,
    noise: Noise | None = None,
    changes: Changes | None = None,
    truth: Path | None = None,
) -> SampleTruth:
    """Write every facility extract of one night as `folder/<source>/<extract>/<day>/<file>`.

    The bytes depend on the arguments alone; `day` names the folders and nothing else. `night` 2 is the same
    country after one night of changes. Truth goes to `truth`, by default `folder/truth`, and replaces that
    of an earlier night.
    """
    noise, changes = noise or Noise(), changes or Changes()
    world, changed = world_at(seed, facilities, night=night, noise=noise, changes=changes)
    registers = write_registers(world, seed=seed, noise=noise)
    hospitals = held_by(world, "sirs/rumah_sakit", seed=seed, noise=noise)
    plain = {
        "sirs/tempat_tidur": write_beds(hospitals, seed=seed),
        "referensi/wilayah": region_list(seed, stale=noise.stale_regions),
    }
    broken = {extract: break_rows(rows, extract, seed=seed, noise=noise) for extract, rows in registers.items()}
    written = {
        extract: rows.drop("entity", "key", "corrected", "fault", "fault_column") for extract, rows in broken.items()
    }
    for extract, rows in (plain | written).items():
        if rows.height:  # a register that holds nothing of a very small country delivers nothing
            LAYOUTS[extract].save(rows, folder / extract / day.isoformat())
    told = [_tell(rows, extract, day) for extract, rows in broken.items()]
    beside = SampleTruth(truth or folder / "truth")
    beside.folder.mkdir(parents=True, exist_ok=True)
    rows = pl.concat(told)
    rows.filter(pl.col("source_key").is_not_null()).drop("fault", "fault_column").write_csv(beside.facility)
    rows.filter(pl.col("fault").is_not_null()).drop("source_key").write_csv(beside.fault)
    world.select(_ENTITY).write_csv(beside.entity)
    changed.write_csv(beside.change)
    made: dict[str, Any] = {"facilities": facilities, "seed": seed, "night": night}
    made |= {"noise": asdict(noise), "changes": asdict(changes)}
    beside.settings.write_text(json.dumps(made, indent=1) + "\n")
    return beside


def write_next_night(folder: Path, *, day: date, truth: Path | None = None) -> SampleTruth:
    """Write the night after the one whose truth stands there: same seed, noise and rates of change."""
    made = json.loads(SampleTruth(truth or folder / "truth").settings.read_text())
    return write_sample(
        folder,
        facilities=made["facilities"],
        seed=made["seed"],
        day=day,
        night=made["night"] + 1,
        noise=Noise(**made["noise"]),
        changes=Changes(**made["changes"]),
        truth=truth,
    )


def _tell(rows: pl.DataFrame, extract: str, day: date) -> pl.DataFrame:
    (source, _, name), layout = extract.partition("/"), LAYOUTS[extract]
    return rows.with_row_index("row_number", offset=layout.first_row).select(
        source=pl.lit(source),
        extract=pl.lit(name),
        source_key="key",
        entity="entity",
        file_name=pl.lit(f"{day.isoformat()}/{layout.file}"),
        row_number="row_number",
        fault="fault",
        fault_column="fault_column",
    )
