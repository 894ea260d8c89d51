"""Who of the sample's people are health workers, what they are, and where they have their posts.

A practitioner is an adult of the same country that patients come from; the third person is the practitioner of the
official sandbox. Posts stand by practitioner, the first one first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.people import CITIZEN, SANDBOX, TOWN, Country, Lives, cultures_of, live, names_of
from sehatmu.sample.places import regencies
from sehatmu.sample.practitioner_noise import PractitionerNoise
from sehatmu.sample.professions import HOSPITAL, MEDICINE, PRACTICE, PROFESSIONS, PUSKESMAS

PERSON = 2  # the practitioner among the people of the sandbox
PER_PERSON = 0.2  # practitioners per person of the country, a little less than there are
POSTS = 4
_SHARE = 0.5  # of adults in the best years
_YOUNG, _OLD = 22 * 365, 66 * 365
_SLICE = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Careers:
    """`lives`, `names` (word numbers), `culture`, `profession` and `second` (-1: none) by practitioner; and by post
    `who` (a practitioner), `place` (a row of the workplaces), `nth` (0 the first), `of` (the profession there).
    """

    lives: Lives
    names: list[Ints]
    culture: Ints
    profession: Ints
    second: Ints
    who: Ints
    place: Ints
    nth: Ints
    of: Ints

    @property
    def calm(self) -> Bools:
        """Practitioners whose rows are written without mess."""
        return np.asarray(self.lives.ids == PERSON)

    def first(self, posts: int) -> Careers:
        """Those who have the first so many posts, with these."""
        count = int(self.who[posts - 1]) + 1
        lives = Lives(*(getattr(self.lives, name)[:count] for name in Lives.__slots__))
        return Careers(
            lives=lives,
            names=[words[:count] for words in self.names],
            culture=self.culture[:count],
            profession=self.profession[:count],
            second=self.second[:count],
            who=self.who[:posts],
            place=self.place[:posts],
            nth=self.nth[:posts],
            of=self.of[:posts],
        )


def pursue(country: Country, count: int, places: pl.DataFrame, *, noise: PractitionerNoise) -> Careers:
    """The first `count` practitioners of the country, and their posts."""
    lives = _adults(country, count)
    calm = lives.ids == PERSON
    rolls = Rolls(country.seed, "career", lives.ids, calm)
    profession = _professions(rolls, lives.sex)
    profession[calm] = 0
    also = np.asarray([_seconds(at) for at in range(len(PROFESSIONS))])[profession]
    second = np.where(rolls.hit("second profession", noise.second_profession), also, -1)
    culture = cultures_of(country, lives)
    names = names_of(country, lives, culture)
    before = np.maximum(np.arange(lives.ids.size) - 1, 0)
    like = rolls.hit("namesake", noise.namesake) & (lives.sex == lives.sex[before])
    like &= ~like[before] & ~calm[before] & (np.arange(lives.ids.size) > 0)
    names = [np.where(like, words[before], words) for words in names]
    profession = np.where(like, profession[before], profession)
    who, place, nth = _posts(country, lives, profession, places, like)
    at_second = Rolls(country.seed, "post", who * POSTS + nth).unit("second") < 0.5
    of = np.where((second[who] >= 0) & (nth > 0) & at_second, second[who], profession[who])
    return Careers(lives, names, culture, profession, second, who, place, nth, of)


def _adults(country: Country, count: int) -> Lives:
    """The first citizens of working age who took up such a profession."""
    found: list[Ints] = []
    for start in range(0, country.count, _SLICE):
        ids = np.arange(start, min(start + _SLICE, country.count), dtype=np.int64)
        lives = live(country, ids)
        age = country.day - lives.born
        works = (lives.kind == CITIZEN) & (age >= _YOUNG) & (age <= _OLD)
        works &= Rolls(country.seed, "health worker", ids).unit("works") < _SHARE
        works[ids < len(SANDBOX)] = ids[ids < len(SANDBOX)] == PERSON
        found.append(ids[works])
        if sum(map(len, found)) >= count:
            break
    return live(country, np.concatenate(found)[:count])


def _professions(rolls: Rolls, sex: Ints) -> Ints:
    shares = np.asarray([[p.share * (1 - p.women), p.share * p.women] for p in PROFESSIONS])
    edges = np.cumsum(shares, axis=0) / shares.sum(axis=0)
    return np.asarray((rolls.unit("profession")[:, None] >= edges[:, sex].T[:, :-1]).sum(axis=1), dtype=np.int64)


def _seconds(at: int) -> int:
    """What else somebody of a profession may be registered as."""
    keys = [p.key for p in PROFESSIONS]
    other = {"perawat": "bidan", "bidan": "perawat", "ttk": "apoteker", "kesmas": "sanitarian", "gizi": "kesmas"}
    key = other.get(keys[at], "dokter" if "spesialis" in keys[at] else "kesmas")
    return keys.index(key)


def _posts(
    country: Country, lives: Lives, profession: Ints, places: pl.DataFrame, like: Bools
) -> tuple[Ints, Ints, Ints]:
    rolls = Rolls(country.seed, "career", lives.ids)
    edges = np.cumsum(np.asarray([p.posts for p in PROFESSIONS]), axis=1)[profession]
    posts = 1 + (rolls.unit("posts")[:, None] >= edges[:, :-1]).sum(axis=1)
    who = np.repeat(np.arange(lives.ids.size), posts)
    nth = np.arange(who.size) - np.repeat(np.cumsum(posts) - posts, posts)
    post = Rolls(country.seed, "post", lives.ids[who] * POSTS + nth)
    first, also = (_likely([getattr(p, name) for p in PROFESSIONS]) for name in ("first", "also"))
    of = profession[who]
    group = (post.unit("group")[:, None] >= np.where((nth == 0)[:, None], first[of], also[of])[:, :-1]).sum(axis=1)
    # SISDMK alone tells official numbers, and it tells of every puskesmas.
    group = np.where((lives.ids[who] == PERSON) & (nth == 0), PUSKESMAS, group)
    place = _choose(lives.village[who] // TOWN, group.astype(np.int64), post, places)
    starts = np.cumsum(posts) - posts
    place[starts[like]] = place[starts[np.flatnonzero(like) - 1]]  # a namesake works beside the other
    kept = np.sort(np.unique(who * places.height + place, return_index=True)[1])
    return who[kept], place[kept], nth[kept]


def _likely(weights: list[tuple[float, ...]]) -> npt.NDArray[np.float64]:
    table = np.asarray([(*w, *[0.0] * (4 - len(w))) for w in weights])
    return np.asarray(np.cumsum(table, axis=1) / table.sum(axis=1, keepdims=True))


def _choose(town: Ints, group: Ints, rolls: Rolls, places: pl.DataFrame) -> Ints:
    """A place of the group, nine in ten in the same town, the bigger hospitals more often."""
    width = regencies().height
    at = places["group"].to_numpy() * width + places["town"].to_numpy()
    edges = np.searchsorted(at, np.arange((PRACTICE + 1) * width + 1))
    low, high = edges[group * width + town], edges[group * width + town + 1]
    far = (rolls.unit("near") > 0.9) | (low == high)
    low, high = np.where(far, edges[group * width], low), np.where(far, edges[(group + 1) * width], high)
    skew = np.where(group == HOSPITAL, 2.0, np.where(group == MEDICINE, 1.0, 1.3))
    # a country too small for the group: any place
    low, high = np.where(low == high, 0, low), np.where(low == high, places.height, high)
    return np.asarray(low + np.floor(rolls.unit("which") ** skew * (high - low)), dtype=np.int64)
