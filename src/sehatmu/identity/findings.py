"""What is wrong with the official numbers of a night: findings per master, for people to follow up.

Called by `assign` once every cluster has its id. A finding stops nothing and changes no id; it is told again
every night until the register mends it. A number of the wrong shape is never repeated: it may be anything.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from sehatmu.identity.config import IdentityConfig
from sehatmu.phrase import phrase

FINDINGS = pl.Schema({"index": pl.String, "master_id": pl.String, "finding": pl.String, "detail": pl.String})


def tell_findings(
    delivered: pl.DataFrame, claimed: pl.DataFrame, chosen: pl.DataFrame, minted: pl.DataFrame, config: IdentityConfig
) -> pl.DataFrame:
    """`index, master_id, finding, detail`, sorted.

    `delivered`: all delivered numbers (`claims.deliver`). `claimed`: those of them that may be an id.
    `chosen`: cluster, master_id. `minted`: number, the ids that were minted before tonight.
    """
    named = delivered.join(chosen, on="cluster")
    claims = claimed.join(chosen, on="cluster")
    parts = [
        _contested(claims),
        _several(claims),
        _malformed(named.filter(~pl.col("is_valid"))),
        _ours(named.join(minted, on="number", how="semi")),
        _in_minted_range(claims, config),
    ]
    return (
        pl.concat(parts)
        .select(pl.lit(config.index).alias("index"), pl.all())
        .cast(FINDINGS)
        .sort("master_id", "finding", "detail")
    )


def _contested(claims: pl.DataFrame) -> pl.DataFrame:
    """One number, several masters: each of them is told."""
    masters = claims.group_by("number").agg(pl.col("master_id").unique().sort())
    return (
        masters.filter(pl.col("master_id").list.len() > 1)
        .select(
            "master_id",
            finding=pl.lit("official-number-contested"),
            detail=phrase("{} is claimed by {}", "number", pl.col("master_id").list.join(", ")),
        )
        .explode("master_id")
    )


def _several(claims: pl.DataFrame) -> pl.DataFrame:
    """One master, several numbers; those that the service gave out are meant to give way."""
    numbers = claims.filter(~pl.col("is_provisional")).group_by("master_id").agg(pl.col("number").unique().sort())
    return numbers.filter(pl.col("number").list.len() > 1).select(
        "master_id",
        finding=pl.lit("official-number-several"),
        detail=phrase("delivered: {}", pl.col("number").list.join(", ")),
    )


def _malformed(named: pl.DataFrame) -> pl.DataFrame:
    return (
        named.group_by("master_id", "source", "extract")
        .len()
        .select(
            "master_id",
            finding=pl.lit("official-number-malformed"),
            detail=phrase("{} records of {}/{}", "len", "source", "extract"),
        )
    )


def _ours(named: pl.DataFrame) -> pl.DataFrame:
    """A register gives back a number that was minted here: it is no official one."""
    return (
        named.select("master_id", "number", "source", "extract")
        .unique()
        .select(
            "master_id",
            finding=pl.lit("official-number-is-minted"),
            detail=phrase("{}/{} delivers {}, which was minted here", "source", "extract", "number"),
        )
    )


def _in_minted_range(claims: pl.DataFrame, config: IdentityConfig) -> pl.DataFrame:
    """A number that we might have minted, had it not been delivered first: the ranges are not apart."""
    within = []
    for name, numbering in config.series.items():
        number = pl.col("number")
        shape = rf"^{numbering.prefix}\d{{{numbering.digits}}}$"
        digits = number.str.strip_prefix(numbering.prefix).cast(pl.Int64, strict=False)
        within.append(
            (pl.col("series") == name) & number.str.contains(shape) & digits.is_between(numbering.first, numbering.last)
        )
    return (
        claims.filter(reduce(or_, within))
        .select("master_id", "number")
        .unique()
        .select(
            "master_id",
            finding=pl.lit("official-number-in-minted-range"),
            detail=phrase("{} lies in the range of minted numbers", "number"),
        )
    )
