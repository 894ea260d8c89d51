"""Names of persons made comparable: `dr. H. Moch. Djamaludin, Sp.PD` and `MUH JAMALUDDIN` get one spelling.

Titles leave the name, old and variant spellings become one, names that say nothing (TANPA NAMA) are marked, and
`BY NY SITI` is known as the name of a baby's mother. All of it over the vocabulary of words (`person_words`);
`persons` calls this with the names of the patients and of their mothers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache, reduce

import numpy as np
import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate
from sehatmu.standardise.person_titles import ROLES, Judged, Titles, compile_titles, judge_words
from sehatmu.standardise.person_words import (
    Array,
    Words,
    join_words,
    pick_words,
    sort_words,
    split_words,
    spread_words,
)
from sehatmu.standardise.phonetic import skeleton
from sehatmu.standardise.text import OLD_SPELLINGS

#: Columns that one name gives; the mother's have `mother_` before them.
PARTS = ("name_full", "name_first", "name_last", "name_sorted", "name_initials", "name_key", "name_skeleton")
_MOTHER_PARTS = tuple(f"mother_{part}" for part in PARTS)
NAMES = ("title_front", "title_back", "name_plain", *PARTS, "name_is_placeholder", "is_newborn_name", *_MOTHER_PARTS)
_BABY, _CHILD, _MOTHER, _FATHER, _NEWBORN = (
    ROLES.index(role) for role in ("baby", "child", "mother", "father", "newborn")
)
_TITLE = ROLES.index("title")
#: What follows a mother's name to tell her babies apart (BY NY SITI II, BY NY SITI KEMBAR 1).
#: AAA is nobody's name; OO and II are.
ONE_LETTER = "^(" + "|".join(f"{letter}{letter}{letter}+" for letter in "ABCDEFGHIJKLMNOPQRSTUVWYZ") + "|X+)$"
#: Patterns and what they become, one after the other: a word in today's spelling.
TODAY = (*OLD_SPELLINGS, ("SJ", "SY"), ("(..[^AEIOU]I)E$", "${1}"))
_TWIN_WORDS = ["I", "II", "III", "IV", "L", "P", "LK", "PR", "A", "B", "KEMBAR", "TWIN", "GEMELI", "GEMELLI", "KE"]


@dataclass(frozen=True, slots=True)
class NameBook:
    """The codebooks of names, ready to look up."""

    titles: Titles
    words: pl.DataFrame
    placeholders: frozenset[str]


@lru_cache(maxsize=1)
def compile_names(codebooks: Codebooks) -> NameBook:
    """What `standardise_names` reads of the codebooks; made once for two registers of one night."""
    placeholders = frozenset(codebooks["person_placeholders"]["text"])
    return NameBook(compile_titles(codebooks["person_titles"]), codebooks["person_name_words"], placeholders)


def standardise_names(
    names: pl.Series, mothers: pl.Series, sex: pl.Series, book: NameBook, *, wanted: Collection[str]
) -> dict[str, pl.Series]:
    """The `wanted` ones of NAMES, each as long as `names`. `sex` is M, F or null.

    A placeholder and a baby named after its mother have no name (null); the mother's name is taken from the
    baby's where her own is missing.
    """
    rows = len(names)
    words, marked, after_comma = split_words(pl.concat([names, mothers]), _read_digits)
    judged = judge_words(words, marked, after_comma, book.titles)
    made = _title_texts(words, judged, book.titles, rows, wanted)
    kept = words.keep(np.flatnonzero(~judged.stripped))
    is_placeholder = _find_placeholders(kept, words, book.placeholders)
    kept = kept.keep(~is_placeholder[kept.row])
    newborn, mother_told = _find_newborns(words, judged, rows)
    if newborn.any():
        kept = _give_to_mothers(kept, newborn, mother_told)
    if "name_plain" in wanted:
        made["name_plain"] = join_words(kept).slice(0, rows)
    plain = _spell(kept, sex, book.words)
    baby = _named_like_mother(words, judged, plain, rows)
    if baby.any():
        newborn = newborn | baby
        plain = plain.keep(~np.append(baby, np.zeros(rows, bool))[plain.row])
    made["name_is_placeholder"] = pl.Series(is_placeholder[:rows] & ~newborn)
    made["is_newborn_name"] = pl.Series(newborn)
    border = int(np.searchsorted(plain.row, rows))
    own, hers = plain.keep(slice(border)), plain.keep(slice(border, None))
    made |= name_parts(replace(own, rows=rows), "", wanted)
    return made | name_parts(replace(hers, rows=rows, row=hers.row - rows), "mother_", wanted)


def name_parts(words: Words, prefix: str, wanted: Collection[str]) -> dict[str, pl.Series]:
    """The `wanted` ones of PARTS with `prefix` before their names."""
    needed = {part for part in PARTS if prefix + part in wanted}
    made: dict[str, pl.Series] = {}
    if "name_full" in needed:
        made["name_full"] = join_words(words)
    if needed & {"name_first", "name_last"}:
        long = words.keep((words.vocabulary.str.len_bytes() > 1).to_numpy()[words.code])
        place = np.arange(len(long.row))
        if "name_first" in needed:
            made["name_first"] = pick_words(long, place[long.is_first(place)])
        if "name_last" in needed:
            made["name_last"] = pick_words(long, place[long.is_last(place)])
    if "name_initials" in needed:
        made["name_initials"] = join_words(words, words.vocabulary.str.slice(0, 1), separator="")
    if "name_sorted" in needed:
        made["name_sorted"] = join_words(sort_words(words, words.vocabulary))
    if needed & {"name_key", "name_skeleton"}:
        skeletons = skeleton(words.vocabulary)
        if "name_key" in needed:
            made["name_key"] = join_words(sort_words(words, skeletons), skeletons)
        if "name_skeleton" in needed:
            made["name_skeleton"] = join_words(words, skeletons, separator="")
    return {prefix + part: made[part] for part in PARTS if part in needed}


def _title_texts(
    words: Words, judged: Judged, titles: Titles, rows: int, wanted: Collection[str]
) -> dict[str, pl.Series]:
    """`title_front` and `title_back` as the codebook writes them; forms of address are none."""
    at = np.flatnonzero(judged.stripped & (judged.title >= 0))
    at = at[(words.row[at] < rows) & (titles.role[judged.title[at]] == _TITLE)]
    made = {}
    for name, side in (("title_front", judged.front[at]), ("title_back", ~judged.front[at])):
        if name in wanted:
            made[name] = join_words(Words(rows, words.row[at[side]], judged.title[at[side]], titles.display))
    return made


def _find_newborns(words: Words, judged: Judged, rows: int) -> tuple[Array, Array]:
    """Which names are those of babies called after a parent, and which of them name the mother."""
    baby, child, mother, father, newborn = (
        _rows_with(words, judged.stripped & (judged.role == role), rows)
        for role in (_BABY, _CHILD, _MOTHER, _FATHER, _NEWBORN)
    )
    return newborn | ((baby | child) & (mother | father)), newborn | mother


def _give_to_mothers(kept: Words, newborn: Array, mother_told: Array) -> Words:
    """What is left of `BY NY SITI II` moves to the mother of that row, unless she is known; all else of it goes."""
    rows = len(newborn)
    of_baby = np.append(newborn, np.zeros(rows, bool))[kept.row]
    at = np.flatnonzero(of_baby)
    moves = (mother_told & (kept.counts()[rows:] == 0))[kept.row[at]]
    moves &= ~kept.vocabulary.is_in(_TWIN_WORDS).to_numpy()[kept.code[at]]
    given = kept.keep(at[moves])
    row = np.append(kept.row[~of_baby], given.row + np.int32(rows))
    all_words = replace(kept, row=row, code=np.append(kept.code[~of_baby], given.code))
    return all_words.keep(np.argsort(row, kind="stable"))


def _read_digits(word: pl.Expr) -> pl.Expr:
    """Digits at the ends are dropped (`SITI2`), a 0 or 1 between letters is the letter it looks like."""
    trimmed = word.str.strip_chars("0123456789")
    return trimmed.str.replace_all("0", "O").str.replace_all("1", "I").str.replace_all("[2-9]", "")


def _rows_with(words: Words, at: Array, rows: int) -> Array:
    """Whether any of the first `rows` rows has a word `at`."""
    found = np.zeros(words.rows, bool)
    found[words.row[at]] = True
    return found[:rows]


def _find_placeholders(kept: Words, words: Words, placeholders: frozenset[str]) -> Array:
    """Rows that had words, but say no name: nothing left, one letter again and again, a known text."""
    counts = kept.counts()
    said = {word for text in placeholders for word in text.split(" ")}
    suspect = (kept.vocabulary.is_in(list(said)) | kept.vocabulary.str.contains(ONE_LETTER)).to_numpy()
    at = np.flatnonzero(suspect[kept.code])
    doubtful = (np.bincount(kept.row[at], minlength=kept.rows) == counts) & (counts > 0)
    few = kept.keep(at[doubtful[kept.row[at]]])
    if len(few.row):
        texts = join_words(few)
        one_letter = texts.str.replace_all(" ", "", literal=True).str.contains(ONE_LETTER)
        doubtful &= (texts.is_in(list(placeholders)) | one_letter).fill_null(False).to_numpy()
    return np.asarray(((counts == 0) & (words.counts() > 0)) | doubtful)


def _spell(words: Words, sex: pl.Series, book: pl.DataFrame) -> Words:
    """Every word in today's spelling and its commonest variant; words that only link (BIN) are gone."""
    modern = evaluate(words.vocabulary, lambda word: _today(word))
    free, bound = divide_words(book)
    spelt = modern.replace(free)
    at = np.flatnonzero(modern.is_in(bound["word"].implode()).to_numpy()[words.code])
    code, size = words.code.copy(), len(spelt)
    for number, rule in enumerate(bound.iter_rows(named=True)):
        code[_where(words, at, modern, sex, rule)] = size + number
    return spread_words(replace(words, code=code, vocabulary=pl.concat([spelt, bound["canonical"].fill_null("")])))


