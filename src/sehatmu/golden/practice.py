"""What is odd about who practises where: licences that ended or are missing, too many places, numbers of several.

All are findings about practitioners, as `master_id, finding, detail`; nothing is rejected. Details hold numbers of
licences and places, nothing of the person.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sehatmu.golden.licences import EXPIRED, SIP, STR, UNKNOWN, VALID
from sehatmu.golden.roles import NO_PLACE
from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks

SIP_EXPIRED = "sip:expired"
SIP_WITHOUT_STR = "sip:without-str"
STR_EXPIRED = "str:expired"
JOB_WITHOUT_SIP = "job:without-sip"
SIP_AT_SEVERAL_PLACES = "sip:several-places"
TOO_MANY_PLACES = "places:more-than-allowed"
SEVERAL = {"nik": "nik:several-practitioners", STR: "str:several-practitioners", SIP: "sip:several-practitioners"}
FINDING = pl.Schema({"master_id": pl.String, "finding": pl.String, "detail": pl.String})


def find_practice(
    roles: pl.DataFrame, licences: pl.DataFrame, records: pl.DataFrame, codebooks: Codebooks, *, day: date
) -> pl.DataFrame:
    """Every finding in the columns of `FINDING`, sorted.

    `roles` and `licences` as merged; `records`: master_id, nik, profession_code of every record that has a master.
    """
    held = licences.drop_nulls("master_id")
    sips = held.filter(kind=SIP)
    parts = [
        _expired_sips(sips),
        *_without_str(held),
        _without_sip(roles, sips, codebooks, day),
        _several_places(roles),
        _too_many(sips, codebooks, day),
        _shared(records.select("master_id", number="nik"), SEVERAL["nik"]),
        *(_shared(held.filter(kind=kind), SEVERAL[kind]) for kind in (STR, SIP)),
    ]
    return pl.concat([FINDING.to_frame(), *(part.select(FINDING.names()) for part in parts)]).unique().sort(
        FINDING.names(), nulls_last=True
    )  # fmt: skip


def _expired_sips(sips: pl.DataFrame) -> pl.DataFrame:
    """The last licence of a practitioner for a place has ended, and none holds there."""
    place = sips.drop_nulls("facility_key")
    going = place.filter(pl.col("status") != EXPIRED)
    ended = place.filter(status=EXPIRED).join(going, on=["master_id", "facility_key"], how="anti")
    last = ended.sort("expires_date", "number").group_by("master_id", "facility_key").last()
    return last.with_columns(finding=pl.lit(SIP_EXPIRED), detail=phrase("{} ended on {}", "number", "expires_date"))


def _without_str(held: pl.DataFrame) -> list[pl.DataFrame]:
    """Who may practise by a valid SIP, but has no STR, or none that holds."""
    practising = held.filter(kind=SIP, status=VALID).group_by("master_id").agg(pl.col("number").min())
    strs = held.filter(kind=STR)
    holding = strs.filter(pl.col("status").is_in([VALID, UNKNOWN]))
    none = practising.join(strs, on="master_id", how="anti")
    ended = practising.join(strs, on="master_id", how="semi").join(holding, on="master_id", how="anti")
    return [
        none.with_columns(finding=pl.lit(SIP_WITHOUT_STR), detail=phrase("{} and no STR", "number")),
        ended.with_columns(finding=pl.lit(STR_EXPIRED), detail=phrase("{} and no STR that holds", "number")),
    ]


def _without_sip(roles: pl.DataFrame, sips: pl.DataFrame, codebooks: Codebooks, day: date) -> pl.DataFrame:
    """Jobs of medical and health personnel for which no licence is told, neither by number nor by place."""
    licensed = _on(codebooks["professions"], day).filter(pl.col("class_code") != "tenaga_pendukung")
    jobs = roles.join(licensed.select("profession_code", "name"), on="profession_code")
    known = sips.drop_nulls("facility_key").select("master_id", "facility_key")
    without = jobs.filter(pl.col("sip_number").is_null()).join(known, on=["master_id", "facility_key"], how="anti")
    return without.with_columns(finding=pl.lit(JOB_WITHOUT_SIP), detail=phrase("{} at {}", "name", "facility_key"))


def _several_places(roles: pl.DataFrame) -> pl.DataFrame:
    """A licence belongs to one place, and jobs at several tell its number."""
    told = roles.drop_nulls("sip_number").filter(pl.col("facility_key") != NO_PLACE)
    places = told.group_by("master_id", "sip_number").agg(pl.col("facility_key").n_unique().alias("places"))
    return places.filter(pl.col("places") > 1).with_columns(
        finding=pl.lit(SIP_AT_SEVERAL_PLACES), detail=phrase("{} at {} places", "sip_number", "places")
    )


def _too_many(sips: pl.DataFrame, codebooks: Codebooks, day: date) -> pl.DataFrame:
    """More places with a licence that holds than the profession may have on that day."""
    limits = _on(codebooks["practice_limits"], day).select(
        "profession_code", pl.col("place_count").cast(pl.Int64).alias("allowed")
    )
    usual = limits.filter(profession_code="default")["allowed"].max()
    place = sips.filter(status=VALID).with_columns(place=pl.coalesce("facility_key", "number"))
    allowed = place.join(limits, on="profession_code", how="left").with_columns(pl.col("allowed").fill_null(usual))
    counted = allowed.group_by("master_id").agg(pl.col("place").n_unique().alias("places"), pl.col("allowed").max())
    return counted.filter(pl.col("places") > pl.col("allowed")).with_columns(
        finding=pl.lit(TOO_MANY_PLACES), detail=phrase("{} places with an SIP, {} allowed", "places", "allowed")
    )


def _shared(numbers: pl.DataFrame, finding: str) -> pl.DataFrame:
    """Practitioners who tell a number that others tell too: how many they are."""
    told = numbers.select("master_id", "number").drop_nulls().unique()
    shared = told.with_columns(holders=pl.len().over("number")).filter(pl.col("holders") > 1)
    most = shared.group_by("master_id").agg(pl.col("holders").max())
    return most.with_columns(finding=pl.lit(finding), detail=phrase("{} practitioners tell it", "holders"))


def _on(book: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rows of a dated codebook that hold on a day."""
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
    return book.filter(begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)))
