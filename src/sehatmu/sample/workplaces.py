"""Where health workers of the sample work: facilities that a register of theirs holds, and practices of their own."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from sehatmu.sample.dice import Rolls
from sehatmu.sample.holdings import held_by
from sehatmu.sample.nights import world_at
from sehatmu.sample.noise import Changes, Noise
from sehatmu.sample.places import regencies
from sehatmu.sample.professions import HOSPITAL, MEDICINE, PRACTICE, PUSKESMAS
from sehatmu.sample.render import Manner, render_addresses, render_names

_GROUPS = {
    "hospital": HOSPITAL, "puskesmas": PUSKESMAS, "pustu": PUSKESMAS, "apotek": MEDICINE, "pbf": MEDICINE,
    "toko_obat": MEDICINE, "klinik_pratama": PRACTICE, "klinik_utama": PRACTICE, "dokter": PRACTICE,
    "dokter_gigi": PRACTICE, "bidan": PRACTICE,
}  # fmt: skip
_REGISTERS = {
    "sisdmk": ("sisdmk/fasilitas", "key"),
    "sirs": ("sirs/rumah_sakit", "key"),
    "simada": ("simada/sarana", "key"),
    "service": ("yankes/fasyankes", "service_code"),
}


@lru_cache(maxsize=2)
def workplaces(seed: int, facilities: int) -> pl.DataFrame:
    """The facilities of the sample where health workers work, by group and town.

    Columns: `entity, group, town, size` (of a hospital 3, else 1), the codes `sisdmk, sirs, simada, service` in the
    registers that hold it, `public` (its owner pays civil servants), `name, address`, `kab_code, kab_name, kab_kind,
    prov_name`. Each has at least one code.
    """
    plain = Noise.none()
    world, _ = world_at(seed, facilities, night=1, noise=Noise(), changes=Changes())
    towns = {code: at for at, code in enumerate(regencies()["kab_code"])}
    places = world.filter(pl.col("kind").is_in(list(_GROUPS))).with_columns(
        group=pl.col("kind").replace_strict(_GROUPS, return_dtype=pl.Int64),
        town=pl.col("kab_code").replace_strict(towns, return_dtype=pl.Int64),
        public=pl.col("owner").is_in(["Pemkab", "Pemkot", "Pemprop", "Kemkes"]),
    )
    rolls = Rolls(seed, "workplace", places["entity"].to_numpy())
    places = places.with_columns(
        name=render_names(places, Manner(), rolls, plain), address=render_addresses(places, Manner(), rolls, plain)
    ).drop(_REGISTERS, strict=False)
    for column, (extract, code) in _REGISTERS.items():
        held = held_by(world, extract, seed=seed, noise=Noise()).select("entity", pl.col(code).alias(column))
        places = places.join(held.unique("entity", keep="first", maintain_order=True), on="entity", how="left")
    told = places.filter(
        pl.when(pl.col("group") == PRACTICE)
        .then(pl.col("service").is_not_null())
        .otherwise(pl.any_horizontal(pl.col("sisdmk", "sirs", "simada").is_not_null()))
    )
    return told.select(
        "entity", "group", "town", "kind", *_REGISTERS, "public", "name", "address", "kab_code", "kab_name",
        "kab_kind", "prov_name",
    ).sort("group", "town", "entity")  # fmt: skip
