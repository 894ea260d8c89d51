"""The facility extracts as one table: which column of which extract says what.

A new facility register is one more entry here (and its contract). Values stay as delivered, tidied only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from sehatmu.standardise.text import tidy

KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "flags")
#: Common columns, all text; what an extract lacks is null.
TEXTS = (
    "name", "kind_text", "subkind_text", "class_text", "owner_text", "address", "prov_raw", "prov_name_raw",
    "kab_raw", "kab_name_raw", "kec_raw", "kel_raw", "latitude", "longitude", "phone_raw", "email_raw", "website",
    "inpatient_text", "character", "accreditation", "status_text", "licence", "beds", "serial",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtractSpec:
    """`columns`: common name → the extract's column. `default_kind` overrules the row's own word;
    `serial_pattern` takes the district prefix out of the register's own serial (column of `serial`);
    `name_limit` is the length at which the register cuts its names."""

    source: str
    extract: str
    columns: Mapping[str, str]
    default_kind: str | None = None
    serial_pattern: str = r"^$"
    name_limit: int | None = None
    licence_end: str | None = field(default=None)

    @property
    def table(self) -> str:
        return f"{self.source}_{self.extract}"


_PLACE = {"latitude": "latitude", "longitude": "longitude", "phone_raw": "telepon", "address": "alamat"}

EXTRACTS = (
    ExtractSpec(
        "sisdmk",
        "fasilitas",
        {
            **_PLACE,
            "name": "nama_unit", "kind_text": "jenis_unit", "subkind_text": "subjenis", "owner_text": "pemilik",
            "prov_raw": "kode_prov", "prov_name_raw": "nama_prov", "kab_raw": "kode_kab", "kab_name_raw": "nama_kab",
            "kec_raw": "kode_kec", "email_raw": "email", "inpatient_text": "kemampuan_rawat_inap",
            "character": "wilayah_karakteristik", "accreditation": "status_akreditasi", "status_text": "status",
            "serial": "kode_unit",
        },
        serial_pattern=r"^P(\d{7})\d{3}$",
        name_limit=50,
    ),
    ExtractSpec(
        "sirs",
        "rumah_sakit",
        {
            **_PLACE,
            "name": "nama_rs", "subkind_text": "jenis_rs", "class_text": "kelas", "owner_text": "pemilik",
            "kab_raw": "kode_kab", "kab_name_raw": "kab_kota", "prov_name_raw": "nama_prop", "email_raw": "email",
            "website": "website", "beds": "total_tt", "licence": "no_izin", "accreditation": "akreditasi",
            "status_text": "status",
        },
        default_kind="104",
        name_limit=50,
        licence_end="tgl_izin_akhir",
    ),
    ExtractSpec(
        "simada",
        "sarana",
        {
            **_PLACE,
            "name": "nama_sarana", "kind_text": "jenis_sarana", "owner_text": "pemilik", "kab_raw": "kode_kab",
            "kec_raw": "kode_kec", "kab_name_raw": "kab_kota", "prov_name_raw": "provinsi", "email_raw": "email",
            "licence": "no_izin", "status_text": "status",
        },
        licence_end="tgl_izin_akhir",
    ),
    ExtractSpec(
        "yankes",
        "fasyankes",
        {
            **_PLACE,
            "name": "nama", "kind_text": "jenis", "subkind_text": "subjenis", "owner_text": "kepemilikan",
            "kab_raw": "kode_kab", "kec_raw": "kode_kec", "kel_raw": "kode_kel", "email_raw": "email",
            "licence": "no_izin", "status_text": "status",
        },
        licence_end="tgl_izin_akhir",
    ),
    ExtractSpec(
        "komdat",
        "puskesmas",
        {"name": "unit_kerja", "kab_raw": "kode_kab"},
        default_kind="102",
    ),
    ExtractSpec(
        "bpjs",
        "faskes",
        {
            **_PLACE,
            "name": "nama", "kind_text": "jenis", "kab_raw": "kode_kab", "kab_name_raw": "kab_kota",
            "prov_name_raw": "provinsi",
        },
    ),
)  # fmt: skip


def gather_rows(accepted: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The current rows of all facility extracts under common names, one row per record, in key order.

    Columns: KEYS, TEXTS, `default_kind`, `is_cut`, `licence_end` (date), `row` (u32, position).
    """
    frames = [_common(accepted[spec.table], spec) for spec in EXTRACTS if spec.table in accepted]
    if not frames:
        frames = [pl.DataFrame(schema=_SCHEMA)]
    rows = pl.concat(frames).sort("record_key")
    return rows.with_row_index("row")


def current_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of an accepted frame that no later delivery replaced."""
    return frame.filter(pl.col("is_current"))


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "record_key": pl.String, "source": pl.String, "extract": pl.String, "source_key": pl.String,
    "delivery_date": pl.Date, "flags": pl.List(pl.String), **dict.fromkeys(TEXTS, pl.String),
    "default_kind": pl.String, "is_cut": pl.Boolean, "licence_end": pl.Date,
}  # fmt: skip


def _common(frame: pl.DataFrame, spec: ExtractSpec) -> pl.DataFrame:
    frame = current_rows(frame)

    def text(name: str) -> pl.Expr:
        column = spec.columns.get(name)
        if column is None or column not in frame.columns:
            return pl.lit(None, pl.String)
        return tidy(pl.col(column).cast(pl.String))

    name = spec.columns["name"]
    cut = pl.lit(False) if spec.name_limit is None else pl.col(name).str.len_chars() == spec.name_limit
    flags = pl.col("flags") if "flags" in frame.columns else pl.lit([], pl.List(pl.String))
    end = pl.lit(None, pl.Date)
    if spec.licence_end is not None and spec.licence_end in frame.columns:
        end = pl.col(spec.licence_end).cast(pl.Date)
    selected = frame.select(
        "record_key",
        source=pl.lit(spec.source),
        extract=pl.lit(spec.extract),
        source_key=pl.col("source_key").cast(pl.String),
        delivery_date=pl.col("delivery_date").cast(pl.Date),
        flags=flags.fill_null([]),
        **{column: text(column) for column in TEXTS},
        default_kind=pl.lit(spec.default_kind, pl.String),
        is_cut=cut.fill_null(False),
        licence_end=end,
    )
    serial = pl.col("serial").str.to_uppercase().str.extract(spec.serial_pattern)
    return selected.with_columns(serial=serial).select(pl.col(c).cast(t) for c, t in _SCHEMA.items())
