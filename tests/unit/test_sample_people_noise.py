"""Noise of the people's sample: every named rate touches its own columns, as often as it says, and no other."""

from dataclasses import asdict, fields
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rapidfuzz.distance import OSA

from sehatmu.sample.dice import Rolls
from sehatmu.sample.people import from_ymd, ymd
from sehatmu.sample.person_names import vocabulary
from sehatmu.sample.person_noise import UNSEEN, PersonNoise
from sehatmu.sample.person_spoil import befall, mistype, mistype_number, shorten_number
from sehatmu.sample.person_writing import write_people

DAY = date(2026, 11, 23)
SIZE = 3000
# rate: the columns that it may change, and the least share of rows that change at a rate of 1
TOUCHES: dict[str, tuple[set[str], float]] = {
    "nik_missing": ({"nik"}, 0.9),
    "nik_shared": ({"nik"}, 0.9),
    "nik_typo": ({"nik", "nik_ibu"}, 0.9),
    "nik_short": ({"nik"}, 0.9),
    "nik_form": ({"nik"}, 0.9),
    "nik_placeholder": ({"nik"}, 0.9),
    "ihs_wrong": ({"no_ihs"}, 0.9),
    "order_wrong": ({"urutan_kembar"}, 0.0),
    "name_typo": ({"nama", "nama_ibu", "alamat"}, 0.95),
    "tokens_swapped": ({"nama", "nama_ibu"}, 0.6),
    "token_dropped": ({"nama", "nama_ibu"}, 0.6),
    "token_initial": ({"nama", "nama_ibu"}, 0.6),
    "muhammad": ({"nama", "nama_ibu"}, 0.05),
    "short_form": ({"nama", "nama_ibu"}, 0.1),
    "old_spelling": ({"nama", "nama_ibu"}, 0.5),
    "sound_spelling": ({"nama", "nama_ibu"}, 0.5),
    "salutation": ({"nama"}, 0.9),
    "joined_words": ({"nama", "nama_ibu"}, 0.6),
    "other_name": ({"nama"}, 0.9),
    "punctuation": ({"nama", "nama_ibu"}, 0.7),
    "birth_missing": ({"tanggal_lahir"}, 0.95),
    "day_month_swapped": ({"tanggal_lahir"}, 0.3),
    "birth_digit": ({"tanggal_lahir"}, 0.8),
    "birth_year_only": ({"tanggal_lahir"}, 0.95),
    "birth_impossible": ({"tanggal_lahir"}, 0.7),
    "birth_filler": ({"tanggal_lahir"}, 0.95),
    "date_form": ({"tanggal_lahir", "tanggal_meninggal"}, 0.5),
    "sex_wrong": ({"jenis_kelamin"}, 0.95),
    "sex_missing": ({"jenis_kelamin"}, 0.95),
    "sex_form": ({"jenis_kelamin"}, 0.5),
    "birthplace_missing": ({"tempat_lahir"}, 0.95),
    "address_missing": ({"alamat", "rt", "rw", "kode_kel"}, 0.95),
    "address_form": ({"alamat", "rt", "rw"}, 0.6),
    "moved": ({"alamat", "rt", "rw", "kode_kel"}, 0.9),
    "region_missing": ({"kode_kel"}, 0.95),
    "phone_missing": ({"telepon"}, 0.95),
    "phone_changed": ({"telepon"}, 0.95),
    "phone_form": ({"telepon"}, 0.95),
    "placeholder": ({"nama_ibu", "alamat", "telepon", "tempat_lahir"}, 0.95),
}
FEWER = {"nik_missing", "birth_missing", "sex_missing", "birthplace_missing", "address_missing", "phone_missing"}


def write(folder: Path, noise: PersonNoise) -> pl.DataFrame:
    write_people(folder, people=SIZE, seed=8, day=DAY, noise=noise, facilities=100)
    return pl.read_parquet(folder / "faskes" / "pasien" / DAY.isoformat() / "pasien.parquet")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return write(tmp_path_factory.mktemp("plain"), PersonNoise.none(twins=0.5))


@pytest.mark.parametrize("rate", TOUCHES)
def test_a_rate_touches_its_own_columns_only(plain: pl.DataFrame, tmp_path: Path, rate: str) -> None:
    columns, least = TOUCHES[rate]
    rows = write(tmp_path, PersonNoise.none(**{"twins": 0.5, rate: 1.0}))
    differ = pl.DataFrame([plain[column].ne_missing(rows[column]) for column in plain.columns])
    touched = {column for column in differ.columns if differ[column].any()}
    assert touched <= columns
    assert touched
    assert differ.select(pl.any_horizontal(pl.all()).mean()).item() >= least
    if rate in FEWER:
        assert rows[next(iter(columns & {rate.split("_")[0], *columns}))].null_count() >= 0.95 * SIZE


