"""What a NIK says: whether it can be one, and the birth date, sex and region that are written in it.

All of it is evidence: a NIK stays when its holder moves or when a birth date is corrected, regions split, and
the century is not in it. Digits are read as numbers, so a million NIKs cost a few divisions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.standardise.columns import evaluate, evaluate_some

Array = npt.NDArray[Any]

OK, SHAPE, PLACEHOLDER, MISSING = "ok", "shape", "placeholder", "missing"
#: What people type where a number of 16 digits is asked for.
_FILLERS = (1234567890123456, 1234567891234567, 1234567890987654, 9876543210123456)
_ALL_EQUAL = 1_111_111_111_111_111
#: Ages are differences of dates as yyyymmdd; nobody is 121.
_TOO_OLD, _CENTURY = 121 * 10_000, 100 * 10_000
_NO_DAY = np.iinfo(np.int32).min // 4


def read_sixteen(numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers of 16 digits (NIK, family card) without blanks, dots, dashes and apostrophes, and their state.

    The number is null unless the state is `ok`; else the state is `shape` (not 16 digits), `placeholder` (all
    digits equal, serial 0000, date 000000, a filler) or `missing`.

    >>> read_sixteen(pl.Series(["3273 0101 0190 0001", "123", "1111111111111111"]))[1].to_list()
    ['ok', 'shape', 'placeholder']
    """
    texts = numbers.cast(pl.String)
    odd = (texts.str.len_bytes() != 16) | texts.cast(pl.Int64, strict=False).is_null()
    texts = evaluate_some(texts, odd & texts.is_not_null(), _squeeze)
    values = texts.cast(pl.Int64, strict=False)
    fits = (texts.str.len_bytes() == 16) & values.is_not_null()
    fits &= (values >= 10**15) | texts.str.starts_with("0")  # a sign is read as part of a number
    idle = (values % _ALL_EQUAL == 0) | (values % 10_000 == 0) | (values // 10_000 % 1_000_000 == 0)
    idle |= values.is_in(_FILLERS)
    frame = pl.DataFrame({"text": texts, "fits": fits, "idle": idle})
    state = (
        pl.when(pl.col("text").is_null()).then(pl.lit(MISSING))
        .when(~pl.col("fits")).then(pl.lit(SHAPE))
        .when("idle").then(pl.lit(PLACEHOLDER))
        .otherwise(pl.lit(OK))
    )  # fmt: skip
    frame = frame.with_columns(state=state).select("state", number=pl.when(pl.col("state") == OK).then("text"))
    return frame["number"], frame["state"]


def _squeeze(text: pl.Expr) -> pl.Expr:
    """Without blanks and the like; null where no digit is in it."""
    return pl.when(text.str.contains(r"\d")).then(text.str.replace_all(r"[\s.'`’-]", ""))


def decode_nik(nik: pl.Series, born: pl.Series, seen: pl.Series) -> pl.DataFrame:
    """`nik_birth_date`, `nik_sex` (M, F) and `nik_region` (6 digits) of well-shaped NIKs; null where it has none.

    Females have 40 added to the day. Of the centuries that give an age from 0 to 120 on the day `seen` (dates, no
    null), it is the one nearer to the birth date told (`born`), or else the later.
    """
    value = nik.cast(pl.Int64).fill_null(0).to_numpy()
    date = (value // 10_000 % 1_000_000).astype(np.int32)
    day, month, year = date // 10_000, date // 100 % 100, date % 100
    female = day > 40
    day = day - 40 * female
    has_day = (value > 0) & (day >= 1) & (day <= 31)
    place = np.where(has_day & (month >= 1) & (month <= 12), (year * 12 + month - 1) * 31 + day - 1, -1)
    told = born.cast(pl.Date).cast(pl.Int32).fill_null(_NO_DAY).to_numpy()
    late, early = (_calendar(century)[place] for century in (2000, 1900))
    age = _as_number(seen) - ((2000 + year) * 10_000 + month * 100 + day)
    late_fits = (late != _NO_DAY) & (age >= 0) & (age < _TOO_OLD)
    early_fits = (early != _NO_DAY) & (age + _CENTURY >= 0) & (age + _CENTURY < _TOO_OLD)
    nearer = (told != _NO_DAY) & (np.abs(told - early) < np.abs(told - late))
    days = np.where(early_fits & (~late_fits | nearer), early, late)
    frame = pl.DataFrame({"day": days, "known": early_fits | late_fits, "nik": nik})
    return frame.select(
        nik_birth_date=pl.when("known").then(pl.col("day").cast(pl.Date)),
        nik_sex=pl.Series([None, "M", "F"], dtype=pl.String).gather(has_day * (1 + female)),
        nik_region=pl.col("nik").str.slice(0, 6),
    )


@cache
def _calendar(century: int) -> Array:
    """Days since 1970 of every day that a NIK can name in a century, (year * 12 + month) * 31 + day, from 0 each;
    _NO_DAY where there is no such day, and at the end."""
    months = np.arange((century - 1970) * 12, (century - 1870) * 12).astype("datetime64[M]")[:, None]
    days = months.astype("datetime64[D]") + np.arange(31)
    numbers = np.where(days.astype("datetime64[M]") == months, days.astype(np.int64), _NO_DAY)
    return np.append(numbers.ravel(), _NO_DAY).astype(np.int32)


def _as_number(dates: pl.Series) -> Array:
    """Dates as yyyymmdd."""
    return evaluate(
        dates, lambda date: date.dt.year() * 10_000 + date.dt.month().cast(pl.Int32) * 100 + date.dt.day()
    ).to_numpy()
