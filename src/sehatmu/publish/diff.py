"""What changed between two builds, from their event files and manifests, and the same in words.

Works for any two builds of a home for as long as there are manifests: database files need not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sehatmu.home import BuildId, Home, Manifest, chain

_EVENTS = pl.Schema({"index": pl.String, "master_id": pl.String, "event": pl.String, "other_id": pl.String})
_CELL = ["index", "master_id", "column_name"]
_CELLS = pl.Schema({**dict.fromkeys(_CELL, pl.String), "old_value": pl.String, "new_value": pl.String})
# Events after which an id stands for other records than before, or no longer stands for them.
_ID_CHANGES = ("merge", "split", "redirect")


@dataclass(frozen=True, slots=True)
class IndexDiff:
    """One index: how often each event happened, and how many golden records changed, in which columns."""

    index: str
    events: Mapping[str, int]
    undone: Mapping[str, int]
    changed_count: int
    changed_columns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Diff:
    """From `old` (None: from nothing) to `new`. `undone` counts events that only the line of `old` has.

    `inputs`, `contracts`, `versions` name what differs, in words; `quarantined` is before and after.
    """

    old: BuildId | None
    new: BuildId
    indexes: tuple[IndexDiff, ...]
    quarantined: tuple[int, int]
    inputs: tuple[str, ...]
    contracts: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether a reader of the published tables would see no difference of content."""
        return self.quarantined[0] == self.quarantined[1] and not any(
            i.changed_count or any(i.events.values()) or any(i.undone.values()) for i in self.indexes
        )


def diff(home: Home, old: BuildId | None, new: BuildId) -> Diff:
    """Compare two builds; they need not follow each other, nor be on one line of parents.

    Raises SehatmuError where one of them is not in the home.
    """
    left, right = chain(home, old), chain(home, new)
    shared = sum(1 for a, b in zip(left, right, strict=False) if a.build == b.build)
    gone, come = left[shared:], right[shared:]
    before: dict[str, Any] = left[-1].content if left else {}
    after = right[-1].content
    new_events, lost_events = _net_events(come, gone)
    cells = _net_cells(come, gone).join(
        pl.concat([new_events, lost_events]).filter(pl.col("event") != "split"),
        on=["index", "master_id"],
        how="anti",
    )
    return Diff(
        old=old,
        new=new,
        indexes=tuple(
            _diff_index(index, new_events, lost_events, cells)
            for index in sorted({*before.get("masters", {}), *after["masters"]})
        ),
        quarantined=(_quarantined(before), _quarantined(after)),
        inputs=tuple(_tell_differences(_inputs(before), _inputs(after))),
        contracts=tuple(_tell_differences(_hashes(before), _hashes(after))) if left else (),
        versions=tuple(_tell_differences(_versions(before), _versions(after))) if left else (),
    )


def tell_diff(diff: Diff) -> str:
    """The diff in words, a line each."""
    lines = [f"{diff.old or 'nothing'} → {diff.new}" + (": nothing changed" if diff.is_empty else "")]
    lines += [f"{index.index}: {_tell_index(index)}" for index in diff.indexes]
    before, after = diff.quarantined
    rows = f"{after:,} {_plural('row', after)}"
    step = "as before" if before == after else f"{abs(after - before):,} {'more' if after > before else 'fewer'}"
    lines.append(f"quarantine: {step} ({rows})" if diff.old else f"quarantine: {rows}")
    lines.append(f"inputs: {'; '.join(diff.inputs) or 'unchanged'}")
    lines += [f"contracts: {'; '.join(diff.contracts)}"] if diff.contracts else []
    lines += [f"versions: {'; '.join(diff.versions)}"] if diff.versions else []
    return "\n".join(lines)


def _net_events(come: Sequence[Manifest], gone: Sequence[Manifest]) -> tuple[pl.DataFrame, pl.DataFrame]:
    new, lost = _read(come, "event", _EVENTS), _read(gone, "event", _EVENTS)
    on = _EVENTS.names()
    return new.join(lost, on=on, how="anti", nulls_equal=True), lost.join(new, on=on, how="anti", nulls_equal=True)


