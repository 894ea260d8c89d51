"""Scoring: plans, models, term frequencies, and that staging leaves no pair out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sehatmu.linkage import LinkageError, link
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.encode import encode_column, hash_text
from sehatmu.linkage.score import Frequencies, Model, make_plan
from tests.linking import SMALL, small_config

OPEN = SMALL.replace("{exact: true, weight: 2}, {else: true, weight: -2}", "{exact: true}, {else: true}")
MODEL = Model(weights={"town": (3.0, -1.0), "name": (9, 9, 9, 9)}, prior=-20, match=5, possible=1)


def test_what_the_file_pins_wins_over_the_model() -> None:
    plan = make_plan(parse_linkage(OPEN, "toy.yaml"), MODEL)
    assert [weights.tolist() for weights in plan.weights] == [
        [0, 8, 2, -5],
        [0, 4, 3, 1, -4],
        [0, 4, 2, -1, -4],
        [0, 3, -1],
    ]
    assert (plan.prior, plan.match, plan.possible) == (-6, 0, -4)


def test_the_model_answers_what_the_file_leaves_open() -> None:
    text = OPEN.replace("score: {prior: -6}\n", "").replace("classify: {match: 0, possible: -4}\n", "")
    plan = make_plan(parse_linkage(text, "toy.yaml"), MODEL)
    assert (plan.prior, plan.match, plan.possible) == (-20, 5, 1)


@pytest.mark.parametrize(
    ("text", "what"), [(OPEN, "compare.town"), (SMALL.replace("score: {prior: -6}\n", ""), "score.prior")]
)
def test_an_open_question_without_a_model_is_told(text: str, what: str) -> None:
    with pytest.raises(LinkageError, match=what):
        make_plan(parse_linkage(text, "toy.yaml"))


def test_a_model_of_other_levels_is_told() -> None:
    with pytest.raises(LinkageError, match="trained for other levels"):
        make_plan(parse_linkage(OPEN, "toy.yaml"), replace(MODEL, weights={"town": (1.0, 0.0, -1.0)}))


def pair(name: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "record_key": ["a", "b"],
            "code": ["1", "1"],
            "name": [name, name],
            "born": pl.Series([None, None], dtype=pl.Date),
            "town": [None, None],
        }
    )


def test_a_rare_value_weighs_more_than_a_common_one() -> None:
    hashes = np.sort(hash_text(pl.Series(["ANI", "SITI"])))
    common = int(hash_text(pl.Series(["SITI"]))[0])
    shares = np.where(hashes == common, 0.25, 0.0625)
    frequencies = Frequencies(hashes, shares, rare=0.001)
    text = SMALL.replace("columns: [name]\n", "columns: [name]\n    term_frequency: true\n")
    model = replace(MODEL, frequencies={"name": frequencies})
    average = 0.25**2 + 0.0625**2

    def score(name: str) -> float:
        return link(pair(name), parse_linkage(text, "toy.yaml"), model=model).pairs["score"].item()

    base = -6 + 8 + 4
    assert score("SITI") == pytest.approx(base + np.log2(average / 0.25))
    assert score("ANI") == pytest.approx(base + np.log2(average / 0.0625))
    assert score("XAVERIUS") == pytest.approx(base + np.log2(average / 0.001))


def test_no_frequencies_adjust_nothing() -> None:
    column = encode_column(pl.Series(["A", "B", None]), "text", ())
    empty = Frequencies(np.empty(0, np.uint64), np.empty(0), rare=0.01)
    assert empty.adjustment(column).tolist() == [0, 0, 0]


def test_a_missing_column_is_told_by_name() -> None:
    with pytest.raises(LinkageError, match="town"):
        link(pair("ANI").drop("town"), small_config())


def test_a_column_of_another_type_is_told() -> None:
    with pytest.raises(LinkageError, match="born: String, not date"):
        link(pair("ANI").with_columns(born=pl.lit("1990-01-01")), small_config())


@pytest.mark.parametrize("keys", [["a", "a"], ["a", None]])
def test_keys_must_be_present_and_unique(keys: list[str | None]) -> None:
    with pytest.raises(LinkageError, match="unique"):
        link(pair("ANI").with_columns(record_key=pl.Series(keys)), small_config())


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_or_empty_records_link_to_nothing(rows: int) -> None:
    frame = pair("ANI").head(rows).with_columns(pl.lit(None, pl.String).alias(c) for c in ("code", "name", "town"))
    linked = link(frame, small_config())
    assert len(linked.pairs) == 0
    assert linked.clusters["cluster_key"].to_list() == ["a", "b"][:rows]
    assert linked.pairs.columns[:6] == ["left_key", "right_key", "score", "class", "rule", "level_code"]
    assert linked.pairs.schema["level_code"] == pl.UInt8


def test_columns_that_are_null_all_over_need_no_type() -> None:
    frame = pl.DataFrame({"record_key": ["a", "b"], "code": ["1", "1"], "name": None, "born": None, "town": None})
    assert link(frame, small_config()).pairs["score"].item() == 2.0
