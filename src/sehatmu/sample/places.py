"""Provinces and regencies of the sample (public facts), and districts and villages composed under them.

The region list of the sample has what makes region codes hard: BPS codes that differ, codes that were
replaced when a province was split (North Kalimantan 2012, Papua 2022), and one abolished without successor.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.sample.dice import Ints, Rolls, take
from sehatmu.sample.words import PLACES

# code, BPS code, name
_PROVINCES = """
11 11 ACEH|12 12 SUMATERA UTARA|13 13 SUMATERA BARAT|14 14 RIAU|15 15 JAMBI|16 16 SUMATERA SELATAN
17 17 BENGKULU|18 18 LAMPUNG|19 19 KEPULAUAN BANGKA BELITUNG|21 21 KEPULAUAN RIAU|31 31 DKI JAKARTA
32 32 JAWA BARAT|33 33 JAWA TENGAH|34 34 DI YOGYAKARTA|35 35 JAWA TIMUR|36 36 BANTEN|51 51 BALI
52 52 NUSA TENGGARA BARAT|53 53 NUSA TENGGARA TIMUR|61 61 KALIMANTAN BARAT|62 62 KALIMANTAN TENGAH
63 63 KALIMANTAN SELATAN|64 64 KALIMANTAN TIMUR|65 65 KALIMANTAN UTARA|71 71 SULAWESI UTARA
72 72 SULAWESI TENGAH|73 73 SULAWESI SELATAN|74 74 SULAWESI TENGGARA|75 75 GORONTALO|76 76 SULAWESI BARAT
81 81 MALUKU|82 82 MALUKU UTARA|91 94 PAPUA|92 91 PAPUA BARAT|93 - PAPUA SELATAN|94 - PAPUA TENGAH
95 - PAPUA PEGUNUNGAN|96 - PAPUA BARAT DAYA
"""
_SINCE = {"65": "2012-11-16", "93": "2022-07-25", "94": "2022-07-25", "95": "2022-07-25", "96": "2022-12-08"}
_UNTIL = {"65": "2012-11-15", "93": "2022-07-24", "94": "2022-07-24", "95": "2022-07-24", "96": "2022-12-07"}

# code, BPS code, former code, latitude, longitude, name (K = Kota, A = Kota Administrasi, B = Kabupaten)
_REGENCIES = """
1171 1171 - 5.55 95.32 K BANDA ACEH|1105 1107 - 4.30 96.20 B ACEH BARAT|1173 1174 - 5.18 97.14 K LHOKSEUMAWE
1271 1275 - 3.59 98.67 K MEDAN|1207 1212 - 3.50 98.75 B DELI SERDANG|1208 1209 - 2.95 98.95 B SIMALUNGUN
1371 1371 - -0.94 100.40 K PADANG|1306 1307 - -0.25 100.15 B AGAM|1471 1471 - 0.51 101.45 K PEKANBARU
1401 1406 - 0.33 101.03 B KAMPAR|1472 1473 - 1.67 101.44 K DUMAI|1571 1571 - -1.61 103.61 K JAMBI
1505 1505 - -1.55 103.80 B MUARO JAMBI|1671 1671 - -2.98 104.76 K PALEMBANG
1602 1602 - -3.40 105.10 B OGAN KOMERING ILIR|1771 1771 - -3.80 102.27 K BENGKULU
1702 1702 - -3.45 102.60 B REJANG LEBONG|1871 1871 - -5.42 105.26 K BANDAR LAMPUNG
1801 1803 - -5.60 105.55 B LAMPUNG SELATAN|1971 1971 - -2.13 106.11 K PANGKAL PINANG
1902 1902 - -2.80 107.70 B BELITUNG|2171 2171 - 1.10 104.03 K BATAM|2172 2172 - 0.92 104.45 K TANJUNG PINANG
2102 2101 - 0.90 103.45 B KARIMUN|3171 3173 - -6.18 106.83 A JAKARTA PUSAT
3172 3175 - -6.13 106.87 A JAKARTA UTARA|3173 3174 - -6.17 106.76 A JAKARTA BARAT
3174 3171 - -6.27 106.81 A JAKARTA SELATAN|3175 3172 - -6.25 106.90 A JAKARTA TIMUR
3201 3201 - -6.55 106.75 B BOGOR|3204 3204 - -7.05 107.60 B BANDUNG|3208 3208 - -6.98 108.50 B KUNINGAN
3216 3216 - -6.25 107.10 B BEKASI|3271 3271 - -6.60 106.80 K BOGOR|3273 3273 - -6.91 107.61 K BANDUNG
3275 3275 - -6.24 107.00 K BEKASI|3276 3276 - -6.40 106.82 K DEPOK|3302 3302 - -7.45 109.15 B BANYUMAS
3310 3310 - -7.70 110.60 B KLATEN|3319 3319 - -6.80 110.84 B KUDUS|3322 3322 - -7.25 110.45 B SEMARANG
3372 3372 - -7.57 110.82 K SURAKARTA|3374 3374 - -7.00 110.42 K SEMARANG|3402 3402 - -7.88 110.33 B BANTUL
3404 3404 - -7.70 110.35 B SLEMAN|3471 3471 - -7.80 110.37 K YOGYAKARTA|3507 3507 - -8.10 112.60 B MALANG
3509 3509 - -8.20 113.65 B JEMBER|3510 3510 - -8.30 114.25 B BANYUWANGI|3515 3515 - -7.45 112.70 B SIDOARJO
3525 3525 - -7.15 112.55 B GRESIK|3573 3573 - -7.97 112.63 K MALANG|3578 3578 - -7.27 112.74 K SURABAYA
3603 3603 - -6.20 106.48 B TANGERANG|3671 3671 - -6.18 106.63 K TANGERANG
3674 3674 - -6.30 106.70 K TANGERANG SELATAN|5103 5103 - -8.55 115.18 B BADUNG
5108 5108 - -8.20 115.00 B BULELENG|5171 5171 - -8.66 115.22 K DENPASAR
5201 5201 - -8.70 116.10 B LOMBOK BARAT|5271 5271 - -8.58 116.11 K MATARAM|5301 5303 - -9.90 123.90 B KUPANG
5371 5371 - -10.17 123.60 K KUPANG|5307 5310 - -8.65 122.30 B SIKKA|6171 6171 - -0.03 109.34 K PONTIANAK
6112 6112 - -0.25 109.45 B KUBU RAYA|6271 6271 - -2.21 113.91 K PALANGKA RAYA
6202 6202 - -2.30 112.80 B KOTAWARINGIN TIMUR|6371 6371 - -3.32 114.59 K BANJARMASIN
6303 6303 - -3.30 115.05 B BANJAR|6471 6471 - -1.24 116.85 K BALIKPAPAN|6472 6472 - -0.50 117.15 K SAMARINDA
6402 6403 - -0.15 116.60 B KUTAI KARTANEGARA|6501 6502 6404 2.90 117.10 B BULUNGAN
6502 6501 6406 2.80 116.00 B MALINAU|6503 6504 6405 4.05 117.10 B NUNUKAN
6571 6571 6473 3.31 117.59 K TARAKAN|7171 7171 - 1.48 124.85 K MANADO|7102 7102 - 1.25 124.85 B MINAHASA
7271 7271 - -0.90 119.87 K PALU|7202 7204 - -1.60 120.60 B POSO|7371 7371 - -5.14 119.43 K MAKASSAR
7306 7306 - -5.35 119.70 B GOWA|7309 7308 - -5.00 119.65 B MAROS|7308 7311 - -4.70 120.10 B BONE
7471 7471 - -3.99 122.52 K KENDARI|7402 7403 - -3.90 122.05 B KONAWE|7571 7571 - 0.54 123.06 K GORONTALO
7501 7502 - 0.65 122.75 B GORONTALO|7602 7604 - -2.60 119.10 B MAMUJU|8171 8171 - -3.69 128.18 K AMBON
8101 8103 - -3.25 129.20 B MALUKU TENGAH|8271 8271 - 0.80 127.38 K TERNATE
9171 9471 - -2.55 140.70 K JAYAPURA|9103 9403 - -2.75 140.05 B JAYAPURA
9106 9409 - -1.10 136.05 B BIAK NUMFOR|9202 9105 - -0.95 133.90 B MANOKWARI
9203 9101 - -2.95 132.60 B FAKFAK|9301 9401 9101 -8.20 140.30 B MERAUKE
9302 9413 9116 -6.20 140.40 B BOVEN DIGOEL|9401 9404 9104 -3.40 135.50 B NABIRE
9404 9412 9109 -4.50 136.80 B MIMIKA|9501 9402 9102 -4.10 138.95 B JAYAWIJAYA
9601 9107 9201 -0.95 131.45 B SORONG|9605 9110 9210 -1.30 132.30 B MAYBRAT
9671 9171 9271 -0.88 131.26 K SORONG
"""
DISTRICTS, VILLAGES = 8, 5  # per regency, per district
_KIND = {"K": "KOTA", "A": "KOTA ADM.", "B": "KABUPATEN"}


def provinces() -> pl.DataFrame:
    """`prov_code, prov_bps, prov_name`."""
    rows = [line.split(" ", 2) for line in _PROVINCES.strip().replace("\n", "|").split("|")]
    return pl.DataFrame(rows, schema=["prov_code", "prov_bps", "prov_name"], orient="row").with_columns(
        pl.col("prov_bps").replace("-", None)
    )


def regencies() -> pl.DataFrame:
    """`kab_code, kab_bps, kab_former, latitude, longitude, kab_kind, kab_name` and the province's columns."""
    rows = [line.split(" ", 6) for line in _REGENCIES.strip().replace("\n", "|").split("|")]
    names = ["kab_code", "kab_bps", "kab_former", "latitude", "longitude", "kab_kind", "kab_name"]
    return (
        pl.DataFrame(rows, schema=names, orient="row")
        .with_columns(
            pl.col("latitude", "longitude").cast(pl.Float64),
            pl.col("kab_former").replace("-", None),
            pl.col("kab_kind").replace_strict(_KIND),
            prov_code=pl.col("kab_code").str.head(2),
        )
        .join(provinces(), on="prov_code", how="left", maintain_order="left")
    )


