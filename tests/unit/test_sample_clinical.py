"""The visits of the sample: equal bytes, a truth for every line, and as many faults as are asked for."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sehatmu.errors import SehatmuError
from sehatmu.sample import ClinicalNoise, write_clinical

DAY = date(2026, 3, 1)
SANDBOX = ("P02478375538", "P03647103112", "10009880728")


@pytest.fixture
def country(tmp_path: Path) -> Path:
    """Patients and health workers as their writers leave them, few of them."""
    for name, rows in {
        "faskes/pasien": {"no_ihs": ["P00000000017", None, None], "nik": [None, "3273010101900001", "327"]},
        "sisdmk/tenaga": {"no_ihs": ["10000000001", None], "nik": [None, "3273010101800002"]},
    }.items():
        place = tmp_path / name / DAY.isoformat()
        place.mkdir(parents=True)
        pl.DataFrame(rows).write_csv(place / f"{name.partition('/')[2]}.csv")
    return tmp_path


def written(folder: Path, noise: ClinicalNoise | None = None, *, seed: int = 1, visits: int = 60) -> dict[str, bytes]:
    write_clinical(folder, visits=visits, facilities=60, day=DAY, seed=seed, noise=noise)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.ndjson"))}


def test_the_same_seed_writes_the_same_bytes(country: Path) -> None:
    one, same, other = (written(country, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_without_noise_every_line_is_json_and_nothing_is_wrong(country: Path) -> None:
    files = written(country, ClinicalNoise.none())
    assert sorted(Path(name).name for name in files) == ["diagnostik.ndjson", "kunjungan.ndjson"]
    resources = [json.loads(line) for text in files.values() for line in text.decode().splitlines()]
    truth = pl.read_csv(country / "truth/clinical.csv", infer_schema=False)
    assert truth.height == len(resources)
    assert truth["fault"].null_count() == truth.height
    kinds = {r["resourceType"] for r in resources}
    assert kinds == {
        "Encounter", "Condition", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Procedure",
    }  # fmt: skip
    numbers = {(r["resourceType"], r["identifier"][0]["value"]) for r in resources}
    assert len(numbers) == len(resources)
    told = json.dumps(resources)
    assert all(number in told for number in SANDBOX)


def test_every_line_has_its_truth(country: Path) -> None:
    written(country, ClinicalNoise(broken=0.1, future=0.1, no_status=0.1, again=0.1, late=0.2))
    truth = pl.read_csv(country / "truth/clinical.csv", infer_schema=False)
    assert {"broken", "future", "no-status", "again"} <= set(truth["fault"].drop_nulls())
    for (extract, name), rows in truth.group_by("extract", "file_name"):
        lines = (country / "faskes" / str(extract) / str(name)).read_text().splitlines()
        assert rows["row_number"].cast(pl.Int64).sort().to_list() == list(range(1, len(lines) + 1))
        for number, kind, value, fault in rows.select("row_number", "resource_type", "number", "fault").rows():
            line = lines[int(number) - 1]
            if fault == "broken":
                with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
                    json.loads(line)
            else:
                told = json.loads(line)
                assert (told["resourceType"], told["identifier"][0]["value"]) == (kind, value)
                assert ("status" in told) is (fault != "no-status" and kind != "Condition")
                assert ("2999" in line) is (fault == "future")
    late = country / "faskes/kunjungan" / (DAY + timedelta(days=1)).isoformat() / "terlambat.ndjson"
    assert late.read_text().count("\n") > 3


def test_without_people_there_are_no_visits(tmp_path: Path) -> None:
    with pytest.raises(SehatmuError, match="no faskes/pasien of that day"):
        write_clinical(tmp_path, day=DAY, facilities=60)
