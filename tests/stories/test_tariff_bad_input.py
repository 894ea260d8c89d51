"""Stories of prices that are written wrongly: what is refused, what is loaded and flagged, and that no rupiah is
lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sehatmu.contracts import load_contracts
from sehatmu.golden.tariff import CODEBOOKS, tariff_tables, unreconciled
from sehatmu.home import Home
from sehatmu.intake.run import intake
from sehatmu.standardise import load_codebooks
from tests.standardising_services import CONTRACTS

DAY = date(2026, 11, 23)
HEADER = (
    "sumber_kode,kode_faskes,kode_lokal,penjamin,kelas_perawatan,berlaku_mulai,"
    "Harga,jasa_sarana,jasa_pelayanan,bhp,berlaku_akhir,dasar_hukum"
)
ALL = load_contracts(CONTRACTS)
PLACE = {"facility_id": "2000000001", "sumber_kode": "yankes_rs", "kode_faskes": "A"}


def price(amount: str, *, item: str = "1", place: str = "A", payer: str = "BPJS", start: str = "2026-01-01", end: str =
"",
          parts: str = ",,", klass: str = "") -> str:  # fmt: skip
    return f'yankes_rs,{place},{item},{payer},{klass},{start},"{amount}",{parts},{end},SK'


def tables(folder: Path, *rows: str, local: list[dict[str, Any]] | None = None) -> dict[str, pl.DataFrame]:
    """What a night makes of these rows of faskes/tarif."""
    home = Home(folder / "home").create()
    frames = {}
    for extract, text in (
        ("faskes_tarif", "\n".join([HEADER, *rows]) + "\n" if rows else None),
        ("referensi_paket", None),
    ):
        source, _, name = extract.partition("_")
        if text:
            place = home.landing / source / name / DAY.isoformat()
            place.mkdir(parents=True)
            (place / "rows.csv").write_text(text)
        taken = intake(home, ALL.by_id[extract], day=DAY, previous=None)
        frames |= {
            extract: taken.accepted,
            f"landing_{extract}": taken.source_file,
            f"quarantine_{extract}": taken.quarantine,
        }
    items = [{**PLACE, "kode_lokal": "1", "kode_kptl": "10002", "group_code": "radiologi", "nama_layanan": "USG ABD"}]
    shape = dict.fromkeys(
        ("record_key", *PLACE, "kode_lokal", "kode_kptl", "group_code", "group_method", "nama_layanan"), pl.String
    )
    frames["service_local_service"] = pl.DataFrame(items if local is None else local, schema=shape)
    frames["facility_facility"] = pl.DataFrame(
        {"master_id": ["2000000001"], "kelas_sarana_kode": ["B"], "provinsi_kode": ["32"]}
    )
    made = tariff_tables(frames, load_codebooks(CONTRACTS, CODEBOOKS), ALL, as_of=DAY)
    made["quarantine"] = frames["quarantine_faskes_tarif"]
    assert unreconciled(made).is_empty()
    return made


def states(made: dict[str, pl.DataFrame]) -> dict[str, tuple[int, int]]:
    rows = made["reconciliation"].filter(pl.col("extract") == "tarif")
    return {state: (count, amount) for _, _, state, count, amount in rows.rows()}


@pytest.mark.parametrize("written", ["150000", "Rp 150.000,-", "150,000.00", "Rp. 150.000,00", "150.000"])
def test_however_it_is_written_it_is_the_same_price(tmp_path: Path, written: str) -> None:
    made = tables(tmp_path, price(written))
    row = made["tariff"].row(0, named=True)
    assert (row["amount"], row["payer_code"], row["is_flagged"]) == (150_000, "BPJS-K", False)
    assert (row["item_system"], row["item_code"]) == ("kptl", "10002")
    assert (row["facility_class_code"], row["province_code"]) == ("B", "32")


@pytest.mark.parametrize(
    ("written", "reason", "amount"),
    [
        ("-150000", "tarif:not-negative", -150_000),
        ("Rp -150.000,-", "tarif:not-negative", -150_000),
        ("(150000)", "tarif:not-negative", 0),
        ("lihat lampiran", "tarif:pattern", 0),
        ("9999999999999999", "tarif:pattern", 0),
        ("1.5E+05", "tarif:scientific", 0),
    ],
)
def test_what_is_no_price_is_held_back_and_counted(tmp_path: Path, written: str, reason: str, amount: int) -> None:
    made = tables(tmp_path, price(written), price("5000", item="2"))
    assert reason in made["quarantine"]["reasons"].to_list()[0]
    assert states(made) == {
        "delivered": (2, 5000 + amount),
        "loaded": (1, 5000),
        "flagged": (0, 0),
        "quarantined": (1, amount),
    }


@pytest.mark.parametrize(
    ("rows", "finding", "is_flagged"),
    [
        ([price("0")], "amount:zero", True),
        ([price("150")], "amount:thousands-lost", True),
        ([price("150000", payer="Yayasan X")], "payer:unknown", True),
        ([price("150000", klass="Kelas Emas")], "class:unknown", True),
        ([price("150000", parts="100000,40000,5000")], "components:do-not-sum", True),
        ([price("1000", end="2026-06-30"), price("2000", start="2026-06-30")], "period:overlap", True),
        ([price("1000"), price("2000", start="2026-06-30")], "period:overlap", True),
        ([price("1000"), price("2000", start="2026-06-30", payer="JKN")], "period:overlap", True),
        ([price("1000", end="2026-06-29"), price("2000", start="2026-07-02")], "period:gap", False),
        ([price("1000", end="2026-06-30")], "basis:expired", False),
        ([price("150000", end="31-31-2026")], "value:lost", True),
        ([price("150000", end="2025-01-01")], "value:lost", True),
        ([price("150000", parts="x,,")], "value:lost", True),
        ([price("150000", item="9")], "item:unlisted", False),
    ],
)
def test_what_is_odd_is_loaded_and_told(tmp_path: Path, rows: list[str], finding: str, is_flagged: bool) -> None:
    made = tables(tmp_path, *rows)
    assert made["finding"]["finding"].to_list() == [finding]
    row = made["tariff"].join(made["finding"], on="record_key").row(0, named=True)
    assert (row["findings"], row["is_flagged"]) == (finding, is_flagged)
    assert states(made)["flagged"][0] == int(is_flagged)


def test_what_is_in_order_is_told_nothing_of(tmp_path: Path) -> None:
    made = tables(
        tmp_path,
        price("150000", parts="100000,40000,10000", end="2026-06-30", klass="kelas I"),
        price("160000", start="2026-07-01", klass="kelas I"),
        price("90000", payer="Umum"),
    )
    assert made["finding"].is_empty()
    assert made["tariff"]["care_class_code"].to_list() == ["1", "1", None]


def test_a_price_far_from_what_others_ask_is_flagged(tmp_path: Path) -> None:
    local = [
        {**PLACE, "kode_faskes": f, "kode_lokal": "1", "kode_kptl": "10002", "group_code": "radiologi"}
        for f in "ABCDEFG"
    ]
    amounts = {"A": "150000", "B": "160000", "C": "140000", "D": "155000", "E": "4000000", "F": "10000", "G": "152"}
    made = tables(tmp_path, *(price(a, place=f) for f, a in amounts.items()), local=local)
    told = made["finding"].join(made["tariff"], on="record_key").select("kode_faskes", "finding")
    assert set(told.rows()) == {
        ("E", "amount:outside-band"),
        ("F", "amount:outside-band"),
        ("G", "amount:thousands-lost"),
    }


def test_a_lost_row_is_noticed(tmp_path: Path) -> None:
    made = tables(tmp_path, price("150000"), price("0", item="2"))
    whole = made["reconciliation"].filter(pl.col("extract") == "tarif")
    short = whole.with_columns(
        amount=pl.when(pl.col("state") == "loaded").then(pl.col("amount") - 1).otherwise("amount")
    )
    assert unreconciled({"reconciliation": short})["missing_amount"].to_list() == [1]


def test_items_that_are_no_service_keep_a_system_of_their_own(tmp_path: Path) -> None:
    local = [
        {**PLACE, "kode_lokal": "93001019", "group_code": "obat"},
        {**PLACE, "kode_lokal": "K1", "group_code": "kamar"},
        {**PLACE, "kode_lokal": "X", "group_code": "penunjang"},
    ]
    made = tables(tmp_path, *(price("5000", item=i) for i in ("93001019", "K1", "X")), local=local)
    assert made["tariff"].select("item_system", "item_code").rows() == [
        ("kfa", "93001019"),
        ("room", "yankes_rs|A|K1"),
        ("local", "yankes_rs|A|X"),
    ]


def test_there_are_eighteen_cost_groups_and_classes_apart(tmp_path: Path) -> None:
    made = tables(tmp_path)
    assert made["cost_group"].height == 18
    vip = made["care_class"].filter(pl.col("care_class_code") == "VIP").row(0, named=True)
    assert (vip["is_entitlement"], vip["is_occupancy"]) == (False, True)
    assert made["primary_care"]["kind"].unique().sort().to_list() == ["capitation", "non_capitation"]
