"""Golden records that are carried over from the build before are those that are made from everything."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sehatmu.golden.carry import build_again, touched_masters
from sehatmu.golden.config import Group, Survivorship
from sehatmu.golden.survivorship import Golden, build_golden
from sehatmu.lake import Since, Table
from tests.properties.test_golden_properties import PLACES, TYPES, Row, rows, survivorships

MASTERS = pl.DataFrame({"master_id": ["1", "2", "3"], "id_origin": ["minted"] * 3})
EVENTS = pl.DataFrame(schema={"master_id": pl.String, "other_id": pl.String})
KEYS = {"record_key": pl.String, "source": pl.String, "extract": pl.String, "source_key": pl.String}
DAY = date(2026, 11, 23)


def split(made: list[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = pl.DataFrame(made, schema={**KEYS, "delivery_date": pl.Date, **TYPES})
    return frame.drop("master_id"), frame.select("record_key", "master_id")


def build(made: list[Row], survivorship: Survivorship, previous: pl.DataFrame | None, day: date) -> Golden:
    records, links = split(made)
    return build_golden(records, links, MASTERS, survivorship, index="msi", build_date=day, previous=previous)


def since(made: list[Row], before: list[Row], *, knows: bool = False) -> dict[str, Since]:
    """Both nights of records and links; where the lake `knows`, with the rows that they share."""
    both = [(row, made.index(row), before.index(row)) for row in made if row in before] if knows else []
    shared = (
        pl.Series([at for _, at, _ in both], dtype=pl.UInt32),
        pl.Series([at for *_, at in both], dtype=pl.UInt32),
    )
    nights = [[Table(frame.lazy()) for frame in split(rows)] for rows in (made, before)]
    return {name: Since(now, then, shared) for name, now, then in zip(("record", "link"), *nights, strict=True)}


def touched_by(nights: dict[str, Since], survivorship: Survivorship) -> pl.Series | None:
    held, read = nights["link"].now.read(), nights["record"].now.schema.names()
    return touched_masters(nights, held, EVENTS, survivorship, read=read)


def build_carried(
    made: list[Row], before: list[Row], previous: Golden, survivorship: Survivorship, *, knows: bool
) -> Golden:
    nights = since(made, before, knows=knows)
    touched = touched_by(nights, survivorship)
    if touched is None:
        return build(made, survivorship, previous.golden, DAY)
    former = {"golden": Table(previous.golden.lazy()), "origin": Table(previous.origins.lazy())}
    read = nights["record"].now.schema.names()
    held = nights["link"].now.read()
    again = build_again(nights, former, held, touched, MASTERS, survivorship, index="msi", build_date=DAY, read=read)
    return Golden(
        again.golden.over(previous.golden.lazy()).collect(), again.origin.over(previous.origins.lazy()).collect()
    )


def moved(made: list[Row], changes: list[tuple[int, str, object]], days: dict[str, int]) -> list[Row]:
    """The rows a night later: some columns differ, some rows are gone, places were delivered again."""
    rows = [dict(row) for row in made]
    for number, column, value in changes:
        if number < len(rows):
            rows[number][column] = value
    for row in rows:
        row["delivery_date"] += timedelta(days=days[f"{row['source']}/{row['extract']}"])
    return [row for row in rows if row["source_key"] != "4"]


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 9), st.sampled_from(["nama", "alamat"]), st.sampled_from([None, "a", "c"])),
        st.tuples(st.integers(0, 9), st.just("master_id"), st.sampled_from(["1", "3", None])),
        st.tuples(st.integers(0, 9), st.just("delivery_date"), st.just(date(2026, 11, 9))),
    ),
    max_size=2,
)
RECENCY = Survivorship((Group("name", ("nama",), ("recency",), (), (), ()),), None)


def row(place: str, number: str, name: str, day: int) -> Row:
    source, extract = place.split("/")
    keys = {"record_key": f"{source}|{extract}|{number}", "source": source, "extract": extract, "source_key": number}
    values = {"nama": name, "alamat": None, "kota": None, "beds": None, "master_id": "1"}
    return {**keys, "delivery_date": date(2026, 11, day), **values}


@settings(max_examples=60, deadline=None)
@given(
    before=rows(),
    changes=CHANGES,
    days=st.fixed_dictionaries({p: st.integers(0, 2) for p in PLACES}),
    survivorship=survivorships(),
    knows=st.booleans(),
)
@example(
    [row(PLACES[0], "1", "a", 1), row(PLACES[1], "1", "b", 2)],
    [],
    {PLACES[0]: 2, PLACES[1]: 0, PLACES[2]: 0},
    RECENCY,
    True,
)
def test_what_is_carried_is_what_is_made_from_everything(
    before: list[Row],
    changes: list[tuple[int, str, object]],
    days: dict[str, int],
    survivorship: Survivorship,
    knows: bool,
) -> None:
    previous = build(before, survivorship, None, DAY - timedelta(days=1))
    made = moved(before, changes, days)
    whole = build(made, survivorship, previous.golden, DAY)
    carried = build_carried(made, before, previous, survivorship, knows=knows)
    assert carried.golden.equals(whole.golden)
    assert carried.origins.equals(whole.origins)


def test_a_register_that_is_delivered_whole_again_touches_nobody() -> None:
    before = [row(PLACES[0], str(n), "a", 1) for n in range(3)] + [row(PLACES[1], str(n), "a", 2) for n in range(3)]
    again = [{**r, "delivery_date": r["delivery_date"] + timedelta(days=r["source"] == "sisdmk")} for r in before]
    touched = touched_by(since(again, before), RECENCY)
    assert touched is not None
    assert touched.to_list() == []


def test_a_row_that_differs_touches_its_master_alone() -> None:
    before = [{**row(PLACES[0], str(n), "a", 1), "master_id": str(n)} for n in range(1, 4)]
    made = [{**r, "alamat": "x" if r["master_id"] == "2" else None} for r in before]
    for knows in (True, False):
        touched = touched_by(since(made, before, knows=knows), RECENCY)
        assert touched is not None
        assert touched.to_list() == ["2"]
