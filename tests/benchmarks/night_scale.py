"""What a whole night of persons costs, landing to switch, layer by layer, and how it grows; then a night with 1 % new.

    python tests/benchmarks/night_scale.py [--sizes 100000 300000 1000000] [--format csv] [--splink] [--cache DIR]

N registrations of patients and the civil register of the same country land in an empty home. Every step is the real
command in a process of its own; its CPU (user and system, all threads) and memory are read from outside whenever it
tells that a step is done. The second night gets what one facility in a hundred delivers anew and one row in a hundred
of an extract in delta mode; an extract that is only ever delivered whole lands whole. `--splink` runs Splink's linkage
beside, trained before: of the registrations from raw columns, as `linkage.py` does, and of all the records that the
night linked.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
from environments import default_cache
from measure import MIB, high_water, machine

from sehatmu.contracts import Contract, load_contracts
from sehatmu.home import Home
from sehatmu.lake import list_builds, open_table
from sehatmu.linkage import load_linkage
from sehatmu.sample import write_people
from sehatmu.settings import load_settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
EXTRACTS = ("faskes/pasien", "dukcapil/penduduk")
# The beginning of a step's name → the layer that it belongs to, in the order of the night.
LAYERS = {
    "land": "landing",
    "start": "start and end",
    "intake_": "intake",
    "standardise_": "standardise",
    "verify_": "standardise",
    "link_": "linkage",
    "identify_": "identity",
    "golden_": "golden",
    "write_build": "publish",
    "published__": "publish",
}
TO_CLUSTERS = ("landing", "intake", "standardise", "linkage")
SHARE = 100  # one row, or one deliverer, in so many


@dataclass(slots=True)
class Night:
    """CPU seconds by layer, wall seconds and peak resident bytes of the night, landing included."""

    layers: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    wall: float = 0.0
    peak: int = 0

    @property
    def cpu(self) -> float:
        """CPU seconds of everything."""
        return sum(self.layers.values())

    def until_clusters(self) -> float:
        """CPU seconds from landing to clusters."""
        return sum(self.layers.get(layer, 0.0) for layer in TO_CLUSTERS)

    def add(self, layer: str, cpu: float, peak: int = 0) -> None:
        """Count CPU seconds for a layer, and the high-water mark of memory at its end."""
        self.layers[layer] = self.layers.get(layer, 0.0) + cpu
        self.peaks[layer] = max(self.peaks.get(layer, 0), peak)


def run_night(home: Path, day: date, files: Mapping[str, Path]) -> Night:
    """Land the files and run the night of that day; stops the benchmark where a command fails."""
    night, started = Night(), time.perf_counter()
    for extract, file in files.items():
        _watch(["land", extract, str(file), "--home", str(home), "--date", day.isoformat()], night, first="land")
    _watch(["night", "--home", str(home), "--date", day.isoformat()], night, first="start")
    night.wall = time.perf_counter() - started
    return night


def _watch(arguments: Sequence[str], night: Night, *, first: str) -> None:
    """Run `sehatmu` with these arguments; what it costs before its first step and after its last is `first`."""
    # Byte code is kept, as wherever a night runs each night: compiling what is imported is no part of it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONUNBUFFERED": "1"}
    command = [*_sehatmu(), *arguments]
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        assert child.stdout is not None
        before, told = 0.0, []
        for line in child.stdout:
            told.append(line)
            step, done, rest = line.partition(": done in ")
            if not done:
                continue
            now, seconds = _cpu(child.pid), float(rest.split()[0])
            if before == 0.0:  # the first step is short: nothing was delivered for it
                before = max(now - seconds, 0.0)
                night.add(_layer(first), before, high_water(child.pid))
            night.add(_layer(step), now - before, high_water(child.pid))
            before = now
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            errors.seek(0)
            raise SystemExit(f"sehatmu {' '.join(arguments)} failed:\n{''.join(told[-12:])}{errors.read()[-2000:]}")
    night.add(_layer(first), used.ru_utime + used.ru_stime - before)
    night.peak = max(night.peak, *night.peaks.values())


def _sehatmu() -> list[str]:
    return [sys.executable, "-m", "sehatmu.cli"]


def _layer(step: str) -> str:
    return next((layer for start, layer in LAYERS.items() if step.startswith(start)), "other")


def _cpu(pid: int) -> float:
    """User and system seconds of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_delivery(size: int, form: str, *, seed: int, cache: Path) -> dict[str, Path]:
    """Files of the first night by extract, made once into the cache."""
    folder = cache / "night" / f"{size}-{form}-{seed}"
    files = {e: folder / e / FIRST.isoformat() / f"{e.partition('/')[2]}.{form}" for e in EXTRACTS}
    if not all(file.exists() for file in files.values()):
        write_people(folder, people=size, seed=seed, day=FIRST, format="csv" if form == "csv" else "parquet")
    return files


