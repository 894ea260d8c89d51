"""The standard tables of the practitioner domain: jobs of health workers as records, their places and professions, the
licences that they and the councils tell, what was odd about them, and what nobody could read.

The one entry is `standardise_practitioners`. A record is a job of a person; persons come out of linkage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from sehatmu.lake import Table
from sehatmu.phrase import phrase
from sehatmu.standardise.civil import civil_records
from sehatmu.standardise.codebooks import PERSON_NAMES, Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.facility import FINDING_SCHEMA
from sehatmu.standardise.facility_references import find_places, list_unresolved, resolve_references
from sehatmu.standardise.licence_numbers import read_numbers
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.person_names import PARTS
from sehatmu.standardise.person_values import read_card
from sehatmu.standardise.persons import person_records
from sehatmu.standardise.practitioner_extracts import PERSON, gather_rows
from sehatmu.standardise.practitioner_licences import check_licences, list_licences, listed_niks
from sehatmu.standardise.practitioner_titles import read_titles
from sehatmu.standardise.professions import list_unmapped, read_education, read_groups, read_professions
from sehatmu.standardise.text import clean_text
from sehatmu.standardise.verify import READS, verify_registrations

#: Raise it with every change of what standardising makes of a value: it is part of `link_hash`.
STANDARDISER_VERSION = "1"

CODEBOOKS = (
    *PERSON_NAMES, "education_levels", "facility_references", "licence_forms", "licence_statuses", "licence_terms",
    "profession_ranks", "profession_spellings", "profession_titles", "professions",
)  # fmt: skip
CIVIL, ANSWERS = "dukcapil_penduduk", "dukcapil_verifikasi"
_PERSON = (
    "record_key", "nik", "nik_state", "nik_birth_date", "nik_region", "title_front", "title_back", "name_plain", *PARTS,
    "name_is_placeholder", "birth_date", "birth_year", "birth_evidence", "sex", "nama", "tempat_lahir", "flags", *READS,
)  # fmt: skip
#: What is read of those whom a list names: who holds a number.
_HOLDER = ("record_key", "nik", "name_full", "name_key", "title_front", "title_back", "name_plain", "nama")
RECORD = (
    "record_key", "source", "extract", "source_key", "delivery_date", "is_subject", "official_id",
    # evidence
    "nik", "nik_confirmed", "nik_evidence", "nik_birth_date", "nik_region", *PARTS, "name_is_placeholder", "birth_date",
    "birth_evidence", "sex", "nip", "profession_code", "profession_group", "str_key", "sip_key", "facility_id",
    "prov_code", "kab_code",
    # attributes
    "nik_provinsi_kode", "nama", "nama_lengkap", "gelar_depan", "gelar_belakang", "birth_year", "tempat_lahir",
    "education_code", "profession_name", "speciality", "employment_status", "str_number", "sip_number",
    "facility_namespace", "facility_code",
)  # fmt: skip
_NAMESPACES = {"nik": "nik", "ihs": "official_id", "nip": "nip", "str": "str_number", "sip": "sip_number"}
#: Verdict of the civil register on an attribute → what it says of the NIK.
_CIVIL_FINDINGS = {
    "nik_verdict": "nik:not-in-register",
    "name_verdict": "nik:other-name",
    "birth_date_verdict": "nik:other-birth-date",
    "sex_verdict": "nik:other-sex",
}


def standardise_practitioners(
    accepted: Mapping[str, pl.DataFrame],
    facilities: pl.DataFrame,
    identifiers: pl.DataFrame,
    codebooks: Codebooks,
    *,
    as_of: date,
    hashed: Collection[str],
    civil: Table | None = None,
) -> dict[str, pl.DataFrame]:
    """`record, identifier, finding, role, licence, facility_reference, worklist` of the current rows.

    `accepted`: frames by `<source>_<extract>`; any may be absent. `facilities` (`master_id, nama, provinsi_kode,
    kabkota_kode, kabkota_nama`) and `identifiers` (`master_id, namespace, code`) are tonight's index of facilities.
    `hashed` are the columns that linkage reads. `civil`: the accepted rows of the civil register, of which only those
    who are asked for are read; by default those in `accepted`. Columns:

    record              RECORD and `link_hash`; one per job, sorted by `record_key`. `nik_evidence` is the NIK told, or
                        else the one under which a council or office lists the job's STR or SIP for a person so named
    identifier          record_key, namespace (nik, ihs, nip, str, sip), code
    finding             record_key, finding, detail; flags of intake (`column:rule`) are among them
    role                record_key, facility_id, facility_namespace, facility_code, profession_code, speciality,
                        employment_status, period_start, period_end (those of the SIP that the job tells)
    licence             `practitioner_licences.COLUMNS`
    facility_reference  `facility_references.list_unresolved`
    worklist            `professions.list_unmapped`
    """
    rows = _describe(gather_rows(accepted), facilities, identifiers, codebooks, as_of)
    numbers, mixed_up = read_numbers(rows, rows["nik"], codebooks)
    rows = rows.hstack(numbers).with_row_index("row")
    jobs = rows.filter("is_job")
    if civil is None and CIVIL in accepted:
        civil = Table(accepted[CIVIL].lazy())
    verdicts = _verify(jobs, civil, accepted.get(ANSWERS), codebooks, as_of, hashed)
    listed = listed_niks(rows, codebooks).filter(rows["is_job"])
    jobs = jobs.with_columns(
        verdicts["nik_confirmed"],
        nik_evidence=pl.coalesce("nik", listed.alias("listed")),
        is_subject=pl.lit(True),
        official_id=read_card(jobs["no_ihs"], "^[0-9]{11}$"),
        nip=read_card(jobs["nip"], "^[0-9]{18}$"),
        nik_provinsi_kode=pl.col("nik").str.slice(0, 2),
    )
    record = jobs.select(*RECORD)
    evidence = [name for name in RECORD if name in hashed]
    version = f"{STANDARDISER_VERSION}|{codebooks.version}"
    findings = [
        _row_findings(jobs),
        jobs.select("row", "record_key").join(mixed_up, on="row").select("record_key", "finding"),
        check_licences(rows, codebooks),
        _civil_findings(verdicts),
    ]
    finding = pl.concat(findings, how="diagonal").with_columns(detail=pl.lit(None, pl.String))
    return {
        "record": record.with_columns(hash_rows(record.select(evidence), version).alias("link_hash")),
        "identifier": _list_identifiers(jobs),
        "finding": finding.select(*FINDING_SCHEMA).unique().sort("record_key", "finding"),
        "role": _list_roles(jobs),
        "licence": list_licences(rows, codebooks),
        "facility_reference": list_unresolved(jobs, facilities, identifiers),
        "worklist": list_unmapped(jobs.filter("is_unmapped"), codebooks),
    }


def _describe(
    rows: pl.DataFrame, facilities: pl.DataFrame, identifiers: pl.DataFrame, codebooks: Codebooks, as_of: date
) -> pl.DataFrame:
    """The rows with what is read of the person, the name's titles, the profession and the place, in their order."""
    rows = rows.drop("nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin", "flags").hstack(
        _read_persons(rows, codebooks, as_of).rename({"nama": "nama_lengkap", "name_plain": "nama"})
    )
    titles = read_titles(rows["nama_lengkap"], rows["title_front"], rows["title_back"], codebooks)
    told = read_professions(rows["profession_text"], codebooks)
    rows = rows.hstack(titles).with_columns(
        told["profession_code"].alias("told_profession"),
        told["speciality"].alias("speciality_in_text"),
        evaluate_distinct(rows["speciality_text"], clean_text).alias("speciality_told"),
        evaluate_distinct(titles["title_speciality"], clean_text).alias("speciality_of_title"),
        evaluate_distinct(rows["employment_text"], lambda text: text.str.to_uppercase()).alias("employment_status"),
        read_groups(rows["group_text"], codebooks).alias("told_group"),
        read_education(rows["education_text"], codebooks).alias("education_code"),
    )
    book = codebooks["professions"].select("profession_code", "group_code", profession_name="name")
    book = book.unique("profession_code", keep="first", maintain_order=True)
    rows = rows.with_columns(profession_code=pl.coalesce("told_profession", "title_profession"))
    rows = rows.join(book, on="profession_code", how="left", maintain_order="left").with_columns(
        profession_group=pl.coalesce("group_code", "title_group", "told_group"),
        speciality=pl.coalesce("speciality_told", "speciality_in_text", "speciality_of_title"),
        is_unmapped=pl.col("profession_text").is_not_null() & pl.col("told_profession").is_null(),
    )
    rows = rows.hstack(resolve_references(rows, identifiers, codebooks))
    # Where patients live is of no concern here: these are the regions of the facility.
    return rows.drop("kab_code", "kec_code", "kel_code").hstack(find_places(rows, facilities))


