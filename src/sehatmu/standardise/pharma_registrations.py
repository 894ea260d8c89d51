"""Registration numbers: BPOM's NIE, and AKD, AKL, PKD, PKL of devices and household products.

A number is read where it has the shape of one; nothing is repaired or guessed. Two numbers in a cell, a footnote glued
to one, or letters that mean nothing are told, so that nobody uses the number as if it were sure.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.text import upper_text

SCHEMA = {
    "kind": pl.String, "class": pl.String, "origin": pl.String, "name_type": pl.String, "year": pl.String,
    "factory": pl.String, "serial": pl.String, "form_code": pl.String, "strength_letter": pl.String,
    "pack_digit": pl.String, "normalised": pl.String, "others": pl.List(pl.String), "flags": pl.List(pl.String),
    "residue": pl.String,
}  # fmt: skip

_DRUG = r"[DG][BTKPN][LIX]\d{10}[A-Z]\d"
_DEVICE = r"[AP]K[DL]\d{11}"
_OTHER = r"N[A-E]\d{11}|M[DL]\d{12}|(?:TR|TL|TI|QD|QL|QI|HT|FF|SD|SI|SL)\d{9}"
#: What stands around a number and says nothing.
_AROUND = r"(?:KEMENKES|DEPKES|BADANPOM|BPOM|POM)(?:RI)?|NOMOR|NO|IZIN|IJIN|EDAR|REGISTRASI|REG|NIE|[,:;/|&()]"


def parse_nie(texts: pl.Series) -> pl.DataFrame:
    """One row per text, in their order, with the columns of `SCHEMA`.

    `kind` is drug, device, household or other; `normalised` the first number without blanks, `others` the further
    ones. `class` is BPOM's letter (B T K P N) or the risk digit of a device, `origin` L, I or X (D and L of a device
    number are L and I). `flags`: `two-numbers`, `remark` (something stands beside), `unreadable` (no number in it).
    The digits of a device number are read as `domain` facts derive them, without being official.
    """
    unique = texts.rename("text").unique().drop_nulls().to_frame()
    upper = upper_text(pl.col("text")).str.replace_all(r"</?[A-Z][^<>]*>", " ")
    # Blanks and signs inside a number go; those between two numbers part them by shape alone.
    squeezed = upper.str.replace_all(r"[\s._-]+", "")
    pattern = f"(?:{_DRUG}|{_DEVICE}|{_OTHER})"
    found = unique.with_columns(squeezed=squeezed).with_columns(numbers=pl.col("squeezed").str.extract_all(pattern))
    found = found.with_columns(numbers=pl.col("numbers").list.unique(maintain_order=True))
    rest = pl.col("squeezed").str.replace_all(pattern, " ").str.replace_all(_AROUND, " ")
    found = found.with_columns(
        normalised=pl.col("numbers").list.get(0, null_on_oob=True),
        others=pl.col("numbers").list.slice(1),
        residue=rest.str.replace_all(r"\s+", " ").str.strip_chars(" "),
    )
    number = pl.col("normalised")
    drug = number.str.extract_groups(r"^([DG])([BTKPN])([LIX])(\d{2})(\d{3})(\d{3})(\d{2})([A-Z])(\d)$")
    device = number.str.extract_groups(r"^([AP]K)([DL])(\d)(\d{2})(\d{2})(\d{2})(\d{4})$")
    names = ("name_type", "class", "origin", "year", "factory", "serial", "form_code", "strength_letter", "pack_digit")
    found = found.with_columns(**{name: drug.struct.field(str(n)) for n, name in enumerate(names, 1)}, _device=device)
    field = pl.col("_device").struct.field
    year = field("6").str.reverse()
    found = found.with_columns(
        pl.coalesce("class", field("3")).alias("class"),
        pl.coalesce("origin", field("2").replace_strict({"D": "L", "L": "I"}, default=None)).alias("origin"),
        pl.coalesce("year", year).alias("year"),
        pl.coalesce("serial", field("7")).alias("serial"),
        kind=pl.when(number.is_null()).then(None).when(pl.col("name_type").is_not_null()).then(pl.lit("drug"))
        .when(field("1") == "AK").then(pl.lit("device")).when(field("1") == "PK").then(pl.lit("household"))
        .otherwise(pl.lit("other")),
        residue=pl.when(pl.col("residue") != "").then("residue"),
    )  # fmt: skip
    flags = [
        pl.when(pl.col("others").list.len() > 0).then(pl.lit("two-numbers")),
        pl.when(number.is_not_null() & pl.col("residue").is_not_null()).then(pl.lit("remark")),
        pl.when(number.is_null() & pl.col("residue").is_not_null()).then(pl.lit("unreadable")),
    ]
    found = found.with_columns(flags=pl.concat_list(flags).list.drop_nulls())
    ordered = texts.rename("text").to_frame().join(found, on="text", how="left", maintain_order="left")
    return ordered.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
