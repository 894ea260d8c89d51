"""How each clinical table is cut from the rows of its resource type: which of their columns, under which names.

What the columns mean stands in the contracts; here is only where they come from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

# What every resource has.
_COMMON = (
    *("resource_id", "identifier_system", "identifier", "version", "last_updated_at", "delivery_date"),
    *("status", "is_void", "patient_id", "practitioner_id", "facility_id"),
)
_CODE = ("code_system", "code", "code_display")
_COLUMNS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "Encounter": (
        ("class_code", "started_at", "ended_at", "reason_code", "discharge_code", "location_reference"),
        {"location_display": "location_display"},
    ),
    "Condition": (
        ("clinical_status", "verification_status", "category_code", *_CODE, "encounter_id"),
        {"onset_at": "onset_at", "abated_at": "abated_at", "recorded_at": "issued_at"},
    ),
    "Observation": (
        (
            *("category_code", *_CODE, "encounter_id", "service_request_id", "specimen_id", "issued_at"),
            *("value_number", "value_unit", "value_unit_code", "value_system", "value_code", "value_display"),
            *("value_flag", "value_at", "interpretation_code", "range_low", "range_high"),
        ),
        {"observed_at": "started_at", "ended_at": "ended_at"},
    ),
    "DiagnosticReport": (
        (*("category_code", *_CODE, "encounter_id", "service_request_id", "specimen_id"), "issued_at"),
        {"effective_at": "started_at", "conclusion_code": "conclusion_code", "result_count": "result_count"},
    ),
    "ServiceRequest": (
        (*("intent", "priority", "category_code", *_CODE, "encounter_id", "requester_id"), "planned_at"),
        {"authored_at": "issued_at"},
    ),
    "Specimen": (
        ("service_request_id",),
        {
            **{f"type_{name}": name for name in ("code", "code_system", "code_display")},
            "collected_at": "started_at",
            "received_at": "issued_at",
        },
    ),
    "Procedure": (
        ("category_code", *_CODE, "encounter_id", "service_request_id"),
        {"performed_at": "started_at", "ended_at": "ended_at"},
    ),
}
#: The columns of tables of list elements, beside their owner.
PLAIN: Mapping[str, Mapping[str, str]] = {
    "component": {
        name: name
        for name in (
            *("position", *_CODE, "value_number", "value_unit", "value_unit_code", "value_code"),
            "interpretation_code",
        )
    },
    "encounter_status": {name: name for name in ("position", "status", "started_at", "ended_at")},
}
#: The resource types, each with a table of its own.
TYPES = tuple(_COLUMNS)
# A run of 16 digits may be a NIK, wherever somebody wrote it.
_LIKE_NIK = "[0-9]{16}"
# Texts that senders write as they like; ids of ours and numbers of masters are not.
_FREE = frozenset(
    {
        *("resource_id", "identifier", "class_code", "reason_code", "discharge_code", "location_reference"),
        *("location_display", "category_code", "code_system", "code", "code_display", "system", "display"),
        *("value_unit", "value_unit_code", "value_system", "value_code", "value_display", "interpretation_code"),
        *("conclusion_code", "intent", "priority", "type_code", "type_code_system", "type_code_display", "role_code"),
    }
)


def table_of(kind: str) -> str:
    """The table of a resource type.

    >>> table_of("DiagnosticReport")
    'diagnostic_report'
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).strip("_")


def cut_tables(columns: list[pl.Series], kinds: Collection[str]) -> dict[str, pl.DataFrame]:
    """The tables of these resource types, by their names.

    `columns`: those of the rows of an extract, with what they refer to. They are taken out of the list one by one, so
    that what is cut from a column takes its place in memory.
    """
    types = next(column for column in columns if column.name == "resource_type")
    masks = {kind: types == kind for kind in kinds}
    parts: dict[str, dict[str, pl.Series]] = {kind: {} for kind in masks}
    while columns:
        column = columns.pop()
        for kind, mask in masks.items():
            if column.name in _sources(kind).values():
                parts[kind][column.name] = column.filter(mask)
    return {table_of(kind): withhold(pl.DataFrame(part).select(**_sources(kind))) for kind, part in parts.items()}


def _sources(kind: str) -> dict[str, str]:
    """By column of a table, the column of the extract, or of what it refers to, that it is."""
    same, renamed = _COLUMNS[kind]
    told = {name: name for name in (*_COMMON, *same)} | {f"{table_of(kind)}_id": "clinical_id"} | dict(renamed)
    # A condition's status is what it has in the place of one.
    return told | ({"status": "clinical_status"} if kind == "Condition" else {})


def withhold(table: pl.DataFrame) -> pl.DataFrame:
    """The table without texts that may hold a NIK."""
    free = [name for name, kind in table.schema.items() if name in _FREE and kind == pl.String]
    free = [name for name in free if table[name].str.contains(_LIKE_NIK).any()]
    return table.with_columns(pl.when(~pl.col(name).str.contains(_LIKE_NIK)).then(name).alias(name) for name in free)


def may_hold_nik(rows: pl.DataFrame) -> pl.Expr:
    """Whether one of a row's free texts is withheld."""
    free = [pl.col(n).str.contains(_LIKE_NIK) for n, kind in rows.schema.items() if n in _FREE and kind == pl.String]
    return pl.any_horizontal(free).fill_null(False)
