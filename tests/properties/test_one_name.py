"""One name read by itself is what the night's standardiser makes of it in a column: else who asks finds others."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.person_writing import write_people
from sehatmu.standardise.one_name import compile_reader, read_full_name
from sehatmu.standardise.person_names import standardise_names
from tests.standardising_persons import books, name_book

SEXES = ("M", "F", None)
READER = compile_reader(name_book())
TITLES = books()["person_titles"]["title"].to_list()
WORDS = books()["person_name_words"]["word"].to_list()
PLACEHOLDERS = sorted(name_book().placeholders)
PLAIN = ["SURYA", "Wibawa", "Soerjo", "Tjandra", "Djadjang", "Sjarifie", "S1TI", "A0N2", "AAA", "XX", "O", "NISA"]
GLUE = st.sampled_from([" ", " ", " ", ", ", ",", ". ", ".", "/", " (", ") ", "-", "'", "\t", "  ", "\u00a0", "´"])
PART = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(TITLES),
    st.sampled_from(TITLES).map(str.upper),
    st.sampled_from(TITLES).map(lambda title: title.replace(".", "")),
    st.sampled_from(WORDS),
    st.sampled_from(PLACEHOLDERS),
    st.sampled_from(["BY", "NY", "TN", "ANAK", "BAYI", "AGUNG", "II", "ﬁ", "É", "Ⅳ", "ſ", "\u0301", "\u200d", "İ"]),
    st.text(max_size=6),
)
WRITTEN = st.lists(st.tuples(PART, GLUE), max_size=7).map(lambda parts: "".join(map("".join, parts)))


def assert_equal(texts: list[str | None], sexes: list[str | None]) -> None:
    """Both ways to read give the same, name by name."""
    names, sex = pl.Series(texts, dtype=pl.String), pl.Series(sexes, dtype=pl.String)
    nobody = pl.Series([None] * len(texts), dtype=pl.String)
    column = standardise_names(names, nobody, sex, name_book(), wanted={"name_full"})["name_full"].to_list()
    alone = [read_full_name(text, told, READER) for text, told in zip(texts, sexes, strict=True)]
    different = [told for told in zip(texts, sexes, column, alone, strict=True) if told[2] != told[3]]
    assert different == []


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), WRITTEN), min_size=1, max_size=40), shift=st.integers(0, 2))
@example(
    texts=[
        "",
        " ",
        " AAA",
        "AAA Surya",
        "XX",
        "  Surya  ",
        ".",
        ",",
        "M.",
        "M Surya",
        "BIN",
        "Surya BIN Wibawa",
        "Ny. ST., S.Pd",
        "S H",
        "S.H.",
    ],
    shift=0,
)
def test_whatever_is_written_reads_the_same_alone(texts: list[str | None], shift: int) -> None:
    assert_equal(texts, [SEXES[(place + shift) % 3] for place in range(len(texts))])


def test_every_title_word_and_placeholder_reads_the_same_alone() -> None:
    """Each of the codebooks before, behind and between plain words, with and without its dots."""
    told = [*TITLES, *WORDS, *PLACEHOLDERS]
    told += [text.upper().replace(".", "") for text in TITLES]
    frames = ("{}", "{} SURYA", "SURYA {}", "SURYA, {}", "SURYA {} WIBAWA", "BY {} SARI", "{} {}", "ANAK {}, S.Kep")
    texts: list[str | None] = [frame.replace("{}", text) for frame, text in product(frames, told)]
    for sex in SEXES:
        assert_equal(texts, [sex] * len(texts))


def test_every_name_of_the_sample_country_reads_the_same_alone(tmp_path: Path) -> None:
    write_people(tmp_path, people=1500, seed=3, day=date(2026, 11, 23), noise=PersonNoise(), night=1, facilities=60)
    rows = pl.read_parquet(tmp_path / "faskes/pasien/2026-11-23/pasien.parquet")
    texts = pl.concat([rows["nama"], rows["nama_ibu"]]).unique(maintain_order=True).to_list()
    assert len(texts) > 1500
    for sex in SEXES:
        assert_equal(texts, [sex] * len(texts))
