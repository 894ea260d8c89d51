"""What is odd about records (with the master that they belong to) and about identities, in one list per index."""

from __future__ import annotations

import polars as pl

COLUMNS = ("finding", "master_id", "source", "extract", "source_key", "record_key", "detail")


def list_findings(findings: pl.DataFrame, links: pl.DataFrame, identity_findings: pl.DataFrame) -> pl.DataFrame:
    """The findings of standardising (record_key, finding, detail) and of identity (master_id, finding, detail)."""
    about_records = findings.join(
        links.select("record_key", "master_id", "source", "extract", "source_key"),
        on="record_key",
        how="left",
        maintain_order="left",
    )
    about_masters = identity_findings.select("master_id", "finding", "detail")
    return pl.concat([about_records, about_masters], how="diagonal").select(COLUMNS)
