"""Rows of `faskes/pasien`, as intake accepts them or as they were delivered, with keys and in their order.

Rows of another register that bears the same columns (`civil`) bring their keys along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import polars as pl

from sehatmu.standardise.ordering import order_keys

REGISTRATIONS = ("faskes", "pasien")
DELIVERED = (
    "sumber_kode", "kode_faskes", "no_rm", "no_ihs", "nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin",
    "nama_ibu", "nik_ibu", "urutan_kembar", "anak_ke", "status_kawin", "kewarganegaraan", "no_kk", "alamat", "rt", "rw",
    "kode_kel", "telepon", "no_bpjs", "paspor", "tanggal_meninggal", "tanggal_update",
)  # fmt: skip
#: Rows that are worked on at once: bounds the memory, and changes nothing else.
SLICE = 1 << 17


def with_keys(
    rows: pl.DataFrame, as_of: date, columns: Collection[str], register: tuple[str, str] = REGISTRATIONS
) -> pl.DataFrame:
    """These columns of the rows, and the keys that their order is told by; keys, `delivery_date` and `flags` are made
    where intake has not made them. Superseded rows are left out, absent columns are null."""
    if "is_current" in rows.columns:
        rows = rows.filter("is_current")
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in DELIVERED if name not in rows.columns)
    rows = rows.with_columns(facility_key=pl.concat_str("sumber_kode", "kode_faskes", separator="|"))
    source_key = ("source_key",) if "source_key" in rows.columns else ("facility_key", "no_rm")
    given = {
        "record_key": pl.concat_str(pl.lit("|".join(register)), *source_key, separator="|"),
        "source_key": pl.concat_str(*source_key, separator="|"),
        "delivery_date": pl.lit(as_of),
        "flags": pl.lit([], pl.List(pl.String)),
    }
    wanted = list(dict.fromkeys(("record_key", "facility_key", "no_rm", *columns)))
    made = {name: value for name, value in given.items() if name in wanted and name not in rows.columns}
    return rows.with_columns(**made).select(wanted)


def slices_in_order(rows: pl.DataFrame, columns: Collection[str]) -> Iterator[pl.DataFrame]:
    """`record_key` and these columns of `rows`, in the order of `record_key`, some rows at a time; at least one frame,
    if an empty one."""
    order = order_keys(rows["record_key"], rows["facility_key"], rows["no_rm"].cast(pl.String))
    rows = rows.select(list(dict.fromkeys(("record_key", *columns))))
    for at in range(0, max(len(rows), 1), SLICE):
        yield rows.slice(at, SLICE) if order is None else rows[order.slice(at, SLICE)]
