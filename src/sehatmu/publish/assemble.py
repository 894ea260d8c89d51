"""From the frames of all domains to the tables and event files of one build.

A domain brings the same frames whatever it is about; here they are put under each other, so that the shared
schemas (xref, review, quarantine, meta, history) hold every index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

# Shared table: the frames of each domain that make it, as `layer.table`.
SHARED_TABLES = {
    "xref.record_link": "identity.link",
    "xref.redirect": "identity.redirect",
    "review.possible_match": "pairs.review",
    "review.decision": "pairs.decision",
    "history.origin": "golden.origin",
}
EVENT_FILES = {
    "event": "identity.event",
    "link": "identity.changed_link",
    "official": "identity.official",
    "golden_change": "golden.change",
}


def event_files(frames: Iterable[Mapping[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """The event files that all indexes share, from each domain's frames by `layer.table`."""
    domains = list(frames)
    return {name: pl.concat([d[frame] for d in domains]) for name, frame in EVENT_FILES.items()}


def intake_tables(files: Iterable[pl.DataFrame], rows: Iterable[pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """`meta.source_file` and `quarantine.row` from what every extract has in force."""
    return {
        "meta.source_file": pl.concat(files).filter("is_current"),
        "quarantine.row": pl.concat(rows).filter("is_current"),
    }


def metric_table(build: str, rows: Mapping[str, int]) -> pl.DataFrame:
    """`meta.metric` from the row count of every table of the lake, by `layer/domain/table`."""
    named = pl.DataFrame(
        {"path": list(rows), "value": list(rows.values())}, schema={"path": pl.String, "value": pl.Float64}
    )
    part = pl.col("path").str.split("/").list
    return named.select(
        pl.lit(build).alias("build"),
        part.get(0).alias("layer"),
        part.get(1).alias("domain"),
        pl.concat_str(part.get(2), pl.lit(" rows")).alias("name"),
        "value",
    )
