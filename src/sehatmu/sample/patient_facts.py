"""Births, sex, deaths, addresses and telephones as a facility writes them down."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import FOREIGNER, INFANT, SANDBOX, TOWN, UNKNOWN, Country, Lives, nik_heads, villages_of
from sehatmu.sample.person_desk import MOVED, Desk
from sehatmu.sample.person_spoil import befall, blank, misdate, mistype, thin
from sehatmu.sample.registrations import VISITS


def birth_columns(desk: Desk) -> dict[str, pl.Series]:
    """When and where born, sex, order among twins and children, death, and the day of the visit."""
    noise, lives, rolls = desk.country.noise, desk.lives, desk.rolls
    other_form = rolls.hit("date form", noise.date_form)
    form = np.where(other_form, rolls.pick("which form", 3), desk.manner.pick("date form", 3))
    sex = np.where(rolls.hit("sex wrong", noise.sex_wrong), 1 - lives.sex, lives.sex)
    other_coding = rolls.hit("sex form", noise.sex_form)
    coding = np.where(other_coding, rolls.pick("which sex", 8), desk.manner.pick("sex form", 8))
    elsewhere = rolls.hit("birthplace other", noise.birthplace_other)
    born_in = np.where(elsewhere, lives.village, nik_heads(desk.country, lives)[1])
    place = texts.birthplaces(born_in, lives.kind == FOREIGNER, rolls, desk.in_titles)
    order_known = (lives.kind == INFANT) | (rolls.unit("order known") < np.where(desk.older(10), 0.02, 0.5))
    child_known = order_known & (lives.slot >= 2) & (rolls.unit("child known") < 0.6)
    mixed_up = np.where((lives.twin > 0) & (rolls.unit("mixed up") < 0.5), 3 - lives.twin, 0)
    twin = np.where(rolls.hit("order wrong", noise.order_wrong), mixed_up, lives.twin)
    seen, died, is_dead = _days(desk)
    return {
        "tempat_lahir": thin(
            place, rolls.under("birthplace"), missing=noise.birthplace_missing, placeholder=noise.placeholder
        ),
        "tanggal_lahir": _births(desk, form),
        "jenis_kelamin": blank(texts.sexes(sex, coding), rolls.hit("sex missing", noise.sex_missing)),
        "urutan_kembar": blank(texts.look_up(("0", "1", "2"), twin), ~order_known),
        "anak_ke": blank(texts.look_up(("1", "2", "3"), lives.order), ~child_known),
        "tanggal_meninggal": blank(texts.dates(died, form), ~is_dead | (rolls.unit("death told") > 0.6)),
        "tanggal_update": texts.dates(seen, np.zeros(seen.size, dtype=np.int64)),
    }


def _births(desk: Desk, form: Ints) -> pl.Series:
    noise, rolls = desk.country.noise, desk.rolls
    told = texts.dates(misdate(desk.lives.born, rolls.under("birth"), noise, desk.country.day), form)
    impossible = rolls.hit("impossible", noise.birth_impossible / 2)
    told = befall(told, impossible, rolls, lambda some, _: some.str.replace(r"^(\d{4})-.*|^.*(\d{4})$", "31-02-$1$2"))
    unknown = desk.lives.kind == UNKNOWN
    told = befall(told, unknown, rolls, lambda some, _: some.str.replace(".*", "1900-01-01"))
    return blank(told, rolls.hit("birth missing", noise.birth_missing) | unknown & (rolls.unit("no birth") < 0.7))


def _days(desk: Desk) -> tuple[Ints, Ints, Bools]:
    """The day of the visit (later visits later), the day of death, and whether they are dead."""
    country, lives = desk.country, desk.lives
    died, is_dead = deaths(country, lives)
    since = np.maximum(lives.born, np.where(is_dead, died, country.day) - 3000)
    span = np.where(is_dead, died, country.day) - since
    seen = since + np.floor(span * (desk.visit + desk.rolls.unit("seen")) / (desk.visit + 1.5)).astype(np.int64)
    return np.where(lives.kind == INFANT, np.where(desk.visit == 0, since, seen), seen), died, is_dead


def deaths(country: Country, lives: Lives) -> tuple[Ints, Bools]:
    """The day of death, and whether they are dead."""
    dead = Rolls(country.seed, "death", lives.ids)
    lived = country.day - lives.born
    rate = country.noise.dead * np.where(lived > 60 * 365, 4.0, 0.6)
    is_dead = (dead.unit("dead") < rate) & (lives.ids >= len(SANDBOX))
    return country.day - dead.pick("died", np.maximum(lived // 10, 1)), np.asarray(is_dead)


def contact_columns(desk: Desk) -> dict[str, pl.Series]:
    """Address with its code, and telephone; some have moved or changed numbers between visits."""
    country, noise, lives, rolls = desk.country, desk.country.noise, desk.lives, desk.rolls
    moved = rolls.hit("moved", noise.moved)
    new_home = MOVED + lives.ids * VISITS + desk.visit
    far = moved & (rolls.unit("far") < noise.moved_far)
    nearby = lives.village // TOWN * TOWN + rolls.pick("new village", TOWN)
    village = np.where(far, villages_of(country, new_home), np.where(moved, nearby, lives.village))
    home = Rolls(country.seed, "address", np.where(moved, new_home, lives.home))
    form = np.where(rolls.hit("address form", noise.address_form), rolls.pick("which address", 5), 0)
    line, rt, rw = texts.addresses(home, form)
    line = befall(line, rolls.hit("address typo", noise.name_typo), rolls.under("address typo"), mistype)
    gone = rolls.hit("address missing", noise.address_missing)
    line = thin(line, rolls.under("address"), missing=0, placeholder=noise.placeholder)
    code = texts.village_codes(country.seed, village, rolls.unit("district only") < 0.06)
    own = Rolls(country.seed, "phone", lives.ids).unit("own") >= noise.phone_family
    line_of = Rolls(country.seed, "line", np.where(own, 2 * MOVED + lives.ids, lives.home)).pick("line", 10**10)
    lines = np.where(rolls.hit("phone changed", noise.phone_changed), rolls.pick("new line", 10**10), line_of)
    phone = texts.phones(
        lines, np.where(rolls.hit("phone form", noise.phone_form), 1 + rolls.pick("which phone", 4), 0)
    )
    return {
        "alamat": blank(line, gone),
        "rt": blank(rt, gone | (rolls.unit("rt") < 0.25)),
        "rw": blank(rw, gone | (rolls.unit("rt") < 0.28)),
        "kode_kel": blank(code, gone | rolls.hit("region missing", noise.region_missing)),
        "telepon": thin(phone, rolls.under("phone"), missing=noise.phone_missing, placeholder=noise.placeholder),
    }
