"""The people of the made-up country: what is true of each, before any clerk writes it down.

Everything about a person is a hash of the seed and the person's number, but for the last digits of the NIK,
which count those before; so any slice of the country can be asked for on its own, in any order.

Persons come in fives, a household: 0 father, 1 mother, 2-4 children or, where there are fewer, lodgers who
live alone elsewhere. Persons 0-2 are the people of the official sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.person_names import CULTURES, draw_names, vocabulary
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.person_patterns import culture_shares
from sehatmu.sample.places import DISTRICTS, VILLAGES, regencies, villages

SLOTS = 5
TOWN = DISTRICTS * VILLAGES  # villages of a regency
CITIZEN, INFANT, FOREIGNER, UNKNOWN = range(4)
KINDS = ("citizen", "infant", "foreigner", "unknown")
_LODGER = 1 << 40  # homes of lodgers are numbered from here
_YEAR = 365.2425
_EPOCH = date(1970, 1, 1)
# api.md section 12: NIK, official number, sex, birth date, name; the third is a practitioner
SANDBOX = (
    (9271060312000001, "P02478375538", 0, date(1992, 1, 9), ("ARDIANTO", "PUTRA")),
    (9204014804000002, "P03647103112", 1, date(1989, 11, 3), ("CLAUDIA", "SINTIA")),
    (7209061211900001, None, 0, date(1994, 1, 1), ("ALEXANDER",)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Who somebody is, an array per fact: `sex` 0 man, 1 woman; `born` days since 1970; `order` among the
    children from 0; `twin` 0, or 1 and 2 of twins; `name_of` whose name is borne (their own, but for namesakes).
    """

    ids: Ints
    kind: Ints
    sex: Ints
    born: Ints
    home: Ints
    slot: Ints
    order: Ints
    twin: Ints
    name_of: Ints
    village: Ints
    has_nik: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """What the people of one seed and day are drawn with; `serials` are the last four digits of their NIK."""

    seed: int
    day: int
    noise: PersonNoise
    count: int
    kec: Ints  # district code by village, of today and of before a split
    kec_before: Ints
    cultures: npt.NDArray[np.float64]  # cumulated shares by regency
    regency_edges: npt.NDArray[np.float64]
    serials: npt.NDArray[np.int16]


def make_country(count: int, *, seed: int, day: date, noise: PersonNoise) -> Country:
    """Persons 0 to `count` - 1. Needs 2 bytes per person, and some 60 for a moment."""
    places, towns = villages(seed), regencies()
    now = places["kec_code"].cast(int).to_numpy()
    before = places["kec_former"].cast(int).fill_null(0).to_numpy()
    shares = np.asarray([list(culture_shares(code).values()) for code in towns["prov_code"]])
    weights = np.asarray([3.0 if code.startswith("3") else 1.0 for code in towns["kab_code"]])
    country = Country(
        seed=seed,
        day=(day - _EPOCH).days,
        noise=noise,
        count=count,
        kec=now,
        kec_before=np.where(before > 0, before, now),
        cultures=np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True),
        regency_edges=np.cumsum(weights) / weights.sum(),
        serials=np.zeros(0, dtype=np.int16),
    )
    return _number(country)


