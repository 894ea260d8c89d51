"""The benchmark of the service still runs, against the real command on a real port, and no request of it is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("service.py")


def test_a_short_run_is_served_without_a_refusal(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--people", "300", "--seconds", "0.3", "--connections", "2", "--cache", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if " connections |" in line]
    assert [row[0].partition(",")[0] for row in rows] == [
        "nothing (the empty endpoint)",
        "patient by NIK",
        "patient by name",
    ]
    assert all(float(row[1].replace(",", "")) > 0 and row[6] == "0" for row in rows)
    told = re.search(r"start ([\d.]+) s, peak memory ([\d,]+) MiB", done.stdout)
    assert told
    assert 20 < float(told[2].replace(",", "")) < 600
