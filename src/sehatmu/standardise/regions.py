"""Which region a record is in: Kemendagri codes, from codes, names, addresses and its register's own serials.

Every hint is a claim with a weight; the regency with the heaviest claims wins, a draw stays open. A code
that the list does not know, that was replaced, or that is BPS's is a finding, never a reason to reject.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from sehatmu.standardise.region_claims import (
    CLAIM,
    WEIGHTS,
    collect_claims,
    district_hints,
    province_hints,
    within_province,
)
from sehatmu.standardise.region_list import Regions, code_digits

#: Share of the resolved records of a serial's prefix that must agree before the others follow them.
VOTE_SHARE = 0.8
#: Similarity at which a district's name counts as misspelt rather than as another one.
NEARLY = 0.8
_FINDING = {"row": pl.UInt32, "finding": pl.String, "detail": pl.String}


def resolve_regions(records: pl.DataFrame, regions: Regions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(codes per row, findings per row).

    `records`: `row`, the delivered `prov_raw, prov_name_raw, kab_raw, kab_name_raw, kec_raw, kel_raw`, the
    address's `address_text, district_text, last_part`, `name_full`, and `serial` (district prefix of 7
    digits, or null). First frame: `row, prov_code, prov_root, kab_code, kec_code, kel_code`; second: `row,
    finding, detail`.
    """
    digits = {column: code_digits(column) for column in ("prov_raw", "kab_raw", "kec_raw", "kel_raw")}
    # A longer code says the shorter ones as well.
    rows = records.with_columns(**digits)
    rows = rows.with_columns(kec_raw=pl.coalesce("kec_raw", pl.col("kel_raw").str.head(6)))
    rows = rows.with_columns(kab_raw=pl.coalesce("kab_raw", pl.col("kec_raw").str.head(4)))
    rows = rows.join(province_hints(rows, regions), on="row", how="left", maintain_order="left")
    if regions.regencies.is_empty():
        nothing = pl.DataFrame(schema={"row": pl.UInt32, "kab_code": pl.String, "kec_code": pl.String})
        return _finish(rows, nothing.drop("kec_code"), nothing.drop("kab_code"), regions), _no_findings()
    districts = district_hints(rows, regions)
    claims = collect_claims(rows, districts, regions)
    claims = pl.concat([claims, _serial_claims(rows, _choose(claims, surely=True), regions)])
    kab = _choose(claims)
    resolved = _finish(rows, kab, _choose_district(rows, kab, districts, regions), regions)
    return resolved, _findings(rows, resolved, regions)


def _choose(claims: pl.DataFrame, *, surely: bool = False) -> pl.DataFrame:
    """`row, kab_code`: the heaviest regency of each row; none where two weigh the same.

    `surely` leaves out what only faint hints say: such rows must not vote for others.
    """
    sums = claims.group_by("row", "kab_code").agg(pl.col("weight").sum().round(3))
    sums = sums.filter(pl.col("weight") == pl.col("weight").max().over("row"))
    sums = sums.filter(pl.col("weight") >= 1.0) if surely else sums
    return sums.filter(pl.len().over("row") == 1).select("row", "kab_code")


