"""The tables of the patient index on top of those of the parent build: only what a change can reach is told anew.

Each table here equals the one that `patient_tables` makes of everything, row by row, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.golden.carry import Again, carry, rows_of
from sehatmu.golden.coverage import list_identifiers
from sehatmu.golden.findings import list_findings
from sehatmu.golden.patient import (
    AFTER_DEATH,
    RELATED,
    about_patients,
    find_after_death,
    list_answers,
    tell_conflicts,
)
from sehatmu.golden.relations import find_mothers
from sehatmu.lake import Splice, Table, splice_sorted


def patient_tables_again(
    again: Again, identity_findings: pl.DataFrame, contracts: Path, *, build_date: date
) -> Mapping[str, Splice | pl.DataFrame]:
    """What `patient.patient_tables` makes, as splices of the tables of the same names in `again.former`.

    `again.since` has the standard tables `record`, `identifier`, `finding`, `verification` and `link`.
    """
    golden = Table(again.former["golden"].scan(), again.golden)
    after_death = _find_after_death(again, golden)
    about = about_patients(identity_findings, golden.read(["master_id", "nik"]))
    # A record's own answers and findings hold as long as its rows do and its master is not touched.
    stale = pl.concat([again.links["record_key"], *(_changed(again, name) for name in ("verification", "finding"))])
    links = _links(again, stale)
    return {
        "patient_identifier": _identifiers(again, build_date),
        "patient_relation": _mothers(again),
        "conflict": _conflicts(again, contracts),
        "verification": _answers(again, stale, links),
        "finding": _findings(again, stale, links, after_death, about),
    }


def _changed(again: Again, name: str) -> pl.Series:
    """Keys of the records whose rows of a standard table differ between the nights."""
    since = again.since[name]
    here, there = since.changed(since.now.schema.names())
    return pl.concat([since.now.read(["record_key"], here), since.before.read(["record_key"], there)])["record_key"]


def _links(again: Again, keys: pl.Series) -> pl.DataFrame:
    return again.since["link"].now.read(rows=again.held["record_key"].is_in(keys.implode()).arg_true())


def _identifiers(again: Again, build_date: date) -> Splice:
    former = again.former["patient_identifier"]
    identifiers = rows_of(again.since["identifier"].now, "record_key", again.links["record_key"])
    previous = rows_of(former, "master_id", again.touched)
    return carry(
        former, list_identifiers(identifiers, again.links, build_date=build_date, previous=previous), again.touched
    )


def _conflicts(again: Again, contracts: Path) -> Splice:
    held = again.links.select("record_key", "master_id")
    told = tell_conflicts(again.records, held, again.made.golden, contracts)
    return carry(again.former["conflict"], told, again.touched)


def _mothers(again: Again) -> pl.DataFrame:
    """Of all patients: whose NIK is a mother's is asked of every record, and of the few that are related the rest."""
    niks = again.since["record"].now.read(["nik", "mother_nik"]).cast(pl.Int64)
    mothers = niks["mother_nik"].drop_nulls().unique().implode()
    related = (niks["mother_nik"].is_not_null() | niks["nik"].is_in(mothers)).fill_null(value=False)
    records = again.since["record"].now.read(RELATED, related.arg_true())
    held = again.held.filter(pl.col("record_key").is_in(records["record_key"].implode()))
    return find_mothers(records.join(held.drop_nulls("master_id"), on="record_key"))


def _answers(again: Again, stale: pl.Series, links: pl.DataFrame) -> Splice:
    former = again.former["verification"]
    held = links.select("record_key", "master_id").drop_nulls("master_id")
    answers = rows_of(again.since["verification"].now, "record_key", stale)
    fresh = list_answers(answers.join(held, on="record_key", maintain_order="left"))
    return splice_sorted(former.read(["record_key"])["record_key"], stale, fresh.select(former.schema.names()))


def _find_after_death(again: Again, golden: Table) -> pl.DataFrame:
    died = golden.read(["master_id", "tanggal_meninggal"]).drop_nulls()
    held = again.held.filter(pl.col("master_id").is_in(died["master_id"].implode()))
    answers = rows_of(
        again.since["verification"].now, "record_key", held["record_key"], ["record_key", "tanggal_update"]
    )
    return find_after_death(answers.join(held, on="record_key", maintain_order="left"), died)


def _findings(
    again: Again, stale: pl.Series, links: pl.DataFrame, after_death: pl.DataFrame, about: pl.DataFrame
) -> Splice:
    """The findings of standardising come first, by record; what follows them in the list is told anew."""
    former, nothing = again.former["finding"], about.clear()
    told = former.read(["finding", "record_key"])
    is_carried = told["record_key"].is_not_null() & (told["finding"] != AFTER_DEATH)
    keys = told["record_key"].head(len(told.filter(is_carried)))
    fresh = list_findings(rows_of(again.since["finding"].now, "record_key", stale), links, nothing)
    carried = splice_sorted(keys, stale, fresh)
    rest = list_findings(after_death, _links(again, after_death["record_key"]), about)
    order = carried.order.to_frame("at").select(
        pl.when(pl.col("at") < len(keys)).then("at").otherwise(pl.col("at") + (former.height - len(keys)))
    )["at"]
    end = former.height + len(fresh)
    order = pl.concat(
        [order.cast(pl.UInt32), pl.int_range(end, end + len(rest), dtype=pl.UInt32, eager=True).rename("at")]
    )
    return Splice(order, pl.concat([fresh, rest.cast(fresh.schema)]))
