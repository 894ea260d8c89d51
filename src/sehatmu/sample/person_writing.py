"""Writes the people of the sample: registrations, the civil register and its answers in slices, the truth beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal

import polars as pl
import pyarrow.parquet as pq

from sehatmu.sample.civil_rows import civil_rows, verification_rows
from sehatmu.sample.patient_rows import patient_rows
from sehatmu.sample.people import KINDS, make_country
from sehatmu.sample.person_noise import PersonChanges, PersonNoise
from sehatmu.sample.registrations import count_people, register

GROUP = 1 << 17  # rows of a row group, whatever the slice
_TRUTH = ("entity", "kind", "twin", "mother")


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
    night: int = 1,
    first_day: date | None = None,
    changes: PersonChanges | None = None,
) -> Path:
    """Write `people` registrations (`faskes/pasien`) and the civil register of one country: its rows
    (`dukcapil/penduduk`), and its answers about some whose rows it does not tell (`dukcapil/verifikasi`).

    `people` counts registrations, not persons: 10,000 rows are about 6,200 patients (70 % come once, the
    others two to five times) among some 9,600 people, of whom the civil register has nine in ten. Files are
    `folder/<source>/<extract>/<day>/<file>`. The facilities are those of `write_sample` with the same seed
    and count. The bytes depend on the arguments but not on `chunk`, the rows made at a time. A later `night`
    of the same country needs the `first_day` again, which ages are counted at; `day` then only names the
    folder.

    Gives the path of the truth, `folder/truth/person.parquet`, a row per written row of a person: `source, extract,
    record_key, entity, kind` (citizen, infant, foreigner, unknown), `twin` (0, or 1 and 2), `mother` (entity).
    """
    noise = noise or PersonNoise()
    count, times = count_people(people, seed=seed, noise=noise)
    country = make_country(count, seed=seed, day=first_day or day, noise=noise)
    registry = register(country, times, facilities=facilities, night=night, changes=changes)
    truth = folder / "truth" / "person.parquet"
    registrations, civil, answers = (
        folder / source / extract / day.isoformat() / f"{extract}.{format}"
        for source, extract in (("faskes", "pasien"), ("dukcapil", "penduduk"), ("dukcapil", "verifikasi"))
    )
    with Rows(truth) as told:
        with Rows(registrations) as file:
            for start, stop in _slices(registry.person.size, chunk):
                rows = patient_rows(country, registry, start, stop)
                told.add(_tell(rows, "faskes", "pasien", "sumber_kode", "kode_faskes", "no_rm"))
                file.add(rows.drop(_TRUTH))
        with Rows(civil) as file:
            for start, stop in _slices(count, chunk):
                rows = civil_rows(country, start, stop)
                told.add(_tell(rows, "dukcapil", "penduduk", "nik"))
                file.add(rows.drop(_TRUTH))
    with Rows(answers) as file:
        for start, stop in _slices(count, chunk):
            file.add(verification_rows(country, start, stop))
    return truth


def _slices(count: int, size: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + size, count)) for start in range(0, count, size))


def _tell(rows: pl.DataFrame, source: str, extract: str, *key: str) -> pl.DataFrame:
    return rows.select(
        source=pl.lit(source),
        extract=pl.lit(extract),
        record_key=pl.concat_str(pl.lit(source), pl.lit(extract), *key, separator="|"),
        entity="entity",
        kind=pl.col("kind").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String),
        twin=pl.col("twin").cast(pl.Int8),
        mother=pl.when(pl.col("mother") >= 0).then("mother"),
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
        if kind is None and self._waiting and (self._count or self._parquet is None):  # no rows: the header alone
            self._write(self._count)
        for file in (self._parquet, self._csv):
            if file is not None:
                file.close()
        if kind is None:
            self._aside.replace(self._path)
