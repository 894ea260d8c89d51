"""The commit: `current` is replaced by a link to the new build, and what is too old to keep is tidied away.

Nothing here looks into a build; `check_build` has judged it before. Whatever is killed in between leaves the
old build current, or the new one.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, Manifest, chain, current_build, parent_for, read_manifest
from sehatmu.publish.durable import point, sync

PUBLISHED_FILES = ("sehatmu.duckdb", "restricted.duckdb")
# The lookup file is made of these two by a later stage; a build of before it came has none.
_LINKED = (*PUBLISHED_FILES, "lookup.sqlite")
_BIG_FILES = ("*.duckdb", "*.sqlite")
# Whatever else a person keeps beside the builds is left alone.
_BUILD = re.compile(r"\d{4}-\d{2}-\d{2}\.\d+")
# What a killed night was writing into the lake.
_HALF = re.compile(rf"\.?{_BUILD.pattern}\.part(ial)?")


def partial_folder(home: Home, build: BuildId) -> Path:
    """Where a build is written before it is committed."""
    return home.builds / f".{build}.partial"


def commit_build(home: Home, build: BuildId, *, keep_published: int = 7, keep_lake: int = 3) -> Manifest:
    """Make a written and checked build the current one; return its manifest.

    Raises SehatmuError where nothing was written for `build`, where a later date is current, or where the
    build started from another parent than a night of its date starts from now. Nothing is switched then.
    """
    partial, folder = partial_folder(home, build), home.builds / str(build)
    if partial.is_dir() and not folder.exists():
        partial.rename(folder)
        sync(home.builds)
    manifest = read_manifest(home, build)
    parent = parent_for(home, build.date)
    if manifest.parent != parent:
        raise SehatmuError(
            "the build does not start from what is published now",
            evidence=f"{build} starts from {manifest.parent or 'nothing'}, expected {parent or 'nothing'}",
            hint="run the night of that date again",
        )
    _switch(home, build)
    tidy(home, keep_published=keep_published, keep_lake=keep_lake)
    return manifest


def rollback(home: Home, build: BuildId | None = None) -> BuildId:
    """Move `current` to `build`, or to the parent of the current build; return where it points now.

    Any build whose files are still kept will do, a later one too: that undoes a rollback. Raises
    SehatmuError where there is nothing to go back to.
    """
    current = current_build(home)
    if current is None:
        raise SehatmuError("nothing is published yet", evidence=str(home.root), hint="run `sehatmu night`")
    target = build or read_manifest(home, current).parent
    if target is None:
        raise SehatmuError("there is no build before the first one", evidence=str(current))
    folder = read_manifest(home, target).folder
    missing = [name for name in PUBLISHED_FILES if not (folder / name).is_file()]
    if missing:
        raise SehatmuError(
            "the files of this build are no longer kept",
            evidence=f"{target}: {', '.join(missing)}",
            hint="`sehatmu status` lists the builds that can be rolled back to",
        )
    _switch(home, target)
    return target


def kept_builds(home: Home) -> list[BuildId]:
    """The builds that `rollback` can go to, oldest first."""
    return [b for b in _all_builds(home) if all((home.builds / str(b) / f).is_file() for f in PUBLISHED_FILES)]


def clear_partial(home: Home) -> list[str]:
    """Remove what a killed or refused night left half done; return the names. Never a committed build."""
    left = [*home.builds.glob(".*.partial"), *home.published.glob(".*.new")]
    for path in left:
        _remove(path)
    return sorted(path.name for path in left)


def tidy(home: Home, *, keep_published: int, keep_lake: int) -> None:
    """Drop database files of old builds, and old or half-written lake files; manifests and events stay for ever.

    Kept are the last builds along the chain of `current` and the last ones by date, whichever chain they
    belong to, so that neither repeated nights of one date nor a rollback empties the home.
    """
    line = [m.build for m in chain(home, current_build(home))]
    keep = _last(line, _all_builds(home), keep_published)
    for folder in home.builds.iterdir():
        if _BUILD.fullmatch(folder.name) and folder.name not in keep:
            for pattern in _BIG_FILES:
                for file in folder.glob(pattern):
                    file.unlink()
    for table in home.lake.glob("*/*/*"):
        paths = {path.name.removesuffix(".parquet"): path for path in table.iterdir()}
        stored = sorted(BuildId.parse(name) for name in paths if _BUILD.fullmatch(name))
        keep = _last([b for b in line if b in stored], stored, keep_lake)
        for build in stored:
            if str(build) not in keep:
                _remove(paths[str(build)])
        for name, path in paths.items():
            if _HALF.fullmatch(name):
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _switch(home: Home, build: BuildId) -> None:
    for name in _LINKED:
        point(home.published / name, f"current/{name}")
    point(home.current, f"builds/{build}")


def _all_builds(home: Home) -> list[BuildId]:
    return sorted(BuildId.parse(p.name) for p in home.builds.iterdir() if _BUILD.fullmatch(p.name))


def _last(line: Iterable[BuildId], stored: Iterable[BuildId], count: int) -> set[str]:
    return {str(b) for builds in (line, stored) for b in list(builds)[-count:]}
