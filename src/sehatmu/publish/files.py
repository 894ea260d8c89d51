"""A build's folder: two DuckDB files, the event files and the manifest, written beside what is published.

`write_build` returns a folder that no reader sees yet; `check_build` judges it and `commit_build` makes it
current. Same frames, same tables: rows are inserted in the order of their keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sehatmu.contracts import Contract, Contracts, polars_schema
from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, Manifest, chain, parent_for
from sehatmu.memory import OFFLINE
from sehatmu.publish.carry import (
    LARGE,
    Carried,
    Change,
    find_change,
    holds_gone,
    may_carry,
    may_differ_little,
    place_change,
)
from sehatmu.publish.durable import sync, write_text
from sehatmu.publish.fill import NewFile, write_files
from sehatmu.publish.lake_table import LakeTable
from sehatmu.publish.mask import as_shown, hash_value, holds_personal, load_key, masked_columns, set_key
from sehatmu.publish.switch import clear_partial, partial_folder
from sehatmu.publish.tables import (
    EARLIER_LINKS,
    LINKS,
    complete_tables,
    conform,
    event_table,
    is_golden,
    published_contracts,
    table_name,
    without_links,
)

DEFAULT_FILE, RESTRICTED_FILE = "sehatmu.duckdb", "restricted.duckdb"


def write_build(
    home: Home,
    build: BuildId,
    *,
    tables: Mapping[str, pl.DataFrame | LakeTable],
    events: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, Any],
    contracts: Contracts,
    survivorship: Mapping[str, Mapping[str, str]] | None = None,
    carry_from: int = LARGE,
) -> Path:
    """Write a whole build beside the published ones and return its folder, which nobody reads yet.

    `tables` are clear frames by `schema.table`, or what the lake has of them; `events` become `events/<name>.parquet`
    and, where a table `history.<name>` has a contract, its rows together with those of the earlier builds. `manifest`
    brings what only the caller knows: code_version, models, input_digest, started_at, ended_at; `survivorship` the
    words of each field group for column lineage, by domain and group. Tables with at least `carry_from` rows are
    carried over from the parent's files where they hold. What an earlier night left half written is removed first.
    Raises SehatmuError where a later date is published.
    """
    contracts = published_contracts(contracts)
    parent = parent_for(home, build.date)
    if (home.builds / str(build)).exists():
        raise SehatmuError("this build is written already", evidence=str(build), hint="use the next number")
    key = load_key(home)
    content = {
        "contracts": {c.id: {"version": c.version, "hash": c.content_hash} for c in contracts.by_id.values()},
        **manifest,
        "build": str(build),
        "parent": str(parent) if parent else None,
        "key": hash_value(key, "key")[:16],
    }
    # Links first: they hold every key of a record once, and what is hashed once is at hand for all other tables.
    published = sorted((c for c in contracts.indexes() if not c.is_view), key=lambda c: table_name(c) != LINKS)
    line, folder = chain(home, parent), partial_folder(home, build)
    files = (
        NewFile(folder / DEFAULT_FILE, [as_shown(c) for c in published], key),
        NewFile(folder / RESTRICTED_FILE, [c for c in published if holds_personal(c)], None),
    )

    def complete(carried: Carried) -> dict[str, pl.DataFrame]:
        frames = {name: _read(table) for name, table in tables.items() if name not in carried.changes}
        former = read_published(home, parent, EARLIER_LINKS) if LINKS in carried.changes else None
        if former is not None and "link" in events:
            frames[EARLIER_LINKS] = _earlier_links(former, events["link"], carried.changes[LINKS])
        return complete_tables(
            line, frames, events, content, contracts, survivorship=survivorship, carried=carried.changes
        )

    carried = _find_carried(line, published, tables, events, carry_from) if _may_carry(line, content) else Carried()
    made = complete(carried)
    if carried.folder is not None:
        carried = _compare(line[-1], published, made, carried, carry_from)
        if not _stands(line[-1].folder, files, carried, contracts):  # written from nothing then
            carried = Carried()
            made = complete(carried)
    clear_partial(home)
    (folder / "events").mkdir(mode=0o700, parents=True)
    for name, frame in events.items():
        path = folder / "events" / f"{name}.parquet"
        frame.write_parquet(path, compression="zstd")
        path.chmod(0o600)
        sync(path)
    heights = {name: frame.height for name, frame in made.items()}
    heights |= {name: change.height for name, change in carried.changes.items()}
    landed = made["meta.source_file"]
    write_files(files, made, contracts, carried)
    sync(folder / "events")
    content |= {"carried": {name: change.counts() for name, change in sorted(carried.changes.items())}}
    write_text(folder / "manifest.json", _manifest_text(content, heights, landed, events, contracts))
    sync(home.builds)
    return folder


def _read(table: pl.DataFrame | LakeTable) -> pl.DataFrame:
    return table.read() if isinstance(table, LakeTable) else table


def _earlier_links(former: pl.DataFrame, tonight: pl.DataFrame, links: Change) -> pl.DataFrame:
    """`history.earlier_link` from that of the parent and what `links` tells of those that hold: no other may differ."""
    told = [frame.select(former.columns).cast(former.schema) for frame in (former, links.gone, tonight)]
    return without_links(pl.concat(told), links.fresh)


def input_digest(inputs: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """One hash over what a night would read: content hashes by file, and versions of code, models, contracts.

    Equal digests on one date mean that the night has nothing to do.
    """
    told = json.dumps([sorted(inputs.items()), sorted(versions.items())], ensure_ascii=False)
    return sha256(told.encode()).hexdigest()


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file for reading, without a network and without touching it.

    The folder of its build is opened, never the link `current`: DuckDB hands out the old file for a path
    that the same process has open.
    """
    return duckdb.connect(str(path.resolve()), read_only=True, config=OFFLINE)


