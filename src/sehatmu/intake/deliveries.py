"""Which landed files are in force on a build date.

A delivery is the files of one extract under one date. Without a scope a full delivery replaces all former ones;
with a scope, or as a delta, rows decide (`replace`), and every delivery stays in play. A delivery that brings
exactly the content of the one before it is nothing new.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sehatmu.contracts import Contract
from sehatmu.home import Home
from sehatmu.landing import hash_file, list_landing


@dataclass(frozen=True, slots=True)
class LandedFile:
    """One file in landing; `name` is its path below `landing/<source>/<extract>`."""

    name: str
    path: Path
    content_hash: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The files of one date, in order of their names."""

    day: date
    files: tuple[LandedFile, ...]

    @property
    def hashes(self) -> frozenset[str]:
        return frozenset(file.content_hash for file in self.files)


def deliveries(home: Home, contract: Contract, day: date, *, without: Container[str] = ()) -> list[Delivery]:
    """The deliveries in force on `day`, by rising date: at most one for a full extract without a scope.

    `without`: names of files that are known to be replaced altogether, and not looked at again.
    """
    landed = list_landing(home, contract.source, contract.extract, day=day)
    single = contract.mode == "full" and not contract.scope
    by_row = contract.mode == "full" and not single  # whether a file is new is then told apart by its rows
    found: list[Delivery] = []
    for delivered in sorted(landed, reverse=single):
        names = {f"{delivered}/{path.name}": path for path in landed[delivered]}
        files = tuple(LandedFile(n, path, hash_file(path)) for n, path in names.items() if n not in without)
        if not files:
            continue
        delivery = Delivery(delivered, files)
        is_repeat = not by_row and bool(found) and delivery.hashes == found[-1].hashes
        if single and is_repeat:  # walking back: the earlier of two equal deliveries is the one in force
            found[-1] = delivery
        elif single and found:
            break
        elif not is_repeat:
            found.append(delivery)
    return found
