"""Facilities: what the linkage file of the repository joins, and above all what it must not join."""

from __future__ import annotations

from typing import Any

import pytest

from sehatmu.linkage import Linked, link
from tests.linking import facilities, facility, facility_config

Row = dict[str, Any]
STREET = {"address_core": "PEMUDA 12", "phone": "62315678901", "kab_code": "3578", "kec_code": "357801"}


def linked(*rows: Row) -> Linked:
    return link(facilities(rows), facility_config())


def joined(*rows: Row) -> bool:
    """Whether the first two records share a cluster."""
    clusters = dict(linked(*rows).clusters.iter_rows())
    return clusters[rows[0]["record_key"]] == clusters[rows[1]["record_key"]]


def test_the_same_name_in_the_same_regency_is_one_hospital() -> None:
    assert joined(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA", kab_code="3578"),
    )


def test_the_same_name_and_only_the_province_is_enough_where_it_is_unique() -> None:
    assert joined(facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"), facility("sirs", "1", "HARAPAN BUNDA"))


def test_the_same_name_without_any_place_goes_to_review() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA", prov_root=None),
    )
    assert found.pairs["class"].to_list() == ["possible"]


def test_same_named_hospitals_in_different_regencies_are_not_joined() -> None:
    assert not joined(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA", kab_code="3501"),
    )
    assert not joined(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA", kab_code="3301", prov_root="33"),
    )


def test_two_same_named_hospitals_of_one_province_are_ambiguous() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA"),
        facility("sirs", "2", "HARAPAN BUNDA"),
    )
    assert set(found.pairs["veto"]) == {"ambiguous"}
    assert set(found.pairs["class"]) == {"possible"}


def test_the_regency_decides_between_two_same_named_hospitals() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", kab_code="3578"),
        facility("sirs", "1", "HARAPAN BUNDA", kab_code="3501"),
        facility("sirs", "2", "HARAPAN BUNDA", kab_code="3578"),
    )
    matches = found.pairs.filter(**{"class": "match"})
    assert matches.select("left_key", "right_key").rows() == [("sirs|rumah_sakit|2", "sisdmk|fasilitas|1")]


def test_a_chain_is_told_apart_by_its_numbers() -> None:
    kimia = {"kind_key": "105", **STREET}
    assert not joined(
        facility("simada", "1", "KIMIA FARMA 12", **kimia), facility("sisdmk", "1", "KIMIA FARMA 21", **kimia)
    )
    assert joined(
        facility("simada", "1", "KIMIA FARMA 12", **kimia), facility("sisdmk", "1", "KIMIA FARMA 12", **kimia)
    )


def test_a_chain_is_told_apart_by_its_place_words() -> None:
    chain = {"kind_key": "105", "kab_code": "3578", "phone": "62315678901"}
    assert not joined(
        facility("simada", "1", "KIMIA FARMA JUANDA", **chain), facility("sisdmk", "1", "KIMIA FARMA DARMO", **chain)
    )


@pytest.mark.parametrize("other", ["BOJA 2", "BOJA"])
def test_puskesmas_x_1_is_not_x_2_and_not_simply_x(other: str) -> None:
    here = {"kind_key": "102", "kab_code": "3324", "kec_code": "332408"}
    assert not joined(facility("sisdmk", "1", "BOJA 1", **here), facility("komdat", "1", other, **here))


def test_a_pustu_is_not_its_puskesmas() -> None:
    assert not joined(
        facility("sisdmk", "1", "BOJA", kind_key="OT000002", **STREET),
        facility("komdat", "1", "BOJA", kind_key="102", **STREET),
    )


def test_a_hospital_is_not_its_instalasi_farmasi() -> None:
    same = {**STREET, "code_yankes_rs": "3578012"}
    found = linked(
        facility("simada", "1", "HARAPAN BUNDA", kind_key="135", **same), facility("sirs", "1", "HARAPAN BUNDA", **same)
    )
    assert found.pairs.select("class", "veto").rows() == [("possible", "other_kind")]


