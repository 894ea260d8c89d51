"""Standardise: the accepted rows of a domain become comparable records, identifiers and findings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import judge_tables, tables_check
from pipelines.domains import DomainSpec
from pipelines.keys import intake_key, key
from pipelines.resources import Carried, Night, final_faults
from sehatmu.contracts import Contract, Contracts
from sehatmu.lake import open_table

TABLES = {
    "record": "One standardised record per current row: what linkage compares and what golden records choose from.",
    "identifier": "The (namespace, code) pairs of every record.",
    "finding": "What is odd about a record but no reason to reject it.",
    "verification": "How the civil register answered for every registration, attribute by attribute.",
    "substance": "Substances of every record with their strengths.",
    "atc": "Classes of the ATC with their level and the class above.",
    "price": "Prices of the catalogue per pack and per smallest unit.",
    "item": "Items of facilities' own lists, with their texts, the codes that they give, and their cost groups.",
    "region": "Regions with their Kemendagri, BPS and former codes and validity.",
    "role": "Where a record's person works, as what, and for how long.",
    "licence": "Registrations and licences to practise, as jobs tell them and as councils and offices list them.",
    "facility_reference": "Places that lead to no facility, with those most like them.",
    "worklist": "Texts that no codebook reads, with what is nearest.",
}

# What intake leaves beside the accepted rows.
KEPT = ("landing", "quarantine")


def standard_asset(
    spec: DomainSpec, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The standard tables of one domain, from its own extracts, those that it refers to, and other indexes.

    They are read here, no more of them than it takes: where the parent build was made by the same rules, rows of it
    that still hold are carried. Where nothing has an identity these are the published tables already, and so of the
    layer golden.
    """
    extracts = [c for c in contracts.sources() if c.domain == spec.name or c.id in spec.references]
    layer, tables = spec.first_tables
    keys = {table: key(layer, spec.name, table) for table in tables}
    told = TABLES if spec.golden else {table: f"Published as {spec.index}.{table}." for table in tables}
    judged = keys[tables[-1]]

    @dg.multi_asset(
        name=f"standardise_{spec.name}",
        deps=[
            *(intake_key("accepted", c) for c in extracts),
            *(key("golden", *told) for told in spec.indexes),
            *(key("identity", domain, "redirect") for domain in spec.redirects),
            *(intake_key(kept, contracts.by_id[name]) for name in spec.intake for kept in KEPT),
        ],
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
    def standardise(night: dg.ResourceParam[Night]) -> Iterator[Any]:
        with final_faults():
            carried = _carry(spec, night, extracts)
            made = None if carried else _nothing(spec, night, extracts) or _make(spec, night, extracts)
            broken = spec.judge(made) if spec.judge and made is not None else None
        standard: Mapping[str, pl.DataFrame | Carried] = carried or made or {}
        for table in tables:
            yield dg.Output(standard[table], table, metadata={"rows_out": standard[table].height})
        if broken is not None:
            yield judge_tables(broken, judged)

    return standardise


def _nothing(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Mapping[str, pl.DataFrame] | None:
    """The empty tables of the parent build, where no extract that rows are made of has any; None elsewhere.

    Registers that nobody delivers yet cost the others' night nothing.
    """
    asked = set(spec.asked) & set(spec.references)  # looked up for rows that are there
    sources = [c for c in extracts if c.id not in asked]
    if spec.intake or not night.has_same_rules():
        return None
    if any(night.table(*intake_key("accepted", c).path).height for c in sources):
        return None
    layer, names = spec.first_tables
    tables = {name: open_table(path) for name in names if (path := night.former(layer, spec.name, name))}
    if len(tables) < len(names) or any(table.height for table in tables.values()):
        return None
    return {name: table.read() for name, table in tables.items()}


def _make(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Mapping[str, pl.DataFrame]:
    accepted = {c.id: night.read(*intake_key("accepted", c).path) for c in extracts if c.id not in spec.asked}
    told = {f"{domain}_{table}": _index(spec, night, domain, table) for domain, table in spec.indexes}
    told |= {f"{domain}_redirect": night.read("identity", domain, "redirect") for domain in spec.redirects}
    told |= {f"{kept}_{name}": night.read(*_kept(night, kept, name)) for name in spec.intake for kept in KEPT}
    asked = {name: night.table(*_kept(night, "accepted", name)) for name in spec.asked}
    given = {"asked": asked} if spec.asked else {}
    return spec.standardise({**accepted, **told}, night.settings.contracts, night.day, **given)


def _index(spec: DomainSpec, night: Night, domain: str, table: str) -> pl.DataFrame:
    columns = spec.index_columns.get(table)
    return night.read("golden", domain, table, columns=list(columns) if columns else None)


def _kept(night: Night, layer: str, name: str) -> Sequence[str]:
    return intake_key(layer, night.contracts.by_id[name]).path


def _carry(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Mapping[str, Carried] | None:
    """The tables on top of those of the parent build; None where nothing of it can be carried."""
    if spec.restandardise is None or not night.has_same_rules():
        return None
    accepted = {c.id: night.since(*intake_key("accepted", c).path) for c in extracts}
    tables = {table: night.former("standard", spec.name, table) for table in spec.standard}
    nights = {extract: since for extract, since in accepted.items() if since is not None}
    standard = {table: path for table, path in tables.items() if path is not None}
    if len(standard) < len(tables) or len(nights) < len(accepted):
        return None
    former = {table: open_table(path) for table, path in standard.items()}
    spliced = spec.restandardise(nights, former, night.settings.contracts, night.day)
    return {table: Carried(standard[table], splice) for table, splice in spliced.items()} if spliced else None
