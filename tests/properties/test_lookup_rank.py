"""What ranks a few people encodes them as the linkage engine encodes a column: same equals, same texts, same gaps."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.linkage.encode import Column, encode_column
from sehatmu.lookup.rank import encode_days, encode_texts

PLACEHOLDERS = ("NN", "-")
TEXTS = st.lists(
    st.one_of(st.none(), st.sampled_from(["SITI", "NN", "-", "", "  ", "SITI A"]), st.text("AB ", max_size=3))
)


def texts_of(column: Column) -> list[str]:
    return [str(text) for text in column.texts(np.arange(len(column.values)))]


@settings(deadline=None)
@given(texts=TEXTS)
def test_texts_are_encoded_as_in_a_column(texts: list[str | None]) -> None:
    whole = encode_column(pl.Series(texts, dtype=pl.String), "text", PLACEHOLDERS)
    few = encode_texts(texts, PLACEHOLDERS)
    assert texts_of(few) == texts_of(whole)
    assert (few.values == 0).tolist() == (whole.values == 0).tolist()
    assert few.vocabulary is not None
    assert whole.vocabulary is not None
    assert sorted(few.vocabulary) == sorted(whole.vocabulary)


@settings(deadline=None)
@given(days=st.lists(st.one_of(st.none(), st.dates(min_value=date(1000, 1, 1)))))
def test_days_are_encoded_as_in_a_column(days: list[date | None]) -> None:
    whole = encode_column(pl.Series(days, dtype=pl.Date), "date", ())
    few = encode_days([int(day.strftime("%Y%m%d")) if day else None for day in days])
    assert few.values.tolist() == whole.values.tolist()
    assert few.values.dtype == whole.values.dtype
