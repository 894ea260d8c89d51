"""Masters that nothing touched since the build before keep what was made for them; only the others are made again.

A master is touched where one of its rows in the tables that golden reads came, went or differs, where a record joined
or left it, or where identity tells an event of it. What is carried is made of one master's rows at a time, so both ways
give the same, which a property test holds. Called by the assets, which know whether the same code made both builds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.golden.config import Survivorship
from sehatmu.golden.redelivery import redelivered_keys
from sehatmu.golden.survivorship import Golden, build_golden
from sehatmu.lake import Since, Splice, Table, splice_sorted


@dataclass(frozen=True, slots=True)
class Again:
    """What is told anew of the `touched` masters, on top of the parent build.

    `since`: the tables that golden reads, among them `record` and `link`, of both nights. `former`: golden tables of
    the parent build, among them `golden` and `origin`. `held`: `record_key, master_id` of all links of tonight;
    `links` and `records`: those of the touched masters. `made`: their golden records; `previous`: those that they had.
    `golden` and `origin`: the tables of all masters, as splices of the former ones.
    """

    since: Mapping[str, Since]
    former: Mapping[str, Table]
    touched: pl.Series
    held: pl.DataFrame
    links: pl.DataFrame
    records: pl.DataFrame
    made: Golden
    previous: pl.DataFrame
    golden: Splice
    origin: Splice


def touched_masters(
    since: Mapping[str, Since],
    held: pl.DataFrame,
    events: pl.DataFrame,
    survivorship: Survivorship,
    *,
    read: Sequence[str],
) -> pl.Series | None:
    """Ids (of tonight or of the build before) whose golden rows may differ; None: any may, since columns differ.

    `since`: tables with a `record_key`, among them `record`, of which the columns `read` count, and `link`. `held`:
    `record_key, master_id` of all links of tonight; `events`: those of tonight (master_id, other_id). Rows are compared
    by a hash of 64 bits, as linkage compares its records; dates of delivery by their order alone (`redelivery`).
    """
    if any(each.now.schema != each.before.schema for each in since.values()):
        return None
    redelivered = redelivered_keys(since["record"], held, survivorship)
    if redelivered is None:
        return None
    columns = {"record": list(read), "link": ["record_key", "master_id"]}
    changed = [_changed_keys(each, columns.get(name, each.now.schema.names())) for name, each in since.items()]
    keys = pl.concat([*changed, redelivered]).unique().implode()
    links = since["link"]
    # A row that both nights share leads to the same master in both.
    both = (held, links.before.read(columns["link"], links.unshared()[1]))
    masters = [some.filter(pl.col("record_key").is_in(keys))["master_id"] for some in both]
    masters += [events[column].cast(pl.String).rename("master_id") for column in ("master_id", "other_id")]
    return pl.concat(masters).drop_nulls().unique().sort()


def build_again(
    since: Mapping[str, Since],
    former: Mapping[str, Table],
    held: pl.DataFrame,
    touched: pl.Series,
    masters: pl.DataFrame,
    survivorship: Survivorship,
    *,
    index: str,
    build_date: date,
    columns: Sequence[str] | None = None,
    read: Sequence[str],
) -> Again:
    """As `build_golden`, of the `touched` masters alone (`masters`: those), the others being carried from `former`.

    `former`: the parent build's tables, among them `golden` and `origin`; `read`: the columns of a record that are
    needed.
    """
    links = since["link"].now.read(rows=held["master_id"].is_in(touched.implode()).arg_true())
    records = rows_of(since["record"].now, "record_key", links["record_key"], read)
    keys = former["golden"].read(["master_id"])["master_id"]
    previous = former["golden"].read(rows=keys.is_in(touched.implode()).arg_true())
    made = build_golden(
        records, links, masters, survivorship, index=index, build_date=build_date, previous=previous, columns=columns
    )
    return Again(
        since=since,
        former=former,
        held=held,
        touched=touched,
        links=links,
        records=records,
        made=made,
        previous=previous,
        golden=splice_sorted(keys, touched, made.golden.select(former["golden"].schema.names())),
        origin=carry(former["origin"], made.origins, touched),
    )


def rows_of(table: Table, column: str, values: pl.Series, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows (of these `columns`) of which a column has one of the values, in their order."""
    return table.read(columns, table.read([column])[column].is_in(values.implode()).arg_true())


def carry(former: Table, made: pl.DataFrame, masters: pl.Series) -> Splice:
    """A table of masters: `made` for the touched `masters`, and the rows of `former` for all others.

    Both are sorted by master_id first, and so is the result.
    """
    return splice_sorted(former.read(["master_id"])["master_id"], masters, made.select(former.schema.names()))


def _changed_keys(since: Since, columns: Sequence[str]) -> pl.Series:
    """Keys of the rows of both nights that differ, whatever their date."""
    here, there = since.changed([column for column in columns if column != "delivery_date"])
    return pl.concat([since.now.read(["record_key"], here), since.before.read(["record_key"], there)])["record_key"]
