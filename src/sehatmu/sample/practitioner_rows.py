"""The rows of `sisdmk/tenaga`, `sirs/tenaga` and `simada/penanggung_jawab`: who works where, as three registers tell.

A post at a hospital stands in SISDMK, in SIRS, or in both; one at a puskesmas in SISDMK; one at a pharmacy in SIMADA.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.careers import PERSON, POSTS, Careers
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import Country, nik_heads, ymd
from sehatmu.sample.person_spoil import befall, blank, mistype, thin
from sehatmu.sample.practitioner_desk import Clerk, Workforce, open_clerk
from sehatmu.sample.professions import PROFESSIONS

REGISTERS = {"sisdmk": "sisdmk/tenaga", "sirs": "sirs/tenaga", "simada": "simada/penanggung_jawab"}
_TELLS = {"sisdmk": 0.96, "sirs": 0.94, "simada": 1.0}
OFFICIAL = 10009880728  # of the sandbox: api.md section 12
_FIRST_OFFICIAL, _OFFICIAL_STEP, _OFFICIALS = 10_000_000_000, 1_234_567, 19_999_999
_PUBLIC = ("PNS", "PNS", "PPPK", "Pegawai BLUD", "Honorer", "PTT")
_PRIVATE = ("Pegawai Tetap", "Kontrak", "Tetap Yayasan", "Tidak Tetap", "Mitra")
_PERSON = ("nik", "nama", "tanggal_lahir", "jenis_kelamin")
Texts = dict[str, pl.Series]


def tell_posts(country: Country, careers: Careers, places: pl.DataFrame) -> dict[str, Bools]:
    """Whether each register tells of each post. A practitioner's first post is told by one at least."""
    rolls = Rolls(country.seed, "told", careers.lives.ids[careers.who] * POSTS + careers.nth)
    held = {name: places[name].is_not_null().to_numpy()[careers.place] for name in _TELLS}
    calm = careers.calm[careers.who]
    told = {name: held[name] & ((rolls.unit(name) < rate) | calm) for name, rate in _TELLS.items()}
    by_none = ~np.logical_or.reduce(list(told.values())) & (careers.nth == 0)
    for name in _TELLS:
        told[name] |= by_none & held[name]
        by_none &= ~held[name]
    return told


def job_rows(force: Workforce, register: str, posts: Ints) -> pl.DataFrame:
    """The rows of one register about these posts, as text: `entity, facility, fault` of the truth, then its columns.

    `entity` is the person, `facility` the entity of the place; `fault` names what the row was made wrong by.
    """
    careers, places = force.careers, force.places
    who, of, place = careers.who[posts], careers.of[posts], careers.place[posts]
    clerk = open_clerk(force, register, who=who, of=of, nth=careers.nth[posts], at=place)
    there = places[place]
    codes, unknown = _codes(clerk, there[register])
    numbers, faults = _numbers(clerk, posts)
    person = {
        "nik": clerk.niks(),
        "nama": clerk.names(),
        "tanggal_lahir": clerk.births(),
        "jenis_kelamin": clerk.sexes(),
    }
    columns = _COLUMNS[register](clerk, person | numbers | {"code": codes}, there)
    faults = {"unknown-facility": unknown, "nik-shared": clerk.nik_is_shared, **faults}
    fault = pl.select(
        pl.concat_str([pl.when(pl.Series(hit)).then(pl.lit(name)) for name, hit in faults.items()],
                      separator=" ", ignore_nulls=True)
    ).to_series()  # fmt: skip
    truth = [
        pl.Series("entity", careers.lives.ids[who]),
        there["entity"].alias("facility"),
        fault.replace("", None).alias("fault"),
    ]
    return pl.DataFrame([*truth, *(column.alias(name) for name, column in columns.items())])


