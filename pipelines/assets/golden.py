"""Golden: the best values of every master, where each came from, and what changed since the build before."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Night, final_faults
from sehatmu.golden.changes import changes, ended_versions
from sehatmu.golden.config import load_survivorship
from sehatmu.golden.survivorship import build_golden
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
    assert spec.golden is not None
    outs = {spec.golden: "One golden record per master.", **SHARED, **own}

    @dg.multi_asset(
        name=f"golden_{spec.name}",
        ins={
            **{f"standard_{t}": dg.AssetIn(key=key("standard", spec.name, t)) for t in spec.standard},
            **{f"identity_{t}": dg.AssetIn(key=key("identity", spec.name, t)) for t in FROM_IDENTITY},
            **{f"pairs_{t}": dg.AssetIn(key=key("pairs", spec.name, t)) for t in spec.pairs},
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
    assert spec.golden is not None
    assert spec.make_tables is not None
    links, events = frames["identity_link"], frames["identity_event"]
    contract = night.contracts.index(spec.index, spec.golden)
    state = advance(
        load_state(night.history, spec.index),
        links=frames["identity_changed_link"],
        events=events,
        official=frames["identity_official"],
        build_date=night.day,
    )
    previous = night.published(contract)
    made = build_golden(
        frames["standard_record"],
        links,
        state.masters,
        load_survivorship(night.linkage_file(spec.name)),
        index=spec.index,
        build_date=night.day,
        previous=previous,
        columns=[c.name for c in contract.columns],
    )
    told = changes(
        previous,
        made.golden,
        index=spec.index,
        from_build=str(night.parent) if night.parent else None,
        to_build=str(night.build),
        minted=events.filter(pl.col("event") == "mint")["master_id"],
    )
    own = spec.make_tables(
        {t: frames[f"standard_{t}"] for t in spec.standard} | {t: frames[f"pairs_{t}"] for t in spec.pairs},
        links,
        frames["identity_finding"],
        state,
        made.golden,
        night.settings.contracts,
        lambda table: night.published(night.contracts.index(spec.index, table)),
    )
    return {
        spec.golden: made.golden,
        "origin": made.origins,
        "change": told,
        "ended": ended_versions(previous, made.golden, build_date=night.day),
        **own,
    }
