"""What a table of the lookup file is, and the two forms in which it holds what it does not search by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookupTable:
    """`columns` as SQLite declares them; `select` is DuckDB over the published tables `reads` (schema.table).

    `key`, where each row is made of one row of the only table that is read and nothing else: the column of that table
    that tells which; the first of `columns` is made of it and is the primary key.
    """

    name: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    select: str
    indexes: tuple[str, ...] = ()
    without_rowid: bool = False
    key: str | None = None


# Small enough that sums over any number of rows stay exact.
_PRIME = 1_000_003


def sums(names: Sequence[str]) -> str:
    """Further columns of a SELECT: a sum over each of these columns of whole numbers, the same in SQLite and DuckDB."""
    return "".join(f", coalesce(sum({name} % {_PRIME}), 0)" for name in names)


def as_body(columns: tuple[str, ...]) -> str:
    """The columns as a JSON array."""
    return f"CAST(json_array({', '.join(columns)}) AS VARCHAR)"


def as_day(column: str) -> str:
    """A date as a whole number, 19900131: half of the text's size, and in the order of time."""
    return f"CAST(year({column}) * 10000 + month({column}) * 100 + day({column}) AS INTEGER)"
