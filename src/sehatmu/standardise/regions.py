"""Which region a record is in: Kemendagri codes, from codes, names, addresses and its register's own serials.

Every hint is a claim with a weight; the regency with the heaviest claims wins, a draw stays open. A code
that the list does not know, that was replaced, or that is BPS's is a finding, never a reason to reject.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.region_list import Regions, province_key, region_digits
from sehatmu.standardise.text import clean_text, wrap

#: Share of the resolved records of a serial's prefix that must agree before the others follow them.
VOTE_SHARE = 0.8
_WEIGHTS = {
    "current": 3.0, "former": 2.9, "bps": 1.5, "name": 3.0, "base": 1.6, "address": 2.0, "district": 2.0,
    "tail": 1.0, "facility": 1.0, "serial": 1.0, "serial_regency": 0.5,
}  # fmt: skip
_CLAIM = {"row": pl.UInt32, "kab_code": pl.String, "weight": pl.Float64, "via": pl.String}


def resolve_regions(records: pl.DataFrame, regions: Regions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(codes per row, findings per row).

    `records`: `row`, the delivered `prov_raw, prov_name_raw, kab_raw, kab_name_raw, kec_raw, kel_raw`, the
    address's `address_text, district_text`, `name_full`, and `serial` (district prefix, 7 digits, or null).
    First frame: `row, prov_code, prov_root, kab_code, kec_code, kel_code`; second: `row, finding, detail`.
    """
    rows = records.with_columns(
        kab_raw=region_digits("kab_raw"),
        kec_raw=region_digits("kec_raw"),
        kel_raw=region_digits("kel_raw"),
        prov_raw=region_digits("prov_raw"),
    )
    # A longer code says the shorter ones as well.
    rows = rows.with_columns(kec_raw=pl.coalesce("kec_raw", pl.col("kel_raw").str.head(6)))
    rows = rows.with_columns(kab_raw=pl.coalesce("kab_raw", pl.col("kec_raw").str.head(4)))
    rows = rows.join(_province_hints(rows, regions), on="row", how="left", maintain_order="left")
    if regions.regencies.is_empty():
        kab = pl.DataFrame(schema={"row": pl.UInt32, "kab_code": pl.String})
        kec = pl.DataFrame(schema={"row": pl.UInt32, "kec_code": pl.String})
        return _finish(rows, kab, kec, regions), pl.DataFrame(schema=_FINDING)
    districts = _district_hints(rows, regions)
    claims = _claims(rows, districts, regions)
    kab = _choose(claims)
    claims = pl.concat([claims, _serial_claims(rows, kab, regions)])
    kab = _choose(claims)
    kec = _choose_district(rows, kab, districts, regions)
    resolved = _finish(rows, kab, kec, regions)
    return resolved, _findings(rows, resolved, regions)


_FINDING = {"row": pl.UInt32, "finding": pl.String, "detail": pl.String}


