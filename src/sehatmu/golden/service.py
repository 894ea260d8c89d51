"""The tables that the Master Layanan publishes beside its national codes: what facilities call them, offer and map.

Plain frames from the standard tables, the links and the pairs of tonight. A facility's item has the code of the cluster
that it follows; how it came there is its `state`: given, matched, possible or unmapped.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sehatmu.golden.findings import list_findings
from sehatmu.identity.state import State
from sehatmu.standardise.kptl import RETIRED, UNKNOWN, VALID

_CODE = "referensi|kptl|"
_MAPS = {"kode_icd9cm": "icd-9-cm", "kode_loinc": "loinc"}


def service_tables(
    standard: Mapping[str, pl.DataFrame],
    links: pl.DataFrame,
    identity_findings: pl.DataFrame,
    state: State,
    *_others: object,
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `layanan`, without `service` itself.

    `standard`: the tables `item` and `finding`, and what linkage found: `pair` and `decision`.
    """
    local = map_items(standard["item"], links, standard["pair"], standard["decision"])
    findings = name_retired(standard["finding"], state.masters["master_id"])
    return {
        "local_service": local,
        "offered_by": list_offers(local),
        "synonym": list_synonyms(local),
        "service_map": list_maps(local),
        "finding": list_findings(findings, links, identity_findings.select("master_id", "finding", "detail")),
    }


def map_items(items: pl.DataFrame, links: pl.DataFrame, pairs: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Every item of a facility with its national code: `kode_kptl`, `state`, `method` and `score` (bits).

    method     code (the facility gave a valid one), name, or steward (somebody decided so); null without a code
    score      of the pair that tells most: of the match, or of the best possible one
    candidate  the code of the best possible pair, where there is no match
    """
    held = items.join(links.select("record_key", kode_kptl="master_id"), on="record_key", how="left")
    told = _of_code(pairs.select("left_key", "right_key", "score", "class"))
    decided = _of_code(decisions.filter((pl.col("status") == "active") & (pl.col("verdict") == "same")))
    scores = told.group_by("key", "code").agg(pl.col("score").max())
    best = (
        told.filter(pl.col("class") == "possible")
        .sort("key", -pl.col("score"), "code")
        .unique("key", keep="first", maintain_order=True)
        .select("key", candidate="code", best_score="score")
    )
    # What was decided about an item itself has pairs of its own; else those of its text tell.
    has_own = pl.col("record_key").is_in(pl.concat([told["key"], decided["key"]]).unique().implode())
    held = held.with_columns(key=pl.when(has_own).then("record_key").otherwise("text_key"))
    joined = (
        held.join(scores, left_on=["key", "kode_kptl"], right_on=["key", "code"], how="left")
        .join(best, on="key", how="left")
        .join(
            decided.select("key", kode_kptl="code", by_steward=pl.lit(True)).unique(),
            on=["key", "kode_kptl"],
            how="left",
        )
    )
    is_mapped = pl.col("kode_kptl").is_not_null()
    is_given = (pl.col("given_verdict") == VALID).fill_null(False) & (pl.col("kode_kptl") == pl.col("given_code"))
    state = (
        pl.when(is_given)
        .then(pl.lit("given"))
        .when(is_mapped)
        .then(pl.lit("matched"))
        .when(pl.col("candidate").is_not_null())
        .then(pl.lit("possible"))
        .otherwise(pl.lit("unmapped"))
    )
    method = (
        pl.when(is_given)
        .then(pl.lit("code"))
        .when(is_mapped & pl.col("by_steward").fill_null(False))
        .then(pl.lit("steward"))
        .when(is_mapped)
        .then(pl.lit("name"))
    )
    score = pl.when(is_mapped).then("score").otherwise("best_score")
    return joined.select(
        "record_key", "sumber_kode", "kode_faskes", "facility_id", "kode_lokal", "nama_layanan", "text", "kode_kptl",
        state=state,
        method=method,
        score=pl.when(~is_given).then(score),
        candidate=pl.when(~is_mapped).then("candidate"),
        group_code="group_code",
        group_method="group_method",
        given_code="given_code",
        given_verdict="given_verdict",
        kode_icd9cm="kode_icd9cm",
        kode_loinc="kode_loinc",
    ).sort("record_key")  # fmt: skip


def list_offers(local: pl.DataFrame) -> pl.DataFrame:
    """Which facility offers which service, and by how many items of its list."""
    mapped = local.filter(pl.col("kode_kptl").is_not_null())
    return (
        mapped.group_by("kode_kptl", "sumber_kode", "kode_faskes", "facility_id")
        .agg(item_count=pl.len().cast(pl.Int64), kode_lokal=pl.col("kode_lokal").min())
        .sort("kode_kptl", "sumber_kode", "kode_faskes")
    )


def list_synonyms(local: pl.DataFrame) -> pl.DataFrame:
    """What facilities call a service: every text, and how many of them write it."""
    mapped = local.filter(pl.col("kode_kptl").is_not_null())
    return (
        mapped.group_by("kode_kptl", "text")
        .agg(item_count=pl.len().cast(pl.Int64), facility_count=_facilities())
        .sort("kode_kptl", "text")
    )


def list_maps(local: pl.DataFrame) -> pl.DataFrame:
    """Codes of other systems that facilities give for a service."""
    mapped = local.filter(pl.col("kode_kptl").is_not_null())
    told = [
        mapped.select("kode_kptl", "sumber_kode", "kode_faskes", system=pl.lit(system), code=column).drop_nulls("code")
        for column, system in _MAPS.items()
    ]
    return (
        pl.concat(told)
        .group_by("kode_kptl", "system", "code")
        .agg(facility_count=_facilities())
        .sort("kode_kptl", "system", "code")
    )


def name_retired(findings: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Findings in which a code that tonight's list lacks, but a former one had, is told as retired."""
    was_known = (pl.col("finding") == UNKNOWN) & pl.col("detail").is_in(known.implode())
    return findings.with_columns(finding=pl.when(was_known).then(pl.lit(RETIRED)).otherwise("finding"))


def _facilities() -> pl.Expr:
    return pl.struct("sumber_kode", "kode_faskes").n_unique().cast(pl.Int64)


def _of_code(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a text or an item with a code: `key` of the former, `code`, whichever side they stand on."""
    left_is_code = pl.col("left_key").str.starts_with(_CODE)
    either = pairs.filter(left_is_code | pl.col("right_key").str.starts_with(_CODE))
    return either.with_columns(
        key=pl.when(left_is_code).then("right_key").otherwise("left_key"),
        code=pl.when(left_is_code).then("left_key").otherwise("right_key").str.strip_prefix(_CODE),
    ).drop("left_key", "right_key")
