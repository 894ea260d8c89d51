"""What is odd about clinical resources that could be taken in: values lost, values absent, references that disagree.

Each finding is a row `resource_type, clinical_id, finding, detail`; the detail never holds a value.
"""

from __future__ import annotations

import polars as pl

from sehatmu.golden.clinical_shapes import may_hold_nik

LOST, LIKE_NIK = "value:lost", "text:like-nik"
ABSENT, NO_VALUE, NO_UNIT = "element:absent", "value:absent", "unit:absent"
OTHER_PATIENT, OF_VOID = "encounter:of-another-patient", "encounter:void"
REPORTED = ("final", "amended", "corrected")
# What a type has as a rule, and what is missed where it is not there; the row is taken in all the same.
_EXPECTED = {
    "Observation": ("performer", "started_at", "issued_at"),
    "DiagnosticReport": ("performer", "started_at", "issued_at", "based_on", "result"),
    "ServiceRequest": ("performer", "requester", "issued_at"),
}
_NOTHING = pl.lit(None, pl.String)
_VALUES = ("value_number", "value_code", "value_flag", "value_at", "value_text", "value_display", "component")


def find_in_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """What a resource says by itself."""
    is_lost = pl.col("flags").list.len() > 0
    found = [
        (LOST, is_lost, pl.col("flags").list.join(", ")),
        (LIKE_NIK, may_hold_nik(rows), _NOTHING),
    ]
    return _tell(rows, found)


def find_in_facts(facts: pl.DataFrame, at_visit: pl.DataFrame) -> pl.DataFrame:
    """What an observation lacks, and where a resource and its visit disagree; `at_visit`: `patient_id` and `is_void` of
    the visit of each."""
    joined = facts.with_columns(visit_patient=at_visit["patient_id"], is_visit_void=at_visit["is_void"])
    is_reported = (pl.col("resource_type") == "Observation") & pl.col("status").is_in(REPORTED)
    found = [
        (NO_VALUE, is_reported & pl.all_horizontal(pl.col(_VALUES).is_null()), _NOTHING),
        (
            NO_UNIT,
            is_reported
            & pl.col("value_number").is_not_null()
            & pl.col("value_unit").is_null()
            & pl.col("value_unit_code").is_null(),
            _NOTHING,
        ),
        (OTHER_PATIENT, pl.col("visit_patient") != pl.col("patient_id"), _NOTHING),
        (OF_VOID, pl.col("is_visit_void") & ~pl.col("is_void"), _NOTHING),
    ]
    absent = [
        (
            ABSENT,
            (pl.col("resource_type") == kind) & pl.any_horizontal(pl.col(names).is_null()),
            pl.concat_str(
                (pl.when(pl.col(n).is_null()).then(pl.lit(n)) for n in names), separator=", ", ignore_nulls=True
            ),
        )
        for kind, names in _EXPECTED.items()
    ]
    return _tell(joined, [*found, *absent])


def _tell(rows: pl.DataFrame, found: list[tuple[str, pl.Expr, pl.Expr]]) -> pl.DataFrame:
    return pl.concat(
        rows.filter(holds.fill_null(False)).select("resource_type", "clinical_id", finding=pl.lit(word), detail=detail)
        for word, holds, detail in found
    )
