"""What people read in a trained model: its sample, m and u per level, how the search went, what it expects.

`sehatmu.linkage.train` puts `training_notes` into the model; `training_text` is what the command line prints.
"""

from __future__ import annotations

from typing import Any

from sehatmu.linkage.config import LinkageConfig
from sehatmu.linkage.em import Estimate, Evidence
from sehatmu.linkage.model_file import TrainedModel
from sehatmu.linkage.thresholds import Expectation, expected_at, row_number
from sehatmu.linkage.train_pairs import teaching_rules

_THRESHOLDS = range(-4, 13, 2)


def training_notes(config: LinkageConfig, evidence: Evidence, found: Estimate, expected: Expectation) -> dict[str, Any]:
    """The notes of a model; nothing here is read back."""
    number = row_number(expected.records)
    at = {match: expected_at(expected, number, float(match)) for match in _THRESHOLDS}
    return {
        "comparisons": {c.name: _comparison(config, evidence, found, n) for n, c in enumerate(config.comparisons)},
        "sample": {
            "records": expected.records,
            "salt": config.training.salt,
            "candidate_pairs": int(evidence.candidates.count.sum()),
            "candidate_share": evidence.share,
            "random_pairs": int(evidence.random.count.sum()),
            "vectors": len(evidence.candidates.count),
        },
        "matches_per_record": expected.rate,
        "target": {name: getattr(config.training, name) for name in ("precision", "match", "review")},
        "diagnostics": {
            "steps": found.steps,
            "converged": found.converged,
            "log_likelihood": found.log_likelihood,
            "clipped": [line for n in range(len(config.comparisons)) for line in _clipped(config, evidence, found, n)],
            "expected": [{"match": match, "precision": p, "recall": r} for match, (p, r) in at.items()],
        },
    }


def training_text(model: TrainedModel) -> str:
    """The model in some lines: bits per level, the thresholds of its own size, and what to look at."""
    notes = model.notes
    lines = [
        f"{model.domain}: trained on {notes['sample']['records']:,} records, {notes['sample']['vectors']:,} vectors"
    ]
    for name, comparison in notes["comparisons"].items():
        levels = ", ".join(f"{level['label']} {level['bits']:+.1f}" for level in comparison["levels"])
        lines.append(f"  {name}: {levels}" + (" (set by hand)" if comparison["pinned"] else ""))
    night = model.row_for(notes["sample"]["records"])
    lines.append(f"  {notes['matches_per_record']:.3f} matches per record; match from {night.match:+.2f} bits")
    lines += [f"  look: {line}" for line in notes["diagnostics"]["clipped"]]
    if not notes["diagnostics"]["converged"]:
        lines.append(f"  look: no rest after {notes['diagnostics']['steps']} steps")
    if notes.get("decisions", {}).get("surprising"):
        decided = notes["decisions"]
        lines.append(
            f"  look: {decided['same_expected']:.0f} of {decided['pairs']} decided pairs were expected to be"
            f" the same, {decided['same']} are"
        )
    return "\n".join(lines)


def _comparison(config: LinkageConfig, evidence: Evidence, found: Estimate, c: int) -> dict[str, Any]:
    comparison = config.comparisons[c]
    teachers = [config.rules[rule].name for rule in teaching_rules(config, comparison)]
    levels = [
        {"label": level.label, "m": float(m), "u": float(u), "bits": float(bits)}
        for level, m, u, bits in zip(comparison.levels, found.m[c], found.u[c], found.bits[c], strict=True)
    ]
    return {"levels": levels, "pinned": c in evidence.pinned, "taught_by": teachers or ["every rule"]}


def _clipped(config: LinkageConfig, evidence: Evidence, found: Estimate, c: int) -> list[str]:
    """Levels that smoothing alone speaks for."""
    comparison = config.comparisons[c]
    if c in evidence.pinned:
        return []
    if not found.seen_m[c].sum():
        return [f"{comparison.name}: never compared among matches"]
    lines = []
    for k, level in enumerate(comparison.levels):
        counted = k == 0 and c in evidence.agreeing
        for seen, word in ((found.seen_m[c][k], "matches"), (found.seen_u[c][k], "random pairs")):
            if seen < 0.5 and not (counted and word == "random pairs"):
                lines.append(f"{comparison.name}: {level.label}: never seen among {word}")
    return lines
