"""The tables of the Master Pembiayaan: prices of facilities, packages, payers, and whether every rupiah is told for.

Frames in, frames out. A price has no identity beyond its key; it is loaded once its row is accepted, and flagged where
something about it is odd. `reconcile` holds what was delivered against what is loaded, flagged and held back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import polars as pl

from sehatmu.contracts import Column, Contracts
from sehatmu.golden.tariff_findings import find_in_prices
from sehatmu.standardise.amounts import read_amounts
from sehatmu.standardise.codebooks import Codebooks
from sehatmu.standardise.service_names import tidy_texts

CODEBOOKS = (
    "care_class_spellings",
    "care_classes",
    "cost_groups",
    "payer_spellings",
    "payers",
    "primary_care_tariffs",
    "tariff_findings",
)
PRICES, PACKAGES = "faskes_tarif", "referensi_paket"
COMPONENTS = ("jasa_sarana", "jasa_pelayanan", "bhp")
_KFA = r"^9[1-4]\d{6}$|^(8[234]|3[23])\d{6}$"
_PLACE = ["sumber_kode", "kode_faskes"]


def tariff_tables(
    frames: Mapping[str, pl.DataFrame], codebooks: Codebooks, contracts: Contracts, *, as_of: date
) -> dict[str, pl.DataFrame]:
    """Frames by table name of the schema `pembiayaan`.

    `frames`: accepted `faskes_tarif` and `referensi_paket`, the same as `landing_...` (files) and `quarantine_...`
    (rows), `service_local_service` and `facility_facility` of tonight.
    """
    prices = read_prices(frames, codebooks)
    findings = find_in_prices(prices, codebooks, as_of=as_of)
    flags = codebooks["tariff_findings"].filter(pl.col("is_flagged") == "true")["finding"].implode()
    flagged = findings.group_by("record_key").agg(
        findings=pl.col("finding").unique().sort().str.join(", "), is_flagged=pl.col("finding").is_in(flags).any()
    )
    tariff = prices.join(flagged, on="record_key", how="left").with_columns(pl.col("is_flagged").fill_null(False))
    packages = read_packages(frames[PACKAGES].filter("is_current"), codebooks)
    return {
        "payer": _typed(codebooks["payers"], flags=("is_jkn",)),
        "care_class": _typed(codebooks["care_classes"], flags=("is_entitlement", "is_occupancy"), numbers=("rank",)),
        "cost_group": codebooks["cost_groups"].select("group_code", "name", "gloss", "tarif_rs_field"),
        "primary_care": _typed(codebooks["primary_care_tariffs"], numbers=("minimum_amount", "maximum_amount")),
        "tariff": tariff.sort("record_key"),
        "cost_component": list_components(frames["service_local_service"]),
        "package": packages,
        "finding": findings.sort("record_key", "finding"),
        "reconciliation": pl.concat(
            [
                reconcile(frames, contracts, PRICES, tariff),
                reconcile(frames, contracts, PACKAGES, packages),
            ]
        ),
    }


def read_prices(frames: Mapping[str, pl.DataFrame], codebooks: Codebooks) -> pl.DataFrame:
    """One row per accepted price: the item as (system, code), where, who pays, in which class, how much, when."""
    rows = frames[PRICES].filter("is_current")
    local = frames["service_local_service"].select(
        *_PLACE,
        "kode_lokal",
        "facility_id",
        "kode_kptl",
        "group_code",
        item_name="nama_layanan",
        is_listed=pl.lit(True),
    )
    places = frames["facility_facility"].select(
        facility_id="master_id", facility_class_code="kelas_sarana_kode", province_code="provinsi_kode"
    )
    joined = rows.join(local, on=[*_PLACE, "kode_lokal"], how="left").join(places, on="facility_id", how="left")
    own = pl.concat_str(*_PLACE, "kode_lokal", separator="|")
    is_kfa = pl.col("kode_lokal").str.contains(_KFA)
    is_mapped = pl.col("kode_kptl").is_not_null()
    system = (
        pl.when(is_mapped)
        .then(pl.lit("kptl"))
        .when(is_kfa)
        .then(pl.lit("kfa"))
        .when(pl.col("group_code").is_in(["kamar", "rawat_intensif"]))
        .then(pl.lit("room"))
        .otherwise(pl.lit("local"))
    )
    return joined.select(
        "record_key",
        item_system=system,
        item_code=pl.when(is_mapped).then("kode_kptl").when(is_kfa).then("kode_lokal").otherwise(own),
        item_name="item_name",
        is_listed=pl.col("is_listed").fill_null(False),
        kode_lokal="kode_lokal",
        sumber_kode="sumber_kode",
        kode_faskes="kode_faskes",
        facility_id="facility_id",
        facility_class_code="facility_class_code",
        province_code="province_code",
        group_code="group_code",
        payer_code=_read(pl.col("penjamin"), codebooks["payer_spellings"]),
        penjamin="penjamin",
        care_class_code=_read(pl.col("kelas_perawatan"), codebooks["care_class_spellings"]),
        kelas_perawatan="kelas_perawatan",
        amount=read_amounts(pl.col("tarif")),
        **{f"{name}_amount": read_amounts(pl.col(name)) for name in COMPONENTS},
        legal_basis="dasar_hukum",
        flags="flags",
        valid_from="berlaku_mulai",
        valid_to="berlaku_akhir",
    )


def read_packages(rows: pl.DataFrame, codebooks: Codebooks) -> pl.DataFrame:
    """One row per accepted price of a package; the class is the one that the patient is entitled to."""
    return rows.select(
        "record_key",
        "grouper",
        package_code="kode",
        name="nama",
        version="versi",
        setting="setting",
        severity="severity",
        hospital_class_code="kelas_rs",
        ownership="kepemilikan",
        region_code="regional",
        entitled_class_code=_read(pl.col("kelas_rawat"), codebooks["care_class_spellings"]),
        amount=read_amounts(pl.col("tarif")),
        is_flagged=pl.col("flags").list.len() > 0,
        valid_from="berlaku_dari",
        valid_to="berlaku_sampai",
    ).sort("record_key")


def list_components(local: pl.DataFrame) -> pl.DataFrame:
    """The cost group of every item of every facility: each has one of the 18, and how it was found."""
    return local.select(
        "record_key", *_PLACE, "kode_lokal", "nama_layanan", "kode_kptl", "group_code", "group_method"
    ).sort("record_key")


def reconcile(
    frames: Mapping[str, pl.DataFrame], contracts: Contracts, extract: str, loaded: pl.DataFrame
) -> pl.DataFrame:
    """Rows and rupiah of one extract by `state`: delivered, loaded, flagged, quarantined.

    Delivered are the rows of the files and the amounts of the texts as they came; loaded and flagged are counted where
    they are published (`loaded`: amount, is_flagged). A text that is no amount adds a row and no rupiah.
    """
    contract = contracts.by_id[extract]
    files = frames[f"landing_{extract}"].filter("is_current")
    held = frames[f"quarantine_{extract}"].filter("is_current").select(told=_quarantined_text(contract.column("tarif")))
    held_amount = held.select(read_amounts(pl.col("told")))["told"]
    came = frames[extract].filter("is_current").select(read_amounts(pl.col("tarif")))["tarif"]
    flagged = loaded.filter("is_flagged")["amount"]
    plain = loaded.filter(~pl.col("is_flagged"))["amount"]
    states = {
        "delivered": (int(files["row_count"].sum()), int(came.sum()) + int(held_amount.sum())),
        "loaded": (len(plain), int(plain.sum())),
        "flagged": (len(flagged), int(flagged.sum())),
        "quarantined": (len(held_amount), int(held_amount.sum())),
    }
    return pl.DataFrame(
        [(contract.source, contract.extract, state, rows, amount) for state, (rows, amount) in states.items()],
        schema={
            "source": pl.String, "extract": pl.String, "state": pl.String, "row_count": pl.Int64, "amount": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


def unreconciled(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Extracts of `reconciliation` whose rows or rupiah are not all told for: source, extract, what is missing."""
    is_delivered = pl.col("state") == "delivered"
    lost = (
        tables["reconciliation"]
        .group_by("source", "extract")
        .agg(
            **{
                f"missing_{name}": pl.col(name).filter(is_delivered).sum() - pl.col(name).filter(~is_delivered).sum()
                for name in ("row_count", "amount")
            }
        )
    )
    return lost.filter((pl.col("missing_row_count") != 0) | (pl.col("missing_amount") != 0)).sort("source", "extract")


def _quarantined_text(column: Column) -> pl.Expr:
    """The text that a quarantined row has under any header of that column."""
    headers = "|".join(re.escape(name).replace("_", "[ _]*") for name in (column.name, *column.aliases))
    return pl.col("row_values").str.extract(rf'(?i)"\s*(?:{headers})\s*":"((?:[^"\\]|\\.)*)"', 1)


def _read(texts: pl.Expr, spellings: pl.DataFrame) -> pl.Expr:
    """The code that a spelling stands for; null where the codebook has none."""
    key, value = spellings.columns[:2]
    known = spellings.select(tidy_texts(pl.col(key)).alias("spelling"), code=value)
    return tidy_texts(texts).replace_strict(known["spelling"], known["code"], default=None, return_dtype=pl.String)


def _typed(book: pl.DataFrame, flags: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> pl.DataFrame:
    return book.with_columns(
        *[(pl.col(name) == "true").alias(name) for name in flags],
        *[pl.col(name).cast(pl.Int64) for name in numbers],
    )
