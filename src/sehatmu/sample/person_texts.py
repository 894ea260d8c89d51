"""How facts about a person are written: dates, sexes, addresses, phones, titles; tables and their look-ups.

Vectorised: whatever has few values is a table that is looked up by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from sehatmu.sample import words
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import INFANT, TOWN, Lives
from sehatmu.sample.places import regencies, villages

_FIRST, _LAST = -29_220, 29_220  # 1889-12-31 to 2050: the days that can be written
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
SEXES = (
    ("L", "P"), ("L", "P"), ("LAKI-LAKI", "PEREMPUAN"), ("Laki-laki", "Perempuan"), ("1", "2"), ("male", "female"),
    ("PRIA", "WANITA"), ("Lk", "Pr"),
)  # fmt: skip
FRONT_TITLES = (None, "dr.", "drg.", "Ir.", "Drs.", "Dra.", "H.", "Hj.", "Prof. Dr.", "R.", "Rr.", "KH.")
BACK_TITLES = (
    None, "S.Pd", "S.E.", "SH", "S.Kom", "ST", "A.Md", "S.Kep", "S.Kep., Ns", "M.Pd", "MM", "S.Sos", "S.Ag", "Amd.Keb",
    "S.Pd.I", "S.P", "M.Si", "Sp.A",
)  # fmt: skip
_SALUTES = ("TN.", "NY.", "NN.", "AN.", "BY.", "SDR.", "TUAN", "NYONYA", "Tn", "Ny", "Nn", "An", "By", "Sdr")
_NATIONS = ("WNA", "USA", "INDIA", "CHINA", "JEPANG", "BELANDA", "KOREA SELATAN", "JERMAN", "MALAYSIA", "AUSTRALIA")
_CITIES = (
    "LONDON", "NEW YORK", "MUMBAI", "DELHI", "BEIJING", "SHANGHAI", "TOKYO", "OSAKA", "AMSTERDAM", "SEOUL", "BERLIN",
    "KUALA LUMPUR", "SYDNEY", "PERTH", "HANOI", "MANILA", "LAHORE", "PARIS",
)  # fmt: skip
_MARRIED = ("BELUM KAWIN", "KAWIN", "CERAI HIDUP", "CERAI MATI")
_MARRIED_FORMS = (
    _MARRIED, _MARRIED,
    ("Belum Kawin", "Kawin", "Cerai Hidup", "Cerai Mati"), ("S", "M", "D", "W"), ("1", "2", "3", "4"),
)  # fmt: skip
_UNKNOWN_MEN = (
    "MR. X", "TN. TIDAK DIKENAL", "MR X", "TN. X", "TIDAK DIKENAL", "NN", "TANPA NAMA", "TN. TANPA IDENTITAS",
    "MR. X 2",
)  # fmt: skip
_UNKNOWN_WOMEN = ("MRS. X", "NY. TIDAK DIKENAL", "NY. X", "TIDAK DIKENAL", "NN", "TANPA NAMA", "NY. TANPA IDENTITAS")
_WAYS = (
    ("JL.", "JALAN", "JLN", "JL", "Jln."), ("DUSUN", "DSN", "DS.", "DUKUH", "DK."),
    ("KP.", "KAMPUNG", "KAMP.", "KP", "LINGKUNGAN"), ("PERUM", "PERUMAHAN", "KOMP.", "KOMPLEK", "PERUM."),
    ("GG.", "GANG", "GG", "Gg.", "LORONG"),
)  # fmt: skip
_NUMBERED = ("NO.", "NO", "NOMOR", "No.", "#")


def look_up(table: Sequence[str | None], at: Ints) -> pl.Series:
    """The text at each of these places; the table may hold null."""
    return pl.Series(table, dtype=pl.String).gather(pl.Series(at, dtype=pl.Int64))


def dates(days: Ints, form: Ints) -> pl.Series:
    """Days since 1970 as text, form 0 ISO, 1 with strokes, 2 day first with dashes."""
    at = np.clip(days, _FIRST, _LAST - 1) - _FIRST + form * (_LAST - _FIRST)
    return _date_table().gather(at)


@lru_cache(maxsize=1)
def _date_table() -> pl.Series:
    every = pl.Series(range(_FIRST, _LAST), dtype=pl.Int32).cast(pl.Date)
    return pl.concat([every.dt.strftime(form) for form in _DATE_FORMS])


def sexes(sex: Ints, form: Ints) -> pl.Series:
    """0 man, 1 woman, as one of eight codings."""
    return look_up([text for pair in SEXES for text in pair], form * 2 + sex)


def titles(lives: Lives, seed: int, muslim: Bools, today: int) -> tuple[Ints, Ints]:
    """The titles that people bear: numbers in `FRONT_TITLES` and `BACK_TITLES`, 0 for none."""
    rolls = Rolls(seed, "titles", lives.ids)
    age, woman = (today - lives.born) // 365, lives.sex == 1
    front, back = rolls.unit("front"), rolls.unit("back")
    number = np.zeros(lives.ids.size, dtype=np.int64)
    number[front < 0.006], number[front < 0.0015] = 1, 2
    number[(front > 0.01) & (front < 0.02)] = 3
    state = (front > 0.02) & (front < 0.035) & (age > 50)
    number[state] = np.where(woman, 5, 4)[state]
    pilgrim = (front > 0.04) & (front < 0.13) & muslim & (age > 35)
    number[pilgrim] = np.where(woman, 7, 6)[pilgrim]
    number[(front > 0.14) & (front < 0.141)] = 8
    noble = (front > 0.15) & (front < 0.156)
    number[noble] = np.where(woman, 10, 9)[noble]
    number[(front > 0.16) & (front < 0.162) & ~woman & muslim] = 11
    grown = (age > 23) & (lives.ids > 2)
    degree = np.where(back < 0.13, 1 + rolls.pick("degree", len(BACK_TITLES) - 1), 0)
    return np.where(grown, number, 0), np.where(grown, degree, 0)


def salutes(lives: Lives, rolls: Rolls, today: int) -> pl.Series:
    """Tn., Ny., Nn., An., By. as age and sex ask for, in the clerk's own form."""
    age = (today - lives.born) // 365
    grown = np.where(lives.sex == 0, np.where(rolls.unit("sdr") < 0.1, 5, 0), np.where(age < 24, 2, 1))
    number = np.where(lives.kind == INFANT, 4, np.where(age < 17, 3, grown))
    spelt = np.where(rolls.unit("salute form") < 0.3, 8, 0)
    return look_up(_SALUTES, np.where(spelt == 8, np.where(number < 5, number + 8, 13), number))


