"""The data sets: persons of our sample at any size, and FEBRL. Made once into the cache; the truth in a file apart."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import date
from pathlib import Path

import polars as pl
from engines import CONTRACTS, HERE, Bench
from environments import python_of
from splink_job import Training

from sehatmu import sample
from sehatmu.sample.person_noise import UNSEEN, PersonNoise
from sehatmu.sample.person_writing import write_people

DAY = date(2026, 11, 23)
NOISE = {"default": PersonNoise(), "unseen": UNSEEN}
FEBRL_TRAINING = Training(
    em=(("soc_sec_id",), ("date_of_birth",), ("given_name", "surname")),
    deterministic=(("soc_sec_id", "date_of_birth"), ("given_name", "surname", "date_of_birth")),
)
FEBRL_SQL = """
    CREATE TABLE standard AS SELECT * REPLACE (CAST(try_strptime(date_of_birth, '%Y%m%d') AS DATE) AS date_of_birth),
    given_name || ' ' || surname AS names FROM raw
"""
PERSON_TRAINING = Training(
    em=(("nik",), ("birth_evidence",), ("name_full",)),
    deterministic=(("nik", "birth_evidence"), ("name_full", "birth_evidence", "kab_code")),
)


def person_bench(size: int, noise: str, *, seed: int, cache: Path, timeout: float) -> tuple[Bench, pl.DataFrame]:
    """Registrations of patients, and the truth (record_key, entity, kind, twin)."""
    folder = cache / "persons" / f"{size}-{noise}-{seed}-{_version()}"
    raw = folder / "faskes" / "pasien" / DAY.isoformat() / "pasien.parquet"
    truth = folder / "truth" / "person.parquet"
    if not truth.exists() or not raw.exists():
        write_people(folder, people=size, seed=seed, day=DAY, noise=NOISE[noise])
    told = (
        pl.scan_parquet(truth)
        .filter(pl.col("extract") == "pasien")
        .select("record_key", "entity", "kind", "twin")
        .collect()
    )
    bench = Bench(
        name=f"{size:,} persons' records, noise {noise}, seed {seed}",
        folder=folder / "runs",
        raw=raw,
        subject="patient",
        config=CONTRACTS / "linkage" / "patient.yaml",
        day=DAY.isoformat(),
        cache=cache,
        training=PERSON_TRAINING,
        golden_dropped=("nik_birth_date", "nik_region", "name_key", "name_skeleton", "mother_name_key"),
        timeout=timeout,
    )
    return bench, told


def febrl_benches(cache: Path, *, timeout: float) -> list[tuple[Bench, pl.DataFrame]]:
    """The four sets with their truth (record_key, entity)."""
    folder = cache / "febrl"
    if not (folder / "febrl4.truth.parquet").exists():
        subprocess.run([python_of("febrl", cache), HERE / "febrl_export.py", folder], check=True, timeout=300)
    return [
        (
            Bench(
                name=f"FEBRL {number}",
                folder=folder / f"runs{number}",
                raw=folder / f"febrl{number}.parquet",
                subject="febrl",
                config=HERE / "febrl.yaml",
                day=DAY.isoformat(),
                cache=cache,
                training=FEBRL_TRAINING,
                golden_dropped=("names",),
                timeout=timeout,
                standard_sql=FEBRL_SQL,
            ),
            pl.read_parquet(folder / f"febrl{number}.truth.parquet"),
        )
        for number in (1, 2, 3, 4)
    ]


def _version() -> str:
    """A few letters that change with the code of the sample, so that no old data are measured."""
    files = sorted(Path(sample.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]
