"""Bring files into the landing folders, and list what lies there.

Called by `sehatmu land`, by the sample, and by intake. Knows no library of frames and compiles no contract, so that a
deliverer who lands a file waits for the copy alone. Files in landing are never changed or removed:
a file is copied aside, flushed, and renamed, so that whoever lists the folder sees whole files only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from sehatmu.errors import SehatmuError
from sehatmu.home import Home

_CONTRACT = ".odcs.yaml"
_CLASH = re.compile(r"~(\d+)(?=\.|$)")


def hash_file(path: Path) -> str:
    """SHA-256 of the content, as hex; a night asks for it more than once, and reads the file once."""
    told = path.stat()
    return _hash_content(path, told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=10_000)
def _hash_content(path: Path, size: int, changed_at: int) -> str:
    del size, changed_at  # they tell one state of the file from another
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def known_extracts(contracts: Path) -> list[str]:
    """`source/extract` of every contract of a source; `contracts` is the folder `data_contracts`.

    A contract is named by its file, and a source has no underscore in it.
    """
    names = (path.name.removesuffix(_CONTRACT) for path in (contracts / "sources").glob(f"*{_CONTRACT}"))
    return sorted(name.replace("_", "/", 1) for name in names)


def split_name(name: str) -> tuple[str, int]:
    """The name that a file was delivered under, and its number among those that clashed on that date.

    >>> split_name("2026-11-23/rs~2.csv.gz")
    ('rs.csv.gz', 2)
    """
    base = name.rpartition("/")[2]
    clash = _CLASH.search(base)
    return (base[: clash.start()] + base[clash.end() :], int(clash[1])) if clash else (base, 1)


def list_landing(home: Home, source: str, extract: str, *, day: date) -> dict[date, list[Path]]:
    """Files by delivery date up to `day`, dates and names in rising order; folders that are no date are skipped.

    Names that begin with a dot are files on their way in, or litter of a file manager.
    """
    folder = home.landing / source / extract
    found: dict[date, list[Path]] = {}
    for sub in sorted(folder.iterdir()) if folder.is_dir() else []:
        delivered = _as_date(sub.name)
        if sub.is_dir() and delivered is not None and delivered <= day:
            files = sorted(f for f in sub.iterdir() if f.is_file() and not f.name.startswith("."))
            if files:
                found[delivered] = files
    return found


def land(
    home: Home,
    source: str,
    extract: str,
    files: Iterable[Path],
    *,
    day: date,
    tell: Callable[[str], object] = lambda _: None,
) -> list[Path]:
    """Copy `files` into `landing/<source>/<extract>/<day>/`; returns the paths that are new there.

    Nothing happens, and `tell` hears it, for a file that lies there already with equal content, and for a set of
    files that is exactly the latest delivery up to that day. A name that is taken by other content gets `~2`,
    `~3`, ... before its endings. The caller has checked that the extract is known.
    """
    todo = [Path(f) for f in files]
    for file in todo:
        if not file.is_file():
            raise SehatmuError("no such file", evidence=str(file), hint="name the files to land, not a folder")
    hashes = [hash_file(f) for f in todo]
    landed = list_landing(home, source, extract, day=day)
    if landed:
        latest = max(landed)
        if latest < day and {hash_file(f) for f in landed[latest]} == set(hashes):
            for file in todo:
                tell(f"{file.name}: already the current delivery of {source}/{extract} ({latest}), nothing to do")
            return []
    folder = home.landing / source / extract / day.isoformat()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    present = {hash_file(f): f for f in landed.get(day, [])}
    new: list[Path] = []
    for file, content in zip(todo, hashes, strict=True):
        if content in present:
            tell(f"{file.name}: the same content lies there as {day}/{present[content].name}, nothing to do")
            continue
        present[content] = _copy_in(file, folder)
        new.append(present[content])
        tell(f"{file.name}: landed as {source}/{extract}/{day}/{present[content].name}")
    return new


def _as_date(name: str) -> date | None:
    try:
        return date.fromisoformat(name) if len(name) == 10 else None
    except ValueError:
        return None


def _copy_in(file: Path, folder: Path) -> Path:
    name = os.fsencode(file.name).decode("utf-8", "replace").lstrip(".")
    stem, dot, endings = name.partition(".")
    target, number = folder / f"{stem}{dot}{endings}", 1
    while target.exists():
        number += 1
        target = folder / f"{stem}~{number}{dot}{endings}"
    aside = folder / f".{target.name}.{os.getpid()}.part"
    try:
        with file.open("rb") as reader, aside.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
        aside.chmod(0o600)
        aside.rename(target)
    finally:
        aside.unlink(missing_ok=True)
    return target
