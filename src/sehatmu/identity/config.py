"""The section `identity` of a linkage file: which index, and how its numbers look.

Authored as YAML, parsed strictly into frozen dataclasses. An index has one series of numbers, or several
where kinds of things carry their own (KFA: 91, 92, 93...).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sehatmu.identity.numbers import Numbering
from sehatmu.identity.section import Section, parse_section, read_section

_SERIES_KEYS = ("prefix", "digits", "first", "last", "multiplier", "offset", "official")


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """`index` is the name in every `index` column; `series` are its numberings by name."""

    index: str
    series: Mapping[str, Numbering]

    @property
    def only_series(self) -> str | None:
        """The series of records that do not say theirs; None where there are several."""
        return next(iter(self.series)) if len(self.series) == 1 else None


def load_identity(path: Path) -> IdentityConfig:
    """Read the section `identity` of a linkage file; raises ConfigError with all its mistakes."""
    return read_section(path, "identity", _parse)


def parse_identity(content: Mapping[str, Any], *, where: str = "identity") -> IdentityConfig:
    """The same for a mapping that was read already."""
    return parse_section(content, _parse, where=where)


def _parse(section: Section) -> IdentityConfig:
    section.allow("index", "series")
    series = {name: _parse_series(child) for name, child in section.children("series").items()}
    _note_overlaps(section, series)
    return IdentityConfig(index=section.text("index"), series=series)


def _parse_series(section: Section) -> Numbering:
    section.allow(*_SERIES_KEYS)
    numbering = Numbering(
        prefix=section.text("prefix", ""),
        digits=section.integer("digits"),
        first=section.integer("first"),
        last=section.integer("last"),
        multiplier=section.integer("multiplier"),
        offset=section.integer("offset", 0),
        official=section.text("official"),
    )
    try:
        re.compile(numbering.official)
    except re.error:
        section.note("official", f"found {numbering.official!r}; allowed: a regular expression")
    if {"digits", "first", "last", "multiplier"} <= set(section.content):
        section.mistakes.extend(f"{section.path}.{mistake}" for mistake in numbering.mistakes())
    return numbering


def _note_overlaps(section: Section, series: Mapping[str, Numbering]) -> None:
    """Two series whose ranges meet would give one number to two things."""
    by_range = sorted((n.prefix, n.digits, n.first, n.last, name) for name, n in series.items())
    for (*shape, _, last, name), (*next_shape, first, _, next_name) in pairwise(by_range):
        if shape == next_shape and first <= last:
            section.note("series", f"the ranges of {name} and {next_name} meet; allowed: ranges apart")
