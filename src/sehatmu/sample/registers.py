"""Which register holds which facility, and what it says of it: one frame of text per facility extract.

A frame has the extract's columns under their canonical names, then `entity` (who the row is about) and
`key` (its business key, columns joined with `|`). Truth is made from those two, never from the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sehatmu.sample import render, spoil
from sehatmu.sample.dice import Rolls
from sehatmu.sample.noise import Noise
from sehatmu.sample.render import Manner

# Where a facility of a kind is registered, and how surely.
HOLDS: dict[str, dict[str, float]] = {
    "sisdmk/fasilitas": {"puskesmas": 0.97, "pustu": 0.9, "hospital": 0.6, "dinas": 1},
    "sirs/rumah_sakit": {"hospital": 0.98},
    "simada/sarana": {"apotek": 0.97, "toko_obat": 0.95, "pbf": 1, "alkes": 1, "instalasi": 0.95},
    "yankes/fasyankes": {
        "klinik_pratama": 0.96, "klinik_utama": 0.96, "dokter": 0.97, "dokter_gigi": 0.97, "bidan": 0.97,
        "lab": 0.97, "utd": 0.95, "optik": 0.92, "tradisional": 1, "balai": 1,
    },
    "komdat/puskesmas": {"puskesmas": 0.98},
    "bpjs/faskes": {
        "hospital": 0.75, "puskesmas": 0.9, "klinik_pratama": 0.5, "klinik_utama": 0.3, "apotek": 0.25,
        "dokter": 0.25, "dokter_gigi": 0.2, "optik": 0.4,
    },
}  # fmt: skip
MANNERS = {
    "sisdmk/fasilitas": Manner(bare=("puskesmas",), address=0, date_form=2),
    "sirs/rumah_sakit": Manner(address=1, name_limit=True),
    "simada/sarana": Manner(upper=True, address=2, date_form=1),
    "yankes/fasyankes": Manner(address=3, date_form=2),
    "komdat/puskesmas": Manner(upper=True),
    "bpjs/faskes": Manner(spelling=1, address=4),
}
# How often a register knows the official number of a facility that has one.
_KNOWS_OFFICIAL = {
    "sisdmk/fasilitas": 0.6,
    "sirs/rumah_sakit": 0.5,
    "simada/sarana": 0.4,
    "yankes/fasyankes": 0.65,
}
_UNIT = {"puskesmas": "PUSKESMAS", "pustu": "PUSKESMAS PEMBANTU", "hospital": "RUMAH SAKIT"}
_HOSPITAL = {
    "rsia": "RSIA",
    "rsk_jiwa": "RSK Jiwa",
    "rsk_mata": "RSK Mata",
    "rsk_gm": "RSK GM",
    "rsk_bedah": "RSK BEDAH",
}
_PHARMACY = {"apotek": "Apotek", "toko_obat": "Toko Obat", "pbf": "Pedagang Besar Farmasi", "alkes": "Penyalur Alat Kesehatan", "instalasi": "Instalasi Farmasi"}  # fmt: skip
_SERVICE = {"101": "Praktik Mandiri", "103": "Klinik", "106": "Unit Transfusi Darah", "107": "Laboratorium Kesehatan", "108": "Optikal", "110": "Fasilitas Pelayanan Kesehatan Tradisional", "111": "Balai Kesehatan"}  # fmt: skip
_SUBKIND = {"klinik_pratama": "Klinik Pratama", "klinik_utama": "Klinik Utama", "dokter": "Dokter", "dokter_gigi": "Dokter Gigi", "bidan": "Bidan"}  # fmt: skip
_PROVIDER = {"hospital": "RUMAH SAKIT", "puskesmas": "PUSKESMAS", "klinik_pratama": "KLINIK PRATAMA", "klinik_utama": "KLINIK UTAMA", "apotek": "APOTEK", "dokter": "DOKTER PRAKTIK PERORANGAN", "dokter_gigi": "DOKTER GIGI", "optik": "OPTIK"}  # fmt: skip
_NAMESPACE = {
    "101": "yankes_praktik_mandiri",
    "103": "yankes_klinik",
    "106": "yankes_utd",
    "107": "yankes_labkes",
}


@dataclass(frozen=True, slots=True)
class Pen:
    """One register's rows with the manner, the draws and the noise that they are written with."""

    rows: pl.DataFrame
    extract: str
    rolls: Rolls
    noise: Noise

    @property
    def manner(self) -> Manner:
        return MANNERS[self.extract]

    def common(self, name: str) -> dict[str, pl.Series]:
        """Name, address, phone and e-mail, position and region codes under canonical column names."""
        positions = render.render_positions(self.rows, self.rolls.under("position"), self.noise)
        regions = render.render_regions(self.rows, self.rolls.under("region"), self.noise)
        return {
            name: render.render_names(self.rows, self.manner, self.rolls.under("name"), self.noise),
            "alamat": render.render_addresses(self.rows, self.manner, self.rolls.under("street"), self.noise),
            "telepon": render.render_phones(self.rows, self.rolls.under("phone"), self.noise),
            "email": render.render_mail(self.rows, self.rolls.under("mail"), self.noise),
            "kode_satusehat": self.official(),
            "latitude": positions["latitude"],
            "longitude": positions["longitude"],
            **{column: regions[column] for column in regions.columns},
        }

    def official(self) -> pl.Series:
        known = pl.Series(self.rolls.hit("official", _KNOWS_OFFICIAL.get(self.extract, 0.0)))
        shared = pl.Series(self.rolls.hit("shared_official", self.noise.shared_official))
        number = pl.when(shared).then(pl.col("official").shift(1)).when(known).then("official")
        return self.rows.select(number.alias("official")).to_series()

    def code(self, column: str) -> pl.Series:
        return spoil.blank_codes(self.rows[column], self.rolls.under(column), self.noise)

    def licence_end(self) -> pl.Series:
        return render.render_dates(
            self.rows["licence_days"], self.manner, self.rolls.under("end"), self.noise
        )

    def text(self, expression: pl.Expr) -> pl.Series:
        return self.rows.select(expression.alias("text")).to_series()

    def sparse(self, column: str, expression: pl.Expr) -> pl.Series:
        return spoil.empty(self.text(expression), self.rolls.under(column), self.noise)

    def status(self, active: str = "Aktif", closed: str = "Tidak Aktif") -> pl.Series:
        return self.text(pl.when("closing").then(pl.lit(closed)).otherwise(pl.lit(active)))


