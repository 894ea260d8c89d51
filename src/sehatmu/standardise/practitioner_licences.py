"""Licences of health workers: STR and SIP as jobs tell them and as councils and licensing offices list them.

A listed licence belongs to the job record that tells its number, or else the holder's NIK, unless the names are those
of two people. What a job tells and the list denies is a finding; nothing is rejected.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sehatmu.phrase import phrase
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.columns import evaluate_distinct
from sehatmu.standardise.licence_numbers import SIP, STR
from sehatmu.standardise.text import clean_text, tidy
from sehatmu.standardise.verify import MATCH, NEAR, compare_names, find_like_names

COLUMNS = (
    "record_key", "kind", "number", "number_key", "nik", "name_key", "profession_code", "facility_namespace",
    "facility_code", "facility_id", "issued", "expires", "expiry_is_derived", "status_code", "named_str", "source",
    "extract", "source_key", "delivery_date",
)  # fmt: skip
_FIELDS = {STR: "str", SIP: "sip"}
_PLACE = ("facility_namespace", "facility_code", "facility_id")


def list_licences(rows: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """COLUMNS of every STR and SIP of `rows` (jobs and lists, as `practitioners` puts them together), in their order.

    `record_key` is the job that tells it, or the job whose holder a list means; null where no job is known. `expires`
    is the day told, or else (`expiry_is_derived`) the last day of the term that the codebook `licence_terms` gives a
    licence of its day of issue; null is for life, or unknown.
    """
    parts, rows = [], rows.with_columns(_read_status(rows["status_text"], codebooks))
    for kind, field in _FIELDS.items():
        # Lazily, because rows are wide and only what is asked for is copied.
        of_kind = rows.lazy().filter(pl.col(f"{field}_key").is_not_null(), _states(kind))
        where = [pl.col(name) if kind == SIP else pl.lit(None, pl.String).alias(name) for name in _PLACE]
        named = pl.col("str_number") if kind == SIP else pl.lit(None, pl.String)
        parts.append(
            of_kind.select(
                "row",
                "record_key",
                "is_job",
                "name_full",
                "nik",
                "name_key",
                "profession_code",
                "source",
                "extract",
                "source_key",
                "delivery_date",
                *where,
                kind=pl.lit(kind),
                number=f"{field}_number",
                number_key=f"{field}_key",
                issued=f"{field}_issued",
                expires=f"{field}_expires",
                status_code="status_code",
                named_str=pl.when(~pl.col("is_job")).then(named),
            ).collect()
        )
    told = _derive_expiry(pl.concat(parts), codebooks["licence_terms"])
    listed, jobs = told.filter(~pl.col("is_job")), told.filter("is_job")
    holders = rows.lazy().filter("is_job").select("record_key", "nik", "name_full").collect()
    listed = listed.drop("record_key").with_columns(record_key=_find_holders(listed, jobs, holders, codebooks))
    licences = pl.concat([jobs, listed.select(jobs.columns)]).sort("row", "kind")
    return licences.select(*COLUMNS)


def check_licences(rows: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """`record_key, finding` of jobs whose numbers the lists do not know, or know of somebody or somewhere else.

    `no_str:not-listed`, `:other-person`, `:other-nik`, `:revoked` (or another status); `no_sip:` the same and
    `:other-facility`. Nothing is said of a kind whose list was not delivered.
    """
    found = [pl.DataFrame(schema={"record_key": pl.String, "finding": pl.String})]
    read = ("record_key", "is_job", "nik", "name_full", "facility_id", "str_key", "sip_key")
    rows = rows.select(*read, _read_status(rows["status_text"], codebooks))
    jobs = rows.filter("is_job")
    for kind, field in _FIELDS.items():
        key = f"{field}_key"
        lists = rows.filter(~pl.col("is_job"), _states(kind), pl.col(key).is_not_null())
        if lists.is_empty():
            continue
        lists = lists.select(key, "nik", "name_full", "facility_id", status="status_code", is_listed=pl.lit(True))
        lists = lists.unique(key, keep="first", maintain_order=True)
        told = jobs.filter(pl.col(key).is_not_null()).join(lists, on=key, how="left", suffix="_listed")
        same_nik = (pl.col("nik") == pl.col("nik_listed")).fill_null(False)
        apart = _are_two(told["name_full"], told["name_full_listed"], codebooks)
        told = told.with_columns(apart=apart).with_columns(apart=pl.col("apart") & ~same_nik)
        other_nik = (pl.col("nik") != pl.col("nik_listed")).fill_null(False)
        away = (pl.col("facility_id") != pl.col("facility_id_listed")).fill_null(False)
        said = {
            "not-listed": pl.col("is_listed").is_null(),
            "other-person": pl.col("apart"),
            "other-nik": other_nik & ~pl.col("apart"),
            **({"other-facility": away & ~pl.col("apart")} if kind == SIP else {}),
        }
        column = f"no_{field}"
        found += [
            told.filter(hit).select("record_key", finding=pl.lit(f"{column}:{name}")) for name, hit in said.items()
        ]
        ended = told.filter(pl.col("status") != "active", ~pl.col("apart"))
        found.append(ended.select("record_key", finding=phrase("{}:{}", pl.lit(column), "status")))
    return pl.concat(found)


def listed_niks(rows: pl.DataFrame, codebooks: Codebooks) -> pl.Series:
    """For every row the NIK under which a list has its STR, or else its SIP, where the names agree; null elsewhere."""
    niks, rows = [], rows.select("is_job", "nik", "name_full", "str_key", "sip_key")
    for kind, field in _FIELDS.items():
        key = f"{field}_key"
        lists = rows.filter(~pl.col("is_job"), _states(kind), pl.col(key).is_not_null(), pl.col("nik").is_not_null())
        lists = lists.select(key, listed_nik="nik", listed_name="name_full")
        lists = lists.unique(key, keep="first", maintain_order=True)
        told = rows.select(key, "name_full").join(lists, on=key, how="left", maintain_order="left")
        agrees = np.isin(compare_names(told["name_full"], told["listed_name"], codebooks), (MATCH, NEAR))
        niks.append(told["listed_nik"].set(pl.Series(~agrees), None))
    return pl.select(pl.coalesce(*niks)).to_series()


def _are_two(told: pl.Series, known: pl.Series, codebooks: Codebooks) -> pl.Series:
    """Whether two names under one number are those of two people; not where one of them is missing."""
    both = (told.is_not_null() & known.is_not_null()).arg_true()
    alike = find_like_names(told.gather(both), known.gather(both), codebooks, "holder")
    return pl.repeat(False, len(told), eager=True).scatter(both, ~alike)


def _states(kind: str) -> pl.Expr:
    """Rows that state a number of the kind: jobs state both, a list that states SIPs only mentions STRs."""
    return pl.col("is_job") | (pl.lit(kind == SIP) == pl.col("sip_key").is_not_null())


def _read_status(texts: pl.Series, codebooks: Codebooks) -> pl.Series:
    codes = dict(codebooks["licence_statuses"].select("spelling", "status_code").iter_rows())

    def look_up(text: pl.Expr) -> pl.Expr:
        return clean_text(tidy(text)).replace_strict(codes, default=None, return_dtype=pl.String)

    return evaluate_distinct(texts, look_up).alias("status_code")


def _derive_expiry(told: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """The last day of the term where none was told: the day before the same day so many years later."""
    told = told.with_row_index("at")
    fits = told.filter(pl.col("expires").is_null(), pl.col("issued").is_not_null()).select("at", "kind", "issued")
    fits = fits.join(terms, on="kind")
    fits = fits.filter(
        (pl.col("valid_from") <= pl.col("issued")).fill_null(True),
        (pl.col("valid_to") >= pl.col("issued")).fill_null(True),
    )
    ends = fits.select("at", end=pl.col("issued").dt.offset_by(pl.col("years") + "y").dt.offset_by("-1d"))
    told = told.join(ends, on="at", how="left", maintain_order="left")
    derived = pl.col("expires").is_null() & pl.col("end").is_not_null()
    return told.with_columns(expires=pl.coalesce("expires", "end"), expiry_is_derived=derived).drop("at", "end")


def _find_holders(listed: pl.DataFrame, jobs: pl.DataFrame, holders: pl.DataFrame, codebooks: Codebooks) -> pl.Series:
    """The job record of each listed licence: by its number, or else by the holder's NIK; names must not be two."""
    asked = listed.select("kind", "number_key", "nik", "name_full").with_row_index("at")
    by_number = jobs.select("kind", "number_key", "record_key", told_name="name_full")
    by_nik = holders.select("nik", "record_key", told_name="name_full").drop_nulls("nik")
    found = pl.concat(
        [
            asked.join(by_number, on=["kind", "number_key"]).with_columns(way=pl.lit(0)),
            asked.drop_nulls("nik").join(by_nik, on="nik").with_columns(way=pl.lit(1)),
        ],
        how="diagonal",
    )
    found = found.filter(~_are_two(found["name_full"], found["told_name"], codebooks)).sort("at", "way", "record_key")
    found = found.unique("at", keep="first", maintain_order=True).select("at", "record_key")
    return asked.join(found, on="at", how="left", maintain_order="left")["record_key"]
