"""Small nights of health workers for tests: rows as dictionaries, taken in by their contracts and standardised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from sehatmu.contracts import Contracts, load_contracts
from sehatmu.home import Home
from sehatmu.intake.run import intake
from sehatmu.linkage import load_linkage
from sehatmu.standardise.codebooks import Codebooks, load_codebooks
from sehatmu.standardise.practitioners import CODEBOOKS, standardise_practitioners

AUTHORED = Path(__file__).parents[1] / "data_contracts"
DAY = date(2026, 11, 23)
SISDMK, SIRS, SIMADA, COUNCIL, OFFICE = (
    "sisdmk_tenaga", "sirs_tenaga", "simada_penanggung_jawab", "konsil_str", "dpmptsp_sip",
)  # fmt: skip
NIK, OTHER_NIK = "3273014101900001", "3273015508880004"
STR, SIP = "QK00000000000123", "503/0001/SIP/2024"
NURSE = {
    "nik": NIK, "nama": "Dewi Sartika, S.Kep., Ns", "tanggal_lahir": "1990-01-01", "jenis_kelamin": "P",
    "jenis_sdmk": "Perawat Ahli Muda", "no_str": STR, "no_sip": SIP, "kode_unit": "R3273010", "unit": "RSUD Contoh",
}  # fmt: skip
FACILITIES = pl.DataFrame(
    {
        "master_id": ["1", "2", "3", "4"],
        "nama": ["RSUD CONTOH", "PUSKESMAS MELATI", "APOTEK SEHAT 12", "PUSKESMAS MEKAR JAYA"],
        "provinsi_kode": ["32", "32", "31", "31"],
        "kabkota_kode": ["3273", "3204", "3171", "3171"],
        "kabkota_nama": ["KOTA BANDUNG", "KABUPATEN BANDUNG", "KOTA ADM. JAKARTA PUSAT", "KOTA ADM. JAKARTA PUSAT"],
    }
)
IDENTIFIERS = pl.DataFrame(
    {
        "master_id": ["1", "1", "2", "3", "4", "2"],
        "namespace": [
            "sisdmk_sarana", "yankes_rs", "sisdmk_sarana", "simada_sarana", "sisdmk_sarana", "yankes_klinik",
        ],
        "code": ["R3273010", "3273010", "P3204010201", "SMD-0000123", "P3171010101", "SMD-0000123"],
    }
)  # fmt: skip
Row = Mapping[str, str | None]


@cache
def contracts() -> Contracts:
    return load_contracts(AUTHORED)


@cache
def books() -> Codebooks:
    return load_codebooks(AUTHORED, CODEBOOKS)


def take_in(home: Path, tables: Mapping[str, Sequence[Row]]) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The accepted frames of the tables, and every reason in quarantine."""
    place, accepted, reasons = Home(home).create(), {}, []
    for table, rows in tables.items():
        contract = contracts().by_id[table]
        folder = place.landing / contract.source / contract.extract / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        names = dict.fromkeys(name for row in rows for name in row)
        pl.DataFrame([{name: row.get(name) for name in names} for row in rows]).write_csv(folder / "rows.csv")
        taken = intake(place, contract, day=DAY, previous=None)
        accepted[table] = taken.accepted
        reasons += taken.quarantine.explode("reasons")["reasons"].to_list()
    return accepted, sorted(reasons)


def standardise(accepted: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    hashed = load_linkage(AUTHORED / "linkage" / "practitioner.yaml").columns
    return standardise_practitioners(accepted, FACILITIES, IDENTIFIERS, books(), as_of=DAY, hashed=hashed)


def night(home: Path, **tables: Sequence[Row]) -> dict[str, pl.DataFrame]:
    """The standard tables of rows by extract."""
    return standardise(take_in(home, tables)[0])


def findings(made: Mapping[str, pl.DataFrame]) -> list[str]:
    return sorted(made["finding"]["finding"])
