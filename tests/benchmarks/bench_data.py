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
NOISE = {
    "default": PersonNoise(),
    "unseen": UNSEEN,  # no model is trained with it; rules and levels were looked at with it
    "slips": PersonNoise(
        name_typo=0.2, second_typo=0.3, nik_typo=0.04, birth_digit=0.06, day_month_swapped=0.05, sound_spelling=0.15,
        old_spelling=0.1, joined_words=0.04, sex_wrong=0.02,
    ),
    "numberless": PersonNoise(
        nik_missing=0.55, bpjs_known=0.1, kk_known=0.15, ihs_known=0.02, mother_known=0.35, phone_missing=0.5
    ),
    "short names": PersonNoise(
        token_initial=0.15, token_dropped=0.12, muhammad=0.6, short_form=0.4, tokens_swapped=0.06, other_name=0.01,
        title=0.8, salutation=0.2,
    ),
    "movers": PersonNoise(
        repeated=0.65, moved=0.25, moved_far=0.5, phone_changed=0.5, address_missing=0.2, region_missing=0.3,
        birth_missing=0.03,
    ),
}  # fmt: skip
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
