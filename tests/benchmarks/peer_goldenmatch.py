"""Runs in the environment of goldenmatch: one file of records, by what goldenmatch finds out for itself.

    python peer_goldenmatch.py JOB.json

`mode` is `zero` (its default without configuration) or `probabilistic` (the Fellegi-Sunter configuration that it makes
of the data, which its authors measure against Splink). Both are given the same records and no truth.
"""

from __future__ import annotations

import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

import goldenmatch as gm
import pyarrow as pa
import pyarrow.parquet as pq


def main(job: dict) -> None:
    begun = time.perf_counter()
    table = pq.read_table(job["input"])
    keys = table["record_key"].to_pylist()
    kept = [
        name for name in table.column_names if name not in ("record_key", "source", "extract", *job.get("dropped", []))
    ]
    table = pa.table({name: table[name].cast(pa.string()) for name in kept})
    marks = [("start", 0.0, begun), mark("link")]
    if job["mode"] == "probabilistic":
        config = gm.auto_configure_probabilistic_df(table)
        result = gm.dedupe_df(table, config=config)
    else:
        result = gm.dedupe_df(table, confidence_required=False, allow_red_config=True)
    marks.append(mark("write"))
    cluster = list(keys)
    for number, found in result.clusters.items():
        for row in found["members"]:
            cluster[row] = f"{number}"
    out = Path(job["out"])
    pq.write_table(pa.table({"record_key": keys, "cluster_key": cluster}), out / "clusters.parquet")
    marks.append(mark("end"))
    stages = {}
    for (name, cpu, clock), (_, next_cpu, next_clock) in pairwise(marks):
        stages[name] = {"cpu": next_cpu - cpu, "wall": next_clock - clock}
    sizes = [len(found["members"]) for found in result.clusters.values()]
    notes = {"stages": stages, "clusters": len(sizes), "largest": max(sizes, default=0), "peak": peak()}
    Path(job["notes"]).write_text(json.dumps(notes))


def mark(name: str) -> tuple[str, float, float]:
    used = os.times()
    return name, used.user + used.system + used.children_user + used.children_system, time.perf_counter()


def peak() -> int:
    lines = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) * 1024


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
