"""Roles, licences and findings of practice, from small records with known masters."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from sehatmu.golden.licences import LICENCES, merge_licences
from sehatmu.golden.practice import find_practice
from sehatmu.golden.practitioner import hide_personal, show_personal
from sehatmu.golden.roles import ROLES, merge_roles
from sehatmu.standardise.codebooks import Codebooks

DAY = date(2026, 3, 1)
BOOKS = Codebooks(
    {
        "professions": pl.DataFrame(
            {
                "profession_code": ["perawat", "dokter", "pendukung"],
                "name": ["Perawat", "Dokter", "Pendukung"],
                "class_code": ["tenaga_kesehatan", "tenaga_medis", "tenaga_pendukung"],
                "valid_from": pl.Series([None] * 3, dtype=pl.Date),
                "valid_to": pl.Series([None] * 3, dtype=pl.Date),
            }
        ),
        "practice_limits": pl.DataFrame(
            {
                "profession_code": ["default", "dokter", "dokter"],
                "place_count": ["3", "5", "1"],
                "valid_from": pl.Series([None, None, date(2026, 1, 1)], dtype=pl.Date),
                "valid_to": pl.Series([None, date(2025, 12, 31), None], dtype=pl.Date),
            }
        ),
    },
    "test",
)
JOB = {
    "record_key": pl.String, "master_id": pl.String, "source": pl.String, "extract": pl.String,
    "delivery_date": pl.Date, "facility_id": pl.String, "facility_namespace": pl.String, "facility_code": pl.String,
    "profession_code": pl.String, "profession_group": pl.String, "speciality": pl.String,
    "employment_status": pl.String, "sip_number": pl.String, "period_start": pl.Date, "period_end": pl.Date,
}  # fmt: skip
ROW = {
    "record_key": pl.String, "kind": pl.String, "number": pl.String, "number_key": pl.String,
    "profession_code": pl.String, "facility_id": pl.String, "facility_key": pl.String, "issued": pl.Date,
    "expires": pl.Date, "expiry_is_derived": pl.Boolean, "status_code": pl.String, "source": pl.String,
    "extract": pl.String, "source_key": pl.String, "delivery_date": pl.Date,
}  # fmt: skip


def jobs(**rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of jobs by record key: of practitioner 1, a nurse at facility F1 as SISDMK tells it, unless told."""
    usual = {
        "master_id": "1", "source": "sisdmk", "extract": "tenaga", "delivery_date": DAY, "facility_id": "F1",
        "facility_namespace": "sisdmk_sarana", "facility_code": "P1", "profession_code": "perawat",
        "profession_group": "keperawatan",
    }  # fmt: skip
    return pl.DataFrame([{"record_key": key, **usual, **row} for key, row in rows.items()], schema=JOB)


def roles_of(**rows: dict[str, Any]) -> pl.DataFrame:
    return merge_roles(jobs(**rows), build_date=DAY, previous=None)


def licences(*rows: dict[str, Any], links: dict[str, str] | None = None) -> pl.DataFrame:
    """Licences of told rows; `of` is the job that tells or means the row, `at` the list that it stands in."""
    made = []
    for number, row in enumerate(rows):
        of: str | None = row.get("of")
        source, _, extract = str(row.get("at", "sisdmk/tenaga")).partition("/")
        key = of.rpartition("|")[2] if source == "sisdmk" and of else str(number)
        base = {
            "record_key": of, "kind": "SIP", "number_key": row["number"], "source": source, "extract": extract,
            "source_key": key, "delivery_date": DAY, "expiry_is_derived": False,
        }  # fmt: skip
        made.append(base | {name: value for name, value in row.items() if name in ROW})
    known = links or {"sisdmk|tenaga|a": "1", "sirs|tenaga|b": "1", "sisdmk|tenaga|c": "2"}
    held = pl.DataFrame({"record_key": list(known), "master_id": list(known.values())})
    golden = pl.DataFrame({"master_id": ["1", "2"], "profession_code": ["perawat", "dokter"]})
    return merge_licences(pl.DataFrame(made, schema=ROW), held, golden, day=DAY)


def findings(
    roles: pl.DataFrame | None = None, held: pl.DataFrame | None = None, records: pl.DataFrame | None = None
) -> list[tuple[str, str, str | None]]:
    people = pl.DataFrame(schema={"master_id": pl.String, "nik": pl.String}) if records is None else records
    empty_roles, empty_licences = pl.DataFrame(schema=ROLES), pl.DataFrame(schema=LICENCES)
    found = find_practice(
        empty_roles if roles is None else roles,
        empty_licences if held is None else held,
        people,
        BOOKS,
        day=DAY,
    )
    return found.rows()


