"""The rules of a contract: ODCS library metrics judged row by row, and a closed list of our own.

Called by `parse` and `parse_column`. Nothing here is evaluated as code: a rule is a name and its arguments,
and `schema` holds the one expression for each name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from sehatmu.contracts.mistakes import Node, meant, shown
from sehatmu.contracts.model import DELIVERED, Kind, Rule

_COLUMN_METRICS = ("nullValues", "invalidValues", "duplicateValues")
_COLUMN_RULES = (
    *("notLessThan", "notMoreThan", "requiredWith", "inCodebook"),
    *("requiredWhen", "validWhen", "patternWhen", "notAfterDelivery"),
)
_CONDITIONS = {
    "requiredWhen": ("column", "is"),
    "validWhen": ("column", "is", "values"),
    "patternWhen": ("column", "is", "pattern"),
}
_ROW_RULES = ("requiredOneOf",)
_ORDERED = ("integer", "number", "date", "timestamp")
# Ids that the options of columns, the primary key and intake bring along; intake also has `cast-<type>`.
_TAKEN_IDS = (
    *("required", "unique", "pattern", "length", "range", "finite", "primary-key"),
    *("duplicate-key", "duplicate-row", "ragged", "malformed-json"),
)
NAME = re.compile(r"[a-z][a-z0-9_]*")
_RULE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


Codes = Callable[[Node], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names a column of a contract; `owner` is its source or its schema."""

    node: Node
    owner: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Table:
    """What one part of a table must know of the rest.

    `types` by column name; `headers` taken so far (header_key -> column); `codes` looks up the codes of the
    codebook that a node names; `references` collects columns of other contracts for `load` to look up.
    """

    kind: Kind
    types: Mapping[str, str]
    headers: dict[str, str]
    codes: Codes
    references: list[Reference]


def parse_rules(node: Node | None, column: str | None, table: Table) -> tuple[Rule, ...]:
    """The list `quality` of a column, or of the table where `column` is None."""
    rules: list[Rule] = []
    for item in node.items() if node else []:
        rule = _rule(item, column, table)
        if rule is None:
            continue
        if rule.id in _TAKEN_IDS or rule.id.startswith("cast-") or rule.id in {r.id for r in rules}:
            item.child("id").wrong(f"'{rule.id}' is taken", "an id of its own within the column")
        rules.append(rule)
    return tuple(rules)


def _rule(node: Node, column: str | None, table: Table) -> Rule | None:
    kind = node.value.get("type") if isinstance(node.value, dict) else None
    if kind == "custom":
        needed: tuple[str, ...] = ("id", "description", "engine", "implementation")
        keys = node.mapping((*needed, "type"), needed)
    else:
        needed = ("id", "description", "metric", "mustBe")
        keys = node.mapping((*needed, "type", "arguments"), needed)
        if "type" in keys:
            keys["type"].choice(("library", "custom"), "")
    rule_id = matching(keys.get("id"), _RULE_ID, "an id like not-before-issue")
    rule = Rule(id=rule_id, kind="nullValues", description=sentence(keys.get("description")), column=column)
    if kind == "custom":
        return _custom_rule(keys, rule, table) if rule_id else None
    return _metric_rule(keys, rule, table) if rule_id else None


def _metric_rule(keys: Mapping[str, Node], rule: Rule, table: Table) -> Rule | None:
    """A metric of the ODCS library, as a judgement of each row."""
    if "metric" not in keys:
        return None
    metric: Any = keys["metric"].choice(_COLUMN_METRICS if rule.column else ("duplicateValues",), "")
    if "mustBe" in keys and (keys["mustBe"].value != 0 or keys["mustBe"].value is False):
        keys["mustBe"].wrong(f"found {shown(keys['mustBe'].value)}", "0, because rows are judged one by one")
    if not metric:
        return None
    if metric == "invalidValues":
        _expect_text(keys["metric"], rule, table)
    wanted: tuple[str, ...] = ("validValues", "pattern") if metric == "invalidValues" else ()
    if rule.column is None:
        wanted = ("properties",)
    arguments = keys["arguments"].mapping(wanted) if "arguments" in keys else {}
    if wanted and len(arguments) != 1:
        keys["metric"].wrong(f"{metric} with {len(arguments)} arguments", f"one of {', '.join(wanted)}")
        return None
    if "properties" in arguments:
        return replace(rule, kind=metric, columns=_existing(arguments["properties"], table))
    if "pattern" in arguments:
        return replace(rule, kind=metric, pattern=regex(arguments["pattern"]))
    if "validValues" in arguments:
        return replace(rule, kind=metric, values=arguments["validValues"].texts())
    return replace(rule, kind=metric)


