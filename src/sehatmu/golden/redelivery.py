"""Whose golden record may differ because records were delivered again, though they say what they said before.

A register that is delivered whole has a new date on every row each night. Golden reads dates only to ask which of two
records of a master is the later one, so what matters is where that answer changed. Called by `carry`.
"""

from __future__ import annotations

import polars as pl

from sehatmu.golden.config import Group, Survivorship

_PLACE = pl.concat_str("source", pl.lit("/"), "extract").alias("place")


def redelivered_keys(
    records: pl.DataFrame, before: pl.DataFrame, links: pl.DataFrame, survivorship: Survivorship
) -> pl.Series | None:
    """Keys of records whose masters must be looked at again; None: all.

    `records`, `before`: standard records of tonight and of the build before; `links`: record_key, master_id of tonight.
    Within a place (source/extract) the records of one date mostly move to one other date together; those that do not
    are told. Where the places moved against each other, told are the masters for which a rule may see that.
    """
    dates = _dates(records, before)
    if dates["then"].null_count() or dates["now"].null_count():
        return None
    moves = dates.group_by("place", "then", "now").len().sort("place", "then", "len", "now", descending=True)
    usual = moves.unique(["place", "then"], keep="first", maintain_order=True).drop("len")
    told = dates.join(usual, on=["place", "then", "now"], how="anti")["record_key"]
    turned = _turned(usual)
    if any(left == right for left, right in turned):
        return None
    rivals = [_rivals(records, links, group, left, right) for group in survivorship.groups for left, right in turned]
    return pl.concat([told, *rivals]).unique()


def _dates(records: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """`record_key, place, then, now` of the records of both nights."""
    now = records.select("record_key", _PLACE, now="delivery_date")
    if records["record_key"].equals(before["record_key"]):
        return now.with_columns(before["delivery_date"].alias("then"))
    return now.join(before.select("record_key", then="delivery_date"), on="record_key")


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
