"""The section `identity`: what is understood, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sehatmu.contracts.mistakes import ContractError
from sehatmu.identity.config import load_identity

CONTRACTS = Path(__file__).parents[2] / "data_contracts"
SERIES = """
    facility:
      digits: 10
      first: 2000000000
      last: 2999999999
      multiplier: 618033989
      offset: 7
      official: ^\\d{10}$
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "linkage" / "facility.yaml"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_the_facility_file_mints_apart_from_official_numbers() -> None:
    config = load_identity(CONTRACTS / "linkage" / "facility.yaml")
    numbering = config.series["facility"]
    assert config.index == "msi"
    assert config.only_series == "facility"
    assert numbering.first > 1_001_999_999  # official ones seen start with 1000 and 1001
    assert len(str(numbering.last)) == numbering.digits == 10


def test_an_index_may_have_several_series(tmp_path: Path) -> None:
    text = "identity:\n  index: kfa\n  series:\n"
    for prefix in (91, 92):
        figures = "digits: 6, first: 900000, last: 999999, multiplier: 7"
        text += f"    level{prefix}: {{prefix: '{prefix}', {figures}, official: '^{prefix}\\d{{6}}$'}}\n"
    config = load_identity(write(tmp_path, text))
    assert list(config.series) == ["level91", "level92"]
    assert config.only_series is None
    assert config.series["level91"].offset == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("index: msi", "index: 3"), "identity.index: found the integer 3; allowed: a text"),
        (("  index: msi\n", ""), "identity: lacks 'index'"),
        (("digits: 10", "digit: 10"), "unknown key (did you mean 'digits'?)"),
        (("digits: 10", "digits: 9"), "a range within 9 digits"),
        (("digits: 10", "digits: ten"), "identity.series.facility.digits: found the text 'ten'"),
        (("multiplier: 618033989", "multiplier: 618033980"), "no common factor with the size 1000000000"),
        (("multiplier: 618033989", "multiplier: 61803398901"), "at most 9223372035"),
        (("offset: 7", "offset: 1000000000"), "less than the size 1000000000"),
        (("first: 2000000000", "first: 3000000000"), "found 3000000000 to 2999999999"),
        (("official: ^\\d{10}$", "official: '^(\\d{10}$'"), "a regular expression"),
        (("  series:" + SERIES, "  series: {}\n"), "found no series"),
        (("identity:", "identities:"), "lacks 'identity'"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = "identity:\n  index: msi\n  series:" + SERIES
    assert load_identity(write(tmp_path, text)).index == "msi"
    (tmp_path / "linkage" / "facility.yaml").write_text(text.replace(*change))
    with pytest.raises(ContractError) as error:
        load_identity(tmp_path / "linkage" / "facility.yaml")
    assert said in str(error.value)
    assert "linkage/facility.yaml" in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "identity:\n  indx: msi\n  series:\n    facility:\n      digits: x\n")
    with pytest.raises(ContractError) as error:
        load_identity(path)
    assert len(error.value.mistakes) == 7  # two keys of the section, the wrong digits, four keys that lack


def test_ranges_that_meet_are_refused(tmp_path: Path) -> None:
    text = "identity:\n  index: msi\n  series:" + SERIES + SERIES.replace("facility", "other")
    with pytest.raises(ContractError, match="the ranges of 'facility' and 'other' meet"):
        load_identity(write(tmp_path, text))
