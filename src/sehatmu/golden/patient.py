"""The tables that the Master Patient Index publishes beside its golden records.

Identifiers, answers of the civil register, conflicts, mothers and findings: each a plain frame from the standard
tables and the links of tonight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from sehatmu.golden.carry import carry, only
from sehatmu.golden.conflicts import COLUMNS, find_conflicts
from sehatmu.golden.coverage import list_identifiers
from sehatmu.golden.findings import list_findings
from sehatmu.golden.relations import find_mothers
from sehatmu.identity.state import State
from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import load_codebooks
from sehatmu.standardise.verify import ATTRIBUTES

# What conflicts and mothers are told from: a record has many more columns, and a join would copy them all.
_KEYS = ("record_key", "source", "extract", "source_key")
_RIVALS = sorted({*_KEYS, *COLUMNS, *COLUMNS.values()})
_RELATED = [*_KEYS, "nik", "nik_confirmed", "mother_nik"]
READS = tuple(sorted({*_RIVALS, *_RELATED}))
"""The columns of a standard record that the tables of the patient index are made from."""
AFTER_DEATH, SHARED_NIK = "registration:after-death", "nik:several-patients"


def patient_tables(
    standard: Mapping[str, pl.DataFrame],
    links: pl.DataFrame,
    identity_findings: pl.DataFrame,
    state: State,
    golden: pl.DataFrame,
    contracts: Path,
    published: Callable[[str], pl.DataFrame | None],
    *,
    touched: pl.Series | None = None,
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `mpi`, without `patient` itself.

    `standard`: the standard tables `record`, `identifier`, `finding`, `verification`. `state`: after tonight.
    `contracts`: the folder `data_contracts`. `published` gives a table of the parent build, or None. `touched`: the
    masters for which identifiers and conflicts are told anew, the others keep what is published; None: all.
    """
    held = links.filter(pl.col("master_id").is_not_null()).select("record_key", "master_id")
    answers = standard["verification"].join(held, on="record_key")
    findings = pl.concat([standard["finding"], find_after_death(answers, golden)], how="diagonal")
    shared = pl.concat([identity_findings.select("master_id", "finding", "detail"), find_shared_niks(golden)])
    return {
        "patient_identifier": _tell_identifiers(standard["identifier"], links, state, published, touched),
        "patient_relation": find_mothers(_related(standard["record"]).join(held, on="record_key")),
        "conflict": _tell_conflicts(standard["record"].select(_RIVALS), held, golden, contracts, published, touched),
        "verification": list_answers(answers),
        "finding": list_findings(findings, links, shared),
    }


def _tell_identifiers(
    identifiers: pl.DataFrame,
    links: pl.DataFrame,
    state: State,
    published: Callable[[str], pl.DataFrame | None],
    touched: pl.Series | None,
) -> pl.DataFrame:
    before = published("patient_identifier")
    if touched is None or before is None:
        return list_identifiers(identifiers, links, build_date=state.builds[-1], previous=before)
    links = only(links, touched)
    identifiers = identifiers.filter(pl.col("record_key").is_in(links["record_key"].implode()))
    made = list_identifiers(identifiers, links, build_date=state.builds[-1], previous=only(before, touched))
    return carry(before, made, touched)


def _tell_conflicts(
    records: pl.DataFrame,
    held: pl.DataFrame,
    golden: pl.DataFrame,
    contracts: Path,
    published: Callable[[str], pl.DataFrame | None],
    touched: pl.Series | None,
) -> pl.DataFrame:
    books = load_codebooks(contracts, ("verification_levels",))
    before = published("conflict") if touched is not None else None
    if touched is None or before is None:
        return find_conflicts(records.join(held, on="record_key"), golden, books)
    made = find_conflicts(records.join(only(held, touched), on="record_key"), only(golden, touched), books)
    return carry(before, made, touched)


def _related(records: pl.DataFrame) -> pl.DataFrame:
    """The records that name a mother by her NIK, and those that have such a NIK."""
    mothers = records["mother_nik"].drop_nulls().unique().implode()
    return records.filter(pl.col("mother_nik").is_not_null() | pl.col("nik").is_in(mothers)).select(_RELATED)


def list_answers(answers: pl.DataFrame) -> pl.DataFrame:
    """One row per registration: its facility, record number and master, and how the civil register answered."""
    return answers.select(
        "record_key",
        "master_id",
        "sumber_kode",
        "kode_faskes",
        "no_rm",
        "nik",
        pl.col("nik_confirmed").is_not_null().alias("is_confirmed"),
        *(f"{attribute}_verdict" for attribute in ATTRIBUTES),
        "checked_with",
    )


def find_after_death(answers: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """Registrations that were changed after the patient's death: record_key, finding, detail."""
    died = golden.select("master_id", "tanggal_meninggal").drop_nulls()
    late = answers.join(died, on="master_id").filter(pl.col("tanggal_update") > pl.col("tanggal_meninggal"))
    return late.select("record_key", finding=pl.lit(AFTER_DEATH), detail=pl.lit(None, pl.String))


def find_shared_niks(golden: pl.DataFrame) -> pl.DataFrame:
    """Patients whose best NIK is that of another patient too: master_id, finding, detail (how many they are)."""
    held = golden.select("master_id", "nik").drop_nulls().with_columns(count=pl.len().over("nik"))
    return held.filter(pl.col("count") > 1).select(
        "master_id", finding=pl.lit(SHARED_NIK), detail=phrase("{} patients have it", "count")
    )
