"""The event files of a build: the one place that says which columns they have.

`events/event.parquet` holds what happened to identities in that build, `events/link.parquet` the records
whose master changed, `events/official.parquet` the official numbers delivered for the first time. Publish
writes them from the frames of `assign`; `state` reads them back; a build that changed nothing writes them
empty. All indexes share the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.home import Manifest

EVENT = "event"
LINK = "link"
OFFICIAL = "official"

EVENTS = ("mint", "revive", "redirect", "merge", "split", "retire")
"""What may happen to an identity, in the order in which one night tells it.

mint      an id came to be: minted by us, or official and seen for the first time
revive    a retired id has records again, or an id that gave way comes back to its own records
redirect  the same identity has a new number (other_id), delivered by a source
merge     the records joined those of other_id, where this id leads from now on
split     records of other_id now belong to this id (a part that minted, or records that moved)
retire    no record is left
"""

SCHEMAS: Mapping[str, pl.Schema] = {
    EVENT: pl.Schema(
        {
            "index": pl.String,
            "master_id": pl.String,
            "event": pl.String,  # one of EVENTS; but for split, at most one a night and id
            "build_date": pl.Date,
            "other_id": pl.String,  # redirect, merge: where it leads; split: where it came from; else null
            "reason": pl.String,
            "record_key": pl.String,  # mint: the founding record; else null
            "id_origin": pl.String,  # mint: official | minted; else null
            "series": pl.String,  # mint: the series of numbers; else null
            "counter": pl.Int64,  # mint of a minted number: its counter in the series; else null
        }
    ),
    LINK: pl.Schema(
        {
            "index": pl.String,
            "record_key": pl.String,
            "master_id": pl.String,  # null: the record is gone, or it is there and has no master
            "build_date": pl.Date,
        }
    ),
    OFFICIAL: pl.Schema(
        {
            "index": pl.String,
            "number": pl.String,
            "record_key": pl.String,  # the smallest record key that delivered it first
            "build_date": pl.Date,
        }
    ),
}


def empty(name: str) -> pl.DataFrame:
    """An empty frame of one of the event files."""
    return pl.DataFrame(schema=SCHEMAS[name])


def read_events(
    manifests: Sequence[Manifest], name: str, *, index: str | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """One event file of all these builds as one frame, oldest build first; of one index or of all, and of the rows
    `where` something holds, or of all.

    Raises SehatmuError where a build has lost the file: without it no identity of a later build is certain.
    """
    paths = [manifest.folder / "events" / f"{name}.parquet" for manifest in manifests]
    lost = [str(m.build) for m, path in zip(manifests, paths, strict=True) if not path.is_file()]
    if lost:
        raise SehatmuError(
            "an event file is missing",
            evidence=f"events/{name}.parquet of build {', '.join(lost[:3])}",
            hint="event files are kept for ever: restore it from a backup, or roll back to an earlier build",
        )
    if not paths:
        return empty(name)
    rows = pl.scan_parquet(paths).select(SCHEMAS[name].names())
    rows = rows if index is None else rows.filter(pl.col("index") == index)
    return (rows if where is None else rows.filter(where)).collect()
