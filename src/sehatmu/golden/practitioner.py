"""The tables that the Master Nakes Index publishes beside its golden records.

Identifiers, roles, licences, conflicts, findings, places that were not found, professions that the codebook lacks, and
the codebooks that views count with: each a plain frame from the standard tables and the links of tonight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_codebook
from sehatmu.golden.conflicts import find_conflicts
from sehatmu.golden.coverage import list_identifiers
from sehatmu.golden.findings import list_findings
from sehatmu.golden.licences import merge_licences
from sehatmu.golden.practice import find_practice
from sehatmu.golden.roles import merge_roles, place_key
from sehatmu.identity.state import State
from sehatmu.standardise.codebooks import load_codebooks

CODEBOOKS = ("practice_limits", "professions", "verification_levels")
#: Published column → the record's column whose values are held against each other.
COMPARED = {"nik": "nik", "nama": "name_full", "birth_date": "birth_date", "sex": "sex"}
PERSONAL = ("nik", "nip")
# What the tables are told from: a record has many more columns, and a join would copy them all.
_READS = sorted(
    {"record_key", "source", "extract", "source_key", "delivery_date", "profession_group", "sip_number"}
    | {*COMPARED, *COMPARED.values()}
)


def practitioner_tables(
    standard: Mapping[str, pl.DataFrame],
    links: pl.DataFrame,
    identity_findings: pl.DataFrame,
    state: State,
    golden: pl.DataFrame,
    contracts: Path,
    published: Callable[[str], pl.DataFrame | None],
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `mni`, without `practitioner` itself.

    `standard`: the standard tables `record`, `identifier`, `finding`, `role`, `licence`, `facility_reference`,
    `worklist`. `state`: after tonight. `contracts`: the folder `data_contracts`. `published` gives a table of the
    parent build, or None.
    """
    day, codebooks = state.builds[-1], load_codebooks(contracts, CODEBOOKS)
    held = links.filter(pl.col("master_id").is_not_null()).select("record_key", "master_id")
    records = standard["record"].select(_READS).join(held, on="record_key")
    roles = merge_roles(
        standard["role"].join(records, on="record_key"), build_date=day, previous=published("practitioner_role")
    )
    licences = merge_licences(
        standard["licence"].with_columns(facility_key=place_key(missing=None)),
        held,
        golden.select("master_id", "profession_code"),
        day=day,
    )
    practice = find_practice(roles, licences, records, codebooks, day=day)
    about = pl.concat([identity_findings.select("master_id", "finding", "detail"), practice])
    return {
        "practitioner_identifier": hide_personal(
            list_identifiers(
                standard["identifier"],
                links,
                build_date=day,
                previous=show_personal(published("practitioner_identifier")),
            )
        ),
        "practitioner_role": roles,
        "licence": licences,
        "conflict": find_conflicts(records, golden, codebooks, columns=COMPARED),
        "finding": list_findings(standard["finding"], links, about),
        "facility_reference": standard["facility_reference"],
        "profession_worklist": standard["worklist"],
        "profession": load_codebook(contracts, "professions"),
        "required_staff": list_required(load_codebook(contracts, "required_staff")),
    }


def list_required(book: pl.DataFrame) -> pl.DataFrame:
    """The codebook `required_staff` with its number as a number, and whether it is for in-patients as true or false."""
    return book.with_columns(
        pl.col("staff_count").cast(pl.Int64),
        rawat_inap=pl.col("rawat_inap").replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean),
    )


def hide_personal(identifiers: pl.DataFrame) -> pl.DataFrame:
    """Numbers of the person (NIK, NIP) in a column of their own, so that those of the profession can be public."""
    is_personal = pl.col("namespace").is_in(PERSONAL)
    return identifiers.with_columns(
        code=pl.when(~is_personal).then("code"), personal_code=pl.when(is_personal).then("code")
    )


def show_personal(identifiers: pl.DataFrame | None) -> pl.DataFrame | None:
    """What `hide_personal` was made from."""
    if identifiers is None:
        return None
    return identifiers.with_columns(pl.coalesce("code", "personal_code").alias("code")).drop("personal_code")
