"""Writes the extracts as their registers do: file format, encoding, title rows and header spellings.

The bytes depend on the rows alone. Compressed files are stored, not deflated, because the output of
deflate differs between builds of zlib.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp inside the workbook, of no time zone


@dataclass(frozen=True, slots=True)
class Layout:
    """How one extract is delivered; `first_row` is the number of its first data row, as a person counts."""

    file: str
    write: Callable[[pl.DataFrame], bytes]
    first_row: int
    headers: dict[str, str] = field(default_factory=dict)

    def save(self, rows: pl.DataFrame, folder: Path) -> Path:
        """Write the rows (canonical columns, all text) under the register's own headers."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file
        aside = folder / f".{self.file}.part"
        aside.write_bytes(self.write(rows.rename(self.headers)))
        return aside.replace(path)


def _xlsx(rows: pl.DataFrame) -> bytes:
    """Two title rows, then the headers in row 3."""
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": _EPOCH})
    sheet = book.add_worksheet("Fasilitas")
    sheet.write_string(0, 0, "DATA FASILITAS PELAYANAN KESEHATAN")
    sheet.write_string(1, 0, "Sumber: contoh buatan SehatMu, bukan data nyata")
    for at, column in enumerate(rows.columns):
        sheet.write_column(2, at, [column, *rows[column].to_list()])
    book.close()
    stored = io.BytesIO()
    with zipfile.ZipFile(raw) as packed, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as plain:
        for name in packed.namelist():
            plain.writestr(zipfile.ZipInfo(name), packed.read(name))
    return stored.getvalue()


def _json_array(rows: pl.DataFrame) -> bytes:
    """One array, an element per line, codes and counts as numbers where they are digits only."""
    lines = rows.write_ndjson().rstrip("\n").split("\n") if rows.height else []
    text = pl.Series(lines, dtype=pl.String)
    for column in ("d.kode_rs", "(d.total_tt)"):
        escaped = column.replace(".", r"\.").replace("(", r"\(").replace(")", r"\)")
        text = text.str.replace(rf'"{escaped}":"(\d+)"', f'"{column}":$1')
    return ("[\n" + ",\n".join(text) + "\n]\n").encode()


def _ndjson_gzip(rows: pl.DataFrame) -> bytes:
    raw = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=0, fileobj=raw, mtime=0) as packed:
        packed.write(rows.write_ndjson().encode())
    return raw.getvalue()


def _csv_cp1252(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(separator=";", line_terminator="\r\n").encode("cp1252")


def _csv_quoted(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(quote_style="always").encode()


def _csv_bom(rows: pl.DataFrame) -> bytes:
    return b"\xef\xbb\xbf" + rows.write_csv().encode()


def _csv_tab(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(separator="\t").encode()


def _csv(rows: pl.DataFrame) -> bytes:
    return rows.write_csv().encode()


_SISDMK = {
    "nama_prov": "name_prov", "kode_unit": "kode_faskes", "jenis_unit": "jenis_faskes",
    "nama_unit": "nama_faskes", "alamat": "alamat_faskes", "latitude": "lat_", "longitude": "long_",
}  # fmt: skip
_SIRS = {
    "kode_rs": "d.kode_rs", "nama_rs": "d.nama_rs", "nama_prop": "d.nama_prop", "jenis_rs": "d.jenis_rs",
    "kelas": "d.kelas", "pemilik": "d.pemilik", "total_tt": "(d.total_tt)",
}  # fmt: skip
_BPOM = {
    "nama_produk": "product_name", "kemasan": "product_package", "bentuk_sediaan": "product_form",
    "nama_produsen": "manufacturer_name", "komposisi": "ingredients",
}  # fmt: skip
_SIMADA = {
    "kode_sarana": "KODE_SARANA",
    "nama_sarana": "Nama_Sarana",
    "jenis_sarana": "JENIS_SARANA",
    "no_izin": " no_izin ",
}

LAYOUTS: dict[str, Layout] = {
    "sisdmk/fasilitas": Layout("fasilitas.xlsx", _xlsx, 4, _SISDMK),
    "sirs/rumah_sakit": Layout("rumah_sakit.json", _json_array, 1, _SIRS),
    "sirs/tempat_tidur": Layout("tempat_tidur.csv", _csv_bom, 2),
    "simada/sarana": Layout("sarana.csv", _csv_cp1252, 2, _SIMADA),
    "yankes/fasyankes": Layout("fasyankes.ndjson.gz", _ndjson_gzip, 1),
    "komdat/puskesmas": Layout("puskesmas.csv", _csv_quoted, 2),
    "bpjs/faskes": Layout("faskes.txt", _csv_tab, 2),
    "faskes/layanan": Layout("layanan.csv", _csv_quoted, 2),
    "faskes/tarif": Layout("tarif.csv", _csv_bom, 2),
    "referensi/kptl": Layout("kptl.csv", _csv, 2, {"kode_dasar": "base_code", "nama": "display"}),
    "referensi/paket": Layout("paket.csv", _csv_tab, 2),
    "bpom/obat": Layout("obat.ndjson.gz", _ndjson_gzip, 1, _BPOM),
    "regalkes/alkes": Layout("alkes.csv", _csv_bom, 2),
    "lkpp/katalog": Layout("katalog.csv", _csv_quoted, 2),
    "referensi/wilayah": Layout("wilayah.csv", _csv, 2),
    "referensi/zat_aktif": Layout("zat_aktif.csv", _csv, 2),
    "referensi/atc": Layout("atc.csv", _csv_tab, 2),
    "referensi/fornas": Layout("fornas.csv", _csv, 2),
    "referensi/harga_jkn": Layout("harga_jkn.csv", _csv, 2),
}
