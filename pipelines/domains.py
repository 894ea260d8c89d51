"""The table of domains: what each adds to the night. Everything else is the same code for all of them.

A new domain is its contracts, a linkage file, a standardiser, and one row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_contracts
from sehatmu.golden.clinical import FACTS, VISITS, clinical_tables
from sehatmu.golden.clinical_again import clinical_tables_again
from sehatmu.golden.clinical_masters import KINDS
from sehatmu.golden.clinical_promise import broken_references
from sehatmu.golden.facility import facility_tables
from sehatmu.golden.patient import READS as PATIENT_READS
from sehatmu.golden.patient import patient_tables
from sehatmu.golden.patient_again import patient_tables_again
from sehatmu.golden.practitioner import practitioner_tables
from sehatmu.golden.product import product_tables
from sehatmu.golden.service import service_tables
from sehatmu.golden.tariff import CODEBOOKS as TARIFF_BOOKS
from sehatmu.golden.tariff import tariff_tables, unreconciled
from sehatmu.lake import Since, Splice, Table
from sehatmu.linkage.authored import load_linkage
from sehatmu.standardise.carry import Former
from sehatmu.standardise.codebooks import PERSON_NAMES, PRODUCTS, load_codebooks
from sehatmu.standardise.facility import standardise_facilities
from sehatmu.standardise.patients import CIVIL, standardise_patients
from sehatmu.standardise.patients_again import restandardise_patients
from sehatmu.standardise.practitioners import CODEBOOKS as PRACTITIONER_BOOKS
from sehatmu.standardise.practitioners import standardise_practitioners
from sehatmu.standardise.products import standardise_products
from sehatmu.standardise.region_list import list_regions
from sehatmu.standardise.services import CODEBOOKS as SERVICE_BOOKS
from sehatmu.standardise.services import standardise_services

Frames = Mapping[str, pl.DataFrame]
Tables = Mapping[str, Table]
Made = Mapping[str, Splice | pl.DataFrame]
Nights = Mapping[str, Since]


@dataclass(frozen=True)
class DomainSpec:
    """One domain. Its extracts are those whose contract names it.

    `references` are extracts of other domains that its standardiser reads, and `indexes` (domain, table) what other
    domains publish tonight and it reads. `standardise` makes the tables `standard` from the accepted frames by
    `<source>_<extract>`, with those of the indexes by `<domain>_<table>`, the folder `data_contracts` and the build
    date; `make_tables` makes `tables`, which are published beside the table `golden`, and reads `pairs` of linkage too.
    Where the index has levels of identity, `levels` are the golden tables of the others. `record_columns` are the
    columns of a standard record that `make_tables` reads (None: all).

    What a domain of many rows has besides: of the extracts `asked` not all is needed, and `standardise` gets them
    as tables of the lake in an argument of that name; `restandardise` says which rows of the parent build's standard
    tables hold and makes the others anew (None where they all must be); `remake_tables` makes `tables` on top of those
    of the parent build.

    Of the indexes' tables only `index_columns` are read, where it names the table; of the domains `redirects` the ids
    that gave way come as `<domain>_redirect`.

    Where `golden` is empty nothing has an identity: `standardise` makes the published `tables` too. It may ask for
    what intake left of an extract (`intake`: files as `landing_<id>`, rows as `quarantine_<id>`), and `judge` says
    which of the made tables break the promise `judged` (rows; none, fit to publish).
    """

    name: str
    index: str
    references: tuple[str, ...]
    standard: tuple[str, ...]
    standardise: Callable[..., Frames]
    golden: str
    tables: tuple[str, ...]
    make_tables: Callable[..., Frames] | None = None
    asked: tuple[str, ...] = ()
    indexes: tuple[tuple[str, str], ...] = ()
    index_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    redirects: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    intake: tuple[str, ...] = ()
    judge: Callable[[Tables], pl.DataFrame] | None = None
    judged: str = ""
    restandardise: Callable[[Nights, Former, Path, date], Made | None] | None = None
    record_columns: tuple[str, ...] | None = None
    remake_tables: Callable[..., Mapping[str, Splice | pl.DataFrame]] | None = None
    levels: tuple[str, ...] = ()

    @property
    def goldens(self) -> dict[str, str]:
        """Every golden table, and the asset that keeps its ended versions."""
        own = {self.golden: "ended"} if self.golden else {}
        return own | {table: f"{table}_ended" for table in self.levels}

    @property
    def published(self) -> tuple[str, ...]:
        """The tables of its schema that are no views."""
        return (*self.goldens, *self.tables)


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


def _restandardise_patients(accepted: Nights, former: Former, authored: Path, day: date) -> Made | None:
    def standardise(some: Frames, is_asked: bool) -> Frames:
        return _standardise_patients(some, authored, day, is_asked=is_asked)

    return restandardise_patients(accepted, former.standard, standardise)


def _standardise_practitioners(accepted: Frames, authored: Path, day: date, *, asked: Tables) -> Frames:
    return standardise_practitioners(
        accepted,
        accepted["facility_facility"],
        accepted["facility_facility_identifier"],
        load_codebooks(authored, PRACTITIONER_BOOKS),
        as_of=day,
        hashed=load_linkage(authored / "linkage" / "practitioner.yaml").columns,
        civil=asked.get(CIVIL),
    )


def _standardise_products(accepted: Frames, authored: Path, day: date) -> Frames:
    return standardise_products(
        accepted,
        load_codebooks(authored, PRODUCTS),
        as_of=day,
        hashed=load_linkage(authored / "linkage" / "product.yaml").columns,
    )


def _standardise_services(accepted: Frames, authored: Path, day: date) -> Frames:
    places = accepted["facility_facility_identifier"]
    return standardise_services(accepted, load_codebooks(authored, SERVICE_BOOKS), places, as_of=day)


def _make_tariffs(accepted: Frames, authored: Path, day: date) -> Frames:
    return tariff_tables(accepted, load_codebooks(authored, TARIFF_BOOKS), load_contracts(authored), as_of=day)


def _judge_tariffs(tables: Tables) -> pl.DataFrame:
    return unreconciled({"reconciliation": tables["reconciliation"].read()})


def _make_clinical(masters: Frames, _authored: Path, _day: date, *, asked: Tables) -> Frames:
    return clinical_tables(masters, asked)


def _remake_clinical(accepted: Nights, former: Former, _authored: Path, _day: date) -> Made | None:
    return clinical_tables_again({name: since.now for name, since in accepted.items()}, former)


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
        remake_tables=patient_tables_again,
    ),
    DomainSpec(
        name="practitioner",
        index="mni",
        references=("dukcapil_penduduk", "dukcapil_verifikasi"),
        asked=(CIVIL,),
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
    DomainSpec(
        name="product",
        index="kfa",
        references=(),
        standard=("record", "identifier", "substance", "price", "atc", "finding"),
        standardise=_standardise_products,
        golden="product",
        tables=(
            "product_identifier",
            "active_ingredient",
            "synonym",
            "price",
            "price_jkn",
            "atc",
            "unmatched_item",
            "finding",
        ),
        make_tables=product_tables,
        levels=("substance", "template", "pack", "device_template", "device"),
    ),
    DomainSpec(
        name="service",
        index="layanan",
        references=(),
        standard=("record", "item", "finding"),
        standardise=_standardise_services,
        golden="service",
        tables=("local_service", "offered_by", "synonym", "service_map", "finding"),
        make_tables=service_tables,
        indexes=(("facility", "facility_identifier"),),
        pairs=("pair", "decision"),
    ),
    DomainSpec(
        name="tariff",
        index="pembiayaan",
        references=(),
        standard=(),
        standardise=_make_tariffs,
        golden="",
        tables=(
            "payer",
            "care_class",
            "cost_group",
            "primary_care",
            "tariff",
            "cost_component",
            "package",
            "finding",
            "reconciliation",
        ),
        indexes=(("service", "local_service"), ("facility", "facility")),
        intake=("faskes_tarif", "referensi_paket"),
        judge=_judge_tariffs,
        judged="Loaded, flagged and quarantined rows and rupiah add up to what was delivered.",
    ),
    DomainSpec(
        name="clinical",
        index="klinis",
        references=(),
        asked=(VISITS, FACTS),
        standard=("version", "asked"),
        standardise=_make_clinical,
        restandardise=_remake_clinical,
        golden="",
        tables=(
            "encounter",
            "condition",
            "observation",
            "diagnostic_report",
            "service_request",
            "specimen",
            "procedure",
            "component",
            "encounter_status",
            "coding",
            "link",
            "text",
            "unresolved_reference",
            "history",
            "finding",
            "reconciliation",
        ),
        indexes=tuple((domain, table) for domain in KINDS for table in (domain, f"{domain}_identifier")),
        index_columns=dict.fromkeys(KINDS, ("master_id",)),
        redirects=tuple(KINDS),
        judge=broken_references,
        judged="Every reference leads to a master or a resource of tonight, or is listed as one that does not.",
    ),
)

#: Those whose records have an identity.
LINKED = tuple(spec for spec in DOMAINS if spec.golden)

INDEXES = tuple(spec.index for spec in LINKED)
