"""All authored contracts below one folder become `Contracts`, or one error that lists every mistake.

Called by the command line, by Dagster's resource and by tests, once each. The subset of ODCS 3.1 that is read
is what this example and the modules `parse*` name; any other key is a mistake. One file, one table; the id is
the file's name, `<source>_<extract>` below `sources/`, `<schema>_<table>` below `indexes/`:

    apiVersion: v3.1.0
    kind: DataContract
    id: msi_facility                 # = the file's name without .odcs.yaml
    version: 1.0.0
    status: active
    domain: facility                 # model.DOMAINS
    schema:
      - name: facility               # the id's end; what stands before it is the schema (or the source)
        physicalType: table          # indexes only: table (default) or view
        description: One row per facility. (the table's comment)
        quality:                     # rules over the row
          - {id: some-contact, description: Telephone or e-mail is there., type: custom, engine: sehatmu,
             implementation: {requiredOneOf: [telp, email]}}
        properties:
          - name: master_id
            logicalType: string      # string integer number boolean date timestamp; indexes also array
            required: true           # NOT NULL
            primaryKey: true         # indexes only; several columns may say so
            description: The facility's number for life.
            classification: public   # public internal personal
            examples: ["1000000001"] # at least one; codes and dates in quotes
            logicalTypeOptions: {pattern: "^[0-9]{10}$"}   # minLength maxLength; minimum maximum
            relationships: [{to: xref_redirect.odcs.yaml#schema/redirect/properties/current_id}]
            customProperties:
              - {property: derivedFrom, value: [identity]}
          - name: nama
            logicalType: string
            description: Name, as the best source writes it.
            classification: public
            examples: [RS Contoh Sehat]
            customProperties:
              - {property: group, value: name}             # survivorship group; gives the lineage its words
              - property: derivedFrom
                value:
                  - sirs/rumah_sakit.nama_rs               # source/extract.column
                  - {from: msi.facility_name.nama, rule: The latest spelling.}  # or schema.table.column
                  - golden                                 # or model.MAKERS
          - name: sources
            logicalType: array
            items: {logicalType: string}                   # VARCHAR[]
            ...

Sources have no primaryKey, group and derivedFrom. Their columns may have aliases, coalesce (headers of which
the first value that is not null counts), path (JSON, one or several of which the first with a value counts), action
(quarantine, null-and-flag, reject-file) and codebook; their table has businessKey or rowKey (with rowKeyFallback, what
stands in for a missing first column), and scope, mode, deleteFlag, nullTexts, nested (keys whose array holds the rows
of a JSON object), all as `customProperties`. Rules of a column stand in `quality`: a library metric
with `mustBe: 0` (nullValues, duplicateValues, invalidValues with `arguments: {validValues: [...]}` or
`{pattern: ...}`), or one of ours: `type: custom, engine: sehatmu, implementation:` with `notLessThan: <column>`,
`notMoreThan: <column>`, `requiredWith: <column>`, `inCodebook: <codebook>`, `notAfterDelivery: true`, and for rows in
which another column has one of some values `requiredWhen: {column: ..., is: [...]}`, `validWhen: {..., values: [...]}`
or `patternWhen: {..., pattern: ...}`. Each rule has an id, which ends its reason (`tgl_izin_akhir:not-before-issue`);
ids of the options are required, unique, pattern, length, range, finite.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sehatmu.contracts.codebooks import codebook_names, read_codebook
from sehatmu.contracts.mistakes import ContractError, Mistake, Node, in_order, meant, read_yaml
from sehatmu.contracts.model import Contract, Contracts, Kind
from sehatmu.contracts.parse import parse_contract
from sehatmu.contracts.parse_rule import Reference
from sehatmu.errors import SehatmuError

_FOLDERS: Mapping[str, Kind] = {"sources": "source", "indexes": "index"}
_SUFFIX = ".odcs.yaml"


def load_contracts(root: Path) -> Contracts:
    """Compile all contracts below `root` (`data_contracts/`); what says the same as a moment ago is not compiled again.

    Raises ContractError with every mistake of every file.
    """
    folders = [root / folder for folder in (*_FOLDERS, "codebooks")]
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(b"%s\0%d\0" % (bytes(path), len(content)) + content)
    return _load_contracts(root, digest.hexdigest())


@lru_cache(maxsize=1)
def _load_contracts(root: Path, digest: str) -> Contracts:
    del digest  # it tells one state of the files from another
    contracts, mistakes = compile_contracts(root)
    if mistakes:
        raise ContractError(mistakes)
    return contracts


def compile_contracts(root: Path) -> tuple[Contracts, list[Mistake]]:
    """As `load_contracts`, but hands back the mistakes; with mistakes the contracts are for checks only."""
    if not root.is_dir():
        raise SehatmuError("no contracts here", evidence=str(root), hint="`data_contracts` or SEHATMU_CONTRACTS")
    mistakes: list[Mistake] = []
    codes = _codes_of(root, mistakes)
    by_id: dict[str, Contract] = {}
    unread: set[str] = set()
    references: list[Reference] = []
    for folder, kind in _FOLDERS.items():
        for path in sorted((root / folder).glob("[!.]*")):
            file = path.relative_to(root).as_posix()
            if not path.name.endswith(_SUFFIX):
                mistakes.append(Mistake(file, "", "not a contract's name", f"<name>{_SUFFIX}"))
                continue
            stem = path.name.removesuffix(_SUFFIX)
            if stem in by_id:
                mistakes.append(Mistake(file, "id", f"'{stem}' is taken by {by_id[stem].path.name}", "another id"))
            elif (top := read_yaml(path, root=root, mistakes=mistakes)) is None:
                unread.add(stem)
            else:
                contract = parse_contract(top, kind=kind, stem=stem, codes=codes, references=references)
                by_id[stem] = replace(contract, path=path, content_hash=_content_hash(contract))
    _check_references(references, by_id, unread)
    return Contracts(root, by_id), in_order(mistakes)


def _codes_of(root: Path, mistakes: list[Mistake]) -> Callable[[Node], tuple[str, ...]]:
    names = codebook_names(root)
    known: dict[str, tuple[str, ...]] = {}

    def codes(node: Node) -> tuple[str, ...]:
        name = node.text()
        if name not in names:
            node.wrong(f"no codebook '{name}'{meant(name, names)}", ", ".join(names) or "a file in codebooks/")
            return ()
        if name not in known:
            frame = read_codebook(root, name, mistakes)
            known[name] = tuple(frame.to_series(0).unique().sort().to_list()) if frame is not None else ()
        return known[name]

    return codes


def _content_hash(contract: Contract) -> str:
    """sha256 (hex) of all that the contract says, in an order of keys that does not depend on the file's."""
    content: dict[str, Any] = asdict(contract)
    del content["path"], content["content_hash"]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _check_references(references: Iterable[Reference], by_id: Mapping[str, Contract], unread: set[str]) -> None:
    """Note relationships and lineage that lead nowhere; what could not be read is told already."""
    for reference in references:
        node, contract_id = reference.node, f"{reference.owner}_{reference.table}"
        target = by_id.get(contract_id)
        if contract_id in unread:
            continue
        if target is None or (reference.owner, reference.table) != target.owner_and_table:
            found = f"no contract for '{reference.table}' of '{reference.owner}'{meant(contract_id, by_id)}"
            node.wrong(found, "an extract or a table that has one")
        elif target.columns and reference.column not in (names := [c.name for c in target.columns]):
            found = f"{target.id} has no column '{reference.column}'{meant(reference.column, names)}"
            node.wrong(found, ", ".join(names))
