"""Packs: `dus, 5 strip @ 6 kaplet` is a box of 5 strips of 6, so 30 kaplet.

A cell may hold several packs (`;`, or a comma behind what holds no more), a pack several components (`1 vial @ 1 g +
1 ampul pelarut @ 5 ml`), a component several levels. Each level is a count of a container or of a unit, with the volume
or weight of one of them.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_pack_levels import read_levels
from sehatmu.standardise.pharma_text import SEPARATOR, readable, tidy_residue

SCHEMA = {
    "row": pl.UInt32, "pack": pl.UInt32, "component": pl.UInt32, "level": pl.UInt32, "count": pl.Int64,
    "container": pl.String, "unit": pl.String, "volume": pl.String, "volume_unit": pl.String, "role": pl.String,
    "residue": pl.String,
}  # fmt: skip


def parse_pack(texts: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per (row, pack, component, level), in their order, with the columns of `SCHEMA`; `row` counts from 0.

    `container` is set where a level is a container (STRIP), `unit` where it is a piece of medicine (TABLET). `volume`
    and `volume_unit` (UCUM) are of one of the level. `role` is `medicine`, `solvent` or `accessory` (needles and the
    like). `count` is 1 where none is told, and null where a range is. Counts of all levels multiply.
    """
    unique = texts.rename("text").unique().drop_nulls().to_frame().with_row_index("id")
    chunks = _split(unique)
    levels = _fold(_part_by_commas(chunks.join(read_levels(chunks["chunk"], books), on="chunk")))
    rows = texts.rename("text").to_frame().with_row_index("row").join(unique, on="text").select("row", "id")
    joined = rows.join(levels, on="id").sort("row", "pack", "component", "level")
    return joined.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def smallest_units(packs: pl.DataFrame) -> pl.DataFrame:
    """One row per (row, pack, component) of `parse_pack`: how many of the smallest unit, which, and its volume.

    Columns row, pack, component, role, total, unit, volume, volume_unit; `total` is null where a count is.
    """
    grouped = packs.sort("row", "pack", "component", "level").group_by("row", "pack", "component", maintain_order=True)
    last = pl.coalesce("unit", "container").last()
    return grouped.agg(
        role=pl.col("role").last(),
        total=pl.when(pl.col("count").is_null().any()).then(None).otherwise(pl.col("count").product()),
        unit=last,
        volume=pl.col("volume").last(),
        volume_unit=pl.col("volume_unit").last(),
    )


def _split(unique: pl.DataFrame) -> pl.DataFrame:
    """id, pack, component, level (in order), `chunk`, the text of one level, and whether a comma stood before it."""
    kept = readable(pl.col("text"))
    kept = kept.str.replace(r",?\s*(TERDIRI DARI[^()]*)$", " ($1)")
    for _ in range(2):  # brackets within brackets
        kept = kept.str.replace_all(r"(\([^()]*)\(([^()]*)\)", "$1 $2")
    for _ in range(6):  # as many signs inside one pair of brackets
        kept = kept.str.replace_all(r"(\([^()]*)[;+@]([^()]*\))", "$1 $2")
        kept = kept.str.replace_all(r"(\([^()]*),([^\d()][^()]*\))", "$1 $2")
    # Blanks that slipped into a number: `0, 6 ML`, `137. 155 G`, `200 000 IU`.
    kept = kept.str.replace_all(r"\b0, (\d)", "0,$1").str.replace_all(r"(\d)\. (\d)", "$1.$2")
    kept = kept.str.replace_all(r"\b(\d{1,3}) (000)\b", "$1$2")
    packs = unique.select("id", part=kept.str.split(";")).explode("part").filter(pl.col("part").str.contains(r"\w"))
    packs = _numbered(packs, "pack", ["id"])
    parts = packs.with_columns(pl.col("part").str.split("+")).explode("part").filter(pl.col("part").str.contains(r"\w"))
    parts = _numbered(parts, "component", ["id", "pack"])
    # A comma between digits is a decimal mark, any other parts the outer pack from what it holds.
    chunks = (
        pl.col("part")
        .str.replace_all(r"(\d),(\d)", "${1}\x1d$2")
        .str.replace_all(r"@|\s(?:ISI|BERISI)\s", SEPARATOR)
        .str.replace_all(",", f"{SEPARATOR},", literal=True)
        .str.replace_all(r"\sOF\s+(\d)", f"{SEPARATOR}$1")
        .str.replace(r"^(\s*(?:DUS|BOX|KOTAK|KARTON))(?:\.|\s+(\d))", f"${{1}}{SEPARATOR}$2")
        .str.replace_all("\x1d", ",", literal=True)
    )
    levels = parts.with_columns(chunk=chunks.str.split(SEPARATOR)).explode("chunk").drop("part")
    levels = levels.with_columns(
        pl.col("chunk").str.strip_chars(" .,-"), after_comma=pl.col("chunk").str.starts_with(",")
    ).filter(pl.col("chunk").str.contains(r"\w"))
    return _numbered(levels, "level", ["id", "pack", "component"])


