"""The codebooks keep what the domain's facts say, and agree with one another."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sehatmu.standardise import load_codebooks
from sehatmu.standardise.identifiers import CODE_COLUMNS
from sehatmu.standardise.text import clean_text
from tests.standardising import CONTRACTS, books


def test_37_published_kinds_and_one_seen() -> None:
    kinds = books()["facility_kinds"]
    published = kinds.filter(pl.col("status") == "published")["kind_code"].to_list()
    assert published == [str(code) for code in range(101, 138)]
    assert kinds.filter(pl.col("status") == "seen")["kind_code"].to_list() == ["138"]
    # The platform speaks of 35; which ones is data, not code.
    assert kinds["counted"].to_list().count("true") == 35


def test_38_provinces() -> None:
    provinces = books()["provinces"]
    assert len(provinces) == 38
    assert provinces.filter(pl.col("prov_code").is_in(["93", "94", "95", "96"]))["bps_code"].null_count() == 4
    known = set(provinces["prov_code"])
    assert set(provinces["former_code"].drop_nulls()) <= known
    assert set(books()["province_spellings"]["prov_code"]) <= known


def test_14_namespaces_of_the_platform() -> None:
    namespaces = books()["identifier_namespaces"]
    assert len(namespaces.filter(pl.col("status") == "published")) == 14
    assert namespaces["rank"].is_unique().all()
    named = {space for spaces in CODE_COLUMNS.values() for space in spaces}
    # What this service registers is told by the organisation's own number: it is no code of a facility.
    assert named == set(namespaces["namespace"]) - {"sehatmu_layanan"}


@pytest.mark.parametrize(
    ("name", "column", "of", "key"),
    [
        ("facility_kind_spellings", "kind_code", "facility_kinds", "kind_code"),
        ("facility_kind_spellings", "subkind_code", "facility_subkinds", "subkind_code"),
        ("facility_subkinds", "kind_code", "facility_kinds", "kind_code"),
        ("identifier_forms", "namespace", "identifier_namespaces", "namespace"),
        ("identifier_namespaces", "successor", "identifier_namespaces", "namespace"),
    ],
)
def test_codes_exist_in_the_book_that_they_name(name: str, column: str, of: str, key: str) -> None:
    assert set(books()[name][column].drop_nulls()) <= set(books()[of][key])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("facility_kind_spellings", "spelling"),
        ("hospital_classes", "spelling"),
        ("owners", "spelling"),
        ("value_spellings", "spelling"),
        ("name_words", "word"),
    ],
)
def test_spellings_are_written_as_texts_are_cleaned(name: str, column: str) -> None:
    spellings = books()[name].select(said=column, clean=clean_text(pl.col(column)))
    assert spellings.filter(pl.col("said") != pl.col("clean")).rows() == []


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    folder = tmp_path / "codebooks"
    folder.mkdir()
    for path in (CONTRACTS / "codebooks").glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    assert load_codebooks(tmp_path).version == books().version
    owners = folder / "owners.csv"
    owners.write_text(owners.read_text() + "RAJA,RAJA,Raja,public,invented,\n")
    assert load_codebooks(tmp_path).version != books().version
