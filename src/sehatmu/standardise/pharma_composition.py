"""Compositions: `PARASETAMOL 500 mg, KAFEIN 50 mg` becomes one row per substance with its strength.

A text is split into items, each item into the name and the amount told, and where an equivalent is told (`AMLODIPINE
BESILATE 6.94 mg setara dengan AMLODIPINE 5 mg`) its amount is the strength, as labels and the platform count it.
Strengths that stand apart from the names (`sirup; 120 mg /5 mg`) are paired with them by their order.
"""

from __future__ import annotations

import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_substances import read_substances
from sehatmu.standardise.pharma_text import EQUAL, NUMBER, SEPARATOR, alternation, readable, tidy_residue
from sehatmu.standardise.pharma_units import (
    PER,
    amount_fields,
    amount_pattern,
    canonical,
    per_pattern,
    read_amounts,
    strength_pattern,
    unit_pattern,
    value_text,
)

SCHEMA = {
    "row": pl.UInt32, "position": pl.UInt32, "substance": pl.String, "salt": pl.String, "base": pl.String,
    "substance_key": pl.String, "amount": pl.String, "unit": pl.String, "per_amount": pl.String, "per_unit": pl.String,
    "named_amount": pl.String, "named_unit": pl.String, "value": pl.Float64, "value_unit": pl.String,
    "residue": pl.String,
}  # fmt: skip
_AMOUNT = ("amount", "unit", "per_amount", "per_unit")
#: Keeps a separating sign inside brackets from parting items; set back when they are parted.
_KEPT = "\x1e"
_STRANGE = r"\s(\d[\d.,]*\s*[A-Z]{2,})$"
#: Numbers that name a substance: serotype 6, factor 8.
_NUMBERED = r"(?:TYPE|GROUP|FACTOR|VIRUS)\s+\d[\d.,]*\s*[A-Z]+$"


