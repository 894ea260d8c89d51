"""Tonight's clusters meet yesterday's ids: who keeps an id, who joins, who is new, who has gone.

The one door of identity for every index. It reads frames and a `State`, and gives the links of tonight and
what this night adds to the event files; it writes nothing. Rules and ties are told where they are
settled, in `claims`; what is said about them, in `tell`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.identity import claims, tell
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.files import LINK, OFFICIAL, SCHEMAS
from sehatmu.identity.findings import tell_findings
from sehatmu.identity.keys import are_same_once
from sehatmu.identity.numbers import mint
from sehatmu.identity.state import State, advance, next_counters, redirects


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a night decided about identities.

    `links`: every record of tonight (index, source, extract, source_key, record_key, master_id, build_date =
    since when). `changed_links`, `events`, `official`: what goes to the event files (`files.SCHEMAS`).
    `redirects`: all that hold now. `findings`: index, master_id, finding, detail. `state`: after this night.
    """

    links: pl.DataFrame
    changed_links: pl.DataFrame
    events: pl.DataFrame
    official: pl.DataFrame
    redirects: pl.DataFrame
    findings: pl.DataFrame
    state: State


def assign(
    clusters: pl.DataFrame,
    records: pl.DataFrame,
    state: State,
    config: IdentityConfig,
    *,
    build_date: date,
    ghosts: pl.DataFrame | None = None,
) -> Assigned:
    """Give every cluster its master id.

    `clusters`: record_key, cluster_key; every record once. `records`: record_key, source, extract,
    source_key, official_id; optionally `series` (where the index has several) and `is_subject` (false:
    evidence only, it carries the id of its cluster, and neither makes nor keeps one; default true). `state`
    is that of the parent build. `ghosts` (ghost_key, new_key): matches of last night with tonight.

    Raises SehatmuError where records and clusters do not cover each other, or the date is not after the
    parent's.
    """
    _demand_date(state, build_date)
    records = _prepare(records, clusters, config)
    forward = redirects(state).select("retired_id", "current_id")
    members = claims.number_clusters(records, clusters)
    back = claims.find_ghosts(ghosts, members, state)
    overlaps = claims.carry_over(members, state, forward, back)

    delivered = claims.deliver(members, config)
    minted_before = state.masters.filter(pl.col("id_origin") == "minted").select(number="master_id")
    claimed = delivered.filter("is_valid").join(minted_before, on="number", how="anti")
    by_claim = claims.settle_official(claimed, overlaps)
    carried = claims.settle_carried(overlaps, by_claim)

    all_clusters = members.filter("is_subject").group_by("cluster").agg(pl.col("series").min())
    taken = by_claim.select("cluster", master_id="number")
    leads = carried.filter("is_first").select("cluster", master_id="prior")
    taken = pl.concat([taken, leads.join(taken, on="cluster", how="anti")])
    without = all_clusters.select("cluster").join(taken, on="cluster", how="anti")
    bound = claims.return_to_founders(members, without, state).select("cluster", master_id="prior")
    taken = pl.concat([taken, bound])

    official = _first_delivered(claimed, state, build_date)
    new = _mint_all(all_clusters.join(taken, on="cluster", how="anti"), state, official, config)
    chosen = pl.concat([taken, new.select("cluster", "master_id")])

    night = tell.Night(
        index=config.index,
        build_date=build_date,
        members=members,
        overlaps=overlaps,
        claimed=claimed,
        by_claim=by_claim,
        carried=carried,
        minted=new,
        chosen=chosen,
        led_on=claims.lead_on(claimed, by_claim, state),
    )
    events = tell.tell_events(night, state)
    links = _link(members, chosen, state, config.index, build_date)
    changed = _changes(links, state, build_date)
    after = advance(state, links=changed, events=events, official=official, build_date=build_date)
    return Assigned(
        links=links,
        changed_links=changed,
        events=events,
        official=official,
        redirects=redirects(after),
        findings=tell_findings(delivered, claimed, chosen, minted_before, config),
        state=after,
    )


def _demand_date(state: State, build_date: date) -> None:
    if state.last_build is not None and build_date <= state.last_build:
        raise SehatmuError(
            "a night must be later than the build that it starts from",
            evidence=f"night {build_date}, parent {state.last_build}",
            hint="run a date again from the parent of its build",
        )


