"""Contracts do not depend on the order of keys, tell mistakes where they are, and judge as plain code does."""

import copy
import math
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.contracts import (
    Column,
    Contract,
    ContractError,
    Rule,
    header_key,
    judge,
    load_contracts,
    polars_schema,
)

# One document with every key that a source may have, and one for an index.
SOURCE = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: sirs_kamar
version: 1.0.0
status: active
domain: facility
schema:
  - name: kamar
    description: Rooms.
    quality:
      - id: some
        description: Either.
        type: custom
        engine: sehatmu
        implementation: {requiredOneOf: [kode, isi]}
    customProperties:
      - {property: businessKey, value: [kode]}
      - {property: scope, value: [kode]}
      - {property: mode, value: delta}
      - {property: deleteFlag, value: hapus}
      - {property: nullTexts, value: ["-"]}
    properties:
      - name: kode
        logicalType: string
        required: true
        unique: true
        description: Code.
        classification: public
        examples: ["007"]
        logicalTypeOptions: {pattern: "^[0-9]+$", minLength: 1, maxLength: 9}
        relationships: [{to: kamar.kode, type: foreignKey}]
        quality:
          - {id: known, description: x., metric: invalidValues, mustBe: 0, arguments: {validValues: ["007"]}}
        customProperties:
          - {property: aliases, value: [d.kode]}
          - {property: coalesce, value: [kode_a, kode_b]}
          - {property: path, value: "room[0].code"}
          - {property: action, value: reject-file}
      - name: isi
        logicalType: integer
        description: Beds.
        classification: internal
        examples: [3]
        logicalTypeOptions: {minimum: 0, maximum: 9}
      - name: hapus
        logicalType: boolean
        description: Whether it goes.
        classification: public
        examples: [true]
""")
INDEX = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: msi_room
version: 1.0.0
status: active
domain: facility
schema:
  - name: room
    physicalType: view
    description: Rooms.
    properties:
      - name: codes
        logicalType: array
        items: {logicalType: string}
        required: true
        primaryKey: true
        description: Codes.
        classification: public
        examples: [["007"]]
        customProperties:
          - {property: group, value: code}
          - {property: derivedFrom, value: [identity, {from: msi.room.codes, rule: as there}]}
""")
FILES = {"sources/sirs_kamar.odcs.yaml": SOURCE, "indexes/msi_room.odcs.yaml": INDEX}


def compile_all(documents: dict[str, Any]) -> dict[str, Contract]:
    with tempfile.TemporaryDirectory() as folder:
        for name, document in documents.items():
            path = Path(folder) / name
            path.parent.mkdir()
            path.write_text(yaml.safe_dump(document, sort_keys=False))
        return dict(load_contracts(Path(folder)).by_id)


