"""The night's `name_full` of one name at a time, in plain Python, for who asks about one person.

Frames cost the same for one name as for ten thousand: 15 ms, where this takes some microseconds. The rules are those of
`person_names`, step by step over the same codebooks; the tests hold the two equal, so change both or none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from sehatmu.standardise.columns import evaluate
from sehatmu.standardise.person_names import ONE_LETTER, TODAY, NameBook, divide_words
from sehatmu.standardise.person_titles import BACK, FRONT, ROLES, Titles
from sehatmu.standardise.person_words import PIECE
from sehatmu.standardise.text import upper_text

_PIECES = re.compile(PIECE)
_ONE_LETTER = re.compile(ONE_LETTER)
_TODAY = tuple((re.compile(pattern), replacement.replace("${1}", r"\1")) for pattern, replacement in TODAY)
_BETWEEN_LETTERS = str.maketrans("01", "OI", "23456789")
_BABY, _CHILD, _MOTHER, _FATHER, _NEWBORN, _FILLER, _TITLE = (
    ROLES.index(role) for role in ("baby", "child", "mother", "father", "newborn", "filler", "title")
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """A word that means another one under conditions."""

    canonical: str
    position: str
    sex: str | None
    after: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class NameReader:
    """The codebooks of names as dictionaries; lists have one value per title, in the codebook's order.

    A name of letters in which no word is `telling` has no title and is no placeholder.
    """

    single: dict[str, int]
    several: tuple[tuple[int, dict[str, int]], ...]
    begin_several: frozenset[str]
    telling: frozenset[str]
    side: list[int]
    role: list[int]
    needs_mark: list[bool]
    not_before: list[str | None]
    free: dict[str, str]
    bound: dict[str, tuple[_Bound, ...]]
    placeholders: frozenset[str]
    placeholder_words: frozenset[str]


def compile_reader(book: NameBook) -> NameReader:
    """What `read_full_name` reads of the codebooks."""
    titles: Titles = book.titles
    free, ruled = divide_words(book.words)
    bound: dict[str, tuple[_Bound, ...]] = {}
    for rule in ruled.iter_rows(named=True):
        after = frozenset(rule["after"].split(" ")) if rule["after"] else None
        told = _Bound(rule["canonical"] or "", rule["position"], rule["sex"], after)
        bound[rule["word"]] = (*bound.get(rule["word"], ()), told)
    begin = frozenset(spelling.split(" ")[0] for spellings in titles.several.values() for spelling in spellings)
    said = frozenset(word for text in book.placeholders for word in text.split(" "))
    return NameReader(
        titles.single,
        tuple(sorted(titles.several.items())),
        begin,
        begin | said | titles.single.keys(),
        titles.side.tolist(),
        titles.role.tolist(),
        titles.needs_mark.tolist(),
        titles.not_before.to_list(),
        free,
        bound,
        book.placeholders,
        said,
    )


def read_full_name(name: str | None, sex: str | None, reader: NameReader) -> str | None:
    """What `standardise_names` makes of a name, the mother's not being known; `sex` is M, F or None.

    None for a placeholder, a baby called after its mother, and where no word is left.
    """
    name = name or ""
    if name.isascii() and name.replace(" ", "").isalpha():
        kept = name.upper().split()
        if reader.telling.isdisjoint(kept) and not _ONE_LETTER.fullmatch(kept[0]):
            return _spell(kept, sex, reader)
    words, marked, after_comma = _split(name)
    stripped, roles = _judge(words, marked, after_comma, reader)
    kept = [word for word, is_title in zip(words, stripped, strict=True) if not is_title]
    told = {role for role, is_title in zip(roles, stripped, strict=True) if is_title}
    is_newborn = _NEWBORN in told or (bool(told & {_BABY, _CHILD}) and bool(told & {_MOTHER, _FATHER}))
    if not kept or is_newborn or _says_nothing(kept, reader):
        return None
    return _spell(kept, sex, reader)


def _split(name: str) -> tuple[list[str], list[bool], list[bool]]:
    """The words, which of them end in a dot or stand behind the first comma, and which do the latter."""
    words: list[str] = []
    marked: list[bool] = []
    after_comma: list[bool] = []
    behind = False
    for chunk in name.split(" "):
        if chunk.isascii() and chunk.isalpha():
            words.append(chunk.upper())
            marked.append(behind)
            after_comma.append(behind)
            continue
        for piece in _PIECES.findall(_upper(chunk)):
            if piece in ",;/()":
                behind = True
            elif word := piece.removesuffix(".").strip("0123456789").translate(_BETWEEN_LETTERS):
                words.append(word)
                marked.append(behind or piece.endswith("."))
                after_comma.append(behind)
    return words, marked, after_comma


@lru_cache(maxsize=4096)
def _upper(chunk: str) -> str:
    if chunk.isascii():
        return chunk.upper().replace("'", "").replace("`", "")
    # What an accent is changes from one Unicode to the next: whoever decides it for the night does so here.
    return str(evaluate(pl.Series([chunk]), upper_text).item())


def _judge(
    words: list[str], marked: list[bool], after_comma: list[bool], reader: NameReader
) -> tuple[list[bool], list[int]]:
    """Which words are no part of the name, and the role of each (a number into ROLES)."""
    count = len(words)
    title, whole = _find_titles(words, marked, reader)
    if all(number < 0 for number in whole):
        return [False] * count, [0] * count
    roles = [reader.role[number] if number >= 0 else 0 for number in whole]
    opens = roles[0] in (_BABY, _CHILD)
    is_front, is_back = [], []
    for at, number in enumerate(whole):
        side, is_filler = reader.side[number] if number >= 0 else 0, roles[at] == _FILLER
        before = reader.not_before[title[at]] if title[at] >= 0 else None
        called = before is not None and at + 1 < count and words[at + 1].startswith(before) and not marked[at]
        front = bool(side & FRONT) and not called and (not is_filler or opens)
        is_front.append(front)
        is_back.append(bool(side & BACK) or (front and after_comma[at] and not is_filler))
    first = next((at for at in range(count) if not is_front[at]), count)
    last = max((at for at in range(count) if at < first or not is_back[at]), default=-1)
    by_title = first > 0 and roles[first - 1] == _TITLE and len(words[first - 1]) > 3
    # Nobody's name is empty (`person_titles`).
    called_so = first - by_title if first > last else -1
    return [(at < first or at > last) and at != called_so for at in range(count)], roles


def _find_titles(words: list[str], marked: list[bool], reader: NameReader) -> tuple[list[int], list[int]]:
    """For every word the title that begins with it, and the title that it is part of; -1 where there is none."""
    whole = [reader.single.get(word, -1) for word in words]
    whole = [-1 if n >= 0 and reader.needs_mark[n] and not dot else n for n, dot in zip(whole, marked, strict=True)]
    title = whole.copy()
    if reader.begin_several.isdisjoint(words):
        return title, whole
    for count, spellings in reader.several:
        fits = []
        for at in range(len(words) - count + 1):
            joined = " ".join(words[at : at + count])
            found = spellings.get(joined, -1)
            loose = len(joined) == 2 * count - 1
            if found >= 0 and (marked[at] or not (loose or reader.needs_mark[found])):
                fits.append((at, found))
        for step in range(count):
            for at, found in fits:
                whole[at + step] = found
                title[at + step] = -1 if step else found
    return title, whole


def _says_nothing(kept: list[str], reader: NameReader) -> bool:
    if not all(word in reader.placeholder_words or _ONE_LETTER.fullmatch(word) for word in kept):
        return False
    return " ".join(kept) in reader.placeholders or _ONE_LETTER.fullmatch("".join(kept)) is not None


def _spell(kept: list[str], sex: str | None, reader: NameReader) -> str | None:
    """Every word in today's spelling and its commonest variant; None where all are words that only link."""
    modern = [_today(word) for word in kept]
    spelt = []
    for at, word in enumerate(modern):
        told = reader.free.get(word, word)
        for rule in reader.bound.get(word, ()):
            if _holds(rule, at, modern, sex):
                told = rule.canonical
        if told:
            spelt.append(told)
    return " ".join(spelt) or None


@lru_cache(maxsize=65_536)
def _today(word: str) -> str:
    for pattern, replacement in _TODAY:
        word = pattern.sub(replacement, word)
    return word


def _holds(rule: _Bound, at: int, modern: list[str], sex: str | None) -> bool:
    if rule.position == "first" and (at > 0 or len(modern) == 1):
        return False
    if rule.position not in ("any", "first") and at == 0:
        return False
    if rule.sex and (sex or rule.sex) != rule.sex:
        return False
    return rule.after is None or (at > 0 and modern[at - 1] in rule.after)
