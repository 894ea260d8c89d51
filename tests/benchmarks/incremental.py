"""The night with one record in a hundred changed, against the full run on the same records, part by part.

Both nights begin with standardised records and end with the state for the next one on disk. Of the records, by the hash
of their key, 0.3 % are new, 0.3 % are gone, and 0.4 % have moved and have another telephone than the night before.
"""

from __future__ import annotations

import polars as pl
from engines import Bench, run_ours
from measure import Cost

CHANGED, NEW = 0.004, 0.003
PARTS = ("state read", "hash", "score", "repair", "tell", "state write")


def measure_incremental(bench: Bench) -> list[str]:
    """Lines of the report: CPU seconds of every part of both nights, and whether they gave the same clusters."""
    before, after = two_nights(pl.read_parquet(bench.folder / "ours" / "records.parquet"))
    folder = bench.folder / "ours"
    costs: dict[str, Cost] = {}
    for night, records, previous in (
        ("before", before, ""),
        ("full", after, ""),
        ("incremental", after, folder / "night-before"),
    ):
        file = folder / "night.parquet"
        records.write_parquet(file)
        costs[night] = run_ours(
            bench, "night", given=file, subject="standard", previous=previous, results=folder / f"night-{night}"
        )
        if costs[night].failed:
            return [f"- A night with 1 % changed: {night}: {costs[night].failed}"]
    clusters = [pl.read_parquet(folder / f"night-{night}" / "clusters.parquet") for night in ("full", "incremental")]
    pairs = [pl.read_parquet(folder / f"night-{night}" / "pairs.parquet") for night in ("full", "incremental")]
    same = clusters[0].equals(clusters[1]) and pairs[0].equals(pairs[1])
    full, changed = (_parts(costs[night]) for night in ("full", "incremental"))
    total = [sum(parts.values()) for parts in (full, changed)]
    lines = [
        f"A night with 1 % changed of {len(after):,} records, CPU seconds from standardised records to the next state:",
        "",
        "| night | " + " | ".join(PARTS) + " | all | wall s | peak MiB |",
        "|---" * (len(PARTS) + 4) + "|",
    ]
    for name, parts, night in (("full", full, "full"), ("1 % changed", changed, "incremental")):
        cost = costs[night]
        wall = cost.wall("state read", "link", "state write")
        told = " | ".join(f"{parts[part]:.2f}" for part in PARTS)
        lines.append(f"| {name} | {told} | {sum(parts.values()):.2f} | {wall:.2f} | {cost.peak >> 20:,} |")
    lines += [
        "",
        f"- The changed night takes {total[0] / max(total[1], 1e-9):.1f}x less CPU; "
        + ("both gave the same clusters and pairs" if same else "**the two nights differ**"),
        f"- Work of the changed night: {costs['incremental'].notes['work']}",
    ]
    return lines


def two_nights(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of the night before and of the night itself, which are `records` without those that are gone."""
    share = pl.col("record_key").hash(seed=1) / 2.0**64
    new, gone = share < NEW, share > 1 - NEW
    moved = (share >= NEW) & (share < NEW + CHANGED)
    earlier = [
        pl.when(moved).then(pl.lit("62800") + pl.col("phone").str.slice(5)).otherwise("phone").alias("phone"),
        pl.when(moved).then(None).otherwise("kec_code").alias("kec_code"),
        pl.when(moved).then(pl.lit("DAHULU 1")).otherwise("address_core").alias("address_core"),
    ]
    return records.filter(~new).with_columns(earlier), records.filter(~gone)


def _parts(cost: Cost) -> dict[str, float]:
    """CPU seconds by part; what `link` took beyond the parts that it tells is added to `tell`."""
    inside = dict(cost.notes["seconds"])
    inside["tell"] = inside.get("tell", 0.0) + cost.stage("link") - sum(inside.values())
    return {part: cost.stage(part) if part.startswith("state") else inside.get(part, 0.0) for part in PARTS}
