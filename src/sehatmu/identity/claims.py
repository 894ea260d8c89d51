"""Who may claim which id tonight: numbers that sources deliver, and ids that records carry over from before.

Frames in, frames out; `assign` calls these in order and turns what they settle into events. `cluster` is a
number: the place of a cluster when they are sorted by their smallest record key that counts.
"""

from __future__ import annotations

import polars as pl

from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.keys import are_same_once
from sehatmu.identity.state import State


def number_clusters(records: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """The records with `cluster`: the rank of its smallest record key; null where no record of it counts."""
    if are_same_once(records["record_key"], clusters["record_key"]):
        members = records.with_columns(clusters["cluster_key"])
    else:
        members = records.join(clusters.select("record_key", "cluster_key"), on="record_key").sort("record_key")
    first = members.filter(pl.col("is_subject")).unique("cluster_key", keep="first", maintain_order=True)
    ranks = first.select("cluster_key").with_row_index("cluster")
    return members.join(ranks.select("cluster_key", "cluster"), on="cluster_key", how="left")


def carry_over(members: pl.DataFrame, state: State, forward: pl.DataFrame, ghosts: pl.DataFrame) -> pl.DataFrame:
    """How many records of each earlier id lie in each cluster.

    `forward` leads redirected ids on (retired_id, current_id); `ghosts` (new_key, prior) are records whose
    key vanished and that came back under another. Returns `prior, cluster, current_count` (records of last
    night), `former_count` (records that had gone before), and of the id `status, id_origin, first_build,
    has_founder` (its founding record is in this cluster).
    """
    known = state.links.filter(pl.col("last_master_id").is_not_null()).select(
        "record_key", prior="last_master_id", is_current=pl.col("master_id").is_not_null()
    )
    back = ghosts.select(record_key="new_key", prior="prior", is_current=pl.lit(True))
    held = members.filter("is_subject").select("record_key", "cluster").join(pl.concat([known, back]), on="record_key")
    held = held.join(forward, left_on="prior", right_on="retired_id", how="left").with_columns(
        pl.coalesce("current_id", "prior").alias("prior")
    )
    overlaps = held.group_by("prior", "cluster").agg(
        current_count=pl.col("is_current").sum().cast(pl.Int64),
        former_count=(~pl.col("is_current")).sum().cast(pl.Int64),
    )
    masters = state.masters.select("status", "id_origin", "first_build", "record_key", prior="master_id")
    founders = members.filter("is_subject").select("record_key", founder_cluster="cluster")
    return (
        overlaps.join(masters, on="prior")
        .join(founders, on="record_key", how="left")
        .with_columns(has_founder=pl.col("founder_cluster").eq_missing(pl.col("cluster")))
        .drop("record_key", "founder_cluster")
    )


def find_ghosts(ghosts: pl.DataFrame | None, members: pl.DataFrame, state: State) -> pl.DataFrame:
    """Lone records of last night whose key vanished, each with its one new match: `new_key, prior`.

    `ghosts` (ghost_key, new_key) are matches between last night's and tonight's records. A ghost must have
    been its master's only record left, and the match the only one on either side.
    """
    if ghosts is None:
        return pl.DataFrame(schema={"new_key": pl.String, "prior": pl.String})
    last_night = state.links.filter(pl.col("master_id").is_not_null())
    here = members.filter("is_subject")
    alive = last_night.join(here, on="record_key", how="semi").select("master_id").unique()
    lone = last_night.join(here, on="record_key", how="anti").join(alive, on="master_id", how="anti")
    lone = lone.filter(~pl.col("master_id").is_duplicated())
    pairs = ghosts.select("ghost_key", "new_key").unique()
    pairs = pairs.filter(~pl.col("ghost_key").is_duplicated() & ~pl.col("new_key").is_duplicated())
    return (
        pairs.join(here.select(new_key="record_key"), on="new_key", how="semi")
        .join(state.links.select(new_key="record_key"), on="new_key", how="anti")
        .join(lone.select(ghost_key="record_key", prior="master_id"), on="ghost_key")
        .select("new_key", "prior")
    )


def deliver(members: pl.DataFrame, config: IdentityConfig) -> pl.DataFrame:
    """Delivered numbers: `record_key, cluster, series, source, extract, number, is_valid, is_provisional` (by pattern:
    of the shape of official ones; given out by the service)."""
    valid, provisional = pl.lit(False), pl.lit(False)
    for name, numbering in config.series.items():
        here = pl.col("series") == name
        valid = valid | (here & pl.col("number").str.contains(numbering.official))
        if numbering.provisional:
            provisional = provisional | (here & pl.col("number").str.contains(numbering.provisional))
    return (
        members.filter(pl.col("is_subject") & pl.col("official_id").is_not_null())
        .select("record_key", "cluster", "series", "source", "extract", number="official_id")
        .with_columns(is_valid=valid, is_provisional=provisional)
    )


def settle_official(claims: pl.DataFrame, overlaps: pl.DataFrame) -> pl.DataFrame:
    """Which cluster gets which official number: `cluster, number`, each once.

    Of several clusters that claim a number, the one that holds it gets it, then the one where most records
    deliver it, then the one with the smallest record key. Of several numbers that a cluster could have, it
    keeps the one that it holds, then the best supported, then the lowest; one that the service gave out comes after
    all others. A number that loses here is nobody's second choice: it stays free.
    """
    held = overlaps.select("cluster", "current_count", number="prior")
    ranked = (
        claims.group_by("cluster", "number")
        .agg(pl.col("is_provisional").first(), support=pl.len().cast(pl.Int64))
        .join(held, on=["cluster", "number"], how="left")
        .with_columns(pl.col("current_count").fill_null(0))
    )
    best = ranked.sort("number", -pl.col("current_count"), -pl.col("support"), "cluster")
    won = best.unique("number", keep="first", maintain_order=True)
    ours = won.sort("cluster", "is_provisional", -pl.col("current_count"), -pl.col("support"), "number")
    return ours.unique("cluster", keep="first", maintain_order=True).select("cluster", "number")


def lead_on(claims: pl.DataFrame, official: pl.DataFrame, state: State) -> pl.DataFrame:
    """Numbers that the service gave out to somebody who has another one: `record_key, cluster, series, number`.

    Whoever was given such a number asks for it, so it has to lead on from the first night; later ones find it there.
    """
    free = claims.filter("is_provisional").join(official, on="number", how="anti")
    free = free.join(state.masters.select(number="master_id"), on="number", how="anti")
    firsts = free.sort("number", "record_key").unique("number", keep="first", maintain_order=True)
    return firsts.select("record_key", "cluster", "series", "number")


def settle_carried(overlaps: pl.DataFrame, official: pl.DataFrame) -> pl.DataFrame:
    """Where each earlier id goes: `prior, cluster, is_first`, one row per id; `is_first` leads its cluster.

    An id stays with the part that holds most of last night's records of it, then most of its former ones,
    then its founding record, then the smallest record key. Where several ids meet, an official number
    leads, then an active id, then the one with most records, then the oldest. Ids that an official claim has
    placed already are not here.
    """
    placed = overlaps.join(official, left_on="prior", right_on="number", how="anti")
    counts = [-pl.col("current_count"), -pl.col("former_count")]
    homes = placed.sort("prior", *counts, ~pl.col("has_founder"), "cluster").unique(
        "prior", keep="first", maintain_order=True
    )
    return homes.sort(
        "cluster",
        pl.col("id_origin") != "official",
        pl.col("status") != "active",
        *counts,
        "first_build",
        "prior",
    ).select("prior", "cluster", "status", is_first=pl.int_range(pl.len()).over("cluster") == 0)


def return_to_founders(members: pl.DataFrame, without: pl.DataFrame, state: State) -> pl.DataFrame:
    """Minted ids that gave way to an official number and whose founding record now stands without one.

    `without` (cluster) are the clusters that have no id yet. A minted number is bound to its founding record,
    so it comes back instead of a new one: `cluster, prior`, the oldest id of each cluster.
    """
    gave_way = state.masters.filter((pl.col("event") == "redirect") & (pl.col("id_origin") == "minted"))
    return (
        gave_way.select("record_key", "first_build", prior="master_id")
        .join(members.filter("is_subject").select("record_key", "cluster"), on="record_key")
        .join(without, on="cluster", how="semi")
        .sort("cluster", "first_build", "prior")
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", "prior")
    )
