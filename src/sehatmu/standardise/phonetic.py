"""A skeleton of consonants for words that sound alike in Indonesian: CHOIRUL, KHAIRUL and HAIRUL are HRL.

For blocking and nothing else: it forgives spelling (f/p/v, z/s, sy/s, doubled letters, vowels, h within a word)
and keeps the first sound. Works on a vocabulary of words in `modern_spelling`.
"""

from __future__ import annotations

import polars as pl

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# `^` marks the beginning of a word. Longer ones first: of two at one place the first in the list counts.
_SOUNDS = {
    "^CHR": "KR", "^CR": "KR", "^KH": "H", "^CH": "H", "^SY": "S", "^SH": "S", "^A": "A", "^E": "A", "^I": "A",
    "^O": "A", "^U": "A", "^H": "H", "^Y": "Y", "^": "",
    "UWA": "", "UWE": "", "UWI": "", "UWO": "",
    "KH": "", "CH": "", "SY": "S", "SH": "S", "DZ": "S", "ZH": "S", "DH": "D", "TH": "T", "PH": "P", "BH": "B",
    "GH": "G", "CK": "K", "A": "", "E": "", "I": "", "O": "", "U": "", "H": "", "Y": "", "F": "P", "V": "P",
    "Z": "S", "Q": "K", "X": "KS",
}  # fmt: skip
_DOUBLES = {letter * 2: letter for letter in _LETTERS}


def skeleton(words: pl.Series) -> pl.Series:
    """The skeleton of every word; a word keeps at least one letter.

    >>> skeleton(pl.Series(["CHOIRUL", "HAIRUL", "FITRI", "PITRIE", "AYU"])).to_list()
    ['HRL', 'HRL', 'PTR', 'PTR', 'A']
    """
    bare = ("^" + words).str.replace_many(list(_SOUNDS), list(_SOUNDS.values()), leftmost=True)
    for _ in range(2):
        bare = bare.str.replace_many(list(_DOUBLES), list(_DOUBLES.values()))
    return bare
