"""Text in blocks of lines: wherever a block ends, the same rows, the same faults, and lines told again by number."""

from __future__ import annotations

import json

import polars as pl
import pytest

from sehatmu.intake.delivered import ROW, Delivered
from sehatmu.intake.faults import BadFileError
from sehatmu.intake.lines import cut_blocks, number_lines
from sehatmu.intake.read_paths import read_paths

LINES = [
    '{"a": {"b": " x "}}',
    "",
    '{"a": ',
    '{"a": 1, "a": 2}',
    "[1]",
    '{"c": "y", "a": {"b": "-"}}',
    '{"c": "-"}',
    '{"a": {"b": "é"}, "c": "y"}',
]
TEXT = "\n".join(LINES).encode() + b"\n"


def read_in(size: int) -> tuple[Delivered, list[tuple[list[int], int]]]:
    """The text in blocks of this size, and what the reader asked about its broken lines."""
    pieces = [TEXT[at : at + 5] for at in range(0, len(TEXT), 5)]
    assert b"".join(cut_blocks(pieces, size)) == TEXT
    asked: list[tuple[list[int], int]] = []
    file = read_paths(
        lambda: cut_blocks(pieces, size),
        {"b": ["a.b"], "c": ["c"]},
        nulls=["", "-"],
        refuse=lambda broken, count: asked.append((broken.to_list(), count)),
    )
    return file, asked


@pytest.mark.parametrize("size", [1, 7, 30, 1 << 20])
def test_where_blocks_end_changes_nothing(size: int) -> None:
    file, asked = read_in(size)
    found = file.whole()
    assert asked == [([3, 4, 5], len(LINES))]
    assert found.rows.rows() == [(1, "x", None), (6, None, "y"), (7, None, None), (8, "é", "y")]
    assert found.rows.n_chunks() == 1
    whole = [json.dumps({"_line": LINES[2]}, separators=(",", ":")), LINES[3], '{"_line":"[1]"}']
    reasons = ["row:malformed-json", "row:doubled-key", "row:malformed-json"]
    assert found.broken.rows() == list(zip([3, 4, 5], reasons, whole, strict=True))
    assert found.lines is not None
    told = found.lines(pl.Series([8, 1], dtype=pl.UInt32))
    assert told.rows() == [(1, LINES[0]), (8, LINES[7])]


@pytest.mark.parametrize("size", [1, 30, 1 << 20])
def test_rows_are_read_again_by_their_numbers(size: int) -> None:
    file, _ = read_in(size)
    again = file.only(pl.Series([8, 3, 1], dtype=pl.UInt32))
    assert again.rows.rows() == [(1, "x", None), (8, "é", "y")]
    assert again.broken.is_empty()
    assert again.lines is not None
    assert again.lines(pl.Series([8], dtype=pl.UInt32)).rows() == [(8, LINES[7])]


def test_lines_with_more_lists_of_keys_than_are_told_apart_are_asked_for_everything() -> None:
    lines = [json.dumps({f"k{nth}": nth, "a": {"b": str(nth)}} | ({"c": "z"} if nth % 2 else {})) for nth in range(60)]
    text = "\n".join(lines).encode()
    file = read_paths(lambda: [text], {"b": ["x", "a.b"], "c": ["c"]}, nulls=[""], refuse=lambda *_: None)
    wanted = [(nth + 1, str(nth), "z" if nth % 2 else None) for nth in range(60)]
    assert file.whole().rows.rows() == wanted


@pytest.mark.parametrize(
    "line",
    [
        '{"a": {"b": "x"} }}',
        '{"a": {"b": "x"}',
        '{"a": {"b": x}}',
        '{"a": {"b": "x"}} {"c": "y"}',
        '[{"c": "y"}',
        '"}',
        '{"a": "\x00"}',
        '{"a" "b"}',
    ],
)
def test_what_only_ends_like_an_object_is_none(line: str) -> None:
    text = f'{{"c": "1"}}\n{line}\n  {{"c": "2"}}  \n{{"c": "3"}}'.encode()
    found = read_paths(lambda: [text], {"c": ["c"]}, nulls=[""], refuse=lambda *_: None).whole()
    assert found.rows.rows() == [(1, "1"), (3, "2"), (4, "3")]
    assert found.broken.select(ROW, "reason").rows() == [(2, "row:malformed-json")]


def test_lines_are_numbered_through_all_blocks() -> None:
    assert [table[ROW].to_pylist() for _, table in number_lines([b"a\nb\n", b"\n", b"c"])] == [[1, 2], [3], [4]]


def test_a_control_character_is_told_by_its_line_in_the_whole_text() -> None:
    with pytest.raises(BadFileError) as told:
        list(number_lines([b"{}\n{}\n", b"{}\n\x1f\n"]))
    assert told.value.row == 4
