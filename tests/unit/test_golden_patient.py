"""Conflicts, mothers and findings of patients, from small records with known masters."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from sehatmu.golden.conflicts import COLUMNS, find_conflicts
from sehatmu.golden.patient import find_after_death, find_shared_niks
from sehatmu.golden.relations import find_mothers
from sehatmu.standardise import load_codebooks
from tests.standardising_persons import CONTRACTS

BOOKS = load_codebooks(CONTRACTS, ("verification_levels",))
SCHEMA = {
    "record_key": pl.String, "master_id": pl.String, "source": pl.String, "extract": pl.String,
    "source_key": pl.String, "nik": pl.String, "nik_confirmed": pl.String, "mother_nik": pl.String, "nama": pl.String,
    "name_full": pl.String, "birth_date": pl.Date, "sex": pl.String, "birth_order": pl.Int8, "passport": pl.String,
    "tanggal_meninggal": pl.Date,
}  # fmt: skip


def records(**rows: dict[str, Any]) -> pl.DataFrame:
    """Records by key; `master_id` P1 unless told."""
    place = {"source": "faskes", "extract": "pasien", "master_id": "P1"}
    full = [{"record_key": key, "source_key": key, **place, **row} for key, row in rows.items()]
    return pl.DataFrame(full, schema=SCHEMA)


def golden(row: dict[str, Any]) -> pl.DataFrame:
    schema = {"master_id": pl.String} | {name: SCHEMA[name] for name in COLUMNS}
    return pl.DataFrame([{"master_id": "P1", **row}], schema=schema)


def test_a_conflict_tells_each_record_and_which_value_won() -> None:
    told = records(
        a={"birth_date": date(1990, 1, 31), "sex": "F"},
        b={"birth_date": date(1990, 3, 1), "sex": "F"},
        c={"sex": "F"},
        d={"birth_date": date(1990, 1, 31)},
    )
    found = find_conflicts(told, golden({"birth_date": date(1990, 1, 31), "sex": "F"}), BOOKS)
    assert found.select("column_name", "record_key", "value", "is_chosen", "severity").rows() == [
        ("birth_date", "a", "1990-01-31", True, "identity"),
        ("birth_date", "b", "1990-03-01", False, "identity"),
        ("birth_date", "d", "1990-01-31", True, "identity"),
    ]


def test_names_that_are_near_are_spellings_and_others_may_be_another_person() -> None:
    def severity(other: str) -> set[str]:
        told = records(
            a={"nama": "Ny. Melati Sari", "name_full": "MELATI SARI"}, b={"nama": other, "name_full": other.upper()}
        )
        found = find_conflicts(told, golden({"nama": "Ny. Melati Sari"}), BOOKS)
        assert found["is_chosen"].to_list() == [True, False]
        return set(found["severity"])

    assert severity("Melaty Sari") == {"spelling"}
    assert severity("Sari Melati") == {"spelling"}
    assert severity("Joko Susilo") == {"identity"}


def test_one_record_or_one_value_is_no_conflict() -> None:
    one = golden({"sex": "F"})
    assert find_conflicts(records(a={"sex": "F"}), one, BOOKS).is_empty()
    assert find_conflicts(records(a={"sex": "F"}, b={"sex": "F"}, c={}), one, BOOKS).is_empty()
    two_masters = records(a={"sex": "F"}, b={"sex": "M", "master_id": "P2"})
    assert find_conflicts(two_masters, one, BOOKS).is_empty()


def test_a_mothers_nik_leads_to_her() -> None:
    told = records(
        child={"mother_nik": "M1"},
        same_child={"mother_nik": "M1"},
        twin={"mother_nik": "M1", "master_id": "P2"},
        mother={"nik": "M1", "nik_confirmed": "M1", "master_id": "P3"},
        borrower={"nik": "M1", "master_id": "P4"},
    )
    found = find_mothers(told)
    assert found.select("master_id", "relation", "related_id", "record_key").rows() == [
        ("P1", "MTH", "P3", "child"),
        ("P2", "MTH", "P3", "twin"),
    ]


def test_a_mothers_nik_that_several_tell_leads_nowhere_and_nobody_is_her_own_mother() -> None:
    several = records(
        child={"mother_nik": "M1"}, one={"nik": "M1", "master_id": "P3"}, two={"nik": "M1", "master_id": "P4"}
    )
    assert find_mothers(several).is_empty()
    own = records(child={"mother_nik": "M1"}, same={"nik": "M1"})
    assert find_mothers(own).is_empty()


def test_registrations_that_change_after_death_and_niks_of_several_patients_are_told() -> None:
    answers = pl.DataFrame(
        {
            "record_key": ["a", "b", "c"],
            "master_id": ["P1", "P1", "P2"],
            "tanggal_update": [date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 9)],
        }
    )
    best = pl.DataFrame(
        {
            "master_id": ["P1", "P2", "P3", "P4"],
            "nik": ["1", "2", "2", None],
            "tanggal_meninggal": [date(2026, 1, 1), None, None, None],
        }
    )
    assert find_after_death(answers, best)["record_key"].to_list() == ["a"]
    assert find_shared_niks(best).rows() == [
        ("P2", "nik:several-patients", "2 patients have it"),
        ("P3", "nik:several-patients", "2 patients have it"),
    ]
