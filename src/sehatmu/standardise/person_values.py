"""The values of a person beside the name: dates, sex, telephone, region codes, card numbers.

Series in, series out, for `persons`. Whatever costs more than a comparison runs over distinct values, or over
the few that are not in the usual form already.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import blank, evaluate, evaluate_distinct, evaluate_some
from sehatmu.standardise.contacts import normalise_phone
from sehatmu.standardise.person_words import join_words, split_words
from sehatmu.standardise.text import PLACEHOLDERS, clean_text, modern_spelling, tidy

BIRTH_DATES = (
    "birth_date", "birth_year", "birth_month_day", "birth_date_is_placeholder", "birth_date_is_year_only",
    "birth_date_is_future",
)  # fmt: skip
REGIONS = ("prov_code", "kab_code", "kec_code", "kel_code")
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
#: A day that stands for an unknown one: Excel's and databases' first days.
_NO_DATES = (date(1900, 1, 1), date(1901, 1, 1), date(1800, 1, 1), date(1111, 11, 11))
#: Days on which the population register puts those who know their year only.
YEAR_ONLY = (101, 701, 1231)
_LABELS = [
    "JALAN", "JLN", "JL", "GANG", "GG", "NO", "NOMOR", "RT", "RW", "KEL", "KELURAHAN", "DESA", "DS", "KEC", "KECAMATAN",
    "KAB", "KABUPATEN", "KOTA", "PROV", "PROVINSI", "DUSUN", "DSN", "KAMPUNG", "KP",
]  # fmt: skip
_UNTIDY = [form for text in PLACEHOLDERS for form in {text, text.lower(), text.title(), text.capitalize()}]
_REGION = "^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10})$"
_MOBILE, _GROUPED_MOBILE = "^08[0-9]{8,11}$", r"^(\+?62|0)[ .-]?8[0-9]{1,3}([ .-]?[0-9]{2,5}){2,3}$"
#: Two digits in all, one of them the 8 of mobile numbers: nobody's.
_IDLE_MOBILE = "^08(" + "|".join(f"[8{digit}]+" for digit in range(10)) + ")$"
_IDLE_CARD = r"^[A-Z]*(0+|1+|9+)$"


def read_dates(values: pl.Series) -> pl.Series:
    """Dates of ISO, dd/mm/yyyy and dd-mm-yyyy; null where there is no such day.

    >>> read_dates(pl.Series(["1990-01-31", "31/01/1990", "31-02-1990"])).to_list()
    [datetime.date(1990, 1, 31), datetime.date(1990, 1, 31), None]
    """
    return evaluate_distinct(values, _parse_date) if values.dtype == pl.String else values.cast(pl.Date)


def _parse_date(text: pl.Expr) -> pl.Expr:
    day = text.str.strip_chars().str.replace(r"[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$", "")
    return pl.coalesce(day.str.to_date(form, strict=False) for form in _FORMS)


def judge_birth_dates(dates: pl.Series, seen: pl.Series) -> pl.DataFrame:
    """`birth_date` (without those that say nothing), `birth_year`, `birth_month_day` (mmdd, i16) and the marks
    `birth_date_is_placeholder` (1900-01-01 and the like), `birth_date_is_year_only` (1 January, 1 July, 31
    December: kept) and `birth_date_is_future` (after the day when it was `seen`)."""
    born = pl.col("born")
    monthday = (born.dt.month().cast(pl.Int16) * 100 + born.dt.day()).alias("birth_month_day")
    frame = pl.DataFrame({"born": dates, "seen": seen}).with_columns(
        birth_date_is_placeholder=born.is_in(_NO_DATES).fill_null(False),
        birth_date_is_future=(born > pl.col("seen")).fill_null(False),
    )
    fine = ~pl.col("birth_date_is_placeholder") & ~pl.col("birth_date_is_future")
    frame = frame.with_columns(born=pl.when(fine).then(born))
    return frame.select(
        birth_date=born,
        birth_year=born.dt.year(),
        birth_month_day=monthday,
        birth_date_is_placeholder="birth_date_is_placeholder",
        birth_date_is_year_only=monthday.is_in(YEAR_ONLY).fill_null(False),
        birth_date_is_future="birth_date_is_future",
    )


def complete_births(births: pl.Series, is_year_only: pl.Series, in_nik: pl.Series) -> pl.Series:
    """Birth dates for linkage: the one written in the NIK where none was told, or only its year and the NIK has more.

    >>> from datetime import date
    >>> told, in_nik = pl.Series([None, date(1990, 1, 1)], dtype=pl.Date), pl.Series([date(1985, 3, 2)] * 2)
    >>> complete_births(told, pl.Series([False, True]), in_nik).to_list()
    [datetime.date(1985, 3, 2), datetime.date(1990, 1, 1)]
    """
    more = births.is_null() | (is_year_only & (births.dt.year() == in_nik.dt.year()))
    return in_nik.zip_with((more & in_nik.is_not_null()).fill_null(False), births)


def read_words(values: pl.Series, field: str, codebooks: Codebooks) -> pl.Series:
    """Words of the field (`sex`, `marital`, `nationality`) as the codebook `person_values` codes them; else null."""
    book = codebooks["person_values"].filter(pl.col("field") == field)
    codes = dict(book.select("spelling", "value").iter_rows())

    def look_up(text: pl.Expr) -> pl.Expr:
        return clean_text(text).replace_strict(codes, default=None, return_dtype=pl.String)

    return evaluate_distinct(values, look_up)


def read_phones(values: pl.Series) -> pl.Series:
    """Telephone numbers as `contacts.normalise_phone` gives them; mobile numbers in a usual form take a short way."""
    texts = values.cast(pl.String)
    grouped = ~texts.str.contains(_MOBILE) & texts.str.contains(_GROUPED_MOBILE)
    plain = evaluate_some(texts, grouped, lambda text: text.str.replace_all("[+ .-]", "").str.replace("^62", "0"))
    is_mobile = (plain.str.contains(_MOBILE) & ~plain.str.contains(_IDLE_MOBILE)).fill_null(False)
    short = evaluate(plain, lambda text: "62" + text.str.slice(1))
    return evaluate_some(short.zip_with(is_mobile, texts), ~is_mobile & texts.is_not_null(), normalise_phone)


def read_regions(codes: pl.Series) -> pl.DataFrame:
    """`prov_code`, `kab_code`, `kec_code`, `kel_code`: the code's first 2, 4, 6 and 10 digits, as far as it goes.

    A code of another length, or with other characters than digits and dots, says nothing.
    """

    def part(length: int) -> pl.Series:
        def take(text: pl.Expr) -> pl.Expr:
            code = text.str.replace_all(r"[.\s]", "").str.extract(_REGION)
            return pl.when(code.str.len_bytes() >= length).then(code.str.slice(0, length))

        return evaluate_distinct(codes, take)

    lengths = {"prov_code": 2, "kab_code": 4, "kec_code": 6, "kel_code": 10}
    return pl.DataFrame({name: part(length) for name, length in lengths.items()})


def read_addresses(values: pl.Series) -> pl.Series:
    """Words and numbers of an address without the labels of its parts (JL, NO, RT, RW, KEL ...), today's spelling.

    >>> read_addresses(pl.Series(["Jl. Moelia No.03 RT 01/02"])).to_list()
    ['MULIA 3 1 2']
    """
    words = split_words(values.cast(pl.String), lambda word: word.str.replace("^0+([0-9])", "${1}"))[0]
    spelt = evaluate(words.vocabulary, modern_spelling)
    is_label = words.vocabulary.is_in(_LABELS).to_numpy()
    return join_words(words.keep(~is_label[words.code]), spelt)


def read_places(values: pl.Series) -> pl.Series:
    """Places of birth as `text.clean_text` leaves them."""
    return evaluate_distinct(values, lambda text: clean_text(tidy(text)))


def read_rt(values: pl.Series) -> pl.Series:
    """Numbers of a neighbourhood (RT, RW) without zeros before them."""
    return evaluate_distinct(values, lambda text: text.str.extract(r"^\s*0*([0-9]{1,3})\s*$"))


def read_count(values: pl.Series) -> pl.Series:
    """Small whole numbers (i8); null where there is none."""
    return values.cast(pl.Int8, strict=False)


def read_texts(values: pl.Series) -> pl.Series:
    """Texts as `text.tidy` leaves them; only those that are not tidy yet are touched."""
    texts = values.cast(pl.String)
    untidy = texts.str.contains(r"[^ -~]|  |^ | $") | texts.is_in(_UNTIDY)
    return evaluate_some(texts, untidy, tidy)


def read_card(values: pl.Series, pattern: str) -> pl.Series:
    """Letters and digits of a card number in upper case, where they fit the pattern and are not all one digit."""

    def mend(text: pl.Expr) -> pl.Expr:
        plain = text.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
        return pl.when(plain.str.contains(pattern)).then(plain)

    texts = values.cast(pl.String)
    cards = evaluate_some(texts, ~texts.str.contains(pattern), mend)
    return blank(cards, cards.str.contains(_IDLE_CARD))
