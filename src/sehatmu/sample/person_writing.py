"""Writes the people of the sample: registrations and the civil register in slices, with the truth beside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal

import polars as pl
import pyarrow.parquet as pq

from sehatmu.sample.patient_rows import patient_rows
from sehatmu.sample.people import KINDS, make_country
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.registrations import count_people, register

GROUP = 1 << 17  # rows of a row group, whatever the slice


def write_people(
    folder: Path,
    *,
    people: int,
    seed: int = 1,
    day: date,
    noise: PersonNoise | None = None,
    format: Literal["parquet", "csv"] = "parquet",
    chunk: int = GROUP,
    facilities: int = 3000,
) -> Path:
    """Write `people` registrations (`faskes/pasien`) of some 0.6 times as many persons.

    Laid out as `folder/<source>/<extract>/<day>/<file>`; gives the path of the truth.
    """
    noise = noise or PersonNoise()
    count, times = count_people(people, seed=seed, noise=noise)
    country = make_country(count, seed=seed, day=day, noise=noise)
    registry = register(country, times, facilities=facilities)
    truth = folder / "truth" / "person.parquet"
    target = folder / "faskes" / "pasien" / day.isoformat() / f"pasien.{format}"
    with Rows(target) as rows, Rows(truth) as told:
        for start in range(0, people, chunk):
            part = patient_rows(country, registry, start, min(start + chunk, people))
            told.add(_tell(part, "faskes", "pasien", ("sumber_kode", "kode_faskes", "no_rm")))
            rows.add(part.drop("entity", "kind", "twin"))
    return truth


def _tell(rows: pl.DataFrame, source: str, extract: str, key: tuple[str, ...]) -> pl.DataFrame:
    return rows.select(
        source=pl.lit(source),
        extract=pl.lit(extract),
        record_key=pl.concat_str(pl.lit(source), pl.lit(extract), *key, separator="|"),
        entity="entity",
        kind=pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String),
        twin="twin",
    )


class Rows:
    """A file that rows are added to: Parquet or CSV by its name, equal bytes however the rows are sliced."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._parquet: pq.ParquetWriter | None = None
        self._csv: BinaryIO | None = None
        self._waiting: list[pl.DataFrame] = []
        self._count = 0

    def __enter__(self) -> Rows:
        return self

    def add(self, rows: pl.DataFrame) -> None:
        if self._path.suffix == ".csv":
            header = self._csv is None
            self._csv = self._csv or self._aside.open("wb")
            self._csv.write(rows.write_csv(include_header=header).encode())
            return
        self._waiting.append(rows)
        self._count += rows.height
        while self._count >= GROUP:
            self._write(GROUP)

    def _write(self, count: int) -> None:
        rows = pl.concat(self._waiting)
        table = rows.head(count).rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._aside, table.schema, compression="zstd", compression_level=1)
        self._parquet.write_table(table, row_group_size=GROUP)
        self._waiting, self._count = [rows.slice(count)], rows.height - count

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._count:
            self._write(self._count)
        for file in (self._parquet, self._csv):
            if file is not None:
                file.close()
        if kind is None:
            self._aside.replace(self._path)
