"""The national list of the sample: base codes, their modifiers and the combinations of both, by kind of service.

As many services as asked for, the first of an order that depends on the seed alone; and the list as it is delivered.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.sample import service_words as words
from sehatmu.sample.dice import Rolls

# Group of modifiers: their codes and names.
MODIFIERS = {
    "AP": {"AP001": "AP", "AP002": "PA", "AP003": "LATERAL"},
    "NP": {"NP001": "DENGAN KONTRAS", "NP002": "TANPA KONTRAS"},
    "SU": {"SU001": "TERBUKA", "SU002": "LAPAROSKOPI", "SU003": "PERKUTAN", "SU004": "ROBOTIK"},
    "SD": {"SD001": "KANAN", "SD002": "KIRI"},
    "AN": {"AN001": "ANESTESI LOKAL", "AN002": "ANESTESI UMUM"},
    "CT": {"CT001": "CITO"},
    "KR": {"KR001": "KELAS 1", "KR002": "KELAS 2", "KR003": "KELAS 3"},
}
_HEAD = pl.Schema({"group": pl.String, "name": pl.String, "takes": pl.String, "price": pl.Int64})


def list_services(codes: int, *, seed: int) -> pl.DataFrame:
    """`entity` (from 1), `code`, `base`, `modifier` (null for a base), `group`, `name`, `takes` (a group of modifiers,
    or null), `price`: about what it costs in rupiah. A base comes before its combinations."""
    bases = _bases()
    rank = Rolls(seed, "kptl", np.arange(bases.height, dtype=np.int64)).unit("rank")
    bases = bases.with_columns(rank=pl.Series(rank)).sort("rank", "name").drop("rank")
    bases = bases.with_columns(base=(10001 + pl.int_range(pl.len())).cast(pl.String), modifier=pl.lit(None, pl.String))
    modifiers = pl.DataFrame(
        [(group, code, name) for group, members in MODIFIERS.items() for code, name in members.items()],
        schema=["takes", "modifier", "modifier_name"],
        orient="row",
    )
    combined = bases.drop("modifier").join(modifiers, on="takes", maintain_order="left_right")
    combined = combined.with_columns(name=phrase("{} {}", "name", "modifier_name")).drop("modifier_name")
    every = pl.concat([bases, combined.select(bases.columns)]).sort("base", "modifier", nulls_last=False).head(codes)
    return every.select(
        entity=pl.int_range(1, pl.len() + 1),
        code=pl.concat_str("base", "modifier", separator=".", ignore_nulls=True),
        base="base",
        modifier="modifier",
        group="group",
        name="name",
        takes="takes",
        price="price",
    )


def list_rows(services: pl.DataFrame, *, retired: int) -> pl.DataFrame:
    """`referensi/kptl`: every service, every modifier, and as many retired codes of names that live on elsewhere."""
    own = services.select(
        kode_dasar="code",
        nama=pl.col("name").str.to_titlecase(),
        kelompok_modifier_1=pl.when(pl.col("modifier").is_null()).then("takes"),
        modifier=pl.lit(None, pl.String),
        status=pl.lit("Aktif"),
    )
    modifiers = pl.DataFrame(
        [(code, name, group) for group, members in MODIFIERS.items() for code, name in members.items()],
        schema=["kode_dasar", "nama", "modifier"],
        orient="row",
    ).with_columns(status=pl.lit("Aktif"))
    old = services.filter(pl.col("modifier").is_null()).head(retired)
    ended = old.select(
        kode_dasar=retired_codes(pl.col("base")), nama=pl.col("name").str.to_titlecase(), status=pl.lit("Tidak Aktif")
    )
    empty = [pl.lit(None, pl.String).alias(f"kelompok_modifier_{place}") for place in range(2, 6)]
    rows = pl.concat([own, modifiers, ended], how="diagonal").with_columns(*empty, versi=pl.lit("1.0"))
    places = [f"kelompok_modifier_{place}" for place in range(1, 6)]
    return rows.select("kode_dasar", "nama", *places, "modifier", "status", "versi")


def retired_codes(base: pl.Expr) -> pl.Expr:
    """The code that a base had in the list before."""
    return (base.cast(pl.Int64) + 60000).cast(pl.String)


def _bases() -> pl.DataFrame:
    organs = words.ORGANS
    made = [
        *(("radiologi", f"RONTGEN {o}", "AP", 120_000) for o in organs),
        *(("radiologi", f"USG {o}", "SD", 180_000) for o in organs),
        *(("radiologi", f"CT SCAN {o}", "NP", 900_000) for o in organs),
        *(("radiologi", f"MRI {o}", "NP", 1_800_000) for o in organs),
        *(("laboratorium", f"{t} {s}", "CT", 60_000) for t in words.TESTS for s in words.SPECIMENS),
        *(("prosedur_bedah", f"{a} {o}", "SU", 4_000_000) for a in words.OPERATIONS for o in organs),
        *(("prosedur_non_bedah", f"{a} {o}", "AN", 250_000) for a in words.CARE for o in organs),
        *(("konsultasi", f"{v} {d}", None, 90_000) for v in ("VISITE", "KONSULTASI") for d in words.DOCTORS),
        *(("rehabilitasi", f"{t} {o}", "SD", 110_000) for t in words.THERAPIES for o in organs),
        *(("kamar", room, "KR", 400_000) for room in words.ROOMS),
    ]
    return pl.DataFrame(made, schema=_HEAD, orient="row")
