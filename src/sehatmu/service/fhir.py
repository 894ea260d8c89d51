"""Golden records as FHIR R4 resources, with as much of a person as the platform shows, and the Bundle around them.

By NIK or number a patient is shown in brief: the NIK as 16 #, the name, a masked address. Without a NIK birth date, sex
and the like are shown too, and no NIK at all. Practitioners are shown with their NIK, as the platform does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sehatmu.lookup.facilities import Facility
from sehatmu.lookup.patients import Patient
from sehatmu.lookup.practitioners import Licence, Practitioner, Role

Resource = dict[str, Any]

NIK, NIK_IBU = "https://fhir.kemkes.go.id/id/nik", "https://fhir.kemkes.go.id/id/nik-ibu"
IHS, HIS = "https://fhir.kemkes.go.id/id/ihs-number", "https://fhir.kemkes.go.id/id/nakes-his-number"
STR, SIP = "https://fhir.kemkes.go.id/id/str-kki-number", "https://fhir.kemkes.go.id/id/sip-number"
ORG_NUMBER = "https://fhir.kemkes.go.id/id/org-number"
SYS_IDS = "http://sys-ids.kemkes.go.id"
_MASKED_NIK, _STARS = "#" * 16, "*" * 10
_GENDERS = {"M": "male", "F": "female"}
_MARITAL = {"S": "Never Married", "M": "Married", "D": "Divorced", "W": "Widowed"}
_ORGANIZATION_TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"
_PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def patient_in_brief(patient: Patient, former: Sequence[str] = ()) -> Resource:
    """The patient as a search by NIK shows them; `former` are the numbers that lead to this one."""
    told = _patient(patient)
    if patient.nik is not None:
        told["identifier"].append({"system": NIK, "use": "official", "value": _MASKED_NIK})
    if former:
        told["link"] = [{"other": {"reference": f"Patient/{number}"}, "type": "replaces"} for number in former]
    return told


def patient_by_description(patient: Patient) -> Resource:
    """The patient as a search without NIK shows them."""
    told = _patient(patient)
    if patient.sex is not None:
        told["gender"] = _GENDERS[patient.sex]
    if patient.birth is not None:
        told["birthDate"] = _day(patient.birth)
    if patient.birth_order is not None:
        told["multipleBirthInteger"] = patient.birth_order
    if patient.is_deceased:
        told["deceasedBoolean"] = True
    if patient.status_kawin in _MARITAL:
        coding = {
            "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",
            "code": patient.status_kawin,
            "display": _MARITAL[patient.status_kawin],
        }
        told["maritalStatus"] = {"coding": [coding], "text": coding["display"]}
    return told


def practitioner_resource(practitioner: Practitioner, licences: Sequence[Licence]) -> Resource:
    """The practitioner with NIK, and each registration (STR) as a qualification."""
    told = _resource("Practitioner", practitioner.master_id, practitioner.build_date)
    told |= {
        "active": True,
        "identifier": [{"system": HIS, "use": "official", "value": practitioner.master_id}],
        **_name(practitioner.nama_lengkap or practitioner.nama),
    }
    if practitioner.nik is not None:
        told["identifier"].append({"system": NIK, "use": "official", "value": practitioner.nik})
    if practitioner.sex is not None:
        told["gender"] = _GENDERS[practitioner.sex]
    if practitioner.birth is not None:
        told["birthDate"] = _day(practitioner.birth)
    registrations = [licence for licence in licences if licence.kind == "STR"]
    if registrations:
        told["qualification"] = [_qualification(licence) for licence in registrations]
    return told


def role_resource(role: Role) -> Resource:
    """What a practitioner does at a facility, under which licence (SIP)."""
    told = _resource("PractitionerRole", role.role_id, role.build_date)
    told |= {"active": True, "practitioner": {"reference": f"Practitioner/{role.master_id}"}}
    if role.facility_id is not None:
        told["organization"] = {"reference": f"Organization/{role.facility_id}"}
    if role.sip_number is not None:
        identifier: Resource = {"system": SIP, "use": "official", "value": role.sip_number}
        period = {"start": role.from_date, "end": role.to_date}
        if any(period.values()):
            identifier["period"] = {side: day for side, day in period.items() if day}
        if role.facility_id is not None:
            identifier["assigner"] = {"reference": f"Organization/{role.facility_id}"}
        told["identifier"] = [identifier]
    if role.profession is not None:
        told["code"] = [{"text": role.profession}]
    if role.speciality is not None:
        told["specialty"] = [{"text": role.speciality}]
    return told


def organization_resource(facility: Facility) -> Resource:
    """A facility as the organisation that runs it."""
    row = facility.row
    told = _resource("Organization", facility.master_id, _day(facility.updated))
    told |= {
        "active": row["status_aktif"] is not False,
        "identifier": [
            {"system": ORG_NUMBER, "use": "official", "value": facility.master_id},
            {"system": f"{SYS_IDS}/organization/{facility.master_id}", "use": "official", "value": facility.master_id},
        ],
        "type": [{"coding": [{"system": _ORGANIZATION_TYPE, "code": "prov", "display": "Healthcare Provider"}]}],
        "name": row["nama"],
        **_contacts(row),
        **_facility_address(row, many=True),
    }
    if row["jenis_sarana"]["nama"]:
        told["type"][0]["text"] = row["jenis_sarana"]["nama"]
    if row["sarana_administrasi"]["kode"]:
        told["partOf"] = {"reference": f"Organization/{row['sarana_administrasi']['kode']}"}
    return told


def location_resource(facility: Facility) -> Resource:
    """A facility as the place where it is."""
    row = facility.row
    told = _resource("Location", facility.master_id, _day(facility.updated))
    told |= {
        "identifier": [{"system": f"{SYS_IDS}/location/{facility.master_id}", "value": facility.master_id}],
        "status": "inactive" if row["status_aktif"] is False else "active",
        "name": row["nama"],
        "mode": "instance",
        "physicalType": {"coding": [{"system": _PHYSICAL_TYPE, "code": "si", "display": "Site"}]},
        "managingOrganization": {"reference": f"Organization/{facility.master_id}"},
        **_contacts(row),
        **_facility_address(row, many=False),
    }
    if row["longitude"] is not None and row["latitude"] is not None:
        told["position"] = {"longitude": row["longitude"], "latitude": row["latitude"]}
    return told


def bundle(
    base: str,
    url: str,
    resources: Sequence[Resource],
    *,
    total: int | None = None,
    first: str | None = None,
    following: str | None = None,
    included: Sequence[Resource] = (),
) -> Resource:
    """A searchset with these matches, and what was asked for beside them; without any it has an empty `entry`, which
    some clients read unguarded."""
    addresses = {"search": url, "first": first or url, "self": url} | ({"next": following} if following else {})
    links = [{"relation": relation, "url": address} for relation, address in addresses.items()]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources) if total is None else total,
        "link": links,
        "entry": [
            {"fullUrl": f"{base}/{r['resourceType']}/{r['id']}", "resource": r, "search": {"mode": mode}}
            for mode, told in (("match", resources), ("include", included))
            for r in told
        ],
    }


def _resource(kind: str, identifier: str, changed: str) -> Resource:
    version = changed.replace("-", "")
    return {
        "resourceType": kind,
        "id": identifier,
        "meta": {"versionId": version, "lastUpdated": f"{changed}T00:00:00+00:00"},
    }


def _patient(patient: Patient) -> Resource:
    told = _resource("Patient", patient.number, patient.build_date)
    told |= {
        "active": True,
        "identifier": [{"system": IHS, "use": "official", "value": patient.number}],
        **_name(patient.nama),
    }
    if patient.alamat:
        told["address"] = [{"use": "home", "country": "ID", "line": [patient.alamat[:3] + _STARS]}]
    return told


def _name(text: str | None) -> Resource:
    return {"name": [{"use": "official", "text": text}]} if text else {}


def _qualification(licence: Licence) -> Resource:
    coding = {"system": "https://terminology.kemkes.go.id/v1-0302", "code": "STR-KKI"}
    told: Resource = {"code": {"coding": [coding]}, "identifier": [{"system": STR, "value": licence.number}]}
    period = {"start": licence.issued_date, "end": licence.expires_date}
    if any(period.values()):
        told["period"] = {side: day for side, day in period.items() if day}
    return told


def _contacts(row: Resource) -> Resource:
    systems = {"telp": "phone", "email": "email", "website": "url"}
    told = [{"system": system, "use": "work", "value": row[name]} for name, system in systems.items() if row[name]]
    return {"telecom": told} if told else {}


def _facility_address(row: Resource, *, many: bool) -> Resource:
    address: Resource = {"use": "work", "country": "ID"}
    if row["alamat"]:
        address["line"] = [row["alamat"]]
    if row["kabkota"]["nama"]:
        address["city"] = row["kabkota"]["nama"]
    levels = {"province": row["provinsi"], "city": row["kabkota"], "district": row["kecamatan"]}
    codes = [{"url": level, "valueCode": told["kode"]} for level, told in levels.items() if told["kode"]]
    if codes:
        url = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
        address["extension"] = [{"url": url, "extension": codes}]
    return {"address": [address] if many else address}


def _day(number: int) -> str:
    return f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"
