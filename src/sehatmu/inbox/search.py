"""Searching the inbox: current resources of a kind that have all the terms asked for, the newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sehatmu.inbox.store import Stored


class Wanted(NamedTuple):
    """A term: its value equal to `value`, or between `value` and `until` (first in, last out), or with `part` in it."""

    name: str
    value: str = ""
    until: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """All of `terms` must hold; of several alternatives in one entry, any. None does not filter.

    `organization` is whose resources they are; `since` and `until` are the first and the last day (UTC) on which they
    were changed last.
    """

    kind: str
    terms: Sequence[Sequence[Wanted]] = ()
    organization: str | None = None
    id: str | None = None
    since: str | None = None
    until: str | None = None


def count_found(con: sqlite3.Connection, asked: InboxQuery) -> int:
    """How many there are."""
    where, values = _where(asked)
    return int(con.execute(f"SELECT count(*) FROM current AS c WHERE {where}", values).fetchone()[0])


def list_found(con: sqlite3.Connection, asked: InboxQuery, *, most: int, skip: int = 0) -> list[Stored]:
    """At most `most` of them after the first `skip`."""
    where, values = _where(asked)
    query = (
        "SELECT v.kind, v.id, v.version, v.organization, v.at, v.body FROM current AS c JOIN version AS v USING (seq) "
        f"WHERE {where} ORDER BY c.seq DESC LIMIT ? OFFSET ?"
    )
    return [Stored(*row) for row in con.execute(query, (*values, most, skip))]


def _where(asked: InboxQuery) -> tuple[str, list[object]]:
    conditions, values = ["c.kind = ?"], [asked.kind]
    for alternatives in asked.terms:
        told = [_term(wanted) for wanted in alternatives]
        anyof = " OR ".join(condition for condition, _ in told)
        conditions.append(f"c.id IN (SELECT id FROM term WHERE kind = ? AND ({anyof}))")
        values += [asked.kind, *(value for _, given in told for value in given)]
    if asked.organization is not None:
        conditions.append("c.organization = ?")
        values.append(asked.organization)
    if asked.id is not None:
        conditions.append("c.id = ?")
        values.append(asked.id)
    changed = "(SELECT at FROM version AS v WHERE v.seq = c.seq)"
    if asked.since is not None:
        conditions.append(f"{changed} >= ?")
        values.append(asked.since)
    if asked.until is not None:
        conditions.append(f"{changed} < ?")
        values.append(asked.until + "~")
    return " AND ".join(conditions), list(values)


def _term(wanted: Wanted) -> tuple[str, list[str]]:
    if wanted.part is not None:
        return "(name = ? AND instr(value, ?) > 0)", [wanted.name, wanted.part]
    if wanted.until is not None:
        return "(name = ? AND value >= ? AND value < ?)", [wanted.name, wanted.value, wanted.until]
    return "(name = ? AND value = ?)", [wanted.name, wanted.value]
