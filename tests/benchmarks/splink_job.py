"""A linkage file of ours said in Splink's words: the same blocks and levels as SQL, for the child `peer_splink.py`.

Two things are said otherwise, because DuckDB is several times slower at what we do and Splink's users avoid it: edits
with swaps are Levenshtein, and token sort is Levenshtein of the sorted words. What Splink could only do with a
function of its own (context, positions, places with unknown parts) is refused rather than made worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sehatmu.linkage.config import BlockRule, Comparison, Level, LinkageConfig, Part
from sehatmu.linkage.encode import column_kinds


@dataclass(frozen=True, slots=True)
class Training:
    """What Splink's training is told: EM once per tuple of columns (records that agree on all of them), and the rules
    under which nearly all pairs are matches, with the share of all matches that they find."""

    em: tuple[tuple[str, ...], ...]
    deterministic: tuple[tuple[str, ...], ...]
    recall: float = 0.7


def splink_job(config: LinkageConfig, training: Training, *, pairs: int) -> dict[str, Any]:
    """SQL and settings as JSON; `pairs` is the size of the samples that u and m are learnt from."""
    return {
        "prepare": prepare_sql(config),
        "keys": [rule.name for rule in config.rules],
        "once": bool(config.one_per_extract),
        "comparisons": [_comparison(c) for c in config.comparisons],
        "em": [list(columns) for columns in training.em],
        "deterministic": [list(columns) for columns in training.deterministic],
        "recall": training.recall,
        "pairs": pairs,
        "precision": config.training.precision,
    }


def prepare_sql(config: LinkageConfig) -> list[str]:
    """Statements that make `prepared` of the table `standard`: compared columns with missing as null, helper columns,
    and a key per rule, split where its block is above the cap.
    """
    kinds = column_kinds(config)
    columns = [_clean(name, kinds[name], config.missing) for name in config.columns]
    helpers = sorted({sql for c in config.comparisons for level in c.levels for sql in _helpers(c, level)})
    keys = [f"{_hashed([_taken(p) for p in rule.key])} AS {_key(rule)}" for rule in config.rules]
    if config.one_per_extract:
        extracts = ", ".join(f"'{name}'" for name in config.one_per_extract)
        columns.append(f"CASE WHEN source || '/' || extract IN ({extracts}) THEN extract END AS once")
    clean = f"(SELECT record_key, {', '.join(columns)} FROM standard)"
    statements = [f"CREATE TABLE prepared AS SELECT *, {', '.join([*helpers, *keys])} FROM {clean}"]
    for depth in range(max(len(rule.split) for rule in config.rules)):
        split = [rule for rule in config.rules if len(rule.split) > depth]
        large = [
            f"SELECT {_key(r)} FROM prepared WHERE {_key(r)} IS NOT NULL GROUP BY 1 HAVING count(*) > {r.cap}"
            for r in split
        ]
        statements += [
            f"CREATE OR REPLACE TEMP TABLE large_{r.name} AS {sql}" for r, sql in zip(split, large, strict=True)
        ]
        finer = [f"hash({_key(r)}, coalesce(CAST({_taken(r.split[depth])} AS VARCHAR), '?'))" for r in split]
        new = [
            f"CASE WHEN {_key(r)} IN (FROM large_{r.name}) THEN {sql} ELSE {_key(r)} END AS {_key(r)}"
            for r, sql in zip(split, finer, strict=True)
        ]
        statements.append(f"CREATE OR REPLACE TABLE prepared AS SELECT * REPLACE ({', '.join(new)}) FROM prepared")
    return statements


def _clean(name: str, kind: str, missing: tuple[str, ...]) -> str:
    if kind != "text":
        return name
    texts = ", ".join("'" + text.replace("'", "''") + "'" for text in (*missing, ""))
    return f"CASE WHEN CAST({name} AS VARCHAR) NOT IN ({texts}) THEN CAST({name} AS VARCHAR) END AS {name}"


def _key(rule: BlockRule) -> str:
    return f"key_{rule.name}"


def _hashed(parts: list[str]) -> str:
    present = " AND ".join(f"({part}) IS NOT NULL" for part in parts)
    return f"CASE WHEN {present} THEN hash({', '.join(f'CAST({part} AS VARCHAR)' for part in parts)}) END"


def _taken(part: Part) -> str:
    column, size = part.column, int(part.size)
    words, shortness = f"string_split({column}, ' ')", "lpad(CAST(999 - length(w) AS VARCHAR), 3, '0')"
    taken = {
        "whole": column,
        "prefix": f"CASE WHEN length({column}) >= {size} THEN left({column}, {size}) END",
        "suffix": f"CASE WHEN length({column}) >= {size} THEN right({column}, {size}) END",
        "first_token": f"split_part({column}, ' ', 1)",
        "last_token": f"split_part({column}, ' ', -1)",
        "longest_token": f"list_sort(list_transform({words}, lambda w: {shortness} || w))[1]",
        "sorted_tokens": f"array_to_string(list_sort({words}), ' ')",
        "consonants": f"nullif(left(regexp_replace({column}, '[AEIOUHY\\s]', '', 'g'), {size}), '')",
        "year": f"year({column})",
        "cell": f"floor({column} / {part.size})",
    }
    return taken[part.transform]


def _comparison(comparison: Comparison) -> dict[str, Any]:
    if comparison.context or comparison.family == "distance":
        raise ValueError(f"{comparison.name}: Splink has no such comparison")
    absent = " AND ".join(
        f"({name}_l IS NULL {'AND' if comparison.absent_counts else 'OR'} {name}_r IS NULL)"
        for name in comparison.columns
    )
    levels: list[dict[str, Any]] = [{"sql_condition": absent, "label_for_charts": "missing", "is_null_level": True}]
    for level in comparison.levels:
        said: dict[str, Any] = {"sql_condition": _condition(comparison, level), "label_for_charts": level.label}
        if comparison.term_frequency and level.comparator == "exact":
            said["tf_adjustment_column"] = comparison.columns[0]
        if level.weight is not None:  # set by hand: only m / u counts
            u = min(0.25, 2.0**-level.weight)
            said |= {"m_probability": u * 2.0**level.weight, "u_probability": u}
            said |= {"fix_m_probability": True, "fix_u_probability": True}
        levels.append(said)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _condition(comparison: Comparison, level: Level) -> str:
    if level.comparator == "else":
        return "ELSE"
    if level.comparator == "same":
        unknown = f" AND ({level.unknown}_l IS NULL OR {level.unknown}_r IS NULL)" if level.unknown else ""
        return f"{level.argument}_l = {level.argument}_r{unknown}"
    return " OR ".join(_one(name, level) for name in comparison.columns)


def _one(name: str, level: Level) -> str:
    a, b, argument = f"{name}_l", f"{name}_r", level.argument
    if level.comparator == "exact":
        return f"{a} = {b}"
    if level.comparator == "jaro_winkler":
        return f"jaro_winkler_similarity({a}, {b}) >= {argument}"
    if level.comparator in ("levenshtein", "osa"):
        return _edits(a, b, float(argument))
    if level.comparator == "token_sort":
        return _edits(f"{name}__sorted_l", f"{name}__sorted_r", float(argument))
    if level.comparator == "identifier":
        return f"levenshtein({a}, {b}) <= {argument:g}"
    if level.comparator == "number":
        return f"abs({a} - {b}) <= {argument}"
    if level.comparator == "ratio":
        return f"sign({a}) = sign({b}) AND least(abs({a}), abs({b})) >= {argument} * greatest(abs({a}), abs({b}))"
    if level.comparator == "date":
        days = {
            "swapped": f"{name}__ymd_l = {name}__ydm_r",
            "one_digit": f"hamming({name}__ymd_l, {name}__ymd_r) <= 1",
            "year_only": f"year({a}) = year({b}) AND ({_year_only(a)} OR {_year_only(b)})",
            "same_year": f"year({a}) = year({b})",
        }
        return days[str(argument)]
    words_a, words_b = f"{name}__words_l", f"{name}__words_r"
    shared = f"len(list_intersect({words_a}, {words_b}))"
    if level.comparator == "initials":
        sides = ((words_a, words_b), (words_b, words_a))
        return f"{shared} >= 1 AND " + " AND ".join(_initialled(mine, other) for mine, other in sides)
    sizes = {
        "common": "1",
        "overlap": f"least(len({words_a}), len({words_b}))",
        "jaccard": f"(len({words_a}) + len({words_b}) - {shared})",
        "token_set": f"least(len({words_a}), len({words_b}))",
    }
    if level.comparator not in sizes:
        raise ValueError(f"{name}: Splink has no {level.comparator}")
    return f"{shared} >= {argument} * {sizes[level.comparator]}"


def _initialled(mine: str, other: str) -> str:
    """Every word of mine is in the other's, or is an initial there, or is the initial of one there."""
    letters = f"list_transform({other}, lambda x: x[1])"
    held = f"list_contains({other}, w) OR list_contains({other}, w[1]) OR list_contains({letters}, w)"
    return f"len(list_filter({mine}, lambda w: {held})) = len({mine})"


def _year_only(day: str) -> str:
    return f"strftime({day}, '%m%d') IN ('0101', '0701', '1231')"


def _edits(a: str, b: str, share: float) -> str:
    if share >= 1:
        return f"{a} = {b}"
    return f"levenshtein({a}, {b}) <= {1 - share:.4g} * greatest(length({a}), length({b}))"


def _helpers(comparison: Comparison, level: Level) -> list[str]:
    made = []
    for name in comparison.columns:
        if level.comparator == "token_sort":
            made.append(f"array_to_string(list_sort(string_split({name}, ' ')), ' ') AS {name}__sorted")
        if level.comparator in ("common", "overlap", "jaccard", "token_set", "initials"):
            made.append(f"list_distinct(string_split({name}, ' ')) AS {name}__words")
        if level.comparator == "date" and level.argument in ("swapped", "one_digit"):
            made.append(f"strftime({name}, '%Y%m%d') AS {name}__ymd")
            made.append(f"strftime({name}, '%Y%d%m') AS {name}__ydm")
    return made
