"""Compiling contracts: what a file becomes, and how its mistakes are told."""

from pathlib import Path

import pytest

from sehatmu.contracts import ContractError, load_contracts
from sehatmu.contracts.model import Derivation, Relationship, Rule
from sehatmu.errors import SehatmuError

SOURCE = """
apiVersion: v3.1.0
kind: DataContract
id: sirs_kamar
version: 1.0.0
status: active
domain: facility
schema:
  - name: kamar
    description: Rooms,
      one row each.
    customProperties:
      - {property: businessKey, value: [kode]}
      - {property: nullTexts, value: ["-"]}
    properties:
      - name: kode
        logicalType: string
        required: true
        description: Code.
        classification: public
        examples: ["007"]
        logicalTypeOptions: {pattern: "^[0-9]+$", maxLength: 9}
        customProperties:
          - {property: aliases, value: [d.kode, Kode Kamar]}
      - name: mulai
        logicalType: date
        description: First day.
        classification: internal
        examples: ["2026-01-31"]
      - name: akhir
        logicalType: date
        description: Last day.
        classification: internal
        examples: ["2026-12-31"]
        logicalTypeOptions: {minimum: "1990-01-01"}
        quality:
          - id: not-before-start
            description: Ends after it starts.
            type: custom
            engine: sehatmu
            implementation: {notLessThan: mulai}
        customProperties:
          - {property: action, value: null-and-flag}
"""

