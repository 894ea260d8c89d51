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
from sehatmu.lake import Splice, Table, open_table
from sehatmu.standardise.carry import Former

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
    "version": "Which resource each accepted row is a version of, and by which names it answers.",
    "asked": "What each resource asks for: other resources, and masters that are not there.",
}

Made = Mapping[str, pl.DataFrame | Carried]

# What intake leaves beside the accepted rows.
KEPT = ("landing", "quarantine")


def standard_asset(
    spec: DomainSpec, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The standard tables of one domain, from its own extracts, those that it refers to, and other indexes.

    They are read here, no more of them than it takes: where the parent build was made by the same rules, rows of it
    that still hold are carried. Where nothing has an identity the published `tables` are made here already, as of the
    layer golden.
    """
    extracts = [c for c in contracts.sources() if c.domain == spec.name or c.id in spec.references]
    keys = {table: key(*path) for table, path in _places(spec).items()}
    told = TABLES | {table: f"Published as {spec.index}.{table}." for table in ([] if spec.golden else spec.tables)}
    judged = keys[[*keys][-1]]

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
            for table in keys
        },
        check_specs=[tables_check(judged, spec.judged)] if spec.judge else [],
        partitions_def=partitions,
    )
    def standardise(night: dg.ResourceParam[Night]) -> Iterator[Any]:
        with final_faults():
            standard = _nothing(spec, night, extracts) or _carry(spec, night, extracts) or _make(spec, night, extracts)
            broken = spec.judge({name: _open(made) for name, made in standard.items()}) if spec.judge else None
        for table in keys:
            yield dg.Output(standard[table], table, metadata={"rows_out": standard[table].height})
        if broken is not None:
            yield judge_tables(broken, judged)

    return standardise


def _places(spec: DomainSpec) -> dict[str, tuple[str, str, str]]:
    """Where the lake keeps each table that is made here."""
    made = {"standard": spec.standard} | ({} if spec.golden else {"golden": spec.tables})
    return {table: (layer, spec.name, table) for layer, tables in made.items() for table in tables}


def _open(made: pl.DataFrame | Carried) -> Table:
    return Table(open_table(made.former).scan(), made.splice) if isinstance(made, Carried) else Table(made.lazy())


def _nothing(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Made | None:
    """The tables of the parent build, where no extract that rows are made of had any, or has; None elsewhere.

    What is made of nothing hangs on the rules alone, unless it is made of other indexes: then it has to be empty.
    Registers that nobody delivers yet cost the others' night nothing.
    """
    asked = set(spec.asked) & set(spec.references)  # looked up for rows that are there
    sources = [intake_key("accepted", c).path for c in extracts if c.id not in asked]
    if spec.intake or not night.has_same_rules():
        return None
    if any(night.table(*source).height for source in sources):
        return None
    if any(open_table(path).height for source in sources if (path := night.former(*source))):
        return None
    places = _places(spec)
    tables = {name: open_table(path) for name, place in places.items() if (path := night.former(*place))}
    if len(tables) < len(places):
        return None
    if (spec.indexes or spec.redirects) and any(table.height for table in tables.values()):
        return None
    return {name: table.read() for name, table in tables.items()}


def _make(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Made:
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


def _carry(spec: DomainSpec, night: Night, extracts: Sequence[Contract]) -> Made | None:
    """The tables on top of those of the parent build; None where nothing of it can be carried."""
    if spec.restandardise is None or not night.has_same_rules():
        return None
    accepted = {c.id: since for c in extracts if (since := night.since(*intake_key("accepted", c).path))}
    places = _places(spec)
    tables = {table: path for table, place in places.items() if (path := night.former(*place))}
    others = {f"{domain}_{table}": ("golden", domain, table) for domain, table in spec.indexes}
    others |= {f"{domain}_redirect": ("identity", domain, "redirect") for domain in spec.redirects}
    indexes = {name: since for name, place in others.items() if (since := night.since(*place))}
    if len(accepted) < len(extracts) or len(tables) < len(places) or len(indexes) < len(others):
        return None
    former = Former({table: open_table(path) for table, path in tables.items()}, indexes)
    spliced = spec.restandardise(accepted, former, night.settings.contracts, night.day) or {}
    carried = {t: Carried(tables[t], each) if isinstance(each, Splice) else each for t, each in spliced.items()}
    return carried or None
