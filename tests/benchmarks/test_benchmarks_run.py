"""The benchmark of linkage still runs, and what it says of a small country is plausible."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("linkage.py")


def test_quick_run_tells_cost_and_accuracy(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    command = [sys.executable, SCRIPT, "--quick", "--cache", tmp_path / "cache", "--out", report]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = report.read_text()
    assert told == done.stdout
    row = next(line for line in told.splitlines() if line.startswith("| SehatMu |"))
    cpu, peak = (float(row.split("|")[at].replace(",", "")) for at in (2, 4))
    precision, recall, f1 = map(float, row.split("|")[8].split("/"))
    assert 0 < cpu < 60
    assert 50 < peak < 4000
    assert precision > 0.97
    assert recall > 0.94
    assert abs(2 * precision * recall / (precision + recall) - f1) < 1e-3
    reached = re.search(r"Blocking recall (\d\.\d+)", told)
    assert reached is not None
    assert 0.9 < float(reached[1]) <= 1