def parse_composition(frame: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """One row per (row, position) in their order, with the columns of `SCHEMA`; `frame` has `row` and `komposisi`.

    `frame` may also have `kekuatan`, strengths told apart from the names, paired with them by order. `amount` and
    `per_amount` are exact text, units UCUM; `value` and `value_unit` are the same in one unit per kind of quantity, so
    that equal strengths compare equal. `named_amount` is the amount of the salt where another is told as its
    equivalent. A row without composition has no rows here; what was not understood is `residue`.
    """
    row = frame.schema["row"]
    texts = frame.with_columns(kekuatan=pl.col("kekuatan") if "kekuatan" in frame.columns else pl.lit(None, pl.String))
    unique = texts.select("komposisi", "kekuatan").unique().with_row_index("text")
    items = _read_items(unique, books)
    strengths = _read_strengths(unique, books)
    paired = _pair(items, strengths)
    names = read_substances(paired["name"], books).drop("name").rename({"residue": "beside"})
    known = canonical(paired.with_columns(names), books)
    known = known.with_columns(
        base=pl.coalesce("equivalent", "base"),
        substance_key=pl.coalesce("equivalent_key", "substance_key"),
        residue=tidy_residue(pl.col("residue"), pl.col("beside")),
    )
    rows = texts.select("row", "komposisi", "kekuatan").join(unique, on=["komposisi", "kekuatan"], nulls_equal=True)
    told = rows.select("row", "text").join(known, on="text").sort("row", "position")
    return told.select(pl.col(c).cast(row if c == "row" else t) for c, t in SCHEMA.items())


def strength_key(composition: pl.DataFrame, *, with_salts: bool = False) -> pl.DataFrame:
    """One row per row of `parse_composition`: row, strength_key, like `AMLODIPIN 5 mg + VALSARTAN 80 mg`.

    Substances in the order of their keys, each with its strength; null where one of them is not known or has none.
    The base alone counts unless `with_salts`: which salt it is seldom stands in a shop's text.
    """
    name = (
        pl.col("substance_key")
        if not with_salts
        else pl.concat_str("substance_key", "salt", separator=" ", ignore_nulls=True)
    )
    part = name + " " + value_text(pl.col("value"), pl.col("value_unit"))
    keyed = composition.with_columns(part=part).group_by("row").agg(
        strength_key=pl.when(~pl.col("part").is_null().any()).then(pl.col("part").sort().str.join(" + "))
    )  # fmt: skip
    return keyed.sort("row")


def _read_items(unique: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """text, position, name, equivalent, the amounts and residue of every item of `komposisi`."""
    text = readable(pl.col("komposisi"))
    per = unit_pattern(books, PER)
    contains = r"(?:MENGANDUNG|BERISI|CONTAINS?|CONTAINING|:)"
    opening = rf"^(?:TIAP|SETIAP|EACH|EVERY|PER)\s+({NUMBER})?\s*({per})[^:]*?{contains}[\s:]*"
    # The share of a pellet (`OMEPRAZOLE PELLET 8.5%`) is how it is delivered, not its strength.
    quality = alternation(books["salts"].filter(pl.col("class") == "quality")["spelling"].to_list())
    text = text.str.replace_all(rf"\b({quality})\s+{NUMBER}\s*%(?:\s*W/W)?", "$1")
    opened = unique.with_columns(body=text).with_columns(opening=pl.col("body").str.extract_groups(opening))
    opened = opened.with_columns(
        pl.col("body").str.replace(opening, ""),
        open_amount=pl.col("opening").struct.field("1"),
        open_unit=pl.col("opening").struct.field("2"),
    )
    parted = opened.with_columns(item=_part(pl.col("body"), books).str.split(SEPARATOR)).explode("item")
    parted = parted.with_columns(pl.col("item").str.replace_all(_KEPT, ",", literal=True).str.strip_chars(" .,;:-"))
    parted = parted.filter(pl.col("item").str.contains(r"\w")).with_columns(
        position=(pl.int_range(pl.len()).over("text", order_by=pl.int_range(pl.len())) + 1).cast(pl.UInt32),
        sides=pl.col("item").str.split(EQUAL),
    )
    sides = parted.with_columns(
        named=pl.col("sides").list.get(0, null_on_oob=True),
        told=pl.col("sides").list.slice(1).list.join(" "),
    )
    for side in ("named", "told"):
        sides = _take_amount(sides, side, books)
    has_equal = pl.col("told_amount").is_not_null()
    own_per = pl.coalesce("told_per_unit", "named_per_unit")
    open_measure = pl.col("open_unit").is_not_null() & own_per.is_null()
    joined = sides.select(
        "text",
        "position",
        name=pl.col("named_rest"),
        equivalent=pl.when(pl.col("told_rest") != "").then("told_rest"),
        amount=pl.when(has_equal).then("told_amount").otherwise("named_amount"),
        unit=pl.when(has_equal).then("told_unit").otherwise("named_unit"),
        per_amount=pl.when(open_measure)
        .then("open_amount")
        .otherwise(pl.coalesce("told_per_amount", "named_per_amount")),
        per_unit=pl.when(open_measure).then("open_unit").otherwise(own_per),
        named_amount=pl.when(has_equal).then("named_amount"),
        named_unit=pl.when(has_equal).then("named_unit"),
        residue=tidy_residue(pl.col("named_left"), pl.col("told_left")),
    )
    read = _to_ucum(joined, books)
    named = read_amounts(read, books, amount="named_amount", unit="named_unit")
    other = read_substances(named["equivalent"], books)
    return named.with_columns(equivalent=other["base"], equivalent_key=other["substance_key"])


def _part(body: pl.Expr, books: Codebooks) -> pl.Expr:
    """The text with `SEPARATOR` between its items."""
    kept = body
    for _ in range(6):  # as many signs inside one pair of brackets
        kept = kept.str.replace_all(r"(\([^()]*)(?:[,;+]|\. )([^()]*\))", f"${{1}}{_KEPT}$2")
    # `A AND B ~ C AND D`: each is told with its own equivalent.
    clause = rf"([^;|+,{EQUAL}{_KEPT}]+?)"
    kept = kept.str.replace(
        rf"^{clause} (?:DAN|AND) {clause} {EQUAL} {clause} (?:DAN|AND) {clause}$",
        f"${{1}} {EQUAL} $3{SEPARATOR}$2 {EQUAL} $4",
    )
    unit = strength_pattern(books)
    # `/ 5 ML` belongs to the amount before it, `75 MG/ ISONIAZID` begins another item.
    bound = kept.str.replace_all(rf"\s*/\s*{per_pattern(books)}", "\x1d$1 $2$3 $4$5")
    parted = (
        bound.str.replace_all(rf"({NUMBER}\s*{unit})\s*/\s*", f"${{1}}{SEPARATOR}")
        .str.replace_all(r"([A-Z]{5,})\s*/\s*([A-Z]{5,})", f"${{1}}{SEPARATOR}$2")
        .str.replace_all(r"\s+/\s+", SEPARATOR)
        .str.replace_all(r"\s*[;|+]\s*|,\s+|\s+(?:DAN|AND)\s+", SEPARATOR)
        .str.replace_all(r",([^\d])", f"{SEPARATOR}$1")
        .str.replace_all(r"(\d)\.\s+(\d)", "$1.$2")
        .str.replace_all(r"([A-Z0-9)])\.\s+", f"${{1}}{SEPARATOR}")
    )
    return parted.str.replace_all("\x1d", "/", literal=True)


def _take_amount(frame: pl.DataFrame, side: str, books: Codebooks) -> pl.DataFrame:
    """Adds `side`_amount, _unit, _per_amount, _per_unit, _rest (the name) and _left (further amounts, stray signs)."""
    pattern = amount_pattern(books)
    groups = pl.col(side).str.extract_groups(pattern)
    fields = {f"{side}_{column}": field for column, field in amount_fields(groups).items()}
    rest = pl.col(side).str.replace(pattern, SEPARATOR)
    frame = frame.with_columns(**fields, _rest=rest)
    # Behind the amount stands what belongs to no name; before it, the name itself.
    pieces = pl.col("_rest").str.split_exact(SEPARATOR, 1)
    before, after = (pieces.struct.field(f"field_{n}").fill_null("").str.strip_chars(" .,;:-/") for n in (0, 1))
    only_after = before == ""
    name = pl.when(only_after).then(after).otherwise(before)
    # A number with a word that is no unit (`ZINC 5 WAKWAK`) is neither a strength nor part of the name.
    strange = pl.when(pl.col(f"{side}_unit").is_null() & ~name.str.contains(_NUMBERED)).then(name.str.extract(_STRANGE))
    left = pl.when(only_after).then(pl.lit("")).otherwise(after)
    return frame.with_columns(
        pl.when(strange.is_not_null()).then(name.str.replace(_STRANGE, "")).otherwise(name).alias(f"{side}_rest"),
        pl.coalesce(strange, left).alias(f"{side}_left"),
    ).drop("_rest")


def _to_ucum(frame: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    read = read_amounts(frame, books, amount="amount", unit="unit")
    return read_amounts(read, books, amount="per_amount", unit="per_unit")


def _read_strengths(unique: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """text, position and the amounts of every strength of `kekuatan`; an item without a number keeps its place."""
    pattern = amount_pattern(books)
    # `/` before a number begins the next strength, unless it is a volume (`200 mg/5 ml`).
    volume = unit_pattern(books, ("volume",))
    parted = (
        readable(pl.col("kekuatan"))
        .str.replace_all(rf"(\S)/\s*({NUMBER}\s*{volume})", "${1}\x1d$2")
        .str.replace_all(rf"\s*/\s*({NUMBER}|-)", f"{SEPARATOR}$1")
        .str.replace_all(r"\s+/\s*|\s*;\s*", SEPARATOR)
        .str.replace_all("\x1d", "/", literal=True)
    )
    items = unique.drop_nulls("kekuatan").with_columns(item=parted.str.split(SEPARATOR)).explode("item")
    items = items.with_columns(
        position=(pl.int_range(pl.len()).over("text", order_by=pl.int_range(pl.len())) + 1).cast(pl.UInt32)
    )
    # A footnote's star is no part of the number; a range is no strength.
    bare = pl.col("item").str.replace_all("*", "", literal=True)
    is_range = bare.str.contains(rf"{NUMBER}\s*(?:-|S/D|SAMPAI|DAN)\s*{pattern}")
    groups = pl.when(~is_range).then(bare).str.extract_groups(pattern)
    left = pl.when(is_range).then(bare).otherwise(bare.str.replace(pattern, " "))
    star = pl.col("item").str.extract(r"(\*+)")
    items = items.with_columns(**amount_fields(groups), strength_residue=tidy_residue(left, star))
    return _to_ucum(items, books).select("text", "position", *_AMOUNT, "strength_residue")


def _pair(items: pl.DataFrame, strengths: pl.DataFrame) -> pl.DataFrame:
    """Names and strengths told apart, by their order; where their numbers differ every row says so.

    Strengths beyond the names have no name (lists cut long texts); fewer strengths than names are given to none.
    """
    apart = strengths.rename({column: f"apart_{column}" for column in _AMOUNT}).with_columns(is_apart=pl.lit(True))
    joined = items.join(apart, on=["text", "position"], how="full", coalesce=True)
    is_said = (
        pl.col("name").is_not_null() | pl.col("apart_unit").is_not_null() | pl.col("strength_residue").is_not_null()
    )
    counts = joined.group_by("text").agg(names=pl.col("name").count(), apart=pl.col("is_apart").count())
    joined = joined.join(counts, on="text", how="left")
    told = (pl.col("apart") > 0) & (pl.col("names") > 0)
    # A cut list ends within an item, and all before it are in their places.
    is_cut = (pl.col("apart_unit").is_null() & (pl.col("position") == pl.col("apart"))).any().over("text")
    fewer = told & ~is_cut & (pl.col("apart") < pl.col("names"))
    uneven = pl.when(told & (pl.col("apart") != pl.col("names"))).then(
        phrase("strengths: {}, names: {}", "apart", "names")
    )
    use = ~fewer & (pl.col("unit").is_null() | pl.col("apart_unit").is_not_null())
    return (
        joined.with_columns(
            *(pl.when(use).then(f"apart_{column}").otherwise(column).alias(column) for column in _AMOUNT),
            residue=tidy_residue(pl.col("residue"), pl.col("strength_residue"), uneven),
        )
        .filter(is_said)
        .sort("text", "position")
    )
