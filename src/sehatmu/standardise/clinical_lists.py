"""Lists inside clinical resources, one row for each of their elements: references, codings, components, statuses.

The extracts hold such a list as JSON text, or one object where a list would have one; DuckDB takes them apart. Each
function takes frames with the resource's columns of the extract and its `clinical_id`, and gives rows in the order in
which they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from sehatmu.memory import memory

#: Lists of references by column: where, in an element, the reference and the word about it stand.
REFERENCES: Mapping[str, tuple[str, str]] = {
    "participant": ("individual", "type[0].coding[0].code"),
    "diagnosis": ("condition", "use.coding[0].code"),
    "based_on": ("", ""),
    "result": ("", ""),
    "specimen": ("", ""),
}
_VALUES = {
    "code_system": "code.coding[0].system",
    "code": "code.coding[0].code",
    "code_display": "code.coding[0].display",
    "value_number": "valueQuantity.value",
    "value_unit": "valueQuantity.unit",
    "value_unit_code": "valueQuantity.code",
    "value_code": "valueCodeableConcept.coding[0].code",
    "value_text": "valueString",
    "interpretation_code": "interpretation[0].coding[0].code",
}
_CODING = {"system": "system", "code": "code", "display": "display"}


def list_references(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """`clinical_id, resource_type, organization, delivery_date, position` (from 1), `reference, number, role_code` of
    one list of references."""
    inside, role = REFERENCES[column]
    start = f"{inside}." if inside else ""
    paths = {"reference": f"{start}reference", "number": f"{start}identifier.value", "role_code": role or "role"}
    return _take_apart(rows, column, paths, keep=("resource_type", "organization", "delivery_date"))


def list_codings(rows: pl.DataFrame) -> pl.DataFrame:
    """`resource_type, clinical_id, element, position, system, code, display`: codes beyond the first one of a
    resource (element code), and its reasons."""
    more = []
    for position, column in ((2, "second_coding"), (3, "third_coding")):
        if column in rows.columns:
            found = _take_apart(rows, column, _CODING, keep=("resource_type",))
            more.append(found.with_columns(position=pl.lit(position, pl.Int64), element=pl.lit("code")))
    concepts = _take_apart(rows, "reason", {"coding": "coding"}, keep=("resource_type",))
    reasons = _take_apart(
        concepts.rename({"position": "concept"}), "coding", _CODING, keep=("resource_type", "concept")
    )
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("clinical_id")
    more.append(reasons.with_columns(element=pl.lit("reason"), position=place))
    columns = ["resource_type", "clinical_id", "element", "position", "system", "code", "display"]
    return pl.concat([found.select(columns) for found in more]).filter(pl.col("code").is_not_null())


def list_components(rows: pl.DataFrame) -> pl.DataFrame:
    """`clinical_id, position`, code and value of every component; `value_number` as a number where it is one."""
    found = _take_apart(rows, "component", _VALUES, keep=("resource_type",))
    return found.with_columns(pl.col("value_number").cast(pl.Float64, strict=False))


def list_statuses(rows: pl.DataFrame) -> pl.DataFrame:
    """`clinical_id, position, status, started_at, ended_at` of the status history of visits; times in UTC, null where
    they cannot be read."""
    paths = {"status": "status", "started_at": "period.start", "ended_at": "period.end"}
    found = _take_apart(rows, "status_history", paths, keep=("resource_type",))
    times = [_moment(pl.col(name)).alias(name) for name in ("started_at", "ended_at")]
    return found.with_columns(times).filter(pl.col("status").is_not_null())


def _moment(text: pl.Expr) -> pl.Expr:
    return text.str.replace(r"Z$", "+00:00").str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False
    )


def _take_apart(rows: pl.DataFrame, column: str, paths: Mapping[str, str], *, keep: Sequence[str]) -> pl.DataFrame:
    """`clinical_id`, those of `keep`, `position` and, by name, what stands at these paths of each element, as text."""
    asked = rows.filter(pl.col(column).is_not_null()).select("clinical_id", *keep, told=column)
    kept = ", ".join(["clinical_id", *keep])
    columns = ", ".join(f"v[{i}] AS {name}" for i, name in enumerate(paths, 1))
    with memory() as con:
        con.register("asked", asked)
        # An object alone stands for a list of one; what is neither has no elements.
        found: pl.DataFrame = con.sql(
            f"""
            SELECT {kept}, position, {columns} FROM (
                SELECT {kept}, position, json_extract_string(element, $wanted) AS v FROM (
                    SELECT {kept}, unnest(elements) AS element,
                        generate_subscripts(elements, 1) AS position
                    FROM (
                        SELECT {kept}, CASE json_type(told) WHEN 'ARRAY' THEN json_extract(told, '$[*]')
                            WHEN 'OBJECT' THEN [told::JSON] END AS elements
                        FROM asked WHERE json_valid(told)
                    )
                )
            )
            """,
            params={"wanted": [f"$.{path}" for path in paths.values()]},
        ).pl()
    return found.sort("clinical_id", *keep, "position")
