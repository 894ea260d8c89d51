"""The tables that the Master Patient Index publishes beside its golden records.

Identifiers, answers of the civil register, conflicts, mothers and findings: each a plain frame from the standard
tables and the links of tonight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

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
RIVALS = sorted({*_KEYS, *COLUMNS, *COLUMNS.values()})
RELATED = [*_KEYS, "nik", "nik_confirmed", "mother_nik"]
READS = tuple(sorted({*RIVALS, *RELATED}))
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
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `mpi`, without `patient` itself.

    `standard`: the standard tables `record`, `identifier`, `finding`, `verification`. `state`: after tonight.
    `contracts`: the folder `data_contracts`. `published` gives a table of the parent build, or None.
    """
    held = links.filter(pl.col("master_id").is_not_null()).select("record_key", "master_id")
    answers = standard["verification"].join(held, on="record_key", maintain_order="left")
    findings = pl.concat([standard["finding"], find_after_death(answers, golden)], how="diagonal")
    before = published("patient_identifier")
    return {
        "patient_identifier": list_identifiers(
            standard["identifier"], links, build_date=state.builds[-1], previous=before
        ),
        "patient_relation": find_mothers(_related(standard["record"]).join(held, on="record_key")),
        "conflict": tell_conflicts(standard["record"], held, golden, contracts),
        "verification": list_answers(answers),
        "finding": list_findings(findings, links, about_patients(identity_findings, golden)),
    }


def tell_conflicts(records: pl.DataFrame, held: pl.DataFrame, golden: pl.DataFrame, contracts: Path) -> pl.DataFrame:
    """Conflicts between the records of each patient; `held`: record_key, master_id."""
    books = load_codebooks(contracts, ("verification_levels",))
    return find_conflicts(records.select(RIVALS).join(held, on="record_key", maintain_order="left"), golden, books)


def about_patients(identity_findings: pl.DataFrame, golden: pl.DataFrame) -> pl.DataFrame:
    """What is odd about patients, not about one of their records: `master_id, finding, detail`."""
    return pl.concat([identity_findings.select("master_id", "finding", "detail"), find_shared_niks(golden)])


def _related(records: pl.DataFrame) -> pl.DataFrame:
    """The records that name a mother by her NIK, and those that have such a NIK."""
    mothers = records["mother_nik"].drop_nulls().unique().implode()
    return records.filter(pl.col("mother_nik").is_not_null() | pl.col("nik").is_in(mothers)).select(RELATED)


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
    late = answers.join(died, on="master_id", maintain_order="left").filter(
        pl.col("tanggal_update") > pl.col("tanggal_meninggal")
    )
    return late.select("record_key", finding=pl.lit(AFTER_DEATH), detail=pl.lit(None, pl.String))


def find_shared_niks(golden: pl.DataFrame) -> pl.DataFrame:
    """Patients whose best NIK is that of another patient too: master_id, finding, detail (how many they are)."""
    held = golden.select("master_id", "nik").drop_nulls().with_columns(count=pl.len().over("nik"))
    return held.filter(pl.col("count") > 1).select(
        "master_id", finding=pl.lit(SHARED_NIK), detail=phrase("{} patients have it", "count")
    )