INDEX = """
apiVersion: v3.1.0
kind: DataContract
id: msi_room_use
version: 2.0.1
status: active
domain: facility
schema:
  - name: room_use
    physicalType: view
    description: Rooms in use.
    properties:
      - name: room_id
        logicalType: string
        required: true
        primaryKey: true
        description: Number of the room.
        classification: public
        examples: ["1"]
        relationships: [{to: room_use.previous_id}]
        customProperties:
          - {property: derivedFrom, value: [identity]}
      - name: previous_id
        logicalType: string
        description: Number of the room before.
        classification: personal
        examples: ["2"]
        customProperties:
          - {property: derivedFrom, value: [msi.room_use.room_id]}
      - name: codes
        logicalType: array
        items: {logicalType: string}
        description: Codes.
        classification: public
        examples: [["007", "008"]]
        customProperties:
          - {property: group, value: code}
          - property: derivedFrom
            value: [sirs/kamar.kode, {from: sirs/kamar.mulai, rule: "of the latest"}]
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"sources/sirs_kamar.odcs.yaml": SOURCE, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def mistakes_of(root: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(ContractError) as caught:
        load_contracts(root)
    return [(m.file, m.path, m.found) for m in caught.value.mistakes]


def test_a_source_becomes_a_contract(tmp_path: Path) -> None:
    contract = load_contracts(write(tmp_path, {})).source("sirs", "kamar")
    assert (contract.id, contract.kind, contract.source, contract.extract) == (
        "sirs_kamar",
        "source",
        "sirs",
        "kamar",
    )
    assert (contract.description, contract.business_key, contract.mode) == (
        "Rooms, one row each.",
        ("kode",),
        "full",
    )
    assert contract.null_texts == ("-",)
    kode, mulai, akhir = contract.columns
    assert (kode.required, kode.pattern, kode.max_length) == (True, "^[0-9]+$", 9)
    assert (kode.aliases, kode.examples, kode.action) == (("d.kode", "Kode Kamar"), ("007",), "quarantine")
    assert (mulai.type, mulai.required, mulai.minimum) == ("date", False, None)
    assert (akhir.action, str(akhir.minimum)) == ("null-and-flag", "1990-01-01")
    assert akhir.rules == (
        Rule("not-before-start", "notLessThan", "Ends after it starts.", column="akhir", columns=("mulai",)),
    )


def test_a_row_key_may_have_a_fallback_and_rows_may_be_nested(tmp_path: Path) -> None:
    text = SOURCE.replace("{property: businessKey, value: [kode]}", "{property: rowKey, value: [kode, mulai]}").replace(
        '- {property: nullTexts, value: ["-"]}',
        "- {property: rowKeyFallback, value: [akhir]}\n      - {property: nested, value: [KAMAR]}",
    )
    contract = load_contracts(write(tmp_path, {"sources/sirs_kamar.odcs.yaml": text})).source("sirs", "kamar")
    assert (contract.row_key, contract.row_key_fallback) == (("kode", "mulai"), ("akhir",))
    assert contract.nested == ("KAMAR",)


def test_an_index_becomes_a_contract(tmp_path: Path) -> None:
    contract = load_contracts(write(tmp_path, {"indexes/msi_room_use.odcs.yaml": INDEX})).index("msi", "room_use")
    assert (contract.schema_name, contract.table, contract.is_view) == ("msi", "room_use", True)
    assert contract.primary_key == ("room_id",)
    assert contract.relationships == (Relationship("room_id", "msi", "room_use", "previous_id"),)
    codes = contract.column("codes")
    assert (codes.type, codes.items, codes.examples, codes.group) == (
        "array",
        "string",
        ("[007, 008]",),
        "code",
    )
    assert codes.derived_from == (
        Derivation("sirs", "kamar", "kode"),
        Derivation("sirs", "kamar", "mulai", "of the latest"),
    )
    assert contract.column("room_id").derived_from == (Derivation("identity"),)


def test_iterating_goes_by_id_and_keeps_the_kinds_apart(tmp_path: Path) -> None:
    files = {
        "indexes/msi_room_use.odcs.yaml": INDEX,
        "sources/bpjs_kamar.odcs.yaml": SOURCE.replace("sirs_", "bpjs_"),
    }
    contracts = load_contracts(write(tmp_path, files))
    assert [c.id for c in contracts.sources()] == ["bpjs_kamar", "sirs_kamar"]
    assert [c.id for c in contracts.indexes()] == ["msi_room_use"]
    with pytest.raises(SehatmuError, match=r"no contract for the table sirs\.kamar"):
        contracts.index("sirs", "kamar")


def test_an_unknown_extract_is_told_with_the_nearest(tmp_path: Path) -> None:
    contracts = load_contracts(write(tmp_path, {}))
    with pytest.raises(SehatmuError, match="did you mean sirs_kamar"):
        contracts.source("sirs", "kamer")


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    source = (
        SOURCE.replace("required: true", "requird: true")
        .replace("logicalType: date", "logicalType: dat", 1)
        .replace('["007"]', "[007]")
        .replace("[d.kode, Kode Kamar]", "[d.kode, D Kode, MULAI]")
        .replace("notLessThan: mulai", "notLessThan: kode")
        .replace("value: [kode]", "value: [kod]")
        .replace('pattern: "^[0-9]+$"', 'pattern: "(", minLength: "2"')
    )
    index = INDEX.replace("sirs/kamar.mulai", "sirs/kamar.mulia").replace(
        "room_use.previous_id", "msi_rooms.odcs.yaml#schema/rooms/properties/id"
    )
    files = {
        "sources/sirs_kamar.odcs.yaml": source,
        "indexes/msi_room_use.odcs.yaml": index,
        "indexes/notes.txt": "",
    }
    with pytest.raises(ContractError) as caught:
        load_contracts(write(tmp_path, files))
    golden = Path(__file__).parent / "golden/contract_mistakes.txt"
    assert f"{caught.value}\n" == golden.read_text()


@pytest.mark.parametrize(
    ("old", "new", "path", "found"),
    [
        ("kind: DataContract", "kind: DataContrat", "kind", "found 'DataContrat' (did you mean"),
        ("version: 1.0.0", "version: 1.0", "version", "found the number 1.0"),
        ("version: 1.0.0", "version: v1", "version", "found 'v1'"),
        ("id: sirs_kamar", "id: sirs_room", "id", "found 'sirs_room'"),
        ("domain: facility", "domain: facilty", "domain", "found 'facilty' (did you mean 'facility'?)"),
        ("status: active\n", "", "", "lacks 'status'"),
        ("- name: kamar", "- name: amar", "schema[0].name", "found 'amar'"),
        ("- name: kode", "- name: Kode", "schema[0].properties[0].name", "found 'Kode'"),
        (
            "- name: mulai",
            "- name: flags",
            "schema[0].properties[1].name",
            "'flags' is a word of verdicts",
        ),
        (
            "- name: mulai",
            "- name: k_ode",
            "schema[0].properties[1].name",
            "'k_ode' and 'kode' are one header",
        ),
        (
            "classification: public",
            "classification: secret",
            "schema[0].properties[0].classification",
            "found 'secret'",
        ),
        ('examples: ["007"]', "examples: []", "schema[0].properties[0].examples", "found an empty list"),
        (
            'examples: ["2026-01-31"]',
            'examples: ["31-01-2026"]',
            "schema[0].properties[1].examples[0]",
            "found the text '31-01-2026'",
        ),
        ("description: Code.", "description:", "schema[0].properties[0].description", "found nothing"),
        (
            'minimum: "1990-01-01"',
            'minimum: "1990"',
            "schema[0].properties[2].logicalTypeOptions.minimum",
            "found '1990'",
        ),
        (
            'minimum: "1990-01-01"',
            "pattern: x",
            "schema[0].properties[2].logicalTypeOptions.pattern",
            "unknown key",
        ),
        (
            "maxLength: 9",
            "minLength: 9, maxLength: 8",
            "schema[0].properties[0].logicalTypeOptions",
            "9 is above 8",
        ),
        (
            "value: null-and-flag",
            "value: flag",
            "schema[0].properties[2].customProperties[0].value",
            "found 'flag'",
        ),
        (
            "property: action",
            "property: actoin",
            "schema[0].properties[2].customProperties[0].property",
            "found 'actoin' (did you mean 'action'?)",
        ),
        (
            "property: nullTexts",
            "property: businessKey",
            "schema[0].customProperties[1].property",
            "'businessKey' stands here twice",
        ),
        ("property: businessKey", "property: scope", "schema[0].customProperties", "lacks a key"),
        (
            '- {property: nullTexts, value: ["-"]}',
            "- {property: rowKeyFallback, value: [mulai]}",
            "schema[0].customProperties[1].value",
            "stands in a contract without a rowKey",
        ),
        (
            '{property: nullTexts, value: ["-"]}',
            "{property: scope, value: [mulai]}",
            "schema[0].customProperties[1].value",
            "'mulai' is not required",
        ),
        (
            '{property: nullTexts, value: ["-"]}',
            "{property: deleteFlag, value: mulai}",
            "schema[0].customProperties[1].value",
            "found 'mulai'",
        ),
        (
            "[d.kode, Kode Kamar]",
            "[d.kode, '...']",
            "schema[0].properties[0].customProperties[0].value[1]",
            "'...' has no letter and no digit",
        ),
        (
            "[d.kode, Kode Kamar]",
            "[Kode Kamar, kode_kamar]",
            "schema[0].properties[0].customProperties[0].value[1]",
            "'kode_kamar' already stands for the column 'kode'",
        ),
        (
            "notLessThan: mulai",
            "notLessThan: mulia",
            "schema[0].properties[2].quality[0].implementation.notLessThan",
            "no other column 'mulia' (did you mean 'mulai'?)",
        ),
        (
            "notLessThan: mulai",
            "evaluate: 'akhir > mulai'",
            "schema[0].properties[2].quality[0].implementation.evaluate",
            "unknown key",
        ),
        (
            "notLessThan: mulai",
            "inCodebook: rooms",
            "schema[0].properties[2].quality[0].implementation.inCodebook",
            "no codebook 'rooms'",
        ),
        ("engine: sehatmu", "engine: soda", "schema[0].properties[2].quality[0].engine", "found 'soda'"),
        (
            "id: not-before-start",
            "id: range",
            "schema[0].properties[2].quality[0].id",
            "'range' is taken",
        ),
        (
            "id: not-before-start",
            "id: Not Before",
            "schema[0].properties[2].quality[0].id",
            "found 'Not Before'",
        ),
        ("type: custom", "type: sql", "schema[0].properties[2].quality[0].type", "found 'sql'"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, path: str, found: str) -> None:
    assert old in SOURCE
    write(tmp_path, {"sources/sirs_kamar.odcs.yaml": SOURCE.replace(old, new, 1)})
    told = [(p, f) for _, p, f in mistakes_of(tmp_path)]
    assert any(p == path and f.startswith(found) for p, f in told), told


@pytest.mark.parametrize(
    ("metric", "place", "found"),
    [
        ("metric: nullValues, mustBe: 1", "mustBe", "found the integer 1"),
        ("metric: nullValues, mustBe: false", "mustBe", "found the boolean false"),
        ("metric: rowCount, mustBe: 0", "metric", "found 'rowCount'"),
        ("metric: invalidValues, mustBe: 0", "metric", "invalidValues with 0 arguments"),
        (
            "metric: invalidValues, mustBe: 0, arguments: {validValues: [1]}",
            "arguments.validValues[0]",
            "found",
        ),
        ("metric: nullValues, mustBe: 0, query: SELECT 1", "query", "unknown key"),
    ],
)
def test_a_metric_is_judged_by_row_or_refused(tmp_path: Path, metric: str, place: str, found: str) -> None:
    quality = f"        quality:\n          - {{id: a-rule, description: Some., {metric}}}\n"
    old = "        logicalTypeOptions: {pattern"
    write(tmp_path, {"sources/sirs_kamar.odcs.yaml": SOURCE.replace(old, quality + old)})
    path = f"schema[0].properties[0].quality[0].{place}"
    assert [(p, f.startswith(found)) for _, p, f in mistakes_of(tmp_path)] == [(path, True)]


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("a: [1\n", "line 2, column 1", "did not find expected ',' or ']'"),
        ("id: a\nid: b", "line 2, column 1", "the key 'id' stands here twice"),
        ("- a", "", "found a list"),
        ("", "", "found nothing"),
        ("a: \x07", "", "a character that YAML does not know"),
        ("a: &x 1\nb:\n  <<: *x", "line 3, column 3", "could not determine a constructor"),
        ("a: !!python/object:os.system {}", "line 1, column 4", "could not determine a constructor"),
    ],
)
def test_what_is_no_contract_at_all(tmp_path: Path, text: str, path: str, found: str) -> None:
    write(tmp_path, {"sources/sirs_kamar.odcs.yaml": text})
    told = mistakes_of(tmp_path)
    assert len(told) == 1
    assert told[0][:2] == ("sources/sirs_kamar.odcs.yaml", path)
    assert told[0][2].startswith(found)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, {})
    (tmp_path / "sources/sirs_kamar.odcs.yaml").write_bytes(SOURCE.encode().replace(b"Code.", b"\xe9.."))
    assert mistakes_of(tmp_path)[0][2].endswith("is not UTF-8")


def test_an_unread_file_is_told_once_and_not_again_by_those_that_name_it(tmp_path: Path) -> None:
    files = {"indexes/msi_room_use.odcs.yaml": INDEX, "sources/sirs_kamar.odcs.yaml": "a: ["}
    assert {file for file, _, _ in mistakes_of(write(tmp_path, files))} == {"sources/sirs_kamar.odcs.yaml"}


def test_one_id_in_both_folders(tmp_path: Path) -> None:
    write(tmp_path, {"indexes/sirs_kamar.odcs.yaml": INDEX})
    assert (
        "indexes/sirs_kamar.odcs.yaml",
        "id",
        "'sirs_kamar' is taken by sirs_kamar.odcs.yaml",
    ) in mistakes_of(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "path", "found"),
    [
        (
            "{property: derivedFrom, value: [identity]}",
            "{property: group, value: code}",
            "schema[0].properties[0]",
            "lacks lineage",
        ),
        (
            "value: [identity]",
            "value: [identty]",
            "schema[0].properties[0].customProperties[0].value[0]",
            "found 'identty' (did you mean 'identity'?)",
        ),
        (
            "{property: group, value: code}",
            "{property: codebook, value: room}",
            "schema[0].properties[2].customProperties[1].value[0]",
            "lacks words",
        ),
        ("name: previous_id", "name: row", "schema[0].properties[1].name", "'row' is a word of verdicts"),
        (
            "msi.room_use.room_id",
            "msi_room.use.room_id",
            "schema[0].properties[1].customProperties[0].value[0]",
            "no contract for 'use' of 'msi_room'",
        ),
        (
            "room_use.previous_id",
            "msi_room_use.odcs.yaml#room_use.previous_id",
            "schema[0].properties[0].relationships[0].to",
            "found 'msi_room_use.odcs.yaml#room_use.previous_id'",
        ),
        (
            "items: {logicalType: string}",
            "unique: false",
            "schema[0].properties[2]",
            "logicalType array without items",
        ),
        (
            "        required: true\n",
            "",
            "schema[0].properties[0].primaryKey",
            "the column is not required",
        ),
        (
            "room_use.previous_id",
            "room_use.previous",
            "schema[0].properties[0].relationships[0].to",
            "msi_room_use has no column 'previous' (did you mean 'previous_id'?)",
        ),
        (
            "{property: group, value: code}",
            "{property: aliases, value: [kode]}",
            "schema[0].properties[2].customProperties[0].property",
            "found 'aliases'",
        ),
    ],
)
def test_mistakes_of_an_index(tmp_path: Path, old: str, new: str, path: str, found: str) -> None:
    assert old in INDEX
    write(tmp_path, {"indexes/msi_room_use.odcs.yaml": INDEX.replace(old, new, 1)})
    told = [(p, f) for _, p, f in mistakes_of(tmp_path)]
    assert any(p == path and f.startswith(found) for p, f in told), told


def test_the_content_hash_is_of_the_content(tmp_path: Path) -> None:
    def hash_of(text: str) -> str:
        root = write(tmp_path, {"sources/sirs_kamar.odcs.yaml": text})
        return load_contracts(root).source("sirs", "kamar").content_hash

    first = hash_of(SOURCE)
    assert hash_of("# a comment\n" + SOURCE.replace("Rooms,\n      one", "Rooms, one")) == first
    assert hash_of(SOURCE.replace("maxLength: 9", "maxLength: 8")) != first
    assert hash_of(SOURCE.replace("Kode Kamar", "Kode Ruang")) != first


def test_the_content_hash_follows_the_codes_that_a_rule_reads(tmp_path: Path) -> None:
    rule = (
        "        quality: [{id: known, description: Known., type: custom, engine: sehatmu,"
        " implementation: {inCodebook: rooms}}]\n        logicalTypeOptions: {pattern"
    )
    text = SOURCE.replace("        logicalTypeOptions: {pattern", rule)
    hashes = []
    for codes in ("code\n007\n", "code\n007\n008\n", "code,name\n008,b\n007,a\n"):
        root = write(tmp_path, {"sources/sirs_kamar.odcs.yaml": text, "codebooks/rooms.csv": codes})
        hashes.append(load_contracts(root).source("sirs", "kamar").content_hash)
    assert hashes[0] != hashes[1]
    assert hashes[1] == hashes[2]


def test_contracts_are_compiled_again_only_where_a_file_changed(tmp_path: Path) -> None:
    first = load_contracts(write(tmp_path, {}))
    assert load_contracts(tmp_path) is first
    (tmp_path / "sources/sirs_kamar.odcs.yaml").write_text(SOURCE.replace("maxLength: 9", "maxLength: 8"))
    assert load_contracts(tmp_path).source("sirs", "kamar").columns[0].max_length == 8


def test_hidden_files_of_editors_are_left_alone(tmp_path: Path) -> None:
    assert load_contracts(write(tmp_path, {"sources/.sirs_kamar.odcs.yaml.swp": "x"})).by_id.keys() == {"sirs_kamar"}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SehatmuError, match="no contracts here"):
        load_contracts(tmp_path / "nowhere")
