"""What a NIK says: whether it can be one, and the birth date, sex and region that are written in it.

All of it is evidence: a NIK stays when its holder moves or when a birth date is corrected, regions split, and
the century is not in it. Digits are read as numbers, so a million NIKs cost a few divisions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.standardise.columns import evaluate_some

Array = npt.NDArray[Any]

OK, SHAPE, PLACEHOLDER, MISSING = "ok", "shape", "placeholder", "missing"
#: What people type where a number of 16 digits is asked for.
_FILLERS = (1234567890123456, 1234567891234567, 1234567890987654, 9876543210123456)
_ALL_EQUAL = 1_111_111_111_111_111
_OLDEST = 120
_DAYS_IN_YEAR = 365.2425


def read_sixteen(numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers of 16 digits (NIK, family card) without blanks, dots, dashes and apostrophes, and their state.

    The number is null unless the state is `ok`; else the state is `shape` (not 16 digits), `placeholder` (all
    digits equal, serial 0000, date 000000, a filler) or `missing`.

    >>> read_sixteen(pl.Series(["3273 0101 0190 0001", "123", "1111111111111111"]))[1].to_list()
    ['ok', 'shape', 'placeholder']
    """
    texts = numbers.cast(pl.String)
    texts = evaluate_some(texts, texts.str.len_bytes() != 16, lambda text: text.str.replace_all(r"[\s.'`’-]", ""))
    values = texts.cast(pl.Int64, strict=False)
    fits = (texts.str.len_bytes() == 16) & values.is_not_null()
    fits &= (values >= 10**15) | texts.str.starts_with("0")  # a sign is read as part of a number
    idle = (values % _ALL_EQUAL == 0) | (values % 10_000 == 0) | (values // 10_000 % 1_000_000 == 0)
    idle |= values.is_in(_FILLERS)
    frame = pl.DataFrame({"text": texts, "fits": fits, "idle": idle})
    state = (
        pl.when(pl.col("text").is_null() | (pl.col("text") == "")).then(pl.lit(MISSING))
        .when(~pl.col("fits")).then(pl.lit(SHAPE))
        .when("idle").then(pl.lit(PLACEHOLDER))
        .otherwise(pl.lit(OK))
    )  # fmt: skip
    frame = frame.with_columns(state=state).select("state", number=pl.when(pl.col("state") == OK).then("text"))
    return frame["number"], frame["state"]


def decode_nik(nik: pl.Series, born: pl.Series, seen: pl.Series) -> pl.DataFrame:
    """`nik_birth_date`, `nik_sex` (M, F) and `nik_region` (6 digits) of well-shaped NIKs; null where it has none.

    Females have 40 added to the day. Of the centuries that give an age from 0 to 120 on the day `seen` (dates, no
    null), it is the one nearer to the birth date told (`born`), or else the later.
    """
    value = nik.cast(pl.Int64).fill_null(0).to_numpy()
    date = value // 10_000 % 1_000_000
    day, month, year = date // 10_000, date // 100 % 100, date % 100
    female = day > 40
    day = day - 40 * female
    on = seen.to_numpy().astype("datetime64[D]")
    told = born.cast(pl.Date).to_numpy().astype("datetime64[D]")
    late, early = (_date(century + year, month, day) for century in (2000, 1900))
    late_fits, early_fits = ((d <= on) & ((on - d).astype(int) <= _OLDEST * _DAYS_IN_YEAR) for d in (late, early))
    nearer = np.abs((told - early).astype(int)) < np.abs((told - late).astype(int))
    earlier = early_fits & (~late_fits | (nearer & ~np.isnat(told)))
    decoded = np.where(earlier, early, np.where(late_fits, late, np.datetime64("NaT", "D")))
    sex = (day >= 1) * (day <= 31) * (value > 0) * (1 + female)
    return pl.DataFrame(
        {
            "nik_birth_date": pl.Series(decoded, dtype=pl.Date),
            "nik_sex": pl.Series([None, "M", "F"], dtype=pl.String).gather(sex),
            "nik_region": nik.str.slice(0, 6),
        }
    )


def _date(year: Array, month: Array, day: Array) -> Array:
    """Dates as datetime64[D]; NaT where there is no such day."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == months)
    return np.where(real, days, np.datetime64("NaT", "D"))
