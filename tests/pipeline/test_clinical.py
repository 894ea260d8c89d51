"""Visits and what was found at them, after a night on the sample: asked as an analyst of a ministry would."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from sehatmu.publish.files import query_file
from tests.pipeline.conftest import FIRST, SECOND, VISITS, run

Ask = Callable[[str], pl.DataFrame]
NIK = "[0-9]{16}"
TABLES = ("encounter", "condition", "observation", "diagnostic_report", "service_request", "specimen", "procedure")


def truth(home: Path) -> pl.DataFrame:
    return pl.read_csv(home / "sample/truth/clinical.csv", infer_schema=False)


def test_every_line_is_published_or_in_quarantine_for_what_was_made_wrong(first_night: Path, query: Ask) -> None:
    told = truth(first_night).filter(pl.col("file_name").str.starts_with(FIRST.isoformat()))
    held = query(
        "SELECT extract, file_name, row_number::VARCHAR AS row_number, reasons FROM quarantine.row "
        "WHERE extract IN ('kunjungan', 'diagnostik')"
    )
    both = told.join(held, on=["extract", "file_name", "row_number"], how="left")
    assert held.height == both["reasons"].count()
    reason = pl.col("reasons").list.first()
    by_fault = dict(both.filter(pl.col("reasons").is_not_null()).group_by("fault").agg(reason.unique()).iter_rows())
    assert by_fault["broken"] == ["row:malformed-json"]
    assert by_fault["again"] == ["row:duplicate-row"]
    assert set(by_fault["no-status"]) <= {"status:required", "status:needed"}
    assert set(by_fault["future"]) <= {"ended_at:not-in-future", "issued_at:not-in-future"}
    assert set(by_fault) == {"broken", "again", "no-status", "future"}
    passed = both.filter(pl.col("reasons").is_null())
    assert set(passed["fault"].drop_nulls()) <= {"again", "unknown-patient"}
    for kind, table in zip(
        ("Encounter", "Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Procedure"),
        TABLES,
        strict=True,
    ):
        numbers = passed.filter(pl.col("resource_type") == kind)["number"].unique().sort()
        assert query(f"SELECT identifier FROM klinis.{table} ORDER BY 1")["identifier"].equals(numbers), table


def test_the_people_of_the_sandbox_have_visits(query: Ask) -> None:
    seen = query(
        "SELECT patient_id, practitioner_id, facility_id FROM klinis.encounter "
        "WHERE patient_id IN ('P02478375538', 'P03647103112')"
    )
    assert seen["patient_id"].n_unique() == 2
    assert "10009880728" in seen["practitioner_id"]
    assert seen["facility_id"].null_count() == 0


def test_references_are_resolved_or_listed(query: Ask) -> None:
    sums = query("SELECT sum(told_count) AS told, sum(resolved_count) AS kept, sum(unresolved_count) AS lost "
                 "FROM klinis.reconciliation").row(0, named=True)  # fmt: skip
    assert sums["told"] == sums["kept"] + sums["lost"]
    assert sums["kept"] / sums["told"] > 0.9
    assert sums["lost"] == query("SELECT count(*) FROM klinis.unresolved_reference").item()
    known = query("SELECT count(*) FROM klinis.observation SEMI JOIN mpi.patient ON patient_id = master_id").item()
    assert known / query("SELECT count(*) FROM klinis.observation").item() > 0.9


def test_nothing_personal_stands_in_the_default_file(first_night: Path, query: Ask, clear: Ask) -> None:
    held = query("SELECT row_values FROM quarantine.row WHERE extract IN ('kunjungan', 'diagnostik')")["row_values"]
    assert not held.drop_nulls().str.replace_all("9{16}", "").str.contains(NIK).any()  # nines are the shape of one
    assert not held.drop_nulls().str.contains("Patient/").any()
    assert query("SELECT count(text) FROM klinis.text").item() == 0
    assert clear("SELECT count(text) FROM klinis.text").item() > 0
    niks = clear("SELECT nik FROM klinis.unresolved_reference WHERE nik IS NOT NULL")["nik"]
    assert niks.str.contains(f"^{NIK}$").all()
    assert (
        not query("SELECT nik FROM klinis.unresolved_reference WHERE nik IS NOT NULL")["nik"]
        .str.contains(f"^{NIK}$")
        .any()
    )
    tables = query_file(first_night / "published/restricted.duckdb", "SELECT table_name FROM duckdb_tables() WHERE "
                        "schema_name = 'klinis' ORDER BY 1")["table_name"]  # fmt: skip
    assert tables.to_list() == ["text", "unresolved_reference"]


def test_questions_of_week_one(query: Ask) -> None:
    """Who sees how many, what is it that they have, how long do results take, what is odd, what leads nowhere."""
    visits = query("SELECT * FROM klinis.visits_by_facility")
    good = query("SELECT count(*) FROM klinis.encounter WHERE NOT is_void").item()
    assert visits["visit_count"].sum() == good < query("SELECT count(*) FROM klinis.encounter").item() <= VISITS
    assert visits["facility_nama"].null_count() == 0
    top = query("SELECT * FROM klinis.diagnoses_by_region WHERE rank = 1")
    assert top.height
    assert not top.select("provinsi_nama", "month").is_duplicated().any()
    waits = query("SELECT * FROM klinis.turnaround")
    assert waits["median_hours"].is_between(0, 3).all()
    ranges = query("SELECT * FROM klinis.out_of_range")
    assert set(ranges["code"]) >= {"718-7", "8867-4"}
    assert 0 < ranges["low_count"].sum() + ranges["high_count"].sum() < ranges["observation_count"].sum()
    bare = query("SELECT * FROM klinis.visits_without_diagnosis")
    assert 0 < bare["without_count"].sum() < bare["visit_count"].sum()
    lost = query("SELECT * FROM klinis.unresolved_by_facility")
    assert lost["reference_count"].sum() == query("SELECT count(*) FROM klinis.unresolved_reference").item()


def test_corrections_are_followed(query: Ask) -> None:
    newest = query("SELECT identifier, version, status FROM klinis.observation WHERE version IS NOT NULL")
    assert set(newest.select("version", "status").rows()) == {(2, "corrected")}
    was = query("SELECT DISTINCT version, status FROM klinis.history WHERE resource_type = 'Observation'")
    assert was.rows() == [(1, "preliminary")]


def test_late_visits_are_found_the_night_after(home_after_first: Path) -> None:
    ask = "SELECT clinical_id FROM klinis.unresolved_reference WHERE element = 'encounter' ORDER BY 1"
    file = home_after_first / "published/sehatmu.duckdb"
    before = query_file(file, ask)
    late = truth(home_after_first).filter(pl.col("file_name").str.starts_with(SECOND.isoformat()))
    assert late.height
    assert before.height
    done, told = run(home_after_first, SECOND)
    assert done, told
    assert query_file(file, ask).height < before.height
    numbers = late.filter(pl.col("fault").is_null())["number"]
    found = query_file(file, f"SELECT identifier FROM klinis.encounter WHERE delivery_date = '{SECOND}'")
    assert set(numbers) <= set(found["identifier"])
