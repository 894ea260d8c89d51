"""What stands in `lookup.sqlite`: for each table its columns, its keys, and the SELECT over the published files.

A row has the columns that something is found by, and a `body`: the rest as JSON, in the order of the tuples here.
Tables of an index that the build does not have are made empty, so that a reader never asks whether they are there.
"""

from __future__ import annotations

from sehatmu.lookup.table import LookupTable, as_body, as_day
from sehatmu.lookup.tables_kfa import KFA_TABLES

#: Raise it with every change of what is written here; a reader refuses other ones.
VERSION = 4

PATIENT_BODY = (
    "birth_order", "status_kawin", "alamat", "is_deceased", "build_date",
)  # fmt: skip
PRACTITIONER_BODY = ("nama_lengkap", "profession_code", "profession_name", "speciality", "build_date")
ROLE_BODY = ("profession", "speciality", "sip_number", "from_date", "to_date", "facility_code", "build_date")
LICENCE_BODY = ("kind", "number", "profession_code", "facility_id", "issued_date", "expires_date", "status")


# A row of the platform's list of facilities, as it answers it.
_MSI_ROW = """CAST(to_json(struct_pack(
    kode_satusehat := kode_satusehat, kode_sarana := kode_sarana, nama := nama, telp := telp, email := email,
    website := website, longitude := longitude, latitude := latitude, operasional := operasional,
    wilayah_perairan_darat := wilayah_perairan_darat, wilayah_karakteristik := wilayah_karakteristik,
    sarana_administrasi := struct_pack(kode := sarana_administrasi_kode, nama := sarana_administrasi_nama,
        kode_sarana := sarana_administrasi_kode_sarana, status_aktif := sarana_administrasi_status_aktif,
        status_sarana := sarana_administrasi_status_sarana),
    alamat := alamat,
    provinsi := struct_pack(kode := provinsi_kode, nama := provinsi_nama, kode_bps := provinsi_kode_bps,
        kode_lama := provinsi_kode_lama),
    kabkota := struct_pack(kode := kabkota_kode, nama := kabkota_nama, kode_bps := kabkota_kode_bps,
        kode_lama := kabkota_kode_lama),
    kecamatan := struct_pack(kode := kecamatan_kode, nama := kecamatan_nama),
    jenis_sarana := struct_pack(kode := jenis_sarana_kode, nama := jenis_sarana_nama,
        nama_alt := jenis_sarana_nama_alt),
    subjenis := struct_pack(kode := subjenis_kode, nama := subjenis_nama, nama_alt := subjenis_nama_alt),
    kelas_sarana := struct_pack(kode := kelas_sarana_kode, nama := kelas_sarana_nama),
    status_sarana := status_sarana, status_aktif := status_aktif)) AS VARCHAR)"""

