"""What each hint says about a record's regency: codes, names, words of the address and of the name.

Every function makes claims (`row, kab_code, via`); `regions` weighs them. Nothing is decided here.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.region_list import Regions, province_key
from sehatmu.standardise.text import clean_text, squeeze, unwrap, wrap

#: Bits of trust in each kind of hint; `regions` adds them up per regency.
WEIGHTS = {
    "current": 3.0, "former": 2.9, "bps": 1.5, "name": 3.0, "base": 1.6, "address": 2.0, "district": 2.0,
    "district_start": 0.4, "tail": 1.0, "district_tail": 0.3, "facility": 1.0, "serial": 1.0, "serial_regency": 0.5,
}  # fmt: skip
CLAIM = {"row": pl.UInt32, "kab_code": pl.String, "weight": pl.Float64, "via": pl.String}
#: Hints that may decide where the record does not say its province.
_STRONG = ("current", "former", "bps", "name", "base", "address")
_CITY = r"^(KOTA|KOTAMADYA|KODYA) "
_REGENCY = r"^KAB(UPATEN)? "


def province_hints(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, hint_code, hint_root`: the province by its name, else by its code, else by the regency's code.

    A bare code is Kemendagri's before it is BPS's.
    """
    own = regions.provinces.select("prov_code", by_code="prov_code")
    bps = regions.provinces.filter(pl.col("bps_code") != pl.col("prov_code"))
    bps = bps.select(prov_raw="bps_code", by_bps="prov_code").unique("prov_raw", keep="first", maintain_order=True)
    names = regions.province_keys.select("key", by_name="prov_code")
    hints = (
        rows.select("row", "prov_raw", "kab_raw", key=province_key(pl.col("prov_name_raw")))
        .join(names, on="key", how="left")
        .join(own, left_on="prov_raw", right_on="prov_code", how="left")
        .join(bps, on="prov_raw", how="left")
        .join(_by_regency_code(regions), on="kab_raw", how="left")
    )
    hints = hints.select("row", hint_code=pl.coalesce("by_name", "by_code", "by_bps"), by_regency="by_regency")
    roots = regions.provinces.select(hint_code="prov_code", hint_root="prov_root")
    hints = hints.join(roots, on="hint_code", how="left")
    return hints.select("row", "hint_code", hint_root=pl.coalesce("hint_root", "by_regency"))


def _by_regency_code(regions: Regions) -> pl.DataFrame:
    """`kab_raw, by_regency`: the province root of a regency's code where all its readings share one."""
    if regions.regencies.is_empty():
        return pl.DataFrame(schema={"kab_raw": pl.String, "by_regency": pl.String})
    targets = regions.codes.join(regions.regencies, left_on="target", right_on="kab_code")
    roots = targets.group_by(kab_raw="code").agg(pl.col("prov_root").unique())
    return roots.filter(pl.col("prov_root").list.len() == 1).select(
        "kab_raw", by_regency=pl.col("prov_root").list.first()
    )


