"""The folder of a build: what stands in its two files, its event files and its manifest."""

from __future__ import annotations

import json
import struct
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Home, chain
from sehatmu.publish.files import input_digest, read_published, write_build
from sehatmu.publish.switch import partial_folder
from tests.publishing import (
    ask,
    content,
    contracts,
    facility,
    new_home,
    night,
    source_file,
    table,
    write_night,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def empty_build(home: Home, day: str = "2026-11-23", **tables: pl.DataFrame) -> Path:
    return write_build(
        home,
        BuildId.parse(f"{day}.1"),
        tables={name.replace("__", "."): frame for name, frame in tables.items()},
        events={},
        manifest={},
        contracts=contracts(),
    )


def test_every_contract_is_a_table_or_view_with_comments(home: Home) -> None:
    file = empty_build(home) / "sehatmu.duckdb"
    made = ask(file, "SELECT schema_name || '_' || table_name FROM duckdb_tables() WHERE NOT internal")
    made += ask(file, "SELECT schema_name || '_' || view_name FROM duckdb_views() WHERE NOT internal")
    past = {"history_facility", "history_patient", "history_practitioner"}
    assert {name for (name,) in made} == {c.id for c in contracts().indexes()} | past
    assert ask(file, "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == [(0,)]


def test_the_files_open_with_older_tools_and_the_restricted_one_is_private(home: Home) -> None:
    folder = empty_build(home)
    for name in ("sehatmu.duckdb", "restricted.duckdb"):
        assert struct.unpack("<Q", (folder / name).read_bytes()[12:20]) == (68,)
    assert (folder / "restricted.duckdb").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.glob("*.wal")] == []


def test_the_restricted_file_holds_only_tables_with_personal_columns_in_clear(home: Home) -> None:
    rows = {"source": "sirs", "extract": "rumah_sakit", "file_name": "a", "row_number": 1, "reasons": ["x:y"]}
    quarantine = table("quarantine.row", [{**rows, "row_values": '{"hobi": "Siti"}'}])
    folder = empty_build(home, quarantine__row=quarantine)
    held = {name for (name,) in ask(folder / "restricted.duckdb", "SELECT table_name FROM duckdb_tables()")}
    personal = {
        c.table
        for c in contracts().indexes()
        if not c.is_view and any(k.classification == "personal" for k in c.columns)
    }
    assert held == personal
    query = "SELECT row_values FROM quarantine.row"
    assert ask(folder / "restricted.duckdb", query) == [('{"hobi": "Siti"}',)]
    assert ask(folder / "sehatmu.duckdb", query) == [('{"hobi":"x"}',)]


def test_the_order_of_rows_never_matters(home: Home, tmp_path: Path) -> None:
    other = new_home(tmp_path / "other")
    (other.keys / "hmac.key").write_bytes(b"k" * 32)
    (home.keys / "hmac.key").write_bytes(b"k" * 32)
    rows = [facility(n, telp=f"62{n}") for n in range(50)]
    quarantine = table(
        "quarantine.row",
        [
            {"source": "sirs", "extract": "rumah_sakit", "file_name": "a", "row_number": n, "reasons": ["x:y"]}
            | {"row_values": json.dumps({"nama": f"Siti {n}"})}
            for n in range(50)
        ],
    )
    told = []
    for place, seed in ((home, 1), (other, 2)):
        build = write_night(place, "2026-11-23", rows, tables={"quarantine.row": quarantine}, shuffle=seed)
        folder = partial_folder(place, build)
        told.append([content(folder / name) for name in ("sehatmu.duckdb", "restricted.duckdb")])
    assert told[0] == told[1]
    assert len(told[0][0]["quarantine.row"]) == 50


def test_the_manifest_names_inputs_versions_parent_and_counts(home: Home) -> None:
    first = night(home, "2026-11-23", [facility(1)])
    files = table("meta.source_file", [source_file("sirs", "rumah_sakit", "a.csv", rows=3, digest="ab" * 32)])
    second = night(
        home, "2026-11-24", [facility(1), facility(2)], tables={"meta.source_file": files}, input_digest="d1"
    )
    told = chain(home, second)[-1].content
    assert (told["build"], told["parent"]) == (str(second), str(first))
    assert told["inputs"][0]["content_hash"] == "ab" * 32
    assert (told["code_version"], told["input_digest"], told["masters"]) == ("0.1.0", "d1", {"msi": 2})
    assert told["row_counts"]["msi.facility"] == 2
    assert told["event_counts"] == {"event": 1, "facility": 0, "golden_change": 0}
    assert told["contracts"]["msi_facility"]["hash"] == contracts().index("msi", "facility").content_hash


def test_builds_events_and_ended_versions_are_folded_over_the_line(home: Home) -> None:
    night(home, "2026-11-23", [facility(1, telp="1"), facility(2)], started_at="2026-11-22T19:00:00+00:00")
    night(home, "2026-11-24", [facility(1, telp="2"), facility(2)])
    last = night(home, "2026-11-26", [facility(1, telp="2")])
    file = home.builds / str(last) / "sehatmu.duckdb"
    assert ask(file, "SELECT build, parent FROM meta.build") == [
        ("2026-11-23.1", None),
        ("2026-11-24.1", "2026-11-23.1"),
        ("2026-11-26.1", "2026-11-24.1"),
    ]
    assert ask(file, "SELECT event, count(*) FROM history.event GROUP BY 1 ORDER BY 1") == [
        ("mint", 2),
        ("retire", 1),
    ]
    ended = ask(file, "SELECT master_id, telp, build_date, until_date FROM history.facility ORDER BY ALL")
    assert ended == [
        ("2000000001", "1", date(2026, 11, 23), date(2026, 11, 24)),
        ("2000000002", None, date(2026, 11, 23), date(2026, 11, 26)),
    ]


def test_event_files_from_before_a_column_was_added_still_fold(home: Home) -> None:
    first = night(home, "2026-11-23", [facility(1)])
    path = home.builds / str(first) / "events" / "event.parquet"
    pl.read_parquet(path).drop("other_id").write_parquet(path)
    last = night(home, "2026-11-24", [])
    events = ask(home.builds / str(last) / "sehatmu.duckdb", "SELECT event, other_id FROM history.event")
    assert sorted(events) == [("mint", None), ("retire", None)]


def test_origins_are_told_per_column_by_a_view(home: Home) -> None:
    record = {"index": "msi", "master_id": "2000000001", "record_key": "simada|sarana|S1"}
    link = {**record, "source": "simada", "extract": "sarana", "source_key": "S1", "build_date": date(2026, 11, 23)}
    origins = table("history.origin", [{**record, "column_groups": "contact", "rule": "recency"}])
    links = table("xref.record_link", [link])
    folder = empty_build(home, history__origin=origins, xref__record_link=links)
    query = "SELECT column_name, source, source_key, rule FROM history.provenance ORDER BY 1"
    for name in ("sehatmu.duckdb", "restricted.duckdb"):
        assert ask(folder / name, query) == [(c, "simada", "S1", "recency") for c in ("email", "telp", "website")]


def test_a_published_table_is_read_in_clear(home: Home) -> None:
    links = table(
        "xref.record_link",
        [{"index": "msi", "source": "x", "extract": "y", "record_key": "x|y|1", "build_date": date(2026, 11, 23)}],
    )
    build = night(home, "2026-11-23", [facility(1)], tables={"xref.record_link": links})
    clear = read_published(home, build, "xref.record_link")
    assert clear is not None
    assert clear["record_key"].to_list() == ["x|y|1"]
    assert ask(home.published / "sehatmu.duckdb", "SELECT record_key FROM xref.record_link") != [("x|y|1",)]
    assert read_published(home, None, "msi.facility") is None
    assert read_published(home, build, "msi.no_such_table") is None


def test_a_table_without_a_contract_is_refused(home: Home) -> None:
    with pytest.raises(SehatmuError, match="no contract for a table that is to be published"):
        empty_build(home, msi__secret=pl.DataFrame({"a": [1]}))


def test_a_frame_that_lacks_a_column_is_refused_before_anything_is_written(home: Home) -> None:
    with pytest.raises(SehatmuError, match=r"lacks columns \(current_id, build_date\)"):
        empty_build(home, xref__redirect=pl.DataFrame({"index": ["msi"], "retired_id": ["1"]}))
    assert list(home.builds.iterdir()) == []


def test_a_null_in_a_required_column_stops_without_telling_values(home: Home) -> None:
    keys = {"left_key": None, "right_key": "sirs|rumah_sakit|SECRET", "score": 1.0, "index": "msi"}
    with pytest.raises(SehatmuError, match="could not be written") as caught:
        empty_build(home, review__possible_match=table("review.possible_match", [keys]))
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_same_build_is_never_written_twice(home: Home) -> None:
    build = night(home, "2026-11-23", [facility(1)])
    with pytest.raises(SehatmuError, match="written already"):
        empty_build(home, str(build.date))


def test_what_a_killed_night_left_is_removed_by_the_next(home: Home) -> None:
    left = partial_folder(home, BuildId.parse("2026-11-20.1"))
    (left / "events").mkdir(parents=True)
    (left / "sehatmu.duckdb").write_bytes(b"half")
    folder = empty_build(home)
    assert [path.name for path in home.builds.iterdir()] == [folder.name]


def test_equal_inputs_have_equal_digests_whatever_their_order() -> None:
    files, versions = {"a": "1", "b": "2"}, {"code": "0.1.0"}
    assert input_digest(files, versions) == input_digest({"b": "2", "a": "1"}, versions)
    others = [({"a": "1", "b": "3"}, versions), (files, {"code": "0.1.1"}), ({"a": "1"}, {"b": "2"} | versions)]
    assert len({input_digest(files, versions), *(input_digest(*other) for other in others)}) == 4
