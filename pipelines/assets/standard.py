"""Standardise: the accepted rows of a domain become comparable records, identifiers and findings."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import intake_key, key
from pipelines.resources import Carried, Night, final_faults
from sehatmu.contracts import Contract, Contracts
from sehatmu.lake import scan_table
from sehatmu.standardise.carry import Former

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
    """The standard tables of one domain, from its own extracts, those that it refers to, and other indexes.

    They are read here, no more of them than it takes: where the parent build was made by the same rules, rows of it
    that still hold are carried.
    """
    extracts = [c for c in contracts.sources() if c.domain == spec.name or c.id in spec.references]

    @dg.multi_asset(
        name=f"standardise_{spec.name}",
        deps=[*(intake_key("accepted", c) for c in extracts), *(key("golden", *told) for told in spec.indexes)],
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
    def standardise(night: dg.ResourceParam[Night]) -> Iterator[dg.Output[pl.DataFrame | Carried]]:
        with final_faults():
            standard = _carry(spec, night, extracts) or _make(spec, night, extracts)
        for table in spec.standard:
            yield dg.Output(standard[table], table, metadata={"rows_out": standard[table].height})

    return standardise


def _make(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Mapping[str, pl.DataFrame]:
    accepted = {c.id: night.read(*intake_key("accepted", c).path) for c in extracts}
    told = {f"{domain}_{table}": night.read("golden", domain, table) for domain, table in spec.indexes}
    return spec.standardise({**accepted, **told}, night.settings.contracts, night.day)


def _carry(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Mapping[str, Carried] | None:
    """The tables on top of those of the parent build; None where nothing of it can be carried."""
    if spec.restandardise is None or not night.has_same_rules():
        return None
    before = {c.id: night.former(*intake_key("accepted", c).path) for c in extracts}
    tables = {table: night.former("standard", spec.name, table) for table in spec.standard}
    standard = {table: path for table, path in tables.items() if path is not None}
    if len(standard) < len(tables):
        return None
    former = Former(
        {extract: scan_table(path) for extract, path in before.items() if path is not None},
        {table: scan_table(path) for table, path in standard.items()},
    )
    accepted = {c.id: night.scan(*intake_key("accepted", c).path) for c in extracts}
    spliced = spec.restandardise(accepted, former, night.settings.contracts, night.day)
    return {table: Carried(standard[table], splice) for table, splice in spliced.items()} if spliced else None
