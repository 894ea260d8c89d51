"""Which delivered column is which contract column: names and aliases, regardless of case, blanks, punctuation.

Readers ask `score` to find a header row; intake asks `match` once a file is read. Nothing here looks at values.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from sehatmu.contracts import Column, Contract, header_key
from sehatmu.intake.delivered import Delivered, Score
from sehatmu.intake.faults import BadFileError

_QUALIFIED = re.compile(r"\(?\s*[A-Za-z_]\w*\.(\w+)\s*\)?")  # a query's alias that leaked: d.kode_rs, (d.total_tt)


@dataclass(frozen=True, slots=True)
class Match:
    """`columns`: contract column → numbers of its delivered columns, the first value that is not null counting.

    `ignored`: delivered headers that no contract column answers to. `absent`: optional columns not delivered.
    """

    columns: dict[str, tuple[int, ...]]
    ignored: tuple[str, ...]
    absent: tuple[str, ...]


def scorer(contract: Contract) -> Score:
    """How many columns of the contract a list of headers has."""
    known = _known(contract)
    return lambda headers: len({known[key][0].name for h in headers if (key := _key(h, known)) in known})


def match(delivered: Delivered, contract: Contract) -> Match:
    """Find the contract's columns among the headers.

    Raises BadFileError where a header stands twice, where two headers claim one place of a column, and where a
    required column is absent.
    """
    if (
        not delivered.headers and not len(delivered.rows) and delivered.parts is None
    ):  # an empty array has no keys that could be absent
        return Match({}, (), tuple(c.name for c in contract.columns))
    known = _known(contract)
    places: dict[str, dict[int, int]] = {}
    ignored: dict[str, str] = {}
    doubled: list[str] = []
    for number, header in enumerate(map(str.strip, delivered.headers)):
        if (key := _key(header, known)) in known:
            column, rank = known[key]
            taken = places.setdefault(column.name, {})
            if rank in taken:
                doubled.append(f"{delivered.headers[taken[rank]].strip()!r} and {header!r} are both {column.name}")
            taken.setdefault(rank, number)
        elif header:
            if header.casefold() in ignored:
                doubled.append(f"{header!r} stands twice")
            ignored[header.casefold()] = header
    for name, number in delivered.by_path.items():
        places.setdefault(name, {})[-1] = number
    if doubled and places:
        raise BadFileError(
            f"two columns cannot be told apart: {'; '.join(doubled)}", hint="remove one of the two, or rename it"
        )
    columns = {name: tuple(number for _, number in sorted(found.items())) for name, found in places.items()}
    missing = [c.name for c in contract.columns if c.required and c.name not in columns]
    if missing or not columns:
        raise BadFileError(
            f"required column absent: {', '.join(missing)}; headers seen: {_seen(delivered, contract, columns)}"
            if missing
            else f"no column of the contract; headers seen: {_seen(delivered, contract, columns)}",
            hint=f"deliver it, or add its header to the aliases in the contract {contract.id}",
        )
    absent = tuple(c.name for c in contract.columns if c.name not in columns)
    return Match(columns, tuple(ignored.values()), absent)


def _seen(delivered: Delivered, contract: Contract, columns: Container[str]) -> str:
    """The headers in words; a first row without any known header may be persons' data, so it is not told."""
    headers = [header.strip() for header in delivered.headers if header.strip()]
    if not columns and any(c.classification == "personal" for c in contract.columns):
        return f"{len(headers)}, none of them known (is the header line missing?)"
    return ", ".join(map(repr, headers)) or "none"


def text_of(headers: Sequence[str]) -> list[str]:
    """The headers as keys of `row_values`: trimmed, and a blank one by its place."""
    return [header.strip() or f"column {place}" for place, header in enumerate(headers, 1)]


def _known(contract: Contract) -> dict[str, tuple[Column, int]]:
    """Header key → column and rank: 0 for name and aliases, then each header of `coalesce` in order."""
    known: dict[str, tuple[Column, int]] = {}
    for column in contract.columns:
        for header in (column.name, *column.aliases):
            known[header_key(header)] = (column, 0)
        for rank, header in enumerate(column.coalesce, 1):
            known[header_key(header)] = (column, rank)
    return known


def _key(header: str, known: dict[str, tuple[Column, int]]) -> str:
    key = header_key(header)
    if key in known:
        return key
    qualified = _QUALIFIED.fullmatch(header.strip())
    return header_key(qualified[1]) if qualified else key
