"""Small patient nights for tests: registrations, rows of the civil register and answers as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from sehatmu.standardise import list_regions, load_codebooks
from sehatmu.standardise.patients import standardise_patients
from tests.standardising_persons import CONTRACTS, DAY, books, delivered

Row = Mapping[str, str | None]
CIVIL = (
    "nik", "no_kk", "nama_lgkp", "jenis_klmin", "tmpt_lhr", "tgl_lhr", "nik_ibu", "nama_lgkp_ibu", "alamat", "no_rt",
    "no_rw", "no_prop", "no_kab", "no_kec", "no_kel", "status_hidup",
)  # fmt: skip
ANSWERS = ("nik", "nama", "tanggal_lahir", "jenis_kelamin", "wilayah", "tanggal")
NIK, OTHER_NIK = "3273010101900001", "3273010101900002"
MELATI = {"nik": NIK, "nama_lgkp": "MELATI SARI", "jenis_klmin": "PEREMPUAN", "tgl_lhr": "1990-01-31"}


@cache
def regions() -> pl.DataFrame:
    return list_regions(None, load_codebooks(CONTRACTS, ("provinces",)))


def accepted(source: str, extract: str, columns: Sequence[str], rows: Sequence[Row]) -> pl.DataFrame:
    """Rows as intake accepts them, keyed by their first column."""
    frame = pl.DataFrame([dict(row) for row in rows], schema=dict.fromkeys(columns, pl.String))
    return frame.with_columns(
        source_key=columns[0],
        record_key=pl.concat_str(pl.lit(f"{source}|{extract}|"), columns[0]),
        delivery_date=pl.lit(DAY),
        is_current=pl.lit(True),
        flags=pl.lit([], pl.List(pl.String)),
    )


def patients(
    *registrations: Row, civil: Sequence[Row] | None = None, answers: Sequence[Row] | None = None
) -> dict[str, pl.DataFrame]:
    """The standard tables of one small night."""
    frames = {"faskes_pasien": delivered(*registrations)}
    if civil is not None:
        frames["dukcapil_penduduk"] = accepted("dukcapil", "penduduk", CIVIL, civil)
    if answers is not None:
        frames["dukcapil_verifikasi"] = accepted("dukcapil", "verifikasi", ANSWERS, answers)
    return standardise_patients(frames, books(), regions(), as_of=DAY)


def verdicts(registration: Row, civil: Row | None = None, answer: Row | None = None) -> dict[str, str | None]:
    """What verification says of one registration: its verdicts by attribute, `checked_with`, `nik_confirmed`."""
    made = patients(registration, civil=[civil] if civil else None, answers=[answer] if answer else None)
    row = made["verification"].row(0, named=True)
    return {name.removesuffix("_verdict"): row[name] for name in row if name.endswith("_verdict")} | {
        name: row[name] for name in ("checked_with", "nik_confirmed")
    }
