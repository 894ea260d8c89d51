"""Writes the visits of the sample, and what was found at them, as NDJSON of facilities; the truth beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.sample.clinical_lines import lines
from sehatmu.sample.clinical_noise import ClinicalNoise
from sehatmu.sample.clinical_rows import found_at, times, visit_rows
from sehatmu.sample.dice import Rolls
from sehatmu.sample.nights import world_at
from sehatmu.sample.noise import Changes, Noise
from sehatmu.sample.people import SANDBOX
from sehatmu.sample.registers import write_registers

_SLICE = 1 << 15  # visits made at a time
_NIK, _NUMBER = r"^[0-9]{16}$", r"^[0-9]{11}$"
_SANDBOX_DOCTOR = "10009880728"


def write_clinical(
    folder: Path,
    *,
    visits: int = 300,
    seed: int = 1,
    day: date,
    noise: ClinicalNoise | None = None,
    facilities: int = 3000,
    first_day: date | None = None,
) -> Path:
    """Write `faskes/kunjungan` and `faskes/diagnostik`: `visits` visits and about five times as many other resources.

    Patients and health workers are those that `write_people` and `write_practitioners` wrote to the same folder, on the
    same day or on `first_day`; the facilities are hospitals of `write_sample` with the same seed and count that know
    their number on the platform. Visits that are late are delivered on the next day, in a file `terlambat.ndjson`. The
    bytes depend on the arguments and on these files.

    Gives the path of the truth, `folder/truth/clinical.csv`, a row per line: `extract, file_name, row_number,
    resource_type, number, fault` (what the line was made wrong by; null for nothing).
    """
    noise = noise or ClinicalNoise()
    people = {
        "patient": _patients(_read(folder, "faskes", "pasien", first_day or day)),
        "doctor": _doctors(_read(folder, "sisdmk", "tenaga", first_day or day)),
        "place": _places(seed, facilities),
    }
    empty = [name for name, rows in people.items() if rows.is_empty()]
    if empty:
        raise SehatmuError("nobody to make visits of", evidence=", ".join(empty), hint="make a larger sample")
    told: list[pl.DataFrame] = []
    written: dict[tuple[date, str], int] = {}
    for start in range(0, visits, _SLICE):
        ids = np.arange(start, min(start + _SLICE, visits), dtype=np.int64)
        rows = times(visit_rows(ids, seed=seed, day=day, people=people, noise=noise))
        for on, extract, part in _parts(rows, day, seed, noise):
            path = (
                folder / "faskes" / extract / on.isoformat() / ("terlambat.ndjson" if on > day else f"{extract}.ndjson")
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            before = written.get((on, extract), 0)
            with path.open("ab" if before else "wb") as file:
                file.write(("\n".join(part["line"]) + "\n").encode())
            written[on, extract] = before + part.height
            name = pl.lit(f"{on.isoformat()}/{path.name}")
            told.append(
                part.with_row_index("row_number", offset=before + 1).select(
                    "row_number", "resource_type", "number", "fault", extract=pl.lit(extract), file_name=name
                )
            )
    truth = folder / "truth" / "clinical.csv"
    truth.parent.mkdir(parents=True, exist_ok=True)
    pl.concat(told).write_csv(truth)
    return truth


def _parts(rows: pl.DataFrame, day: date, seed: int, noise: ClinicalNoise) -> Iterator[tuple[date, str, pl.DataFrame]]:
    """The lines of a slice of visits by day and extract: `line, resource_type, number, fault`."""
    found = found_at(rows, seed=seed, noise=noise)
    for is_late, on in ((False, day), (True, day + timedelta(days=1))):
        some = rows.filter(pl.col("is_late") == is_late)
        if some.height:
            yield on, "kunjungan", _spoiled("Encounter", some, seed, noise)
    others = [_spoiled(kind, some, seed, noise) for kind, some in found.items() if some.height]
    if others:
        yield day, "diagnostik", pl.concat(others)


def _spoiled(kind: str, rows: pl.DataFrame, seed: int, noise: ClinicalNoise) -> pl.DataFrame:
    """The lines of one type, some of them wrong, some of them twice."""
    ids = np.arange(rows.height, dtype=np.int64) + (rows["id"].to_numpy()[0] << 8)
    rolls = Rolls(seed, f"lines of {kind}", ids)
    edges = np.cumsum([noise.broken, noise.future, noise.no_status, noise.again])
    at = np.searchsorted(edges, rolls.unit("fault"), side="right")
    fault = pl.Series(at).replace_strict({0: "broken", 1: "future", 2: "no-status", 3: "again"}, default=None)
    # A specimen and a condition have no such time or status.
    has_both = kind in ("Encounter", "Observation", "DiagnosticReport")
    text = pl.col("line")
    told = rows.select("number", "unknown", resource_type=pl.lit(kind), line=lines(kind, rows)).with_columns(
        fault=pl.when(pl.lit(fault).is_in(["broken", "again"]) | pl.lit(has_both)).then(pl.lit(fault)).cast(pl.String)
    )
    future = pl.col("line").str.replace(r'"(issued|end)":"\d{4}', '"${1}":"2999')
    made = told.with_columns(
        line=pl.when(pl.col("fault") == "broken").then(text.str.head(80))
        .when(pl.col("fault") == "future").then(future)
        .when(pl.col("fault") == "no-status").then(text.str.replace(r'"status":"[a-z-]+",', ""))
        .otherwise(text),
        times=pl.when(pl.col("fault") == "again").then(2).otherwise(1),
        fault=pl.coalesce("fault", pl.when("unknown").then(pl.lit("unknown-patient"))),
    )  # fmt: skip
    return made.select(pl.all().exclude("times").repeat_by("times").explode()).drop("unknown")


def _read(folder: Path, source: str, extract: str, day: date) -> pl.DataFrame:
    place = folder / source / extract / day.isoformat()
    for path in sorted(place.glob(f"{extract}.*")):
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    raise SehatmuError(f"no {source}/{extract} of that day", evidence=str(folder), hint="write people and jobs first")


def _patients(rows: pl.DataFrame) -> pl.DataFrame:
    """`no_ihs, nik` of those who can be referred to, the sandbox first, each number once."""
    known = rows.select(
        no_ihs=pl.when(pl.col("no_ihs").str.contains(r"^P[0-9]{11}$")).then("no_ihs"),
        nik=pl.when(pl.col("nik").str.contains(_NIK)).then("nik"),
    ).unique(maintain_order=True)
    first = pl.DataFrame({"no_ihs": [n for _, n, *_ in SANDBOX if n], "nik": [str(k) for k, n, *_ in SANDBOX if n]})
    return pl.concat([first, known.filter(pl.col("no_ihs").is_not_null() | pl.col("nik").is_not_null())])


def _doctors(rows: pl.DataFrame) -> pl.DataFrame:
    """`number` of health workers on the platform, that of the sandbox first."""
    numbers = rows["no_ihs"].filter(rows["no_ihs"].str.contains(_NUMBER)).unique().sort()
    return pl.DataFrame({"number": [_SANDBOX_DOCTOR, *numbers]})


def _places(seed: int, facilities: int) -> pl.DataFrame:
    """`number` of the hospitals that know theirs on the platform."""
    world, _ = world_at(seed, facilities, night=1, noise=Noise(), changes=Changes())
    known = write_registers(world, seed=seed, noise=Noise())["sirs/rumah_sakit"]["kode_satusehat"]
    return known.filter(known.str.contains(r"^[0-9]{10}$")).unique().sort().to_frame("number")
