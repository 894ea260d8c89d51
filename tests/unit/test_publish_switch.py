"""The switch: what becomes current, what is refused, how one goes back, and what is kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, current_build, next_build
from sehatmu.publish.switch import clear_partial, commit_build, kept_builds, rollback, tidy
from tests.publishing import ask, facility, new_home, night, write_night


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def published_name(home: Home) -> str:
    return str(ask(home.published / "sehatmu.duckdb", "SELECT nama FROM msi.facility")[0][0])


def bare_build(home: Home, build: BuildId, parent: BuildId | None) -> None:
    """A committed build without content: enough for what only looks at names and manifests."""
    folder = home.builds / str(build)
    (folder / "events").mkdir(parents=True)
    (folder / "events" / "event.parquet").write_bytes(b"")
    for name in ("sehatmu.duckdb", "restricted.duckdb"):
        (folder / name).write_bytes(b"")
    (folder / "manifest.json").write_text(f'{{"parent": {f"{chr(34)}{parent}{chr(34)}" if parent else "null"}}}')


def test_nothing_is_seen_before_the_commit(home: Home) -> None:
    night(home, "2026-11-23", [facility(1, nama="before")])
    build = write_night(home, "2026-11-24", [facility(1, nama="after")])
    assert published_name(home) == "before"
    assert [b.date.day for b in kept_builds(home)] == [23]
    commit_build(home, build)
    assert published_name(home) == "after"
    assert (home.published / "sehatmu.duckdb").readlink() == Path("current/sehatmu.duckdb")
    assert home.current.readlink() == Path("builds/2026-11-24.1")


def test_a_build_that_nobody_wrote_is_refused(home: Home) -> None:
    with pytest.raises(SehatmuError, match="not in this home"):
        commit_build(home, BuildId.parse("2026-11-23.1"))
    assert current_build(home) is None


def test_an_older_night_never_replaces_a_newer_one(home: Home) -> None:
    older = write_night(home, "2026-11-23", [facility(1, nama="older")])
    (home.builds / f".{older}.partial").rename(home.builds / str(older))
    night(home, "2026-11-24", [facility(1, nama="newer")])
    with pytest.raises(SehatmuError, match="a later night is already published"):
        commit_build(home, older)
    with pytest.raises(SehatmuError, match="a later night is already published"):
        write_night(home, "2026-11-22", [facility(1)])
    assert published_name(home) == "newer"


def test_a_build_from_another_parent_is_refused(home: Home) -> None:
    stale = write_night(home, "2026-11-25", [facility(1, nama="stale")])
    (home.builds / f".{stale}.partial").rename(home.builds / str(stale))
    night(home, "2026-11-24", [facility(1, nama="fresh")])
    with pytest.raises(SehatmuError, match=r"starts from nothing, expected 2026-11-24\.1"):
        commit_build(home, stale)
    assert published_name(home) == "fresh"


def test_the_same_date_again_takes_the_place_of_its_build(home: Home) -> None:
    night(home, "2026-11-23", [facility(1, nama="a")])
    night(home, "2026-11-24", [facility(1, nama="b")])
    again = night(home, "2026-11-24", [facility(1, nama="c")])
    assert str(again) == "2026-11-24.2"
    assert published_name(home) == "c"
    assert ask(home.published / "sehatmu.duckdb", "SELECT build FROM meta.build") == [
        ("2026-11-23.1",),
        ("2026-11-24.2",),
    ]


def test_rollback_goes_to_the_parent_to_any_kept_build_and_forward_again(home: Home) -> None:
    builds = [night(home, f"2026-11-2{d}", [facility(1, nama=str(d))]) for d in (1, 2, 3)]
    assert rollback(home) == builds[1]
    assert published_name(home) == "2"
    assert rollback(home, builds[0]) == builds[0]
    assert published_name(home) == "1"
    assert rollback(home, builds[2]) == builds[2]
    assert published_name(home) == "3"


def test_the_night_after_a_rollback_goes_on_from_there(home: Home) -> None:
    first = night(home, "2026-11-21", [facility(1, nama="1")])
    night(home, "2026-11-22", [facility(1, nama="2"), facility(2)])
    rollback(home)
    build = night(home, "2026-11-22", [facility(1, nama="3")])
    assert str(build) == "2026-11-22.2"
    file = home.published / "sehatmu.duckdb"
    assert ask(file, "SELECT build FROM meta.build") == [(str(first),), (str(build),)]
    assert ask(file, "SELECT count(*) FROM history.event") == [(1,)]


def test_rollback_without_anything_to_go_to_is_refused(home: Home) -> None:
    with pytest.raises(SehatmuError, match="nothing is published yet"):
        rollback(home)
    night(home, "2026-11-21", [facility(1)])
    with pytest.raises(SehatmuError, match="no build before the first one"):
        rollback(home)
    with pytest.raises(SehatmuError, match="not in this home"):
        rollback(home, BuildId.parse("2026-11-20.1"))


def test_big_files_of_seven_builds_are_kept_and_events_for_ever(home: Home) -> None:
    line: list[BuildId] = []
    for n in range(12):
        build = BuildId(date(2026, 11, 1) + timedelta(days=n), 1)
        bare_build(home, build, line[-1] if line else None)
        line.append(build)
    home.current.symlink_to(f"builds/{line[-1]}")
    tidy(home, keep_published=7, keep_lake=3)
    assert kept_builds(home) == line[-7:]
    assert all((home.builds / str(b) / "events" / "event.parquet").is_file() for b in line)
    assert all((home.builds / str(b) / "manifest.json").is_file() for b in line)
    with pytest.raises(SehatmuError, match="no longer kept"):
        rollback(home, line[0])
    assert current_build(home) == line[-1]


def test_repeated_nights_of_one_date_do_not_push_out_the_line(home: Home) -> None:
    first, second = BuildId(date(2026, 11, 1), 1), BuildId(date(2026, 11, 2), 9)
    bare_build(home, first, None)
    for n in range(1, 10):
        bare_build(home, BuildId(date(2026, 11, 2), n), first)
    home.current.symlink_to(f"builds/{second}")
    tidy(home, keep_published=7, keep_lake=3)
    assert kept_builds(home) == [first, *(BuildId(date(2026, 11, 2), n) for n in range(3, 10))]


def test_lake_files_of_three_builds_are_kept_per_table(home: Home) -> None:
    line = [BuildId(date(2026, 11, n), 1) for n in range(1, 7)]
    for n, build in enumerate(line):
        bare_build(home, build, line[n - 1] if n else None)
        for table in ("a", "b")[: 1 if n > 3 else 2]:
            path = home.lake_path("golden", "facility", table, build)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    home.current.symlink_to(f"builds/{line[-1]}")
    tidy(home, keep_published=7, keep_lake=3)
    kept = {t: sorted(p.stem for p in (home.lake / "golden/facility" / t).iterdir()) for t in ("a", "b")}
    assert kept == {"a": [str(b) for b in line[3:]], "b": [str(b) for b in line[1:4]]}


def test_what_is_no_build_is_left_alone(home: Home) -> None:
    (home.builds / "notes").mkdir()
    (home.builds / "notes" / "old.duckdb").write_bytes(b"")
    path = home.lake_path("golden", "facility", "facility", "draft")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    build = night(home, "2026-11-21", [facility(1)])
    assert kept_builds(home) == [build]
    assert path.is_file()
    assert (home.builds / "notes" / "old.duckdb").is_file()


def test_clearing_removes_half_written_folders_and_links_only(home: Home) -> None:
    night(home, "2026-11-21", [facility(1, nama="kept")])
    write_night(home, "2026-11-22", [facility(1)])
    (home.published / ".current.new").symlink_to("builds/nowhere")
    assert clear_partial(home) == [".2026-11-22.1.partial", ".current.new"]
    assert published_name(home) == "kept"
    assert clear_partial(home) == []
    assert next_build(home, date(2026, 11, 21)).number == 2


def test_folders_in_the_lake_go_with_their_build_and_half_written_ones_go_at_once(home: Home) -> None:
    builds = [str(night(home, f"2026-11-{day}", [facility(1)])) for day in range(20, 25)]
    for build in builds:
        state = home.lake_folder("pairs", "facility", "state", build)
        state.mkdir(parents=True)
        (state / "pair.parquet").touch()
    table = home.lake / "pairs/facility/state"
    (table / ".2026-11-24.1.part").mkdir()
    (table / "2026-11-24.1.partial").touch()
    (table / "somebody's notes").mkdir()
    tidy(home, keep_published=7, keep_lake=3)
    assert sorted(path.name for path in table.iterdir()) == [*builds[-3:], "somebody's notes"]
