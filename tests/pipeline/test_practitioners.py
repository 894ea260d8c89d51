"""The Master Nakes Index after a night on the sample: asked as a health office would, and judged by the truth."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl

from tests.pipeline.conftest import FIRST

NIK, NUMBER = "7209061211900001", "10009880728"  # of the practitioner that the platform publishes

Ask = Callable[[str], pl.DataFrame]


def test_every_job_has_a_practitioner_and_lists_of_licences_make_none(query: Ask) -> None:
    links = query(
        "SELECT source || '/' || extract AS extract, count(*) AS rows, count(master_id) AS linked "
        "FROM xref.record_link WHERE index = 'mni' GROUP BY ALL ORDER BY 1"
    )
    accepted = query(
        "SELECT source || '/' || extract AS extract, sum(accepted_count)::BIGINT AS rows FROM meta.source_file "
        "WHERE extract IN ('tenaga', 'penanggung_jawab') GROUP BY ALL ORDER BY 1"
    )
    assert links.select("extract", "rows").rows() == accepted.rows()
    assert links["rows"].to_list() == links["linked"].to_list()
    assert links["rows"].sum() == 400
    assert query("SELECT count(*) FROM mni.licence WHERE is_listed AND master_id IS NOT NULL").item() > 400


def test_practitioners_are_the_persons_of_the_truth(first_night: Path, query: Ask) -> None:
    truth = pl.read_parquet(first_night / "sample/truth/practitioner.parquet").filter(pl.col("facility").is_not_null())
    jobs = truth.filter(pl.col("source") != "dpmptsp")
    found = query("SELECT count(*) FROM mni.practitioner").item()
    assert abs(found - jobs["entity"].n_unique()) <= 0.02 * found


def test_the_practitioner_of_the_sandbox_comes_through_with_the_official_number(query: Ask, clear: Ask) -> None:
    found = clear(f"SELECT master_id, id_origin FROM mni.find_practitioner('{NIK}')")
    assert found.rows() == [(NUMBER, "official")]
    shown = query(f"SELECT nama, gelar_depan, profession_code, nik FROM mni.practitioner WHERE master_id = '{NUMBER}'")
    assert shown.row(0)[:3] == ("ALEXANDER", "dr.", "dokter")
    assert len(shown["nik"][0]) == 64


def test_the_default_file_shows_the_professional_and_withholds_the_person(query: Ask, clear: Ask) -> None:
    shown, known = query("SELECT * FROM mni.practitioner"), clear("SELECT * FROM mni.practitioner")
    for column in ("nama", "gelar_depan", "profession_code", "birth_year"):
        assert shown[column].to_list() == known[column].to_list()
    for column in ("birth_date", "tempat_lahir", "nip"):
        assert shown[column].null_count() == shown.height > known[column].null_count()
    numbers = query("SELECT namespace, count(code) AS n, count(personal_code) AS p FROM mni.practitioner_identifier "
                    "GROUP BY ALL ORDER BY 1")  # fmt: skip
    assert numbers["namespace"].to_list() == ["ihs", "nik", "nip", "sip", "str"]
    assert dict(numbers.select("namespace", "n").rows())["nik"] == 0
    assert numbers["p"].sum() == 0
    assert clear("SELECT count(personal_code) FROM mni.practitioner_identifier WHERE namespace = 'nik'").item() > 0


def test_what_was_made_wrong_is_found(first_night: Path, query: Ask) -> None:
    faults = pl.read_parquet(first_night / "sample/truth/practitioner.parquet")["fault"].drop_nulls()
    made = set(faults.str.split(" ").explode())
    assert made >= {"swapped", "unknown-facility", "date-reversed"}
    found = set(query("SELECT DISTINCT finding FROM mni.finding")["finding"])
    assert found >= {
        "licence:swapped", "facility:unknown", "tanggal_sip_akhir:not-before-issue", "sip:expired", "job:without-sip",
        "sip:without-str", "profession:unmapped",
    }  # fmt: skip
    nearest = query("SELECT problem, candidate_names FROM mni.facility_reference WHERE facility_name IS NOT NULL")
    assert set(nearest["problem"]) == {"unknown"}
    assert nearest["candidate_names"].list.len().min() >= 1


def test_licences_stand_as_of_the_build_and_as_of_another_day(query: Ask) -> None:
    counted = dict(query("SELECT status, count(*) FROM mni.licence WHERE kind = 'SIP' GROUP BY ALL").rows())
    assert counted["valid"] > counted["expired"] > 0
    same = query(
        "SELECT count(*) FROM mni.licence AS a JOIN mni.licences_on(NULL) AS b USING (kind, number, master_id) "
        "WHERE a.status <> b.status"
    ).item()
    assert same == 0
    lifelong = query(
        "SELECT count(*) FROM mni.licence WHERE kind = 'STR' AND expires_date IS NULL AND status = 'valid'"
    )
    assert lifelong.item() > 0
    assert query("SELECT count(*) FROM mni.sip_holders_on('2040-01-01')").item() == 0


def test_the_questions_of_week_one_have_answers(query: Ask) -> None:
    holders = query("SELECT sum(sip_count)::BIGINT FROM mni.sip_by_region").item()
    valid = "SELECT count(*) FROM mni.licence WHERE kind = 'SIP' AND status = 'valid' AND master_id IS NOT NULL"
    assert holders == query(valid).item()
    ending = query("SELECT * FROM mni.sip_ending")
    assert ending.height > 0
    assert ending["expires_date"].is_between(FIRST, FIRST + timedelta(days=90)).all()
    assert ending["facility_name"].null_count() < ending.height
    gap = query("SELECT * FROM mni.gap")
    assert (gap["missing_count"] == (gap["required_count"] - gap["present_count"]).clip(0)).all()
    assert gap.filter("is_told")["present_count"].sum() > 0
    assert query("SELECT sum(practitioner_count)::BIGINT FROM mni.sip_by_facility").item() > 0
    assert query("SELECT count(*) FROM mni.licence_findings").item() > 0
    over = query("SELECT place_count, detail FROM mni.over_allowed_places")
    assert over["place_count"].min() is None or over["place_count"].min() > 3


def test_every_value_of_a_golden_record_has_its_record(query: Ask) -> None:
    lacking = query(
        "SELECT count(*) FROM mni.practitioner AS p WHERE NOT EXISTS (SELECT 1 FROM history.provenance AS v "
        "WHERE v.index = 'mni' AND v.master_id = p.master_id AND v.column_name = 'nama')"
    ).item()
    assert lacking == 0
    lineage = query("SELECT DISTINCT table_name FROM meta.column_lineage WHERE schema_name = 'mni'")["table_name"]
    tables = query("SELECT DISTINCT table_name FROM meta.dictionary WHERE schema_name = 'mni'")["table_name"]
    assert set(lineage) == set(tables)
    assert len(tables) == 16
