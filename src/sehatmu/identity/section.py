"""Strict reading of one section of a linkage file: every mistake is collected and shown at once.

A `Section` wraps a mapping of the YAML file and notes what was found and what is allowed; nobody reads a
value without saying its type. The sections `identity` and `survivorship` are read with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from sehatmu.errors import SehatmuError

Parsed = TypeVar("Parsed")


class ConfigError(SehatmuError):
    """A linkage file says something that identity or golden does not understand."""


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping inside a file, the path to it, and the mistakes found so far (shared with its children)."""

    content: Mapping[str, Any]
    path: str
    mistakes: list[str] = field(default_factory=list)

    def note(self, key: str, message: str) -> None:
        self.mistakes.append(f"{self.path}.{key}: {message}")

    def allow(self, *keys: str) -> None:
        """Note every key that is not among `keys`."""
        for key in self.content:
            if key not in keys:
                self.note(str(key), f"unknown key; allowed: {', '.join(keys)}")

    def text(self, key: str, default: str | None = None) -> str:
        return str(self._read(key, str, "a text", default))

    def integer(self, key: str, default: int | None = None) -> int:
        return int(self._read(key, int, "a whole number", default))

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of texts without repetition."""
        found = self._read(key, list, "a list of texts", default)
        if not all(isinstance(item, str) for item in found):
            self.note(key, f"found {found!r}; allowed: a list of texts")
            return ()
        if len(set(found)) < len(found):
            self.note(key, f"found {found!r}; allowed: each text once")
        return tuple(found)

    def child(self, key: str) -> Section:
        found = self._read(key, dict, "a mapping", None)
        return Section(found, f"{self.path}.{key}", self.mistakes)

    def children(self, key: str) -> dict[str, Section]:
        """The mappings under `key` by name, at least one."""
        inner = self.child(key)
        if not inner.content and key in self.content:
            self.note(key, "empty; allowed: at least one entry")
        return {str(name): inner.child(name) for name in inner.content}

    def _read(self, key: str, kind: type, allowed: str, default: Any) -> Any:
        if key not in self.content:
            if default is not None:
                return default
            self.note(key, f"missing; allowed: {allowed}")
            return kind()
        found = self.content[key]
        if not isinstance(found, kind) or isinstance(found, bool):
            self.note(key, f"found {found!r}; allowed: {allowed}")
            return kind()
        return found


def read_section(path: Path, name: str, parse: Callable[[Section], Parsed]) -> Parsed:
    """Parse the section `name` of a YAML file; raises ConfigError with all mistakes and where they are."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as fault:
        raise ConfigError("the file is not YAML", evidence=f"{path.name}: {fault}") from None
    if not isinstance(content, dict) or not isinstance(content.get(name), dict):
        raise ConfigError(
            "a section is missing", evidence=f"{path.name}: {name}", hint="write it as a mapping"
        )
    return parse_section(content[name], parse, where=f"{path.name}: {name}")


def parse_section(
    content: Mapping[str, Any], parse: Callable[[Section], Parsed], *, where: str = "section"
) -> Parsed:
    """Parse a mapping that was read already; raises ConfigError with all mistakes."""
    section = Section(content, where)
    parsed = parse(section)
    if section.mistakes:
        raise ConfigError(
            f"{len(section.mistakes)} mistakes in the linkage file",
            evidence="; ".join(section.mistakes),
            hint="mend them all, then run `sehatmu lint`",
        )
    return parsed
