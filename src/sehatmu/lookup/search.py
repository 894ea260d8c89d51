"""Who may be meant by a name, a birth date and a sex: candidates by birth date, ranked, and few of them or none.

Whoever asks vaguely gets no list of people: the name must be long enough, and where more than CAP persons may be meant
the question is refused. Slips are forgiven as the night forgives them: another spelling, day and month swapped, a digit
off in the date. Used for patients and for practitioners alike.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from rapidfuzz import fuzz, process, utils

from sehatmu.errors import SehatmuError
from sehatmu.linkage.compare import YEAR_ONLY
from sehatmu.lookup.rank import Person, Ranker, rank

CAP = 10
MIN_LETTERS = 3
#: Of those born on a day like the one asked for, so many are compared closely: the most alike by name.
_NEAR = 40
#: Whoever is so many bits behind the likeliest (1 to 256) is not named beside them.
_FAR = 8.0
#: Of 100: names less alike than this are seldom one.
_ALIKE = 60
_KEY = itemgetter(0)
_CENTURIES = range(1900, 2100)
_BIRTH = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Vague(SehatmuError):
    """The question says too little, or too many persons may be meant; nobody is named."""


class Born(NamedTuple):
    """First and last day that a birth date stands for, as 19900131; the same where it is a whole date."""

    first: int
    last: int


#: Key, name, birth date and sex, as the table has them.
Row = tuple[int | str, str | None, int | None, str | None]


class Hit(NamedTuple):
    """A row of the table that was searched (its rowid key) and how sure linkage is, in bits."""

    key: int | str
    score: float


def read_born(text: str) -> Born:
    """`1990`, `1990-01` or `1990-01-31`; raises Vague where it is no such date."""
    told = _BIRTH.fullmatch(text)
    year, month, day = told.groups() if told else (None, None, None)
    if year is not None and day is not None and month is not None:
        if (whole := _number(int(year), int(month), int(day))) is not None:
            return Born(whole, whole)
    elif year is not None and (month is None or 1 <= int(month) <= 12):
        first, last = (int(month), int(month)) if month else (1, 12)
        return Born(int(year) * 10000 + first * 100 + 1, int(year) * 10000 + last * 100 + 31)
    raise Vague("a birth date is written YYYY, YYYY-MM or YYYY-MM-DD")


def search(con: sqlite3.Connection, table: str, key: str, ranker: Ranker, name: str, born: Born, sex: str) -> list[Hit]:
    """At most CAP rows of `table` that may be meant, the likeliest first, equals by `key`.

    Raises Vague for a name of fewer than MIN_LETTERS letters and where more than CAP are meant.
    """
    words = re.findall(r"\w+", name.upper())
    if sum(map(len, words)) < MIN_LETTERS:
        raise Vague(f"the name needs at least {MIN_LETTERS} letters")
    asked = Person(name, born.first if born.first == born.last else None, sex)
    rows = _holding(con, table, key, born, sex, words) if asked.birth is None else _born(con, table, key, born, sex)
    # Comparing costs the same for one as for a hundred: where nobody of that day looks like it, it is done once, with
    # those of days like it.
    hits = _hits(ranker, asked, rows, words) if asked.birth is None or _looks_alike(name, rows, words) else []
    if not hits and asked.birth is not None:
        near = [row for days in near_dates(asked.birth) for row in _born(con, table, key, days, sex)]
        hits = _hits(ranker, asked, [*rows, *_most_alike(name, near)], [])
    hits = [hit for hit in hits if hit.score >= hits[0].score - _FAR]
    if len(hits) > CAP:
        raise Vague(f"more than {CAP} persons may be meant: tell the whole name and birth date, or the NIK")
    return hits


def near_dates(birth: int) -> list[Born]:
    """The days that a slip of the pen makes of this one: day and month swapped, or one digit another; and the whole
    year for a day that stands for one of which no more is known."""
    year, month, day = birth // 10000, birth // 100 % 100, birth % 100
    made = {_number(year, day, month)}
    text = str(birth)
    for at in range(len(text)):
        for digit in "0123456789":
            changed = text[:at] + digit + text[at + 1 :]
            made.add(_number(int(changed[:4]), int(changed[4:6]), int(changed[6:])))
    days = sorted(day for day in made - {birth, None} if day is not None and day // 10000 in _CENTURIES)
    if int(text[4:], 16) in YEAR_ONLY:
        whole = Born(year * 10000 + 101, year * 10000 + 1231)
        return [whole, *(Born(day, day) for day in days if day // 10000 != year)]
    return [Born(day, day) for day in days]


def _hits(ranker: Ranker, asked: Person, rows: Sequence[Row], words: list[str]) -> list[Hit]:
    """Whom linkage calls possible and not because of the date alone; and, as the platform finds them, whose name holds
    all that was asked."""
    # A date of which a part was told was held against already, and says nothing more.
    people = [Person(name, birth if asked.birth else None, sex) for _, name, birth, sex in rows]
    return [
        Hit(rows[at.place][0], at.score)
        for at in rank(ranker, asked, people)
        if (at.is_possible and at.name_score > 0) or (words and _holds(rows[at.place][1], words))
    ]


def _looks_alike(name: str, rows: Sequence[Row], words: list[str]) -> bool:
    return any(_holds(row[1], words) for row in rows) or bool(_most_alike(name, rows, most=1, at_least=_ALIKE))


def _holds(name: str | None, words: Iterable[str]) -> bool:
    upper = (name or "").upper()
    return all(word in upper for word in words)


def _born(con: sqlite3.Connection, table: str, key: str, born: Born, sex: str) -> list[Row]:
    """Everybody born on those days whose sex is this one or not known, in the order of their keys."""
    query = f"SELECT {key}, nama, birth, sex FROM {table} WHERE birth BETWEEN ? AND ? AND sex IS ?"
    rows = con.execute(query, (*born, sex)).fetchall() + con.execute(query, (*born, None)).fetchall()
    return sorted(rows, key=_KEY)


def _holding(con: sqlite3.Connection, table: str, key: str, born: Born, sex: str, words: list[str]) -> list[Row]:
    """Whoever was born within the time and has all the words in the name: no more than it takes to see too many."""
    # The first condition on `birth` keeps the scan within the index, day by day.
    like = " AND nama LIKE ?" * len(words)
    query = f"SELECT {key}, nama, birth, sex FROM {table} WHERE birth BETWEEN ? AND ? AND sex = ?{like} LIMIT ?"
    rows = con.execute(query, (*born, sex, *(f"%{word}%" for word in words), CAP + 1)).fetchall()
    return sorted(rows, key=_KEY)


def _most_alike(name: str, rows: Sequence[Row], *, most: int = _NEAR, at_least: int = 0) -> list[Row]:
    best = process.extract(
        name,
        [row[1] or "" for row in rows],
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        limit=most,
        score_cutoff=at_least,
    )
    return sorted((rows[place] for _, _, place in best), key=_KEY)


def _number(year: int, month: int, day: int) -> int | None:
    try:
        return int(date(year, month, day).strftime("%Y%m%d"))
    except ValueError:
        return None
