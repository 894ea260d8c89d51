"""The names that a facility writes down: the patient's, with titles and salutation, and the mother's."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import INFANT, SLOTS, UNKNOWN, cultures_of, live, mother_names, names_of
from sehatmu.sample.person_desk import Desk
from sehatmu.sample.person_names import CULTURES
from sehatmu.sample.person_spoil import (
    befall,
    blank,
    mistype,
    mistype_number,
    reword,
    shift_marks,
    thin,
    words_text,
)

_MUSLIM = [CULTURES.index(name) for name in ("java", "sunda", "islam", "minang", "malay", "bugis")]
_BABY = ("BY NY", "BY. NY.", "BAYI NY.", "BY NY.", "By. Ny.")


def name_columns(desk: Desk) -> dict[str, pl.Series]:
    """`nama, nama_ibu, nik_ibu`; an infant may be called by its mother's name."""
    country, noise, lives, rolls = desk.country, desk.country.noise, desk.lives, desk.rolls
    culture = cultures_of(country, lives)
    mothers, mother_nik = mother_names(country, lives, culture)
    rate = np.where(desk.visit == 0, 6 * noise.baby_name, noise.baby_name)
    as_baby = (lives.kind == INFANT) & (rolls.unit("baby") < rate)
    own = _called(desk, names_of(country, lives, culture), culture)
    said = [np.where(as_baby, hers, mine) for hers, mine in zip(mothers, own, strict=True)]
    before, behind = _additions(desk, culture, as_baby)
    name = _write(desk, reword(said, rolls.under("name"), noise), rolls.under("name"), before, behind)
    unknown = lives.kind == UNKNOWN
    name = befall(name, unknown, rolls.under("x"), lambda _, theirs: texts.unknown_names(lives.sex[unknown], theirs))
    hers = _write(desk, reword(mothers, rolls.under("mother"), noise), rolls.under("mother"), [], None)
    known = (rolls.unit("mother known") < noise.mother_known) | as_baby & (rolls.unit("mother too") < 0.85)
    wrong = rolls.hit("mother nik typo", noise.nik_typo)
    nik = np.where(wrong, mistype_number(mother_nik, rolls.under("her nik"), 16), mother_nik)
    nik_known = (mother_nik > 0) & (lives.kind == INFANT) & (rolls.unit("mother nik") < noise.mother_nik_known)
    return {
        "nama": name,
        "nama_ibu": thin(blank(hers, ~known), rolls.under("mother"), missing=0, placeholder=noise.placeholder),
        "nik_ibu": blank(pl.Series(nik).cast(pl.String), ~nik_known),
    }


def _called(desk: Desk, own: list[Ints], culture: Ints) -> list[Ints]:
    """The words of their names; some few are called by quite another one."""
    country, hit = desk.country, desk.rolls.hit("other name", desk.country.noise.other_name)
    others = live(country, (desk.lives.ids[hit] + 3 * SLOTS) % country.count)
    for words, theirs in zip(own, names_of(country, others, culture[hit]), strict=True):
        words[hit] = theirs
    return own


def _additions(desk: Desk, culture: Ints, as_baby: Bools) -> tuple[list[pl.Series], pl.Series]:
    """What stands before the name, and what behind: BY NY, Tn., dr., S.Pd, I and II of twins called alike."""
    noise, lives, rolls = desk.country.noise, desk.lives, desk.rolls
    always = desk.manner.unit("salutes") < 2 * noise.salutation
    saluting = (always | rolls.hit("salute", noise.salutation)) & ~as_baby & ~desk.calm
    bears = rolls.hit("titled", noise.title) & ~as_baby
    front, back = texts.titles(lives, desk.country.seed, np.isin(culture, _MUSLIM), desk.country.day)
    numbered = as_baby & (rolls.unit("numbered") < 0.8)
    before = [
        blank(texts.look_up(_BABY, rolls.pick("baby form", len(_BABY))), ~as_baby),
        blank(texts.salutes(lives, rolls, desk.country.day), ~saluting),
        texts.look_up(texts.FRONT_TITLES, np.where(bears, front, 0)),
    ]
    degree = texts.look_up(texts.BACK_TITLES, np.where(bears, back, 0))
    twin = texts.look_up((None, " I", " II"), np.where(numbered, lives.twin, 0))
    return before, pl.select(pl.coalesce(pl.lit(", ") + pl.lit(degree), pl.lit(twin))).to_series()


def _write(desk: Desk, words: list[Ints], rolls: Rolls, before: list[pl.Series], behind: pl.Series | None) -> pl.Series:
    """The name as text, as typed."""
    noise = desk.country.noise
    parts = [*before, *words_text(words, desk.in_titles)]
    text = pl.select(pl.concat_str([pl.lit(part) for part in parts], separator=" ", ignore_nulls=True)).to_series()
    if behind is not None:
        text = pl.select(pl.concat_str(pl.lit(text), pl.lit(behind), ignore_nulls=True)).to_series()
    typo = rolls.hit("typo", noise.name_typo)
    text = befall(text, typo, rolls.under("typo"), mistype)
    text = befall(text, typo & rolls.hit("second", noise.second_typo), rolls.under("second typo"), mistype)
    joined = rolls.hit("joined", noise.joined_words)
    text = befall(text, joined, rolls, lambda some, _: some.str.replace(r"(\w) (\w)", "$1$2"))
    return befall(text, rolls.hit("marks", noise.punctuation), rolls.under("marks"), shift_marks)
