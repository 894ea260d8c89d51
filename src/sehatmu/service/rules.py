"""The platform's numbered rules, as `data_contracts/service/rules.csv` has them: a table of demands on elements.

Each kind of demand is one small function here; what is asked of which resource stands in the table alone. `check_rules`
tells all that is wrong at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sehatmu.errors import SehatmuError
from sehatmu.inbox.terms import values_at
from sehatmu.service.issues import Issue, shown
from sehatmu.service.moments import bad_format, out_of_time, read_moment

Resource = Mapping[str, Any]
SYS_IDS = "http://sys-ids.kemkes.go.id"
_CODE_NOT_FOUND, _WRONG_SYSTEM, _WRONG_ORGANIZATION = 10001, 10002, 10117
_SYS_ID = re.compile(r"^https?://sys-ids\.kemkes\.go\.id/+([a-z-]+)/+([^/]+)(/.*)?$", re.IGNORECASE)


class Rule(NamedTuple):
    """A line of the table; `element` without the type before it."""

    number: int
    resource: str
    element: str
    kind: str
    allowed: tuple[str, ...]
    when: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The table by type, the forms of codes by system, and the lower bound of dates."""

    rules: Mapping[str, Sequence[Rule]]
    codes: Mapping[str, re.Pattern[str]]
    oldest: date
    strict_utc: bool


class Setting(NamedTuple):
    """What a submission is held against: who submits, when, and which organisations are the client's own."""

    organization: str
    now: datetime
    is_own: Callable[[str], bool]


def load_rules(folder: Path, *, oldest: date, strict_utc: bool) -> Rulebook:
    """Read the two tables below `data_contracts/service`; raises SehatmuError for a line that means nothing."""
    rules: dict[str, list[Rule]] = {}
    with (folder / "rules.csv").open(newline="", encoding="utf-8") as file:
        for place, row in enumerate(csv.DictReader(file), 2):
            if row["kind"] not in _DEMANDS or not row["rule"].isdigit():
                raise SehatmuError(
                    "a rule of the service means nothing",
                    evidence=f"service/rules.csv, line {place}",
                    hint=f"a number, and one of {', '.join(sorted(_DEMANDS))}",
                )
            element, _, value = row["when"].partition("=")
            when = (element, value) if element else None
            rule = Rule(
                int(row["rule"]), row["resource"], row["element"], row["kind"], tuple(row["allowed"].split()), when
            )
            rules.setdefault(rule.resource, []).append(rule)
    with (folder / "code_systems.csv").open(newline="", encoding="utf-8") as file:
        codes = {row["system"]: re.compile(row["form"]) for row in csv.DictReader(file)}
    return Rulebook(rules, codes, oldest, strict_utc)


def check_rules(resource: Resource, book: Rulebook, setting: Setting) -> list[Issue]:
    """Every demand of the table that the resource does not meet, in the table's order, then wrong codes."""
    kind, found = resource["resourceType"], list[Issue]()
    for rule in book.rules.get(kind, ()):
        if rule.when and rule.when[1] not in list(values_at(resource, rule.when[0])):
            continue
        found += _DEMANDS[rule.kind](rule, list(values_at(resource, rule.element)), resource, book, setting)
    return list(dict.fromkeys([*found, *_check_codes(resource, kind, book)]))


def _path(rule: Rule) -> str:
    return f"{rule.resource}.{rule.element}"


def _issue(rule: Rule, text: str) -> Iterator[Issue]:
    path = _path(rule)
    yield Issue(f"{text} : {path}", path, rule.number)


