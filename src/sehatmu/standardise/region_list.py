"""The list of regions in the form that resolving needs: who is current, who followed whom, how names compare.

Built from the extract `referensi/wilayah` and the codebook of provinces; without the extract only provinces
are known. Publishing takes its table of regions from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.extracts import current_rows
from sehatmu.standardise.text import ROMAN, clean_text, modern_spelling, squeeze, tidy, unwrap, wrap

_LEVELS = {2: "provinsi", 4: "kabkota", 6: "kecamatan", 10: "kelurahan"}
_REGION = {
    "kode_wilayah": pl.String,
    "level": pl.String,
    "nama": pl.String,
    "induk": pl.String,
    "kode_bps": pl.String,
    "kode_lama": pl.String,
    "berlaku_dari": pl.Date,
    "berlaku_sampai": pl.Date,
}


@dataclass(frozen=True, slots=True)
class Regions:
    """`provinces`: prov_code, name, bps_code, former_code, prov_root, valid_from. `province_keys`: key,
    prov_code. `regencies`: kab_code, prov_code, prov_root, name, kind, base_key, bps_code, former_code.
    `districts`: kec_code, kab_code, name, key. `codes`: code, target, via (current, former, bps, abolished),
    for regencies and districts; a code may have several targets."""

    provinces: pl.DataFrame
    province_keys: pl.DataFrame
    regencies: pl.DataFrame
    districts: pl.DataFrame
    codes: pl.DataFrame
    synonyms: tuple[list[str], list[str]]

    def place_key(self, text: pl.Expr) -> pl.Expr:
        """How names of places compare: no blanks, abbreviations in full, arabic numbers, today's spelling."""
        patterns, targets = self.synonyms
        return squeeze(modern_spelling(unwrap(wrap(text).str.replace_many(patterns, targets, leftmost=True))))


def list_regions(wilayah: pl.DataFrame | None, books: Codebooks) -> pl.DataFrame:
    """All regions: kode_wilayah, level, nama, induk, kode_bps, kode_lama, berlaku_dari, berlaku_sampai.

    Provinces that the extract lacks come from the codebook; one row per code.
    """
    provinces = books["provinces"].select(
        kode_wilayah="prov_code",
        level=pl.lit("provinsi"),
        nama="name",
        induk=pl.lit(None, pl.String),
        kode_bps="bps_code",
        kode_lama="former_code",
        berlaku_dari="valid_from",
        berlaku_sampai="valid_to",
    )
    if wilayah is None or wilayah.is_empty():
        return provinces.match_to_schema(_REGION).sort("kode_wilayah")
    wilayah = current_rows(wilayah)
    absent = [pl.lit(None, t).alias(c) for c, t in _REGION.items() if c not in wilayah.columns]
    listed = wilayah.with_columns(*absent).with_columns(
        kode_wilayah=code_digits("kode"), kode_bps=code_digits("kode_bps"), kode_lama=code_digits("kode_lama")
    )
    length = pl.col("kode_wilayah").str.len_chars()
    parent = pl.col("kode_wilayah").str.head(pl.when(length == 10).then(6).otherwise(length - 2))
    listed = listed.filter(length.is_in(list(_LEVELS))).select(
        "kode_wilayah",
        level=length.replace_strict(_LEVELS, default=None, return_dtype=pl.String),
        nama=tidy(pl.col("nama")),
        induk=pl.when(length > 2).then(pl.coalesce(code_digits("induk"), parent)),
        kode_bps="kode_bps",
        kode_lama="kode_lama",
        berlaku_dari=pl.col("berlaku_dari").cast(pl.Date),
        berlaku_sampai=pl.col("berlaku_sampai").cast(pl.Date),
    )
    listed = listed.sort("kode_wilayah", "nama", nulls_last=True).unique("kode_wilayah", keep="first")
    both = pl.concat([listed, provinces.join(listed, on="kode_wilayah", how="anti")], how="vertical_relaxed")
    # The extract may know a province without its BPS or former code.
    known = provinces.select("kode_wilayah", bps="kode_bps", lama="kode_lama", dari="berlaku_dari")
    both = both.join(known, on="kode_wilayah", how="left").with_columns(
        kode_bps=pl.coalesce("kode_bps", "bps"),
        kode_lama=pl.coalesce("kode_lama", "lama"),
        berlaku_dari=pl.coalesce("berlaku_dari", "dari"),
    )
    return both.select(*_REGION).sort("kode_wilayah")


