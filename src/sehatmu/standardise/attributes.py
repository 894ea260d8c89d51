"""The attribute columns that golden records choose from, named as in `msi.facility`.

Words of the source become codes by the codebooks of spellings; a word that no codebook knows leaves null
and is marked (`<column>_known`), so that `facility` can report it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.names import display_name
from sehatmu.standardise.region_list import Regions
from sehatmu.standardise.text import clean_text


def describe(
    rows: pl.DataFrame, accepted: Mapping[str, pl.DataFrame], regions: Regions, books: Codebooks
) -> pl.DataFrame:
    """The attribute columns that golden records choose from."""
    rows = _with_spelling(rows, "owner_text", books["owners"].select(
        "spelling", pemilik_kode="owner_code", pemilik_nama="owner_name", pemilik_group="owner_group"
    ))  # fmt: skip
    rows = _with_spelling(rows, "class_text", books["hospital_classes"].select(
        "spelling", kelas_sarana_kode="class_code", kelas_sarana_nama="class_name"
    ))  # fmt: skip
    values = books["value_spellings"]
    for field, column in (
        ("rawat_inap", "inpatient_text"),
        ("status_aktif", "status_text"),
        ("status_sarana", "status_text"),
    ):
        spelt = values.filter(pl.col("field") == field).select("spelling", pl.col("value").alias(field))
        rows = _with_spelling(rows, column, spelt)
    rows = _with_beds(rows, accepted)
    rows = _with_region_names(rows, regions)
    return rows.with_columns(
        kode_satusehat="official_id",
        nama=display_name(pl.col("name"), pl.col("kind_code"), pl.col("name_kind")),
        telp="phone",
        alamat="address",
        wilayah_karakteristik="character",
        akreditasi="accreditation",
        no_izin="licence",
        tgl_izin_akhir="licence_end",
        rawat_inap=pl.col("rawat_inap") == "true",
        status_aktif=pl.col("status_aktif") == "true",
    )


def _with_spelling(rows: pl.DataFrame, column: str, spellings: pl.DataFrame) -> pl.DataFrame:
    """Joins a codebook of spellings; `<column>_known` says whether the text stands in it."""
    spellings = spellings.with_columns(pl.lit(True).alias(f"{column}_known"))
    if f"{column}_known" in rows.columns:
        rows = rows.drop(f"{column}_known")
    rows = rows.with_columns(spelling=clean_text(pl.col(column)))
    return rows.join(spellings, on="spelling", how="left", maintain_order="left").drop("spelling")


def _with_beds(rows: pl.DataFrame, accepted: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Beds by class of care add up to a hospital's beds; they go before the total of the hospital's row."""
    own = pl.col("beds").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    counted = accepted.get("sirs_tempat_tidur")
    if counted is None:
        return rows.with_columns(total_tt=own)
    sums = (
        current_rows(counted)
        .group_by(code_beds=pl.col("kode_rs").cast(pl.String).str.strip_chars().str.to_uppercase())
        .agg(counted_beds=pl.col("jumlah_tt").cast(pl.Int64, strict=False).sum())
    )
    code = pl.when(pl.col("source") == "sirs").then(pl.col("source_key").str.strip_chars().str.to_uppercase())
    rows = rows.with_columns(code_beds=code).join(sums, on="code_beds", how="left", maintain_order="left")
    return rows.with_columns(total_tt=pl.coalesce("counted_beds", own))


def _with_region_names(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    provinces = regions.provinces.select(
        "prov_code",
        provinsi_kode="prov_code",
        provinsi_nama="name",
        provinsi_kode_bps="bps_code",
        provinsi_kode_lama="former_code",
    )
    rows = rows.join(provinces, on="prov_code", how="left", maintain_order="left")
    if regions.regencies.is_empty():
        return rows
    regencies = regions.regencies.select(
        "kab_code",
        kabkota_kode="kab_code",
        kabkota_nama="name",
        kabkota_kode_bps="bps_code",
        kabkota_kode_lama="former_code",
    )
    districts = regions.districts.select("kec_code", kecamatan_kode="kec_code", kecamatan_nama="name")
    rows = rows.join(regencies, on="kab_code", how="left", maintain_order="left")
    return rows.join(
        districts.unique("kec_code", keep="first", maintain_order=True),
        on="kec_code",
        how="left",
        maintain_order="left",
    )
