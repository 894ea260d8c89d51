"""Golden records of random masters: from one record per group, in any order of rows, by rules told plainly."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.golden.changes import changes, ended_versions
from sehatmu.golden.config import STRATEGIES, Group, Survivorship
from sehatmu.golden.survivorship import build_golden

PLACES = ["sirs/rs", "sisdmk/fas", "bpjs/fk"]
COLUMNS = {"name": ("nama",), "address": ("alamat", "kota", "beds")}
TYPES = {"nama": pl.String, "alamat": pl.String, "kota": pl.String, "beds": pl.Int64, "master_id": pl.String}

Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    value = st.sampled_from([None, None, "a", "b"])
    keys = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 4)), unique=True, max_size=10))
    made = []
    for place, number in keys:
        source, extract = place.split("/")
        made.append(
            {
                "record_key": f"{source}|{extract}|{number}",
                "source": source,
                "extract": extract,
                "source_key": str(number),
                "delivery_date": date(2026, 11, draw(st.integers(1, 3))),
                "nama": draw(value),
                "alamat": draw(value),
                "kota": draw(value),
                "beds": draw(st.sampled_from([None, 0, 5])),
                "master_id": draw(st.sampled_from(["1", "2", "3", None])),
            }
        )
    return made


@st.composite
def survivorships(draw: st.DrawFn) -> Survivorship:
    groups = []
    for name, columns in COLUMNS.items():
        rules = draw(st.lists(st.sampled_from(STRATEGIES), unique=True, max_size=4))
        groups.append(
            Group(
                name=name,
                columns=columns,
                rules=tuple(rules),
                priority=tuple(draw(st.lists(st.sampled_from(PLACES), unique=True))),
                required=tuple(draw(st.lists(st.sampled_from(columns), unique=True, max_size=1))),
                only=tuple(draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=2))),
            )
        )
    return Survivorship(tuple(groups), "kode_satusehat")


def build(made: list[Row], survivorship: Survivorship, **options: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    schema = {"record_key": pl.String, "source": pl.String, "extract": pl.String, "source_key": pl.String}
    frame = pl.DataFrame(made, schema={**schema, "delivery_date": pl.Date, **TYPES})
    masters = pl.DataFrame({"master_id": ["1", "2", "3"], "id_origin": ["minted"] * 3})
    options = {"index": "msi", "build_date": date(2026, 11, 23), **options}
    links = frame.select("record_key", "master_id")
    result = build_golden(frame.drop("master_id"), links, masters, survivorship, **options)
    return result.golden, result.origins


def best_record(made: list[Row], group: Group) -> Row | None:
    """The rules without frames."""
    candidates = []
    for row in made:
        filled = [row[column] is not None for column in group.columns]
        needed = all(row[column] is not None for column in group.required) if group.required else any(filled)
        if needed and (not group.only or f"{row['source']}/{row['extract']}" in group.only):
            candidates.append(row)
    said = Counter(tuple(row[column] for column in group.columns) for row in candidates)
    priority = list(group.priority)

    def order(row: Row) -> tuple[Any, ...]:
        place = f"{row['source']}/{row['extract']}"
        values = tuple(row[column] for column in group.columns)
        figures = {
            "priority": priority.index(place) if place in priority else len(priority),
            "recency": -row["delivery_date"].toordinal(),
            "completeness": -sum(value is not None for value in values),
            "agreement": -said[values],
        }
        return (*(figures[rule] for rule in group.rules), row["record_key"])

    return min(candidates, key=order, default=None)


@settings(max_examples=60, deadline=None)
@given(rows(), survivorships())
def test_each_group_is_the_best_record_by_the_rules_told_plainly(made: list[Row], survivorship: Survivorship) -> None:
    golden, origins = build(made, survivorship)
    by_master: dict[str, list[Row]] = defaultdict(list)
    for row in made:
        if row["master_id"] is not None:
            by_master[row["master_id"]].append(row)
    assert golden["master_id"].to_list() == sorted(by_master)
    assert origins.select("master_id", "record_key", "rule").is_unique().all()
    groups = [(o, group) for o in origins.to_dicts() for group in o["column_groups"].split(", ")]
    told = {(o["master_id"], group): o for o, group in groups}
    assert len(told) == len(groups)
    for found in golden.to_dicts():
        members = by_master[found["master_id"]]
        assert found["source_count"] == len({row["source"] for row in members})
        assert found["kode_satusehat"] == found["master_id"]
        for group in survivorship.groups:
            best = best_record(members, group)
            values = [found[column] for column in group.columns]
            assert values == [best[column] if best else None for column in group.columns]
            origin = told.get((found["master_id"], group.name))
            assert (origin and origin["record_key"]) == (best and best["record_key"])
            if best and origin:
                assert origin["rule"].endswith(f":{best['source']}/{best['extract']}")
                assert origin["rule"].partition(":")[0] in {*group.rules, "only", "record_key"}


@settings(max_examples=30, deadline=None)
@given(rows(), survivorships(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(made: list[Row], survivorship: Survivorship, dice: Any) -> None:
    shuffled = list(made)
    dice.shuffle(shuffled)
    for one, two in zip(build(made, survivorship), build(shuffled, survivorship), strict=True):
        assert one.equals(two)


@settings(max_examples=40, deadline=None)
@given(rows(), rows(), survivorships())
def test_changes_lead_from_one_night_to_the_next(one: list[Row], two: list[Row], survivorship: Survivorship) -> None:
    before, _ = build(one, survivorship)
    after, _ = build(two, survivorship, build_date=date(2026, 11, 24), previous=before)
    # With nobody minted, every value that is new or gone is told: applied to the old night, they give the new one.
    nobody = pl.Series([], dtype=pl.String)
    told = changes(before, after, index="msi", from_build="a", to_build="b", minted=nobody)
    cells = as_cells(before)
    for row in told.to_dicts():
        place = (row["master_id"], row["column_name"])
        assert cells.get(place) == row["old_value"] != row["new_value"]
        cells[place] = row["new_value"]
    assert {place: value for place, value in cells.items() if value is not None} == as_cells(after)
    # And the versions of both nights: what ended and what is there now make up what was there.
    ended = ended_versions(before, after, build_date=date(2026, 11, 24))
    changed = {row["master_id"] for row in told.to_dicts()}
    assert changed & set(before["master_id"]) == set(ended["master_id"])
    kept = after.filter(pl.col("build_date") == date(2026, 11, 23))
    assert pl.concat([kept, ended.drop("until_date")]).sort("master_id").equals(before)


def as_cells(golden: pl.DataFrame) -> dict[tuple[str, str], str]:
    text = golden.drop("build_date").with_columns(pl.all().cast(pl.String))
    return {
        (row["master_id"], column): value
        for row in text.to_dicts()
        for column, value in row.items()
        if column != "master_id" and value is not None
    }