def _numbered(frame: pl.DataFrame, name: str, within: list[str]) -> pl.DataFrame:
    position = pl.int_range(pl.len()).over(within, order_by=pl.int_range(pl.len())) + 1
    return frame.with_columns(position.cast(pl.UInt32).alias(name))


def _part_by_commas(frame: pl.DataFrame) -> pl.DataFrame:
    """Nothing is inside a tablet or 60 mL: what a comma adds behind them is another pack, or a needle to this one."""
    whole = ["id", "pack"]
    ends = (pl.col("role_class").eq("unit") | pl.col("volume").is_not_null()).fill_null(False).cast(pl.Int32)
    ordered = frame.sort(*whole, "component", "level").with_columns(
        # Levels behind a comma are parted from the end before, which may be behind an earlier comma.
        adds=pl.col("after_comma") & pl.col("is_level") & (ends.shift(1, fill_value=0).over(whole, "component") == 1)
    )
    goes_along = pl.col("role_class").eq("accessory").fill_null(False) | pl.col("is_solvent")
    ordered = ordered.with_columns(
        more=(pl.col("adds") & ~goes_along).cast(pl.Int32).cum_sum().over(whole),
        along=(pl.col("adds") & goes_along).cast(pl.Int32).cum_sum().over(whole),
    )
    wide = pl.lit(len(frame) + 1, pl.Int64)  # more than there can be of either
    return ordered.with_columns(
        (pl.col("pack") * wide + pl.col("more")).rank("dense").over("id").cast(pl.UInt32).alias("pack"),
        (pl.col("component") * wide + pl.col("along"))
        .rank("dense")
        .over(*whole, "more")
        .cast(pl.UInt32)
        .alias("component"),
    )


def _fold(frame: pl.DataFrame) -> pl.DataFrame:
    """What only tells a volume or a remark (`@ 60 ml`, `maksimum`) belongs to the level above it."""
    group = ["id", "pack", "component"]
    frame = frame.sort(*group, "level").with_columns(own=pl.col("is_level").cast(pl.Int32).cum_sum().over(group))
    role = (
        pl.when(pl.col("role_class").last() == "accessory").then(pl.lit("accessory"))
        .when(pl.col("is_solvent").any()).then(pl.lit("solvent")).otherwise(pl.lit("medicine"))
    )  # fmt: skip
    level = frame.group_by(*group, "own", maintain_order=True).agg(
        pl.col("count").first(),
        container=pl.when(pl.col("role_class") != "unit").then("canonical").first(),
        unit=pl.when(pl.col("role_class") == "unit").then("canonical").first(),
        volume=pl.col("volume").drop_nulls().first(),
        volume_unit=pl.col("volume_unit").drop_nulls().first(),
        left=pl.col("left").str.join(" "),
        notes=pl.col("notes").drop_nulls().str.join(" "),
        ranges=pl.col("range").drop_nulls().str.join(" "),
        role_class=pl.col("role_class").first(),
        is_solvent=pl.col("is_solvent").any(),
    )
    return level.with_columns(
        pl.col("own").rank("dense").over(group).cast(pl.UInt32).alias("level"),
        role=role.over(group),
        residue=tidy_residue(pl.col("left"), pl.col("notes"), pl.col("ranges")),
    )