def _sisdmk(clerk: Clerk, told: Texts, there: pl.DataFrame) -> Texts:
    rolls, lives = clerk.rolls, clerk.careers.lives
    public = there["public"].to_numpy()
    status = np.where(public, rolls.pick("status", len(_PUBLIC)), len(_PUBLIC) + rolls.pick("status", len(_PRIVATE)))
    groups = np.cumsum([0, *(len(p.group) for p in PROFESSIONS[:-1])])
    group = groups[clerk.of] + rolls.pick("group", np.asarray([len(p.group) for p in PROFESSIONS])[clerk.of])
    schools = np.cumsum([0, *(len(p.education) for p in PROFESSIONS[:-1])])
    own = Rolls(clerk.country.seed, "school", lives.ids[clerk.who])
    school = schools[clerk.of] + own.pick("level", np.asarray([len(p.education) for p in PROFESSIONS])[clerk.of])
    birthplace = texts.birthplaces(
        nik_heads(clerk.country, lives)[1][clerk.who], np.zeros(clerk.who.size, dtype=bool), rolls,
        np.zeros(clerk.who.size, dtype=bool),
    )  # fmt: skip
    noise = clerk.country.noise
    kind = there["kab_kind"].replace_strict({"KABUPATEN": "KAB. "}, default="KOTA ")
    return {
        "nik": told["nik"],
        "no_ihs": _officials(clerk),
        "nama": told["nama"],
        "tempat_lahir": thin(birthplace, rolls.under("birthplace"), missing=0.1, placeholder=noise.placeholder),
        "tanggal_lahir": told["tanggal_lahir"],
        "jenis_kelamin": told["jenis_kelamin"],
        "jenis_sdmk": clerk.professions(graded=True),
        "rumpun_sdmk": texts.look_up([group for p in PROFESSIONS for group in p.group], group),
        "pendidikan": blank(
            texts.look_up([s for p in PROFESSIONS for s in p.education], school), rolls.unit("s") < 0.1
        ),
        "nip": _nips(clerk, public & (status < 2)),
        "status_kepegawaian": texts.look_up((*_PUBLIC, *_PRIVATE), status),
        **{name: told[name] for name in ("no_str", "tanggal_str", "tanggal_str_akhir")},
        **{name: told[name] for name in ("no_sip", "tanggal_sip", "tanggal_sip_akhir")},
        "kode_unit": told["code"],
        "unit": befall(there["name"], rolls.hit("unit typo", noise.name_typo), rolls.under("unit"), mistype),
        "kabkot": kind + there["kab_name"],
        "provinsi": there["prov_name"],
    }


def _sirs(clerk: Clerk, told: Texts, _: pl.DataFrame) -> Texts:
    ways = [(*p.specialty, *[""] * 3)[:3] for p in PROFESSIONS]
    way = clerk.of * 3 + clerk.rolls.pick("specialty", 3)
    specialty = texts.look_up([text or None for forms in ways for text in forms], way)
    return {
        "kode_rs": told["code"],
        **{name: told[name] for name in _PERSON},
        "profesi": clerk.professions(),
        "spesialisasi": blank(specialty, clerk.rolls.unit("specialty told") < 0.1),
        **{name: told[name] for name in ("no_str", "tanggal_str_akhir", "no_sip", "tanggal_sip_akhir")},
    }


def _simada(clerk: Clerk, told: Texts, _: pl.DataFrame) -> Texts:
    return {
        "kode_sarana": told["code"],
        **{name: told[name] for name in _PERSON},
        "profesi": clerk.professions(),
        "no_str": told["no_str"],
        "no_sip": told["no_sip"],
        "tgl_sip": told["tanggal_sip"],
        "tgl_sip_akhir": told["tanggal_sip_akhir"],
    }


_COLUMNS = {"sisdmk": _sisdmk, "sirs": _sirs, "simada": _simada}


def _codes(clerk: Clerk, codes: pl.Series) -> tuple[pl.Series, Bools]:
    """The code of the place, some with blanks around it, some that no register has (told beside)."""
    unknown = clerk.rolls.hit("unknown facility", clerk.noise.unknown_facility)
    codes = befall(codes, unknown, clerk.rolls, lambda some, _: some.str.replace(r"\d{4}", "0099"))
    blanks = clerk.rolls.hit("code blank", clerk.noise.code_blank)
    return befall(codes, blanks, clerk.rolls, lambda some, _: "  " + some + " "), unknown


