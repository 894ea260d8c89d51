"""Identity on top of the parent build equals identity of everything, night after night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.home import BuildId, Manifest
from sehatmu.identity.again import Reached, carry_findings, carry_links, reach
from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.checks import check_identity
from sehatmu.identity.files import EVENT, LINK, OFFICIAL
from sehatmu.identity.state import empty_state
from sehatmu.lake import Since, Table
from tests.properties.test_identity_properties import CONFIG, FIRST, KEYS, NUMBERS, Night, frames

MORE = [*KEYS, "r7", "r8", "r9"]
RECORD = st.tuples(st.integers(0, 4), st.one_of(st.none(), st.none(), st.sampled_from(NUMBERS)))
# The first night, and what each later one changes: records that come, move or have another number, and records that go.
FIRST_NIGHT = st.dictionaries(st.sampled_from(MORE), RECORD, min_size=4)
CHANGE = st.tuples(
    st.dictionaries(st.sampled_from(MORE), RECORD, max_size=2), st.sets(st.sampled_from(MORE), max_size=2)
)
Tables = tuple[pl.DataFrame, pl.DataFrame]


def nights_of(first: Night, changes: list[tuple[Night, set[str]]]) -> list[Night]:
    nights = [first]
    for came, went in changes:
        nights.append({key: row for key, row in {**nights[-1], **came}.items() if key not in went})
    return nights


def ordered(night: Night) -> Tables:
    records, clusters = frames(night)
    return records.sort("record_key"), clusters.sort("record_key")


def since(now: pl.DataFrame, before: pl.DataFrame) -> Since:
    """Both nights, sharing every row that says the same."""
    rows = {row: at for at, row in enumerate(before.rows())}
    here = [at for at, row in enumerate(now.rows()) if row in rows]
    shared = (pl.Series(here, dtype=pl.UInt32), pl.Series([rows[now.row(at)] for at in here], dtype=pl.UInt32))
    return Since(Table(now.lazy()), Table(before.lazy()), shared)


def keep(folder: Path, assigned: Assigned, day: int) -> Manifest:
    """The build of a night, with its event files."""
    build = BuildId(FIRST + timedelta(day), 1)
    events = folder / str(build) / "events"
    events.mkdir(parents=True)
    for name, frame in ((EVENT, assigned.events), (LINK, assigned.changed_links), (OFFICIAL, assigned.official)):
        frame.write_parquet(events / f"{name}.parquet")
    return Manifest(build, None, events.parent, {})


def decide_again(reached: Reached, records: pl.DataFrame, day: int, ghosts: pl.DataFrame | None) -> Assigned:
    some = records[reached.rows]
    told = assign(reached.clusters, some, reached.state, CONFIG, build_date=FIRST + timedelta(day), ghosts=ghosts)
    assert check_identity(told.state, told.links, some).is_empty()
    return told


@settings(max_examples=12, deadline=None)
@given(first=FIRST_NIGHT, changes=st.lists(CHANGE, min_size=1, max_size=4), has_ghosts=st.booleans())
def test_what_is_decided_on_top_of_the_parent_is_what_is_decided_of_everything(
    first: Night, changes: list[tuple[Night, set[str]]], has_ghosts: bool
) -> None:
    with TemporaryDirectory() as folder:
        state, manifests = empty_state("msi"), []
        before: tuple[Tables, Assigned] | None = None
        for day, night in enumerate(nights_of(first, changes)):
            records, clusters = ordered(night)
            ghosts = None
            if before and has_ghosts:  # whoever is gone came back as the first that is new
                gone = [key for key in before[0][0]["record_key"] if key not in night]
                new = [key for key in night if key not in set(before[0][0]["record_key"])]
                pairs = {"ghost_key": gone[:1] if new else [], "new_key": new[:1] if gone else []}
                ghosts = pl.DataFrame(pairs, schema={"ghost_key": pl.String, "new_key": pl.String})
            whole = assign(clusters, records, state, CONFIG, build_date=FIRST + timedelta(day), ghosts=ghosts)
            if before:
                (was, clusters_was), former = before
                both, links = since(records, was), Table(former.links.lazy())
                reached = reach(both, clusters, clusters_was, links, manifests, CONFIG)
                if reached is None:
                    assert both.shared[0].is_empty()
                else:
                    told = decide_again(reached, records, day, ghosts)
                    for name in ("changed_links", "events", "official", "redirects"):
                        assert_frame_equal(getattr(told, name), getattr(whole, name))
                    spliced = carry_links(both, reached, told.links).over(former.links.lazy()).collect()
                    assert_frame_equal(spliced, whole.links)
                    assert_frame_equal(
                        carry_findings(former.findings, told.findings, reached, told.links), whole.findings
                    )
            manifests.append(keep(Path(folder), whole, day))
            state, before = whole.state, ((records, clusters), whole)


def test_of_a_night_in_which_one_record_moved_only_what_it_meets_is_decided() -> None:
    first: Night = {key: (int(key[1]), None) for key in MORE}
    later = {**first, "r9": (0, None)}
    with TemporaryDirectory() as folder:
        records, clusters = ordered(first)
        whole = assign(clusters, records, empty_state("msi"), CONFIG, build_date=FIRST)
        manifests = [keep(Path(folder), whole, 0)]
        tonight, clusters_now = ordered(later)
        both = since(tonight, records)
        reached = reach(both, clusters_now, clusters, Table(whole.links.lazy()), manifests, CONFIG)
        assert reached is not None
        assert tonight["record_key"][reached.rows].to_list() == ["r0", "r9"]
        assert reached.state.masters.height == 2
        assert reach(both, clusters_now.reverse(), clusters, Table(whole.links.lazy()), manifests, CONFIG) is None
