"""Levels: one index, several kinds of identity, each with numbers for life of its own (substance, template...).

A record belongs to one identity per level: to that of its linkage cluster, to that of a key (equal values are one
thing), to that of a key within another level, or to one per thing that it lists. For the registry a record's part in a
level is a record with a key of its own (`<record_key>@<level>`), so ids stay, merge, split and redirect on every level
as they do anywhere. Called around `assign`; an index without levels never comes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sehatmu.contracts.mistakes import Node
from sehatmu.errors import SehatmuError
from sehatmu.identity.numbers import Numbering

#: On a level where records list things, `record_key` may stand several times, and each part stands beside the records
#: (`<record_key>@<level>#<place>`).
LEVELS = pl.Schema({"level": pl.String, "record_key": pl.String, "master_id": pl.String, "build_date": pl.Date})
_KEYS = ("record_key", "source", "extract", "source_key")
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Level:
    """One level. `series` numbers it; exactly one of `cluster`, `by` (with or without `within`) and `each` is set.

    cluster  what linkage joined, of the records whose `series` is this level
    by       equal values of these columns; records that lack one are not on this level
    within   `by`, and in the same identity of that level
    each     a list per record, one key per place: equal keys are one thing
    """

    name: str
    series: str
    cluster: bool = False
    by: tuple[str, ...] = ()
    within: str | None = None
    each: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a record that tell what it is on this level."""
        return (*self.by, *([self.each] if self.each else []))

    @property
    def is_borrowed(self) -> bool:
        """Whether it only shares the numbers of another level, and so takes no official ones."""
        return self.name != self.series


def parse_levels(section: Node, series: Mapping[str, Numbering]) -> tuple[Level, ...]:
    """The section `levels`, in the order of the file; what is wrong is noted in the node's list."""
    listed = section.value
    names = section.mapping(tuple(listed) if isinstance(listed, dict) else ("product",))
    levels: dict[str, Level] = {}
    for name, child in names.items():
        keys = child.mapping(("series", "cluster", "by", "within", "each"))
        level = Level(
            name=name,
            series=keys["series"].choice(tuple(series), "") if "series" in keys else name,
            cluster="cluster" in keys and keys["cluster"].flag(),
            by=keys["by"].texts() if "by" in keys else (),
            within=keys["within"].choice(tuple(levels), "") if "within" in keys else None,
            each=keys["each"].text() if "each" in keys else None,
        )
        if level.series not in series:
            child.wrong(f"no series '{level.series}'", ", ".join(series))
        if level.cluster + bool(level.by) + bool(level.each) != 1:
            child.wrong("says in several ways what is one thing, or in none", "one of cluster, by, each")
        if level.within and not level.by:
            child.child("within").wrong("stands without 'by'", "the columns that tell things apart within that level")
        levels[name] = level
    return tuple(levels.values())


