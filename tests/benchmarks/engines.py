"""Every engine of the benchmark as calls of its child process: what it is given, what it gives back.

A `Bench` is one data set: raw columns, a linkage file, and how Splink's words make records of the raw columns. The
truth lies apart and is passed to no child.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from environments import python_of
from measure import Cost, cores, run
from splink_job import Training, splink_job

from sehatmu.linkage import LinkageConfig, load_linkage

HERE = Path(__file__).resolve().parent
CONTRACTS = HERE.parents[1] / "data_contracts"


@dataclass(frozen=True, slots=True)
class Bench:
    """One data set to link. `standard_sql` makes Splink's table `standard` of `raw`; where it is empty, Splink is given
    our records. `golden_dropped` are helper columns that goldenmatch is not given."""

    name: str
    folder: Path
    raw: Path
    subject: str
    config: Path
    day: str
    cache: Path
    training: Training
    timeout: float
    standard_sql: str = ""
    golden_dropped: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def linkage(self) -> LinkageConfig:
        """The linkage file, read."""
        return load_linkage(self.config)


def run_ours(bench: Bench, task: str, *, subject: str = "", given: Path | None = None, **more: Any) -> Cost:
    """`standardise`, `train`, `link`, `keys`, `guard` or `night` with our engine; results in `<folder>/ours`.

    It is given the raw columns, or where there is another `subject` our own records, unless told otherwise.
    """
    given = given or (bench.folder / "ours" / "records.parquet" if subject else bench.raw)
    job = {"input": given, "subject": subject or bench.subject, "config": bench.config, **more}
    job |= {"model": bench.folder / "ours", "contracts": CONTRACTS, "day": bench.day}
    return _child(bench, "ours", task, Path(sys.executable), HERE / "run_sehatmu.py", job)


def run_splink(bench: Bench, task: str, *, shared: bool, frequencies: list[str], pairs: int) -> Cost:
    """`train` or `link` with Splink; `shared`: on our records, otherwise on raw columns that its own SQL cleans."""
    job = splink_job(bench.linkage(), bench.training, pairs=pairs)
    folder = bench.folder / splink_name(shared=shared)
    job |= {
        "input": bench.folder / "ours" / "records.parquet" if shared else bench.raw,
        "standardise": "ALTER TABLE raw RENAME TO standard" if shared else bench.standard_sql,
        "model": folder / "model.json",
        "memory": "14GB",
        "frequencies": frequencies,
    }
    return _child(bench, folder.name, task, python_of("splink", bench.cache), HERE / "peer_splink.py", job)


def splink_name(*, shared: bool) -> str:
    """The folder of a Splink run."""
    return "splink-shared" if shared else "splink"


def run_goldenmatch(bench: Bench, mode: str, *, timeout: float) -> Cost:
    """goldenmatch, `zero` or `probabilistic`, on our records (without our helper columns): clean names, ISO dates."""
    given = bench.folder / "ours" / "records.parquet"
    job = {"input": given, "mode": mode, "dropped": list(bench.golden_dropped)}
    python = python_of("goldenmatch", bench.cache)
    return _child(bench, f"goldenmatch-{mode}", mode, python, HERE / "peer_goldenmatch.py", job, timeout=timeout)


def clusters_of(bench: Bench, engine: str) -> pl.DataFrame:
    """What an engine gave: record_key, cluster_key."""
    return pl.read_parquet(bench.folder / engine / "clusters.parquet")


def edges_of(bench: Bench, engine: str) -> pl.DataFrame:
    """What an engine gave: left_key, right_key, score, and what else it tells."""
    return pl.read_parquet(bench.folder / engine / "edges.parquet")


def _child(
    bench: Bench, engine: str, task: str, python: Path, script: Path, job: dict[str, Any], timeout: float | None = None
) -> Cost:
    folder = bench.folder / engine
    folder.mkdir(parents=True, exist_ok=True)
    notes, file = folder / f"{task}.notes.json", folder / f"{task}.job.json"
    file.write_text(json.dumps({"task": task, "out": folder, "notes": notes, "threads": cores(), **job}, default=str))
    return run([python, script, file], notes=notes, timeout=timeout or bench.timeout, log=folder / f"{task}.log")