def _numbers(clerk: Clerk, posts: Ints) -> tuple[Texts, dict[str, Bools]]:
    """STR and SIP with their dates, as the register has them, and which rows were made wrong."""
    force, noise, rolls, who = clerk.force, clerk.noise, clerk.rolls, clerk.who
    slot = ((clerk.of == clerk.careers.second[who]) & (clerk.of != clerk.careers.profession[who])).astype(np.int64)
    strs, sips = force.registrations, force.permits
    old = (rolls.hit("str stale", noise.str_stale) & strs.held[who, slot, 1]).astype(np.int64)
    shared = rolls.hit("str shared", noise.str_shared)
    whose = np.where(shared, (who + 1 + rolls.pick("whose str", 40)) % strs.held.shape[0], who)
    str_number = strs.number.gather((whose * 2 + np.where(shared, 0, slot)) * 2 + np.where(shared, 0, old))
    str_number = befall(str_number, rolls.hit("str typo", noise.str_typo), rolls.under("str"), mistype)
    earlier = (rolls.hit("sip stale", noise.sip_stale) & sips.held[posts, 1]).astype(np.int64)
    sip_number = blank(sips.number.gather(posts * 2 + earlier), ~sips.held[posts, 0])
    form = rolls.hit("sip form", noise.sip_form)
    sip_number = befall(sip_number, form, rolls, lambda some, _: some.str.to_lowercase().str.replace("/", " / ", n=1))
    str_number = clerk.fill("no str", str_number, missing=noise.str_missing)
    sip_number = clerk.fill("no sip", sip_number, missing=noise.sip_missing)
    swapped = rolls.hit("swapped", noise.swapped)
    reverse = rolls.hit("date reversed", noise.date_reversed)
    sip_issued, sip_ends = sips.issued[posts, earlier], sips.ends[posts, earlier]
    sip_ends = np.where(reverse, sip_issued - 1 - rolls.pick("reversed by", 900), sip_ends)
    without = ~sips.held[posts, 0]
    numbers = {
        "no_str": _either(swapped, sip_number, str_number),
        "tanggal_str": clerk.days("str issued", strs.issued[who, slot, old]),
        "tanggal_str_akhir": clerk.days("str ends", strs.ends[who, slot, old], lifelong=True),
        "no_sip": _either(swapped, str_number, sip_number),
        "tanggal_sip": blank(clerk.days("sip issued", sip_issued), without),
        "tanggal_sip_akhir": blank(clerk.days("sip ends", sip_ends), without),
    }
    return numbers, {"str-shared": shared, "swapped": swapped, "date-reversed": reverse & ~without}


def _either(first: Bools, one: pl.Series, other: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(first)).then(one).otherwise(other)).to_series()


def _officials(clerk: Clerk) -> pl.Series:
    """The practitioner's number on the national platform, where SISDMK knows it; of few, another's."""
    ids, noise, rolls = clerk.careers.lives.ids[clerk.who], clerk.noise, clerk.rolls
    known = (rolls.unit("ihs") < noise.ihs_known) | (ids == PERSON)
    others = clerk.careers.lives.ids[(clerk.who + 5) % clerk.careers.lives.ids.size]
    return blank(official_numbers(np.where(rolls.hit("ihs of another", noise.ihs_wrong), others, ids)), ~known)


def official_numbers(ids: Ints) -> pl.Series:
    """Eleven digits from 1000 or 1001 on, no two alike below 20 million persons; the sandbox's as published."""
    number = _FIRST_OFFICIAL + ids * _OFFICIAL_STEP % _OFFICIALS
    number = np.where(number == OFFICIAL, _FIRST_OFFICIAL + _OFFICIALS, number)
    return pl.Series(np.where(ids == PERSON, OFFICIAL, number)).cast(pl.String)


def _nips(clerk: Clerk, servant: Bools) -> pl.Series:
    """The number of a civil servant: birth date, month of appointment, sex, serial."""
    lives, rolls = clerk.careers.lives, clerk.rolls
    year, month, day = ymd(lives.born)
    own = Rolls(clerk.country.seed, "servant", lives.ids)
    since = np.minimum(year + 23 + own.pick("since", 8), 2026) * 100 + 1 + own.pick("month", 12)
    serial = (1 + lives.sex) * 1000 + 1 + own.pick("serial", 30)
    parts = [((year * 100 + month) * 100 + day)[clerk.who], since[clerk.who], serial[clerk.who]]
    first, second, third = (pl.Series(part).cast(pl.String) for part in parts)
    spaced = first + " " + second + " " + third.str.head(1) + " " + third.str.slice(1)
    text = _either(rolls.unit("nip form") < 0.2, spaced, first + second + third)
    return blank(text, ~servant | rolls.hit("nip missing", clerk.noise.nip_missing))
