"""The night that builds on its parent gives what a night without memory gives, whatever was delivered when."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.contracts import Contract
from sehatmu.intake import Intake, IntakeError, intake
from tests.intake_files import DAY, column, contract, drop, new_home

COLUMNS = (
    column("rs", required=True),
    column("kode", required=True),
    column("nama", required=True),
    column("hapus", "boolean"),
)
TERMS = {
    "full": contract(*COLUMNS, business_key=("rs", "kode")),
    "scoped": contract(*COLUMNS, business_key=("rs", "kode"), scope=("rs",)),
    "delta": contract(*COLUMNS, business_key=("rs", "kode"), mode="delta", delete_flag="hapus"),
    "row key": contract(*COLUMNS, business_key=(), row_key=("rs", "kode"), scope=("rs",)),
}
ROW = st.tuples(
    st.sampled_from(["A", "B", ""]), st.sampled_from("12"), st.sampled_from(["x", "y", ""]), st.sampled_from(["", "ya"])
)
FILE = st.tuples(st.sampled_from(["p", "q"]), st.lists(ROW, min_size=1, max_size=3).map(tuple))
# What lands, under which day, and after how many nights (so that a file may land late under an old day).
LANDINGS = st.lists(st.tuples(FILE, st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7)


def one_night(home: object, terms: Contract, day: date, previous: Intake | None) -> Intake | None:
    try:
        return intake(home, terms, day=day, previous=previous)  # type: ignore[arg-type]
    except IntakeError:
        return None


@pytest.mark.parametrize("kind", TERMS)
@settings(deadline=None, max_examples=12)
@given(landings=LANDINGS)
def test_the_night_on_top_of_its_parent_equals_the_night_without_memory(kind, landings):
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder))
        previous: Intake | None = None
        for night in range(5):
            for (name, rows), day, after in landings:
                if max(day, after) == night:
                    text = "".join(f"{','.join(row)}\n" for row in [("rs", "kode", "nama", "hapus"), *rows])
                    drop(home, f"{name}{night}.csv", text, day=DAY + timedelta(day))
            build = DAY + timedelta(night)
            fresh = one_night(home, TERMS[kind], build, None)
            grown = one_night(home, TERMS[kind], build, previous)
            assert (fresh is None) == (grown is None)
            if fresh is None or grown is None:
                continue
            assert_frame_equal(grown.accepted, fresh.accepted)
            assert_frame_equal(grown.quarantine, fresh.quarantine)
            assert_frame_equal(grown.source_file.filter("is_current"), fresh.source_file.filter("is_current"))
            current = grown.accepted.filter("is_current")
            assert current["record_key"].is_unique().all()
            previous = grown
