"""The linkage file: what it may say, and that every mistake is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sehatmu.linkage import LinkageError, lint_linkage, load_linkage
from sehatmu.linkage.authored import parse_linkage
from tests.linking import FACILITY, SMALL, small_config


def faults_of(text: str) -> str:
    with pytest.raises(LinkageError) as caught:
        parse_linkage(text, "toy.yaml")
    return str(caught.value)


def test_the_facility_file_is_clean() -> None:
    assert lint_linkage(FACILITY) == []


def test_sections_of_other_packages_are_accepted_unread() -> None:
    assert small_config("identity: 7\nsurvivorship: {anything: [1]}\n").domain == "toy"


def test_levels_keep_their_order_and_their_weights() -> None:
    name = small_config().comparison("name")
    assert [level.label for level in name.levels] == ["exact", "jaro_winkler 0.9", "token_set 0.8", "else"]
    assert [level.weight for level in name.levels] == [4, 3, 1, -4]


def test_m_and_u_pin_a_weight_in_bits() -> None:
    text = SMALL.replace(
        "{exact: true, weight: 2}, {else: true, weight: -2}",
        "{exact: true, m: 0.8, u: 0.1}, {else: true, m: 0.2, u: 0.4}",
    )
    assert [level.weight for level in parse_linkage(text, "toy.yaml").comparison("town").levels] == [3.0, -1.0]


def test_an_unknown_comparator_is_an_error_that_lists_the_known_ones() -> None:
    told = faults_of(SMALL.replace("jaro_winkler: 0.9", "jaccard_index: 0.9"))
    assert "compare.name.levels[1]" in told
    assert "jaccard_index" in told
    assert "jaro_winkler, levenshtein" in told


def test_all_mistakes_are_told_at_once_with_their_paths() -> None:
    text = (
        SMALL.replace("domain: toy", "domain: [toy]\nbloc: 1")
        .replace("cap: 6", "cap: many")
        .replace("prefix: 1", "prefx: 1")
        .replace("{date: swapped,", "{date: swaped,")
        .replace("jaro_winkler: 0.9", "jaro_winkler: 90")
        .replace("levels: [else]", "levels: [otherwise]")
        .replace("differ: born", "differs: born")
        .replace("possible: -4", "possible: 4")
    )
    told = faults_of(text)
    for path in (
        "$.bloc",
        "domain",
        "block.rules.name.cap",
        "block.rules.town_prefix.key[1].prefx",
        "compare.born.levels[1].date",
        "compare.name.levels[1].jaro_winkler",
        "veto.other_code[0].levels",
        "veto.other_town_and_birth[1].differs",
        "classify.possible",
    ):
        assert f"toy.yaml: {path}: found" in told, path


@pytest.mark.parametrize(
    ("was", "now", "path"),
    [
        ("{else: true, weight: -2}]", "{jaro_winkler: 0.5, weight: -2}]", "compare.town.levels"),
        ("{exact: true, weight: 2}", "{exact: true}", "compare.town.levels"),
        ("{exact: true, weight: 2}", "{exact: false, weight: 2}", "compare.town.levels[0].exact"),
        ("{exact: true, weight: 2}", "{exact: true, weight: 2, m: 0.1, u: 0.2}", "compare.town.levels[0]"),
        ("{exact: true, weight: 2}", "{km: 1, weight: 2}", "compare.town.columns"),
        ("{exact: true, weight: 2}", "{same: county, weight: 2}", "compare.town.levels[0].same"),
        ("{exact: true, weight: 2}", "{exact: true, weight: 2, label: else}", "compare.town.levels"),
        ("columns: [town]", "columns: []", "compare.town.columns"),
        ("columns: [town]", "columns: [town], context: [name]", "compare.town.context"),
        ("columns: [town]", "columns: [town], tf: true", "compare.town.tf"),
        ("{key: [code]}", "{key: []}", "block.rules.code.key"),
        ('missing: ["-", "NN"]', "missing: [0]", "missing[0]"),
        ("prior: -6", "prior: yes", "score.prior"),
        ("[{differ: town}", "[{differ: town, equal: town}", "veto.other_town_and_birth[0]"),
    ],
)
def test_a_mistake_is_told_where_it_is(was: str, now: str, path: str) -> None:
    assert was in SMALL
    assert f"toy.yaml: {path}: found" in faults_of(SMALL.replace(was, now))


def test_a_key_given_twice_is_an_error() -> None:
    assert "'prior' twice" in faults_of(SMALL.replace("{prior: -6}", "{prior: -6, prior: -7}"))


@pytest.mark.parametrize("text", ["", "[]", "domain: [", "- 1", "domain: toy"])
def test_a_file_of_another_shape_is_told_and_never_crashes(text: str) -> None:
    assert faults_of(text)


def test_lint_tells_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(b"domain: \xff\xfe")
    assert len(lint_linkage(path)) == 1
    with pytest.raises(LinkageError, match=r"broken\.yaml"):
        load_linkage(path)


def test_rival_vetoes_must_be_vetoes_of_the_file() -> None:
    assert small_config("cluster: {rival_vetoes: [other_code]}\n").rival_vetoes == ("other_code",)
    assert "toy.yaml: cluster.rival_vetoes: found 'code'" in faults_of(SMALL + "cluster: {rival_vetoes: [code]}\n")
