"""Runs in the environment of Splink: links one file of records by a job that `splink_job.py` wrote.

    python peer_splink.py JOB.json

The job names `input` (a Parquet file), `standardise` (SQL that makes the table `standard` of the table `raw`), what to
do (`train` or `link`), where `model` and `out` are, `notes`, and the settings. Reading the file into the memory of
DuckDB is a stage of its own, and so is writing the result.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from itertools import pairwise
from pathlib import Path

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.blocking_rule_library import CustomRule

SELDOM_U, SELDOM_M = 1e-6, 1e-4
FLOOR = 0.5  # edges below are never clustered: no threshold that is asked for lies lower


def main(job: dict) -> None:
    begun = time.perf_counter()
    con = duckdb.connect(":memory:")
    con.execute(f"SET threads={job['threads']}; SET preserve_insertion_order=false; SET enable_progress_bar=false")
    con.execute(f"SET memory_limit='{job['memory']}'; SET temp_directory='{job['out']}/spill'")
    con.execute(f"CREATE TABLE raw AS FROM read_parquet('{job['input']}')")
    marks = [("start", 0.0, begun), mark("standardise")]
    con.execute(job["standardise"])
    marks.append(mark("prepare"))
    for statement in job["prepare"]:
        con.execute(statement)
    con.execute("DROP TABLE standard")
    if job["task"] == "train":
        marks.append(mark("train"))
        notes = train(con, job)
    else:
        notes = link(con, job, marks)
    marks.append(mark("end"))
    stages = {}
    for (name, cpu, clock), (_, next_cpu, next_clock) in pairwise(marks):
        stages[name] = {"cpu": next_cpu - cpu, "wall": next_clock - clock}
    notes |= {"stages": stages, "peak": peak(), "duckdb": duckdb.__version__}
    Path(job["notes"]).write_text(json.dumps(notes))


def mark(name: str) -> tuple[str, float, float]:
    return name, time.process_time(), time.perf_counter()


def peak() -> int:
    lines = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) * 1024


def same_key(job: dict, name: str):
    key = f"l.key_{name} = r.key_{name}"
    if job["once"]:  # two records of one file that has each person once are no pair
        return CustomRule(f"{key} AND coalesce(l.once <> r.once, true)", sql_dialect="duckdb")
    return block_on(f"key_{name}")


def make_linker(con: duckdb.DuckDBPyConnection, settings) -> Linker:
    database = DuckDBAPI(con)
    return Linker(database.register("prepared"), settings, log_level=logging.ERROR)


def train(con: duckdb.DuckDBPyConnection, job: dict) -> dict:
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_key",
        comparisons=job["comparisons"],
        blocking_rules_to_generate_predictions=[same_key(job, name) for name in job["keys"]],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    linker = make_linker(con, settings)
    rules = [block_on(*columns) for columns in job["deterministic"]]
    linker.training.estimate_probability_two_random_records_match(rules, recall=job["recall"])
    linker.training.estimate_u_using_random_sampling(max_pairs=job["pairs"], seed=1)
    for columns in job["em"]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns), max_pairs=job["pairs"])
    linker.misc.save_model_to_json(job["model"], overwrite=True)
    saved, untrained = settle(json.loads(Path(job["model"]).read_text()))
    Path(job["model"]).write_text(json.dumps(saved))
    folder = Path(job["model"]).parent
    frequencies = sorted(
        {level["tf_adjustment_column"] for c in job["comparisons"] for level in c["comparison_levels"]
         if "tf_adjustment_column" in level}
    )  # fmt: skip
    for column in frequencies:
        table = linker.table_management.compute_tf_table(column)
        con.execute(f"COPY {table.physical_name} TO '{folder}/tf_{column}.parquet'")
    return {"untrained": untrained, "prior": saved["probability_two_random_records_match"], "frequencies": frequencies}


def settle(saved: dict) -> tuple[dict, list[str]]:
    """A model in which no level is without a weight, and the names of the levels that had none.

    What training never saw is 1e-6, as in Splink's own memory; the file would lack it, and Splink then takes +10 bits
    for exact agreement. A level that no match had is 1e-4 of the matches: minus 100 bits would be a veto.
    """
    untrained = []
    for comparison in saved["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            if "m_probability" not in level or "u_probability" not in level:
                untrained.append(f"{comparison['output_column_name']}: {level['label_for_charts']}")
            level["u_probability"] = max(level.get("u_probability") or 0.0, SELDOM_U)
            level["m_probability"] = max(level.get("m_probability") or 0.0, SELDOM_M)
    return saved, untrained


def link(con: duckdb.DuckDBPyConnection, job: dict, marks: list) -> dict:
    marks.append(mark("predict"))
    linker = make_linker(con, job["model"])
    for column in job.get("frequencies", []):
        con.execute(f"CREATE TABLE tf_{column} AS FROM '{Path(job['model']).parent}/tf_{column}.parquet'")
        linker.table_management.register_term_frequency_lookup(linker._db_api.register(f"tf_{column}"), column)
    blocked = linker.inference.compute_blocked_pairs_for_predict()
    candidates = con.execute(f"SELECT count(*) FROM {blocked.physical_name}").fetchall()[0][0]
    edges = linker.inference.predict(threshold_match_probability=FLOOR)
    threshold = choose(con, edges.physical_name, job["precision"])
    marks.append(mark("cluster"))
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_probability=threshold)
    marks.append(mark("write"))
    con.execute(
        f"COPY (SELECT record_key_l AS left_key, record_key_r AS right_key, match_weight AS score, match_probability "
        f"FROM {edges.physical_name}) TO '{job['out']}/edges.parquet'"
    )
    con.execute(
        f"COPY (SELECT record_key, cluster_id AS cluster_key FROM {clusters.physical_name}) "
        f"TO '{job['out']}/clusters.parquet'"
    )
    return {"candidates": candidates, "threshold": threshold}


def choose(con: duckdb.DuckDBPyConnection, edges: str, precision: float) -> float:
    """The least probability from which on Splink expects this share of its edges to be right."""
    found = con.execute(f"""
        WITH graded AS (SELECT match_probability AS p, count(*) AS n FROM {edges} GROUP BY 1),
             summed AS (
                 SELECT p, sum(p * n) OVER w AS right_ones, sum(n) OVER w AS all_ones FROM graded
                 WINDOW w AS (ORDER BY p DESC)
             )
        SELECT min(p) FROM summed WHERE right_ones >= {precision} * all_ones
    """).fetchall()[0][0]
    return 0.99 if found is None else float(found)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
