"""The facilities of the made-up world: what each truly is, before any register writes it down.

One row per entity. A facility depends only on the seed and its number, and on facilities of lower numbers
(a pustu on the puskesmas before it), so a larger world begins with the smaller one.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample import words
from sehatmu.sample.dice import Ints, Rolls
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
    "Organisasi Islam": 110, "Pemkot": 99, "Perorangan": 79, "TNI AD": 75, "POLRI": 49, "Organisasi Katholik": 45,
    "BUMN": 35, "Kemkes": 35, "Organisasi Protestan": 29,
}  # fmt: skip
CLASSES = {"C": 1524.0, "D": 816, "B": 430, "A": 60, "D PRATAMA": 42}
HOSPITAL_WORDS = {"rsu": 82.0, "rsia": 12, "rsk_jiwa": 1.5, "rsk_mata": 1.5, "rsk_gm": 1.5, "rsk_bedah": 1.5}
GOVERNMENT = ["Pemkab", "Pemkot", "Pemprop"]
_CHILDREN = {"pustu": "puskesmas", "instalasi": "hospital"}


def facilities(seed: int, count: int) -> pl.DataFrame:
    """Entities 1 to `count` with everything that is true of them.

    Columns: `entity, kind, kind_code, word` (key of its kind word), `stem` and `number` (its name),
    `parent`, the columns of `places.villages`, `street, house, rt, phone, has_mail, owner, class, beds,
    official, licence, licence_days`. At least two facilities are needed.
    """
    ids = np.arange(1, count + 1, dtype=np.int64)
    rolls = Rolls(seed, "facility", ids)
    base = pl.DataFrame({"entity": ids, "kind": rolls.weigh("kind", SHARES)}).with_columns(
        # the first two are what others hang on
        kind=pl.when(pl.col("entity") == 1)
        .then(pl.lit("puskesmas"))
        .when(pl.col("entity") == 2)
        .then(pl.lit("hospital"))
        .otherwise("kind")  # fmt: skip
    )
    # one health office per regency; what is drawn beyond that is another clinic
    office = pl.int_range(pl.len()).over("kind")
    regency_count = regencies().height
    base = base.with_columns(
        kind=pl.when((pl.col("kind") == "dinas") & (office >= regency_count))
        .then(pl.lit("klinik_pratama"))
        .otherwise("kind"),  # fmt: skip
        office=pl.when(pl.col("kind") == "dinas").then(office * 37 % regency_count * (DISTRICTS * VILLAGES)),
    )
    base = base.with_columns(
        kind_code=pl.col("kind").replace_strict(MSI_KIND),
        village=pl.coalesce("office", pl.Series(_villages(rolls))),
        drawn_owner=rolls.weigh("owner", OWNERS),
        street=rolls.choose("street", words.STREETS),
        house=pl.Series(1 + rolls.pick("house", 180)),
        rt=pl.Series(1 + rolls.pick("rt", 12)),
        phone=_phones(rolls),
        has_mail=pl.Series(rolls.hit("mail", 0.6)),
        spread=pl.Series(rolls.unit("lat") - 0.5),
        spread_east=pl.Series(rolls.unit("lon") - 0.5),
    )
    base = _hang_children(_pair_puskesmas(base, rolls), rolls)
    base = base.with_columns(villages(seed).drop("latitude", "longitude")[base["village"]])
    base = _locate(_name(_own(base), rolls))
    return base.with_columns(
        **{"class": rolls.weigh("class", CLASSES)},
        beds=pl.Series(15 + rolls.pick("beds", 240)),
        official=pl.when(pl.Series(rolls.hit("official", 0.7))).then(_official(base["entity"], seed)),
        licence=pl.concat_str(
            pl.Series(rolls.pick("licence", 9000) + 440).cast(pl.String),
            pl.lit("/"),
            rolls.choose("office", ("DPMPTSP", "SIA", "DINKES", "YANKES")),
            pl.lit("/"),
            pl.Series(2018 + rolls.pick("licence_year", 8)).cast(pl.String),
        ),
        licence_days=pl.Series(rolls.pick("licence_days", 3650)),
    )


def _villages(rolls: Rolls) -> Ints:
    """A village by its number: Java's regencies three times as likely as the others."""
    code = regencies()["kab_code"]
    weights = {str(at): 3.0 if name.startswith("3") else 1.0 for at, name in enumerate(code)}
    regency = rolls.weigh("regency", weights).cast(pl.Int64).to_numpy()
    return (regency * DISTRICTS + rolls.pick("district", DISTRICTS)) * VILLAGES + rolls.pick(
        "village", VILLAGES
    )


