"""Reads a linkage file as people write it (YAML) into a LinkageConfig, or tells every mistake in it at once.

`load_linkage` is for the night, `lint_linkage` for `sehatmu lint`. The sections `identity` and `survivorship`
of the same file belong to other packages: their names are accepted here, their content is not looked at.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from sehatmu.linkage.config import (
    ASKED,
    COMPARATORS,
    TRANSFORMS,
    BlockRule,
    Comparison,
    Condition,
    Family,
    Level,
    LinkageConfig,
    LinkageError,
    Part,
    Training,
    Veto,
)
from sehatmu.linkage.reader import Reader, UniqueKeys

SECTIONS = ("domain", "missing", "block", "compare", "veto", "score", "classify", "cluster", "train")
FOREIGN_SECTIONS = ("identity", "survivorship")


def load_linkage(path: Path) -> LinkageConfig:
    """The linkage of one domain; raises LinkageError that lists every mistake of the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LinkageError("the linkage file cannot be read", evidence=f"{path.name}: {error}") from None
    return parse_linkage(text, path.name)


@lru_cache(maxsize=32)
def parse_linkage(text: str, file: str) -> LinkageConfig:
    """The linkage that a text says; `file` names it in messages. Raises LinkageError with every mistake."""
    config, faults = _read(text, file)
    if faults or config is None:
        raise LinkageError(
            f"the linkage file has {len(faults)} mistake(s)",
            evidence="\n  " + "\n  ".join(faults),
            hint="`sehatmu lint` checks all files without running anything",
        )
    return config


def lint_linkage(path: Path) -> list[str]:
    """Every mistake of the file, one line each (file, path inside it, what was found, what is allowed)."""
    try:
        return _read(path.read_text(encoding="utf-8"), path.name)[1]
    except (OSError, UnicodeDecodeError) as error:
        return [f"{path.name}: cannot be read: {error}"]


def _read(text: str, file: str) -> tuple[LinkageConfig | None, list[str]]:
    reader = Reader(file)
    try:
        tree = yaml.load(text, Loader=UniqueKeys)
    except yaml.YAMLError as error:
        return None, [f"{file}: is no YAML: {' '.join(str(error).split())}"]
    required = ("domain", "block", "compare")
    optional = (*(s for s in SECTIONS if s not in required), *FOREIGN_SECTIONS)
    top = reader.mapping(tree, "$", required=required, optional=optional)
    block = reader.mapping(top.get("block", {}), "block", required=("rules",), optional=("show_keys",))
    score = reader.mapping(top.get("score", {}), "score", optional=("prior",))
    classify = reader.mapping(top.get("classify", {}), "classify", optional=("match", "possible"))
    cluster = reader.mapping(
        top.get("cluster", {}),
        "cluster",
        optional=("one_per_extract", "ambiguous_within", "rival_vetoes", "many_to_one"),
    )
    comparisons = tuple(_comparison(reader, n, c) for n, c in reader.named(top.get("compare"), "compare").items())
    rules = tuple(_rule(reader, n, r) for n, r in reader.named(block.get("rules"), "block.rules").items())
    vetoes = tuple(_veto(reader, n, v, comparisons) for n, v in reader.named(top.get("veto"), "veto").items())
    for section, parts in (("block.rules", rules), ("compare", comparisons)):
        if not parts and not any(f": {section}" in fault for fault in reader.faults):
            reader.fault(section, "nothing", "at least one")
    if len(rules) > 250 or len(vetoes) > 250:
        reader.fault("$", "more than 250 rules or vetoes", "at most 250 of each")
    config = LinkageConfig(
        domain=reader.text(top.get("domain"), "domain"),
        missing=reader.texts(top.get("missing"), "missing"),
        rules=rules,
        show_keys=reader.flag(block.get("show_keys", False), "block.show_keys"),
        comparisons=comparisons,
        vetoes=vetoes,
        prior=reader.number(score["prior"], "score.prior") if "prior" in score else None,
        match=reader.number(classify["match"], "classify.match") if "match" in classify else None,
        possible=reader.number(classify["possible"], "classify.possible") if "possible" in classify else None,
        one_per_extract=reader.texts(cluster.get("one_per_extract"), "cluster.one_per_extract"),
        ambiguous_within=reader.number(cluster.get("ambiguous_within", 0), "cluster.ambiguous_within", low=0),
        rival_vetoes=reader.texts(cluster.get("rival_vetoes"), "cluster.rival_vetoes"),
        training=_training(reader, top.get("train", {}), comparisons),
        many_to_one=reader.flag(cluster.get("many_to_one", False), "cluster.many_to_one"),
    )
    if config.many_to_one and not config.one_per_extract:
        reader.fault("cluster.many_to_one", True, "with `one_per_extract`, which names the lists of codes")
    for veto in config.rival_vetoes:
        if veto not in {v.name for v in vetoes}:
            reader.fault("cluster.rival_vetoes", veto, "one of " + ", ".join(v.name for v in vetoes))
    if config.match is not None and config.possible is not None and config.possible > config.match:
        reader.fault("classify.possible", config.possible, f"at most `match` ({config.match:g})")
    return config, reader.faults


