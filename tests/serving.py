"""A small published home with its lookup file, and a client of the service over it, for the tests of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from starlette.testclient import TestClient

from sehatmu.home import BuildId, Home
from sehatmu.lake import Table
from sehatmu.lookup.write import write_lookup
from sehatmu.publish.lake_table import LakeTable
from sehatmu.publish.switch import commit_build, partial_folder
from sehatmu.service.app import make_app
from sehatmu.service.clients import add_client, list_clients
from sehatmu.service.desk import Limits, open_desk
from sehatmu.settings import load_settings
from sehatmu.standardise.verify import READS
from tests.publishing import facility, new_home, table, write_night

DAY = "2026-11-23"
CLIENT, SECRET, ORGANIZATION = "klien-uji", "rahasia-uji-123", "2000000001"
NIK_SYSTEM = "https://fhir.kemkes.go.id/id/nik"
# The sandbox people that the platform publishes.
SANDBOX_NIK, SANDBOX = "9271060312000001", "P02478375538"

Row = Mapping[str, Any]


def patient(number: int | str, **values: Any) -> dict[str, Any]:
    """One golden record of mpi.patient."""
    master_id = number if isinstance(number, str) else f"P6{number:010d}"
    base = {"master_id": master_id, "no_ihs": master_id, "id_origin": "minted", "source_count": 1}
    return base | {"nama": f"WARGA {master_id}", "build_date": date.fromisoformat(DAY)} | values


def sandbox_patient() -> dict[str, Any]:
    """The platform's first sandbox patient, whose NIK holds another birth date."""
    told = {
        "nik": SANDBOX_NIK,
        "nik_confirmed": SANDBOX_NIK,
        "nama": "ARDIANTO PUTRA",
        "sex": "M",
        "alamat": "Jl. Melati 5",
    }
    return patient(SANDBOX, **told, birth_date=date(1992, 1, 9), birth_year=1992, id_origin="official")


def publish(
    home: Home,
    patients: Sequence[Row] = (),
    *,
    facilities: Sequence[Row] = (),
    tables: Mapping[str, Sequence[Row]] | None = None,
    register: Sequence[Row] | None = None,
    day: str = DAY,
    lookup: bool = True,
) -> BuildId:
    """Publish a build of these golden records, with its lookup file unless told otherwise; `register` are standard
    records of the civil register."""
    frames: dict[str, pl.DataFrame] = {"mpi.patient": table("mpi.patient", patients)}
    frames |= {name: table(name, rows) for name, rows in (tables or {}).items()}
    build = write_night(home, day, facilities or [facility(1)], tables=frames)
    if lookup:
        write_lookup(partial_folder(home, build), standard_records(register) if register is not None else None)
    commit_build(home, build)
    return build


def standard_records(rows: Sequence[Row]) -> LakeTable:
    """Standard records of patients as the lake has them: the columns that the lookup file is made of."""
    schema = dict.fromkeys(("source", "extract", *READS), pl.String()) | {"birth_date": pl.Date()}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    return LakeTable((Table(frame.lazy()),))


def serve(home: Home, *, limits: Limits | None = None, **options: Any) -> TestClient:
    """The service over a home, asked in this process; a fault of the service is a 500, as it is outside."""
    app = make_app(open_desk(load_settings(home.root), limits=limits or Limits(1e6, 1e6), **options))
    return TestClient(app, base_url="http://sehatmu.test", raise_server_exceptions=False)


def let_in(home: Home, client: TestClient, organization: str = ORGANIZATION) -> TestClient:
    """The same client with a token of CLIENT, which is added where it is not known."""
    if CLIENT not in {known.id for known in list_clients(home)}:
        add_client(home, client_id=CLIENT, organization=organization, secret=SECRET, now=0)
    client.headers["authorization"] = f"Bearer {token(client)}"
    return client


def token(client: TestClient) -> str:
    """A token, as SATUSEHAT's clients ask for one."""
    form = {"client_id": CLIENT, "client_secret": SECRET}
    answer = client.post("/oauth2/v1/accesstoken?grant_type=client_credentials", data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def served(path: Path, patients: Sequence[Row] = (), **more: Any) -> TestClient:
    """A client that was let in to a service over a new home with these patients."""
    home = new_home(path)
    publish(home, patients, **more)
    return let_in(home, serve(home))


def by_nik(client: TestClient, nik: str) -> Any:
    """The reply to the search that every client begins with."""
    return client.get("/fhir-r4/v1/Patient", params={"identifier": f"{NIK_SYSTEM}|{nik}"})


def text_of(answer: Any) -> str:
    """What an OperationOutcome tells."""
    told = answer.json()
    assert told["resourceType"] == "OperationOutcome", told
    return str(told["issue"][0]["details"]["text"])
