"""What differs between the golden records of two builds: per value, and as whole versions that ended.

Both are kept for ever in the event files, so a night in which nothing changed adds nothing. Works on the
columns that it finds, so it serves every index.
"""

from __future__ import annotations

from datetime import date

import polars as pl

CHANGES = pl.Schema(
    {
        "index": pl.String,
        "master_id": pl.String,
        "column_name": pl.String,
        "old_value": pl.String,
        "new_value": pl.String,
        "from_build": pl.String,
        "to_build": pl.String,
    }
)


def changes(
    previous: pl.DataFrame | None,
    golden: pl.DataFrame,
    *,
    index: str,
    from_build: str | None,
    to_build: str,
    minted: pl.Series | None = None,
) -> pl.DataFrame:
    """The values that changed, as text, in the columns of `CHANGES`.

    `from_build` is the build that had the old value, `to_build` the one that has the new. A master that left
    or came back is told by all its values; one of `minted` (the ids that came to be tonight; by default every
    id that `previous` lacks) is not told at all: its mint is an event already. Columns that one side lacks
    count as null there.
    """
    if previous is None:
        return CHANGES.to_frame()
    previous, golden = _without_equal(previous, golden)
    new_ids = golden["master_id"].filter(~golden["master_id"].is_in(previous["master_id"].implode()))
    born = pl.DataFrame({"master_id": new_ids if minted is None else minted}, schema={"master_id": pl.String})
    old = _as_text(previous).select("master_id", pl.exclude("master_id").name.prefix("old "))
    new = _as_text(golden.join(born, on="master_id", how="anti"))
    both = old.join(new, on="master_id", how="full", coalesce=True)
    columns = sorted({*previous.columns, *golden.columns} - {"master_id", "build_date"})
    told = [CHANGES.to_frame()]
    for column in columns:
        before = pl.col(f"old {column}") if column in previous.columns else pl.lit(None, pl.String)
        after = pl.col(column) if column in golden.columns else pl.lit(None, pl.String)
        told.append(
            both.filter(before.ne_missing(after)).select(
                pl.lit(index).alias("index"),
                "master_id",
                pl.lit(column).alias("column_name"),
                before.alias("old_value"),
                after.alias("new_value"),
                pl.lit(from_build, pl.String).alias("from_build"),
                pl.lit(to_build).alias("to_build"),
            )
        )
    return pl.concat(told).sort("master_id", "column_name")


def ended_versions(previous: pl.DataFrame | None, golden: pl.DataFrame, *, build_date: date) -> pl.DataFrame:
    """The rows of `previous` that tonight no longer publishes as they were, with `until_date` = tonight.

    A version is a master's row with its build_date: `golden` carries the date over where nothing changed.
    """
    rows = golden.clear() if previous is None else previous
    ended = rows.join(golden.select("master_id", "build_date"), on=["master_id", "build_date"], how="anti")
    return ended.with_columns(until_date=pl.lit(build_date)).sort("master_id")


def _without_equal(previous: pl.DataFrame, golden: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both without the masters whose values are all the same, which are nearly all of them on most nights."""
    pairs = (
        previous.select("master_id")
        .with_row_index("before")
        .join(golden.select("master_id").with_row_index("after"), on="master_id")
    )
    equal = pl.repeat(True, pairs.height, eager=True)
    for column in {*previous.columns, *golden.columns} - {"master_id", "build_date"}:
        sides = [
            f[column].gather(pairs[row]) for f, row in ((previous, "before"), (golden, "after")) if column in f.columns
        ]
        if len(sides) == 1:
            equal &= sides[0].is_null()
        elif sides[0].dtype == sides[1].dtype:
            equal &= sides[0].eq_missing(sides[1])
        else:
            return previous, golden
    same = pairs.filter(equal)["master_id"].implode()
    return previous.filter(~pl.col("master_id").is_in(same)), golden.filter(~pl.col("master_id").is_in(same))


def _as_text(golden: pl.DataFrame) -> pl.DataFrame:
    return golden.with_columns(pl.all().cast(pl.String))
