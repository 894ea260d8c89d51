"""Names of persons as numbers of words: the vocabulary, how its words are changed, and the drawing of names.

A name is up to four word numbers, -1 where there is none. Whatever is done to single words (an initial, an
older spelling, capitals) is a look-up from number to number, made once for the vocabulary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.sample import person_words, person_words_outer
from sehatmu.sample.dice import Bools, Ints, Rolls
from sehatmu.sample.person_patterns import PATTERNS

TOKENS = 4
_STEPS = 1 << 13  # of a pool's distribution: the rarest name is one in 8192 of its pool
_ZIPF = 0.85
CULTURES = tuple(PATTERNS)
_BIRTH_ORDER = "bali_?"
# names that come with no clue of it: the sandbox's, and words of registrations
_LOOSE = "ARDIANTO PUTRA CLAUDIA SINTIA ALEXANDER"
MUHAMMADS = [
    "MUH.",
    "MUH",
    "MOH.",
    "MOH",
    "M.",
    "M",
    "MUHAMAD",
    "MOHAMMAD",
    "MOHAMAD",
    "MOCHAMAD",
    "MUCHAMAD",
    "MOCH.",
    "MOCH",
    "MUHAMMAT",
    "MHD.",
    "MHD",
]
_SHORT = {
    "ABDUL": "ABD. ABD", "SITI": "ST. ST", "AHMAD": "A. AHM.", "NUR": "N. NR", "WAYAN": "WYN I.W.",
    "NYOMAN": "NYM NYM.", "KETUT": "KT KT.", "MADE": "MD MD.", "PUTU": "PT PT.", "GUSTI": "GST GST.",
    "KADEK": "KDK KD", "KOMANG": "KMG KM", "COKORDA": "COK TJOK", "DEWI": "DW DW.", "MARIA": "M. MA.",
    "YOHANES": "YOH. JOH.", "ANDI": "A. A", "FRANSISKUS": "FRANS F.X.", "KRISTINA": "CHRISTINA KRIS",
    "DAENG": "DG DG.", "ABDULLAH": "ABD. ABDULAH",
}  # fmt: skip
# what is heard the same: the first word of each pair becomes the second
_SOUNDS = (
    ("F", "P"), ("V", "F"), ("SY", "S"), ("KH", "H"), ("CH", "H"), ("DH", "D"), ("DZ", "Z"), ("TH", "T"), ("AI", "AE"),
    ("Z", "J"), ("Q", "K"), ("UDDIN", "UDIN"), ("UDIN", "UDDIN"), ("II", "I"), ("LL", "L"), ("MM", "M"), ("SS", "S"),
    ("NN", "N"), ("AH$", "A"), ("I$", "IE"), ("^Y", "J"), ("Y", "I"), ("U", "O"), ("S$", "Z"), ("K$", "Q"),
    ("^E", "HE"), ("^A", "HA"), ("SI", "SY"), ("T$", "D"), ("D$", "T"), ("O$", "A"),
)  # fmt: skip
_OLD = (("U", "OE"), ("J", "DJ"), ("C", "TJ"), ("Y", "J"))

Table = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """All words in capitals, then all as titles: word `n` is also word `n + size`.

    `pools`: word numbers by pool and step; `slots`: pools by pattern and place; `patterns`: pattern by group
    and step. `sound`, `short` have two columns, of two changes. A word without a change stays itself.
    """

    words: pl.Series
    size: int
    pools: Table
    slots: Table
    patterns: Table
    inherited: Bools
    first_order: int  # the pool of the first-born; the next three follow it
    initial: Table
    old: Table
    sound: Table
    short: Table
    muhammads: Table
    is_muhammad: Bools

    def number(self, word: str) -> int:
        """The number of a word that is in it."""
        at = self.words.index_of(word)
        if at is None:
            raise KeyError(word)
        return at


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Of all tables of words, in an order that depends on nothing but them."""
    pools = {name: _words(text) for name, text in (person_words.POOLS | person_words_outer.POOLS).items()}
    base = sorted({word for words in pools.values() for word in words} | set(_LOOSE.split()))
    old = [_spell(word, _OLD) for word in base]
    sounds = [_sounds(word) for word in base]
    short = [_SHORT.get(word, "").split() or [word] for word in base]
    initials = [word[0] + end for word in base for end in (".", "")]
    every = sorted({*base, *old, *initials, *MUHAMMADS, *(w for ws in (*sounds, *short) for w in ws)})
    number = {word: at for at, word in enumerate(every)}

    def changed(columns: list[list[str]]) -> Table:
        table = np.tile(np.arange(len(every), dtype=np.int32)[:, None], (1, 2))
        table[[number[word] for word in base]] = [[number[w[0]], number[w[-1]]] for w in columns]
        return table

    names = list(pools)
    slots, groups = _patterns(names)
    upper = pl.Series("word", every, dtype=pl.String)
    is_muhammad = np.isin(np.asarray(every), [*MUHAMMADS, *pools["muhammad"]])
    return Vocabulary(
        words=pl.concat([upper, upper.str.to_titlecase()]),
        size=len(every),
        pools=np.stack([_zipf([number[word] for word in words]) for words in pools.values()]),
        slots=slots,
        patterns=np.stack([_steps(np.asarray(shares), np.asarray(at)) for at, shares in groups]),
        inherited=np.asarray([name.startswith("of_") for name in names]),
        first_order=names.index("bali_1"),
        initial=changed([[w[0] + ".", w[0]] for w in base]),
        old=changed([[w, w] for w in old]),
        sound=changed(sounds),
        short=changed(short),
        muhammads=np.asarray([number[word] for word in MUHAMMADS], dtype=np.int32),
        is_muhammad=is_muhammad,
    )


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


