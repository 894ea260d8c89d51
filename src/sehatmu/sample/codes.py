"""The numbers that registers give to facilities, one column per register.

A code is worth nothing without its register: puskesmas and clinics count from the same number on, and a
hospital code begins with the regency code of the day it was given, which may since have been replaced.
"""

from __future__ import annotations

import polars as pl

_BPJS_LETTER = {"104": "R", "102": "P", "103": "B", "105": "A", "101": "D", "108": "O"}


def give_codes(world: pl.DataFrame) -> pl.DataFrame:
    """Adds `sirs, sisdmk, komdat, clinic_old, kmk, simada, bpjs`; null where a register has none.

    Serial numbers count in entity order within a regency and kind, so a later entity never changes an
    earlier one's code.
    """
    kind = pl.col("kind")
    then_kab = pl.coalesce("kab_former", "kab_code")
    # Riau Islands: codes of before 2002 begin with 20
    hospital_kab = (
        pl.when(pl.col("prov_code") == "21").then("20" + pl.col("kab_code").str.tail(2)).otherwise(then_kab)
    )
    in_regency, in_district = _serial("kab_code", "kind_code"), _serial("kec_code", "kind")
    sirs = pl.when(kind == "hospital").then(hospital_kab + _pad(in_regency, 3))
    district = pl.col("kec_bps")
    yankes = pl.col("kind_code").is_in(["101", "103", "106", "107", "108", "110", "111"])
    return world.with_columns(
        sirs=sirs,
        sisdmk=pl.when(kind == "hospital").then("R" + sirs)
        .when(kind == "puskesmas").then("P" + district + _pad(200 + in_district, 3))
        .when(kind == "pustu").then("P" + district + _pad(500 + in_district, 3))
        .when(kind == "dinas").then("D" + pl.col("kab_code")),
        komdat=pl.when(kind == "puskesmas").then((1_010_000 + _serial("kind")).cast(pl.String)),
        clinic_old=pl.when(yankes).then((1_010_000 + _serial("kind_code")).cast(pl.String)),
        kmk=pl.when(yankes).then(pl.col("kab_code") + pl.col("kind_code").str.tail(2) + _pad(in_regency, 5)),
        simada=pl.when(pl.col("kind_code").is_in(["105", "121", "122", "123", "135"])).then(
            pl.col("kab_code") + _pad(_serial("kab_code"), 5)
        ),
        bpjs=pl.when(pl.col("kind_code").is_in(list(_BPJS_LETTER))).then(
            pl.col("kab_code") + pl.col("kind_code").replace_strict(_BPJS_LETTER, default="0") + _pad(in_regency, 3)
        ),
    )  # fmt: skip


def _serial(*within: str) -> pl.Expr:
    return pl.int_range(1, pl.len() + 1).over(*within)


def _pad(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)
