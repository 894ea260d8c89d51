"""Identity: tonight's clusters meet the ids of the builds before, and only what changed is told."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import identity_check, judge_identity
from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Night, final_faults
from sehatmu.identity.assign import assign
from sehatmu.identity.checks import check_identity
from sehatmu.identity.config import load_identity
from sehatmu.identity.state import load_state
from sehatmu.lake import scan_table
from sehatmu.linkage.command import rules_for
from sehatmu.linkage.decisions import DECISIONS
from sehatmu.linkage.ghosts import match_ghosts

# Table: the field of `Assigned` that fills it, and what it is.
TABLES = {
    "link": ("links", "Every current record and its master."),
    "changed_link": ("changed_links", "Records whose master changed tonight, for the event files."),
    "event": ("events", "What happened to identities tonight: mint, revive, redirect, merge, split, retire."),
    "official": ("official", "Official numbers delivered for the first time."),
    "redirect": ("redirects", "Ids that gave way, and where they lead."),
    "finding": ("findings", "What is odd about an identity."),
}
# What identity reads of a record, as far as the domain has it.
READS = ("record_key", "source", "extract", "source_key", "official_id", "series", "is_subject")


def identity_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Links and events of one domain, and the gates of identity as a blocking check."""
    links = key("identity", spec.name, "link")

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
            for table, (_, text) in TABLES.items()
        },
        check_specs=[identity_check(links)],
        partitions_def=partitions,
    )
    def identify(night: dg.ResourceParam[Night], cluster: pl.DataFrame, decision: pl.DataFrame) -> Iterator[Any]:
        with final_faults():
            records, former = night.scan("standard", spec.name, "record"), night.former("standard", spec.name, "record")
            record = records.select(pl.col(name) for name in READS if name in records.collect_schema()).collect()
            config = load_identity(night.linkage_file(spec.name))
            rules, model = rules_for(night.linkage_file(spec.name), record.height)
            state = load_state(night.history, spec.index)
            ghosts = match_ghosts(
                scan_table(former) if former else None,
                records,
                cluster,
                rules,
                decisions=decision.select(DECISIONS.names()),
                model=model,
            )
            assigned = assign(cluster, record, state, config, build_date=night.day, ghosts=ghosts)
        for table, (field, _) in TABLES.items():
            frame: pl.DataFrame = getattr(assigned, field)
            yield dg.Output(frame, table, metadata={"rows_in": record.height, "rows_out": frame.height})
        yield judge_identity(check_identity(assigned.state, assigned.links, record), links)

    return identify