def _zipf(numbers: list[int]) -> Table:
    """The word of each step: a word's share falls with its place."""
    shares = (np.arange(len(numbers), dtype=np.float64) + 2.7) ** -_ZIPF
    return _steps(np.asarray(shares, dtype=np.float64), np.asarray(numbers))


def _steps(shares: npt.NDArray[np.float64], of: Ints) -> Table:
    edges = np.cumsum(shares) / np.sum(shares)
    at = np.searchsorted(edges, (np.arange(_STEPS) + 0.5) / _STEPS)
    return of[at].astype(np.int32)


def _patterns(pools: list[str]) -> tuple[Table, list[tuple[list[int], list[float]]]]:
    """The pools of every pattern, and for each culture, sex and age (older, younger) its patterns and shares."""
    slots: list[list[int]] = []
    groups: list[tuple[list[int], list[float]]] = []
    for forms in PATTERNS.values():
        for sex in ("m", "f"):
            for text in (forms[sex], forms.get(f"young {sex}", forms[sex])):
                lines = [line.split() for line in text.split("|")]
                first = len(slots)
                for _, *names in lines:
                    numbers = [pools.index("bali_1" if name == _BIRTH_ORDER else name) for name in names]
                    slots.append(numbers + [-1] * (TOKENS - len(numbers)))
                groups.append((list(range(first, len(slots))), [float(share) for share, *_ in lines]))
    return np.asarray(slots, dtype=np.int32), groups


def _spell(word: str, changes: tuple[tuple[str, str], ...]) -> str:
    """The word with all of these letters changed at once, so that none is changed twice."""
    to = dict(changes)
    return "".join(to.get(letter, letter) for letter in word)


def _sounds(word: str) -> list[str]:
    """Two ways in which a clerk may write what he hears, picked by the word's own letters."""
    heard = [changed for old, new in _SOUNDS if (changed := re.sub(old, new, word, count=1)) != word]
    if not heard:
        return [word]
    at = sum(map(ord, word)) % len(heard)
    return [heard[at], heard[(at + 1) % len(heard)]]


def draw_names(rolls: Rolls, family: Rolls, culture: Ints, sex: Ints, young: Bools, birth_order: Ints) -> list[Ints]:
    """Up to four word numbers per person: `family` draws what is shared with father and siblings.

    `sex` is 0 for men, 1 for women; `birth_order` counts from 0, for Balinese.
    """
    words = vocabulary()
    group = (culture * 2 + sex) * 2 + young
    pattern = words.patterns[group, (rolls.bits("pattern") >> np.uint64(51)).astype(np.int64)]
    own, shared = rolls.bits("names"), family.bits("family name")
    drawn: list[Ints] = []
    for place in range(TOKENS):
        pool = words.slots[pattern, place]
        pool = np.where(pool == words.first_order, pool + birth_order % 4, pool)
        bits = np.where(words.inherited[pool], shared, own >> np.uint64(13 * place)) & np.uint64(_STEPS - 1)
        word = np.where(pool >= 0, words.pools[pool, bits.astype(np.int64)], -1)
        if drawn:
            word = np.where(word == drawn[-1], -1, word)
        drawn.append(word.astype(np.int64))
    return drawn
