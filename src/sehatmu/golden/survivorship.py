"""Golden records: for each master and field group, the values of its best record, and which record that was.

Records and links in, golden and origins out. Records are ordered once and picked by small numbers (`pick`); values
are gathered once at the end. Row order of the input never matters: every choice ends in the record key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.golden.config import Survivorship
from sehatmu.golden.ordering import sortable
from sehatmu.golden.pick import Pick, Ranked, pick

ORIGINS = pl.Schema(
    {
        "index": pl.String,
        "master_id": pl.String,
        "record_key": pl.String,
        "rule": pl.String,
        "column_groups": pl.String,
    }
)

RECORD_COLUMNS = ("record_key", "source", "extract", "source_key", "delivery_date")
"""The columns of a standard record that are read besides those of the groups."""


@dataclass(frozen=True, slots=True)
class Golden:
    """`golden`: one row per master that has records. `origins`: one row per master, record and rule that chose it.

    `golden` has master_id, the number column, id_origin, the groups' columns, source_count and build_date
    (since when this content). `origins` has the columns of `ORIGINS`; `column_groups` names the groups that the
    rule took from the record, joined with a comma and a blank; `rule` says what decided against the next best
    record, such as `priority:sirs/rumah_sakit`, or `only:sirs/rumah_sakit` without a rival.
    """

    golden: pl.DataFrame
    origins: pl.DataFrame


def build_golden(
    records: pl.DataFrame,
    links: pl.DataFrame,
    masters: pl.DataFrame,
    survivorship: Survivorship,
    *,
    index: str,
    build_date: date,
    previous: pl.DataFrame | None = None,
    columns: Sequence[str] | None = None,
) -> Golden:
    """Build the golden records of one index.

    `records`: standard records (record_key, source, extract, source_key, delivery_date, the groups'
    columns). `links`: record_key, master_id. `masters`: master_id, id_origin. `previous`: the golden of the
    parent build; rows that equal it keep its build_date. `columns`: the published columns in order.
    Raises SehatmuError where a group's column is not in the records or a published one is not made here.
    """
    _demand_columns(records, survivorship.columns, "standard record")
    held = _order(records, links)
    ranked = Ranked(records, at=held["at"].to_numpy(), slot=held["slot"].to_numpy())
    golden = _head(held, masters, survivorship)
    picks = {}
    for group in survivorship.groups:
        best = picks[group.name] = pick(ranked, group)
        rows = np.full(golden.height, -1, np.int64)
        rows[best.slot] = best.at
        values = pl.Series(rows)
        golden = golden.hstack(records.select(pl.col(group.columns).gather(values.set(values < 0, None))))
    golden = golden.hstack(_count_sources(records, held))
    golden = _date(golden, previous, build_date)
    if columns is not None:
        _demand_columns(golden, columns, "golden record")
        golden = golden.select(columns)
    return Golden(golden, _tell_origins(ranked, golden["master_id"], picks, index))


def _demand_columns(frame: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SehatmuError(
            f"a {what} has not all columns",
            evidence=", ".join(missing),
            hint="the section `survivorship` and the contract of the index must name the same columns",
        )


def _order(records: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Records that have a master, by master and record key: `master_id`, `at` (row of `records`), `slot` (of master).

    Both frames mostly stand in the order of their keys already; then nothing is joined, and one column sorts.
    """
    keys = records.select("record_key").with_row_index("at")
    if keys["record_key"].equals(links["record_key"]):
        held = keys.with_columns(links["master_id"]).filter(pl.col("master_id").is_not_null())
    else:
        held = keys.join(links.select("record_key", "master_id").drop_nulls("master_id"), on="record_key")
    by = [pl.lit(sortable(held["master_id"])), *([] if held["record_key"].is_sorted() else ["record_key"])]
    held = held.sort(by, maintain_order=True)
    return held.select("master_id", "at", slot=pl.col("master_id").rle_id())


def _head(held: pl.DataFrame, masters: pl.DataFrame, survivorship: Survivorship) -> pl.DataFrame:
    head = held.select("slot", "master_id").unique("slot", keep="first", maintain_order=True)
    head = head.join(masters.select("master_id", "id_origin"), on="master_id", how="left", maintain_order="left")
    if survivorship.number_column is None:
        return head.select("master_id", "id_origin")
    return head.select("master_id", pl.col("master_id").alias(survivorship.number_column), "id_origin")


def _tell_origins(ranked: Ranked, masters: pl.Series, picks: dict[str, Pick], index: str) -> pl.DataFrame:
    """Sorted by master, record and rule: places and rules are numbered in their order.

    Most masters have one record and so one row. Sets of groups are bits, and told in words once each.
    """
    names = sorted(picks)
    rules = sorted({rule for best in picks.values() for rule in best.rules})
    number = {rule: place for place, rule in enumerate(rules)}
    choices, groups = [], []
    for bit, name in enumerate(names):
        best = picks[name]
        rule = np.array([number[rule] for rule in best.rules], np.int64)[best.rule]
        choices.append(best.place * len(rules) + rule)
        groups.append(np.full(len(best.place), 1 << bit, np.uint64))
    choice, group = np.concatenate(choices), np.concatenate(groups)
    order = np.argsort(choice, kind="stable")  # runs that are in order already
    choice, group = choice[order], group[order]
    starts = np.flatnonzero(np.diff(choice, prepend=-1))
    told, sets = choice[starts], np.bitwise_or.reduceat(group, starts) if len(starts) else group
    each = np.unique(sets)
    kind = np.searchsorted(each, sets)
    words = [", ".join(name for bit, name in enumerate(names) if int(bits) >> bit & 1) for bits in each]
    place = told // max(len(rules), 1)
    return pl.DataFrame(
        {
            "master_id": masters.gather(ranked.slot[place]),
            "record_key": ranked.records["record_key"].gather(ranked.at[place]),
            "rule": pl.Series(rules, dtype=pl.String).gather(told % max(len(rules), 1)),
            "column_groups": pl.Series(words, dtype=pl.String).gather(kind),
        }
    ).select(pl.lit(index).alias("index"), pl.all())


def _count_sources(records: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    placed = held.select("slot", source=records["source"].gather(held["at"]))
    counts = placed.group_by("slot").agg(source_count=pl.col("source").n_unique().cast(pl.Int64)).sort("slot")
    return counts.select("source_count")


def _date(golden: pl.DataFrame, previous: pl.DataFrame | None, build_date: date) -> pl.DataFrame:
    """Add `build_date`: that of `previous` where every value is the same, else tonight's."""
    if previous is None:
        return golden.with_columns(build_date=pl.lit(build_date))
    content = [column for column in golden.columns if column != "master_id"]
    known = [column for column in content if column in previous.columns]
    types = golden.schema  # a column whose type changed since then is compared in the type of tonight
    before = previous.select(
        "master_id", "build_date", *[pl.col(c).cast(types[c], strict=False).alias(f"was {c}") for c in known]
    )
    same = [pl.col(c).eq_missing(pl.col(f"was {c}")) for c in known]
    same += [pl.col(c).is_null() for c in content if c not in known]
    dated = golden.join(before, on="master_id", how="left", maintain_order="left")
    carried = pl.col("build_date").is_not_null() & pl.all_horizontal(same)
    return dated.with_columns(build_date=pl.when(carried).then("build_date").otherwise(pl.lit(build_date))).select(
        *golden.columns, "build_date"
    )