def build_regions(wilayah: pl.DataFrame | None, books: Codebooks, *, as_of: date) -> Regions:
    """Regions as they stand on `as_of`, with the ways in which older and other codes lead to them."""
    listed = list_regions(wilayah, books)
    ended = (pl.col("berlaku_sampai") < as_of).fill_null(False)
    begun = (pl.col("berlaku_dari") <= as_of).fill_null(True)
    current = listed.filter(begun & ~ended)
    words = books["name_words"].filter(pl.col("class") == "place").select("word", "canonical")
    # One letter is an initial as often as a number: place names keep it as it is.
    numbers = {roman: number for roman, number in ROMAN.items() if len(roman) > 1}
    spellings = {**dict(words.iter_rows()), **numbers}
    pairs = ([f" {w} " for w in spellings], ["  ".join(f" {t} " for t in c.split(" ")) for c in spellings.values()])
    roots = dict(books["provinces"].select("prov_code", "former_code").drop_nulls().iter_rows())
    recent = books["provinces"].filter(pl.col("valid_from") >= date(2022, 1, 1))["prov_code"].to_list()
    root = {code: roots[code] for code in recent if code in roots}
    regions = Regions(
        provinces=_provinces(current, root),
        province_keys=_province_keys(current, books),
        regencies=pl.DataFrame(),
        districts=pl.DataFrame(),
        codes=_codes(listed, current),
        synonyms=pairs,
    )
    regencies = _regencies(current, regions, root)
    districts = _districts(current, regions)
    return Regions(regions.provinces, regions.province_keys, regencies, districts, regions.codes, regions.synonyms)


def _provinces(current: pl.DataFrame, root: dict[str, str]) -> pl.DataFrame:
    return current.filter(pl.col("level") == "provinsi").select(
        prov_code="kode_wilayah",
        name="nama",
        bps_code="kode_bps",
        former_code="kode_lama",
        prov_root=pl.col("kode_wilayah").replace(root),
        valid_from="berlaku_dari",
    )


def _province_keys(current: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    named = current.filter(pl.col("level") == "provinsi").select(spelling="nama", prov_code="kode_wilayah")
    spelt = books["province_spellings"].select("spelling", "prov_code")
    own = books["provinces"].select(spelling="name", prov_code="prov_code")
    keys = pl.concat([named, own, spelt]).select(key=province_key(pl.col("spelling")), prov_code="prov_code")
    return keys.unique("key", keep="first", maintain_order=True)


def province_key(text: pl.Expr) -> pl.Expr:
    """How names of provinces compare: `Prov. D.I. Yogyakarta` as `DIYOGYAKARTA`."""
    return squeeze(clean_text(text).str.replace(r"^(PROVINSI|PROPINSI|PROV|PROP) ", ""))


def _regencies(current: pl.DataFrame, regions: Regions, root: dict[str, str]) -> pl.DataFrame:
    name = clean_text(pl.col("nama")).str.replace_all(r"\b(ADMINISTRASI|ADM)\b ?", "")
    is_city = pl.col("kode_wilayah").str.slice(2, 2).cast(pl.Int32) >= 71
    kind = (
        pl.when(name.str.contains(r"^KOTA "))
        .then(pl.lit("KOTA"))
        .when(name.str.contains(r"^KAB(UPATEN)? ") | ~is_city)
        .then(pl.lit("KABUPATEN"))
        .otherwise(pl.lit("KOTA"))
    )
    base = name.str.replace(r"^(KABUPATEN|KAB|KOTA) ", "")
    prov = pl.col("kode_wilayah").str.head(2)
    return current.filter(pl.col("level") == "kabkota").select(
        kab_code="kode_wilayah",
        prov_code=prov,
        prov_root=prov.replace(root),
        name="nama",
        kind=kind,
        base=base,
        base_key=regions.place_key(base),
        bps_code="kode_bps",
        former_code="kode_lama",
    )


def _districts(current: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """A name in brackets is a second name: `MISOOL (MISOOL UTARA)` has two keys."""
    rows = current.filter(pl.col("level") == "kecamatan")
    outer = clean_text(pl.col("nama").str.replace(r"\(.*\)", ""))
    inner = clean_text(pl.col("nama").str.extract(r"\((.*)\)"))
    rows = rows.with_columns(key=pl.concat_list(outer, inner)).explode("key").filter(pl.col("key").is_not_null())
    return rows.select(
        kec_code="kode_wilayah",
        kab_code=pl.col("kode_wilayah").str.head(4),
        name="nama",
        key=regions.place_key(pl.col("key")),
    ).unique(maintain_order=True)


def _codes(listed: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    below = ["kabkota", "kecamatan"]
    here = current.filter(pl.col("level").is_in(below))
    own = here.select(code="kode_wilayah", target="kode_wilayah", via=pl.lit("current"))
    former = here.select(code="kode_lama", target="kode_wilayah", via=pl.lit("former"))
    bps = here.select(code="kode_bps", target="kode_wilayah", via=pl.lit("bps"))
    gone = listed.filter(pl.col("level").is_in(below)).join(here, on="kode_wilayah", how="anti")
    gone = gone.join(former, left_on="kode_wilayah", right_on="code", how="anti")
    abolished = gone.select(code="kode_wilayah", target=pl.lit(None, pl.String), via=pl.lit("abolished"))
    ways = pl.concat([own, former, bps, abolished]).filter(
        pl.col("code").is_not_null(),
        (pl.col("via") == "current") | (pl.col("code") != pl.col("target")).fill_null(True),
    )
    return ways.unique(maintain_order=True)


def code_digits(column: str) -> pl.Expr:
    """Only the digits of a code (`32.73.01`, `3273.0` from a spreadsheet); null where there are none."""
    digits = pl.col(column).cast(pl.String).str.replace(r"\.0$", "").str.replace_all(r"\D", "")
    return pl.when(digits != "").then(digits)
