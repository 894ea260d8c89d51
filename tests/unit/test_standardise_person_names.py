"""Names of persons: tables of before → after, one for every rule. All names are invented."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from sehatmu.standardise.person_titles import compile_titles
from sehatmu.standardise.phonetic import skeleton
from sehatmu.standardise.text import modern_spelling
from tests.standardising_persons import CONTRACTS, books, name, names


@pytest.mark.parametrize(
    ("before", "front", "after", "back"),
    [
        ("dr. Melati Sari", "dr.", "MELATI SARI", None),
        ("dr.Melati Sari,S.Kep", "dr.", "MELATI SARI", "S.Kep."),
        ("Prof. Dr. dr. Melati, M.Kes., Sp.A(K)", "Prof. dr. dr.", "MELATI", "M.Kes. Sp.A.(K)"),
        ("Drs. H. Surya Wibawa, M.Pd", "Drs. H.", "SURYA WIBAWA", "M.Pd."),
        ("Hj Melati", "Hj.", "MELATI", None),
        ("MELATI SARI SKEP NERS", None, "MELATI SARI", "S.Kep.Ners"),
        ("MELATI S KEP", None, "MELATI", "S.Kep."),
        ("Melati, S. Kep., Ns.", None, "MELATI", "S.Kep.Ns."),
        ("Melati Amd.Keb", None, "MELATI", "A.Md.Keb."),
        ("Surya, Ir.", None, "SURYA", None),
        ("Surya Wibawa, S.H., M.H.", None, "SURYA WIBAWA", "S.H. M.H."),
        ("Surya Wibawa SH", None, "SURYA WIBAWA", "S.H."),
        ("Surya S H", None, "SURYA S H", None),
        ("Surya S.H.", None, "SURYA", "S.H."),
        ("Sari Se", None, "SARI SE", None),
        ("Sari, SE", None, "SARI", "S.E."),
        ("R. Ay. Melati", "R.Ay.", "MELATI", None),
        ("RADEN MAS SURYA", "Raden Mas", "SURYA", None),
        ("Tn. Surya", None, "SURYA", None),
        ("SURYA TN", None, "SURYA", None),
        ("MELATI, NY", None, "MELATI", None),
        ("An. Surya", None, "SURYA", None),
        ("AN NISA RAHMA", None, "AN NISA RAHMA", None),
        ("An. Nisa", None, "NISA", None),
        ("ANAK SURYA", None, "SURYA", None),
        ("Anak Agung Surya", None, "ANAK AGUNG SURYA", None),
        ("RAY SURYA", None, "RAY SURYA", None),
        ("SURYA MENG", None, "SURYA MENG", None),
        ("Alm. Surya", None, "SURYA", None),
        ("Surya (Alm)", None, "SURYA", None),
        ("Mayor Inf. Surya", "Mayor", "INF SURYA", None),
    ],
)
def test_titles_leave_the_name(before: str, front: str | None, after: str, back: str | None) -> None:
    made = names([before])
    assert made["name_full"].item() == after
    if before != "Surya, Ir.":
        assert (made["title_front"].item(), made["title_back"].item()) == (front, back)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("MAYOR", "MAYOR"), ("Raden", "RADEN"), ("Ny. Mayor, S.Pd", "MAYOR"), ("H. Haji", "HAJI")),
        *(("St.", "ST"), ("Ny. ST., S.Pd", "ST"), ("TN. M.", "M"), ("Ii", "II")),
    ],
)
def test_nobody_loses_the_whole_name_to_a_title(before: str, after: str) -> None:
    made = names([before])
    assert made.select("name_full", "name_is_placeholder").row(0) == (after, False)


@pytest.mark.parametrize(
    ("before", "sex", "after"),
    [
        *((word, None, "MUHAMMAD SURYA") for word in ("Muh. Surya", "Moh Surya", "MOCHAMAD SURYA", "Mohd. Surya")),
        ("M. Surya", "M", "MUHAMMAD SURYA"),
        ("M Surya", None, "MUHAMMAD SURYA"),
        ("M. Melati", "F", "M MELATI"),
        ("Surya M.", "M", "SURYA M"),
        ("Achmad Surya", None, "AHMAD SURYA"),
        ("Abd. Rahman", None, "ABDUL RAHMAN"),
        ("Abdurrachman", None, "ABDUL RAHMAN"),
        ("Abdullah", None, "ABDULLAH"),
        ("St. Melati", None, "SITI MELATI"),
        ("Melati, ST", None, "MELATI"),
        ("Soerjo Djatmiko", None, "SURJO JATMIKO"),
        ("Tjandra Oetomo", None, "CANDRA UTOMO"),
        ("Sjarif", None, "SYARIF"),
        ("Soewatie", None, "SUWATI"),
        ("Lie Melati", None, "LIE MELATI"),
        ("I Md. Surya", None, "I MADE SURYA"),
        ("Ni Kt Melati", None, "NI KETUT MELATI"),
        ("Melati Br. Contoh", None, "MELATI BORU CONTOH"),
        ("Surya bin Wibawa", None, "SURYA WIBAWA"),
        ("Melati binti Wibawa", None, "MELATI WIBAWA"),
        ("Dw. Melati", "F", "DEWI MELATI"),
        ("Dw. Surya", "M", "DW SURYA"),
    ],
)
def test_variants_become_one_spelling(before: str, sex: str | None, after: str) -> None:
    assert name(before, sex=sex) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  surya\t wibawa ", "SURYA WIBAWA"),
        ("Nur'aini Sari", "NURAINI SARI"),
        ("Nur-Aini", "NUR AINI"),
        ("Sûrya\u00a0Wibawa\u200b", "SURYA WIBAWA"),
        ("ＳＵＲＹＡ", "SURYA"),
        ("SURYA\x00WIBAWA", "SURYA WIBAWA"),
        ("Surya2 W1bawa 3", "SURYA WIBAWA"),
        ("S0erya", "SURYA"),
        (None, None),
        ("", None),
        (" . ", None),
    ],
)
def test_letters_only(before: str | None, after: str | None) -> None:
    assert name(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "MR. X", "Mr X 2", "TN. TIDAK DIKENAL", "TIDAK DIKENAL", "NN", "N.N.", "Tanpa Nama", "TANPA IDENTITAS", "Ny. X",
        "BAYI", "By.", "Bayi Perempuan", "XXX", "aaa", "Pasien Baru", "TN", "Belum Ada Nama", "test", "Nona",
    ],
)  # fmt: skip
def test_placeholders_are_no_names(text: str) -> None:
    made = names([text, "Surya"])
    assert made["name_is_placeholder"].to_list() == [True, False]
    assert made.row(0, named=True)["name_full"] is made.row(0, named=True)["name_key"] is None
    assert made["is_newborn_name"].to_list() == [False, False]


@pytest.mark.parametrize("text", ["Tanpa Nama Sari", "Melati X", "Ny. Aa", "Test Surya", "A.", "Pasienah", "Baru"])
def test_names_that_only_look_like_placeholders_stay(text: str) -> None:
    assert name(text) is not None
    assert not name(text, "name_is_placeholder")


@pytest.mark.parametrize(
    ("before", "mother", "after"),
    [
        ("BY NY MELATI SARI", None, "MELATI SARI"),
        ("By. Ny. Melati II", None, "MELATI"),
        ("BYNY. MELATI", None, "MELATI"),
        ("BAYI NYONYA MELATI KEMBAR 1", None, "MELATI"),
        ("Bayi Perempuan dari Ny. Melati", None, "MELATI"),
        ("Bayi Ibu Melati (L)", None, "MELATI"),
        ("MELATI, BY NY", None, "MELATI"),
        ("AN. NY. MELATI", None, "MELATI"),
        ("BY NY MELATI", "Hj. Melati Sari", "MELATI SARI"),
        ("BY NY MELATI", "TIDAK TAHU", "MELATI"),
        ("BY TN SURYA", None, None),
        ("BY MELATI SARI", "Ny. Melati Sari", "MELATI SARI"),
    ],
)
def test_a_baby_named_after_a_parent_has_no_name_of_its_own(before: str, mother: str | None, after: str | None) -> None:
    made = names([before], [mother]).row(0, named=True)
    assert (made["is_newborn_name"], made["name_is_placeholder"]) == (True, False)
    assert (made["name_full"], made["name_key"], made["mother_name_full"]) == (None, None, after)


def test_a_baby_with_a_name_of_its_own_keeps_it() -> None:
    made = names(["By. Surya", "An. Surya"], ["Melati", None])
    assert made["name_full"].to_list() == ["SURYA", "SURYA"]
    assert made["is_newborn_name"].to_list() == [False, False]


def test_parts_of_a_name() -> None:
    made = names(["I Wayan Surya W", "Melati"], ["Ny. Sari Dewi", None]).rows(named=True)
    first = {
        "name_full": "I WAYAN SURYA W",
        "name_first": "WAYAN",
        "name_last": "SURYA",
        "name_sorted": "I SURYA W WAYAN",
        "name_initials": "IWSW",
        "name_key": "A SR W WN",
        "name_skeleton": "AWNSRW",
        "mother_name_full": "SARI DEWI",
        "mother_name_sorted": "DEWI SARI",
        "mother_name_key": "DW SR",
    }
    assert {column: made[0][column] for column in first} == first
    assert (made[1]["name_first"], made[1]["name_last"], made[1]["mother_name_full"]) == ("MELATI", "MELATI", None)


def test_parts_do_not_depend_on_the_order_of_words() -> None:
    made = names(["Surya Adi Wibawa", "Wibawa Surya Adi"])
    assert made["name_sorted"].n_unique() == made["name_key"].n_unique() == 1
    assert made["name_full"].n_unique() == 2


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("CHOIRUL", "KHAIRUL", "HAIRUL", "KHOIROEL"), "ARL"),
        (("FITRI", "PITRI", "VITRI", "FITHRIE"), "PTR"),
        (("SYAMSIAH", "SAMSIYAH", "SJAMSIAH"), "SMS"),
        (("SUWARNO", "SUARNO"), "SRN"),
        (("SURYADI", "SURIADI", "SURJADI"), "SRD"),
        (("HIDAYAT", "HIDAJAD"), "ADT"),
        (("CHRISTIN", "KRISTIN", "CRISTIN"), "KRSTN"),
        (("I", "A", "AYU"), "A"),
    ],
)
def test_words_that_sound_alike_have_one_skeleton(words: tuple[str, ...], key: str) -> None:
    modern = [word.replace("SJ", "SY") for word in words]
    assert skeleton(pl.Series(modern)).to_list() == [key] * len(words)


def test_the_codebook_of_words_is_at_rest() -> None:
    """What a variant becomes is no variant itself, and in today's spelling."""
    book = books()["person_name_words"]
    canonical = book["canonical"].drop_nulls().str.split(" ").explode().unique()
    free = book.filter(pl.col("sex").is_null() & pl.col("after").is_null(), position="any")
    assert free.height > 300
    assert not set(canonical) & set(free["word"])
    assert canonical.equals(pl.select(modern_spelling(pl.lit(canonical))).to_series(), check_names=False)


def test_the_codebooks_of_titles_and_placeholders_are_consistent() -> None:
    titles = compile_titles(books()["person_titles"])
    assert books()["person_titles"]["side"].unique().sort().to_list() == ["back", "both", "front"]
    spelt = [spelling for spellings in (titles.single, *titles.several.values()) for spelling in spellings]
    assert len(spelt) == len(set(spelt)) > 500
    with (CONTRACTS / "codebooks" / "person_placeholders.csv").open(encoding="utf-8") as file:
        assert all(row["text"] == row["text"].upper().strip() for row in csv.DictReader(file))
