"""Names of persons made comparable: `dr. H. Moch. Djamaludin, Sp.PD` and `MUH JAMALUDDIN` get one spelling.

Titles leave the name, old and variant spellings become one, names that say nothing (TANPA NAMA) are marked, and
`BY NY SITI` is known as the name of a baby's mother. All of it over the vocabulary of words (`person_words`);
`persons` calls this with the names of the patients and of their mothers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate
from sehatmu.standardise.person_titles import ROLES, Judged, Titles, compile_titles, judge_words
from sehatmu.standardise.person_words import Array, Words, first_of_rows, join_words, last_of_rows, split_words, spread
from sehatmu.standardise.phonetic import skeleton
from sehatmu.standardise.text import modern_spelling

#: Columns that one name gives; the mother's have `mother_` before them.
PARTS = ("name_full", "name_first", "name_last", "name_sorted", "name_initials", "name_key", "name_skeleton")
_BABY, _CHILD, _MOTHER, _FATHER = (ROLES.index(role) for role in ("baby", "child", "mother", "father"))
_TITLE = ROLES.index("title")
#: What follows a mother's name to tell her babies apart (BY NY SITI II, BY NY SITI KEMBAR 1).
_TWIN_WORDS = ("I", "II", "III", "IV", "L", "P", "LK", "PR", "A", "B", "KEMBAR", "TWIN", "GEMELI", "GEMELLI", "KE")


@dataclass(frozen=True, slots=True)
class NameBook:
    """The codebooks of names, ready to look up."""

    titles: Titles
    words: pl.DataFrame
    placeholders: frozenset[str]


def compile_names(codebooks: Codebooks) -> NameBook:
    """What `standardise_names` reads of the codebooks."""
    placeholders = frozenset(codebooks["person_placeholders"]["text"])
    return NameBook(compile_titles(codebooks["person_titles"]), codebooks["person_name_words"], placeholders)


def standardise_names(
    names: pl.Series, mothers: pl.Series, sex: pl.Series, book: NameBook, *, wanted: Collection[str]
) -> dict[str, pl.Series]:
    """The `wanted` ones of PARTS, `mother_` + PARTS, `title_front`, `title_back`, `name_is_placeholder` and
    `is_newborn_name`, each as long as `names`. `sex` is M, F or null.

    A placeholder and a baby named after its mother have no name (null); the mother's name is taken from the
    baby's where her own is missing.
    """
    rows = len(names)
    words = split_words(pl.concat([names, mothers]))
    judged = judge_words(words, book.titles)
    made = _title_texts(words, judged, book.titles, rows, wanted)
    kept, newborn = _give_to_mothers(words, judged, rows, mothers)
    is_placeholder = _find_placeholders(kept, words, book.placeholders)
    is_placeholder[:rows] &= ~newborn
    kept = kept.keep(~is_placeholder[kept.row])
    plain = _spell(kept, pl.concat([sex, pl.repeat("F", rows, dtype=pl.String, eager=True)]), book.words)
    baby = _named_like_mother(words, judged, plain, rows)
    if baby.any():
        newborn = newborn | baby
        plain = plain.keep(~np.append(baby, np.zeros(rows, bool))[plain.row])
    made["name_is_placeholder"] = pl.Series(is_placeholder[:rows])
    made["is_newborn_name"] = pl.Series(newborn)
    border = int(np.searchsorted(plain.row, rows))
    for prefix, own in (("", _part(plain, 0, border, rows)), ("mother_", _part(plain, border, None, rows))):
        made |= name_parts(own, prefix, wanted)
    return made


def name_parts(words: Words, prefix: str, wanted: Collection[str]) -> dict[str, pl.Series]:
    """The `wanted` ones of PARTS with `prefix` before their names."""
    needed = [part for part in PARTS if prefix + part in wanted]
    made: dict[str, pl.Series] = {}
    if "name_full" in needed:
        made["name_full"] = join_words(words)
    is_word = words.vocabulary.str.len_bytes().to_numpy()[words.code] > 1 if needed else np.zeros(0, bool)
    long = words.keep(is_word)
    if "name_first" in needed:
        made["name_first"] = join_words(long.keep(first_of_rows(long)))
    if "name_last" in needed:
        made["name_last"] = join_words(long.keep(last_of_rows(long)))
    if "name_initials" in needed:
        letters = words.vocabulary.str.slice(0, 1)
        made["name_initials"] = join_words(words, letters).str.replace_all(" ", "", literal=True)
    if "name_sorted" in needed:
        made["name_sorted"] = join_words(_in_order(words, words.vocabulary))
    if "name_key" in needed or "name_skeleton" in needed:
        skeletons = skeleton(words.vocabulary)
        if "name_key" in needed:
            made["name_key"] = join_words(_in_order(words, skeletons), skeletons)
        if "name_skeleton" in needed:
            made["name_skeleton"] = join_words(words, skeletons).str.replace_all(" ", "", literal=True)
    return {prefix + part: made[part] for part in needed}


def _part(words: Words, start: int, stop: int | None, rows: int) -> Words:
    """The words of the names (first half of the rows) or of the mothers (second half)."""
    part = slice(start, stop)
    row = words.row[part] - (rows if start else 0) if start or stop is None else words.row[part]
    return Words(rows, row, words.code[part], words.marked[part], words.after_comma[part], words.vocabulary)


def _in_order(words: Words, spelt: pl.Series) -> Words:
    """The words of each row in the order of `spelt`; equal ones by their place in the vocabulary."""
    order = spelt.to_frame("spelt").with_row_index("code").sort("spelt", "code")["code"].to_numpy()
    rank = np.empty(len(order), np.uint64)
    rank[order] = np.arange(len(order), dtype=np.uint64)
    keys = np.sort((words.row.astype(np.uint64) << np.uint64(32)) | rank[words.code])
    code = order[(keys & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    return Words(words.rows, words.row, code.astype(np.int64), words.marked, words.after_comma, words.vocabulary)


def _title_texts(
    words: Words, judged: Judged, titles: Titles, rows: int, wanted: Collection[str]
) -> dict[str, pl.Series]:
    """`title_front` and `title_back` as the codebook writes them; forms of address are none."""
    begins = judged.stripped & (judged.title >= 0) & (words.row < rows)
    begins &= titles.role[judged.title] == _TITLE
    made = {}
    for name, side in (("title_front", judged.front), ("title_back", ~judged.front)):
        if name in wanted:
            at = begins & side
            made[name] = join_words(
                Words(rows, words.row[at], judged.title[at], words.marked[at], words.after_comma[at], titles.display)
            )
    return made


def _give_to_mothers(words: Words, judged: Judged, rows: int, mothers: pl.Series) -> tuple[Words, Array]:
    """The words that stay, and which names are those of babies called after a parent.

    What is left of `BY NY SITI II` moves to the mother of that row, unless she is named; where the parent is the
    father, or the mother is known, it goes.
    """
    stripped = judged.stripped
    roles = [_rows_with(words, stripped & (judged.role == role), rows) for role in (_BABY, _CHILD, _MOTHER, _FATHER)]
    newborn = (roles[0] | roles[1]) & (roles[2] | roles[3])
    kept = words.keep(~stripped)
    if not newborn.any():
        return kept, newborn
    mine = kept.row < rows
    of_baby = np.zeros(len(mine), bool)
    of_baby[mine] = newborn[kept.row[mine]]
    is_twin = kept.vocabulary.is_in(list(_TWIN_WORDS)).to_numpy()[kept.code]
    moves = newborn & roles[2] & mothers.is_null().to_numpy()
    moved = of_baby & ~is_twin
    moved[mine] &= moves[kept.row[mine]]
    row = np.where(moved, kept.row + rows, kept.row)
    stays = ~of_baby | moved
    given = replace(kept, row=row).keep(stays)
    return given.keep(np.argsort(given.row, kind="stable")), newborn


def _rows_with(words: Words, at: Array, rows: int) -> Array:
    """Whether any of the first `rows` rows has a word `at`."""
    found = np.zeros(words.rows, bool)
    found[words.row[at]] = True
    return found[:rows]


def _find_placeholders(kept: Words, words: Words, placeholders: frozenset[str]) -> Array:
    """Rows that had words, but say no name: nothing left, one letter, one letter again and again, a known text."""
    had, has = np.zeros(words.rows, bool), np.zeros(words.rows, bool)
    had[words.row] = True
    has[kept.row] = True
    said = {word for text in placeholders for word in text.split(" ")}
    letters = kept.vocabulary.str.split("").list.n_unique()
    suspect = (kept.vocabulary.is_in(list(said)) | (letters <= 1)).to_numpy()[kept.code]
    doubtful = has.copy()
    doubtful[kept.row[~suspect]] = False
    if doubtful.any():
        few = kept.keep(doubtful[kept.row])
        texts = join_words(few)
        squeezed = texts.str.replace_all(" ", "", literal=True)
        says_nothing = texts.is_in(list(placeholders)) | (squeezed.str.split("").list.n_unique() <= 1)
        doubtful &= says_nothing.fill_null(False).to_numpy()
    return (had & ~has) | doubtful


def _spell(words: Words, sex: pl.Series, book: pl.DataFrame) -> Words:
    """Every word in today's spelling and its commonest variant; words that only link (BIN) are gone."""
    modern = evaluate(words.vocabulary, lambda word: modern_spelling(word).str.replace_all("SJ", "SY", literal=True))
    free = book.filter(position="any").filter(pl.col("sex").is_null() & pl.col("after").is_null())
    spelt = modern.replace(dict(free.select("word", "canonical").iter_rows()))
    bound = book.join(free, on="word", how="anti")
    code, size = words.code.copy(), len(spelt)
    for number, rule in enumerate(bound.iter_rows(named=True)):
        code[_where(words, modern, sex, rule)] = size + number
    spelt = pl.concat([spelt, bound["canonical"].fill_null("")])
    return spread(Words(words.rows, words.row, code, words.marked, words.after_comma, spelt))


