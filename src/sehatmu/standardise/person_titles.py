"""Which words of a name are titles, degrees and forms of address, and which say that a baby has no name yet.

The codebook `person_titles` is the only list: `S.Kep.` is found as `S KEP` and `SKEP`, before a name or behind
it as its row says, and only in the unbroken run of titles at that end of the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import polars as pl

from sehatmu.standardise.person_words import Array, Words, first_of_rows

ROLES = ("", "title", "honorific", "father", "mother", "baby", "child", "filler", "late")
_ROLE = {name: number for number, name in enumerate(ROLES)}
_SIDES = {"front": 1, "back": 2, "both": 3}
_ADDRESS = [_ROLE[role] for role in ("honorific", "father", "mother", "baby", "child", "late")]


@dataclass(frozen=True, slots=True)
class Titles:
    """The codebook, ready to look up. Arrays have one value per title, in the codebook's order.

    `single` and `several`: spelling → title, of one word and of more (by count of words).
    """

    display: pl.Series
    side: Array
    role: Array
    needs_mark: Array
    single: dict[str, int]
    several: dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Judged:
    """For every word: `stripped` (it is no part of the name), `front` (it stands before it), `role` (a number
    into ROLES) and `title` (the codebook's row; -1 where none begins here)."""

    stripped: Array
    front: Array
    role: Array
    title: Array


def compile_titles(codebook: pl.DataFrame) -> Titles:
    """The codebook `person_titles` with every way to write each title as words."""
    single: dict[str, int] = {}
    several: dict[int, dict[str, int]] = {}
    needs = codebook["needs"].eq_missing("mark").to_numpy().copy()
    for number, title in enumerate(codebook["title"]):
        for spelling in _spellings(title):
            count = spelling.count(" ") + 1
            (single if count == 1 else several.setdefault(count, {})).setdefault(spelling, number)
    return Titles(
        display=codebook["title"],
        side=codebook["side"].replace_strict(_SIDES, return_dtype=pl.UInt8).to_numpy(),
        role=codebook["role"].replace_strict(_ROLE, return_dtype=pl.UInt8).to_numpy(),
        needs_mark=needs,
        single=single,
        several=several,
    )


def judge_words(words: Words, titles: Titles) -> Judged:
    """Find the runs of titles at both ends of every name; a name that is all titles keeps no word."""
    title, whole = _find_titles(words, titles)
    known = whole >= 0
    side, role = (np.where(known, values[whole], 0) for values in (titles.side, titles.role))
    count = len(words.row)
    if not count:
        none = np.zeros(0, bool)
        return Judged(none, none, role, title)
    starts = np.flatnonzero(first_of_rows(words))
    of_row = np.cumsum(first_of_rows(words)) - 1
    place = np.arange(count)
    is_front = known & (side & 1 > 0) & ~_is_article(words, role)
    opens = np.isin(role[starts], [_ROLE["baby"], _ROLE["child"]])[of_row]
    is_front &= (role != _ROLE["filler"]) | opens
    is_back = known & ((side & 2 > 0) | (words.after_comma & (role != _ROLE["filler"])))
    first = np.minimum.reduceat(np.where(is_front, count, place), starts)[of_row]
    front = place < first
    last = np.maximum.reduceat(np.where(is_back & ~front, -1, place), starts)[of_row]
    return Judged(front | (place > last), front, role, title)


def _find_titles(words: Words, titles: Titles) -> tuple[Array, Array]:
    """For every word the title that begins with it, and the title that it is part of; -1 where there is none."""
    alone = _look_up(words.vocabulary, titles.single)
    whole = alone[words.code].copy()
    whole[(whole >= 0) & titles.needs_mark[whole] & ~words.marked] = -1
    title = whole.copy()
    for count, spellings in sorted(titles.several.items()):
        at = _candidates(words, count, spellings)
        if not len(at):
            continue
        parts = pl.DataFrame({str(step): words.vocabulary.gather(words.code[at + step]) for step in range(count)})
        joined = parts.select(pl.concat_str(pl.all(), separator=" ")).to_series()
        found = _look_up(joined, spellings)
        # Initials alone (S H) are a degree only with dots or behind a comma.
        loose = joined.str.len_chars().to_numpy() == 2 * count - 1
        fits = (found >= 0) & (words.marked[at] | ~(loose | titles.needs_mark[found]))
        for step in range(count):
            whole[at[fits] + step] = found[fits]
            title[at[fits] + step] = found[fits] if not step else -1
    return title, whole


def _candidates(words: Words, count: int, spellings: dict[str, int]) -> Array:
    """Places where the first two words and the row allow one of the spellings."""
    fits = []
    for step in (0, 1):
        nth = {spelling.split(" ")[step] for spelling in spellings}
        fits.append(words.vocabulary.is_in(list(nth)).to_numpy()[words.code])
    at = np.flatnonzero(fits[0][: max(len(fits[0]) - count + 1, 0)])
    at = at[fits[1][at + 1]]
    return np.asarray(at[words.row[at] == words.row[at + count - 1]])


def _is_article(words: Words, role: Array) -> Array:
    """AN before a word with N, without a dot, is an article (AN NISA) and not the word for a child."""
    starts_with_n = words.vocabulary.str.starts_with("N").to_numpy()[words.code]
    follows = np.append(starts_with_n[1:] & (words.row[1:] == words.row[:-1]), False)
    return np.asarray((role == _ROLE["child"]) & ~words.marked & follows)


def _look_up(texts: pl.Series, spellings: dict[str, int]) -> Array:
    found: Array = texts.replace_strict(spellings, default=-1, return_dtype=pl.Int32).to_numpy()
    return found


@lru_cache(maxsize=1024)
def _spellings(title: str) -> tuple[str, ...]:
    """All ways to run the parts of a title together: `S.Pd.I.` → S PD I, SPD I, S PDI, SPDI."""
    parts = [part for part in pl.Series([title.upper()]).str.extract_all("[A-Z0-9]+").item().to_list() if part]
    return tuple(dict.fromkeys(_runs(parts)))


def _runs(parts: list[str]) -> Iterator[str]:
    for joints in product((" ", ""), repeat=len(parts) - 1):
        yield "".join(part + joint for part, joint in zip(parts, (*joints, ""), strict=True))
