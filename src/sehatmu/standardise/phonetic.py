"""A skeleton of consonants for words that sound alike in Indonesian: CHOIRUL, KHAIRUL and HAIRUL are ARL.

For blocking and nothing else: it forgives spelling (f/p/v, z/s, sy/s, d/t at the end, doubled letters, vowels, h, y
and the old j for y) and keeps the first sound, all vowels being A. Works on a vocabulary of words in `modern_spelling`.
"""

from __future__ import annotations

import polars as pl

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# `^` marks the beginning of a word, `$` its end. Longer ones first: of two at one place the first in the list counts.
_SOUNDS = {
    **{f"^{letters}{vowel}": "A" for letters in ("KH", "CH", "H", "") for vowel in "AEIOU"},
    "^CHR": "KR", "^CR": "KR", "^SY": "S", "^SH": "S", "^J": "Y", "^Y": "Y", "^H": "A", "^": "",
    "UWA": "", "UWE": "", "UWI": "", "UWO": "", "D$": "T", "$": "",
    "KH": "", "CH": "", "SY": "S", "SH": "S", "DZ": "S", "ZH": "S", "DH": "D", "TH": "T", "PH": "P", "BH": "B",
    "GH": "G", "CK": "K", "A": "", "E": "", "I": "", "O": "", "U": "", "H": "", "Y": "", "J": "", "F": "P", "V": "P",
    "Z": "S", "Q": "K", "X": "KS",
}  # fmt: skip
_DOUBLES = {letter * 2: letter for letter in _LETTERS}


def skeleton(words: pl.Series) -> pl.Series:
    """The skeleton of every word; a word keeps at least one letter.

    >>> skeleton(pl.Series(["CHOIRUL", "HAIRUL", "FITRI", "PITRIE", "AYU"])).to_list()
    ['ARL', 'ARL', 'PTR', 'PTR', 'A']
    """
    bare = ("^" + words + "$").str.replace_many(list(_SOUNDS), list(_SOUNDS.values()), leftmost=True)
    for _ in range(2):
        bare = bare.str.replace_many(list(_DOUBLES), list(_DOUBLES.values()))
    return bare
