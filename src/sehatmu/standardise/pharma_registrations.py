"""Registration numbers: BPOM's NIE, and AKD, AKL, PKD, PKL of devices and household products.

A number is read where it has the shape of one; nothing is repaired or guessed. Two numbers in a cell, a footnote glued
to one, or letters that mean nothing are told, so that nobody uses the number as if it were sure. Shapes and what their
parts mean are codebooks, because some of them are only derived.
"""

from __future__ import annotations

import re

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.pharma_text import decode
from sehatmu.standardise.text import upper_text

PARTS = (
    "class", "origin", "name_type", "year", "factory", "category", "sub_category", "serial", "form_code",
    "strength_letter", "pack_digit",
)  # fmt: skip
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String, **dict.fromkeys(PARTS, pl.String), "normalised": pl.String, "others": pl.List(pl.String),
    "flags": pl.List(pl.String), "residue": pl.String,
}  # fmt: skip
#: What stands around a number, blanks gone, and says nothing.
_AROUND = r"(?:KEMENKES|DEPKES|BADANPOM|BPOM|POM)(?:RI)?|NOMOR|NO|IZIN|IJIN|EDAR|REGISTRASI|REG|NIE|[,:;/|&()]"


def parse_nie(texts: pl.Series, books: Codebooks) -> pl.DataFrame:
    """One row per text, in their order, with the columns of `SCHEMA`.

    `kind` is of the book of kinds (drug, device, household...); `normalised` the first number without blanks, `others`
    the further ones. `class` is BPOM's letter (B T K P N) or the risk class of a device (A to D), `origin` L, I or X.
    `flags`: `two-numbers`, `remark` (something stands beside), `unreadable` (no number in it).
    """
    kinds = books["registration_kinds"].rows(named=True)
    # Blanks and signs inside a number go; the shape alone parts two numbers.
    shapes = "|".join(f"(?:{_plain(kind['pattern'])})" for kind in kinds)
    upper = upper_text(decode(pl.col("text")).str.replace_all(r"</?[a-zA-Z!][^<>]*>", " "))
    unique = texts.rename("text").unique().drop_nulls().to_frame()
    found = unique.with_columns(squeezed=upper.str.replace_all(r"[\s._-]+", ""))
    rest = pl.col("squeezed").str.replace_all(shapes, " ").str.replace_all(_AROUND, " ").str.replace_all(" +", " ")
    found = found.with_columns(
        numbers=pl.col("squeezed").str.extract_all(shapes).list.unique(maintain_order=True),
        residue=pl.when(rest.str.contains(r"[^ ]")).then(rest.str.strip_chars(" ")),
    )
    found = found.with_columns(
        normalised=pl.col("numbers").list.get(0, null_on_oob=True), others=pl.col("numbers").list.slice(1)
    )
    found = _read_parts(found, books)
    is_read, has_rest = pl.col("normalised").is_not_null(), pl.col("residue").is_not_null()
    flags = [
        pl.when(pl.col("others").list.len() > 0).then(pl.lit("two-numbers")),
        pl.when(is_read & has_rest).then(pl.lit("remark")),
        pl.when(~is_read & has_rest).then(pl.lit("unreadable")),
    ]
    found = found.with_columns(flags=pl.concat_list(flags).list.drop_nulls())
    ordered = texts.rename("text").to_frame().join(found, on="text", how="left", maintain_order="left")
    return ordered.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _plain(pattern: str) -> str:
    """The pattern without names of its groups, so that it can stand beside others."""
    return re.sub(r"\(\?<\w+>", "(?:", pattern)


def _read_parts(found: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """Adds `kind` and the parts that its pattern names; letters become what the book says they stand for."""
    letters = books["registration_letters"]
    told: dict[str, list[pl.Expr]] = {part: [] for part in ("kind", *PARTS)}
    for kind in books["registration_kinds"].rows(named=True):
        pattern = f"^(?:{kind['pattern']})$"
        groups = pl.col("normalised").str.extract_groups(pattern)
        told["kind"].append(pl.when(pl.col("normalised").str.contains(pattern)).then(pl.lit(kind["kind"])))
        for part in re.findall(r"\(\?<(\w+)>", kind["pattern"]):
            values = letters.filter(pl.col("kind") == kind["kind"], pl.col("part") == part)
            value = groups.struct.field(part)
            if values.height:
                value = value.replace(values["letter"], values["value"])
            # The year of a device stands with its digits reversed: 31 is 2013.
            told[part.removeprefix("reversed_")].append(value.str.reverse() if part.startswith("reversed_") else value)
    return found.with_columns(**{part: pl.coalesce(values) for part, values in told.items()})
