"""The numbers that registers give to facilities, one column per register.

A code is worth nothing without its register: puskesmas and clinics count from the same number on, and a
hospital code begins with the regency code of the day it was given, which may since have been replaced.
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Rolls, cases

_BPJS_LETTER = {"104": "R", "102": "P", "103": "B", "105": "A", "101": "D", "108": "O"}
_SERVICES = ["101", "103", "106", "107", "108", "110", "111"]
_MEDICINE = ["105", "121", "122", "123", "135"]
_NAMESPACE = {
    "101": "yankes_praktik_mandiri",
    "103": "yankes_klinik",
    "106": "yankes_utd",
    "107": "yankes_labkes",
}


def give_codes(world: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Adds `sirs, sisdmk, komdat, clinic_old, kmk, simada, bpjs`, null where a register gives none.

    And for the service register `namespace` (of the old code; null where it has none of its own),
    `has_new_code`, `knows_both`. Serial numbers count in entity order within a regency and kind, so a
    later entity never changes an earlier one's code.
    """
    kind, kind_code = pl.col("kind"), pl.col("kind_code")
    rolls = Rolls(seed, "service codes", world["entity"].to_numpy())
    # Riau Islands: codes of before 2002 begin with 20
    old_riau = (pl.col("prov_code") == "21", pl.lit("20") + pl.col("kab_code").str.tail(2))
    sirs = cases(old_riau, otherwise=pl.coalesce("kab_former", "kab_code")) + _serial(3, "kab_code", "kind_code")
    in_district = pl.col("kec_bps") + cases((kind == "puskesmas", pl.lit("2")), otherwise=pl.lit("5"))
    kmk = pl.col("kab_code") + kind_code.str.tail(2) + _serial(5, "kab_code", "kind_code")
    namespace = kind_code.replace_strict(_NAMESPACE, default=None)
    letter = kind_code.replace_strict(_BPJS_LETTER, default=None)
    return world.with_columns(
        sirs=pl.when(kind == "hospital").then(sirs),
        sisdmk=cases(
            (kind == "hospital", pl.lit("R") + sirs),
            (kind.is_in(["puskesmas", "pustu"]), pl.lit("P") + in_district + _serial(2, "kec_code", "kind")),
            (kind == "dinas", pl.lit("D") + pl.col("kab_code")),
        ),
        komdat=pl.when(kind == "puskesmas").then(pl.lit("10") + _serial(5, "kind")),
        clinic_old=pl.when(kind_code.is_in(_SERVICES)).then(pl.lit("10") + _serial(5, namespace)),
        kmk=pl.when(kind_code.is_in(_SERVICES)).then(kmk),
        simada=pl.when(kind_code.is_in(_MEDICINE)).then(pl.col("kab_code") + _serial(5, "kab_code")),
        bpjs=pl.col("kab_code") + letter + _serial(3, "kab_code", "kind_code"),
        namespace=namespace,
        has_new_code=rolls.flag("has_new_code", 0.5),
        knows_both=rolls.flag("knows_both", 0.6),
    )


def _serial(width: int, *within: str | pl.Expr) -> pl.Expr:
    return pl.int_range(1, pl.len() + 1).over(within).cast(pl.String).str.zfill(width)