def villages(seed: int) -> pl.DataFrame:
    """Every village with its district, regency and province: `kel_*, kec_*`, then as `regencies()`.

    In regency order, `DISTRICTS` x `VILLAGES` rows each, so that a row can be drawn by its number.
    """
    base = regencies()
    every = np.arange(base.height * DISTRICTS * VILLAGES, dtype=np.int64)
    regency, district, village = (
        every // (DISTRICTS * VILLAGES),
        every // VILLAGES % DISTRICTS,
        every % VILLAGES,
    )
    code, bps, former = (pl.col(name) for name in ("kab_code", "kab_bps", "kab_former"))
    number, serial = pl.Series(district + 1), pl.Series(village + 1)
    two = number.cast(pl.String).str.zfill(2)
    three, last = (number * 10).cast(pl.String).str.zfill(3), serial.cast(pl.String).str.zfill(3)
    return (
        base[regency]
        .with_columns(
            kec_code=code + two,
            kec_bps=bps + three,
            kec_former=former + two,
            kec_name=_names(seed, "district", regency, district),
            kel_name=_names(seed, "village", regency * DISTRICTS + district, village),
        )
        .with_columns(
            kel_code=pl.col("kec_code") + "2" + last,
            kel_bps=pl.col("kec_bps") + last,
            kel_former=pl.col("kec_former") + "2" + last,
        )
    )


