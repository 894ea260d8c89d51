"""Golden: the best values of every master, where each came from, and what changed since the build before."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Night, final_faults
from sehatmu.golden.carry import carry, only, touched_masters
from sehatmu.golden.changes import changes, ended_versions
from sehatmu.golden.config import Survivorship, load_survivorship
from sehatmu.golden.survivorship import RECORD_COLUMNS, build_golden
from sehatmu.identity.state import State, advance, load_state

SHARED = {
    "origin": "The records that each master's field groups come from, and by which rules.",
    "change": "Values that differ from the build before.",
    "ended": "Versions of golden records that tonight no longer publishes.",
}
FROM_IDENTITY = ("link", "changed_link", "event", "official", "finding")


def golden_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The golden table of one domain with its history, and the tables that the domain derives beside it."""
    own = {name: f"Published as {spec.index}.{name}." for name in spec.tables}
    outs = {spec.golden: "One golden record per master.", **SHARED, **own}

    @dg.multi_asset(
        name=f"golden_{spec.name}",
        # Read by the step itself: only the columns that it needs, and no longer than it needs them.
        deps=[
            *(key("standard", spec.name, t) for t in spec.standard),
            *(key("identity", spec.name, t) for t in FROM_IDENTITY),
        ],
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
    def choose_golden(night: dg.ResourceParam[Night]) -> Iterator[dg.Output[pl.DataFrame]]:
        with final_faults():
            made = _golden(spec, night)
        for table in outs:
            frame = made.pop(table)
            yield dg.Output(frame, table, metadata={"rows_out": frame.height})

    return choose_golden


def _golden(spec: DomainSpec, night: Night) -> dict[str, pl.DataFrame]:
    survivorship = load_survivorship(night.linkage_file(spec.name))
    columns = {"record": _record_columns(spec, survivorship)}
    standard = {t: night.read("standard", spec.name, t, columns=columns.get(t)) for t in spec.standard}
    identity = {t: night.read("identity", spec.name, t) for t in FROM_IDENTITY}
    earlier = load_state(night.history, spec.index)
    state = advance(
        earlier,
        links=identity["changed_link"],
        events=identity["event"],
        official=identity["official"],
        build_date=night.day,
    )
    touched = _touched(spec, night, standard, identity, survivorship)
    golden = _choose(spec, night, standard["record"], identity, state, survivorship, touched)
    own = spec.make_tables(
        standard,
        identity["link"],
        identity["finding"],
        state,
        golden[spec.golden],
        night.settings.contracts,
        lambda table: _before(spec, night, table),
        **({"touched": touched} if spec.carries else {}),
    )
    return {**golden, **own}


def _record_columns(spec: DomainSpec, survivorship: Survivorship) -> list[str] | None:
    """The columns of a standard record that golden reads; None where a domain does not say."""
    if spec.record_columns is None:
        return None
    return sorted({*RECORD_COLUMNS, *survivorship.columns, *spec.record_columns})


def _before(spec: DomainSpec, night: Night, table: str) -> pl.DataFrame | None:
    """A golden table of the parent build: where tables are carried over as the lake has it, else as it is published."""
    kept = night.previous("golden", spec.name, table) if spec.carries else None
    return night.published(night.contracts.index(spec.index, table)) if kept is None else kept


def _touched(
    spec: DomainSpec,
    night: Night,
    standard: dict[str, pl.DataFrame],
    identity: dict[str, pl.DataFrame],
    survivorship: Survivorship,
) -> pl.Series | None:
    """The masters that tonight may differ; None where all are made anew."""
    if not spec.carries or not night.has_same_rules():
        return None
    tonight = {"link": identity["link"].select("record_key", "master_id")}
    tonight |= {t: standard[t] for t in ("record", "identifier")}
    before = {
        "link": night.previous("identity", spec.name, "link", columns=["record_key", "master_id"]),
        "record": night.previous("standard", spec.name, "record", columns=standard["record"].columns),
        "identifier": night.previous("standard", spec.name, "identifier"),
    }
    kept = {name: frame for name, frame in before.items() if frame is not None}
    tables = (spec.golden, "origin", *spec.tables)
    if len(kept) < len(before) or any(night.former("golden", spec.name, t) is None for t in tables):
        return None
    return touched_masters(tonight, kept, identity["event"], survivorship)


def _choose(
    spec: DomainSpec,
    night: Night,
    records: pl.DataFrame,
    identity: dict[str, pl.DataFrame],
    state: State,
    survivorship: Survivorship,
    touched: pl.Series | None,
) -> dict[str, pl.DataFrame]:
    """The golden table and what is told of it beside; of the `touched` masters, the others being carried."""
    contract, links = night.contracts.index(spec.index, spec.golden), identity["link"]
    before = previous = _before(spec, night, spec.golden)
    if touched is not None and before is not None:
        links, previous = only(links, touched), only(before, touched)
        records = records.filter(pl.col("record_key").is_in(links["record_key"].implode()))
    made = build_golden(
        records,
        links,
        state.masters,
        survivorship,
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
        minted=identity["event"].filter(pl.col("event") == "mint")["master_id"],
    )
    golden, origins = made.golden, made.origins
    if touched is not None and before is not None:
        golden = carry(before, golden, touched)
        kept = night.previous("golden", spec.name, "origin")
        assert kept is not None, "without last night's origins nothing is carried"
        origins = carry(kept, origins, touched)
    return {
        spec.golden: golden,
        "origin": origins,
        "change": told,
        "ended": ended_versions(previous, made.golden, build_date=night.day),
    }
