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

from sehatmu.linkage.anchor import LEAST_PAIRS, anchor_comparisons, calibrate, probability, without_anchor
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.compare import agreement_levels
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.em import Agreeing, Estimate, Evidence, Histogram, collect, estimate
from sehatmu.linkage.encode import Array, Encoded, encode_records, hash_text
from sehatmu.linkage.model_file import ColumnCounts, TrainedModel, rules_of, write_model
from sehatmu.linkage.thresholds import expect, prior_bits, threshold_rows
from sehatmu.linkage.train_notes import training_notes
from sehatmu.linkage.train_pairs import (
    Candidates,
    Pairs,
    agreeing_pairs,
    candidate_sample,
    random_pairs,
    teaching_rules,
)

#: A value is frozen in the sidecar once so many records have it.
COMMON = 20
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
    candidates = candidate_sample(encoded, config)
    levels = _levels(encoded, config, (candidates.left, candidates.right))
    vetoed = _vetoed(encoded, config, (candidates.left, candidates.right), levels)
    evidence = Evidence(
        sizes=tuple(len(c.levels) for c in config.comparisons),
        pairs=max(encoded.size * (encoded.size - 1) / 2.0, 1.0),
        candidates=collect(levels, _teaches(config, candidates), vetoed),
        share=candidates.share,
        random=_random(encoded, config),
        agreeing=_agreeing(encoded, config),
        pinned=_pinned(config),
    )
    found = estimate(evidence, matches=0.2 * encoded.size)
    if found.matches * candidates.share < _LEAST_MATCHES:
        raise LinkageError(
            "there are too few matches to learn from",
            evidence=f"{config.domain}: {encoded.size} records, {len(levels)} candidate pairs looked at",
            hint="train on more records, or pin weights and thresholds in the linkage file",
        )
    weights = {
        c.name: tuple(np.round(bits, 3).tolist()) for c, bits in zip(config.comparisons, found.bits, strict=True)
    }
    counts = _value_counts(encoded, config, found)
    rate = found.matches / encoded.size
    sampled = (candidates.left, candidates.right)
    bits = _bits(encoded, config, weights, counts, sampled, levels)
    score = bits + prior_bits(rate, encoded.size)
    share = _shares(encoded, config, weights, candidates, levels, score)
    expected = expect(
        bits[~vetoed],
        share[~vetoed],
        probability(score[~vetoed]),
        each=1.0 / candidates.share,
        records=encoded.size,
        rate=rate,
    )
    target = config.training
    model = TrainedModel(
        domain=config.domain,
        weights=weights,
        rows=threshold_rows(expected, precision=target.precision, review=target.review),
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


def _levels(encoded: Encoded, config: LinkageConfig, pairs: Pairs) -> Array:
    columns = [agreement_levels(encoded.columns, c, *pairs) for c in config.comparisons]
    return np.stack(columns, axis=1)


def _vetoed(encoded: Encoded, config: LinkageConfig, pairs: Pairs, levels: Array) -> Array:
    """Which pairs a veto keeps apart; as `classify.first_veto`, from levels that are known already."""
    place = {c.name: number for number, c in enumerate(config.comparisons)}
    vetoed = np.zeros(len(levels), bool)
    for veto in config.vetoes:
        holds = np.ones(len(levels), bool)
        for condition in veto.conditions:
            if condition.kind == "level":
                labels = [level.label in condition.labels for level in config.comparison(condition.name).levels]
                holds &= np.array([False, *labels])[levels[:, place[condition.name]]]
            else:
                column = encoded.columns[condition.name]
                absent, (a, b) = column.missing(), pairs
                equal = column.values[a] == column.values[b]
                holds &= ~absent[a] & ~absent[b] & (equal if condition.kind == "equal" else ~equal)
        vetoed |= holds
    return vetoed


def _teaches(config: LinkageConfig, candidates: Candidates) -> Array:
    """Per pair and comparison: was the pair found by a rule that does not ask for what is compared?

    Where (nearly) no pair was, all of them teach: their m is too good, and the model says so.
    """
    columns = [candidates.found[:, teaching_rules(config, c)].any(axis=1) for c in config.comparisons]
    return np.stack([c if c.sum() >= _LEAST_TEACHING else np.ones_like(c) for c in columns], axis=1)


def _random(encoded: Encoded, config: LinkageConfig) -> Histogram:
    pairs = random_pairs(encoded.record_keys, config.training.pairs, salt=config.training.salt)
    return _histogram(encoded, config, pairs)


def _histogram(encoded: Encoded, config: LinkageConfig, pairs: Pairs) -> Histogram:
    levels = _levels(encoded, config, pairs)
    return collect(levels, np.zeros(levels.shape, bool), _vetoed(encoded, config, pairs, levels))


def _agreeing(encoded: Encoded, config: LinkageConfig) -> dict[int, Agreeing]:
    found = {}
    for c, comparison in enumerate(config.comparisons):
        if len(comparison.columns) == 1 and comparison.levels[0].comparator == "exact":
            pairs, total, present = agreeing_pairs(encoded.columns[comparison.columns[0]], _AGREEING_PAIRS)
            found[c] = Agreeing(total, present, _histogram(encoded, config, pairs))
    return found


def _pinned(config: LinkageConfig) -> dict[int, Array]:
    """Weights that stand in the linkage file; they win."""
    weights = {c: [level.weight for level in comparison.levels] for c, comparison in enumerate(config.comparisons)}
    return {c: np.array(bits, np.float64) for c, bits in weights.items() if None not in bits}


def _value_counts(encoded: Encoded, config: LinkageConfig, found: Estimate) -> dict[str, ColumnCounts]:
    counted = {}
    for c, comparison in enumerate(config.comparisons):
        column = encoded.columns[comparison.columns[0]]
        if not comparison.term_frequency or column.vocabulary is None:
            continue
        counts = np.bincount(column.values, minlength=len(column.vocabulary) + 1)[1:]
        present, common = int(counts.sum()), counts >= COMMON
        others = counts[~common].astype(np.float64)
        hashes = hash_text(column.vocabulary.filter(pl.Series(common)))
        order = np.argsort(hashes)
        counted[comparison.columns[0]] = ColumnCounts(
            hashes=hashes[order],
            counts=counts[common][order],
            present=present,
            # what a record with an uncommon value meets in another one: common among the uncommon weigh more
            rare=float((others**2).sum() / max(others.sum(), 1.0) / max(present, 1)) or 1.0 / max(present, 1),
            agree=float(found.u[c][0]),
        )
    return counted


def _bits(
    encoded: Encoded,
    config: LinkageConfig,
    weights: Mapping[str, tuple[float, ...]],
    counts: Mapping[str, ColumnCounts],
    pairs: Pairs,
    levels: Array,
) -> Array:
    """Summed weights of pairs, without prior, with what rare and common values add."""
    bits = np.zeros(len(levels))
    for c, comparison in enumerate(config.comparisons):
        bits += np.array([0.0, *weights[comparison.name]])[levels[:, c]]
        if comparison.term_frequency:
            name = comparison.columns[0]
            rarity = counts[name].frequencies().adjustment(encoded.columns[name])
            bits += np.where(levels[:, c] == 1, rarity[pairs[0]], 0.0)
    return bits


def _shares(
    encoded: Encoded,
    config: LinkageConfig,
    weights: Mapping[str, tuple[float, ...]],
    candidates: Candidates,
    levels: Array,
    score: Array,
) -> Array:
    """How likely each candidate is a match: as its score says, or where there is an anchor as far as scores held."""
    pairs, own = (candidates.left, candidates.right), anchor_comparisons(config)
    if not own:
        return probability(score)
    names = [config.comparisons[c].name for c in own]
    anchored = np.sum([np.array([0.0, *weights[n]])[levels[:, c]] for n, c in zip(names, own, strict=True)], axis=0)
    anchor = next(c for c in own if config.comparisons[c].name == config.training.anchor)
    judged = (levels[:, anchor] > 0) & _teaches(config, candidates)[:, anchor]
    judged &= ~_vetoed(encoded, without_anchor(config), pairs, levels)
    if judged.sum() < LEAST_PAIRS:
        return probability(score)
    known = np.where(_vetoed(encoded, config, pairs, levels), 0.0, probability(score))
    return probability(calibrate(score, anchored, judged, known))


def _check(encoded: Encoded, model: TrainedModel, config: LinkageConfig, decisions: pl.DataFrame) -> dict[str, Any]:
    """How the model judges pairs that people have decided, and how many of them it expected to be the same."""
    row = pl.DataFrame({"key": encoded.record_keys}).with_row_index("row")
    known = decisions.join(row.rename({"key": "left_key", "row": "a"}), on="left_key")
    known = known.join(row.rename({"key": "right_key", "row": "b"}), on="right_key").filter(pl.col("a") != pl.col("b"))
    pairs = (known["a"].to_numpy().astype(np.int64), known["b"].to_numpy().astype(np.int64))
    levels = _levels(encoded, config, pairs)
    night = model.row_for(encoded.size)
    score = night.prior + _bits(encoded, config, model.weights, model.counts, pairs, levels)
    vetoed = _vetoed(encoded, config, pairs, levels)
    share = np.where(vetoed, 0.0, probability(score))
    same, joined = (known["verdict"] == "same").to_numpy(), ~vetoed & (score >= night.match)
    surprise = abs(float(same.sum() - share.sum())) > 3.0 * float(np.sqrt((share * (1.0 - share)).sum() + 1.0))
    return {
        "pairs": len(same),
        "same": int(same.sum()),
        "same_expected": float(share.sum()),
        "same_not_matched": int((same & ~joined).sum()),
        "not_same_matched": int((~same & joined).sum()),
        "surprising": surprise,
    }
