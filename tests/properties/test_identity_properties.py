"""Identity over random histories: nights of records that come, go, join, part, and carry official numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.home import BuildId, Manifest
from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.checks import check_identity
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.files import EVENT, LINK, OFFICIAL
from sehatmu.identity.numbers import Numbering, mint, number_of
from sehatmu.identity.state import State, empty_state, load_state, redirects

CONFIG = IdentityConfig("msi", {"facility": Numbering("", 3, 200, 298, 7, 5, r"^\d{3}$")})
FIRST = date(2026, 11, 1)
KEYS = [f"r{i}" for i in range(7)]
# Two official numbers, one that lies in the minted range (it is the second to be minted), one malformed.
NUMBERS = ["100", "101", "212", "x"]

Night = dict[str, tuple[int, str | None]]  # record → (cluster, official number)
records = st.tuples(st.integers(0, 3), st.one_of(st.none(), st.none(), st.sampled_from(NUMBERS)))
nights = st.lists(st.dictionaries(st.sampled_from(KEYS), records), min_size=2, max_size=5)
plain_nights = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.tuples(st.integers(0, 3), st.none())), min_size=2, max_size=5
)


def frames(night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    leads: dict[int, str] = {}
    for key, (cluster, _) in sorted(night.items()):
        leads.setdefault(cluster, key)
    rows = [(key, number, leads[cluster]) for key, (cluster, number) in night.items()]
    frame = pl.DataFrame(
        rows,
        schema={"record_key": pl.String, "official_id": pl.String, "cluster_key": pl.String},
        orient="row",
    )
    place = {"source": pl.lit("s"), "extract": pl.lit("e"), "source_key": pl.col("record_key")}
    return frame.select("record_key", "official_id", **place), frame.select("record_key", "cluster_key")


def play(state: State, night: Night, day: int) -> Assigned:
    table, clusters = frames(night)
    return assign(clusters, table, state, CONFIG, build_date=FIRST + timedelta(day))


def by_record(assigned: Assigned) -> dict[str, str]:
    return dict(assigned.links.select("record_key", "master_id").iter_rows())


@settings(max_examples=50, deadline=None)
@given(nights)
def test_every_gate_holds_and_nothing_moves_without_an_event(history: list[Night]) -> None:
    state, before = empty_state("msi"), dict[str, str]()
    born: set[str] = set()
    for day, night in enumerate(history):
        assigned = play(state, night, day)
        assert check_identity(assigned.state, assigned.links, frames(night)[0]).rows() == []
        events = assigned.events
        now = by_record(assigned)
        named = set(events.select("master_id", "other_id").rows())
        for key in now.keys() & before.keys():
            if now[key] != before[key]:
                assert named & {(now[key], before[key]), (before[key], now[key])}, f"{key} moved in silence"
        assert before.keys() - now.keys() <= set(assigned.changed_links["record_key"])
        minted = events.filter(pl.col("event") == "mint")["master_id"]
        assert not born & set(minted), "an id came to be twice"
        born |= set(minted)
        turns = events.filter(pl.col("event") != "split")["master_id"]
        assert turns.n_unique() == turns.len(), "two turns of one id in one night"
        assert set(now.values()) <= born
        clusters: dict[str, set[int]] = defaultdict(set)
        for key, master in now.items():
            clusters[master].add(night[key][0])
        assert all(len(parts) == 1 for parts in clusters.values()), "one id in two clusters"
        state, before = assigned.state, now


@settings(max_examples=20, deadline=None)
@given(nights)
def test_the_same_night_again_adds_nothing(history: list[Night]) -> None:
    state = empty_state("msi")
    for day, night in enumerate(history):
        first = play(state, night, 2 * day)
        again = play(first.state, night, 2 * day + 1)
        assert again.events.rows() == []
        assert again.changed_links.is_empty()
        assert again.official.is_empty()
        assert again.links.equals(first.links)
        assert again.findings.equals(first.findings)
        state = again.state


@settings(max_examples=20, deadline=None)
@given(nights, st.integers(0, 2**32))
def test_the_order_of_rows_never_matters(history: list[Night], seed: int) -> None:
    state, other = empty_state("msi"), empty_state("msi")
    for day, night in enumerate(history):
        shuffled = list(night.items())
        random.Random(seed).shuffle(shuffled)
        one, two = play(state, night, day), play(other, dict(shuffled), day)
        for field in ("links", "changed_links", "events", "official", "redirects", "findings"):
            assert getattr(one, field).equals(getattr(two, field)), field
        state, other = one.state, two.state


@settings(max_examples=12, deadline=None)
@given(nights)
def test_the_fold_of_the_files_is_the_state(history: list[Night]) -> None:
    with TemporaryDirectory() as folder:
        state, manifests = empty_state("msi"), []
        for day, night in enumerate(history):
            assigned = play(state, night, day)
            build = BuildId(FIRST + timedelta(day), 1)
            events = Path(folder) / str(build) / "events"
            events.mkdir(parents=True)
            assigned.events.write_parquet(events / f"{EVENT}.parquet")
            assigned.changed_links.write_parquet(events / f"{LINK}.parquet")
            assigned.official.write_parquet(events / f"{OFFICIAL}.parquet")
            manifests.append(Manifest(build, None, events.parent, {}))
            state = assigned.state
            folded = load_state(manifests, "msi")
            assert folded.links.equals(state.links)
            assert folded.masters.equals(state.masters)
            assert folded.official.sort("number").equals(state.official.sort("number"))
            assert folded.builds == state.builds
        assert load_state(manifests, "mpi").masters.is_empty()


@settings(max_examples=50, deadline=None)
@given(plain_nights)
def test_ids_follow_the_rule_told_in_plain_python(history: list[Night]) -> None:
    """An oracle without frames, for histories without official numbers: the rule record by record.

    The numbering here mints rising numbers, so the older of two ids of one night is the lower one, too.
    """
    state = empty_state("msi")
    active: dict[str, str] = {}  # record → id now
    last: dict[str, str] = {}  # record → id last
    age: dict[str, int] = {}  # id → order of birth
    leads_to: dict[str, str] = {}
    founder: dict[str, str] = {}
    for day, night in enumerate(history):
        groups: dict[int, list[str]] = defaultdict(list)
        for key in sorted(night):
            groups[night[key][0]].append(key)
        ordered = sorted(groups.values())
        claims: dict[str, list[tuple[int, int, bool, int]]] = defaultdict(list)
        for place, group in enumerate(ordered):
            current, former = defaultdict(int), defaultdict(int)
            for key in group:
                if key in last:
                    master = last[key]
                    while master in leads_to:
                        master = leads_to[master]
                    (current if key in active else former)[master] += 1
            for master in {*current, *former}:
                claims[master].append((-current[master], -former[master], founder[master] not in group, place))
        living = set(active.values())
        wins: dict[int, list[tuple[bool, int, int, int, str]]] = defaultdict(list)
        for master, offers in claims.items():
            kept, gone, _, place = min(offers)
            wins[place].append((master not in living, kept, gone, age[master], master))
        expected: dict[str, str] = {}
        for place, group in enumerate(ordered):
            if wins[place]:
                chosen = min(wins[place])[-1]
                leads_to.update({rival[-1]: chosen for rival in wins[place] if rival[-1] != chosen})
            else:
                chosen = number_of(pl.Series([len(age)]), CONFIG.series["facility"])[0]
                age[chosen], founder[chosen] = len(age), group[0]
            expected |= dict.fromkeys(group, chosen)
        assigned = play(state, night, day)
        assert by_record(assigned) == expected
        told = dict(redirects(assigned.state).select("retired_id", "current_id").iter_rows())
        assert set(told) == set(leads_to)
        state, active = assigned.state, expected
        last |= expected


@st.composite
def numberings(draw: st.DrawFn) -> Numbering:
    size = draw(st.integers(1, 400))
    first = draw(st.integers(0, 10**6 - size))
    multiplier = draw(st.integers(1, 10**9))
    offset = draw(st.integers(0, size - 1))
    return Numbering("P", 6, first, first + size - 1, multiplier, offset, "")


@settings(max_examples=60, deadline=None)
@given(numberings())
def test_minting_is_a_bijection_of_the_range(numbering: Numbering) -> None:
    ids = number_of(pl.int_range(numbering.size, eager=True), numbering)
    whole = {f"P{n:06d}" for n in range(numbering.first, numbering.last + 1)}
    assert (set(ids) == whole) == (not numbering.mistakes())


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 999_999_999), min_size=1, max_size=50))
def test_big_ranges_neither_overflow_nor_collide(counters: set[int]) -> None:
    numbering = Numbering("", 10, 2_000_000_000, 2_999_999_999, 618_033_989, 271_828_182, "")
    ordered = sorted(counters)
    ids = number_of(pl.Series(ordered), numbering).to_list()
    exact = [str(2 * 10**9 + (618_033_989 * n + 271_828_182) % 10**9) for n in ordered]
    assert ids == exact
    assert len(set(ids)) == len(ordered)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 49)), st.integers(0, 30), st.integers(0, 20))
def test_minting_gives_the_first_free_ones(taken: set[int], start: int, count: int) -> None:
    numbering = Numbering("", 2, 0, 49, 7, 3, "")
    every = number_of(pl.int_range(50, eager=True), numbering).to_list()
    used = [f"{n:02d}" for n in sorted(taken)]
    free = [(number, i) for i, number in enumerate(every) if i >= start and number not in used]
    if len(free) >= count:
        given_ids = mint(count, numbering, start=start, taken=pl.Series(used, dtype=pl.String))
        assert given_ids.rows() == free[:count]
