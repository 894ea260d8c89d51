"""The build that is looked up in: the one that `current` points to, asked anew at each request.

A new build is opened between two requests; whoever is being answered goes on with the old one, whose files stay open
until nobody uses them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sehatmu.home import BuildId, Home
from sehatmu.linkage.thresholds import row_number
from sehatmu.lookup.patients import count_patients
from sehatmu.lookup.rank import Ranker, load_ranker
from sehatmu.lookup.read import LookupFileError, open_lookup
from sehatmu.lookup.write import LOOKUP_FILE
from sehatmu.service.outcome import Refused

Found = TypeVar("Found")
# More would only wait for each other: Python runs one at a time, polars the rest.
_SEARCHES = 2


@dataclass(frozen=True, slots=True)
class Build:
    """An opened build: `lookup` is for the event loop; other threads open their own by `path`."""

    id: str
    date: date
    path: Path
    lookup: sqlite3.Connection
    patients: int


class Builds:
    """The current build of a home."""

    def __init__(self, home: Home, authored: Path) -> None:
        self._home, self._authored = home, authored
        self._current = str(home.current)
        self._open: Build | None = None
        self._aside = threading.local()
        self._searches = ThreadPoolExecutor(_SEARCHES, "search")

    def current(self) -> Build:
        """The build that is current now; raises Refused (503) where there is none or its file cannot be read."""
        try:
            name = os.readlink(self._current).rpartition("/")[2]  # noqa: PTH115 (asked at each request)
        except OSError:
            raise Refused(503, "nothing is published yet: no build is current", code="transient") from None
        if self._open is None or self._open.id != name:
            self._open = self._take_over(name)
        return self._open

    async def search(self, look: Callable[[], Found]) -> Found:
        """Run what takes longer than a look-up in a thread of its own, beside the event loop, few at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._searches, look)

    def aside(self, build: Build) -> sqlite3.Connection:
        """A connection to that build for this thread alone."""
        held: tuple[str, sqlite3.Connection] | None = getattr(self._aside, "held", None)
        if held is None or held[0] != build.id:
            held = self._aside.held = (build.id, open_lookup(build.path))
        return held[1]

    def ranker(self, build: Build) -> Ranker:
        """The comparisons of the night for an index of that size."""
        return _ranker(self._authored, row_number(max(1, build.patients)))

    def _take_over(self, name: str) -> Build:
        path = self._home.builds / name / LOOKUP_FILE
        try:
            lookup = open_lookup(path)
            patients = count_patients(lookup)
        except (LookupFileError, sqlite3.Error) as error:
            fact = error.fact if isinstance(error, LookupFileError) else "the lookup file cannot be read"
            raise Refused(503, f"{fact}: build {name}", code="transient") from None
        return Build(name, BuildId.parse(name).date, path, lookup, patients)


@lru_cache(maxsize=4)
def _ranker(authored: Path, log2_records: int) -> Ranker:
    return load_ranker(authored, 2**log2_records)
