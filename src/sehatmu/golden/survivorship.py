"""Golden records: for each master and field group, the values of its best record, and which record that was.

Records and links in, golden and origins out. One sort and one pick per group over small numeric frames;
values are gathered once at the end. Row order of the input never matters: every sort ends in the record key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.errors import SehatmuError
from sehatmu.golden.config import Group, Survivorship

ORIGINS = pl.Schema(
    {
        "index": pl.String,
        "master_id": pl.String,
        "column_group": pl.String,
        "source": pl.String,
        "extract": pl.String,
        "source_key": pl.String,
        "record_key": pl.String,
        "rule": pl.String,
    }
)


@dataclass(frozen=True, slots=True)
class Golden:
    """`golden`: one row per master that has records. `origins`: one row per master and group with a value.

    `golden` has master_id, the number column, id_origin, the groups' columns, source_count and build_date
    (since when this content). `origins` has the columns of `ORIGINS`; its `rule` says what decided against
    the next best record, such as `priority:sirs/rumah_sakit`, or `only:sirs/rumah_sakit` without a rival.
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
    base = _order(records, links, survivorship.columns)
    golden = _head(base, masters, survivorship)
    slots = pl.DataFrame({"slot": pl.int_range(golden.height, dtype=pl.UInt32, eager=True)})
    picks = []
    for group in survivorship.groups:
        best = _pick(base, group)
        rows = slots.join(best, on="slot", how="left", maintain_order="left")["row"]
        golden = golden.hstack(base.select(pl.col(group.columns).gather(rows)))
        picks.append(best.with_columns(column_group=pl.lit(group.name)))
    golden = golden.hstack(_count_sources(base))
    golden = _date(golden, previous, build_date)
    if columns is not None:
        _demand_columns(golden, columns, "golden record")
        golden = golden.select(columns)
    return Golden(golden, _tell_origins(base, pl.concat(picks), index))


def _demand_columns(frame: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SehatmuError(
            f"a {what} has not all columns",
            evidence=", ".join(missing),
            hint="the section `survivorship` and the contract of the index must name the same columns",
        )


def _order(records: pl.DataFrame, links: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Records that have a master, by master and record key; `slot` numbers the masters, `row` the records."""
    held = links.filter(pl.col("master_id").is_not_null()).select("record_key", "master_id")
    return (
        records.select("record_key", "source", "extract", "source_key", "delivery_date", *columns)
        .join(held, on="record_key")
        .sort("master_id", "record_key")
        .with_columns(slot=pl.col("master_id").rle_id(), place=pl.concat_str("source", pl.lit("/"), "extract"))
        .with_row_index("row")
    )


def _head(base: pl.DataFrame, masters: pl.DataFrame, survivorship: Survivorship) -> pl.DataFrame:
    head = base.select("slot", "master_id").unique("slot", keep="first", maintain_order=True)
    head = head.join(masters.select("master_id", "id_origin"), on="master_id", how="left", maintain_order="left")
    if survivorship.number_column is None:
        return head.select("master_id", "id_origin")
    return head.select("master_id", pl.col("master_id").alias(survivorship.number_column), "id_origin")


def _pick(base: pl.DataFrame, group: Group) -> pl.DataFrame:
    """The best record of each master: `slot, row, rule`."""
    filled = [pl.col(column).is_not_null() for column in group.columns]
    candidate = pl.all_horizontal([pl.col(c).is_not_null() for c in group.required] or [pl.any_horizontal(filled)])
    if group.only:
        candidate = candidate & pl.col("place").is_in(list(group.only))
    ranks = {place: rank for rank, place in enumerate(group.priority)}
    keys = {  # the smaller, the better
        "priority": pl.col("place").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int32),
        "recency": -pl.col("delivery_date").cast(pl.Int32),
        "completeness": -pl.sum_horizontal(filled).cast(pl.Int32),
        "agreement": -pl.len().over("slot", *group.columns).cast(pl.Int32),
    }
    rules = list(group.rules)
    ranked = (
        base.lazy()  # so that only the columns of this group are filtered
        .filter(candidate)
        .select("slot", "row", "place", *[keys[rule].alias(rule) for rule in rules])
        .sort("slot", *rules, "row")
        .collect()
    )
    decided = [pl.when((pl.col("slot") != pl.col("slot").shift(-1)).fill_null(True)).then(pl.lit("only"))]
    decided += [pl.when(pl.col(rule) != pl.col(rule).shift(-1)).then(pl.lit(rule)) for rule in rules]
    return (
        ranked.with_columns(decided=pl.coalesce(*decided, pl.lit("record_key")))
        .unique("slot", keep="first", maintain_order=True)
        .select("slot", "row", rule=pl.concat_str("decided", pl.lit(":"), "place"))
    )


def _tell_origins(base: pl.DataFrame, picks: pl.DataFrame, index: str) -> pl.DataFrame:
    # Slots follow the master ids, so sorting by slot sorts by master.
    picks = picks.sort("slot", "column_group")
    chosen = base.select(pl.col("master_id", "source", "extract", "source_key", "record_key").gather(picks["row"]))
    return (
        chosen.hstack(picks.select("column_group", "rule", index=pl.lit(index))).select(ORIGINS.names()).cast(ORIGINS)
    )


def _count_sources(base: pl.DataFrame) -> pl.DataFrame:
    counts = base.group_by("slot").agg(source_count=pl.col("source").n_unique().cast(pl.Int64)).sort("slot")
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
