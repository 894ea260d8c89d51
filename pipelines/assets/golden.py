"""Golden: the best values of every master, where each came from, and what changed since the build before."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Night, final_faults
from sehatmu.golden.changes import changes, ended_versions
from sehatmu.golden.config import load_survivorship
from sehatmu.golden.levels import build_level
from sehatmu.golden.survivorship import Golden, build_golden
from sehatmu.identity.state import advance, load_state

SHARED = {
    "origin": "The records that each master's field groups come from, and by which rules.",
    "change": "Values that differ from the build before.",
    "ended": "Versions of golden records that tonight no longer publishes.",
}
FROM_IDENTITY = ("link", "changed_link", "event", "official", "finding")


def golden_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The golden table of one domain with its history, and the tables that the domain derives beside it."""
    own = {name: f"Published as {spec.index}.{name}." for name in spec.tables}
    goldens = dict.fromkeys(spec.goldens, "One golden record per master.")
    outs = {**goldens, **SHARED, **dict.fromkeys(spec.goldens.values(), SHARED["ended"]), **own}
    from_identity = (*FROM_IDENTITY, *(["level"] if spec.levels else []))

    @dg.multi_asset(
        name=f"golden_{spec.name}",
        ins={
            **{f"standard_{t}": dg.AssetIn(key=key("standard", spec.name, t)) for t in spec.standard},
            **{f"identity_{t}": dg.AssetIn(key=key("identity", spec.name, t)) for t in from_identity},
        },
        outs={
            table: dg.AssetOut(
                key=key("golden", spec.name, table),
                group_name=spec.name,
                description=text,
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table, text in outs.items()
        },
        partitions_def=partitions,
    )
    def choose_golden(night: dg.ResourceParam[Night], **frames: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame]]:
        with final_faults():
            for table, frame in _golden(spec, night, frames).items():
                yield dg.Output(frame, table, metadata={"rows_out": frame.height})

    return choose_golden


def _golden(spec: DomainSpec, night: Night, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    events = frames["identity_event"]
    state = advance(
        load_state(night.history, spec.index),
        links=frames["identity_changed_link"],
        events=events,
        official=frames["identity_official"],
        build_date=night.day,
    )
    standard = {name.removeprefix("standard_"): f for name, f in frames.items() if name.startswith("standard_")}
    tables: dict[str, pl.DataFrame] = {}
    origins, told = [], []
    for table, ended in spec.goldens.items():
        previous = night.published(night.contracts.index(spec.index, table))
        made = _build(spec, night, table, standard, frames, state.masters, previous)
        tables |= {table: made.golden, ended: ended_versions(previous, made.golden, build_date=night.day)}
        origins.append(made.origins)
        told.append(
            changes(
                previous,
                made.golden,
                index=spec.index,
                from_build=str(night.parent) if night.parent else None,
                to_build=str(night.build),
                minted=events.filter(pl.col("event") == "mint")["master_id"],
            )
        )
    own = spec.make_tables(
        standard | ({"level": frames["identity_level"]} if spec.levels else {}),
        frames["identity_link"],
        frames["identity_finding"],
        state,
        tables[spec.golden],
        night.settings.contracts,
        lambda table: night.published(night.contracts.index(spec.index, table)),
    )
    return {**tables, "origin": pl.concat(origins), "change": pl.concat(told), **own}


def _build(
    spec: DomainSpec,
    night: Night,
    table: str,
    standard: dict[str, pl.DataFrame],
    frames: dict[str, pl.DataFrame],
    masters: pl.DataFrame,
    previous: pl.DataFrame | None,
) -> Golden:
    """The golden records of one table: those of the index, or of the levels that are published there."""
    survivorship = load_survivorship(night.linkage_file(spec.name))
    columns = [c.name for c in night.contracts.index(spec.index, table).columns]
    asked: dict[str, Any] = {"index": spec.index, "build_date": night.day, "previous": previous, "columns": columns}
    if spec.levels:
        return build_level(table, standard, frames["identity_level"], masters, survivorship, **asked)
    return build_golden(standard["record"], frames["identity_link"], masters, survivorship, **asked)
