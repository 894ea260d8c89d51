"""What earlier builds decided about identities: the fold of their event files along `parent`.

A `State` is frames only: where each record ever seen belongs, every id ever used, every official number ever
delivered. `load_state` folds from the files, `advance` adds one night; both give the same. `load_part` folds no more
than a night needs that decides little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from sehatmu.home import Manifest
from sehatmu.identity.files import EVENT, LINK, OFFICIAL, SCHEMAS, read_events
from sehatmu.identity.keys import is_rising

LINKS = pl.Schema(
    {
        "record_key": pl.String,
        "master_id": pl.String,  # tonight's id; null: the record is gone, or has no master
        "last_master_id": pl.String,  # the last id that it had; a record that returns claims it
        "build_date": pl.Date,  # since when
        "first_seen": pl.Date,
    }
)
MASTERS = pl.Schema(
    {
        "master_id": pl.String,
        "series": pl.String,
        "id_origin": pl.String,  # official | minted
        "record_key": pl.String,  # the founding record
        "counter": pl.Int64,
        "first_build": pl.Date,
        "status": pl.String,  # active | retired | redirected
        "event": pl.String,  # the event that made it so
        "next_id": pl.String,  # where a redirected one was sent (one step; see redirects)
        "build_date": pl.Date,  # since when
    }
)
REDIRECTS = pl.Schema({"index": pl.String, "retired_id": pl.String, "current_id": pl.String, "build_date": pl.Date})
_STATUS = {
    "mint": "active",
    "revive": "active",
    "merge": "redirected",
    "redirect": "redirected",
    "retire": "retired",
}


@dataclass(frozen=True, slots=True)
class State:
    """One index after its last build: frames as in the schemas here and in `files`, all build dates, and the last
    counter that each series has used. `beyond`: ids that others lead to and that a part of the index does not hold."""

    index: str
    links: pl.DataFrame
    masters: pl.DataFrame
    official: pl.DataFrame
    builds: tuple[date, ...]
    counters: Mapping[str, int] = field(default_factory=dict)
    beyond: pl.Series = field(default_factory=lambda: pl.Series("master_id", [], dtype=pl.String))

    @property
    def last_build(self) -> date | None:
        return self.builds[-1] if self.builds else None


def empty_state(index: str) -> State:
    """The state before the first night."""
    return State(index, LINKS.to_frame(), MASTERS.to_frame(), SCHEMAS[OFFICIAL].to_frame(), ())


def load_state(manifests: Sequence[Manifest], index: str) -> State:
    """Fold the event files of these builds (oldest first, as `home.chain` gives them) for one index."""
    events = read_events(manifests, EVENT, index=index)
    return State(
        index,
        _fold_links(LINKS.to_frame(), read_events(manifests, LINK, index=index)),
        _fold_masters(MASTERS.to_frame(), events),
        read_events(manifests, OFFICIAL, index=index),
        tuple(manifest.build.date for manifest in manifests),
        _fold_counters({}, events),
    )


def load_redirected(manifests: Sequence[Manifest], index: str, records: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The links that these records ever had (as `State.links`), and all ids that gave way (as `State.masters`)."""
    rows = read_events(manifests, LINK, index=index, where=pl.col("record_key").is_in(records.implode()))
    return _fold_links(LINKS.to_frame(), rows), _load_masters(manifests, index, pl.Series([], dtype=pl.String))


def load_part(manifests: Sequence[Manifest], index: str, *, links: pl.DataFrame, masters: pl.Series) -> State:
    """As `load_state`, with these `links`, and no other ids than `masters` and those that gave way."""
    minted = read_events(manifests, EVENT, index=index, where=pl.col("counter").is_not_null())
    part = State(
        index,
        links,
        _load_masters(manifests, index, masters),
        read_events(manifests, OFFICIAL, index=index),
        tuple(manifest.build.date for manifest in manifests),
        _fold_counters({}, minted),
    )
    ends = redirects(part)["current_id"].unique()
    ends = ends.filter(~ends.is_in(part.masters["master_id"].implode())).implode()
    is_end = (pl.col("event") == "mint") & pl.col("master_id").is_in(ends)
    return replace(part, beyond=read_events(manifests, EVENT, index=index, where=is_end)["master_id"])


def advance(
    state: State, *, links: pl.DataFrame, events: pl.DataFrame, official: pl.DataFrame, build_date: date
) -> State:
    """The state after one more night, from the frames that this night writes to its event files."""
    return State(
        state.index,
        _fold_links(state.links, links),
        _fold_masters(state.masters, events),
        pl.concat([state.official, official]),
        (*state.builds, build_date),
        _fold_counters(state.counters, events),
        state.beyond,
    )


def tell_origins(manifests: Sequence[Manifest], events: pl.DataFrame, index: str, masters: pl.Series) -> pl.DataFrame:
    """`master_id, id_origin` of these ids, of earlier builds or of tonight's `events`."""
    is_asked = (pl.col("event") == "mint") & pl.col("master_id").is_in(masters.implode())
    earlier = read_events(manifests, EVENT, index=index, where=is_asked)
    return pl.concat([earlier, events.filter(is_asked).select(earlier.columns)]).select("master_id", "id_origin")


