"""Stories of clinical resources: they come late, are corrected, cancelled, and are about patients who were merged."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.clinical import (
    DAY,
    DOCTOR,
    DOCTOR_NIK,
    LATER,
    MERGED,
    NEXT,
    NIK,
    ORG,
    PATIENT,
    condition,
    encounter,
    masters,
    new_ward,
    nowhere,
    observation,
    procedure,
    report,
    request,
    specimen,
    stored,
)

UUID = "7a5e0c3e-1f0b-4c53-9d6e-0a6f3f1d2b11"


def test_a_visit_with_all_that_was_found_at_it(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(
        encounter(), condition(), observation(), observation("O2"), request(), specimen(), procedure(),
        report(results=("O1", "O2")),
    )  # fmt: skip
    made = ward.night()
    assert nowhere(made) == set()
    visit = made["encounter"].row(0, named=True)
    assert (visit["patient_id"], visit["practitioner_id"], visit["facility_id"]) == (PATIENT, DOCTOR, ORG)
    assert visit["started_at"].isoformat() == "2026-03-01T01:00:00+00:00"
    assert visit["ended_at"].isoformat() == "2026-03-01T02:00:00+00:00"  # nine in Jakarta
    for table in ("condition", "observation", "diagnostic_report", "service_request", "procedure"):
        assert made[table]["encounter_id"].unique().to_list() == [visit["encounter_id"]], table
        assert made[table]["facility_id"].unique().to_list() == [ORG], table
    told = made["diagnostic_report"].row(0, named=True)
    assert told["result_count"] == 2
    assert told["service_request_id"] == made["service_request"]["service_request_id"].item()
    assert told["specimen_id"] == made["specimen"]["specimen_id"].item()
    results = made["link"].filter(pl.col("element") == "result").sort("position")["target_id"]
    assert set(results) == set(made["observation"]["observation_id"])
    assert made["coding"].select("element", "code").rows() == [("reason", "R50.9")]
    assert made["encounter_status"].sort("position")["status"].to_list() == ["arrived", "finished"]
    assert set(made["text"].select("element", "text").rows()) == {
        ("subject", "Contoh Warga"),
        ("conclusion", "Anemia ringan."),
    }
    seen = made["observation"].row(0, named=True)
    assert (seen["value_number"], seen["value_unit_code"], seen["interpretation_code"]) == (9.5, "g/dL", "L")


def test_a_late_visit_is_found_by_what_came_before_it(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(condition())
    made = ward.night()
    assert nowhere(made) == {("Condition", "encounter", None, "unknown")}
    assert made["condition"]["encounter_id"].to_list() == [None]
    ward.deliver(encounter(), day=NEXT)
    made = ward.night(NEXT)
    assert nowhere(made) == set()
    assert made["condition"]["encounter_id"].to_list() == made["encounter"]["encounter_id"].to_list()


def test_a_correction_replaces_what_was_published_and_is_history(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    first = observation(status="preliminary", valueQuantity={"value": 95, "unit": "g/dL"})
    ward.deliver(encounter(), first)
    before = ward.night()["observation"].row(0, named=True)
    ward.deliver(observation(status="corrected"), day=NEXT)
    made = ward.night(NEXT)
    after = made["observation"].row(0, named=True)
    assert before["observation_id"] == after["observation_id"]
    assert (before["value_number"], after["value_number"], after["status"]) == (95, 9.5, "corrected")
    was = made["history"].row(0, named=True)
    assert (was["value_number"], was["status"], was["since_date"], was["until_date"]) == (95, "preliminary", DAY, NEXT)


def test_the_same_again_is_no_version(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    for day in (DAY, NEXT, LATER):
        ward.deliver(encounter(), observation(note=[{"text": f"{day}"}] if day == LATER else None), day=day)
        made = ward.night(day)
        assert made["history"].height == (day == LATER)
        assert made["encounter"]["delivery_date"].item() == DAY


def test_versions_of_the_inbox_count_whatever_comes_first(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    versions = [stored(observation(valueQuantity={"value": n}), UUID, n, f"2026-03-01T0{n}:00:00Z") for n in (1, 2, 3)]
    ward.deliver(encounter(), versions[2], versions[0], name="inbox-1-3.ndjson")
    ward.deliver(versions[1], name="inbox-4-4.ndjson", day=NEXT)
    made = ward.night(NEXT)
    assert made["observation"].select("version", "value_number", "resource_id").row(0) == (3, 3.0, UUID)
    assert made["history"].sort("sequence")["version"].to_list() == [1, 2]


@pytest.mark.parametrize("word", ["cancelled", "entered-in-error"])
def test_what_was_a_mistake_is_kept_as_one(tmp_path: Path, word: str) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(encounter(), condition())
    assert ward.night()["encounter"]["is_void"].to_list() == [False]
    ward.deliver(encounter(status=word), day=NEXT)
    made = ward.night(NEXT)
    assert made["encounter"].select("status", "is_void").row(0) == (word, True)
    assert made["condition"]["encounter_id"].to_list() == made["encounter"]["encounter_id"].to_list()
    assert made["finding"].select("resource_type", "finding").rows() == [("Condition", "encounter:void")]


def test_a_patient_who_was_merged_is_found_where_the_id_leads(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(encounter(subject={"reference": f"Patient/{MERGED}"}))
    ward.masters = masters(redirects={})
    assert nowhere(ward.night()) == {("Encounter", "subject", f"Patient/{MERGED}", "unknown")}
    ward.masters = masters()
    made = ward.night(NEXT)
    assert made["encounter"]["patient_id"].to_list() == [PATIENT]
    assert nowhere(made) == set()


def test_people_are_found_by_their_nik_and_it_is_not_shown(tmp_path: Path) -> None:
    nik = {"system": "https://fhir.kemkes.go.id/id/nik"}
    ward = new_ward(tmp_path)
    doctor = [{"individual": {"identifier": nik | {"value": DOCTOR_NIK}}}]
    ward.deliver(
        encounter(subject={"identifier": nik | {"value": NIK}}, participant=doctor),
        encounter("V2", subject={"identifier": nik | {"value": "3273010101900077"}}),
    )
    made = ward.night()
    found = made["encounter"].filter(pl.col("identifier") == "V1").row(0, named=True)
    assert (found["patient_id"], found["practitioner_id"]) == (PATIENT, DOCTOR)
    lost = made["unresolved_reference"].row(0, named=True)
    assert (lost["element"], lost["reference"], lost["nik"]) == ("subject", None, "3273010101900077")


def test_a_nik_that_several_patients_have_means_none_of_them(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.masters["patient_patient"] = pl.DataFrame({"master_id": [PATIENT, "P00000000002"]})
    ward.masters["patient_patient_identifier"] = pl.DataFrame(
        {"master_id": [PATIENT, "P00000000002"], "namespace": ["nik"] * 2, "code": [NIK] * 2}
    )
    ward.deliver(encounter(subject={"identifier": {"value": NIK}}))
    assert nowhere(ward.night()) == {("Encounter", "subject", None, "several")}


@pytest.mark.parametrize(
    "reference",
    ["V1", f"Encounter/{UUID}", f"https://satusehat.example/fhir-r4/v1/Encounter/{UUID}", f"urn:uuid:{UUID}"],
)
def test_every_way_to_name_a_visit(tmp_path: Path, reference: str) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(stored(encounter(), UUID), condition(visit=reference))
    made = ward.night()
    assert made["condition"]["encounter_id"].to_list() == made["encounter"]["encounter_id"].to_list()


def test_lines_of_a_file_name_each_other_by_full_url(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(encounter() | {"fullUrl": f"urn:uuid:{UUID.upper()}"}, condition(visit=f"urn:uuid:{UUID}"))
    assert nowhere(ward.night()) == set()


def test_a_reference_to_another_kind_of_thing_is_told_as_one(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    ward.deliver(
        stored(encounter(), UUID),
        condition(visit=f"Observation/{UUID}"),
        condition("C2", visit=f"Encounter/{UUID}", recorder={"reference": "Patient/P00000000001"}),
    )
    assert nowhere(ward.night()) == {
        ("Condition", "encounter", f"Observation/{UUID}", "other-kind"),
        ("Condition", "requester", "Patient/P00000000001", "other-kind"),
    }


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    ward = new_ward(tmp_path)
    other = {"reference": "Patient/P00000000002"}
    ward.masters["patient_patient"] = pl.DataFrame({"master_id": [PATIENT, "P00000000002"]})
    ward.deliver(
        encounter(),
        observation("O1", valueQuantity=None),
        observation("O2", valueQuantity={"value": 3}),
        observation("O3", subject=other),
        observation(f"O-{NIK}"),
        observation("O6", performer=None, issued=None),
        report(basedOn=None, result=None),
        observation("O5", meta={"versionId": "MTY3OTk", "lastUpdated": "yesterday"}),
    )
    made = ward.night()
    assert set(made["finding"].select("finding", "detail").rows()) == {
        ("value:absent", None),
        ("unit:absent", None),
        ("encounter:of-another-patient", None),
        ("text:like-nik", None),
        ("element:absent", "performer, issued_at"),
        ("element:absent", "based_on, result"),
        ("value:lost", "version:cast-integer, last_updated_at:cast-timestamp"),
    }
    assert made["observation"]["identifier"].null_count() == 1
