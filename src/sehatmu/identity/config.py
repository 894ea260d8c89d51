"""The section `identity` of a linkage file: which index, and how its numbers look.

Authored as YAML, parsed strictly into frozen dataclasses. An index has one series of numbers, or several
where kinds of things carry their own (KFA: 91, 92, 93...).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from sehatmu.contracts.mistakes import ContractError, Mistake, Node, read_yaml
from sehatmu.identity.levels import Level, parse_levels
from sehatmu.identity.numbers import Numbering

Parsed = TypeVar("Parsed")

_SERIES_NEEDS = ("digits", "first", "last", "multiplier", "official")
_PATTERNS = ("official", "provisional")
_SERIES_KEYS = ("prefix", *_SERIES_NEEDS, "offset", "provisional")


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """`index` is the name in every `index` column; `series` are its numberings by name, `levels` what they number
    where a record has a part in several identities."""

    index: str
    series: Mapping[str, Numbering]
    levels: tuple[Level, ...] = ()

    @property
    def only_series(self) -> str | None:
        """The series of records that do not say theirs; None where there are several."""
        return next(iter(self.series)) if len(self.series) == 1 else None


def load_identity(path: Path) -> IdentityConfig:
    """Read the section `identity` of a linkage file; raises ContractError with all its mistakes."""
    return load_section(path, "identity", parse_identity)


def load_indexes(folder: Path) -> dict[str, str]:
    """The domain of every index that has an identity: `{"msi": "facility"}`, from the linkage files of a folder."""
    paths = [path for path in sorted(folder.glob("*.yaml")) if "\nidentity:" in path.read_text("utf-8")]
    return {load_identity(path).index: path.stem for path in paths}


def load_section(path: Path, name: str, parse: Callable[[Node], Parsed]) -> Parsed:
    """Parse one section of a linkage file (its other sections are not looked at); raises ContractError."""
    mistakes: list[Mistake] = []
    top = read_yaml(path, root=path.parents[1], mistakes=mistakes)
    if top is None:
        raise ContractError(mistakes)
    if not isinstance(top.value, dict) or name not in top.value:
        top.wrong(f"lacks '{name}'", f"a section '{name}'")
        raise ContractError(mistakes)
    parsed = parse(top.child(name))
    if mistakes:
        raise ContractError(mistakes)
    return parsed


def parse_identity(section: Node) -> IdentityConfig:
    """The section as a config; what is wrong is noted in the node's list."""
    keys = section.mapping(("index", "series", "levels"), needed=("index", "series"))
    series = {}
    if "series" in keys:
        listed = keys["series"].value
        names = keys["series"].mapping(tuple(listed) if isinstance(listed, dict) else ("facility",))
        series = {name: parse_series(child) for name, child in names.items()}
        if isinstance(listed, dict) and not series:
            keys["series"].wrong("found no series", "at least one")
        _note_meeting_ranges(keys["series"], series)
    levels = parse_levels(keys["levels"], series) if "levels" in keys else ()
    return IdentityConfig(index=keys["index"].text() if "index" in keys else "", series=series, levels=levels)


def parse_series(section: Node) -> Numbering:
    """One numbering; what is wrong is noted in the node's list."""
    keys = section.mapping(_SERIES_KEYS, needed=_SERIES_NEEDS)
    count = {name: keys[name].count() or 0 if name in keys else 0 for name in _SERIES_KEYS[1:] if name not in _PATTERNS}
    patterns = {name: keys[name].text() if name in keys else "" for name in _PATTERNS}
    for name, pattern in patterns.items():
        try:
            re.compile(pattern)
        except re.error:
            keys[name].wrong(f"found {pattern!r}", "a regular expression")
    official, provisional = patterns["official"], patterns["provisional"]
    prefix = keys["prefix"].text() if "prefix" in keys else ""
    numbering = Numbering(prefix=prefix, official=official, provisional=provisional, **count)
    if set(_SERIES_NEEDS) <= set(keys):
        for found, allowed in numbering.mistakes():
            section.wrong(found, allowed)
    return numbering


def _note_meeting_ranges(section: Node, series: Mapping[str, Numbering]) -> None:
    """Two series whose ranges meet would give one number to two things."""
    ranges = sorted((n.prefix, n.digits, n.first, n.last, name) for name, n in series.items())
    for (*shape, _, last, name), (*next_shape, first, _, next_name) in pairwise(ranges):
        if shape == next_shape and first <= last:
            section.wrong(f"the ranges of '{name}' and '{next_name}' meet", "ranges apart")