def _rule(reader: Reader, name: str, node: Any) -> BlockRule:
    path = f"block.rules.{name}"
    rule = reader.mapping(node, path, required=("key",), optional=("split", "cap", "budget"))
    key, split = (
        tuple(
            _part(reader, f"{path}.{field}[{i}]", item)
            for i, item in enumerate(reader.items(rule.get(field), f"{path}.{field}"))
        )
        for field in ("key", "split")
    )
    if not key:
        reader.fault(f"{path}.key", rule.get("key"), "at least one part")
    return BlockRule(
        name=name,
        key=key,
        split=split,
        cap=int(reader.number(rule.get("cap", 100), f"{path}.cap", low=2)),
        budget=reader.number(rule.get("budget", 50), f"{path}.budget", low=0),
    )


def _part(reader: Reader, path: str, node: Any) -> Part:
    if isinstance(node, str):
        return Part(node)
    part = reader.mapping(node, path, required=("column",), optional=TRANSFORMS)
    column, transforms = reader.text(part.get("column"), f"{path}.column"), [t for t in part if t != "column"]
    if len(transforms) != 1:
        reader.fault(path, transforms, "one of " + ", ".join(TRANSFORMS))
        return Part(column)
    transform = transforms[0]
    if TRANSFORMS[transform]:
        return Part(column, transform, reader.number(part[transform], f"{path}.{transform}", low=1e-6))
    reader.flag(part[transform], f"{path}.{transform}")
    return Part(column, transform)


def _comparison(reader: Reader, name: str, node: Any) -> Comparison:
    path = f"compare.{name}"
    comparison = reader.mapping(
        node,
        path,
        required=("columns", "levels"),
        optional=("context", "distinctive", "absent_counts", "term_frequency"),
    )
    columns = reader.texts(comparison.get("columns"), f"{path}.columns")
    nodes = reader.items(comparison.get("levels"), f"{path}.levels")
    levels = tuple(_level(reader, f"{path}.levels[{i}]", item, columns) for i, item in enumerate(nodes))
    families: list[Family] = sorted({COMPARATORS[level.comparator][0] for level in levels} - {"any"})
    if len(families) > 1:
        reader.fault(f"{path}.levels", families, "comparators of one family of columns")
    family: Family = families[0] if families else "any"
    if family == "distance" and len(columns) != 2:
        reader.fault(f"{path}.columns", columns, "latitude and longitude, in degrees")
    if family in ("place", "distance") and any(level.comparator == "exact" for level in levels):
        reader.fault(f"{path}.levels", "exact", "same or km (exact compares single columns)")
    if not columns:
        reader.fault(f"{path}.columns", columns, "at least one column")
    names = [level.comparator for level in levels]
    if not 2 <= len(names) <= 200 or names[-1] != "else" or "else" in names[:-1]:
        reader.fault(f"{path}.levels", names, "2 to 200 levels, `else` last and only there")
    context = reader.texts(comparison.get("context"), f"{path}.context")
    if bool(context) != ("covered" in names):
        reader.fault(f"{path}.context", list(context), "columns where a level is `covered`, and only there")
    absent_counts = reader.flag(comparison.get("absent_counts", False), f"{path}.absent_counts")
    if absent_counts and (family in ("place", "distance") or len(columns) != 1):
        reader.fault(f"{path}.absent_counts", list(columns), "one column, compared by itself")
    distinctive = reader.texts(comparison.get("distinctive"), f"{path}.distinctive")
    labels = [level.label for level in levels]
    if len(set(labels)) != len(labels):
        reader.fault(f"{path}.levels", labels, "each label once")
    pinned = [level.weight is not None for level in levels]
    if any(pinned) and not all(pinned):
        reader.fault(f"{path}.levels", "some levels with a weight and some without", "all or none pinned")
    term_frequency = reader.flag(comparison.get("term_frequency", False), f"{path}.term_frequency")
    if term_frequency and (len(columns) != 1 or not levels or levels[0].comparator != "exact"):
        reader.fault(f"{path}.term_frequency", True, "one column and `exact` as the first level")
    return Comparison(name, columns, family, levels, context, distinctive, absent_counts, term_frequency)