def write_registers(world: pl.DataFrame, *, seed: int, noise: Noise) -> dict[str, pl.DataFrame]:
    """`source/extract` to its rows, for every facility extract; rows in the order of their keys.

    `world` is `codes.give_codes(...)` plus `closing, corrected` (bool) per entity and `about` (the entity
    that a row is truly about); a corrected facility is written without noise.
    """
    makers = {
        "sisdmk/fasilitas": _sisdmk, "sirs/rumah_sakit": _sirs, "simada/sarana": _simada,
        "yankes/fasyankes": _yankes, "komdat/puskesmas": _komdat, "bpjs/faskes": _bpjs,
    }  # fmt: skip
    registers = {}
    for extract, maker in makers.items():
        rows = held_by(world, extract, seed)
        pen = Pen(rows, extract, _rolls(rows, extract, seed), noise)
        frame = pl.DataFrame(maker(pen)).with_columns(entity=rows["about"], key=pen.text(KEYS[extract]))
        registers[extract] = frame.sort("key", "entity")
    return registers


def held_by(world: pl.DataFrame, extract: str, seed: int) -> pl.DataFrame:
    """The facilities that a register holds."""
    rates = HOLDS[extract]
    drawn = pl.Series(Rolls(seed, extract, world["entity"].to_numpy()).unit("held"))
    held = drawn < pl.col("kind").replace_strict(rates, default=0.0, return_dtype=pl.Float64)
    return world.filter(held)


