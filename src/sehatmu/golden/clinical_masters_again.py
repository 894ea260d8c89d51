"""Which claims to masters may lead elsewhere than last night, and which clinical resources made one.

A claim is a number: a master's own, one that gave way to it, or an identifier. It is asked again where what has the
number came, went or changed. Called by `clinical_again`.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.golden.clinical_masters import ask_for_number, holders, list_numbers
from sehatmu.golden.clinical_shapes import SHAPES, table_of
from sehatmu.lake import Since, Table

# What is asked of tables of masters, where they have it.
_READ = ("master_id", "namespace", "code", "personal_code", "retired_id", "current_id")
# By domain the columns of clinical tables that name a master of it.
_NAMED = {"patient": ("patient_id",), "practitioner": ("practitioner_id", "requester_id"), "facility": ("facility_id",)}


def read_masters(table: Table, rows: pl.Series | None = None) -> pl.DataFrame:
    """What is asked of a table of masters, their identifiers or redirects."""
    return table.read([name for name in _READ if name in table.schema], rows)


def find_changed(domain: str, indexes: Mapping[str, Since]) -> pl.Series:
    """The numbers that may lead elsewhere than before.

    `indexes`: the tables of which `clinical_masters.resolve` asks, of both nights.
    """
    masters, identifiers, redirects = (indexes[name] for name in _tables(domain))
    moved = _changes(masters)["master_id"].unique()
    found = [moved, _changes(redirects)["retired_id"], list_numbers(_changes(identifiers), domain)["number"]]
    if len(moved):  # what led to one that came or went leads elsewhere now, though it be said as before
        led = pl.col("master_id").is_in(moved.implode())
        for night in (identifiers.now, identifiers.before):
            found.append(list_numbers(read_masters(night), domain).filter(led)["number"])
        for night in (redirects.now, redirects.before):
            found.append(read_masters(night).rename({"current_id": "master_id"}).filter(led)["retired_id"])
    return pl.concat(each.rename("number") for each in found).drop_nulls().unique()


def ask_again(numbers: Mapping[str, pl.Series]) -> pl.Series:
    """What stands for these numbers (by domain) in the list of what resources ask for."""
    asked = [
        changed.to_frame("number").select(ask_for_number(domain, pl.col("number")).alias("address"))["address"]
        for domain, changed in numbers.items()
    ]
    return pl.concat(asked)


def list_namers(
    tables: Mapping[str, Table], numbers: Mapping[str, pl.Series], indexes: Mapping[str, Since]
) -> pl.Series:
    """The resources, by number, that name a master to whom one of these numbers (by domain) led the night before.

    `tables`: the clinical tables of that night.
    """
    found = [pl.Series("resource", [], dtype=pl.UInt64)]
    for domain, changed in numbers.items():
        if changed.is_empty():
            continue
        before = {name: read_masters(indexes[name].before) for name in _tables(domain)}
        masters = holders(changed, domain, before)["master_id"].unique().implode()
        for name in map(table_of, SHAPES):
            columns = [column for column in _NAMED[domain] if column in tables[name].schema]
            rows = tables[name].read([f"{name}_id", *columns])
            found.append(_numbers(rows.filter(pl.any_horizontal(pl.col(columns).is_in(masters))), f"{name}_id"))
        if domain == "practitioner":
            links = tables["link"].read(["clinical_id", "target_id"])
            found.append(_numbers(links.filter(pl.col("target_id").is_in(masters)), "clinical_id"))
    return pl.concat(found).unique()


def _tables(domain: str) -> tuple[str, str, str]:
    return f"{domain}_{domain}", f"{domain}_{domain}_identifier", f"{domain}_redirect"


def _numbers(rows: pl.DataFrame, owner: str) -> pl.Series:
    return rows.select(pl.col(owner).hash().alias("resource"))["resource"]


def _changes(since: Since) -> pl.DataFrame:
    """The rows that only one of both nights has."""
    here, there = since.changed([name for name in _READ if name in since.now.schema])
    now, before = read_masters(since.now, here), read_masters(since.before, there)
    marks = now.hash_rows(), before.hash_rows()
    gone = before.filter(~marks[1].is_in(marks[0].implode()))
    return pl.concat([now.filter(~marks[0].is_in(marks[1].implode())), gone])
