"""Tables of the lake: whole Parquet files, or splices of the parent build's table and the rows that are new tonight.

A splice is a folder `<build>/` in the place of `<build>.parquet`: the parent's file as a hard link, fresh rows, and for
every row where it stands. So a night in which little changed reads and writes little, and each build still stands by
itself. Everything that reads the lake asks here.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.home import BuildId

_BASE, _FRESH, _ORDER = "base.parquet", "fresh.parquet", "order.parquet"
_AT = "__at"
#: A table of fewer rows is written whole, and so is one of which more than one row in so many is fresh.
SMALL, SHARE = 20_000, 8


@dataclass(frozen=True, slots=True)
class Splice:
    """A table as rows of a former one and `fresh` ones: `order` (u32) are places in the two put end to end.

    `columns`, as long as `order`, stand in the place of those of the same name.
    """

    order: pl.Series
    fresh: pl.DataFrame
    columns: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def height(self) -> int:
        return len(self.order)

    def over(self, former: pl.LazyFrame) -> pl.LazyFrame:
        """The table itself; only the columns that are asked for are put together.

        >>> splice = Splice(pl.Series([1, 0], dtype=pl.UInt32), pl.DataFrame({"a": ["new"]}))
        >>> splice.over(pl.LazyFrame({"a": ["old"]})).collect()["a"].to_list()
        ['new', 'old']
        """
        whole = pl.concat([former, self.fresh.lazy()]).select(pl.all().gather(pl.lit(self.order)))
        return whole.with_columns(*self.columns.get_columns())


def has_table(path: Path) -> bool:
    """Whether the table is there; `path` is `<build>.parquet`, whichever way it is held."""
    return path.is_file() or (_folder(path) / _ORDER).is_file()


def list_builds(folder: Path, day: date) -> list[BuildId]:
    """The builds of that day which have a table in this folder of the lake."""
    names = {
        path.name.removesuffix(".parquet") for path in folder.glob(f"{day}.*") if not path.name.endswith(".partial")
    }
    return sorted(BuildId.parse(name) for name in names if has_table(folder / f"{name}.parquet"))


def scan_table(path: Path) -> pl.LazyFrame:
    """The table, of which nothing has been read but its schema."""
    if path.is_file():
        return pl.scan_parquet(path)
    base, splice = _read_splice(path)
    return splice.over(base)


def read_table(path: Path, columns: list[str] | None = None, rows: pl.Series | None = None) -> pl.DataFrame:
    """The table, or these `columns` of it, or the `rows` of these numbers alone."""
    if path.is_file():
        frame = pl.read_parquet(path, columns=columns)
        return frame if rows is None else frame[rows]
    base, splice = _read_splice(path)
    if rows is not None:
        splice = Splice(splice.order.gather(rows), splice.fresh, splice.columns[rows])
    table = splice.over(base)
    return (table if columns is None else table.select(columns)).collect()


def write_table(path: Path, frame: pl.DataFrame) -> None:
    """Write a whole table (owner only), whole or not there."""
    partial = _start(path)
    _write(frame, partial)
    _remove(_folder(path))
    partial.replace(path)


def write_splice(path: Path, former: Path, splice: Splice) -> None:
    """Write the table that `splice` makes of the table `former`, which stays as it is; whole or not there."""
    if splice.height < SMALL or not has_table(former):
        write_table(path, splice.over(scan_table(former)).collect())
        return
    if former.is_file():
        base, whole = former, splice
    else:
        base = _folder(former) / _BASE
        whole = _compose(_read_splice(former)[1], _height(base), splice)
    if len(whole.fresh) * SHARE > splice.height:
        write_table(path, splice.over(scan_table(former)).collect())
        return
    partial = _start(path)
    partial.mkdir(mode=0o700)
    _link(base, partial / _BASE)
    _write(whole.fresh, partial / _FRESH)
    _write(pl.DataFrame([whole.order.alias(_AT), *whole.columns.get_columns()]), partial / _ORDER)
    path.unlink(missing_ok=True)
    _remove(_folder(path))
    partial.replace(_folder(path))


def _compose(former: Splice, base: int, splice: Splice) -> Splice:
    """One splice over the base of `former` (of `base` rows) that does what both do, one after the other."""
    fresh, after = pl.concat([former.fresh, splice.fresh]), base + len(former.fresh)
    place = pl.concat([former.order, pl.int_range(after, after + len(splice.fresh), eager=True, dtype=pl.UInt32)])
    kept = former.columns.drop(splice.columns.columns, strict=False)
    kept = pl.concat([kept, splice.fresh.select(kept.columns)])[splice.order] if kept.width else kept
    return Splice(place.gather(splice.order), fresh, kept.hstack(splice.columns) if kept.width else splice.columns)


def _read_splice(path: Path) -> tuple[pl.LazyFrame, Splice]:
    folder = _folder(path)
    order = pl.read_parquet(folder / _ORDER)
    splice = Splice(order[_AT], pl.read_parquet(folder / _FRESH), order.drop(_AT))
    return pl.scan_parquet(folder / _BASE), splice


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # a disk that knows no hard links
        shutil.copy2(file, target)


def _height(file: Path) -> int:
    return int(pl.scan_parquet(file).select(pl.len()).collect().item())


def _folder(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".parquet"))


def _start(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    _remove(partial)
    return partial


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(frame: pl.DataFrame, file: Path) -> None:
    # Read once or twice and kept for days: the level costs more than it saves, and nobody asks for statistics.
    frame.write_parquet(file, compression="zstd", compression_level=1, statistics=False)
    file.chmod(0o600)
