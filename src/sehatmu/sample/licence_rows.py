"""The rows of `konsil/str` and `dpmptsp/sip`: what councils and licensing offices know of whom they let practise."""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.dice import Bools, Ints
from sehatmu.sample.person_spoil import blank
from sehatmu.sample.practitioner_desk import Clerk, Workforce, open_clerk

COUNCIL, OFFICE = "konsil/str", "dpmptsp/sip"
_HELD, _ENDED = ("Aktif", "AKTIF", "Berlaku"), ("Tidak Aktif", "Kedaluwarsa", "TIDAK BERLAKU")


def council_rows(force: Workforce) -> pl.DataFrame:
    """A row per STR ever issued, but for few: `entity, facility` (null), `fault` (null), then the columns."""
    strs, careers = force.registrations, force.careers
    flat = np.flatnonzero(strs.held)
    who, slot, age = np.unravel_index(flat, strs.held.shape)
    of = np.where(slot == 0, careers.profession[who], careers.second[who])
    clerk = open_clerk(force, COUNCIL, who=who, of=of, nth=slot * 2 + age, at=of)
    ends = strs.ends[who, slot, age]
    columns = {
        "no_str": strs.number.gather(flat),
        "nik": clerk.niks(missing=force.noise.licence_nik_missing),
        "nama": clerk.names(titled=0.6),
        "profesi": clerk.professions(),
        "tanggal_terbit": clerk.days("issued", strs.issued[who, slot, age]),
        "tanggal_akhir": clerk.days("ends", ends, lifelong=True),
        "status": _status(clerk, (ends < force.country.day) | (age == 1)),
    }
    kept = ~clerk.rolls.hit("missing", force.noise.council_missing)
    return _rows(clerk, None, columns).filter(pl.Series(kept))


def office_rows(force: Workforce) -> pl.DataFrame:
    """A row per SIP ever issued, but for few; a third of the earlier ones."""
    sips, careers = force.permits, force.careers
    flat = np.flatnonzero(sips.held)
    post, age = np.unravel_index(flat, sips.held.shape)
    who = careers.who[post]
    there = force.places[careers.place[post]]
    clerk = open_clerk(
        force, OFFICE, who=who, of=careers.of[post], nth=careers.nth[post], at=there["town"].to_numpy() * 2 + age
    )
    ends = sips.ends[post, age]
    slot = (careers.of[post] != careers.profession[who]).astype(np.int64)
    columns = {
        "no_sip": sips.number.gather(flat),
        "nik": clerk.niks(missing=force.noise.licence_nik_missing),
        "no_str": clerk.fill(
            "str", force.registrations.number.gather((who * 2 + slot) * 2), missing=force.noise.licence_str_missing
        ),
        "nama": clerk.names(titled=0.9),
        "kode_sarana": blank(_codes(there), clerk.rolls.hit("code missing", force.noise.licence_code_missing)),
        "alamat": there["address"],
        "terbit": clerk.days("issued", sips.issued[post, age]),
        "akhir": clerk.days("ends", ends),
        "status": _status(clerk, (ends < force.country.day) | (age == 1)),
    }
    kept = ~clerk.rolls.hit("missing", force.noise.office_missing) & ((age == 0) | (clerk.rolls.unit("old") < 0.33))
    return _rows(clerk, there["entity"], columns).filter(pl.Series(kept))


def _codes(there: pl.DataFrame) -> pl.Series:
    """The code of the place in the register that it stands in first."""
    return there.select(pl.coalesce("sirs", "sisdmk", "simada", "service")).to_series()


def _status(clerk: Clerk, ended: Bools) -> pl.Series:
    which: Ints = np.where(ended, len(_HELD), 0) + clerk.manner.pick("status", len(_HELD))
    revoked = clerk.rolls.hit("revoked", 0.004)
    told = texts.look_up((*_HELD, *_ENDED, "Dicabut"), np.where(revoked, 2 * len(_HELD), which))
    return blank(told, clerk.rolls.unit("status told") < 0.05)


def _rows(clerk: Clerk, facility: pl.Series | None, columns: dict[str, pl.Series]) -> pl.DataFrame:
    count = clerk.who.size
    truth = [
        pl.Series("entity", clerk.careers.lives.ids[clerk.who]),
        pl.Series("facility", [None] * count, dtype=pl.Int64) if facility is None else facility.alias("facility"),
        pl.Series("fault", [None] * count, dtype=pl.String),
    ]
    return pl.DataFrame([*truth, *(column.alias(name) for name, column in columns.items())])