def _custom_rule(keys: Mapping[str, Node], rule: Rule, table: Table) -> Rule | None:
    """One of our own rules: `engine: sehatmu`, `implementation: {<rule>: <argument>}`."""
    if "engine" in keys:
        keys["engine"].choice(("sehatmu",), "")
    if "implementation" not in keys:
        return None
    known = _COLUMN_RULES if rule.column else _ROW_RULES
    body = keys["implementation"].mapping(known)
    if len(body) != 1:
        keys["implementation"].wrong(f"found {len(body)} rules", f"exactly one of {', '.join(known)}")
        return None
    ((name, argument),) = body.items()
    kind: Any = name
    if kind == "requiredOneOf":
        return replace(rule, kind=kind, columns=_existing(argument, table))
    if kind == "inCodebook":
        _expect_text(argument, rule, table)
        return replace(rule, kind=kind, values=table.codes(argument))
    if kind in _CONDITIONS:
        return _conditional_rule(argument, replace(rule, kind=kind), table)
    if kind == "notAfterDelivery":
        if table.kind != "source" or table.types.get(str(rule.column)) != "timestamp" or not argument.flag():
            argument.wrong("asks no moment of a delivery", "true, on a timestamp of an extract")
        return replace(rule, kind=kind, columns=(DELIVERED,))
    other = argument.text()
    if other not in table.types or other == rule.column:
        argument.wrong(f"no other column '{other}'{meant(other, table.types)}", ", ".join(table.types))
    elif kind != "requiredWith" and (
        table.types[other] != table.types[str(rule.column)] or table.types[other] not in _ORDERED
    ):
        argument.wrong(
            f"compares {table.types[str(rule.column)]} with {table.types[other]}",
            f"two columns of one type, {', '.join(_ORDERED)}",
        )
    return replace(rule, kind=kind, columns=(other,))


def _conditional_rule(node: Node, rule: Rule, table: Table) -> Rule | None:
    """A rule for the rows in which another column has one of some values: {column: ..., is: [...]}."""
    wanted = _CONDITIONS[rule.kind]
    keys = node.mapping(wanted, needed=wanted)
    if len(keys) < len(wanted):
        return None
    other = keys["column"].text()
    if table.types.get(other) != "string" or other == rule.column:
        keys["column"].wrong(f"no other column of text '{other}'{meant(other, table.types)}", ", ".join(table.types))
    if "values" in keys:
        _expect_text(keys["values"], rule, table)
        rule = replace(rule, values=keys["values"].texts())
    if "pattern" in keys:
        _expect_text(keys["pattern"], rule, table)
        rule = replace(rule, pattern=regex(keys["pattern"]))
    return replace(rule, columns=(other,), when=keys["is"].texts())


def _expect_text(node: Node, rule: Rule, table: Table) -> None:
    if rule.column and table.types.get(rule.column) != "string":
        node.wrong(f"reads a column of type {table.types.get(rule.column)}", "a column of type string")


def _existing(node: Node, table: Table) -> tuple[str, ...]:
    names = node.texts()
    for item in node.items():
        if isinstance(item.value, str) and item.value not in table.types:
            item.wrong(f"no column '{item.value}'{meant(item.value, table.types)}", ", ".join(table.types))
    return names


def regex(node: Node) -> str | None:
    """A pattern that polars can search for; its language is the common ground of ECMA and Rust."""
    pattern = node.text()
    try:
        pl.Series([""]).str.contains(pattern, strict=True)
    except pl.exceptions.ComputeError:
        node.wrong(f"'{pattern}' is not a regular expression", "one without look-around and back-references")
        return None
    return pattern


def matching(node: Node | None, pattern: re.Pattern[str], allowed: str) -> str:
    """A text of that pattern; empty where there is no node or a mistake."""
    if node is None:
        return ""
    word = node.text()
    if word and not pattern.fullmatch(word):
        node.wrong(f"found '{word}'", allowed)
        return ""
    return word


def sentence(node: Node | None) -> str:
    """A text with its line breaks folded."""
    return " ".join(node.text().split()) if node else ""