def query_file(path: Path, sql: str) -> pl.DataFrame:
    """The answer of one SELECT over a published file; raises SehatmuError with DuckDB's own words."""
    if not path.exists():
        raise SehatmuError("nothing is published yet", evidence=str(path), hint="run `sehatmu night`")
    con = open_file(path)
    try:
        answer: pl.DataFrame = con.sql(sql).pl()
    except duckdb.Error as error:
        raise SehatmuError("the query cannot be answered", evidence=str(error)) from None
    finally:
        con.close()
    return answer


def read_published(home: Home, build: BuildId | None, table: str) -> pl.DataFrame | None:
    """A table (`schema.table`) of a build in clear, or None where the build or its files are not kept.

    The restricted file is asked first: what stands there is masked in the default one.
    """
    for name in (RESTRICTED_FILE, DEFAULT_FILE):
        path = home.builds / str(build) / name
        if build is not None and path.is_file():
            con = open_file(path)
            try:
                frame: pl.DataFrame = con.sql(f"SELECT * FROM {table}").pl()
                return frame
            except duckdb.CatalogException:
                continue
            finally:
                con.close()
    return None


def _may_carry(line: Sequence[Manifest], content: Mapping[str, Any]) -> bool:
    """Whether the parent's files are kept, and made as those of tonight are."""
    if not line or not all((line[-1].folder / name).is_file() for name in (DEFAULT_FILE, RESTRICTED_FILE)):
        return False
    return may_carry(line[-1].content, content)


def _find_carried(
    line: Sequence[Manifest],
    listed: Sequence[Contract],
    tables: Mapping[str, pl.DataFrame | LakeTable],
    events: Mapping[str, pl.DataFrame],
    carry_from: int,
) -> Carried:
    """What changes in the large tables of which the lake, or the events of tonight, tell it."""
    counts, changes = line[-1].content["row_counts"], {}
    told = {event_table(name): frame for name, frame in events.items()}
    for contract, con in _in_parent(line[-1].folder, listed):
        name, rows = table_name(contract), None
        table = tables.get(name)
        if isinstance(table, LakeTable):
            if table.height >= carry_from and may_differ_little(counts.get(name, 0), table.height):
                rows = table.changed(list(polars_schema(contract)))
        elif name in told and name not in tables and counts.get(name, 0) >= carry_from:
            rows = told[name].clear(), told[name]  # events are only ever added
        if rows is not None and (change := place_change(con, contract, *(conform(r, contract) for r in rows))):
            changes[name] = change
    return Carried(line[-1].folder, changes)


def _compare(
    parent: Manifest, listed: Sequence[Contract], made: Mapping[str, pl.DataFrame], carried: Carried, carry_from: int
) -> Carried:
    """The same with the large tables that were `made`, which are held together with the parent's files."""
    counts, heights = parent.content["row_counts"], {name: frame.height for name, frame in made.items()}
    large = {name for name, rows in heights.items() if rows >= carry_from and may_differ_little(counts[name], rows)}
    asked = _in_parent(parent.folder, [c for c in listed if table_name(c) in large])
    found = {table_name(c): find_change(con, c, made[table_name(c)]) for c, con in asked}
    return Carried(parent.folder, {**carried.changes, **{name: change for name, change in found.items() if change}})


def _in_parent(parent: Path, listed: Sequence[Contract]) -> Iterator[tuple[Contract, duckdb.DuckDBPyConnection]]:
    """Each contract with the file of the parent build that holds its table in clear, open."""
    for name, personal in ((RESTRICTED_FILE, True), (DEFAULT_FILE, False)):
        con = open_file(parent / name)
        try:
            yield from ((contract, con) for contract in listed if holds_personal(contract) == personal)
        finally:
            con.close()


def _stands(parent: Path, listed: Sequence[NewFile], carried: Carried, contracts: Contracts) -> bool:
    """Whether both files of the parent have what is gone in the same places, each as it shows it."""
    for file in listed:
        con = open_file(parent / file.path.name)
        try:
            if file.key is not None:
                set_key(con, file.key)
            for contract in file.listed:
                change = carried.changes.get(table_name(contract))
                shown = masked_columns(contract, contracts) if file.key is not None else None
                if change is not None and not holds_gone(con, contract, change, shown):
                    return False
        finally:
            con.close()
    return True


def _manifest_text(
    content: Mapping[str, Any],
    heights: Mapping[str, int],
    inputs: pl.DataFrame,
    events: Mapping[str, pl.DataFrame],
    contracts: Contracts,
) -> str:
    golden = [c for c in contracts.indexes() if is_golden(c) and c.schema_name != "history"]
    masters: dict[str, int] = {}
    for contract in golden:  # an index with levels has several; what has not come yet is not worth a line
        if count := heights[table_name(contract)]:
            masters[contract.schema_name] = masters.get(contract.schema_name, 0) + count
    told = {
        "inputs": inputs.to_dicts(),
        "masters": masters,
        **content,
        "row_counts": dict(sorted(heights.items())),
        "event_counts": {name: frame.height for name, frame in sorted(events.items())},
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"
