"""The codebooks that standardising reads, loaded once and given one version.

The files are data (`data_contracts/codebooks/*.csv`, owned by whoever keeps the codes); this module knows
which of them there are and hashes their content, so that a changed codebook changes every `link_hash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_codebook

NAMES = (
    "facility_kinds",
    "facility_kind_spellings",
    "facility_subkinds",
    "hospital_classes",
    "identifier_forms",
    "identifier_namespaces",
    "name_starts",
    "name_words",
    "owners",
    "province_spellings",
    "provinces",
    "value_spellings",
)
PERSON_NAMES = (
    "person_name_words",
    "person_placeholders",
    "person_titles",
    "person_values",
    "verification_confirms",
    "verification_levels",
    "verification_refuses",
)
PHARMA_NAMES = (
    "dosage_form_spellings",
    "dosage_form_words",
    "dosage_forms",
    "pack_words",
    "registration_kinds",
    "registration_letters",
    "routes",
    "salts",
    "substance_spellings",
    "unit_spellings",
    "units",
)
PRODUCTS = (*PHARMA_NAMES, "drug_classes")


@dataclass(frozen=True, slots=True, eq=False)
class Codebooks:
    """`frames` by file name without ending; `version` is a hash of the files' contents."""

    frames: Mapping[str, pl.DataFrame]
    version: str

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]


def load_codebooks(root: Path, names: Iterable[str] = NAMES) -> Codebooks:
    """The codebooks of these names below `root` (the folder `data_contracts`); by default those of facilities."""
    digest, names = sha256(), tuple(names)
    for name in names:
        content = (root / "codebooks" / f"{name}.csv").read_bytes()
        digest.update(name.encode() + b"\0" + content + b"\0")
    return Codebooks({name: load_codebook(root, name) for name in names}, digest.hexdigest()[:16])
