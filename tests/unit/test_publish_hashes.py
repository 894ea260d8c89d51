"""Hashes that are worked out once a value are those that are worked out where the value stands."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.publish.hashes import Hashes
from sehatmu.publish.mask import hash_value, set_key
from tests.publishing import contracts

KEY = b"k" * 32
TEXTS = st.lists(st.sampled_from(["", "é|1", "3201", "x|y|1", "x|y|2", None]), max_size=12)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    set_key(connection, KEY)
    return connection


@settings(max_examples=40, deadline=None)
@given(columns=st.lists(st.tuples(st.sampled_from(["record_key", "left_key", "nik"]), TEXTS), max_size=4))
def test_every_text_has_its_hash_whatever_was_hashed_before(con, columns):
    hashes = Hashes(con, contracts())
    for name, texts in columns:
        made = hashes.of(pl.Series(name, texts, dtype=pl.String))
        assert made.name == name
        assert made.to_list() == [None if text is None else hash_value(KEY, text) for text in texts]


def test_a_key_without_personal_columns_is_shown_as_it_is(con):
    made = Hashes(con, contracts()).of(pl.Series("left_key", ["sirs|rumah_sakit|1", "faskes|pasien|1"]))
    assert made.to_list() == ["sirs|rumah_sakit|1", hash_value(KEY, "faskes|pasien|1")]
