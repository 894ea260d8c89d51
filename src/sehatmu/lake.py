"""Tables of the lake: whole Parquet files, or splices of the parent build's table and the rows that are new tonight.

A splice is a folder `<build>/` in the place of `<build>.parquet`: the parent's file as a hard link, fresh rows, and for
every row where it stands. So a night in which little changed reads and writes little, and each build still stands by
itself. Everything that reads the lake asks here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.home import BuildId

_BASE, _FRESH, _ORDER = "base.parquet", "fresh.parquet", "order.parquet"
#: Names the table that a splice was made over.
_FORMER = "former"
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


@dataclass(frozen=True, slots=True)
class Table:
    """A table of which nothing is read but what is asked for: a file, or what `splice` makes of it."""

    base: pl.LazyFrame
    splice: Splice | None = None

    @property
    def schema(self) -> pl.Schema:
        return self.base.collect_schema()

    @property
    def height(self) -> int:
        return self.splice.height if self.splice else _count(self.base)

    def scan(self) -> pl.LazyFrame:
        return self.splice.over(self.base) if self.splice else self.base

    def read(self, columns: Sequence[str] | None = None, rows: pl.Series | None = None) -> pl.DataFrame:
        """The table, or these `columns` of it, or the `rows` of these numbers alone.

        >>> Table(pl.LazyFrame({"a": [7, 8, 9]})).read(rows=pl.Series([2, 0]))["a"].to_list()
        [9, 7]
        """
        base = self.base if columns is None else self.base.select(columns)
        if self.splice is None:
            return base.collect() if rows is None else _take(base, rows)
        places = self.splice.order if rows is None else self.splice.order.gather(rows)
        fresh = self.splice.fresh if columns is None else self.splice.fresh.select(columns)
        # In one piece: places are looked up in it.
        frame = pl.concat([base.collect(), fresh], rechunk=True)[places] if rows is None else _take(base, places, fresh)
        over = [column for column in self.splice.columns.get_columns() if column.name in frame.columns]
        return frame.with_columns(over if rows is None else [column.gather(rows) for column in over])


@dataclass(frozen=True, slots=True)
class Since:
    """A table tonight and in the parent build, with the rows of both that are known to be the same ones.

    `shared`: row numbers of tonight, rising, and those of the same rows before.
    """

    now: Table
    before: Table
    shared: tuple[pl.Series, pl.Series]

    def unshared(self) -> tuple[pl.Series, pl.Series]:
        """Row numbers, rising, of all that may differ: of tonight, and of the build before."""
        here, there = (_others(rows, table.height) for rows, table in zip(self.shared, self._tables, strict=True))
        return here, there

    def changed(self, columns: Sequence[str]) -> tuple[pl.Series, pl.Series]:
        """Row numbers, rising, of tonight and of the build before: all that differ in these `columns`, and maybe more.

        Where the nights share rows, the others are so few that they are not looked at; else rows are compared by a hash
        of 64 bits, in whatever order they stand.
        """
        rows = self.unshared()
        if len(self.shared[0]):
            return rows
        now, then = (table.read(columns).hash_rows() for table in self._tables)
        return rows[0].filter(~now.is_in(then.implode())), rows[1].filter(~then.is_in(now.implode()))

    @property
    def _tables(self) -> tuple[Table, Table]:
        return self.now, self.before


def has_table(path: Path) -> bool:
    """Whether the table is there; `path` is `<build>.parquet`, whichever way it is held."""
    return path.is_file() or (_folder(path) / _ORDER).is_file()


def list_builds(folder: Path, day: date) -> list[BuildId]:
    """The builds of that day which have a table in this folder of the lake."""
    names = {
        path.name.removesuffix(".parquet") for path in folder.glob(f"{day}.*") if not path.name.endswith(".partial")
    }
    return sorted(BuildId.parse(name) for name in names if has_table(folder / f"{name}.parquet"))


def open_table(path: Path) -> Table:
    """The table, of which nothing has been read but its schema (and what is fresh in it)."""
    return Table(pl.scan_parquet(path)) if path.is_file() else Table(*_read_splice(path))


def open_since(path: Path, former: Path) -> Since:
    """The table and `former`, that of the parent build; where it is not spliced over that, they share no row."""
    now, before = open_table(path), open_table(former)
    marker = _folder(path) / _FORMER
    is_over = now.splice is not None and marker.is_file() and marker.read_text() == former.name
    if now.splice is None or not is_over:
        nothing = pl.Series([], dtype=pl.UInt32)
        return Since(now, before, (nothing, nothing))
    known = _count(before.base) + (len(before.splice.fresh) if before.splice else 0)
    places = now.splice.order.to_numpy()
    here = np.flatnonzero(places < known)
    at = places[here].astype(np.int64)
    if before.splice:
        there, stood = before.splice.order.to_numpy(), np.full(known, -1, np.int64)
        stood[there] = np.arange(len(there))
        at = stood[at]
    new, old = (pl.Series(rows[at >= 0].astype(np.uint32)) for rows in (here, at))
    # Columns that stand in the place of others may tell another thing of a row that is the same one otherwise.
    over = list(dict.fromkeys(name for table in (now, before) if table.splice for name in table.splice.columns.columns))
    if over:
        is_same = now.read(over)[new].select(pl.all_horizontal(_same_as(before.read(over)[old]))).to_series()
        new, old = new.filter(is_same), old.filter(is_same)
    return Since(now, before, (new, old))


def scan_table(path: Path) -> pl.LazyFrame:
    """The table as a lazy frame."""
    return open_table(path).scan()


def read_table(path: Path, columns: list[str] | None = None, rows: pl.Series | None = None) -> pl.DataFrame:
    """The table, or these `columns` of it, or the `rows` of these numbers alone."""
    return open_table(path).read(columns, rows)


def splice_sorted(keys: pl.Series, stale: pl.Series, fresh: pl.DataFrame) -> Splice:
    """A table in the order of `keys`, its column of that name, without the `stale` ones and with `fresh` rows.

    `keys` and those of `fresh` rise; rows of one key stay in their order.

    >>> fresh = pl.DataFrame({"record_key": ["b", "b"]})
    >>> splice_sorted(pl.Series("record_key", ["a", "b", "c"]), pl.Series(["b"]), fresh).order.to_list()
    [0, 3, 4, 2]
    """
    kept = np.flatnonzero(~keys.is_in(stale.implode()).to_numpy())
    places = keys.search_sorted(fresh[keys.name]).to_numpy() if len(fresh) else np.zeros(0, np.int64)
    order = np.insert(kept, np.searchsorted(kept, places), len(keys) + np.arange(len(fresh)))
    return Splice(pl.Series("order", order.astype(np.uint32)), fresh)


def splice_rows(height: int, rows: npt.NDArray[np.int64], fresh: pl.DataFrame) -> Splice:
    """A table whose row i is row `rows[i]` of a former one (of `height` rows), or where that is -1 the next fresh one.

    >>> splice_rows(9, np.array([4, -1, 5]), pl.DataFrame({"a": ["new"]})).order.to_list()
    [4, 9, 5]
    """
    order = np.where(rows >= 0, rows, height + np.cumsum(rows < 0) - 1)
    return Splice(pl.Series("order", order.astype(np.uint32)), fresh)


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
        whole = _compose(_read_splice(former)[1], _count(pl.scan_parquet(base)), splice)
    if len(whole.fresh) * SHARE > splice.height:
        write_table(path, splice.over(scan_table(former)).collect())
        return
    partial = _start(path)
    partial.mkdir(mode=0o700)
    _link(base, partial / _BASE)
    _write(whole.fresh, partial / _FRESH)
    _write(pl.DataFrame([whole.order.alias(_AT), *whole.columns.get_columns()]), partial / _ORDER)
    (partial / _FORMER).write_text(former.name)
    (partial / _FORMER).chmod(0o600)
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


def _same_as(columns: pl.DataFrame) -> Iterator[pl.Expr]:
    return (pl.col(column.name).eq_missing(column) for column in columns.get_columns())


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # a disk that knows no hard links
        shutil.copy2(file, target)


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _take(base: pl.LazyFrame, places: pl.Series, fresh: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows at these places of `base` and `fresh` put end to end; of `base` no more is kept than they need."""
    height, at = _count(base), places.to_numpy()
    mask = np.zeros(height, bool)
    mask[at[at < height]] = True
    some = base.filter(pl.lit(pl.Series(mask))).collect() if mask.any() else base.clear().collect()
    picked = np.where(at < height, np.searchsorted(np.flatnonzero(mask), at), len(some) + at.astype(np.int64) - height)
    whole = some if fresh is None else pl.concat([some, fresh], rechunk=True)
    return whole[pl.Series(picked)]


def _others(rows: pl.Series, height: int) -> pl.Series:
    """All row numbers below `height` but these."""
    mask = np.ones(height, bool)
    mask[rows.to_numpy()] = False
    return pl.Series(np.flatnonzero(mask).astype(np.uint32))


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
    # Read again and again for days, column by column: LZ4 takes a third more room than zstd, and a third less to read.
    frame.write_parquet(file, compression="lz4", statistics=False)
    file.chmod(0o600)
