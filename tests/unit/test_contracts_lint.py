"""Lint: everything that is authored, at once; and what this project ships is clean."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import sehatmu.contracts
from sehatmu.contracts import Contracts, Mistake, lint

ROOT = Path(__file__).parents[2] / "data_contracts"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: sirs_kamar
version: 1.0.0
status: active
domain: facility
schema:
  - name: kamar
    description: Rooms.
    customProperties: [{property: businessKey, value: [kode]}]
    properties:
      - name: kode
        logicalType: string
        required: true
        description: Code.
        classification: public
        examples: ["007", abc]
        logicalTypeOptions: {pattern: "^[0-9]+$"}
      - name: mulai
        logicalType: date
        description: First day.
        classification: public
        examples: ["1989-12-31"]
        logicalTypeOptions: {minimum: "1990-01-01"}
        quality:
          - {id: a-rule, description: x., type: custom, engine: sehatmu, implementation: {requiredWith: kode}}
      - name: jumlah
        logicalType: integer
        description: Number.
        classification: public
        examples: [1, 2]
        logicalTypeOptions: {maximum: 1}
"""


def test_what_the_project_ships_has_no_mistake() -> None:
    assert [str(m) for m in lint(ROOT)] == []


def test_contracts_codebooks_examples_and_further_checkers_come_together(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "codebooks").mkdir()
    (tmp_path / "sources/sirs_kamar.odcs.yaml").write_text(CONTRACT.replace("status: active", "status: activ"))
    (tmp_path / "codebooks/kinds.csv").write_text("code\n1\n1\n")

    def check_linkage(contracts: Contracts) -> list[Mistake]:
        assert contracts.root == tmp_path
        return [Mistake("linkage/facility.yaml", "vetoes", f"knows {len(contracts.by_id)}")]

    assert [(m.file, m.path, m.found) for m in lint(tmp_path, checkers=[check_linkage])] == [
        ("codebooks/kinds.csv", "line 3", "the key stands twice for one day"),
        ("linkage/facility.yaml", "vetoes", "knows 1"),
        ("sources/sirs_kamar.odcs.yaml", "schema[0].properties[0].examples[1]", "breaks pattern"),
        ("sources/sirs_kamar.odcs.yaml", "schema[0].properties[1].examples[0]", "breaks range"),
        ("sources/sirs_kamar.odcs.yaml", "schema[0].properties[2].examples[1]", "breaks range"),
        ("sources/sirs_kamar.odcs.yaml", "status", "found 'activ' (did you mean 'active'?)"),
    ]


def test_mistakes_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    head, _, body = CONTRACT.partition("      - name: kode")
    columns = "".join(f"      - {{name: c{i}}}\n" for i in range(11))
    (tmp_path / "sources/sirs_kamar.odcs.yaml").write_text(f"{head}{columns}      - name: kode{body}")
    places = [m.path for m in lint(tmp_path) if m.found == "lacks 'logicalType'"]
    assert places == [f"schema[0].properties[{i}]" for i in range(11)]


@pytest.mark.parametrize("module", ["mistakes", "model", "ddl"])
def test_examples_in_docstrings(module: str) -> None:
    result = doctest.testmod(import_module(f"{sehatmu.contracts.__name__}.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
