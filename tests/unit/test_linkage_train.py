"""Training and its file: what a model knows, what it refuses, and that the same input is the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sehatmu.linkage import LinkageConfig, LinkageError, link, lint_linkage, load_linkage
from sehatmu.linkage.authored import parse_linkage
from sehatmu.linkage.model_file import SIDECAR_LIMIT, TrainedModel, load_model, model_bytes, sidecar_name, write_model
from sehatmu.linkage.thresholds import row_number
from sehatmu.linkage.train import train, train_domain
from sehatmu.linkage.train_notes import training_text
from tests.linking import shuffled
from tests.training import OPEN, open_config, people

LINKAGE = Path(__file__).parents[2] / "data_contracts" / "linkage"
RECORDS, ENTITY = people(2500)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train(RECORDS, open_config(), versions={"code": "1"}, source="a test")


def found_and_missed(config: LinkageConfig, model: TrainedModel) -> tuple[float, float]:
    """Precision and recall of the pairs within clusters."""
    linked = link(RECORDS, config, model=model.row_for(len(RECORDS)))
    truth = pl.DataFrame({"record_key": RECORDS["record_key"], "entity": ENTITY})
    joined = linked.clusters.join(truth, on="record_key")

    def pairs(*by: str) -> int:
        return int(joined.group_by(*by).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item())

    right = pairs("entity", "cluster_key")
    return right / pairs("cluster_key"), right / pairs("entity")


def test_a_model_from_records_alone_links_them_well(model: TrainedModel) -> None:
    precision, recall = found_and_missed(open_config(), model)
    assert precision > 0.98
    assert recall > 0.92


def test_m_is_near_the_noise_that_made_the_records(model: TrainedModel) -> None:
    notes = model.notes["comparisons"]
    assert notes["born"]["levels"][0]["m"] == pytest.approx((14 / 15) ** 2, abs=0.04)
    assert notes["name"]["levels"][0]["m"] == pytest.approx((11 / 12) ** 2, abs=0.04)
    assert notes["town"]["levels"][0]["u"] == pytest.approx(1 / 40, rel=0.1)
    assert model.notes["matches_per_record"] == pytest.approx(0.4 / 1.4, rel=0.08)


def test_a_comparison_learns_from_rules_that_do_not_ask_for_it(model: TrainedModel) -> None:
    assert model.notes["comparisons"]["name"]["taught_by"] == ["code"]
    assert model.notes["comparisons"]["town"]["taught_by"] == ["code", "name", "born"]
    config = parse_linkage(OPEN.replace("salt: toy,", "salt: toy, related: {town: [born]},"), "toy.yaml")
    assert train(RECORDS, config).notes["comparisons"]["town"]["taught_by"] == ["code", "name"]


def test_the_order_of_rows_changes_no_byte(model: TrainedModel) -> None:
    other = train(shuffled(RECORDS, 3), open_config(), versions={"code": "1"}, source="a test")
    assert model_bytes(other) == model_bytes(model)


def test_another_salt_is_another_sample_of_the_same_truth(model: TrainedModel) -> None:
    other = train(RECORDS, parse_linkage(OPEN.replace("salt: toy", "salt: other"), "toy.yaml"))
    assert model_bytes(other) != model_bytes(model)
    assert other.weights["town"][0] == pytest.approx(model.weights["town"][0], abs=0.5)


def test_a_model_comes_back_from_its_files_as_it_was(model: TrainedModel, tmp_path: Path) -> None:
    paths = write_model(model, tmp_path)
    assert [path.name for path in paths] == ["toy.frequencies.npz", "toy.model.json"]
    back = load_model(paths[1], open_config())
    assert back.weights == model.weights
    assert model_bytes(back) == model_bytes(model)
    assert found_and_missed(open_config(), back) == found_and_missed(open_config(), model)


def test_the_text_is_told_apart_by_lines_and_rounded(model: TrainedModel) -> None:
    text = model_bytes(model)[0].decode()
    document = json.loads(text)
    assert list(document) == sorted(document)
    assert document["versions"] == {"code": "1"}
    assert document["source"] == "a test"
    assert '"town": [' in text
    assert max(len(str(row["recall"])) for row in document["thresholds"]) <= 9


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("jaro_winkler: 0.9", "jaro_winkler: 0.8", "changed: compare.name"),
        ("cap: 30, split: [town]", "cap: 30, split: [born]", "changed: block.rules.name"),
        ("columns: [town]", "columns: [code]", "changed: compare.town"),
        ("    code: {key: [code]}\n", "    number: {key: [code]}\n", "new: block.rules.number; gone: block.rules.code"),
        ('missing: ["-", "NN"]', 'missing: ["-"]', "changed: missing"),
    ],
)
def test_a_model_for_other_rules_is_refused_by_name(
    model: TrainedModel, tmp_path: Path, was: str, now: str, told: str
) -> None:
    write_model(model, tmp_path)
    with pytest.raises(LinkageError, match="trained for other rules") as caught:
        load_model(tmp_path / "toy.model.json", parse_linkage(OPEN.replace(was, now), "toy.yaml"))
    assert told in str(caught.value)
    assert "sehatmu train toy" in str(caught.value)


def test_a_pinned_weight_or_a_threshold_needs_no_new_model(model: TrainedModel, tmp_path: Path) -> None:
    write_model(model, tmp_path)
    text = OPEN.replace(
        "levels: [{exact: true}, {else: true}]", "levels: [{exact: true, weight: 1}, {else: true, weight: 0}]"
    )
    load_model(tmp_path / "toy.model.json", parse_linkage(text + "classify: {match: 9}\n", "toy.yaml"))


def spoil_text(folder: Path) -> None:
    (folder / "toy.model.json").write_text("{", encoding="utf-8")


def spoil_sidecar(folder: Path) -> None:
    path = folder / sidecar_name("toy")
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def lose_sidecar(folder: Path) -> None:
    (folder / sidecar_name("toy")).unlink()


def lose_weights(folder: Path) -> None:
    path = folder / "toy.model.json"
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({k: v for k, v in document.items() if k != "bits"}), encoding="utf-8")


def lose_model(folder: Path) -> None:
    (folder / "toy.model.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_text, spoil_sidecar, lose_sidecar, lose_weights, lose_model])
def test_a_broken_model_is_told(model: TrainedModel, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    write_model(model, tmp_path)
    spoil(tmp_path)
    with pytest.raises(LinkageError, match=r"the model toy\.model\.json cannot be used"):
        load_model(tmp_path / "toy.model.json", open_config())


def test_bigger_nights_have_a_lower_prior_and_never_a_likelier_match(model: TrainedModel) -> None:
    priors = [row.prior for row in model.rows]
    assert priors == sorted(priors, reverse=True)
    assert all(row.match >= 0 and row.possible <= row.match for row in model.rows)
    assert all(row.precision >= 0.98 for row in model.rows)


def test_a_night_uses_the_row_of_its_size(model: TrainedModel) -> None:
    assert model.row_for(1000).prior == model.row_for(1100).prior
    assert model.row_for(1 << 20).prior == pytest.approx(model.row_for(1 << 10).prior - 10, abs=0.05)
    assert row_number(10**30) == model.rows[-1].log2_records


def test_common_values_are_frozen_and_rare_ones_are_not(model: TrainedModel) -> None:
    counts = model.counts["name"]
    assert 10 <= len(counts.hashes) <= 15
    assert counts.counts.min() >= 20
    adjusted = counts.frequencies()
    assert adjusted.rare < adjusted.shares.min()


@pytest.mark.parametrize("rows", [0, 1, 2, 30])
def test_too_few_records_are_told(rows: int) -> None:
    with pytest.raises(LinkageError, match="too few matches"):
        train(RECORDS.head(rows), open_config())


def test_a_column_without_values_says_nothing_and_the_model_says_so() -> None:
    model = train(RECORDS.with_columns(town=pl.lit(None, pl.String)), open_config())
    assert model.weights["town"] == (0.0, 0.0)
    assert "town: never compared among matches" in model.notes["diagnostics"]["clipped"]
    assert "look: town" in training_text(model)


def test_a_column_that_is_not_there_is_told_by_name() -> None:
    with pytest.raises(LinkageError, match="town"):
        train(RECORDS.drop("town"), open_config())


def test_control_characters_and_numbers_that_are_none_are_values_like_others() -> None:
    dirty = RECORDS.with_columns(
        town=pl.when(pl.col("town") == "T1").then(pl.lit("\x00\x1f")).otherwise("town"),
        code=pl.when(pl.col("town") == "T2").then(pl.lit("NN")).otherwise("code"),
    )
    model = train(dirty, open_config())
    assert np.isfinite([bits for all_bits in model.weights.values() for bits in all_bits]).all()
    text = OPEN.replace(
        "town: {columns: [town], levels: [{exact: true}", "town: {columns: [town], levels: [{number: 0}"
    )
    numbers = RECORDS.with_columns(town=pl.when(pl.col("town") == "T1").then(float("nan")).otherwise(1.0))
    model = train(numbers, parse_linkage(text.replace("split: [town]", "split: [code]"), "toy.yaml"))
    assert np.isfinite(model.weights["town"]).all()


def test_what_is_set_by_hand_is_named_and_wins() -> None:
    text = OPEN.replace(
        "levels: [{exact: true}, {else: true}]", "levels: [{exact: true, weight: 1}, {else: true, weight: -9}]"
    )
    model = train(RECORDS, parse_linkage(text, "toy.yaml"))
    assert model.weights["town"] == (1.0, -9.0)
    assert model.notes["comparisons"]["town"]["pinned"]
    assert "town: exact +1.0, else -9.0 (set by hand)" in training_text(model)


def test_decisions_check_a_model_and_teach_it_nothing(model: TrainedModel) -> None:
    keys = RECORDS.with_columns(entity=ENTITY).group_by("entity").agg(pl.col("record_key").sort())
    twice = keys.filter(pl.col("record_key").list.len() == 2).sort("entity").head(200)
    same = twice.select(
        left_key=pl.col("record_key").list.get(0), right_key=pl.col("record_key").list.get(1), verdict=pl.lit("same")
    )
    gone = pl.DataFrame({"left_key": ["toy|no"], "right_key": ["toy|one"], "verdict": ["same"]})
    checked = train(RECORDS, open_config(), decisions=pl.concat([same, gone]))
    assert checked.weights == model.weights
    assert checked.notes["decisions"]["pairs"] == 200
    assert checked.notes["decisions"]["same_not_matched"] < 20
    wrong = train(RECORDS, open_config(), decisions=same.with_columns(verdict=pl.lit("not_same")))
    assert wrong.notes["decisions"]["surprising"]
    assert "were expected to be the same" in training_text(wrong)


def test_the_command_writes_beside_the_linkage_file(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(OPEN, encoding="utf-8")
    train_domain(tmp_path / "toy.yaml", RECORDS, source="build 2026-11-23.1")
    assert load_model(tmp_path / "toy.model.json", open_config()).notes["source"] == "build 2026-11-23.1"


def test_mistakes_of_the_training_section_are_told() -> None:
    text = OPEN.replace("precision: 0.98", "precision: 98, anchor: codes, related: {cod: [name]}")
    with pytest.raises(LinkageError) as caught:
        parse_linkage(text, "toy.yaml")
    for path in ("train.precision", "train.anchor", "train.related.cod"):
        assert path in str(caught.value)


def test_an_anchor_holds_expectations_down() -> None:
    """Brothers share birth date and town: without the code such sums look certain."""
    brothers = (
        RECORDS.filter(pl.col("code").is_not_null())
        .head(900)
        .with_columns(record_key=pl.col("record_key") + "b", code=pl.col("code").str.reverse(), town=pl.lit("T0"))
    )
    records = pl.concat([RECORDS, brothers])
    text = OPEN.replace("salt: toy,", "salt: toy, anchor: code,").replace(
        "veto:\n", "veto:\n  codes: [{differ: code}]\n"
    )
    held = train(records, parse_linkage(text, "toy.yaml"))
    free = train(records, parse_linkage(text.replace(" anchor: code,", ""), "toy.yaml"))
    at = row_number(len(records)) - held.rows[0].log2_records
    assert held.weights == free.weights
    assert held.rows[at].precision < free.rows[at].precision - 0.001


def test_the_linkage_of_patients_is_clean_and_has_its_model() -> None:
    path = LINKAGE / "patient.yaml"
    assert lint_linkage(path) == []
    model = load_model(LINKAGE / "patient.model.json", load_linkage(path))
    assert (LINKAGE / sidecar_name("patient")).stat().st_size < SIDECAR_LIMIT
    night = model.row_for(1_000_000)
    assert -21 < night.prior < -18
    assert 0 <= night.match < 8


def test_patients_without_any_value_do_not_link() -> None:
    config = load_linkage(LINKAGE / "patient.yaml")
    model = load_model(LINKAGE / "patient.model.json", config)
    frame = pl.DataFrame({"record_key": ["a", "b"], "source": "faskes", "extract": "pasien"})
    frame = frame.with_columns(pl.lit(None).alias(c) for c in config.columns)
    assert len(link(frame, config, model=model.row_for(2)).pairs) == 0
