"""Patients standardised on top of last night equal patients standardised from nothing, whatever has changed between."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.lake import Since, Splice, Table
from sehatmu.standardise.patients import ANSWERS, CIVIL, REGISTRATIONS, standardise_patients
from sehatmu.standardise.patients_again import restandardise_patients
from tests.standardising_patients import ANSWERS as ANSWER_COLUMNS
from tests.standardising_patients import CIVIL as CIVIL_COLUMNS
from tests.standardising_patients import accepted, regions
from tests.standardising_persons import DAY, books, delivered

NIKS = ("3273010101900001", "3273 0101 0190 0002", "3273010101900003", "1111111111111111", None)
NAMES = ("MELATI SARI", "Melati Sarii", "BUDI")
DATES = ("1990-01-31", "1990-01-13")
REGISTRATION = st.fixed_dictionaries(
    {"nik": st.sampled_from(NIKS), "nama": st.sampled_from(NAMES), "tanggal_lahir": st.sampled_from(DATES)}
)
PERSON = st.fixed_dictionaries({"nama_lgkp": st.sampled_from(NAMES), "tgl_lhr": st.sampled_from(DATES)})
ANSWER = st.fixed_dictionaries({"nama": st.sampled_from(("Sesuai", "Tidak Sesuai"))})
BARE = [nik.replace(" ", "") for nik in NIKS if nik]
# A night: rows by their key, and the file that each row came in.
NIGHT = st.fixed_dictionaries(
    {
        REGISTRATIONS: st.dictionaries(st.sampled_from(["01", "02", "03", "04", "05"]), REGISTRATION, min_size=1),
        CIVIL: st.dictionaries(st.sampled_from(BARE), PERSON),
        ANSWERS: st.dictionaries(st.sampled_from(BARE[:3]), ANSWER, max_size=2),
    }
)
Night = Mapping[str, Mapping[str, Mapping[str, str | None]]]


def frames(night: Night, wilayah: str = "1") -> dict[str, pl.DataFrame]:
    """The accepted frames of a night; a row is told from another version of itself by its file."""
    told = [{"no_rm": key, **row} for key, row in night[REGISTRATIONS].items()]
    rows = delivered(*told).with_columns(source_key=pl.concat_str("sumber_kode", "kode_faskes", "no_rm", separator="|"))
    registrations = rows.with_columns(
        record_key=pl.concat_str(pl.lit("faskes|pasien|"), "source_key"),
        delivery_date=pl.lit(DAY),
        is_current=pl.lit(True),
        flags=pl.lit([], pl.List(pl.String)),
    )
    persons = [{"nik": key, **row} for key, row in night[CIVIL].items()]
    answers = [{"nik": key, **row} for key, row in night[ANSWERS].items()]
    made = {
        REGISTRATIONS: registrations,
        CIVIL: accepted("dukcapil", "penduduk", CIVIL_COLUMNS, persons),
        ANSWERS: accepted("dukcapil", "verifikasi", ANSWER_COLUMNS, answers),
    }
    stamped = {name: _stamp(frame, night[name]) for name, frame in made.items()}
    return stamped | {"referensi_wilayah": pl.DataFrame({"kode": [wilayah], "is_current": [True]})}


def _stamp(frame: pl.DataFrame, rows: Mapping[str, Mapping[str, str | None]]) -> pl.DataFrame:
    files = [repr(sorted(row.items(), key=repr)) for row in rows.values()]
    return frame.with_columns(
        file_hash=pl.Series(files, dtype=pl.String), row_number=pl.int_range(pl.len(), dtype=pl.UInt32) * 0
    )


def from_nothing(night: Mapping[str, pl.DataFrame], is_asked: bool = False) -> dict[str, pl.DataFrame]:
    return standardise_patients(night, books(), regions(), as_of=DAY, is_asked=is_asked)


def again(
    night: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame], *, knows: bool = False
) -> dict[str, Splice] | None:
    """On top of what `before` gave; where the lake `knows`, with the rows that both nights share."""
    nights = {name: _since(frame, before[name], knows=knows) for name, frame in night.items()}
    standard = {name: Table(frame.lazy()) for name, frame in from_nothing(before).items()}
    return restandardise_patients(nights, standard, from_nothing)


def _since(now: pl.DataFrame, before: pl.DataFrame, *, knows: bool) -> Since:
    row = ["record_key", "file_hash"] if "file_hash" in now.columns and knows else []
    both = now.with_row_index("here").join(before.with_row_index("there"), on=row) if row else pl.DataFrame()
    shared = both.sort("here").select("here", "there") if row else pl.DataFrame(schema=["here", "there"])
    here, there = shared.cast(pl.UInt32).get_columns()
    return Since(Table(now.lazy()), Table(before.lazy()), (here, there))


@settings(deadline=None, max_examples=8)
@given(NIGHT, NIGHT, st.sets(st.sampled_from([REGISTRATIONS, CIVIL, ANSWERS])), st.booleans())
def test_carried_tables_equal_those_made_from_nothing(
    before: Night, changed: Night, keep: set[str], knows: bool
) -> None:
    # Rows of the second night are those of the first where nothing was drawn for them, or the extract is kept.
    after = {n: before[n] if n in keep else {**dict(list(before[n].items())[1:]), **changed[n]} for n in before}
    was, tonight = frames(before), frames(after)
    spliced = again(tonight, was, knows=knows)
    expected = from_nothing(tonight)
    if spliced is None:
        assert bool(before[CIVIL]) != bool(after[CIVIL])
        return
    assert set(spliced) == set(expected)
    for table, former in from_nothing(was).items():
        assert_frame_equal(spliced[table].over(former.lazy()).collect(), expected[table])


def test_only_what_a_change_can_reach_is_made_anew() -> None:
    row = {"nama": "Melati Sari", "tanggal_lahir": "1990-01-31"}
    registrations = {"01": {**row, "nik": BARE[0]}, "02": {**row, "nik": BARE[1]}, "03": {**row, "nik": None}}
    people = {nik: {"nama_lgkp": "MELATI SARI", "tgl_lhr": "1990-01-31"} for nik in BARE[:2]}
    before = {REGISTRATIONS: registrations, CIVIL: people, ANSWERS: {}}
    after = {**before, CIVIL: {**people, BARE[0]: {**people[BARE[0]], "tgl_lhr": "1991-01-31"}}}
    spliced = again(frames(after), frames(before))
    assert spliced is not None
    assert spliced["record"].fresh["nik"].to_list() == [BARE[0], BARE[0]]
    verdicts = spliced["verification"].over(from_nothing(frames(before))["verification"].lazy()).collect()
    assert verdicts["birth_date_verdict"].to_list() == ["near", "match", "unknown"]


@pytest.mark.parametrize("lost", ["referensi_wilayah", CIVIL])
def test_all_is_made_anew_where_every_row_may_be_reached(lost: str) -> None:
    row = {"nama": "Melati Sari", "tanggal_lahir": "1990-01-31", "nik": BARE[0]}
    night = {REGISTRATIONS: {"01": row}, CIVIL: {BARE[1]: {"nama_lgkp": "BUDI", "tgl_lhr": "1990-01-31"}}, ANSWERS: {}}
    tonight = frames(night if lost != CIVIL else {**night, CIVIL: {}}, wilayah="2" if lost != CIVIL else "1")
    assert again(tonight, frames(night)) is None