def live(country: Country, ids: Ints) -> Lives:
    """Who the persons of these numbers are."""
    noise, rolls = country.noise, Rolls(country.seed, "person", ids)
    household, slot = ids // SLOTS, ids % SLOTS
    children, twins, ages = _family(country, household)
    order = slot - 2
    is_child = (order >= 0) & (order < children)
    lodger = (slot >= 2) & ~is_child
    home = np.where(lodger, _LODGER + ids, household)
    twin = np.where(is_child & twins & (order >= children - 2), order - (children - 3), 0)
    age = np.take_along_axis(ages, slot[:, None], axis=1)[:, 0]
    alone = 401 + (rolls.unit("age") ** 1.2 * 85 * _YEAR).astype(np.int64)
    born = country.day - np.where(lodger, alone, age)
    coin = rolls.pick("sex", 2)
    sex = np.where(slot == 0, 0, np.where(slot == 1, 1, coin))
    kind = np.full(ids.size, CITIZEN)
    kind[is_child & (country.day - born <= 400)] = INFANT
    kind[lodger & rolls.hit("foreigner", noise.foreigner)] = FOREIGNER
    # found without papers again, they would be another unknown
    kind[lodger & rolls.hit("unknown", noise.unknown) & comes_once(country.seed, noise, ids)] = UNKNOWN
    village = villages_of(country, home)
    like = ((slot == 0) | lodger) & (kind == CITIZEN) & rolls.hit("namesake", noise.namesake) & (ids >= SLOTS)
    other = (household + 1 + rolls.pick("namesake of", 60)) * SLOTS
    name_of = np.where(like, other, ids)
    sex[like] = 0
    near = like & (rolls.unit("near") < 0.5)
    village[near] = villages_of(country, other[near] // SLOTS)
    apart = np.where(rolls.hit("namesake birth", noise.namesake_birth), 0, rolls.pick("apart", 1500) - 750)
    born[like] = country.day - _family(country, other[like] // SLOTS)[2][:, 0] + apart[like]
    has_nik = rolls.unit("registered") >= noise.unregistered
    has_nik = np.where(kind == INFANT, rolls.hit("infant nik", noise.infant_nik), has_nik)
    has_nik &= kind < FOREIGNER
    for at, (_, _, their_sex, birth, _) in enumerate(SANDBOX):
        here = ids == at
        sex[here], born[here], kind[here], has_nik[here], twin[here] = (
            their_sex,
            (birth - _EPOCH).days,
            CITIZEN,
            True,
            0,
        )
        home[here] = _LODGER + at
    return Lives(ids, kind, sex, born, home, slot, np.clip(order, 0, 2), twin, name_of, village, has_nik)


def comes_once(seed: int, noise: PersonNoise, ids: Ints) -> Bools:
    """Whether they are registered once, of those who are registered at all."""
    return ~Rolls(seed, "registered", ids).hit("repeated", noise.repeated)


def _family(country: Country, household: Ints) -> tuple[Ints, Bools, Ints]:
    """Children (0-3), whether the youngest two are twins, and ages in days of father, mother, children."""
    noise, rolls = country.noise, Rolls(country.seed, "household", household)
    children = np.searchsorted(np.asarray([0.16, 0.42, 0.74]), rolls.unit("children"), side="right").astype(np.int64)
    twins = (children >= 2) & rolls.hit("twins", noise.twins)
    infant = (children >= 1) & rolls.hit("infant", noise.infant)
    youngest = np.where(infant, rolls.unit("youngest") * 400, 401 + rolls.unit("youngest") ** 1.3 * 42 * _YEAR)
    gaps = [np.where(twins, 0, _YEAR * (1 + 4 * rolls.unit("gap 1"))), _YEAR * (1 + 4 * rolls.unit("gap 2"))]
    by_rank = np.cumsum(np.stack([youngest, *gaps]), axis=0)  # from the youngest up
    rank = np.clip(children[None, :] - 1 - np.arange(3)[:, None], 0, 2)
    child_ages = np.take_along_axis(by_rank, rank, axis=0)
    eldest = np.where(children > 0, child_ages[0], 0)
    mother = eldest + _YEAR * (18 + 15 * rolls.unit("mother"))
    mother = np.where(children > 0, mother, _YEAR * (19 + 62 * rolls.unit("mother")))
    father = mother + _YEAR * (10 * rolls.unit("father") - 2)
    return children, twins, np.column_stack([father, mother, *child_ages]).astype(np.int64)


def villages_of(country: Country, home: Ints) -> Ints:
    """Where a home stands: Java's regencies three times as likely as the others."""
    rolls = Rolls(country.seed, "home", home)
    regency = np.searchsorted(country.regency_edges, rolls.unit("regency"), side="right").astype(np.int64)
    return (regency * DISTRICTS + rolls.pick("district", DISTRICTS)) * VILLAGES + rolls.pick("village", VILLAGES)


def nik_heads(country: Country, lives: Lives) -> tuple[Ints, Ints]:
    """The first 12 digits of the NIK (district of first registration, birth date, +40 for women), and the
    village of birth. Of twins of one sex, both have those of the first.
    """
    noise = country.noise
    first = lives.ids - second_twin(country, lives)
    rolls, homes = Rolls(country.seed, "nik", first), Rolls(country.seed, "birthplace", lives.home)
    grown = lives.slot < 2
    moved = np.where(grown, rolls.unit("elsewhere"), homes.unit("elsewhere")) < noise.born_elsewhere
    place = villages_of(country, np.where(grown, 3 * _LODGER + first, 4 * _LODGER + lives.home))
    place = np.where(moved, place, lives.village)
    other_day = rolls.hit("contradicts", noise.nik_contradicts)
    told = np.minimum(lives.born + np.where(other_day, rolls.pick("other day", 1400) - 700, 0), country.day)
    before_split = (lives.born < 15_000) & (rolls.unit("before split") < 0.8)  # born before 2011
    kec = np.where(before_split, country.kec_before[place], country.kec[place])
    year, month, day = ymd(told)
    return ((kec * 100 + day + 40 * lives.sex) * 100 + month) * 100 + year % 100, place


def second_twin(country: Country, lives: Lives) -> Bools:
    """The later of two twins of the same sex, who has the next serial."""
    second = lives.twin == 2
    elder = Rolls(country.seed, "person", lives.ids[second] - 1).pick("sex", 2)
    out: Bools = second.copy()
    out[second] = elder == lives.sex[second]
    return out


def niks(country: Country, lives: Lives) -> Ints:
    """The true NIK, 0 for those without."""
    whole = nik_heads(country, lives)[0] * 10_000 + country.serials[lives.ids]
    for at, (nik, *_) in enumerate(SANDBOX):
        whole[lives.ids == at] = nik
    return np.where(lives.has_nik, whole, 0)


def _number(country: Country) -> Country:
    """Serials: the place among those of the same head, in steps of three; the second twin's is the next one."""
    heads = np.zeros(country.count, dtype=np.int64)
    later = np.zeros(country.count, dtype=bool)
    for start in range(0, country.count, 1 << 18):
        ids = np.arange(start, min(start + (1 << 18), country.count), dtype=np.int64)
        lives = live(country, ids)
        heads[ids], later[ids] = nik_heads(country, lives)[0], second_twin(country, lives)
    heads[later] = np.arange(later.sum())  # on their own, so that they do not count
    order = np.argsort(heads, kind="stable")
    ordered = heads[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.arange(country.count) - np.repeat(starts, np.diff(np.r_[starts, country.count]))
    serials = np.empty(country.count, dtype=np.int16)
    serials[order] = (1 + 3 * (rank % 3333)).astype(np.int16)
    serials += Rolls(country.seed, "serial", np.arange(country.count)).pick("gap", 2).astype(np.int16)
    serials[later] = serials[np.flatnonzero(later) - 1] + 1
    fields = {name: getattr(country, name) for name in Country.__slots__ if name != "serials"}
    return Country(**fields, serials=serials)


def names_of(country: Country, lives: Lives, culture: Ints) -> list[Ints]:
    """The words of their names; a namesake's are those of the person he is named like."""
    like = lives.name_of != lives.ids
    family = np.where(like, lives.name_of // SLOTS, lives.home)
    family = np.where(lives.slot == 1, 2 * _LODGER + lives.ids, family)
    young = lives.born > 7300  # 1990
    order = np.where(lives.slot >= 2, lives.order, Rolls(country.seed, "order", lives.name_of).pick("birth", 4))
    drawn = draw_names(
        Rolls(country.seed, "given", lives.name_of),
        Rolls(country.seed, "family", family), culture, lives.sex, young, order,
    )  # fmt: skip
    for at, (*_, name) in enumerate(SANDBOX):
        numbers = [vocabulary().number(word) for word in name]
        for place, words in enumerate(drawn):
            words[lives.ids == at] = numbers[place] if place < len(numbers) else -1
    return drawn


def is_child(lives: Lives) -> Bools:
    """Whether they live with father and mother."""
    return np.asarray((lives.slot >= 2) & (lives.home < _LODGER))


def mother_of(lives: Lives) -> Ints:
    """The number of the mother of a child, -1 of anybody else."""
    return np.where(is_child(lives), lives.home * SLOTS + 1, -1)


def mother_names(country: Country, lives: Lives, culture: Ints) -> tuple[list[Ints], Ints]:
    """The words of the names of their mothers, and the mothers' NIK: of children, those of the household's
    mother; of the others, of a woman who is not of the country (NIK 0).
    """
    rolls = Rolls(country.seed, "mother of", lives.ids)
    family = Rolls(country.seed, "mother's family", lives.ids)
    woman = np.ones(lives.ids.size, dtype=np.int64)
    drawn = draw_names(rolls, family, culture, woman, np.zeros(lives.ids.size, dtype=bool), rolls.pick("birth", 4))
    nik = np.zeros(lives.ids.size, dtype=np.int64)
    child, hers = is_child(lives), mother_of(lives)
    mothers = live(country, hers[child])
    for words, theirs in zip(drawn, names_of(country, mothers, cultures_of(country, mothers)), strict=True):
        words[child] = theirs
    known = hers[child] < country.count
    nik[child] = np.where(known, niks(country, live(country, np.where(known, hers[child], 0))), 0)
    return drawn, nik


def cultures_of(country: Country, lives: Lives) -> Ints:
    """The culture of the home, of some mothers their own; namesakes have that of the other."""
    household = np.where(lives.name_of != lives.ids, lives.name_of // SLOTS, lives.home)
    own = (lives.slot == 1) & (Rolls(country.seed, "own culture", lives.ids).unit("own") < 0.12)
    drawn = Rolls(country.seed, "culture", np.where(own, 2 * _LODGER + lives.ids, household)).unit("culture")
    place = np.where(lives.name_of != lives.ids, villages_of(country, household), lives.village)
    edges = country.cultures[place // TOWN]
    culture = (drawn[:, None] >= edges).sum(axis=1)
    return np.where(lives.kind == FOREIGNER, CULTURES.index("foreign"), culture).astype(np.int64)


def ymd(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of days since 1970."""
    at = days.astype("datetime64[D]")
    months = at.astype("datetime64[M]")
    year = at.astype("datetime64[Y]").astype(np.int64) + 1970
    return year, months.astype(np.int64) % 12 + 1, (at - months).astype(np.int64) + 1


def from_ymd(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + day - 1
