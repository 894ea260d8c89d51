"""What a night reads, as hashes: landed files, decisions, contracts and the code itself.

Equal digests on one date mean that a night has nothing to do; the command line asks before it starts, and
the manifest keeps the answer.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import sehatmu
from sehatmu.contracts import Contracts
from sehatmu.home import Home, current_build, read_manifest
from sehatmu.intake.deliveries import deliveries
from sehatmu.publish.files import input_digest


def read_digest(home: Home, contracts: Contracts, authored: Path, day: date) -> str:
    """The digest of everything that a night of `day` would read; `authored` is the folder `data_contracts`."""
    landed = {
        f"{contract.source}/{contract.extract}/{file.name}": file.content_hash
        for contract in contracts.sources()
        for delivery in deliveries(home, contract, day)
        for file in delivery.files
    }
    return input_digest(landed | decision_hashes(home), {**authored_versions(authored), "code": code_version()})


def decision_hashes(home: Home) -> dict[str, str]:
    """The files of decisions that a night would read, with their hashes."""
    return {f"decisions/{path.name}": _hash(path) for path in sorted(home.decisions.glob("*.csv"))}


def is_published(home: Home, day: date, digest: str) -> bool:
    """Whether the current build is of that date and read the very same."""
    build = current_build(home)
    return build is not None and build.date == day and read_manifest(home, build).content.get("input_digest") == digest


def authored_versions(authored: Path) -> dict[str, str]:
    """Content hashes of every contract, codebook and linkage file."""
    return {
        path.relative_to(authored).as_posix(): _hash(path)
        for path in sorted(authored.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def code_version() -> str:
    """The package's version and eight hex digits over its source, so that changed code is a changed input."""
    digest = sha256()
    root = Path(sehatmu.__file__).parent
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".sql")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('sehatmu')}+{digest.hexdigest()[:8]}"


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
