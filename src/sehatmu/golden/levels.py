"""Golden records of an index whose records have a part in several identities: level by level, table by table.

The same survivorship as anywhere, over the records as the level sees them: with the ids of the other levels beside
(`template_id` of a product), with another column instead of one, or without some groups. Called in the place of
`survivorship.build_golden` where an index has levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from sehatmu.golden.config import LevelRules, Survivorship
from sehatmu.golden.survivorship import Golden, build_golden


def build_level(
    table: str,
    standard: Mapping[str, pl.DataFrame],
    levels: pl.DataFrame,
    masters: pl.DataFrame,
    survivorship: Survivorship,
    *,
    index: str,
    build_date: date,
    previous: pl.DataFrame | None = None,
    columns: Sequence[str],
) -> Golden:
    """The golden records of one table, from every level that is published there.

    `standard`: `record`, and for a level whose members are no records a frame of its name, whose `origin_key` names the
    record that a row comes from. `levels`: level, record_key, master_id (`identity.levels.LEVELS`). The rest is that of
    `build_golden`.
    """
    made = []
    for level, rules in survivorship.levels.items():
        if rules.table != table:
            continue
        links = levels.filter((pl.col("level") == level) & pl.col("master_id").is_not_null())
        own = standard.get(level)
        told = build_golden(
            _seen_from(
                with_ids(standard["record"], levels, survivorship.levels) if own is None else own, rules, survivorship
            ),
            links,
            masters,
            survivorship.of_table(columns),
            index=index,
            build_date=build_date,
            previous=previous,
            columns=columns,
        )
        made.append(told if own is None else Golden(told.golden, _name_records(told.origins, own)))
    return Golden(
        pl.concat([part.golden for part in made]).sort("master_id"),
        pl.concat([part.origins for part in made]),
    )


def with_ids(records: pl.DataFrame, levels: pl.DataFrame, names: Iterable[str] = ()) -> pl.DataFrame:
    """The records with the id that each has on every level, as `<level>_id`; where it has several, none.

    `names`: levels that have a column though no record is on them, as on a night without a single product.
    """
    held = levels.filter(pl.col("master_id").is_not_null())
    for level in sorted({*held["level"], *names}):
        own = held.filter(pl.col("level") == level).select("record_key", pl.col("master_id").alias(f"{level}_id"))
        own = own.filter(~pl.col("record_key").is_duplicated())
        records = records.join(own, on="record_key", how="left", maintain_order="left")
    return records


def _seen_from(records: pl.DataFrame, rules: LevelRules, survivorship: Survivorship) -> pl.DataFrame:
    """The records as a level reads them; groups that it goes without have no candidate."""
    records = records.with_columns(pl.col(column).alias(name) for name, column in rules.instead.items())
    empty = [c for group in survivorship.groups if group.name in rules.without for c in group.columns]
    return records.with_columns(pl.lit(None, records.schema[c]).alias(c) for c in empty if c in records.columns)


def _name_records(origins: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Origins by the record that a level's own row comes from."""
    named = origins.join(own.select("record_key", "origin_key"), on="record_key", how="left", maintain_order="left")
    return named.with_columns(record_key="origin_key").select(origins.columns)
