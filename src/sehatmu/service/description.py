"""Search by name, birth date and sex, and holding them against who was found by a number.

The same minimum, refusal and audit entry whoever is looked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from sehatmu.lookup.rank import Person, rank
from sehatmu.lookup.search import Born, Vague, read_born, search
from sehatmu.service.desk import Call
from sehatmu.service.outcome import Refused

GENDERS = {"male": "M", "female": "F"}
Found = TypeVar("Found")


class Described(Protocol):
    """Who has a birth date (19900131) and a name."""

    @property
    def birth(self) -> int | None: ...

    @property
    def nama(self) -> str | None: ...


Known = TypeVar("Known", bound=Described)


async def search_described(
    call: Call,
    what: str,
    table: tuple[str, str],
    find: Callable[[sqlite3.Connection, int | str], Found | None],
    number: Callable[[Found], str],
    described: tuple[str, str, str],
) -> list[Found]:
    """Who agrees with `described` (name, birth date, gender), the likeliest first; one audit entry either way.

    `what` is told to the audit; `table` is the table of the lookup file and its key, `find` reads one by that key.
    Raises Refused (400) where the gender is none of the two, or the description says too little.
    """
    name, birthdate, gender = described
    if gender.lower() not in GENDERS:
        raise Refused(400, "gender is male or female")
    sex, asked = GENDERS[gender.lower()], "|".join((name.upper(), birthdate, gender.lower()))
    builds, build = call.desk.builds, call.build

    def look() -> list[Found]:
        lookup = builds.aside(build)
        hits = search(lookup, *table, builds.ranker(build), name, read_born(birthdate), sex)
        found = [find(lookup, hit.key) for hit in hits]
        return [one for one in found if one is not None]

    try:
        people = await builds.search(look)
    except Vague as vague:
        call.record(what, "name+birthdate+gender", asked, result="refused")
        raise Refused(400, vague.fact[0].upper() + vague.fact[1:], code="too-costly") from None
    call.record(what, "name+birthdate+gender", asked, ids=[number(one) for one in people])
    return people


def who_agree(call: Call, found: Sequence[Known], name: str | None, birthdate: str | None) -> list[Known]:
    """Those who were born then, and whose name linkage holds to be the same or which has all of it; None fits all."""
    born = _born(birthdate) if birthdate else None
    kept = [p for p in found if born is None or (p.birth is not None and born.first <= p.birth <= born.last)]
    if not name:
        return kept
    ranker = call.desk.builds.ranker(call.build)
    ranked = rank(ranker, Person(name, None, None), [Person(p.nama, None, None) for p in kept])
    upper = name.upper()
    agree = {at.place for at in ranked if at.name_score > 0}
    return [p for place, p in enumerate(kept) if place in agree or upper in (p.nama or "").upper()]


def _born(birthdate: str) -> Born:
    try:
        return read_born(birthdate)
    except Vague as vague:
        raise Refused(400, vague.fact[0].upper() + vague.fact[1:]) from None
