"""Golden: the best values of every master, where each came from, and what changed since the build before."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.resources import Carried, Night, final_faults
from sehatmu.golden.carry import build_again, touched_masters
from sehatmu.golden.changes import changes, ended_versions
from sehatmu.golden.config import Survivorship, load_survivorship
from sehatmu.golden.levels import build_level
from sehatmu.golden.survivorship import RECORD_COLUMNS, build_golden
from sehatmu.identity.state import State, advance, load_state, tell_origins
from sehatmu.lake import Splice, open_table

SHARED = {
    "origin": "The records that each master's field groups come from, and by which rules.",
    "change": "Values that differ from the build before.",
    "ended": "Versions of golden records that tonight no longer publishes.",
}
FROM_IDENTITY = ("link", "changed_link", "event", "official", "finding")


def golden_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The golden table of one domain with its history, and the tables that the domain derives beside it.

    Where the parent build was made by the same rules, masters that nothing touched are carried.
    """
    own = {name: f"Published as {spec.index}.{name}." for name in spec.tables}
    goldens = dict.fromkeys(spec.goldens, "One golden record per master.")
    outs = {**goldens, **SHARED, **dict.fromkeys(spec.goldens.values(), SHARED["ended"]), **own}

    @dg.multi_asset(
        name=f"golden_{spec.name}",
        # Read by the step itself: only the columns that it needs, and no longer than it needs them.
        deps=[
            *(key("standard", spec.name, t) for t in spec.standard),
            *(key("identity", spec.name, t) for t in from_identity(spec)),
            *(key("pairs", spec.name, t) for t in spec.pairs),
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
    def choose_golden(night: dg.ResourceParam[Night]) -> Iterator[dg.Output[pl.DataFrame | Carried]]:
        with final_faults():
            made = dict(_carry(spec, night) or _golden(spec, night))
        for table in outs:
            frame = made.pop(table)
            yield dg.Output(frame, table, metadata={"rows_out": frame.height})

    return choose_golden


def from_identity(spec: DomainSpec) -> tuple[str, ...]:
    """The tables of identity that golden reads."""
    return (*FROM_IDENTITY, *(["level"] if spec.levels else []))


def _golden(spec: DomainSpec, night: Night) -> Mapping[str, pl.DataFrame]:
    """All of it from the tables of tonight."""
    assert spec.make_tables is not None, "what has no identity has no golden records"
    survivorship = load_survivorship(night.linkage_file(spec.name))
    columns = {"record": _record_columns(spec, survivorship)}
    standard = {t: night.read("standard", spec.name, t, columns=columns.get(t)) for t in spec.standard}
    pairs = {t: night.read("pairs", spec.name, t) for t in spec.pairs}
    identity = {t: night.read("identity", spec.name, t) for t in from_identity(spec)}
    state = advance(
        load_state(night.history, spec.index),
        links=identity["changed_link"],
        events=identity["event"],
        official=identity["official"],
        build_date=night.day,
    )
    made = [_choose(spec, night, t, standard, identity, state, survivorship) for t in spec.goldens]
    tables = {name: frame for each in made for name, frame in each.items()}
    tables |= {shared: pl.concat([each[shared] for each in made]) for shared in ("origin", "change")}
    own = spec.make_tables(
        standard | pairs | {t: identity[t] for t in ("level",) if spec.levels},
        identity["link"],
        identity["finding"],
        state,
        tables[spec.golden],
        night.settings.contracts,
        lambda table: _before(spec, night, table),
    )
    return {**tables, **own}


def _record_columns(spec: DomainSpec, survivorship: Survivorship) -> list[str] | None:
    """The columns of a standard record that golden reads; None where a domain does not say."""
    if spec.record_columns is None:
        return None
    return sorted({*RECORD_COLUMNS, *survivorship.columns, *spec.record_columns})


def _before(spec: DomainSpec, night: Night, table: str) -> pl.DataFrame | None:
    """A golden table of the parent build: where tables are carried over as the lake has it, else as it is published."""
    kept = night.previous("golden", spec.name, table) if spec.remake_tables else None
    return night.published(night.contracts.index(spec.index, table)) if kept is None else kept


def _carry(spec: DomainSpec, night: Night) -> Mapping[str, pl.DataFrame | Carried] | None:
    """The touched masters on top of the tables of the parent build; None where all must be made."""
    if spec.remake_tables is None or not night.has_same_rules():
        return None
    tables = (spec.golden, "origin", *spec.tables)
    former = {t: path for t in tables if (path := night.former("golden", spec.name, t))}
    told = {t: night.since("standard", spec.name, t) for t in spec.standard}
    told["link"] = night.since("identity", spec.name, "link")
    since = {t: each for t, each in told.items() if each}
    survivorship = load_survivorship(night.linkage_file(spec.name))
    read = _record_columns(spec, survivorship)
    if len(former) < len(tables) or len(since) < len(told) or read is None:
        return None
    events, held = night.read("identity", spec.name, "event"), since["link"].now.read(["record_key", "master_id"])
    reached = {t: since[t] for t in ("record", "identifier", "link")}
    touched = touched_masters(reached, held, events, survivorship, read=read)
    if touched is None:
        return None
    before = {t: open_table(path) for t, path in former.items()}
    again = build_again(
        since,
        before | {"golden": before[spec.golden]},
        held,
        touched,
        tell_origins(night.history, events, spec.index, touched),
        survivorship,
        index=spec.index,
        build_date=night.day,
        columns=[c.name for c in night.contracts.index(spec.index, spec.golden).columns],
        read=read,
    )
    findings = night.read("identity", spec.name, "finding")
    own = spec.remake_tables(again, findings, night.settings.contracts, build_date=night.day)
    made: dict[str, pl.DataFrame | Splice] = {spec.golden: again.golden, "origin": again.origin, **own}
    carried = {t: Carried(former[t], each) if isinstance(each, Splice) else each for t, each in made.items()}
    return {**carried, **_tell(spec, night, spec.golden, again.previous, again.made.golden, events)}


def _choose(
    spec: DomainSpec,
    night: Night,
    table: str,
    standard: dict[str, pl.DataFrame],
    identity: dict[str, pl.DataFrame],
    state: State,
    survivorship: Survivorship,
) -> dict[str, pl.DataFrame]:
    """One golden table and what is told of it beside."""
    previous = _before(spec, night, table)
    asked: dict[str, Any] = {
        "index": spec.index,
        "build_date": night.day,
        "previous": previous,
        "columns": [c.name for c in night.contracts.index(spec.index, table).columns],
    }
    if spec.levels:
        made = build_level(table, standard, identity["level"], state.masters, survivorship, **asked)
    else:
        made = build_golden(standard["record"], identity["link"], state.masters, survivorship, **asked)
    told = _tell(spec, night, table, previous, made.golden, identity["event"])
    return {table: made.golden, "origin": made.origins, **told}


def _tell(
    spec: DomainSpec,
    night: Night,
    table: str,
    previous: pl.DataFrame | None,
    golden: pl.DataFrame,
    events: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """What changed in a golden table, and the versions that ended."""
    told = changes(
        previous,
        golden,
        index=spec.index,
        from_build=str(night.parent) if night.parent else None,
        to_build=str(night.build),
        minted=events.filter(pl.col("event") == "mint")["master_id"],
    )
    return {"change": told, spec.goldens[table]: ended_versions(previous, golden, build_date=night.day)}
