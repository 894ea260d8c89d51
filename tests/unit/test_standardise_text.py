"""Text, contacts and positions: tables of before → after."""

from __future__ import annotations

import polars as pl
import pytest

from sehatmu.standardise.contacts import normalise_email, normalise_phone
from sehatmu.standardise.coordinates import normalise_coordinates
from sehatmu.standardise.text import clean_text, modern_spelling, tidy, unwrap, wrap


def run(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  RS.Melati   Indah ", "RS MELATI INDAH"),
        ("Klinik Ibu&Anak", "KLINIK IBU DAN ANAK"),
        ("Puskesmas Ta'ba / Lama", "PUSKESMAS TABA LAMA"),
        ("Apotek Séhat\u200b\tJaya\u00a0II", "APOTEK SEHAT JAYA II"),
        ("ＲＳ Lebar", "RS LEBAR"),
        ("...", None),
        ("", None),
        (None, None),
    ],
)
def test_clean_text(before: str | None, after: str | None) -> None:
    assert run(clean_text(pl.lit(before, pl.String))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [(" RS  Umum ", "RS Umum"), ("-", None), ("tidak ada", None), ("0", None), ("Jl. 0", "Jl. 0"), (None, None)],
)
def test_tidy_keeps_the_writing_and_drops_placeholders(before: str | None, after: str | None) -> None:
    assert run(tidy(pl.lit(before, pl.String))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("SOEDJONO", "SUJONO"), ("TJOKRO", "COKRO"), ("MOELJONO", "MULJONO"), ("DDJ", "J"), ("JAYA", "JAYA")],
)
def test_modern_spelling(before: str, after: str) -> None:
    assert run(modern_spelling(pl.lit(before))) == after


def test_wrapped_words_share_no_blank() -> None:
    assert run(wrap(pl.lit("A B"))) == " A  B "
    assert run(unwrap(wrap(pl.lit("A B")))) == "A B"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(0271) 123456", "62271123456"),
        ("+62 271-123456_", "62271123456"),
        ("0062271123456", "62271123456"),
        ("620271123456", "62271123456"),
        ("0812 3456 7890 / 0813 1111 2222", "6281234567890"),
        ("0271-123456, 654321", "62271123456"),
        ("0271123456 ext. 12", "62271123456"),
        ("81234567890", "6281234567890"),
        ("1234567", "1234567"),
        ("0000000000", None),
        ("12", None),
        ("tidak tahu", None),
        (None, None),
    ],
)
def test_normalise_phone(before: str | None, after: str | None) -> None:
    assert run(normalise_phone(pl.lit(before, pl.String))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (" RSUD@Contoh.EXAMPLE ", "rsud@contoh.example"),
        ("a@b.example; c@d.example", "a@b.example"),
        ("tanpa-at.example", None),
        ("a@b", None),
        (None, None),
    ],
)
def test_normalise_email(before: str | None, after: str | None) -> None:
    assert run(normalise_email(pl.lit(before, pl.String))) == after


@pytest.mark.parametrize(
    ("latitude", "longitude", "after"),
    [
        ("-6,9", "107,6", (-6.9, 107.6, None)),
        (-6.9, 107.6, (-6.9, 107.6, None)),
        (107.6, -6.9, (-6.9, 107.6, "coordinates-swapped")),
        (0.0, 0.0, (None, None, "coordinates-zero")),
        (51.5, -0.1, (None, None, "coordinates-outside")),
        (-3.4, 119415581.0, (None, None, "coordinates-outside")),
        (None, 107.6, (None, None, "coordinates-outside")),
        (None, None, (None, None, None)),
        ("utara", "timur", (None, None, None)),
    ],
)
def test_normalise_coordinates(latitude: object, longitude: object, after: tuple[object, ...]) -> None:
    frame = pl.DataFrame({"latitude": [latitude], "longitude": [longitude]})
    made = normalise_coordinates(frame).select("latitude", "longitude", "position_flag")
    assert made.row(0) == after
