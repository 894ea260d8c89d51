"""Versions of clinical resources: which rows are one resource, what it is called, and which of its versions holds.

Rows are those of the extracts `faskes/kunjungan` and `faskes/diagnostik`, accepted, every delivery of them. A resource
is known by its business identifier; without one by its id, or by the fullUrl that other lines call it by. Frames in,
frames out; what a resource refers to is looked for by `golden.clinical_references`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sehatmu.memory import memory
from sehatmu.standardise.clinical_names import list_names

_SYSTEM = r"sys-ids\.kemkes\.go\.id/+(.+?)/*$"
#: What a resource is known by.
IDENTITY = ("resource_type", "identifier_system", "identifier", "resource_id", "full_url")
_ORDER = ("version", "last_updated_at", "delivery_date", "source_key")
_VOID = ("cancelled", "entered-in-error", "revoked", "not-done")
_BOOKKEEPING = (
    *("source", "extract", "record_key", "file_name", "row_number", "file_hash", "flags", "is_current"),
    *("delivery_date", "source_key"),
)


@dataclass(frozen=True, slots=True)
class Versions:
    """`newest`: the rows that hold, one per resource, with `clinical_id` and `organization`. `earlier`: the rows that a
    later version replaced, with `clinical_id`, `sequence` (from 1, the oldest), `since_date` and `until_date`. `names`:
    what each row, in their order, calls its resource (`clinical_names.list_names`)."""

    newest: pl.DataFrame
    earlier: pl.DataFrame
    names: pl.DataFrame


def list_versions(rows: pl.DataFrame) -> Versions:
    """Tell resources and their versions apart, in any order of rows.

    The newest is the one with the highest version; where that says nothing, the one stored last; then the one delivered
    last; ties end in the key of the row. A row that only says again what the version before it says is no version.
    """
    named = identify(rows)
    is_newest = ~named["clinical_id"].hash().is_duplicated()
    several = named.with_row_index("place").filter(~is_newest)
    order = ["clinical_id", *_ORDER]
    several = several.sort(order, nulls_last=False)
    content = several.drop("place", *_BOOKKEEPING, strict=False).hash_rows(seed=0)
    is_same = (content == content.shift()) & (several["clinical_id"] == several["clinical_id"].shift())
    several = several.filter(~is_same.fill_null(False)).with_columns(
        sequence=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("clinical_id"),
        since_date="delivery_date",
        until_date=pl.col("delivery_date").shift(-1).over("clinical_id"),
        is_last=pl.int_range(pl.len()).over("clinical_id") == pl.len().over("clinical_id") - 1,
    )
    is_newest = is_newest.scatter(several.filter("is_last")["place"], True)
    names, columns = list_names(named), named.get_columns()[::-1]
    del rows, named  # large: each column is let go of when the newest rows of it are taken, in one piece
    named = pl.DataFrame([columns.pop().filter(is_newest).rechunk() for _ in range(len(columns))])
    return Versions(named, several.filter(~pl.col("is_last")).drop("is_last", "place"), names)


def identify(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with `clinical_id` and `organization`, and their identifier system in its usual form.

    Which resource a row is of depends on what it is known by (`IDENTITY`) and, where it has an id but no identifier, on
    rows of the same id; no other row counts.
    """
    system, space = pl.col("identifier_system"), pl.col("space")
    systems = rows.select(system.unique()).with_columns(space=system.str.extract(_SYSTEM).str.to_lowercase())
    systems = systems.with_columns(
        organization=space.str.extract(r"/([0-9]{8,10})(?:/|$)"),
        usual=pl.coalesce(pl.concat_str(pl.lit("http://sys-ids.kemkes.go.id/"), space), system),
    )
    told = rows.select(system).join(
        systems, on="identifier_system", how="left", maintain_order="left", nulls_equal=True
    )
    named = rows.with_columns(
        told["space"],
        told["organization"],
        told["usual"].alias("identifier_system"),
        pl.col("full_url").str.to_lowercase(),
    )
    return named.with_columns(clinical_id=_ids(_keys(named.select(IDENTITY))))


def is_void() -> pl.Expr:
    """Whether a resource was cancelled or is a mistake: published with its status, and left out of all views."""
    return (pl.col("status").is_in(_VOID) | (pl.col("verification_status") == "entered-in-error")).fill_null(False)


def _keys(told: pl.DataFrame) -> pl.Series:
    """What each row is known by, as text: its business identifier; one that another row of its id has; its id."""
    space = pl.col("identifier_system").fill_null("")
    named = told.with_columns(own=pl.concat_str("resource_type", space, "identifier", separator="|"))
    lacking = named.filter(pl.col("own").is_null() & pl.col("resource_id").is_not_null())
    on = ["resource_type", "resource_id"]
    lent = (
        named.filter(pl.col("own").is_not_null())
        .join(lacking.select(on).unique(), on=on, how="semi")
        .group_by(on)
        .agg(lent=pl.col("own").min())
    )
    if lent.height:
        named = named.join(lent, on=on, how="left", maintain_order="left")
    else:
        named = named.with_columns(lent=pl.lit(None, pl.String))
    bare = pl.coalesce("resource_id", pl.col("full_url").str.strip_prefix("urn:uuid:"))
    by_id = pl.concat_str("resource_type", pl.lit("id"), bare, separator="|")
    return named.select(key=pl.coalesce("own", "lent", by_id))["key"]


def _ids(keys: pl.Series) -> pl.Series:
    """The number of each resource, for life: 32 hex of the MD5 of what it is known by."""
    with memory() as con:
        con.register("told", keys.to_frame("key"))
        told: pl.DataFrame = con.sql("SELECT md5(key) AS id FROM told").pl()
    return told["id"]
