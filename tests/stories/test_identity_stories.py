"""Identity as stories: what a night is given, and which links and events come of it.

Records are `a1 a2 | b1`, clusters apart by `|`; `b1=1000000001` delivers an official number. Minted numbers
are written A, B, C... in the order of the counter.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Manifest
from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.checks import check_identity
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.files import EVENT, LINK, OFFICIAL
from sehatmu.identity.numbers import Numbering, number_of
from sehatmu.identity.state import State, empty_state, load_state

NUMBERING = Numbering("", 10, 2_000_000_000, 2_999_999_999, 618_033_989, 271_828_182, r"^\d{10}$", r"^9\d{9}$")
CONFIG = IdentityConfig("msi", {"facility": NUMBERING})
LETTERS = dict(zip(number_of(pl.Series(range(26)), NUMBERING).to_list(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=True))
FIRST = date(2026, 11, 1)


class Story:
    """Nights over one home: each is assigned from the event files of its parents, written and read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifests: list[Manifest] = []
        self.last: Assigned

    def night(self, text: str, *, day: int | None = None, ghosts: str = "") -> Story:
        day = len(self.manifests) if day is None else day
        parents = [m for m in self.manifests if m.build.date < FIRST + timedelta(day)]
        records, clusters = read_records(text)
        pairs = [pair.split(">") for pair in ghosts.split()]
        frame = pl.DataFrame(pairs, schema={"ghost_key": pl.String, "new_key": pl.String}, orient="row")
        state = load_state(parents, "msi") if parents else empty_state("msi")
        self.last = assign(clusters, records, state, CONFIG, build_date=FIRST + timedelta(day), ghosts=frame)
        assert check_identity(self.last.state, self.last.links, records).rows() == []
        self.manifests = [*parents, self.write(day)]
        assert_same(load_state(self.manifests, "msi"), self.last.state)
        return self

    def write(self, day: int) -> Manifest:
        build = BuildId(FIRST + timedelta(day), sum(1 for _ in self.folder.glob(f"{day}.*")) + 1)
        folder = self.folder / f"{day}.{build.number}"
        (folder / "events").mkdir(parents=True)
        for name, frame in (
            (EVENT, self.last.events),
            (LINK, self.last.changed_links),
            (OFFICIAL, self.last.official),
        ):
            frame.write_parquet(folder / "events" / f"{name}.parquet")
        return Manifest(build, None, folder, {})

    def expect(self, links: str, events: str = "", findings: str = "") -> Story:
        assert self.links == links.split()
        assert sorted(self.events) == sorted(line.strip() for line in events.strip().splitlines())
        assert sorted(set(self.last.findings["finding"])) == findings.split()
        return self

    @property
    def links(self) -> list[str]:
        return [f"{key}={name(master)}" for key, master in self.last.links.select("record_key", "master_id").rows()]

    @property
    def events(self) -> list[str]:
        rows = self.last.events.select("event", "master_id", "other_id").rows()
        return [f"{event} {name(master)}" + (f" {name(other)}" if other else "") for event, master, other in rows]

    @property
    def redirects(self) -> list[str]:
        rows = self.last.redirects.select("retired_id", "current_id").rows()
        return sorted(f"{name(retired)}>{name(current)}" for retired, current in rows)


def name(master_id: str) -> str:
    return LETTERS.get(master_id, master_id)