def licence(kind: str, number: str, master: str = "1", **more: Any) -> dict[str, Any]:
    base = {
        "kind": kind,
        "number": number,
        "master_id": master,
        "status": "valid",
        "is_listed": True,
        "record_count": 1,
    }
    return base | {"sources": "", "profession_code": "perawat"} | more


def held(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=LICENCES)


def test_two_registers_tell_one_role_though_they_call_the_profession_otherwise() -> None:
    told = roles_of(
        a={"profession_code": "perawat", "employment_status": "PNS"},
        b={"source": "sirs", "profession_code": "ners", "sip_number": "503/1"},
        c={"source": "sirs", "profession_code": "ners", "period_start": date(2024, 1, 1)},
    )
    row = told.row(0, named=True)
    assert told.height == 1
    assert (row["profession_code"], row["employment_status"], row["sip_number"]) == ("ners", "PNS", "503/1")
    assert (row["sources"], row["record_count"]) == ("sirs/tenaga, sisdmk/tenaga", 3)


def test_nurse_and_midwife_at_one_place_are_two_roles_and_two_places_are_two() -> None:
    told = roles_of(
        a={}, b={"profession_code": "bidan", "profession_group": "kebidanan"}, c={"facility_id": "F2"},
        d={"facility_id": None}, e={"facility_id": None, "facility_code": None, "profession_group": None},
    )  # fmt: skip
    assert told.select("facility_key", "profession_group").rows() == [
        ("-", "unknown"),
        ("F1", "kebidanan"),
        ("F1", "keperawatan"),
        ("F2", "keperawatan"),
        ("sisdmk_sarana|P1", "keperawatan"),
    ]


def test_a_specialist_is_no_general_practitioner_though_more_rows_say_so() -> None:
    medic = {"profession_group": "medis"}
    told = roles_of(
        a={**medic, "profession_code": "dokter"},
        b={**medic, "profession_code": "dokter"},
        c={**medic, "profession_code": "dokter_spesialis", "speciality": "ANAK"},
    )
    assert told.select("profession_code", "speciality").rows() == [("dokter_spesialis", "ANAK")]


def test_a_role_keeps_the_day_since_when_it_is_there() -> None:
    first = merge_roles(jobs(a={}), build_date=date(2026, 2, 1), previous=None)
    second = merge_roles(jobs(a={}, b={"facility_id": "F2"}), build_date=DAY, previous=first)
    assert second.select("facility_key", "build_date").rows() == [("F1", date(2026, 2, 1)), ("F2", DAY)]


def test_row_order_never_matters() -> None:
    rows = {
        f"r{n}": {"profession_code": "ners" if n % 3 else "perawat", "facility_id": f"F{n % 2}", "sip_number": f"S{n}"}
        for n in range(12)
    }
    told = jobs(**rows)
    mixed = told.sample(fraction=1, shuffle=True, seed=4)
    assert merge_roles(told, build_date=DAY, previous=None).equals(merge_roles(mixed, build_date=DAY, previous=None))


def test_what_the_office_lists_goes_before_what_a_job_tells() -> None:
    found = licences(
        {"number": "503/1", "of": "sisdmk|tenaga|a", "issued": date(2020, 1, 1), "expires": date(2025, 1, 1)},
        {
            "number": "503/1",
            "of": "sisdmk|tenaga|a",
            "at": "dpmptsp/sip",
            "issued": date(2022, 1, 1),
            "expires": date(2027, 1, 1),
        },
    )
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["master_id"], row["expires_date"], row["status"], row["is_listed"]) == (
        "1", date(2027, 1, 1), "valid", True,
    )  # fmt: skip
    assert (row["profession_code"], row["sources"], row["record_count"]) == (
        "perawat", "dpmptsp/sip, sisdmk/tenaga", 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "status", "rule"),
    [
        ({"expires": date(2026, 3, 1)}, "valid", "told"),
        ({"expires": date(2026, 2, 28)}, "expired", "told"),
        ({"issued": date(2020, 1, 1), "expires": date(2024, 12, 31), "expiry_is_derived": True}, "expired", "term"),
        ({"issued": date(2026, 3, 2), "expires": date(2031, 3, 1)}, "not_yet", "told"),
        ({"kind": "STR", "issued": date(2024, 1, 1)}, "valid", "lifelong"),
        ({}, "unknown", None),
        ({"at": "konsil/str", "status_code": "active"}, "valid", None),
        ({"at": "konsil/str", "status_code": "revoked", "issued": date(2024, 1, 1)}, "revoked", "lifelong"),
        ({"at": "konsil/str", "status_code": "inactive", "issued": date(2024, 1, 1)}, "inactive", "lifelong"),
        ({"at": "dpmptsp/sip", "status_code": "active", "expires": date(2020, 1, 1)}, "expired", "told"),
    ],
)
def test_how_a_licence_stands_on_the_day_of_the_build(told: dict[str, Any], status: str, rule: str | None) -> None:
    row = licences({"number": "N", "of": "sisdmk|tenaga|a", **told}).row(0, named=True)
    assert (row["status"], row["expires_rule"]) == (status, rule)


