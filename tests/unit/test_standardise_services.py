"""Services standardised: amounts, national codes and modifiers, names with abbreviations, and who belongs where."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.contracts import load_codebook
from sehatmu.standardise.amounts import read_amounts
from sehatmu.standardise.kptl import active_rows, judge_codes
from sehatmu.standardise.service_names import expand_words, hint_groups, name_columns, spell_words, tidy_texts
from tests.standardising_services import CONTRACTS, LIST, accepted, books, item, services

WORDS = load_codebook(CONTRACTS, "service_words")


def spelt(*names: str) -> pl.Series:
    tidy = pl.DataFrame({"name": names}).select(tidy_texts(pl.col("name")))["name"]
    return spell_words(tidy, WORDS)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("150000", 150_000),
        ("Rp 150.000,-", 150_000),
        ("Rp. 1.250.000,00", 1_250_000),
        ("150,000.00", 150_000),
        ("IDR 150.000", 150_000),
        ("-Rp 2.500,-", -2_500),
        ("150", 150),
        ("0", 0),
        ("150.00", 150),
        ("1.5000", None),
        ("9" * 16, None),
        ("lihat lampiran", None),
        ("", None),
        (None, None),
    ],
)
def test_amounts_are_whole_rupiah(text: str | None, amount: int | None) -> None:
    told = pl.DataFrame({"told": [text]}, schema={"told": pl.String}).select(read_amounts(pl.col("told")))
    assert told.item() == amount


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**11))
def test_every_way_to_write_an_amount_is_the_same_amount(amount: int) -> None:
    dotted = f"{amount:,}".replace(",", ".")
    ways = [str(amount), dotted, f"{amount:,}", f"Rp {dotted},-", f"Rp{dotted},00", f"{amount:,}.00"]
    told = pl.DataFrame({"told": ways}).select(read_amounts(pl.col("told")))["told"]
    assert told.to_list() == [amount] * len(ways)


def test_a_code_is_held_against_the_list() -> None:
    listed = active_rows(accepted("referensi_kptl", LIST), books()["service_statuses"])
    asked = ["10001", "10001.AP001", "10001.AP002", "10001.SU001", "10001.XX001", "10001.AP001.AP002", "90001", "99999"]
    told = judge_codes(pl.Series(asked), listed)
    verdicts = dict(told.select("code", "verdict").iter_rows())
    assert verdicts == {
        "10001": "valid",
        "10001.AP001": "valid",
        "10001.AP002": "valid",
        "10001.SU001": "kptl:modifier-not-allowed",
        "10001.XX001": "kptl:unknown-modifier",
        "10001.AP001.AP002": "kptl:modifier-not-allowed",  # a group of modifiers applies once
        "90001": "kptl:retired",
        "99999": "kptl:not-in-list",
    }
    names = dict(told.select("code", "name").drop_nulls().iter_rows())
    assert names == {"10001.AP002": "Rontgen Thorax, PA"}  # the list has the others


def test_words_have_one_spelling() -> None:
    assert spelt("USG ABD", "Foto Thorax AP/PA", "Lab DL", "Visite dr. Sp").to_list() == [
        "USG ABDOMEN",
        "RONTGEN THORAX AP PA",
        "DARAH LENGKAP",
        "VISITE DOKTER SPESIALIS",
    ]
    assert hint_groups(spelt("USG ABD", "Lab DL", "Parkir"), WORDS).to_list() == ["radiologi", "laboratorium", None]


def expand(*texts: str, names: tuple[str, ...]) -> list[str]:
    frame = pl.DataFrame({"text_key": texts, "spelt": spelt(*texts)})
    return expand_words(frame, spelt(*names))["spelt"].to_list()


def test_the_list_teaches_abbreviations() -> None:
    names = ("USG Hepar", "Rontgen Humerus", "Eksisi Hepar", "USG Tiroid")
    assert expand("USG HPR", "Foto Hum", names=names) == ["USG HEPAR", "RONTGEN HUMERUS"]


def test_an_abbreviation_of_two_words_stays_as_it_is() -> None:
    names = ("USG Tiroid", "USG Timus")
    assert expand("USG TI", names=names) == ["USG TI"]
    assert expand("TM USG", names=names) == ["TIMUS USG"]


def test_a_word_that_stands_beside_no_other_of_the_text_is_not_meant() -> None:
    names = ("USG Hepar", "Fisioterapi Humerus")
    assert expand("Fisioterapi HP", names=names) == ["FISIOTERAPI HP"]


def test_order_of_words_does_not_matter_and_short_ones_are_marks() -> None:
    frame = pl.DataFrame({"spelt": ["RONTGEN THORAX AP", "AP THORAX RONTGEN", ""]})
    keys = frame.select(**name_columns(pl.col("spelt")))
    assert keys["name_key"].to_list() == ["AP RONTGEN THORAX"] * 2 + [None]
    assert keys["marks"].to_list() == ["AP", "AP", None]


def test_items_belong_to_their_code_or_else_to_their_text() -> None:
    made = services(
        item("Apa saja", code="1", kptl="10001.AP002"),
        item("USG ABD", code="2", group="Radiologi"),
        item("usg.  abd", code="2", facility="B", group="RAD"),
        item("USG ABD", code="3", kptl="90001"),
        item("???", code="4"),
    )
    record = made["record"]
    bound = dict(record.drop_nulls("bound_to").select("source_key", "bound_to").iter_rows())
    assert bound == {
        "yankes_rs|A|1": "referensi|kptl|10001.AP002",
        "yankes_rs|A|2": "faskes|layanan|teks|radiologi|USG ABD",
        "yankes_rs|B|2": "faskes|layanan|teks|radiologi|USG ABD",
        "yankes_rs|A|3": "faskes|layanan|teks|radiologi|USG ABD",
        "yankes_rs|A|4": "faskes|layanan|teks||???",
    }
    assert record["record_key"].is_unique().all()
    assert record["record_key"].is_sorted()
    # a combination that the list allows is a service as well; modifiers are none
    subjects = set(record.filter("is_subject")["official_id"])
    assert subjects == {"10001", "10001.AP001", "10001.AP002", "10002", "10003", "90001"}
    groups = dict(made["item"].select("kode_lokal", "group_method").iter_rows())
    assert groups == {"1": "default", "2": "told", "3": "words", "4": "default"}


def test_the_order_of_rows_never_matters() -> None:
    items = [item("USG ABD", code=str(n), facility=f) for n in range(3) for f in "AB"]
    one, other = services(*items), services(*reversed(items), listed=tuple(reversed(LIST)))
    for table in ("record", "item", "finding"):
        assert one[table].equals(other[table]), table


def test_a_list_without_items_stands_alone() -> None:
    made = services()
    assert made["item"].is_empty()
    assert made["record"]["is_subject"].all()
