"""Numbers that a facility writes down for a patient: the platform's, NIK, family card, insurance, passport."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.dice import Ints, Rolls
from sehatmu.sample.people import FOREIGNER, INFANT, SANDBOX, SLOTS, Country, Lives, live, niks, villages_of
from sehatmu.sample.person_desk import Desk
from sehatmu.sample.person_spoil import (
    NUMBER_FILLERS,
    befall,
    blank,
    mistype_number,
    respace_niks,
    shorten_number,
    thin,
)

_OFFICIAL_STEP, _OFFICIALS = 15_485_863, 39_999_999_979  # multiples of one, modulo the other: none comes twice
_MEMBER_STEP, _MEMBERS = 7_368_787, 9_999_999_967


def number_columns(desk: Desk) -> dict[str, pl.Series]:
    """`no_ihs, nik, no_kk, no_bpjs, paspor` and, drawn likewise, `status_kawin, kewarganegaraan`."""
    country, noise, lives, rolls = desk.country, desk.country.noise, desk.lives, desk.rolls
    foreign = lives.kind == FOREIGNER
    person = Rolls(country.seed, "papers", lives.ids)
    single = ~desk.older(24) | (person.unit("marriage") < 0.15)
    status = np.where(single, 0, np.maximum(1, person.pick("married", 14) - 10))
    letter = texts.look_up(tuple("ABCEXKMPT"), person.pick("letter", 9))
    passport = _joined(letter, _digits(person.pick("passport", 10**7), 7))
    travels = np.where(foreign, rolls.unit("passport told") < 0.85, person.unit("travels") < 0.01)
    card = pl.Series(family_cards(country, lives)).cast(pl.String)
    member = _digits((lives.ids * _MEMBER_STEP + 91_733) % _MEMBERS, 13)
    insured = (rolls.unit("bpjs") < noise.bpjs_known) & (person.unit("insured") < 0.9) & ~foreign
    nation = texts.nations(foreign, person, desk.manner.pick("nation", 5))
    told = (rolls.unit("nation told") < 0.6) | foreign
    return {
        "no_ihs": _official(desk),
        "nik": _niks(desk),
        "no_kk": blank(card, foreign | (rolls.unit("kk") >= noise.kk_known)),
        "no_bpjs": blank(member, ~insured),
        "paspor": blank(passport, ~travels),
        "status_kawin": blank(texts.marital(status, desk.manner.pick("marital", 5)), rolls.unit("marital") < 0.35),
        "kewarganegaraan": blank(nation, ~told),
    }


def _official(desk: Desk) -> pl.Series:
    noise, ids = desk.country.noise, desk.lives.ids
    known = (desk.rolls.unit("ihs") < noise.ihs_known) | desk.calm
    others = (ids + 7 * SLOTS) % desk.country.count
    return blank(official_numbers(np.where(desk.rolls.hit("ihs of another", noise.ihs_wrong), others, ids)), ~known)


def official_numbers(ids: Ints) -> pl.Series:
    """The number on the national platform, P and eleven digits; those of the sandbox as published."""
    written = _joined(pl.Series(["P"]), _digits((ids * _OFFICIAL_STEP + 4_211_871) % _OFFICIALS, 11))
    for at, (_, official, *_) in enumerate(SANDBOX):
        if official and (ids == at).any():
            written = pl.select(pl.when(pl.Series(ids == at)).then(pl.lit(official)).otherwise(written)).to_series()
    return written


def _niks(desk: Desk) -> pl.Series:
    """True, a relative's, mistyped, of 15 digits, in odd forms, a filler, or none."""
    noise, rolls, lives = desk.country.noise, desk.rolls, desk.lives
    number = niks(desk.country, lives)
    shared = rolls.hit("nik shared", noise.nik_shared)
    heads = lives.ids[shared] // SLOTS * SLOTS
    relatives = np.minimum(np.where(heads == lives.ids[shared], heads + 1, heads), desk.country.count - 1)
    number[shared] = niks(desk.country, live(desk.country, relatives))
    has = number > 0
    wrong = rolls.hit("nik typo", noise.nik_typo)
    number = np.where(wrong, mistype_number(number, rolls.under("nik"), 16), number)
    short = rolls.hit("nik short", noise.nik_short)
    number = np.where(short, shorten_number(number, rolls.under("nik short"), 16), number)
    text = pl.Series(number).cast(pl.String)
    text = befall(text, has & ~short & rolls.hit("nik form", noise.nik_form), rolls.under("nik form"), respace_niks)
    rate = noise.nik_placeholder
    newborn = (lives.kind == INFANT) & (desk.visit == 0) & (rolls.unit("nik at birth") < 0.9)
    return thin(
        blank(text, ~has | newborn),
        rolls.under("nik"),
        missing=noise.nik_missing,
        placeholder=rate,
        fillers=NUMBER_FILLERS,
    )


def family_cards(country: Country, lives: Lives) -> Ints:
    """The number of the home's family card: district, day of issue, serial."""
    home = Rolls(country.seed, "family card", lives.home)
    head = country.kec[villages_of(country, lives.home)] * 100 + 1 + home.pick("day", 28)
    head = (head * 100 + 1 + home.pick("month", 12)) * 100 + 5 + home.pick("year", 20)
    return head * 10_000 + 1 + home.pick("serial", 9998)


def _digits(numbers: Ints, width: int) -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width)


def _joined(*parts: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str([pl.lit(part) for part in parts])).to_series()
