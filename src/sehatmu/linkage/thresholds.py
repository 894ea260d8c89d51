"""Thresholds without truth: from where on a model expects its own matches to be right, by the number of records.

Matches grow with the records, all other pairs with their square. A row per doubling of the records is frozen at
training by `sehatmu.linkage.train`; a night uses the row of its size (`sehatmu.linkage.model_file`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sehatmu.linkage.encode import Array

#: From 16 records to 4 thousand million.
LOG2_RECORDS = range(4, 33)


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """Prior and thresholds (bits) at 2 ** log2_records records, and what the model expects of them.

    `precision` is the share of pairs of one cluster that are right, `recall` the share of the matches among candidates
    that score at least `match`, `review_share` the pairs between the thresholds per match.
    """

    log2_records: int
    prior: float
    match: float
    possible: float
    precision: float
    recall: float
    review_share: float


def row_number(records: int) -> int:
    """The row for so many records: the nearest power of two, within the table.

    >>> row_number(1_000_000), row_number(0)
    (20, 4)
    """
    return min(max(round(math.log2(max(records, 1))), LOG2_RECORDS.start), LOG2_RECORDS.stop - 1)


def prior_bits(matches_per_record: float, records: float) -> float:
    """How likely two records, before anything is compared, are of one subject: in bits."""
    share = min(2.0 * matches_per_record / max(records - 1.0, 1.0), 0.5)
    return math.log2(share / (1.0 - share))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a model expects of candidate pairs that no veto keeps apart, best first.

    `bits` are summed weights without prior. Added up from the best pair to this one: `right` pairs, `chance` pairs that
    only happen to agree, and `kin` pairs that agree for a reason (families, namesakes), which the sum of evidence does
    not see. `records` is how many they came from, `rate` their matches per record.
    """

    bits: Array
    right: Array
    chance: Array
    kin: Array
    records: int
    rate: float

    @property
    def crowd(self) -> float:
        """The wrong pairs of clusters that one wrong match makes.

        One where all pairs of the two clusters are matches themselves, `1 + 2 rate` where it joins a record to all of
        the other's cluster; most lie between (they share what misled), and the guard keeps some apart: the geometric
        mean. Measured with truth over six kinds of noise of the sample, 0.7 to 1.7 where this says 1.5 to 1.8.
        """
        return math.sqrt(1.0 + 2.0 * self.rate)

    def at(self, log2_records: int) -> tuple[float, Array, Array, Array]:
        """With another number of records: the prior, scores, right and wrong pairs.

        Right pairs grow with the records, chance with all pairs. Kin is both families, which grow with the records, and
        namesakes, which grow with all pairs; how much of which is not known, and the middle is taken.
        """
        growth, prior = 2.0**log2_records / self.records, round(prior_bits(self.rate, 2.0**log2_records), 2)
        wrong = self.chance * growth + self.kin * math.sqrt(growth)
        # Rounded down to hundredths: a threshold in hundredths lets in exactly the pairs that it was chosen for.
        scores = np.floor((self.bits + prior) * 100 + 1e-6) / 100
        return prior, scores, self.right * growth, wrong * growth


def expect(bits: Array, share: Array, believed: Array, *, each: float, records: int, rate: float) -> Expectation:
    """The expectation from pairs that stand for `each` pairs: their bits, the probability that each is right, and the
    probability that its score claims (no lower)."""
    order = np.argsort(-bits, kind="stable")
    right, chance = share[order], 1.0 - believed[order]
    right_sum, chance_sum, kin_sum = (np.cumsum(part) * each for part in (right, chance, 1.0 - right - chance))
    return Expectation(bits[order], right_sum, chance_sum, kin_sum, records, rate)


def threshold_rows(expected: Expectation, *, precision: float, match: float, review: float) -> tuple[ThresholdRow, ...]:
    """The table: `precision` is the least share of right ones among pairs that end in one cluster, `match` and `review`
    the least probability of a match and of a possible match."""
    least, floor = (math.log2(share / (1.0 - share)) for share in (match, review))
    return tuple(_row(expected, number, precision, round(least, 2), floor) for number in LOG2_RECORDS)


def expected_at(expected: Expectation, log2_records: int, match: float) -> tuple[float, float]:
    """Precision and recall that the model expects of a threshold."""
    _, scores, right, wrong = expected.at(log2_records)
    taken = int(np.searchsorted(-scores, -match, side="right"))
    if not taken:
        return 1.0, 0.0
    found = float(right[taken - 1])
    all_pairs = found + float(wrong[taken - 1]) * expected.crowd
    return found / max(all_pairs, 1e-9), found / max(float(right[-1]), 1e-9)


def _row(expected: Expectation, number: int, precision: float, least: float, floor: float) -> ThresholdRow:
    prior, scores, right, wrong = expected.at(number)
    # pairs of one score come in together or not at all
    last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]
    # What is less likely than asked is never joined, though the whole could bear it.
    likely = int(np.searchsorted(-scores, -least, side="right"))
    good = np.flatnonzero((last & (right >= precision * (right + wrong * expected.crowd)))[:likely])
    if len(good):
        lowest = float(scores[good[-1]]) if good[-1] + 1 < likely else least
    else:
        lowest = float(scores[0]) + 1.0 if likely else least
    match = max(lowest, least)
    reached_precision, recall = expected_at(expected, number, match)
    low, high = (int(np.searchsorted(-scores, -bound, side="right")) for bound in (match, floor))
    pairs = np.append(0.0, right + wrong)
    return ThresholdRow(
        log2_records=number,
        prior=prior,
        match=match,
        possible=round(floor, 2),
        precision=reached_precision,
        recall=recall,
        review_share=float((pairs[high] - pairs[low]) / max(right[-1], 1e-9)) if len(right) else 0.0,
    )
