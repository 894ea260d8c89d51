"""Codes of facilities in other registers' rows, resolved through the identifiers of the Master Sarana Index.

Which namespaces a code may be of stands in the codebook `facility_references`. A code that no facility has, or that two
have, stays open and is listed with the facilities that are most like it, by name where one is told, else by code.
"""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.text import clean_text, squeeze
from sehatmu.standardise.verify import MEASURES

RESOLVED = ("facility_namespace", "facility_code", "facility_id", "problem")
UNKNOWN, AMBIGUOUS, MISSING = "unknown", "ambiguous", "missing"
#: How alike the text of a candidate must be (0 to 1), and how many are listed.
_LEAST, _LISTED = 0.5, 3
#: Words that more facilities have tell none of them; a reference is looked up by its rarest words.
_COMMON_WORD, _WORDS = 300, 2
#: Letters at either end of a code of which one end must be right.
_CODE_END = 4


def resolve_references(rows: pl.DataFrame, identifiers: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """RESOLVED of every row, in their order; `problem` is unknown, ambiguous, missing, or null where all is well.

    `rows`: `source`, `extract`, `facility_text`. `identifiers`: `master_id, namespace, code` of the index. Of the
    namespaces of the lowest rank in which any facility has the code, all must mean the same one.
    """
    told = rows.select("source", "extract", evaluate_distinct(rows["facility_text"], _code).alias("facility_code"))
    distinct = told.unique().drop_nulls()
    rules = codebooks["facility_references"].select(
        "source", "extract", "namespace", "pattern", rank=pl.col("rank").cast(pl.Int32)
    )
    asked = [
        distinct.filter(source=rule["source"], extract=rule["extract"]).select(
            "source",
            "extract",
            "facility_code",
            code=pl.col("facility_code").str.extract(rule["pattern"]),
            namespace=pl.lit(rule["namespace"]),
            rank=pl.lit(rule["rank"], pl.Int32),
        )
        for rule in rules.iter_rows(named=True)
    ]
    key = ["source", "extract", "facility_code"]
    known = identifiers.select("master_id", "namespace", code=_code(pl.col("code"))).unique().drop_nulls()
    found = pl.concat(asked).drop_nulls("code").join(known, on=["namespace", "code"])
    found = found.filter(pl.col("rank") == pl.col("rank").min().over(key)).sort(*key, "namespace", "master_id")
    found = found.group_by(key, maintain_order=True).agg(
        pl.col("namespace").first(), pl.col("master_id").first(), several=pl.col("master_id").n_unique() > 1
    )
    own = rules.filter(pl.col("rank") == 1).group_by("source", "extract").agg(pl.col("namespace").unique())
    own = own.filter(pl.col("namespace").list.len() == 1).with_columns(own=pl.col("namespace").list.first())
    told = told.join(found, on=key, how="left", maintain_order="left")
    told = told.join(own.drop("namespace"), on=["source", "extract"], how="left", maintain_order="left")
    is_one = ~pl.col("several")
    return told.select(
        facility_namespace=pl.when(is_one).then("namespace").otherwise("own"),
        facility_code="facility_code",
        facility_id=pl.when(is_one).then("master_id"),
        problem=pl.when(pl.col("facility_code").is_null())
        .then(pl.lit(MISSING))
        .when(pl.col("several").is_null())
        .then(pl.lit(UNKNOWN))
        .when("several")
        .then(pl.lit(AMBIGUOUS)),
    ).cast(dict.fromkeys(RESOLVED, pl.String))


def find_places(rows: pl.DataFrame, facilities: pl.DataFrame) -> pl.DataFrame:
    """`prov_code, kab_code` of every row: where its facility is, or else the regency that it names.

    `rows`: `facility_id`, `kab_text`; `facilities`: `master_id, provinsi_kode, kabkota_kode, kabkota_nama`.
    """
    where = facilities.select(facility_id="master_id", prov="provinsi_kode", kab="kabkota_kode")
    named = facilities.select(key=_regency_key(pl.col("kabkota_nama")), named="kabkota_kode").drop_nulls().unique()
    named = named.filter(pl.len().over("key") == 1)
    placed = rows.select("facility_id", evaluate_distinct(rows["kab_text"], _regency_key).alias("key"))
    placed = placed.join(where, on="facility_id", how="left", maintain_order="left")
    placed = placed.join(named, on="key", how="left", maintain_order="left")
    kab = pl.coalesce("kab", "named")
    return placed.select(prov_code=pl.coalesce("prov", kab.str.head(2)), kab_code=kab)


def _regency_key(text: pl.Expr) -> pl.Expr:
    """`KAB. BANDUNG` and `Kabupaten Bandung` are one regency, `KOTA BANDUNG` is another."""
    return squeeze(clean_text(text).str.replace(r"^(KABUPATEN|KAB) ", "").str.replace(r"\bADM(INISTRASI)? ", ""))


def list_unresolved(rows: pl.DataFrame, facilities: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """References that resolve to no facility, once each: `source, extract, facility_namespace, facility_code,
    facility_name, kab_text, prov_text, problem, record_count, candidate_ids, candidate_names, candidate_scores`, the
    commonest first.

    `rows`: those columns of the rows with a `problem`, and `kab_code` where the regency is known; `facilities`:
    `master_id, nama, kabkota_kode`. At most three candidates, the most alike first; of one regency before others.
    """
    key = [
        "source", "extract", "facility_namespace", "facility_code", "facility_name", "kab_text", "prov_text", "problem",
    ]  # fmt: skip
    told = rows.filter(pl.col("problem").is_not_null()).group_by(key).agg(
        pl.col("kab_code").drop_nulls().min(), record_count=pl.len().cast(pl.Int64)
    )  # fmt: skip
    told = told.sort("record_count", *key, descending=[True, *[False] * len(key)], nulls_last=True)
    told = told.with_row_index("row")
    names = facilities.select("master_id", "nama", kab_code="kabkota_kode")
    alike = pl.concat([_alike_by_name(told, names), _alike_by_code(told, identifiers)])
    alike = alike.filter(pl.col("score") >= _LEAST).join(names.drop("kab_code"), on="master_id")
    alike = alike.sort("row", "score", "master_id", descending=[False, True, False])
    listed = alike.group_by("row", maintain_order=True).agg(
        candidate_ids=pl.col("master_id").head(_LISTED),
        candidate_names=pl.col("nama").head(_LISTED),
        candidate_scores=pl.col("score").round(2).head(_LISTED),
    )
    lists = [pl.col(name).fill_null([]) for name in listed.columns[1:]]
    return told.join(listed, on="row", how="left", maintain_order="left").with_columns(lists).drop("row", "kab_code")


def _alike_by_name(told: pl.DataFrame, facilities: pl.DataFrame) -> pl.DataFrame:
    """`row, master_id, score`: facilities of the same regency, and those that share a rare word."""
    here = told.select("row", "kab_code", text=clean_text(pl.col("facility_name"))).drop_nulls("text")
    there = facilities.select("master_id", "kab_code", text=clean_text(pl.col("nama"))).drop_nulls("text")
    words = there.select("master_id", word=pl.col("text").str.split(" ")).explode("word").unique()
    words = words.with_columns(holders=pl.len().over("word")).filter(pl.col("holders") <= _COMMON_WORD)
    asked = here.select("row", word=pl.col("text").str.split(" ")).explode("word").unique()
    asked = asked.join(words.select("word", "holders").unique(), on="word").sort("row", "holders", "word")
    asked = asked.group_by("row", maintain_order=True).head(_WORDS)
    pairs = [
        asked.join(words, on="word").select("row", "master_id"),
        here.join(there, on="kab_code").select("row", "master_id"),
    ]
    both = pl.concat(pairs).unique().sort("row", "master_id")
    both = both.join(here, on="row").join(there, on="master_id", suffix="_there")
    score = MEASURES["token_sort"](both["text"].to_list(), both["text_there"].to_list())
    is_near = (pl.col("kab_code") == pl.col("kab_code_there")).fill_null(False)
    # Names repeat all over the country: the place counts a little.
    return both.select("row", "master_id", score=pl.Series(score) * 0.9 + pl.when(is_near).then(0.1).otherwise(0.0))


def _alike_by_code(told: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """`row, master_id, score` of references without a name: codes of the same namespace that begin or end alike."""
    here = told.filter(pl.col("facility_name").is_null(), pl.col("problem") != MISSING)
    here = here.select("row", "facility_code", namespace="facility_namespace").drop_nulls()
    there = identifiers.select("master_id", "namespace", code=_code(pl.col("code"))).unique().drop_nulls()
    ends = ((pl.col("facility_code").str.head(_CODE_END), pl.col("code").str.head(_CODE_END)),
            (pl.col("facility_code").str.tail(_CODE_END), pl.col("code").str.tail(_CODE_END)))  # fmt: skip
    pairs = [here.with_columns(end=a).join(there.with_columns(end=b), on=["namespace", "end"]) for a, b in ends]
    both = pl.concat(pairs).unique(["row", "master_id", "code"]).sort("row", "master_id", "code")
    score = MEASURES["jaro_winkler"](both["facility_code"].to_list(), both["code"].to_list())
    return (
        both.select("row", "master_id", score=pl.Series(score)).group_by("row", "master_id").agg(pl.col("score").max())
    )


def _code(text: pl.Expr) -> pl.Expr:
    """Capitals without blanks; null where nothing is left."""
    code = text.str.to_uppercase().str.replace_all(r"\s", "")
    return pl.when(code != "").then(code)
