"""Which sources know which masters, by which codes and since when, and which kinds no source delivers yet.

Coverage is told from the state of identity, so nothing is stored for it: a record that stays writes nothing,
and yet every night knows when each source saw each master first and last.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl

from sehatmu.identity.state import State, redirects

NO_SOURCE = "no source yet"


def cover_sources(state: State) -> pl.DataFrame:
    """Every master and source that ever met: `index, master_id, source, extract, first_seen, last_seen`.

    `state` is the one after tonight. Dates are those of builds. Records count for the master that they
    belong to now, or belonged to when they went; masters that have retired stay in the list.
    """
    before = dict(pairwise(reversed(state.builds)))
    last_build = pl.lit(state.last_build, pl.Date)
    left = pl.col("build_date").replace_strict(before, default=None, return_dtype=pl.Date)
    forward = redirects(state).select("retired_id", "current_id")
    parts = pl.col("record_key").str.splitn("|", 3)
    return (
        state.links.filter(pl.col("last_master_id").is_not_null())
        .join(forward, left_on="last_master_id", right_on="retired_id", how="left")
        .select(
            pl.lit(state.index).alias("index"),
            pl.coalesce("current_id", "last_master_id").alias("master_id"),
            parts.struct.field("field_0").alias("source"),
            parts.struct.field("field_1").alias("extract"),
            "first_seen",
            last_seen=pl.when(pl.col("master_id").is_null()).then(left).otherwise(last_build),
        )
        .group_by("index", "master_id", "source", "extract")
        .agg(pl.col("first_seen").min(), pl.col("last_seen").max())
        .sort("master_id", "source", "extract")
    )


def list_identifiers(
    identifiers: pl.DataFrame,
    links: pl.DataFrame,
    *,
    build_date: date,
    previous: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The codes of every master: `master_id, namespace, code, source, extract, source_key, build_date`.

    `identifiers`: record_key, namespace, code. `links`: those of tonight. `build_date` is since when the
    master has this code from this record, carried over from `previous` (the same frame of the parent build).
    """
    columns = ["master_id", "namespace", "code", "source", "extract", "source_key"]
    held = links.filter(pl.col("master_id").is_not_null())
    listed = identifiers.select("record_key", "namespace", "code").join(
        held.select("record_key", "master_id", "source", "extract", "source_key"), on="record_key"
    )
    # Sorted before doubles are dropped, not after: rows that already stand by record sort in half the time.
    listed = listed.select(columns).sort(columns, nulls_last=True)
    differs = pl.any_horizontal(pl.col(column).ne_missing(pl.col(column).shift()) for column in columns)
    listed = listed.filter(differs | (pl.int_range(pl.len()) == 0))
    if previous is None:
        return listed.with_columns(build_date=pl.lit(build_date))
    since = previous.select(*columns, "build_date")
    joined = listed.join(since, on=columns, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col("build_date").fill_null(pl.lit(build_date)))


def cover_kinds(kinds: pl.DataFrame, records: pl.DataFrame, golden: pl.DataFrame, *, kind_column: str) -> pl.DataFrame:
    """Every kind of the codebook: `kind_code, kind_name, sources, record_count, master_count`.

    `kinds`: kind_code, name. `records`: kind_code, source, extract. `golden` has the kind in `kind_column`.
    `sources` lists `source/extract`, or says that there is no source yet.
    """
    place = pl.concat_str("source", pl.lit("/"), "extract")
    delivered = records.group_by("kind_code").agg(
        sources=place.unique().sort().str.join(", "), record_count=pl.len().cast(pl.Int64)
    )
    known = golden.group_by(pl.col(kind_column).alias("kind_code")).agg(master_count=pl.len().cast(pl.Int64))
    return (
        kinds.select("kind_code", kind_name="name")
        .unique("kind_code", keep="first", maintain_order=True)
        .join(delivered, on="kind_code", how="left")
        .join(known, on="kind_code", how="left")
        .with_columns(pl.col("sources").fill_null(NO_SOURCE), pl.col("record_count", "master_count").fill_null(0))
        .sort("kind_code")
    )
