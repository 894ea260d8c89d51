"""Texts with values in them, where `polars.format` panics: columns whose chunks are unlike, one of them empty."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sehatmu.phrase import phrase


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_columns_of_any_chunks_are_filled_in(sizes: list[int]) -> None:
    parts = [pl.Series("name", [f"value {place}"] * size, dtype=pl.String) for place, size in enumerate(sizes)]
    name = pl.concat(parts, rechunk=False)
    frame = pl.DataFrame({"count": range(len(name))}).with_columns(name)
    told = frame.select(phrase("{}: {} of them", "name", pl.col("count") + 1)).to_series().to_list()
    assert told == [f"{value}: {place} of them" for place, value in enumerate(name, start=1)]


def test_a_null_leaves_nothing_to_tell() -> None:
    frame = pl.DataFrame({"count": [1, None]})
    assert frame.select(told=phrase("of {} only", "count"))["told"].to_list() == ["of 1 only", None]


def test_a_pattern_asks_for_as_many_values_as_it_has_places() -> None:
    with pytest.raises(ValueError, match="1 values for 2 places"):
        phrase("{} and {}", "one")
