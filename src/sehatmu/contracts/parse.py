"""One parsed YAML document becomes one Contract: the ODCS 3.1 subset, key by key.

Called by `load` for each file. Looks at this file alone; what needs other contracts (relationships, lineage)
is checked there. Nothing is raised: mistakes go to the nodes' list and a harmless value is used on.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

from sehatmu.contracts.mistakes import Node, meant
from sehatmu.contracts.model import DOMAINS, Contract, Kind, Mode, Relationship, header_key
from sehatmu.contracts.parse_column import parse_column
from sehatmu.contracts.parse_rule import NAME, Codes, Reference, Table, matching, parse_rules, sentence

_TOP = ("apiVersion", "kind", "id", "version", "status", "domain", "schema")
_TABLE_CUSTOM = ("businessKey", "rowKey", "rowKeyFallback", "scope", "mode", "deleteFlag", "nullTexts", "nested")
_STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_SAME_TABLE = re.compile(r"(\w+)\.(\w+)")
_OTHER_TABLE = re.compile(r"(\w+)\.odcs\.yaml#schema/(\w+)/properties/(\w+)")


def parse_contract(top: Node, *, kind: Kind, stem: str, codes: Codes, references: list[Reference]) -> Contract:
    """Compile one document of `sources/` or `indexes/`; `stem` is its file name without `.odcs.yaml`.

    `codes` looks up the codes of the codebook that a node names, and notes a mistake where there is none;
    columns of other contracts that this one names are added to `references`.
    """
    keys = top.mapping(_TOP, needed=_TOP)
    for key, options in (("apiVersion", ("v3.1.0",)), ("kind", ("DataContract",)), ("status", _STATUSES)):
        if key in keys:
            keys[key].choice(options, "")
    if "id" in keys and keys["id"].text(stem) != stem:
        keys["id"].wrong(f"found '{keys['id'].value}'", f"the file's name, '{stem}'")
    version = matching(keys.get("version"), _VERSION, "a version like '1.0.0', in quotes")
    domain = keys["domain"].choice(DOMAINS, DOMAINS[0]) if "domain" in keys else DOMAINS[0]
    contract = Contract(id=stem, version=version, kind=kind, domain=domain, description="", columns=())
    tables = keys["schema"].items() if "schema" in keys else []
    if len(tables) == 1:
        return _parse_table(tables[0], contract, codes, references)
    if "schema" in keys and isinstance(keys["schema"].value, list):
        keys["schema"].wrong(f"found {len(tables)} entries", "exactly one table")
    return contract


def _parse_table(node: Node, contract: Contract, codes: Codes, references: list[Reference]) -> Contract:
    source = contract.kind == "source"
    keys = node.mapping(
        ("name", "description", "properties", "quality", "customProperties" if source else "physicalType"),
        needed=("name", "description", "properties", *(("customProperties",) if source else ())),
    )
    name = matching(keys.get("name"), NAME, "a name in lower case, like tempat_tidur")
    owner = contract.id.removesuffix(f"_{name}")
    if name and owner == contract.id:
        keys["name"].wrong(f"found '{name}'", f"the end of the id '{contract.id}', after the source or schema")
    places = keys["properties"].items() if "properties" in keys else []
    types = _column_types(places)
    table = Table(contract.kind, types, {header_key(word): word for word in types}, codes, references)
    contract = replace(
        contract,
        description=sentence(keys.get("description")),
        columns=tuple(parse_column(place, table) for place in places),
        rules=parse_rules(keys.get("quality"), None, table),
    )
    named = [(p, c.name) for p, c in zip(places, contract.columns, strict=True) if isinstance(p.value, dict)]
    contract = replace(
        contract,
        primary_key=tuple(column for place, column in named if place.value.get("primaryKey") is True),
        relationships=tuple(r for place, column in named for r in _relationships(place, column, contract.id, table)),
    )
    if source:
        contract = replace(contract, source=owner, extract=name)
        return _delivery(keys["customProperties"], contract) if "customProperties" in keys else contract
    view = "physicalType" in keys and keys["physicalType"].choice(("table", "view"), "table") == "view"
    return replace(contract, schema_name=owner, table=name, is_view=view)


def _column_types(places: list[Node]) -> dict[str, str]:
    """Names and types before anything is compiled, so that a rule may name a later column."""
    types: dict[str, str] = {}
    known: dict[str, str] = {}
    for place in places:
        if isinstance(place.value, dict) and isinstance(name := place.value.get("name"), str):
            same = known.setdefault(header_key(name), name)
            if name in types or same != name:
                place.child("name").wrong(f"'{name}' and '{same}' are one header", "different column names")
            types[name] = str(place.value.get("logicalType"))
    return types


def _delivery(node: Node, contract: Contract) -> Contract:
    """Keys, scope and mode of an extract."""
    keys = node.custom(_TABLE_CUSTOM)
    columns = {column.name: column for column in contract.columns}

    def named(key: str) -> tuple[str, ...]:
        for item in keys[key].items() if key in keys else []:
            if isinstance(item.value, str) and item.value not in columns:
                item.wrong(f"no column '{item.value}'{meant(item.value, columns)}", ", ".join(columns))
        return keys[key].texts() if key in keys else ()

    if ("businessKey" in keys) == ("rowKey" in keys):
        node.wrong("has both keys" if "rowKey" in keys else "lacks a key", "either businessKey or rowKey")
    if "rowKeyFallback" in keys and "rowKey" not in keys:
        keys["rowKeyFallback"].wrong(
            "stands in a contract without a rowKey", "rowKey, whose first column it stands in for"
        )
    scope = named("scope")
    for word in scope:
        if word in columns and not columns[word].required:
            keys["scope"].wrong(f"'{word}' is not required", "a column that names its deliverer in every row")
    mode: Mode = keys["mode"].choice(get_args(Mode), "full") if "mode" in keys else "full"  # type: ignore[assignment]
    flag = keys["deleteFlag"].text() if "deleteFlag" in keys else None
    if flag is not None and (flag not in columns or columns[flag].type != "boolean"):
        keys["deleteFlag"].wrong(f"found '{flag}'{meant(flag, columns)}", "the name of a boolean column")
    if flag is not None and mode == "full":
        keys["deleteFlag"].wrong("stands in a contract of mode full", "mode delta")
    if mode == "delta" and "businessKey" not in keys:
        keys["mode"].wrong("a delta without a businessKey", "businessKey, by which a delta upserts")
    return replace(
        contract,
        business_key=named("businessKey"),
        row_key=named("rowKey"),
        row_key_fallback=named("rowKeyFallback"),
        scope=scope,
        mode=mode,
        delete_flag=flag,
        null_texts=keys["nullTexts"].texts() if "nullTexts" in keys else (),
        nested=keys["nested"].texts() if "nested" in keys else (),
    )


def _relationships(place: Node, column: str, own_id: str, table: Table) -> list[Relationship]:
    """Foreign keys of a column, in ODCS's short notation within a table and its full one across files."""
    found = []
    for item in place.child("relationships").items() if place.value.get("relationships") is not None else []:
        keys = item.mapping(("to", "type"), needed=("to",))
        if "type" in keys:
            keys["type"].choice(("foreignKey",), "")
        target = keys["to"].text() if "to" in keys else ""
        here, there = _SAME_TABLE.fullmatch(target), _OTHER_TABLE.fullmatch(target)
        contract_id, name, to = (own_id, here[1], here[2]) if here else there.groups() if there else ("", "", "")
        owner = contract_id.removesuffix(f"_{name}")
        if owner != contract_id:
            found.append(Relationship(column, owner, name, to))
            table.references.append(Reference(keys["to"], owner, name, to))
        elif target:
            allowed = "<table>.<column> of this table, or <id>.odcs.yaml#schema/<table>/properties/<column>"
            keys["to"].wrong(f"found '{target}'", allowed)
    return found
