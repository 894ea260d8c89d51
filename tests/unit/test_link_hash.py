"""`link_hash` covers all that linkage reads: the next night would not see another column change."""

from __future__ import annotations

from pathlib import Path

import pytest

from sehatmu.linkage import load_linkage
from sehatmu.standardise import facility, persons

LINKAGE = Path(__file__).parents[2] / "data_contracts" / "linkage"


@pytest.mark.parametrize(
    ("domain", "hashed"),
    [
        ("facility", facility.EVIDENCE),
        # whether a NIK is confirmed is known later: `patients` adds the verdicts to the hash
        ("patient", (*persons.EVIDENCE, "nik_confirmed")),
    ],
    ids=["facility", "patient"],
)
def test_every_column_that_linkage_reads_is_in_the_hash(domain: str, hashed: tuple[str, ...]) -> None:
    assert set(load_linkage(LINKAGE / f"{domain}.yaml").columns) <= set(hashed)