def _level(reader: Reader, path: str, node: Any, columns: tuple[str, ...]) -> Level:
    level = reader.named(node, path)
    comparators = [key for key in level if key not in ("weight", "m", "u", "label", "unknown")]
    unknown_names = [key for key in comparators if key not in COMPARATORS]
    if len(comparators) != 1 or unknown_names:
        reader.fault(path, unknown_names or comparators, "one comparator of " + ", ".join(COMPARATORS))
        return Level(path, "exact", 1.0, 0.0)
    comparator = comparators[0]
    argument = _argument(reader, f"{path}.{comparator}", comparator, level[comparator], columns)
    unknown = level.get("unknown")
    if unknown is not None and (comparator != "same" or unknown not in columns):
        reader.fault(f"{path}.unknown", unknown, "with `same` only; one of " + ", ".join(columns))
    label = comparator
    if COMPARATORS[comparator][1] != "true":
        label += f" {argument:g}" if isinstance(argument, float) else f" {argument}"
    if unknown:
        label += f", {unknown} unknown"
    if "label" in level:
        label = reader.text(level["label"], f"{path}.label")
    return Level(label, comparator, argument, _weight(reader, path, level), unknown)


def _argument(reader: Reader, path: str, comparator: str, node: Any, columns: tuple[str, ...]) -> float | str:
    shape = COMPARATORS[comparator][1]
    if shape == "true":
        if node is not True:
            reader.fault(path, node, "true")
        return 1.0
    if shape == "share":
        return reader.number(node, path, low=0, high=1)
    if shape == "count":
        return reader.number(node, path, low=1, high=100)
    if shape == "number":
        return reader.number(node, path, low=0)
    allowed = columns if shape == "column" else tuple(shape.split("|"))
    if node not in allowed:
        reader.fault(path, node, "one of " + ", ".join(allowed))
    return str(node)


def _weight(reader: Reader, path: str, level: dict[str, Any]) -> float | None:
    pinned = [key for key in ("weight", "m", "u") if key in level]
    if not pinned:
        return None
    if pinned == ["weight"]:
        return reader.number(level["weight"], f"{path}.weight", low=-100, high=100)
    if pinned != ["m", "u"]:
        reader.fault(path, pinned, "`weight`, or `m` and `u`, or none of them")
        return 0.0
    m, u = (reader.number(level[key], f"{path}.{key}", low=1e-12, high=1) for key in ("m", "u"))
    return math.log2(m / u) if m and u else 0.0


def _training(reader: Reader, node: Any, comparisons: tuple[Comparison, ...]) -> Training:
    default = Training()
    train = reader.mapping(
        node, "train", optional=("salt", "precision", "match", "review", "pairs", "related", "anchor")
    )
    related, known = reader.named(train.get("related"), "train.related"), [c.name for c in comparisons]
    for name in (*related, *([train["anchor"]] if "anchor" in train else [])):
        if name not in known:
            reader.fault(
                f"train.related.{name}" if name in related else "train.anchor", name, "one of " + ", ".join(known)
            )
    return Training(
        salt=reader.text(train.get("salt", default.salt), "train.salt"),
        precision=reader.number(train.get("precision", default.precision), "train.precision", low=0.5, high=0.999999),
        match=reader.number(train.get("match", default.match), "train.match", low=0.5, high=0.999999),
        review=reader.number(train.get("review", default.review), "train.review", low=1e-6, high=0.5),
        pairs=int(reader.number(train.get("pairs", default.pairs), "train.pairs", low=1000)),
        related=tuple((name, reader.texts(columns, f"train.related.{name}")) for name, columns in related.items()),
        anchor=reader.text(train["anchor"], "train.anchor") if "anchor" in train else None,
    )


def _veto(reader: Reader, name: str, node: Any, comparisons: tuple[Comparison, ...]) -> Veto:
    path, conditions = f"veto.{name}", []
    for i, item in enumerate(reader.items(node, path)):
        where = f"{path}[{i}]"
        condition = reader.mapping(item, where, optional=(*ASKED, "comparison", "levels"))
        asked = [kind for kind in ASKED if kind in condition]
        has_level = "comparison" in condition
        if len(asked) + has_level != 1 or ("levels" in condition) != has_level:
            allowed = ", ".join(f"`{kind}`" for kind in ASKED)
            reader.fault(where, sorted(condition), f"one of {allowed}, or `comparison` with `levels`")
            continue
        if has_level:
            value = reader.text(condition["comparison"], f"{where}.comparison")
            conditions.append(_level_condition(reader, where, value, condition["levels"], comparisons))
        else:
            conditions.append(Condition(asked[0], reader.text(condition[asked[0]], f"{where}.{asked[0]}")))
    if not conditions:
        reader.fault(path, node, "at least one condition")
    return Veto(name, tuple(conditions))


def _level_condition(reader: Reader, path: str, name: str, node: Any, comparisons: tuple[Comparison, ...]) -> Condition:
    known = {c.name: tuple(level.label for level in c.levels) for c in comparisons}
    labels = reader.texts(node, f"{path}.levels")
    if name not in known:
        reader.fault(f"{path}.comparison", name, "one of " + ", ".join(known))
    for label in labels:
        if name in known and label not in known[name]:
            reader.fault(f"{path}.levels", label, "one of " + ", ".join(known[name]))
    return Condition("level", name, labels)
