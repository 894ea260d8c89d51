"""Bad input about health workers: each row is flagged or quarantined with the reason, and nothing is lost."""

from pathlib import Path

import pytest

from tests.standardising_practitioners import (
    COUNCIL,
    NIK,
    NURSE,
    OFFICE,
    OTHER_NIK,
    SIMADA,
    SIP,
    SIRS,
    SISDMK,
    STR,
    findings,
    night,
    take_in,
)


def test_a_clean_job_has_no_finding(tmp_path: Path) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE]})
    assert findings(made) == []
    record = made["record"].row(0, named=True)
    assert (record["str_number"], record["sip_number"], record["facility_id"]) == (STR, SIP, "1")


def test_registration_and_permit_in_each_others_column_change_places(tmp_path: Path) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE | {"no_str": SIP, "no_sip": STR}]})
    assert findings(made) == ["licence:swapped"]
    assert made["record"].select("str_number", "sip_number").row(0) == (STR, SIP)
    assert dict(made["licence"].select("kind", "number").rows()) == {"STR": STR, "SIP": SIP}


def test_what_the_lists_know_outweighs_the_form_of_a_number(tmp_path: Path) -> None:
    """No national form of a SIP exists: one that looks like nothing is known by the office's list."""
    odd = "440/77/DINKES"
    office = {"no_sip": odd, "nik": NIK, "nama": "DEWI SARTIKA"}
    swapped = NURSE | {"no_str": odd, "no_sip": "11-22-33"}
    made = night(tmp_path, **{SISDMK: [swapped], OFFICE: [office]})
    assert "licence:swapped" in findings(made)
    assert made["record"]["sip_number"].item() == odd
    unknown = night(tmp_path / "without", **{SISDMK: [swapped]})
    assert findings(unknown) == []
    assert unknown["record"]["str_number"].item() == odd, "nobody knows better"


def test_two_numbers_of_one_kind_keep_the_one_in_its_own_column(tmp_path: Path) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE | {"no_str": "503/0002/SIP/2025"}]})
    assert findings(made) == ["no_str:is-sip"]
    assert made["record"].select("str_number", "sip_number").row(0) == (None, SIP)


@pytest.mark.parametrize("filler", ["-", "0", "--", "BELUM ADA", "0000000000000000"])
def test_a_filler_is_no_number(tmp_path: Path, filler: str) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE | {"no_str": filler, "no_sip": filler}]})
    assert findings(made) == ["no_sip:no-number", "no_str:no-number"]
    assert made["licence"].height == 0


def test_the_nik_is_no_registration(tmp_path: Path) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE | {"no_str": NIK}]})
    assert findings(made) == ["no_str:is-nik"]
    assert made["record"]["str_number"].item() is None


def test_an_end_before_its_beginning_is_no_end(tmp_path: Path) -> None:
    dates = {"tanggal_sip": "2024-06-01", "tanggal_sip_akhir": "01/05/2024"}
    made = night(tmp_path, **{SISDMK: [NURSE | dates]})
    assert findings(made) == ["tanggal_sip_akhir:not-before-issue"]
    permit = made["licence"].filter(kind="SIP").row(0, named=True)
    assert (str(permit["issued"]), str(permit["expires"]), permit["expiry_is_derived"]) == (
        "2024-06-01",
        "2029-05-31",
        True,
    )


@pytest.mark.parametrize("word", ["Seumur Hidup", "SEUMUR HIDUP", "9999-12-31", "31/12/9999"])
def test_a_registration_for_life_has_no_end_and_no_finding(tmp_path: Path, word: str) -> None:
    made = night(tmp_path, **{SISDMK: [NURSE | {"tanggal_str": "2024-01-31", "tanggal_str_akhir": word}]})
    assert findings(made) == []
    assert made["licence"].filter(kind="STR")["expires"].item() is None


def test_a_job_at_an_unknown_facility_is_listed_with_the_nearest(tmp_path: Path) -> None:
    lost = NURSE | {"kode_unit": "P9999999999", "unit": "PKM Melati", "kabkot": "Kab. Bandung"}
    made = night(tmp_path, **{SISDMK: [lost, NURSE]})
    assert findings(made) == ["facility:unknown"]
    reference = made["facility_reference"].row(0, named=True)
    assert (reference["problem"], reference["record_count"]) == ("unknown", 1)
    assert reference["candidate_names"][0] == "PUSKESMAS MELATI"
    assert made["role"]["facility_id"].null_count() == 1
    here = made["record"].filter(kab_code="3204")
    assert here.height == 1, "the regency that it names still counts"


def test_a_listed_registration_of_somebody_else_is_told(tmp_path: Path) -> None:
    council = {"no_str": STR, "nik": OTHER_NIK, "nama": "Bambang Sutrisno", "status": "Aktif"}
    made = night(tmp_path, **{SISDMK: [NURSE], COUNCIL: [council]})
    assert findings(made) == ["no_str:other-person"]
    assert made["licence"].filter(source="konsil")["record_key"].item() is None
    assert made["record"]["nik_evidence"].item() == NIK


def test_a_revoked_permit_and_one_for_elsewhere_are_told(tmp_path: Path) -> None:
    office = {"no_sip": SIP, "nik": NIK, "nama": "DEWI SARTIKA", "kode_sarana": "P3204010201", "status": "Dicabut"}
    made = night(tmp_path, **{SISDMK: [NURSE], OFFICE: [office]})
    assert findings(made) == ["no_sip:other-facility", "no_sip:revoked"]
    listed = made["licence"].filter(source="dpmptsp").row(0, named=True)
    assert (listed["facility_id"], listed["status_code"], listed["record_key"]) == (
        "2",
        "revoked",
        made["record"]["record_key"].item(),
    )


def test_a_number_that_no_list_has_is_told_where_there_is_a_list(tmp_path: Path) -> None:
    council = {"no_str": "QK00000000000999", "nik": OTHER_NIK, "nama": "Bambang Sutrisno"}
    assert findings(night(tmp_path, **{SISDMK: [NURSE], COUNCIL: [council]})) == ["no_str:not-listed"]


def test_a_code_without_a_register_that_two_facilities_have_leads_to_none(tmp_path: Path) -> None:
    office = {"no_sip": SIP, "nama": "DEWI SARTIKA", "kode_sarana": "SMD-0000123"}
    made = night(tmp_path, **{SISDMK: [NURSE], OFFICE: [office]})
    assert made["licence"].filter(source="dpmptsp")["facility_id"].item() is None
    apothecary = {"kode_sarana": " smd-0000123 ", "nama": "apt. Rina Wati, S.Farm", "profesi": "Apoteker"}
    assert night(tmp_path / "simada", **{SIMADA: [apothecary]})["record"]["facility_id"].item() == "3"


def test_rows_that_say_nobody_are_quarantined_with_the_reason(tmp_path: Path) -> None:
    twice = {"no_str": STR, "nama": "Dewi Sartika"}
    _, reasons = take_in(
        tmp_path,
        {
            SISDMK: [NURSE, NURSE, NURSE | {"nama": None}],
            SIRS: [{"kode_rs": None, "nama": "Dewi"}],
            COUNCIL: [twice, twice | {"nama": "Bambang Sutrisno"}, {"no_str": "-", "nama": "Siti"}],
        },
    )
    assert reasons == sorted(
        ["row:duplicate-row", "nama:required", "kode_rs:required", *["row:duplicate-key"] * 2, "no_str:no-number"]
    )
