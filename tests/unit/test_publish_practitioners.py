"""The questions that a province asks in week one, asked of a published file with a few practitioners in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.publishing import ask, facility, new_home, night, table

DAY = "2026-03-01"
Ask = Callable[[str], list[tuple[Any, ...]]]
REGION = {"provinsi_kode": "32", "provinsi_nama": "JAWA BARAT", "kabkota_kode": "3275", "kabkota_nama": "KOTA BEKASI"}
OTHER = REGION | {"kabkota_kode": "3204", "kabkota_nama": "BANDUNG"}


def practitioner(number: int, **values: Any) -> dict[str, Any]:
    master_id = f"{20_000_000_000 + number}"
    base = {"master_id": master_id, "no_ihs": master_id, "id_origin": "minted", "source_count": 1}
    return base | {"nama": f"Contoh {number}", "profession_code": "perawat", "build_date": date(2026, 3, 1)} | values


def place(number: int) -> str:
    return f"2{number:09d}"


def licence(number: str, of: int, at: int | None = None, **values: Any) -> dict[str, Any]:
    where = {"facility_id": place(at), "facility_key": place(at)} if at else {}
    base = {
        "kind": "SIP", "number": number, "master_id": f"{20_000_000_000 + of}", "profession_code": "perawat",
        "issued_date": date(2024, 1, 1), "expires_date": date(2029, 1, 1), "status": "valid", "is_listed": True,
        "sources": "dpmptsp/sip", "record_count": 1, "expires_rule": "told",
    }  # fmt: skip
    return base | where | values


def role(of: int, at: int, group: str = "keperawatan", **values: Any) -> dict[str, Any]:
    base = {
        "master_id": f"{20_000_000_000 + of}", "facility_key": place(at), "facility_id": place(at),
        "profession_group": group, "profession_code": "perawat", "sources": "sisdmk/tenaga", "record_count": 1,
        "build_date": date(2026, 3, 1),
    }  # fmt: skip
    return base | values


def profession(code: str, name: str, group: str, **values: Any) -> dict[str, Any]:
    base = {"profession_code": code, "name": name, "group_code": group.lower(), "group_name": group}
    return base | {"class_code": "tenaga_kesehatan"} | values


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    facilities = [
        facility(1, **REGION, nama="RSUD Satu", jenis_sarana_kode="104", kelas_sarana_kode="D"),
        facility(2, **REGION, nama="Puskesmas Dua", jenis_sarana_kode="102", rawat_inap=False),
        facility(3, **OTHER, nama="Puskesmas Tiga", jenis_sarana_kode="102", rawat_inap=True),
        facility(4, **OTHER, nama="Puskesmas Tutup", jenis_sarana_kode="102", status_aktif=False),
        facility(5, **OTHER, nama="Pustu Lima", jenis_sarana_kode="102", subjenis_kode="OT000002"),
    ]
    licences = [
        licence("A", 1, 1),
        licence("A2", 1, 2, profession_code="bidan"),
        licence("A3", 1, 3),
        licence("A4", 1),
        licence("B", 2, 1, expires_date=date(2026, 4, 1)),
        licence("C old", 3, 2, expires_date=date(2026, 3, 20)),
        licence("C/NEW", 3, 2, issued_date=date(2026, 2, 1), expires_date=date(2031, 2, 1)),
        licence("D", 4, 3, expires_date=date(2025, 1, 1), status="expired"),
        licence("S", 4, kind="STR", expires_date=None, expires_rule="lifelong"),
        licence("N", 4, 3, issued_date=date(2026, 9, 1), expires_date=date(2031, 9, 1), status="not_yet"),
        licence("R", 2, 3, status="revoked"),
    ]
    finding = {"master_id": "20000000001", "finding": "places:more-than-allowed"}
    tables = {
        "mni.practitioner": table("mni.practitioner", [practitioner(n) for n in range(1, 5)]),
        "mni.licence": table("mni.licence", licences),
        "mni.practitioner_role": table(
            "mni.practitioner_role",
            [
                role(1, 2), role(2, 1), role(3, 2), role(4, 3), role(4, 2, to_date=date(2025, 1, 1)),
                role(1, 3, "kebidanan", profession_code="bidan"),
            ],
        ),
        "mni.finding": table(
            "mni.finding",
            [
                {**finding, "detail": "4 places with an SIP, 3 allowed"},
                {"master_id": "20000000004", "finding": "sip:expired", "detail": "D ended on 2025-01-01"},
                {"master_id": "20000000004", "finding": "name:placeholder"},
            ],
        ),
        "mni.profession": table(
            "mni.profession",
            [
                profession("perawat", "Perawat", "Keperawatan", valid_to=date(2026, 6, 30)),
                profession("perawat", "Perawat Vokasi", "Keperawatan", valid_from=date(2026, 7, 1)),
                profession("bidan", "Bidan", "Kebidanan"),
            ],
        ),
        "mni.required_staff": table(
            "mni.required_staff",
            [
                {"requirement_code": "perawat", "jenis_sarana_kode": "102", "subjenis_kode": "-", "rawat_inap": False,
                 "group_code": "keperawatan", "staff_count": 5, "status": "seen", "source": "x"},
                {"requirement_code": "perawat_inap", "jenis_sarana_kode": "102", "rawat_inap": True,
                 "group_code": "keperawatan", "staff_count": 8, "status": "seen", "source": "x"},
                {"requirement_code": "bidan", "jenis_sarana_kode": "102", "subjenis_kode": "-",
                 "profession_code": "bidan",
                 "staff_count": 1, "valid_from": date(2026, 1, 1), "status": "seen", "source": "x"},
                {"requirement_code": "rs_b", "jenis_sarana_kode": "104", "kelas_sarana_kode": "B",
                 "profession_code": "dokter", "staff_count": 12, "status": "seen", "source": "x"},
                {"requirement_code": "old", "jenis_sarana_kode": "102", "subjenis_kode": "-",
                 "profession_code": "bidan",
                 "staff_count": 9, "valid_to": date(2025, 12, 31), "status": "seen", "source": "x"},
            ],
        ),
    }  # fmt: skip
    home = new_home(tmp_path_factory.mktemp("mni"))
    night(home, DAY, facilities, tables=tables)
    return lambda sql: ask(home.published / "sehatmu.duckdb", sql)


def test_practitioners_with_a_valid_sip_in_a_regency_by_profession(query: Ask) -> None:
    told = query(
        "SELECT kabkota_kode, profession_code, profession_name, practitioner_count, sip_count FROM mni.sip_by_region"
    )
    assert told == [
        ("3204", "perawat", "Perawat", 1, 1),
        ("3275", "bidan", "Bidan", 1, 1),
        ("3275", "perawat", "Perawat", 3, 4),
        (None, "perawat", "Perawat", 1, 1),
    ]
    who = query("SELECT nama, number FROM mni.sip_holders_on(NULL) WHERE facility_name = 'RSUD Satu' ORDER BY 2")
    assert who == [("Contoh 1", "A"), ("Contoh 2", "B")]


def test_another_day_has_other_licences_and_another_name_of_the_profession(query: Ask) -> None:
    told = query("SELECT DISTINCT profession_name FROM mni.sip_by_region_on('2026-10-01') ORDER BY 1")
    assert told == [("Bidan",), ("Perawat Vokasi",)]
    holding = "SELECT string_agg(number, ' ' ORDER BY number) FROM mni.sip_holders_on('{}')"
    assert query(holding.format("2026-10-01")) == [("A A2 A3 A4 C/NEW N",)]
    assert query(holding.format("2024-06-01")) == [("A A2 A3 A4 B C old D",)]
    assert query("SELECT count(*) FROM mni.sip_holders_on('2020-01-01')") == [(0,)]


def test_whose_sip_ends_within_90_days_and_has_not_been_renewed(query: Ask) -> None:
    ending = "SELECT number, nama, days_left, facility_name FROM mni.{}"
    assert query(ending.format("sip_ending")) == [("B", "Contoh 2", 31, "RSUD Satu")]
    assert query(ending.format("sip_ending_within(NULL, 30)")) == []
    assert query(ending.format("sip_ending_within('2028-12-31', 1)")) == [
        ("A", "Contoh 1", 1, "RSUD Satu"), ("A2", "Contoh 1", 1, "Puskesmas Dua"),
        ("A3", "Contoh 1", 1, "Puskesmas Tiga"), ("A4", "Contoh 1", 1, None),
    ]  # fmt: skip


def test_who_is_at_more_places_than_allowed_and_where(query: Ask) -> None:
    assert query("SELECT nama, place_count, detail, facilities, sip_numbers FROM mni.over_allowed_places") == [
        ("Contoh 1", 4, "4 places with an SIP, 3 allowed", "Puskesmas Dua, Puskesmas Tiga, RSUD Satu", "A, A2, A3, A4")
    ]


def test_findings_about_licences_by_regency(query: Ask) -> None:
    told = query("SELECT kabkota_kode, finding, practitioner_count, finding_count FROM mni.licence_findings")
    assert told == [("3275", "places:more-than-allowed", 1, 1), ("3275", "sip:expired", 1, 1)]


def test_required_staff_against_those_present(query: Ask) -> None:
    told = query(
        "SELECT facility_name, requirement_code, required_count, present_count, missing_count, is_told FROM mni.gap"
    )
    assert told == [
        ("Puskesmas Dua", "bidan", 1, 0, 1, True),
        ("Puskesmas Dua", "perawat", 5, 3, 2, True),
        ("Puskesmas Tiga", "bidan", 1, 1, 0, True),
        ("Puskesmas Tiga", "perawat_inap", 8, 1, 7, True),
    ]
    before = query("SELECT facility_name, present_count FROM mni.gap_on('2024-06-01') WHERE requirement_code = 'old'")
    assert before == [("Puskesmas Dua", 0), ("Puskesmas Tiga", 1)]


def test_how_many_jobs_of_a_facility_a_licence_covers(query: Ask) -> None:
    told = query("SELECT facility_name, practitioner_count, with_sip_count, without_sip_count FROM mni.sip_by_facility")
    assert told == [("RSUD Satu", 1, 1, 0), ("Puskesmas Dua", 3, 2, 1), ("Puskesmas Tiga", 2, 1, 1)]


def test_practitioners_as_of_a_day(query: Ask) -> None:
    assert query("SELECT count(*) FROM mni.practitioners_on('2026-02-28')") == [(0,)]
    assert query("SELECT count(*) FROM mni.practitioners_on('2026-03-01')") == [(4,)]


def test_who_holds_a_number_however_it_is_punctuated(query: Ask) -> None:
    found = query("SELECT kind, number, status, nama FROM mni.find_by_number(' c-New')")
    assert found == [("SIP", "C/NEW", "valid", "Contoh 3")]
