"""The standard tables of patients on top of those of last night: only what a change can reach is made anew.

A record depends on its own row, and its verdicts on rows of the register, answers and registrations of the same NIK. So
what is made anew are rows that changed, and all rows whose NIK one of these has or had; `standardise_patients` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from sehatmu.lake import Splice, Table, splice_sorted
from sehatmu.standardise.carry import ChangedRows, Former, are_equal, changed_rows
from sehatmu.standardise.nik import read_sixteen
from sehatmu.standardise.patients import ANSWERS, CIVIL, REGISTRATIONS

Frames = Mapping[str, pl.DataFrame]
#: Makes the standard tables of accepted frames; true: the register has rows, whether they are among these or not.
Standardise = Callable[[Frames, bool], Frames]
_BY_NIK = (REGISTRATIONS, CIVIL, ANSWERS)


def restandardise_patients(
    accepted: Mapping[str, Table], former: Former, standardise: Standardise
) -> dict[str, Splice] | None:
    """What `standardise` makes of `accepted`, as splices of the former tables.

    None where all must be made anew: another table that all rows read has changed (the list of regions), an extract
    was not there before, the register had no rows or has none now.
    """
    here = [name for name in _BY_NIK if name in accepted]
    shared = [name for name in accepted if name not in _BY_NIK]
    if any(name not in former.accepted for name in accepted):
        return None
    if not all(are_equal(accepted[name], former.accepted[name]) for name in shared):
        return None
    change = {name: changed_rows(accepted[name], former.accepted[name]) for name in here}
    has_civil = CIVIL in change and bool(change[CIVIL].is_current.any())
    had_civil = CIVIL in change and bool(former.accepted[CIVIL].read(["is_current"])["is_current"].any())
    if has_civil != had_civil:
        return None
    known = former.standard["record"].read(["record_key", "nik"])
    reached = _reached(accepted, former, change, known)
    redone = known["record_key"].filter(known["nik"].is_in(reached.implode()))
    some = {name: accepted[name].read() for name in shared}
    for name, told in change.items():
        if name == ANSWERS:
            is_reached = accepted[name].read(["nik"])["nik"].is_in(reached.implode())
        else:
            is_reached = told.keys.is_in(redone.implode())
        wanted = told.is_current & (told.fresh | is_reached)
        some[name] = accepted[name].read(rows=wanted.arg_true())
    made = standardise(some, has_civil)
    if any(frame.schema != former.standard[table].schema for table, frame in made.items()):
        return None
    stale = pl.concat([redone, *(told.stale for name, told in change.items() if name != ANSWERS)])
    keys = {table: former.standard[table].read(["record_key"])["record_key"] for table in made}
    return {table: splice_sorted(keys[table], stale, frame) for table, frame in made.items()}


def _reached(
    accepted: Mapping[str, Table], former: Former, change: Mapping[str, ChangedRows], known: pl.DataFrame
) -> pl.Series:
    """Every NIK of a changed row, before and after, each once."""
    found = []
    for name, told in change.items():
        found.append(read_sixteen(accepted[name].read(["nik"])["nik"].filter(told.fresh))[0])
        before = former.accepted[name].read(["record_key", "nik"]) if name == ANSWERS else known
        found.append(before["nik"].filter(before["record_key"].is_in(told.stale.implode())))
    return pl.concat(each.rename("nik") for each in found).drop_nulls().unique()
