"""The table of domains: what each adds to the night. Everything else is the same code for all of them.

A new domain is its contracts, a linkage file, a standardiser, and one row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.golden.facility import facility_tables
from sehatmu.golden.patient import READS as PATIENT_READS
from sehatmu.golden.patient import patient_tables
from sehatmu.golden.practitioner import practitioner_tables
from sehatmu.lake import Splice
from sehatmu.linkage.authored import load_linkage
from sehatmu.standardise.carry import Former
from sehatmu.standardise.codebooks import PERSON_NAMES, load_codebooks
from sehatmu.standardise.facility import standardise_facilities
from sehatmu.standardise.patients import standardise_patients
from sehatmu.standardise.patients_again import restandardise_patients
from sehatmu.standardise.practitioners import CODEBOOKS as PRACTITIONER_BOOKS
from sehatmu.standardise.practitioners import standardise_practitioners
from sehatmu.standardise.region_list import list_regions

Frames = Mapping[str, pl.DataFrame]
Lazies = Mapping[str, pl.LazyFrame]


@dataclass(frozen=True)
class DomainSpec:
    """One domain. Its extracts are those whose contract names it.

    `references` are extracts of other domains that its standardiser reads, and `indexes` (domain, table) what other
    domains publish tonight and it reads. `standardise` makes the tables `standard` from the accepted frames by
    `<source>_<extract>`, with those of the indexes by `<domain>_<table>`, the folder `data_contracts` and the build
    date; `make_tables` makes `tables`, which are published beside the table `golden`. `record_columns` are the columns
    of a standard record that it reads (None: all).

    What a domain of many rows has besides: `restandardise` says which rows of the parent build's standard tables hold
    and makes the others anew (None where they all must be), and with `carries` `make_tables` takes `touched`, the
    masters that are told anew.
    """

    name: str
    index: str
    references: tuple[str, ...]
    standard: tuple[str, ...]
    standardise: Callable[[Frames, Path, date], Frames]
    golden: str
    tables: tuple[str, ...]
    make_tables: Callable[..., Frames]
    indexes: tuple[tuple[str, str], ...] = ()
    restandardise: Callable[[Lazies, Former, Path, date], Mapping[str, Splice] | None] | None = None
    record_columns: tuple[str, ...] | None = None
    carries: bool = False


def _standardise_facilities(accepted: Frames, authored: Path, day: date) -> Frames:
    books, wilayah = load_codebooks(authored), accepted["referensi_wilayah"]
    made = standardise_facilities(accepted, wilayah, books, as_of=day)
    return {
        "record": made.record,
        "identifier": made.identifier,
        "finding": made.finding,
        "region": list_regions(wilayah, books),
    }


def _standardise_patients(accepted: Frames, authored: Path, day: date, *, is_asked: bool = False) -> Frames:
    return standardise_patients(
        accepted,
        load_codebooks(authored, PERSON_NAMES),
        list_regions(accepted["referensi_wilayah"], load_codebooks(authored, ("provinces",))),
        as_of=day,
        hashed=load_linkage(authored / "linkage" / "patient.yaml").columns,
        is_asked=is_asked,
    )


def _restandardise_patients(accepted: Lazies, former: Former, authored: Path, day: date) -> Mapping[str, Splice] | None:
    def standardise(some: Frames, is_asked: bool) -> Frames:
        return _standardise_patients(some, authored, day, is_asked=is_asked)

    return restandardise_patients(accepted, former, standardise)


def _standardise_practitioners(accepted: Frames, authored: Path, day: date) -> Frames:
    return standardise_practitioners(
        accepted,
        accepted["facility_facility"],
        accepted["facility_facility_identifier"],
        load_codebooks(authored, PRACTITIONER_BOOKS),
        as_of=day,
        hashed=load_linkage(authored / "linkage" / "practitioner.yaml").columns,
    )


DOMAINS = (
    DomainSpec(
        name="facility",
        index="msi",
        references=("referensi_wilayah",),
        standard=("record", "identifier", "finding", "region"),
        standardise=_standardise_facilities,
        golden="facility",
        tables=("facility_identifier", "source_coverage", "kind_coverage", "finding", "region"),
        make_tables=facility_tables,
    ),
    DomainSpec(
        name="patient",
        index="mpi",
        references=("referensi_wilayah",),
        standard=("record", "identifier", "finding", "verification"),
        standardise=_standardise_patients,
        golden="patient",
        tables=("patient_identifier", "patient_relation", "conflict", "verification", "finding"),
        make_tables=patient_tables,
        restandardise=_restandardise_patients,
        record_columns=PATIENT_READS,
        carries=True,
    ),
    DomainSpec(
        name="practitioner",
        index="mni",
        references=("dukcapil_penduduk", "dukcapil_verifikasi"),
        standard=("record", "identifier", "finding", "role", "licence", "facility_reference", "worklist"),
        standardise=_standardise_practitioners,
        golden="practitioner",
        tables=(
            "practitioner_identifier",
            "practitioner_role",
            "licence",
            "conflict",
            "finding",
            "facility_reference",
            "profession_worklist",
            "profession",
            "required_staff",
        ),
        make_tables=practitioner_tables,
        indexes=(("facility", "facility"), ("facility", "facility_identifier")),
    ),
)

INDEXES = tuple(spec.index for spec in DOMAINS)
