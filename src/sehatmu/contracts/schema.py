"""The one judge of rows: contracts as polars types and as pandera schemas.

Intake validates deliveries with it, publish its own tables, tests whatever they like. Frames are eager and
validated lazily (`judge` does both); each check's name is the rule's id, and every check sees nulls.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from sehatmu.contracts.model import ROW, Column, Contract, Rule
from sehatmu.errors import SehatmuError

if TYPE_CHECKING:
    import pandera.polars as pa
    from pandera.api.polars.types import PolarsData

# A delivery's day ends when it ends where the pipeline runs.
_CLOCK = "Asia/Jakarta"
_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
}


def polars_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Column name -> polars type, in the contract's order."""
    return {c.name: pl.List(_TYPES[str(c.items)]) if c.type == "array" else _TYPES[c.type] for c in contract.columns}


def pandera_schema(contract: Contract) -> pa.DataFrameSchema:
    """A schema for eager frames; validate with `lazy=True`, never a LazyFrame, never `drop_invalid_rows`.

    In `failure_cases`, `column` is the blamed column (`row` for rules of the whole row), `check` the rule's
    id, `index` the row from 0; a null index means that the frame itself has another shape. Columns beyond
    the contract are let through.
    """
    # Imported here because pandera takes seconds, and most commands judge nothing.
    import pandera.polars as pa

    def check(name: str, fine: pl.Expr) -> pa.Check:
        def judge_rows(data: PolarsData) -> pl.LazyFrame:
            return data.lazyframe.select(fine)

        return pa.Check(judge_rows, name=name, ignore_na=False)

    types = polars_schema(contract)
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                types[column.name], [check(name, fine) for name, fine in checks_of(column)], nullable=True
            )
            for column in contract.columns
        },
        checks=[check(name, fine) for name, fine in _row_checks(contract)],
        name=ROW,
    )


def judge(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Every broken rule of every row: `row` (u32, from 0), `column` (`row` for the whole row) and `rule`.

    Sorted by row, in the contract's order of columns and rules. Raises SehatmuError where the frame lacks a
    column or has one of another type: that is a fault of the caller, not of the data.
    """
    from pandera.errors import SchemaErrors

    empty = pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String, "rule": pl.String})
    try:
        pandera_schema(contract).validate(frame, lazy=True)
        return empty
    except SchemaErrors as errors:
        # Only these three: the message and `failure_case` hold values, which may be personal.
        cases: pl.DataFrame = errors.failure_cases.select("index", "column", pl.col("check").alias("rule"))
    misfits = cases.filter(pl.col("index").is_null())
    if misfits.height:
        raise SehatmuError(
            f"a frame does not have the shape of {contract.id}",
            evidence=", ".join(sorted({f"{c}: {r}" for _, c, r in misfits.rows()})),
            hint="cast to polars_schema(contract) first",
        )
    order = {name: i for i, name in enumerate([*(c.name for c in contract.columns), ROW])}
    return (
        cases.with_row_index("nth")
        .sort("index", pl.col("column").replace_strict(order, return_dtype=pl.UInt32), "nth")
        .select(pl.col("index").cast(pl.UInt32).alias("row"), "column", "rule")
    )


def holds(contract: Contract) -> pl.Expr:
    """True where a row breaks no rule, never null: what `judge` has nothing to say about, asked in one go.

    The frame has the columns of the contract; it is not looked at whether it has their types.
    """
    checks = [fine for column in contract.columns for _, fine in checks_of(column)]
    return pl.all_horizontal(pl.lit(True), *checks, *(fine for _, fine in _row_checks(contract)))


def judges_rows_apart(contract: Contract) -> bool:
    """Whether what the contract says of a row never depends on other rows."""
    rules = [*contract.rules, *(rule for column in contract.columns for rule in column.rules)]
    is_unique = contract.primary_key or any(column.unique for column in contract.columns)
    return not is_unique and not any(rule.kind == "duplicateValues" for rule in rules)


def checks_of(column: Column) -> Iterator[tuple[str, pl.Expr]]:
    """Rule id and an expression that is true where the value is fine, never null."""
    value = pl.col(column.name)
    if column.required:
        yield "required", value.is_not_null()
    if column.unique:
        yield "unique", value.is_null() | ~value.is_duplicated()
    if column.type == "number":
        yield "finite", value.is_null() | value.is_finite()
    if column.pattern is not None:
        yield "pattern", value.is_null() | value.str.contains(column.pattern)
    if column.min_length is not None or column.max_length is not None:
        yield (
            "length",
            value.is_null() | _between(value.str.len_chars(), column.min_length, column.max_length),
        )
    if column.minimum is not None or column.maximum is not None:
        yield "range", value.is_null() | _between(value, column.minimum, column.maximum)
    for rule in column.rules:
        yield rule.id, _rule(rule, value)


def _row_checks(contract: Contract) -> Iterator[tuple[str, pl.Expr]]:
    if contract.primary_key:
        yield "primary-key", ~pl.struct(contract.primary_key).is_duplicated()
    for rule in contract.rules:
        yield rule.id, _rule(rule, pl.struct(rule.columns))


def _rule(rule: Rule, value: pl.Expr) -> pl.Expr:
    other = pl.col(rule.columns[0]) if rule.columns else pl.lit(None)
    match rule.kind:
        case "nullValues":
            return value.is_not_null()
        case "duplicateValues":
            return value.is_null() | ~value.is_duplicated()
        case "invalidValues" if rule.pattern is not None:
            return value.is_null() | value.str.contains(rule.pattern)
        case "invalidValues" | "inCodebook":
            return value.is_null() | value.is_in(list(rule.values))
        case "notLessThan":
            return (value >= other).fill_null(True)
        case "notMoreThan":
            return (value <= other).fill_null(True)
        case "requiredWith":
            return value.is_not_null() | other.is_null()
        case "requiredWhen":
            return value.is_not_null() | ~_asked(rule)
        case "validWhen":
            return value.is_null() | value.is_in(list(rule.values)) | ~_asked(rule)
        case "patternWhen":
            return value.is_null() | value.str.contains(str(rule.pattern)) | ~_asked(rule)
        case "notAfterDelivery":
            midnight = (other.cast(pl.Datetime("us")) + pl.duration(days=1)).dt.replace_time_zone(_CLOCK)
            return (value < midnight.dt.convert_time_zone("UTC")).fill_null(True)
        case "requiredOneOf":
            return pl.any_horizontal(pl.col(rule.columns).is_not_null())


def _asked(rule: Rule) -> pl.Expr:
    return pl.col(rule.columns[0]).is_in(list(rule.when)).fill_null(False)


def _between(value: pl.Expr, low: float | date | None, high: float | date | None) -> pl.Expr:
    above = value >= low if low is not None else pl.lit(True)
    return above & (value <= high) if high is not None else above
