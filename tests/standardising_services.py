"""Small nights of services for tests: rows of the national list and of facilities' lists as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from sehatmu.contracts import Contracts, load_contracts, polars_schema
from sehatmu.linkage import LinkageConfig, link, load_linkage
from sehatmu.linkage.bound import bind_clusters, free_records
from sehatmu.standardise import Codebooks, load_codebooks
from sehatmu.standardise.services import CODEBOOKS, standardise_services

CONTRACTS = Path(__file__).parents[1] / "data_contracts"
DAY = date(2026, 11, 23)
Row = Mapping[str, str | None]
NOWHERE = pl.DataFrame(schema={"namespace": pl.String, "code": pl.String, "master_id": pl.String})
#: A list with a base that takes projections, its combinations, two other bases, two modifiers and a retired code.
LIST: tuple[Row, ...] = (
    {"kode_dasar": "10001", "nama": "Rontgen Thorax", "kelompok_modifier_1": "AP"},
    {"kode_dasar": "10001.AP001", "nama": "Rontgen Thorax AP"},
    {"kode_dasar": "10002", "nama": "USG Abdomen"},
    {"kode_dasar": "10003", "nama": "Visite Dokter Spesialis"},
    {"kode_dasar": "AP001", "nama": "AP", "modifier": "AP"},
    {"kode_dasar": "AP002", "nama": "PA", "modifier": "AP"},
    {"kode_dasar": "SU001", "nama": "Terbuka", "modifier": "SU"},
    {"kode_dasar": "90001", "nama": "USG Abdomen", "status": "Tidak Aktif"},
)


@cache
def books() -> Codebooks:
    return load_codebooks(CONTRACTS, CODEBOOKS)


@cache
def contracts() -> Contracts:
    return load_contracts(CONTRACTS)


@cache
def rules() -> LinkageConfig:
    return load_linkage(CONTRACTS / "linkage/service.yaml")


def accepted(extract: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows as intake accepts them."""
    source, _, name = extract.partition("_")
    contract = contracts().by_id[extract]
    frame = pl.DataFrame([dict(row) for row in rows], schema=polars_schema(contract))
    key = pl.concat_str(pl.col(contract.business_key).fill_null(""), separator="|")
    return frame.with_columns(
        source=pl.lit(source),
        extract=pl.lit(name),
        source_key=key,
        record_key=pl.concat_str(pl.lit(f"{source}|{name}|"), key),
        delivery_date=pl.lit(DAY),
        is_current=pl.lit(True),
        flags=pl.lit([], pl.List(pl.String)),
    )


def item(name: str, *, facility: str = "A", code: str = "1", group: str | None = None, kptl: str | None = None) -> Row:
    """A row of a facility's list."""
    return {
        "sumber_kode": "yankes_rs", "kode_faskes": facility, "kode_lokal": code, "nama_layanan": name,
        "kelompok": group, "kode_kptl": kptl,
    }  # fmt: skip


def services(*items: Row, listed: Sequence[Row] = LIST) -> dict[str, pl.DataFrame]:
    """The standard tables of one small night."""
    frames = {"referensi_kptl": accepted("referensi_kptl", listed), "faskes_layanan": accepted("faskes_layanan", items)}
    return standardise_services(frames, books(), NOWHERE, as_of=DAY)


class Found(NamedTuple):
    """What linkage tells, with bound records in the clusters of whom they belong to."""

    pairs: pl.DataFrame
    clusters: pl.DataFrame


def linked(record: pl.DataFrame, decisions: pl.DataFrame | None = None) -> Found:
    """Linkage of those records, under decisions (left_key, right_key, verdict), with the bound ones in their place."""
    named = None if decisions is None else pl.concat([decisions["left_key"], decisions["right_key"].alias("left_key")])
    made = link(free_records(record, named), rules(), decisions=decisions)
    return Found(made.pairs, bind_clusters(made.clusters, record))


def codes_of(record: pl.DataFrame, decisions: pl.DataFrame | None = None) -> dict[str, str | None]:
    """The national code that each item ends up with, by `<facility>|<its own code>`."""
    clusters = linked(record, decisions).clusters
    national = record.filter("is_subject").select("record_key", found="kode_kptl")
    of_cluster = clusters.join(national, on="record_key").select("cluster_key", "found")
    told = clusters.join(of_cluster, on="cluster_key", how="left").filter(
        pl.col("record_key").str.starts_with("faskes|layanan|yankes_rs|")
    )
    return dict(told.select(pl.col("record_key").str.strip_prefix("faskes|layanan|yankes_rs|"), "found").iter_rows())
