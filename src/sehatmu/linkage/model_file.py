"""The trained model of a domain as files: `<domain>.model.json`, reviewed like code, and its frequency sidecar.

`sehatmu.linkage.train` makes a TrainedModel, `write_model` stores it, `load_model` reads it back for the night and
refuses a model that was trained for other rules. The same model is the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.encode import hash_text
from sehatmu.linkage.score import Frequencies, Model
from sehatmu.linkage.thresholds import ThresholdRow, row_number

FORMAT = 1
SIDECAR_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """How often the common values of a column came: sorted u64 hashes, their counts, of `present` records in all.

    `rare` is the share of a value that is not listed, `agree` the share of pairs of different subjects that agree.
    """

    hashes: np.ndarray[Any, Any]
    counts: np.ndarray[Any, Any]
    present: int
    rare: float
    agree: float

    def frequencies(self) -> Frequencies:
        """As scoring wants them."""
        return Frequencies(self.hashes, self.counts / max(1, self.present), self.rare, self.agree)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training found: bits per comparison and level, thresholds by size, counts of common values.

    `trained_for` names the parts of the linkage file with a hash each; `notes` is what only people read (versions,
    sample, m and u, diagnostics).
    """

    domain: str
    weights: Mapping[str, tuple[float, ...]]
    rows: tuple[ThresholdRow, ...]
    counts: Mapping[str, ColumnCounts]
    trained_for: Mapping[str, str]
    notes: Mapping[str, Any]

    def row_for(self, records: int) -> Model:
        """Weights and thresholds for a night of so many records; another row is another model."""
        row = next(row for row in self.rows if row.log2_records == row_number(records))
        frequencies = {name: counts.frequencies() for name, counts in self.counts.items()}
        return Model(self.weights, row.prior, row.match, row.possible, frequencies)


def model_path(folder: Path, domain: str) -> Path:
    """Where the model of a domain stands, beside its linkage file."""
    return folder / f"{domain}.model.json"


def rules_of(config: LinkageConfig) -> dict[str, str]:
    """A hash per part of the linkage file that weights depend on; what is pinned, and thresholds, are none."""
    # the sidecar holds hashes of values: it is of no use to another hash function
    parts: dict[str, object] = {"missing": config.missing, "hash": int(hash_text(pl.Series(["SEHATMU 1"]))[0])}
    for rule in config.rules:
        key, split = ([str(part) for part in parts_of] for parts_of in (rule.key, rule.split))
        parts[f"block.rules.{rule.name}"] = (key, split, rule.cap)
    for c in config.comparisons:
        levels = [(level.label, level.comparator, level.argument, level.unknown) for level in c.levels]
        parts[f"compare.{c.name}"] = (
            c.columns, c.family, levels, c.context, c.distinctive, c.absent_counts, c.term_frequency,
        )  # fmt: skip
    return {name: sha256(repr(part).encode()).hexdigest()[:16] for name, part in parts.items()}


def model_bytes(model: TrainedModel) -> tuple[bytes, bytes]:
    """The text of the model and the bytes of its sidecar."""
    sidecar = _sidecar_bytes(model.counts)
    document = {
        **model.notes,
        "format": FORMAT,
        "domain": model.domain,
        "bits": {name: list(bits) for name, bits in model.weights.items()},
        "thresholds": [asdict(row) for row in model.rows],
        "trained_for": dict(model.trained_for),
        "frequencies": {
            "file": sidecar_name(model.domain),
            "sha256": sha256(sidecar).hexdigest(),
            "columns": {
                name: {"values": len(c.hashes), "records": c.present, "rare": c.rare, "agree": c.agree}
                for name, c in model.counts.items()
            },
        },
    }
    return _text(_rounded(document)).encode() + b"\n", sidecar


def write_model(model: TrainedModel, folder: Path) -> list[Path]:
    """Write both files into `folder` (each aside, then renamed); the sidecar first, so that no text lacks its own."""
    text, sidecar = model_bytes(model)
    written = []
    for path, content in (
        (folder / sidecar_name(model.domain), sidecar),
        (model_path(folder, model.domain), text),
    ):
        aside = path.with_name(f".{path.name}.part")
        aside.write_bytes(content)
        aside.replace(path)
        written.append(path)
    return written