def _province_hints(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, hint_code, hint_root`: the province by its name, else by its code, BPS's last."""
    named = rows.select("row", "prov_raw", "kab_raw", key=province_key(pl.col("prov_name_raw")))
    hints = named.join(
        regions.province_keys.rename({"prov_code": "by_name"}), on="key", how="left", maintain_order="left"
    )
    own = regions.provinces.select("prov_code", by_code="prov_code")
    bps = regions.provinces.filter(pl.col("bps_code") != pl.col("prov_code"))
    bps = bps.select("bps_code", by_bps="prov_code").unique("bps_code", keep="first", maintain_order=True)
    hints = hints.join(own, left_on="prov_raw", right_on="prov_code", how="left", maintain_order="left")
    hints = hints.join(bps, left_on="prov_raw", right_on="bps_code", how="left", maintain_order="left")
    code = pl.coalesce("by_name", "by_code", "by_bps")
    roots = regions.provinces.select("prov_code", hint_root="prov_root")
    return hints.select("row", hint_code=code).join(
        roots, left_on="hint_code", right_on="prov_code", how="left", maintain_order="left"
    )


def _claims(rows: pl.DataFrame, districts: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    kabs = regions.regencies
    by_code = (
        rows.select("row", code="kab_raw")
        .join(regions.codes, on="code")
        .filter(pl.col("target").is_not_null())
    )
    coded = by_code.select("row", kab_code="target", via="via")
    name = clean_text(pl.col("kab_name_raw")).str.replace_all(r"\b(ADMINISTRASI|ADM)\b ?", "")
    kind = (
        pl.when(name.str.contains(r"^(KOTA|KOTAMADYA|KODYA) "))
        .then(pl.lit("KOTA"))
        .when(name.str.contains(r"^KAB(UPATEN)? "))
        .then(pl.lit("KABUPATEN"))
    )
    base = regions.place_key(name.str.replace(r"^(KABUPATEN|KAB|KOTAMADYA|KODYA|KOTA) ", ""))
    named = (
        rows.select("row", kind=kind, base_key=base)
        .join(kabs, on="base_key")
        .filter(pl.col("kind").is_null() | (pl.col("kind") == pl.col("kind_right")))
    )
    named = named.select(
        "row",
        "kab_code",
        via=pl.when(pl.col("kind").is_null()).then(pl.lit("base")).otherwise(pl.lit("name")),
    )
    spoken = _spoken(rows, "address_text", "address", regions)
    titled = _spoken(rows, "name_full", "facility", regions)
    tails = _tails(rows, regions)
    district = districts.select(
        "row", kab_code=pl.col("kec_code").str.head(4), via=pl.lit("district")
    ).unique()
    claims = pl.concat([coded, named, spoken, titled, tails, district])
    weight = pl.col("via").replace_strict(_WEIGHTS, return_dtype=pl.Float64)
    # A hint that several regencies share is worth less to each.
    shared = pl.col("kab_code").n_unique().over("row", "via")
    claims = claims.unique(maintain_order=True).with_columns(
        weight=weight / pl.when(pl.col("via") == "district").then(shared.sqrt()).otherwise(1.0)
    )
    return _within_province(claims, rows, regions).select(*_CLAIM)


def _within_province(claims: pl.DataFrame, rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Only claims that fit the province that the record names; every claim where it names none."""
    roots = regions.regencies.select("kab_code", "prov_root")
    claims = claims.join(roots, on="kab_code").join(rows.select("row", "hint_root"), on="row")
    free = pl.col("hint_root").is_null()
    strong = pl.col("via").is_in(["current", "former", "bps", "name", "base", "address"])
    return claims.filter((pl.col("hint_root") == pl.col("prov_root")) | (free & strong))


def _spoken(rows: pl.DataFrame, column: str, via: str, regions: Regions) -> pl.DataFrame:
    """Regencies that a text names with the word KABUPATEN or KOTA."""
    official = regions.regencies.select("kab_code", text=pl.col("kind") + " " + pl.col("base"))
    texts = official["text"].unique().sort(descending=True)
    patterns = (
        texts.to_frame().select(p=wrap(pl.col("text"))).sort(pl.col("p").str.len_chars(), descending=True)
    )
    unique = rows.select(text=pl.col(column)).unique().drop_nulls()
    found = unique.with_columns(
        hit=wrap(pl.col("text")).str.extract_many(patterns["p"].to_list(), leftmost=True)
    )
    found = found.explode("hit").drop_nulls("hit").unique()
    hits = official.select("kab_code", hit=wrap(pl.col("text")))
    found = found.join(hits, on="hit").select("text", "kab_code")
    return (
        rows.select("row", text=pl.col(column))
        .join(found, on="text")
        .select("row", "kab_code", via=pl.lit(via))
    )


def _tails(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Regencies whose bare name ends the address, the longest name first."""
    unique = rows.select("address_text", "hint_root").unique().drop_nulls()
    ends = [
        unique.select(
            "address_text",
            "hint_root",
            size=pl.lit(n),
            base_key=regions.place_key(_last_words("address_text", n)),
        )
        for n in range(1, 5)
    ]
    bases = regions.regencies.select("kab_code", "base_key", hint_root="prov_root")
    found = pl.concat(ends).join(bases, on=["base_key", "hint_root"])
    found = found.filter(pl.col("size") == pl.col("size").max().over("address_text", "hint_root"))
    hits = rows.select("row", "address_text", "hint_root").join(found, on=["address_text", "hint_root"])
    return hits.select("row", "kab_code", via=pl.lit("tail"))


def _last_words(column: str, count: int) -> pl.Expr:
    words = pl.col(column).str.replace(r"[ 0-9]+$", "").str.split(" ")
    return pl.when(words.list.len() >= count).then(words.list.tail(count).list.join(" "))


def _district_hints(rows: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, kec_code`: districts of the record's province whose name begins the address's district part."""
    unique = rows.select("district_text", "hint_root").unique().drop_nulls()
    words = pl.col("district_text").str.split(" ")
    heads = [
        unique.select(
            "district_text",
            "hint_root",
            size=pl.lit(n),
            key=pl.when(words.list.len() >= n).then(regions.place_key(words.list.head(n).list.join(" "))),
        )
        for n in range(1, 6)
    ]
    roots = regions.regencies.select("kab_code", hint_root="prov_root")
    keys = regions.districts.select("kec_code", "kab_code", "key").join(roots, on="kab_code").drop("kab_code")
    found = pl.concat(heads).join(keys, on=["key", "hint_root"])
    found = found.filter(pl.col("size") == pl.col("size").max().over("district_text", "hint_root"))
    return (
        rows.select("row", "district_text", "hint_root")
        .join(found.select("district_text", "hint_root", "kec_code"), on=["district_text", "hint_root"])
        .select("row", "kec_code")
    )


def _choose(claims: pl.DataFrame) -> pl.DataFrame:
    """`row, kab_code, weight`: the heaviest regency of each row; none where two weigh the same."""
    sums = claims.group_by("row", "kab_code").agg(pl.col("weight").sum().round(3))
    sums = sums.sort("row", "weight", "kab_code", descending=[False, True, False])
    tie = (pl.col("weight") == pl.col("weight").shift(-1).over("row")).fill_null(False)
    return (
        sums.with_columns(tie=tie)
        .group_by("row", maintain_order=True)
        .first()
        .filter(~pl.col("tie"))
        .drop("tie")
    )


def _serial_claims(rows: pl.DataFrame, kab: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """What the records of one serial prefix have in common, as a claim for all of them."""
    serial = rows.filter(pl.col("serial").is_not_null()).select("row", "serial", "hint_root")
    voters = serial.join(kab, on="row")
    claims = []
    for via, size, fewest in (("serial", 7, 1), ("serial_regency", 4, 2)):
        votes = voters.group_by(pl.col("serial").str.head(size).alias("prefix"), "kab_code").len("votes")
        votes = votes.with_columns(share=pl.col("votes") / pl.col("votes").sum().over("prefix"))
        won = votes.filter((pl.col("share") >= VOTE_SHARE) & (pl.col("votes") >= fewest))
        claim = serial.with_columns(prefix=pl.col("serial").str.head(size)).join(won, on="prefix")
        claims.append(claim.select("row", "kab_code", weight=pl.lit(_WEIGHTS[via]), via=pl.lit(via)))
    return _within_province(pl.concat(claims), rows, regions).select(*_CLAIM)


def _choose_district(
    rows: pl.DataFrame, kab: pl.DataFrame, districts: pl.DataFrame, regions: Regions
) -> pl.DataFrame:
    """`row, kec_code`: the delivered code, else the address's district, else that of the serial's prefix."""
    coded = rows.select("row", code="kec_raw").join(regions.codes, on="code").drop_nulls("target")
    order = {"current": 0, "former": 1, "bps": 2}
    coded = coded.select("row", kec_code="target", rank=pl.col("via").replace_strict(order, default=3))
    named = districts.select("row", "kec_code", rank=pl.lit(4, pl.Int64))
    hints = pl.concat([coded.cast({"rank": pl.Int64}), named]).join(kab.select("row", "kab_code"), on="row")
    hints = hints.filter(pl.col("kec_code").str.head(4) == pl.col("kab_code"))
    # The name decides between a Kemendagri and a BPS reading of one code.
    both = hints.group_by("row", "kec_code").agg(rank=pl.col("rank").min(), ways=pl.len())
    both = both.sort("row", "ways", "rank", "kec_code", descending=[False, True, False, False])
    chosen = both.group_by("row", maintain_order=True).first().select("row", "kec_code")
    serial = rows.filter(pl.col("serial").is_not_null()).select("row", prefix="serial")
    votes = serial.join(chosen, on="row").group_by("prefix", "kec_code").len("votes")
    votes = votes.filter(pl.col("votes") / pl.col("votes").sum().over("prefix") >= VOTE_SHARE)
    rest = serial.join(chosen, on="row", how="anti").join(votes, on="prefix").join(kab, on="row")
    rest = rest.filter(pl.col("kec_code").str.head(4) == pl.col("kab_code"))
    return pl.concat([chosen, rest.select("row", "kec_code")])


def _finish(rows: pl.DataFrame, kab: pl.DataFrame, kec: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    known = regions.provinces.select("prov_code", "prov_root")
    resolved = rows.select("row", "hint_code", "kab_raw", "kel_raw")
    resolved = resolved.join(kab.select("row", "kab_code"), on="row", how="left", maintain_order="left")
    resolved = resolved.join(kec, on="row", how="left", maintain_order="left")
    from_raw = pl.col("kab_raw").str.head(2)
    from_raw = pl.when(from_raw.is_in(known["prov_code"].implode())).then(from_raw)
    resolved = resolved.with_columns(
        prov_code=pl.coalesce(pl.col("kab_code").str.head(2), "hint_code", from_raw),
        kel_code=pl.when(
            (pl.col("kel_raw").str.len_chars() == 10) & (pl.col("kel_raw").str.head(6) == pl.col("kec_code"))
        ).then("kel_raw"),
    )
    resolved = resolved.join(known, on="prov_code", how="left", maintain_order="left")
    return resolved.select("row", "prov_code", "prov_root", "kab_code", "kec_code", "kel_code")


def _findings(rows: pl.DataFrame, resolved: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Codes that are unknown, replaced, abolished, BPS's, or contradicted by everything else."""
    codes = regions.codes
    own = codes.filter(pl.col("via") == "current").select(code="code").unique()
    found = []
    for column, target in (("kab_raw", "kab_code"), ("kec_raw", "kec_code")):
        given = (
            rows.select("row", code=pl.col(column))
            .drop_nulls()
            .join(resolved.select("row", target), on="row")
        )
        ways = (
            codes.select("code", target, "via")
            if target in codes.columns
            else codes.rename({"target": target})
        )
        via = (
            given.join(ways, on=["code", target], how="left")
            .group_by("row")
            .agg(via=pl.col("via").drop_nulls().first())
        )
        given = given.join(via, on="row").join(own.with_columns(is_own=True), on="code", how="left")
        listed = (
            given.join(codes.select("code").unique(), on="code", how="semi")
            .select("row")
            .with_columns(listed=True)
        )
        given = given.join(listed.unique(), on="row", how="left")
        finding = (
            pl.when(pl.col("via") == "current").then(None)
            .when(pl.col("via") == "former").then(pl.lit("former-region-code"))
            .when(pl.col("via") == "bps").then(pl.lit("bps-region-code"))
            .when(pl.col("listed").is_null()).then(pl.lit("unknown-region-code"))
            .when(pl.col("is_own").is_null()).then(pl.lit("abolished-region-code"))
            .otherwise(pl.lit("contradicted-region-code"))
        )  # fmt: skip
        detail = (
            pl.lit(column.replace("_raw", " "))
            + pl.col("code")
            + pl.coalesce(" -> " + pl.col(target), pl.lit(""))
        )
        found.append(given.select("row", finding=finding, detail=detail).drop_nulls("finding"))
    return pl.concat(found).cast(_FINDING)  # type: ignore[arg-type]
