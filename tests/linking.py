"""Frames and linkage files that the tests of linkage share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from sehatmu.linkage import LinkageConfig, load_linkage
from sehatmu.linkage.authored import parse_linkage

FACILITY = Path(__file__).parents[1] / "data_contracts" / "linkage" / "facility.yaml"

# a small domain: two text columns, a date, vetoes on the code
SMALL = """
domain: toy
missing: ["-", "NN"]
block:
  rules:
    code: {key: [code]}
    name: {key: [name], cap: 6, split: [town, {column: born, year: true}]}
    town_prefix: {key: [town, {column: name, prefix: 1}], cap: 8}
compare:
  code:
    columns: [code]
    levels: [{exact: true, weight: 8}, {identifier: 1, weight: 2}, {else: true, weight: -5}]
  name:
    columns: [name]
    levels:
      [{exact: true, weight: 4}, {jaro_winkler: 0.9, weight: 3}, {token_set: 0.8, weight: 1}, {else: true, weight: -4}]
  born:
    columns: [born]
    levels:
      [{exact: true, weight: 4}, {date: swapped, weight: 2}, {date: same_year, weight: -1}, {else: true, weight: -4}]
  town: {columns: [town], levels: [{exact: true, weight: 2}, {else: true, weight: -2}]}
veto:
  other_code: [{comparison: code, levels: [else]}]
  other_town_and_birth: [{differ: town}, {differ: born}]
score: {prior: -6}
classify: {match: 0, possible: -4}
"""


def small_config(more: str = "") -> LinkageConfig:
    """The small domain, with further sections."""
    return parse_linkage(SMALL + more, "toy.yaml")


def facility_config() -> LinkageConfig:
    """The linkage of facilities as it is in the repository."""
    return load_linkage(FACILITY)


def facility(source: str, key: str, name: str, **values: Any) -> dict[str, Any]:
    """A standard facility record: `name` is its core; kind 104 and province 35 unless told otherwise."""
    number = next((word for word in name.split() if word.isdigit()), None)
    extract = {"sisdmk": "fasilitas", "sirs": "rumah_sakit", "komdat": "puskesmas", "simada": "sarana"}
    row: dict[str, Any] = dict.fromkeys(facility_config().columns)
    row |= {"prov_root": "35", "kind_key": "104", "name_core": name, "name_key": name.replace(" ", "")}
    row |= {
        "name_number": number,
        "name_kind": "RS UMUM",
        "name_full": f"RS UMUM {name}",
        "source": source,
        "extract": extract[source],
    }
    row |= {"record_key": f"{source}|{extract[source]}|{key}", **values}
    return row


def facilities(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Standard facility records as a frame with the types that linkage expects."""
    numbers = ("latitude", "longitude")
    names = ["record_key", "source", "extract", *facility_config().columns]
    schema = {name: pl.Float64 if name in numbers else pl.String for name in names}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same rows in another order."""
    order = list(range(len(frame)))
    random.Random(seed).shuffle(order)
    return frame[order]


def partition(clusters: pl.DataFrame) -> set[frozenset[str]]:
    """Clusters as sets of record keys."""
    groups = clusters.group_by("cluster_key").agg("record_key")["record_key"].to_list()
    return {frozenset(group) for group in groups}
