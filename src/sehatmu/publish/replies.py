"""The reply to one facility as a file: `mpi.facility_reply` of the restricted file, as CSV or as a workbook."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from sehatmu.errors import SehatmuError


def read_reply(con: duckdb.DuckDBPyConnection, namespace: str, code: str) -> pl.DataFrame:
    """The rows of one facility, by record number; raises SehatmuError where it has registered nobody."""
    rows: pl.DataFrame = con.sql(
        "SELECT * EXCLUDE (record_key) FROM mpi.facility_reply "
        "WHERE sumber_kode = $source AND kode_faskes = $code ORDER BY no_rm",
        params={"source": namespace, "code": code},
    ).pl()
    if rows.is_empty():
        raise SehatmuError(
            "this facility has registered nobody",
            evidence=f"{namespace}|{code}",
            hint="`sehatmu query 'SELECT sumber_kode, kode_faskes FROM mpi.nik_by_facility'` lists those that have",
        )
    return rows


def write_reply(rows: pl.DataFrame, path: Path) -> None:
    """Write the rows aside and rename them, readable by the owner only; the ending says which form."""
    aside = path.with_name(f".{path.stem}.part{path.suffix}")
    aside.touch(mode=0o600)
    if path.suffix == ".xlsx":
        rows.write_excel(aside, autofit=True)
    else:
        rows.write_csv(aside)
    aside.chmod(0o600)
    aside.replace(path)
