"""How well facilities' own names of services are mapped to national codes, and what it costs.

    python tests/benchmarks/service_mapping.py [--items N] [--codes N] [--seed S] [--noise taught|unseen]

The files go through contract, intake, standardiser and linkage as in a night. Judged are the items that give no valid
code: precision over those that are matched, recall over those that have a national service in truth. Abbreviations of
`unseen` are made by cutting words and leaving out vowels; no codebook lists them. CPU seconds are of standardising and
linking (and of intake apart), user and system, of all threads.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_contracts
from sehatmu.home import Home
from sehatmu.intake import intake
from sehatmu.linkage import link, load_linkage
from sehatmu.linkage.bound import bind_clusters, free_records
from sehatmu.sample import ServiceNoise, write_services
from sehatmu.standardise import load_codebooks
from sehatmu.standardise.services import CODEBOOKS, standardise_services

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "data_contracts"
DAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Counts of items without a valid code, and CPU seconds."""

    items: int
    right: int
    found: int
    true: int
    possible_right: int
    intake_seconds: float
    seconds: float
    wrong: pl.DataFrame
    missed: pl.DataFrame

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


def map_sample(noise: ServiceNoise, *, items: int, codes: int, seed: int = 1) -> Mapped:
    """Make a sample, map it, judge it by its truth."""
    folder = Path(tempfile.mkdtemp())
    try:
        home = Home(folder / "home").create()
        truth = write_services(
            home.landing, items=items, codes=codes, hospitals=300, clinics=200, seed=seed, day=DAY, noise=noise
        )
        told = pl.read_csv(truth / "service.csv", infer_schema=False)
        shutil.move(truth, folder / "truth")
        contracts, started = load_contracts(CONTRACTS), time.process_time()
        accepted = {
            f"{source}_{extract}": intake(home, contracts.source(source, extract), day=DAY, previous=None).accepted
            for source, extract in (("referensi", "kptl"), ("faskes", "layanan"))
        }
        took_in = time.process_time()
        config = load_linkage(CONTRACTS / "linkage" / "service.yaml")
        nowhere = pl.DataFrame(schema={"namespace": pl.String, "code": pl.String, "master_id": pl.String})
        made = standardise_services(accepted, load_codebooks(CONTRACTS, CODEBOOKS), nowhere, as_of=DAY)
        linked = link(free_records(made["record"]), config)
        clusters = bind_clusters(linked.clusters, made["record"])
        done = time.process_time()
    finally:
        shutil.rmtree(folder)
    national = made["record"].filter("is_subject").select("record_key", found="kode_kptl")
    of_cluster = clusters.join(national, on="record_key").select("cluster_key", "found")
    found = clusters.join(of_cluster, on="cluster_key").select("record_key", "found")
    judged = (
        made["item"]
        .filter(pl.col("given_verdict").fill_null("none") != "valid")
        .select("record_key", "nama_layanan", "text_key")
        .join(told, on="record_key")
        .join(found, on="record_key", how="left")
    )
    is_right = pl.col("found") == pl.col("kode_kptl")
    near = linked.pairs.filter(pl.col("class") == "possible").select(
        text_key=pl.when(pl.col("left_key").str.starts_with("faskes|")).then("left_key").otherwise("right_key"),
        kode_kptl=pl.max_horizontal("left_key", "right_key").str.strip_prefix("referensi|kptl|"),
    )
    return Mapped(
        items=made["item"].height,
        right=judged.filter(is_right).height,
        found=judged["found"].count(),
        true=judged["kode_kptl"].count(),
        possible_right=judged.filter(pl.col("found").is_null())
        .join(near.unique(), on=["text_key", "kode_kptl"])
        .height,
        intake_seconds=took_in - started,
        seconds=done - took_in,
        wrong=judged.filter(pl.col("found").is_not_null() & ~is_right.fill_null(False)),
        missed=judged.filter(pl.col("found").is_null() & pl.col("kode_kptl").is_not_null()),
    )


def main() -> None:
    """Print one line per kind of noise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=126_000)
    parser.add_argument("--codes", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", choices=("taught", "unseen", "both"), default="both")
    parser.add_argument("--show", type=int, default=0, help="How many mistakes of each kind are shown.")
    asked = parser.parse_args()
    kinds = {"taught": ServiceNoise(), "unseen": ServiceNoise.unforeseen()}
    for name, noise in kinds.items():
        if asked.noise not in (name, "both"):
            continue
        made = map_sample(noise, items=asked.items, codes=asked.codes, seed=asked.seed)
        print(
            f"{name}: {made.items:,} items, {made.true:,} to map: precision {made.precision:.4f}"
            f"  recall {made.recall:.4f}  (in review {made.possible_right / max(made.true, 1):.4f})"
            f"  {made.seconds:.1f} CPU s"
            f" (intake {made.intake_seconds:.1f})"
        )
        if asked.show:
            print(made.wrong.head(asked.show), made.missed.head(asked.show))


if __name__ == "__main__":
    main()