def divide_words(book: pl.DataFrame) -> tuple[dict[str, str], pl.DataFrame]:
    """The codebook of words in two: what a word always means, and the rules that have conditions."""
    free = book.filter(position="any").filter(pl.col("sex").is_null() & pl.col("after").is_null())
    return dict(free.select("word", "canonical").iter_rows()), book.join(free, on="word", how="anti")


def _today(word: pl.Expr) -> pl.Expr:
    return reduce(lambda text, rule: text.str.replace_all(*rule), TODAY, word)


def _where(words: Words, at: Array, modern: pl.Series, sex: pl.Series, rule: dict[str, str | None]) -> Array:
    """Those of the places `at` where a word means another one under the rule's conditions.

    `first` is a first word that others follow; a rule for one sex holds for those whose sex is not known, too. The
    rows beyond the length of `sex` are mothers.
    """
    at = at[(modern == rule["word"]).to_numpy()[words.code[at]]]
    if rule["position"] != "any":
        first = words.is_first(at)
        at = at[first & ~words.is_last(at) if rule["position"] == "first" else ~first]
    if rule["sex"]:
        is_mother = words.row[at] >= len(sex)
        told = sex.gather(np.where(is_mother, 0, words.row[at])).fill_null(rule["sex"]).eq(rule["sex"]).to_numpy()
        at = at[np.where(is_mother, rule["sex"] == "F", told)]
    if rule["after"]:
        at = at[~words.is_first(at)]
        at = at[modern.gather(words.code[at - 1]).is_in(rule["after"].split(" ")).to_numpy()]
    return at


def _named_like_mother(words: Words, judged: Judged, plain: Words, rows: int) -> Array:
    """`BY SITI` is the mother's name where hers is SITI, and a name of its own elsewhere."""
    found = _rows_with(words, judged.stripped & np.isin(judged.role, [_BABY, _CHILD]), rows)
    if found.any():
        both = join_words(plain.keep(np.append(found, found)[plain.row]))
        found &= both.slice(0, rows).eq(both.slice(rows)).fill_null(False).to_numpy()
    return found
