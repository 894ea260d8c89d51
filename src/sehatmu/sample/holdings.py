"""Which register holds which facility, and under which business key."""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.noise import Noise

# Where a facility of a kind is registered, and how surely.
HOLDS: dict[str, dict[str, float]] = {
    "sisdmk/fasilitas": {"puskesmas": 0.97, "pustu": 0.9, "hospital": 0.6, "dinas": 1},
    "sirs/rumah_sakit": {"hospital": 0.98},
    "simada/sarana": {"apotek": 0.97, "toko_obat": 0.95, "pbf": 1, "alkes": 1, "instalasi": 0.95},
    "yankes/fasyankes": {
        "klinik_pratama": 0.96, "klinik_utama": 0.96, "dokter": 0.97, "dokter_gigi": 0.97, "bidan": 0.97,
        "lab": 0.97, "utd": 0.95, "optik": 0.92, "tradisional": 1, "balai": 1,
    },
    "komdat/puskesmas": {"puskesmas": 0.98},
    "bpjs/faskes": {
        "hospital": 0.75, "puskesmas": 0.9, "klinik_pratama": 0.5, "klinik_utama": 0.3, "apotek": 0.25,
        "dokter": 0.25, "dokter_gigi": 0.2, "optik": 0.4,
    },
}  # fmt: skip
KEYS: dict[str, tuple[str, ...]] = {
    "sisdmk/fasilitas": ("sisdmk",),
    "sirs/rumah_sakit": ("sirs",),
    "simada/sarana": ("simada",),
    "yankes/fasyankes": ("namespace", "service_code"),
    "komdat/puskesmas": ("komdat",),
    "bpjs/faskes": ("bpjs",),
}
_TELLS_STATUS = ("sisdmk/fasilitas", "sirs/rumah_sakit", "simada/sarana", "yankes/fasyankes")


def held_by(world: pl.DataFrame, extract: str, *, seed: int, noise: Noise) -> pl.DataFrame:
    """The rows of one register: facilities that it holds, with `key` and, for services, their code tonight.

    A closing facility is told as closed by half of the registers that tell a status, the others drop it. A
    merged one goes from the registers that already hold the one it is now part of. Some registers know a
    renamed facility by its old name.
    """
    rolls = Rolls(seed, f"{extract} holds", world["entity"].to_numpy())
    rate = pl.col("kind").replace_strict(HOLDS[extract], default=0.0, return_dtype=pl.Float64)
    held = pl.lit(pl.Series(rolls.unit("held"))) < rate
    dropped = pl.col("closing") & (rolls.flag("drops", 0.5) if extract in _TELLS_STATUS else pl.lit(True))
    is_merged = pl.col("about") != pl.col("entity")
    late = pl.col("old_stem").is_not_null() & rolls.flag("late_rename", noise.late_rename)
    rows = world.with_columns(held=held).with_columns(
        held=pl.col("held") & ~(is_merged & pl.col("held").gather(pl.col("about") - 1)),
        number=cases((late, pl.col("old_number")), otherwise=pl.col("number")),
        stem=cases((late, pl.col("old_stem")), otherwise=pl.col("stem")),
    )
    lettered = rolls.flag("code_letter", noise.code_letter)
    rows = rows.with_columns(sirs=pl.col("sirs") + cases((lettered, pl.lit("S")), otherwise=pl.lit("")))
    rows = rows.filter(pl.col("held") & ~dropped & ~pl.col("gone"))
    if extract == "yankes/fasyankes":
        rows = _service_codes(rows, seed=seed, noise=noise)
    key = pl.concat_str([pl.col(name) for name in KEYS[extract]], separator="|")
    return rows.with_columns(key=key).sort("key")


def _service_codes(rows: pl.DataFrame, *, seed: int, noise: Noise) -> pl.DataFrame:
    """`namespace, service_code, new_code` of the service register, in which some facilities stand twice."""
    twice = Rolls(seed, "service twice", rows["entity"].to_numpy()).flag("twice", noise.reregistered)
    own, has_new = pl.col("namespace").is_not_null(), pl.col("has_new_code")
    coded = rows.with_columns(
        namespace=cases(
            (~own, pl.lit("dto_msfi")),
            (has_new, pl.col("namespace") + pl.lit("_kmk")),
            otherwise=pl.col("namespace"),
        ),
        service_code=cases((own & has_new, pl.col("kmk")), otherwise=pl.col("clinic_old")),
        new_code=pl.when(own & (has_new | pl.col("knows_both"))).then("kmk"),
        twice=own & ~has_new & twice,
    )
    again = coded.filter("twice").with_columns(
        namespace=pl.col("namespace") + pl.lit("_kmk"), service_code="kmk", new_code="kmk"
    )
    return pl.concat([coded, again])
