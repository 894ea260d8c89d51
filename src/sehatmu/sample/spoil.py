"""What goes wrong with a written text: case, typing errors, old spelling, accidents, blanks, gaps.

Each function takes the texts of one column and the draws of its rows, and gives the texts as delivered.
"""

from __future__ import annotations

import polars as pl

from sehatmu.sample.dice import Bools, Rolls, cases
from sehatmu.sample.noise import Noise

_LETTERS = tuple("aeiounrstlmkdgpbhyjcw")
# the first of each pair was once replaced in a whole column, inside words too
_ACCIDENTS = (("Medis", "Umum"), ("ersama", "eRumah Sakitama"))
_SHORT = (
    ("dr. ", ""), ("Santa ", "St. "), ("Santo ", "St. "), ("Tanjung ", "Tj. "), ("Sungai ", "Sei "),
    ("Gunung ", "Gn. "), ("Kampung ", "Kp. "), ("Simpang ", "Sp. "),
)  # fmt: skip
_OLD = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("J", "Dj"), ("C", "Tj"))
_ABBREVIATIONS = (
    ("Jl.", "Jln."), ("Jl.", "JL"), ("Jalan ", "Jl "), ("Jenderal", "Jend."), ("Kec.", "Kecamatan"),
    ("Kel.", "Kelurahan"), ("Ds.", "Desa"), (" No. ", " No."), (" Nomor ", " No "), ("Raya", "Ry"),
    ("Tanjung", "Tj."), ("Sungai", "Sei"), ("Gunung", "Gn."),
)  # fmt: skip


def spoil_name(names: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """All that may befall a name, in the order in which it happens to real lists."""
    for at, (word, instead) in enumerate(_ACCIDENTS):
        replaced = names.str.replace(word, instead, literal=True)
        names = _where(rolls.hit(f"accident{at}", noise.accident), replaced, names)
    names = mistype(names, rolls, noise.typo)
    doubled = names.str.replace(" ", "  ", literal=True)
    names = _where(rolls.hit("double_blank", noise.double_blank), doubled, names)
    return _where(rolls.hit("upper_case", noise.upper_case), names.str.to_uppercase(), names)


def reword(stems: pl.Series, towns: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Two words written as one, usual short forms, and the name of the town added."""
    joined = stems.str.replace(r"(\p{Ll}) (\p{Lu})(\p{Ll})", "${1}_${2}${3}").str.split("_")
    ends = joined.list.slice(1).list.join("").str.to_lowercase()
    stems = _where(rolls.hit("joined_words", noise.joined_words), joined.list.first() + ends, stems)
    short = stems
    for word, instead in _SHORT:
        short = short.str.replace(word, instead, literal=True)
    stems = _where(rolls.hit("short_words", noise.short_words), short, stems)
    lacks_town = pl.select(~pl.lit(stems).str.contains(pl.lit(towns), literal=True)).to_series()
    added = pl.Series(rolls.hit("place_added", noise.place_added)) & lacks_town
    return _where(added.to_numpy(), stems + " " + towns, stems)


def spell_old(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """The spelling of before 1972 (u oe, j dj, c tj)."""
    old = texts
    for new, former in _OLD:
        old = old.str.replace_all(new, former, literal=True)
    return _where(rolls.hit("old_spelling", noise.old_spelling), old, texts)


def mistype(texts: pl.Series, rolls: Rolls, rate: float) -> pl.Series:
    """A letter inserted, dropped, swapped with the next, or replaced, never the first letter or a numeral.

    Where the place drawn is not inside a word (two small letters), the text stays: about one in four.
    """
    lengths = texts.str.len_chars().cast(pl.Int64)
    drawn = {
        "text": texts,
        "at": pl.Series(1 + rolls.pick("typo_at", (lengths - 2).clip(1).to_numpy())),
        "how": pl.Series(rolls.pick("typo_how", 4)),
        "letter": rolls.choose("typo_letter", _LETTERS),
    }
    text, at, how, letter = (pl.col(name) for name in drawn)
    head, this, after, rest = (
        text.str.head(at),
        text.str.slice(at, 1),
        text.str.slice(at + 1, 1),
        text.str.slice(at + 2),
    )
    wrong = cases(
        (how == 0, pl.concat_str(head, letter, this, after, rest)),
        (how == 1, pl.concat_str(head, after, rest)),
        (how == 2, pl.concat_str(head, after, this, rest)),
        otherwise=pl.concat_str(head, letter, after, rest),
    )
    inside = pl.concat_str(this, after).str.contains(r"^\p{Ll}\p{Ll}$")
    hit = pl.lit(pl.Series(rolls.hit("typo", rate)))
    return pl.DataFrame(drawn).select(cases((hit & inside, wrong), otherwise=text).alias("text")).to_series()


def spoil_address(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Other abbreviations than the register's own, and typing errors."""
    for at, (long, short) in enumerate(_ABBREVIATIONS):
        shortened = texts.str.replace(long, short, literal=True)
        texts = _where(rolls.hit(f"abbreviation{at}", noise.abbreviation), shortened, texts)
    return mistype(texts, rolls, noise.typo)


def thin(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Some values are absent, some a placeholder that stands for absent."""
    filler = rolls.choose("filler", ("-", "-", "-", "TIDAK ADA", "--"))
    return empty(_where(rolls.hit("placeholder", noise.placeholder), filler, texts), rolls, noise)


def empty(texts: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Some values are absent."""
    return _where(~rolls.hit("missing", noise.missing), texts, pl.Series([None], dtype=pl.String))


def blank_codes(codes: pl.Series, rolls: Rolls, noise: Noise) -> pl.Series:
    """Stray blanks before or behind a code."""
    before = rolls.flag("blank_before", 0.5)
    spaced = pl.select(cases((before, " " + codes), otherwise=codes + " ").alias("code")).to_series()
    return _where(rolls.hit("code_blank", noise.code_blank), spaced, codes)


def _where(hit: Bools, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(hit)).then(then).otherwise(otherwise).alias("text")).to_series()
