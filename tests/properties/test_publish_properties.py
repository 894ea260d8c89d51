"""What holds for every sequence of nights: history gives back each of them, and the diff equals the files."""

from __future__ import annotations

import hashlib
import hmac
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.publish.diff import diff
from sehatmu.publish.mask import hash_value, masked_columns, set_key
from tests.publishing import PATIENT, ask, contracts, facility, new_home, night

FIRST = date(2026, 11, 1)
# One night: the facilities that are there, each with a phone or none; and how many days later it runs.
NIGHT = st.tuples(st.dictionaries(st.integers(1, 4), st.sampled_from([None, "1", "2"]), max_size=4), st.integers(1, 3))


@settings(max_examples=6, deadline=None)
@given(st.lists(NIGHT, min_size=2, max_size=4))
def test_history_gives_back_every_night_and_diff_tells_the_difference_of_any_two(
    nights: list[tuple[dict[int, str | None], int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder))
        day, builds, published = FIRST, [], {}
        for facilities, step in nights:
            day += timedelta(days=step)
            rows = [facility(number, telp=telp) for number, telp in facilities.items()]
            builds.append(night(home, day.isoformat(), rows))
            published[day] = sorted((row["master_id"], row["telp"] or "") for row in rows)
        file = home.published / "sehatmu.duckdb"
        for offset in range((day - FIRST).days + 2):
            asked = FIRST + timedelta(days=offset)
            last = max((d for d in published if d <= asked), default=None)
            query = f"SELECT master_id, coalesce(telp, '') FROM msi.facilities_on('{asked}') ORDER BY 1"
            assert ask(file, query) == (published[last] if last else [])
        days = sorted(published)
        for i, old in enumerate(builds):
            for j, new in enumerate(builds):
                before, after = dict(published[days[i]]), dict(published[days[j]])
                changed = {k for k in before.keys() & after.keys() if before[k] != after[k]}
                told = diff(home, old, new).indexes  # none, where neither build holds anything
                left_between = _left(home, builds[min(i, j) + 1 : max(i, j) + 1])
                assert sum(index.changed_count for index in told) == len(changed - left_between)


def _left(home, builds):  # type: ignore[no-untyped-def]
    """Ids that came or went in one of these builds: the diff tells those as events, not as changed values."""
    events = [pl.read_parquet(home.builds / str(b) / "events" / "event.parquet") for b in builds]
    return set(pl.concat(events)["master_id"]) if events else set()


@settings(max_examples=25, deadline=None)
@given(
    st.binary(max_size=100),
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=20),
)
def test_the_hash_in_sql_is_the_hash_in_python(key: bytes, values: list[str]) -> None:
    con = duckdb.connect()
    set_key(con, key)
    con.register("incoming", pl.DataFrame({"nik": values}, schema={"nik": pl.String}))
    shown = con.sql(f"SELECT {masked_columns(PATIENT, contracts())[1]} FROM incoming").fetchall()
    assert [row[0] for row in shown] == [hash_value(key, value) for value in values]
    assert [row[0] for row in shown] == [hmac.new(key, v.encode(), hashlib.sha256).hexdigest() for v in values]
