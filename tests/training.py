"""A small domain with known twins of records, for the tests of training."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from sehatmu.linkage import LinkageConfig
from sehatmu.linkage.authored import parse_linkage

# the small domain of tests/linking.py with everything left to training
OPEN = """
domain: toy
missing: ["-", "NN"]
block:
  rules:
    code: {key: [code]}
    name: {key: [name], cap: 30, split: [town]}
    born: {key: [born, {column: name, prefix: 1}], cap: 30}
compare:
  code: {columns: [code], levels: [{exact: true}, {identifier: 1}, {else: true}]}
  name:
    columns: [name]
    term_frequency: true
    levels: [{exact: true}, {jaro_winkler: 0.9}, {else: true}]
  born: {columns: [born], levels: [{exact: true}, {date: one_digit}, {else: true}]}
  town: {columns: [town], levels: [{exact: true}, {else: true}]}
veto:
  other_code_and_birth: [{comparison: code, levels: [else]}, {comparison: born, levels: [else]}]
train: {salt: toy, precision: 0.98, pairs: 30000}
"""
LETTERS = np.array(list("ABCDEFGHIKLMNOPRSTUW"))


def open_config(more: str = "") -> LinkageConfig:
    """The small domain without weights or thresholds, with further sections."""
    return parse_linkage(OPEN + more, "toy.yaml")


def people(subjects: int, *, seed: int = 1) -> tuple[pl.DataFrame, pl.Series]:
    """Records of subjects, four in ten of them twice, and whose each record is. Codes are absent in a quarter, one
    letter in twelve names and one birth date in fifteen is wrong."""
    rng = np.random.default_rng(seed)
    common = ["".join(rng.choice(LETTERS, 7)) for _ in range(15)]
    names = [
        common[rng.integers(15)] if rng.random() < 0.2 else "".join(rng.choice(LETTERS, 7)) for _ in range(subjects)
    ]
    born = [date(1950, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 9000, subjects)]
    towns = rng.integers(0, 40, subjects)
    rows: list[dict[str, Any]] = []
    for subject in range(subjects):
        for _ in range(2 if rng.random() < 0.4 else 1):
            name, day = names[subject], born[subject]
            if rng.random() < 1 / 12:
                at = int(rng.integers(1, 7))
                name = name[:at] + str(rng.choice(LETTERS)) + name[at + 1 :]
            if rng.random() < 1 / 15:
                day = day.replace(day=1 + (day.day + 6) % 28)
            rows.append(
                {
                    "entity": subject,
                    "code": f"{subject * 7919 % 999983:06d}" if rng.random() < 0.75 else None,
                    "name": name,
                    "born": day,
                    "town": f"T{towns[subject] if rng.random() < 0.95 else rng.integers(0, 40)}",
                }
            )
    frame = pl.DataFrame(rows).with_row_index("row")
    frame = frame.with_columns(record_key=pl.format("toy|{}", pl.col("row") * 7907 % 99991)).sort("record_key")
    return frame.drop("row", "entity"), frame["entity"]
