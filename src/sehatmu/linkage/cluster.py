"""Clustering: pairs in falling score are joined, unless that would unite records that must stay apart.

Components of the match graph in which no constraint can speak up (nearly all of them) are joined whole, in
numpy; the others go through `sehatmu.linkage.guard` edge by edge, with the same result as if all did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.block import blocks_of, pairs_within
from sehatmu.linkage.encode import Array
from sehatmu.linkage.guard import AMBIGUOUS, Edge, Party, join_guarded


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
    be different.
    """

    extract: Array
    signature: Array
    veto_of: Callable[[Array, Array], Array]
    apart: tuple[Array, Array]
    ambiguous_within: float


def cluster_records(edges: Edges, constraints: Constraints) -> tuple[Array, Array]:
    """The smallest row of each record's cluster, and per edge why it was refused (u8, `guard.REFUSALS`)."""
    refused = np.zeros(len(edges.left), np.uint8)
    refused[_outshone(edges, constraints)] = AMBIGUOUS
    used = np.flatnonzero((edges.joinable & (refused == 0)) | edges.forced)
    component = connected(len(constraints.extract), edges.left[used], edges.right[used])
    vetoed = _vetoed_members(component, constraints)
    contested = np.zeros(len(component), bool)
    contested[component[vetoed[0]]] = True
    contested[_with_two_of_one_extract(component, constraints.extract)] = True
    apart = component[constraints.apart[0]]
    contested[apart[apart == component[constraints.apart[1]]]] = True
    guarded = used[contested[component[edges.left[used]]]]
    for rows, numbers, kept_apart in _contested_parts(component, contested, edges, guarded, vetoed):
        clusters, reasons = join_guarded(
            _parties(rows, kept_apart, constraints),
            _in_order(edges, numbers),
            within=constraints.ambiguous_within,
        )
        component[list(clusters)] = list(clusters.values())
        refused[list(reasons)] = list(reasons.values())
    return component, refused


def connected(count: int, left: Array, right: Array) -> Array:
    """The smallest row that each row is connected to.

    >>> connected(5, np.array([1, 3]), np.array([3, 4])).tolist()
    [0, 1, 2, 1, 1]
    """
    label = np.arange(count)
    while True:
        a, b = label[left], label[right]
        differ = a != b
        if not differ.any():
            return label
        left, right, a, b = left[differ], right[differ], a[differ], b[differ]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        shorter = label[label]
        while not np.array_equal(shorter, label):
            label, shorter = shorter, shorter[shorter]


def weakest_bridge(left: Array, right: Array, score: Array) -> int:
    """Position of the weakest edge that the cluster of these edges needs to hold together."""
    order = np.lexsort((right, left, -score))
    root = {int(row): int(row) for row in np.concatenate([left, right])}
    last = int(order[0])
    for position in order:
        a, b = root[int(left[position])], root[int(right[position])]
        if a != b:
            last = int(position)
            root = {row: (a if r == b else r) for row, r in root.items()}
    return last


def _outshone(edges: Edges, constraints: Constraints) -> Array:
    """Matches with a rival beside them that is about as good and would exclude them.

    A rival does not count where its other record has a clearly better match in the same extract.
    """
    within, extract = constraints.ambiguous_within, constraints.extract
    restricted = (extract[edges.left] > 0) & (extract[edges.right] > 0)
    matches = _half_edges(edges, np.flatnonzero(restricted & edges.joinable), extract)
    rivals = _half_edges(edges, np.flatnonzero(restricted & edges.rival), extract)
    best = matches.group_by("row", "into").agg(pl.col("score").max().alias("best"))
    rivals = rivals.join(best, left_on=["other", "from"], right_on=["row", "into"], how="left")
    rivals = rivals.filter(pl.col("best").is_null() | (pl.col("best") <= pl.col("score") + within))
    best_rival = rivals.group_by("row", "into").agg(pl.col("score").max().alias("rival"))
    outshone = matches.join(best_rival, on=["row", "into"]).filter(pl.col("rival") >= pl.col("score") - within)
    return outshone["edge"].unique().to_numpy()


