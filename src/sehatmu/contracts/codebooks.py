"""Codebooks: CSV files below `data_contracts/codebooks/`, the first column being the key.

`valid_from` and `valid_to` (both inclusive, empty = open) say when a row holds; a key may stand in several
rows as long as their validity does not overlap. Read by standardise and linkage, and by `load` for the codes
that a contract's rule names.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from sehatmu.contracts.mistakes import ContractError, Mistake, meant
from sehatmu.errors import SehatmuError

VALIDITY = ("valid_from", "valid_to")
_ROW = "one row per key and day; dates like 2000-01-31, or empty"


def codebook_names(root: Path) -> list[str]:
    """Names of all codebooks below `root`, sorted."""
    return sorted(path.stem for path in (root / "codebooks").glob("*.csv"))


def load_codebook(root: Path, name: str) -> pl.DataFrame:
    """One codebook in file order: all columns as text, then `valid_from` and `valid_to` as dates.

    A file without the two validity columns holds for ever (both null). Raises SehatmuError where there is
    no codebook of that name, and ContractError with all its mistakes.
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
    """As `load_codebook`, but notes the mistakes; None where the file cannot be used at all."""
    path = root / "codebooks" / f"{name}.csv"
    file = f"codebooks/{path.name}"
    try:
        lines = pl.read_csv(path, has_header=False, separator="\x01", quote_char=None, infer_schema=False)
        uneven = _uneven_lines(lines.to_series())
        texts = pl.read_csv(path, infer_schema=False) if not uneven else pl.DataFrame()
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        reason = str(error).partition("\n")[0]
        mistakes.append(Mistake(file, "", f"not readable ({reason})", "CSV in UTF-8 with commas and a header"))
        return None
    if uneven:
        allowed = "as many cells as the header, none with a line break"
        mistakes += [Mistake(file, f"line {line}", f"found {cells} cells", allowed) for line, cells in uneven]
        return None
    names = lines.item(0, 0).strip("\r").split(",")
    validity = [column for column in VALIDITY if column in texts.columns]
    clean = names == texts.columns and all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    if not clean or len(validity) == 1 or names[0] in VALIDITY:
        allowed = "different names in lower case, the key first; both valid_from and valid_to, or none"
        mistakes.append(Mistake(file, "line 1", f"found {','.join(names)}", allowed))
        return None
    if not validity:
        texts = texts.with_columns(pl.lit(None, pl.String).alias(column) for column in VALIDITY)
    typed = texts.select(pl.exclude(VALIDITY), pl.col(VALIDITY).str.to_date("%Y-%m-%d", strict=False, exact=True))
    mistakes += _check_rows(file, texts, typed)
    return typed


def _uneven_lines(lines: pl.Series) -> list[tuple[int, int]]:
    """Numbers of lines that have another count of cells than the first, and that count.

    polars itself fills short rows with nulls, and so would hide a forgotten comma.
    """
    cells = lines.fill_null("").str.replace_all('"[^"]*"', "").str.count_matches(",") + 1
    numbered = pl.DataFrame({"line": pl.int_range(1, len(cells) + 1, eager=True), "cells": cells})
    return numbered.filter(pl.col("cells") != pl.col("cells").first()).rows()


def _check_rows(file: str, texts: pl.DataFrame, typed: pl.DataFrame) -> list[Mistake]:
    """Keys that are blank or stand twice for one day, and dates that are none or in the wrong order."""
    key = typed.columns[0]
    ordered = typed.select(
        pl.col(key).alias("key"),
        pl.col("valid_from").fill_null(pl.date(1, 1, 1)).alias("first"),
        pl.col("valid_to").fill_null(pl.date(9999, 12, 31)).alias("last"),
        pl.any_horizontal(texts[c].is_not_null() & typed[c].is_null() for c in VALIDITY).alias("no_date"),
        pl.int_range(2, pl.len() + 2).alias("line"),
    ).sort("key", "first", "line")
    faults = {
        "the key is empty or has blanks around it": pl.col("key").is_null()
        | (pl.col("key").str.strip_chars() != pl.col("key")),
        "a validity that is no date": pl.col("no_date"),
        "valid_to is before valid_from": pl.col("last") < pl.col("first"),
        "the key stands twice for one day": pl.col("first") <= pl.col("last").shift().cum_max().over("key"),
    }
    return [
        Mistake(file, f"line {line}", found, _ROW)
        for found, fault in faults.items()
        for line in ordered.filter(fault)["line"]
    ]
