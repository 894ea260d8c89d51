"""The registrations (STR) and licences to practise (SIP) that practitioners of the sample truly hold.

An STR of before 8 August 2023 has an end, after five years; those issued since are for life. A SIP belongs to one
post and lasts five years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample.careers import POSTS, Careers
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import Country
from sehatmu.sample.practitioner_noise import PractitionerNoise
from sehatmu.sample.professions import PROFESSIONS

LIFELONG = (date(2023, 8, 8) - date(1970, 1, 1)).days
NEVER = 1 << 20  # the end of what has none
FIVE_YEARS = 1826
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_STEP, _NUMBERS = 15_485_863, 39_999_999_979  # multiples of one, modulo the other: none comes twice


@dataclass(frozen=True, slots=True, eq=False)
class Registrations:
    """STRs by practitioner, profession (0 the first, 1 the second) and age (0 the last, 1 the one before): an array
    of shape (practitioners, 2, 2) per fact. `issued` and `ends` are days since 1970."""

    held: Bools
    issued: Ints
    ends: Ints
    number: pl.Series  # flat, in the order of the arrays


@dataclass(frozen=True, slots=True, eq=False)
class Permits:
    """SIPs by post and age (0 the last, 1 the one before): arrays of shape (posts, 2)."""

    held: Bools
    issued: Ints
    ends: Ints
    number: pl.Series


def register_practitioners(country: Country, careers: Careers) -> Registrations:
    """One STR or two, one after the other, for each profession."""
    count = careers.lives.ids.size
    slots = np.repeat(careers.lives.ids, 2) * 2 + np.tile([0, 1], count)
    rolls = Rolls(country.seed, "str", slots)
    first = country.day - np.floor(rolls.unit("issued") * 9 * 365.25).astype(np.int64)
    renewed = np.maximum(first + FIVE_YEARS - rolls.pick("renewed", 120), LIFELONG + rolls.pick("since", 300))
    again = (first < LIFELONG) & (first + FIVE_YEARS < country.day) & (rolls.unit("renews") < 0.93)
    again &= renewed <= country.day
    ends = np.where(first < LIFELONG, first + FIVE_YEARS, NEVER)
    has = np.stack([np.ones(count, dtype=bool), careers.second >= 0], axis=1).reshape(-1)
    held = np.stack([has, has & again], axis=1)
    issued = np.stack([np.where(again, renewed, first), first], axis=1)
    ends = np.stack([np.where(again, NEVER, ends), ends], axis=1)
    letters = np.repeat(rolls.pick("letters", 4)[:, None], 2, axis=1)
    of = np.stack([careers.profession, np.maximum(careers.second, 0)], axis=1).reshape(-1)
    number = _str_numbers((slots[:, None] * 2 + [0, 1]).reshape(-1), np.repeat(of, 2), issued.reshape(-1), letters)
    shape = (count, 2, 2)
    return Registrations(held.reshape(shape), issued.reshape(shape), ends.reshape(shape), number)


def _str_numbers(keys: Ints, of: Ints, issued: Ints, letters: Ints) -> pl.Series:
    """2938/28377/STR/00001 of the old medical council, else two letters or two digits and 14 digits."""
    serial = pl.Series((keys * _STEP + 77) % _NUMBERS).cast(pl.String).str.zfill(11)
    text, old = pl.col("serial"), pl.lit(pl.Series(issued < LIFELONG))
    council = pl.lit(pl.Series(np.asarray([p.council for p in PROFESSIONS])[of]))
    head = pl.Series(("QK", "QG", "QA", "QX"), dtype=pl.String).gather(letters.reshape(-1))
    digits = pl.concat_str(pl.lit(pl.Series(of + 11).cast(pl.String)), pl.lit("000"), text)
    slashed = pl.concat_str(
        text.str.slice(0, 4), pl.lit("/"), text.str.slice(4, 5), pl.lit("/STR/"), text.str.slice(9), pl.lit("001")
    )
    written = pl.when(old & council).then(slashed).when(old).then(digits)
    frame = pl.DataFrame({"serial": serial, "head": head})
    return frame.select(written.otherwise(pl.concat_str("head", pl.lit("000"), text)).alias("number")).to_series()


def permit_posts(country: Country, careers: Careers, places: pl.DataFrame, *, noise: PractitionerNoise) -> Permits:
    """One SIP or two, one after the other, for most posts; from the fourth post on for half of them."""
    who, posts = careers.who, careers.who.size
    ids = careers.lives.ids[who]
    rolls = Rolls(country.seed, "sip", ids * POSTS + careers.nth, careers.calm[who])
    issued = country.day - np.floor(rolls.unit("issued") * 5.25 * 365.25).astype(np.int64)
    has = ~rolls.hit("absent", noise.sip_absent) & ((careers.nth < 3) | (rolls.unit("one more") < 0.5))
    before = has & (rolls.unit("renewed") < 0.35)
    held, days = np.stack([has, before], axis=1), np.stack([issued, issued - FIVE_YEARS], axis=1)
    number = _sip_numbers(country, careers, places, days)
    return Permits(held.reshape(posts, 2), days, days + FIVE_YEARS, number)


def _sip_numbers(country: Country, careers: Careers, places: pl.DataFrame, days: Ints) -> pl.Series:
    """As the licensing office of the regency counts: four ways, each with its year."""
    there = places[careers.place]
    manner = Rolls(country.seed, "office", there["town"].to_numpy()).pick("manner", 4)
    letters = pl.Series([p.letters for p in PROFESSIONS]).gather(careers.of)
    at = pl.from_epoch(pl.Series(days.reshape(-1)), time_unit="d")
    twice = np.repeat(np.arange(careers.who.size), 2)
    frame = pl.DataFrame(
        {
            "serial": pl.Series(twice * 2 + np.tile([0, 1], careers.who.size)).cast(pl.String).str.zfill(5),
            "letters": letters.gather(twice),
            "kab": there["kab_code"].gather(twice),
            "year": at.dt.year().cast(pl.String),
            "month": pl.Series(_ROMAN).gather(at.dt.month().cast(pl.Int64) - 1),
            "day": at.dt.strftime("%Y%m%d"),
            "manner": manner[twice],
        }
    )
    dotted = pl.concat_str(pl.col("kab").str.slice(0, 2), pl.lit("."), pl.col("kab").str.slice(2))
    ways = (
        phrase("503/{}/{}/DPMPTSP/{}", "serial", "letters", "year"),
        phrase("446/{}.{}/{}/{}/{}", "kab", "serial", "letters", "month", "year"),
        phrase("{}/{}_{}/{}/{}", "day", "letters", dotted, "year", "serial"),
        phrase("{}.{}{}-{}", "letters", "kab", "serial", "year"),
    )
    how = pl.col("manner")
    written = pl.when(how == 0).then(ways[0]).when(how == 1).then(ways[1]).when(how == 2).then(ways[2])
    return frame.select(written.otherwise(ways[3]).alias("number")).to_series()
