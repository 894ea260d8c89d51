"""What clients get wrong, and what goes wrong around the service: the right status with `details.text`, no trace."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sehatmu.home import Home
from sehatmu.publish.switch import rollback
from sehatmu.service.audit import read_audit
from sehatmu.service.clients import add_client, list_clients, revoke_client
from sehatmu.service.desk import Limits
from tests.publishing import new_home
from tests.serving import (
    CLIENT,
    NIK_SYSTEM,
    SANDBOX,
    SANDBOX_NIK,
    SECRET,
    by_nik,
    let_in,
    patient,
    publish,
    sandbox_patient,
    serve,
    text_of,
    token,
)

TOKEN_PATH = "/oauth2/v1/accesstoken?grant_type=client_credentials"
FORM = {"client_id": CLIENT, "client_secret": SECRET}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published home that no test changes."""
    home = new_home(tmp_path_factory.mktemp("made"))
    publish(home, [sandbox_patient()])
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """A copy of it."""
    shutil.copytree(made.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.fixture
def client(home: Home) -> TestClient:
    return let_in(home, serve(home))


@pytest.fixture(scope="module")
def asking(made: Home, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client for questions that change nothing but the audit log of a copy."""
    copy = tmp_path_factory.mktemp("asking") / "home"
    shutil.copytree(made.root, copy, symlinks=True)
    return let_in(Home(copy), serve(Home(copy)))


def test_what_a_token_is_refused_for(home: Home, client: TestClient) -> None:
    wrong = client.post(TOKEN_PATH, data={**FORM, "client_secret": "salah-salah"})
    nobody = client.post(TOKEN_PATH, data={**FORM, "client_id": "siapa"})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json() == nobody.json()  # whether an id exists is not told
    assert wrong.json()["issue"][0]["severity"] == "invalid"
    assert text_of(wrong)
    assert client.post(TOKEN_PATH, json=FORM).status_code == 415
    assert client.post(TOKEN_PATH, content=b"x" * 9000, headers=form_header()).status_code == 413
    assert client.post(TOKEN_PATH, content="client_id=\xff".encode("latin-1"), headers=form_header()).status_code == 400
    assert client.post("/oauth2/v1/accesstoken?grant_type=password", data=FORM).status_code == 400
    assert client.post(TOKEN_PATH, data={"client_id": CLIENT}).status_code == 400
    assert client.get(TOKEN_PATH).status_code == 405
    revoke_client(home, CLIENT, now=1)
    assert client.post(TOKEN_PATH, data=FORM).status_code == 401
    assert by_nik(client, SANDBOX_NIK).status_code == 401  # and its token with it


def form_header() -> dict[str, str]:
    return {"content-type": "application/x-www-form-urlencoded"}


def test_a_token_holds_for_3599_seconds_and_is_nobody_elses(home: Home) -> None:
    clock = [datetime(2026, 11, 25, tzinfo=UTC)]
    client = let_in(home, serve(home, now=lambda: clock[0]))
    mine = client.headers["authorization"]
    clock[0] += timedelta(seconds=3599)
    assert by_nik(client, SANDBOX_NIK).status_code == 200
    clock[0] += timedelta(seconds=1)
    assert by_nik(client, SANDBOX_NIK).status_code == 401
    clock[0] -= timedelta(seconds=60)
    other = Home(home.root.parent / "other").create()
    publish(other, [sandbox_patient()])
    foreign = let_in(other, serve(other, now=lambda: clock[0])).headers["authorization"]
    flipped = mine[:20] + ("A" if mine[20] != "A" else "B") + mine[21:]
    for bad in ("", "Bearer", "Bearer x", f"Basic {mine}", foreign, flipped, mine + "AAAA", "Bearer \u00e9"):
        answer = client.get("/fhir-r4/v1/Patient/P1", headers={"authorization": bad.encode("utf-8")})
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "invalid-access-token"), bad
    # A secret that was given anew: tokens of before are none.
    assert client.get(f"/fhir-r4/v1/Patient/{SANDBOX}", headers={"authorization": mine}).status_code == 200
    revoke_client(home, CLIENT, now=1)
    moment = int(clock[0].timestamp() * 1000)
    add_client(home, client_id=CLIENT, organization="2000000001", secret="rahasia-baru", now=moment)
    assert client.get(f"/fhir-r4/v1/Patient/{SANDBOX}", headers={"authorization": mine}).status_code == 401


def test_guessing_a_secret_locks_the_client_out(client: TestClient) -> None:
    statuses = [client.post(TOKEN_PATH, data={**FORM, "client_secret": f"tebak-{n:04d}"}).status_code for n in range(6)]
    assert statuses == [401, 401, 401, 401, 401, 429]
    right = client.post(TOKEN_PATH, data=FORM)
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 30
    assert text_of(right)
    assert by_nik(client, SANDBOX_NIK).status_code == 200  # who has a token goes on


def test_too_many_requests_are_told_when_to_come_back(home: Home) -> None:
    client = let_in(home, serve(home, limits=Limits(requests=2, tokens=0.5)))
    answers = [by_nik(client, SANDBOX_NIK) for _ in range(8)]
    assert [a.status_code for a in answers][:4] == [200] * 4
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) == 1
    assert "QuotaViolation" in text_of(answers[-1])
    assert [client.post(TOKEN_PATH, data=FORM).status_code for _ in range(3)] == [200, 429, 429]


@pytest.mark.parametrize(
    "query",
    [
        "identifier=https://fhir.kemkes.go.id/id/nik|927106031200000",
        "identifier=https://fhir.kemkes.go.id/id/nik|92710603120000011",
        "identifier=https://fhir.kemkes.go.id/id/nik|9271060312OOOOO1",
        "identifier=https://fhir.kemkes.go.id/id/nik|%F0%9D%9F%97271060312000001",
        "identifier=https://fhir.kemkes.go.id/id/nik-ibu|12",
        "identifier=https://fhir.kemkes.go.id/id/paspor|A1234567",
        "identifier=9271060312000001",
        "identifier=|",
        "identifier=",
        "",
        "name=ardianto",
        "name=ar&birthdate=1992-01-09&gender=male",
        "name=---&birthdate=1992-01-09&gender=male",
        "name=ardianto&birthdate=1992-13-09&gender=male",
        "name=ardianto&birthdate=1992-02-30&gender=male",
        "name=ardianto&birthdate=kemarin&gender=male",
        "name=ardianto&birthdate=1992-01-09&gender=laki",
        f"name=ardianto&birthdate=besok&nik={SANDBOX_NIK}",
        f"nik={SANDBOX_NIK}&identifier={NIK_SYSTEM}|{SANDBOX_NIK}",
        "name=" + "x" * 5000,
        "&".join(f"p{n}=1" for n in range(300)),
    ],
)
def test_a_malformed_question_is_400_and_repeats_nothing(asking: TestClient, query: str) -> None:
    answer = asking.get(f"/fhir-r4/v1/Patient?{query}")
    assert answer.status_code == 400
    told = text_of(answer)
    assert told
    assert not any(value in told for value in (SANDBOX_NIK, "927106031200000", "ardianto", "kemarin"))


@pytest.mark.parametrize(
    "path",
    [
        "/masterdata/v1/mastersaranaindex/mastersarana",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=2001&page=1&jenis_sarana=104",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=0&page=1&jenis_sarana=104",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=10&page=-1&jenis_sarana=104",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=10&page=99999999999999999999&jenis_sarana=104",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=10&page=1",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=10&page=1&jenis_sarana=104&status_aktif=ya",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=10&page=1&jenis_sarana=104&sumber_identifier=yankes_rs",
        "/masterdata/v1/mastersaranaindex/mastersarana?limit=1&page=1&jenis_sarana=104&lower_bound_updated_at=kemarin",
        "/masterdata/v1/villages",
        "/masterdata/v1/cities?codes=11;12",
        "/masterdata/v2/provinces?current_page=0",
        "/masterdata/v2/provinces?next=%3D%3D",
    ],
)
def test_lists_refuse_in_their_own_shape_and_as_an_outcome(asking: TestClient, path: str) -> None:
    answer = asking.get(path)
    assert answer.status_code == 400
    told = answer.json()
    assert (told["status_code"], told["message"], told["data"]) == (400, text_of(answer), None)


INJECTIONS = [
    "' OR 1=1 --",
    '"; DROP TABLE patient; --',
    "%' OR nama LIKE '%",
    "%%%",
    "___",
    "\x00",
    "${jndi:ldap://x}",
    "🙂" * 20,
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_injection_in_every_parameter_finds_nobody_and_breaks_nothing(asking: TestClient, value: str) -> None:
    person = {"name": "ardianto", "birthdate": "1992-01-09", "gender": "male"}
    for path, params in (
        ("/fhir-r4/v1/Patient", {**person, "name": value + "abc"}),
        ("/fhir-r4/v1/Patient", {**person, "name": value + "abc", "birthdate": "1992"}),
        ("/fhir-r4/v1/Patient", {**person, "birthdate": value}),
        ("/fhir-r4/v1/Patient", {**person, "gender": value}),
        ("/fhir-r4/v1/Patient", {"identifier": f"{NIK_SYSTEM}|{value}"}),
        ("/fhir-r4/v1/Patient", {"identifier": f"{value}|{SANDBOX_NIK}"}),
        ("/fhir-r4/v1/Practitioner", {"identifier": f"https://fhir.kemkes.go.id/id/nakes-his-number|{value}"}),
        ("/fhir-r4/v1/PractitionerRole", {"practitioner": value, "organization": value}),
        ("/fhir-r4/v1/Organization", {"name": value, "partof": value, "type": value}),
        ("/fhir-r4/v1/Organization", {"_sort": value}),
        ("/fhir-r4/v1/Location", {"organization": value}),
        ("/masterdata/v1/cities", {"codes": value, "province_codes": value}),
        (
            "/masterdata/v1/mastersaranaindex/mastersarana",
            {"limit": 5, "page": 1, "jenis_sarana": "103", "nama": value},
        ),
    ):
        answer = asking.get(path, params=params)
        assert answer.status_code in (200, 400), (path, params, answer.text)
        told = answer.json()
        found = told.get("entry") or told.get("data") or []
        assert found == [], (path, params)
    assert by_nik(asking, SANDBOX_NIK).json()["total"] == 1


def test_a_vague_question_is_refused_and_names_nobody(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    siti = [patient(n, nama=f"SITI {n}", sex="F", birth_date=date(1990, 1, 1 + n % 2)) for n in range(1, 25)]
    publish(home, siti)
    client = let_in(home, serve(home))
    for birthdate in ("1990", "1990-01", "1990-01-01"):
        params = {"name": "Siti", "birthdate": birthdate, "gender": "female"}
        answer = client.get("/fhir-r4/v1/Patient", params=params)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")
        assert "SITI" not in answer.text
    log = read_audit(home).filter(read_audit(home)["result"] == "refused")
    assert (log.height, log["count"].to_list()) == (3, [0, 0, 0])


def test_what_is_unknown_or_not_allowed_is_told_as_an_outcome(client: TestClient) -> None:
    for method, path, status in (
        ("GET", "/fhir-r4/v1/Patient/P00000000000", 404),
        ("GET", "/fhir-r4/v1/Patient/1", 404),
        ("GET", "/fhir-r4/v1/Organization/1", 404),
        ("GET", "/fhir-r4/v1/Practitioner/1", 404),
        ("GET", "/fhir-r4/v1/PractitionerRole/1", 404),
        ("GET", "/fhir-r4/v1/Nothing", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/fhir-r4/v1/Patient", 405),
        ("DELETE", f"/fhir-r4/v1/Patient/{SANDBOX}", 405),
        ("PUT", "/masterdata/v1/provinces", 405),
    ):
        answer = client.request(method, path, headers={"content-type": "text/plain"}, content=b"{")
        assert answer.status_code == status, path
        assert text_of(answer)
    # Some clients send a content type on GET, with no body: it is not looked at.
    assert client.get("/health", headers={"content-type": "application/json"}).status_code == 200


def test_nothing_published_missing_and_broken_files_are_503(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    client = let_in(home, serve(home))  # a token is given out before there is a build
    for path in ("/health", "/fhir-r4/v1/Patient?nik=" + SANDBOX_NIK, "/masterdata/v1/provinces"):
        assert client.get(path).status_code == 503
    assert "nothing is published" in text_of(by_nik(client, SANDBOX_NIK))
    publish(home, [sandbox_patient()], lookup=False)
    answer = by_nik(client, SANDBOX_NIK)
    assert (answer.status_code, "cannot be read" in text_of(answer)) == (503, True)
    file = home.current.resolve() / "lookup.sqlite"
    file.write_bytes(b"no database" * 100)
    assert by_nik(client, SANDBOX_NIK).status_code == 503
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA user_version = 999")
    assert "another version" in text_of(by_nik(client, SANDBOX_NIK))
    publish(home, [sandbox_patient()], day="2026-11-24")
    assert by_nik(client, SANDBOX_NIK).json()["total"] == 1


def test_a_lock_on_the_file_is_not_waited_for(home: Home, client: TestClient) -> None:
    with closing(sqlite3.connect(home.current.resolve() / "lookup.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert by_nik(client, SANDBOX_NIK).json()["total"] == 1
        assert serve(home).get("/health").status_code == 200  # opened while it is locked


def test_builds_switch_under_requests_and_none_fails(home: Home, client: TestClient) -> None:
    statuses: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask() -> None:
        person = {"name": "ardianto putra", "birthdate": "1992-01-09", "gender": "male"}
        while not stop.is_set():
            for answer in (by_nik(client, SANDBOX_NIK), client.get("/fhir-r4/v1/Patient", params=person)):
                statuses.append((answer.status_code, answer.json()["entry"][0]["resource"]["name"][0]["text"]))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for day, name in (("2026-11-24", "ARDIANTO PUTRA B"), ("2026-11-25", "ARDIANTO PUTRA C")):
            publish(home, [sandbox_patient() | {"nama": name}], day=day)
            assert by_nik(client, SANDBOX_NIK).json()["entry"][0]["resource"]["name"][0]["text"] == name
        rollback(home)
        assert client.get("/health").json()["build"] == "2026-11-24.1"
        shutil.rmtree(home.builds / "2026-11-25.1")
    finally:
        stop.set()
        thread.join()
    assert {status for status, _ in statuses} == {200}
    assert {name for _, name in statuses} <= {"ARDIANTO PUTRA", "ARDIANTO PUTRA B", "ARDIANTO PUTRA C"}


def test_every_look_up_is_on_record_without_a_personal_value(
    home: Home, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        by_nik(client, SANDBOX_NIK)
        by_nik(client, "3273010000000001")
        client.get(f"/fhir-r4/v1/Patient/{SANDBOX}")
        person = {"name": "ardianto putra", "birthdate": "1992-01-09", "gender": "male"}
        client.get("/fhir-r4/v1/Patient", params=person)
    log = read_audit(home)
    told = log.filter(log["asked"] != "token").select("client", "asked", "key", "result", "count").rows()
    assert told == [
        (CLIENT, "Patient.search", "nik", "found", 1),
        (CLIENT, "Patient.search", "nik", "none", 0),
        (CLIENT, "Patient.read", "ihs-number", "found", 1),
        (CLIENT, "Patient.search", "name+birthdate+gender", "found", 1),
    ]
    assert log["ids"].to_list()[1] == [SANDBOX]
    (file,) = (home.root / "audit").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    # The test's own HTTP client logs the addresses that it asks; the service logs nothing of them.
    service = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpx"))
    for value in (SANDBOX_NIK, "3273010000000001", "ardianto", "ARDIANTO", "1992-01-09", SECRET):
        assert value not in file.read_text()
        assert value not in service


def test_nobody_is_told_of_anybody_off_the_record(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    by_nik(client, SANDBOX_NIK)

    def full(*_: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr("sehatmu.service.audit.os.write", full)
    answer = by_nik(client, SANDBOX_NIK)
    assert (answer.status_code, SANDBOX in answer.text) == (503, False)


def test_a_fault_of_the_service_leaves_its_place_in_the_log_and_no_value(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError(f"stumbled over {SANDBOX_NIK}")

    monkeypatch.setattr("sehatmu.service.patients.find_by_nik", fail)
    answer = by_nik(client, SANDBOX_NIK)
    assert answer.status_code == 500
    assert SANDBOX_NIK not in text_of(answer)
    told = [r.getMessage() for r in caplog.records if r.name == "sehatmu.service"]
    assert told
    assert all("ValueError in test_service_bad_input.py" in line and SANDBOX_NIK not in line for line in told)


def test_secrets_are_kept_as_hashes_and_one_organisation_has_one_client(home: Home, client: TestClient) -> None:
    kept = (home.keys / "clients.json").read_text()
    assert SECRET not in kept
    assert json.loads(kept)[0]["secret_hash"].startswith("$argon2id$")
    assert (home.keys / "clients.json").stat().st_mode & 0o777 == 0o600
    for client_id, organization in ((CLIENT, "2000000009"), ("lain", "2000000001")):
        with pytest.raises(Exception, match="already"):
            add_client(home, client_id=client_id, organization=organization, secret="rahasia-lain", now=1)
    assert [c.id for c in list_clients(home)] == [CLIENT]
    assert token(client)
