"""The section `survivorship`: what is understood, how mistakes are told, and that it fits the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from sehatmu.contracts import load_contracts
from sehatmu.contracts.mistakes import ContractError
from sehatmu.golden.config import DEFAULT_RULES, STRATEGIES, group_rules, load_survivorship

CONTRACTS = Path(__file__).parents[2] / "data_contracts"
FACILITY = CONTRACTS / "linkage" / "facility.yaml"
GOOD = """
survivorship:
  number_column: kode_satusehat
  priority: [sirs/rumah_sakit, sisdmk/fasilitas]
  groups:
    name:
      columns: [nama]
    address:
      columns: [alamat, kode_kab]
      rules: [completeness, recency]
      required: [alamat]
    class:
      columns: [kelas]
      priority: [sirs/rumah_sakit]
      only: [sirs/rumah_sakit]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "linkage" / "facility.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_what_is_not_said_comes_from_the_whole_section(tmp_path: Path) -> None:
    survivorship = load_survivorship(write(tmp_path, GOOD))
    name, address, hospital_class = survivorship.groups
    assert survivorship.columns == ("nama", "alamat", "kode_kab", "kelas")
    assert name.rules == DEFAULT_RULES
    assert name.priority == address.priority == ("sirs/rumah_sakit", "sisdmk/fasilitas")
    assert hospital_class.priority == hospital_class.only == ("sirs/rumah_sakit",)
    assert address.required == ("alamat",)
    assert not name.required
    assert set(DEFAULT_RULES) < set(STRATEGIES)


def test_rules_are_told_per_group(tmp_path: Path) -> None:
    told = group_rules(load_survivorship(write(tmp_path, GOOD)))
    assert told["address"] == "completeness, recency, record_key"
    assert list(told) == ["name", "address", "class"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("number_column", "number_colum"), "unknown key (did you mean 'number_column'?)"),
        (("rules: [completeness", "rules: [complete"), "found 'complete' (did you mean 'completeness'?)"),
        (("required: [alamat]", "required: [nama]"), "groups.address.required[0]: found 'nama'"),
        (("columns: [kelas]", "columns: [nama]"), "groups.class: 'nama' is in the group 'name' too"),
        (("      columns: [nama]\n", "      rules: [recency]\n"), "groups.name: lacks 'columns'"),
        (("[sirs/rumah_sakit, sisdmk/fasilitas]", "[sirs, sisdmk/fasilitas]"), "priority[0]: found 'sirs'"),
        (("  priority: [sirs/rumah_sakit, sisdmk/fasilitas]\n", ""), "groups.name: lacks 'priority'"),
        (("      only: [sirs/rumah_sakit]", "      only: sirs/rumah_sakit"), "groups.class.only: found"),
        (("    name:\n      columns: [nama]", "    name: [nama]"), "groups.name: found a list; allowed: a mapping"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(ContractError) as error:
        load_survivorship(write(tmp_path, GOOD.replace(*change, 1)))
    assert said in str(error.value)


def test_the_facility_file_and_its_contract_name_the_same_groups() -> None:
    survivorship = load_survivorship(FACILITY)
    contract = load_contracts(CONTRACTS).index("msi", "facility")
    promised = {column.name: column.group for column in contract.columns if column.group}
    assert {column: group.name for group in survivorship.groups for column in group.columns} == promised
    made_here = {"master_id", survivorship.number_column, "id_origin", "source_count", "build_date"}
    assert made_here == {column.name for column in contract.columns if not column.group}


def test_every_preferred_register_has_a_contract() -> None:
    extracts = {f"{c.source}/{c.extract}" for c in load_contracts(CONTRACTS).sources()}
    for group in load_survivorship(FACILITY).groups:
        assert {*group.priority, *group.only} <= extracts


def test_hospital_class_comes_from_sirs_alone() -> None:
    hospital_class = next(g for g in load_survivorship(FACILITY).groups if "kelas_sarana_kode" in g.columns)
    assert hospital_class.only == ("sirs/rumah_sakit",)
