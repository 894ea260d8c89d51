"""Accepted facility rows of all registers become comparable records, identifiers and findings.

The one entry of this package: `standardise_facilities`. Linkage reads the evidence columns, golden records
choose among the attribute columns, and both come from the same row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.standardise.addresses import normalise_addresses
from sehatmu.standardise.attributes import describe
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.contacts import normalise_email, normalise_phone
from sehatmu.standardise.coordinates import normalise_coordinates
from sehatmu.standardise.extracts import EXTRACTS, current_rows, gather_rows
from sehatmu.standardise.identifiers import (
    CODE_COLUMNS,
    FOUND_SCHEMA,
    best_code,
    collect_identifiers,
    judge_identifiers,
)
from sehatmu.standardise.kinds import KIND_HEADS, refine_by_name, resolve_kinds
from sehatmu.standardise.link_hash import hash_rows
from sehatmu.standardise.names import normalise_names
from sehatmu.standardise.region_list import build_regions
from sehatmu.standardise.regions import resolve_regions

#: Raise it with every change of what standardising makes of a value: it is part of `link_hash`.
STANDARDISER_VERSION = "1"

_KEYS = ("record_key", "source", "extract", "source_key", "delivery_date")
#: Columns that linkage may read, and so the columns of `link_hash`, in its order.
EVIDENCE = (
    "kind_code", "subkind_code", "kind_key", "speciality", "name_full", "name_core", "name_number", "name_tokens",
    "name_key", "name_kind", "address_core", "rt", "rw", "phone", "email", "postal_code", "prov_code", "prov_root",
    "kab_code", "kabkota_nama", "kec_code", "kel_code", "latitude", "longitude", *CODE_COLUMNS,
)  # fmt: skip
_ATTRIBUTES = (
    "kode_satusehat", "kode_sarana", "sumber_identifier", "nama", "telp", "website", "operasional",
    "wilayah_perairan_darat", "wilayah_karakteristik", "sarana_administrasi_kode", "sarana_administrasi_nama",
    "sarana_administrasi_kode_sarana", "sarana_administrasi_status_aktif", "sarana_administrasi_status_sarana",
    "alamat", "provinsi_kode", "provinsi_nama", "provinsi_kode_bps", "provinsi_kode_lama", "kabkota_kode",
    "kabkota_kode_bps", "kabkota_kode_lama", "kecamatan_kode", "kecamatan_nama",
    "jenis_sarana_kode", "jenis_sarana_nama", "jenis_sarana_nama_alt", "subjenis_kode", "subjenis_nama",
    "subjenis_nama_alt", "kelas_sarana_kode", "kelas_sarana_nama", "pemilik_kode", "pemilik_nama", "pemilik_group",
    "akreditasi", "total_tt", "no_izin", "tgl_izin_akhir", "rawat_inap", "status_sarana", "status_aktif",
)  # fmt: skip
_TYPES: dict[str, type[pl.DataType]] = {
    "latitude": pl.Float64, "longitude": pl.Float64, "total_tt": pl.Int64, "tgl_izin_akhir": pl.Date,
    "rawat_inap": pl.Boolean, "status_aktif": pl.Boolean, "sarana_administrasi_status_aktif": pl.Boolean,
}  # fmt: skip
FINDING_SCHEMA = {"record_key": pl.String, "finding": pl.String, "detail": pl.String}


@dataclass(frozen=True, slots=True)
class Standardised:
    """`record`: keys, evidence, attributes, `flags`, `link_hash`; `identifier`: record_key, namespace, code;
    `finding`: record_key, finding, detail. All sorted by their keys."""

    record: pl.DataFrame
    identifier: pl.DataFrame
    finding: pl.DataFrame


def standardise_facilities(
    accepted: Mapping[str, pl.DataFrame],
    wilayah: pl.DataFrame | None,
    codebooks: Codebooks,
    *,
    as_of: date | None = None,
) -> Standardised:
    """Standard frames of the current rows of `accepted` (keys like `sisdmk_fasilitas`; others are ignored).

    `wilayah` is the accepted `referensi/wilayah`; without it only provinces are resolved. Regions stand as on
    `as_of`, by default the latest delivery date. The order of rows does not matter.
    """
    rows = gather_rows(accepted)
    if as_of is None:
        latest = rows["delivery_date"].max()
        as_of = latest if isinstance(latest, date) else date(1945, 8, 17)
    regions = build_regions(wilayah, codebooks, as_of=as_of)
    rows = _normalise(rows, codebooks)
    places, region_findings = resolve_regions(rows, regions)
    rows = rows.join(places, on="row", how="left", maintain_order="left")
    identifiers, rows = _identify(rows, accepted, codebooks)
    rows = describe(rows, accepted, regions, codebooks)
    findings = pl.concat([_row_findings(rows), region_findings]).join(rows.select("row", "record_key"), on="row")
    return Standardised(
        record=_finish(rows, codebooks),
        identifier=identifiers,
        finding=findings.select(*FINDING_SCHEMA).unique().sort(*FINDING_SCHEMA, nulls_last=True),
    )


def _normalise(rows: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    rows = resolve_kinds(rows, books)
    head = pl.col("kind_code").replace_strict(KIND_HEADS, default=None, return_dtype=pl.String)
    rows = rows.with_columns(head=head)
    names = normalise_names(rows.filter(pl.col("name").is_not_null()), books["name_words"], books["name_starts"])
    rows = rows.join(names, on=["name", "head", "is_cut"], how="left", nulls_equal=True, maintain_order="left")
    rows = refine_by_name(rows, books)
    addresses = normalise_addresses(rows, books["name_words"])
    rows = rows.join(addresses, on="address", how="left", maintain_order="left")
    rows = normalise_coordinates(rows)
    return rows.with_columns(phone=normalise_phone(pl.col("phone_raw")), email=normalise_email(pl.col("email_raw")))


def _identify(
    rows: pl.DataFrame, accepted: Mapping[str, pl.DataFrame], books: Codebooks
) -> tuple[pl.DataFrame, pl.DataFrame]:
    found = [
        collect_identifiers(current_rows(accepted[spec.table]), spec.source, spec.extract, books)
        for spec in EXTRACTS
        if spec.table in accepted
    ]
    none = pl.DataFrame(schema=FOUND_SCHEMA)
    provinces = rows.select("record_key", "prov_code")
    identifiers, wide = judge_identifiers(pl.concat([none, *found]), provinces, books)
    rows = rows.join(wide, on="record_key", how="left", maintain_order="left")
    best = best_code(identifiers, books)
    return identifiers, rows.join(best, on="record_key", how="left", maintain_order="left")


def _row_findings(rows: pl.DataFrame) -> pl.DataFrame:
    """What the row itself shows; details name columns and codebook words, never contacts."""
    said = {
        "kind-unknown": (~pl.col("kind_known"), pl.col("kind_text")),
        "no-kind": (pl.col("kind_code").is_null(), pl.lit(None, pl.String)),
        "owner-unknown": (_unknown("owner_text"), pl.col("owner_text")),
        "class-unknown": (_unknown("class_text"), pl.col("class_text")),
        "province-unknown": (
            pl.col("prov_name_raw").is_not_null() & pl.col("prov_code").is_null(),
            pl.col("prov_name_raw"),
        ),
        "name-cut": (pl.col("is_cut"), pl.lit(None, pl.String)),
        "phone-unreadable": (_lost("phone_raw", "phone"), pl.lit(None, pl.String)),
        "email-unreadable": (_lost("email_raw", "email"), pl.lit(None, pl.String)),
    }
    found = [
        rows.filter(condition).select("row", finding=pl.lit(name), detail=detail)
        for name, (condition, detail) in said.items()
    ]
    positions = rows.filter(pl.col("position_flag").is_not_null()).select(
        "row", finding="position_flag", detail=pl.lit(None, pl.String)
    )
    return pl.concat([*found, positions])


def _unknown(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & pl.col(f"{column}_known").is_null()


def _lost(raw: str, column: str) -> pl.Expr:
    return pl.col(raw).is_not_null() & pl.col(column).is_null()


def _finish(rows: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    cut = pl.when(pl.col("is_cut")).then(pl.lit("name-cut"))
    own = pl.concat_list("position_flag", cut).list.drop_nulls()
    rows = rows.with_columns(flags=pl.col("flags").list.concat(own).list.unique().list.sort())
    columns = list(dict.fromkeys((*_KEYS, *EVIDENCE, *_ATTRIBUTES, "flags")))
    absent = [pl.lit(None).alias(c) for c in columns if c not in rows.columns]
    types = {c: _TYPES.get(c, pl.String) for c in (*EVIDENCE, *_ATTRIBUTES)}
    record = rows.with_columns(*absent).select(pl.col(c).cast(types[c]) if c in types else pl.col(c) for c in columns)
    hashed = hash_rows(record.select(EVIDENCE), f"{STANDARDISER_VERSION}|{books.version}")
    return record.with_columns(link_hash=hashed).sort("record_key")
