"""Stories of codes and names: what is given wrongly, what a steward decides, and for whom it then holds."""

from __future__ import annotations

import polars as pl

from sehatmu.golden.service import map_items, name_retired
from tests.standardising_services import LIST, codes_of, item, linked, services

TEXT, CODE = "faskes|layanan|teks|radiologi|", "referensi|kptl|"


def decide(left: str, right: str, verdict: str) -> pl.DataFrame:
    left, right = sorted((left, right))
    return pl.DataFrame({"left_key": [left], "right_key": [right], "verdict": [verdict]})


def test_a_given_code_goes_before_the_name() -> None:
    made = services(item("USG ABD", kptl="10001.AP001"), item("USG ABD", facility="B"))
    assert codes_of(made["record"]) == {"A|1": "10001.AP001", "B|1": "10002"}


def test_a_wrong_code_is_told_and_the_name_is_asked() -> None:
    """A modifier that the base does not take, a code that the list has retired, one that it never had."""
    made = services(
        item("Foto Thorax AP", code="1", kptl="10001.SU001"),
        item("USG ABD", code="2", kptl="90001"),
        item("USG ABD", code="3", kptl="99999"),
    )
    assert codes_of(made["record"]) == {"A|1": "10001.AP001", "A|2": "10002", "A|3": "10002"}
    assert made["finding"]["finding"].to_list() == ["kptl:modifier-not-allowed", "kptl:retired", "kptl:not-in-list"]


def test_a_code_that_a_newer_list_dropped_is_retired_and_one_that_never_was_is_not() -> None:
    newer = tuple(row for row in LIST if row["kode_dasar"] != "10003")
    made = services(item("Visite", code="1", kptl="10003"), item("Visite", code="2", kptl="99999"), listed=newer)
    told = name_retired(made["finding"], pl.Series(["10001", "10003"]))
    assert dict(told.select("detail", "finding").iter_rows()) == {
        "10003": "kptl:retired",
        "99999": "kptl:not-in-list",
    }


def test_a_name_that_leads_to_a_retired_code_only_leads_nowhere() -> None:
    made = services(item("USG ABD"), listed=[row for row in LIST if row["kode_dasar"] != "10002"])
    assert codes_of(made["record"]) == {"A|1": None}


def test_what_one_text_is_decided_to_be_holds_for_every_facility_that_writes_it() -> None:
    made = services(
        item("Visite ahli", facility="A", group="Radiologi"), item("visite AHLI", facility="B", group="RAD")
    )
    assert codes_of(made["record"]) == {"A|1": None, "B|1": None}
    confirmed = decide(f"{TEXT}VISITE AHLI", f"{CODE}10003", "same")
    assert codes_of(made["record"], confirmed) == {"A|1": "10003", "B|1": "10003"}


def test_what_one_item_is_decided_to_be_holds_for_that_item_only() -> None:
    made = services(item("Visite ahli", facility="A"), item("Visite ahli", facility="B"))
    own = decide("faskes|layanan|yankes_rs|A|1", f"{CODE}10003", "same")
    assert codes_of(made["record"], own) == {"A|1": "10003", "B|1": None}


def test_an_item_that_is_decided_not_to_be_a_service_leaves_the_others_mapped() -> None:
    made = services(item("USG ABD", facility="A"), item("USG ABD", facility="B"))
    own = decide("faskes|layanan|yankes_rs|A|1", f"{CODE}10002", "not_same")
    assert codes_of(made["record"], own) == {"A|1": None, "B|1": "10002"}


def test_two_services_of_one_name_are_for_a_steward() -> None:
    twice = (*LIST, {"kode_dasar": "10009", "nama": "USG Abdomen"})
    made = services(item("USG ABD"), listed=twice)
    assert codes_of(made["record"]) == {"A|1": None}
    pairs = linked(made["record"]).pairs.filter(pl.col("score") > 5)
    assert set(pairs["veto"]) == {"ambiguous"}
    chosen = decide(f"{TEXT}USG ABD", f"{CODE}10009", "same")
    assert codes_of(made["record"], chosen) == {"A|1": "10009"}
    excluded = decide(f"{TEXT}USG ABD", f"{CODE}10009", "not_same")
    assert codes_of(made["record"], excluded) == {"A|1": "10002"}


def test_how_an_item_came_to_its_code_is_told() -> None:
    made = services(
        item("apa", code="1", kptl="10002"),
        item("USG ABD", code="2"),
        item("Foto Thorax lateral", code="3"),
        item("Parkir", code="4"),
        item("Ruang tunggu", code="5"),
    )
    key = "faskes|layanan|teks||RUANG TUNGGU"
    decided = decide(key, f"{CODE}10003", "same")
    found = linked(made["record"], decided)
    national = made["record"].filter("is_subject").select("record_key", master_id="official_id")
    of_cluster = found.clusters.join(national, on="record_key").select("cluster_key", "master_id")
    links = found.clusters.join(of_cluster, on="cluster_key", how="left").select("record_key", "master_id")
    local = map_items(made["item"], links, found.pairs, decided.with_columns(status=pl.lit("active")))
    told = {row["kode_lokal"]: row for row in local.rows(named=True)}
    assert {code: (row["state"], row["method"], row["kode_kptl"]) for code, row in told.items()} == {
        "1": ("given", "code", "10002"),
        "2": ("matched", "name", "10002"),
        "3": ("possible", None, None),
        "4": ("unmapped", None, None),
        "5": ("matched", "steward", "10003"),
    }
    assert told["3"]["candidate"] == "10001"
    assert told["1"]["score"] is None
    assert told["2"]["score"] > 5
