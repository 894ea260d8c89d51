"""The tables of the patient index on top of last night's equal those that are told from everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.golden.carry import build_again, touched_masters
from sehatmu.golden.config import load_survivorship
from sehatmu.golden.patient import READS, patient_tables
from sehatmu.golden.patient_again import patient_tables_again
from sehatmu.golden.survivorship import RECORD_COLUMNS, build_golden
from sehatmu.identity.state import empty_state
from sehatmu.lake import Since, Splice, Table
from tests.standardising_patients import patients
from tests.standardising_persons import CONTRACTS

SURVIVORSHIP = load_survivorship(CONTRACTS / "linkage" / "patient.yaml")
READ = sorted({*RECORD_COLUMNS, *SURVIVORSHIP.columns, *READS})
MASTERS = tuple("ABC")
IDS = pl.DataFrame({"master_id": MASTERS, "id_origin": "minted"})
EVENTS = pl.DataFrame(schema={"master_id": pl.String, "other_id": pl.String})
FINDINGS = pl.DataFrame({"master_id": ["A"], "finding": ["official-number-several"], "detail": [None]}).cast(pl.String)
NIKS = ("3273010101900001", "3273010101900002", None)
FIRST = date(2026, 11, 22)
# A registration: what it tells, and whose it is; by its number.
REGISTRATION = st.fixed_dictionaries(
    {
        "nik": st.sampled_from(NIKS),
        "nama": st.sampled_from(("MELATI SARI", "Melati Sarii", "BUDI")),
        "nik_ibu": st.sampled_from(NIKS),
        "tanggal_lahir": st.sampled_from(("1990-01-31", "1890-01-31", "31-31-1990")),
        "tanggal_meninggal": st.sampled_from(("2026-01-01", None)),
        "tanggal_update": st.sampled_from(("2025-01-01", "2026-02-01", None)),
        "telepon": st.sampled_from(("0812", None)),
        "master": st.sampled_from(MASTERS),
    }
)
NIGHT = st.dictionaries(st.sampled_from(["01", "02", "03", "04", "05"]), REGISTRATION, min_size=1)
Night = Mapping[str, Mapping[str, str | None]]
Frames = Mapping[str, pl.DataFrame]


def standard(night: Night) -> dict[str, pl.DataFrame]:
    """The standard tables and the links of a night."""
    rows = [{name: value for name, value in row.items() if name != "master"} for row in night.values()]
    told = [{**row, "no_rm": number} for number, row in zip(night, rows, strict=True)]
    made = patients(*told, civil=[{"nik": NIKS[0], "nama_lgkp": "MELATI SARI", "tgl_lhr": "1990-01-31"}])
    owners = {f"faskes|pasien|yankes_rs|3273010|{number}": row["master"] for number, row in night.items()}
    links = made["record"].select(
        "source",
        "extract",
        "source_key",
        "record_key",
        master_id=pl.col("record_key").replace_strict(owners, default=None, return_dtype=pl.String),
    )
    return made | {"link": links}


def tell(frames: Frames, day: date, before: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Golden records and all tables beside them, from everything."""
    made = build_golden(
        frames["record"], frames["link"], IDS, SURVIVORSHIP, index="mpi", build_date=day, previous=before.get("golden")
    )
    state = replace(empty_state("mpi"), builds=(day,))
    own = patient_tables(frames, frames["link"], FINDINGS, state, made.golden, Path(CONTRACTS), before.get)
    return {"golden": made.golden, "origin": made.origins, **own}


def tell_again(frames: Frames, was: Frames, before: Frames, day: date) -> dict[str, pl.DataFrame]:
    """The same on top of the tables of the night before."""
    nothing = (pl.Series([], dtype=pl.UInt32), pl.Series([], dtype=pl.UInt32))
    since = {name: Since(Table(frames[name].lazy()), Table(was[name].lazy()), nothing) for name in frames}
    former = {name: Table(frame.lazy()) for name, frame in before.items()}
    held = frames["link"].select("record_key", "master_id")
    reached = {name: since[name] for name in ("record", "identifier", "link")}
    touched = touched_masters(reached, held, EVENTS, SURVIVORSHIP, read=READ)
    assert touched is not None
    again = build_again(since, former, held, touched, IDS, SURVIVORSHIP, index="mpi", build_date=day, read=READ)
    own = patient_tables_again(again, FINDINGS, Path(CONTRACTS), build_date=day)
    made = {"golden": again.golden, "origin": again.origin, **own}
    return {
        name: told.over(before[name].lazy()).collect() if isinstance(told, Splice) else told
        for name, told in made.items()
    }


@settings(deadline=None, max_examples=8)
@given(before=NIGHT, changed=NIGHT)
def test_tables_on_top_of_last_night_equal_those_from_everything(before: Night, changed: Night) -> None:
    after = {**dict(list(before.items())[1:]), **changed}
    was, frames = standard(before), standard(after)
    first = tell(was, FIRST, {})
    day = FIRST + timedelta(days=1)
    expected = tell(frames, day, first)
    told = tell_again(frames, was, first, day)
    assert set(told) == set(expected)
    for name, frame in expected.items():
        assert_frame_equal(told[name], frame)
