"""Minting: a counter, sent through a fixed permutation of a range, becomes an id that was never used.

The permutation is affine, so two counters never meet and neighbours do not look alike. The range stands
apart from official numbers; a number that was delivered by any source is skipped all the same. Called by
`sehatmu.identity.assign`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
import polars as pl

from sehatmu.errors import SehatmuError

_INT64 = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Numbering:
    """Ids of one series: `prefix`, then `digits` digits; minted ones lie in `first`..`last` (both included).

    The counter `n` becomes `first + (multiplier * n + offset) mod size`; the multiplier and the size share no
    factor. `official` is the pattern of numbers that sources may deliver for this series; those of `provisional`
    (empty: none) were given out by the service, and give way to another official one.
    """

    prefix: str
    digits: int
    first: int
    last: int
    multiplier: int
    offset: int
    official: str
    provisional: str = ""

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def mistakes(self) -> list[tuple[str, str]]:
        """What is wrong with these figures, as (found, allowed); empty when they make a bijection."""
        if not 1 <= self.digits <= 18:
            return [(f"digits: found {self.digits}", "1 to 18")]
        if not self.first <= self.last < 10**self.digits:
            return [(f"first and last: found {self.first} to {self.last}", f"a range within {self.digits} digits")]
        found = []
        if self.multiplier < 1 or gcd(self.multiplier, self.size) != 1:
            found.append((f"multiplier: found {self.multiplier}", f"no common factor with the size {self.size}"))
        if self.offset >= self.size:
            found.append((f"offset: found {self.offset}", f"less than the size {self.size}"))
        if self.multiplier * self.size + self.offset > _INT64:
            found.append((f"multiplier: found {self.multiplier}", f"at most {_INT64 // self.size - 1}"))
        return found


def number_of(counters: pl.Series, numbering: Numbering) -> pl.Series:
    """The ids (text) of counters (each below the range's size).

    >>> numbering = Numbering("P", 3, 500, 599, 7, 3, "")
    >>> number_of(pl.Series([0, 1, 14]), numbering).to_list()
    ['P503', 'P510', 'P501']
    """
    position = (counters.to_numpy().astype(np.int64) * numbering.multiplier + numbering.offset) % numbering.size
    digits = pl.Series("number", position + numbering.first, dtype=pl.Int64).cast(pl.String)
    return (numbering.prefix + digits.str.zfill(numbering.digits)).rename("number")


def one_number(counter: int, numbering: Numbering) -> str:
    """The id of one counter.

    >>> one_number(14, Numbering("P", 3, 500, 599, 7, 3, ""))
    'P501'
    """
    position = (counter * numbering.multiplier + numbering.offset) % numbering.size
    return f"{numbering.prefix}{position + numbering.first:0{numbering.digits}d}"


def mint(count: int, numbering: Numbering, *, start: int, taken: pl.Series) -> pl.DataFrame:
    """The next `count` free ids from counter `start` on: columns `number`, `counter`, in counter order.

    `taken` holds ids that must not be given (delivered numbers, ids in use). Raises SehatmuError when the
    range is used up.
    """
    found = [pl.DataFrame(schema={"number": pl.String, "counter": pl.Int64})]
    taken_numbers = pl.DataFrame({"number": taken.cast(pl.String)})
    missing = count
    while missing:
        if start + missing > numbering.size:
            raise SehatmuError(
                "the range of minted numbers is used up",
                evidence=f"{numbering.prefix}{numbering.first} to {numbering.last}, {missing} more asked for",
                hint="widen the range of this series in the section `identity` of the linkage file",
            )
        counters = pl.int_range(start, start + missing, dtype=pl.Int64, eager=True)
        fresh = pl.DataFrame({"number": number_of(counters, numbering), "counter": counters})
        found.append(fresh.join(taken_numbers, on="number", how="anti", maintain_order="left"))
        start += missing
        missing -= found[-1].height
    return pl.concat(found)