def test_a_number_of_two_is_a_licence_of_both_and_one_of_nobody_known_stays() -> None:
    found = licences(
        {"number": "X", "of": "sisdmk|tenaga|a"},
        {"number": "X", "of": "sisdmk|tenaga|c"},
        {"number": "Y", "of": None, "at": "konsil/str"},
    )
    assert found.select("number", "master_id").rows() == [("X", "1"), ("X", "2"), ("Y", None)]
    assert ("1", "sip:several-practitioners", "2 practitioners tell it") in findings(held=found)


def test_the_last_licence_for_a_place_has_ended() -> None:
    ended, later = date(2025, 1, 1), date(2024, 1, 1)
    found = findings(
        held=held(
            licence("SIP", "old", facility_key="F1", status="expired", expires_date=later),
            licence("SIP", "last", facility_key="F1", status="expired", expires_date=ended),
            licence("SIP", "renewed", facility_key="F2", status="expired", expires_date=ended),
            licence("SIP", "now", facility_key="F2", expires_date=date(2030, 1, 1)),
            licence("STR", "S"),
        )
    )
    assert found == [("1", "sip:expired", "last ended on 2025-01-01")]


def test_who_practises_without_a_registration_or_with_one_that_ended() -> None:
    sip = licence("SIP", "503/1", facility_key="F1")
    assert findings(held=held(sip)) == [("1", "sip:without-str", "503/1 and no STR")]
    ended = licence("STR", "S", status="expired")
    assert findings(held=held(sip, ended)) == [("1", "str:expired", "503/1 and no STR that holds")]
    assert findings(held=held(sip, ended, licence("STR", "T"))) == []


def test_a_job_without_a_licence_is_told_for_those_who_need_one() -> None:
    told = roles_of(
        a={}, b={"facility_id": "F2"}, c={"facility_id": "F3", "sip_number": "503/3"},
        d={"facility_id": "F4", "profession_code": "pendukung", "profession_group": "pendukung"},
    )  # fmt: skip
    found = findings(told, held(licence("SIP", "503/2", facility_key="F2"), licence("STR", "S")))
    assert found == [("1", "job:without-sip", "Perawat at F1")]


def test_one_licence_at_two_places() -> None:
    told = roles_of(a={"sip_number": "503/1"}, b={"sip_number": "503/1", "facility_id": "F2"})
    assert findings(told) == [("1", "sip:several-places", "503/1 at 2 places")]


def test_more_places_than_the_profession_may_have_on_that_day() -> None:
    places = [licence("SIP", f"5{n}", facility_key=f"F{n}") for n in range(4)]
    strs = licence("STR", "S")
    assert findings(held=held(*places, strs)) == [("1", "places:more-than-allowed", "4 places with an SIP, 3 allowed")]
    assert findings(held=held(*places[:3], strs)) == []
    # Two licences for one place, and one that ended, are no more places.
    same = [licence("SIP", "59", facility_key="F0"), licence("SIP", "58", facility_key="F9", status="expired")]
    found = {finding for _, finding, _ in findings(held=held(*places[:3], *same, strs))}
    assert "places:more-than-allowed" not in found
    # What held for doctors last year holds no more.
    doctor = [row | {"profession_code": "dokter"} for row in places[:2]]
    assert findings(held=held(*doctor, strs)) == [("1", "places:more-than-allowed", "2 places with an SIP, 1 allowed")]


def test_one_nik_and_one_str_on_two_practitioners() -> None:
    people = pl.DataFrame({"master_id": ["1", "1", "2", "3"], "nik": ["N", "N", "N", "M"]})
    strs = held(licence("STR", "S"), licence("STR", "S", "3"))
    assert findings(held=strs, records=people) == [
        ("1", "nik:several-practitioners", "2 practitioners tell it"),
        ("1", "str:several-practitioners", "2 practitioners tell it"),
        ("2", "nik:several-practitioners", "2 practitioners tell it"),
        ("3", "str:several-practitioners", "2 practitioners tell it"),
    ]


def test_numbers_of_the_person_are_apart_from_those_of_the_profession() -> None:
    told = pl.DataFrame({"namespace": ["nik", "nip", "str", "ihs"], "code": ["a", "b", "c", "d"]})
    apart = hide_personal(told)
    assert apart["code"].to_list() == [None, None, "c", "d"]
    assert apart["personal_code"].to_list() == ["a", "b", None, None]
    back = show_personal(apart)
    assert back is not None
    assert back.equals(told)
