"""Masking: what the default file shows of personal values, and the key that hashes them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from sehatmu.contracts import Contracts
from sehatmu.errors import SehatmuError
from sehatmu.publish.mask import as_shown, hash_value, load_key, masked_columns, set_key
from tests.publishing import PATIENT, PATIENTS, contracts, facility, new_home, night

KEY = b"k" * 32
NIK = "3201234567890123"


def with_patients() -> Contracts:
    known = contracts()
    return replace(known, by_id={**known.by_id, PATIENTS.id: PATIENTS, PATIENT.id: PATIENT})


def mask(name: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a table as the default file shows them."""
    known = with_patients()
    contract = known.index(*name.split("."))
    con = duckdb.connect()
    set_key(con, KEY)
    con.register("incoming", pl.DataFrame([{c.name: row.get(c.name) for c in contract.columns} for row in rows]))
    shown: list[dict[str, Any]] = (
        con.sql(f"SELECT {', '.join(masked_columns(contract, known))} FROM incoming").pl().to_dicts()
    )
    return shown


def test_hash_is_hmac_sha256_of_the_text() -> None:
    assert hash_value(KEY, NIK) == hmac.new(KEY, NIK.encode(), hashlib.sha256).hexdigest()


def test_personal_columns_of_an_index_are_hashed_or_withheld() -> None:
    (row,) = mask("mpi.patient", [{"master_id": "P1", "nik": NIK, "full_name": "Siti Contoh", "sex": "P"}])
    assert row == {"master_id": "P1", "nik": hash_value(KEY, NIK), "full_name": None, "sex": "P"}


def test_a_withheld_column_is_not_required_in_the_default_file() -> None:
    assert {c.name: c.required for c in as_shown(PATIENT).columns} == {
        "master_id": False,
        "nik": True,
        "full_name": False,
        "sex": False,
    }


def test_keys_are_hashed_only_where_the_key_of_the_extract_is_personal() -> None:
    patient = {"source": "faskes", "extract": "pasien", "source_key": "F1|001", "record_key": "faskes|pasien|F1|001"}
    hospital = {"source": "sirs", "extract": "rumah_sakit", "source_key": "3275", "record_key": "sirs|rumah_sakit|3275"}
    shown = mask("xref.record_link", [patient, hospital])
    assert shown[0]["record_key"] == hash_value(KEY, "faskes|pasien|F1|001")
    assert shown[0]["source_key"] == hash_value(KEY, "F1|001")
    assert (shown[1]["record_key"], shown[1]["source_key"]) == ("sirs|rumah_sakit|3275", "3275")


def test_keys_of_an_extract_without_a_contract_are_hashed() -> None:
    (row,) = mask("review.possible_match", [{"left_key": "x|y|1", "right_key": "sirs|rumah_sakit|2", "score": 1.0}])
    assert row["left_key"] == hash_value(KEY, "x|y|1")
    assert row["right_key"] == "sirs|rumah_sakit|2"


def test_changed_values_of_personal_columns_are_withheld() -> None:
    rows = [
        {"index": "mpi", "column_name": "full_name", "old_value": "Siti", "new_value": "Siti A."},
        {"index": "mpi", "column_name": "sex", "old_value": "L", "new_value": "P"},
        {"index": "msi", "column_name": "telp", "old_value": "621", "new_value": "622"},
        {"index": "msi", "column_name": "no_such_column", "old_value": "a", "new_value": "b"},
    ]
    shown = [(row["old_value"], row["new_value"]) for row in mask("history.golden_change", rows)]
    assert shown == [(None, None), ("L", "P"), ("621", "622"), (None, None)]


def quarantined(values: str | None, source: str = "faskes", extract: str = "pasien") -> Any:
    (row,) = mask("quarantine.row", [{"source": source, "extract": extract, "row_values": values}])
    return json.loads(row["row_values"]) if row["row_values"] is not None else None


def test_quarantined_values_are_masked_by_the_class_of_their_column() -> None:
    delivered = {"KODE FASKES": "F1", "nama  pasien": "Siti Nur 2", "no_rm": "12-AB", "alamat": "Jl. A 1", "hobi": "x9"}
    assert quarantined(json.dumps(delivered)) == {
        "KODE FASKES": "F1",
        "nama  pasien": "x x 9",
        "no_rm": "99-x",
        "alamat": "Jl. A 1",
        "hobi": "x9",
    }


def test_of_a_resource_only_plain_public_keys_are_shown() -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/P00000000001", "display": "Siti Contoh"},
        "participant": [{"individual": {"display": "dr. Budi"}}],
    }
    shown = quarantined(json.dumps(resource), extract="diagnostik")
    assert (shown["resourceType"], shown["status"]) == ("Observation", "final")
    assert not {"Siti", "Budi", "P00000000001"} & set(json.dumps(shown).replace('"', " ").split())
    assert "Siti" not in json.dumps(shown)


def test_sixteen_digits_in_a_harmless_column_are_masked() -> None:
    assert quarantined(json.dumps({"alamat": "3201 2345 6789 0123"})) == {"alamat": "9999 9999 9999 9999"}


@pytest.mark.parametrize("values", [None, "", "Siti;3201", "[1, 2]", '"Siti"', '{"nama": "Si'])
def test_what_is_no_object_is_withheld(values: str | None) -> None:
    assert quarantined(values) is None


def test_a_line_that_could_not_be_split_is_withheld() -> None:
    values = json.dumps({"_line": f"Siti;{NIK}", "_fields": "2 of 9"})
    assert quarantined(values) == {"_line": None, "_fields": "2 of 9"}


def test_quotes_and_doubled_headers_survive() -> None:
    assert quarantined('{"alamat": "Jl. \\"A\\"", "alamat": null}') == {"alamat": None}


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    key = load_key(home)
    assert len(key) == 32
    assert load_key(home) == key
    assert [oct(path.stat().st_mode & 0o777) for path in home.keys.iterdir()] == ["0o600"]
    assert load_key(new_home(tmp_path / "other")) != key


def test_a_lost_key_is_not_replaced_once_something_is_published(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    night(home, "2026-11-23", [facility(1)])
    (home.keys / "hmac.key").unlink()
    with pytest.raises(SehatmuError, match="key that hashes personal values is missing"):
        night(home, "2026-11-24", [facility(1)])


@pytest.mark.parametrize("key", [b"", b"short", b"b" * 64, b"l" * 200])
def test_sql_hash_equals_hmac_for_every_length_of_key(key: bytes) -> None:
    con = duckdb.connect()
    set_key(con, key)
    con.register("incoming", pl.DataFrame({"master_id": "P1", "nik": "é3201", "full_name": None, "sex": None}))
    shown = con.sql(f"SELECT {masked_columns(PATIENT, with_patients())[1]} FROM incoming").fetchall()
    assert shown == [(hash_value(key, "é3201"),)]
