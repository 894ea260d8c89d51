"""What goes wrong with a written text: case, typing errors, old spelling, accidents, blanks, gaps.

Each function takes the texts of one column and the draws of its rows, and gives the texts as delivered.
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Bools, Rolls
from sehatmu.sample.noise import Noise

_LETTERS = tuple("aeiounrstlmkdgpbhyjcw")
# the first word of each pair was once replaced in a whole column, inside words too
_ACCIDENTS = (("Medis", "Umum"), ("ersama", "eRumah Sakitama"))
_OLD = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("J", "Dj"), ("C", "Tj"))
_ABBREVIATIONS = (
    ("Jl.", "Jln."), ("Jl.", "JL"), ("Jalan ", "Jl "), ("Jenderal", "Jend."), ("Kec.", "Kecamatan"), ("Kel.", "Kelurahan"),
    ("Ds.", "Desa"), (" No. ", " No."), (" Nomor ", " No "), ("Raya", "Ry"), ("Tanjung", "Tj."), ("Sungai", "Sei"), ("Gunung", "Gn."),
)  # fmt: skip


def spoil_name(names: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """All that may befall a name, in the order in which it happens to real lists."""
    for at, (word, instead) in enumerate(_ACCIDENTS):
        names = _where(
            rolls.hit(f"accident{at}", noise.accident), names.str.replace(word, instead, literal=True), names
        )
    old = names
    for new, former in _OLD:
        old = old.str.replace_all(new, former, literal=True)
    names = _where(rolls.hit("old_spelling", noise.old_spelling), old, names)
    names = mistype(names, rolls, noise.typo)
    names = _where(
        rolls.hit("double_blank", noise.double_blank), names.str.replace(" ", "  ", literal=True), names
    )
    return _where(rolls.hit("upper_case", noise.upper_case), names.str.to_uppercase(), names)


def mistype(texts: pl.Series, rolls: Rolls, rate: float) -> pl.Series:
    """One letter inserted, dropped, swapped with the next, or replaced; the first letter and digits are spared."""
    at = 1 + rolls.pick("typo_at", (texts.str.len_chars().cast(pl.Int64) - 2).clip(1).to_numpy())
    frame = pl.DataFrame({"text": texts, "at": at, "how": rolls.pick("typo_how", 4), "letter": rolls.choose("typo_letter", _LETTERS)})  # fmt: skip
    head, mine, next_one = (pl.col("text").str.slice(start, length) for start, length in ((0, pl.col("at")), (pl.col("at"), 1), (pl.col("at") + 1, 1)))  # fmt: skip
    rest, letter = pl.col("text").str.slice(pl.col("at") + 2), pl.col("letter")
    wrong = (
        pl.when(pl.col("how") == 0).then(head + letter + mine + next_one + rest)
        .when(pl.col("how") == 1).then(head + next_one + rest)
        .when(pl.col("how") == 2).then(head + next_one + mine + rest)
        .otherwise(head + letter + next_one + rest)
    )  # fmt: skip
    is_letter = pl.concat_str(mine, next_one).str.contains(r"^\p{L}\p{Ll}$")
    hit = pl.Series(rolls.hit("typo", rate))
    return frame.select(pl.when(hit & is_letter).then(wrong).otherwise("text").alias("text")).to_series()


def spoil_address(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Other abbreviations than the register's own, and typing errors."""
    for at, (long, short) in enumerate(_ABBREVIATIONS):
        texts = _where(rolls.hit(f"abbreviation{at}", noise.abbreviation), texts.str.replace(long, short, literal=True), texts)  # fmt: skip
    return mistype(texts, rolls.under("address"), noise.typo)


def thin(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Some values are absent, some a placeholder that stands for absent."""
    filler = rolls.choose("filler", ("-", "-", "-", "TIDAK ADA", "--"))
    return empty(_where(rolls.hit("placeholder", noise.placeholder), filler, texts), rolls, noise)


def empty(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Some values are absent."""
    return _where(rolls.hit("missing", noise.missing), pl.Series([None], dtype=pl.String), texts)


def blank_codes(codes: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Stray blanks around a code."""
    before = pl.Series(rolls.hit("blank_before", 0.5))
    spaced = pl.select(pl.when(before).then(pl.lit(" ") + codes).otherwise(codes + pl.lit(" "))).to_series()
    return _where(rolls.hit("code_blank", noise.code_blank), spaced, codes)


def _where(hit: Bools, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    name = otherwise.name or "text"
    return pl.select(pl.when(pl.Series(hit)).then(then).otherwise(otherwise).alias(name)).to_series()
