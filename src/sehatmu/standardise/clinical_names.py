"""What clinical resources are called, and how others ask for them: texts, and numbers of 64 bits that stand for them.

A reference leads to whatever has its number among its names. Numbers are small enough to keep those of every resource
from night to night, so that a night asks only what is new. They hold for one version of the library that hashes: so do
the numbers of the rows themselves, so that with another one every row is a new one.
"""

from __future__ import annotations

import polars as pl

#: By which names a resource answers, as columns of numbers.
NAMES = ("by_id", "by_urn", "by_full_url", "by_number", "by_bare_number")
#: What tells an accepted row from all others, whatever the contract.
ROW = ("file_name", "file_hash", "row_number")


def shorten(text: pl.Expr) -> pl.Expr:
    """The number that stands for a text; null for null."""
    return pl.when(text.is_not_null()).then(text.hash())


def number_rows(rows: pl.DataFrame) -> pl.Series:
    """A number for each accepted row (`ROW`), the same every night."""
    return rows.select(ROW).hash_rows().alias("row")


def list_names(named: pl.DataFrame) -> pl.DataFrame:
    """`resource, clinical_id, resource_type` and the columns `NAMES` of each row: what its version is called.

    `named`: rows with `clinical_id` and `organization`. Resources of other organisations may have the same business
    identifier: `by_bare_number` is for those who ask without an organisation.
    """
    kind = pl.col("resource_type")
    names = {
        "by_id": pl.concat_str(kind, pl.lit("/"), "resource_id"),
        "by_urn": pl.concat_str(pl.lit("urn:uuid:"), pl.col("resource_id").str.to_lowercase()),
        "by_full_url": pl.col("full_url"),
        "by_number": pl.concat_str(kind, "organization", "identifier", separator="#"),
        "by_bare_number": pl.concat_str(kind, pl.lit(""), "identifier", separator="#"),
    }
    return named.select(
        pl.col("clinical_id").hash().alias("resource"),
        "clinical_id",
        "resource_type",
        *(shorten(text).alias(name) for name, text in names.items()),
    )


def address(reference: pl.Expr, kind: str, organization: pl.Expr) -> pl.Expr:
    """What a reference to a resource of that kind says, as one of the names of it.

    `Type/id` wherever it stands, `urn:uuid:...`, or else a business identifier of the sender's organisation.
    """
    typed = reference.str.extract(r"(?:^|/)((?:[A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64})(?:/_history/.*)?$")
    urn = pl.when(reference.str.starts_with("urn:uuid:")).then(reference.str.to_lowercase())
    own = pl.concat_str(pl.lit(kind), organization.fill_null(""), reference, separator="#")
    return pl.coalesce(typed, urn, own)


def find(names: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Who answers to these numbers: `address, resource_type, clinical_id`; several where one is not unique.

    `names`: as `list_names` tells them.
    """
    asked = wanted.implode()
    found = [
        names.lazy().filter(pl.col(name).is_in(asked)).select("resource_type", "clinical_id", address=name)
        for name in NAMES
    ]
    return pl.concat(found).select("address", "resource_type", "clinical_id").unique().collect()
