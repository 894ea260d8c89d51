"""Clinical resources that are wrong: each is in quarantine by its line, with every reason; the others are taken in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sehatmu.intake.faults import IntakeError
from tests.clinical import (
    DAY,
    NEXT,
    NIK,
    ORG,
    SYSTEM,
    Resource,
    condition,
    encounter,
    new_ward,
    observation,
    procedure,
    reasons,
    report,
    request,
    specimen,
    stored,
)


def why(tmp_path: Path, *lines: Resource | str) -> dict[int, list[str]]:
    """The reasons by line, where a good line of each extract stands behind the others."""
    ward = new_ward(tmp_path)
    ward.deliver(*lines, encounter("good"), observation("good", visit="good"))
    made = ward.night()
    assert "good" in made["encounter"]["identifier"]
    assert "good" in made["observation"]["identifier"]
    return reasons(made)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"resourceType": "Observation", "status": ', "row:malformed-json"),
        ("[1, 2]", "row:malformed-json"),
        ("null", "row:malformed-json"),
        ("hello", "row:malformed-json"),
        ('{"resourceType": "Observation", "status": "final", "status": "final"}', "row:doubled-key"),
        ('{"resourceType": "Observation", "deep": ' + "[" * 20_000 + "]" * 20_000 + "}", None),
    ],
    ids=["half", "array", "null", "words", "doubled", "deep"],
)
def test_a_line_that_is_no_resource_is_a_broken_row(tmp_path: Path, line: str, reason: str | None) -> None:
    lines = [line] if line[0] != "[" else [observation(), line]  # a file that begins so is an array
    told = why(tmp_path, *lines)
    assert list(told) == [len(lines)]
    assert told[len(lines)] == [reason] if reason else "status:needed" in told[1]


def test_a_line_of_ten_megabytes_is_one_like_any(tmp_path: Path) -> None:
    assert why(tmp_path, json.dumps(observation(note=[{"text": "x" * 10_000_000}]))) == {}


def test_an_empty_object_and_an_unknown_type_are_rows_with_their_reasons(tmp_path: Path) -> None:
    told = why(tmp_path, "{}", json.dumps({"resourceType": "Basic", "id": "1", "subject": {"reference": "Patient/P1"}}))
    assert {"resource_type:required", "subject:required", "row:addressable"} <= set(told[1])
    assert told[2] == ["resource_type:known-type"]


@pytest.mark.parametrize(
    ("made", "element", "expected"),
    [
        (observation, "status", "status:needed"),
        (observation, "category", "category_code:needed"),
        (observation, "code", "code:needed"),
        (observation, "subject", "subject:required"),
        (observation, "encounter", "encounter:needed"),
        (condition, "clinicalStatus", "clinical_status:needed"),
        (condition, "category", "category_code:needed"),
        (condition, "code", "code:needed"),
        (condition, "encounter", "encounter:needed"),
        (request, "identifier", "identifier:needed"),
        (request, "intent", "intent:needed"),
        (specimen, "identifier", "identifier:needed"),
        (specimen, "type", "code:needed"),
        (specimen, "request", "based_on:needed"),
        (procedure, "status", "status:needed"),
        (procedure, "subject", "subject:required"),
        (encounter, "identifier", "identifier:required"),
        (encounter, "class", "class_code:required"),
        (encounter, "participant", "performer:required"),
        (encounter, "location", "location_reference:required"),
        (encounter, "period", "started_at:required"),
        (encounter, "statusHistory", "status_history:required"),
        (encounter, "serviceProvider", "service_provider:required"),
    ],
)
def test_what_the_platform_asks_for_must_be_there(tmp_path: Path, made: Any, element: str, expected: str) -> None:
    told = why(tmp_path, made("x", **{element: None}))
    assert list(told) == [1]
    assert expected in told[1]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (observation(status="finished"), "status:of-observation"),
        (specimen(status="final"), "status:of-specimen"),
        (encounter(status="done"), "status:known-status"),
        (encounter(period={"start": "2026-03-01T01:00:00Z"}), "ended_at:finished"),
        (
            encounter(period={"start": "2026-03-01T01:00:00Z", "end": "2026-02-28T01:00:00Z"}),
            "ended_at:not-before-start",
        ),
        (encounter(period={"start": "2001-03-01T01:00:00Z", "end": "2026-02-28T01:00:00Z"}), "started_at:range"),
        (observation(issued="2026-03-01T17:00:00Z"), "issued_at:not-in-future"),  # midnight in Jakarta
        (observation(effectiveDateTime="31 Maret 2026"), "started_at:cast-timestamp"),
        (observation(referenceRange=[{"low": {"value": "dua belas"}}]), "range_low:cast-number"),
        (observation(subject={"reference": "Group/1"}), "subject:pattern"),
        (observation(subject={"reference": "Contoh Warga"}), "subject:pattern"),
        (observation(component="x"), "component:pattern"),
        (report(result={"reference": "Observation/1"}), "result:pattern"),
        (
            observation(identifier=[{"system": f"{SYSTEM}/condition-x/1000000042", "value": "1"}]),
            "identifier_system:own-system",
        ),
        (encounter(identifier=[{"system": "urn:own", "value": "1"}]), "identifier_system:own-system"),
        (condition(identifier=None), "row:addressable"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, line: Resource, expected: str) -> None:
    told = why(tmp_path, line)
    assert list(told) == [1]
    assert expected in told[1]


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T16:59:59Z",
        "2026-03-01T16:59:59+00:00",
        "2026-03-01T23:59:59+07:00",
        "2026-03-01T23:59:59.999+07:00",
    ],
)
def test_the_day_of_the_delivery_is_not_the_future(tmp_path: Path, time: str) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(observation(issued=time))
    made = ward.night()
    assert reasons(made) == {}
    assert made["observation"]["issued_at"].item().isoformat().startswith("2026-03-01T16:59:59")


def test_a_month_is_no_moment_but_no_reason_to_lose_a_condition(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(encounter(), condition(onsetDateTime="2025-11"), condition("C2", onsetDateTime="2025-11-07"))
    made = ward.night()
    assert reasons(made) == {}
    assert made["finding"].select("finding", "detail").rows() == [("value:lost", "onset_at:cast-timestamp")]
    assert sorted(map(str, made["condition"]["onset_at"].drop_nulls())) == ["2025-11-06 17:00:00+00:00"]


def test_a_procedure_may_be_numbered_as_its_sender_likes(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(encounter(), procedure(identifier=[{"system": "urn:own", "value": "7"}]))
    made = ward.night()
    assert made["procedure"].select("identifier_system", "identifier").row(0) == ("urn:own", "7")
    assert made["procedure"]["facility_id"].item() == ORG  # of the visit


def test_every_reason_of_a_line_is_told_and_the_line_is_kept_whole(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    bad = observation(status=None, code=None, issued="2030-01-01T00:00:00Z")
    ward.deliver(observation("O0"), bad)
    made = ward.night()
    held = made["quarantine"].row(0, named=True)
    assert held["row_number"] == 2
    assert set(held["reasons"]) == {"status:needed", "code:needed", "issued_at:not-in-future"}
    assert json.loads(held["row_values"]) == bad


def test_two_lines_of_one_number_that_tell_no_version_are_both_refused(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(observation("O1"), observation("O1", status="amended"), observation("O2"), observation("O2"))
    told = reasons(ward.night())
    assert told == {1: ["row:duplicate-key"], 2: ["row:duplicate-key"], 4: ["row:duplicate-row"]}


def test_a_mended_line_comes_back(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(observation(status="done"))
    assert ward.night()["observation"].is_empty()
    ward.deliver(observation(), day=NEXT)
    assert ward.night(NEXT)["observation"].height == 1


def test_a_file_that_breaks_off_is_told_with_its_line(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(observation())
    path = next((ward.home.landing / "faskes/diagnostik" / DAY.isoformat()).iterdir())
    path.write_text(path.read_text() + json.dumps(observation("O2"))[:200])
    with pytest.raises(IntakeError, match=r"row 2: the last line breaks off|half-written"):
        ward.night()


def test_lists_that_are_texts_of_lists_lose_nothing(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(stored(encounter(diagnosis="[not json"), "1"), report(result='[{"reference": "Observation/9"}]'))
    made = ward.night()  # which holds the counts of references against each other
    assert made["link"].filter(made["link"]["element"] == "diagnosis").is_empty()


def test_nothing_personal_is_told_of_what_is_refused(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(observation(subject={"identifier": {"value": NIK}}, status="done"))
    assert NIK not in str(reasons(ward.night()))