def _where(words: Words, modern: pl.Series, sex: pl.Series, rule: dict[str, str | None]) -> Array:
    """Places of a word that means another one under the rule's conditions.

    `first` is a first word that others follow; a rule for one sex holds for those whose sex is not known, too.
    """
    at = np.flatnonzero((modern == rule["word"]).to_numpy()[words.code])
    if rule["position"] != "any":
        first, last = first_of_rows(words)[at], last_of_rows(words)[at]
        at = at[first & ~last if rule["position"] == "first" else ~first]
    if rule["sex"]:
        at = at[sex.gather(words.row[at]).fill_null(rule["sex"]).eq(rule["sex"]).to_numpy()]
    if rule["after"]:
        at = at[at > 0]
        before = modern.gather(words.code[at - 1]).is_in(rule["after"].split(" ")).to_numpy()
        at = at[before & (words.row[at] == words.row[at - 1])]
    return at


def _named_like_mother(words: Words, judged: Judged, plain: Words, rows: int) -> Array:
    """`BY SITI` is the mother's name where hers is SITI, and a name of its own elsewhere."""
    found = _rows_with(words, judged.stripped & np.isin(judged.role, [_BABY, _CHILD]), rows)
    if found.any():
        both = join_words(plain.keep(np.append(found, found)[plain.row]))
        found &= both.slice(0, rows).eq(both.slice(rows)).fill_null(False).to_numpy()
    return found
