"""Identity: tonight's clusters meet the ids of the builds before, and only what changed is told."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import identity_check, judge_identity
from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Carried, Night, final_faults
from sehatmu.identity.again import Reached, carry_findings, carry_links, reach
from sehatmu.identity.config import IdentityConfig, load_identity
from sehatmu.identity.identify import Identified, identify
from sehatmu.identity.state import load_state
from sehatmu.lake import Since, open_table, read_table, scan_table
from sehatmu.linkage.command import rules_for
from sehatmu.linkage.decisions import DECISIONS
from sehatmu.linkage.ghosts import GHOSTS, match_ghosts

# Table: what it is.
TABLES = {
    "link": "Every current record and its master.",
    "changed_link": "Records whose master changed tonight, for the event files.",
    "event": "What happened to identities tonight: mint, revive, redirect, merge, split, retire.",
    "official": "Official numbers delivered for the first time.",
    "redirect": "Ids that gave way, and where they lead.",
    "finding": "What is odd about an identity.",
}
LEVEL = {"level": "Every current record and what it is on each level of identity."}
# What identity reads of a record, as far as the domain has it; and what its levels name.
READS = ("record_key", "source", "extract", "source_key", "delivery_date", "official_id", "series", "is_subject")


def identity_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Links and events of one domain, and the gates of identity as a blocking check.

    Where the parent build was made by the same rules, only what tonight's changes reach is decided.
    """
    links = key("identity", spec.name, "link")
    tables = TABLES | (LEVEL if spec.levels else {})

    @dg.multi_asset(
        name=f"identify_{spec.name}",
        deps=[key("standard", spec.name, "record")],  # read here, no more of it than it takes
        ins={
            "cluster": dg.AssetIn(key=key("clusters", spec.name, "cluster")),
            "decision": dg.AssetIn(key=key("pairs", spec.name, "decision")),
        },
        outs={
            table: dg.AssetOut(
                key=key("identity", spec.name, table),
                group_name=spec.name,
                description=text,
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table, text in tables.items()
        },
        check_specs=[identity_check(links)],
        partitions_def=partitions,
    )
    def identify_records(
        night: dg.ResourceParam[Night], cluster: pl.DataFrame, decision: pl.DataFrame
    ) -> Iterator[Any]:
        with final_faults():
            config = load_identity(night.linkage_file(spec.name))
            made, broken = _carry(spec, night, config, cluster, decision) or _all(
                spec, night, config, cluster, decision
            )
        rows = {"rows_in": cluster.height}
        for table in tables:
            yield dg.Output(made[table], table, metadata={**rows, "rows_out": made[table].height})
        yield judge_identity(broken, links)

    return identify_records


def _all(
    spec: DomainSpec, night: Night, config: IdentityConfig, cluster: pl.DataFrame, decision: pl.DataFrame
) -> tuple[Mapping[str, pl.DataFrame], pl.DataFrame]:
    """Every table from everything, and what breaks the gates."""
    records, former = night.scan("standard", spec.name, "record"), night.former("standard", spec.name, "record")
    there = records.collect_schema().names()
    record = records.select(_reads(config, there)).collect()
    ghosts = _ghosts(spec, night, scan_table(former) if former else None, records, cluster, decision)
    state = load_state(night.history, spec.index)
    told = identify(cluster, record, state, config, build_date=night.day, ghosts=ghosts)
    return _frames(told), told.broken


def _carry(
    spec: DomainSpec, night: Night, config: IdentityConfig, cluster: pl.DataFrame, decision: pl.DataFrame
) -> tuple[Mapping[str, pl.DataFrame | Carried], pl.DataFrame] | None:
    """What tonight's changes reach, on top of the tables of the parent build; None where all must be decided."""
    record = night.since("standard", spec.name, "record") if night.has_same_rules() and not config.levels else None
    links, clusters = night.former("identity", spec.name, "link"), night.former("clusters", spec.name, "cluster")
    findings = night.previous("identity", spec.name, "finding")
    if record is None or links is None or clusters is None or findings is None or record.shared[0].is_empty():
        return None
    reached = reach(record, cluster, read_table(clusters), open_table(links), night.history, config)
    if reached is None:
        return None
    records = record.now.read(_reads(config, record.now.schema.names()), reached.rows)
    ghosts = _ghosts_among(spec, night, record, reached, cluster, decision)
    told = identify(reached.clusters, records, reached.state, config, build_date=night.day, ghosts=ghosts)
    carried: dict[str, pl.DataFrame | Carried] = {
        "link": Carried(links, carry_links(record, reached, told.links)),
        "finding": carry_findings(findings, told.assigned.findings, reached, told.links),
    }
    return {**_frames(told), **carried}, told.broken


def _reads(config: IdentityConfig, there: list[str]) -> list[str]:
    read = dict.fromkeys((*READS, *(name for level in config.levels for name in level.columns)))
    return [name for name in read if name in there]


def _ghosts(
    spec: DomainSpec,
    night: Night,
    before: pl.LazyFrame | None,
    records: pl.LazyFrame,
    cluster: pl.DataFrame,
    decision: pl.DataFrame,
) -> pl.DataFrame:
    """Records of last night that came back under another key."""
    rules, model = rules_for(night.linkage_file(spec.name), cluster.height)
    decisions = decision.select(DECISIONS.names())
    return match_ghosts(before, records, cluster, rules, decisions=decisions, model=model)


def _ghosts_among(
    spec: DomainSpec, night: Night, record: Since, reached: Reached, cluster: pl.DataFrame, decision: pl.DataFrame
) -> pl.DataFrame:
    """The same, asked of the few records whose key one night alone has."""
    if reached.gone.is_empty() or reached.new.is_empty():
        return GHOSTS.to_frame()
    before, records = record.before.read(rows=reached.gone), record.now.read(rows=reached.new)
    return _ghosts(spec, night, before.lazy(), records.lazy(), cluster, decision)


def _frames(told: Identified) -> dict[str, pl.DataFrame]:
    assigned = told.assigned
    return {
        "link": told.links,
        "level": told.levels,
        "changed_link": assigned.changed_links,
        "event": assigned.events,
        "official": assigned.official,
        "redirect": assigned.redirects,
        "finding": assigned.findings,
    }
