"""Trains the model of patients that stands in `data_contracts/linkage`, on registrations of the sample.

    python tests/benchmarks/patient_model.py [--people 200000] [--cache DIR]

Five kinds of noise in equal parts, so that the weights suit no single one; `unseen` is none of them. A country
that has registrations of its own trains on those: `sehatmu train patient`.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import polars as pl
from bench_data import NOISE, person_bench
from engines import CONTRACTS
from environments import default_cache

from sehatmu.linkage import load_linkage
from sehatmu.linkage.train import train_domain
from sehatmu.linkage.train_notes import training_text
from sehatmu.publish.inputs import code_version
from sehatmu.standardise.codebooks import PERSON_NAMES, load_codebooks
from sehatmu.standardise.persons import STANDARDISER_VERSION, person_records

TAUGHT = tuple(name for name in NOISE if name != "unseen")
FIRST_SEED = 11
#: What the sample numbers alike for every seed, so that equal ones of two samples say nothing.
COUNTED = ("record_key", "bpjs", "official_id", "passport")


def main() -> None:
    """Make the registrations (once, into the cache), train, and write the model and its sidecar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=200_000, help="registrations of each kind of noise")
    options.add_argument("--cache", type=Path, default=default_cache())
    asked = options.parse_args()
    linkage, codebooks = CONTRACTS / "linkage" / "patient.yaml", load_codebooks(CONTRACTS, PERSON_NAMES)
    wanted = ("record_key", "source", "extract", *load_linkage(linkage).columns)
    parts = []
    for seed, noise in enumerate(TAUGHT, start=FIRST_SEED):
        bench, _ = person_bench(asked.people, noise, seed=seed, cache=asked.cache, timeout=0)
        raw, day = pl.read_parquet(bench.raw), date.fromisoformat(bench.day)
        made = person_records(raw, codebooks, as_of=day, columns=wanted)
        parts.append(made.with_columns(pl.concat_str(pl.lit(f"{seed}|"), name).alias(name) for name in COUNTED))
    model = train_domain(
        linkage,
        pl.concat(parts),
        versions={"code": code_version(), "standardiser": STANDARDISER_VERSION, "codebooks": codebooks.version},
        source=f"sehatmu sample: {asked.people} registrations each of noise {', '.join(TAUGHT)}",
    )
    print(training_text(model))


if __name__ == "__main__":
    main()
