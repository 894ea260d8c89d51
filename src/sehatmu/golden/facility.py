"""The tables that the Master Sarana Index publishes beside its golden records.

Identifiers, coverage by source and by kind, findings and regions: each a plain frame from the standard
tables, the links of tonight, and the state of identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_codebook
from sehatmu.golden.coverage import cover_kinds, cover_sources, list_identifiers
from sehatmu.golden.findings import list_findings
from sehatmu.identity.state import State


def facility_tables(
    standard: Mapping[str, pl.DataFrame],
    links: pl.DataFrame,
    identity_findings: pl.DataFrame,
    state: State,
    golden: pl.DataFrame,
    contracts: Path,
    published: Callable[[str], pl.DataFrame | None],
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `msi`, without `facility` itself.

    `standard`: the standard tables `record`, `identifier`, `finding`, `region`. `state`: after tonight.
    `contracts`: the folder `data_contracts`. `published` gives a table of the parent build, or None.
    """
    last_build = state.builds[-1]
    coverage = cover_sources(state).rename({"first_seen": "first_seen_date", "last_seen": "last_seen_date"})
    return {
        "facility_identifier": list_identifiers(
            standard["identifier"],
            links,
            build_date=last_build,
            previous=published("facility_identifier"),
        ),
        "source_coverage": coverage.drop("index"),
        "kind_coverage": cover_kinds(
            load_codebook(contracts, "facility_kinds"),
            standard["record"],
            golden,
            kind_column="jenis_sarana_kode",
        ),
        "finding": list_findings(standard["finding"], links, identity_findings),
        "region": standard["region"],
    }
