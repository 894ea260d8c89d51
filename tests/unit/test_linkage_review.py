"""The review queue: what a decision would gain, and the worklist that a steward gets to fill in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest

from sehatmu.linkage import LinkageError
from sehatmu.linkage.decision_files import one_decision
from sehatmu.linkage.decisions import empty_decisions
from sehatmu.linkage.review import review_rows
from sehatmu.linkage.score import make_plan
from sehatmu.linkage.worklist import make_worklist, write_worklist
from tests.linking import small_config

CONFIG = small_config()
LEVELS = {f"level_{c.name}": 0 for c in CONFIG.comparisons}


def queue(*pairs: tuple[str, str, float, str | None], clusters: str = "a b c d e") -> pl.DataFrame:
    """Pairs (left, right, score, veto) that are possible; `clusters`: `a,b c` is two clusters."""
    rows: list[dict[str, Any]] = [
        {"left_key": left, "right_key": right, "score": score, "class": "possible", "veto": veto, **LEVELS}
        for left, right, score, veto in pairs
    ]
    frame = pl.DataFrame(rows, schema_overrides={"veto": pl.String})
    members = [(key, group[0]) for group in (part.split(",") for part in clusters.split()) for key in group]
    named = pl.DataFrame(members, schema=["record_key", "cluster_key"], orient="row")
    return review_rows(frame, make_plan(CONFIG), index="mpi", clusters=named)


def gains(rows: pl.DataFrame) -> list[tuple[str, float]]:
    return [(left + right, round(gain, 2)) for left, right, gain in rows.select("left_key", "right_key", "gain").rows()]


def test_the_less_certain_question_comes_first() -> None:
    rows = queue(("a", "b", -3.0, None), ("a", "c", -1.0, None), ("a", "d", 0.0, None))
    assert gains(rows) == [("ad", 1.0), ("ac", 0.92), ("ab", 0.5)]
    assert rows["rank"].to_list() == [1, 2, 3]


def test_a_question_about_more_records_comes_first() -> None:
    rows = queue(("a", "d", -1.0, None), ("d", "e", 0.0, None), clusters="a,b,c d e")
    assert gains(rows) == [("ad", 2.75), ("de", 1.0)]


def test_an_ambiguous_refusal_is_an_even_question_whatever_it_scores() -> None:
    rows = queue(("a", "b", 25.0, "ambiguous"), ("a", "c", 25.0, "other_code"), ("a", "d", -0.5, None))
    assert gains(rows) == [("ab", 1.0), ("ad", 0.98), ("ac", 0.0)]


def test_ties_end_in_keys() -> None:
    rows = queue(("a", "c", -2.0, None), ("a", "b", -2.0, None), ("a", "d", 2.0, "other_code"))
    assert [pair for pair, _ in gains(rows)] == ["ad", "ab", "ac"]


RECORDS = pl.DataFrame(
    {
        "record_key": list("abc"),
        "code": [None, None, None],
        "name": ["=1+1", "SITI", "http://x"],
        "born": [date(1990, 4, 7), None, None],
        "town": ["BOGOR", None, "BOGOR"],
    },
    schema_overrides={"code": pl.String},
)


def worklist(**more: Any) -> pl.DataFrame:
    rows = queue(("a", "b", -1.0, None), ("a", "c", -2.0, None), clusters="a b c")
    return make_worklist(rows, RECORDS, CONFIG, more.pop("decisions", empty_decisions()), **more)


def test_records_stand_beside_each_other_without_what_says_nothing_and_without_the_score() -> None:
    rows = worklist()
    assert rows.columns == [
        *("rank", "index", "left_key", "right_key", "verdict", "why", "left name", "right name"),
        *("left born", "right born", "left town", "right town"),
    ]
    assert rows["right name"].to_list() == ["SITI", "http://x"]
    assert rows["verdict"].null_count() == 2
    assert worklist(with_score=True).columns[-2:] == ["score", "explanation"]
    assert worklist(top=1)["rank"].to_list() == [1]


def test_what_is_decided_by_now_is_left_out() -> None:
    decided = one_decision("mpi", ("b", "a"), "same", who="Rina", when=datetime(2026, 11, 23, tzinfo=UTC), why="")
    assert worklist(decisions=decided)["right_key"].to_list() == ["c"]


def test_nothing_that_a_register_delivers_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    path = tmp_path / "queue.xlsx"
    write_worklist(path, worklist())
    with ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "dataValidation" in sheet
    assert pl.read_excel(path, infer_schema_length=0)["left name"].to_list() == ["=1+1", "=1+1"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_empty_queue_is_a_file_too(tmp_path: Path) -> None:
    for name in ("queue.xlsx", "queue.csv"):
        write_worklist(tmp_path / name, worklist().clear())
        assert (tmp_path / name).stat().st_size


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(LinkageError, match="CSV or XLSX"):
        write_worklist(tmp_path / "queue.ods", worklist())
    with pytest.raises(LinkageError, match="cannot be written"):
        write_worklist(tmp_path / "nowhere" / "queue.csv", worklist())