def _own(base: pl.DataFrame) -> pl.DataFrame:
    """Public health centres belong to the local government, small businesses to persons and companies."""
    local = pl.when(pl.col("kab_kind") == "KABUPATEN").then(pl.lit("Pemkab")).otherwise(pl.lit("Pemkot"))
    public = pl.col("kind").is_in(["puskesmas", "pustu", "dinas", "balai", "instalasi"])
    small = pl.col("kind").is_in(["dokter", "dokter_gigi", "bidan", "toko_obat", "tradisional", "optik"])
    company = pl.col("kind").is_in(["apotek", "pbf", "alkes", "lab"])
    return base.with_columns(
        owner=pl.when(public | pl.col("drawn_owner").is_in(["Pemkab", "Pemkot"]) & ~small & ~company)
        .then(local)
        .when(small).then(pl.lit("Perorangan"))
        .when(company).then(pl.lit("Perusahaan"))
        .otherwise("drawn_owner")
    ).drop("drawn_owner")  # fmt: skip


def _phones(rolls: Rolls) -> pl.Series:
    digits = pl.Series(1_000_000 + rolls.pick("phone", 8_999_999)).cast(pl.String)
    area = rolls.choose("area", words.AREA_CODES)
    mobile = pl.Series(
        "area", rolls.choose("mobile", ("0812", "0813", "0852", "0878", "0819"))
    ) + digits.str.head(1)
    return pl.select(
        pl.when(pl.Series(rolls.hit("is_mobile", 0.4))).then(mobile).otherwise(area) + digits
    ).to_series()


def _pair_puskesmas(base: pl.DataFrame, rolls: Rolls) -> pl.DataFrame:
    """Some puskesmas are called X I; later ones stand beside one of them and are called X II, X III."""
    paired = pl.Series(rolls.hit("paired", 0.06))
    beside = pl.Series(rolls.hit("beside", 0.05))
    is_puskesmas = pl.col("kind") == "puskesmas"
    base = base.with_columns(
        number=pl.when(is_puskesmas & paired).then(1),
        elder=pl.when(is_puskesmas & paired).then("entity"),
        beside=is_puskesmas & beside & ~paired,
    )
    return base.with_columns(
        elder=pl.when("beside").then(pl.col("elder").fill_null(strategy="forward")).otherwise("elder")
    ).with_columns(
        number=pl.when(pl.col("beside") & pl.col("elder").is_not_null())
        .then(pl.int_range(pl.len()).over("elder") + 1)
        .otherwise("number"),
    )


def _hang_children(base: pl.DataFrame, rolls: Rolls) -> pl.DataFrame:
    """Pustu, hospital pharmacies and hospital blood units take the place of the last parent before them."""
    hospital_blood = pl.Series(rolls.hit("hospital_blood", 0.5))
    wanted = pl.col("kind").replace_strict(_CHILDREN, default=None)
    base = base.with_columns(
        wants=pl.when((pl.col("kind") == "utd") & hospital_blood).then(pl.lit("hospital")).otherwise(wanted),
        **{f"last_{kind}": pl.when(pl.col("kind") == kind).then("entity").forward_fill() for kind in ("puskesmas", "hospital")},
    )  # fmt: skip
    base = base.with_columns(
        parent=pl.when(pl.col("wants") == "puskesmas")
        .then("last_puskesmas")
        .when(pl.col("wants") == "hospital")
        .then("last_hospital")  # fmt: skip
    )
    above = pl.coalesce("parent", pl.when("beside").then("elder"), "entity") - 1
    base = base.with_columns(village=pl.col("village").gather(above))
    inside = pl.col("parent").is_not_null() & (pl.col("kind") != "pustu")
    shared = ("phone", "street", "house", "rt", "spread", "spread_east")
    return base.with_columns(
        pl.when(inside).then(pl.col(name).gather(above)).otherwise(name).alias(name) for name in shared
    ).drop("wants", "last_puskesmas", "last_hospital")