def load_model(path: Path, config: LinkageConfig) -> TrainedModel:
    """The model for this linkage file; raises LinkageError where it is broken or was trained for other rules."""
    document = _read(path)
    _check_rules(document["trained_for"], config)
    try:
        named = document["frequencies"]
        sidecar = (path.parent / named["file"]).read_bytes()
        if sha256(sidecar).hexdigest() != named["sha256"]:
            raise _broken(path, f"{named['file']} is not the file that the model was written with", config.domain)
        counts = _read_sidecar(sidecar, named["columns"])
        rows = tuple(ThresholdRow(**row) for row in document["thresholds"])
        weights = {name: tuple(float(b) for b in bits) for name, bits in document["bits"].items()}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _broken(path, f"{type(error).__name__}: {error}", config.domain) from None
    notes = {key: document[key] for key in document if key not in _OWN}
    return TrainedModel(config.domain, weights, rows, counts, document["trained_for"], notes)


_OWN = ("format", "domain", "bits", "thresholds", "trained_for", "frequencies")


def sidecar_name(domain: str) -> str:
    """The file of value counts beside the model."""
    return f"{domain}.frequencies.npz"


def _read(path: Path) -> dict[str, Any]:
    domain = path.name.partition(".")[0]
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _broken(path, str(error), domain) from None
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or not isinstance(document.get("trained_for"), dict)
    ):
        raise _broken(path, f"no model of format {FORMAT}", domain)
    return document


def _check_rules(trained_for: Mapping[str, str], config: LinkageConfig) -> None:
    wanted = rules_of(config)
    if dict(trained_for) == wanted:
        return
    changed = sorted(name for name in wanted if name in trained_for and trained_for[name] != wanted[name])
    told = [f"changed: {', '.join(changed)}"] if changed else []
    for word, names in (("new", wanted.keys() - trained_for.keys()), ("gone", trained_for.keys() - wanted.keys())):
        told += [f"{word}: {', '.join(sorted(names))}"] if names else []
    raise LinkageError(
        "the model was trained for other rules",
        evidence=f"{config.domain}: {'; '.join(told)}",
        hint=f"`sehatmu train {config.domain}`",
    )


def _broken(path: Path, evidence: str, domain: str) -> LinkageError:
    return LinkageError(f"the model {path.name} cannot be used", evidence=evidence, hint=f"`sehatmu train {domain}`")


def _sidecar_bytes(counts: Mapping[str, ColumnCounts]) -> bytes:
    """An npz archive: per column its hashes (u64) and counts (u32)."""
    arrays: dict[str, Any] = {}
    for name in sorted(counts):
        arrays[f"{name}.hash"] = counts[name].hashes.astype("<u8")
        arrays[f"{name}.count"] = counts[name].counts.astype("<u4")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _read_sidecar(content: bytes, columns: Mapping[str, Mapping[str, Any]]) -> dict[str, ColumnCounts]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {
            name: ColumnCounts(
                arrays[f"{name}.hash"], arrays[f"{name}.count"], int(c["records"]), float(c["rare"]), float(c["agree"])
            )
            for name, c in columns.items()
        }


def _rounded(node: Any) -> Any:
    """Floats with seven digits that count, so that the last bits of another machine do not show."""
    if isinstance(node, Mapping):
        return {str(key): _rounded(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_rounded(value) for value in node]
    return float(f"{float(node):.7g}") if isinstance(node, float | np.floating) else node


def _text(node: Any, indent: str = "") -> str:
    """JSON with sorted keys, in which what holds no further list or mapping stands on one line."""
    parts = sorted(node.items()) if isinstance(node, dict) else [(None, value) for value in node]
    if not any(isinstance(value, dict | list) for _, value in parts):
        return json.dumps(node, sort_keys=True, ensure_ascii=False, allow_nan=False)
    lines = []
    for key, value in parts:
        name = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
        nested = isinstance(value, dict | list)
        lines.append(f"{indent} {name}{_text(value, indent + ' ') if nested else json.dumps(value, allow_nan=False)}")
    opened, closed = "{}" if isinstance(node, dict) else "[]"
    return opened + "\n" + ",\n".join(lines) + f"\n{indent}{closed}"
