"""Accepted rows about drugs and devices for tests: only what a test says, everything else null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.contracts import Contracts, load_contracts, polars_schema
from sehatmu.identity.config import load_identity
from sehatmu.identity.identify import Identified, identify
from sehatmu.identity.state import State, empty_state
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.engine import link
from sehatmu.standardise.codebooks import PRODUCTS, Codebooks, load_codebooks
from sehatmu.standardise.products import standardise_products

AUTHORED = Path(__file__).parents[1] / "data_contracts"
DAY = date(2026, 3, 1)
Row = Mapping[str, Any]


@cache
def contracts() -> Contracts:
    return load_contracts(AUTHORED)


@cache
def books() -> Codebooks:
    return load_codebooks(AUTHORED, PRODUCTS)


def accepted(**rows: list[Row]) -> dict[str, pl.DataFrame]:
    """Accepted frames by `<source>_<extract>`; a row's `key` is its source key, `flags` what intake flagged."""
    frames = {}
    for name, told in rows.items():
        contract = contracts().by_id[name]
        schema = polars_schema(contract)
        listed = [
            {**dict.fromkeys(schema), **{k: v for k, v in row.items() if k not in ("key", "flags")}}
            | {
                "source_key": row.get("key", str(number)),
                "record_key": f"{contract.source}|{contract.extract}|{row.get('key', number)}",
                "flags": row.get("flags", []),
                "is_current": True,
                "delivery_date": DAY,
            }
            for number, row in enumerate(told)
        ]
        extra = {
            "source_key": pl.String(),
            "record_key": pl.String(),
            "flags": pl.List(pl.String),
            "is_current": pl.Boolean(),
            "delivery_date": pl.Date(),
        }
        frames[name] = pl.DataFrame(listed, schema={**schema, **extra})
    return frames


def standard(**rows: list[Row]) -> dict[str, pl.DataFrame]:
    """The standard tables of these rows."""
    return standardise_products(accepted(**rows), books(), as_of=DAY)


def identified(tables: Mapping[str, pl.DataFrame], state: State | None = None, day: date = DAY) -> Identified:
    """What linkage and identity make of standard tables, by the rules of the repository."""
    rules = load_linkage(AUTHORED / "linkage/product.yaml")
    linked = link(tables["record"], rules)
    config = load_identity(AUTHORED / "linkage/product.yaml")
    return identify(linked.clusters, tables["record"], state or empty_state("kfa"), config, build_date=day)


def on_level(told: Identified, level: str) -> dict[str, str | None]:
    """Source key → id on a level."""
    rows = told.levels.filter((pl.col("level") == level) & ~pl.col("record_key").str.contains("@"))
    return dict(zip(rows["record_key"].str.split("|").list.last(), rows["master_id"], strict=True))


def drug(key: str, **but: Any) -> Row:
    """A registration of a tablet of 500 mg paracetamol, unless told otherwise."""
    return {
        "key": key,
        "nomor_registrasi": "DKL2212300104A1",
        "nama_produk": "CONTOHMOL 500",
        "merk": "CONTOHMOL",
        "bentuk_sediaan": "tablet",
        "komposisi": "PARASETAMOL 500 mg",
        "kemasan": "dus, 10 strip @ 10 tablet",
        "nama_produsen": "PT CONTOH FARMA",
        "nama_pendaftar": "PT CONTOH FARMA",
        "tanggal_terbit": date(2022, 1, 1),
        "masa_berlaku": date(2027, 1, 1),
        "golongan": "Obat Keras",
        "kategori": "Obat",
        **but,
    }


def item(key: str, **but: Any) -> Row:
    """An item of the catalogue that offers that tablet, unless told otherwise."""
    return {
        "key": key,
        "kode_lkpp": key,
        "komoditas": "Obat",
        "nama_produk": "Contohmol 500 mg tablet",
        "merek": "Contohmol",
        "produsen": "PT Contoh Farma",
        "penyedia": "PT Contoh Jual",
        "nie": "DKL2212300104A1",
        "satuan": "dus",
        "isi_kemasan": "dus, 10 strip @ 10 tablet",
        "harga": 20000.0,
        **but,
    }
