"""One property of an ODCS schema becomes one Column: type, options, headers, lineage and rules.

Called by `parse` for each column; knows the rest of the table through `Table` only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any, get_args

from sehatmu.contracts.mistakes import Node, meant, shown
from sehatmu.contracts.model import (
    BOOKKEEPING,
    MAKERS,
    ROW,
    SCALAR_TYPES,
    Action,
    Classification,
    Column,
    Derivation,
    LogicalType,
    ScalarType,
    header_key,
)
from sehatmu.contracts.parse_rule import NAME, Reference, Table, matching, parse_rules, regex, sentence

_KEYS = (
    "name",
    "logicalType",
    "logicalTypeOptions",
    "description",
    "classification",
    "examples",
    "required",
    "unique",
    "quality",
    "relationships",
    "customProperties",
)
_INDEX_KEYS = ("items", "primaryKey")
_CUSTOM = {
    "source": ("aliases", "coalesce", "path", "action", "codebook"),
    "index": ("group", "derivedFrom", "codebook"),
}
_OPTIONS = {
    "string": ("pattern", "minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "date": ("minimum", "maximum"),
    "timestamp": ("minimum", "maximum"),
}
_INSTANTS = ("date", "timestamp")
_JSON_PATH = re.compile(r"[A-Za-z_]\w*(\[\d+\])?(\.[A-Za-z_]\w*(\[\d+\])?)*")
_EXTRACT_COLUMN = re.compile(r"(\w+)/(\w+)\.(\w+)")
_INDEX_COLUMN = re.compile(r"(\w+)\.(\w+)\.(\w+)")


def parse_column(node: Node, table: Table) -> Column:
    """Compile one property; its headers are added to `table.headers`."""
    index = table.kind == "index"
    keys = node.mapping(
        (*_KEYS, *(_INDEX_KEYS if index else ())),
        needed=("name", "logicalType", "description", "classification", "examples"),
    )
    custom = keys["customProperties"].custom(_CUSTOM[table.kind]) if "customProperties" in keys else {}
    name = matching(keys.get("name"), NAME, "a name in lower case, like kode_rs")
    if name == ROW or (not index and name in BOOKKEEPING):
        keys["name"].wrong(f"'{name}' is a word of verdicts, or a column that intake adds", "another name")
    logical: LogicalType = _choice(keys.get("logicalType"), _types(index), "string")
    level: Classification = _choice(keys.get("classification"), get_args(Classification), "internal")
    action: Action = _choice(custom.get("action"), get_args(Action), "quarantine")
    required = "required" in keys and keys["required"].flag()
    if required and action == "null-and-flag":
        custom["action"].wrong("null-and-flag on a required column", "quarantine, reject-file")
    if "primaryKey" in keys and keys["primaryKey"].flag() and not required:
        keys["primaryKey"].wrong("the column is not required", "required: true beside it")
    if index and "derivedFrom" not in custom:
        node.wrong("lacks lineage", "derivedFrom in customProperties")
    if "codebook" in custom:
        table.codes(custom["codebook"])
    group = custom["group"].text() if "group" in custom else None
    items = _items(node, keys.get("items"), logical)
    column = Column(
        name=name,
        type=logical,
        description=sentence(keys.get("description")),
        classification=level,
        items=items,
        required=required,
        unique="unique" in keys and keys["unique"].flag(),
        examples=_examples(keys.get("examples"), logical, items),
        aliases=_headers(custom.get("aliases"), name, table),
        coalesce=_headers(custom.get("coalesce"), name, table),
        paths=_paths(custom.get("path")),
        action=action,
        codebook=custom["codebook"].text() if "codebook" in custom else None,
        rules=parse_rules(keys.get("quality"), name, table),
        group=group,
        derived_from=_derivations(custom.get("derivedFrom"), group, table),
    )
    return replace(column, **_options(keys.get("logicalTypeOptions"), logical))


def _types(index: bool) -> tuple[str, ...]:
    return (*SCALAR_TYPES, "array") if index else SCALAR_TYPES


def _choice(node: Node | None, options: tuple[str, ...], default: str) -> Any:
    return node.choice(options, default) if node else default


def _headers(node: Node | None, column: str, table: Table) -> tuple[str, ...]:
    """Delivered headers; no header may fit two columns, however it is spelled."""
    for item in node.items() if node else []:
        key = header_key(str(item.value))
        if not key:
            item.wrong(f"'{item.value}' has no letter and no digit", "a header")
        elif key in table.headers:
            item.wrong(
                f"'{item.value}' already stands for the column '{table.headers[key]}'",
                "headers that differ by more than case, blanks and punctuation",
            )
        else:
            table.headers[key] = column
    return node.texts() if node else ()


def _paths(node: Node | None) -> tuple[str, ...]:
    """One JSON path, or a list of them in the order in which they are asked."""
    nodes = [] if node is None else node.items() if isinstance(node.value, list) else [node]
    told = [matching(item, _JSON_PATH, "a path like subject.reference or name[0].text") for item in nodes]
    return tuple(path for path in told if path)


def _items(node: Node, items: Node | None, logical: str) -> ScalarType | None:
    if (items is not None) != (logical == "array"):
        node.wrong(f"logicalType {logical} {'with' if items else 'without'} items", "items with an array only")
    if items is None:
        return None
    keys = items.mapping(("logicalType",), needed=("logicalType",))
    kind: ScalarType = _choice(keys.get("logicalType"), SCALAR_TYPES, "string")
    return kind


def _examples(node: Node | None, logical: str, items: str | None) -> tuple[str, ...]:
    if node is not None and node.value == []:
        node.wrong("found an empty list", "at least one invented example")
    return tuple(_example(item, logical, items) for item in node.items()) if node else ()


def _example(node: Node, logical: str, items: str | None) -> str:
    """An example as text; codes must be texts in YAML already, or their leading zeros would go."""
    value = node.value
    if logical == "array" and isinstance(value, list):
        return "[" + ", ".join(_example(child, items or "string", None) for child in node.items()) + "]"
    if logical in ("integer", "number"):
        kinds = (int,) if logical == "integer" else (int, float)
        fits = isinstance(value, kinds) and not isinstance(value, bool)
    elif logical in _INSTANTS:
        fits = isinstance(value, str) and _is_instant(value, logical)
    else:
        fits = isinstance(value, {"boolean": bool, "array": list}.get(logical, str))
    if not fits:
        quote = " in quotes" if logical in ("string", *_INSTANTS) else ""
        node.wrong(f"found {shown(value)}", f"an example of type {logical}{quote}")
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_instant(text: str, logical: str) -> bool:
    """Whether a text is an ISO date, or an ISO time with its zone."""
    try:
        if logical == "date":
            return date.fromisoformat(text).isoformat() == text
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _options(node: Node | None, logical: str) -> dict[str, Any]:
    keys = node.mapping(_OPTIONS.get(logical, ())) if node else {}
    found: dict[str, Any] = {}
    for key, field in (("minLength", "min_length"), ("maxLength", "max_length")):
        if key in keys:
            found[field] = keys[key].count()
    if "pattern" in keys:
        found["pattern"] = regex(keys["pattern"])
    for key in ("minimum", "maximum"):
        if key in keys:
            found[key] = _instant(keys[key], logical) if logical in _INSTANTS else keys[key].number()
    for low, high in (("min_length", "max_length"), ("minimum", "maximum")):
        if node and found.get(low) is not None and found.get(high) is not None and found[low] > found[high]:
            node.wrong(f"{found[low]} is above {found[high]}", "a range that holds something")
    return found


def _instant(node: Node, logical: str) -> date | None:
    """A bound: a date, or for a timestamp a moment with its zone."""
    text = node.text("-")
    if _is_instant(text, logical):
        return date.fromisoformat(text) if logical == "date" else datetime.fromisoformat(text)
    node.wrong(f"found '{node.value}'", f"a {logical} like '2000-01-31{'T00:00:00Z' * (logical == 'timestamp')}'")
    return None


def _derivations(node: Node | None, group: str | None, table: Table) -> tuple[Derivation, ...]:
    found = []
    for item in node.items() if node else []:
        place, rule = item, ""
        if isinstance(item.value, dict):
            keys = item.mapping(("from", "rule"), needed=("from", "rule"))
            rule = sentence(keys.get("rule"))
            if "from" not in keys:
                continue
            place = keys["from"]
        origin = place.text()
        extract = _EXTRACT_COLUMN.fullmatch(origin)
        if extract and not rule and not group:
            item.wrong("lacks words for how the value comes here", "{from: ..., rule: ...}, or a group")
        if match := extract or _INDEX_COLUMN.fullmatch(origin):
            found.append(Derivation(match[1], match[2], match[3], rule))
            table.references.append(Reference(place, match[1], match[2], match[3]))
        elif origin in MAKERS:
            found.append(Derivation(origin, rule=rule))
        elif origin:
            place.wrong(
                f"found '{origin}'{meant(origin, MAKERS)}",
                f"source/extract.column, schema.table.column, or one of {', '.join(MAKERS)}",
            )
    if node is not None and node.value == []:
        node.wrong("found an empty list", "at least one origin")
    return tuple(found)
