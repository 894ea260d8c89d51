"""Comparing: a comparison turns pairs of records into agreement levels (u8; 0 = missing and therefore
neutral).

What whole numbers can decide is decided at once for all pairs (`quick_levels`); the pairs left OPEN need a
distance between texts, which is computed once per pair of distinct values (`settle_levels`), by rapidfuzz
or exactly equal to it. Scoring calls the two in turn and drops pairs in between.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sehatmu.linkage.config import Comparison, Level
from sehatmu.linkage.encode import Array, Column, mix
from sehatmu.linkage.similarity import (
    SCORERS,
    common_tokens,
    covered_share,
    edit_distance,
    haversine_km,
    initials_similarity,
    similarity,
)

Columns = Mapping[str, Column]
OPEN = np.uint8(255)
#: Days (mmdd) that stand for a year of which no more is known.
YEAR_ONLY = (101, 701, 1231)


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
    absent = column.missing()
    missing_a, missing_b = absent[left], absent[right]
    if comparison.family == "date":
        levels = _first_holding([_holds_date(level, a, b) for level in comparison.levels])
    elif comparison.family == "number":
        levels = _first_holding([_holds_number(level, a, b) for level in comparison.levels])
    else:
        undecided = len(comparison.levels) if comparison.family == "any" else OPEN
        levels = np.full(len(a), undecided, np.uint8)
        if comparison.levels[0].comparator != "common":  # equal texts reach the first level of all others
            levels[a == b] = 1
    levels[missing_a | missing_b] = 0
    if comparison.absent_counts:
        levels[missing_a != missing_b] = len(comparison.levels)
    return levels


def _holds_date(level: Level, a: Array, b: Array) -> Array:
    if level.comparator == "else":
        return np.ones(len(a), bool)
    if level.comparator == "exact":
        return np.asarray(a == b)
    (year_a, month_a, day_a), (year_b, month_b, day_b) = ((x // 10000, x // 100 % 100, x % 100) for x in (a, b))
    if level.argument == "swapped":
        return np.asarray((year_a == year_b) & (month_a == day_b) & (day_a == month_b))
    if level.argument == "same_year":
        return np.asarray(year_a == year_b)
    if level.argument == "year_only":
        return np.asarray((year_a == year_b) & (np.isin(a % 10000, YEAR_ONLY) | np.isin(b % 10000, YEAR_ONLY)))
    digits = sum((a // 10**place % 10 != b // 10**place % 10).astype(np.int8) for place in range(8))
    return np.asarray(digits) <= 1


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
    levels = comparison.levels
    if comparison.context:  # what covers a word depends on the records, not on the two values alone
        a, b = column.texts(left), column.texts(right)
        around = [_with_context(columns, comparison, *side) for side in ((a, left), (b, right))]
        return _levels_of_texts(levels, [a, b, *around], comparison.distinctive)
    a, b = column.values[left].astype(np.uint64), column.values[right].astype(np.uint64)
    pair = (a << np.uint64(32)) | b if column.places is None else mix(a) ^ b
    _, first, back = np.unique(pair, return_index=True, return_inverse=True)
    return _levels_of_texts(levels, [column.texts(left[first]), column.texts(right[first])])[back]


def _with_context(columns: Columns, comparison: Comparison, texts: Array, rows: Array) -> Array:
    for name in comparison.context:
        texts = texts + " " + columns[name].texts(rows)
    return texts


def _levels_of_texts(levels: tuple[Level, ...], sides: list[Array], distinctive: tuple[str, ...] = ()) -> Array:
    """`sides`: left and right texts, then each with the words of its context where a level asks for them."""
    settled = np.zeros(len(sides[0]), np.uint8)
    bounds: dict[str, list[float]] = {}
    for level in levels:
        bounds.setdefault(level.comparator, []).append(float(level.argument))
    known: dict[str, Array] = {}
    for number, level in enumerate(levels, start=1):
        if level.comparator == "exact":
            continue
        still = np.flatnonzero(settled == 0)
        if level.comparator == "else":
            settled[still] = number
            continue
        values = known.setdefault(level.comparator, np.full(len(settled), np.nan))
        unseen = still[np.isnan(values[still])]
        if len(unseen):
            texts = [side[unseen] for side in sides]
            values[unseen] = _agreement(level.comparator, texts, bounds[level.comparator], distinctive)
        bound = float(level.argument)
        holds = values[still] <= bound if level.comparator == "identifier" else values[still] >= bound
        settled[still[holds]] = number
    return settled


def _agreement(comparator: str, sides: list[Array], bounds: list[float], distinctive: tuple[str, ...]) -> Array:
    left, right = sides[:2]
    if comparator in SCORERS:
        return similarity(comparator, left, right, at_least=min(bounds))
    if comparator == "identifier":
        return edit_distance(left, right, at_most=int(max(bounds))).astype(np.float64)
    if comparator == "covered":
        return covered_share(*sides, distinctive=distinctive)
    if comparator == "initials":
        return initials_similarity(left, right, at_least=min(bounds))
    shared, count_left, count_right = common_tokens(left, right)
    if comparator == "common":
        return shared.astype(np.float64)
    size = np.minimum(count_left, count_right) if comparator == "overlap" else count_left + count_right - shared
    return np.where(size > 0, shared / np.maximum(size, 1), 0.0)
