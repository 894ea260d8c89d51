"""Standardise: the accepted rows of a domain become comparable records, identifiers and findings."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import intake_key, key
from pipelines.resources import Night, final_faults
from sehatmu.contracts import Contracts

TABLES = {
    "record": "One standardised record per current row: what linkage compares and what golden records choose from.",
    "identifier": "The (namespace, code) pairs of every record.",
    "finding": "What is odd about a record but no reason to reject it.",
    "verification": "How the civil register answered for every registration, attribute by attribute.",
    "region": "Regions with their Kemendagri, BPS and former codes and validity.",
    "role": "Where a record's person works, as what, and for how long.",
    "licence": "Registrations and licences to practise, as jobs tell them and as councils and offices list them.",
    "facility_reference": "Places that lead to no facility, with those most like them.",
    "worklist": "Texts that no codebook reads, with what is nearest.",
}


def standard_asset(
    spec: DomainSpec, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The standard tables of one domain, from its own extracts, those that it refers to, and other indexes."""
    extracts = [c for c in contracts.sources() if c.domain == spec.name or c.id in spec.references]

    @dg.multi_asset(
        name=f"standardise_{spec.name}",
        ins={
            **{c.id: dg.AssetIn(key=intake_key("accepted", c)) for c in extracts},
            **{f"{domain}_{table}": dg.AssetIn(key=key("golden", domain, table)) for domain, table in spec.indexes},
        },
        outs={
            table: dg.AssetOut(
                key=key("standard", spec.name, table),
                group_name=spec.name,
                description=text,
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table, text in TABLES.items()
            if table in spec.standard
        },
        partitions_def=partitions,
    )
    def standardise(night: dg.ResourceParam[Night], **accepted: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame]]:
        with final_faults():
            standard = spec.standardise(accepted, night.settings.contracts, night.day)
        rows_in = sum(frame.height for frame in accepted.values())
        for table in spec.standard:
            yield dg.Output(standard[table], table, metadata={"rows_in": rows_in, "rows_out": standard[table].height})

    return standardise
