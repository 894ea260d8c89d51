"""Rows of the civil register (`dukcapil/penduduk`) under the names that registrations of patients bear.

So the standardiser of persons reads both, and linkage compares like with like. Region numbers become one code.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import partial

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import blank, evaluate_distinct
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.person_values import read_words
from sehatmu.standardise.persons import person_records

REGISTER = ("dukcapil", "penduduk")
#: The register's columns → those of registrations.
_NAMES = {
    "nik": "nik",
    "no_kk": "no_kk",
    "nama_lgkp": "nama",
    "jenis_klmin": "jenis_kelamin",
    "tmpt_lhr": "tempat_lahir",
    "tgl_lhr": "tanggal_lahir",
    "nik_ibu": "nik_ibu",
    "nama_lgkp_ibu": "nama_ibu",
    "alamat": "alamat",
    "no_rt": "rt",
    "no_rw": "rw",
}
_REGION_DIGITS = {"no_prop": 2, "no_kab": 2, "no_kec": 2, "no_kel": 4}
_KEPT = ("record_key", "source_key", "delivery_date", "flags")


def civil_records(
    rows: pl.DataFrame, codebooks: Codebooks, *, as_of: date, columns: Collection[str], hashed: Collection[str]
) -> pl.DataFrame:
    """The `columns` of `persons.person_records` of the current rows of the register, and `is_deceased` (true or null).

    Its persons are no registrations: they have no facility, and stand under their NIK.
    """
    rows = current_rows(rows)
    named = rows.select(
        *(pl.col(name) for name in _KEPT if name in rows.columns),
        *(pl.col(name).alias(given) for name, given in _NAMES.items()),
        no_rm="nik",
        kode_kel=region_codes(rows),
        # Keys are these and the NIK: that is what puts a million of them in order at once.
        sumber_kode=pl.lit(REGISTER[0]),
        kode_faskes=pl.lit(REGISTER[1]),
        status_hidup="status_hidup",
    )
    is_dead = (read_words(named["status_hidup"], "life", codebooks) == "dead").fill_null(False)
    dead = named["record_key"].filter(is_dead).implode()
    made = person_records(named, codebooks, as_of=as_of, columns=columns, hashed=hashed, register=REGISTER)
    return made.with_columns(is_deceased=pl.when(pl.col("record_key").is_in(dead)).then(pl.lit(True)))


def region_codes(rows: pl.DataFrame) -> pl.Series:
    """The Kemendagri code that the four numbers make, as far as they go (2, 4, 6 or 10 digits); null without any.

    >>> row = {"no_prop": "9", "no_kab": "71.0", "no_kec": " 6", "no_kel": None}
    >>> region_codes(pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))).to_list()
    ['097106']
    """
    code, known = pl.repeat("", len(rows), eager=True), pl.repeat(True, len(rows), eager=True)
    for column, digits in _REGION_DIGITS.items():
        number = evaluate_distinct(rows[column], partial(_read_number, digits=digits))
        known &= number.is_not_null()
        code = (code + number).zip_with(known, code)
    return blank(code, code == "")


def _read_number(text: pl.Expr, digits: int) -> pl.Expr:
    number = text.str.strip_chars().str.extract(rf"^0*([0-9]{{1,{digits}}})(?:\.0+)?$")
    return number.str.zfill(digits)
