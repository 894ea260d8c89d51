"""What the stories do not tell: evidence records, several series, refusals, lost files, and the gates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.home import BuildId, Manifest
from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.checks import (
    check_identity,
    links_lead_to_active_masters,
    minted_numbers_are_ours,
    records_have_one_master,
    redirects_end,
)
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.files import EVENT, SCHEMAS, read_events
from sehatmu.identity.numbers import Numbering
from sehatmu.identity.state import MASTERS, State, empty_state, redirects

PATIENTS = IdentityConfig("mpi", {"patient": Numbering("P", 11, 5 * 10**9, 10**10 - 1, 7, 0, r"^P\d{11}$")})
PRODUCTS = IdentityConfig(
    "kfa",
    {
        "substance": Numbering("91", 6, 900_000, 999_999, 7, 0, r"^91\d{6}$"),
        "template": Numbering("92", 6, 900_000, 999_999, 7, 0, r"^92\d{6}$"),
    },
)
DAYS = [date(2026, 11, day) for day in range(1, 20)]


def frame(*keys: str, **columns: list[object]) -> pl.DataFrame:
    base = {name: ["x"] * len(keys) for name in ("source", "extract")} | {"source_key": list(keys)}
    columns = {"official_id": [None] * len(keys), **columns}
    return pl.DataFrame(
        {"record_key": list(keys), **base, **columns},
        schema_overrides={"record_key": pl.String, "official_id": pl.String, "is_subject": pl.Boolean},
    )


def together(*groups: str) -> pl.DataFrame:
    rows = [(key, min(group.split())) for group in groups for key in group.split()]
    return pl.DataFrame(rows, schema={"record_key": pl.String, "cluster_key": pl.String}, orient="row")


def links(assigned: Assigned) -> dict[str, str | None]:
    return dict(assigned.links.select("record_key", "master_id").iter_rows())


def test_evidence_carries_an_id_but_never_makes_or_keeps_one() -> None:
    records = frame("d1", "d2", "p1", is_subject=[False, False, True])
    first = assign(together("d1 p1", "d2"), records, empty_state("mpi"), PATIENTS, build_date=DAYS[0])
    master = links(first)["p1"]
    assert links(first) == {"d1": master, "d2": None, "p1": master}
    assert first.events.select("event", "record_key").rows() == [("mint", "p1")]
    assert check_identity(first.state, first.links, records).is_empty()

    again = assign(together("d1 p1", "d2"), records, first.state, PATIENTS, build_date=DAYS[1])
    assert again.changed_links.is_empty()

    evidence = frame("d1", "d2", is_subject=[False, False])
    alone = assign(together("d1", "d2"), evidence, again.state, PATIENTS, build_date=DAYS[2])
    assert alone.events.select("event", "master_id").rows() == [("retire", master)]
    assert links(alone) == {"d1": None, "d2": None}
    assert check_identity(alone.state, alone.links, evidence).is_empty()


def test_each_series_counts_for_itself() -> None:
    records = frame(
        "s1", "t1", "t2", series=["substance", "template", "template"], official_id=[None, None, "91000001"]
    )
    night = assign(together("s1", "t1", "t2"), records, empty_state("kfa"), PRODUCTS, build_date=DAYS[0])
    assert links(night) == {"s1": "91900000", "t1": "92900000", "t2": "92900007"}
    assert night.findings["finding"].to_list() == ["official-number-malformed"]
    more = assign(
        together("s1", "s2"),
        frame("s1", "s2", series=["substance"] * 2),
        night.state,
        PRODUCTS,
        build_date=DAYS[1],
    )
    assert links(more) == {"s1": "91900000", "s2": "91900007"}


@pytest.mark.parametrize(
    ("records", "clusters", "said"),
    [
        (frame("a", "a"), together("a"), "1 records more than once"),
        (frame("a"), together("a", "a"), "1 records in two clusters"),
        (frame("a", "b"), together("a"), "1 records without a cluster"),
        (frame("a"), together("a b"), "1 clustered keys that are no record"),
        (frame("a", series=["other"]), together("a"), "1 records of a series other than patient"),
    ],
)
def test_records_and_clusters_must_cover_each_other(records: pl.DataFrame, clusters: pl.DataFrame, said: str) -> None:
    with pytest.raises(SehatmuError, match=said):
        assign(clusters, records, empty_state("mpi"), PATIENTS, build_date=DAYS[0])


def test_a_cluster_has_one_series() -> None:
    records = frame("s1", "t1", series=["substance", "template"])
    with pytest.raises(SehatmuError, match="1 clusters that mix series"):
        assign(together("s1 t1"), records, empty_state("kfa"), PRODUCTS, build_date=DAYS[0])


def test_a_lost_event_file_stops_the_night(tmp_path: Path) -> None:
    manifest = Manifest(BuildId(DAYS[0], 1), None, tmp_path, {})
    with pytest.raises(SehatmuError, match=r"2026-11-01\.1"):
        read_events([manifest], EVENT)
    (tmp_path / "events").mkdir()
    SCHEMAS[EVENT].to_frame().write_parquet(tmp_path / "events" / "event.parquet")
    assert read_events([manifest], EVENT, index="msi").schema == SCHEMAS[EVENT]


def test_findings_never_show_a_malformed_value() -> None:
    records = frame("a", "b", official_id=["3201010101010001", None])
    night = assign(together("a", "b"), records, empty_state("mpi"), PATIENTS, build_date=DAYS[0])
    assert night.findings.select("finding", "detail").rows() == [("official-number-malformed", "1 records of x/x")]
    assert night.official.is_empty()


def masters(*rows: tuple[str, str, str | None]) -> State:
    columns = [(key, status, "merge", next_id, "minted") for key, status, next_id in rows]
    frame = pl.DataFrame(columns, schema=["master_id", "status", "event", "next_id", "id_origin"], orient="row")
    frame = frame.with_columns(build_date=pl.lit(DAYS[0]))
    known = pl.concat([MASTERS.to_frame(), frame], how="diagonal_relaxed")
    return State("mpi", empty_state("mpi").links, known, empty_state("mpi").official, (DAYS[0],))


def test_gate_minted_numbers() -> None:
    state = masters(("P1", "active", None), ("P2", "active", None), ("P2", "active", None))
    delivered = (
        pl.DataFrame({"number": ["P1"]}).join(state.official, on="number", how="left").select(state.official.columns)
    )
    broken = minted_numbers_are_ours(State("mpi", state.links, state.masters, delivered, state.builds))
    assert broken.select("check", "master_id").rows() == [
        ("minted id was delivered", "P1"),
        ("id came to be twice", "P2"),
        ("id came to be twice", "P2"),
    ]


def test_gate_records_and_links() -> None:
    linked = pl.DataFrame({"record_key": ["a", "a", "c", "d"], "master_id": ["P1", "P1", "P2", None]})
    broken = records_have_one_master(linked, frame("a", "b", "d", is_subject=[True, True, True]))
    assert broken.select("check", "record_key").rows() == [
        ("record without a link", "b"),
        ("link without a record", "c"),
        ("record linked twice", "a"),
        ("record linked twice", "a"),
        ("record without a master", "d"),
    ]
    state = masters(("P1", "active", None), ("P2", "retired", None), ("P3", "active", None), ("P4", "odd", None))
    assert links_lead_to_active_masters(state, linked).select("check", "master_id").rows() == [
        ("record of an id that is not active", "P2"),
        ("active id without a record", "P3"),
        ("id that is neither active, retired nor redirected", "P4"),
    ]


def test_gate_redirects() -> None:
    straight = masters(("P1", "redirected", "P2"), ("P2", "redirected", "P3"), ("P3", "active", None))
    assert redirects_end(straight).is_empty()
    assert redirects(straight).select("retired_id", "current_id").rows() == [("P1", "P3"), ("P2", "P3")]
    circle = masters(("P1", "redirected", "P2"), ("P2", "redirected", "P1"), ("P3", "redirected", "P9"))
    assert redirects_end(circle)["master_id"].to_list() == ["P1", "P2", "P3"]


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 33])
def test_long_ways_of_redirects_end(length: int) -> None:
    ways = [(f"P{i:02}", "redirected", f"P{i + 1:02}") for i in range(length)]
    state = masters(*ways, (f"P{length:02}", "active", None))
    assert redirects(state)["current_id"].unique().to_list() == [f"P{length:02}"]
