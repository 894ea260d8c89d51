"""The extracts about drugs and devices as one table: which column of which extract says what.

Values stay as delivered, tidied only, and without html; what they mean is read in `products`. A further list is one
more entry here (and its contract).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.text import tidy

KEYS = ("record_key", "source", "extract", "source_key", "delivery_date", "flags")
#: Common columns, all text; what an extract lacks is null.
TEXTS = (
    "name", "brand_text", "form_text", "composition", "pack_text", "registrar", "maker_text", "country", "nie_text",
    "kode_kfa", "class_text", "category_text", "commodity", "tipe", "ukuran", "unit_text", "risk_text", "kategori",
    "sub_kategori", "jenis", "sub_jenis", "seller", "region_text", "kbki", "salt", "base", "cas", "decree",
)  # fmt: skip
#: Common columns of other types.
TYPED: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "issued": pl.Date, "expires": pl.Date, "valid_from": pl.Date, "valid_to": pl.Date, "volume_told": pl.Float64,
    "weight_told": pl.Float64, "content": pl.Float64, "price": pl.Float64, "tkdn": pl.Float64, "bmp": pl.Float64,
    "is_shown": pl.Boolean,
}  # fmt: skip
_TAG = r"<[^<>]*>|&(?:nbsp|amp|lt|gt|quot);"


@dataclass(frozen=True, slots=True)
class ProductExtract:
    """`columns`: common name → the extract's column. `series`: what a row is, where it is always the same;
    `is_subject`: whether a row makes an identity, or is evidence only."""

    source: str
    extract: str
    columns: Mapping[str, str]
    series: str | None
    is_subject: bool = True

    @property
    def table(self) -> str:
        return f"{self.source}_{self.extract}"


EXTRACTS = (
    ProductExtract(
        "bpom",
        "obat",
        {
            "name": "nama_produk", "brand_text": "merk", "form_text": "bentuk_sediaan", "composition": "komposisi",
            "pack_text": "kemasan", "registrar": "nama_pendaftar", "maker_text": "nama_produsen",
            "country": "negara_produsen", "nie_text": "nomor_registrasi", "kode_kfa": "kode_kfa",
            "class_text": "golongan", "category_text": "kategori", "issued": "tanggal_terbit",
            "expires": "masa_berlaku",
        },
        "product",
    ),
    ProductExtract(
        "regalkes",
        "alkes",
        {
            "name": "nama_produk", "brand_text": "merk", "registrar": "pendaftar", "maker_text": "produsen",
            "country": "negara_produsen", "nie_text": "nomor_izin_edar", "kode_kfa": "kode_kfa", "tipe": "tipe",
            "ukuran": "ukuran", "unit_text": "satuan", "risk_text": "kelas_risiko", "kategori": "kategori",
            "sub_kategori": "sub_kategori", "jenis": "jenis", "sub_jenis": "sub_jenis", "issued": "tanggal_terbit",
            "expires": "masa_berlaku", "volume_told": "volume", "weight_told": "berat", "content": "isi",
        },
        "device",
    ),
    ProductExtract(
        "lkpp",
        "katalog",
        {
            "name": "nama_produk", "brand_text": "merek", "pack_text": "isi_kemasan", "maker_text": "produsen",
            "nie_text": "nie", "kode_kfa": "kode_kfa", "commodity": "komoditas", "unit_text": "satuan",
            "seller": "penyedia", "region_text": "wilayah_harga", "kbki": "kode_kbki", "valid_from": "berlaku_dari",
            "valid_to": "berlaku_sampai", "price": "harga", "tkdn": "tkdn", "bmp": "bmp", "is_shown": "tayang",
        },
        None,
        is_subject=False,
    ),
    ProductExtract(
        "referensi",
        "harga_jkn",
        {
            "name": "nama", "kode_kfa": "kode_kfa", "decree": "dasar", "region_text": "regional", "price": "harga",
            "unit_text": "satuan", "valid_from": "mulai", "valid_to": "akhir",
        },
        "template",
    ),
    ProductExtract(
        "referensi",
        "zat_aktif",
        {"name": "nama", "salt": "garam", "base": "basa", "cas": "cas"},
        "substance",
    ),
)  # fmt: skip


def gather_products(accepted: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The current rows of all extracts under common names, in key order.

    Columns: KEYS, TEXTS, TYPED, `series`, `is_subject`, `has_html`, `row` (u32, position).
    """
    frames = [_common(accepted[spec.table], spec) for spec in EXTRACTS if spec.table in accepted]
    if not frames:
        frames = [pl.DataFrame(schema=_SCHEMA)]
    return pl.concat(frames).sort("record_key").with_row_index("row")


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "record_key": pl.String, "source": pl.String, "extract": pl.String, "source_key": pl.String,
    "delivery_date": pl.Date, "flags": pl.List(pl.String), **dict.fromkeys(TEXTS, pl.String), **TYPED,
    "series": pl.String, "is_subject": pl.Boolean, "has_html": pl.Boolean,
}  # fmt: skip


def _common(frame: pl.DataFrame, spec: ProductExtract) -> pl.DataFrame:
    frame = current_rows(frame)

    def told(name: str) -> pl.Expr:
        column = spec.columns.get(name)
        if column is None or column not in frame.columns:
            return pl.lit(None, _SCHEMA[name])
        return pl.col(column).cast(_SCHEMA[name])

    raw = frame.select(*(told(name).alias(name) for name in TEXTS))
    clean = raw.with_columns(tidy(pl.all().str.replace_all(_TAG, " ")))
    html = raw.select(pl.any_horizontal(pl.all().str.contains(_TAG).fill_null(False))).to_series()
    keys = frame.select(
        "record_key",
        pl.col("source_key").cast(pl.String),
        pl.col("delivery_date").cast(pl.Date),
        pl.col("flags").fill_null([]),
        *(told(name).alias(name) for name in TYPED),
        source=pl.lit(spec.source),
        extract=pl.lit(spec.extract),
        series=pl.lit(spec.series, pl.String),
        is_subject=pl.lit(spec.is_subject),
        has_html=html,
    )
    return pl.concat([keys, clean], how="horizontal").select(pl.col(c).cast(t) for c, t in _SCHEMA.items())
