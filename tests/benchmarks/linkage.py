"""How fast and how right linkage is, against Splink 5 (DuckDB) and goldenmatch, as one report in Markdown.

    python tests/benchmarks/linkage.py [--sizes 100000 1000000] [--noise default unseen] [--peers splink goldenmatch]
                                       [--febrl] [--incremental] [--quick] [--out report.md] [--cache DIR]

CPU seconds are user and system of the child that runs the engine, from raw columns in memory to clusters, with a model
that each engine trained on the same records: reading the file, starting Python and writing the result are left out on
both sides, training is a column of its own. Peaks are of the whole process. Splink is given our blocks as its own SQL,
our levels (Jaro-Winkler and Levenshtein), DuckDB with as many threads as cores, and the threshold at which it expects
as many of its edges to be right as we ask of ours. No engine sees the truth.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench_data import NOISE, febrl_benches, person_bench
from comparing import Row, compare
from environments import PEERS, default_cache
from incremental import measure_incremental
from measure import machine
from reporting import Report

GOLDENMATCH_LIMIT = 100_000  # records: above, it does not end in any time that one would wait


def main() -> None:
    """Run what is asked for; the report grows as results come."""
    asked = _options().parse_args()
    report = Report(asked.out)
    report.say(f"# Linkage benchmark, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "", f"{machine()}. {_versions()}", "")
    report.say("`" + " ".join(["python", "tests/benchmarks/linkage.py", *sys.argv[1:]]) + "`", "")
    peers = () if asked.quick else tuple(asked.peers)
    rows: list[Row] = []
    for noise in asked.noise:
        for size in [20_000] if asked.quick else sorted(asked.sizes):
            bench, truth = person_bench(size, noise, seed=asked.seed, cache=asked.cache, timeout=asked.timeout)
            report.begin(bench.name)
            golden = asked.golden_timeout if size <= GOLDENMATCH_LIMIT else 0.0
            found = report.add(compare(bench, truth, peers=peers, golden=golden))
            rows += found if noise == asked.noise[0] else []
            if asked.incremental:
                report.say(*measure_incremental(bench), "")
    report.growth(rows)
    for bench, truth in febrl_benches(asked.cache, timeout=asked.timeout) if asked.febrl else []:
        report.begin(bench.name)
        report.add(compare(bench, truth, peers=peers, golden=asked.golden_timeout))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="*", default=[100_000], help="records of persons")
    options.add_argument("--noise", nargs="*", choices=list(NOISE), default=["default"])
    options.add_argument("--peers", nargs="*", choices=["splink", "goldenmatch"], default=[])
    options.add_argument("--febrl", action="store_true", help="the four FEBRL sets too")
    options.add_argument("--incremental", action="store_true", help="a night with one record in a hundred changed")
    options.add_argument("--quick", action="store_true", help="20,000 records, no peers: does the script still run")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--timeout", type=float, default=3600.0, help="seconds for each child")
    options.add_argument("--golden-timeout", type=float, default=900.0, help="seconds for goldenmatch")
    options.add_argument("--cache", type=Path, default=default_cache(), help="environments and data")
    options.add_argument("--out", type=Path, help="the report as a file, besides standard output")
    return options


def _versions() -> str:
    root = Path(__file__).resolve().parents[2]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"SehatMu {commit or 'unknown'}; peers {', '.join(PEERS['splink'] + PEERS['goldenmatch'][:1])}."


if __name__ == "__main__":
    main()