def _name(base: pl.DataFrame, rolls: Rolls) -> pl.DataFrame:
    """`word`, `stem` and `number`, unique within a regency and kind by numbering what would be equal."""
    kind = pl.col("kind")
    place = pl.when(pl.Series(rolls.hit("by_district", 0.4))).then("kec_name").otherwise("kel_name")
    company = rolls.choose("company", words.COMPANIES)
    common = pl.Series(rolls.hit("common", 0.05))
    person = _persons(rolls)
    special = {
        "apotek": pl.when(pl.Series(rolls.hit("chain", 0.35))).then(rolls.choose("pharmacy", words.PHARMACY_CHAINS)).otherwise(company + " Farma"),
        "lab": pl.when(pl.Series(rolls.hit("chain", 0.4))).then(rolls.choose("lab", words.LAB_CHAINS) + " " + pl.col("kab_name").str.to_titlecase()).otherwise(company),
        "optik": rolls.choose("optic", words.OPTIC_WORDS),
        "pbf": company + " Farma Distribusi", "alkes": company + " Alkesindo",
        "utd": "PMI " + pl.col("kab_kind").str.to_titlecase() + " " + pl.col("kab_name").str.to_titlecase(),
        "tradisional": rolls.choose("traditional", words.TRADITIONAL),
    }  # fmt: skip
    stem = pl.when(kind == "hospital").then(_hospital_stems(rolls, company))
    for name, words_of_it in special.items():
        stem = stem.when(kind == name).then(words_of_it)
    stem = stem.when(kind.is_in(["dokter", "dokter_gigi", "bidan"])).then(person)
    stem = stem.when(kind.is_in(["puskesmas", "pustu", "balai"])).then(place)
    stem = stem.when(kind == "dinas").then(pl.col("kab_kind").str.to_titlecase() + " " + pl.col("kab_name").str.to_titlecase())  # fmt: skip
    stem = stem.when(common).then(rolls.choose("common_stem", words.COMMON_STEMS)).otherwise(company)
    is_chain = (kind == "apotek") & pl.Series(rolls.hit("chain", 0.35))
    public = pl.col("owner").is_in(GOVERNMENT)
    special_word = rolls.weigh("word", HOSPITAL_WORDS)
    base = base.with_columns(
        stem=stem,
        number=pl.when(is_chain).then(pl.Series(1 + rolls.pick("branch", 400))).otherwise("number"),
        word=pl.when(kind != "hospital")
        .then(kind)
        .when(pl.col("owner").is_in(["POLRI", "TNI AD"]))
        .then(pl.lit("rs"))
        .when(public & (special_word == "rsu"))
        .then(pl.lit("rsud"))
        .otherwise(special_word),  # fmt: skip
    )
    base = base.with_columns(stem=_family_stems(base, rolls))
    rank = pl.int_range(pl.len()).over("kab_code", "kind_code", "kind", "stem", "number")
    base = base.with_columns(
        number=pl.when(rank == 0)
        .then("number")
        .otherwise(pl.col("number").fill_null(1) + rank)
        .cast(pl.Int64)
    )
    # a number given now may meet a number of its own: move that one beyond all of them
    again = pl.int_range(pl.len()).over("kab_code", "kind_code", "kind", "stem", "number")
    return base.with_columns(
        number=pl.when(again == 0).then("number").otherwise(pl.col("number") + 1000 + pl.col("entity"))
    )


