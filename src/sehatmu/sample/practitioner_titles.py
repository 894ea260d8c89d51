"""Names of health workers with their titles, in all the ways in which registers write them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from sehatmu.sample.dice import Ints
from sehatmu.sample.professions import PROFESSIONS

PILGRIM = ("", "H.", "Hj.")
UNTITLED = 5
# dr. H. X, Sp.PD, M.Kes | dr. H. X,Sp.PD,M.Kes | X,dr,SpPD | DR. H. X, SP.PD | dr H X SpPD MKes | X | dr. H. X |
# X, Sp.PD, M.Kes | dr. H. X , Sp. PD , M. Kes
STYLES = 9


def count_titles(profession: Ints) -> Ints:
    """How many sets of titles a practitioner of the profession may have."""
    return np.asarray([len(p.titles) for p in PROFESSIONS])[profession]


def dress(names: pl.Series, profession: Ints, which: Ints, pilgrim: Ints, style: Ints) -> pl.Series:
    """The names with titles: set `which` of the profession, pilgrim 0 none, 1 H., 2 Hj., in one of the styles."""
    starts = np.cumsum([0, *(len(p.titles) for p in PROFESSIONS[:-1])])
    at = ((starts[profession] + which) * len(PILGRIM) + pilgrim) * STYLES + style
    before, behind = (column.gather(at) for column in _table())
    frame = pl.DataFrame({"before": before, "name": names, "behind": behind})
    name = pl.when(pl.Series(style == 3)).then(pl.col("name").str.to_uppercase()).otherwise("name")
    return frame.select(pl.concat_str("before", name, "behind").alias("nama")).to_series()


@lru_cache(maxsize=1)
def _table() -> tuple[pl.Series, pl.Series]:
    rows = [
        _written([*_split(front), *_split(faith)], _split(back), style)
        for p in PROFESSIONS
        for front, back in p.titles
        for faith in PILGRIM
        for style in range(STYLES)
    ]
    before, behind = zip(*rows, strict=True)
    return pl.Series(before, dtype=pl.String), pl.Series(behind, dtype=pl.String)


def _split(titles: str) -> list[str]:
    return [title for title in titles.split("|") if title]


def _written(front: Sequence[str], back: Sequence[str], style: int) -> tuple[str, str]:
    """What stands before the name, and what behind it."""
    before, behind = " ".join(front), ", ".join(back)
    before, behind = f"{before} " if before else "", f", {behind}" if behind else ""
    match style:
        case 0:
            return before, behind
        case 1:
            return before, behind.replace(", ", ",")
        case 2:
            bare = [title.replace(".", "") for title in (*front, *back)]
            return "", "".join(f",{title}" for title in bare)
        case 3:
            return before.upper(), behind.upper()
        case 4:
            return before.replace(".", ""), behind.replace(".", "").replace(",", "")
        case 6:
            return before, ""
        case 7:
            return "", behind
        case 8:
            return before, behind.replace(", ", " , ").replace(".", ". ").rstrip()
    return "", ""
