"""Text to the contract's types, without guessing: what a type does not clearly say becomes null and a failure.

Called by `judge_delivery` for the rows of a delivery. Expressions only; the rules of a contract are judged
afterwards, in `validate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from sehatmu.contracts import Column, Contract, polars_schema
from sehatmu.intake.delivered import Delivered, cell
from sehatmu.intake.headers import Match

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}\x{200b}\x{feff}]"
# What Excel makes of a long code before it is saved as text: the digits are gone.
_SCIENTIFIC = r"^[+-]?\d([.,]\d+)?[eE]\+\d+$"
_EXCEL_ERROR = r"^#(N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|ERROR!)$"
_TRUE, _FALSE = ["ya", "y", "yes", "true", "1"], ["tidak", "t", "no", "n", "false", "0"]
_FAILURES = pl.Schema({"row": pl.UInt32, "column": pl.String, "rule": pl.String})
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]([+-](0[0-9]|1[0-4]):00|Z)$"
_TIME = r"([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_DATES = {
    r"^\d{4}-\d{1,2}-\d{1,2}" + _TIME + "$": "%Y-%m-%d",
    r"^\d{1,2}/\d{1,2}/\d{4}$": "%d/%m/%Y",
    r"^\d{1,2}-\d{1,2}-\d{4}$": "%d-%m-%Y",
}


def null_words(contract: Contract) -> list[str]:
    """Every text that says nothing: the blank one, and the contract's as people write them."""
    told = [text.strip() for text in contract.null_texts]
    return sorted({"", *told, *(form(text) for text in told for form in (str.lower, str.upper, str.capitalize))})


def clean_text(text: pl.Expr, nulls: Sequence[str], *, is_clean: bool) -> pl.Expr:
    """A text trimmed, without control characters (where it is not known to be `is_clean`); null where it is one of
    `nulls`."""
    text = text if is_clean else text.str.replace_all(_CONTROL, "")
    return text.str.strip_chars().replace(list(nulls), None)


def clean_texts(delivered: Delivered, match: Match, contract: Contract) -> pl.DataFrame:
    """One text column per contract column: trimmed, without control characters, blanks and null texts as null.

    Of several delivered columns the first value that is not null counts; an absent column is null.
    """
    if delivered.is_tidy:
        return _name_columns(delivered, match, contract)
    nulls = null_words(contract)

    def clean(number: int) -> pl.Expr:
        return clean_text(pl.col(cell(number)), nulls, is_clean=delivered.is_clean)

    return delivered.rows.select(
        "row_number",
        *(
            pl.coalesce([clean(n) for n in match.columns[c.name]]).alias(c.name)
            if c.name in match.columns
            else pl.lit(None, pl.String).alias(c.name)
            for c in contract.columns
        ),
    )


def _name_columns(delivered: Delivered, match: Match, contract: Contract) -> pl.DataFrame:
    """The same of texts that are clean, each from its one place: the columns themselves under other names, no copy."""
    rows = delivered.rows
    named = [
        rows[cell(match.columns[c.name][0])].alias(c.name)
        if c.name in match.columns
        else pl.Series(c.name, [None], pl.String).new_from_index(0, len(rows))
        for c in contract.columns
    ]
    return pl.DataFrame([rows["row_number"], *named])


def cast_texts(texts: pl.DataFrame, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The contract's columns typed, and the failures (`row` u32 from 0, `column`, `rule`).

    A failure is `cast-<type>` where a value was not null and became null. A text fails as `scientific` where it is
    what is left of a long number, as `excel-error` where it is one.
    """
    types = polars_schema(contract)
    others = texts.select(_cast(c, types).alias(c.name) for c in contract.columns if types[c.name] != pl.String)
    typed = pl.DataFrame([(others if c.name in others.columns else texts)[c.name] for c in contract.columns])
    rules = {(column.name, rule): fails for column in contract.columns for rule, fails in _failures(column).items()}
    both = typed.with_columns(texts[name].alias(_text_of(name)) for name in others.columns)
    found = both.select(fails.fill_null(False).alias(str(nth)) for nth, fails in enumerate(rules.values()))
    failures = [
        failed.arg_true().cast(pl.UInt32).alias("row").to_frame().with_columns(column=pl.lit(name), rule=pl.lit(rule))
        for (name, rule), failed in zip(rules, found.get_columns(), strict=True)
        if failed.any()
    ]
    return typed, pl.concat([pl.DataFrame(schema=_FAILURES), *failures])


def _text_of(name: str) -> str:
    return f"__text {name}"


def _failures(column: Column) -> Mapping[str, pl.Expr]:
    """By rule, whether a value could not be cast; its text stands beside it under another name."""
    text = pl.col(column.name)
    if column.type != "string":
        return {f"cast-{column.type}": pl.col(_text_of(column.name)).is_not_null() & text.is_null()}
    if column.paths:  # no spreadsheet has had it in between
        return {}
    return {"scientific": text.str.contains(_SCIENTIFIC), "excel-error": text.str.contains(_EXCEL_ERROR)}


def _cast(column: Column, types: Mapping[str, pl.DataType]) -> pl.Expr:
    text = pl.col(column.name)
    match column.type:
        case "integer":
            whole = text.str.extract(r"^([+-]?\d+)(\.0{1,2})?$", 1)  # 1.000 may mean a thousand
            return whole.str.strip_prefix("+").cast(pl.Int64, strict=False)
        case "number":
            plain = text.str.extract(r"^([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)$", 1)
            return plain.str.strip_prefix("+").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        case "boolean":
            word = text.str.to_lowercase()
            return pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)
        case "date":
            return pl.coalesce(
                pl.when(text.str.contains(shape))
                .then(text.str.slice(0, 10))
                .str.extract(r"^([\d/-]+)")
                .str.to_date(form, strict=False)
                for shape, form in _DATES.items()
            )
        case "timestamp":
            return _timestamp(text)
        case _:
            return text.cast(types[column.name])


def _timestamp(text: pl.Expr) -> pl.Expr:
    """UTC. Without an offset the clock is the pipeline's own, Asia/Jakarta."""
    # Nearly all are written so, and this costs a fifth of what the others take.
    is_plain = text.str.contains(_PLAIN)
    plain = pl.when(is_plain).then(text.str.slice(0, 19)).str.to_datetime(_SECONDS, time_unit="us", strict=False)
    ahead = text.str.slice(19, 3).str.strip_prefix("+").cast(pl.Int8, strict=False).fill_null(0)
    text = pl.when(~is_plain).then(text)
    shaped = text.str.replace(" ", "T", literal=True).str.replace(r"Z$", "+00:00")
    shaped = shaped.str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00:00").str.replace(
        r"(T\d{2}:\d{2})([+-]|$)", "${1}:00${2}"
    )
    offset = shaped.str.to_datetime(f"{_SECONDS}%.f%:z", time_unit="us", time_zone="UTC", strict=False)
    local = shaped.str.to_datetime(f"{_SECONDS}%.f", time_unit="us", strict=False)
    return pl.coalesce(
        (plain - pl.duration(hours=ahead)).dt.replace_time_zone("UTC"),
        offset,
        local.dt.replace_time_zone("Asia/Jakarta", ambiguous="earliest", non_existent="null").dt.convert_time_zone(
            "UTC"
        ),
    )