def test_an_equal_code_joins_a_renamed_hospital_at_its_address() -> None:
    code = {"code_yankes_rs": "3578012", **STREET}
    assert joined(
        facility("sisdmk", "1", "LANUD RANAI", **code), facility("sirs", "1", "YUNIATI WISMA KARYANI", **code)
    )


def test_an_equal_code_is_no_proof_where_name_and_place_contradict() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", code_yankes_rs="3578012", kab_code="3578"),
        facility("sirs", "1", "MELATI", code_yankes_rs="3578012", kab_code="3501"),
    )
    assert "match" not in found.pairs["class"].to_list()


def test_two_different_hospital_codes_are_two_hospitals() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", code_yankes_rs="3578012", **STREET),
        facility("sirs", "1", "HARAPAN BUNDA", code_yankes_rs="3578013", **STREET),
    )
    assert found.pairs.select("class", "veto").rows() == [("possible", "other_hospital_code")]


def test_a_code_conflict_reaches_through_a_third_register() -> None:
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", code_yankes_rs="3578012", **STREET),
        facility("simada", "1", "HARAPAN BUNDA", **STREET),
        facility("sirs", "1", "HARAPAN BUNDA", code_yankes_rs="3578013", **STREET),
    )
    clusters = dict(found.clusters.iter_rows())
    assert clusters["sisdmk|fasilitas|1"] != clusters["sirs|rumah_sakit|1"]


def test_a_hospital_appears_once_per_extract() -> None:
    assert not joined(
        facility("sirs", "1", "HARAPAN BUNDA", **STREET), facility("sirs", "2", "HARAPAN BUNDA", **STREET)
    )


def test_a_branch_is_found_by_the_town_in_its_address() -> None:
    here = {
        "address_core": "R A KOSASIH CIMAHPAR",
        "kabkota_nama": "KABUPATEN SUKABUMI",
        "kab_code": "3202",
        "prov_root": "32",
    }
    assert joined(facility("sisdmk", "1", "HERMINA", **here), facility("sirs", "1", "HERMINA SUKABUMI", prov_root="32"))
    assert not joined(
        facility("sisdmk", "1", "HERMINA", **here), facility("sirs", "1", "HERMINA BOGOR", prov_root="32")
    )


def test_the_speciality_decides_between_hospitals_of_one_name() -> None:
    found = linked(
        facility("sisdmk", "1", "ABEPURA", speciality="JIWA", name_kind="RS JIWA", name_full="RS JIWA ABEPURA"),
        facility("sirs", "1", "ABEPURA", speciality="JIWA", name_kind="RS JIWA", name_full="RS JIWA ABEPURA"),
        facility("sirs", "2", "ABEPURA", speciality="UMUM", name_kind="RS UMUM", name_full="RS UMUM ABEPURA"),
    )
    assert found.pairs.filter(**{"class": "match"})["left_key"].to_list() == ["sirs|rumah_sakit|1"]


def test_a_code_typed_for_another_hospital_leaves_all_three_for_review() -> None:
    regency = {"kab_code": "3578"}
    found = linked(
        facility("sisdmk", "1", "HARAPAN BUNDA", code_yankes_rs="3578012", **regency),
        facility("sirs", "1", "HARAPAN BUNDA", code_yankes_rs="3578013", **regency),
        facility("sirs", "2", "MELATI", code_yankes_rs="3578012", **regency),
    )
    assert found.pairs.select("left_key", "class", "veto").rows() == [
        ("sirs|rumah_sakit|1", "possible", "other_hospital_code"),
        ("sirs|rumah_sakit|2", "possible", "ambiguous"),
    ]


def test_an_official_number_typed_for_another_clinic_joins_nothing() -> None:
    clinic = {"kind_key": "103", "kab_code": "3578", "official_id": "1000012345"}
    found = linked(facility("simada", "1", "SETIA SEHAT", **clinic), facility("sisdmk", "1", "MELATI", **clinic))
    assert found.pairs["class"].to_list() == ["possible"]