TABLES = (
    LookupTable(
        "patient",
        (
            "number INTEGER PRIMARY KEY", "nik INTEGER", "is_confirmed INTEGER", "birth INTEGER", "sex TEXT",
            "mother_nik INTEGER", "nama TEXT", "body TEXT",
        ),
        ("mpi.patient",),
        "SELECT CAST(substr(master_id, 2) AS BIGINT), CAST(nik AS BIGINT), CAST(nik_confirmed IS NOT NULL AS INTEGER), "
        f"{as_day('birth_date')}, sex, CAST(mother_nik AS BIGINT), nama, {as_body(PATIENT_BODY)} "
        "FROM mpi.patient ORDER BY master_id",
        (
            "patient_nik ON patient(nik) WHERE nik IS NOT NULL",
            "patient_birth ON patient(birth, sex, nama) WHERE birth IS NOT NULL",
            "patient_mother ON patient(mother_nik) WHERE mother_nik IS NOT NULL",
        ),
        key="master_id",
    ),
    LookupTable(
        "counted",
        ("name TEXT PRIMARY KEY", "rows INTEGER"),
        ("mpi.patient",),
        "SELECT 'patient', count(*) FROM mpi.patient",
    ),
    LookupTable(
        "redirect",
        ("idx TEXT", "retired_id TEXT", "current_id TEXT", "PRIMARY KEY (idx, retired_id)"),
        ("xref.redirect",),
        'SELECT "index", retired_id, current_id FROM xref.redirect ORDER BY 1, 2',
        ("redirect_current ON redirect(idx, current_id)",),
        without_rowid=True,
    ),
    LookupTable(
        "facility",
        (
            "master_id TEXT PRIMARY KEY", "kode_sarana TEXT", "nama TEXT", "jenis TEXT", "provinsi TEXT",
            "kabkota TEXT", "kecamatan TEXT", "status_aktif INTEGER", "status_sarana TEXT",
            "administered_by TEXT", "updated INTEGER", "body TEXT",
        ),
        ("msi.facility",),
        "SELECT master_id, kode_sarana, nama, jenis_sarana_kode, provinsi_kode, kabkota_kode, kecamatan_kode, "
        "CAST(status_aktif AS INTEGER), status_sarana, sarana_administrasi_kode, "
        f"{as_day('build_date')}, {_MSI_ROW} FROM msi.facility ORDER BY master_id",
        (
            "facility_jenis ON facility(jenis, master_id)",
            "facility_region ON facility(provinsi, kabkota)",
            "facility_sarana ON facility(kode_sarana)",
            "facility_administered ON facility(administered_by) WHERE administered_by IS NOT NULL",
        ),
        key="master_id",
    ),
    LookupTable(
        "facility_identifier",
        ("namespace TEXT", "code TEXT", "master_id TEXT", "PRIMARY KEY (namespace, code, master_id)"),
        ("msi.facility_identifier",),
        "SELECT DISTINCT namespace, code, master_id FROM msi.facility_identifier ORDER BY ALL",
        without_rowid=True,
    ),
    LookupTable(
        "region",
        ("code TEXT PRIMARY KEY", "parent TEXT", "bps TEXT", "nama TEXT"),
        ("msi.region", "meta.build"),
        "SELECT kode_wilayah, coalesce(induk, ''), kode_bps, nama FROM msi.region "
        "WHERE coalesce(berlaku_sampai >= (SELECT max(build_date) FROM meta.build), true) ORDER BY 1",
        ("region_parent ON region(parent, code)",),
        without_rowid=True,
    ),
    LookupTable(
        "practitioner",
        (
            "master_id TEXT PRIMARY KEY", "nik INTEGER", "is_confirmed INTEGER", "birth INTEGER", "sex TEXT",
            "nama TEXT", "body TEXT",
        ),
        ("mni.practitioner",),
        "SELECT master_id, CAST(nik AS BIGINT), CAST(nik_confirmed IS NOT NULL AS INTEGER), "
        f"{as_day('birth_date')}, sex, nama, {as_body(PRACTITIONER_BODY)} FROM mni.practitioner ORDER BY 1",
        (
            "practitioner_nik ON practitioner(nik) WHERE nik IS NOT NULL",
            "practitioner_birth ON practitioner(birth, sex, nama) WHERE birth IS NOT NULL",
        ),
        key="master_id",
    ),
    LookupTable(
        "practitioner_role",
        ("role_id TEXT PRIMARY KEY", "master_id TEXT", "facility_id TEXT", "body TEXT"),
        ("mni.practitioner_role", "mni.profession"),
        "SELECT md5(master_id || '|' || facility_key || '|' || profession_group), master_id, facility_id, "
        f"{as_body(ROLE_BODY)} FROM (SELECT r.*, coalesce(p.name, r.profession_code) AS profession "
        "FROM (FROM mni.practitioner_role) AS r LEFT JOIN (SELECT profession_code, min(name) AS name "
        "FROM mni.profession GROUP BY ALL) AS p ON p.profession_code = r.profession_code) ORDER BY 1",
        ("role_practitioner ON practitioner_role(master_id)", "role_facility ON practitioner_role(facility_id)"),
    ),
    LookupTable(
        "practitioner_licence",
        ("master_id TEXT", "body TEXT"),
        ("mni.licence",),
        f"SELECT master_id, {as_body(LICENCE_BODY)} FROM mni.licence WHERE master_id IS NOT NULL ORDER BY master_id, "
        "kind, number",
        ("licence_practitioner ON practitioner_licence(master_id)",),
    ),
    *KFA_TABLES,
)  # fmt: skip