def expand(
    records: pl.DataFrame,
    clusters: pl.DataFrame,
    levels: tuple[Level, ...],
    series: Mapping[str, Numbering],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records and clusters of the registry: a row per record and level (per place where records list things).

    `records`: keys, `series`, `official_id`, `is_subject` and the columns that the levels name. An official number goes
    to the level whose pattern it fits; one that fits none stays with the level of the record's own series. Raises
    SehatmuError where a column is missing.
    """
    _demand_columns(records, levels)
    joined = records.join(clusters.select("record_key", "cluster_key"), on="record_key", how="left")
    fits = [pl.col("official_id").str.contains(numbering.official).fill_null(False) for numbering in series.values()]
    joined = joined.with_columns(fits_none=~pl.any_horizontal(fits))
    parts: list[pl.DataFrame] = []
    keyed: dict[str, pl.DataFrame] = {}
    for level in levels:
        if level.each:
            parts.append(_places(joined, level))
            continue
        members = _members(joined, level, keyed)
        keyed[level.name] = members.select("record_key", "cluster_key")
        parts.append(_numbered(members, level, series[level.series]))
    everything = pl.concat(parts, how="diagonal").sort("record_key")
    return everything.drop("cluster_key"), everything.select("record_key", "cluster_key")


def expand_ghosts(ghosts: pl.DataFrame, levels: tuple[Level, ...]) -> pl.DataFrame:
    """Records that came back under another key, on every level that they may have had a part in."""
    parts = [ghosts.select(_key("ghost_key", level), _key("new_key", level)) for level in levels if not level.each]
    return pl.concat([ghosts.clear(), *parts])


def level_links(links: pl.DataFrame, records: pl.DataFrame, levels: tuple[Level, ...]) -> pl.DataFrame:
    """What every record is on every level (`LEVELS`), from the registry's links; sorted."""
    parts = [LEVELS.to_frame()]
    known = links.select(member="record_key", master_id="master_id", build_date="build_date")
    for level in levels:
        if level.each:
            placed = _placed(records.select("record_key", thing=level.each), level)
            own = pl.concat(
                [placed.select("record_key", "member"), placed.select("member", record_key="member")], how="diagonal"
            )
        else:
            own = records.select("record_key", member=pl.concat_str("record_key", pl.lit(f"@{level.name}")))
        found = own.join(known, on="member")
        parts.append(found.select(pl.lit(level.name).alias("level"), "record_key", "master_id", "build_date"))
    return pl.concat(parts).sort("level", "record_key", "master_id", nulls_last=True)


def finest_links(told: pl.DataFrame, records: pl.DataFrame, levels: tuple[Level, ...], *, index: str) -> pl.DataFrame:
    """One row per record: its identity on the finest of its own levels, those of its series and within it.

    In the columns of `Assigned.links`; `master_id` is null where the record has none. A record that has no part in any
    of its levels (a row that could not be read) is so since its `delivery_date`.
    """
    rank = {level.name: place for place, level in enumerate(levels)}
    within = {level.name: level.within for level in levels if level.within}
    roots = {name: _root(name, within) for name in rank}
    own = (
        told.with_columns(
            rank=pl.col("level").replace_strict(rank, return_dtype=pl.Int32),
            root=pl.col("level").replace_strict(roots, return_dtype=pl.String),
        )
        .join(records.select("record_key", "series"), on="record_key")
        .filter(pl.col("root") == pl.col("series"))
        .sort("record_key", pl.col("master_id").is_null(), -pl.col("rank"), "master_id")
        .unique("record_key", keep="first", maintain_order=True)
    )
    return (
        records.select(*_KEYS, "delivery_date")
        .join(own.select("record_key", "master_id", "build_date"), on="record_key", how="left")
        .with_columns(pl.coalesce("build_date", "delivery_date").alias("build_date"))
        .select(
            pl.lit(index).alias("index"), "source", "extract", "source_key", "record_key", "master_id", "build_date"
        )
        .sort("record_key")
    )


def _demand_columns(records: pl.DataFrame, levels: tuple[Level, ...]) -> None:
    named = {column for level in levels for column in level.columns}
    if missing := sorted(named - set(records.columns)):
        raise SehatmuError(
            "the records lack columns that tell levels of identity apart",
            evidence=", ".join(missing),
            hint="the section `identity.levels` of the linkage file and the standardiser must name the same columns",
        )


def _root(name: str, within: Mapping[str, str]) -> str:
    while name in within:
        name = within[name]
    return name


def _key(column: str, level: Level) -> pl.Expr:
    return pl.concat_str(column, pl.lit(f"@{level.name}")).alias(column)


def _placed(listed: pl.DataFrame, level: Level) -> pl.DataFrame:
    """A row per record and place of its list `thing`, with the registry's key of that part (`member`)."""
    places = listed.with_columns(place=pl.int_ranges(1, pl.col("thing").list.len() + 1)).drop_nulls("thing")
    each = places.explode("thing", "place").drop_nulls("thing")
    return each.with_columns(member=pl.concat_str("record_key", pl.lit(f"@{level.name}#"), "place"))


def _members(joined: pl.DataFrame, level: Level, keyed: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The records of a level with the key of what they are one of there (`cluster_key`)."""
    if level.cluster:
        return joined.filter(pl.col("series") == level.name)
    whole = joined.drop_nulls(list(level.by))
    if level.within:
        whole = whole.drop("cluster_key").join(keyed[level.within], on="record_key")
    parts = [*(["cluster_key"] if level.within else []), *level.by]
    return whole.with_columns(cluster_key=pl.concat_str(parts, separator=_SEPARATOR))


def _numbered(members: pl.DataFrame, level: Level, numbering: Numbering) -> pl.DataFrame:
    number = pl.col("official_id")
    if level.is_borrowed:
        number = pl.lit(None, pl.String)
    else:
        fits = number.str.contains(numbering.official) | (pl.col("fits_none") & (pl.col("series") == level.name))
        number = pl.when(fits).then(number)
    return members.select(
        pl.concat_str("record_key", pl.lit(f"@{level.name}")).alias("record_key"),
        "source",
        "extract",
        "source_key",
        official_id=number,
        series=pl.lit(level.series),
        is_subject="is_subject",
        cluster_key=pl.concat_str(pl.lit(f"{level.name}{_SEPARATOR}"), "cluster_key"),
    )


def _places(joined: pl.DataFrame, level: Level) -> pl.DataFrame:
    listed = joined.select(*_KEYS, "is_subject", pl.col(str(level.each)).alias("thing"))
    return _placed(listed, level).select(
        "source",
        "extract",
        "source_key",
        "is_subject",
        record_key="member",
        official_id=pl.lit(None, pl.String),
        series=pl.lit(level.series),
        cluster_key=pl.concat_str(pl.lit(f"{level.name}{_SEPARATOR}"), "thing"),
    )
