"""The standard tables of patients on top of those of last night: only what a change can reach is made anew.

A record depends on its own row, and its verdicts on rows of the register, answers and registrations of the same NIK. So
what is made anew are rows that changed, and all rows whose NIK one of these has or had; `standardise_patients` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from sehatmu.lake import Splice
from sehatmu.standardise.carry import ChangedRows, Former, are_equal, changed_rows, splice
from sehatmu.standardise.nik import read_sixteen
from sehatmu.standardise.patients import ANSWERS, CIVIL, REGISTRATIONS

Frames = Mapping[str, pl.DataFrame]
#: Makes the standard tables of accepted frames; true: the register has rows, whether they are among these or not.
Standardise = Callable[[Frames, bool], Frames]
_BY_NIK = (REGISTRATIONS, CIVIL, ANSWERS)


def restandardise_patients(accepted: Frames, former: Former, standardise: Standardise) -> dict[str, Splice] | None:
    """What `standardise` makes of `accepted`, as splices of the former tables.

    None where that would be wrong, or as dear as making all anew: another table that all rows read has changed (the list
    of regions), an extract was not there before, the register had no rows or has none now.
    """
    if any(name not in former.accepted for name in accepted):
        return None
    shared = [name for name in accepted if name not in _BY_NIK]
    if not all(are_equal(accepted[name], former.accepted[name]) for name in shared):
        return None
    here = [name for name in _BY_NIK if name in accepted]
    has_civil = CIVIL in accepted and bool(accepted[CIVIL]["is_current"].any())
    if has_civil != _had_rows(former):
        return None
    change = {name: changed_rows(accepted[name], former.accepted[name]) for name in here}
    known = former.standard["record"].select("record_key", "nik").collect()
    reached = _reached(accepted, former, change, known)
    redone = known["record_key"].filter(known["nik"].is_in(reached.implode()))
    some = {name: accepted[name] for name in shared}
    for name in here:
        frame = accepted[name]
        by_nik = frame["nik"] if name == ANSWERS else frame["record_key"]
        wanted = by_nik.is_in((reached if name == ANSWERS else redone).implode()).fill_null(False)
        some[name] = frame.filter(change[name].fresh | wanted & frame["is_current"])
    made = standardise(some, has_civil)
    stale = pl.concat([redone, *(change[name].stale for name in here if name != ANSWERS)])
    schemas = {table: former.standard[table].collect_schema() for table in made}
    if any(frame.schema != schemas[table] for table, frame in made.items()):
        return None
    keys = {table: former.standard[table].select("record_key").collect()["record_key"] for table in made}
    return {table: splice(keys[table], stale, frame) for table, frame in made.items()}


def _had_rows(former: Former) -> bool:
    if CIVIL not in former.accepted:
        return False
    return bool(former.accepted[CIVIL].select(pl.col("is_current").any()).collect().item())


def _reached(
    accepted: Frames, former: Former, change: Mapping[str, ChangedRows], known: pl.DataFrame
) -> pl.Series:
    """Every NIK of a changed row, before and after, each once."""
    found = []
    for name, told in change.items():
        found.append(read_sixteen(accepted[name]["nik"].filter(told.fresh))[0])
        if name == ANSWERS:
            gone = former.accepted[name].select("record_key", "nik").filter(pl.col("record_key").is_in(told.stale.implode()))
            found.append(gone.collect()["nik"].cast(pl.String))
        else:
            found.append(known["nik"].filter(known["record_key"].is_in(told.stale.implode())))
    return pl.concat(each.rename("nik") for each in found).drop_nulls().unique()
