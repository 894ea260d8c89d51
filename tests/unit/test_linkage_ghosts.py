"""Ghosts: which new record a vanished one became, and when nobody can say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from sehatmu.linkage.decision_files import one_decision
from sehatmu.linkage.ghosts import match_ghosts
from tests.linking import facilities, facility, facility_config

CONFIG = facility_config()


def hospital(code: str, name: str, *, source: str = "sirs", **more: Any) -> dict[str, Any]:
    """A hospital whose code is its key, as in SIRS."""
    values = {"code_yankes_rs": code if source == "sirs" else None, "kab_code": "3578", "address_core": "MAWAR 5"}
    return facility(source, code, name, **values | more)


def ghosts(
    before: list[dict[str, Any]], now: list[dict[str, Any]], *together: str, **more: Any
) -> list[tuple[str, str]]:
    """Last codes of ghost and new record. `together`: keys of tonight that are one cluster."""
    records = facilities(now)
    cluster = pl.when(pl.col("record_key").is_in(list(together))).then(pl.lit("one")).otherwise("record_key")
    clusters = records.select("record_key", cluster_key=cluster)
    found = match_ghosts(facilities(before), records, clusters, CONFIG, **more)
    return [(ghost.split("|")[-1], new.split("|")[-1]) for ghost, new in found.iter_rows()]


STAYS = hospital("3578009", "HUSADA UTAMA", address_core="KENANGA 1")


def test_a_hospital_that_got_another_code_is_found() -> None:
    before = [hospital("3578001", "MITRA KELUARGA"), STAYS]
    assert ghosts(before, [hospital("3578777", "MITRA KELUARGA"), STAYS]) == [("3578001", "3578777")]


def test_another_hospital_in_its_place_is_not() -> None:
    before = [hospital("3578001", "MITRA KELUARGA"), STAYS]
    assert ghosts(before, [hospital("3578777", "BHAYANGKARA"), STAYS]) == []
    assert ghosts(before, [hospital("3578777", "MITRA KELUARGA", kab_code="3173", prov_root="31"), STAYS]) == []


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["3578001"], ["3578777", "3578778"]),
        (["3578001", "3578002"], ["3578777"]),
    ],
)
def test_two_that_are_as_good_find_nobody(before: list[str], now: list[str]) -> None:
    assert ghosts([hospital(c, "MITRA KELUARGA") for c in before], [hospital(c, "MITRA KELUARGA") for c in now]) == []


def test_the_clearly_better_one_is_taken() -> None:
    exact = hospital("3578777", "MITRA KELUARGA", phone="0317654321")
    near = hospital("3578778", "MITRA KELUARGA DARMO", address_core="DARMO 20")
    gone = hospital("3578001", "MITRA KELUARGA", phone="0317654321")
    assert ghosts([gone], [exact, near]) == [("3578001", "3578777")]


def test_two_new_records_of_one_cluster_are_one_match() -> None:
    now = [hospital("3578777", "MITRA KELUARGA"), hospital("S9", "MITRA KELUARGA", source="sisdmk")]
    assert ghosts([hospital("3578001", "MITRA KELUARGA")], now) == []
    together = [row["record_key"] for row in now]
    assert len(ghosts([hospital("3578001", "MITRA KELUARGA")], now, *together)) == 1


def test_a_code_that_is_not_its_own_key_still_speaks() -> None:
    gone = hospital("S1", "MITRA KELUARGA", source="sisdmk", code_yankes_rs="3578001")
    same, other = ({"source": "sisdmk", "code_yankes_rs": code} for code in ("3578001", "3578444"))
    assert ghosts([gone], [hospital("S2", "MITRA KELUARGA", **same)]) == [("S1", "S2")]
    assert ghosts([gone], [hospital("S2", "MITRA KELUARGA", **other)]) == []


def test_a_decision_beats_the_likeness() -> None:
    gone, new = hospital("3578001", "MITRA KELUARGA"), hospital("3578777", "MITRA KELUARGA")
    pair = (gone["record_key"], new["record_key"])
    when = datetime(2026, 11, 23, tzinfo=UTC)
    apart = one_decision("msi", pair, "not_same", who="Rina", when=when, why="")
    assert ghosts([gone], [new], decisions=apart) == []
    same = one_decision("msi", pair, "same", who="Rina", when=when, why="")
    stranger = hospital("3578777", "BHAYANGKARA", address_core="ANGGREK 9")
    assert ghosts([gone], [stranger], decisions=same) == [("3578001", "3578777")]


def test_nothing_vanished_nothing_new_or_nothing_known_finds_nobody() -> None:
    row = hospital("3578001", "MITRA KELUARGA")
    records = facilities([row])
    clusters = records.select("record_key", cluster_key="record_key")
    assert ghosts([row], [row]) == []
    assert ghosts([], [row]) == []
    assert match_ghosts(None, records, clusters, CONFIG).is_empty()
    assert match_ghosts(records.select("record_key"), records, clusters, CONFIG).is_empty()


def test_evidence_is_nobodys_ghost() -> None:
    gone = facilities([hospital("3578001", "MITRA KELUARGA")]).with_columns(is_subject=pl.lit(False))
    new = facilities([hospital("3578777", "MITRA KELUARGA")]).with_columns(is_subject=pl.lit(True))
    clusters = new.select("record_key", cluster_key="record_key")
    assert match_ghosts(gone, new, clusters, CONFIG).is_empty()
    assert len(match_ghosts(gone.with_columns(is_subject=True), new, clusters, CONFIG)) == 1
