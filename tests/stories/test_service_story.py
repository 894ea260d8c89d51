"""A client of SATUSEHAT looks people and places up here as it does there: token first, then what it knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from sehatmu.service.tokens import LIFETIME
from tests.publishing import facility, new_home
from tests.serving import (
    CLIENT,
    NIK_SYSTEM,
    ORGANIZATION,
    SANDBOX,
    SANDBOX_NIK,
    SECRET,
    by_nik,
    let_in,
    patient,
    publish,
    sandbox_patient,
    serve,
    served,
)

MOTHER, CLAIMED = "3273014101700002", "3273015205850003"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    twins = [
        patient(11 + order, nama=f"BY NY SITI {order}", mother_nik=MOTHER, sex="F", birth_order=order)
        | {"birth_date": date(2026, 11, 1)}
        for order in (1, 2)
    ]
    others = [
        patient(1, nama="MUHAMMAD JAMALUDIN", sex="M", birth_date=date(1990, 1, 31), status_kawin="M"),
        patient(2, nama="BUDI SANTOSO", sex="M", birth_date=date(1990, 1, 31)),
        patient(
            3,
            nama="ENDANG LESTARI",
            sex="F",
            birth_date=date(1985, 5, 12),
            nik=CLAIMED,
        ),
        patient(4, nama="LAIN SEKALI", sex="F", birth_date=date(1960, 2, 2), nik=CLAIMED, nik_confirmed=CLAIMED),
    ]
    redirects = [
        {"index": "mpi", "retired_id": "P60000000099", "current_id": SANDBOX, "build_date": date(2026, 11, 23)}
    ]
    return served(
        tmp_path_factory.mktemp("story"), [sandbox_patient(), *twins, *others], tables={"xref.redirect": redirects}
    )


def test_a_token_reads_as_the_clients_of_the_platform_expect_it(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    publish(home, facilities=[facility(1, nama="RS Bunda")])
    client = let_in(home, serve(home))
    form = {"client_id": CLIENT, "client_secret": SECRET}
    told = client.post("/oauth2/v1/accesstoken?grant_type=client_credentials", data=form).json()
    assert (told["token_type"], told["expires_in"], told["status"]) == ("BearerToken", "3599", "approved")
    assert int(told["issued_at"]) > 1_700_000_000_000  # milliseconds: one client divides by a thousand
    assert told["organization_name"] == "RS Bunda"
    assert int(told["expires_in"]) == LIFETIME > 3000
    # OAuth libraries put the grant type into the form, or the credentials into basic authentication.
    again = client.post("/oauth2/v1/accesstoken", data=form | {"grant_type": "client_credentials"})
    basic = client.post("/oauth2/v1/accesstoken", data={"grant_type": "client_credentials"}, auth=(CLIENT, SECRET))
    assert (again.status_code, basic.status_code) == (200, 200)


def test_a_patient_is_found_by_nik_and_shown_in_brief(client: TestClient) -> None:
    answer = by_nik(client, SANDBOX_NIK)
    bundle = answer.json()
    assert (answer.status_code, bundle["type"], bundle["total"]) == (200, "searchset", 1)
    shown = bundle["entry"][0]["resource"]
    assert (shown["id"], shown["name"][0]["text"]) == (SANDBOX, "ARDIANTO PUTRA")
    assert [i["value"] for i in shown["identifier"]] == [SANDBOX, "#" * 16]
    assert shown["address"][0]["line"] == ["Jl.**********"]
    assert not {"birthDate", "gender", "telecom"} & shown.keys()
    assert bundle["entry"][0]["fullUrl"] == f"http://sehatmu.test/fhir-r4/v1/Patient/{SANDBOX}"
    # As it comes over the wire from the clients: the bar, the colon, the slashes escaped or not.
    for form in (
        f"{NIK_SYSTEM}|{SANDBOX_NIK}",
        quote(f"{NIK_SYSTEM}|{SANDBOX_NIK}"),
        quote(f"{NIK_SYSTEM}|{SANDBOX_NIK}", ""),
    ):
        assert client.get(f"/fhir-r4/v1/Patient?identifier={form}").json()["total"] == 1
    assert (
        client.get(f"/fhir-r4/v1/Patient?identifier=http:fhir.kemkes.go.id/id/nik/|{SANDBOX_NIK}").json()["total"] == 1
    )


def test_nobody_is_found_with_status_200_and_an_empty_entry(client: TestClient) -> None:
    answer = by_nik(client, "3273010000000001")
    assert answer.status_code == 200
    assert (answer.json()["total"], answer.json()["entry"]) == (0, [])


def test_of_two_who_claim_a_nik_the_confirmed_one_is_told(client: TestClient) -> None:
    assert [e["resource"]["name"][0]["text"] for e in by_nik(client, CLAIMED).json()["entry"]] == ["LAIN SEKALI"]


def test_a_mother_has_several_newborns(client: TestClient) -> None:
    answer = client.get("/fhir-r4/v1/Patient", params={"identifier": f"https://fhir.kemkes.go.id/id/nik-ibu|{MOTHER}"})
    twins = [entry["resource"] for entry in answer.json()["entry"]]
    assert [twin["multipleBirthInteger"] for twin in twins] == [1, 2]
    assert all(MOTHER not in str(twin) for twin in twins)


def test_a_merged_number_leads_to_the_current_one(client: TestClient) -> None:
    told = client.get("/fhir-r4/v1/Patient/P60000000099").json()
    assert told["id"] == SANDBOX
    assert told["link"] == [{"other": {"reference": "Patient/P60000000099"}, "type": "replaces"}]


@pytest.mark.parametrize(
    ("name", "birthdate", "found"),
    [
        ("Muhammad Jamaludin", "1990-01-31", "MUHAMMAD JAMALUDIN"),
        ("Moch. Djamaludin, S.Kep", "1990-01-31", "MUHAMMAD JAMALUDIN"),  # as another clerk writes it
        ("jamal", "1990-01-31", "MUHAMMAD JAMALUDIN"),  # any part of the name, as on the platform
        ("Budi Santoso", "1990-01", "BUDI SANTOSO"),
        ("Budi Santoso", "1990", "BUDI SANTOSO"),
        ("Budi Santoso", "1990-01-01", "BUDI SANTOSO"),  # a day that stands for the year
        ("Budi Santoso", "1990-01-30", "BUDI SANTOSO"),  # a digit off
        ("Budi Santoso", "1991-05-30", None),
        ("Slamet Riyadi", "1990-01-31", None),  # born on that day, another name
    ],
)
def test_a_person_without_a_nik_is_found_by_description(
    client: TestClient, name: str, birthdate: str, found: str | None
) -> None:
    params = {"name": name, "birthdate": birthdate, "gender": "male"}
    told = client.get("/fhir-r4/v1/Patient", params=params).json()
    assert [entry["resource"]["name"][0]["text"] for entry in told["entry"]] == ([found] if found else [])
    if found == "MUHAMMAD JAMALUDIN":
        shown = told["entry"][0]["resource"]
        assert (shown["gender"], shown["birthDate"]) == ("male", "1990-01-31")
        assert shown["maritalStatus"]["coding"][0]["code"] == "M"


def test_a_nik_with_another_name_or_birth_date_is_nobody(client: TestClient) -> None:
    def total(**more: str) -> int:
        params = {"identifier": f"{NIK_SYSTEM}|{SANDBOX_NIK}", **more}
        return int(client.get("/fhir-r4/v1/Patient", params=params).json()["total"])

    assert total(name="ardianto", birthdate="1992-01-09") == 1
    assert total(name="Adrianto Putra", birthdate="1992") == 1
    assert total(name="Slamet Riyadi", birthdate="1992-01-09") == 0
    assert total(name="ardianto", birthdate="2000-12-03") == 0  # the date that the NIK holds
    params = {"nik": SANDBOX_NIK, "name": "ardianto", "birthdate": "1992-01-09"}
    assert client.get("/fhir-r4/v1/Patient", params=params).json()["total"] == 1


def test_a_patient_is_found_by_id_as_by_number(client: TestClient) -> None:
    for query, total in (
        (f"_id={SANDBOX}", 1),
        ("_id=P60000000099", 1),  # it gave way to that one
        ("_id=P00000000000", 0),
        ("_id=apa", 0),
    ):
        assert client.get(f"/fhir-r4/v1/Patient?{query}").json()["total"] == total, query
    assert client.get(f"/fhir-r4/v1/Patient?_id={SANDBOX}&nik={SANDBOX_NIK}").status_code == 400


def test_practitioners_and_their_roles_are_found_with_title_and_page_by_page(tmp_path: Path) -> None:
    day = date(2026, 11, 23)
    person = {"nik": MOTHER, "nik_confirmed": MOTHER, "nama": "MELATI SARI", "sex": "F"}
    keyed = {"master_id": "10009880728", "no_ihs": "10009880728", "id_origin": "official", "source_count": 1}
    person = {
        **keyed,
        **person,
        "nama_lengkap": "dr. MELATI SARI, Sp.A",
        "birth_date": date(1970, 1, 1),
        "build_date": day,
    }
    roles = [
        {"master_id": "10009880728", "facility_key": f"k{n}", "profession_group": "dokter", "build_date": day}
        | {"facility_id": "2000000001", "sources": "sisdmk", "record_count": 1}
        for n in range(3)
    ]
    redirect = {"index": "mni", "retired_id": "10000000009", "current_id": "10009880728", "build_date": day}
    tables = {"mni.practitioner": [person], "mni.practitioner_role": roles, "xref.redirect": [redirect]}
    client = served(tmp_path, tables=tables)

    def total(path: str) -> int:
        told = client.get(f"/fhir-r4/v1/{path}")
        assert told.status_code == 200, told.text
        return int(told.json()["total"])

    assert total(f"Practitioner?nik={MOTHER}&name=Melati Sari, dr.&birthdate=1970") == 1
    assert total(f"Practitioner?identifier={NIK_SYSTEM}|{MOTHER}&name=Slamet") == 0
    assert total("Practitioner?_id=10000000009") == 1
    assert total("PractitionerRole?practitioner=Practitioner/10000000009") == 3
    assert total(f"PractitionerRole?identifier={NIK_SYSTEM}|{MOTHER}&organization=2000000009") == 0
    seen: list[str] = []
    url = "/fhir-r4/v1/PractitionerRole?organization=Organization/2000000001&_count=2"
    while url:
        page = client.get(url).json()
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert (page["total"], len(seen), len(set(seen))) == (3, 3, 3)


def test_places_are_found_as_organisation_location_and_row(tmp_path: Path) -> None:
    kinds = ["104", "103", "103"]
    rows = [
        facility(n, nama=f"RS {n}", jenis_sarana_kode=kind, status_aktif=n != 3, longitude=106.8, latitude=-6.2)
        | {"kode_sarana": f"32010{n}", "sumber_identifier": "yankes_rs", "provinsi_kode": "32", "kabkota_kode": "3201"}
        for n, kind in enumerate(kinds, 1)
    ]
    codes = [{"master_id": "2000000002", "namespace": "yankes_klinik", "code": "K-7", "source": "yankes"}]
    codes = [{**code, "extract": "fasyankes", "source_key": "7", "build_date": date(2026, 11, 23)} for code in codes]
    gone = {"index": "msi", "retired_id": "2000000042", "current_id": "2000000001", "build_date": date(2026, 11, 23)}
    client = served(tmp_path, facilities=rows, tables={"msi.facility_identifier": codes, "xref.redirect": [gone]})
    told = client.get("/fhir-r4/v1/Organization/2000000001").json()
    assert (told["id"], told["name"], told["active"]) == ("2000000001", "RS 1", True)
    place = client.get("/fhir-r4/v1/Location", params={"organization": "2000000001"}).json()
    assert place["entry"][0]["resource"]["position"] == {"longitude": 106.8, "latitude": -6.2}
    first = client.get("/fhir-r4/v1/Organization?_count=2").json()
    assert (first["total"], len(first["entry"])) == (3, 2)
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = client.get(following).json()
    assert [e["resource"]["id"] for e in second["entry"]] == ["2000000003"]
    links = {link["relation"]: link["url"] for link in second["link"]}
    assert "next" not in links
    assert client.get(links["first"]).json()["entry"] == first["entry"]
    counted = client.get("/fhir-r4/v1/Organization?_count=0&name=rs").json()  # how some clients count
    assert (counted["total"], counted["entry"]) == (3, [])
    assert client.get("/fhir-r4/v1/Location?_count=5000").json()["total"] == 3

    def organizations(query: str) -> list[str]:
        entries = client.get(f"/fhir-r4/v1/Organization?{query}").json()["entry"]
        return [
            f"{e['search']['mode'][0]}:{e['resource']['resourceType'][0]}{e['resource']['id'][-1]}" for e in entries
        ]

    assert organizations("_id=2000000002") == ["m:O2"]
    assert organizations("active=false") == ["m:O3"]
    assert organizations("_id=2000000042") == ["m:O1"]  # it gave way to that one
    assert client.get("/fhir-r4/v1/Location?organization=2000000042").json()["total"] == 1
    assert organizations("type=103&_count=1&_revinclude=Location:organization") == ["m:O2", "i:L2"]
    assert organizations("_id=2000000002&identifier=https://fhir.kemkes.go.id/id/org-number|2000000001") == []

    def msi(**params: object) -> list[str]:
        told = client.get(
            "/masterdata/v1/mastersaranaindex/mastersarana",
            params={"limit": 100, "page": 1, "jenis_sarana": ["103", "104"], **params},
        ).json()
        assert (told["status_code"], told["page"], told["total_page"]) == (200, 1, 1 if told["data"] else 0)
        return [row["kode_satusehat"][-1] for row in told["data"]]

    assert msi() == ["1", "2", "3"]
    assert msi(jenis_sarana="104") == ["1"]
    assert msi(jenis_sarana="101,104") == ["1"]
    assert msi(status_aktif="true") == ["1", "2"]
    assert msi(nama="rs 3") == ["3"]
    assert msi(kode_sarana="320102", kode_kabkota="3201") == ["2"]
    assert msi(kode_provinsi="33") == []
    assert msi(sumber_identifier="yankes_klinik", identifier_kode_sarana="K-7") == ["2"]
    assert msi(lower_bound_updated_at="2026-11-24") == []
    assert msi(upper_bound_updated_at="2026-11-23", kode_satusehat="2000000003") == ["3"]
    alone = client.get("/masterdata/v1/mastersaranaindex/mastersarana?kode_satusehat=2000000003").json()
    assert [row["nama"] for row in alone["data"]] == ["RS 3"]
    assert msi(kode_satusehat="2000000042") == ["1"]


def test_regions_come_whole_and_in_pages(tmp_path: Path) -> None:
    regions = [{"kode_wilayah": f"{n}", "level": "provinsi", "nama": f"PROVINSI {n}"} for n in range(11, 34)]
    regions += [{"kode_wilayah": f"32{n:02d}", "level": "kabkota", "nama": f"KOTA {n}", "induk": "32"} for n in (1, 73)]
    gone = [
        {"kode_wilayah": "3299", "level": "kabkota", "nama": "DULU", "induk": "32", "berlaku_sampai": date(2020, 1, 1)}
    ]
    client = served(tmp_path, tables={"msi.region": [*regions, *gone]})
    told = client.get("/masterdata/v1/cities?province_codes=32,33").json()
    assert [row["code"] for row in told["data"]] == ["3201", "3273"]
    assert told["data"][0].keys() == {"code", "parent_code", "bps_code", "name"}
    page = client.get("/masterdata/v2/provinces?current_page=1").json()
    assert (page["meta"]["page"]["total"], page["meta"]["page"]["total_page"], len(page["data"])) == (23, 3, 10)
    cursor = page["meta"]["cursors"]["next"]
    assert client.get(f"/masterdata/v2/provinces?next={cursor}").json()["data"][0]["code"] == "21"
    assert client.get("/masterdata/v1/provinces?codes=11,12").json()["data"][1]["name"] == "PROVINSI 12"


def test_what_is_not_served_says_so(client: TestClient) -> None:
    for method, path in (
        ("GET", "/consent/v1/Consent?patient_id=P1"),
        ("POST", "/consent/v1/Consent"),
        ("POST", "/kyc/v1/generate-url"),
        ("POST", "/kyc/v1/challenge-code"),
        ("GET", "/fhir-r4/v1/Appointment"),
    ):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (404, "not-supported"), path


def test_the_capability_statement_is_told_without_a_token(tmp_path: Path) -> None:
    client = serve(new_home(tmp_path))
    told = client.get("/fhir-r4/v1/metadata").json()
    assert (told["resourceType"], told["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert {r["type"] for r in told["rest"][0]["resource"]} >= {"Patient", "Practitioner", "Organization", "Location"}
    assert ORGANIZATION not in str(told)
