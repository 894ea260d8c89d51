"""Writes the health workers of the sample: jobs in three registers, councils' and offices' lists, the truth beside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from sehatmu.sample.careers import PER_PERSON, pursue
from sehatmu.sample.dice import Bools
from sehatmu.sample.licence_rows import COUNCIL, OFFICE, council_rows, office_rows
from sehatmu.sample.licences import permit_posts, register_practitioners
from sehatmu.sample.people import make_country
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.person_writing import Rows
from sehatmu.sample.practitioner_desk import Workforce
from sehatmu.sample.practitioner_noise import PractitionerNoise
from sehatmu.sample.practitioner_rows import REGISTERS, job_rows, tell_posts
from sehatmu.sample.workplaces import workplaces

_TRUTH = ("entity", "facility", "fault")
_PER_JOB = 0.9  # practitioners per job row, more than there ever are
_FIRST_ROW = {"parquet": 1, "csv": 2}


def write_practitioners(
    folder: Path,
    *,
    jobs: int,
    seed: int = 1,
    day: date,
    noise: PractitionerNoise | None = None,
    people: PersonNoise | None = None,
    format: Literal["parquet", "csv"] = "parquet",
    facilities: int = 3000,
) -> Path:
    """Write `jobs` rows of health workers, over three registers, and what councils and licensing offices know of them.

    300,000 rows are about 200,000 practitioners. They are people of the country of `write_people` with the same seed
    and day, at the facilities of `write_sample` with the same seed and count. Files are
    `folder/<source>/<extract>/<day>/<file>`; the bytes depend on the arguments alone.

    Gives the path of the truth, `folder/truth/practitioner.parquet`, a row per written row: `source, extract,
    row_number` (as intake counts them), `entity` (the person), `facility` (its entity; null where the row is about
    none), `fault` (what the row was made wrong by, words apart by a blank; null for nothing).
    """
    noise, people = noise or PractitionerNoise(), people or PersonNoise()
    count = int(jobs * _PER_JOB) + 60
    country = make_country(int(count / PER_PERSON) + 400, seed=seed, day=day, noise=people)
    places = workplaces(seed, facilities)
    careers = pursue(country, count, places, noise=noise)
    told = tell_posts(country, careers, places)
    posts = _posts_for(told, jobs)
    careers = careers.first(posts)
    force = Workforce(
        country,
        careers,
        register_practitioners(country, careers),
        permit_posts(country, careers, places, noise=noise),
        places,
        noise,
    )
    told = _cut(told, posts, jobs)
    written = {REGISTERS[name]: job_rows(force, name, np.flatnonzero(mask)) for name, mask in told.items()}
    written |= {COUNCIL: council_rows(force), OFFICE: office_rows(force)}
    truth = folder / "truth" / "practitioner.parquet"
    with Rows(truth) as file:
        for extract, rows in written.items():
            source, _, table = extract.partition("/")
            if rows.height:
                with Rows(folder / source / table / day.isoformat() / f"{table}.{format}") as out:
                    out.add(rows.drop(_TRUTH))
                file.add(_tell(rows, source, table, _FIRST_ROW[format]))
    return truth


def _posts_for(told: dict[str, Bools], jobs: int) -> int:
    """How many posts it takes for so many rows."""
    rows = np.cumsum(np.sum(list(told.values()), axis=0))
    return int(np.searchsorted(rows, jobs)) + 1


def _cut(told: dict[str, Bools], posts: int, jobs: int) -> dict[str, Bools]:
    """The posts that each register tells, without what the last one has too many."""
    cut = {name: mask[:posts].copy() for name, mask in told.items()}
    for mask in cut.values():
        over = sum(int(some.sum()) for some in cut.values()) - jobs
        mask[-1] &= over <= 0
    return cut


def _tell(rows: pl.DataFrame, source: str, extract: str, first_row: int) -> pl.DataFrame:
    return rows.with_row_index("row_number", offset=first_row).select(
        pl.lit(source).alias("source"), pl.lit(extract).alias("extract"), "row_number", *_TRUTH
    )