def _rolls(rows: pl.DataFrame, extract: str, seed: int) -> Rolls:
    return Rolls(seed, extract, rows["entity"].to_numpy(), rows["corrected"].to_numpy())


KEYS: dict[str, pl.Expr] = {
    "sisdmk/fasilitas": pl.col("sisdmk"),
    "sirs/rumah_sakit": pl.col("sirs"),
    "simada/sarana": pl.col("simada"),
    "yankes/fasyankes": pl.concat_str("namespace", pl.lit("|"), "service_code"),
    "komdat/puskesmas": pl.col("komdat"),
    "bpjs/faskes": pl.col("bpjs"),
}


def _sisdmk(pen: Pen) -> Mapping[str, pl.Series]:
    wrote = pen.common("nama_unit")
    office = (
        pl.when(pl.col("kab_kind") == "KABUPATEN")
        .then(pl.lit("DINAS KABUPATEN"))
        .otherwise(pl.lit("DINAS KOTA"))
    )
    inpatient = pl.when(pl.col("kind") == "hospital").then(pl.lit("Rawat Inap")).when(pl.col("kind") == "puskesmas").then(
        pl.Series(np.where(pen.rolls.hit("inpatient", 0.4), "Rawat Inap", "Non Rawat Inap"))
    )  # fmt: skip
    return {
        "kode_unit": pen.code("sisdmk"),
        "nama_unit": wrote["nama_unit"],
        "jenis_unit": pen.text(pl.coalesce(pl.col("kind").replace_strict(_UNIT, default=None), office)),
        "subjenis": pen.text(pl.when(pl.col("kind") == "hospital").then(pl.col("word").replace_strict(_HOSPITAL, default="RSU"))),
        "kode_satusehat": wrote["kode_satusehat"],
        "pemilik": pen.sparse("owner", pl.col("owner")),
        "alamat": wrote["alamat"],
        "kode_prov": wrote["kode_prov"],
        "nama_prov": pen.text(pl.col("prov_name")),
        "kode_kab": wrote["kode_kab"],
        "nama_kab": pen.text(pl.col("kab_kind") + " " + pl.col("kab_name")),
        "kode_kec": wrote["kode_kec"],
        "latitude": wrote["latitude"],
        "longitude": wrote["longitude"],
        "telepon": wrote["telepon"],
        "email": wrote["email"],
        "kemampuan_rawat_inap": pen.text(inpatient),
        "wilayah_karakteristik": pen.rolls.choose("area", ("Perkotaan", "Perdesaan", "Terpencil", "Sangat Terpencil")),
        "status_akreditasi": pen.sparse("accreditation", pl.lit(pen.rolls.choose("grade", ("Paripurna", "Utama", "Madya", "Dasar")))),
        "status": pen.status(),
    }  # fmt: skip


