"""The night with one record in a hundred changed, against the full run, through the command line."""

from __future__ import annotations

import subprocess
import sys

from engines import Bench


def measure_incremental(bench: Bench) -> list[str]:
    """Lines of the report; says so where `sehatmu link` knows no previous state yet."""
    told = subprocess.run(
        [sys.executable, "-m", "sehatmu.cli", "link", "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    if "--previous" not in told.stdout:
        return [f"- A night with 1 % changed of {bench.name}: not built yet (`sehatmu link --previous`)"]
    raise NotImplementedError
