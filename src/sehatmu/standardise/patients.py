"""The standard tables of the patient domain: registrations and the civil register as records, what they are known by,
what was odd about them, and how the register answered for each registration.

The night calls `standardise_patients`; linkage alone needs no more than `persons.person_records`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from sehatmu.standardise.civil import civil_records
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.link_hash import add_to_hash
from sehatmu.standardise.person_rows import DELIVERED, with_keys
from sehatmu.standardise.persons import COLUMNS, EVIDENCE, person_records
from sehatmu.standardise.verify import READS, pack_verdicts, verify_registrations

REGISTRATIONS, CIVIL, ANSWERS = "faskes_pasien", "dukcapil_penduduk", "dukcapil_verifikasi"
#: Namespace of an identifier → the column of the record. A record number stands in the answers, with its facility, and
#: a family card is the number of a family.
_NAMESPACES = {"nik": "nik", "ihs": "official_id", "bpjs": "bpjs", "paspor": "passport"}
_KEYS = ("record_key", "source", "extract", "source_key", "delivery_date")
#: What is chosen from for the best values of a patient, beside what linkage reads.
ATTRIBUTES = (
    "nama", "name_initials", "birth_date", "birth_year", "sex", "tempat_lahir", "nama_ibu", "mother_nik", "birth_order",
    "status_kawin", "kewarganegaraan", "alamat", "rt", "rw", "phone", "bpjs", "passport", "no_kk", "nik", "official_id",
    "tanggal_meninggal", "prov_code", "kab_code", "kec_code", "kel_code", "name_full", "name_is_placeholder",
)  # fmt: skip
_REGIONS = {"prov_code": "provinsi", "kab_code": "kabkota", "kec_code": "kecamatan", "kel_code": "kelurahan"}


def standardise_patients(
    accepted: Mapping[str, pl.DataFrame],
    codebooks: Codebooks,
    regions: pl.DataFrame,
    *,
    as_of: date,
    hashed: Collection[str] = EVIDENCE,
    is_asked: bool = False,
) -> dict[str, pl.DataFrame]:
    """`record`, `identifier`, `finding`, `verification` of the current rows; `hashed` are the columns linkage reads.

    `accepted`: frames by `<source>_<extract>`, of which only `faskes_pasien` must be there; `regions` as
    `region_list.list_regions` makes them. `record` has persons of the civil register, who are evidence only, and
    registrations (`is_subject`), in the order of `record_key` as all four are; to the columns of `person_records` come

    nik_confirmed  the NIK where the register confirms it (and that of every row of the register)
    bound_to       the key of the record that this one belongs to whatever linkage says: a row of the register
                   belongs to the first registration that its NIK is confirmed for
    nik_provinsi_kode   the province that gave out the NIK
    is_deceased    true where a source says so, else null
    provinsi_kode, provinsi_nama, ... kelurahan_nama   the region codes with their names

    A finding is a flag and never has a detail, since every value of a person is personal. `is_asked`: the register
    has rows, though none may be among these.
    """
    rows = with_keys(accepted[REGISTRATIONS], as_of, (*DELIVERED, "source_key", "delivery_date", "flags"))
    columns = {*_KEYS, *ATTRIBUTES, *READS, *hashed, "link_hash", "flags", "tanggal_update"} & set(COLUMNS)
    told = person_records(rows, codebooks, as_of=as_of, columns=columns, hashed=hashed)
    civil = None
    if CIVIL in accepted:
        civil = civil_records(
            accepted[CIVIL], codebooks, as_of=as_of, columns=columns - {"flags", "tanggal_update"}, hashed=hashed
        )
    verdicts = verify_registrations(told, civil, accepted.get(ANSWERS), codebooks, is_asked=is_asked)
    registrations = told.with_columns(
        verdicts["nik_confirmed"],
        add_to_hash(told["link_hash"], pack_verdicts(verdicts)),
        is_subject=pl.lit(True),
        bound_to=pl.lit(None, pl.String),
        is_deceased=pl.when(pl.col("tanggal_meninggal").is_not_null()).then(pl.lit(True)),
    )
    # The register's keys come before those of facilities, and linkage and identity want records by rising key.
    parts = [registrations] if civil is None else [_bind(civil, registrations), registrations]
    record = name_regions(pl.concat(parts, how="diagonal").select(registrations.columns), regions)
    record = record.with_columns(nik_provinsi_kode=pl.col("nik").str.slice(0, 2))
    return {
        "record": record.drop("flags", "tanggal_update"),
        "identifier": _list_identifiers(record),
        "finding": _list_findings(told),
        "verification": _list_verification(told, verdicts, rows),
    }


def _bind(civil: pl.DataFrame, registrations: pl.DataFrame) -> pl.DataFrame:
    """Rows of the register as evidence; the first registration with the same confirmed NIK is whom a row belongs to."""
    holders = registrations.select(pl.col("nik_confirmed").cast(pl.Int64), bound_to="record_key").drop_nulls()
    holders = holders.unique("nik_confirmed", keep="first", maintain_order=True)
    at = civil.select(nik_confirmed=pl.col("nik").cast(pl.Int64)).join(
        holders, on="nik_confirmed", how="left", maintain_order="left"
    )
    return civil.with_columns(at["bound_to"], nik_confirmed="nik", is_subject=pl.lit(False))


def name_regions(record: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """Add the published names of the region codes and the regions' names; null where the list lacks a code."""
    names = regions.select("kode_wilayah", "nama")
    for code, level in _REGIONS.items():
        named = names.rename({"kode_wilayah": code, "nama": f"{level}_nama"})
        record = record.join(named, on=code, how="left", maintain_order="left")
        record = record.with_columns(pl.col(code).alias(f"{level}_kode"))
    return record


def _list_identifiers(record: pl.DataFrame) -> pl.DataFrame:
    listed = [
        record.select("record_key", namespace=pl.lit(namespace), code=column).drop_nulls("code")
        for namespace, column in sorted(_NAMESPACES.items())
    ]
    return pl.concat(listed).sort("record_key", "namespace", maintain_order=True)


def _list_findings(told: pl.DataFrame) -> pl.DataFrame:
    said = told.select("record_key", finding="flags").explode("finding", empty_as_null=False, keep_nulls=False)
    return said.with_columns(detail=pl.lit(None, pl.String)).select(*FINDING_SCHEMA)


def _list_verification(told: pl.DataFrame, verdicts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The answers, with the facility and the record number that they are for."""
    facility = rows.select("record_key", "sumber_kode", "kode_faskes", pl.col("no_rm").cast(pl.String))
    answered = pl.concat(
        [told.select("record_key", "nik", "tanggal_update"), verdicts.drop("record_key")], how="horizontal"
    )
    return answered.join(facility, on="record_key", how="left", maintain_order="left")
