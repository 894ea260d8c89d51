"""The facilities of the made-up world: what each truly is, before any register writes it down.

One row per entity. A facility depends only on the seed and its number, and on facilities of lower numbers
(a pustu on the puskesmas before it), so a larger world begins with the smaller one.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import words
from sehatmu.sample.dice import Ints, Rolls, cases
from sehatmu.sample.names import give_names
from sehatmu.sample.noise import Noise
from sehatmu.sample.places import DISTRICTS, VILLAGES, regencies, villages

SHARES = {
    "puskesmas": 24.0, "pustu": 8, "hospital": 10, "klinik_pratama": 12, "klinik_utama": 4, "apotek": 15,
    "toko_obat": 2, "pbf": 2, "alkes": 1.5, "lab": 3, "utd": 2, "optik": 3, "dokter": 4, "dokter_gigi": 2,
    "bidan": 3, "instalasi": 2.5, "dinas": 0.7, "balai": 0.6, "tradisional": 0.7,
}  # fmt: skip
MSI_KIND = {
    "puskesmas": "102", "pustu": "102", "hospital": "104", "klinik_pratama": "103", "klinik_utama": "103",
    "apotek": "105", "toko_obat": "123", "pbf": "121", "alkes": "122", "lab": "107", "utd": "106",
    "optik": "108", "dokter": "101", "dokter_gigi": "101", "bidan": "101", "instalasi": "135", "dinas": "129",
    "balai": "111", "tradisional": "110",
}  # fmt: skip
OWNERS = {
    "SWASTA/ LAINNYA": 758.0, "Pemkab": 565, "Perusahaan": 468, "Organisasi Sosial": 362, "Pemprop": 146,
    "Organisasi Islam": 110, "Pemkot": 99, "Perorangan": 79, "TNI AD": 75, "POLRI": 49,
    "Organisasi Katholik": 45, "BUMN": 35, "Kemkes": 35, "Organisasi Protestan": 29,
}  # fmt: skip
CLASSES = {"C": 1524.0, "D": 816, "B": 430, "A": 60, "D PRATAMA": 42}
PUBLIC = ["puskesmas", "pustu", "dinas", "balai", "instalasi"]
PRIVATE_PERSON = ["dokter", "dokter_gigi", "bidan", "toko_obat", "tradisional", "optik"]
COMPANY = ["apotek", "pbf", "alkes", "lab"]
# Facilities that stand in another one share these with it.
_SHARED = ("phone", "street", "house", "rt", "spread", "spread_east")


def make_facilities(seed: int, count: int, noise: Noise) -> pl.DataFrame:
    """Entities 1 to `count` with everything that is true of them, in entity order.

    Columns: `entity, kind, kind_code, word` (key of its kind word), `stem` and `number` (its name), `parent`,
    the columns of `places.villages`, `street, house, rt, phone, has_mail, latitude, longitude, owner, class,
    beds, official, licence, licence_days`. Of the kinds, only `namesake` and `paired` of the noise matter.
    """
    ids = np.arange(1, count + 1, dtype=np.int64)
    rolls = Rolls(seed, "facility", ids)
    world = _relate(_kinds(ids, rolls), rolls, noise)
    world = world.with_columns(villages(seed).drop("latitude", "longitude")[world["village"]])
    world = give_names(_own(world, rolls), rolls, noise)
    centre = regencies().select("kab_code", "latitude", "longitude")
    # within about 15 km of the middle of the regency
    world = world.join(centre, on="kab_code", how="left", maintain_order="left").with_columns(
        latitude=pl.col("latitude") + 0.25 * pl.col("spread"),
        longitude=pl.col("longitude") + 0.25 * pl.col("spread_east"),
    )
    licence = pl.concat_str(
        pl.lit(pl.Series(440 + rolls.pick("licence", 9000)).cast(pl.String)),
        pl.lit(rolls.choose("office", ("DPMPTSP", "SIA", "DINKES", "YANKES"))),
        pl.lit(pl.Series(2018 + rolls.pick("licence_year", 8)).cast(pl.String)),
        separator="/",
    )
    # a permutation of ten-digit numbers from 1000000000 on: no two are equal below two million entities
    official = (1_000_000_000 + (pl.col("entity") * 1_234_567 + seed * 7919) % 2_000_000).cast(pl.String)
    return world.with_columns(
        **{"class": rolls.weigh("class", CLASSES)},
        beds=pl.Series(15 + rolls.pick("beds", 240)),
        official=pl.when(rolls.flag("official", 0.7)).then(official),
        licence=licence,
        licence_days=pl.Series(rolls.pick("licence_days", 3650)),
    )


def _kinds(ids: Ints, rolls: Rolls) -> pl.DataFrame:
    """Kind, place and contact; one health office per regency, what is drawn beyond that is another clinic."""
    entity, kind, office = pl.col("entity"), pl.col("kind"), pl.int_range(pl.len()).over("kind")
    drawn = pl.DataFrame({"entity": ids, "kind": rolls.weigh("kind", SHARES)})
    # the first two are what others hang on
    firsts = ((entity == 1, pl.lit("puskesmas")), (entity == 2, pl.lit("hospital")))
    drawn = drawn.with_columns(kind=cases(*firsts, otherwise=kind))
    spare = (kind == "dinas") & (office >= regencies().height)
    drawn = drawn.with_columns(
        kind=cases((spare, pl.lit("klinik_pratama")), otherwise=kind),
        office=pl.when((kind == "dinas") & ~spare).then(office * 37 % regencies().height * DISTRICTS * VILLAGES),
    )
    return drawn.with_columns(
        kind_code=kind.replace_strict(MSI_KIND),
        village=pl.coalesce("office", pl.lit(pl.Series(_villages(rolls)))),
        street=rolls.choose("street", words.STREETS),
        house=pl.Series(1 + rolls.pick("house", 180)),
        rt=pl.Series(1 + rolls.pick("rt", 12)),
        phone=_phones(rolls),
        has_mail=rolls.flag("mail", 0.6),
        spread=pl.Series(rolls.unit("lat") - 0.5),
        spread_east=pl.Series(rolls.unit("lon") - 0.5),
    ).drop("office")


def _villages(rolls: Rolls) -> Ints:
    """A village by its number: Java's regencies three times as likely as the others."""
    codes = regencies()["kab_code"]
    weights = {str(at): 3.0 if code.startswith("3") else 1.0 for at, code in enumerate(codes)}
    regency = rolls.weigh("regency", weights).cast(pl.Int64).to_numpy()
    return (regency * DISTRICTS + rolls.pick("district", DISTRICTS)) * VILLAGES + rolls.pick("village", VILLAGES)


