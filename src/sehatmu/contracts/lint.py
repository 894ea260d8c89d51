"""Every mistake in everything that is authored: what `sehatmu lint` prints.

Contracts and codebooks are checked here; files of later stages (`linkage/*.yaml`) by the checkers that the
caller hands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from sehatmu.contracts.codebooks import codebook_names, read_codebook
from sehatmu.contracts.load import compile_contracts
from sehatmu.contracts.mistakes import Mistake, in_order
from sehatmu.contracts.model import Column, Contract, Contracts
from sehatmu.contracts.schema import checks_of, polars_schema

Checker = Callable[[Contracts], Iterable[Mistake]]


def lint(root: Path, *, checkers: Sequence[Checker] = ()) -> list[Mistake]:
    """All mistakes below `root` (`data_contracts/`), sorted by file and place, each once.

    Each of `checkers` gets the contracts, which are only as good as the mistakes allow. Raises SehatmuError
    where there is no such folder.
    """
    contracts, mistakes = compile_contracts(root)
    for name in codebook_names(root):
        read_codebook(root, name, mistakes)
    for contract in contracts.by_id.values():
        mistakes += _check_examples(contract)
    for check in checkers:
        mistakes += check(contracts)
    return in_order(mistakes)


def _check_examples(contract: Contract) -> list[Mistake]:
    """Examples that break the rules of their own column."""
    file = f"{contract.path.parent.name}/{contract.path.name}"
    types = polars_schema(contract)
    mistakes = []
    for position, column in enumerate(contract.columns):
        # Rules that read other columns, and duplicates, say nothing about an example by itself.
        apart = {rule.id for rule in column.rules if rule.columns or rule.kind == "duplicateValues"}
        checks = [fine.alias(name) for name, fine in checks_of(column) if name not in apart and name != "unique"]
        examples = _values(column)
        if not examples or not checks:
            continue
        frame = pl.DataFrame({column.name: examples}, schema={column.name: types[column.name]})
        for nth, verdicts in enumerate(frame.select(checks).iter_rows(named=True)):
            broken = [name for name, fine in verdicts.items() if not fine]
            if broken:
                place = f"schema[0].properties[{position}].examples[{nth}]"
                mistakes.append(
                    Mistake(file, place, f"breaks {', '.join(broken)}", f"an example that {column.name} accepts")
                )
    return mistakes


def _values(column: Column) -> list[object]:
    """Examples as values of the column's type; none for arrays, which have no rules to break."""
    if column.type == "array":
        return []
    read: dict[str, Callable[[str], object]] = {
        "integer": int,
        "number": float,
        "boolean": "true".__eq__,
        "date": date.fromisoformat,
        "timestamp": datetime.fromisoformat,
    }
    return [read.get(column.type, str)(text) for text in column.examples]
