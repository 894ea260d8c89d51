"""The standard tables of patients on top of those of last night: only what a change can reach is made anew.

A record depends on its own row, and its verdicts on rows of the register, answers and registrations of the same NIK. So
what is made anew are rows that changed, and all rows whose NIK one of these has or had; `standardise_patients` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from sehatmu.lake import Since, Splice, Table, splice_sorted
from sehatmu.standardise.carry import ChangedRows, are_equal, changed_rows
from sehatmu.standardise.nik import read_sixteen
from sehatmu.standardise.patients import ANSWERS, CIVIL, REGISTRATIONS

Frames = Mapping[str, pl.DataFrame]
#: Makes the standard tables of accepted frames; true: the register has rows, whether they are among these or not.
Standardise = Callable[[Frames, bool], Frames]
_BY_NIK = (REGISTRATIONS, CIVIL, ANSWERS)


def restandardise_patients(
    accepted: Mapping[str, Since], standard: Mapping[str, Table], standardise: Standardise
) -> dict[str, Splice] | None:
    """What `standardise` makes of `accepted`, as splices of the former tables `standard`.

    None where all must be made anew: another table that all rows read has changed (the list of regions), the register
    had no rows or has none now.
    """
    here = [name for name in _BY_NIK if name in accepted]
    shared = [name for name in accepted if name not in _BY_NIK]
    if not all(are_equal(accepted[name]) for name in shared):
        return None
    change = {name: changed_rows(accepted[name]) for name in here}
    has_civil, had_civil = (_any_current(table) for table in _nights(accepted.get(CIVIL)))
    if has_civil != had_civil:
        return None
    gone = {name: accepted[name].before.read(["record_key", "nik"], change[name].stale) for name in here}
    reached = _reached(accepted, change, gone)
    known = standard["record"].read(["record_key", "nik"])
    redone = known["record_key"].filter(known["nik"].is_in(reached.implode()))
    some = {name: accepted[name].now.read() for name in shared}
    for name, told in change.items():
        by, wanted = ("nik", reached) if name == ANSWERS else ("record_key", redone)
        rows = accepted[name].now.read([by, "is_current"])
        is_asked = rows["is_current"] & rows[by].is_in(wanted.implode())
        some[name] = accepted[name].now.read(rows=pl.concat([is_asked.arg_true(), told.fresh]).unique().sort())
    made = standardise(some, has_civil)
    if any(frame.schema != standard[table].schema for table, frame in made.items()):
        return None
    stale = pl.concat([redone, *(frame["record_key"] for name, frame in gone.items() if name != ANSWERS)])
    keys = {table: standard[table].read(["record_key"])["record_key"] for table in made if table != "record"}
    keys["record"] = known["record_key"]
    return {table: splice_sorted(keys[table], stale, frame) for table, frame in made.items()}


def _reached(
    accepted: Mapping[str, Since], change: Mapping[str, ChangedRows], gone: Mapping[str, pl.DataFrame]
) -> pl.Series:
    """Every NIK of a changed row, before and after, each once."""
    after = [accepted[name].now.read(["nik"], told.fresh)["nik"] for name, told in change.items()]
    found = (read_sixteen(niks)[0].rename("nik") for niks in (*after, *(frame["nik"] for frame in gone.values())))
    return pl.concat(found).drop_nulls().unique()


def _nights(since: Since | None) -> tuple[Table | None, Table | None]:
    return (since.now, since.before) if since else (None, None)


def _any_current(table: Table | None) -> bool:
    return table is not None and bool(table.read(["is_current"])["is_current"].any())