def _net_cells(come: Sequence[Manifest], gone: Sequence[Manifest]) -> pl.DataFrame:
    """Cells that differ between the ends of both lines, which meet where the lines part."""
    ends = []
    for manifests in (come, gone):
        cells = _read(manifests, "golden_change", _CELLS)
        ends.append(
            cells.group_by(_CELL, maintain_order=True)
            .agg(start=pl.col("old_value").first(), end=pl.col("new_value").last())
            .with_columns(moved=pl.lit(value=True))
        )
    both = ends[0].join(ends[1], on=_CELL, how="full", coalesce=True, suffix="_gone")
    now = pl.when(pl.col("moved")).then("end").otherwise("start_gone")
    was = pl.when(pl.col("moved_gone")).then("end_gone").otherwise("start")
    return both.filter(now.ne_missing(was)).select(_CELL)


def _read(manifests: Sequence[Manifest], name: str, schema: pl.Schema) -> pl.DataFrame:
    paths = [m.folder / "events" / f"{name}.parquet" for m in manifests]
    frames = [pl.read_parquet(path, columns=schema.names()) for path in paths if path.is_file()]
    return pl.concat([schema.to_frame(), *frames])


def _diff_index(index: str, new: pl.DataFrame, lost: pl.DataFrame, cells: pl.DataFrame) -> IndexDiff:
    mine = cells.filter(pl.col("index") == index)
    columns = mine["column_name"].value_counts().sort("count", "column_name", descending=[True, False])
    return IndexDiff(
        index=index,
        events=_count_events(new, index),
        undone=_count_events(lost, index),
        changed_count=mine["master_id"].n_unique(),
        changed_columns=dict(columns.iter_rows()),
    )


def _count_events(events: pl.DataFrame, index: str) -> dict[str, int]:
    mine = events.filter(pl.col("index") == index)["event"].value_counts().sort("event")
    return dict(mine.iter_rows())


def _tell_index(index: IndexDiff) -> str:
    ids = sum(index.events.get(event, 0) for event in _ID_CHANGES)
    kinds = ", ".join(f"{event} {index.events[event]:,}" for event in _ID_CHANGES if index.events.get(event))
    told = [
        f"{index.events.get('mint', 0):,} minted",
        f"{index.events.get('retire', 0):,} retired",
        *([f"{index.events['revive']:,} revived"] if index.events.get("revive") else []),
        f"{ids:,} {_plural('id', ids)} changed" + (f" ({kinds})" if kinds else ""),
    ]
    columns = ", ".join(f"{name} {count:,}" for name, count in index.changed_columns.items())
    golden = f"{index.changed_count:,} golden {_plural('record', index.changed_count)} changed"
    words = f"{', '.join(told)}; {golden}" + (f" ({columns})" if columns else "")
    undone = ", ".join(f"{event} {count:,}" for event, count in index.undone.items())
    return words + (f"; only in the older one: {undone}" if undone else "")


def _quarantined(content: Mapping[str, Any]) -> int:
    return int(content.get("row_counts", {}).get("quarantine.row", 0))


def _inputs(content: Mapping[str, Any]) -> dict[str, str]:
    """What each extract consists of: the hashes of its files, whatever their names; and each file of decisions."""
    files: dict[str, list[str]] = {name: [digest] for name, digest in content.get("decisions", {}).items()}
    for file in content.get("inputs", []):
        files.setdefault(f"{file['source']}/{file['extract']}", []).append(file["content_hash"])
    return {extract: " ".join(sorted(hashes)) for extract, hashes in files.items()}


def _hashes(content: Mapping[str, Any]) -> dict[str, str]:
    return {name: contract["hash"] for name, contract in content.get("contracts", {}).items()}


def _versions(content: Mapping[str, Any]) -> dict[str, str]:
    """Code, models, and what else the manifest calls a version; contracts are told apart."""
    others = {k: str(v) for k, v in content.get("versions", {}).items() if not k.endswith(".odcs.yaml")}
    return {"code": str(content.get("code_version")), **others}


def _tell_differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    words = {
        "changed": sorted(name for name in after if name in before and after[name] != before[name]),
        "new": sorted(set(after) - set(before)),
        "missing": sorted(set(before) - set(after)),
    }
    return [f"{word} {', '.join(names)}" for word, names in words.items() if names]


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
