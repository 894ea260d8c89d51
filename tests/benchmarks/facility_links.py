"""How well facility records are linked: precision, recall and F1 against a known truth, by hand or in CI.

    python tests/benchmarks/facility_links.py [--real DIR] [--sample] [--facilities N] [--seed S]

The files go through contract, intake, standardiser and linkage as in a night. `--real` reads the public lists
(SISDMK, SIRS, Komdat, regions): the truth of a hospital is that the SISDMK code is `R` and the SIRS code. With
hidden codes no code reaches the matcher: both registers' codes are replaced by letters that say nothing.
`--sample` measures all pairs of a generated night against its truth. Without either option both run, the real
lists where they stand beside the repository.
"""

from __future__ import annotations

import argparse
import hashlib
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
from sehatmu.linkage import Linked, link, load_linkage
from sehatmu.sample import write_sample
from sehatmu.standardise import load_codebooks, standardise_facilities

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "data_contracts"
REAL = ROOT.parent / "shared" / "data" / "real"
DAY = date(2026, 11, 23)
FILES = {
    "sisdmk/fasilitas": "sisdmk_fasilitas_2019.xlsx",
    "sirs/rumah_sakit": "sirs_rumah_sakit_2021.json",
    "komdat/puskesmas": "komdat_puskesmas_2022.csv",
    "referensi/wilayah": "wilayah_administratif_2022.csv",
}
CODES = {"sisdmk_fasilitas": "kode_unit", "sirs_rumah_sakit": "kode_rs"}
LETTERS = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs found and true pairs, counted once each."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def __str__(self) -> str:
        wrong, missed = self.found - self.right, self.true - self.right
        shares = f"precision {self.precision:.4f}  recall {self.recall:.4f}  F1 {self.f1:.4f}"
        return f"{shares}  ({self.right} right, {wrong} wrong, {missed} missed)"


def measure_real(folder: Path, *, hide: bool) -> Score:
    """Hospitals of the public lists, with the codes visible or hidden."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch)).create()
        for extract, name in FILES.items():
            target = home.landing / extract / DAY.isoformat()
            target.mkdir(parents=True)
            shutil.copyfile(folder / name, target / name)
        accepted = read_landing(home)
    codes = [
        accepted[table].select("record_key", code=pl.col(column).str.strip_chars().str.strip_prefix("R"))
        for table, column in CODES.items()
    ]
    truth = pl.concat(codes).filter(~pl.col("code").str.contains("^[A-Z]"))
    if hide:
        accepted["sisdmk_fasilitas"] = hide_codes(accepted["sisdmk_fasilitas"], "kode_unit", prefix="R")
        accepted["sirs_rumah_sakit"] = hide_codes(accepted["sirs_rumah_sakit"], "kode_rs")
        truth = truth.with_columns(hidden_keys())
    return score_clusters(link_facilities(accepted), truth)


def measure_sample(*, facilities: int, seed: int, hide: bool) -> Score:
    """All registers of a generated night against its truth."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch)).create()
        written = write_sample(home.landing, facilities=facilities, seed=seed, day=DAY)
        truth = pl.read_csv(written.facility, infer_schema=False)
        shutil.rmtree(written.facility.parent)
        accepted = read_landing(home)
    key = pl.concat_str("source", "extract", "source_key", separator="|")
    truth = truth.select(record_key=key, code="entity").unique("record_key", keep="none")
    if hide:
        for table, column in CODES.items():
            accepted[table] = hide_codes(accepted[table], column)
        unknown = pl.lit(None, pl.String).alias("kode_satusehat")
        accepted = {t: f.with_columns(unknown) if "kode_satusehat" in f.columns else f for t, f in accepted.items()}
        by_code = pl.col("record_key").str.contains(r"^(sisdmk\|fasilitas|sirs\|rumah_sakit)\|")
        truth = truth.with_columns(pl.when(by_code).then(hidden_keys()).otherwise("record_key").alias("record_key"))
    return score_clusters(link_facilities(accepted), truth)


def read_landing(home: Home) -> dict[str, pl.DataFrame]:
    """The accepted rows of every facility extract that has landed, by table name."""
    frames = {}
    for contract in load_contracts(CONTRACTS).sources():
        taken = intake(home, contract, day=DAY, previous=None)
        if taken.is_delivered:
            frames[f"{contract.source}_{contract.extract}"] = taken.accepted
    return frames


def hide_codes(rows: pl.DataFrame, column: str, *, prefix: str = "") -> pl.DataFrame:
    """Replace codes that begin with the prefix, and the keys made of them, by letters."""
    which = pl.col(column).str.strip_chars().str.starts_with(prefix)
    opaque = {column: hidden(column), "source_key": hidden("source_key"), "record_key": hidden_keys()}
    return rows.with_columns(pl.when(which).then(value).otherwise(name).alias(name) for name, value in opaque.items())


def hidden(column: str) -> pl.Expr:
    """The column's codes as letters that say nothing, equal for equal codes."""
    return pl.col(column).map_batches(_opaque, return_dtype=pl.String)


def hidden_keys() -> pl.Expr:
    """`record_key` with its source key hidden."""
    return pl.col("record_key").map_batches(_opaque_keys, return_dtype=pl.String)


def link_facilities(accepted: dict[str, pl.DataFrame]) -> Linked:
    """Standardise and link, as the night does."""
    standard = standardise_facilities(accepted, accepted.get("referensi_wilayah"), load_codebooks(CONTRACTS))
    return link(standard.record, load_linkage(CONTRACTS / "linkage" / "facility.yaml"))


def score_clusters(linked: Linked, truth: pl.DataFrame) -> Score:
    """Pairs that share a cluster against pairs that share a code, among the records of the truth."""
    clusters = linked.clusters.join(truth, on="record_key")
    together, same = (_pairs(clusters, by) for by in ("cluster_key", "code"))
    return Score(len(together.join(same, on=["left", "right"])), len(together), len(same))


def _pairs(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    sides = rows.select(by, left="record_key").join(rows.select(by, right="record_key"), on=by)
    return sides.filter(pl.col("left") < pl.col("right")).select("left", "right")


def _opaque(values: pl.Series) -> pl.Series:
    return pl.Series(
        values.name, [v and hashlib.sha256(v.strip().encode()).hexdigest()[:16].translate(LETTERS) for v in values]
    )


def _opaque_keys(values: pl.Series) -> pl.Series:
    parts = values.str.splitn("|", 3).struct.unnest()
    return parts.select(
        pl.concat_str("field_0", "field_1", _opaque(parts["field_2"].rename("key")), separator="|").alias(values.name)
    ).to_series()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--real", type=Path, help="folder of the public lists")
    options.add_argument("--sample", action="store_true", help="only the generated sample")
    options.add_argument("--facilities", type=int, default=3000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    folder = asked.real or (REAL if not asked.sample and REAL.is_dir() else None)
    for hide in (True, False):
        codes = "codes hidden " if hide else "codes visible"
        if folder:
            started = time.perf_counter()
            score = measure_real(folder, hide=hide)
            print(f"real hospitals, {codes}: {score}  {time.perf_counter() - started:.1f} s")
        if asked.sample or not asked.real:
            started = time.perf_counter()
            score = measure_sample(facilities=asked.facilities, seed=asked.seed, hide=hide)
            print(f"sample, {codes}: {score}  {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
