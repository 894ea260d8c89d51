"""Small deliveries for the tests of standardising: rows as dictionaries in, accepted frames out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.standardise import Codebooks, Standardised, load_codebooks, standardise_facilities

CONTRACTS = Path(__file__).parents[1] / "data_contracts"
DAY = date(2026, 11, 23)
_KEYS = {
    "sisdmk_fasilitas": ("kode_unit",),
    "sirs_rumah_sakit": ("kode_rs",),
    "simada_sarana": ("kode_sarana",),
    "yankes_fasyankes": ("sumber_identifier", "kode_faskes"),
    "komdat_puskesmas": ("kode_instansi",),
    "bpjs_faskes": ("kode_ppk",),
    "sirs_tempat_tidur": ("kode_rs", "kelas"),
}


@cache
def books() -> Codebooks:
    return load_codebooks(CONTRACTS)


def accepted(table: str, rows: Sequence[Mapping[str, Any]], *, day: date = DAY) -> pl.DataFrame:
    """Rows of one extract with the key columns that intake adds."""
    source, extract = table.split("_", 1)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    source_key = pl.concat_str(_KEYS[table], separator="|")
    current = pl.col("is_current") if "is_current" in frame.columns else pl.lit(True)
    return frame.with_columns(
        source=pl.lit(source),
        extract=pl.lit(extract),
        source_key=source_key,
        record_key=pl.concat_str(pl.lit(f"{source}|{extract}|"), source_key),
        delivery_date=pl.lit(day),
        flags=pl.lit([], pl.List(pl.String)),
        is_current=current,
    )


def wilayah(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Regions as (kode, nama, kode_bps, kode_lama, berlaku_dari, berlaku_sampai), the tail left out at will."""
    columns = ("kode", "nama", "kode_bps", "kode_lama", "berlaku_dari", "berlaku_sampai")
    schema = dict.fromkeys(columns[:4], pl.String) | dict.fromkeys(columns[4:], pl.Date)
    full = [row + (None,) * (len(columns) - len(row)) for row in rows]
    return pl.DataFrame(full, schema=schema, orient="row").with_columns(
        induk=pl.lit(None, pl.String), is_current=pl.lit(True)
    )


def standardise(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], regions: pl.DataFrame | None = None, **options: Any
) -> Standardised:
    frames = {table: accepted(table, rows) for table, rows in tables.items()}
    return standardise_facilities(frames, regions, books(), **options)


def by_key(made: Standardised, *columns: str) -> dict[str, Any]:
    """source_key → value of the column, or tuple of the columns."""
    rows = made.record.select("source_key", *columns).rows()
    return {key: values[0] if len(columns) == 1 else tuple(values) for key, *values in rows}


def findings(made: Standardised) -> set[tuple[str, str]]:
    """(source_key, finding) of every finding."""
    keys = made.record.select("record_key", "source_key")
    return set(made.finding.join(keys, on="record_key").select("source_key", "finding").rows())
