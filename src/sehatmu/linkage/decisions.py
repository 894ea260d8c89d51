"""What the decisions of stewards say together: which of them hold, where they contradict, and what follows for records.

Decisions are frames of `DECISIONS`; `sehatmu.linkage.decision_files` reads and writes them, the engine gets what
`binding_pairs` makes of them. A human beats score and veto for as long as the decision is not withdrawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
import polars as pl

from sehatmu.linkage.cluster import connected
from sehatmu.linkage.config import LinkageError

SAME, NOT_SAME, WITHDRAWN = "same", "not_same", "withdrawn"
VERDICTS = (SAME, NOT_SAME, WITHDRAWN)
DECISIONS = pl.Schema(
    {
        "index": pl.String(),
        "left_key": pl.String(),  # the smaller record key
        "right_key": pl.String(),
        "verdict": pl.String(),
        "who": pl.String(),
        "decided_at": pl.Datetime("us", "UTC"),
        "why": pl.String(),
        "file_name": pl.String(),
        "row_number": pl.UInt32(),
    }
)
_PAIR = ["index", "left_key", "right_key"]
#: so many contradictions are told
_SHOWN = 10


class ContradictionError(LinkageError):
    """Decisions that cannot all hold; it names them by file and row, never by what they are about."""

    def __init__(self, told: list[str]) -> None:
        more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        lines = "".join(f"\n  {line}" for line in (*told[:_SHOWN], *more))
        super().__init__(
            f"decisions contradict each other{lines}",
            hint="withdraw what is wrong: `sehatmu decide LEFT RIGHT withdrawn --by NAME`, or so in a file",
        )


def decision_status(decisions: pl.DataFrame, record_keys: pl.Series) -> pl.DataFrame:
    """The decisions with `status`: active; waiting (one of its records is not there); withdrawn, by a later row for
    the same pair; and withdrawal, for such rows themselves.

    A withdrawal ends what was decided on its pair up to its own time; what is decided later holds again.
    """
    ended = (
        decisions.filter(pl.col("verdict") == WITHDRAWN).group_by(_PAIR).agg(pl.col("decided_at").max().alias("until"))
    )
    named = pl.concat([decisions["left_key"], decisions["right_key"]]).unique()  # few, where there are many records
    there = record_keys.filter(record_keys.is_in(named.implode())) if len(named) else named
    here = [pl.col(side).is_in(there.implode()) for side in ("left_key", "right_key")]
    status = (
        pl.when(pl.col("verdict") == WITHDRAWN)
        .then(pl.lit("withdrawal"))
        .when(pl.col("decided_at") <= pl.col("until"))
        .then(pl.lit("withdrawn"))
        .when(here[0] & here[1])
        .then(pl.lit("active"))
        .otherwise(pl.lit("waiting"))
    )
    return (
        decisions.join(ended, on=_PAIR, how="left")
        .with_columns(status=status)
        .select(*DECISIONS.names(), "status")
        .sort(*_PAIR, "decided_at", "file_name", "row_number")
    )


def live_decisions(decisions: pl.DataFrame) -> pl.DataFrame:
    """The decisions that hold, whether their records are there or not."""
    told = decision_status(decisions, pl.Series([], dtype=pl.String))
    return told.filter(pl.col("status") == "waiting").drop("status")


def check_consistent(decisions: pl.DataFrame) -> None:
    """Raise ContradictionError where a pair is held apart that others unite, directly or by way of further records."""
    live = live_decisions(decisions)
    rows, codes = live.rows(named=True), _number_keys(live)
    same = np.array([row["verdict"] == SAME for row in rows], bool)
    left, right = codes["left"].to_numpy(), codes["right"].to_numpy()
    component = connected(int(max(left.max(), right.max())) + 1, left[same], right[same]) if len(live) else left
    broken = np.flatnonzero(~same & (component[left] == component[right]))
    if not len(broken):
        return
    inside = np.flatnonzero(same & np.isin(component[left], component[left[broken]]))
    around: dict[int, list[tuple[int, int]]] = {}
    for number in inside.tolist():
        around.setdefault(int(left[number]), []).append((int(right[number]), number))
        around.setdefault(int(right[number]), []).append((int(left[number]), number))
    told: list[str] = []
    for number in broken.tolist():
        way = _way(around, int(left[number]), int(right[number])) if len(told) < _SHOWN else []
        united = ", ".join(_place(rows[n]) for n in way)
        told.append(f"{rows[number]['index']}: not the same by {_place(rows[number])}; the same by {united}")
    raise ContradictionError(told)


def binding_pairs(decisions: pl.DataFrame, record_keys: pl.Series) -> pl.DataFrame:
    """What the live decisions of one index mean for these records: `left_key, right_key, verdict`, as `link` takes it.

    A record that has gone still binds the others: A = B and B = C unite A and C, also while B is away. Raises
    ContradictionError.
    """
    check_consistent(decisions)
    live = live_decisions(decisions)
    codes = _number_keys(live)
    keys = pl.concat([live["left_key"], live["right_key"].rename("left_key")]).unique().sort()
    left, right = codes["left"].to_numpy(), codes["right"].to_numpy()
    # Millions are looked up among few.
    present = record_keys.filter(record_keys.is_in(keys.implode())) if len(keys) else keys
    same, here = (live["verdict"] == SAME).to_numpy(), keys.is_in(present.implode()).to_numpy()
    both = same & here[left] & here[right]
    group = connected(len(keys), left[same], right[same])
    part = connected(len(keys), left[both], right[both])
    # parts of one group that only absent records hold together: their first records, in a chain
    heads = np.flatnonzero(here & (part == np.arange(len(keys))))
    heads = heads[np.argsort(group[heads], kind="stable")]
    linked = np.flatnonzero(group[heads[:-1]] == group[heads[1:]])
    deputy = np.full(len(keys), -1, np.int64)
    deputy[group[heads[::-1]]] = heads[::-1]
    stand_in = np.where(here, np.arange(len(keys)), deputy[group])
    ends = stand_in[left[~same]], stand_in[right[~same]]
    apart = (ends[0] >= 0) & (ends[1] >= 0)
    united = np.stack([np.append(left[both], heads[linked]), np.append(right[both], heads[linked + 1])])
    parted = np.stack([ends[0][apart], ends[1][apart]])
    pairs = np.concatenate([united, parted], axis=1)
    verdict = [SAME] * united.shape[1] + [NOT_SAME] * parted.shape[1]
    frame = pl.DataFrame(
        {"left_key": keys.gather(pairs.min(axis=0)), "right_key": keys.gather(pairs.max(axis=0)), "verdict": verdict},
        schema={"left_key": pl.String, "right_key": pl.String, "verdict": pl.String},
    )
    return frame.unique().sort("left_key", "right_key")


def add_decisions(known: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The rows of `new` that say something that does not hold already.

    Raises ContradictionError where known and new ones cannot all hold, and LinkageError for a withdrawal of nothing.
    """
    live = live_decisions(known)
    held = live.select(*_PAIR, "verdict")
    groundless = new.filter(pl.col("verdict") == WITHDRAWN).join(held, on=_PAIR, how="anti")
    if len(groundless):
        raise LinkageError(
            "there is no decision to withdraw",
            evidence=f"{groundless['file_name'][0]} {row_list(groundless['row_number'].sort())}",
            hint="review.decision tells which decisions hold",
        )
    if (new["verdict"] != WITHDRAWN).any():  # a withdrawal mends, also while other contradictions are left
        check_consistent(pl.concat([known, new]))
    return new.join(held, on=[*_PAIR, "verdict"], how="anti", maintain_order="left")


