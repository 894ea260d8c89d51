"""A file that is judged part by part has the verdicts of one that is judged at once, wherever its parts end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sehatmu.contracts import Contract
from sehatmu.intake import judge_delivery as judging
from sehatmu.intake.deliveries import LandedFile
from sehatmu.intake.headers import match
from sehatmu.intake.judge import ReadFile
from sehatmu.intake.judge_delivery import Judged, judge_delivery
from sehatmu.intake.lines import cut_blocks
from sehatmu.intake.read_paths import read_paths
from tests.intake_files import column, contract

DAY = date(2026, 3, 3)
COLUMNS = (
    column("kode", paths=("id", "ids[0].value"), required=True),
    column("urut", "integer", paths=("urut",), action="null-and-flag"),
    column("saat", "timestamp", paths=("saat",)),
    column("nama", paths=("nama.teks",), pattern="^[^!]*$"),
    column("hapus", "boolean", paths=("hapus",)),
)
KEYED = contract(*COLUMNS, business_key=("kode", "urut"), mode="delta", delete_flag="hapus")
UNKEYED = contract(*COLUMNS, business_key=(), row_key=("kode", "nama"))
UNIQUE = contract(*COLUMNS[:3], replace(COLUMNS[3], unique=True), COLUMNS[4], business_key=("kode",))

SAATS = ["2026-03-01T10:00:00+00:00", "2026-03-01T17:00:00+07:00", "2026-03-01", "kemarin"]
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b", "c", "", " a "]),
        "ids": st.just([{"value": "d"}]),
        "urut": st.sampled_from([1, 2, "1", "x"]),
        "saat": st.sampled_from(SAATS),
        "nama": st.sampled_from([{"teks": "n"}, {"teks": "!"}, {"teks": "é\u0007"}, {}, "n"]),
        "hapus": st.booleans(),
    },
).map(json.dumps)
LINES = st.lists(ROWS | st.sampled_from(["", '{"id":', '{"id": "a", "id": "b"}', "[]"]), min_size=1, max_size=9)


def judged(texts: list[str], terms: Contract, *, sizes: list[int | None], heap: int = 2) -> Judged:
    """The files judged each in blocks of so many bytes, or at once."""
    files = []
    for name, (text, size) in enumerate(zip(texts, sizes, strict=False)):
        file = read_paths(
            lambda text=text, size=size: cut_blocks([text.encode()], size or len(text) + 1),  # type: ignore[misc]
            {c.name: c.paths for c in terms.columns},
            nulls=[""],
            refuse=lambda *_: None,
        )
        delivered = file if size else file.whole()
        landed = LandedFile(f"{DAY}/{name}.ndjson", Path(f"{name}.ndjson"), f"hash{name}")
        files.append(ReadFile(landed, delivered, match(file, terms)))
    with patch.multiple(judging, _HEAP=heap, _PIECE=heap):
        return judge_delivery(files, terms, day=DAY, contract_hash="rules")


@settings(deadline=None, max_examples=15)
@given(
    st.lists(LINES, min_size=1, max_size=3),
    st.sampled_from([KEYED, UNKEYED, UNIQUE]),
    st.lists(st.sampled_from([1, 60, 200, None]), min_size=3, max_size=3),
    st.sampled_from([4, 100]),
)
def test_where_parts_end_changes_no_verdict(
    files: list[list[str]], terms: Contract, sizes: list[int | None], heap: int
) -> None:
    texts = ["".join(f"{line}\n" for line in lines) for lines in files]
    parts, whole = judged(texts, terms, sizes=sizes, heap=heap), judged(texts, terms, sizes=[None] * 3)
    assert not parts.faults
    for found, wanted in zip(
        (parts.accepted, parts.quarantine, parts.source_file),
        (whole.accepted, whole.quarantine, whole.source_file),
        strict=True,
    ):
        assert_frame_equal(found, wanted)
    landed = int(parts.source_file["row_count"].sum())
    assert landed == len(parts.accepted) + len(parts.quarantine) == sum(bool(line) for lines in files for line in lines)
