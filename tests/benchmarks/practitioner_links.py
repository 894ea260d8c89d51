"""How well job rows of health workers become practitioners, and what it costs, by the truth that the code does not see.

    python tests/benchmarks/practitioner_links.py [--jobs 300000] [--noise unseen] [--seed 77] [--cache DIR]

Exits 1 below the promised precision and recall of pairs.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import polars as pl
from engines import CONTRACTS
from environments import default_cache
from practitioner_data import NOISE, practitioner_bench

from sehatmu.linkage import link, load_linkage
from sehatmu.linkage.model_file import load_model, model_path

PRECISION, RECALL = 0.995, 0.97


def main() -> int:
    """Standardise (once, into the cache), link with the model of the repository, and tell the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=300_000)
    options.add_argument("--noise", choices=sorted(NOISE), default="unseen")
    options.add_argument("--seed", type=int, default=77)
    options.add_argument("--cache", type=Path, default=default_cache())
    asked = options.parse_args()
    made = practitioner_bench(asked.jobs, asked.noise, seed=asked.seed, cache=asked.cache)
    config = load_linkage(CONTRACTS / "linkage" / "practitioner.yaml")
    model = load_model(model_path(CONTRACTS / "linkage", config.domain), config).row_for(made.records.height)
    begun = time.process_time()
    linked = link(made.records, config, model=model, threads=2)
    linking = time.process_time() - begun
    precision, recall = judge_pairs(linked.clusters, made.truth)
    people = made.truth["entity"].n_unique()
    print(
        f"{made.records.height:,} job rows of {people:,} practitioners, noise {asked.noise}: "
        f"precision {precision:.4f}, recall {recall:.4f}; "
        f"{made.seconds:.1f} CPU s for standardising {made.rows:,} rows, {linking:.1f} for linking"
    )
    return int(precision < PRECISION or recall < RECALL)


def judge_pairs(clusters: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, float]:
    """Precision and recall of the pairs within clusters; `truth` has `record_key, entity`."""
    both = clusters.join(truth, on="record_key")
    right = _pairs(both, "cluster_key", "entity")
    return right / _pairs(both, "cluster_key"), right / _pairs(both, "entity")


def _pairs(records: pl.DataFrame, *key: str) -> int:
    size = pl.col("len").cast(pl.Int64)
    return int(records.group_by(key).len().select((size * (size - 1) // 2).sum()).item())


if __name__ == "__main__":
    sys.exit(main())
