"""The gates of identity: what must hold before a build may become current.

Each check returns what breaks it as rows `check, master_id, record_key`; no rows, no fault. A `record_key` is
source side and may be personal: count it in messages, do not show it.
"""

from __future__ import annotations

import polars as pl

from sehatmu.identity.keys import are_same_once
from sehatmu.identity.state import State, redirects

VIOLATIONS = pl.Schema({"check": pl.String, "master_id": pl.String, "record_key": pl.String})


def check_identity(state: State, links: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """All checks of one index: `state` after the night, its `links`, and the records that were linked."""
    return pl.concat(
        [
            minted_numbers_are_ours(state),
            records_have_one_master(links, records),
            links_lead_to_active_masters(state, links),
            redirects_end(state),
        ]
    )


def minted_numbers_are_ours(state: State) -> pl.DataFrame:
    """No minted id equals an official number that was ever delivered, and no id came to be twice."""
    minted = state.masters.filter(pl.col("id_origin") == "minted")
    delivered = state.official.select("number")
    twice = state.masters.filter(pl.col("master_id").is_duplicated())
    return pl.concat(
        [
            _broken(
                "minted id was delivered",
                minted.join(delivered, left_on="master_id", right_on="number", how="semi"),
            ),
            _broken("id came to be twice", twice),
        ]
    )


def records_have_one_master(links: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Every record is linked exactly once, and only records are; a record that is a subject has a master."""
    subjects = records.filter("is_subject") if "is_subject" in records.columns else records
    nobody = links.filter(pl.col("master_id").is_null()).join(subjects, on="record_key", how="semi")
    if are_same_once(records["record_key"], links["record_key"]):
        return _broken("record without a master", nobody)
    return pl.concat(
        [
            _broken("record without a link", records.join(links, on="record_key", how="anti")),
            _broken("link without a record", links.join(records, on="record_key", how="anti")),
            _broken("record linked twice", links.filter(pl.col("record_key").is_duplicated())),
            _broken("record without a master", nobody),
        ]
    )


def links_lead_to_active_masters(state: State, links: pl.DataFrame) -> pl.DataFrame:
    """Records belong to active ids, every active id has a record, and no id is without a known status."""
    active = state.masters.filter(pl.col("status") == "active")
    lost = state.masters.filter(~pl.col("status").is_in(["active", "retired", "redirected"]))
    linked = links.filter(pl.col("master_id").is_not_null())
    return pl.concat(
        [
            _broken("record of an id that is not active", linked.join(active, on="master_id", how="anti")),
            _broken("active id without a record", active.join(linked, on="master_id", how="anti")),
            _broken("id that is neither active, retired nor redirected", lost),
        ]
    )


def redirects_end(state: State) -> pl.DataFrame:
    """Every redirected id leads, in the end, to one that is active or retired; so there is no cycle."""
    ends = state.masters.filter(pl.col("status") != "redirected").select(current_id="master_id")
    ends = pl.concat([ends, state.beyond.to_frame().select(current_id="master_id")])
    astray = redirects(state).join(ends, on="current_id", how="anti").rename({"retired_id": "master_id"})
    return _broken("redirect that leads nowhere", astray)


def _broken(check: str, rows: pl.DataFrame) -> pl.DataFrame:
    named = {name: pl.col(name) if name in rows.columns else pl.lit(None, pl.String) for name in VIOLATIONS.names()[1:]}
    return rows.select(check=pl.lit(check), **named).cast(VIOLATIONS).sort("master_id", "record_key")
