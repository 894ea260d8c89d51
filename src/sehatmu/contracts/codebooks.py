"""Codebooks: CSV files below `data_contracts/codebooks/`, the first column being the key.

`valid_from` and `valid_to` (both inclusive, empty = open) say when a row holds; a key may stand in several
rows as long as their validity does not overlap. Read by standardise and linkage, and by `load` for the codes
that a contract's rule names.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sehatmu.contracts.mistakes import ContractError, Mistake, meant
from sehatmu.errors import SehatmuError

VALIDITY = ("valid_from", "valid_to")


def codebook_names(root: Path) -> list[str]:
    """Names of all codebooks below `root`, sorted."""
    return sorted(path.stem for path in (root / "codebooks").glob("*.csv"))


def load_codebook(root: Path, name: str) -> pl.DataFrame:
    """One codebook in file order: all columns text, then `valid_from` and `valid_to` as dates (null = open).

    Raises SehatmuError where there is none of that name, ContractError with its mistakes otherwise.
    """
    names = codebook_names(root)
    if name not in names:
        raise SehatmuError(
            f"no codebook '{name}'{meant(name, names)}",
            evidence=str(root / "codebooks"),
            hint=f"known: {', '.join(names) or 'none'}",
        )
    mistakes: list[Mistake] = []
    frame = read_codebook(root, name, mistakes)
    if frame is None or mistakes:
        raise ContractError(mistakes)
    return frame


def read_codebook(root: Path, name: str, mistakes: list[Mistake]) -> pl.DataFrame | None:
    """As `load_codebook`, but notes mistakes; None where the file cannot be used at all."""
    path = root / "codebooks" / f"{name}.csv"
    file = f"codebooks/{path.name}"
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError) as error:
        reason = str(error).splitlines()[0]
        mistakes.append(
            Mistake(file, "", f"not readable as CSV ({reason})", "UTF-8, comma, a header, full rows")
        )
        return None
    found = set(VALIDITY) & set(frame.columns)
    if len(found) == 1 or frame.columns[0] in VALIDITY:
        mistakes.append(
            Mistake(
                file,
                "header",
                f"found {', '.join(frame.columns)}",
                "a key first; both valid_from and valid_to, or none",
            )
        )
        return None
    if not found:
        return frame.with_columns(pl.lit(None, pl.Date).alias(column) for column in VALIDITY)
    dates = [pl.col(column).str.to_date("%Y-%m-%d", strict=False).alias(column) for column in VALIDITY]
    rest = [column for column in frame.columns if column not in VALIDITY]
    typed = frame.select(*rest, *dates)
    mistakes += _check_rows(file, frame, typed)
    return typed


def _check_rows(file: str, texts: pl.DataFrame, typed: pl.DataFrame) -> list[Mistake]:
    """Blank keys, dates that are none, and validity that ends before it starts or overlaps."""
    key = typed.columns[0]
    rows = typed.with_columns(
        pl.int_range(2, pl.len() + 2).alias("line"),
        pl.any_horizontal(texts[c].is_not_null() & typed[c].is_null() for c in VALIDITY).alias("no_date"),
    ).sort(key, pl.col("valid_from").fill_null(pl.date(1, 1, 1)), "line")
    end_before = pl.col("valid_to").shift().over(key)
    first = pl.int_range(pl.len()).over(key) == 0
    faults = {
        "the key is empty or has blanks around it": pl.col(key).is_null()
        | (pl.col(key).str.strip_chars() != pl.col(key)),
        "a date that is none": pl.col("no_date"),
        "valid_to is before valid_from": pl.col("valid_to") < pl.col("valid_from"),
        "the key stands twice for one day": ~first
        & (end_before.is_null() | pl.col("valid_from").is_null() | (pl.col("valid_from") <= end_before)),
    }
    return [
        Mistake(file, f"line {line}", found, "one row per key and day; dates like 2000-01-31, or empty")
        for found, fault in faults.items()
        for line in rows.filter(fault)["line"]
    ]
