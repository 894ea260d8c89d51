"""Which words of a name are titles, degrees and forms of address, and which say that a baby has no name yet.

The codebook `person_titles` is the only list: `S.Kep.` is found as `S KEP` and `SKEP`, before a name or behind
it as its row says, and only in the unbroken run of titles at that end of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import polars as pl

from sehatmu.standardise.person_words import Array, Words

ROLES = ("", "title", "honorific", "father", "mother", "baby", "child", "newborn", "filler", "late")
_ROLE = {name: number for number, name in enumerate(ROLES)}
FRONT, BACK = 1, 2
_SIDES = {"front": FRONT, "back": BACK, "both": FRONT | BACK}


@dataclass(frozen=True, slots=True)
class Titles:
    """The codebook, ready to look up. Arrays and series have one value per title, in the codebook's order.

    `single` and `several`: spelling → title, of one word and of more (by count of words).
    """

    display: pl.Series
    side: Array
    role: Array
    needs_mark: Array
    not_before: pl.Series
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
        not_before=codebook["not_before"],
        single=single,
        several=several,
    )


def judge_words(words: Words, marked: Array, after_comma: Array, titles: Titles) -> Judged:
    """Find the runs of titles at both ends of every name; a name that is all titles keeps no word.

    The masks are those of `split_words`. Rows without a title in them are not looked at.
    """
    title, whole = _find_titles(words, marked, titles)
    judged = Judged(np.zeros(len(whole), bool), np.zeros(len(whole), bool), np.zeros(len(whole), np.uint8), title)
    concerned = np.zeros(words.rows, bool)
    concerned[words.row[whole >= 0]] = True
    at = np.flatnonzero(concerned[words.row])
    if len(at):
        judged.role[at] = np.where(whole[at] >= 0, titles.role[whole[at]], 0)
        side = np.where(whole[at] >= 0, titles.side[whole[at]], 0)
        called = _is_part_of_name(words, at, title[at], titles) & ~marked[at]
        judged.stripped[at], judged.front[at] = _find_runs(
            words.row[at],
            judged.role[at],
            (side & FRONT > 0) & ~called,
            (side & BACK > 0),
            after_comma[at],
            (judged.role[at] == _ROLE["title"]) & (words.vocabulary.str.len_bytes() > 3).to_numpy()[words.code[at]],
        )
    return judged


def _find_runs(
    row: Array, role: Array, is_front: Array, is_back: Array, after_comma: Array, is_long: Array
) -> tuple[Array, Array]:
    """Which words stand in the run of titles at one end of their row, and which in the one at its front."""
    place = np.arange(len(row))
    starts = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    of_row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(row))))
    is_filler = role == _ROLE["filler"]
    opens = np.isin(role[starts], [_ROLE["baby"], _ROLE["child"]])[of_row]
    is_front = is_front & (~is_filler | opens)
    is_back = is_back | (is_front & after_comma & ~is_filler)
    first = np.minimum.reduceat(np.where(is_front, len(row), place), starts)[of_row]
    front = place < first
    last = np.maximum.reduceat(np.where(is_back & ~front, -1, place), starts)[of_row]
    # Nobody's name is empty: `Ny. MAYOR, S.Pd` is called Mayor, and `Ny. ST., S.Pd` St.
    edge = np.minimum(first, np.append(starts[1:], len(row))[of_row])
    by_title = front[edge - 1] & is_long[edge - 1] & (edge > starts[of_row])
    called = (edge > last) & (place == edge - by_title)
    return (front | (place > last)) & ~called, front & ~called


def _find_titles(words: Words, marked: Array, titles: Titles) -> tuple[Array, Array]:
    """For every word the title that begins with it, and the title that it is part of; -1 where there is none."""
    whole = _look_up(words.vocabulary, titles.single)[words.code]
    found = np.flatnonzero(whole >= 0)
    whole[found[titles.needs_mark[whole[found]] & ~marked[found]]] = -1
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
        fits = (found >= 0) & (marked[at] | ~(loose | titles.needs_mark[found]))
        for step in range(count):
            whole[at[fits] + step] = found[fits]
            title[at[fits] + step] = found[fits] if not step else -1
    return title, whole


def _candidates(words: Words, count: int, spellings: dict[str, int]) -> Array:
    """Places where the first two words and the row allow one of the spellings."""
    firsts, seconds = (list({spelling.split(" ")[step] for spelling in spellings}) for step in (0, 1))
    at = np.flatnonzero(words.vocabulary.is_in(firsts).to_numpy()[words.code])
    at = at[at + count <= len(words.code)]
    at = at[words.row[at] == words.row[at + count - 1]]
    return np.asarray(at[words.vocabulary.is_in(seconds).to_numpy()[words.code[at + 1]]])


def _is_part_of_name(words: Words, at: Array, title: Array, titles: Titles) -> Array:
    """Whether a word for a child begins a name: AN NISA and ANAK AGUNG are called so, AN SURYA is a child."""
    found = np.zeros(len(at), bool)
    for number in titles.not_before.is_not_null().arg_true():
        here = np.flatnonzero(title == number)
        following = words.vocabulary.gather(words.code[np.minimum(at[here] + 1, len(words.row) - 1)])
        begins = following.str.starts_with(titles.not_before[number]).to_numpy()
        found[here] = begins & ~words.is_last(at[here])
    return found


def _look_up(texts: pl.Series, spellings: dict[str, int]) -> Array:
    return texts.replace_strict(spellings, default=-1, return_dtype=pl.Int32).to_numpy().copy()


@lru_cache(maxsize=1024)
def _spellings(title: str) -> tuple[str, ...]:
    """All ways to run the parts of a title together: `S.Pd.I.` → S PD I, SPD I, S PDI, SPDI."""
    return tuple(dict.fromkeys(_runs(re.findall("[A-Z0-9]+", title.upper()))))


def _runs(parts: list[str]) -> Iterator[str]:
    for joints in product((" ", ""), repeat=len(parts) - 1):
        yield "".join(part + joint for part, joint in zip(parts, (*joints, ""), strict=True))
