"""Draws that depend on nothing but the seed, the name of the draw, and the number of the thing drawn for.

Every choice of the sample is a hash of those three, so a row looks the same whatever stands around it:
more facilities, another noise setting or a second night leave the other draws as they are, on any machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rolls:
    """The draws of one place in the program (`salt`) for an array of numbered things (`ids`).

    `calm` marks things that no accident befalls: `hit` is false there, the other draws are unchanged.
    """

    seed: int
    salt: str
    ids: Ints
    calm: Bools | None = None

    def bits(self, name: str) -> Bits:
        """64 bits per thing: splitmix64 over the id, started at a digest of seed, salt and name."""
        start = hashlib.blake2b(f"{self.seed}|{self.salt}|{name}".encode(), digest_size=8).digest()
        mixed = self.ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.frombuffer(start, "<u8")[0]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)

    def unit(self, name: str) -> Floats:
        """A number in [0, 1) per thing."""
        return (self.bits(name) >> np.uint64(11)).astype(np.float64) / float(1 << 53)

    def hit(self, name: str, rate: float) -> Bools:
        """Whether it happens, at a rate of 0 (never) to 1 (always)."""
        happens = self.unit(name) < rate
        return happens if self.calm is None else happens & ~self.calm

    def flag(self, name: str, rate: float) -> pl.Expr:
        """`hit` as an expression over the rows that the draws are for."""
        return pl.lit(pl.Series(self.hit(name, rate)))

    def pick(self, name: str, count: int | Ints) -> Ints:
        """A number in [0, count) per thing; `count` may differ from thing to thing."""
        return np.floor(self.unit(name) * count).astype(np.int64)

    def choose(self, name: str, words: Sequence[str]) -> pl.Series:
        """One of the words per thing, each as likely as the next."""
        return take(words, self.pick(name, len(words)))

    def weigh(self, name: str, shares: Mapping[str, float]) -> pl.Series:
        """One of the keys per thing, as likely as its share of the sum."""
        edges = np.cumsum(np.fromiter(shares.values(), dtype=np.float64))
        at = np.searchsorted(edges, self.unit(name) * edges[-1], side="right")
        return take(tuple(shares), np.minimum(at, len(shares) - 1).astype(np.int64))

    def under(self, salt: str) -> Rolls:
        """The same things, drawn for at another place in the program."""
        return Rolls(self.seed, f"{self.salt}/{salt}", self.ids, self.calm)


def take(words: Sequence[str], at: Ints) -> pl.Series:
    """The words at these positions."""
    return pl.Series(words, dtype=pl.String).gather(pl.Series(at, dtype=pl.Int64))


def cases(*pairs: tuple[pl.Expr, pl.Expr | pl.Series], otherwise: pl.Expr | pl.Series | None = None) -> pl.Expr:
    """The value of the first condition that holds, else `otherwise`."""
    chosen = pl.lit(None) if otherwise is None else pl.lit(otherwise) if isinstance(otherwise, pl.Series) else otherwise
    for condition, value in reversed(pairs):
        chosen = pl.when(condition).then(value).otherwise(chosen)
    return chosen
