"""Versions of clinical resources: which rows are one resource, what it is called, and which of its versions holds.

Rows are those of the extracts `faskes/kunjungan` and `faskes/diagnostik`, accepted, every delivery of them. A resource
is known by its business identifier; without one by its id, or by the fullUrl that other lines call it by. Frames in,
frames out; what a resource refers to is looked for by `golden.clinical_references`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

_SYSTEM = r"sys-ids\.kemkes\.go\.id/+(.+?)/*$"
_IDENTITY = ("resource_type", "identifier_system", "identifier", "resource_id", "full_url")
_CALLED = ("resource_type", "resource_id", "full_url", "organization", "identifier", "clinical_id")
_ORDER = ("version", "last_updated_at", "delivery_date", "source_key")
_VOID = ("cancelled", "entered-in-error", "revoked", "not-done")
_BOOKKEEPING = (
    *("source", "extract", "record_key", "file_name", "row_number", "file_hash", "flags", "is_current"),
    *("delivery_date", "source_key"),
)


@dataclass(frozen=True, slots=True)
class Versions:
    """`newest`: the rows that hold, one per resource, with `clinical_id` and `organization`. `earlier`: the rows that a
    later version replaced, with `clinical_id`, `sequence` (from 1, the oldest), `since_date` and `until_date`.
    `called`: what each resource was called in any version (`resource_type, resource_id, full_url, organization,
    identifier, clinical_id`)."""

    newest: pl.DataFrame
    earlier: pl.DataFrame
    called: pl.DataFrame


def list_versions(rows: pl.DataFrame) -> Versions:
    """Tell resources and their versions apart, in any order of rows.

    The newest is the one with the highest version; where that says nothing, the one stored last; then the one delivered
    last; ties end in the key of the row. A row that only says again what the version before it says is no version.
    """
    named = rows.with_columns(
        pl.col("full_url").str.to_lowercase(), space=pl.col("identifier_system").str.extract(_SYSTEM).str.to_lowercase()
    ).with_columns(
        organization=pl.col("space").str.extract(r"/([0-9]{8,10})(?:/|$)"),
        identifier_system=pl.coalesce(
            pl.concat_str(pl.lit("http://sys-ids.kemkes.go.id/"), "space"), "identifier_system"
        ),
    )
    named = named.with_columns(clinical_id=_ids(_keys(named.select(_IDENTITY))))
    is_one = ~named["clinical_id"].is_duplicated()
    several = named.filter(~is_one)
    order = ["clinical_id", *_ORDER]
    several = several.sort(order, nulls_last=False)
    content = several.drop(*(name for name in _BOOKKEEPING if name in several.columns)).hash_rows(seed=0)
    is_same = (content == content.shift()) & (several["clinical_id"] == several["clinical_id"].shift())
    several = several.filter(~is_same.fill_null(False)).with_columns(
        sequence=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("clinical_id"),
        since_date="delivery_date",
        until_date=pl.col("delivery_date").shift(-1).over("clinical_id"),
        is_last=pl.int_range(pl.len()).over("clinical_id") == pl.len().over("clinical_id") - 1,
    )
    extra = ["sequence", "since_date", "until_date", "is_last"]
    last, called = several.filter("is_last").drop(extra), named.select(_CALLED)
    if last.height:
        columns = named.get_columns()[::-1]
        del rows, named  # large: each column is let go of when the newest rows of it are taken
        newest = [pl.concat([columns.pop().filter(is_one), last[name]], rechunk=True) for name in last.columns]
        named = pl.DataFrame(newest)
    return Versions(named, several.filter(~pl.col("is_last")).drop("is_last"), called)


def is_void() -> pl.Expr:
    """Whether a resource was cancelled or is a mistake: published with its status, and left out of all views."""
    return (pl.col("status").is_in(_VOID) | (pl.col("verification_status") == "entered-in-error")).fill_null(False)


def address(reference: pl.Expr, kind: str, organization: pl.Expr) -> pl.Expr:
    """What a reference to a resource of that kind says, in the one form that `find` knows.

    `Type/id` wherever it stands, `urn:uuid:...`, or else a business identifier of the sender's organisation.
    """
    typed = reference.str.extract(r"(?:^|/)((?:[A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64})(?:/_history/.*)?$")
    urn = pl.when(reference.str.starts_with("urn:uuid:")).then(reference.str.to_lowercase())
    own = pl.concat_str(pl.lit(kind), organization.fill_null(""), reference, separator="#")
    return pl.coalesce(typed, urn, own)


def find(called: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Who answers to these addresses: `address, resource_type, clinical_id`; several where an address is not unique."""
    kind, bare = pl.col("resource_type"), pl.col("resource_id").str.to_lowercase()
    ways = (
        (wanted.str.contains("/"), pl.concat_str(kind, pl.lit("/"), "resource_id")),
        (wanted.str.starts_with("urn:uuid:"), pl.concat_str(pl.lit("urn:uuid:"), bare)),
        (wanted.str.starts_with("urn:uuid:"), pl.col("full_url")),
        (wanted.str.contains("#"), pl.concat_str(kind, "organization", "identifier", separator="#")),
        (wanted.str.contains("##"), pl.concat_str(kind, pl.lit(""), "identifier", separator="#")),
    )
    found = [pl.DataFrame(schema={"address": pl.String, "resource_type": pl.String, "clinical_id": pl.String})]
    for asked, way in ways:
        some = wanted.filter(asked).unique()
        if len(some):
            listed = called.select(address=way, resource_type="resource_type", clinical_id="clinical_id")
            found.append(listed.filter(pl.col("address").is_in(some.implode())))
    return pl.concat(found).unique()


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
    with duckdb.connect() as con:
        con.register("told", keys.to_frame("key"))
        told: pl.DataFrame = con.sql("SELECT md5(key) AS id FROM told").pl()
    return told["id"]