def _sirs(pen: Pen) -> Mapping[str, pl.Series]:
    wrote, noise = pen.common("nama_rs"), pen.noise
    letter = pl.Series(pen.rolls.hit("code_letter", noise.code_letter))
    beds = pl.when(pl.Series(pen.rolls.hit("zero_beds", noise.zero_beds))).then(0).otherwise("beds")
    grade = pl.when(pl.Series(pen.rolls.hit("class_unset", noise.class_unset))).then(pl.lit("Belum Ditetapkan")).otherwise("class")  # fmt: skip
    slug = pl.col("stem").str.to_lowercase().str.replace_all("[^a-z]+", "-").str.strip_chars("-")
    return {
        "kode_rs": pen.text(pl.when(letter).then(pl.col("sirs") + "S").otherwise(pl.lit(pen.code("sirs")))),
        "nama_rs": wrote["nama_rs"],
        "kode_satusehat": wrote["kode_satusehat"],
        "jenis_rs": pen.text(pl.col("word").replace_strict(_HOSPITAL, default="RSU")),
        "kelas": pen.text(grade),
        "pemilik": pen.text(pl.col("owner")),
        "alamat": wrote["alamat"],
        "kode_kab": wrote["kode_kab"],
        "kab_kota": pen.text(_regency("Kab. ", "Kota ")),
        "nama_prop": pen.text(pl.col("prov_name")),
        "telepon": wrote["telepon"],
        "email": wrote["email"],
        "website": pen.sparse("web", pl.concat_str(pl.lit("https://"), slug, pl.lit(".example.id"))),
        "latitude": wrote["latitude"],
        "longitude": wrote["longitude"],
        "direktur": pen.sparse("director", pl.lit("dr. ") + pl.lit(pen.rolls.choose("director", ("A. Wijaya", "B. Lubis", "C. Wenda", "D. Kusuma")))),
        "total_tt": pen.text(beds.cast(pl.String)),
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "tgl_izin_akhir": pen.licence_end(),
        "akreditasi": pen.sparse("accreditation", pl.lit(pen.rolls.choose("grade", ("Paripurna", "Utama", "Madya", "Dasar", "Perdana")))),
        "status_blu": pen.text(pl.when(pl.col("word") == "rsud").then(pl.lit("BLUD")).otherwise(pl.lit("Non BLU"))),
        "status": pen.status(),
    }  # fmt: skip


def _simada(pen: Pen) -> Mapping[str, pl.Series]:
    wrote = pen.common("nama_sarana")
    issued = pen.rows.with_columns(days=pl.col("licence_days") - 1826)["days"]
    return {
        "kode_sarana": pen.code("simada"),
        "nama_sarana": wrote["nama_sarana"],
        "jenis_sarana": pen.text(pl.col("kind").replace_strict(_PHARMACY)),
        "kode_satusehat": wrote["kode_satusehat"],
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "nib": pen.sparse("nib", (9_120_000_000_000 + pl.col("entity") * 7_919).cast(pl.String)),
        "tgl_izin": render.render_dates(issued, pen.manner, pen.rolls.under("issued"), pen.noise),
        "tgl_izin_akhir": pen.licence_end(),
        "pemilik": pen.sparse("owner", pl.col("owner")),
        "alamat": pen.text(pl.lit(wrote["alamat"]).str.replace(" RT ", " – RT ", literal=True)),
        "kode_kab": wrote["kode_kab"],
        "kode_kec": wrote["kode_kec"],
        "kab_kota": pen.text(_regency("KAB. ", "KOTA ").str.to_uppercase()),
        "provinsi": pen.text(pl.col("prov_name")),
        "telepon": wrote["telepon"],
        "email": wrote["email"],
        "latitude": wrote["latitude"],
        "longitude": wrote["longitude"],
        "status": pen.status("Aktif", "Dicabut"),
    }


def with_service_codes(world: pl.DataFrame, *, seed: int, noise: Noise) -> pl.DataFrame:
    """Adds `namespace` and `service_code` of the service register (half old, half 2022 code), `new_code`."""
    rolls = Rolls(seed, "service", world["entity"].to_numpy())
    is_new = pl.Series(rolls.hit("is_new", 0.5)) | pl.col("recoded")
    both = pl.Series(rolls.hit("knows_both", 0.6))
    namespace = pl.col("kind_code").replace_strict(_NAMESPACE, default=None)
    coded = world.with_columns(
        namespace=pl.when(namespace.is_null()).then(pl.lit("dto_msfi")).when(is_new).then(namespace + "_kmk").otherwise(namespace),
        service_code=pl.when(namespace.is_not_null() & is_new).then("kmk").otherwise("clinic_old"),
        new_code=pl.when(namespace.is_not_null() & (is_new | both)).then("kmk"),
        twice=namespace.is_not_null() & ~is_new & pl.Series(rolls.hit("twice", noise.reregistered)),
    )  # fmt: skip
    again = coded.filter("twice").with_columns(
        namespace=pl.col("namespace") + "_kmk", service_code="kmk", new_code="kmk"
    )
    return pl.concat([coded, again])


