"""What is published now: the build, what it stands on, what it holds, and what was not delivered.

Reads manifests only; called by `sehatmu status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sehatmu.contracts import Contracts
from sehatmu.home import BuildId, Home, chain, current_build
from sehatmu.publish.switch import kept_builds


@dataclass(frozen=True, slots=True)
class ExtractStatus:
    """One extract: its last delivery, and what became of its rows over all current files."""

    extract: str
    delivery_date: str
    file_count: int
    row_count: int
    quarantined_count: int


@dataclass(frozen=True, slots=True)
class Status:
    """`build` is None before the first night. `line` leads from the first build to the current one."""

    build: BuildId | None
    line: tuple[BuildId, ...]
    kept: tuple[BuildId, ...]
    masters: Mapping[str, int]
    row_counts: Mapping[str, int]
    extracts: tuple[ExtractStatus, ...]
    missing: tuple[str, ...]


def read_status(home: Home, contracts: Contracts) -> Status:
    """The state of a home; `missing` names the extracts that have a contract and no delivery."""
    manifests = chain(home, current_build(home))
    content = manifests[-1].content if manifests else {}
    files: dict[str, list[Mapping[str, object]]] = {}
    for file in content.get("inputs", []):
        files.setdefault(f"{file['source']}/{file['extract']}", []).append(file)
    return Status(
        build=manifests[-1].build if manifests else None,
        line=tuple(m.build for m in manifests),
        kept=tuple(kept_builds(home)) if home.builds.is_dir() else (),
        masters=content.get("masters", {}),
        row_counts=content.get("row_counts", {}),
        extracts=tuple(
            ExtractStatus(
                extract=extract,
                delivery_date=max(str(f["delivery_date"]) for f in delivered),
                file_count=len(delivered),
                row_count=sum(int(str(f["row_count"])) for f in delivered),
                quarantined_count=sum(int(str(f["quarantined_count"])) for f in delivered),
            )
            for extract, delivered in sorted(files.items())
        ),
        missing=tuple(f"{c.source}/{c.extract}" for c in contracts.sources() if f"{c.source}/{c.extract}" not in files),
    )


def tell_status(status: Status) -> str:
    """The status in words, a line each."""
    if status.build is None:
        return "nothing is published yet; `sehatmu night` makes the first build"
    parent = status.line[-2] if len(status.line) > 1 else None
    kept = ", ".join(str(build) for build in status.kept)
    lines = [
        f"build {status.build}, from {parent or 'nothing'}, number {len(status.line)} of its line",
        "masters: " + ", ".join(f"{index} {count:,}" for index, count in status.masters.items()),
        f"quarantine: {status.row_counts.get('quarantine.row', 0):,} rows; "
        f"to review: {status.row_counts.get('review.possible_match', 0):,} pairs",
    ]
    lines += [
        f"{e.extract}: {e.row_count:,} rows of {e.delivery_date}, {e.file_count} "
        f"{'file' if e.file_count == 1 else 'files'}, {e.quarantined_count:,} in quarantine"
        for e in status.extracts
    ]
    lines += [f"not delivered: {', '.join(status.missing)}"] if status.missing else []
    return "\n".join([*lines, f"rollback can go to: {kept}"])
