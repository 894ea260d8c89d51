"""What a run costs and how right it is: child processes watched by the kernel, clusters held against the truth.

Nothing here knows an engine. `run` starts one in a process of its own, `score_clusters` and `score_edges` are the only
places of the benchmark that see the truth; they are called after the engines have ended.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: CPU (user and system, all threads and children) and wall seconds, peak resident bytes.

    `total_cpu` is the whole process by wait4, start of Python and reading of files included. `notes` is what the engine
    wrote about itself: CPU seconds per stage in `notes["stages"]`, counts. `failed` tells why there is no result.
    """

    total_cpu: float
    total_wall: float
    peak: int
    notes: dict[str, Any] = field(default_factory=dict)
    failed: str = ""

    def stage(self, *names: str) -> float:
        """CPU seconds of these stages together."""
        stages = self.notes.get("stages", {})
        return sum(stages[name]["cpu"] for name in stages if name in names)

    def wall(self, *names: str) -> float:
        """Wall seconds of these stages together."""
        stages = self.notes.get("stages", {})
        return sum(stages[name]["wall"] for name in stages if name in names)


def run(command: Sequence[str | Path], *, notes: Path, timeout: float, log: Path) -> Cost:
    """Run a child to its end or to the timeout (then it and its children are killed).

    The child writes JSON to `notes`; its output goes to `log`. Peak memory is the child's own high-water mark: what
    wait4 tells is never less than the size of the process that started it.
    """
    notes.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONHASHSEED": "0", "POLARS_MAX_THREADS": str(cores())}
    started = time.perf_counter()
    with log.open("wb") as out:
        child = subprocess.Popen(  # the group is killed as a whole
            [str(part) for part in command], stdout=out, stderr=out, env=environment, start_new_session=True
        )
        peak, status = 0, None
        while status is None:
            peak = max(peak, high_water(child.pid))
            ended, code, used = os.wait4(child.pid, os.WNOHANG)
            if ended:
                status = code
            elif time.perf_counter() - started > timeout:
                os.killpg(child.pid, signal.SIGKILL)
                _, code, used = os.wait4(child.pid, 0)
                status = -1
            else:
                time.sleep(0.05)
        child.returncode = code  # it is reaped: Popen must not wait for it again
    wall = time.perf_counter() - started
    written = json.loads(notes.read_text()) if notes.exists() else {}
    failed = ""
    if status == -1:
        failed = f"stopped after {timeout:.0f} s"
    elif status:
        told = [line for line in log.read_text(errors="replace").splitlines() if line.strip(" ^")]
        last = told[-1:] or ["no output"]
        failed = f"exit {os.waitstatus_to_exitcode(status)}: {last[0].strip()[:200]}"
    return Cost(used.ru_utime + used.ru_stime, wall, max(peak, written.get("peak", 0)), written, failed)


def high_water(pid: int) -> int:
    """Peak resident bytes of a running process (0: this one); 0 where it is gone."""
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs found and true pairs, counted once each."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


def score_clusters(clusters: pl.DataFrame, truth: pl.DataFrame) -> Score:
    """Pairs that share a cluster against pairs that share a person.

    `clusters` (record_key, cluster_key), `truth` (record_key, entity); records of the truth alone count as single.
    """
    rows = truth.join(clusters, on="record_key", how="left")
    rows = rows.with_columns(pl.col("cluster_key").fill_null(pl.col("record_key")))
    return Score(
        right=_pairs_within(rows, "entity", "cluster_key"),
        found=_pairs_within(rows, "cluster_key"),
        true=_pairs_within(rows, "entity"),
    )


def whole_persons(clusters: pl.DataFrame, truth: pl.DataFrame) -> Score:
    """Clusters of two and more that are a person's records, all of them and no other."""
    rows = truth.join(clusters, on="record_key", how="left")
    rows = rows.with_columns(pl.col("cluster_key").fill_null(pl.col("record_key")))
    sizes = rows.with_columns(ours=pl.len().over("cluster_key"), theirs=pl.len().over("entity"))
    both = sizes.group_by("cluster_key", "entity").agg(pl.len(), pl.first("ours", "theirs")).filter(pl.col("len") > 1)
    right = both.filter((pl.col("len") == pl.col("ours")) & (pl.col("len") == pl.col("theirs")))
    found = rows.group_by("cluster_key").len().filter(pl.col("len") > 1)
    true = rows.group_by("entity").len().filter(pl.col("len") > 1)
    return Score(len(right), len(found), len(true))


def score_edges(edges: pl.DataFrame, truth: pl.DataFrame) -> Score:
    """Edges (left_key, right_key, each pair once) against pairs that share a person."""
    left = truth.rename({"record_key": "left_key", "entity": "left_entity"})
    right = truth.rename({"record_key": "right_key", "entity": "right_entity"})
    told = edges.select("left_key", "right_key").join(left, on="left_key").join(right, on="right_key")
    same = told.select((pl.col("left_entity") == pl.col("right_entity")).sum()).item()
    return Score(int(same), len(told), _pairs_within(truth, "entity"))


def true_pairs(truth: pl.DataFrame) -> pl.DataFrame:
    """All pairs (left_key < right_key) of one person."""
    twice = truth.filter(pl.len().over("entity") > 1)
    sides = twice.select("entity", left_key="record_key").join(
        twice.select("entity", right_key="record_key"), on="entity"
    )
    return sides.filter(pl.col("left_key") < pl.col("right_key")).select("left_key", "right_key")


def _pairs_within(rows: pl.DataFrame, *by: str) -> int:
    size = pl.col("len").cast(pl.Int64)
    return int(rows.group_by(by).len().select((size * (size - 1) // 2).sum()).item() or 0)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def machine() -> str:
    """The machine and its load in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {cores()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def stages_of(marks: Sequence[tuple[str, float, float, int]]) -> dict[str, dict[str, float]]:
    """CPU and wall seconds from each mark (name of the stage that begins, CPU of the process, clock, high-water mark of
    memory) to the next, and the high-water mark at its end."""
    stages: dict[str, dict[str, float]] = {}
    for (name, cpu, clock, _), (_, next_cpu, next_clock, peak) in pairwise(marks):
        stages[name] = {"cpu": next_cpu - cpu, "wall": next_clock - clock, "peak": peak}
    return stages