def _half_edges(edges: Edges, numbers: Array, extract: Array) -> pl.DataFrame:
    """Each edge seen from both its ends: from `row` of one extract to `other` in another."""
    left, right, score = edges.left[numbers], edges.right[numbers], edges.score[numbers]
    here, there = np.concatenate([left, right]), np.concatenate([right, left])
    return pl.DataFrame(
        {
            "edge": np.concatenate([numbers, numbers]),
            "row": here,
            "other": there,
            "from": extract[here],
            "into": extract[there],
            "score": np.concatenate([score, score]),
        }
    )


def _with_two_of_one_extract(component: Array, extract: Array) -> Array:
    rows = np.flatnonzero(extract)
    pair = (component[rows].astype(np.uint64) << np.uint64(16)) | extract[rows].astype(np.uint64)
    values, counts = np.unique(pair, return_counts=True)
    return np.asarray((values[counts > 1] >> np.uint64(16)).astype(np.int64))


def _vetoed_members(component: Array, constraints: Constraints) -> tuple[Array, Array]:
    """Rows of one component that a veto keeps apart, one row standing for all of its signature there."""
    crowd = np.flatnonzero(np.bincount(component, minlength=len(component))[component] > 1)
    kinds = pl.DataFrame({"row": crowd, "component": component[crowd], "signature": constraints.signature[crowd]})
    kinds = kinds.group_by("component", "signature").agg(pl.col("row").min())
    first = np.sort(kinds["row"].to_numpy())
    blocks = blocks_of(component[first].astype(np.uint64) + np.uint64(1))
    found = []
    for i, j in pairs_within(blocks.bounds):
        a, b = first[blocks.rows[i]], first[blocks.rows[j]]
        held = constraints.veto_of(a, b)
        found.append((a[held], b[held]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _contested_parts(
    component: Array, contested: Array, edges: Edges, guarded: Array, vetoed: tuple[Array, Array]
) -> Iterator[tuple[Array, Array, tuple[Array, Array]]]:
    """Per contested component: its rows, its edges in the order in which they are tried, its vetoed pairs."""
    rows = np.flatnonzero(contested[component])
    rows = rows[np.argsort(component[rows], kind="stable")]
    names, row_starts = np.unique(component[rows], return_index=True)
    of_edge = component[edges.left[guarded]]
    order = np.lexsort(
        (edges.right[guarded], edges.left[guarded], -edges.score[guarded], ~edges.forced[guarded], of_edge)
    )
    guarded, of_edge = guarded[order], of_edge[order]
    by_component = np.argsort(component[vetoed[0]], kind="stable")
    vetoed = vetoed[0][by_component], vetoed[1][by_component]
    of_veto = component[vetoed[0]]
    row_stops = np.append(row_starts, len(rows))[1:]
    for name, start, stop in zip(names, row_starts, row_stops, strict=True):
        mine = slice(*np.searchsorted(of_edge, [name, name + 1]))
        between = slice(*np.searchsorted(of_veto, [name, name + 1]))
        yield rows[start:stop], guarded[mine], (vetoed[0][between], vetoed[1][between])


def _in_order(edges: Edges, numbers: Array) -> list[Edge]:
    columns = (
        numbers,
        edges.left[numbers],
        edges.right[numbers],
        edges.score[numbers],
        edges.forced[numbers],
    )
    return [Edge(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def _parties(rows: Array, vetoed: tuple[Array, Array], constraints: Constraints) -> dict[int, Party]:
    signatures, kind = np.unique(constraints.signature[rows], return_inverse=True)
    forbids = np.zeros((len(signatures), len(signatures)), bool)
    a, b = (np.searchsorted(signatures, constraints.signature[side]) for side in vetoed)
    forbids[a, b] = forbids[b, a] = True
    masks = [int.from_bytes(line.tobytes(), "little") for line in np.packbits(forbids, axis=1, bitorder="little")]
    parties = {
        row: Party(extracts=1 << extract if extract else 0, kinds=1 << k, vetoed=masks[k])
        for row, extract, k in zip(rows.tolist(), constraints.extract[rows].tolist(), kind.tolist(), strict=True)
    }
    left, right = constraints.apart
    inside = np.isin(left, rows) & np.isin(right, rows)
    for i, (a, b) in enumerate(zip(left[inside].tolist(), right[inside].tolist(), strict=True)):
        parties[a].name |= 1 << 2 * i
        parties[b].shunned |= 1 << 2 * i
        parties[b].name |= 1 << 2 * i + 1
        parties[a].shunned |= 1 << 2 * i + 1
    return parties
