"""Linkage and identity together, night after night: what a corrected birth date, and a steward, do to ids.

Patients of a small made-up domain; each night is linked on top of the one before and then given its ids.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.numbers import Numbering
from sehatmu.identity.state import empty_state
from sehatmu.linkage import LinkState, link
from sehatmu.linkage.decision_files import one_decision
from sehatmu.linkage.decisions import binding_pairs, empty_decisions
from sehatmu.linkage.ghosts import match_ghosts
from tests.linking import small_config

LINKAGE = small_config()
PATIENTS = IdentityConfig("mpi", {"patient": Numbering("P", 11, 5 * 10**9, 10**10 - 1, 7, 0, r"^P\d{11}$")})
FIRST = date(2026, 11, 1)

SITI = {"code": None, "name": "SITI AMINAH", "born": date(1990, 4, 7), "town": "BOGOR"}
BUDI = {"code": None, "name": "BUDI SANTOSO", "born": date(1985, 1, 2), "town": "DEPOK"}


class Register:
    """Nights over records that a story changes between them."""

    def __init__(self, **rows: dict[str, object]) -> None:
        self.rows = rows
        self.decisions = empty_decisions()
        self.linkage: LinkState | None = None
        self.before: pl.DataFrame | None = None
        self.identity = empty_state("mpi")
        self.day = FIRST

    def decide(self, left: str, right: str, verdict: str) -> None:
        when = datetime(self.day.year, self.day.month, self.day.day, 9, tzinfo=UTC)
        new = one_decision("mpi", (left, right), verdict, who="Rina", when=when, why="")
        self.decisions = pl.concat([self.decisions, new])

    def night(self) -> dict[str, str]:
        schema = {"code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String}
        records = pl.DataFrame(list(self.rows.values()), schema=schema).with_columns(
            record_key=pl.Series(list(self.rows)), source=pl.lit("faskes"), extract=pl.lit("pasien")
        )
        bound = binding_pairs(self.decisions, records["record_key"])
        linked = link(records, LINKAGE, decisions=bound, previous=self.linkage, keep_state=True)
        ghosts = match_ghosts(self.before, records, linked.clusters, LINKAGE, decisions=self.decisions)
        named = records.with_columns(source_key="record_key", official_id=pl.lit(None, pl.String))
        made: Assigned = assign(linked.clusters, named, self.identity, PATIENTS, build_date=self.day, ghosts=ghosts)
        self.linkage, self.identity, self.before = linked.state, made.state, records
        self.events = made.events["event"].to_list()
        self.day += timedelta(days=1)
        return dict(made.links.select("record_key", "master_id").iter_rows())


def test_a_corrected_birth_date_keeps_the_id() -> None:
    register = Register(a=SITI, b=BUDI)
    first = register.night()
    register.rows["a"] = SITI | {"born": date(1991, 12, 30)}
    assert register.night() == first
    assert register.events == []


def test_a_corrected_birth_date_shows_two_to_be_one_and_a_wrong_one_to_be_two() -> None:
    register = Register(a=SITI, z=SITI | {"born": date(1961, 5, 5), "town": "BEKASI"})
    first = register.night()
    assert first["a"] != first["z"]
    register.rows["z"] = dict(SITI)
    second = register.night()
    assert second["a"] == second["z"] == first["a"]
    assert register.events == ["merge"]
    register.rows["z"] = SITI | {"born": date(1961, 5, 5), "town": "BEKASI"}
    third = register.night()
    assert third["a"] == first["a"]
    assert third["z"] not in (*first.values(), *second.values())
    assert sorted(register.events) == ["mint", "split"]


def test_what_a_steward_decided_outlives_every_change_of_the_records() -> None:
    register = Register(a=SITI, b=dict(SITI), c=BUDI)
    register.decide("a", "b", "not_same")
    register.decide("a", "c", "same")
    for change in ({}, {"town": "BOGOR"}, {"name": "SITI AMINAH", "born": SITI["born"]}, {"code": "77"}):
        register.rows["c"] = BUDI | change
        register.rows["b"] = SITI | change
        ids = register.night()
        assert ids["a"] == ids["c"] != ids["b"]


def test_who_is_away_still_binds() -> None:
    register = Register(a=SITI, b=BUDI, c=BUDI | {"name": "AGUS WIJAYA", "born": date(1970, 3, 3)})
    register.decide("a", "b", "same")
    register.decide("b", "c", "same")
    ids = register.night()
    assert ids["a"] == ids["b"] == ids["c"]
    del register.rows["b"]
    assert register.night() == {key: ids[key] for key in "ac"}
    assert register.events == []


def test_a_patient_whose_record_number_changed_keeps_the_id() -> None:
    register = Register(a=SITI, b=BUDI)
    first = register.night()
    register.rows["a9"] = register.rows.pop("a")
    second = register.night()
    assert second == {"a9": first["a"], "b": first["b"]}
    assert register.events == []
    # two that could both be her: nobody is sure, so one id retires and two are minted
    register.rows["x1"] = register.rows.pop("a9") | {"code": "1234567"}
    register.rows["x2"] = SITI | {"code": "7654321"}
    third = register.night()
    assert first["a"] not in third.values()
    assert sorted(register.events) == ["mint", "mint", "retire"]
