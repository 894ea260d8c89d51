"""Clustering: pairs in falling score are joined, unless that would unite records that must stay apart.

Components of the match graph in which no constraint can speak up (nearly all of them) are joined whole, in
numpy; the others go through `sehatmu.linkage.guard` edge by edge, with the same result as if all did.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.linkage.block import blocks_of, pairs_within
from sehatmu.linkage.contested import Constraints, Edges, contested_parts
from sehatmu.linkage.encode import Array
from sehatmu.linkage.guard import AMBIGUOUS, join_guarded


def cluster_records(edges: Edges, constraints: Constraints) -> tuple[Array, Array]:
    """The smallest row of each record's cluster, and per edge why it was refused (u8, `guard.REFUSALS`)."""
    refused = np.zeros(len(edges.left), np.uint8)
    refused[_torn(edges, constraints) if constraints.many_to_one else _outshone(edges, constraints)] = AMBIGUOUS
    used = np.flatnonzero((edges.joinable & (refused == 0)) | edges.forced)
    component = connected(len(constraints.extract), edges.left[used], edges.right[used])
    vetoed = _vetoed_members(component, constraints)
    contested = np.zeros(len(component), bool)
    contested[component[vetoed[0]]] = True
    contested[_with_two_of_one_extract(component, constraints.extract)] = True
    apart = component[constraints.apart[0]]
    contested[apart[apart == component[constraints.apart[1]]]] = True
    guarded = used[contested[component[edges.left[used]]]]
    for parties, tried in contested_parts(component, contested, edges, guarded, vetoed, constraints):
        clusters, reasons = join_guarded(parties, tried, within=constraints.ambiguous_within)
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


def _torn(edges: Edges, constraints: Constraints) -> Array:
    """Matches of a free record that fits another record of the same extract about as well."""
    numbers = np.flatnonzero(edges.joinable | edges.rival)
    left, right = edges.left[numbers], edges.right[numbers]
    is_free = constraints.extract[left] == 0
    choices = pl.DataFrame(
        {
            "edge": numbers,
            "row": np.where(is_free, left, right),
            "into": constraints.extract[np.where(is_free, right, left)],
            "score": edges.score[numbers],
            "joinable": edges.joinable[numbers],
        }
    )
    best = pl.col("score").max().over("row", "into")
    near = choices.filter(pl.col("score") >= best - constraints.ambiguous_within)
    torn = near.filter(pl.len().over("row", "into") > 1)
    # What is clearly worse than the best goes as well: the record would fall to it when its best ones are refused.
    lost = choices.join(torn.select("row", "into").unique(), on=["row", "into"], how="semi")
    return lost.filter("joinable")["edge"].to_numpy()


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
    """Rows of one component that a veto keeps apart, one row standing for all of its signature there.

    Two records alone are joined by an edge that no veto forbids, or by a decision, which is stronger than any.
    """
    crowd = np.flatnonzero(np.bincount(component, minlength=len(component))[component] > 2)
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
