"""The judge of rows: which rule blames which row, and that it never tells a value."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from pandera.errors import SchemaErrors

from sehatmu.contracts import Column, Contract, Rule, holds, judge, judges_rows_apart, pandera_schema, polars_schema
from sehatmu.errors import SehatmuError


def column(name: str = "value", type: str = "string", **options: object) -> Column:
    return Column(name=name, type=type, description="Some.", classification="personal", **options)  # type: ignore[arg-type]


def contract(*columns: Column, **options: object) -> Contract:
    plain = Contract(id="a_b", version="1.0.0", kind="source", domain="facility", description="", columns=columns)
    return replace(plain, **options)  # type: ignore[arg-type]


def rule(kind: str, **options: object) -> Rule:
    return Rule(id="the-rule", kind=kind, description="", column="value", **options)  # type: ignore[arg-type]


def broken(judged: Contract, **values: list[object]) -> list[tuple[int, str, str]]:
    """What the judge says of each row; where it says nothing, and only there, the row holds."""
    frame = pl.DataFrame(values, schema=polars_schema(judged))
    told = judge(judged, frame).rows()
    blamed = {row for row, _, _ in told}
    assert frame.select(holds(judged)).to_series().to_list() == [row not in blamed for row in range(len(frame))]
    return told


@pytest.mark.parametrize(
    ("options", "values", "expected"),
    [
        ({"required": True}, ["a", None, ""], [(1, "required")]),
        ({"unique": True}, ["a", "b", "a", None, None], [(0, "unique"), (2, "unique")]),
        (
            {"pattern": "^[0-9]{2}$"},
            ["12", "1", "123", None, "12\n"],
            [(1, "pattern"), (2, "pattern"), (4, "pattern")],
        ),
        (
            {"min_length": 2, "max_length": 3},
            ["é", "éé", "abc", "abcd", None],
            [(0, "length"), (3, "length")],
        ),
        ({"max_length": 1}, ["", "ab"], [(1, "length")]),
        ({"type": "integer", "minimum": 0}, [-1, 0, None], [(0, "range")]),
        ({"type": "number", "maximum": 1.5}, [1.5, 1.6, None], [(1, "range")]),
        ({"type": "number"}, [1.0, float("nan"), float("inf"), None], [(1, "finite"), (2, "finite")]),
        (
            {"type": "date", "minimum": date(2000, 1, 1), "maximum": date(2000, 12, 31)},
            [date(1999, 12, 31), date(2000, 1, 1), date(2001, 1, 1), None],
            [(0, "range"), (2, "range")],
        ),
        ({"type": "boolean", "required": True}, [True, False, None], [(2, "required")]),
        (
            {"type": "timestamp", "required": True},
            [datetime(2026, 11, 23, tzinfo=UTC), None],
            [(1, "required")],
        ),
        ({"type": "array", "items": "string", "required": True}, [["a"], [], None], [(2, "required")]),
        ({"rules": (rule("nullValues"),)}, ["a", None], [(1, "the-rule")]),
        ({"rules": (rule("duplicateValues"),)}, ["a", "a", None, None], [(0, "the-rule"), (1, "the-rule")]),
        ({"rules": (rule("invalidValues", pattern="^a"),)}, ["ab", "ba", None], [(1, "the-rule")]),
        ({"rules": (rule("invalidValues", values=("a", "b")),)}, ["a", "c", None], [(1, "the-rule")]),
        ({"rules": (rule("inCodebook", values=("a",)),)}, ["a", "A", None], [(1, "the-rule")]),
        (
            {"required": True, "pattern": "x", "max_length": 2},
            [None, "abc"],
            [(0, "required"), (1, "pattern"), (1, "length")],
        ),
    ],
)
def test_a_rule_of_a_column(options: dict, values: list, expected: list[tuple[int, str]]) -> None:
    found = broken(contract(column(**options)), value=values)
    assert found == [(row, "value", name) for row, name in expected]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("notLessThan", [0]), ("notMoreThan", [2]), ("requiredWith", [4])],
)
def test_a_rule_across_columns_sees_nulls_and_blames_its_own(kind: str, expected: list[int]) -> None:
    columns = (column(type="integer", rules=(rule(kind, columns=("other",)),)), column("other", "integer"))
    found = broken(contract(*columns), value=[1, 2, 3, 4, None, None], other=[2, 2, 2, None, 5, None])
    assert found == [(row, "value", "the-rule") for row in expected]


def test_rules_of_the_row_blame_the_row() -> None:
    one_of = Rule(id="some", kind="requiredOneOf", description="", columns=("a", "b"))
    both = Rule(id="pair", kind="duplicateValues", description="", columns=("a", "b"))
    judged = contract(column("a"), column("b"), rules=(one_of, both))
    found = broken(judged, a=["x", None, None, "x"], b=[None, "y", None, None])
    assert found == [(0, "row", "pair"), (2, "row", "some"), (3, "row", "pair")]


def test_a_primary_key_stands_once() -> None:
    judged = contract(column("a"), column("b"), primary_key=("a", "b"))
    found = broken(judged, a=["x", "x", "x"], b=["1", "2", "1"])
    assert found == [(0, "row", "primary-key"), (2, "row", "primary-key")]


def test_rows_of_a_contract_without_rules_hold() -> None:
    assert broken(contract(column()), value=["a", None]) == []


@pytest.mark.parametrize(
    ("options", "apart"),
    [
        ({"columns": (column(required=True, rules=(rule("nullValues"),)),)}, True),
        ({"columns": (column(unique=True),)}, False),
        ({"columns": (column(rules=(rule("duplicateValues"),)),)}, False),
        ({"primary_key": ("value",)}, False),
    ],
)
def test_some_rules_look_at_other_rows(options: dict, apart: bool) -> None:
    assert judges_rows_apart(contract(column(), **options)) is apart


def test_failure_cases_are_what_intake_joins_by() -> None:
    judged = contract(column("a", required=True), column("b", max_length=1), primary_key=("a",))
    with pytest.raises(SchemaErrors) as caught:
        pandera_schema(judged).validate(pl.DataFrame({"a": ["x", None, "x"], "b": ["1", "22", None]}), lazy=True)
    cases = caught.value.failure_cases.select("column", "check", "index").rows()
    assert sorted(cases) == [
        ("a", "required", 1),
        ("b", "length", 1),
        ("row", "primary-key", 0),
        ("row", "primary-key", 2),
    ]


def test_an_empty_frame_breaks_nothing() -> None:
    judged = contract(column(required=True, unique=True), primary_key=("value",))
    found = judge(judged, pl.DataFrame(schema=polars_schema(judged)))
    assert found.schema == {"row": pl.UInt32, "column": pl.String, "rule": pl.String}
    assert found.height == 0


def test_columns_beyond_the_contract_are_let_through() -> None:
    assert judge(contract(column()), pl.DataFrame({"value": ["a"], "row_number": [1]})).height == 0


@pytest.mark.parametrize(
    ("frame", "evidence"),
    [
        (pl.DataFrame({"other": ["Siti Contoh"]}), "column_in_dataframe"),
        (pl.DataFrame({"value": [12345]}), r"value: dtype\('String'\)"),
    ],
)
def test_a_frame_of_another_shape_is_an_error_without_values(frame: pl.DataFrame, evidence: str) -> None:
    with pytest.raises(SehatmuError, match=evidence) as caught:
        judge(contract(column(required=True)), frame)
    assert "Siti" not in str(caught.value)
    assert "12345" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_types_in_polars() -> None:
    types = ("string", "integer", "number", "boolean", "date", "timestamp")
    judged = contract(*(column(t, t) for t in types), column("list", "array", items="integer"))
    assert list(polars_schema(judged).values()) == [
        pl.String,
        pl.Int64,
        pl.Float64,
        pl.Boolean,
        pl.Date,
        pl.Datetime("us", "UTC"),
        pl.List(pl.Int64),
    ]
