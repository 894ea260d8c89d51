"""Whose golden record may differ because records were delivered again, though they say what they said before.

A register that is delivered whole has a new date on every row each night. Golden reads dates only to ask which of two
records of a master is the later one, so what matters is where that answer changed. Called by `carry`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.golden.config import Group, Survivorship
from sehatmu.lake import Since

_PLACE = pl.concat_str("source", pl.lit("/"), "extract").alias("place")
_DATED = ("source", "extract", "delivery_date")


def redelivered_keys(records: Since, links: pl.DataFrame, survivorship: Survivorship) -> pl.Series | None:
    """Keys of records whose masters must be looked at again; None: all.

    `records`: standard records of both nights; `links`: record_key, master_id of tonight.
    Within a place (source/extract) the records of one date mostly move to one other date together; those that do not
    are told. Where the places moved against each other, told are the masters for which a rule may see that.
    """
    stayed, dates = _stayed(records), _dates(records)
    moves = pl.concat([stayed, dates.group_by("place", "then", "now").len()])
    if moves["then"].null_count() or moves["now"].null_count():
        return None
    moves = moves.group_by("place", "then", "now").agg(pl.col("len").sum())
    moves = moves.sort("place", "then", "len", "now", descending=True)
    usual = moves.unique(["place", "then"], keep="first", maintain_order=True).drop("len")
    turned = _turned(usual)
    if any(left == right for left, right in turned):
        return None
    unusual = stayed.join(usual, on=["place", "then", "now"], how="anti")
    told = [dates.join(usual, on=["place", "then", "now"], how="anti")["record_key"], _keys(records, unusual)]
    if turned:
        read = records.now.read(sorted({"record_key", "source", "extract", *survivorship.columns}))
        told += [_rivals(read, links, group, left, right) for group in survivorship.groups for left, right in turned]
    return pl.concat(told).unique()


def _stayed(records: Since) -> pl.DataFrame:
    """How many of the rows that both nights share have each date: `place, then, now, len`; `then` is `now`."""
    dates = records.now.read(_DATED, records.shared[0]).group_by(_DATED).len()
    return dates.select(_PLACE, then="delivery_date", now="delivery_date", len="len")


def _keys(records: Since, stayed: pl.DataFrame) -> pl.Series:
    """Keys of the shared rows of these places and dates, of which most others have moved to another date."""
    if stayed.is_empty():
        return pl.Series("record_key", [], dtype=pl.String)
    rows = records.now.read(("record_key", *_DATED), records.shared[0]).with_columns(_PLACE, then="delivery_date")
    return rows.join(stayed, on=["place", "then"], how="semi")["record_key"]


def _dates(records: Since) -> pl.DataFrame:
    """`record_key, place, then, now` of the records of both nights that may differ."""
    here, there = records.unshared()
    now = records.now.read(("record_key", *_DATED), here).select("record_key", _PLACE, now="delivery_date")
    before = records.before.read(("record_key", "delivery_date"), there).rename({"delivery_date": "then"})
    if now["record_key"].equals(before["record_key"]):
        return now.with_columns(before["then"])
    return now.join(before, on="record_key")


def _turned(usual: pl.DataFrame) -> list[tuple[str, str]]:
    """Pairs of places of which records are earlier, equal or later now, and were not so before."""
    pairs = usual.join(usual, how="cross", suffix=" other")
    earlier = (pl.col("then") < pl.col("then other")) != (pl.col("now") < pl.col("now other"))
    equal = (pl.col("then") == pl.col("then other")) != (pl.col("now") == pl.col("now other"))
    turned = pairs.filter((pl.col("place") <= pl.col("place other")) & (earlier | equal))
    return turned.select("place", "place other").unique().sort("place", "place other").rows()


def _rivals(records: pl.DataFrame, links: pl.DataFrame, group: Group, left: str, right: str) -> pl.Series:
    """Records of `left` with a value of the group whose master has one of `right`, too, where recency may decide."""
    nobody = records["record_key"].clear()
    if not _compares_dates(group, left, right):
        return nobody
    filled = pl.any_horizontal(pl.col(group.required or group.columns).is_not_null())
    candidates = records.filter(filled).select("record_key", _PLACE)
    if candidates.filter(pl.col("place") == left).is_empty() or candidates.filter(pl.col("place") == right).is_empty():
        return nobody
    sides = candidates.filter(pl.col("place").is_in([left, right])).join(links, on="record_key")
    others = sides.filter(pl.col("place") == right)["master_id"].drop_nulls().implode()
    return sides.filter((pl.col("place") == left) & pl.col("master_id").is_in(others))["record_key"]


def _compares_dates(group: Group, left: str, right: str) -> bool:
    """Whether records of two places can come to be compared by their dates in a group."""
    if "recency" not in group.rules or (group.only and not {left, right}.issubset(group.only)):
        return False
    ranks = {place: rank for rank, place in enumerate(group.priority)}
    ranked_before = "priority" in group.rules[: group.rules.index("recency")]
    return not ranked_before or ranks.get(left, len(ranks)) == ranks.get(right, len(ranks))
