"""Rows of `faskes/pasien`, as intake accepts them or as they were delivered, with keys and in their order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import polars as pl

from sehatmu.standardise.ordering import order_keys

SOURCE, EXTRACT = "faskes", "pasien"
DELIVERED = (
    "sumber_kode", "kode_faskes", "no_rm", "no_ihs", "nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin",
    "nama_ibu", "nik_ibu", "urutan_kembar", "anak_ke", "status_kawin", "kewarganegaraan", "no_kk", "alamat", "rt", "rw",
    "kode_kel", "telepon", "no_bpjs", "paspor", "tanggal_meninggal", "tanggal_update",
)  # fmt: skip
#: Rows that are worked on at once: bounds the memory, and changes nothing else.
SLICE = 1 << 20


def with_keys(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The delivered columns and `record_key`, `source_key`, `facility_key`, `delivery_date`, `flags`, made where
    intake has not; superseded rows are left out, absent columns are null."""
    if "is_current" in rows.columns:
        rows = rows.filter("is_current")
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in DELIVERED if name not in rows.columns)
    rows = rows.with_columns(facility_key=pl.concat_str("sumber_kode", "kode_faskes", separator="|"))
    given = {
        "source_key": pl.concat_str("facility_key", "no_rm", separator="|"),
        "delivery_date": pl.lit(as_of),
        "flags": pl.lit([], pl.List(pl.String)),
    }
    rows = rows.with_columns(**{name: value for name, value in given.items() if name not in rows.columns})
    if "record_key" not in rows.columns:
        rows = rows.with_columns(record_key=pl.concat_str(pl.lit(f"{SOURCE}|{EXTRACT}|"), "source_key"))
    return rows


def slices_in_order(rows: pl.DataFrame, columns: Collection[str]) -> Iterator[pl.DataFrame]:
    """The keys and these columns of `rows`, in the order of `record_key`, some rows at a time; at least one frame,
    if an empty one."""
    order = order_keys(rows["record_key"], rows["facility_key"], rows["no_rm"].cast(pl.String))
    names = dict.fromkeys(("record_key", "source_key", "facility_key", "delivery_date", *columns))
    rows = rows.select(*names)
    for at in range(0, max(len(rows), 1), SLICE):
        yield rows.slice(at, SLICE) if order is None else rows[order.slice(at, SLICE)]
