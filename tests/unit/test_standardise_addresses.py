"""Addresses: tables of before → after. All addresses are invented."""

from __future__ import annotations

import polars as pl
import pytest

from sehatmu.standardise.addresses import normalise_addresses
from tests.standardising import books


def parts(address: str) -> dict[str, str | None]:
    made = normalise_addresses(pl.DataFrame({"address": [address]}), books()["name_words"])
    return made.row(0, named=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "Jl. Melati Raya No. 7 RT 003/RW 04, Kel. Sukasari, Kec. Tanjung Baru, Kab. Contoh 40123",
            {
                "address_core": "MELATI RAYA 7 RT 3 RW 4 SUKASARI",
                "village_text": "SUKASARI",
                "district_text": "TANJUNG BARU",
                "rt": "3",
                "rw": "4",
                "postal_code": "40123",
            },
        ),
        ("JLN MELATI RAYA NO.7", {"address_core": "MELATI RAYA 7", "district_text": None, "postal_code": None}),
        ("Jalan Melati Raya Nomor 07", {"address_core": "MELATI RAYA 7"}),
        ("Jl. Jend. Soedirman 5", {"address_core": "JENDERAL SUDIRMAN 5"}),
        ("Ds. Karang, Kec. Sumber", {"address_core": "KARANG", "district_text": "SUMBER", "village_text": "KARANG"}),
        ("Jl. Sei Batu Rt.010/04", {"address_core": "SUNGAI BATU RT 10 4", "rt": "10", "rw": "4"}),
        ("Jl. Kecamatan No. 1, Kec. Sumber", {"district_text": "SUMBER"}),
        ("Jl. Kenari No. 3Kec. Sumber", {"district_text": "SUMBER"}),
        ("Kel. Cikarang UtaraKec. Cikarang Utara", {"district_text": "CIKARANG UTARA"}),
        ("Ds. Baru, Kec. Kampung Rakyat", {"district_text": "KAMPUNG RAKYAT", "village_text": "BARU"}),
        ("Kampung Baru, Distrik  Kokas", {"district_text": "KOKAS", "village_text": "BARU"}),
        ("Kec. Sumber (Pasar Lama)", {"district_text": "SUMBER"}),
        ("Jl. Melati - Kenanga, Kab.Contoh", {"address_core": "MELATI KENANGA"}),
        ("Kec. Sumber", {"address_core": None}),
    ],
)  # fmt: skip
def test_parts(address: str, expected: dict[str, str | None]) -> None:
    made = parts(address)
    assert {column: made[column] for column in expected} == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Jl. Melati No. 7", "JALAN MELATI 7"),
        ("Jl. Melati 7, Kec. Sumber, Kab. Contoh", "Jln. Melati No.07"),
        ("Jl. Tjokroaminoto 3", "Jl. Cokroaminoto No. 3"),
    ],
)
def test_the_same_street_has_one_core(left: str, right: str) -> None:
    assert parts(left)["address_core"] == parts(right)["address_core"]


def test_another_house_is_another_core() -> None:
    assert parts("Jl. Melati No. 7")["address_core"] != parts("Jl. Melati No. 17")["address_core"]
