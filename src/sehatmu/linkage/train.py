"""Training: from records alone, without truth, to the weights and thresholds that a night runs with.

`sehatmu train DOMAIN` calls `train_domain`; the night only reads what it wrote. u comes from pairs of records chosen
by the hash of their keys, m from candidate pairs by EM (`sehatmu.linkage.em`), thresholds from what is then expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sehatmu.linkage.anchor import LEAST_PAIRS, anchor_comparisons, calibrate, probability
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.em import Agreeing, Evidence, estimate
from sehatmu.linkage.encode import Array, Encoded, encode_records
from sehatmu.linkage.looked import Looked, by_value, look_at, rarities_of, value_counts
from sehatmu.linkage.model_file import ColumnCounts, TrainedModel, rules_of, write_model
from sehatmu.linkage.thresholds import expect, prior_bits, threshold_rows
from sehatmu.linkage.train_notes import training_notes
from sehatmu.linkage.train_pairs import Candidates, agreeing_pairs, candidate_sample, random_pairs, teaching_rules

_AGREEING_PAIRS = 10_000
_LEAST_MATCHES = 20.0
_LEAST_TEACHING = 200


def train(
    records: pl.DataFrame,
    config: LinkageConfig,
    *,
    decisions: pl.DataFrame | None = None,
    versions: Mapping[str, str] | None = None,
    source: str = "",
) -> TrainedModel:
    """Train on records as `link` takes them; the order of rows does not matter.

    `decisions` (left_key, right_key, verdict) teach nothing, the model is only checked on them; `versions` and `source`
    (build, or hash of the input) are written into it. Raises LinkageError where there is too little to learn from.
    """
    encoded = encode_records(records, config)
    counts, salt = value_counts(encoded, config), config.training.salt
    rarities = rarities_of(encoded, config, counts)
    candidates = candidate_sample(encoded, config)
    looked = look_at(encoded, config, rarities, (candidates.left, candidates.right))
    teaches = _teaches(config, candidates)
    random = look_at(encoded, config, rarities, random_pairs(encoded.record_keys, config.training.pairs, salt=salt))
    evidence = Evidence(
        sizes=tuple(len(c.levels) for c in config.comparisons),
        pairs=max(encoded.size * (encoded.size - 1) / 2.0, 1.0),
        candidates=looked.histogram(teaches),
        share=candidates.share,
        random=random.histogram(),
        agreeing=_agreeing(encoded, config, rarities),
        pinned=_pinned(config),
        by_value=by_value(config),
    )
    found = estimate(evidence, matches=0.2 * encoded.size)
    if found.matches * candidates.share < _LEAST_MATCHES:
        raise LinkageError(
            "there are too few matches to learn from",
            evidence=f"{config.domain}: {encoded.size} records, {len(looked.levels)} candidate pairs looked at",
            hint="train on more records, or pin weights and thresholds in the linkage file",
        )
    weights = {
        c.name: tuple(np.round(bits, 3).tolist()) for c, bits in zip(config.comparisons, found.bits, strict=True)
    }
    for c in evidence.by_value:
        name = config.comparisons[c].columns[0]
        counts[name] = replace(counts[name], agree=float(found.u[c][0]))
    rate = found.matches / encoded.size
    bits = _bits(config, weights, counts, looked)
    score = bits + prior_bits(rate, encoded.size)
    free = ~looked.vetoed
    expected = expect(
        bits[free],
        _shares(config, weights, looked, teaches, score)[free],
        probability(score[free]),
        each=1.0 / candidates.share,
        records=encoded.size,
        rate=rate,
    )
    target = config.training
    model = TrainedModel(
        domain=config.domain,
        weights=weights,
        rows=threshold_rows(expected, precision=target.precision, match=target.match, review=target.review),
        counts=counts,
        trained_for=rules_of(config),
        notes=training_notes(config, evidence, found, expected) | {"versions": dict(versions or {}), "source": source},
    )
    if decisions is None:
        return model
    return replace(model, notes={**model.notes, "decisions": _check(encoded, model, config, decisions)})


def train_domain(
    linkage: Path,
    records: pl.DataFrame,
    *,
    decisions: pl.DataFrame | None = None,
    versions: Mapping[str, str] | None = None,
    source: str = "",
) -> TrainedModel:
    """What `sehatmu train` does: train for the linkage file on standard records, and write the model beside it."""
    model = train(records, load_linkage(linkage), decisions=decisions, versions=versions, source=source)
    write_model(model, linkage.parent)
    return model


def _teaches(config: LinkageConfig, candidates: Candidates) -> Array:
    """Per pair and comparison: was the pair found by a rule that does not ask for what is compared?

    Where (nearly) no pair was, all of them teach: their m is too good, and the model says so.
    """
    columns = [candidates.found[:, teaching_rules(config, c)].any(axis=1) for c in config.comparisons]
    return np.stack([c if c.sum() >= _LEAST_TEACHING else np.ones_like(c) for c in columns], axis=1)


def _agreeing(encoded: Encoded, config: LinkageConfig, rarities: Mapping[int, Array]) -> dict[int, Agreeing]:
    found = {}
    for c, comparison in enumerate(config.comparisons):
        if len(comparison.columns) == 1 and comparison.levels[0].comparator == "exact":
            pairs, total, present = agreeing_pairs(encoded.columns[comparison.columns[0]], _AGREEING_PAIRS)
            found[c] = Agreeing(total, present, look_at(encoded, config, rarities, pairs).histogram())
    return found


def _pinned(config: LinkageConfig) -> dict[int, Array]:
    """Weights that stand in the linkage file; they win."""
    weights = {c: [level.weight for level in comparison.levels] for c, comparison in enumerate(config.comparisons)}
    return {c: np.array(bits, np.float64) for c, bits in weights.items() if None not in bits}


def _bits(
    config: LinkageConfig, weights: Mapping[str, tuple[float, ...]], counts: Mapping[str, ColumnCounts], looked: Looked
) -> Array:
    """Summed weights of pairs, without prior, with what rare and common values add."""
    bits = looked.rarity.copy()
    for c, comparison in enumerate(config.comparisons):
        own = np.array([0.0, *weights[comparison.name]])
        if comparison.term_frequency:
            own[1] += np.log2(counts[comparison.columns[0]].agree)
        bits += own[looked.levels[:, c]]
    return bits


def _shares(
    config: LinkageConfig, weights: Mapping[str, tuple[float, ...]], looked: Looked, teaches: Array, score: Array
) -> Array:
    """How likely each candidate is a match: as its score says, or where there is an anchor as far as scores held."""
    own = anchor_comparisons(config)
    if not own:
        return probability(score)
    anchor = next(c for c in own if config.comparisons[c].name == config.training.anchor)
    judged = (looked.levels[:, anchor] > 0) & teaches[:, anchor] & ~looked.vetoed_otherwise
    if judged.sum() < LEAST_PAIRS:
        return probability(score)
    anchored = np.zeros(len(score))
    for c in own:
        anchored += np.array([0.0, *weights[config.comparisons[c].name]])[looked.levels[:, c]]
    known = np.where(looked.vetoed, 0.0, probability(score))
    return probability(calibrate(score, anchored, judged, known))


def _check(encoded: Encoded, model: TrainedModel, config: LinkageConfig, decisions: pl.DataFrame) -> dict[str, Any]:
    """How the model judges pairs that people have decided, and how many of them it expected to be the same."""
    row = pl.DataFrame({"key": encoded.record_keys}).with_row_index("row")
    known = decisions.join(row.rename({"key": "left_key", "row": "a"}), on="left_key")
    known = known.join(row.rename({"key": "right_key", "row": "b"}), on="right_key").filter(pl.col("a") != pl.col("b"))
    pairs = (known["a"].to_numpy().astype(np.int64), known["b"].to_numpy().astype(np.int64))
    looked = look_at(encoded, config, rarities_of(encoded, config, value_counts(encoded, config)), pairs)
    night = model.row_for(encoded.size)
    score = night.prior + _bits(config, model.weights, model.counts, looked)
    share = np.where(looked.vetoed, 0.0, probability(score))
    same, joined = (known["verdict"] == "same").to_numpy(), ~looked.vetoed & (score >= night.match)
    surprise = abs(float(same.sum() - share.sum())) > 3.0 * float(np.sqrt((share * (1.0 - share)).sum() + 1.0))
    return {
        "pairs": len(same),
        "same": int(same.sum()),
        "same_expected": float(share.sum()),
        "same_not_matched": int((same & ~joined).sum()),
        "not_same_matched": int((~same & joined).sum()),
        "surprising": surprise,
    }
