"""What facilities are called: composed by kind and owner, and unique within a regency and kind.

Stems come from vocabularies, from places, from made-up persons, or from another facility (a puskesmas X II
from X I, a pustu often from its puskesmas, a hospital's pharmacy from its hospital).
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample import words
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.noise import Noise

HOSPITAL_WORDS = {"rsu": 82.0, "rsia": 12, "rsk_jiwa": 1.5, "rsk_mata": 1.5, "rsk_gm": 1.5, "rsk_bedah": 1.5}
GOVERNMENT = ["Pemkab", "Pemkot", "Pemprop"]
PERSONS = ["dokter", "dokter_gigi", "bidan"]
PLACED = ["puskesmas", "pustu", "balai"]
UNIQUE_WITHIN = ("kab_code", "kind_code", "kind", "stem", "number")


def give_names(world: pl.DataFrame, rolls: Rolls, noise: Noise) -> pl.DataFrame:
    """Adds `word` (key of the kind word), `stem` and `number`.

    `world` needs `entity, kind, kind_code, owner, parent, elder, beside, number` and the place columns, in
    entity order; an entity's name depends on lower entities only.
    """
    kind = pl.col("kind")
    regency = _title("kab_kind") + pl.lit(" ") + _title("kab_name")
    company = pl.lit(rolls.choose("company", words.COMPANIES))
    chain = rolls.flag("chain", 0.35)
    pharmacy = cases((chain, rolls.choose("pharmacy", words.PHARMACY_CHAINS)), otherwise=company + pl.lit(" Farma"))
    laboratory = cases(
        (chain, pl.lit(rolls.choose("lab", words.LAB_CHAINS)) + pl.lit(" ") + _title("kab_name")),
        otherwise=company,
    )
    shared = kind.is_in(["hospital", "klinik_pratama", "klinik_utama", "apotek"]) & ~pl.col("owner").is_in(GOVERNMENT)
    place = cases((rolls.flag("by_district", 0.4), pl.col("kec_name")), otherwise=pl.col("kel_name"))
    stem = cases(
        (shared & rolls.flag("namesake", noise.namesake), rolls.choose("common_stem", words.COMMON_STEMS)),
        (kind == "hospital", _hospital_stems(rolls, company)),
        (kind == "apotek", pharmacy),
        (kind == "lab", laboratory),
        (kind == "optik", rolls.choose("optic", words.OPTIC_WORDS)),
        (kind == "pbf", company + pl.lit(" Farma Distribusi")),
        (kind == "alkes", company + pl.lit(" Alkesindo")),
        (kind == "utd", pl.lit("PMI ") + regency),
        (kind == "tradisional", rolls.choose("traditional", words.TRADITIONAL)),
        (kind.is_in(PERSONS), _persons(rolls)),
        (kind.is_in(PLACED), place),
        (kind == "dinas", regency),
        otherwise=company,
    )
    special = pl.lit(rolls.weigh("word", HOSPITAL_WORDS))
    branch = pl.lit(pl.Series(1 + rolls.pick("branch", 400)))
    named = world.with_columns(
        stem=stem,
        number=cases(((kind == "apotek") & chain, branch), otherwise=pl.col("number")),
        word=cases(
            (kind != "hospital", kind),
            (pl.col("owner").is_in(["POLRI", "TNI AD"]), pl.lit("rs")),
            (pl.col("owner").is_in(GOVERNMENT) & (special == "rsu"), pl.lit("rsud")),
            otherwise=special,
        ),
    )
    return _number_equals(named.with_columns(stem=_family_stems(rolls)))


def _family_stems(rolls: Rolls) -> pl.Expr:
    usual = {key: spellings[0] for key, spellings in words.KIND_WORDS.items()}
    has_parent, above = pl.col("parent").is_not_null(), pl.col("parent").fill_null(1) - 1
    whole = pl.concat_str(pl.col("word").replace(usual), pl.lit(" "), pl.col("stem"))
    like_parent = rolls.flag("pustu_same", 0.4)
    return cases(
        (pl.col("beside"), pl.col("stem").gather(pl.col("elder").fill_null(1) - 1)),
        (has_parent & (pl.col("kind") == "pustu") & like_parent, pl.col("stem").gather(above)),
        (has_parent & (pl.col("kind") != "pustu"), whole.gather(above)),
        otherwise=pl.col("stem"),
    )


def _number_equals(world: pl.DataFrame) -> pl.DataFrame:
    """Second and later facilities of one name in a regency get a number, as people do."""
    rank = pl.int_range(pl.len()).over(UNIQUE_WITHIN)
    world = world.with_columns(
        number=cases((rank == 0, pl.col("number")), otherwise=pl.col("number").fill_null(1) + rank)
    )
    # a number given just now may be one that another already had: move it beyond all of them
    again = pl.int_range(pl.len()).over(UNIQUE_WITHIN)
    beyond = pl.col("number") + 1000 + pl.col("entity")
    return world.with_columns(number=cases((again == 0, pl.col("number")), otherwise=beyond))


def _hospital_stems(rolls: Rolls, company: pl.Expr) -> pl.Expr:
    """By owner: the government's after a doctor, a district or the regency, an order's after its saint."""
    owner, regency = pl.col("owner"), _title("kab_name")
    doctor = pl.concat_str(
        pl.lit("dr. "),
        pl.lit(rolls.choose("doctor", words.MEN)),
        pl.lit(" "),
        pl.lit(rolls.choose("doctor_family", words.FAMILY)),
    )
    chain = pl.lit(rolls.choose("chain_name", words.HOSPITAL_CHAINS)) + pl.lit(" ") + regency
    public = owner.is_in(GOVERNMENT)
    return cases(
        (public & rolls.flag("doctor_named", 0.35), doctor),
        (public & rolls.flag("place_named", 0.5), pl.col("kec_name")),
        (public, regency),
        (owner.is_in(["Organisasi Katholik", "Organisasi Protestan"]), rolls.choose("saint", words.SAINTS)),
        (owner == "Organisasi Islam", pl.lit("Islam ") + pl.lit(rolls.choose("mosque", words.MOSQUE_WORDS))),
        (owner == "POLRI", pl.lit("Bhayangkara ") + regency),
        (owner == "TNI AD", pl.lit("Tentara Wira ") + pl.col("kec_name")),
        (rolls.flag("hospital_chain", 0.15), chain),
        otherwise=company,
    )


def _persons(rolls: Rolls) -> pl.Expr:
    woman = pl.lit(rolls.choose("woman_name", words.WOMEN))
    first = cases((rolls.flag("woman", 0.6), woman), otherwise=rolls.choose("man_name", words.MEN))
    second = pl.lit(rolls.choose("second", words.WOMEN + words.MEN))
    return pl.concat_str(first, second, pl.lit(rolls.choose("family", words.FAMILY)), separator=" ")


def _title(column: str) -> pl.Expr:
    return pl.col(column).str.to_titlecase()