def test_the_rates_that_are_left_make_the_people(plain: pl.DataFrame) -> None:
    """Every rate is either tried above, or of the world, or a share of what is known."""
    world = {
        "repeated", "infant", "twins", "namesake", "namesake_birth", "foreigner", "unknown", "unregistered",
        "infant_nik", "nik_contradicts", "born_elsewhere", "dead", "civil_missing", "civil_typo", "verified",
        "verified_otherwise",
    }  # fmt: skip
    known = {name for name in PersonNoise.__dataclass_fields__ if name.endswith("_known")}
    depending = {"baby_name", "second_typo", "title", "moved_far", "phone_family", "birthplace_other"}
    assert {field.name for field in fields(PersonNoise)} == set(TOUCHES) | world | known | depending
    assert plain.height == SIZE


def test_no_noise_tells_what_is_true(plain: pl.DataFrame) -> None:
    assert plain["nik"].is_not_null().mean() > 0.95  # type: ignore[operator]
    assert plain["nik"].drop_nulls().str.contains(r"^\d{16}$").all()
    assert not plain["nama"].str.contains(r"  |^ | $|\d").any()


def test_the_unseen_setting_is_far_from_the_default() -> None:
    default, other = asdict(PersonNoise()), asdict(UNSEEN)
    apart = [name for name in default if default[name] and not 0.8 < other[name] / default[name] < 1.25]
    assert len(apart) >= 25
    assert all(0 <= rate <= 1 for rate in other.values())


def test_a_typing_error_is_one_edit_away() -> None:
    texts = pl.Series(["SITI AMINAH", "Budi", "A", "I WAYAN SUDANA", "TN. X"] * 200)
    wrong = mistype(texts, Rolls(1, "test", np.arange(texts.len(), dtype=np.int64)))
    steps = [OSA.distance(a, b) for a, b in zip(texts, wrong, strict=True)]
    assert max(steps) == 1
    assert np.mean([step == 1 for step, text in zip(steps, texts, strict=True) if len(text) > 1]) > 0.8
    assert wrong.filter(texts == "A").eq("A").all()


def test_a_wrong_number_is_one_digit_or_one_swap_away() -> None:
    numbers = np.full(2000, 3273014502900001)
    rolls = Rolls(1, "test", np.arange(2000, dtype=np.int64))
    wrong = mistype_number(numbers, rolls, 16)
    assert {OSA.distance("3273014502900001", str(number)) for number in wrong} == {1}
    assert {len(str(number)) for number in shorten_number(numbers, rolls, 16)} == {15}


def test_befall_leaves_the_others_alone() -> None:
    texts = pl.Series(["a", "b", None, "d"])
    hit = np.asarray([False, True, False, True])
    rolls = Rolls(1, "test", np.arange(4, dtype=np.int64))
    assert befall(texts, hit, rolls, lambda some, _: some.str.to_uppercase()).to_list() == ["a", "B", None, "D"]
    assert befall(texts, ~hit & hit, rolls, lambda some, _: some).to_list() == texts.to_list()


def test_days_and_dates_are_each_others_inverse() -> None:
    days = np.arange(-40_000, 40_000, 37, dtype=np.int64)
    assert (from_ymd(*ymd(days)) == days).all()
    assert [part.item() for part in ymd(np.asarray([0]))] == [1970, 1, 1]


def test_vocabulary_changes_words_as_clerks_do() -> None:
    words = vocabulary()
    read = words.words.to_list()

    def becomes(table: np.ndarray, word: str) -> set[str]:
        return {read[at] for at in table[words.number(word)]}

    assert becomes(words.old, "SUTRISNO") == {"SOETRISNO"}
    assert becomes(words.old, "JAJANG") == {"DJADJANG"}
    assert becomes(words.initial, "SITI") == {"S", "S."}
    assert becomes(words.short, "ABDUL") == {"ABD.", "ABD"}
    assert "SITI" not in becomes(words.sound, "SITI")
    assert read[words.number("SITI") + words.size] == "Siti"
    assert {"MUHAMMAD", "MUH.", "MOCHAMMAD"} <= {read[at] for at in np.flatnonzero(words.is_muhammad)}
    assert all(word == word.strip() and word for word in read)
