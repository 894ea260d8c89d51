"""A slice of registrations at the counter: who comes, and the draws of visit and facility that all columns share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import SANDBOX, Country, Lives, live
from sehatmu.sample.registrations import VISITS, Registry

_PERSONS = 1 << 32
MOVED = 1 << 41  # homes that people move to are numbered from here


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """`rolls` are drawn per registration, `manner` per facility; `calm` are those written without mess."""

    country: Country
    lives: Lives
    visit: Ints
    facility: Ints
    number: Ints
    rolls: Rolls
    manner: Rolls
    calm: Bools

    @property
    def in_titles(self) -> Bools:
        """Names are written as titles, not in capitals."""
        return np.asarray((self.manner.unit("title case") < 0.28) & ~self.calm)

    def older(self, years: int) -> Bools:
        """Whether they are older than that."""
        return np.asarray(self.lives.born < self.country.day - years * 365)


def open_desk(country: Country, registry: Registry, start: int, stop: int) -> Desk:
    """Rows `start` to `stop` - 1 of the registry."""
    rows = slice(start, stop)
    person, visit = registry.person[rows].astype(np.int64), registry.visit[rows].astype(np.int64)
    version = registry.version[rows].astype(np.int64)
    facility, calm = registry.facility[rows].astype(np.int64), person < len(SANDBOX)
    return Desk(
        country=country,
        lives=live(country, person),
        visit=visit,
        facility=facility,
        number=registry.number[rows].astype(np.int64),
        rolls=Rolls(country.seed, "registration", (version * VISITS + visit) * _PERSONS + person, calm),
        manner=Rolls(country.seed, "manner", facility),
        calm=calm,
    )