def second_delivery(files: Mapping[str, Path], contracts: Mapping[str, Contract], folder: Path) -> dict[str, Path]:
    """One deliverer or row in a hundred of each extract, with a new address, as a file of the same form."""
    made = {}
    for extract, file in files.items():
        contract = contracts[extract.replace("/", "_")]
        rows = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
        by = list(contract.scope) or list(contract.business_key)
        chosen = pl.struct(pl.col(by).cast(pl.String)).hash(seed=7) % SHARE == 0
        moved = pl.when(chosen).then(pl.concat_str(pl.lit("Jl. Baru No. 1, "), pl.col("alamat").fill_null("")))
        rows = rows.with_columns(moved.otherwise("alamat").alias("alamat"))
        if contract.mode == "delta" or contract.scope:
            rows = rows.filter(chosen)
        made[extract] = folder / f"second-{file.name}"
        if file.suffix == ".parquet":
            rows.write_parquet(made[extract])
        else:
            rows.write_csv(made[extract])
    return made


def table(nights: Mapping[int, Night], title: str) -> list[str]:
    """CPU seconds per layer and per million registrations, the peak at the end of each, growth between sizes."""
    sizes = sorted(nights)
    growth = len(sizes) > 1
    head = [title, *(f"{size:,} CPU s | per million | peak MiB" for size in sizes), *(["growth"] if growth else [])]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * (1 + 3 * len(sizes) + growth)]
    layers = [layer for layer in dict.fromkeys(LAYERS.values()) if any(layer in n.layers for n in nights.values())]
    for layer in [*layers, "all"]:
        costs = [
            night.cpu if layer == "all" else night.layers.get(layer, 0.0) for night in map(nights.get, sizes) if night
        ]
        peaks = [
            night.peak if layer == "all" else night.peaks.get(layer, 0) for night in map(nights.get, sizes) if night
        ]
        cells = [
            f"{cost:.1f} | {cost / size * 1e6:.1f} | {peak / MIB:,.0f}"
            for size, cost, peak in zip(sizes, costs, peaks, strict=True)
        ]
        lines.append("| " + " | ".join([layer, *cells, *([_growth(sizes, costs)] if growth else [])]) + " |")
    return lines


def _growth(sizes: Sequence[int], costs: Sequence[float]) -> str:
    """The exponent of n from each size to the next, and what n log n would give there."""
    told = []
    for (small, low), (large, high) in zip(
        list(zip(sizes, costs, strict=True)), list(zip(sizes, costs, strict=True))[1:], strict=False
    ):
        if low > 0 and high > 0:
            span = math.log(large / small)
            bound = 1 + math.log(math.log(large) / math.log(small)) / span
            told.append(f"n^{math.log(high / low) / span:.2f} (n log n: {bound:.2f})")
    return ", ".join(told)


def splink_of_registrations(size: int, *, seed: int, cache: Path, timeout: float) -> float:
    """CPU seconds of Splink's linkage of as many registrations, from raw columns to clusters; NaN where it failed."""
    from bench_data import person_bench
    from comparing import SPLINK, Row, compare

    bench, truth = person_bench(size, "default", seed=seed, cache=cache, timeout=timeout)
    rows = [row for row in compare(bench, truth, peers=("splink",), golden=0.0) if isinstance(row, Row)]
    return next((row.cpu for row in rows if row.engine in SPLINK.values()), math.nan)


