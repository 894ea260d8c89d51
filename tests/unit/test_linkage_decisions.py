"""Decisions of stewards: what holds, what contradicts, what follows, and how their files are read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from sehatmu.linkage import LinkageError
from sehatmu.linkage.decision_files import (
    DecisionError,
    decisions_text,
    home_decisions,
    one_decision,
    read_decisions,
    read_filled,
)
from sehatmu.linkage.decisions import (
    ContradictionError,
    add_decisions,
    binding_pairs,
    check_consistent,
    decision_status,
    empty_decisions,
    live_decisions,
)

WHEN = datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
HEADER = "index,left_key,right_key,verdict,who,when,why"


def decided(text: str, *, name: str = "a.csv", day: int = 1) -> pl.DataFrame:
    """`A=B B!C A~B`: same, not the same, withdrawn; one a day."""
    rows = []
    for number, word in enumerate(text.split()):
        sign = next(s for s in "=!~" if s in word)
        left, right = word.split(sign)
        verdict = {"=": "same", "!": "not_same", "~": "withdrawn"}[sign]
        when = datetime(2026, 11, day + number, tzinfo=UTC)
        row = one_decision("msi", (left, right), verdict, who="Rina", when=when, why="")
        rows.append(row.with_columns(file_name=pl.lit(name), row_number=pl.lit(number + 2, pl.UInt32)))
    return pl.concat([empty_decisions(), *rows])


def told(pairs: pl.DataFrame) -> set[str]:
    signs = {"same": "=", "not_same": "!"}
    return {f"{left}{signs[verdict]}{right}" for left, right, verdict in pairs.iter_rows()}


def bound(text: str, here: str) -> set[str]:
    return told(binding_pairs(decided(text), pl.Series(list(here), dtype=pl.String)))


def test_a_decision_has_no_left_and_right() -> None:
    assert bound("B=A", "AB") == {"A=B"}


def test_a_withdrawal_ends_what_was_decided_before_it_and_nothing_after() -> None:
    assert bound("A=B A~B", "AB") == set()
    assert bound("A=B B~A A!B", "AB") == {"A!B"}
    assert bound("A=B C~D", "ABCD") == {"A=B"}


def test_a_record_that_has_gone_binds_the_others_all_the_same() -> None:
    assert bound("A=B B=C", "ABC") == {"A=B", "B=C"}
    assert bound("A=B B=C", "AC") == {"A=C"}
    assert bound("A=B B!C", "AC") == {"A!C"}
    assert bound("A=B C=D B!D", "AC") == {"A!C"}
    assert bound("A=B B!C", "A") == set()
    assert bound("A=X X=B C=X B=D", "ABCD") == {"A=B", "B=C", "B=D"}


def test_no_decisions_bind_nobody() -> None:
    assert binding_pairs(empty_decisions(), pl.Series(["A"])).is_empty()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A=B A!B", ["a.csv row 3", "a.csv row 2"]),
        ("A=B B=C C!A", ["a.csv row 4", "a.csv row 2", "a.csv row 3"]),
        ("A!D A=B B=C C=D X=Y", ["a.csv row 2", "a.csv row 3", "a.csv row 4", "a.csv row 5"]),
    ],
)
def test_contradictions_are_told_by_file_and_row_never_by_key(text: str, names: list[str]) -> None:
    secret = text.replace("A", "faskes|pasien|RM-1")
    with pytest.raises(ContradictionError) as error:
        check_consistent(decided(secret))
    for name in names:
        assert name in str(error.value)
    assert "row 6" not in str(error.value)
    assert "RM-1" not in str(error.value)
    with pytest.raises(ContradictionError):
        binding_pairs(decided(text), pl.Series([], dtype=pl.String))


def test_many_contradictions_are_counted() -> None:
    text = " ".join(f"A{n}=B{n} A{n}!B{n}" for n in range(12))
    with pytest.raises(ContradictionError, match="and 2 more"):
        check_consistent(pl.concat(decided(pair, name=f"{n}.csv") for n, pair in enumerate(text.split(" "))))


def test_a_withdrawn_decision_contradicts_nothing() -> None:
    check_consistent(decided("A=B A~B A!B"))
    check_consistent(decided("A=B B=C B~C A!C"))


def test_status_tells_what_became_of_each() -> None:
    frame = decided("A=B A~B A!B C=D")
    status = decision_status(frame, pl.Series(["A", "B", "C"]))
    assert status["status"].to_list() == ["withdrawn", "withdrawal", "active", "waiting"]
    assert live_decisions(frame)["verdict"].to_list() == ["not_same", "same"]


def test_new_decisions_that_hold_already_are_dropped_and_the_impossible_refused() -> None:
    known = decided("A=B")
    assert add_decisions(known, decided("A=B C=D", name="new.csv", day=5))["left_key"].to_list() == ["C"]
    with pytest.raises(ContradictionError, match=r"new\.csv row 2; the same by a\.csv row 2"):
        add_decisions(known, decided("A!B", name="new.csv", day=5))
    with pytest.raises(LinkageError, match=r"no decision to withdraw \(new\.csv row 2\)"):
        add_decisions(known, decided("A~C", name="new.csv", day=5))
    assert len(add_decisions(known, decided("A~B A!B", name="new.csv", day=5))) == 2


def test_contradictions_are_mended_one_by_one() -> None:
    known = decided("A=B A!B C=D C!D")
    assert len(add_decisions(known, decided("A~B", name="new.csv", day=9))) == 1
    with pytest.raises(ContradictionError):
        add_decisions(known, decided("E=F", name="new.csv", day=9))


def write(folder: Path, *lines: str, name: str = "a.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_files_of_a_home_are_read_whatever_wrote_them(tmp_path: Path) -> None:
    write(tmp_path, "msi,B,A,same,Rina,2026-11-23,one building")
    write(tmp_path, "msi;A;C;not_same;Budi;2026-11-23 10:15;", name="b.csv", header=HEADER.replace(",", ";").upper())
    write(tmp_path, "msi,A,D,same,Budi,2026-11-23T10:15:30.123+07:00,", name="c.csv")
    write(tmp_path, "not read", name="notes.txt")
    found = home_decisions(tmp_path, ["msi"])
    assert found.select("left_key", "right_key", "file_name", "row_number").rows() == [
        ("A", "B", "a.csv", 2),
        ("A", "C", "b.csv", 2),
        ("A", "D", "c.csv", 2),
    ]
    assert found["decided_at"].to_list() == [
        datetime(2026, 11, 23, tzinfo=UTC),
        datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
        datetime(2026, 11, 23, 3, 15, 30, 123_000, tzinfo=UTC),
    ]
    assert found["why"].to_list() == ["one building", None, None]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    frame = one_decision("msi", ("B|1", "A|2"), "same", who='Rina, "Dinkes"', when=WHEN, why="baris\nkedua")
    (tmp_path / "a.csv").write_text(decisions_text(frame), encoding="utf-8")
    again = read_decisions([tmp_path / "a.csv"], ["msi"])
    assert again.drop("file_name", "row_number").equals(frame.drop("file_name", "row_number"))


def test_every_mistake_of_every_file_is_told_by_row_and_column_never_by_value(tmp_path: Path) -> None:
    write(tmp_path, "mpi,3201010101010001,B,sama,,kemarin,", "msi,A,A,same,Rina,2026-11-23,", "msi,A,B,same,Rina,,")
    write(tmp_path, "msi,A", name="b.csv", header="index,left_key")
    write(tmp_path, "msi,A,B,same,Rina,2026-11-23,,more", "msi,A,B,same,Rina,2026-11-23,", name="c.csv")
    (tmp_path / "d.csv").write_bytes(b"")
    with pytest.raises(DecisionError) as error:
        home_decisions(tmp_path, ["msi"])
    lines = [line.strip() for line in str(error.value).splitlines()[1:-1]]
    assert lines[:11] == [
        "a.csv, row 2, column index: is none of msi",
        "a.csv, row 2, column verdict: is none of same, not_same, withdrawn",
        "a.csv, row 2, column when: is no date or time",
        "a.csv, row 2, column who: is empty",
        "a.csv, row 3, column right_key: is the same record as left_key",
        "a.csv, row 4, column when: is empty",
        "b.csv: no column right_key",
        "b.csv: no column verdict",
        "b.csv: no column who",
        "b.csv: no column when",
        "c.csv, row 2: row:ragged",
    ]
    assert lines[11] == "d.csv: the file is empty"
    for value in ("3201010101010001", "sama", "kemarin", "mpi"):
        assert value not in str(error.value).replace("sehatmu", "")


def test_a_filled_queue_gives_the_rows_that_have_a_verdict(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "1,msi,A,B,same,yakin,KLINIK A",
        "2,msi,A,C,,,KLINIK B",
        "3,msi,A,D,not_same,,KLINIK C",
        name="queue.csv",
        header="rank,index,left_key,right_key,verdict,why,left name",
    )
    found = read_filled(path, ["msi"], who="Rina", when=WHEN)
    assert found.select("right_key", "verdict", "who", "why", "row_number").rows() == [
        ("B", "same", "Rina", "yakin", 2),
        ("D", "not_same", "Rina", None, 4),
    ]
    assert found["decided_at"].unique().to_list() == [WHEN]
    path.write_text(path.read_text().replace("not_same", "mungkin"))
    with pytest.raises(DecisionError, match=r"queue\.csv, row 4, column verdict"):
        read_filled(path, ["msi"], who="Rina", when=WHEN)
