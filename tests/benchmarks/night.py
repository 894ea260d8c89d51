"""What a whole night costs, Dagster's start included: wall and CPU seconds, peak memory, of the first and the second.

    python tests/benchmarks/night.py [--real DIR] [--facilities N]

Takes the public lists where they stand beside the repository (or in DIR), else a sample of N facilities. Each
night is a process of its own, `sehatmu night`, as a scheduler would start it.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sehatmu.home import Home
from sehatmu.intake import land
from sehatmu.sample import write_sample

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real"
FILES = {
    "sisdmk/fasilitas": "sisdmk_fasilitas_2019.xlsx",
    "sirs/rumah_sakit": "sirs_rumah_sakit_2021.json",
    "komdat/puskesmas": "komdat_puskesmas_2022.csv",
    "referensi/wilayah": "wilayah_administratif_2022.csv",
}
FIRST = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of the processor, and the most memory that the process held (MiB)."""

    wall: float
    cpu: float
    peak: float


def run_night(home: Path, day: date) -> tuple[Cost, str]:
    """One night in a process of its own: its cost, and what it told at the end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "sehatmu.cli", "night", "--home", str(home), "--date", day.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DAGSTER_HOME": str(home / "dagster")},
    )
    told = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the night of {day} failed:\n{told}")
    cost = Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    return cost, next(line for line in told.splitlines() if line.startswith("msi:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--facilities", type=int, default=3000)
    options = parser.parse_args()
    print(f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: DTZ011
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch) / "home").create()
        (home.root / "dagster").mkdir(mode=0o700)
        (home.root / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        if options.real.is_dir():
            for extract, name in FILES.items():
                land(home, *extract.split("/"), [options.real / name], day=FIRST)
        else:
            write_sample(home.landing, facilities=options.facilities, day=FIRST, truth=Path(scratch) / "truth")
        for name, day in (("first night", FIRST), ("second night, nothing new", FIRST + timedelta(days=1))):
            cost, told = run_night(home.root, day)
            print(f"{name:<26} wall {cost.wall:5.1f} s   cpu {cost.cpu:5.1f} s   peak {cost.peak:5.0f} MiB   {told}")


if __name__ == "__main__":
    main()
