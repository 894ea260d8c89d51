"""Coverage by source and kind, and the codes of masters, over a few nights of identity."""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.golden.coverage import NO_SOURCE, cover_kinds, cover_sources, list_identifiers
from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.numbers import Numbering
from sehatmu.identity.state import State, empty_state

CONFIG = IdentityConfig("msi", {"facility": Numbering("", 2, 20, 39, 1, 0, r"^1\d$")})
DAYS = [date(2026, 11, day) for day in (1, 2, 5, 9)]


def night(state: State, day: date, **clusters: str) -> Assigned:
    """Clusters of keys such as `sirs|rs|1`; the cluster's name is its key."""
    rows = [(key, name) for name, keys in clusters.items() for key in keys.split()]
    frame = pl.DataFrame(rows, schema={"record_key": pl.String, "cluster_key": pl.String}, orient="row")
    parts = pl.col("record_key").str.split("|").list
    records = frame.select(
        "record_key",
        source=parts.get(0),
        extract=parts.get(1),
        source_key=parts.get(2),
        official_id=pl.lit(None, pl.String),
    )
    return assign(frame, records, state, CONFIG, build_date=day)


def test_sources_are_seen_first_and_last() -> None:
    first = night(empty_state("msi"), DAYS[0], a="sirs|rs|1 sisdmk|fas|1", b="sisdmk|fas|2")
    second = night(first.state, DAYS[1], a="sirs|rs|1", b="sisdmk|fas|2")
    third = night(second.state, DAYS[2], a="sirs|rs|1 bpjs|fk|7", b="sisdmk|fas|2")
    assert second.changed_links.height == 1
    assert cover_sources(third.state).drop("index").rows() == [
        ("20", "bpjs", "fk", DAYS[2], DAYS[2]),
        ("20", "sirs", "rs", DAYS[0], DAYS[2]),
        ("20", "sisdmk", "fas", DAYS[0], DAYS[0]),
        ("21", "sisdmk", "fas", DAYS[0], DAYS[2]),
    ]
    # The night between the second and the third was skipped: what left on the 9th was last seen on the 5th.
    fourth = night(third.state, DAYS[3], a="sirs|rs|1")
    left = cover_sources(fourth.state).filter(pl.col("last_seen") == DAYS[2])
    assert left.select("master_id", "source").rows() == [("20", "bpjs"), ("21", "sisdmk")]


def test_coverage_follows_a_merge_and_a_return() -> None:
    first = night(empty_state("msi"), DAYS[0], a="sirs|rs|1", b="sisdmk|fas|2")
    second = night(first.state, DAYS[1], a="sirs|rs|1")
    third = night(second.state, DAYS[2], a="sirs|rs|1 sisdmk|fas|2")
    assert cover_sources(third.state).select("master_id", "source", "first_seen", "last_seen").rows() == [
        ("20", "sirs", DAYS[0], DAYS[2]),
        ("20", "sisdmk", DAYS[0], DAYS[2]),
    ]


def test_an_unchanged_night_moves_last_seen_and_writes_nothing() -> None:
    first = night(empty_state("msi"), DAYS[0], a="sirs|rs|1")
    second = night(first.state, DAYS[1], a="sirs|rs|1")
    assert second.changed_links.is_empty()
    assert cover_sources(second.state)["last_seen"].to_list() == [DAYS[1]]


def test_codes_keep_the_date_since_when_a_master_has_them() -> None:
    codes = pl.DataFrame(
        {
            "record_key": ["sirs|rs|1", "sirs|rs|1", "bpjs|fk|7"],
            "namespace": ["yankes_rs", "yankes_rs", "bpjs_ppk"],
            "code": ["3275999", "3275999", "0901R001"],
        }
    )
    first = night(empty_state("msi"), DAYS[0], a="sirs|rs|1")
    one = list_identifiers(codes, first.links, build_date=DAYS[0])
    assert one.rows() == [("20", "yankes_rs", "3275999", "sirs", "rs", "1", DAYS[0])]
    second = night(first.state, DAYS[1], a="sirs|rs|1 bpjs|fk|7")
    two = list_identifiers(codes, second.links, build_date=DAYS[1], previous=one)
    assert two.rows() == [
        ("20", "bpjs_ppk", "0901R001", "bpjs", "fk", "7", DAYS[1]),
        ("20", "yankes_rs", "3275999", "sirs", "rs", "1", DAYS[0]),
    ]


def test_every_kind_is_told_whether_a_source_delivers_it() -> None:
    kinds = pl.DataFrame({"kind_code": ["104", "105", "131"], "name": ["Rumah Sakit", "Apotek", "Posyandu"]})
    records = pl.DataFrame(
        {
            "kind_code": ["104", "104", "105", None],
            "source": ["sisdmk", "sirs", "simada", "bpjs"],
            "extract": ["fas", "rs", "sarana", "fk"],
        }
    )
    golden = pl.DataFrame({"jenis_sarana_kode": ["104", "105", None]})
    assert cover_kinds(kinds, records, golden, kind_column="jenis_sarana_kode").rows() == [
        ("104", "Rumah Sakit", "sirs/rs, sisdmk/fas", 2, 1),
        ("105", "Apotek", "simada/sarana", 1, 1),
        ("131", "Posyandu", NO_SOURCE, 0, 0),
    ]
