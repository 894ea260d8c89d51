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


def test_the_night_is_measured_layer_by_layer(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT.with_name("night_scale.py"), "--sizes", "300", "900", "--cache", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [
        line.split(" | ") for line in done.stdout.splitlines() if line.startswith(("| intake", "| publish", "| all"))
    ]
    assert [row[0] for row in rows[-6:]] == ["| intake", "| publish", "| all"] * 2
    assert all(float(row[1]) > 0 and "n log n" in row[-1] for row in rows[-6:])
    assert re.search(r"900: the second night costs \d+\.\d times less", done.stdout)


def test_practitioners_are_judged_by_the_truth(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT.with_name("practitioner_links.py"), "--jobs", "1500", "--cache", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    told = re.search(r"precision (\d\.\d+), recall (\d\.\d+)", done.stdout)
    assert told is not None
    assert all(0.9 < float(figure) <= 1 for figure in told.groups())