def collect_claims(rows: pl.DataFrame, districts: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """All claims but those of serials: `row, kab_code, weight, via`, within the record's province."""
    via = pl.when("is_whole").then(pl.lit("district")).otherwise(pl.lit("district_start"))
    claims = pl.concat(
        [
            _coded(rows, regions),
            _named(rows, regions),
            _spoken(rows, "address_text", "address", regions),
            _spoken(rows, "name_full", "facility", regions),
            _tails(rows, regions),
            districts.select("row", kab_code=pl.col("kec_code").str.head(4), via=via),
        ]
    ).unique()
    # A district's name that several regencies have is worth less to each.
    sharing = pl.col("kab_code").n_unique().over("row", "via").sqrt()
    weight = pl.col("via").replace_strict(WEIGHTS, return_dtype=pl.Float64)
    claims = claims.with_columns(weight=weight / pl.when(pl.col("via") == "district").then(sharing).otherwise(1.0))
    return within_province(claims, rows, regions)


def within_province(claims: pl.DataFrame, rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Only claims that fit the record's province; where it says none, only strong ones."""
    roots = regions.regencies.select("kab_code", "prov_root")
    claims = claims.join(roots, on="kab_code").join(rows.select("row", "hint_root"), on="row")
    free = pl.col("hint_root").is_null() & pl.col("via").is_in(_STRONG)
    return claims.filter((pl.col("hint_root") == pl.col("prov_root")) | free).select(*CLAIM)


def _coded(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    codes = regions.codes.drop_nulls("target")
    found = rows.select("row", code="kab_raw").join(codes, on="code")
    return found.select("row", kab_code="target", via="via")


def _named(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Regencies of the delivered name; both Kabupaten and Kota where the name does not say which."""
    name = clean_text(pl.col("kab_name_raw")).str.replace_all(r"\b(ADMINISTRASI|ADM)\b ?", "")
    city = pl.when(name.str.contains(_CITY)).then(pl.lit("KOTA"))
    kind = pl.coalesce(city, pl.when(name.str.contains(_REGENCY)).then(pl.lit("KABUPATEN")))
    base = name.str.replace(_CITY, "").str.replace(_REGENCY, "")
    said = rows.select("row", said_kind=kind, base_key=regions.place_key(base))
    found = said.join(regions.regencies.select("kab_code", "kind", "base_key"), on="base_key")
    found = found.filter((pl.col("said_kind") == pl.col("kind")).fill_null(True))
    via = pl.when(pl.col("said_kind").is_null()).then(pl.lit("base")).otherwise(pl.lit("name"))
    return found.select("row", "kab_code", via=via)


def _spoken(rows: pl.DataFrame, column: str, via: str, regions: Regions) -> pl.DataFrame:
    """Regencies that a text names with the word KABUPATEN or KOTA."""
    official = regions.regencies.select("kab_code", hit=wrap(pl.col("kind") + " " + pl.col("base")))
    patterns = official["hit"].unique().to_frame().sort(pl.col("hit").str.len_chars(), "hit", descending=True)
    unique = rows.select(text=pl.col(column)).drop_nulls().unique()
    found = unique.with_columns(hit=wrap(pl.col("text")).str.extract_many(patterns["hit"].to_list(), leftmost=True))
    found = found.explode("hit").drop_nulls("hit").unique().join(official, on="hit").select("text", "kab_code")
    said = rows.select("row", text=pl.col(column))
    return said.join(found, on="text").select("row", "kab_code", via=pl.lit(via))


def _tails(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Regencies whose bare name ends the address, the longest name first; else those of a district that
    ends it, where the province has only one of that name.

    The province's name may stand behind it (`Sleman, Yogyakarta`); a district or village of a regency's
    name says nothing (`Kec. Sukabumi`).
    """
    parts = rows.select("last_part", "hint_code", "hint_root").drop_nulls().unique()
    mark = pl.col("last_part").str.extract(r"^~([A-Z])")
    parts = parts.with_columns(
        text=pl.col("last_part").str.replace(r"^~[A-Z]", "").str.replace_all(",", " , "),
        is_label=mark.is_in(["K", "L"]).fill_null(False),
    )
    parts = _without_province(parts.with_columns(text=_trimmed("text")), regions)
    # Behind a comma the label has no say any more.
    after = unwrap(pl.col("text").str.extract("([^,]*)$"))
    parts = parts.with_columns(text=after, is_label=pl.col("is_label") & ~pl.col("text").str.contains(","))
    ends = pl.concat(
        parts.with_columns(size=pl.lit(n), key=regions.place_key(_last_words("text", n))) for n in range(1, 5)
    )
    is_all = pl.col("size") == pl.col("text").str.count_matches(" ") + 1
    ends = ends.filter(~(pl.col("is_label") & is_all))
    bases = regions.regencies.select("kab_code", key="base_key", hint_root="prov_root")
    towns = regions.districts.select("kab_code", "key").join(bases.drop("key"), on="kab_code").unique()
    # Kabupaten and Kota Sukabumi: the district Sukabumi of one of them must not decide between them.
    towns = towns.join(bases, on=["key", "hint_root"], how="anti")
    towns = towns.filter(pl.col("kab_code").n_unique().over("key", "hint_root") == 1)
    said = rows.select("row", "last_part", "hint_code")
    claims = []
    for via, names in (("tail", bases), ("district_tail", towns)):
        found = ends.join(names, on=["key", "hint_root"])
        found = found.filter(pl.col("size") == pl.col("size").max().over("last_part", "hint_code"))
        found = found.select("last_part", "hint_code", "kab_code")
        claims.append(said.join(found, on=["last_part", "hint_code"]).select("row", "kab_code", via=pl.lit(via)))
    return pl.concat(claims)


def _without_province(texts: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`text` without the name of the record's own province at its end.

    The town of that name (Kota Yogyakarta) cannot be told from the province then: no claim is better.
    """
    keys = regions.province_keys.select("key", hint_code="prov_code", is_province=pl.lit(True))
    for size in (4, 3, 2, 1):
        ends = texts.with_columns(key=squeeze(_last_words("text", size)))
        ends = ends.join(keys, on=["key", "hint_code"], how="left")
        shorter = pl.col("text").str.split(" ")
        shorter = shorter.list.head(shorter.list.len() - size).list.join(" ")
        text = pl.when(pl.col("is_province")).then(shorter).otherwise("text")
        texts = ends.with_columns(text=text).with_columns(text=_trimmed("text")).drop("key", "is_province")
    return texts


def _trimmed(column: str) -> pl.Expr:
    return unwrap(pl.col(column).str.replace(r"[ ,]+$", ""))


def _last_words(column: str, count: int) -> pl.Expr:
    words = pl.col(column).str.split(" ")
    return pl.when(words.list.len() >= count).then(words.list.tail(count).list.join(" "))


def district_hints(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, kec_code, is_whole`: districts of the record's province that the address's district part names.

    The longest beginning that is a district's name counts; `is_whole` where nothing follows it.
    """
    unique = rows.select("district_text", "hint_root").drop_nulls().unique()
    words = pl.col("district_text").str.split(" ")
    heads = [
        unique.with_columns(
            size=pl.lit(n),
            is_whole=words.list.len() == n,
            key=pl.when(words.list.len() >= n).then(regions.place_key(words.list.head(n).list.join(" "))),
        )
        for n in range(1, 6)
    ]
    roots = regions.regencies.select("kab_code", hint_root="prov_root")
    keys = regions.districts.select("kec_code", "kab_code", "key").join(roots, on="kab_code").drop("kab_code")
    found = pl.concat(heads).join(keys, on=["key", "hint_root"])
    found = found.filter(pl.col("size") == pl.col("size").max().over("district_text", "hint_root"))
    found = found.select("district_text", "hint_root", "kec_code", "is_whole")
    said = rows.select("row", "district_text", "hint_root")
    return said.join(found, on=["district_text", "hint_root"]).select("row", "kec_code", "is_whole")
