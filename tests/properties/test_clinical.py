"""Versions of clinical resources: whatever the order in which rows stand or come, the same one is the newest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.standardise.clinical import identify, list_versions

SCHEMA = {
    "resource_type": pl.String,
    "identifier_system": pl.String,
    "identifier": pl.String,
    "resource_id": pl.String,
    "full_url": pl.String,
    "version": pl.Int64,
    "last_updated_at": pl.Datetime("us", "UTC"),
    "delivery_date": pl.Date,
    "source_key": pl.String,
    "status": pl.String,
}
START, DAY = datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)
_maybe = st.one_of(st.none(), st.integers(0, 2))


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, object]]:
    """Rows of few resources, with and without versions and times; each with a key of its own."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        updated, identifier = draw(_maybe), draw(st.sampled_from(["1", "2", None]))
        rows.append(
            {
                "resource_type": draw(st.sampled_from(["Observation", "Condition"])),
                "identifier_system": draw(
                    st.sampled_from(
                        [
                            "http://sys-ids.kemkes.go.id/observation/1000000042",
                            "https:/sys-ids.kemkes.go.id/observation/1000000042/",
                        ]
                    )
                ),
                "identifier": identifier,
                "resource_id": draw(st.sampled_from(["x", "y"])) if identifier is None else None,
                "full_url": None,
                "version": draw(_maybe),
                "last_updated_at": None if updated is None else START + timedelta(hours=updated),
                "delivery_date": DAY + timedelta(days=draw(st.integers(0, 2))),
                "source_key": f"k{number}",
                "status": draw(st.sampled_from(["final", "amended"])),
            }
        )
    return rows


def order(row: dict[str, object]) -> tuple[object, ...]:
    """What makes a row newer than another, in plain Python; what is not told comes first."""
    told = (row["version"], row["last_updated_at"], row["delivery_date"], row["source_key"])
    return tuple((value is not None, value) for value in told)


@settings(max_examples=60, deadline=None)
@given(versions(), st.randoms(use_true_random=False))
def test_the_newest_is_the_same_in_any_order(rows: list[dict[str, object]], random: object) -> None:
    told = list_versions(identify(pl.DataFrame(rows, schema=SCHEMA)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    again = list_versions(identify(pl.DataFrame(rows, schema=SCHEMA)))
    for one, other in ((told.newest, again.newest), (told.earlier, again.earlier)):
        by = ["clinical_id", "source_key"]
        assert one.sort(by).equals(other.sort(by))


@settings(max_examples=60, deadline=None)
@given(versions())
def test_the_newest_says_what_the_last_of_its_rows_says(rows: list[dict[str, object]]) -> None:
    told = list_versions(identify(pl.DataFrame(rows, schema=SCHEMA)))
    assert told.newest["clinical_id"].is_unique().all()
    groups: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault((row["resource_type"], row["identifier"] or row["resource_id"]), []).append(row)
    assert told.newest.height == len(groups)
    kept = {row["source_key"]: row for row in rows}
    content = ("version", "last_updated_at", "status")
    newest = sorted(
        tuple(map(str, (row[c] for c in content))) for row in map(kept.get, told.newest["source_key"]) if row
    )
    last = sorted(tuple(map(str, (max(g, key=order)[c] for c in content))) for g in groups.values())
    assert newest == last


@settings(max_examples=60, deadline=None)
@given(versions())
def test_versions_follow_each_other_without_gaps(rows: list[dict[str, object]]) -> None:
    earlier = list_versions(identify(pl.DataFrame(rows, schema=SCHEMA))).earlier.sort("clinical_id", "sequence")
    place = pl.int_range(1, pl.len() + 1).over("clinical_id")
    assert earlier.filter(pl.col("sequence") != place).is_empty()
    assert earlier["until_date"].null_count() == 0