def _yankes(pen: Pen) -> Mapping[str, pl.Series]:
    wrote = pen.common("nama")
    return {
        "sumber_identifier": pen.rows["namespace"],
        "kode_faskes": pen.code("service_code"),
        "kode_faskes_baru": pen.rows["new_code"],
        "kode_satusehat": wrote["kode_satusehat"],
        "nama": wrote["nama"],
        "jenis": pen.text(pl.col("kind_code").replace_strict(_SERVICE)),
        "subjenis": pen.text(pl.col("kind").replace_strict(_SUBKIND, default=None)),
        "kepemilikan": pen.sparse("owner", pl.col("owner")),
        "no_izin": pen.sparse("licence", pl.col("licence")),
        "tgl_izin_akhir": pen.licence_end(),
        "alamat": wrote["alamat"],
        "kode_kab": wrote["kode_kab"],
        "kode_kec": wrote["kode_kec"],
        "kode_kel": wrote["kode_kel"],
        "telepon": wrote["telepon"],
        "email": wrote["email"],
        "latitude": wrote["latitude"],
        "longitude": wrote["longitude"],
        "status": pen.status("Beroperasi", "Tutup"),
    }


def _komdat(pen: Pen) -> Mapping[str, pl.Series]:
    wrote = pen.common("unit_kerja")
    return {
        "kode_kab": wrote["kode_kab"],
        "kode_instansi": pen.code("komdat"),
        "unit_kerja": wrote["unit_kerja"],
    }


def _bpjs(pen: Pen) -> Mapping[str, pl.Series]:
    wrote = pen.common("nama")
    return {
        "kode_ppk": pen.code("bpjs"),
        "nama": wrote["nama"],
        "jenis": pen.text(pl.col("kind").replace_strict(_PROVIDER)),
        "alamat": wrote["alamat"],
        "kode_kab": wrote["kode_kab"],
        "kab_kota": pen.text(_regency("KAB. ", "KOTA ").str.to_uppercase()),
        "provinsi": pen.text(pl.col("prov_name")),
        "latitude": wrote["latitude"],
        "longitude": wrote["longitude"],
        "telepon": wrote["telepon"],
    }


def _regency(kabupaten: str, kota: str) -> pl.Expr:
    kind = pl.when(pl.col("kab_kind") == "KABUPATEN").then(pl.lit(kabupaten)).otherwise(pl.lit(kota))
    return kind + pl.col("kab_name").str.to_titlecase()


def write_beds(hospitals: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """The extract `sirs/tempat_tidur`: beds per class of care, which add up to the hospital's total."""
    shares = {"VIP": 0.1, "I": 0.2, "II": 0.25, "III": 0.35, "ICU": 0.1}
    rolls = Rolls(seed, "beds", hospitals["entity"].to_numpy())
    counts = hospitals.select(
        "sirs",
        "beds",
        **{name: (pl.col("beds") * share).floor().cast(pl.Int64) for name, share in shares.items()},
    ).with_columns(III=pl.col("beds") - pl.col("VIP") - pl.col("I") - pl.col("II") - pl.col("ICU"))
    busy = pl.Series("busy", rolls.unit("busy"))
    return (
        counts.with_columns(busy)
        .unpivot(list(shares), index=["sirs", "busy"], variable_name="kelas", value_name="jumlah_tt")
        .select(
            kode_rs="sirs",
            kelas="kelas",
            jumlah_tt=pl.col("jumlah_tt").cast(pl.String),
            tersedia=(pl.col("jumlah_tt") * pl.col("busy")).floor().cast(pl.Int64).cast(pl.String),
        )
        .sort("kode_rs", "kelas")
    )