def empty_decisions() -> pl.DataFrame:
    """No decision."""
    return DECISIONS.to_frame()


def _number_keys(live: pl.DataFrame) -> pl.DataFrame:
    """`left`, `right`: the places of both keys among all keys, sorted."""
    keys = pl.concat([live["left_key"], live["right_key"].rename("left_key")]).unique().sort()
    places = pl.DataFrame({"key": keys}).with_row_index("place")
    sides = live.select("left_key", "right_key")
    for side in ("left", "right"):
        named = places.rename({"key": f"{side}_key", "place": side})
        sides = sides.join(named, on=f"{side}_key", how="left", maintain_order="left")
    return sides.select(pl.col("left", "right").cast(pl.Int64))


def _way(around: dict[int, list[tuple[int, int]]], start: int, end: int) -> list[int]:
    """The shortest way of `same` decisions from one record to another, as their numbers."""
    came: dict[int, tuple[int, int]] = {start: (start, -1)}
    queue = deque([start])
    while end not in came:
        node = queue.popleft()
        for other, number in sorted(around[node]):
            if other not in came:
                came[other] = (node, number)
                queue.append(other)
    way, node = [], end
    while node != start:
        node, number = came[node]
        way.append(number)
    return way[::-1]


def _place(row: dict[str, object]) -> str:
    return f"{row['file_name']} row {row['row_number']}"


def row_list(rows: Iterable[int], *, most: int = 10) -> str:
    """`rows 2, 5, 9 and 4 more`: which rows a message is about."""
    numbers = list(rows)
    shown = ", ".join(map(str, numbers[:most])) + (f" and {len(numbers) - most} more" if len(numbers) > most else "")
    return f"row{'s' if len(numbers) != 1 else ''} {shown}"
