"""The rows of `dukcapil/penduduk` and `dukcapil/verifikasi`: the civil register knows nearly everybody who has a NIK,
and knows them well.

Most of its people are patients nowhere. Its texts are capitals, its region codes numbers without zeros. Of some people
it tells no row, only whether what was asked about them agrees.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import person_texts as texts
from sehatmu.sample.dice import Rolls
from sehatmu.sample.patient_facts import deaths
from sehatmu.sample.patient_numbers import family_cards
from sehatmu.sample.people import (
    SANDBOX,
    Country,
    Lives,
    cultures_of,
    live,
    mother_names,
    mother_of,
    names_of,
    nik_heads,
    niks,
)
from sehatmu.sample.person_spoil import befall, blank, mistype, words_text

_SEXES = ("LAKI-LAKI", "PEREMPUAN")
_ASKED = ("nama", "tanggal_lahir", "jenis_kelamin", "wilayah")
_ASKED_WITHIN = 90  # days before the first night
_PARTS = {"no_prop": (0, 2), "no_kab": (2, 2), "no_kec": (4, 2), "no_kel": (6, 4)}


def civil_rows(country: Country, start: int, stop: int) -> pl.DataFrame:
    """Persons `start` to `stop` - 1, those registered, as text, behind `entity, kind, twin, mother` of the truth."""
    lives, _ = _registered(country, start, stop)
    rolls = Rolls(country.seed, "civil register", lives.ids, lives.ids < len(SANDBOX))
    culture = cultures_of(country, lives)
    plain = np.zeros(lives.ids.size, dtype=bool)
    mothers, mother_nik = mother_names(country, lives, culture)
    written = []
    for salt, words in (("name", names_of(country, lives, culture)), ("mother", mothers)):
        parts = [pl.lit(part) for part in words_text(words, plain)]
        name = pl.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series()
        typo = rolls.hit(f"{salt} typo", country.noise.civil_typo)
        written.append(befall(name, typo, rolls.under(salt), mistype))
    dashes = np.full(lives.ids.size, 2, dtype=np.int64)
    home = Rolls(country.seed, "address", lives.home)
    line, rt, rw = texts.addresses(home, np.zeros(lives.ids.size, dtype=np.int64))
    village = pl.Series("village", texts.village_codes(country.seed, lives.village, plain))
    region = {name: village.str.slice(*part).str.strip_chars_start("0") for name, part in _PARTS.items()}
    is_dead = deaths(country, lives)[1]
    place = texts.birthplaces(nik_heads(country, lives)[1], plain, rolls, plain)
    columns = {
        "nik": pl.Series(niks(country, lives)).cast(pl.String),
        "no_kk": pl.Series(family_cards(country, lives)).cast(pl.String),
        "nama_lgkp": written[0],
        "jenis_klmin": texts.look_up(_SEXES, lives.sex),
        "tmpt_lhr": place,
        "tgl_lhr": texts.dates(lives.born, dashes),
        "nik_ibu": blank(pl.Series(mother_nik).cast(pl.String), mother_nik == 0),
        "nama_lgkp_ibu": written[1],
        "alamat": line,
        "no_rt": rt,
        "no_rw": rw,
        **region,
        "status_hidup": texts.look_up(("HIDUP", "MENINGGAL"), is_dead.astype(np.int64)),
    }
    mother = pl.Series("mother", mother_of(lives))
    truth = (pl.Series("entity", lives.ids), pl.Series("kind", lives.kind), pl.Series("twin", lives.twin), mother)
    return pl.DataFrame([*truth, *(column.alias(name) for name, column in columns.items())])


def verification_rows(country: Country, start: int, stop: int) -> pl.DataFrame:
    """The register's answers about those of the persons `start` to `stop` - 1 whose rows it does not tell, as text."""
    _, lives = _registered(country, start, stop)
    rolls = Rolls(country.seed, "verification", lives.ids)
    lives = live(country, lives.ids[rolls.hit("asked", country.noise.verified)])
    rolls = Rolls(country.seed, "verification", lives.ids)
    answers = {
        name: texts.look_up(
            ("Sesuai", "Tidak Sesuai"), rolls.hit(name, country.noise.verified_otherwise).astype(np.int64)
        )
        for name in _ASKED
    }
    asked = pl.Series(country.day - rolls.pick("day", _ASKED_WITHIN)).cast(pl.Int32).cast(pl.Date)
    return pl.DataFrame(
        {"nik": pl.Series(niks(country, lives)).cast(pl.String), **answers, "tanggal": asked.cast(pl.String)}
    )


def _registered(country: Country, start: int, stop: int) -> tuple[Lives, Lives]:
    """Who has a NIK: those whose rows are delivered, and the others."""
    ids = np.arange(start, stop, dtype=np.int64)
    has_nik = live(country, ids).has_nik
    held = Rolls(country.seed, "civil register", ids).unit("held") >= country.noise.civil_missing
    held |= ids < len(SANDBOX)
    return live(country, ids[has_nik & held]), live(country, ids[has_nik & ~held])