def _phones(rolls: Rolls) -> pl.Series:
    digits = pl.Series(1_000_000 + rolls.pick("phone", 8_999_999)).cast(pl.String)
    area = rolls.choose("area", words.AREA_CODES)
    mobile = rolls.choose("mobile", ("0812", "0813", "0852", "0878", "0819")) + digits.str.head(1)
    head = cases((rolls.flag("is_mobile", 0.4), mobile), otherwise=area)
    return pl.select(head + pl.lit(digits)).to_series()


def _relate(world: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """Puskesmas X I and those beside it; pustu, hospital pharmacies and blood units stand at their parent's.

    A pustu stands in another village of its puskesmas's district. Adds `number` (1 for an X I, 2... for those
    beside it), `elder`, `beside`, `parent`. A parent is the last of its kind before the child.
    """
    kind = pl.col("kind")
    elder = (kind == "puskesmas") & rolls.flag("paired", noise.paired)
    beside = (kind == "puskesmas") & rolls.flag("beside", noise.paired) & ~elder
    inside = (kind == "instalasi") | (kind == "utd") & rolls.flag("hospital_blood", 0.5)
    last = {name: pl.when(kind == name).then("entity").forward_fill() for name in ("puskesmas", "hospital")}
    last_elder = pl.when(elder).then("entity").forward_fill()
    world = world.with_columns(
        parent=cases((kind == "pustu", last["puskesmas"]), (inside, last["hospital"])),
        elder=pl.when(elder | beside).then(last_elder),
        beside=beside & last_elder.is_not_null(),
    )
    rank = pl.int_range(1, pl.len() + 1).over("elder")
    beside_elder = pl.coalesce(pl.when("beside").then("elder"), "entity") - 1
    above = pl.coalesce("parent", "entity") - 1
    steps = pl.lit(pl.Series(1 + rolls.pick("village_steps", VILLAGES - 1)))
    stands_in = pl.col("parent").is_not_null() & (kind != "pustu")
    there = pl.col("village").gather(beside_elder).gather(above)
    next_village = there // VILLAGES * VILLAGES + (there % VILLAGES + steps) % VILLAGES
    shared = {name: cases((stands_in, pl.col(name).gather(above)), otherwise=pl.col(name)) for name in _SHARED}
    return world.with_columns(
        **shared,
        village=cases((kind == "pustu", next_village), otherwise=there),
        number=pl.when(pl.col("elder").is_not_null()).then(rank),
    )


def _own(world: pl.DataFrame, rolls: Rolls) -> pl.DataFrame:
    """Public health centres belong to the local government, small businesses to persons and companies."""
    local = cases((pl.col("kab_kind") == "KABUPATEN", pl.lit("Pemkab")), otherwise=pl.lit("Pemkot"))
    drawn = pl.lit(rolls.weigh("owner", OWNERS))
    return world.with_columns(
        owner=cases(
            (pl.col("kind").is_in(PRIVATE_PERSON), pl.lit("Perorangan")),
            (pl.col("kind").is_in(COMPANY), pl.lit("Perusahaan")),
            (pl.col("kind").is_in(PUBLIC) | drawn.is_in(["Pemkab", "Pemkot"]), local),
            otherwise=drawn,
        )
    )