def _serial_claims(rows: pl.DataFrame, kab: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """What the resolved records of one serial prefix have in common, as a claim for all of them."""
    serial = rows.filter(pl.col("serial").is_not_null()).select("row", "serial")
    claims = []
    for via, size, fewest in (("serial", 7, 1), ("serial_regency", 4, 2)):
        prefixed = serial.with_columns(prefix=pl.col("serial").str.head(size))
        won = _majority(prefixed.join(kab, on="row"), "kab_code", fewest=fewest)
        claims.append(
            prefixed.join(won, on="prefix").select("row", "kab_code", weight=pl.lit(WEIGHTS[via]), via=pl.lit(via))
        )
    return within_province(pl.concat(claims), rows, regions).select(*CLAIM)


def _majority(votes: pl.DataFrame, column: str, *, fewest: int) -> pl.DataFrame:
    """`prefix, <column>`: what at least VOTE_SHARE of a prefix's rows say."""
    counts = votes.group_by("prefix", column).len("votes")
    share = pl.col("votes") / pl.col("votes").sum().over("prefix")
    return counts.filter((share >= VOTE_SHARE) & (pl.col("votes") >= fewest)).select("prefix", column)


def _choose_district(rows: pl.DataFrame, kab: pl.DataFrame, districts: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, kec_code`: by the delivered code, else the address, else its misspelling, else the serial."""
    order = {"current": 0, "former": 1, "bps": 2}
    coded = rows.select("row", code="kec_raw").join(regions.codes, on="code").drop_nulls("target")
    coded = coded.select("row", kec_code="target", rank=pl.col("via").replace_strict(order, return_dtype=pl.Int64))
    named = districts.select("row", "kec_code", rank=pl.when("is_whole").then(3).otherwise(4).cast(pl.Int64))
    hints = pl.concat([coded, named]).join(kab, on="row")
    hints = hints.filter(pl.col("kec_code").str.head(4) == pl.col("kab_code"))
    # Code and name together decide between a Kemendagri and a BPS reading of one code.
    ways = hints.group_by("row", "kec_code").agg(ways=pl.len(), rank=pl.col("rank").min())
    ways = ways.sort("row", "ways", "rank", "kec_code", descending=[False, True, False, False])
    chosen = ways.group_by("row", maintain_order=True).first().select("row", "kec_code")
    rest = rows.join(chosen, on="row", how="anti")
    chosen = pl.concat([chosen, _misspelt_districts(rest, kab, regions)])
    serial = rows.filter(pl.col("serial").is_not_null()).select("row", prefix="serial")
    won = _majority(serial.join(chosen, on="row"), "kec_code", fewest=1)
    rest = serial.join(chosen, on="row", how="anti").join(won, on="prefix").join(kab, on="row")
    rest = rest.filter(pl.col("kec_code").str.head(4) == pl.col("kab_code"))
    return pl.concat([chosen, rest.select("row", "kec_code")])


def _misspelt_districts(rows: pl.DataFrame, kab: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """`row, kec_code`: the one district of the row's regency whose name is nearly the address's."""
    texts = rows.select("row", "district_text").drop_nulls().join(kab, on="row")
    texts = texts.with_columns(said=regions.place_key(pl.col("district_text")))
    pairs = texts.select("kab_code", "said").unique().join(regions.districts, on="kab_code")
    ratio = process.cpdist(pairs["said"].to_list(), pairs["key"].to_list(), scorer=Levenshtein.normalized_similarity)
    pairs = pairs.with_columns(ratio=pl.Series(ratio, dtype=pl.Float64)).filter(pl.col("ratio") >= NEARLY)
    best = pairs.filter(pl.col("ratio") == pl.col("ratio").max().over("kab_code", "said"))
    alone = best.filter(pl.col("kec_code").n_unique().over("kab_code", "said") == 1)
    alone = alone.select("kab_code", "said", "kec_code").unique()
    return texts.join(alone, on=["kab_code", "said"]).select("row", "kec_code")


def _finish(rows: pl.DataFrame, kab: pl.DataFrame, kec: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    known = regions.provinces.select("prov_code", "prov_root")
    resolved = rows.select("row", "hint_code", "kab_raw", "kel_raw")
    resolved = resolved.join(kab, on="row", how="left", maintain_order="left")
    resolved = resolved.join(kec, on="row", how="left", maintain_order="left")
    # A code that the list does not know still tells its province.
    told = pl.col("kab_raw").str.head(2)
    told = pl.when(told.is_in(known["prov_code"].implode())).then(told)
    village = pl.col("kel_raw").str.len_chars() == 10
    village = village & (pl.col("kel_raw").str.head(6) == pl.col("kec_code"))
    resolved = resolved.with_columns(
        prov_code=pl.coalesce(pl.col("kab_code").str.head(2), "hint_code", told),
        kel_code=pl.when(village).then("kel_raw"),
    )
    resolved = resolved.join(known, on="prov_code", how="left", maintain_order="left")
    return resolved.select("row", "prov_code", "prov_root", "kab_code", "kec_code", "kel_code")


def _no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=_FINDING)


def _findings(rows: pl.DataFrame, resolved: pl.DataFrame, regions: Regions) -> pl.DataFrame:
    """Codes that are unknown, replaced, abolished, BPS's, or contradicted by everything else."""
    ways = regions.codes.group_by("code", "target").agg(via=pl.col("via").first())
    known = regions.codes.group_by("code").agg(is_abolished=(pl.col("via") == "abolished").all())
    found = [_no_findings()]
    for raw, target in (("kab_raw", "kab_code"), ("kec_raw", "kec_code")):
        given = rows.select("row", code=raw).drop_nulls().join(resolved.select("row", target=target), on="row")
        given = given.join(ways, on=["code", "target"], how="left").join(known, on="code", how="left")
        finding = (
            pl.when(pl.col("via") == "current").then(None)
            .when(pl.col("via") == "former").then(pl.lit("former-region-code"))
            .when(pl.col("via") == "bps").then(pl.lit("bps-region-code"))
            .when(pl.col("is_abolished").is_null()).then(pl.lit("unknown-region-code"))
            .when("is_abolished").then(pl.lit("abolished-region-code"))
            .when(pl.col("target").is_null()).then(pl.lit("undecided-region-code"))
            .otherwise(pl.lit("contradicted-region-code"))
        )  # fmt: skip
        arrow = pl.coalesce(pl.lit(" -> ") + pl.col("target"), pl.lit(""))
        detail = pl.lit(f"{raw.removesuffix('_raw')} ") + pl.col("code") + arrow
        found.append(given.select("row", finding=finding, detail=detail).drop_nulls("finding"))
    return pl.concat(found)