def _family_stems(base: pl.DataFrame, rolls: Rolls) -> pl.Series:
    """Stems that come from another facility: X II from X I, a pustu often from its puskesmas, a unit from its hospital."""
    from_elder = pl.when("beside").then(pl.col("stem").gather(pl.col("elder").fill_null(1) - 1))
    above = pl.col("parent").fill_null(1) - 1
    hospital = pl.concat_str(pl.col("word").replace(_usual()), pl.lit(" "), pl.col("stem")).gather(above)
    same = pl.Series(rolls.hit("pustu_same", 0.4))
    from_parent = (
        pl.when((pl.col("kind") == "pustu") & same & pl.col("parent").is_not_null())
        .then(pl.col("stem").gather(above))
        .when(pl.col("kind").is_in(["instalasi", "utd"]) & pl.col("parent").is_not_null())
        .then(hospital)
    )
    orphan = pl.when(pl.col("elder").is_not_null()).then(from_elder)
    return base.select(pl.coalesce(from_parent, orphan, "stem").alias("stem")).to_series()


def _usual() -> dict[str, str]:
    return {key: spellings[0] for key, spellings in words.KIND_WORDS.items()}


def _hospital_stems(rolls: Rolls, company: pl.Series) -> pl.Expr:
    """Named by who owns it: a district's hospital by the regency or a doctor, an order's by its saint."""
    regency = pl.col("kab_name").str.to_titlecase()
    doctor = "dr. " + rolls.choose("doctor", words.MEN) + " " + rolls.choose("doctor_family", words.FAMILY)
    by_name = pl.Series(rolls.hit("doctor_named", 0.35))
    by_place = pl.Series(rolls.hit("place_named", 0.5))
    chain = pl.Series(rolls.hit("hospital_chain", 0.15))
    return (
        pl.when(pl.col("owner").is_in(GOVERNMENT) & by_name).then(doctor)
        .when(pl.col("owner").is_in(GOVERNMENT) & by_place).then("kec_name")
        .when(pl.col("owner").is_in(GOVERNMENT)).then(regency)
        .when(pl.col("owner").is_in(["Organisasi Katholik", "Organisasi Protestan"])).then(rolls.choose("saint", words.SAINTS))
        .when(pl.col("owner") == "Organisasi Islam").then("Islam " + rolls.choose("mosque", words.MOSQUE_WORDS))
        .when(pl.col("owner") == "POLRI").then("Bhayangkara " + regency)
        .when(pl.col("owner") == "TNI AD").then("Tentara Wira " + pl.col("kec_name"))
        .when(chain).then(rolls.choose("chain_name", words.HOSPITAL_CHAINS) + " " + regency)
        .otherwise(company)
    )  # fmt: skip


def _persons(rolls: Rolls) -> pl.Series:
    first = pl.select(
        pl.when(pl.Series(rolls.hit("woman", 0.6)))
        .then(rolls.choose("woman_name", words.WOMEN))
        .otherwise(rolls.choose("man_name", words.MEN))  # fmt: skip
    ).to_series()
    return (
        first
        + " "
        + rolls.choose("second", words.WOMEN + words.MEN)
        + " "
        + rolls.choose("family", words.FAMILY)
    )


def _locate(base: pl.DataFrame) -> pl.DataFrame:
    """Within about 15 km of the middle of the regency; a unit inside a hospital stands where the hospital stands."""
    centre = regencies().select("kab_code", "latitude", "longitude")
    return base.join(centre, on="kab_code", how="left", maintain_order="left").with_columns(
        latitude=pl.col("latitude") + 0.25 * pl.col("spread"),
        longitude=pl.col("longitude") + 0.25 * pl.col("spread_east"),
    )


def _official(entity: pl.Series, seed: int) -> pl.Series:
    """Ten digits from 1000000000 to 1001999999: a fixed permutation, so that no two are equal below two million."""
    return (1_000_000_000 + (entity * 1_234_567 + seed * 7919) % 2_000_000).cast(pl.String)