def _names(seed: int, salt: str, parents: Ints, at: Ints) -> pl.Series:
    """Place words that differ within a parent: steps of a stride without a common factor."""
    start = Rolls(seed, "places", parents).pick(salt, len(PLACES))
    return take(PLACES, (start + at * 37) % len(PLACES))


def region_list(seed: int, *, stale: bool) -> pl.DataFrame:
    """The extract `referensi/wilayah`: current codes, then replaced and abolished ones with their end.

    A stale list is the one of before the split of Papua: it does not know the codes 93 to 96.
    """
    full = villages(seed).with_columns(
        since=pl.col("prov_code").replace_strict(_SINCE, default=None),
        until=pl.col("prov_code").replace_strict(_UNTIL, default=None),
        kab_full=pl.col("kab_kind") + " " + pl.col("kab_name"),
        prov_former=pl.lit(None, pl.String),
        former_prov=pl.col("kab_former").str.head(2),
    )
    levels = (
        ("prov", "prov_name", None),
        ("kab", "kab_full", "prov"),
        ("kec", "kec_name", "kab"),
        ("kel", "kel_name", "kec"),
    )
    current = pl.concat(
        full.select(
            kode=f"{level}_code",
            nama=pl.col(name).str.to_uppercase(),
            induk=pl.col(f"{above}_code") if above else pl.lit(None, pl.String),
            kode_bps=f"{level}_bps",
            kode_lama=f"{level}_former",
            berlaku_dari="since",
            berlaku_sampai=pl.lit(None, pl.String),
        ).unique(maintain_order=True)
        for level, name, above in levels
    )
    replaced = pl.concat(
        full.filter(pl.col("kab_former").is_not_null())
        .select(
            kode=f"{level}_former",
            nama=pl.col(name).str.to_uppercase(),
            induk="former_prov" if level == "kab" else f"{above}_former",
            kode_bps=f"{level}_bps",
            kode_lama=pl.lit(None, pl.String),
            berlaku_dari=pl.lit(None, pl.String),
            berlaku_sampai="until",
        )
        .unique(maintain_order=True)
        for level, name, above in levels[1:]
    )
    gone = ("54", "TIMOR TIMUR", None, "54", None, "1976-07-17", "1999-10-18")
    abolished = pl.DataFrame([gone], schema=current.schema, orient="row")
    rows = pl.concat([current, replaced, abolished])
    if stale:
        known = ~pl.col("kode").str.head(2).is_in(["93", "94", "95", "96"])
        rows = rows.filter(known).with_columns(
            berlaku_sampai=pl.when(pl.col("berlaku_sampai") < "2022").then("berlaku_sampai")
        )
    return rows.sort(pl.col("kode").str.len_chars(), "kode")
