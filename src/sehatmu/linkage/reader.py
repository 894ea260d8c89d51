"""Takes values out of parsed YAML and collects every mistake: file, path, what was found, what is allowed.

Knows nothing of linkage; `sehatmu.linkage.authored` says what a linkage file may hold.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import Any

import yaml


class UniqueKeys(yaml.CSafeLoader):
    """YAML whose mappings may not name a key twice (PyYAML would silently keep the last)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} twice, or no name", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class Reader:
    """Collects faults while values are taken out of the parsed YAML; every method returns a usable value."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[str] = []

    def fault(self, path: str, found: object, allowed: str) -> None:
        """Note what was found at a path inside the file, and what is allowed there."""
        self.faults.append(f"{self.file}: {path}: found {found!r}, allowed: {allowed}")

    def mapping(
        self, node: Any, path: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> dict[str, Any]:
        """A mapping with known keys only; unknown and absent ones are faults."""
        required, names = tuple(required), (*required, *optional)
        if not isinstance(node, dict):
            self.fault(path, node, "a mapping of " + ", ".join(names))
            return {}
        for key in node:
            if key not in names:
                self.fault(f"{path}.{key}", key, "one of " + ", ".join(names))
        for key in required:
            if key not in node:
                self.fault(path, f"no {key}", f"`{key}` is required")
        return {key: value for key, value in node.items() if key in names}

    def named(self, node: Any, path: str) -> dict[str, Any]:
        """A mapping whose keys are names of our own."""
        if node is None:
            return {}
        if not isinstance(node, dict) or not all(isinstance(key, str) for key in node):
            self.fault(path, node, "a mapping of names")
            return {}
        return node

    def items(self, node: Any, path: str) -> list[Any]:
        """A list; nothing counts as an empty one."""
        if node is None:
            return []
        if not isinstance(node, list):
            self.fault(path, node, "a list")
            return []
        return node

    def text(self, node: Any, path: str) -> str:
        """Text that is not empty."""
        if not isinstance(node, str) or not node:
            self.fault(path, node, "text (quote numbers)")
            return ""
        return node

    def texts(self, node: Any, path: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.text(item, f"{path}[{i}]") for i, item in enumerate(self.items(node, path)))

    def number(self, node: Any, path: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        """A number within bounds; true and false are none."""
        if isinstance(node, bool) or not isinstance(node, int | float) or not low <= node <= high:
            self.fault(path, node, f"a number from {low:g} to {high:g}")
            return max(low, 0.0)
        return float(node)

    def flag(self, node: Any, path: str) -> bool:
        """true or false."""
        if not isinstance(node, bool):
            self.fault(path, node, "true or false")
        return node is True
