"""Blocking: keys, splitting, counting before scoring, and the budget that stops a rule."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sehatmu.linkage import LinkageConfig, LinkageError, link
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.block import make_blocks
from sehatmu.linkage.config import BlockRule, Part
from sehatmu.linkage.count import count_pairs
from sehatmu.linkage.encode import encode_column, encode_records, hash_text
from tests.linking import SMALL, small_config


def people(**columns: list[object]) -> pl.DataFrame:
    rows = len(next(iter(columns.values())))
    schema = {"code": pl.String, "name": pl.String, "born": pl.Date, "town": pl.String}
    values = {name: pl.Series(name, columns.get(name, [None] * rows), dtype) for name, dtype in schema.items()}
    return pl.DataFrame({"record_key": [f"{i:05}" for i in range(rows)], **values})


def blocks_of_rule(rule: BlockRule, frame: pl.DataFrame) -> list[list[str]]:
    encoded = encode_records(frame, small_config())
    made = make_blocks(encoded, rule)
    keys = encoded.record_keys.gather(made.rows).to_list()
    return [keys[start:stop] for start, stop in zip(made.bounds[:-1], made.bounds[1:], strict=True)]


@pytest.mark.parametrize(
    ("part", "alike", "apart"),
    [
        (Part("name"), ("SITI AMINAH", "SITI AMINAH"), "AMINAH SITI"),
        (Part("name", "prefix", 3), ("SITI", "SITA"), "SARI"),
        (Part("name", "suffix", 3), ("RAHAYU", "WAHAYU"), "RAHAYA"),
        (Part("name", "first_token"), ("BUDI SANTOSO", "BUDI"), "SANTOSO BUDI"),
        (Part("name", "last_token"), ("BUDI SANTOSO", "SANTOSO"), "SANTOSO BUDI"),
        (Part("name", "longest_token"), ("BUDI SANTOSO", "DR SANTOSO"), "SANTO BUDIMAN"),
        (Part("name", "sorted_tokens"), ("B A C", "C A B"), "A B"),
        (Part("name", "consonants", 4), ("MUHAMMAD", "MOHAMMED"), "MAHMUD"),
        (Part("born", "year"), (date(1990, 1, 2), date(1990, 11, 30)), date(1991, 1, 2)),
    ],
)
def test_a_part_takes_what_it_says(part: Part, alike: tuple[object, object], apart: object) -> None:
    frame = people(**{part.column: [alike[0], apart, alike[1]]})
    assert blocks_of_rule(BlockRule("r", (part,), (), 10, 10), frame) == [["00000", "00002"]]


def test_a_cell_of_coordinates_is_a_key() -> None:
    text = small_text(
        "place: {key: [{column: lat, cell: 0.1}]}",
        "lat: {columns: [lat], levels: [{number: 1, weight: 1}, {else: true, weight: 0}]}",
    )
    frame = pl.DataFrame({"record_key": ["a", "b", "c", "d"], "lat": [-6.21, -6.29, -6.31, None]})
    encoded = encode_records(frame, text)
    made = make_blocks(encoded, text.rules[0])
    assert made.rows.tolist() == [0, 1]


def small_text(rule: str, comparison: str) -> LinkageConfig:
    return parse_linkage(
        f"domain: toy\nblock: {{rules: {{{rule}}}}}\ncompare: {{{comparison}}}\n"
        "score: {prior: 0}\nclassify: {match: 1, possible: 0}\n",
        "toy.yaml",
    )


@pytest.mark.parametrize("nothing", [None, "", "  ", "-", "NN"])
def test_a_missing_part_makes_no_key(nothing: str | None) -> None:
    frame = people(code=["A1", nothing, nothing, "A1"])
    assert blocks_of_rule(BlockRule("r", (Part("code"),), (), 10, 10), frame) == [["00000", "00003"]]


def test_a_large_block_splits_by_the_next_key_and_a_small_one_does_not() -> None:
    rule = BlockRule("r", (Part("name"),), (Part("town"), Part("code")), 3, 99)
    frame = people(
        name=["ANI"] * 5 + ["BUDI"] * 3,
        town=["X", "X", "Y", None, None, "X", "Y", "Z"],
    )
    blocks = sorted(blocks_of_rule(rule, frame))
    assert blocks == [["00000", "00001"], ["00003", "00004"], ["00005", "00006", "00007"]]


def test_what_no_key_can_split_is_counted_as_over_the_cap_and_told() -> None:
    config = small_config()
    frame = people(name=["ANI"] * 20)
    linked = link(frame, config)
    counts = linked.report.blocking.row(1, named=True)
    assert (counts["rule"], counts["over_cap_blocks"], counts["over_cap_pairs"]) == ("name", 1, 190)
    assert linked.report.findings.row(0) == ("block_over_cap", "name: 1 block(s), 190 pairs")


def test_counts_are_known_before_scoring_and_count_each_pair_once() -> None:
    frame = people(code=["1", "1", "2", "3"], name=["ANI", "ANI", "ANI", "BUDI"], town=["X", "X", "Y", "Y"])
    counts = count_pairs(encode_records(frame, small_config()), small_config())
    assert counts["pairs"].to_list() == [1, 3, 1]
    assert counts["marginal"].to_list() == [1, 2, 0]
    assert counts["cumulative"].to_list() == [1, 3, 3]


def test_the_largest_blocks_are_named_without_their_values_unless_the_file_shows_them() -> None:
    frame = people(name=["SITI AMINAH", "SITI AMINAH"])
    hidden = count_pairs(encode_records(frame, small_config()), small_config())["largest"][1][0]
    assert hidden == {"key": "name: 11 characters", "records": 2}
    shown = parse_shown()
    assert count_pairs(encode_records(frame, shown), shown)["largest"][1][0]["key"] == "name=SITI AMINAH"


def parse_shown() -> LinkageConfig:
    return parse_linkage(SMALL.replace("block:\n", "block:\n  show_keys: true\n"), "toy.yaml")


def test_a_rule_above_its_budget_stops_with_its_worst_keys() -> None:
    frame = people(name=["ANI"] * 10_000, code=[f"{i:05}" for i in range(10_000)])
    with pytest.raises(LinkageError, match=r"block rule name makes 5000 pairs per record, its budget is 50") as caught:
        link(frame, small_config())
    assert "10000 records" in str(caught.value)
    assert "ANI" not in str(caught.value)


def test_hashes_stay_the_same_for_ever() -> None:
    # written down once: frozen frequencies in the repository are keyed by them
    hashes = hash_text(pl.Series(["", "A", "PUSKESMAS BOJA 1", "é"])).tolist()
    assert hashes == [0, 1682594968737154430, 17907567333503765401, 5293929144240134609]


def test_hashes_do_not_depend_on_the_neighbours() -> None:
    texts = pl.Series([f"NAMA {i}" for i in range(1000)])
    assert hash_text(texts).tolist()[500:] == hash_text(texts.slice(500)).tolist()


def test_codes_are_dense_and_placeholders_are_missing() -> None:
    column = encode_column(pl.Series(["B", "-", None, "A", "B", ""]), "text", ("-",))
    assert column.values.tolist() == [1, 0, 0, 2, 1, 0]
    assert column.vocabulary is not None
    assert column.vocabulary.to_list() == ["B", "A"]


def test_a_rule_above_its_budget_is_counted_without_going_through_its_pairs() -> None:
    config = small_text(
        "name: {key: [name], budget: 2}, code: {key: [code]}",
        "name: {columns: [name], levels: [{exact: true, weight: 1}, {else: true, weight: 0}]}",
    )
    frame = people(name=["ANI"] * 200_000, code=["A", "A", *(["B"] * 3), *([None] * 199_995)])
    counts = count_pairs(encode_records(frame, config), config)
    assert counts["pairs"].to_list() == [200_000 * 199_999 // 2, 4]
    assert counts["marginal"].to_list() == [None, 0]
    assert counts["cumulative"].to_list() == [None, None]
