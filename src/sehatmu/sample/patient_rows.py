"""The rows of `faskes/pasien`: what clerks of many facilities wrote down about the people who came.

Called for a slice of the registry at a time; a row depends on its person, visit and facility alone, so
slices of any size give the same rows. Whoever is of the official sandbox is written without mess.
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample.patient_facts import birth_columns, contact_columns
from sehatmu.sample.patient_names import name_columns
from sehatmu.sample.patient_numbers import number_columns
from sehatmu.sample.people import UNKNOWN, Country, mother_of
from sehatmu.sample.person_desk import Desk, open_desk
from sehatmu.sample.registrations import Registry

COLUMNS = (
    "sumber_kode", "kode_faskes", "no_rm", "no_ihs", "nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin",
    "nama_ibu", "nik_ibu", "urutan_kembar", "anak_ke", "status_kawin", "kewarganegaraan", "no_kk", "alamat", "rt", "rw",
    "kode_kel", "telepon", "no_bpjs", "paspor", "tanggal_meninggal", "tanggal_update",
)  # fmt: skip
_OF_UNKNOWN = ("sumber_kode", "kode_faskes", "no_rm", "nama", "tanggal_lahir", "jenis_kelamin", "tanggal_update")


def patient_rows(country: Country, registry: Registry, start: int, stop: int) -> pl.DataFrame:
    """Rows `start` to `stop` - 1 as text: `entity, kind, twin, mother` of the truth, then the contract's columns."""
    desk = open_desk(country, registry, start, stop)
    columns = {
        **{name: registry.facilities[name].gather(desk.facility) for name in ("sumber_kode", "kode_faskes")},
        "no_rm": _record_numbers(desk),
        **number_columns(desk),
        **name_columns(desk),
        **birth_columns(desk),
        **contact_columns(desk),
    }
    is_known = pl.lit(pl.Series(desk.lives.kind != UNKNOWN))
    rows = pl.DataFrame([columns[name].alias(name) for name in COLUMNS])
    return rows.select(
        pl.lit(pl.Series("entity", desk.lives.ids)),
        pl.lit(pl.Series("kind", desk.lives.kind)),
        pl.lit(pl.Series("twin", desk.lives.twin)),
        pl.lit(pl.Series("mother", mother_of(desk.lives))),
        *(pl.col(name) if name in _OF_UNKNOWN else pl.when(is_known).then(name).alias(name) for name in COLUMNS),
    )


def _record_numbers(desk: Desk) -> pl.Series:
    """At least six digits, or eight, or RM before them, or with dashes, as the facility does."""
    how, text = pl.lit(pl.Series(desk.manner.pick("record number", 4))), pl.col("text")
    dashed = pl.concat_str(
        text.str.slice(0, text.str.len_chars() - 4), text.str.slice(-4, 2), text.str.slice(-2), separator="-"
    )
    written = (
        pl.when(how == 0).then(dashed).when(how == 1).then(pl.lit("00") + text)
        .when(how == 2).then(pl.lit("RM") + text).otherwise(text)
    )  # fmt: skip
    digits = pl.col("number").cast(pl.String).str.zfill(6).alias("text")
    return pl.DataFrame({"number": desk.number}).select(digits).select(written).to_series()
