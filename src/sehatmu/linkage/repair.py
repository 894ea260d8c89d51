"""The third part of a run: clusters, formed anew where something that they rest on has changed.

What can change together is a component of the match graph before vetoes: nothing that `sehatmu.linkage.cluster` looks
at reaches beyond one. Components of yesterday that a touched record, a new edge or another decision meets are redone
over the edges of tonight; the others are carried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.linkage.change import Change, carry
from sehatmu.linkage.classify import first_veto, veto_columns
from sehatmu.linkage.cluster import cluster_records, connected
from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.contested import Constraints, Edges
from sehatmu.linkage.encode import Array, Column, mix
from sehatmu.linkage.roster import Encode
from sehatmu.linkage.score import Plan
from sehatmu.linkage.state import LinkState


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions as rows of records, left smaller, sorted."""

    left: Array
    right: Array
    same: Array

    def packed(self) -> Array:
        """One number per pair of rows."""
        return (self.left.astype(np.uint64) << np.uint64(32)) | self.right.astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Repaired:
    """`cluster` and `component` per record; per pair whether it was `joined`, and why it was `refused`."""

    cluster: Array
    component: Array
    joined: Array
    refused: Array


def repair_clusters(
    pairs: pl.DataFrame,
    decided: Decided,
    *,
    seeds: Array,
    change: Change,
    former: LinkState,
    extract: Array,
    plan: Plan,
    encode: Encode,
) -> Repaired:
    """Clusters of all records. `pairs` carry `joined` and `refused` of the former run; `seeds` (bool per record) are
    touched, or an end of a new pair or of a decision that is new, other or withdrawn."""
    affected = affected_by(seeds, change, former)
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    here = np.flatnonzero(affected[left] & affected[right])
    rows = np.flatnonzero(affected)
    edges, linked = _edges(pairs[here], decided, rows, plan, whole=len(rows) == len(affected))
    used = np.flatnonzero(linked)
    component = connected(len(rows), edges.left[used], edges.right[used])
    # pairs below the match graph join nothing, and make nothing ambiguous
    inside = _take_edges(edges, used)
    columns = encode(veto_columns(plan.config), None if len(rows) == len(affected) else rows)
    apart = ~decided.same & affected[decided.left] & affected[decided.right]
    constraints = Constraints(
        extract=extract[rows],
        signature=_signatures(columns, plan.config, len(rows)),
        veto_of=lambda a, b: first_veto(columns, plan.config, a, b) > 0,
        apart=(np.searchsorted(rows, decided.left[apart]), np.searchsorted(rows, decided.right[apart])),
        ambiguous_within=plan.config.ambiguous_within,
        many_to_one=plan.config.many_to_one,
    )
    cluster, why = cluster_records(inside, constraints)
    joined, refused = pairs["joined"].to_numpy().copy(), pairs["refused"].to_numpy().copy()
    joined[here], refused[here] = False, 0
    together = (inside.joinable | inside.forced) & (cluster[inside.left] == cluster[inside.right])
    joined[here[used]], refused[here[used]] = together, why
    return Repaired(
        _scatter(former.cluster, rows, cluster, change),
        _scatter(former.component, rows, component, change),
        joined,
        refused,
    )


def graph_floor(plan: Plan) -> float:
    """The least score that can matter to clusters: below a match, as far as a rival makes one ambiguous."""
    return plan.match - (plan.config.ambiguous_within if plan.config.one_per_extract else 0.0)


def affected_by(seeds: Array, change: Change, former: LinkState) -> Array:
    """All records of former components that a seed, or a record that is gone, was in; and all new ones (bool)."""
    hit = np.zeros(len(former.component), bool)
    ends = change.former[seeds]
    hit[former.component[ends[ends >= 0]]] = True
    hit[former.component[change.lost()]] = True
    affected = np.asarray(change.former < 0)
    known = ~affected
    affected[known] = hit[former.component[change.former[known]]]
    return affected


def _scatter(values: Array, rows: Array, fresh: Array, change: Change) -> Array:
    """Rows of the former run as rows of tonight, with `fresh` ones (numbers within `rows`) at `rows`."""
    if len(rows) == len(change.former):
        return np.asarray(rows[fresh].astype(np.uint32))
    carried = change.present[carry(values, change)].astype(np.uint32)
    carried[rows] = rows[fresh]
    return carried


def _edges(pairs: pl.DataFrame, decided: Decided, rows: Array, plan: Plan, *, whole: bool) -> tuple[Edges, Array]:
    """Pairs as edges between places in `rows`, and which of them belong to the match graph before vetoes."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    verdict = np.zeros(len(left), np.int8)
    packed = (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
    known = decided.packed()
    if len(known):
        place = np.searchsorted(packed, known).clip(max=max(0, len(packed) - 1))
        found = np.flatnonzero(packed[place] == known) if len(packed) else place[:0]
        verdict[place[found]] = np.where(decided.same[found], 1, -1)
    score, veto = pairs["score"].to_numpy(), pairs["veto"].to_numpy()
    open_ = verdict == 0
    joinable = open_ & (veto == 0) & (score >= plan.match)
    rivals = [0, *(n for n, v in enumerate(plan.config.vetoes, start=1) if v.name in plan.config.rival_vetoes)]
    edges = Edges(
        left=left.astype(np.int64) if whole else np.searchsorted(rows, left),
        right=right.astype(np.int64) if whole else np.searchsorted(rows, right),
        score=score,
        joinable=joinable,
        rival=open_ & ~joinable & np.isin(veto, rivals),
        forced=verdict == 1,
        apart=verdict == -1,
    )
    return edges, (score >= graph_floor(plan)) | edges.forced


def _take_edges(edges: Edges, which: Array) -> Edges:
    columns = (edges.left, edges.right, edges.score, edges.joinable, edges.rival, edges.forced, edges.apart)
    return Edges(*(column[which] for column in columns))


def _signatures(columns: dict[str, Column], config: LinkageConfig, size: int) -> Array:
    signature = np.zeros(size, np.uint64)
    for name in veto_columns(config):
        values = columns[name].values
        bits = values.view(np.uint64) if values.dtype.itemsize == 8 else values.astype(np.uint64)
        signature = mix(signature * np.uint64(31) ^ bits)
    return signature