def redirects(state: State) -> pl.DataFrame:
    """Every redirected id and where it leads in the end: `index, retired_id, current_id, build_date`.

    `build_date` is since when this row holds, so the latest step of its way. Sorted by retired_id.
    """
    steps = state.masters.filter(pl.col("status") == "redirected")
    ways = steps.select(retired_id="master_id", current_id="next_id", build_date="build_date")
    # Each round doubles the length of the way that is known; a cycle would never end, so rounds are bounded.
    for _ in range(ways.height.bit_length() + 1):
        further = ways.select(current_id="retired_id", further_id="current_id", further_date="build_date")
        joined = ways.join(further, on="current_id", how="left")
        if joined["further_id"].null_count() == joined.height:
            break
        ways = joined.select(
            "retired_id",
            current_id=pl.coalesce("further_id", "current_id"),
            build_date=pl.max_horizontal("build_date", "further_date"),
        )
    return ways.select(pl.lit(state.index).alias("index"), pl.all()).cast(REDIRECTS).sort("retired_id")


def next_counters(state: State) -> dict[str, int]:
    """The first unused counter of each series that has minted."""
    return {series: counter + 1 for series, counter in state.counters.items()}


def _load_masters(manifests: Sequence[Manifest], index: str, ids: pl.Series) -> pl.DataFrame:
    """These ids, as far as they came to be, and all that gave way."""
    turns = read_events(manifests, EVENT, index=index, where=pl.col("event") != "mint")
    last = turns.filter(pl.col("event").is_in(list(_STATUS))).unique("master_id", keep="last", maintain_order=True)
    gave_way = last.filter(pl.col("event").is_in(["merge", "redirect"]))["master_id"]
    asked = pl.concat([ids.rename("master_id"), gave_way]).unique().implode()
    is_asked = pl.col("master_id").is_in(asked)
    minted = read_events(manifests, EVENT, index=index, where=(pl.col("event") == "mint") & is_asked)
    return _fold_masters(MASTERS.to_frame(), pl.concat([minted, turns.filter(is_asked)]))


def _fold_counters(base: Mapping[str, int], events: pl.DataFrame) -> dict[str, int]:
    """Counters only rise, so that the highest is the last."""
    used = events.filter(pl.col("counter").is_not_null()).group_by("series").agg(pl.col("counter").max())
    return {**base, **dict(used.sort("series").iter_rows())}


def _fold_links(base: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of several nights, oldest first, over a base: the last word on each record."""
    again = pl.lit(False) if is_rising(rows["record_key"]) else pl.col("record_key").is_duplicated()
    once = rows.filter(~again).select(
        "record_key",
        "master_id",
        last_master_id="master_id",
        build_date="build_date",
        first_seen="build_date",
    )
    # Only records that changed more than once need grouping: that is a small part of a long history.
    often = (
        rows.filter(again)
        .group_by("record_key")
        .agg(
            pl.col("master_id").last(),
            pl.col("master_id").drop_nulls().last().alias("last_master_id"),
            pl.col("build_date").last(),
            pl.col("build_date").first().alias("first_seen"),
        )
    )
    news = pl.concat([once, often.select(once.columns)])
    if base.is_empty():
        return news.sort("record_key")
    earlier = base.select("record_key", was_id="last_master_id", was_seen="first_seen")
    news = news.join(earlier, on="record_key", how="left").select(
        "record_key",
        "master_id",
        pl.coalesce("last_master_id", "was_id").alias("last_master_id"),
        "build_date",
        pl.coalesce("was_seen", "first_seen").alias("first_seen"),
    )
    return pl.concat([base.join(news, on="record_key", how="anti"), news]).sort("record_key")


def _fold_masters(base: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Events of several nights, oldest first, over a base: what each id is now."""
    minted = events.filter(pl.col("event") == "mint").select(
        "master_id",
        "series",
        "id_origin",
        "record_key",
        "counter",
        first_build="build_date",
        status=pl.lit("active"),
        event="event",
        next_id=pl.lit(None, pl.String),
        build_date="build_date",
    )
    turns = (
        events.filter(pl.col("event").is_in(list(_STATUS)))
        .unique("master_id", keep="last", maintain_order=True)
        .select(
            "master_id",
            now_status=pl.col("event").replace_strict(_STATUS, return_dtype=pl.String),
            now_event="event",
            now_next="other_id",
            now_date="build_date",
        )
    )
    turned = pl.col("now_event").is_not_null()
    return (
        pl.concat([base, minted.cast(MASTERS)])
        .join(turns, on="master_id", how="left")
        .with_columns(
            status=pl.coalesce("now_status", "status"),
            event=pl.coalesce("now_event", "event"),
            next_id=pl.when(turned).then("now_next").otherwise("next_id"),
            build_date=pl.coalesce("now_date", "build_date"),
        )
        .select(MASTERS.names())
        .sort("master_id")
    )
