"""What happens to facilities between nights: renamed, moved, corrected, closed, merged, recoded, opened.

Every night is computed from the first one, so a second night can be written without the first at hand.
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample import words
from sehatmu.sample.codes import give_codes
from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.facilities import make_facilities
from sehatmu.sample.names import PERSONS, PLACED, UNIQUE_WITHIN
from sehatmu.sample.noise import Changes, Noise

_MERGING = ["klinik_pratama", "klinik_utama", "apotek", "lab", "optik"]
_FIXED_NAMES = ["dinas", "instalasi", "utd", *PERSONS]
# What a merged facility takes from the one that it becomes part of; its codes it keeps.
_DESCRIBING = (
    "stem", "number", "old_stem", "old_number", "word", "kind", "kind_code", "owner", "street", "house", "rt",
    "phone", "has_mail", "latitude", "longitude", "official", "licence", "licence_days", "corrected",
    "closed_night",
)  # fmt: skip
_NOTHING = pl.DataFrame(schema={"night": pl.Int64, "entity": pl.Int64, "change": pl.String, "other_entity": pl.Int64})
_DISTRICT = tuple(f"{level}_{part}" for level in ("kec", "kel") for part in ("code", "bps", "former", "name"))


def world_at(seed: int, count: int, *, night: int, noise: Noise, changes: Changes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The facilities as of a night (1 = the first), and what happened since the first.

    The world has every entity ever opened by then, in entity order, with `about` (the entity that its
    records are truly about: itself, or the one it was merged into), `closing`, `gone`, `corrected`,
    `old_stem`, `old_number`, and the codes of `codes.give_codes`. The second frame is
    `night, entity, change, other_entity`.
    """
    opened = round(count * changes.opened)
    world = give_codes(make_facilities(seed, count + opened * (night - 1), noise), seed=seed).with_columns(
        open_night=cases(
            (pl.col("entity") <= count, pl.lit(1, pl.Int64)),
            otherwise=2 + (pl.col("entity") - count - 1) // max(opened, 1),
        ),
        closed_night=pl.lit(None, pl.Int64),
        about=pl.col("entity"),
        corrected=pl.lit(False),
        old_stem=pl.lit(None, pl.String),
        old_number=pl.lit(None, pl.Int64),
    )
    told = []
    for number in range(2, night + 1):
        world, happened = _pass_night(world, seed=seed, night=number, changes=changes)
        told.append(happened)
    into = pl.col("about") - 1
    world = world.with_columns(pl.col(name).gather(into) for name in (*_DESCRIBING, *_DISTRICT)).with_columns(
        closing=(pl.col("closed_night") == night).fill_null(False),
        gone=(pl.col("closed_night") < night).fill_null(False),
        other_official=pl.col("official").shift(1),
    )
    return world, pl.concat([_NOTHING, *told])


def _pass_night(world: pl.DataFrame, *, seed: int, night: int, changes: Changes) -> tuple[pl.DataFrame, pl.DataFrame]:
    rolls = Rolls(seed, f"night {night}", world["entity"].to_numpy())
    rates = {name: getattr(changes, name) for name in ("renamed", "moved", "corrected", "closed", "merged", "recoded")}
    fate = pl.lit(rolls.weigh("fate", {**rates, "none": max(0.0, 1 - sum(rates.values()))}))
    # a facility that took in another is left alone, so that `about` never points to a chain
    is_whole = (pl.col("about") == pl.col("entity")) & ~pl.col("entity").is_in(
        world.filter(pl.col("about") != pl.col("entity"))["about"].implode()
    )
    lives = is_whole & pl.col("closed_night").is_null() & (pl.col("open_night") < night)
    world = world.with_columns(
        fate=cases((pl.col("open_night") == night, pl.lit("opened")), (lives, fate), otherwise=pl.lit("none")),
        new_stem=_new_stems(rolls),
    )
    stays = pl.when((pl.col("fate") == "none") & lives).then("entity")
    into = stays.forward_fill().shift(1).over("kab_code", "kind")
    nameless = pl.lit(None, pl.Int64)
    hoped = world.select(*UNIQUE_WITHIN[:3], stem="new_stem", number=nameless)
    taken = pl.concat([world.select(UNIQUE_WITHIN), hoped])
    clash = taken.select(pl.struct(UNIQUE_WITHIN).is_duplicated()).to_series().tail(world.height)
    allowed = cases(
        (pl.col("fate") == "renamed", ~pl.col("kind").is_in(_FIXED_NAMES) & ~pl.lit(clash)),
        (pl.col("fate") == "merged", pl.col("kind").is_in(_MERGING) & into.is_not_null()),
        (pl.col("fate") == "recoded", pl.col("namespace").is_not_null() & ~pl.col("has_new_code")),
        otherwise=pl.lit(True),
    )
    world = world.with_columns(into=into, fate=cases((allowed, pl.col("fate")), otherwise=pl.lit("none")))
    happened = world.filter(pl.col("fate") != "none").select(
        night=pl.lit(night, pl.Int64),
        entity="entity",
        change="fate",
        other_entity=pl.when(pl.col("fate") == "merged").then("into"),
    )
    is_fate = {name: pl.col("fate") == name for name in rates}
    world = world.with_columns(
        stem=cases((is_fate["renamed"], pl.col("new_stem")), otherwise=pl.col("stem")),
        number=cases((is_fate["renamed"], pl.lit(None, pl.Int64)), otherwise=pl.col("number")),
        old_stem=cases((is_fate["renamed"], pl.col("stem")), otherwise=pl.col("old_stem")),
        old_number=cases((is_fate["renamed"], pl.col("number")), otherwise=pl.col("old_number")),
        street=cases((is_fate["moved"], rolls.choose("street", words.STREETS)), otherwise=pl.col("street")),
        house=cases((is_fate["moved"], pl.Series(1 + rolls.pick("house", 180))), otherwise=pl.col("house")),
        corrected=pl.col("corrected") | is_fate["corrected"],
        closed_night=cases((is_fate["closed"], pl.lit(night, pl.Int64)), otherwise=pl.col("closed_night")),
        about=cases((is_fate["merged"], pl.col("into")), otherwise=pl.col("about")),
        has_new_code=pl.col("has_new_code") | is_fate["recoded"],
    )
    return world.drop("fate", "new_stem", "into"), happened


def _new_stems(rolls: Rolls) -> pl.Expr:
    place = pl.lit(rolls.choose("place", words.PLACES))
    company = pl.lit(rolls.choose("company", words.COMPANIES))
    return cases(
        (pl.col("kind").is_in(PLACED), place),
        (pl.col("kind").is_in(["apotek", "pbf"]), company + pl.lit(" Farma Baru")),
        otherwise=company + pl.lit(" ") + pl.lit(rolls.choose("tail", ("Mandiri", "Nusantara", "Persada"))),
    )
