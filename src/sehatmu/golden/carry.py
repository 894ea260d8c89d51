"""Masters that nothing touched since the build before keep what was made for them; only the others are made again.

A master is touched where one of its rows in the frames that golden reads came, went or differs, where a record joined
or left it, or where identity tells an event of it. What is carried is made of one master's rows at a time, so both ways
give the same, which a property test holds. Called by the assets, which know whether the same code made both builds.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.golden.config import Survivorship
from sehatmu.golden.redelivery import redelivered_keys


def touched_masters(
    tonight: Mapping[str, pl.DataFrame],
    before: Mapping[str, pl.DataFrame],
    events: pl.DataFrame,
    survivorship: Survivorship,
) -> pl.Series | None:
    """Ids (of tonight or of the build before) whose golden rows may differ; None: any may, since columns differ.

    Both map the same names to frames with a `record_key`, among them `record` and `link` (record_key, master_id).
    `events`: those of tonight (master_id, other_id). Rows are compared by a hash of 64 bits, as linkage compares its
    records; dates of delivery by their order alone (`redelivery`).
    """
    changed = []
    for name, frame in tonight.items():
        if frame.schema != before[name].schema:
            return None
        changed.append(_changed_keys(frame, before[name]))
    redelivered = redelivered_keys(tonight["record"], before["record"], tonight["link"], survivorship)
    if redelivered is None:
        return None
    keys = pl.concat([*changed, redelivered]).unique().implode()
    masters = [
        links.filter(pl.col("record_key").is_in(keys))["master_id"].rename("master_id")
        for links in (tonight["link"], before["link"])
    ]
    masters += [events[column].cast(pl.String).rename("master_id") for column in ("master_id", "other_id")]
    return pl.concat(masters).drop_nulls().unique().sort()


def only(frame: pl.DataFrame, masters: pl.Series) -> pl.DataFrame:
    """The rows of these masters."""
    return frame.filter(pl.col("master_id").is_in(masters.implode()))


def carry(previous: pl.DataFrame, made: pl.DataFrame, masters: pl.Series) -> pl.DataFrame:
    """A golden table: `made` for the touched `masters`, and the rows of `previous` for all others.

    Both are sorted by master_id first, and so is the result.
    """
    kept = previous.filter(~pl.col("master_id").is_in(masters.implode()))
    return kept.merge_sorted(made.select(kept.columns), key="master_id")


def _changed_keys(frame: pl.DataFrame, before: pl.DataFrame) -> pl.Series:
    """Keys of the rows that only one of the two has."""
    now, then = (f.select(pl.exclude("delivery_date")).hash_rows() for f in (frame, before))
    return pl.concat(
        [
            frame.filter(~now.is_in(then.implode()))["record_key"],
            before.filter(~then.is_in(now.implode()))["record_key"],
        ]
    )
