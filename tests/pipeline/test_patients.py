"""The Master Patient Index after a night on the sample: asked as an analyst, a facility and a clerk would."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.publish.files import open_file

# Of the sandbox people that the platform publishes.
NIK, NUMBER, NAME = "9271060312000001", "P02478375538", "Ardianto Putra"

Ask = Callable[[str], pl.DataFrame]


def test_every_registration_has_a_patient_and_the_civil_register_makes_none(query: Ask) -> None:
    links = query(
        "SELECT source, count(*) AS records, count(master_id) AS linked FROM xref.record_link WHERE index = 'mpi' "
        "GROUP BY source ORDER BY source"
    )
    accepted = query(
        "SELECT source, sum(accepted_count)::BIGINT AS accepted FROM meta.source_file "
        "WHERE extract IN ('penduduk', 'pasien') GROUP BY source ORDER BY source"
    )
    assert links["records"].to_list() == accepted["accepted"].to_list()
    civil, patients = links["linked"].to_list()
    assert patients == links["records"][1]
    assert 0 < civil < links["records"][0]
    orphans = query(
        "SELECT count(*) FROM mpi.patient WHERE master_id NOT IN "
        "(SELECT master_id FROM xref.record_link WHERE source = 'faskes' AND master_id IS NOT NULL)"
    ).item()
    assert orphans == 0


def test_the_default_file_shows_nobody(query: Ask, clear: Ask) -> None:
    shown, known = query("SELECT * FROM mpi.patient"), clear("SELECT * FROM mpi.patient")
    withheld = ("nama", "birth_date", "alamat", "phone", "no_kk", "kecamatan_kode", "tanggal_meninggal", "mother_nik")
    assert all(known[column].null_count() < known.height for column in withheld)
    assert all(shown[column].null_count() == shown.height for column in withheld[:-1])
    assert shown["master_id"].to_list() == known["master_id"].to_list()
    assert shown["nik"].drop_nulls().str.contains("^[0-9a-f]{64}$").all()
    assert shown["birth_year"].to_list() == known["birth_date"].dt.year().to_list()


def test_the_sandbox_people_come_through_with_their_own_numbers(clear: Ask) -> None:
    found = clear(f"SELECT master_id, id_origin, is_confirmed, nama FROM mpi.find_patient('{NIK}')")
    assert found.select("master_id", "id_origin", "is_confirmed").rows() == [(NUMBER, "official", True)]


def test_a_person_is_found_by_name_birth_date_and_sex_the_nearest_name_first(clear: Ask) -> None:
    found = clear(f"SELECT master_id, name_score FROM mpi.find_patient('{NAME}', '1992-01-09', 'M')")
    assert found["master_id"][0] == NUMBER
    assert found["name_score"].is_sorted(descending=True)
    turned = clear("SELECT master_id FROM mpi.find_patient('putra ardianto', '1992-01-09', 'M')")
    assert turned["master_id"][0] == NUMBER
    assert clear(f"SELECT * FROM mpi.find_patient('{NAME}', '1992-01-09', 'F')").is_empty()


def test_the_command_line_finds_by_nik_without_telling_it(first_night: Path) -> None:
    told = CliRunner().invoke(app, ["query", "--home", str(first_night), "--nik", NIK])
    assert told.exit_code == 0
    assert NUMBER in told.output
    assert NIK not in told.output
    assert CliRunner().invoke(app, ["query", "--home", str(first_night), "--nik", "123"]).exit_code == 2
    assert CliRunner().invoke(app, ["query", "--home", str(first_night)]).exit_code == 2


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_facility_gets_a_reply_for_every_record_number(
    first_night: Path, tmp_path: Path, query: Ask, clear: Ask, ending: str
) -> None:
    facility, count = query(
        "SELECT sumber_kode || '|' || kode_faskes, registration_count FROM mpi.nik_by_facility "
        "ORDER BY registration_count DESC, 1 LIMIT 1"
    ).row(0)
    out = tmp_path / f"reply.{ending}"
    asked = ["reply", "--home", str(first_night), "--facility", facility, "--out", str(out)]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert out.stat().st_mode & 0o077 == 0
    reply = pl.read_csv(out, infer_schema=False) if ending == "csv" else pl.read_excel(out)
    assert reply.height == count
    assert reply["no_rm"].n_unique() == count
    numbers = clear("SELECT master_id FROM mpi.patient")["master_id"]
    assert reply["master_id"].is_in(numbers.implode()).all()


def test_a_facility_that_has_registered_nobody_gets_none(first_night: Path, tmp_path: Path) -> None:
    asked = ["reply", "--home", str(first_night), "--facility", "yankes_rs|0", "--out", str(tmp_path / "r.csv")]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code != 0
    assert not (tmp_path / "r.csv").exists()


def test_where_values_come_from_and_how_sure_they_are(query: Ask) -> None:
    origins = query(
        "SELECT column_name, source, count(*) AS n FROM history.provenance WHERE index = 'mpi' "
        "AND column_name IN ('nik', 'phone', 'alamat') GROUP BY ALL"
    )
    assert set(origins.filter(column_name="phone")["source"]) == {"faskes"}
    assert set(origins.filter(column_name="nik")["source"]) == {"dukcapil", "faskes"}


def test_patients_by_region_sex_and_age_are_all_living_patients(query: Ask) -> None:
    counted = query("SELECT sum(patient_count)::BIGINT AS n, sum(confirmed_count)::BIGINT AS c FROM mpi.by_region")
    living = query("SELECT count(*) AS n, count(nik_confirmed) AS c FROM mpi.patient WHERE is_deceased IS NOT TRUE")
    assert counted.row(0) == living.row(0)
    ages = query("SELECT DISTINCT age_group FROM mpi.by_region ORDER BY 1")["age_group"].drop_nulls().to_list()
    assert ages == ["00-04", "05-14", "15-24", "25-44", "45-59", "60+"]
    assert query("SELECT count(*) FROM mpi.by_region_on('2020-01-01')").item() == 0


def test_the_share_of_confirmed_niks_by_facility(query: Ask) -> None:
    rows = query("SELECT * FROM mpi.nik_by_facility")
    assert rows["registration_count"].sum() == query("SELECT count(*) FROM mpi.verification").item()
    ordered = rows.select("confirmed_count", "known_nik_count", "with_nik_count", "registration_count").rows()
    assert all(list(row) == sorted(row) for row in ordered)
    assert rows["facility_name"].null_count() < rows.height / 2, "most facilities are known to the facility index"


def test_duplicates_within_and_across_facilities(query: Ask) -> None:
    rows = query("SELECT * FROM mpi.duplicates_by_facility")
    assert (rows["registration_count"] == rows["patient_count"] + rows["duplicate_count"]).all()
    assert rows["duplicate_count"].sum() > 0
    several = query(
        "SELECT count(*) FROM (SELECT master_id FROM mpi.verification GROUP BY 1 "
        "HAVING count(DISTINCT sumber_kode || kode_faskes) > 1)"
    ).item()
    assert rows["shared_count"].sum() >= 2 * several > 0


def test_children_without_a_nik_and_their_mothers(query: Ask) -> None:
    rows = query("SELECT * FROM mpi.children_without_nik")
    children = query("SELECT count(*) FROM mpi.patient WHERE nik IS NULL AND mother_nik IS NOT NULL").item()
    assert rows["child_count"].sum() == children > 0
    assert (rows["known_mother_count"] <= rows["child_count"]).all()


def test_deaths_by_region(query: Ask) -> None:
    rows = query("SELECT * FROM mpi.deaths_by_region")
    assert rows["deceased_count"].sum() == query("SELECT count(*) FROM mpi.patient WHERE is_deceased").item() > 0
    late = query("SELECT count(*) FROM mpi.finding WHERE finding = 'registration:after-death'").item()
    assert rows["late_registration_count"].sum() <= late


def test_mothers_are_patients_and_conflicts_are_about_published_columns(query: Ask) -> None:
    assert query("SELECT count(*) FROM mpi.patient_relation").item() > 0
    told = query(
        "SELECT count(*) FROM mpi.conflict WHERE column_name NOT IN "
        "(SELECT column_name FROM meta.dictionary WHERE schema_name = 'mpi' AND table_name = 'patient')"
    )
    assert told.item() == 0
    chosen = query("SELECT count(*) FROM (SELECT bool_or(is_chosen) AS c FROM mpi.conflict GROUP BY ALL) WHERE c")
    assert chosen.item() > 0


def test_the_clear_macros_stand_in_the_restricted_file_only(first_night: Path) -> None:
    for name, macro in (("sehatmu.duckdb", "find_patient_by_hash"), ("restricted.duckdb", "find_patient")):
        con: duckdb.DuckDBPyConnection = open_file(first_night / "published" / name)
        found = con.sql(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal "
            "AND function_name LIKE 'find_patient%' AND comment IS NOT NULL"
        ).fetchall()
        con.close()
        assert found == [(macro,)]
