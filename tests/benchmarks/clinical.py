"""What a night of visits and results costs: NDJSON as it lands, to the published tables, subjects resolved.

    python tests/benchmarks/clinical.py [--observations 1000000] [--people 20000] [--cache DIR]

The first night has the masters alone, the second one the same and nothing new; what the third one, in which the visits
of a day land, costs beyond the second is their price, layer by layer. On the fourth night one in a hundred more come.
Every command is the real one, in a process of its own, watched from outside as in `night_scale.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
from environments import default_cache
from measure import MIB, machine
from night_scale import Night, run_night

from sehatmu.sample import write_clinical, write_people, write_practitioners, write_sample

FIRST = date(2026, 3, 1)
PER_VISIT = 4.24  # observations, as the sample has them
FACILITIES, JOBS = 1000, 3000
SHARE = 100
LIMIT_SECONDS, LIMIT_MIB = 60, 4096


def write_masters(folder: Path, people: int) -> None:
    """Facilities, people and jobs, made once."""
    if not (folder / "made").exists():
        write_sample(folder, facilities=FACILITIES, day=FIRST)
        write_people(folder, people=people, facilities=FACILITIES, day=FIRST)
        write_practitioners(folder, jobs=JOBS, facilities=FACILITIES, day=FIRST)
        (folder / "made").touch()


def write_day(folder: Path, visits: int, day: date, *, seed: int) -> dict[str, Path]:
    """The clinical extracts of one day by their names."""
    write_clinical(folder, visits=visits, facilities=FACILITIES, day=day, first_day=FIRST, seed=seed)
    return delivered(folder, day)


def delivered(folder: Path, day: date) -> dict[str, Path]:
    """What lands on that day, without what comes late."""
    files = sorted(path for path in folder.glob(f"*/*/{day}/*") if path.stem == path.parts[-3])
    return {"/".join(path.relative_to(folder).parts[:2]): path for path in files}


def answer(home: Path, sql: str) -> tuple[int, ...]:
    """One row of numbers of what is published."""
    with duckdb.connect(str((home / "published/sehatmu.duckdb").resolve()), read_only=True) as con:
        return tuple(con.sql(sql).fetchall()[0])


def table(nights: dict[str, Night]) -> list[str]:
    """CPU seconds and high-water mark (MiB) per layer of each night."""
    layers = list(dict.fromkeys(layer for night in nights.values() for layer in night.layers))
    lines = [
        "| | " + " | ".join(f"{name} CPU s | peak MiB" for name in nights) + " |",
        "|---" * (1 + 2 * len(nights)) + "|",
    ]
    for layer in layers:
        told = " | ".join(
            f"{n.layers.get(layer, 0.0):.1f} | {n.peaks.get(layer, 0) / MIB:,.0f}" for n in nights.values()
        )
        lines.append(f"| {layer} | {told} |")
    told = " | ".join(f"{n.cpu:.1f} ({n.wall:.0f} s) | {n.peak / MIB:,.0f}" for n in nights.values())
    return [*lines, f"| all | {told} |"]


def main() -> None:
    """Four nights, and whether the day's price is within what is allowed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--observations", type=int, default=1_000_000)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--cache", type=Path, default=default_cache(), help="data")
    options.add_argument("--scratch", type=Path, help="where the home is made and removed; the system's folder")
    asked = options.parse_args()
    visits = round(asked.observations / PER_VISIT)
    days = [FIRST + timedelta(days=n) for n in range(4)]
    place = asked.cache / "clinical" / f"{asked.people}"
    write_masters(place, asked.people)
    masters = delivered(place, FIRST)
    more = write_day(place, visits // SHARE, days[3], seed=2)
    first = write_day(place, visits, days[2], seed=1)
    print(f"{machine()}; {visits:,} visits, {sum(p.stat().st_size for p in first.values()) / MIB:,.0f} MiB")
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        home = Path(scratch) / "home"
        run_night(home, days[0], masters)
        nights = {
            "nothing new": run_night(home, days[1], {}),
            "visits of a day": run_night(home, days[2], first),
            "1 % more": run_night(home, days[3], more),
        }
        count, resolved = answer(home, "SELECT count(*), count(patient_id) FROM klinis.observation")
    print("", *table(nights), "", sep="\n")
    idle, full, again = nights.values()
    print(f"{count:,} observations, {resolved / count:.1%} with their patient.")
    print(f"The visits cost {full.cpu - idle.cpu:.1f} CPU s; the night after {again.cpu - idle.cpu:.1f}.")
    fits = full.wall - idle.wall < LIMIT_SECONDS and full.peak / MIB < LIMIT_MIB
    print(f"{full.wall - idle.wall:.0f} s and {full.peak / MIB:,.0f} MiB: {'within' if fits else 'beyond'} the limit.")


if __name__ == "__main__":
    main()