def _prepare(records: pl.DataFrame, clusters: pl.DataFrame, config: IdentityConfig) -> pl.DataFrame:
    """Fill the optional columns; refuse records and clusters that do not cover each other exactly."""
    if "series" not in records.columns:
        records = records.with_columns(series=pl.lit(config.only_series, pl.String))
    if "is_subject" not in records.columns:
        records = records.with_columns(is_subject=pl.lit(True))
    unknown = records.filter(pl.col("is_subject") & ~pl.col("series").is_in(list(config.series)).fill_null(False))
    faults = {
        **({} if are_same_once(records["record_key"], clusters["record_key"]) else _uncovered(records, clusters)),
        f"records of a series other than {', '.join(config.series)}": unknown.height,
        "clusters that mix series": _mixed(records, clusters) if len(config.series) > 1 else 0,
    }
    if any(faults.values()):
        raise SehatmuError(
            "the clusters do not hold every record once",
            evidence="; ".join(f"{count} {what}" for what, count in faults.items() if count),
        )
    return records.select("record_key", "source", "extract", "source_key", "official_id", "series", "is_subject")


def _uncovered(records: pl.DataFrame, clusters: pl.DataFrame) -> dict[str, int]:
    return {
        "records more than once": records.height - records["record_key"].n_unique(),
        "records in two clusters": clusters.height - clusters["record_key"].n_unique(),
        "records without a cluster": records.join(clusters, on="record_key", how="anti").height,
        "clustered keys that are no record": clusters.join(records, on="record_key", how="anti").height,
    }


def _mixed(records: pl.DataFrame, clusters: pl.DataFrame) -> int:
    members = clusters.join(records.filter("is_subject"), on="record_key")
    return members.group_by("cluster_key").agg(pl.col("series").n_unique()).filter(pl.col("series") > 1).height


def _first_delivered(claimed: pl.DataFrame, state: State, build_date: date) -> pl.DataFrame:
    """Official numbers that no build has seen before, for `events/official.parquet`."""
    return (
        claimed.join(state.official, on="number", how="anti")
        .group_by("number")
        .agg(pl.col("record_key").min())
        .select(pl.lit(state.index).alias("index"), "number", "record_key", pl.lit(build_date).alias("build_date"))
        .cast(SCHEMAS[OFFICIAL])
        .sort("number")
    )


def _mint_all(wanting: pl.DataFrame, state: State, official: pl.DataFrame, config: IdentityConfig) -> pl.DataFrame:
    """A number for each cluster that has none, in cluster order: `cluster, series, master_id, counter`."""
    counters = next_counters(state)
    taken = pl.concat([state.official["number"], official["number"], state.masters["master_id"].rename("number")])
    parts = []
    for name, numbering in config.series.items():
        part = wanting.filter(pl.col("series") == name).sort("cluster")
        numbers = mint(part.height, numbering, start=counters.get(name, 0), taken=taken)
        parts.append(
            part.select("cluster", "series").hstack(numbers.select(pl.col("number").alias("master_id"), "counter"))
        )
    return pl.concat(parts)


def _link(members: pl.DataFrame, chosen: pl.DataFrame, state: State, index: str, build_date: date) -> pl.DataFrame:
    """The links of tonight; a record keeps the date since when it has its master."""
    before = state.links.select("record_key", was_id="master_id", was_date="build_date")
    same = pl.col("was_date").is_not_null() & pl.col("was_id").eq_missing(pl.col("master_id"))
    return (
        members.join(chosen, on="cluster", how="left")
        .join(before, on="record_key", how="left")
        .with_columns(index=pl.lit(index), build_date=pl.when(same).then("was_date").otherwise(pl.lit(build_date)))
        .select("index", "source", "extract", "source_key", "record_key", "master_id", "build_date")
        .sort("record_key")
    )


def _changes(links: pl.DataFrame, state: State, build_date: date) -> pl.DataFrame:
    """Links that this night changed, and those of records that have gone (master_id null)."""
    gone = state.links.filter(pl.col("master_id").is_not_null()).join(links, on="record_key", how="anti")
    gone = gone.select(
        pl.lit(state.index).alias("index"),
        "record_key",
        pl.lit(None, pl.String).alias("master_id"),
        pl.lit(build_date).alias("build_date"),
    )
    changed = links.filter(pl.col("build_date") == build_date).select(SCHEMAS[LINK].names())
    return pl.concat([changed, gone]).cast(SCHEMAS[LINK]).sort("record_key")
