"""Who is registered where and how often: persons become numbered rows of the facilities' lists of patients.

The rows of the first night stand by facility, in no order within it, and are numbered as they stand; those
of later nights follow. Any slice can be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.sample.dice import Ints, Rolls
from sehatmu.sample.holdings import held_by
from sehatmu.sample.nights import world_at
from sehatmu.sample.noise import Changes, Noise
from sehatmu.sample.people import SANDBOX, TOWN, UNKNOWN, Country, comes_once, live
from sehatmu.sample.person_noise import PersonChanges, PersonNoise
from sehatmu.sample.places import regencies

VISITS = 64  # visits of a person are numbered below this; the first night uses 0 to 4
_TIMES = {2: 0.40, 3: 0.27, 4: 0.19, 5: 0.14}  # of those registered more than once
_PATIENTS = 0.64  # of the people: the others stand in the civil register only
_SLICE = 1 << 18
# namespace, and how big such a facility is
_SOURCES = {
    "sirs/rumah_sakit": ("yankes_rs", 3),
    "komdat/puskesmas": ("puskesmas_pusdatin_lama", 2),
    "yankes/fasyankes": (None, 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """`person` and `visit` (0 for a person's first registration) of each row, `facility` (a row of
    `facilities`: `sumber_kode, kode_faskes`), `number` within the facility, from 1, and `version`: the night
    of its last correction, 1 for none.
    """

    person: npt.NDArray[np.int32]
    visit: npt.NDArray[np.int8]
    facility: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    version: npt.NDArray[np.int8]
    facilities: pl.DataFrame

    def draws(self, seed: int, salt: str) -> Rolls:
        """Draws per row that no night changes."""
        return Rolls(seed, salt, self.person.astype(np.int64) * VISITS + self.visit)


def count_people(registrations: int, *, seed: int, noise: PersonNoise) -> tuple[int, npt.NDArray[np.int8]]:
    """How many persons there are for exactly so many registrations, and how often each is registered.

    The last person's count is cut to what is left. 64 of 100 persons are registered at all.
    """
    mean = _PATIENTS * (1 - noise.repeated + noise.repeated * sum(n * share for n, share in _TIMES.items()))
    ids = np.arange(int(registrations / mean * 1.05) + 200, dtype=np.int64)
    rolls = Rolls(seed, "registered", ids)
    edges = np.cumsum(list(_TIMES.values()))
    times = 2 + np.minimum(np.searchsorted(edges, rolls.unit("times"), side="right"), len(_TIMES) - 1)
    times = np.where(comes_once(seed, noise, ids), 1, times)
    counts = np.where(rolls.unit("patient") < _PATIENTS, times, 0)
    counts[: len(SANDBOX)] = [2, 2, 0]
    total = np.cumsum(counts)
    last = int(np.searchsorted(total, registrations))
    counts[last] -= total[last] - registrations
    counts[last + 1 :] = 0
    people = max(last + 1, len(SANDBOX))
    return people, counts[:people].astype(np.int8)


def register(
    country: Country,
    counts: npt.NDArray[np.int8],
    *,
    facilities: int,
    night: int = 1,
    changes: PersonChanges | None = None,
) -> Registry:
    """Send every person to facilities: near home, most to the bigger ones; then let the nights pass."""
    places = deliverers(country.seed, facilities)
    person = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    first = np.cumsum(counts, dtype=np.int64) - counts
    visit = (np.arange(person.size) - first[person]).astype(np.int8)
    facility = _choose(country, person, visit, places)
    place = Rolls(country.seed, "queue", person.astype(np.int64) * VISITS + visit).bits("place")
    order = np.argsort((facility.astype(np.uint64) << np.uint64(44)) | (place >> np.uint64(20)), kind="stable")
    facility = facility[order]
    number = (np.arange(person.size) - np.searchsorted(facility, facility) + 1).astype(np.int32)
    version = np.ones(person.size, dtype=np.int8)
    names = places.select("sumber_kode", "kode_faskes")
    registry = Registry(person[order], visit[order], facility, number, version, names)
    for at in range(2, night + 1):
        registry = _pass_night(country, registry, places, at, changes or PersonChanges())
    return registry


def _pass_night(country: Country, old: Registry, places: pl.DataFrame, night: int, changes: PersonChanges) -> Registry:
    """Some rows are corrected, some gone, some new; new rows have numbers that no row ever had."""
    fate = old.draws(country.seed, f"night {night}").unit("fate")
    version = np.where(fate < changes.corrected, night, old.version).astype(np.int8)
    stays = (fate < 1 - changes.gone) | (old.person < len(SANDBOX))
    come = Rolls(country.seed, f"night {night}", np.arange(round(old.person.size * changes.registered), dtype=np.int64))
    who = np.unique(come.pick("who", country.count))
    person = who[live(country, who).kind != UNKNOWN].astype(np.int32)
    visit = np.full(person.size, 3 + night, dtype=np.int8)
    facility = _choose(country, person, visit, places)
    order = np.argsort(facility, kind="stable")
    person, facility = person[order], facility[order]
    rank = np.arange(person.size) - np.searchsorted(facility, facility)
    last = np.zeros(places.height, dtype=np.int32)
    np.maximum.at(last, old.facility, old.number)
    number = (last[facility] + 1000 * night + rank).astype(np.int32)
    return Registry(
        person=np.r_[old.person[stays], person],
        visit=np.r_[old.visit[stays], visit],
        facility=np.r_[old.facility[stays], facility],
        number=np.r_[old.number[stays], number],
        version=np.r_[version[stays], np.full(person.size, night, dtype=np.int8)],
        facilities=old.facilities,
    )


def _choose(
    country: Country, person: npt.NDArray[np.int32], visit: npt.NDArray[np.int8], places: pl.DataFrame
) -> npt.NDArray[np.int32]:
    """The facility of each visit, as a row of `places`."""
    towns = np.searchsorted(places["town"].to_numpy(), np.arange(regencies().height + 1))
    chosen = np.empty(person.size, dtype=np.int32)
    for start in range(0, person.size, _SLICE):
        part = slice(start, start + _SLICE)
        who: Ints = person[part].astype(np.int64)
        town = live(country, who).village // TOWN
        rolls = Rolls(country.seed, "facility", who * VISITS + visit[part])
        count = towns[town + 1] - towns[town]
        near = (rolls.unit("near") < 0.92) & (count > 0)
        steps = np.floor(rolls.unit("which") ** 2 * np.where(near, count, towns[-1]))
        chosen[part] = np.where(near, towns[town], 0) + steps.astype(np.int64)
    return chosen


def deliverers(seed: int, facilities: int) -> pl.DataFrame:
    """`sumber_kode, kode_faskes, town`: the facilities of the sample that have patients.

    By regency, the bigger kinds first.
    """
    world, _ = world_at(seed, facilities, night=1, noise=Noise(), changes=Changes())
    towns = {code: at for at, code in enumerate(regencies()["kab_code"])}
    held = []
    for extract, (source, size) in _SOURCES.items():
        rows = held_by(world, extract, seed=seed, noise=Noise())
        rows = rows.filter(pl.col("kind").is_in(["hospital", "puskesmas", "klinik_pratama", "klinik_utama"]))
        namespace, code = (pl.lit(source), pl.col("key")) if source else (pl.col("namespace"), pl.col("service_code"))
        town = pl.col("kab_code").replace_strict(towns, return_dtype=pl.Int64)
        held.append(rows.select(sumber_kode=namespace, kode_faskes=code, town=town, size=pl.lit(size)))
    by = ("town", "size", "sumber_kode", "kode_faskes")
    return pl.concat(held).sort(by, descending=[False, True, False, False])
