"""Clinical tables on top of last night equal those made from nothing, whatever came or was corrected or merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.golden import clinical_again
from sehatmu.golden.clinical import EXTRACTS, clinical_tables
from sehatmu.golden.clinical_again import clinical_tables_again
from sehatmu.golden.clinical_promise import broken_references
from sehatmu.lake import Since, Splice, Table
from sehatmu.standardise.carry import Former
from tests.clinical import (
    DAY,
    DOCTOR,
    MERGED,
    NIK,
    ORG,
    PATIENT,
    Resource,
    condition,
    encounter,
    new_ward,
    observation,
    report,
    request,
    specimen,
    stored,
)

OTHER, LATER_DOCTOR = "P00000000002", "10000000002"
UUID, SECOND_UUID, THIRD_UUID = (f"7a5e0c3e-1f0b-4c53-9d6e-0a6f3f1d2b{n}{n}" for n in (1, 2, 3))
Frames = Mapping[str, pl.DataFrame]


def pool() -> list[Resource]:
    """Lines that may come on any night: versions of few resources that refer to each other in every way."""
    merged, by_nik = {"reference": f"Patient/{MERGED}"}, {"identifier": {"value": NIK}}
    doctor = [{"individual": {"reference": f"Practitioner/{LATER_DOCTOR}"}}]
    other = [{"system": "http://sys-ids.kemkes.go.id/encounter/1000000077", "value": "V1"}]
    return [
        encounter(),
        encounter(subject=merged, status="cancelled"),
        encounter(participant=doctor, diagnosis=[{"condition": {"reference": f"Condition/{SECOND_UUID}"}}]),
        encounter("V2", subject=by_nik) | {"fullUrl": f"urn:uuid:{UUID}"},
        stored(encounter("V2", subject={"reference": f"Patient/{OTHER}"}), UUID, 2),
        encounter(identifier=other),
        condition(),
        condition(visit="V2", subject=merged),
        condition("C2", visit=f"Encounter/{UUID}"),
        stored(condition(identifier=None, visit=f"urn:uuid:{UUID}"), SECOND_UUID, 1),
        stored(condition("C3"), SECOND_UUID, 2),
        stored(condition(identifier=None), THIRD_UUID),
        observation(subject=by_nik),
        observation(status="corrected", valueQuantity={"value": 8}, visit="V2"),
        observation("O2", visit="V9"),
        observation("O3", performer=[{"reference": f"Practitioner/{LATER_DOCTOR}"}]),
        request(requester={"reference": f"Practitioner/{LATER_DOCTOR}"}),
        specimen(),
        specimen(asked="R2"),
        report(results=("O1", "O2")),
        report(results=("O3",), status="amended"),
    ]


@cache
def accepted() -> dict[str, pl.DataFrame]:
    """The lines as intake takes them in, each on a day of its own: of one day only one version would be taken in."""
    with TemporaryDirectory() as folder:
        ward = new_ward(Path(folder))
        for number, line in enumerate(pool()):
            ward.deliver(line, name=f"{number:02}.ndjson", day=DAY.replace(day=number + 1))
        ward.night(DAY.replace(month=4))
        return {name: ward.taken[name].rows.collect() for name in EXTRACTS}


def rows_of(nights: Sequence[Sequence[int]]) -> dict[str, pl.DataFrame]:
    """The accepted rows after these nights, each of which brings some of the lines."""
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in EXTRACTS}
    for night, lines in enumerate(nights):
        day = DAY.replace(day=DAY.day + night)
        names = [f"{number:02}.ndjson" for number in lines]
        for name, frame in accepted().items():
            file = pl.col("file_name").str.split("/").list.last()
            key, path = (pl.concat_str(pl.lit(f"{day}/"), column) for column in ("source_key", file))
            some = frame.filter(file.is_in(names))
            found[name].append(some.with_columns(delivery_date=pl.lit(day), file_name=path, source_key=key))
    return {name: pl.concat(parts) for name, parts in found.items()}


MASTERS = st.fixed_dictionaries(
    {
        "patients": st.sets(st.sampled_from([PATIENT, OTHER, MERGED])),
        "nik": st.sets(st.sampled_from([PATIENT, OTHER])),
        "redirect": st.sampled_from([None, PATIENT, OTHER]),
        "doctors": st.sets(st.sampled_from([DOCTOR, LATER_DOCTOR])),
        "places": st.sets(st.sampled_from([ORG])),
    }
)
LINES = st.lists(st.integers(0, len(pool()) - 1), max_size=8, unique=True)
NIGHTS = st.lists(st.tuples(LINES, MASTERS), min_size=2, max_size=3)


def masters_of(told: Mapping[str, object]) -> dict[str, pl.DataFrame]:
    lists = {"patient": told["patients"], "practitioner": told["doctors"], "facility": told["places"]}
    made = {}
    for domain, ids in lists.items():
        numbers = sorted(ids)  # type: ignore[call-overload]
        made[f"{domain}_{domain}"] = pl.DataFrame({"master_id": numbers}, schema={"master_id": pl.String})
        holders = sorted(told["nik"]) if domain == "patient" else []  # type: ignore[call-overload]
        made[f"{domain}_{domain}_identifier"] = pl.DataFrame(
            [{"master_id": holder, "namespace": "nik", "code": NIK} for holder in holders],
            schema=dict.fromkeys(("master_id", "namespace", "code"), pl.String),
        )
        leads = [(MERGED, told["redirect"])] if domain == "patient" and told["redirect"] else []
        made[f"{domain}_redirect"] = pl.DataFrame(
            leads, schema={"retired_id": pl.String, "current_id": pl.String}, orient="row"
        )
    return made


def tables(frames: Frames) -> dict[str, Table]:
    return {name: Table(frame.lazy()) for name, frame in frames.items()}


def since(now: Frames, before: Frames) -> dict[str, Since]:
    nothing = pl.Series([], dtype=pl.UInt32)
    return {name: Since(Table(now[name].lazy()), Table(before[name].lazy()), (nothing, nothing)) for name in now}


def make_again(
    rows: Frames, masters: Frames, masters_before: Frames, made: Frames
) -> Mapping[str, Splice | pl.DataFrame]:
    """What a night makes over the tables `made` the night before."""
    former = Former(tables(made), since(masters, masters_before))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinical_again, "SHARE", 0)  # few rows are a large share of few
        told = clinical_tables_again(tables(rows), former)
    assert told is not None
    return told


def again(rows: Frames, masters: Frames, masters_before: Frames, made: Frames) -> Frames:
    """The same, whole; it keeps what the index promises."""
    told = make_again(rows, masters, masters_before, made)
    held = {
        name: Table(made[name].lazy(), each) if isinstance(each, Splice) else Table(each.lazy())
        for name, each in told.items()
    }
    assert broken_references(held).is_empty()
    return {name: table.read() for name, table in held.items()}


def assert_same(one: Frames, other: Frames) -> None:
    assert set(one) == set(other)
    for name, frame in one.items():
        by = [column for column, kind in frame.schema.items() if not kind.is_nested()]
        assert_frame_equal(frame.sort(by), other[name].sort(by))


def check_nights(lines: Sequence[Sequence[int]], told: Sequence[Mapping[str, object]]) -> Frames:
    """Each night but the first on top of the one before; the tables of the last one, which equal those from nothing."""
    masters = [masters_of(each) for each in told]
    rows = [rows_of(lines[: night + 1]) for night in range(len(lines))]
    made: Frames = clinical_tables(masters[0], tables(rows[0]))
    for night in range(1, len(lines)):
        made = again(rows[night], masters[night], masters[night - 1], made)
        assert_same(made, clinical_tables(masters[night], tables(rows[night])))
    return made


@settings(max_examples=6, deadline=None)
@given(NIGHTS)
def test_on_top_of_last_night_equals_from_nothing(nights: list[tuple[list[int], dict[str, object]]]) -> None:
    check_nights([told for told, _ in nights], [told for _, told in nights])


USUAL = {"patients": {PATIENT, OTHER}, "nik": {PATIENT}, "redirect": None, "doctors": {DOCTOR}, "places": {ORG}}
VISIT, VOID, WITH_DIAGNOSIS, BY_NIK, BY_ID, ELSEWHERE, CONDITION, OF_MERGED, BY_ENCOUNTER_ID, BARE, OWNED, ALONE = (
    range(12)
)


@pytest.mark.parametrize(
    ("lines", "then", "table", "expected"),
    [
        ([[CONDITION], [VISIT]], {}, "unresolved_reference", 0),
        ([[VISIT, CONDITION], [VOID]], {"redirect": PATIENT}, "history", 1),
        ([[BY_ENCOUNTER_ID], [BY_NIK], [BY_ID]], {}, "unresolved_reference", 0),
        ([[WITH_DIAGNOSIS, BARE], [OWNED]], {}, "condition", 1),
        ([[ALONE], [VISIT], [ELSEWHERE]], {}, "unresolved_reference", 2),
        ([[VISIT, OF_MERGED], []], {"redirect": OTHER}, "finding", 0),
        ([[BY_ID, BY_ENCOUNTER_ID, BY_NIK], []], {"patients": {PATIENT}}, "finding", 0),
    ],
    ids=["late visit", "void", "another name", "another id", "another of its number", "merged", "gone"],
)
def test_what_a_change_reaches(lines: list[list[int]], then: dict[str, object], table: str, expected: int) -> None:
    made = check_nights(lines, [USUAL] * (len(lines) - 1) + [{**USUAL, **then}])
    assert made[table].height == expected


def test_where_nothing_changes_nothing_is_made_again() -> None:
    rows, masters = rows_of([list(range(len(pool())))]), masters_of(USUAL)
    made = clinical_tables(masters, tables(rows))
    told = make_again(rows, masters, masters, made)
    assert made["unresolved_reference"].height
    assert {name: each.fresh.height for name, each in told.items() if isinstance(each, Splice)} == dict.fromkeys(
        set(made) - {"reconciliation"}, 0
    )


def test_where_rows_go_all_is_made_anew() -> None:
    rows, masters = rows_of([list(range(len(pool())))]), masters_of(USUAL)
    made = clinical_tables(masters, tables(rows))
    fewer = {name: frame.slice(1) for name, frame in rows.items()}
    assert clinical_tables_again(tables(fewer), Former(tables(made), since(masters, masters))) is None
