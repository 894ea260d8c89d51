"""The cluster guard: joins the records of one contested component, edge by edge in falling score.

Plain Python over the few components in which a constraint can speak up; `sehatmu.linkage.cluster` joins all
others whole. What a cluster holds and what it refuses are bit masks, so that one test is one `and` of two
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

# why a pair that scores as a match was not joined, as numbers of a u8 column
REFUSALS = ("", "ambiguous", "one_per_extract", "cluster_veto", "not_same")
JOINED, AMBIGUOUS, ONE_PER_EXTRACT, CLUSTER_VETO, NOT_SAME = range(len(REFUSALS))


class Edge(NamedTuple):
    """A pair that scores as a match, or was decided to be the same (`forced`)."""

    number: int
    left: int
    right: int
    score: float
    forced: bool


@dataclass(slots=True)
class Party:
    """One record, later one cluster, in bits: extracts, kinds, kinds it vetoes, its name, whom it shuns."""

    extracts: int = 0
    kinds: int = 0
    vetoed: int = 0
    name: int = 0
    shunned: int = 0

    def refuses(self, other: Party) -> int:
        """Why the two may not share a cluster, 0 if they may."""
        if self.name & other.shunned:
            return NOT_SAME
        if self.kinds & other.vetoed:
            return CLUSTER_VETO
        return ONE_PER_EXTRACT if self.extracts & other.extracts else JOINED

    def absorb(self, other: Party) -> None:
        """Take over everything that the other holds and refuses."""
        self.extracts |= other.extracts
        self.kinds |= other.kinds
        self.vetoed |= other.vetoed
        self.name |= other.name
        self.shunned |= other.shunned


def join_guarded(
    parties: dict[int, Party], edges: Iterable[Edge], *, within: float
) -> tuple[dict[int, int], dict[int, int]]:
    """Each record's cluster (its smallest record), and per edge number why it was refused (0: it was not).

    `edges` in the order in which they are tried: decided ones first, then by falling score, ties by record.
    An edge is ambiguous where its cluster has another candidate, at most `within` bits worse, that would
    exclude it; then neither is joined. `parties` are consumed.
    """
    edges = list(edges)
    cluster = {row: row for row in parties}
    members = {row: [row] for row in parties}
    around: dict[int, list[Edge]] = {row: [] for row in parties}
    for edge in edges:
        if not edge.forced:
            around[edge.left].append(edge)
            around[edge.right].append(edge)
    refused: dict[int, int] = {}
    for edge in edges:
        a, b = cluster[edge.left], cluster[edge.right]
        if a == b or edge.number in refused:
            continue
        reason = parties[a].refuses(parties[b])
        if edge.forced:
            reason = reason if reason == NOT_SAME else JOINED
        elif reason == JOINED:
            rivals = [*_rivals(edge, a, b, cluster, members, around, parties, within)]
            rivals += _rivals(edge, b, a, cluster, members, around, parties, within)
            if rivals:
                reason = AMBIGUOUS
                refused |= dict.fromkeys(rivals, AMBIGUOUS)
        refused[edge.number] = reason
        if reason == JOINED:
            kept, gone = (a, b) if len(members[a]) >= len(members[b]) else (b, a)
            for row in members.pop(gone):
                cluster[row] = kept
                members[kept].append(row)
            parties[kept].absorb(parties.pop(gone))
    smallest = {root: min(rows) for root, rows in members.items()}
    return {row: smallest[root] for row, root in cluster.items()}, refused


def _rivals(
    edge: Edge,
    mine: int,
    chosen: int,
    cluster: dict[int, int],
    members: dict[int, list[int]],
    around: dict[int, list[Edge]],
    parties: dict[int, Party],
    within: float,
) -> Iterable[int]:
    """Edges from my cluster, about as good, to one that could be joined now but not beside the chosen one."""
    if not parties[chosen].extracts:
        return
    for row in members[mine]:
        for rival in around[row]:
            other = cluster[rival.right if rival.left == row else rival.left]
            if (
                rival.score >= edge.score - within
                and other not in (mine, chosen)
                and parties[other].extracts & parties[chosen].extracts
                and parties[mine].refuses(parties[other]) == JOINED
            ):
                yield rival.number
