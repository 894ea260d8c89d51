"""The extracts about health workers as one table: which column of which extract says what.

Jobs (`is_job`) are records of their own; registrations and licences of councils and licensing offices are what they are
checked against. A new register of either is one more entry here (and its contract). Names, numbers and dates of persons
stay as delivered, since `persons` reads them; other texts are tidied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.person_values import read_texts

KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "flags")
#: Under the names that registrations of patients bear.
PERSON = ("nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin")
TEXTS = (
    "no_ihs", "nip", "profession_text", "group_text", "speciality_text", "education_text", "employment_text",
    "str_text", "sip_text", "facility_text", "facility_name", "kab_text", "prov_text", "status_text",
)  # fmt: skip
DATES = ("str_issued", "str_expires", "sip_issued", "sip_expires")


@dataclass(frozen=True, slots=True)
class ExtractSpec:
    """`columns`: common name → the extract's column; what is not named is null. `is_job`: rows are jobs of persons."""

    source: str
    extract: str
    columns: Mapping[str, str]
    is_job: bool = True

    @property
    def table(self) -> str:
        return f"{self.source}_{self.extract}"


_PERSON = {"nik": "nik", "nama": "nama"}
_BORN = {"tanggal_lahir": "tanggal_lahir", "jenis_kelamin": "jenis_kelamin"}
_NUMBERS = {"str_text": "no_str", "sip_text": "no_sip"}

EXTRACTS = (
    ExtractSpec(
        "sisdmk",
        "tenaga",
        {
            **_PERSON, **_BORN, **_NUMBERS,
            "tempat_lahir": "tempat_lahir", "no_ihs": "no_ihs", "nip": "nip", "profession_text": "jenis_sdmk",
            "group_text": "rumpun_sdmk", "education_text": "pendidikan", "employment_text": "status_kepegawaian",
            "str_issued": "tanggal_str", "str_expires": "tanggal_str_akhir", "sip_issued": "tanggal_sip",
            "sip_expires": "tanggal_sip_akhir", "facility_text": "kode_unit", "facility_name": "unit",
            "kab_text": "kabkot", "prov_text": "provinsi",
        },
    ),
    ExtractSpec(
        "sirs",
        "tenaga",
        {
            **_PERSON, **_BORN, **_NUMBERS,
            "profession_text": "profesi", "speciality_text": "spesialisasi", "str_expires": "tanggal_str_akhir",
            "sip_expires": "tanggal_sip_akhir", "facility_text": "kode_rs",
        },
    ),
    ExtractSpec(
        "simada",
        "penanggung_jawab",
        {
            **_PERSON, **_BORN, **_NUMBERS,
            "profession_text": "profesi", "sip_issued": "tgl_sip", "sip_expires": "tgl_sip_akhir",
            "facility_text": "kode_sarana",
        },
    ),
    ExtractSpec(
        "konsil",
        "str",
        {
            **_PERSON,
            "str_text": "no_str", "profession_text": "profesi", "str_issued": "tanggal_terbit",
            "str_expires": "tanggal_akhir", "status_text": "status",
        },
        is_job=False,
    ),
    ExtractSpec(
        "dpmptsp",
        "sip",
        {
            **_PERSON, **_NUMBERS,
            "sip_issued": "terbit", "sip_expires": "akhir", "facility_text": "kode_sarana", "status_text": "status",
        },
        is_job=False,
    ),
)  # fmt: skip

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "record_key": pl.String, "source": pl.String, "extract": pl.String, "source_key": pl.String,
    "delivery_date": pl.Date, "flags": pl.List(pl.String), **dict.fromkeys(PERSON, pl.String),
    "tanggal_lahir": pl.Date, **dict.fromkeys(TEXTS, pl.String), **dict.fromkeys(DATES, pl.Date), "is_job": pl.Boolean,
}  # fmt: skip


def gather_rows(accepted: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The current rows of all these extracts under common names (KEYS, PERSON, TEXTS, DATES, `is_job`), in the order of
    `record_key`."""
    frames = [_common(accepted[spec.table], spec) for spec in EXTRACTS if spec.table in accepted]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *frames]).sort("record_key")


def _common(frame: pl.DataFrame, spec: ExtractSpec) -> pl.DataFrame:
    frame = current_rows(frame)
    known = {name: column for name, column in spec.columns.items() if column in frame.columns}
    told = {
        name: read_texts(frame[column]) if name in TEXTS else frame[column].alias(name)
        for name, column in known.items()
    }
    absent = {name: pl.lit(None) for name in (*PERSON, *TEXTS, *DATES) if name not in told}
    rows = frame.with_columns(
        **told, **absent, source=pl.lit(spec.source), extract=pl.lit(spec.extract), is_job=pl.lit(spec.is_job)
    )
    return rows.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())
