"""Who is registered where and how often: persons become numbered rows of the facilities' lists of patients.

The rows stand by facility, in no order within it, and are numbered as they stand: any slice can be asked for.
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
from sehatmu.sample.people import SANDBOX, Country, live
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.places import DISTRICTS, VILLAGES, regencies

_TIMES = {2: 0.40, 3: 0.27, 4: 0.19, 5: 0.14}  # of those registered more than once
_PATIENTS = 0.64  # of the people: the others stand in the civil register only
_SOURCES = {
    "sirs/rumah_sakit": ("yankes_rs", 6.0),
    "komdat/puskesmas": ("puskesmas_pusdatin_lama", 3.0),
    "yankes/fasyankes": (None, 1.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """`person` and `visit` (0 for a person's first registration) of each row, `facility` (a row of
    `facilities`: `sumber_kode, kode_faskes`), `number` within the facility, from 1.
    """

    person: npt.NDArray[np.int32]
    visit: npt.NDArray[np.int8]
    facility: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    facilities: pl.DataFrame


def count_people(registrations: int, *, seed: int, noise: PersonNoise) -> tuple[int, npt.NDArray[np.int8]]:
    """How many persons there are for exactly so many registrations, and how often each is registered.

    The last person's count is cut to what is left.
    """
    mean = _PATIENTS * (1 - noise.repeated + noise.repeated * sum(n * share for n, share in _TIMES.items()))
    ids = np.arange(int(registrations / mean * 1.05) + 200, dtype=np.int64)
    rolls = Rolls(seed, "registered", ids)
    edges = np.cumsum([1 - noise.repeated, *(noise.repeated * share for share in _TIMES.values())])
    times = 1 + np.minimum(np.searchsorted(edges, rolls.unit("times"), side="right"), len(_TIMES))
    counts = np.where(rolls.unit("patient") < _PATIENTS, times, 0)
    counts[: len(SANDBOX)] = [2, 2, 0]
    total = np.cumsum(counts)
    last = int(np.searchsorted(total, registrations))
    counts[last] -= total[last] - registrations
    people = max(last + 1, len(SANDBOX))
    return people, counts[:people].astype(np.int8)


def register(country: Country, counts: npt.NDArray[np.int8], *, facilities: int) -> Registry:
    """Send every person to facilities: near home, most to the bigger ones."""
    places = _deliverers(country.seed, facilities)
    towns = np.searchsorted(places["town"].to_numpy(), np.arange(regencies().height + 1)).astype(np.int64)
    person = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    first = np.cumsum(counts, dtype=np.int64) - counts
    visit = (np.arange(person.size) - first[person]).astype(np.int8)
    facility = np.empty(person.size, dtype=np.int32)
    for start in range(0, person.size, 1 << 18):
        part = slice(start, start + (1 << 18))
        facility[part] = _choose(country, person[part].astype(np.int64), visit[part].astype(np.int64), towns)
    rolls = Rolls(country.seed, "queue", person.astype(np.int64) * 8 + visit)
    order = np.argsort(
        (facility.astype(np.uint64) << np.uint64(44)) | (rolls.bits("place") >> np.uint64(20)), kind="stable"
    )
    facility = facility[order]
    starts = np.searchsorted(facility, np.arange(places.height))
    number = (np.arange(person.size) - starts[facility] + 1).astype(np.int32)
    return Registry(person[order], visit[order], facility, number, places.select("sumber_kode", "kode_faskes"))


def _choose(country: Country, person: Ints, visit: Ints, towns: Ints) -> npt.NDArray[np.int32]:
    town = live(country, person).village // (DISTRICTS * VILLAGES)
    rolls = Rolls(country.seed, "facility", person * 8 + visit)
    count = towns[town + 1] - towns[town]
    near = (rolls.unit("near") < 0.92) & (count > 0)
    at = np.where(near, towns[town], 0) + np.floor(rolls.unit("which") ** 2 * np.where(near, count, towns[-1])).astype(
        np.int64
    )
    return at.astype(np.int32)


def _deliverers(seed: int, facilities: int) -> pl.DataFrame:
    """`sumber_kode, kode_faskes, town`: who delivers, by regency, the biggest first; of the facilities' sample."""
    world, _ = world_at(seed, facilities, night=1, noise=Noise(), changes=Changes())
    towns = {code: at for at, code in enumerate(regencies()["kab_code"])}
    held = []
    for extract, (source, size) in _SOURCES.items():
        rows = held_by(world, extract, seed=seed, noise=Noise())
        rows = rows.filter(pl.col("kind").is_in(["hospital", "puskesmas", "klinik_pratama", "klinik_utama"]))
        namespace, code = (pl.lit(source), pl.col("key")) if source else (pl.col("namespace"), pl.col("service_code"))
        held.append(
            rows.select(
                sumber_kode=namespace,
                kode_faskes=code,
                town=pl.col("kab_code").replace_strict(towns, return_dtype=pl.Int64),
                size=pl.lit(size),
            )
        )
    return pl.concat(held).sort("town", "size", "sumber_kode", "kode_faskes", descending=[False, True, False, False])
