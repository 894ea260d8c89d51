"""A patient and a visit are submitted, the night runs, and the same number is there in the build."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

from sehatmu.home import Home
from sehatmu.publish.files import query_file
from tests.pipeline.conftest import SECOND, run
from tests.serving import by_nik, let_in, serve
from tests.stories.test_registration_story import NIK, person
from tests.submissions import FHIR, encounter, reference, submit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
THIRD = date(2026, 3, 3)


def test_a_registered_patient_joins_the_next_build_under_the_same_number(home_after_first: Path) -> None:
    home, restricted = Home(home_after_first), home_after_first / "published/restricted.duckdb"
    facility, practitioner = (
        query_file(
            home_after_first / "published/sehatmu.duckdb", f"SELECT master_id FROM {table} ORDER BY 1 LIMIT 1"
        ).item()
        for table in ("msi.facility", "mni.practitioner")
    )
    service = serve(home, now=lambda: NOW)
    client = let_in(home, service, organization=facility)
    told = client.post(f"{FHIR}/Patient", json=person()).json()
    assert told["success"], told
    number = told["data"]["patient_id"]
    visit = encounter(
        identifier=[{"system": f"http://sys-ids.kemkes.go.id/encounter/{facility}", "value": "REG-1"}],
        subject=reference("Patient", number),
        participant=[{"individual": reference("Practitioner", practitioner)}],
        location=[{"location": reference("Location", facility)}],
        serviceProvider=reference("Organization", facility),
        status="in-progress",
        period={"start": "2026-03-01T18:00:00+07:00"},
        statusHistory=[{"status": "in-progress", "period": {"start": "2026-03-01T18:00:00+07:00"}}],
    )
    stored = submit(client, visit)
    waiting = client.get("/health").json()["inbox"]
    assert (waiting["waiting"], waiting["oldest_seconds"] >= 0) == (2, True)

    done, lines = run(home_after_first, SECOND)
    assert done, [line for line in lines if "failed" in line]
    assert client.get("/health").json()["inbox"] == {"waiting": 0, "oldest_seconds": 0}
    (found,) = by_nik(client, NIK).json()["entry"]
    assert found["resource"]["id"] == number
    told = client.get(f"{FHIR}/Patient/{number}").json()
    assert told["meta"]["lastUpdated"].startswith(SECOND.isoformat())  # the build's, not the inbox's
    assert client.post(f"{FHIR}/Patient", json=person()).json()["data"]["resourceID"] == number
    count = "SELECT count(*) FROM mpi.patient WHERE master_id = '{}' OR nik = '{}'"
    assert query_file(restricted, count.format(number, NIK)).item() == 1
    assert client.get(f"{FHIR}/Encounter/{stored['id']}").json() == stored
    (landed,) = (home.landing / "faskes/kunjungan").rglob("inbox-*.ndjson")
    assert number in landed.read_text()

    published = home_after_first / "published/sehatmu.duckdb"
    visits = "SELECT patient_id, practitioner_id, facility_id, version FROM klinis.encounter WHERE resource_id = '{}'"
    assert query_file(published, visits.format(stored["id"])).rows() == [(number, practitioner, facility, 1)]

    # Later a facility delivers the same person with an official number: that one holds, the one given out leads there.
    own = home.landing / "faskes/pasien" / THIRD.isoformat()
    own.mkdir(parents=True)
    row = {"sumber_kode": "yankes_klinik", "kode_faskes": "K-INBOX", "no_rm": "1", "no_ihs": "P01234567890", "nik": NIK}
    row |= {"nama": "Siti Aminah", "tanggal_lahir": "1990-01-05", "jenis_kelamin": "P", "alamat": "Jl. Contoh 5"}
    with (own / "klinik.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    done, lines = run(home_after_first, THIRD)
    assert done, [line for line in lines if "failed" in line]
    (found,) = by_nik(client, NIK).json()["entry"]
    assert found["resource"]["id"] == "P01234567890"
    told = client.get(f"{FHIR}/Patient/{number}").json()
    assert (told["id"], told["link"]) == (
        "P01234567890",
        [{"other": {"reference": f"Patient/{number}"}, "type": "replaces"}],
    )
    assert client.get(f"{FHIR}/Encounter", params={"subject": "P01234567890"}).json()["total"] == 1
    assert query_file(published, visits.format(stored["id"]))["patient_id"].to_list() == ["P01234567890"]
