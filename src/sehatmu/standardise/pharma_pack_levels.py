"""One level of a pack: `5 strip`, `1 botol plastik 60 ml`, `@ 2,5 ml`, `1 ampul pelarut`.

Which container or piece it is, how many, and the volume or weight of one. `pharma_packs` puts the levels of a pack
together.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_text import alternation
from sehatmu.standardise.pharma_units import read_amounts, read_number, unit_pattern

_COUNT = r"\d[\d.,]*"
_MEASURES = ("volume", "mass", "activity", "units", "dose", "inhibitor units", "radioactivity", "infective dose")


def read_levels(chunks: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per different text of `chunk`, with what stands in it.

    `is_level`: it tells a container or a piece, not only a volume. `canonical` and `role_class` of the word found,
    `count`, `volume` and `volume_unit`, `range` (`1-1100`), `is_solvent`; `left` and `notes` (from brackets) hold what
    no book knows.
    """
    words = _Words(books)
    bracket = pl.col("chunk").str.extract(r"\(([^()]*)\)")
    bare = pl.col("chunk").str.replace_all(r"\([^()]*\)?", " ").str.replace_all(r"[^\w.,/%& -]", " ")
    # `1 x 1 ml pre-filled syringe` is one of 1 ml.
    bare = bare.str.replace(rf"^(\d+)\s*X\s*({words.measure})", "$1 $2")
    bare = bare.str.replace_all(r"\s+", " ").str.strip_chars(" .,-")
    frame = chunks.rename("chunk").unique().to_frame().with_columns(bracket=bracket, bare=bare)
    most = r"(?:MAKSIMUM |MAXIMUM |MAKSIMAL |MAX )?"
    measured = pl.col("bare").str.contains(rf"^{most}{words.measure}(?:[ /]|$)") & ~pl.col("bare").str.contains(
        rf"^{_COUNT}\s*{words.named}"
    )
    field = (
        pl.col("bare")
        .str.extract_groups(rf"^{most}(?:({_COUNT}(?:\s*X\s*{_COUNT})*)(?:\s*-\s*({_COUNT}))?\s*)?(.*)$")
        .struct.field
    )
    frame = frame.with_columns(
        # `@ 2 ml pelarut` is a volume of what was named before, `@ 200 dosis canister` a canister.
        only_measure=measured & ~pl.col("bare").str.replace_all(words.solvent, " ").str.contains(rf"\b{words.named}"),
        # `12 mcg/0.36 ml in a pre-filled pen`: the number is no count.
        counts=pl.when(~measured).then(field("1")),
        upper=pl.when(~measured).then(field("2")),
        rest=pl.when(measured).then("bare").otherwise(field("3")),
    )
    # `PRESS-IN BOTTLE ADAPTER` is an adapter; `BOTTLE WITH SPOON` a bottle.
    at_end = pl.col("rest").str.extract(rf"\b({words.named})$")
    is_accessory = at_end.is_in(words.accessories) & ~pl.col("rest").str.contains(
        rf"\b(?:DENGAN|WITH)\b|{words.measure}"
    )
    word = pl.coalesce(pl.when(is_accessory).then(at_end), pl.col("rest").str.extract(rf"\b({words.named})"))
    frame = frame.with_columns(word=pl.when(~pl.col("only_measure")).then(word))
    text = pl.when("only_measure").then("bare").otherwise("rest")
    inside, within = text.str.extract_groups(words.measure), pl.col("bracket").str.extract_groups(words.measure)
    known = rf"\b(?:{words.named}|{words.idle})"
    frame = frame.with_columns(
        volume=inside.struct.field("1"), volume_spelling=inside.struct.field("2"),
        inner_volume=within.struct.field("1"), inner_spelling=within.struct.field("2"),
        is_solvent=pl.col("bare").str.contains(rf"\b{words.solvent}"),
        left=text.str.replace(words.measure, " ").str.replace_all(known, " "),
        notes=pl.col("bracket").str.replace_all(words.measure, " ").str.replace_all(known, " "),
    )  # fmt: skip
    return _finish(frame, books)


class _Words:
    """The patterns that one set of books gives."""

    def __init__(self, books: Codebooks) -> None:
        words = books["pack_words"]

        def of(*classes: str) -> str:
            return alternation(words.filter(pl.col("class").is_in(classes))["spelling"].to_list())

        self.named = of("container", "unit", "accessory")
        self.accessories = words.filter(pl.col("class") == "accessory")["spelling"].to_list()
        self.idle = of("other")
        self.solvent = alternation(words.filter(pl.col("canonical") == "PELARUT")["spelling"].to_list())
        self.measure = rf"({_COUNT})\s*({unit_pattern(books, _MEASURES)})"


def _finish(frame: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    known = books["pack_words"].select(word="spelling", canonical="canonical", role_class="class")
    frame = frame.join(known, on="word", how="left", maintain_order="left")
    frame = read_amounts(frame, books, amount="volume", unit="volume_spelling")
    frame = read_amounts(frame, books, amount="inner_volume", unit="inner_spelling")
    volumes = books["units"].filter(pl.col("dimension") == "volume")["unit"].to_list()
    # Of `10 dosis (5,0 ml)` and `350 mg (1,75 ml)` the volume is what a pharmacist measures.
    inner = pl.col("inner_spelling").is_in(volumes) & ~pl.col("volume_spelling").is_in(volumes).fill_null(False)
    factors = pl.col("counts").str.split("X").list.eval(
        read_number(pl.element().str.strip_chars(" "), is_whole=pl.lit(True)).cast(pl.Int64, strict=False)
    )  # fmt: skip
    unread = factors.list.eval(pl.element().is_null()).list.any()
    is_range = pl.col("upper").is_not_null() & ~pl.col("only_measure")
    frame = frame.with_columns(
        volume=pl.when(inner).then("inner_volume").otherwise("volume"),
        volume_unit=pl.when(inner).then("inner_spelling").otherwise("volume_spelling"),
        count=pl.when(is_range | (unread & ~pl.col("only_measure"))).then(None)
        .when(pl.col("counts").is_null() | pl.col("only_measure")).then(1)
        .otherwise(factors.list.eval(pl.element().product()).list.first()),
        range=pl.when(pl.col("upper").is_not_null()).then(pl.col("counts") + "-" + pl.col("upper")),
        is_level=~pl.col("only_measure") & (pl.col("word").is_not_null() | pl.col("counts").is_not_null()),
    )  # fmt: skip
    return frame.select(
        "chunk",
        "canonical",
        "role_class",
        "count",
        "volume",
        "volume_unit",
        "range",
        "is_level",
        "is_solvent",
        "left",
        "notes",
    )
