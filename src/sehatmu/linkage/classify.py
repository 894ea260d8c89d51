"""Classifying: which pairs may be joined, which a person should see, and which are vetoed whatever they
score.

A veto names conditions on two records; it is asked of candidate pairs by the kernel and of any two members
of a growing cluster by `sehatmu.linkage.cluster`.
"""

from __future__ import annotations

import numpy as np

from sehatmu.linkage.compare import Columns, agreement_levels
from sehatmu.linkage.config import Condition, LinkageConfig
from sehatmu.linkage.encode import Array, Column, absent

_UNASKED = np.uint8(254)


def first_veto(
    columns: Columns, config: LinkageConfig, left: Array, right: Array, levels: Array | None = None
) -> Array:
    """The number (from 1) of the first veto that holds for each pair of rows, 0 for none; u8.

    `levels` (pairs x comparisons) where they are known already, so that nothing is compared again.
    """
    if levels is None:
        levels = np.full((len(left), len(config.comparisons)), _UNASKED)
    found = np.zeros(len(left), np.uint8)
    for number, veto in enumerate(config.vetoes, start=1):
        rows = np.flatnonzero(found == 0)
        # cheap conditions are asked first, and levels only where all of those hold
        for condition in sorted(veto.conditions, key=lambda c: c.kind == "level"):
            if condition.kind == "level":
                held = _has_level(columns, config, condition, left, right, levels, rows)
            else:
                held = _has_values(columns[condition.name], condition, left[rows], right[rows])
            rows = rows[held]
        found[rows] = number
    return found


def veto_columns(config: LinkageConfig) -> tuple[str, ...]:
    """The columns that decide vetoes: records equal in all of them are treated alike by every veto."""
    names: list[str] = []
    for veto in config.vetoes:
        for condition in veto.conditions:
            level = condition.kind == "level"
            names += config.comparison(condition.name).columns if level else [condition.name]
    return tuple(dict.fromkeys(names))


def _has_level(
    columns: Columns,
    config: LinkageConfig,
    condition: Condition,
    left: Array,
    right: Array,
    levels: Array,
    rows: Array,
) -> Array:
    """Whether the pairs at `rows` have one of the condition's levels; what is compared for it is kept in `levels`."""
    number = [c.name for c in config.comparisons].index(condition.name)
    comparison = config.comparisons[number]
    unasked = rows[levels[rows, number] == _UNASKED]
    levels[unasked, number] = agreement_levels(columns, comparison, left[unasked], right[unasked])
    labels = [False, *(level.label in condition.labels for level in comparison.levels)]
    return np.asarray(np.array(labels, bool)[levels[rows, number]])


def _has_values(column: Column, condition: Condition, left: Array, right: Array) -> Array:
    a, b = column.values[left], column.values[right]
    both = ~absent(a) & ~absent(b)
    if condition.kind == "either":
        return np.asarray(~absent(a) | ~absent(b))
    if condition.kind == "unequal":
        return np.asarray(~both | (a != b))
    return np.asarray(both & (a == b if condition.kind == "equal" else a != b))
