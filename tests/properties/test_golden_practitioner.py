"""Whatever jobs and lists tell: every row is in one licence and one role, and the order of rows decides nothing."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.golden.licences import EXPIRED, VALID, merge_licences
from sehatmu.golden.roles import merge_roles
from tests.unit.test_golden_practitioner import JOB, ROW

DAY = date(2026, 3, 1)
SOME = settings(max_examples=40, deadline=None)
DAYS = st.none() | st.integers(-3000, 3000).map(lambda days: DAY + timedelta(days=days))
LISTS = st.sampled_from(["sisdmk/tenaga", "sirs/tenaga", "konsil/str", "dpmptsp/sip"])
LICENCE_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["STR", "SIP"]),
            "number_key": st.sampled_from("ABC"),
            "of": st.sampled_from(["r1", "r2", "r3", None]),
            "at": LISTS,
            "facility_id": st.sampled_from([None, "F1", "F2"]),
            "issued": DAYS,
            "expires": DAYS,
            "status_code": st.sampled_from([None, "active", "revoked", "expired"]),
        }
    ),
    min_size=1,
    max_size=14,
)
JOB_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "master_id": st.sampled_from("12"),
            "facility_id": st.sampled_from([None, "F1", "F2"]),
            "profession_code": st.sampled_from([None, "perawat", "ners"]),
            "profession_group": st.sampled_from([None, "keperawatan"]),
            "speciality": st.sampled_from([None, "ANAK"]),
            "sip_number": st.sampled_from([None, "S1", "S2"]),
            "period_end": DAYS,
        }
    ),
    min_size=1,
    max_size=14,
)
MASTERS = pl.DataFrame({"record_key": ["r1", "r2"], "master_id": ["1", "2"]})
GOLDEN = pl.DataFrame({"master_id": ["1", "2"], "profession_code": ["perawat", "dokter"]})


def licence_rows(told: list[dict[str, object]]) -> pl.DataFrame:
    rows = []
    for number, row in enumerate(told):
        source, _, extract = str(row["at"]).partition("/")
        keys = {"record_key": row["of"], "source": source, "extract": extract, "source_key": str(number)}
        place = {"facility_key": row["facility_id"], "expiry_is_derived": False, "delivery_date": DAY}
        rows.append({**row, **keys, **place, "number": row["number_key"]})
    return pl.DataFrame([{name: row.get(name) for name in ROW} for row in rows], schema=ROW)


@SOME
@given(LICENCE_ROWS)
def test_licences(told: list[dict[str, object]]) -> None:
    rows = licence_rows(told)
    merged = merge_licences(rows, MASTERS, GOLDEN, day=DAY)
    assert merged["record_count"].sum() == rows.height
    assert merged.select("kind", "number", "master_id").is_unique().all()
    turned = merge_licences(rows.reverse(), MASTERS, GOLDEN, day=DAY)
    assert turned.equals(merged)
    assert VALID not in merged.filter(pl.col("expires_date") < DAY)["status"]
    # Nothing that has ended holds again on a later day.
    later = merge_licences(rows, MASTERS, GOLDEN, day=DAY + timedelta(days=400))
    both = merged.join(later, on=["kind", "number", "master_id"], nulls_equal=True, suffix="_later")
    assert both.filter(pl.col("status") == EXPIRED, pl.col("status_later") == VALID).is_empty()


@SOME
@given(JOB_ROWS)
def test_roles(told: list[dict[str, object]]) -> None:
    place = {"facility_namespace": "yankes_rs", "facility_code": "1", "source": "sirs", "extract": "tenaga"}
    rows = [{"record_key": f"r{n:02}", "delivery_date": DAY, **place, **row} for n, row in enumerate(told)]
    frame = pl.DataFrame([{name: row.get(name) for name in JOB} for row in rows], schema=JOB)
    merged = merge_roles(frame, build_date=DAY, previous=None)
    assert merged["record_count"].sum() == frame.height
    assert merged.select("master_id", "facility_key", "profession_group").is_unique().all()
    assert merge_roles(frame.reverse(), build_date=DAY, previous=None).equals(merged)
    # A night on which nothing changed changes nothing.
    assert merge_roles(frame, build_date=DAY + timedelta(days=1), previous=merged).equals(merged)