def read_records(text: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = []
    for cluster in text.split("|"):
        members = [record.partition("=") for record in cluster.split()]
        rows += [(key, number or None, min(m[0] for m in members)) for key, _, number in members]
    frame = pl.DataFrame(
        rows,
        orient="row",
        schema=["record_key", "official_id", "cluster_key"],
        schema_overrides={"official_id": pl.String, "record_key": pl.String, "cluster_key": pl.String},
    )
    records = frame.select(
        "record_key",
        "official_id",
        source=pl.lit("sirs"),
        extract=pl.lit("rumah_sakit"),
        source_key="record_key",
    )
    return records, frame.select("record_key", "cluster_key")


def assert_same(one: State, two: State) -> None:
    assert one.builds == two.builds
    for left, right in ((one.links, two.links), (one.masters, two.masters)):
        assert left.equals(right)
    assert one.official.sort("number").equals(two.official.sort("number"))


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_the_same_night_twice_changes_nothing(story: Story) -> None:
    story.night("a1 a2 | b1").expect("a1=A a2=A b1=B", "mint A\nmint B")
    story.night("a1 a2 | b1").expect("a1=A a2=A b1=B")
    assert story.last.changed_links.is_empty()
    assert story.last.official.is_empty()
    assert story.last.links["build_date"].unique().to_list() == [FIRST]


def test_a_late_file_joins_what_is_there_and_mints_the_rest(story: Story) -> None:
    story.night("b1 b2").expect("b1=A b2=A", "mint A")
    # a0 sorts before all others: neither the id of b nor the order of minting may follow from that.
    story.night("a0 b1 b2 | c1").expect("a0=A b1=A b2=A c1=B", "mint B")
    assert story.last.changed_links["record_key"].to_list() == ["a0", "c1"]


def test_two_found_to_be_one(story: Story) -> None:
    story.night("a1 | b1 b2").expect("a1=A b1=B b2=B", "mint A\nmint B")
    story.night("a1 b1 b2").expect("a1=B b1=B b2=B", "merge A B")
    assert story.redirects == ["A>B"]


def test_of_equals_the_oldest_id_leads(story: Story) -> None:
    story.night("z1")
    story.night("a1 | z1").expect("a1=B z1=A", "mint B")
    story.night("a1 z1").expect("a1=A z1=A", "merge B A")


def test_a_chain_of_merges_leads_to_the_end(story: Story) -> None:
    story.night("a1 | b1 b2 | c1 c2 c3 c4")
    story.night("a1 b1 b2 | c1 c2 c3 c4").expect("a1=B b1=B b2=B c1=C c2=C c3=C c4=C", "merge A B")
    story.night("a1 b1 b2 c1 c2 c3 c4").expect("a1=C b1=C b2=C c1=C c2=C c3=C c4=C", "merge B C")
    assert story.redirects == ["A>C", "B>C"]
    assert story.last.redirects["build_date"].unique().to_list() == [FIRST + timedelta(2)]


def test_one_found_to_be_two(story: Story) -> None:
    story.night("a1 a2 a3").expect("a1=A a2=A a3=A", "mint A")
    story.night("a1 | a2 a3").expect("a1=B a2=A a3=A", "mint B\nsplit B A")


def test_halves_of_equal_size_leave_the_id_with_the_founding_record(story: Story) -> None:
    story.night("b1 | c1 c2 c3 c4").night("a1 b1 | c1 c2 c3 c4")
    story.night("a1 | b1 | c1 c2 | c3 c4").expect(
        "a1=C b1=A c1=B c2=B c3=D c4=D", "mint C\nmint D\nsplit C A\nsplit D B"
    )


def test_what_was_merged_and_falls_apart_gets_a_new_id(story: Story) -> None:
    story.night("a1 | b1 b2").night("a1 b1 b2").expect("a1=B b1=B b2=B", "merge A B")
    story.night("a1 | b1 b2").expect("a1=C b1=B b2=B", "mint C\nsplit C B")
    assert story.redirects == ["A>B"]


def test_records_that_move_between_two_that_stay(story: Story) -> None:
    story.night("a1 a2 a3 | b1 b2").night("a1 a2 | a3 b1 b2").expect("a1=A a2=A a3=B b1=B b2=B", "split B A")


def test_a_facility_that_leaves_and_returns_has_its_number_again(story: Story) -> None:
    story.night("a1 a2 | b1")
    story.night("b1").expect("b1=B", "retire A")
    story.night("b1").expect("b1=B")
    story.night("a2 | b1").expect("a2=A b1=B", "revive A")


def test_a_facility_that_returns_as_part_of_another_gives_way_to_it(story: Story) -> None:
    story.night("a1 | b1").night("b1").expect("b1=B", "retire A")
    story.night("a1 b1").expect("a1=B b1=B", "merge A B")


def test_a_record_that_returns_finds_where_its_id_went(story: Story) -> None:
    story.night("a1 a2 | b1 b2 b3").night("a1 | b1 b2 b3").night("a1 b1 b2 b3")
    assert story.redirects == ["A>B"]
    story.night("a1 b1 b2 b3 | a2").expect("a1=B a2=C b1=B b2=B b3=B", "mint C\nsplit C B")


def test_the_official_number_arrives_later(story: Story) -> None:
    story.night("a1 a2").expect("a1=A a2=A", "mint A")
    story.night("a1 a2=1000000001").expect("a1=1000000001 a2=1000000001", "mint 1000000001\nredirect A 1000000001")
    assert story.redirects == ["A>1000000001"]
    story.night("a1 a2=1000000001").expect("a1=1000000001 a2=1000000001")
    # A source that no longer tells the number does not take it away.
    story.night("a1 a2").expect("a1=1000000001 a2=1000000001")


def test_two_ids_meet_under_a_new_official_number(story: Story) -> None:
    story.night("a1 | b1 b2").night("a1 b1=1000000001 b2").expect(
        "a1=1000000001 b1=1000000001 b2=1000000001",
        "mint 1000000001\nredirect B 1000000001\nmerge A 1000000001",
    )
    assert story.redirects == ["A>1000000001", "B>1000000001"]


def test_an_official_id_leads_even_where_it_has_fewer_records(story: Story) -> None:
    story.night("a1=1000000001 | b1 b2 b3").night("a1=1000000001 b1 b2 b3").expect(
        "a1=1000000001 b1=1000000001 b2=1000000001 b3=1000000001", "merge A 1000000001"
    )


def test_an_official_number_that_moves_gives_the_minted_one_back(story: Story) -> None:
    story.night("a1 | b1")
    story.night("a1=1000000001 | b1").expect("a1=1000000001 b1=B", "mint 1000000001\nredirect A 1000000001")
    story.night("a1 | b1=1000000001").expect(
        "a1=A b1=1000000001", "revive A\nredirect B 1000000001\nsplit A 1000000001"
    )
    assert story.redirects == ["B>1000000001"]
    story.night("a1 | b1=1000000001").expect("a1=A b1=1000000001")


def test_a_number_that_the_service_gave_out_is_kept_and_gives_way_to_an_official_one(story: Story) -> None:
    story.night("a1 | b1=9000000001").expect("a1=A b1=9000000001", "mint A\nmint 9000000001")
    story.night("a1 | b1=9000000001 b2").expect("a1=A b1=9000000001 b2=9000000001")
    story.night("a1 | b1=9000000001 b2=1000000001").expect(
        "a1=A b1=1000000001 b2=1000000001", "mint 1000000001\nredirect 9000000001 1000000001"
    )
    story.night("a1 | b1=9000000001 b2=1000000001").expect("a1=A b1=1000000001 b2=1000000001")
    assert story.redirects == ["9000000001>1000000001"]
    # Found to be two after all: each has the number that it was told.
    story.night("a1 | b1=9000000001 | b2=1000000001").expect(
        "a1=A b1=9000000001 b2=1000000001", "revive 9000000001\nsplit 9000000001 1000000001"
    )


def test_a_number_that_the_service_gave_to_somebody_who_has_one_leads_there_from_the_first_night(story: Story) -> None:
    story.night("a1=1000000001").night("a1=1000000001 b1=9000000001").expect(
        "a1=1000000001 b1=1000000001", "mint 9000000001\nredirect 9000000001 1000000001"
    )
    assert story.redirects == ["9000000001>1000000001"]
    story.night("a1=1000000001 b1=9000000001").expect("a1=1000000001 b1=1000000001")


def test_a_corrected_official_number(story: Story) -> None:
    story.night("a1=1000000001").night("a1=1000000002").expect(
        "a1=1000000002", "mint 1000000002\nredirect 1000000001 1000000002"
    )
    story.night("a1=1000000001").expect("a1=1000000001", "revive 1000000001\nredirect 1000000002 1000000001")


def test_two_that_claim_one_official_number(story: Story) -> None:
    story.night("a1=1000000001 | b1=1000000001 b2=1000000001").expect(
        "a1=A b1=1000000001 b2=1000000001", "mint 1000000001\nmint A", "official-number-contested"
    )
    # The holder keeps it, however many others come to claim it.
    story.night("a1=1000000001 a2=1000000001 a3=1000000001 | b1=1000000001").expect(
        "a1=A a2=A a3=A b1=1000000001", "", "official-number-contested"
    )


def test_one_with_two_official_numbers(story: Story) -> None:
    story.night("a1=1000000002 a2=1000000001 a3=1000000002").expect(
        "a1=1000000002 a2=1000000002 a3=1000000002", "mint 1000000002", "official-number-several"
    )
    story.night("a1=1000000002 a2=1000000001 a3=1000000001 a4=1000000001").expect(
        "a1=1000000002 a2=1000000002 a3=1000000002 a4=1000000002", "", "official-number-several"
    )


def test_two_official_numbers_that_were_one_for_a_night(story: Story) -> None:
    story.night("a1=1000000001 | b1=1000000002")
    story.night("a1=1000000001 b1=1000000002").expect(
        "a1=1000000001 b1=1000000001", "merge 1000000002 1000000001", "official-number-several"
    )
    story.night("a1=1000000001 | b1=1000000002").expect(
        "a1=1000000001 b1=1000000002", "revive 1000000002\nsplit 1000000002 1000000001"
    )


def test_a_source_that_delivers_a_number_of_ours(story: Story) -> None:
    story.night("a1 | b1").expect("a1=A b1=B", "mint A\nmint B")
    minted = story.last.links["master_id"][0]
    story.night(f"a1={minted} | b1={minted}").expect("a1=A b1=B", "", "official-number-is-minted")


def test_a_number_in_our_range_that_was_delivered_first_is_never_minted(story: Story) -> None:
    ours = number_of(pl.Series([1]), NUMBERING)[0]
    story.night(f"a1 | b1={ours}")
    assert story.last.findings["finding"].to_list() == ["official-number-in-minted-range"]
    story.night(f"a1 | b1={ours} | c1")
    minted = story.last.state.masters.filter(pl.col("id_origin") == "minted")
    assert minted["counter"].sort().to_list() == [0, 2]


def test_a_number_of_the_wrong_shape_is_a_finding_only(story: Story) -> None:
    story.night("a1=123").expect("a1=A", "mint A", "official-number-malformed")
    assert "123" not in story.last.findings["detail"][0]


def test_a_record_whose_key_changed_keeps_its_number(story: Story) -> None:
    story.night("a1 | b1 b2").night("x1 | b1 b2", ghosts="a1>x1").expect("b1=B b2=B x1=A")
    assert story.last.changed_links.select("record_key", "master_id").rows()[0] == ("a1", None)


@pytest.mark.parametrize("ghosts", ["a1>x1 a1>x2", "a1>x1 b1>x1", "b1>x1", "a1>b2"])
def test_a_ghost_that_is_not_lone_or_not_certain_finds_nobody(story: Story, ghosts: str) -> None:
    story.night("a1 | b1 b2 | c1").night("x1 | x2 | b2 | c1", ghosts=ghosts)
    assert [event for event in story.events if event.startswith("mint")] == ["mint D", "mint E"]


def test_a_date_run_again_from_its_parent_gives_the_same(story: Story) -> None:
    story.night("a1 | b1").night("a1 b1 | c1 | d1=1000000001", day=1)
    before, links = story.last.events, story.last.links
    story.night("a1 b1 | c1 | d1=1000000001", day=1)
    assert story.last.events.equals(before)
    assert story.last.links.equals(links)
    # A mended file: had the first try been kept, c1 would have used up C.
    story.night("a1 b1 | e1", day=1).expect("a1=A b1=A e1=C", "mint C\nmerge B A")


def test_a_night_is_never_earlier_than_its_parent(story: Story) -> None:
    story.night("a1", day=5)
    state = story.last.state
    records, clusters = read_records("a1")
    with pytest.raises(SehatmuError, match="later than the build"):
        assign(clusters, records, state, CONFIG, build_date=FIRST + timedelta(5))


def test_everything_leaves_and_returns(story: Story) -> None:
    story.night("a1 a2 | b1=1000000001")
    story.night("").expect("", "retire 1000000001\nretire A")
    story.night("a1 a2 | b1=1000000001").expect("a1=A a2=A b1=1000000001", "revive 1000000001\nrevive A")
