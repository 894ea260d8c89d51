"""Codebooks: text stays text, validity becomes dates, and a key holds once for a day."""

from datetime import date
from pathlib import Path

import pytest

from sehatmu.contracts import ContractError, load_codebook
from sehatmu.errors import SehatmuError


def write(root: Path, text: str | bytes) -> Path:
    (root / "codebooks").mkdir(exist_ok=True)
    path = root / "codebooks/kinds.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def mistakes(root: Path, text: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(ContractError) as caught:
        load_codebook(write(root, text), "kinds")
    assert all(m.file == "codebooks/kinds.csv" for m in caught.value.mistakes)
    return [(m.path, m.found) for m in caught.value.mistakes]


def test_codes_stay_text_and_validity_comes_last_as_dates(tmp_path: Path) -> None:
    text = "code,valid_from,valid_to,name\n007,2024-02-05,,a\n008,,2024-02-04,\n"
    frame = load_codebook(write(tmp_path, text), "kinds")
    assert frame.columns == ["code", "name", "valid_from", "valid_to"]
    assert frame.rows() == [("007", "a", date(2024, 2, 5), None), ("008", None, None, date(2024, 2, 4))]


def test_without_validity_a_row_holds_for_ever(tmp_path: Path) -> None:
    frame = load_codebook(write(tmp_path, "spelling,code\nRS,104\n"), "kinds")
    assert frame.rows() == [("RS", "104", None, None)]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_save_is_read(tmp_path: Path, start: bytes, end: str) -> None:
    text = end.join(["code,name", '007,"a, ""b"""', "008,"]) + end
    frame = load_codebook(write(tmp_path, start + text.encode()), "kinds")
    assert frame.rows() == [("007", 'a, "b"', None, None), ("008", None, None, None)]


def test_one_key_may_follow_on_itself(tmp_path: Path) -> None:
    text = "code,valid_from,valid_to\n1,2024-01-01,\n1,,2023-12-31\n"
    assert load_codebook(write(tmp_path, text), "kinds").height == 2


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["1,,", "2,,", "1,,"], [4]),
        (["1,,2024-01-01", "1,2024-01-01,"], [3]),
        (["1,2020-01-01,2029-12-31", "1,2021-01-01,2021-12-31", "1,2025-01-01,2025-12-31"], [3, 4]),
    ],
)
def test_overlapping_validity_is_a_mistake(tmp_path: Path, rows: list[str], lines: list[int]) -> None:
    found = mistakes(tmp_path, "\n".join(["code,valid_from,valid_to", *rows, ""]))
    assert found == [(f"line {line}", "the key stands twice for one day") for line in lines]


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("code,name\n,a\n", "line 2", "the key is empty or has blanks around it"),
        ("code,name\n1,a\n 2,a\n", "line 3", "the key is empty or has blanks around it"),
        ("code,valid_from,valid_to\n1,31/01/2024,\n", "line 2", "a validity that is no date"),
        ("code,valid_from,valid_to\n1,2024-02-30,\n", "line 2", "a validity that is no date"),
        ("code,valid_from,valid_to\n1,2024-01-02,2024-01-01\n", "line 2", "valid_to is before valid_from"),
        ("code,valid_from\n1,\n", "line 1", "found code,valid_from"),
        ("code, name\n1,a\n", "line 1", "found code, name"),
        ("code,name\n1,a,b\n", "line 2", "found 3 cells"),
        ('code,name\n1,"a,b"\n2\n', "line 3", "found 1 cells"),
        ("code,code\n1,a\n", "line 1", "found code,code"),
        ("", "", "not readable"),
        (b"code,name\n1,\xe9\n", "", "not readable"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str | bytes, path: str, found: str) -> None:
    told = mistakes(tmp_path, text)
    assert len(told) == 1
    assert told[0][0] == path
    assert told[0][1].startswith(found)


def test_an_unknown_codebook_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SehatmuError, match=r"no codebook 'kind' .did you mean 'kinds'"):
        load_codebook(write(tmp_path, "code\n1\n"), "kind")
