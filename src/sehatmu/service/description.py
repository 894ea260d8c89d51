"""Search by name, birth date and sex: the same minimum, refusal and audit entry whoever is looked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from sehatmu.lookup.search import Vague, read_born, search
from sehatmu.service.desk import Call
from sehatmu.service.outcome import Refused

GENDERS = {"male": "M", "female": "F"}
Found = TypeVar("Found")


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
