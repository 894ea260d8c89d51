"""Mistakes in authored files, and the cursor that finds them.

A `Node` walks parsed YAML and writes down what is wrong (file, path inside the file, what was found, what is
allowed) instead of raising, so that one run shows every mistake. `load` compiles contracts with it; a later
layer may read its own files under `data_contracts/` with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import yaml

from sehatmu.errors import SehatmuError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: `file` below `data_contracts`, `path` inside the file (empty: the file itself).

    >>> print(Mistake("sources/a.odcs.yaml", "schema[0].name", "found 3", "a text"))
    sources/a.odcs.yaml: schema[0].name: found 3; allowed: a text
    """

    file: str
    path: str
    found: str
    allowed: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.found}" + (f"; allowed: {self.allowed}" if self.allowed else "")


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Each mistake once, by file and place; `properties[10]` comes after `properties[9]`."""
    natural = re.compile(r"(\d+)")

    def place(mistake: Mistake) -> tuple[object, ...]:
        path = [(int(part), "") if part.isdigit() else (-1, part) for part in natural.split(mistake.path)]
        return mistake.file, path, mistake.found, mistake.allowed

    return sorted(set(mistakes), key=place)


class ContractError(SehatmuError):
    """Every mistake of every authored file, at once."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(in_order(mistakes))
        count = len(self.mistakes)
        lines = "".join(f"\n  {mistake}" for mistake in self.mistakes)
        super().__init__(
            f"{count} mistake{'s' if count != 1 else ''} in the contracts{lines}",
            hint="mend them and run `sehatmu lint`, which reads all of them again",
        )


def meant(word: str, known: Collection[str]) -> str:
    """`' (did you mean x?)'`, or nothing where no known word is near.

    >>> meant("requird", ["name", "required"])
    " (did you mean 'required'?)"
    """
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a parsed file. Reading a wrong value notes the mistake and returns a harmless one."""

    value: Any
    file: str
    path: str
    mistakes: list[Mistake]

    def wrong(self, found: str, allowed: str = "") -> None:
        """Note a mistake at this place."""
        self.mistakes.append(Mistake(self.file, self.path, found, allowed))

    def child(self, step: str | int) -> Node:
        """The place below: a key of a mapping or a position in a list."""
        tail = f"[{step}]" if isinstance(step, int) else f".{step}" if self.path else str(step)
        return Node(self.value[step], self.file, self.path + tail, self.mistakes)

    def mapping(self, allowed: Collection[str], needed: Collection[str] = ()) -> dict[str, Node]:
        """The children by key; unknown, null and missing keys are mistakes, and are left out."""
        if not isinstance(self.value, dict):
            self.wrong(f"found {shown(self.value)}", f"a mapping with {', '.join(allowed)}")
            return {}
        children = {}
        for key in self.value:
            if key not in allowed:
                place = Node(None, self.file, f"{self.path}.{key}" if self.path else str(key), self.mistakes)
                place.wrong(f"unknown key{meant(str(key), allowed)}", ", ".join(allowed))
            elif self.value[key] is None:
                self.child(key).wrong("found nothing", "a value, or leave the key out")
            else:
                children[key] = self.child(key)
        for key in needed:
            if key not in self.value:
                self.wrong(f"lacks '{key}'", f"'{key}' is required here")
        return children

    def custom(self, allowed: Collection[str]) -> dict[str, Node]:
        """The values of ODCS `customProperties`, a list of {property, value}, by property."""
        children: dict[str, Node] = {}
        for item in self.items():
            entry = item.mapping(("property", "value"), needed=("property", "value"))
            if "property" not in entry:
                continue
            name = entry["property"].choice(allowed, "")
            if name in children:
                entry["property"].wrong(f"'{name}' stands here twice", "once")
            elif name and "value" in entry:
                children[name] = entry["value"]
        return children

    def items(self) -> list[Node]:
        """The children of a list."""
        if not isinstance(self.value, list):
            self.wrong(f"found {shown(self.value)}", "a list")
            return []
        return [self.child(i) for i in range(len(self.value))]

    def text(self, default: str = "") -> str:
        """A non-empty text; numbers and booleans that lost their quotes are mistakes."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value.strip()
        quote = isinstance(self.value, bool | int | float)
        self.wrong(f"found {shown(self.value)}", "a text" + (" (put it in quotes)" if quote else ""))
        return default

    def texts(self) -> tuple[str, ...]:
        """A non-empty list of different texts."""
        nodes = self.items()
        words = [node.text() for node in nodes]
        for i, word in enumerate(words):
            if word and word in words[:i]:
                nodes[i].wrong(f"'{word}' stands here twice", "once")
        if isinstance(self.value, list) and not self.value:
            self.wrong("found an empty list", "at least one entry, or leave the key out")
        return tuple(dict.fromkeys(word for word in words if word))

    def choice(self, options: Collection[str], default: str) -> str:
        """One of the options, as text."""
        if not isinstance(self.value, str):
            self.wrong(f"found {shown(self.value)}", ", ".join(options))
            return default
        if self.value not in options:
            self.wrong(f"found '{self.value}'{meant(self.value, options)}", ", ".join(options))
            return default
        return self.value

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            self.wrong(f"found {shown(self.value)}", "true, false")
        return self.value is True

    def number(self) -> float | int | None:
        """An integer or a decimal number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.wrong(f"found {shown(self.value)}", "a number")
            return None
        return self.value

    def count(self) -> int | None:
        """An integer from 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            self.wrong(f"found {shown(self.value)}", "an integer from 0")
            return None
        return self.value


def shown(value: Any) -> str:
    """A value for a message, by its kind where it is not a scalar."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    if value is None:
        return "nothing"
    kind = {bool: "boolean", int: "integer", float: "number", str: "text"}.get(type(value), type(value).__name__)
    word = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"the {kind} {word}"


class _Loader(yaml.CSafeLoader):
    """YAML whose dates stay texts and whose doubled keys are refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for i, key in enumerate(keys):
            if key in keys[:i]:
                _refuse(f"the key '{key}' stands here twice", node.value[i][0].start_mark)
        return super().construct_mapping(node, deep)


def _refuse(problem: str, mark: yaml.Mark) -> NoReturn:
    raise yaml.constructor.ConstructorError(problem=problem, problem_mark=mark)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, *, root: Path, mistakes: list[Mistake]) -> Node | None:
    """The top of a YAML file as a Node, or None (with the mistake noted) where it is not YAML."""
    file = path.relative_to(root).as_posix()
    try:
        value = yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        mistakes.append(Mistake(file, "", f"byte {error.start} is not UTF-8", "YAML in UTF-8"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        mistakes.append(Mistake(file, place, str(error.problem or error.context), "YAML"))
        return None
    except yaml.YAMLError:
        mistakes.append(Mistake(file, "", "a character that YAML does not know", "YAML in UTF-8"))
        return None
    return Node(value, file, "", mistakes)
