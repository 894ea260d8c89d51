"""What each register says of its facilities: one frame of text per facility extract, canonical column names.

Beside the columns of the extract a frame has `entity` (who the row is truly about), `key` (its business
key, columns joined with `|`) and `corrected`. Truth is made from those, never from the text.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from sehatmu.sample.dice import Rolls, cases
from sehatmu.sample.holdings import held_by
from sehatmu.sample.noise import Noise
from sehatmu.sample.pen import Pen
from sehatmu.sample.render import Manner

Columns = dict[str, pl.Series]

# What registers call the kinds.
_UNIT = {"puskesmas": "PUSKESMAS", "pustu": "PUSKESMAS PEMBANTU", "hospital": "RUMAH SAKIT"}
_HOSPITAL = {
    "rsia": "RSIA", "rsk_jiwa": "RSK Jiwa", "rsk_mata": "RSK Mata", "rsk_gm": "RSK GM",
    "rsk_bedah": "RSK BEDAH",
}  # fmt: skip
_MEDICINE = {
    "apotek": "Apotek", "toko_obat": "Toko Obat", "pbf": "Pedagang Besar Farmasi",
    "alkes": "Penyalur Alat Kesehatan", "instalasi": "Instalasi Farmasi",
}  # fmt: skip
_SERVICE = {
    "101": "Praktik Mandiri", "103": "Klinik", "106": "Unit Transfusi Darah", "107": "Laboratorium Kesehatan",
    "108": "Optikal", "110": "Fasilitas Pelayanan Kesehatan Tradisional", "111": "Balai Kesehatan",
}  # fmt: skip
_SUBKIND = {
    "klinik_pratama": "Klinik Pratama", "klinik_utama": "Klinik Utama", "dokter": "Dokter",
    "dokter_gigi": "Dokter Gigi", "bidan": "Bidan",
}  # fmt: skip
_PROVIDER = {
    "hospital": "RUMAH SAKIT", "puskesmas": "PUSKESMAS", "klinik_pratama": "KLINIK PRATAMA",
    "klinik_utama": "KLINIK UTAMA", "apotek": "APOTEK", "dokter": "DOKTER PRAKTIK PERORANGAN",
    "dokter_gigi": "DOKTER GIGI", "optik": "OPTIK",
}  # fmt: skip
_AREAS = ("Perkotaan", "Perdesaan", "Terpencil", "Sangat Terpencil")
_DIRECTORS = ("dr. A. Wijaya", "dr. B. Lubis", "dr. C. Wenda", "dr. D. Kusuma", "drg. E. Halim")


def write_registers(world: pl.DataFrame, *, seed: int, noise: Noise) -> dict[str, pl.DataFrame]:
    """`source/extract` to its rows in key order, for every facility extract; `world` is that of `nights`."""
    registers = {}
    for extract, (manner, columns_of) in _REGISTERS.items():
        rows = held_by(world, extract, seed=seed, noise=noise)
        rolls = Rolls(seed, extract, rows["entity"].to_numpy(), rows["corrected"].to_numpy())
        told = pl.DataFrame(columns_of(Pen(rows, manner, rolls, noise)))
        registers[extract] = told.with_columns(rows["about"].alias("entity"), rows["key"], rows["corrected"])
    return registers


def _sisdmk(pen: Pen) -> Columns:
    common, kind = pen.common("nama_unit"), pl.col("kind")
    office = cases((pl.col("kab_kind") == "KABUPATEN", pl.lit("DINAS KABUPATEN")), otherwise=pl.lit("DINAS KOTA"))
    has_wards = (kind == "hospital") | (kind == "puskesmas") & pen.rolls.flag("wards", 0.4)
    hospital = pl.col("word").replace_strict(_HOSPITAL, default="RSU")
    return {
        "kode_unit": pen.code("sisdmk"),
        "nama_unit": common["nama_unit"],
        "jenis_unit": pen.text(pl.coalesce(kind.replace_strict(_UNIT, default=None), office)),
        "subjenis": pen.text(pl.when(kind == "hospital").then(hospital)),
        "kode_satusehat": common["kode_satusehat"],
        "pemilik": pen.sparse("owner", pl.col("owner")),
        "alamat": common["alamat"],
        "kode_prov": common["kode_prov"],
        "nama_prov": pen.text(pl.col("prov_name")),
        "kode_kab": common["kode_kab"],
        "nama_kab": pen.regency("KABUPATEN ", "KOTA "),
        "kode_kec": common["kode_kec"],
        "latitude": common["latitude"],
        "longitude": common["longitude"],
        "telepon": common["telepon"],
        "email": common["email"],
        "kemampuan_rawat_inap": pen.text(
            cases((has_wards, pl.lit("Rawat Inap")), (kind == "puskesmas", pl.lit("Non Rawat Inap")))
        ),
        "wilayah_karakteristik": pen.text(pl.lit(pen.rolls.choose("area", _AREAS))),
        "status_akreditasi": pen.grade(),
        "status": pen.status("Aktif", "Tidak Aktif"),
    }


def _sirs(pen: Pen) -> Columns:
    common, noise = pen.common("nama_rs"), pen.noise
    unset = (pen.rolls.flag("class_unset", noise.class_unset), pl.lit("Belum Ditetapkan"))
    empty = (pen.rolls.flag("zero_beds", noise.zero_beds), pl.lit(0, pl.Int64))
    slug = pl.col("stem").str.to_lowercase().str.replace_all("[^a-z]+", "-").str.strip_chars("-")
    return {
        "kode_rs": pen.code("sirs"),
        "nama_rs": common["nama_rs"],
        "kode_satusehat": common["kode_satusehat"],
        "jenis_rs": pen.text(pl.col("word").replace_strict(_HOSPITAL, default="RSU")),
        "kelas": pen.text(cases(unset, otherwise=pl.col("class"))),
        "pemilik": pen.text(pl.col("owner")),
        "alamat": common["alamat"],
        "kode_kab": common["kode_kab"],
        "kab_kota": pen.regency("Kab. ", "Kota "),
        "nama_prop": pen.text(pl.col("prov_name")),
        "telepon": common["telepon"],
        "email": common["email"],
        "website": pen.sparse("web", pl.concat_str(pl.lit("https://"), slug, pl.lit(".example.id"))),
        "latitude": common["latitude"],
        "longitude": common["longitude"],
        "direktur": pen.sparse("director", pl.lit(pen.rolls.choose("director", _DIRECTORS))),
        "total_tt": pen.text(cases(empty, otherwise=pl.col("beds"))),
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "tgl_izin_akhir": pen.date("licence_days"),
        "akreditasi": pen.grade(),
        "status_blu": pen.text(cases((pl.col("word") == "rsud", pl.lit("BLUD")), otherwise=pl.lit("Non BLU"))),
        "status": pen.status("Aktif", "Tidak Aktif"),
    }


def _simada(pen: Pen) -> Columns:
    common = pen.common("nama_sarana")
    business_number = (9_120_000_000_000 + pl.col("entity") * 7_919).cast(pl.String)
    return {
        "kode_sarana": pen.code("simada"),
        "nama_sarana": common["nama_sarana"],
        "jenis_sarana": pen.text(pl.col("kind").replace_strict(_MEDICINE)),
        "kode_satusehat": common["kode_satusehat"],
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "nib": pen.sparse("nib", business_number),
        "tgl_izin": pen.date("licence_days", less_days=1826),
        "tgl_izin_akhir": pen.date("licence_days"),
        "pemilik": pen.sparse("owner", pl.col("owner")),
        # a dash that only cp1252 has in one byte
        "alamat": common["alamat"].str.replace(" RT ", " – RT ", literal=True),
        "kode_kab": common["kode_kab"],
        "kode_kec": common["kode_kec"],
        "kab_kota": pen.regency("KAB. ", "KOTA "),
        "provinsi": pen.text(pl.col("prov_name")),
        "telepon": common["telepon"],
        "email": common["email"],
        "latitude": common["latitude"],
        "longitude": common["longitude"],
        "status": pen.status("Aktif", "Dicabut"),
    }


def _yankes(pen: Pen) -> Columns:
    common = pen.common("nama")
    return {
        "sumber_identifier": pen.rows["namespace"],
        "kode_faskes": pen.code("service_code"),
        "kode_faskes_baru": pen.rows["new_code"],
        "kode_satusehat": common["kode_satusehat"],
        "nama": common["nama"],
        "jenis": pen.text(pl.col("kind_code").replace_strict(_SERVICE)),
        "subjenis": pen.text(pl.col("kind").replace_strict(_SUBKIND, default=None)),
        "kepemilikan": pen.sparse("owner", pl.col("owner")),
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "tgl_izin_akhir": pen.date("licence_days"),
        "alamat": common["alamat"],
        "kode_kab": common["kode_kab"],
        "kode_kec": common["kode_kec"],
        "kode_kel": common["kode_kel"],
        "telepon": common["telepon"],
        "email": common["email"],
        "latitude": common["latitude"],
        "longitude": common["longitude"],
        "status": pen.status("Beroperasi", "Tutup"),
    }


def _komdat(pen: Pen) -> Columns:
    common = pen.common("unit_kerja")
    return {
        "kode_kab": common["kode_kab"],
        "kode_instansi": pen.code("komdat"),
        "unit_kerja": common["unit_kerja"],
    }


def _bpjs(pen: Pen) -> Columns:
    common = pen.common("nama")
    return {
        "kode_ppk": pen.code("bpjs"),
        "nama": common["nama"],
        "jenis": pen.text(pl.col("kind").replace_strict(_PROVIDER)),
        "alamat": common["alamat"],
        "kode_kab": common["kode_kab"],
        "kab_kota": pen.regency("KAB. ", "KOTA "),
        "provinsi": pen.text(pl.col("prov_name")),
        "latitude": common["latitude"],
        "longitude": common["longitude"],
        "telepon": common["telepon"],
    }


_REGISTERS: dict[str, tuple[Manner, Callable[[Pen], Columns]]] = {
    "sisdmk/fasilitas": (Manner(bare=("puskesmas",), date_form=2, knows_official=0.6), _sisdmk),
    "sirs/rumah_sakit": (Manner(address=1, name_limited=True, knows_official=0.5), _sirs),
    "simada/sarana": (Manner(upper=True, address=2, date_form=1, knows_official=0.4), _simada),
    "yankes/fasyankes": (Manner(address=3, date_form=2, knows_official=0.65), _yankes),
    "komdat/puskesmas": (Manner(upper=True), _komdat),
    "bpjs/faskes": (Manner(spelling=1, address=4), _bpjs),
}