def splink_of_night(home: Home, folder: Path, *, cache: Path, timeout: float) -> float:
    """CPU seconds of Splink's linkage of all records that the first night linked, civil ones too, from our clean
    columns to clusters; NaN where it failed."""
    from bench_data import PERSON_TRAINING
    from engines import CONTRACTS, Bench, run_splink

    config = load_linkage(CONTRACTS / "linkage" / "patient.yaml")
    (build,) = list_builds(home.lake / "standard" / "patient" / "record", FIRST)
    record = open_table(home.lake_path("standard", "patient", "record", build))
    (folder / "ours").mkdir(parents=True)
    wanted = ["record_key", "source", "extract", *config.columns]
    records = folder / "ours" / "records.parquet"
    record.read(wanted).write_parquet(records)
    bench = Bench(
        name="all records of the night",
        folder=folder,
        raw=records,
        subject="standard",
        config=CONTRACTS / "linkage" / "patient.yaml",
        day=FIRST.isoformat(),
        cache=cache,
        training=PERSON_TRAINING,
        timeout=timeout,
    )
    pairs = config.training.pairs
    trained = run_splink(bench, "train", shared=True, frequencies=[], pairs=pairs)
    if trained.failed:
        return math.nan
    linked = run_splink(bench, "link", shared=True, frequencies=trained.notes["frequencies"], pairs=pairs)
    return math.nan if linked.failed else linked.stage("prepare", "predict", "cluster")


def main() -> None:
    """Measure what is asked for, from the smallest size to the largest."""
    asked = _options().parse_args()
    by_id = load_contracts(load_settings().contracts).by_id
    missing = [extract for extract in EXTRACTS if extract.replace("/", "_") not in by_id]
    print(f"{machine()}; {asked.format}, seed {asked.seed}")
    if missing:
        print(f"No contract for {', '.join(missing)} yet: it is not delivered.")
    first: dict[int, Night] = {}
    second: dict[int, Night] = {}
    for size in sorted(asked.sizes):
        delivered = first_delivery(size, asked.format, seed=asked.seed, cache=asked.cache)
        files = {extract: file for extract, file in delivered.items() if extract not in missing}
        with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
            home = Path(scratch) / "home"
            first[size] = run_night(home, FIRST, files)
            peers: dict[str, float] = {}
            if asked.splink:
                peers["all records of the night"] = splink_of_night(
                    Home(home), Path(scratch) / "splink", cache=asked.cache, timeout=asked.timeout
                )
            again = second_delivery(files, by_id, Path(scratch))
            second[size] = run_night(home, SECOND, again)
        print("", *table(first, "first night"), "", *table(second, "second night, 1 %"), "", sep="\n")
        whole = first[size].cpu / second[size].cpu
        inner = first[size].until_clusters() / second[size].until_clusters()
        print(
            f"{size:,}: the second night costs {whole:.1f} times less, {inner:.1f} times less from landing to clusters."
        )
        if asked.splink:
            peers["the registrations"] = splink_of_registrations(
                size, seed=asked.seed, cache=asked.cache, timeout=asked.timeout
            )
        for what, peer in peers.items():
            told = f"{first[size].cpu / peer:.2f} times that"
            print(f"{size:,}: Splink links {what} in {peer:.1f} CPU s; our whole night takes {told}.")


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="*", default=[100_000, 300_000, 1_000_000], help="registrations")
    options.add_argument("--format", choices=["csv", "parquet"], default="csv", help="of the files that land")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--splink", action="store_true", help="Splink's linkage beside")
    options.add_argument("--timeout", type=float, default=3600.0, help="seconds for each run of Splink")
    options.add_argument("--cache", type=Path, default=default_cache(), help="environments and data")
    options.add_argument("--scratch", type=Path, help="where homes are made and removed; the system's folder")
    return options


if __name__ == "__main__":
    main()
