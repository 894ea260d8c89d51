"""Standardise: the accepted rows of a domain become comparable records, identifiers and findings."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import judge_tables, tables_check
from pipelines.domains import DomainSpec
from pipelines.keys import intake_key, key
from pipelines.resources import Night, final_faults
from sehatmu.contracts import Contracts

TABLES = {
    "record": "One standardised record per current row: what linkage compares and what golden records choose from.",
    "identifier": "The (namespace, code) pairs of every record.",
    "finding": "What is odd about a record but no reason to reject it.",
    "verification": "How the civil register answered for every registration, attribute by attribute.",
    "item": "Items of facilities' own lists, with their texts, the codes that they give, and their cost groups.",
    "region": "Regions with their Kemendagri, BPS and former codes and validity.",
    "role": "Where a record's person works, as what, and for how long.",
    "licence": "Registrations and licences to practise, as jobs tell them and as councils and offices list them.",
    "facility_reference": "Places that lead to no facility, with those most like them.",
    "worklist": "Texts that no codebook reads, with what is nearest.",
}


def standard_asset(
    spec: DomainSpec, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The standard tables of one domain, from its own extracts, those that it refers to, and other indexes.

    Where nothing has an identity these are the published tables already, and so of the layer golden.
    """
    extracts = [c for c in contracts.sources() if c.domain == spec.name or c.id in spec.references]
    layer, tables = ("standard", spec.standard) if spec.golden else ("golden", spec.tables)
    keys = {table: key(layer, spec.name, table) for table in tables}
    told = TABLES if spec.golden else {table: f"Published as {spec.index}.{table}." for table in tables}
    judged = keys[tables[-1]]

    @dg.multi_asset(
        name=f"standardise_{spec.name}",
        ins={
            **{c.id: dg.AssetIn(key=intake_key("accepted", c)) for c in extracts},
            **{f"{domain}_{table}": dg.AssetIn(key=key("golden", domain, table)) for domain, table in spec.indexes},
            **{
                f"{kept}_{name}": dg.AssetIn(key=intake_key(kept, contracts.by_id[name]))
                for name in spec.intake
                for kept in ("landing", "quarantine")
            },
        },
        outs={
            table: dg.AssetOut(
                key=keys[table],
                group_name=spec.name,
                description=told[table],
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table in tables
        },
        check_specs=[tables_check(judged, spec.judged)] if spec.judge else [],
        partitions_def=partitions,
    )
    def standardise(night: dg.ResourceParam[Night], **accepted: pl.DataFrame) -> Iterator[Any]:
        with final_faults():
            standard = spec.standardise(accepted, night.settings.contracts, night.day)
            broken = spec.judge(standard) if spec.judge else None
        rows_in = sum(frame.height for frame in accepted.values())
        for table in tables:
            yield dg.Output(standard[table], table, metadata={"rows_in": rows_in, "rows_out": standard[table].height})
        if broken is not None:
            yield judge_tables(broken, judged)

    return standardise
