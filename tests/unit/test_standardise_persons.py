"""Records of persons: which columns there are, keys, flags, the hash, and frames of every shape."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sehatmu.contracts import load_contracts
from sehatmu.standardise import person_rows
from sehatmu.standardise.person_rows import DELIVERED
from sehatmu.standardise.persons import COLUMNS, EVIDENCE, person_records
from tests.standardising_persons import CONTRACTS, DAY, books, delivered, record, records

GOOD = {
    "no_rm": "00-01", "no_ihs": "P02478375538", "nik": "3273 0141 0190 0001", "nama": "dr. Melati Sari, S.Kep",
    "tempat_lahir": "Kota Contoh", "tanggal_lahir": "01/01/1990", "jenis_kelamin": "Perempuan",
    "nama_ibu": "Ny. Dewi", "nik_ibu": "3273015505600002", "urutan_kembar": "0", "anak_ke": "2",
    "status_kawin": "Kawin", "kewarganegaraan": "WNI", "no_kk": "3273010101100003", "alamat": "Jl. Contoh No. 1",
    "rt": "001", "rw": "02", "kode_kel": "3273011001", "telepon": "0812-0000-0123", "no_bpjs": "0001234567890",
    "paspor": None, "tanggal_meninggal": None, "tanggal_update": "2026-11-01",
}  # fmt: skip


def test_a_registration_with_everything() -> None:
    made = record(**GOOD)
    expected = {
        "record_key": "faskes|pasien|yankes_rs|3273010|00-01", "source_key": "yankes_rs|3273010|00-01",
        "facility_key": "yankes_rs|3273010", "delivery_date": DAY, "source": "faskes", "extract": "pasien",
        "nik": "3273014101900001", "nik_state": "ok", "nik_birth_date": date(1990, 1, 1), "nik_sex": "F",
        "nik_region": "327301", "no_kk": "3273010101100003", "bpjs": "0001234567890", "passport": None,
        "official_id": "P02478375538", "mother_nik": "3273015505600002", "name_full": "MELATI SARI",
        "mother_name_full": "DEWI", "birth_date": date(1990, 1, 1), "birth_date_is_year_only": True,
        "birth_place": "KOTA CONTOH", "sex": "F", "birth_order": 0, "phone": "6281200000123", "rt": "1", "rw": "2",
        "address_core": "CONTOH 1", "kab_code": "3273", "kel_code": "3273011001", "title_front": "dr.",
        "title_back": "S.Kep.", "nama": "dr. Melati Sari, S.Kep", "anak_ke": 2, "status_kawin": "M",
        "kewarganegaraan": "WNI", "telepon": "0812-0000-0123", "tanggal_update": date(2026, 11, 1), "no_rm": "00-01",
        "flags": [],
    }  # fmt: skip
    assert {column: made[column] for column in expected} == expected


def test_the_delivered_columns_are_those_of_the_contract() -> None:
    contract = load_contracts(CONTRACTS).source("faskes", "pasien")
    assert tuple(column.name for column in contract.columns) == DELIVERED


def test_a_nik_completes_the_birth_date_for_linkage_only() -> None:
    told = {"1990-05-04": date(1990, 5, 4), None: date(1990, 4, 7), "1990-01-01": date(1990, 4, 7)}
    told |= {"1991-01-01": date(1991, 1, 1), "1900-01-01": date(1990, 4, 7)}
    for delivered_date, evidence in told.items():
        made = record(nik="3273010704900001", tanggal_lahir=delivered_date)
        assert made["birth_evidence"] == evidence
        assert made["birth_date"] != date(1990, 4, 7)
    assert record(nik=None, tanggal_lahir=None)["birth_evidence"] is None


def test_the_birth_order_is_that_of_twins_only() -> None:
    assert record(anak_ke="3")["birth_order"] is None
    assert record(urutan_kembar="2", anak_ke="3")["birth_order"] == 2


def test_flags_say_what_was_set_aside() -> None:
    made = record(
        nik="1111111111111111", nama="MR. X", tanggal_lahir="1900-01-01", jenis_kelamin="?", telepon="belum tahu"
    )
    assert made["flags"] == [
        "jenis_kelamin:unknown", "nama:placeholder", "nik:placeholder", "tanggal_lahir:placeholder",
        "telepon:unreadable",
    ]  # fmt: skip
    assert record(nik="123", nama="BY NY MELATI", tanggal_lahir="2027-01-01")["flags"] == [
        "nama:newborn", "nik:pattern", "tanggal_lahir:future",
    ]  # fmt: skip


def test_the_night_decides_what_is_to_come_by_the_day_of_delivery() -> None:
    rows = delivered({"tanggal_lahir": "2026-11-20"}).with_columns(delivery_date=pl.lit(date(2026, 11, 19)))
    assert person_records(rows, books(), as_of=DAY)["birth_date_is_future"].item()


def test_accepted_rows_keep_their_keys_and_flags() -> None:
    rows = delivered({"nik": None}, {"nik": None}, {"nama": "Lama"}).with_columns(
        record_key=pl.Series(["k2", "k1", "k0"]),
        source_key=pl.Series(["2", "1", "0"]),
        flags=pl.Series([["nik:pattern"], ["tanggal_lahir:range"], []]),
        delivery_date=pl.lit(DAY),
        is_current=pl.Series([True, True, False]),
        tanggal_lahir=pl.Series([date(1990, 5, 6), None, None]),
        urutan_kembar=pl.Series([1, None, None]),
    )
    made = person_records(rows, books(), as_of=DAY)
    assert made.select("record_key", "nik_state", "flags", "birth_date", "birth_order").rows() == [
        ("k1", "missing", ["tanggal_lahir:range"], None, None),
        ("k2", "shape", ["nik:pattern"], date(1990, 5, 6), 1),
    ]


def test_only_the_columns_asked_for_and_as_if_all_had_been() -> None:
    rows = ({"no_rm": "1", **{k: v for k, v in GOOD.items() if k != "no_rm"}}, {"no_rm": "2", "nama": "BY NY DEWI"})
    whole = records(*rows)
    assert whole.columns == list(COLUMNS)
    for column in COLUMNS:
        made = records(*rows, columns=[column])
        assert made.equals(whole.select(column)), column


def test_the_hash_changes_with_what_linkage_reads_and_nothing_else() -> None:
    def hashed(row: dict[str, str | None], *columns: str) -> int:
        value: int = records(row, columns=["link_hash"], hashed=columns or EVIDENCE)["link_hash"].item()
        return value

    assert hashed(GOOD) == hashed(GOOD | {"tanggal_update": "2026-11-02", "status_kawin": "Cerai Mati"})
    assert hashed(GOOD) == hashed(GOOD | {"nama": "MELATI SARI", "tanggal_lahir": "1990-01-01"})
    for changed in ({"nik": None}, {"nama": "Melati Sri"}, {"telepon": "0812-0000-0124"}, {"kode_kel": "3273011002"}):
        assert hashed(GOOD) != hashed(GOOD | changed), changed
    assert hashed(GOOD, "nik", "name_key") == hashed(GOOD | {"telepon": None}, "nik", "name_key")
    assert hashed(GOOD, "nik", "name_key") != hashed(GOOD | {"nama": "Dewi"}, "nik", "name_key")
    assert hashed({"nik": None, "no_kk": GOOD["nik"]}) != hashed({"nik": GOOD["nik"], "no_kk": None})


def test_a_frame_without_rows_or_with_nothing_but_keys() -> None:
    empty = person_records(delivered().clear(), books(), as_of=DAY)
    one = records({"nama": None})
    assert empty.schema == one.schema
    assert empty.is_empty()
    assert one.select("name_full", "nik", "birth_date", "sex", "phone").row(0) == (None,) * 5
    assert one["flags"].to_list() == [[]]


def test_absent_columns_are_as_good_as_null() -> None:
    keys = delivered({"nama": "Surya"}).select("sumber_kode", "kode_faskes", "no_rm", "nama")
    assert person_records(keys, books(), as_of=DAY).equals(records({"nama": "Surya"}))


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"no_rm": str(i % 7 * 10 + i), "nama": f"Surya {'ABCDEFG'[i % 7]}i", "kode_faskes": str(i % 3)}
        for i in range(20)
    ]
    whole = records(*rows)
    monkeypatch.setattr(person_rows, "SLICE", 3)
    assert records(*rows).equals(whole)
    assert whole["record_key"].is_sorted()


def test_ten_thousand_copies_and_endless_names() -> None:
    copies = pl.concat([delivered(GOOD)] * 10_000).with_columns(no_rm=pl.int_range(10_000).cast(pl.String))
    made = person_records(copies, books(), as_of=DAY)
    assert made.height == 10_000
    assert made["name_full"].n_unique() == 1
    long = record(nama="Surya " * 5_000, alamat="Jl. " * 5_000)
    assert len(long["name_sorted"]) == 5_000 * 6 - 1