def unknown_names(sex: Ints, rolls: Rolls) -> pl.Series:
    """What stands for the name of somebody without papers."""
    table = (*_UNKNOWN_MEN, *_UNKNOWN_WOMEN)
    men, women = rolls.pick("man", len(_UNKNOWN_MEN)), rolls.pick("woman", len(_UNKNOWN_WOMEN))
    return look_up(table, np.where(sex == 0, men, len(_UNKNOWN_MEN) + women))


def marital(status: Ints, form: Ints) -> pl.Series:
    """0 single, 1 married, 2 divorced, 3 widowed, in one of five codings."""
    return look_up([text for forms in _MARRIED_FORMS for text in forms], form * 4 + status)


def nations(foreign: Bools, rolls: Rolls, form: Ints) -> pl.Series:
    table = ("WNI", "WNI", "INDONESIA", "Indonesia", "ID", *_NATIONS)
    told = np.where(rolls.unit("wna") < 0.3, 5, 5 + rolls.pick("nation", len(_NATIONS)))
    return look_up(table, np.where(foreign, told, form))


def birthplaces(village: Ints, foreign: Bools, rolls: Rolls, title: Bools) -> pl.Series:
    """The regency's name, some with its kind before it, or a city abroad."""
    table = _town_table()
    count = len(table) // 4
    kind = np.where(rolls.unit("with kind") < 0.12, 2 * count, 0) + np.where(title, count, 0)
    cities = pl.Series(_CITIES)
    at = np.where(foreign, 4 * count + rolls.pick("city", len(_CITIES)), village // TOWN + kind)
    return pl.concat([table, cities]).gather(at)


@lru_cache(maxsize=1)
def _town_table() -> pl.Series:
    towns = regencies()
    names, kinds = towns["kab_name"], towns["kab_kind"].replace({"KABUPATEN": "KAB.", "KOTA ADM.": "KOTA"})
    full = kinds + " " + names
    return pl.concat([names, names.str.to_titlecase(), full, full.str.to_titlecase()])


def addresses(home: Rolls, form: Ints) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The line, rt and rw of a home; `form` (0-4) is how the clerk abbreviates."""
    streets = [street.upper() for street in words.STREETS]
    places = [place.upper() for place in words.PLACES]
    way = home.pick("way", 8)
    way = np.where(way < 3, 0, np.where(way < 5, 1, np.where(way == 5, 2, np.where(way == 6, 3, 4))))
    on_street = way == 0
    name = np.where(on_street, home.pick("street", len(streets)), len(streets) + home.pick("place", len(places)))
    number = home.pick("house", 250) + 1
    frame = pl.DataFrame(
        {
            "way": look_up([text for forms in _WAYS for text in forms], way * 5 + form),
            "name": look_up([*streets, *places], name),
            "no": look_up((*_NUMBERED, ""), np.where((way == 0) | (way >= 3), form, len(_NUMBERED))),
            "number": number,
        }
    )
    without_number = pl.concat_str("way", "name", separator=" ")
    whole = pl.concat_str(without_number, "no", pl.col("number").cast(pl.String), separator=" ")
    line = frame.select(pl.when(pl.col("no") != "").then(whole).otherwise(without_number)).to_series()
    numbers = [str(number).zfill(3) for number in range(1, 21)] + [str(number) for number in range(1, 21)]
    bare = np.where(form > 2, 20, 0)
    return line, look_up(numbers, home.pick("rt", 18) + bare), look_up(numbers, home.pick("rw", 14) + bare)


def phones(lines: Ints, form: Ints) -> pl.Series:
    """Mobile numbers (`lines` from 0 to 10^10); form 0 plain, then +62, 62, with dashes, with blanks."""
    heads = (812, 813, 821, 852, 853, 857, 878, 896, 815, 838)
    number = np.asarray(heads)[lines % 10] * 10**8 + lines // 10 % 10**8
    plain = pl.Series(number).cast(pl.String)
    text, how = pl.col("text"), pl.lit(pl.Series(form))
    parts = [text.str.slice(start, 4) for start in (3, 7)]
    written = (
        pl.when(how == 0).then(pl.lit("0") + text)
        .when(how == 1).then(pl.lit("+62") + text)
        .when(how == 2).then(pl.lit("62") + text)
        .when(how == 3).then(pl.concat_str(pl.lit("0") + text.str.head(3), *parts, separator="-"))
        .otherwise(pl.concat_str(pl.lit("0") + text.str.head(3), *parts, separator=" "))
    )  # fmt: skip
    return plain.to_frame("text").select(written).to_series()


def village_codes(seed: int, village: Ints, district_only: Bools) -> pl.Series:
    """The code of a village, of some only that of its district."""
    table = _code_table(seed)
    return table.gather(np.where(district_only, village + len(table) // 2, village))


@lru_cache(maxsize=4)
def _code_table(seed: int) -> pl.Series:
    places = villages(seed)
    return pl.concat([places["kel_code"], places["kec_code"].rename("kel_code")])
