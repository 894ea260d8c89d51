"""Publish: every table of the contracts, written and checked as files, then made current in one step."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import polars as pl

from pipelines.domains import DOMAINS, LINKED, DomainSpec
from pipelines.keys import CURRENT, intake_key, key, published_key
from pipelines.metadata import column_lineage, column_schema
from pipelines.resources import Night, final_faults
from sehatmu.contracts import Contract, Contracts, polars_schema
from sehatmu.golden.config import group_rules, load_survivorship
from sehatmu.lake import write_table
from sehatmu.lookup.check import check_lookup
from sehatmu.lookup.write import write_lookup
from sehatmu.publish.assemble import (
    EVENT_FILES,
    SHARED_TABLES,
    event_files,
    intake_tables,
    metric_table,
)
from sehatmu.publish.carried import is_carried
from sehatmu.publish.check import check_build
from sehatmu.publish.files import write_build
from sehatmu.publish.inputs import authored_versions, code_version
from sehatmu.publish.lake_table import LakeTable
from sehatmu.publish.privacy import personal_columns, personal_values
from sehatmu.publish.switch import commit_build

# Where a night keeps the personal numbers that its files were asked for.
_CLEAR = ("published", "meta", "personal_value")
# What patients are made of; those of the civil register are what registrations by the service are held against.
_RECORDS = ("standard", "patient", "record")


def published_assets(contracts: Contracts, partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """All published tables as one step that writes and checks the files, and the switch after it."""
    by_key = {published_key(c): c for c in contracts.indexes()}
    feeds = {k: _feeds(c, contracts) for k, c in by_key.items()}
    # Dagster wants what is made first told first: views come after the tables that they read.
    tables = [by_key[k] for k in TopologicalSorter(feeds).static_order() if k in by_key]
    read = sorted({k for keys in feeds.values() for k in keys if k.path[0] != "published"})
    upstream = {(c.source, c.extract): intake_key("accepted", c) for c in contracts.sources()}
    upstream |= {(c.schema_name, c.table): published_key(c) for c in contracts.indexes()}
    files = dg.AssetCheckSpec(
        "files_hold",
        asset=key("published", "meta", "build"),
        blocking=True,
        description="The new files themselves: every table, key, count, comment and lineage; no clear personal value.",
    )

    @dg.multi_asset(
        name="write_build",
        specs=[
            dg.AssetSpec(
                published_key(c),
                deps=feeds[published_key(c)],
                group_name=published_key(c).path[1],
                description=c.description,
                kinds={"duckdb"},
                owners=["team:data-engineering"],
                metadata={"dagster/table_name": f"{c.schema_name}.{c.table}"},
            )
            for c in tables
        ],
        check_specs=[files],
        partitions_def=partitions,
    )
    def write(night: dg.ResourceParam[Night]) -> Iterator[Any]:
        with final_faults():
            published, events = _assemble(night, [k.path for k in read])
            folder = write_build(
                night.home,
                night.build,
                tables=published,
                events=events,
                manifest=_manifest(night),
                contracts=contracts,
                survivorship=_survivorship(night),
            )
            rows = {name: table.height for name, table in published.items()}
            del published, events  # the files are judged by themselves
            every, new = _clear_values(night, carried=is_carried(folder))
            record = _lake_table(night, [_RECORDS])
            # At the same time: what people are looked up in is only ever switched to with files that hold.
            with ThreadPoolExecutor(1) as beside:
                lookup = beside.submit(write_lookup, folder, record)
                broken = check_build(folder, contracts, clear_values=every, new_values=new)
            if not broken:
                lookup.result()
                broken = check_lookup(folder, record)
        for contract in tables:
            told = _describe(contract, rows.get(f"{contract.schema_name}.{contract.table}"), upstream, night)
            yield dg.MaterializeResult(published_key(contract), metadata=told)
        yield dg.AssetCheckResult(
            check_name=files.name,
            asset_key=files.asset_key,
            passed=not broken,
            metadata={"violations": [str(violation) for violation in broken]},
        )

    @dg.asset(
        key=CURRENT,
        deps=[published_key(c) for c in tables],
        group_name="build",
        kinds={"duckdb"},
        owners=["team:data-engineering"],
        partitions_def=partitions,
        description="The build that readers see: replacing this link is the only commit.",
    )
    def current(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
        with final_faults():
            commit_build(
                night.home,
                night.build,
                keep_published=night.settings.keep_published_builds,
                keep_lake=night.settings.keep_lake_builds,
            )
        return dg.MaterializeResult(metadata={"build": str(night.build), "parent": str(night.parent or "none")})

    return [write, current]


def _feeds(contract: Contract, contracts: Contracts) -> list[dg.AssetKey]:
    """The assets that one published table is made from; views and what publish makes itself have published ones."""
    name = f"{contract.schema_name}.{contract.table}"
    by_layer = {"meta.source_file": "landing", "quarantine.row": "quarantine"}
    if name in by_layer:
        return [intake_key(by_layer[name], c) for c in contracts.sources()]
    if name in SHARED_TABLES:
        frames = [SHARED_TABLES[name]]
        if name == "xref.record_link":  # the event files of identity go with the links that they led to
            frames += [EVENT_FILES["link"], EVENT_FILES["official"]]
        return [key(*_place(frame, spec)) for frame in frames for spec in LINKED]
    if name == "history.earlier_link":
        return [key(*_place(frame, spec)) for frame in (EVENT_FILES["link"], "identity.link") for spec in LINKED]
    if contract.schema_name == "history" and contract.table in EVENT_FILES and not contract.is_view:
        return [key(*_place(EVENT_FILES[contract.table], spec)) for spec in LINKED]
    for spec in DOMAINS:
        if contract.schema_name == "history" and contract.table in spec.goldens:
            return [key("golden", spec.name, spec.goldens[contract.table])]
        if contract.schema_name == spec.index and contract.table in spec.published:
            return [key("golden", spec.name, contract.table)]
    origins = {(d.source, d.extract) for column in contract.columns for d in column.derived_from}
    return sorted(published_key(c) for c in contracts.indexes() if (c.schema_name, c.table) in origins)


def _place(frame: str, spec: DomainSpec) -> tuple[str, str, str]:
    layer, _, table = frame.partition(".")
    return layer, spec.name, table


def _assemble(
    night: Night, read: Sequence[Sequence[str]]
) -> tuple[dict[str, pl.DataFrame | LakeTable], dict[str, pl.DataFrame]]:
    """The published tables and the event files of the night, from the tables of the lake at the paths `read`."""
    # In the order of their indexes, which shared tables begin with: nothing has to be sorted again.
    by_index = sorted(LINKED, key=lambda spec: spec.index)
    tables: dict[str, pl.DataFrame | LakeTable] = {
        table: _lake_table(night, [_place(frame, spec) for spec in by_index]) for table, frame in SHARED_TABLES.items()
    }
    events = event_files(
        {frame: night.read(*_place(frame, spec)) for frame in EVENT_FILES.values()} for spec in by_index
    )
    for spec in DOMAINS:
        tables |= {f"{spec.index}.{t}": _lake_table(night, [("golden", spec.name, t)]) for t in spec.published}
        events |= {table: night.read("golden", spec.name, ended) for table, ended in spec.goldens.items()}
    tables |= intake_tables(*([night.read(*p) for p in read if p[0] == layer] for layer in ("landing", "quarantine")))
    rows = {"/".join(path): night.table(*path).height for path in read}
    tables["meta.metric"] = metric_table(str(night.build), rows)
    return tables, events


def _lake_table(night: Night, places: Sequence[tuple[str, str, str]]) -> LakeTable:
    since = [night.since(*place) for place in places]
    return LakeTable(tuple(night.table(*place) for place in places), tuple(each for each in since if each))


def _clear_values(night: Night, *, carried: bool) -> tuple[pl.Series, pl.Series | None]:
    """Personal numbers which the check looks for in the default file: all, and those that its parent's check did not.

    All are those of tonight's rows or, where the files are `carried`, the ones that the parent looked for and those of
    the rows that came since; then the night keeps all for the next one.
    """
    former = night.previous(*_CLEAR) if carried else None
    values = []
    for contract in night.contracts.sources():
        names = personal_columns(contract, polars_schema(contract))
        if names:
            accepted = night.table(*intake_key("accepted", contract).path)
            since = accepted.splice.fresh.select(names) if former is not None and accepted.splice else None
            values.append(personal_values(contract, accepted.read(names) if since is None else since))
    told = pl.concat([pl.Series("value", [], dtype=pl.String), *values]).unique()
    new = told if former is None else told.filter(~told.is_in(former["value"].implode()))
    every = new if former is None else pl.concat([former["value"], new])
    write_table(night.lake(*_CLEAR), every.to_frame())
    return every, None if former is None else new


def _survivorship(night: Night) -> dict[str, dict[str, str]]:
    """What decides in each domain's field groups, in words, for column lineage."""
    return {spec.name: group_rules(load_survivorship(night.linkage_file(spec.name))) for spec in LINKED}


def _manifest(night: Night) -> dict[str, Any]:
    authored = night.settings.contracts
    return {
        "status": "published",
        "code_version": code_version(),
        "versions": authored_versions(authored),
        "input_digest": night.input_digest,
        "decisions": night.decisions,
        "started_at": night.started_at.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
    }


def _describe(
    contract: Contract, rows: int | None, upstream: dict[tuple[str, str], dg.AssetKey], night: Night
) -> dict[str, Any]:
    return {
        "build": str(night.build),
        "contract": f"{contract.id} {contract.version}",
        "dagster/column_schema": column_schema(polars_schema(contract), contract),
        "dagster/column_lineage": column_lineage(contract, upstream),
        **({"dagster/row_count": rows} if rows is not None else {}),
    }