def _element(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    if not values:
        yield from _issue(rule, "Element not found")


def _text(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    if not values:
        yield from _issue(rule, "Element not found")
    elif not all(isinstance(value, str) and value.strip() for value in values):
        yield from _issue(rule, "Text is empty")


def _number(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    if any(isinstance(value, str) for value in values):
        yield from _issue(rule, "Integer formated as a string")


def _reference(rule: Rule, values: list[Any], *rest: Any) -> Iterator[Issue]:
    if not any(isinstance(value, dict) and value.get("reference") for value in values):
        yield from _issue(rule, "Reference is mandatory")
    yield from _target(rule, values, *rest)


def _target(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    for value in values:
        told = value.get("reference") if isinstance(value, dict) else None
        if told and not told.startswith(("#", "urn:uuid:")) and told.partition("/")[0] not in rule.allowed:
            yield from _issue(rule, f"Invalid reference, {' or '.join(rule.allowed)} is expected")
            return


def _own_identifier(rule: Rule, values: list[Any], resource: Resource, *rest: Any) -> Iterator[Issue]:
    if not any(_SYS_ID.match(str(value.get("system", ""))) for value in values if isinstance(value, dict)):
        yield from _issue(rule, f"Element not found: an identifier of {SYS_IDS}/{rule.allowed[0]}/<organization>")
    yield from _own_identifier_if_any(rule, values, resource, *rest)


def _own_identifier_if_any(
    rule: Rule, values: list[Any], _: Resource, __: Rulebook, setting: Setting
) -> Iterator[Issue]:
    for place, value in enumerate(values):
        told = _SYS_ID.match(str(value.get("system", ""))) if isinstance(value, dict) else None
        if told is None:
            continue
        path = f"{_path(rule)}[{place}]"
        if told[1].lower() != rule.allowed[0]:
            yield Issue(f"Invalid identifier system: {shown(value['system'])}", f"{path}.system", rule.number)
        elif told[2] != setting.organization:
            text = f"Wrong organization ID provided by system URL: {shown(value['system'])}"
            yield Issue(text, f"{path}.system", _WRONG_ORGANIZATION)
        if not str(value.get("value", "")).strip():
            yield Issue(f"Element not found: {path}.value", f"{path}.value", rule.number)


def _own_organization(rule: Rule, values: list[Any], _: Resource, __: Rulebook, setting: Setting) -> Iterator[Issue]:
    for value in values:
        told = str(value.get("reference", "")) if isinstance(value, dict) else ""
        if told.startswith("Organization/") and not setting.is_own(told.partition("/")[2]):
            yield from _issue(rule, "Wrong organization ID, the client's own or one of its units is expected")


def _system(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    for value in values:
        codings = value.get("coding", [value]) if isinstance(value, dict) else ()
        for coding in codings if isinstance(codings, list) else ():
            system = coding.get("system") if isinstance(coding, dict) else None
            if system is not None and not any(_is_of(system, allowed) for allowed in rule.allowed):
                yield Issue(f"Invalid coding system: {shown(system)}", _path(rule), rule.number)


def _is_of(system: Any, allowed: str) -> bool:
    return str(system).startswith(allowed[:-1]) if allowed.endswith("*") else system == allowed


def _one_of(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    if any(value not in rule.allowed for value in values):
        yield from _issue(rule, f"Invalid value, {' or '.join(rule.allowed)} is expected")


def _contains(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    if missing := [word for word in rule.allowed if word not in values]:
        yield from _issue(rule, f"Element not found, {' and '.join(missing)} is expected")


def _moment(rule: Rule, values: list[Any], *_: Any) -> Iterator[Issue]:
    for value in values:
        if read_moment(str(value)) is None:
            yield bad_format(value, _path(rule), rule.number)


def _past(rule: Rule, values: list[Any], _: Resource, book: Rulebook, setting: Setting) -> Iterator[Issue]:
    for value in values:
        issue = out_of_time(str(value), _path(rule), rule.number, now=setting.now, oldest=book.oldest)
        if issue is not None:
            yield issue


def _after(rule: Rule, values: list[Any], resource: Resource, *_: Any) -> Iterator[Issue]:
    before = [read_moment(str(value)) for value in values_at(resource, rule.allowed[0])]
    after = [read_moment(str(value)) for value in values]
    if any(a is not None and b is not None and a <= b for a, b in zip(after, before, strict=False)):
        yield from _issue(rule, f"Invalid date time value, later than {rule.resource}.{rule.allowed[0]} is expected")


_DEMANDS: Mapping[str, Callable[[Rule, list[Any], Resource, Rulebook, Setting], Iterator[Issue]]] = {
    "element": _element,
    "text": _text,
    "number": _number,
    "reference": _reference,
    "target": _target,
    "own-identifier": _own_identifier,
    "own-identifier-if-any": _own_identifier_if_any,
    "own-organization": _own_organization,
    "system": _system,
    "one-of": _one_of,
    "contains": _contains,
    "moment": _moment,
    "past": _past,
    "after": _after,
}


def _check_codes(value: Any, path: str, book: Rulebook) -> Iterator[Issue]:
    """Codings, wherever they stand, whose code has not the form that their system gives to codes."""
    if isinstance(value, dict):
        form = book.codes.get(value["system"]) if isinstance(value.get("system"), str) else None
        code = value.get("code")
        if form is not None and code is not None and not form.fullmatch(str(code)):
            yield Issue(
                f"Code not found: '{shown(code)}' in system: {value['system']}", f"{path}.code", _CODE_NOT_FOUND
            )
        for name, inner in value.items():
            if type(inner) in (dict, list):
                yield from _check_codes(inner, f"{path}.{name}", book)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if type(inner) in (dict, list):
                yield from _check_codes(inner, f"{path}[{place}]", book)