def _read_persons(rows: pl.DataFrame, codebooks: Codebooks, as_of: date) -> pl.DataFrame:
    """What is read of the person of every row, in their order; of those on a list only what tells the holder."""
    # Keys by which `person_records` would put rows in order: these are.
    given = rows.select("record_key", "source_key", "delivery_date", "flags", *PERSON)
    given = given.with_columns(rows.select(sumber_kode="source", kode_faskes="extract", no_rm="source_key"))
    places, parts = [], []
    for of_jobs, columns in ((True, _PERSON), (False, _HOLDER)):
        at = (rows["is_job"] == of_jobs).arg_true()
        parts.append(person_records(given[at], codebooks, as_of=as_of, columns=columns, hashed=()))
        places.append(at)
    return pl.concat(parts, how="diagonal")[pl.concat(places).arg_sort()].drop("record_key")


def _verify(
    jobs: pl.DataFrame,
    register: Table | None,
    answers: pl.DataFrame | None,
    codebooks: Codebooks,
    as_of: date,
    hashed: Collection[str],
) -> pl.DataFrame:
    """How the civil register answers for every job's NIK; of the register only the persons asked for are read."""
    civil = None
    if register is not None:
        asked = jobs["nik"].drop_nulls().unique().implode()
        known = register.read(rows=register.read(["nik"])["nik"].is_in(asked).arg_true())
        civil = civil_records(
            current_rows(known), codebooks, as_of=as_of, columns=("record_key", *READS), hashed=hashed
        )
    nowhere = [pl.lit(None, pl.String).alias(level) for level in ("kab_code", "kec_code", "kel_code")]
    return verify_registrations(jobs.with_columns(nowhere), civil, answers, codebooks)


