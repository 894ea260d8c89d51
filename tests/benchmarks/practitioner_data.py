"""Health workers of our sample as standard records with their truth: written, taken in and standardised as in a night.

Facilities are resolved through their true entities, so that what is measured is the linkage of people and not that of
facilities. Everything is kept in the cache under the code of the sample and of the standardiser.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from engines import CONTRACTS

from sehatmu import sample, standardise
from sehatmu.contracts import load_contracts
from sehatmu.home import Home
from sehatmu.intake.run import intake
from sehatmu.linkage import load_linkage
from sehatmu.sample import write_sample
from sehatmu.sample.person_noise import UNSEEN, PersonNoise
from sehatmu.sample.practitioner_noise import UNSEEN_PRACTITIONERS, PractitionerNoise
from sehatmu.sample.practitioner_writing import write_practitioners
from sehatmu.standardise.codebooks import load_codebooks
from sehatmu.standardise.facility import standardise_facilities
from sehatmu.standardise.practitioners import CODEBOOKS, standardise_practitioners

DAY = date(2026, 11, 23)
#: Job rows per facility, and the fewest facilities that a country of the sample has.
_JOBS, _FACILITIES = 60, 400
#: Noise of registers and of what people write in them; `unseen` is in no training.
NOISE = {
    "default": (PractitionerNoise(), PersonNoise()),
    "unseen": (UNSEEN_PRACTITIONERS, UNSEEN),
    "slips": (
        PractitionerNoise(nik_typo=0.04, str_typo=0.03, sip_form=0.1, nik_shared=0.006, str_shared=0.004),
        PersonNoise(name_typo=0.2, second_typo=0.3, birth_digit=0.06, day_month_swapped=0.05, sound_spelling=0.15),
    ),
    "numberless": (
        PractitionerNoise(
            nik_missing=0.5, str_missing=0.35, sip_missing=0.4, council_missing=0.3, office_missing=0.4, ihs_known=0.05
        ),
        PersonNoise(birth_missing=0.03),
    ),
    "short names": (
        PractitionerNoise(title=0.95, title_style=0.6, namesake=0.03),
        PersonNoise(token_initial=0.15, token_dropped=0.12, muhammad=0.6, short_form=0.4, tokens_swapped=0.06),
    ),
}
_SUBJECT = ("practitioner", "facility", "reference")


@dataclass(frozen=True, slots=True)
class Workers:
    """`records` as linkage takes them, `truth` (record_key, entity), CPU seconds of standardising and its rows."""

    records: pl.DataFrame
    truth: pl.DataFrame
    seconds: float
    rows: int


def practitioner_bench(jobs: int, noise: str, *, seed: int, cache: Path) -> Workers:
    """Job records of the sample with the truth; made once for each version of the code."""
    folder = cache / "practitioners" / f"{jobs}-{noise}-{seed}-{_version()}"
    kept = [folder / f"{name}.parquet" for name in ("records", "truth", "cost")]
    if not all(path.exists() for path in kept):
        made = _make(folder / "sample", jobs, noise, seed)
        cost = pl.DataFrame({"seconds": [made.seconds], "rows": [made.rows]})
        for path, frame in zip(kept, (made.records, made.truth, cost), strict=True):
            frame.write_parquet(path)
        shutil.rmtree(folder / "sample")
    records, truth, cost = (pl.read_parquet(path) for path in kept)
    return Workers(records, truth, cost["seconds"].item(), cost["rows"].item())


def _make(folder: Path, jobs: int, noise: str, seed: int) -> Workers:
    written, home = folder / "written", Home(folder / "home").create()
    register, people = NOISE[noise]
    facilities = max(jobs // _JOBS, _FACILITIES)
    write_sample(written, facilities=facilities, seed=seed, day=DAY)
    write_practitioners(written, jobs=jobs, seed=seed, day=DAY, noise=register, people=people, facilities=facilities)
    for source in sorted(path for path in written.iterdir() if path.name != "truth"):
        shutil.copytree(source, home.landing / source.name)
    contracts = [c for c in load_contracts(CONTRACTS).sources() if c.domain in _SUBJECT]
    accepted = {c.id: intake(home, c, day=DAY, previous=None).accepted for c in contracts}
    places, identifiers = _true_facilities(accepted, written / "truth" / "facility.csv")
    codebooks = load_codebooks(CONTRACTS, CODEBOOKS)
    hashed = load_linkage(CONTRACTS / "linkage" / "practitioner.yaml").columns
    begun = time.process_time()
    made = standardise_practitioners(accepted, places, identifiers, codebooks, as_of=DAY, hashed=hashed)
    seconds = time.process_time() - begun
    rows = [frame for name, frame in accepted.items() if name in {c.id for c in contracts if c.domain == _SUBJECT[0]}]
    truth = pl.read_parquet(written / "truth" / "practitioner.parquet")
    numbered = pl.concat([frame.select("record_key", "source", "extract", "row_number") for frame in rows])
    truth = truth.with_columns(pl.col("row_number").cast(pl.UInt32))
    truth = numbered.join(truth, on=["source", "extract", "row_number"]).select("record_key", "entity")
    truth = truth.join(made["record"].select("record_key"), on="record_key", how="semi").sort("record_key")
    return Workers(made["record"], truth, seconds, sum(frame.height for frame in rows))


def _true_facilities(accepted: dict[str, pl.DataFrame], truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The index of facilities and its identifiers, each entity of the truth being one master."""
    made = standardise_facilities(accepted, accepted["referensi_wilayah"], load_codebooks(CONTRACTS), as_of=DAY)
    masters = pl.read_csv(truth, infer_schema=False).select(
        "source", "extract", pl.col("row_number").cast(pl.UInt32), master_id="entity"
    )
    key = ["source", "extract", "row_number"]
    places = [frame.select("record_key", *key) for frame in accepted.values() if frame.height]
    links = pl.concat(places).join(masters, on=key).select("record_key", "master_id")
    columns = ("nama", "provinsi_kode", "kabkota_kode", "kabkota_nama")
    facilities = made.record.join(links, on="record_key").sort("record_key").group_by("master_id", maintain_order=True)
    identifiers = made.identifier.join(links, on="record_key").select("master_id", "namespace", "code").unique()
    return facilities.agg(pl.col(column).drop_nulls().first() for column in columns), identifiers


def _version() -> str:
    """A few letters that change with what makes the records."""
    files = [*Path(sample.__file__).parent.glob("*.py"), *Path(standardise.__file__).parent.glob("*.py")]
    files += (CONTRACTS / "codebooks").glob("*.csv")
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:8]
