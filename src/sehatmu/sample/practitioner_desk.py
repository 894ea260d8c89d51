"""What every register writes of a practitioner alike: names with titles, births, sexes, NIK, professions, numbers.

A `Clerk` has the rows that one register writes, each about a practitioner and mostly about a post; rows of equal
salt, practitioner and post are drawn alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.careers import POSTS, Careers
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.licences import LIFELONG, NEVER, Permits, Registrations
from sehatmu.sample.people import Country, niks
from sehatmu.sample.person_names import CULTURES
from sehatmu.sample.person_spoil import (
    NUMBER_FILLERS,
    befall,
    blank,
    misdate,
    mistype,
    mistype_number,
    respace_niks,
    reword,
    shift_marks,
    shorten_number,
    thin,
    words_text,
)
from sehatmu.sample.practitioner_noise import PractitionerNoise
from sehatmu.sample.practitioner_titles import STYLES, UNTITLED, count_titles, dress
from sehatmu.sample.professions import LEVELS, ODD_NAMES, PROFESSIONS

_MUSLIM = [CULTURES.index(name) for name in ("java", "sunda", "islam", "minang", "malay", "bugis")]
_LIFE_WORDS = ("Seumur Hidup", "SEUMUR HIDUP", "9999-12-31", "31-12-9999")
_FILLERS = ("-", "0", "-", "0", "--")


@dataclass(frozen=True, slots=True, eq=False)
class Workforce:
    """All that is true of the health workers of a country, and how it is spoilt."""

    country: Country
    careers: Careers
    registrations: Registrations
    permits: Permits
    places: pl.DataFrame
    noise: PractitionerNoise


@dataclass(frozen=True, slots=True, eq=False)
class Clerk:
    """`who` and `of` (practitioner and profession of each row), `rolls` per row, `manner` per workplace or office."""

    force: Workforce
    who: Ints
    of: Ints
    rolls: Rolls
    manner: Rolls

    @property
    def country(self) -> Country:
        return self.force.country

    @property
    def careers(self) -> Careers:
        return self.force.careers

    @property
    def noise(self) -> PractitionerNoise:
        return self.force.noise

    def names(self, *, titled: float = 1.0) -> pl.Series:
        """Names as typed, with the titles that are told; `titled`: how many of a register's names have any."""
        noise, rolls, careers = self.country.noise, self.rolls, self.careers
        said = reword([words[self.who] for words in careers.names], rolls.under("name"), noise)
        title_case = (self.manner.unit("title case") < 0.4) & ~self._calm
        parts = [pl.lit(part) for part in words_text(said, title_case)]
        name = pl.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series()
        typo = rolls.hit("typo", noise.name_typo)
        name = befall(name, typo, rolls.under("typo"), mistype)
        name = befall(name, typo & rolls.hit("second", noise.second_typo), rolls.under("second typo"), mistype)
        style = np.where(rolls.hit("title style", self.noise.title_style), rolls.pick("style", STYLES), self._style())
        bears = (rolls.unit("titled") < titled * self.noise.title) | self._calm
        own = Rolls(self.country.seed, "titles", careers.lives.ids[self.who] * len(PROFESSIONS) + self.of)
        which = np.where(self._calm, 0, own.pick("set", count_titles(self.of)))
        name = dress(name, self.of, which, self._pilgrims(), np.where(bears, style, UNTITLED))
        return befall(name, rolls.hit("marks", noise.punctuation), rolls.under("marks"), shift_marks)

    def births(self) -> pl.Series:
        """Birth dates in the workplace's form."""
        noise, rolls, lives = self.country.noise, self.rolls, self.careers.lives
        told = misdate(lives.born[self.who], rolls.under("birth"), noise, self.country.day)
        return blank(texts.dates(told, self._form("birth")), rolls.hit("birth missing", noise.birth_missing))

    def sexes(self) -> pl.Series:
        """L and P, or as the workplace codes it."""
        noise, rolls, sex = self.country.noise, self.rolls, self.careers.lives.sex[self.who]
        told = np.where(rolls.hit("sex wrong", noise.sex_wrong), 1 - sex, sex)
        other = rolls.hit("sex form", noise.sex_form)
        coding = np.where(other, rolls.pick("which sex", 8), self.manner.pick("sex form", 8))
        return blank(texts.sexes(told, coding), rolls.hit("sex missing", noise.sex_missing))

    def niks(self, *, missing: float | None = None) -> pl.Series:
        """True, another practitioner's, mistyped, of 15 digits, in odd forms, a filler, or none."""
        noise, rolls = self.noise, self.rolls
        true = niks(self.country, self.careers.lives)
        other = (self.who + 1 + rolls.pick("whose nik", 40)) % true.size
        number = np.where(self.nik_is_shared, true[other], true[self.who])
        has = number > 0
        number = np.where(rolls.hit("nik typo", noise.nik_typo), mistype_number(number, rolls.under("nik"), 16), number)
        short = rolls.hit("nik short", noise.nik_short)
        number = np.where(short, shorten_number(number, rolls.under("nik short"), 16), number)
        text = pl.Series(number).cast(pl.String)
        form = has & ~short & rolls.hit("nik form", noise.nik_form)
        text = befall(text, form, rolls.under("nik form"), respace_niks)
        return thin(
            blank(text, ~has),
            rolls.under("nik"),
            missing=noise.nik_missing if missing is None else missing,
            placeholder=noise.nik_placeholder,
            fillers=NUMBER_FILLERS,
        )

    @property
    def nik_is_shared(self) -> Bools:
        """Rows that tell the NIK of another practitioner."""
        return np.asarray(self.rolls.hit("nik shared", self.noise.nik_shared))

    def professions(self, *, graded: bool = False) -> pl.Series:
        """The usual name, one of the others, or one that says nothing; some `graded` with the civil servant's level."""
        rolls, noise = self.rolls, self.noise
        count = np.asarray([len(p.names) for p in PROFESSIONS])[self.of]
        which = np.where(rolls.hit("spelling", noise.spelling), rolls.pick("which name", count), 0)
        starts = np.cumsum([0, *(len(p.names) for p in PROFESSIONS[:-1])])
        told = texts.look_up([name for p in PROFESSIONS for name in p.names], starts[self.of] + which)
        if graded:
            has_level = np.asarray([p.graded for p in PROFESSIONS])[self.of] & (rolls.unit("graded") < 0.2)
            has_level &= ~self._calm & (which == 0)
            levels = rolls.choose("level", LEVELS)
            level = pl.when(pl.Series(has_level)).then(levels)
            told = pl.select(pl.concat_str(pl.lit(told), level, ignore_nulls=True)).to_series()
        odd = rolls.hit("odd name", noise.spelling_odd)
        told = befall(told, odd, rolls, lambda _, theirs: theirs.choose("odd", ODD_NAMES))
        return blank(told, rolls.hit("profession missing", noise.profession_missing))

    def days(self, salt: str, days: Ints, *, lifelong: bool = False) -> pl.Series:
        """Days as dates, some missing; the end of what has none is told in words or not at all."""
        rolls, noise = self.rolls.under(salt), self.noise
        told = texts.dates(np.where(days == NEVER, LIFELONG, days), self._form(salt))
        told = blank(told, rolls.hit("missing", noise.date_missing))
        if not lifelong:
            return told
        words = rolls.hit("in words", noise.lifelong_word) & (days == NEVER)
        told = blank(told, (days == NEVER) & ~words)
        return befall(told, words, rolls, lambda _, theirs: theirs.choose("words", _LIFE_WORDS))

    def fill(self, salt: str, numbers: pl.Series, *, missing: float) -> pl.Series:
        """Numbers, some missing, some a dash or nought."""
        return thin(
            numbers,
            self.rolls.under(salt),
            missing=missing,
            placeholder=self.noise.number_filler,
            fillers=_FILLERS,
        )

    @property
    def _calm(self) -> Bools:
        return np.asarray(self.careers.calm[self.who])

    def _form(self, salt: str) -> Ints:
        other = self.rolls.hit(f"{salt} form", self.noise.date_form)
        return np.where(other, self.rolls.pick(f"{salt} other form", 3), self.manner.pick("date form", 3))

    def _style(self) -> Ints:
        return np.where(self._calm, 0, np.asarray([0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8])[self.manner.pick("style", 11)])

    def _pilgrims(self) -> Ints:
        lives = self.careers.lives
        faith = Rolls(self.country.seed, "pilgrim", lives.ids)
        went = np.isin(self.careers.culture, _MUSLIM) & (faith.unit("went") < 0.12)
        went &= (self.country.day - lives.born > 35 * 365) & ~self.careers.calm
        return np.where(went, 1 + lives.sex, 0)[self.who]


def open_clerk(force: Workforce, salt: str, *, who: Ints, of: Ints, nth: Ints, at: Ints) -> Clerk:
    """The clerk who writes these rows: about `who` as `of`, post `nth`, at the workplace or office `at`."""
    careers, seed = force.careers, force.country.seed
    rolls = Rolls(seed, salt, careers.lives.ids[who] * POSTS + nth, careers.calm[who])
    return Clerk(force, who, of, rolls, Rolls(seed, f"{salt} manner", at))