def _row_findings(jobs: pl.DataFrame) -> pl.DataFrame:
    """`record_key, finding`: flags, and what the row itself shows of profession and place."""
    flags = jobs.select("record_key", finding="flags").explode("finding", empty_as_null=False, keep_nulls=False)
    other_group = (pl.col("title_group") != pl.col("group_code")) & pl.col("told_profession").is_not_null()
    said = {
        "profession:unmapped": pl.col("is_unmapped"),
        "profession:title-differs": other_group.fill_null(False),
    }
    found = [jobs.filter(hit).select("record_key", finding=pl.lit(name)) for name, hit in said.items()]
    open_places = jobs.filter(pl.col("problem").is_not_null())
    return pl.concat([flags, *found, open_places.select("record_key", finding=phrase("facility:{}", "problem"))])


def _civil_findings(verdicts: pl.DataFrame) -> pl.DataFrame:
    denied = [
        verdicts.filter(pl.col(column) == "no_match").select("record_key", finding=pl.lit(finding))
        for column, finding in _CIVIL_FINDINGS.items()
    ]
    return pl.concat(denied)


def _list_identifiers(jobs: pl.DataFrame) -> pl.DataFrame:
    listed = [
        jobs.select("record_key", namespace=pl.lit(namespace), code=column).drop_nulls("code")
        for namespace, column in sorted(_NAMESPACES.items())
    ]
    return pl.concat(listed).sort("record_key", "namespace")


def _list_roles(jobs: pl.DataFrame) -> pl.DataFrame:
    return jobs.select(
        "record_key",
        "facility_id",
        "facility_namespace",
        "facility_code",
        "profession_code",
        "speciality",
        "employment_status",
        period_start="sip_issued",
        period_end="sip_expires",
    )
