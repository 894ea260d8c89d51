"""What a night says about identities: its events.

Called by `assign` once every cluster has its id; decides nothing, only compares what is with what was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.identity.files import EVENT, EVENTS, SCHEMAS
from sehatmu.identity.state import State
from sehatmu.phrase import phrase


@dataclass(frozen=True, slots=True)
class Night:
    """The frames that `assign` settled: see there, and in `claims`, for their columns."""

    index: str
    build_date: date
    members: pl.DataFrame
    overlaps: pl.DataFrame
    claimed: pl.DataFrame
    by_claim: pl.DataFrame
    carried: pl.DataFrame
    minted: pl.DataFrame
    chosen: pl.DataFrame
    led_on: pl.DataFrame


def tell_events(night: Night, state: State) -> pl.DataFrame:
    """The events of the night (`files.SCHEMAS`), sorted; empty where no identity changed."""
    leaving = _tell_leaving(night)
    parts = [
        _tell_minted(night),
        _tell_official(night, state),
        *_tell_led_on(night),
        _tell_revived(night, state),
        leaving,
        _tell_splits(night, leaving),
        _tell_retired(night, state, leaving),
    ]
    empty = SCHEMAS[EVENT].to_frame()
    events = pl.concat([empty, *parts], how="diagonal_relaxed").with_columns(
        index=pl.lit(night.index), build_date=pl.lit(night.build_date)
    )
    rank = pl.col("event").replace_strict({name: i for i, name in enumerate(EVENTS)}, return_dtype=pl.UInt8)
    return events.select(SCHEMAS[EVENT].names()).cast(SCHEMAS[EVENT]).sort(rank, "master_id", "other_id")


def _tell_minted(night: Night) -> pl.DataFrame:
    founders = _smallest_keys(night.members.filter("is_subject"))
    return night.minted.join(founders, on="cluster").select(
        "master_id",
        "record_key",
        "series",
        "counter",
        event=pl.lit("mint"),
        id_origin=pl.lit("minted"),
        reason=pl.lit("no earlier id belongs to these records"),
    )


def _tell_official(night: Night, state: State) -> pl.DataFrame:
    """Official numbers that are an id for the first time."""
    new = night.by_claim.join(state.masters, left_on="number", right_on="master_id", how="anti")
    return new.join(
        night.claimed.group_by("cluster", "number").agg(pl.col("record_key").min(), pl.col("series").min()),
        on=["cluster", "number"],
    ).select(
        "record_key",
        "series",
        master_id="number",
        event=pl.lit("mint"),
        id_origin=pl.lit("official"),
        reason=pl.lit("official number delivered"),
    )


def _tell_led_on(night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Numbers that the service gave out to somebody who has another: an id came to be, and gave way."""
    led = night.led_on.join(night.chosen, on="cluster")
    made = led.select(
        "record_key",
        "series",
        master_id="number",
        event=pl.lit("mint"),
        id_origin=pl.lit("official"),
        reason=pl.lit("given out by the service"),
    )
    gone = led.select(
        master_id="number",
        other_id="master_id",
        event=pl.lit("redirect"),
        reason=pl.lit("given out by the service to somebody who has another number"),
    )
    return made, gone


def _tell_revived(night: Night, state: State) -> pl.DataFrame:
    asleep = state.masters.filter(pl.col("status") != "active").select("master_id", "status", "id_origin")
    why = (
        pl.when(pl.col("status") == "retired")
        .then(pl.lit("a record came back"))
        .when(pl.col("id_origin") == "official")
        .then(pl.lit("official number delivered for these records"))
        .otherwise(pl.lit("the official number went to other records"))
    )
    return night.chosen.join(asleep, on="master_id").select("master_id", event=pl.lit("revive"), reason=why)


def _tell_leaving(night: Night) -> pl.DataFrame:
    """Ids that give way in their cluster: a new number of the same identity, or two identities become one."""
    led = night.carried.join(night.chosen, on="cluster").filter(pl.col("prior") != pl.col("master_id"))
    known = night.overlaps.select("cluster", master_id="prior", was_here=pl.lit(True))
    renumbered = pl.col("is_first") & pl.col("was_here").is_null()
    return led.join(known, on=["cluster", "master_id"], how="left").select(
        master_id="prior",
        other_id="master_id",
        event=pl.when(renumbered).then(pl.lit("redirect")).otherwise(pl.lit("merge")),
        reason=pl.when(renumbered)
        .then(pl.lit("official number delivered"))
        .otherwise(pl.lit("its records are the same as the other's")),
    )


def _tell_splits(night: Night, leaving: pl.DataFrame) -> pl.DataFrame:
    """Records of an id that now belong to another one, where the first has not simply given way to it."""
    moved = night.overlaps.join(night.chosen, on="cluster").filter(pl.col("prior") != pl.col("master_id"))
    gave_way = leaving.select(prior="master_id", master_id="other_id")
    counted = (
        moved.join(gave_way, on=["prior", "master_id"], how="anti")
        .group_by("prior", "master_id")
        .agg(count=pl.col("current_count").sum() + pl.col("former_count").sum())
    )
    return counted.select(
        "master_id",
        other_id="prior",
        event=pl.lit("split"),
        reason=phrase("{} of its records came from the other", "count"),
    )


def _tell_retired(night: Night, state: State, leaving: pl.DataFrame) -> pl.DataFrame:
    return (
        state.masters.filter(pl.col("status") == "active")
        .join(night.chosen, on="master_id", how="anti")
        .join(leaving, on="master_id", how="anti")
        .select("master_id", event=pl.lit("retire"), reason=pl.lit("no record is left"))
    )


def _smallest_keys(members: pl.DataFrame) -> pl.DataFrame:
    return members.group_by("cluster").agg(pl.col("record_key").min())
