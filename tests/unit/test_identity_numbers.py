"""Minting: shapes, skipped numbers, and the end of a range."""

from __future__ import annotations

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.identity.numbers import Numbering, mint, number_of

NOBODY = pl.Series([], dtype=pl.String)
TINY = Numbering(prefix="P", digits=3, first=40, last=49, multiplier=3, offset=1, official="")


def test_ids_have_their_shape() -> None:
    patient = Numbering("P", 11, 5 * 10**9, 10**10 - 1, 618_033_989, 0, "")
    assert patient.mistakes() == []
    ids = number_of(pl.Series([0, 1, 10**9]), patient)
    assert ids.str.contains(r"^P\d{11}$").all()
    assert ids[0] == "P05000000000"
    assert ids[2] == f"P{5 * 10**9 + (618_033_989 * 10**9) % (5 * 10**9):011d}"


def test_counters_go_on_where_they_stopped() -> None:
    whole = mint(10, TINY, start=0, taken=NOBODY)
    parts = [mint(4, TINY, start=0, taken=NOBODY), mint(6, TINY, start=4, taken=NOBODY)]
    assert pl.concat(parts).equals(whole)
    assert sorted(whole["number"]) == [f"P0{n}" for n in range(40, 50)]


def test_taken_numbers_are_skipped_and_their_counters_too() -> None:
    free = mint(10, TINY, start=0, taken=NOBODY)
    taken = free["number"].gather([0, 1, 5])
    given = mint(7, TINY, start=0, taken=taken)
    assert given.equals(free.filter(~pl.col("number").is_in(taken.implode())))


def test_a_range_that_is_used_up_says_so() -> None:
    with pytest.raises(SehatmuError, match="used up"):
        mint(11, TINY, start=0, taken=NOBODY)
    with pytest.raises(SehatmuError, match="widen the range"):
        mint(10, TINY, start=0, taken=pl.Series(["P040"]))


def test_nothing_asked_nothing_given() -> None:
    assert mint(0, TINY, start=10, taken=NOBODY).is_empty()
