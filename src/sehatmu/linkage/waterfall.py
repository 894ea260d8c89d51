"""The waterfall of one pair as a picture: the prior, one bar of bits per comparison, and the score against thresholds.

For `sehatmu explain --svg`; levels and bits only, no value and no key of a record.
"""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl

from sehatmu.linkage.explain import explain_pairs, kept_pair
from sehatmu.linkage.score import Plan
from sehatmu.linkage.svg import STYLE, bits, el, line, linear, number, picture, rect, thresholds, ticks, words

_WIDTH, _LEFT, _RIGHT = 760.0, 250.0, 690.0
_ROW, _TOP = 30.0, 84.0


def waterfall_svg(pairs: pl.DataFrame, plan: Plan, left_key: str, right_key: str) -> str:
    """A file of its own, legible on light and dark; raises LinkageError where the pair was never kept."""
    pair = kept_pair(pairs, plan, left_key, right_key)
    row = pair.row(0, named=True)
    bars = explain_pairs(pair, plan).select("bar", "label", "bits").rows()
    ends = [0.0]
    for _, _, worth in bars:
        ends.append(ends[-1] + worth)
    low, high = min([*ends, plan.possible]) - 1, max([*ends, plan.match]) + 1
    x, bottom = linear(low, high, _LEFT, _RIGHT), _TOP + _ROW * (len(bars) + 1) + 10
    drawn = [line(x(value), _TOP, x(value), bottom) for value in ticks(low, high)]
    drawn += [words(number(value), x(value), bottom + 16, anchor="middle") for value in ticks(low, high)]
    drawn += [line(x(0.0), _TOP, x(0.0), bottom, class_="base")]
    for n, ((bar, label, worth), start, end) in enumerate(zip(bars, ends, ends[1:], strict=False)):
        drawn += _bar(_TOP + _ROW * n, bar, label, worth, (x(start), x(end)))
    drawn += _total(_TOP + _ROW * len(bars), row, (x(0.0), x(row["score"])))
    drawn += thresholds(x, plan.possible, plan.match, _TOP, bottom)
    verdict = f"{row['class']} at {bits(row['score'])} bits" + (f", not joined: {row['veto']}" if row["veto"] else "")
    drawn += [
        words(verdict, 20.0, 30.0, class_="head"),
        words("bits", _RIGHT, bottom + 34, class_="axis", anchor="end"),
    ]
    told = "; ".join(f"{bar} {label} {bits(worth)}".replace("  ", " ") for bar, label, worth in bars)
    content = [el("style", escape(STYLE, quote=False)), rect(0, 0, _WIDTH, bottom + 46, class_="paper"), *drawn]
    return picture("waterfall", f"Why: {verdict}", told, content, width=_WIDTH, height=bottom + 46) + "\n"


def _bar(y: float, bar: str, label: str, worth: float, ends: tuple[float, float]) -> list[str]:
    start, end = ends
    kind = "prior" if bar == "prior" else "joined" if worth > 0 else "against"
    drawn = [words(bar.replace("_", " "), 20.0, y + 20), words(label, _LEFT - 14, y + 20, class_="level", anchor="end")]
    if worth:
        drawn.append(rect(min(start, end), y + 6, max(abs(end - start), 1.5), _ROW - 12, class_=kind, rounded=2))
    drawn.append(words(bits(worth), _WIDTH - 20, y + 20, class_="plain" if worth else "tick", anchor="end"))
    return [*drawn, line(end, y + 6, end, y + _ROW + 6, class_="step")]


def _total(y: float, row: dict[str, Any], ends: tuple[float, float]) -> list[str]:
    zero, end = ends
    kind = "joined" if row["class"] == "match" else "apart" if row["veto"] else "open"
    return [
        words("score", 20.0, y + 20, class_="sum"),
        rect(
            min(zero, end),
            y + 4,
            max(abs(end - zero), 1.5),
            _ROW - 8,
            class_=kind,
            rounded=2,
        ),
        words(bits(row["score"]), _WIDTH - 20, y + 20, class_="sum", anchor="end"),
    ]
