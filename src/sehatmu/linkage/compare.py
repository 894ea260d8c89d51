"""Comparing: a comparison turns pairs of records into agreement levels (u8; 0 = missing and therefore
neutral).

What whole numbers can decide is decided at once for all pairs (`quick_levels`); the pairs left OPEN need a
distance between texts, which is computed once per pair of distinct values (`settle_levels`), by rapidfuzz
or exactly equal to it. Scoring calls the two in turn and drops pairs in between.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sehatmu.linkage.compare_text import TextPairs, levels_of_texts
from sehatmu.linkage.config import Comparison, Level
from sehatmu.linkage.encode import Array, Column, absent, mix
from sehatmu.linkage.similarity import haversine_km

Columns = Mapping[str, Column]
OPEN = np.uint8(255)
#: Days (mmdd, four bits a digit) that stand for a year of which no more is known.
YEAR_ONLY = (0x0101, 0x0701, 0x1231)


def agreement_levels(columns: Columns, comparison: Comparison, left: Array, right: Array) -> Array:
    """The level of every pair of rows, as u8."""
    levels = quick_levels(columns, comparison, left, right)
    still = np.flatnonzero(levels == OPEN)
    levels[still] = settle_levels(columns, comparison, left[still], right[still])
    return levels


def quick_levels(columns: Columns, comparison: Comparison, left: Array, right: Array) -> Array:
    """Levels as far as whole numbers decide them; OPEN where texts must be looked at."""
    if comparison.family == "place":
        return _place_levels(columns, comparison, left, right)
    if comparison.family == "distance":
        return _distance_levels(columns, comparison, left, right)
    per_column = [_quick_column(columns[name], comparison, left, right) for name in comparison.columns]
    if len(per_column) == 1:
        return per_column[0]
    best = _best(per_column)
    # an open column can still beat another one's level, unless that is the first level already
    some_open = np.any([levels == OPEN for levels in per_column], axis=0)
    best[some_open & (best != 1)] = OPEN
    return best


def settle_levels(columns: Columns, comparison: Comparison, left: Array, right: Array) -> Array:
    """Levels of pairs that `quick_levels` left open."""
    settled = []
    for name in comparison.columns:
        column = columns[name]
        levels = _quick_column(column, comparison, left, right)
        still = np.flatnonzero(levels == OPEN)
        levels[still] = _text_levels(columns, column, comparison, left[still], right[still])
        settled.append(levels)
    return _best(settled)


def open_levels(comparison: Comparison) -> range:
    """The levels that a pair which `quick_levels` left open can still reach."""
    exact = comparison.levels[0].comparator == "exact"
    return range(2 if exact else 1, len(comparison.levels) + 1)


def _best(per_column: list[Array]) -> Array:
    stacked = np.stack(per_column)
    stacked[(stacked == 0) | (stacked == OPEN)] = 254
    best = stacked.min(axis=0)
    best[best == 254] = 0
    return np.asarray(best)


def _first_holding(conditions: list[Array]) -> Array:
    return np.select(conditions, list(range(1, len(conditions) + 1)), default=0).astype(np.uint8)


def _quick_column(column: Column, comparison: Comparison, left: Array, right: Array) -> Array:
    a, b = column.values[left], column.values[right]
    missing_a, missing_b = absent(a), absent(b)
    if comparison.family in ("date", "number"):
        levels = _levels_of_numbers(comparison, a, b)
    else:
        undecided = len(comparison.levels) if comparison.family == "any" else OPEN
        levels = np.full(len(a), undecided, np.uint8)
        if comparison.levels[0].comparator != "common":  # equal texts reach the first level of all others
            levels[a == b] = 1
    levels[missing_a | missing_b] = 0
    if comparison.absent_counts:
        levels[missing_a != missing_b] = len(comparison.levels)
    return levels


def _levels_of_numbers(comparison: Comparison, a: Array, b: Array) -> Array:
    """Most pairs that are compared are equal or have nothing in common: the first are not looked at again."""
    holds = _holds_date if comparison.family == "date" else _holds_number
    levels = np.ones(len(a), np.uint8)
    still = np.flatnonzero(a != b) if comparison.levels[0].comparator == "exact" else np.arange(len(a))
    levels[still] = _first_holding([holds(level, a[still], b[still]) for level in comparison.levels])
    return levels


def _holds_date(level: Level, a: Array, b: Array) -> Array:
    if level.comparator == "else":
        return np.ones(len(a), bool)
    if level.comparator == "exact":
        return np.asarray(a == b)
    differ = a ^ b
    if level.argument == "same_year":
        return np.asarray(differ >> 16 == 0)
    if level.argument == "swapped":
        month_as_day = (b & 0xFF) << 8 | b >> 8 & 0xFF
        return np.asarray((differ >> 16 == 0) & (a & 0xFFFF == month_as_day))
    if level.argument == "year_only":
        return np.asarray((differ >> 16 == 0) & (np.isin(a & 0xFFFF, YEAR_ONLY) | np.isin(b & 0xFFFF, YEAR_ONLY)))
    digits = (differ | differ >> 1 | differ >> 2 | differ >> 3) & 0x11111111
    return np.asarray(np.bitwise_count(digits) <= 1)


def _holds_number(level: Level, a: Array, b: Array) -> Array:
    argument = float(level.argument)
    if level.comparator == "else":
        return np.ones(len(a), bool)
    if level.comparator == "exact":
        return np.asarray(a == b)
    if level.comparator == "number":
        return np.asarray(np.abs(a - b) <= argument)
    return np.asarray(
        (np.sign(a) == np.sign(b)) & (np.minimum(abs(a), abs(b)) >= argument * np.maximum(abs(a), abs(b)))
    )


def _place_levels(columns: Columns, comparison: Comparison, left: Array, right: Array) -> Array:
    same, unknown = {}, {}
    for name in comparison.columns:
        a, b = columns[name].values[left], columns[name].values[right]
        unknown[name] = (a == 0) | (b == 0)
        same[name] = (a == b) & ~unknown[name]
    holds = [
        np.ones(len(left), bool)
        if level.comparator == "else"
        else same[str(level.argument)] & (unknown[level.unknown] if level.unknown else True)
        for level in comparison.levels
    ]
    levels = _first_holding(holds)
    levels[np.all(list(unknown.values()), axis=0)] = 0
    return levels


def _distance_levels(columns: Columns, comparison: Comparison, left: Array, right: Array) -> Array:
    latitude, longitude = (columns[name].values for name in comparison.columns)
    km = haversine_km(latitude[left], longitude[left], latitude[right], longitude[right])
    holds = [
        np.ones(len(km), bool) if level.comparator == "else" else km <= float(level.argument)
        for level in comparison.levels
    ]
    levels = _first_holding(holds)
    levels[np.isnan(km)] = 0
    return levels


def _text_levels(columns: Columns, column: Column, comparison: Comparison, left: Array, right: Array) -> Array:
    """Levels of pairs of different, present texts: each pair of distinct values is looked at once."""
    if not len(left) or column.vocabulary is None:
        return np.zeros(len(left), np.uint8)
    if comparison.context:  # what covers a word depends on the records, not on the two values alone
        pairs = _text_pairs(columns, column, comparison, left, right)
        return levels_of_texts(comparison.levels, pairs, comparison.distinctive)
    a, b = column.values[left].astype(np.uint64), column.values[right].astype(np.uint64)
    pair = (a << np.uint64(32)) | b if column.places is None else mix(a) ^ b
    first, back = _distinct(pair)
    pairs = _text_pairs(columns, column, comparison, left[first], right[first])
    return levels_of_texts(comparison.levels, pairs)[back]


def _distinct(values: Array) -> tuple[Array, Array]:
    """One place of every value, and for each place which of these has its value."""
    order = np.argsort(values)
    ordered = values[order]
    begins = np.append(True, ordered[1:] != ordered[:-1])
    back = np.empty(len(order), np.int64)
    back[order] = np.cumsum(begins) - 1
    return order[begins], back


def _text_pairs(columns: Columns, column: Column, comparison: Comparison, left: Array, right: Array) -> TextPairs:
    """The texts of these rows, each row's once."""
    asked = np.zeros(len(column.values), bool)
    asked[left] = asked[right] = True
    rows = np.flatnonzero(asked)
    place = np.cumsum(asked) - 1
    texts = column.texts(rows)
    words = texts
    for name in comparison.context:
        words = words + " " + columns[name].texts(rows)
    return TextPairs(texts, place[left], place[right], words if comparison.context else None)
