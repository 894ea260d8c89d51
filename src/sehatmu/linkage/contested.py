"""Contested components: edges and constraints as arrays, handed to the guard one component at a time.

The bridge between `sehatmu.linkage.cluster`, which thinks in arrays of all records, and `sehatmu.linkage.guard`,
which thinks in the few records of one component. Everything that can be sorted or ranked is, before the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sehatmu.linkage.encode import Array
from sehatmu.linkage.guard import Edge, Party


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs as arrays of one length: rows in the order of their keys (left smaller), score in bits.

    `joinable`: scores as a match and no veto holds; `rival`: is not to be joined, but makes another pair ambiguous
    that is about as good;
    `forced`: decided to be the same; `apart`: decided to be different.
    """

    left: Array
    right: Array
    score: Array
    joinable: Array
    rival: Array
    forced: Array
    apart: Array


@dataclass(frozen=True, slots=True)
class Constraints:
    """What keeps records apart.

    `extract` per record: 0 is free, any other number comes once per cluster. `signature` per record:
    records of equal signature are alike to `veto_of(rows, rows) -> bool`. `apart`: rows of pairs decided to
    be different. `many_to_one`: free records may join an extract's record each, and none that is torn between two.
    """

    extract: Array
    signature: Array
    veto_of: Callable[[Array, Array], Array]
    apart: tuple[Array, Array]
    ambiguous_within: float
    many_to_one: bool = False


def contested_parts(
    component: Array,
    contested: Array,
    edges: Edges,
    numbers: Array,
    vetoed: tuple[Array, Array],
    constraints: Constraints,
) -> Iterator[tuple[dict[int, Party], list[Edge]]]:
    """Per contested component its records, and its edges in the order in which they are tried.

    `component` is each row's, `contested` says which; `numbers` are the edges inside contested components; `vetoed`
    pairs of rows stand for all rows of their signatures in the same component.
    """
    rows = np.flatnonzero(contested[component])
    kind = _rank_in_component(component[rows], constraints.signature[rows])
    of_row = np.zeros(len(component), np.int64)
    of_row[rows] = kind
    order = np.argsort(component[rows], kind="stable")
    names, of_rows = _slices(component[rows][order])
    people = _lists(rows[order], constraints.extract[rows][order], kind[order])
    score, forced = edges.score[numbers], edges.forced[numbers]
    left, right, of_edge = edges.left[numbers], edges.right[numbers], component[edges.left[numbers]]
    order = np.lexsort((right, left, -score, ~forced, of_edge))
    tried = _lists(*(column[order] for column in (numbers, left, right, score, forced)))
    of_edges = _offsets(of_edge[order], names)
    order = np.argsort(component[vetoed[0]], kind="stable")
    forbidden = _lists(of_row[vetoed[0][order]], of_row[vetoed[1][order]])
    of_vetoes = _offsets(component[vetoed[0]][order], names)
    apart = _apart_by_component(component, constraints.apart)
    for i, name in enumerate(names.tolist()):
        people_here, edges_here, vetoes_here = (
            slice(offsets[i], offsets[i + 1]) for offsets in (of_rows, of_edges, of_vetoes)
        )
        forbids = zip(*(column[vetoes_here] for column in forbidden), strict=True)
        parties = _parties(*(column[people_here] for column in people), forbids=list(forbids))
        _shun(parties, apart.get(name, []))
        yield parties, [Edge(*values) for values in zip(*(column[edges_here] for column in tried), strict=True)]


def _parties(
    rows: list[int], extracts: list[int], kinds: list[int], *, forbids: list[tuple[int, ...]]
) -> dict[int, Party]:
    masks: dict[int, int] = {}
    for a, b in forbids:
        masks[a] = masks.get(a, 0) | 1 << b
        masks[b] = masks.get(b, 0) | 1 << a
    return {
        row: Party(extracts=1 << extract if extract else 0, kinds=1 << kind, vetoed=masks.get(kind, 0))
        for row, extract, kind in zip(rows, extracts, kinds, strict=True)
    }


def _shun(parties: dict[int, Party], apart: list[tuple[int, int]]) -> None:
    for i, (a, b) in enumerate(apart):
        parties[a].name |= 1 << 2 * i
        parties[b].shunned |= 1 << 2 * i
        parties[b].name |= 1 << 2 * i + 1
        parties[a].shunned |= 1 << 2 * i + 1


def _apart_by_component(component: Array, apart: tuple[Array, Array]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    inside = component[apart[0]] == component[apart[1]]
    for a, b in zip(apart[0][inside].tolist(), apart[1][inside].tolist(), strict=True):
        found.setdefault(int(component[a]), []).append((a, b))
    return found


def _rank_in_component(component: Array, signature: Array) -> Array:
    """0, 1, 2... for the distinct signatures of each component."""
    order = np.lexsort((signature, component))
    ordered, signed = component[order], signature[order]
    another = np.append(False, ordered[1:] != ordered[:-1])[: len(order)]
    dense = np.cumsum(another | np.append(False, signed[1:] != signed[:-1])[: len(order)])
    starts = np.maximum.accumulate(np.where(another, dense, 0))
    rank = np.empty(len(order), np.int64)
    rank[order] = dense - starts
    return rank


def _slices(ordered: Array) -> tuple[Array, list[int]]:
    names, starts = np.unique(ordered, return_index=True)
    return names, [*starts.tolist(), len(ordered)]


def _offsets(ordered: Array, names: Array) -> list[int]:
    return [*np.searchsorted(ordered, names).tolist(), len(ordered)]


def _lists(*columns: Array) -> list[list[int]]:
    return [column.tolist() for column in columns]
