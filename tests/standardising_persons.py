"""Small registrations for the tests of standardising persons: dictionaries in, records or single values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.standardise import Codebooks, load_codebooks
from sehatmu.standardise.codebooks import PERSON_NAMES
from sehatmu.standardise.person_names import NAMES, NameBook, compile_names, standardise_names
from sehatmu.standardise.person_rows import DELIVERED
from sehatmu.standardise.persons import person_records

CONTRACTS = Path(__file__).parents[1] / "data_contracts"
DAY = date(2026, 11, 23)


@cache
def books() -> Codebooks:
    return load_codebooks(CONTRACTS, PERSON_NAMES)


@cache
def name_book() -> NameBook:
    return compile_names(books())


def delivered(*rows: Mapping[str, str | None]) -> pl.DataFrame:
    """Registrations as texts, numbered where they have no record number."""
    full = [
        {"sumber_kode": "yankes_rs", "kode_faskes": "3273010", "no_rm": f"{i:04}", "nama": "Contoh Warga"} | dict(row)
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=dict.fromkeys(DELIVERED, pl.String))


def records(*rows: Mapping[str, str | None], **options: Any) -> pl.DataFrame:
    return person_records(delivered(*rows), books(), as_of=DAY, **options)


def record(**row: str | None) -> dict[str, Any]:
    """The record of one registration."""
    return records(row).row(0, named=True)


def names(
    texts: Sequence[str | None], mothers: Sequence[str | None] | None = None, sex: Sequence[str | None] | None = None
) -> pl.DataFrame:
    """Every column that names give."""
    nothing = [None] * len(texts)
    made = standardise_names(
        pl.Series(texts, dtype=pl.String),
        pl.Series(mothers or nothing, dtype=pl.String),
        pl.Series(sex or nothing, dtype=pl.String),
        name_book(),
        wanted=NAMES,
    )
    return pl.DataFrame(made)


def name(text: str | None, column: str = "name_full", *, mother: str | None = None, sex: str | None = None) -> Any:
    return names([text], [mother], [sex])[column].item()
