"""Whatever is typed about health workers: every job is a record, order never matters, nothing unread goes missing."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.contracts import polars_schema
from tests.standardising_practitioners import (
    COUNCIL,
    DAY,
    NIK,
    OFFICE,
    OTHER_NIK,
    SIP,
    SISDMK,
    STR,
    contracts,
    standardise,
)

Row = dict[str, str | None]
ODD = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


def told(*usual: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(usual), ODD)


NUMBERS = (STR, SIP, "qk-0000.0000.0001.23", "2938/28377/STR/00001", "-", "0", NIK)
NAMES = ("Dewi Sartika, S.Kep., Ns", "DEWI SARTIKA", "dr. H. Ahmad Fauzi, Sp.PD-KGEH, M.Kes", "Dr. Budi", "dr.", "XXX")
JOB = st.fixed_dictionaries(
    {
        "nik": told(NIK, OTHER_NIK, "1111111111111111"),
        "no_ihs": told("10000000001", "P00000000001"),
        "nama": told(*NAMES),
        "jenis_kelamin": told("P", "Laki-laki"),
        "jenis_sdmk": told("Perawat Ahli Muda", "Sopir", "S.Kep., Ns", "Dokter Spesialis Anak"),
        "rumpun_sdmk": told("Keperawatan"),
        "pendidikan": told("D-III Kebidanan"),
        "nip": told("199001312015031001"),
        "no_str": told(*NUMBERS),
        "no_sip": told(*NUMBERS),
        "kode_unit": told("R3273010", " r3273010 ", "P9999999999"),
        "unit": told("RSUD Contoh", "PKM Melati"),
        "kabkot": told("Kota Bandung", "KAB. BANDUNG"),
    }
)
LISTED = st.fixed_dictionaries({"no_str": st.sampled_from(NUMBERS), "nik": told(NIK), "nama": told(*NAMES)})
PERMIT = st.fixed_dictionaries(
    {"no_sip": st.sampled_from(NUMBERS), "no_str": told(STR), "nama": told(*NAMES), "kode_sarana": told("SMD-0000123")}
)


def accepted(table: str, rows: list[Row]) -> pl.DataFrame:
    """As intake would accept them, keyed by their place."""
    contract = contracts().by_id[table]
    schema = polars_schema(contract)
    key = [f"{i:04}" for i in range(len(rows))]
    return pl.DataFrame(
        [{name: row.get(name) for name in schema} for row in rows], schema=dict.fromkeys(schema, pl.String)
    ).cast(schema).with_columns(
        source_key=pl.Series(key, dtype=pl.String),
        record_key=pl.Series([f"{contract.source}|{contract.extract}|{k}" for k in key], dtype=pl.String),
        delivery_date=pl.lit(DAY),
        flags=pl.lit([], pl.List(pl.String)),
        is_current=pl.lit(True),
    )  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(jobs=st.lists(JOB, max_size=6), listed=st.lists(LISTED, max_size=3), permits=st.lists(PERMIT, max_size=3))
def test_every_job_is_one_record_and_order_never_matters(
    jobs: list[Row], listed: list[Row], permits: list[Row]
) -> None:
    frames = {SISDMK: accepted(SISDMK, jobs), COUNCIL: accepted(COUNCIL, listed), OFFICE: accepted(OFFICE, permits)}
    made = standardise(frames)
    keys = frames[SISDMK]["record_key"].to_list()
    assert made["record"]["record_key"].to_list() == keys
    assert made["role"]["record_key"].to_list() == keys
    assert set(made["finding"]["record_key"]) <= set(keys)
    assert set(made["licence"]["record_key"].drop_nulls()) <= set(keys)
    turned = standardise({name: frame.reverse() for name, frame in frames.items()})
    for name, frame in made.items():
        assert frame.equals(turned[name]), name


@settings(max_examples=8, deadline=None)
@given(jobs=st.lists(JOB, min_size=1, max_size=8))
def test_what_is_not_read_is_counted(jobs: list[Row]) -> None:
    made = standardise({SISDMK: accepted(SISDMK, jobs)})
    counted = made["finding"]["finding"].value_counts()
    found = dict(counted.rows())
    assert made["worklist"]["record_count"].sum() == found.get("profession:unmapped", 0)
    lost = sum(count for name, count in found.items() if name.startswith("facility:"))
    assert made["facility_reference"]["record_count"].sum() == lost == made["role"]["facility_id"].null_count()
    told = made["licence"].group_by("kind").len().sort("kind").rows()
    held = [("SIP", made["record"]["sip_number"].count()), ("STR", made["record"]["str_number"].count())]
    assert told == [row for row in held if row[1]]
