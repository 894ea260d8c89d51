"""The standard tables of the patient domain: records, their identifiers, and what was odd about them.

The night calls this; linkage alone needs no more than `persons.person_records`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.facility import FINDING_SCHEMA, Standardised
from sehatmu.standardise.persons import EVIDENCE, person_records

TABLE = "faskes_pasien"
#: Namespace of an identifier → the column of the record; a medical record number holds within its facility.
_NAMESPACES = {
    "nik": pl.col("nik"),
    "ihs": pl.col("official_id"),
    "kk": pl.col("no_kk"),
    "bpjs": pl.col("bpjs"),
    "paspor": pl.col("passport"),
    "rm": pl.col("source_key"),
}


def standardise_persons(
    accepted: Mapping[str, pl.DataFrame] | pl.DataFrame,
    codebooks: Codebooks,
    *,
    as_of: date,
    hashed: Collection[str] = EVIDENCE,
) -> Standardised:
    """Standard frames of the current rows of `faskes/pasien` (a frame, or the frame of that name among others).

    `record` as `person_records` makes it; `identifier` and `finding` sorted by their columns. A finding is a flag
    and never has a detail, since every value of a person is personal.
    """
    rows = accepted if isinstance(accepted, pl.DataFrame) else accepted[TABLE]
    record = person_records(rows, codebooks, as_of=as_of, hashed=hashed)
    identifiers = [
        record.select("record_key", namespace=pl.lit(namespace), code=code).drop_nulls("code")
        for namespace, code in sorted(_NAMESPACES.items())
    ]
    said = record.select("record_key", finding="flags").explode("finding", empty_as_null=False, keep_nulls=False)
    return Standardised(
        record=record,
        identifier=pl.concat(identifiers).sort("record_key", "namespace", maintain_order=True),
        finding=said.with_columns(detail=pl.lit(None, pl.String)).select(*FINDING_SCHEMA),
    )
