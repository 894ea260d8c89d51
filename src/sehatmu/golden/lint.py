"""Mistakes in `linkage/<domain>.yaml`: each section by its own reader, then the file against the contracts.

`sehatmu lint` hands this to the contracts' lint, which knows nothing of later stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sehatmu.contracts import ContractError, Contracts, Mistake
from sehatmu.golden.config import load_survivorship
from sehatmu.identity.config import load_identity
from sehatmu.linkage.authored import lint_linkage


def lint_linkage_files(contracts: Contracts) -> Iterator[Mistake]:
    """Every mistake of every linkage file below the contracts' folder."""
    for path in sorted((contracts.root / "linkage").glob("*.yaml")):
        file = f"linkage/{path.name}"
        for text in lint_linkage(path):
            yield Mistake(file, "", text.removeprefix(f"{path.name}: "))
        sections = path.read_text("utf-8")
        for name, load in (("identity", load_identity), ("survivorship", load_survivorship)):
            if f"\n{name}:" in sections:
                try:
                    load(path)
                except ContractError as error:
                    yield from error.mistakes
                else:
                    yield from _against_contracts(path, file, contracts) if name == "survivorship" else ()


def _against_contracts(path: Path, file: str, contracts: Contracts) -> Iterator[Mistake]:
    """A group names the columns that the index says are in it, and extracts that have a contract."""
    survivorship = load_survivorship(path)
    extracts = {f"{c.source}/{c.extract}" for c in contracts.sources()}
    grouped = {column: group.name for group in survivorship.groups for column in group.columns}
    for contract in contracts.indexes():
        if contract.domain != path.stem or contract.primary_key != ("master_id",):
            continue
        for column in contract.columns:
            here = grouped.get(column.name)
            if column.group != here:
                found = f"{contract.id}.{column.name} is in the group '{column.group}', here in '{here}'"
                yield Mistake(file, "survivorship.groups", found, "the same group in both files")
    for group in survivorship.groups:
        for place in sorted({*group.priority, *group.only} - extracts):
            yield Mistake(file, f"survivorship.groups.{group.name}", f"'{place}' has no contract", "a known extract")
