"""Text in blocks of lines: wherever a block ends, the same rows, the same faults, and lines told again by number."""

from __future__ import annotations

import json

import polars as pl
import pytest

from sehatmu.intake.delivered import ROW
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.lines import cut_blocks, number_lines
from sehatmu.intake.read_paths import read_paths

LINES = ['{"a": {"b": " x "}}', "", '{"a": ', '{"a": 1, "a": 2}', "[1]", '{"c": "-"}', '{"a": {"b": "é"}, "c": "y"}']
TEXT = "\n".join(LINES).encode() + b"\n"


@pytest.mark.parametrize("size", [1, 7, 30, 1 << 20])
def test_where_blocks_end_changes_nothing(size: int) -> None:
    pieces = [TEXT[at : at + 5] for at in range(0, len(TEXT), 5)]
    assert b"".join(cut_blocks(pieces, size)) == TEXT
    found, count = read_paths(lambda: cut_blocks(pieces, size), {"b": ["a.b"], "c": ["c"]}, nulls=["", "-"])
    assert count == len(LINES)
    assert found.rows.rows() == [(1, "x", None), (6, None, None), (7, "é", "y")]
    assert found.rows.n_chunks() == 1
    whole = [json.dumps({"_line": LINES[2]}, separators=(",", ":")), LINES[3], '{"_line":"[1]"}']
    reasons = ["row:malformed-json", "row:doubled-key", "row:malformed-json"]
    assert found.broken.rows() == list(zip([3, 4, 5], reasons, whole, strict=True))
    assert found.lines is not None
    told = found.lines(pl.Series([7, 1], dtype=pl.UInt32))
    assert told.rows() == [(1, LINES[0]), (7, LINES[6])]


def test_lines_are_numbered_through_all_blocks() -> None:
    assert [table[ROW].to_pylist() for _, table in number_lines([b"a\nb\n", b"\n", b"c"])] == [[1, 2], [3], [4]]


def test_a_control_character_is_told_by_its_line_in_the_whole_text() -> None:
    with pytest.raises(BadFileError) as told:
        list(number_lines([b"{}\n{}\n", b"{}\n\x1f\n"]))
    assert told.value.row == 4
