"""One home directory: its paths, its lock, and the chain of builds from `current` back to the first.

Reads only. Writing a build and switching to it is `sehatmu.publish`; every stage may ask here where
things are and what was published before.
"""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sehatmu.errors import SehatmuError


@dataclass(frozen=True, slots=True, order=True)
class BuildId:
    """A night and its number within that date: `2026-11-23.1`."""

    date: date
    number: int

    def __str__(self) -> str:
        return f"{self.date.isoformat()}.{self.number}"

    @classmethod
    def parse(cls, text: str) -> BuildId:
        """Read `2026-11-23.1`; raises SehatmuError on anything else."""
        day, _, number = text.rpartition(".")
        try:
            return cls(date.fromisoformat(day), int(number))
        except ValueError:
            raise SehatmuError(
                "not a build", evidence=repr(text), hint="builds are written like 2026-11-23.1"
            ) from None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a published build says of itself: its folder, its parent, and the content of `manifest.json`."""

    build: BuildId
    parent: BuildId | None
    folder: Path
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of design section 3 under one root."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def builds(self) -> Path:
        return self.published / "builds"

    @property
    def current(self) -> Path:
        return self.published / "current"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    def lake_path(self, layer: str, domain: str, table: str, build: BuildId | str) -> Path:
        """`lake/<layer>/<domain>/<table>/<build>.parquet`."""
        return self.lake / layer / domain / table / f"{build}.parquet"

    def lake_folder(self, layer: str, domain: str, table: str, build: BuildId | str) -> Path:
        """`lake/<layer>/<domain>/<table>/<build>/`, for what is no single table."""
        return self.lake / layer / domain / table / str(build)

    def create(self) -> Home:
        """Make the folders (owner only); an existing home keeps what it has."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for folder in (self.landing, self.lake, self.builds, self.decisions, self.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self


def current_build(home: Home) -> BuildId | None:
    """The build that readers see, or None before the first night."""
    return BuildId.parse(home.current.readlink().name) if home.current.is_symlink() else None


def read_manifest(home: Home, build: BuildId) -> Manifest:
    """The manifest of one build; raises SehatmuError where the build is not (or no longer) in the home."""
    folder = home.builds / str(build)
    try:
        content = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError:
        raise SehatmuError(
            "the build is not in this home", evidence=str(build), hint="`sehatmu status` lists the builds"
        ) from None
    parent = content["parent"]
    return Manifest(build, BuildId.parse(parent) if parent else None, folder, content)


def chain(home: Home, build: BuildId | None) -> list[Manifest]:
    """The manifests from the first build to `build` along `parent`, oldest first; empty for None."""
    manifests: list[Manifest] = []
    while build is not None:
        manifests.append(read_manifest(home, build))
        build = manifests[-1].parent
    return manifests[::-1]


def parent_for(home: Home, day: date) -> BuildId | None:
    """The build that a night of `day` starts from: the last in the chain with an earlier date.

    A chain that already holds a later date is refused: an older night never overwrites a newer one.
    """
    build = current_build(home)
    if build is not None and build.date > day:
        raise SehatmuError(
            "a later night is already published",
            evidence=f"asked for {day}, current is {build}",
            hint=f"`sehatmu rollback` to a build before {day} first, then run {day} and the later dates again",
        )
    while build is not None and build.date >= day:
        build = read_manifest(home, build).parent
    return build


def next_build(home: Home, day: date) -> BuildId:
    """The first unused number of that date; the number of a build that was rolled back is not used again."""
    used = [BuildId.parse(p.name).number for p in home.builds.glob(f"{day.isoformat()}.*") if p.is_dir()]
    return BuildId(day, max(used, default=0) + 1)


_held: dict[Path, tuple[int, int]] = {}
_held_guard = threading.Lock()


@contextmanager
def lock_home(home: Home) -> Iterator[None]:
    """Hold the home for this thread; raises SehatmuError at once where another night holds it.

    The same thread may take it again (the command line holds it around the job that Dagster runs in process).
    The kernel drops the lock with the process, so a killed night leaves nothing to clean up.
    """
    me, key = threading.get_ident(), home.root.resolve()
    with _held_guard:
        holder, depth = _held.get(key, (me, 0))
        if holder == me and depth:
            _held[key] = (me, depth + 1)
    if holder == me and depth:
        try:
            yield
        finally:
            with _held_guard:
                _held[key] = (me, _held[key][1] - 1)
        return
    home.create()
    with (home.root / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SehatmuError(
                "another night is running on this home",
                evidence=str(home.root),
                hint="wait until it ends; the lock goes with its process",
            ) from None
        with _held_guard:
            _held[key] = (me, 1)
        try:
            yield
        finally:
            with _held_guard:
                del _held[key]
