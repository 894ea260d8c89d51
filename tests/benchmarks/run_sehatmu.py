"""Child of the benchmark: our engine on one file of records, by a job in JSON. It sees no truth.

    python run_sehatmu.py JOB.json

`task`: `standardise` (raw columns to records, written for the others), `train`, `link`, or `keys` (the block keys of
every record, so that the parent can say what blocking loses). `subject` names how raw columns become records.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from guarded import cluster_edges
from measure import high_water, stages_of

from sehatmu.linkage import LinkageConfig, link, load_linkage, read_state, write_state
from sehatmu.linkage.block import make_blocks
from sehatmu.linkage.encode import encode_records
from sehatmu.linkage.model_file import load_model, model_path, write_model
from sehatmu.linkage.train import train
from sehatmu.standardise.codebooks import PERSON_NAMES, load_codebooks
from sehatmu.standardise.persons import person_records

Mark = tuple[str, float, float, int]


def main(job: dict[str, Any]) -> None:
    begun = time.perf_counter()
    raw = pl.read_parquet(job["input"])
    config = load_linkage(Path(job["config"]))
    marks = [("start", 0.0, begun, 0), mark("standardise")]
    records = RECORDS[job["subject"]](raw, config, job)
    del raw
    notes = TASKS[job["task"]](records, config, job, marks)
    marks.append(mark("end"))
    notes |= {"stages": stages_of(marks), "peak": high_water(0), "records": len(records)}
    Path(job["notes"]).write_text(json.dumps(notes))


def mark(name: str) -> Mark:
    """The moment at which a stage begins, in CPU seconds of this process and by the clock."""
    return name, time.process_time(), time.perf_counter(), high_water(0)


def standard_records(raw: pl.DataFrame, config: LinkageConfig, job: dict[str, Any]) -> pl.DataFrame:
    """Records that are standardised already."""
    del config, job
    return raw


def febrl_records(raw: pl.DataFrame, config: LinkageConfig, job: dict[str, Any]) -> pl.DataFrame:
    """FEBRL's columns as they are, with the birth date as one and both names in one text."""
    del config, job
    return raw.with_columns(
        pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False),
        names=pl.concat_str("given_name", "surname", separator=" "),
    )


def patient_records(raw: pl.DataFrame, config: LinkageConfig, job: dict[str, Any]) -> pl.DataFrame:
    """Registrations through our standardiser, only the columns that linkage reads."""
    wanted = ("record_key", "source", "extract", *config.columns)
    codebooks = load_codebooks(Path(job["contracts"]), PERSON_NAMES)
    return person_records(raw, codebooks, as_of=date.fromisoformat(job["day"]), columns=wanted, hashed=config.columns)


def write_records(records: pl.DataFrame, _: LinkageConfig, job: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """For the others: the records."""
    marks.append(mark("write"))
    records.write_parquet(Path(job["out"]) / "records.parquet")
    return {}


def train_model(records: pl.DataFrame, config: LinkageConfig, job: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """The model, from records alone."""
    marks.append(mark("train"))
    write_model(train(records, config), Path(job["model"]))
    return {}


def link_records(
    records: pl.DataFrame, config: LinkageConfig, job: dict[str, Any], marks: list[Mark]
) -> dict[str, Any]:
    """Clusters and edges with a trained model."""
    marks.append(mark("link"))
    model = load_model(model_path(Path(job["model"]), config.domain), config).row_for(len(records))
    linked = link(records, config, model=model, threads=job["threads"])
    marks.append(mark("write"))
    out = Path(job["out"])
    linked.clusters.write_parquet(out / "clusters.parquet")
    linked.pairs.select("left_key", "right_key", "score", "class", "veto").write_parquet(out / "edges.parquet")
    counts = {name: int(value) for name, value in linked.report.counts.items()}
    candidates = linked.report.blocking.select(pl.col("pairs").sum()).item()
    return {"counts": counts, "pairs_of_rules": candidates, "threshold": model.match, "prior": model.prior}


def write_keys(records: pl.DataFrame, config: LinkageConfig, job: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """The key of every rule for every record (0: none), and how many pairs the rules make."""
    marks.append(mark("keys"))
    encoded = encode_records(records, config)
    made = {rule.name: make_blocks(encoded, rule) for rule in config.rules}
    keys = pl.DataFrame({"record_key": encoded.record_keys, **{name: blocks.key for name, blocks in made.items()}})
    keys.write_parquet(Path(job["out"]) / "keys.parquet")
    sizes = {name: blocks.sizes for name, blocks in made.items()}
    return {"pairs_of_rule": {name: int((size * (size - 1) // 2).sum()) for name, size in sizes.items()}}


def link_night(records: pl.DataFrame, config: LinkageConfig, job: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """A night on the state of the one before (`previous`, or none), with its own state written to `results`."""
    results, previous = Path(job["results"]), job["previous"]
    marks.append(mark("state read"))
    former = read_state(Path(previous) / "state") if previous else None
    marks.append(mark("link"))
    model = load_model(model_path(Path(job["model"]), config.domain), config).row_for(len(records))
    linked = link(records, config, model=model, threads=job["threads"], previous=former, keep_state=True)
    marks.append(mark("state write"))
    results.mkdir(exist_ok=True)
    if linked.state is not None:
        write_state(results / "state", linked.state)
    marks.append(mark("write"))
    linked.clusters.write_parquet(results / "clusters.parquet")
    linked.pairs.write_parquet(results / "pairs.parquet")
    return {"seconds": linked.report.seconds, "work": linked.report.work}


def guard_edges(records: pl.DataFrame, config: LinkageConfig, job: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """Another engine's edges put through our guard, or only connected: clusters per threshold (bits)."""
    marks.append(mark("guard"))
    if not job["guard"]:
        config = replace(config, vetoes=(), ambiguous_within=0.0)
    encoded = encode_records(records, config)
    edges = pl.read_parquet(job["edges"])
    for threshold in job["thresholds"]:
        clusters = cluster_edges(encoded, config, edges.filter(pl.col("score") >= threshold))
        clusters.write_parquet(Path(job["out"]) / f"clusters_{threshold:g}.parquet")
    return {}


RECORDS = {"standard": standard_records, "febrl": febrl_records, "patient": patient_records}
TASKS = {
    "standardise": write_records,
    "train": train_model,
    "link": link_records,
    "keys": write_keys,
    "guard": guard_edges,
    "night": link_night,
}

if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