def walk(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place below, with the steps that lead there."""
    yield steps, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from walk(child, (*steps, step))


def spelled(steps: tuple[str | int, ...]) -> str:
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".")


def changed(name: str, steps: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """All documents, with another value at one place of one of them."""
    documents = copy.deepcopy(FILES)
    place = documents[name]
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = value
    return documents


MAPPINGS = [(n, s) for n, d in FILES.items() for s, v in walk(d) if isinstance(v, dict)]
LEAVES = [(n, s) for n, d in FILES.items() for s, v in walk(d) if not isinstance(v, dict | list)]


@st.composite
def shuffled(draw: st.DrawFn, value: Any) -> Any:
    """The document with the keys of each mapping, and each list of customProperties, in another order."""
    if isinstance(value, list):
        return [draw(shuffled(item)) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: draw(shuffled(value[key])) for key in draw(st.permutations(list(value)))}
    if "customProperties" in inner:
        inner["customProperties"] = draw(st.permutations(inner["customProperties"]))
    return inner


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_order_of_keys_does_not_matter(data: st.DataObject) -> None:
    plain = compile_all(FILES)
    mixed = compile_all({name: data.draw(shuffled(document)) for name, document in FILES.items()})
    for contract_id, contract in plain.items():
        other = mixed[contract_id]
        assert other.content_hash == contract.content_hash
        assert other.columns == contract.columns
        assert (other.scope, other.delete_flag, other.rules) == (
            contract.scope,
            contract.delete_flag,
            contract.rules,
        )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MAPPINGS), st.from_regex(r"[a-z]{1,8}_[a-zA-Z]{1,8}", fullmatch=True))
def test_an_unknown_key_anywhere_is_told_with_its_path(place: tuple[str, tuple[str | int, ...]], key: str) -> None:
    name, steps = place
    with pytest.raises(ContractError) as caught:
        compile_all(changed(name, (*steps, key), 1))
    found = [m for m in caught.value.mistakes if m.path == spelled((*steps, key))]
    assert len(found) == 1
    assert found[0].file == name
    assert found[0].found.startswith("unknown key")
    assert found[0].allowed


@pytest.mark.parametrize("place", LEAVES, ids=lambda p: f"{p[0][:3]}:{spelled(p[1])}")
@pytest.mark.parametrize("value", [{"a": "b"}, ["a", ["b"]], None], ids=["mapping", "list", "null"])
def test_a_value_of_another_kind_anywhere_is_told_with_its_path(
    place: tuple[str, tuple[str | int, ...]], value: Any
) -> None:
    name, steps = place
    with pytest.raises(ContractError) as caught:
        compile_all(changed(name, steps, value))
    told = [m.path for m in caught.value.mistakes if m.file == name]
    assert any(path.startswith(spelled(steps)) for path in told), told


@settings(max_examples=200)
@given(st.text())
def test_a_header_key_ignores_case_blanks_and_punctuation(header: str) -> None:
    key = header_key(header)
    assert header_key(key) == key
    assert header_key(f" ({header}). ") == key
    assert not re.search(r"[\s.,()_-]", key)


NAMES = ("a", "b", "c", "d")
VALUES = {
    "string": st.sampled_from(["", "1", "12", "abc", "ab c", "é", "-"]),
    "integer": st.integers(-3, 3),
    "number": st.sampled_from([-1.5, 0.0, 2.5, math.nan, math.inf]),
}


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """A contract over four columns with any mixture of options and rules."""
    columns = []
    for name in NAMES:
        kind = draw(st.sampled_from(sorted(VALUES)))
        options: dict[str, Any] = {}
        if kind == "string":
            options = draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "pattern": st.sampled_from(["^[0-9]+$", "b", "^.?$"]),
                        "min_length": st.integers(0, 2),
                        "max_length": st.integers(1, 3),
                    },
                )
            )
        else:
            bounds = st.integers(-2, 2)
            options = draw(st.fixed_dictionaries({}, optional={"minimum": bounds, "maximum": bounds}))
        rules = []
        if kind == "string" and draw(st.booleans()):
            rules.append(Rule("in", "invalidValues", "", column=name, values=("1", "abc")))
        other = draw(st.sampled_from([n for n in NAMES if n != name]))
        if draw(st.booleans()):
            rules.append(Rule("with", "requiredWith", "", column=name, columns=(other,)))
        columns.append(
            Column(
                name=name,
                type=kind,  # type: ignore[arg-type]
                description="",
                classification="public",
                required=draw(st.booleans()),
                unique=draw(st.booleans()),
                rules=tuple(rules),
                **options,
            )
        )
    numeric = [c.name for c in columns if c.type == "integer"]
    if len(numeric) > 1:
        kind = draw(st.sampled_from(["notLessThan", "notMoreThan"]))
        rule = Rule("order", kind, "", column=numeric[0], columns=(numeric[1],))  # type: ignore[arg-type]
        columns = [replace(c, rules=(*c.rules, rule)) if c.name == numeric[0] else c for c in columns]
    row_rules = (Rule("some", "requiredOneOf", "", columns=("a", "b")),) if draw(st.booleans()) else ()
    return Contract(
        id="x_y",
        version="1.0.0",
        kind="source",
        domain="facility",
        description="",
        columns=tuple(columns),
        rules=row_rules,
        primary_key=("a", "c") if draw(st.booleans()) else (),
    )


def judged_plainly(contract: Contract, rows: list[dict[str, Any]]) -> set[tuple[int, str, str]]:
    """The oracle: one row, one column, one rule at a time, in plain Python."""
    broken = set()
    keys = Counter(tuple(map(repr, (row[k] for k in contract.primary_key))) for row in rows)
    seen = {c.name: Counter(repr(row[c.name]) for row in rows) for c in contract.columns}
    for i, row in enumerate(rows):
        if contract.primary_key and keys[tuple(repr(row[k]) for k in contract.primary_key)] > 1:
            broken.add((i, "row", "primary-key"))
        broken |= {(i, "row", r.id) for r in contract.rules if all(row[c] is None for c in r.columns)}
        for column in contract.columns:
            told = broken_by_value(column, row, seen[column.name])
            broken |= {(i, column.name, rule) for rule in told}
    return broken


def broken_by_value(column: Column, row: dict[str, Any], seen: Counter[str]) -> Iterator[str]:
    value = row[column.name]
    for rule in column.rules:
        other = row[rule.columns[0]] if rule.columns else None
        if rule.kind == "requiredWith" and value is None and other is not None:
            yield rule.id
        if value is not None and rule.kind == "invalidValues" and value not in rule.values:
            yield rule.id
        if value is not None and other is not None:
            if rule.kind == "notLessThan" and value < other:
                yield rule.id
            if rule.kind == "notMoreThan" and value > other:
                yield rule.id
    if value is None:
        if column.required:
            yield "required"
        return
    if column.unique and seen[repr(value)] > 1:
        yield "unique"
    if isinstance(value, float) and not math.isfinite(value):
        yield "finite"
    if column.pattern is not None and not re.search(column.pattern, value):
        yield "pattern"
    if isinstance(value, str) and not (column.min_length or 0) <= len(value) <= (column.max_length or 99):
        yield "length"
    # NaN stands above all numbers, as in SQL.
    number = math.inf if value != value else value
    below = column.minimum is not None and number < column.minimum
    if below or (column.maximum is not None and number > column.maximum):
        yield "range"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_pandera_judges_as_plain_code_does(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    row = st.fixed_dictionaries({c.name: st.none() | VALUES[c.type] for c in contract.columns})
    rows = data.draw(st.lists(row, max_size=8))
    found = judge(contract, pl.DataFrame(rows, schema=polars_schema(contract))).rows()
    assert len(found) == len(set(found))
    assert set(found) == judged_plainly(contract, rows)
    assert [i for i, _, _ in found] == sorted(i for i, _, _ in found)
