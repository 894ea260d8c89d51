"""Lists inside clinical resources, one row for each of their elements: references, codings, components, statuses.

The extracts hold such a list as JSON text, or one object where a list would have one; DuckDB takes them apart, each
text read once. Each function takes frames with the resource's columns of the extract and its `clinical_id`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
# An object alone stands for a list of one.
_AS_LIST = "CASE WHEN ltrim(told)[1] = '{' THEN '[' || told || ']' ELSE told END"
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
    reasons = reasons.sort("clinical_id", "concept", "position")
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
    times = [_moments(found[name]) for name in ("started_at", "ended_at")]
    return found.with_columns(times).filter(pl.col("status").is_not_null())


def count_elements(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """`resource_type, count` of all elements of one list, as JSON itself counts them."""
    listed = rows.filter(pl.col(column).is_not_null()).select("resource_type", told=column)
    with memory() as con:
        con.register("listed", listed)
        counted: pl.DataFrame = con.sql(
            f"SELECT resource_type, coalesce(sum(TRY(json_array_length({_AS_LIST}))), 0)::BIGINT AS count "
            "FROM listed GROUP BY resource_type"
        ).pl()
    return counted


def _moments(texts: pl.Series) -> pl.Series:
    """Times in UTC; each of the texts, which are few, is read once."""
    text = pl.col("text")
    read = text.str.replace(r"Z$", "+00:00").str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False
    )
    known = texts.unique().to_frame("text").with_columns(read.alias(texts.name))
    return texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")[texts.name]


def _take_apart(rows: pl.DataFrame, column: str, paths: Mapping[str, str], *, keep: Sequence[str]) -> pl.DataFrame:
    """`clinical_id`, those of `keep`, `position` and, by name, what stands at these paths of each element, as text."""
    asked = rows.filter(pl.col(column).is_not_null()).select("clinical_id", *keep, told=column)
    kept = ", ".join(["clinical_id", *keep])
    columns = ", ".join(f"element.{path.replace('[0]', '[1]')} AS {name}" for name, path in paths.items())
    with memory() as con:
        con.register("asked", asked)
        # What is no JSON, or neither a list nor an object, has no elements.
        found: pl.DataFrame = con.sql(
            f"""
            SELECT {kept}, position, {columns} FROM (
                SELECT {kept}, unnest(elements) AS element, generate_subscripts(elements, 1) AS position
                FROM (SELECT {kept}, TRY(from_json({_AS_LIST}, $shape)) AS elements FROM asked)
            )
            """,
            params={"shape": _shape(paths.values())},
        ).pl()
    return found


def _shape(paths: Iterable[str]) -> str:
    """The structure of a list of objects that have something at these paths, as DuckDB wants to be told it.

    >>> _shape(["code.coding[0].code", "code.text"])
    '[{"code": {"coding": [{"code": "VARCHAR"}], "text": "VARCHAR"}}]'
    """
    element: dict[str, Any] = {}
    for path in paths:
        *steps, last = path.split(".")
        inside = element
        for step in steps:
            name = step.removesuffix("[0]")
            held = inside.setdefault(name, {} if name == step else [{}])
            inside = held if name == step else held[0]
        inside[last] = "VARCHAR"
    return json.dumps([element])
