"""Trains the model of practitioners that stands in `data_contracts/linkage`, on job rows of the sample.

    python tests/benchmarks/practitioner_model.py [--jobs 100000] [--cache DIR]

Kinds of noise in equal parts, so that the weights suit no single one; `unseen` is none of them. A country that has
registers of its own trains on those: `sehatmu train practitioner`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl
from engines import CONTRACTS
from environments import default_cache
from practitioner_data import NOISE, practitioner_bench

from sehatmu.linkage import load_linkage
from sehatmu.linkage.train import train_domain
from sehatmu.linkage.train_notes import training_text
from sehatmu.publish.inputs import code_version
from sehatmu.standardise.codebooks import load_codebooks
from sehatmu.standardise.practitioners import CODEBOOKS, STANDARDISER_VERSION

TAUGHT = tuple(name for name in NOISE if name != "unseen")
FIRST_SEED = 11
#: What the sample numbers alike for every seed, so that equal ones of two samples say nothing.
COUNTED = ("record_key", "str_key", "sip_key", "official_id", "facility_id", "nip")


def main() -> None:
    """Make the job records (once, into the cache), train, and write the model and its sidecar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=100_000, help="job rows of each kind of noise")
    options.add_argument("--cache", type=Path, default=default_cache())
    asked = options.parse_args()
    linkage, codebooks = CONTRACTS / "linkage" / "practitioner.yaml", load_codebooks(CONTRACTS, CODEBOOKS)
    wanted = dict.fromkeys(("record_key", "source", "extract", *load_linkage(linkage).columns))
    parts = []
    for seed, noise in enumerate(TAUGHT, start=FIRST_SEED):
        made = practitioner_bench(asked.jobs, noise, seed=seed, cache=asked.cache).records.select(*wanted)
        parts.append(made.with_columns(pl.concat_str(pl.lit(f"{seed}|"), name).alias(name) for name in COUNTED))
    model = train_domain(
        linkage,
        pl.concat(parts),
        versions={"code": code_version(), "standardiser": STANDARDISER_VERSION, "codebooks": codebooks.version},
        source=f"sehatmu sample: {asked.jobs} job rows each of noise {', '.join(TAUGHT)}",
    )
    print(training_text(model))


if __name__ == "__main__":
    main()
