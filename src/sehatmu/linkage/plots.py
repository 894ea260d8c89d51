"""The pictures of a linkage report: score strips, threshold lines, cluster dots, unlinkables, the fate of true pairs.

From frames of counts (`sehatmu.linkage.diagnose`, `sehatmu.linkage.judge`) to SVG text; `sehatmu.linkage.report` puts
them on a page, beside the numbers that they show.
"""

from __future__ import annotations

import math

import polars as pl

from sehatmu.linkage.score import Plan
from sehatmu.linkage.svg import el, line, linear, number, picture, rect, thresholds, ticks, words, x_axis

WIDTH = 640.0
_LEFT, _RIGHT = 132.0, 616.0
OUTCOMES = {"joined": "joined", "open": "to review", "apart": "kept apart"}


def score_strips(bins: pl.DataFrame, width: float, plan: Plan) -> str:
    """A histogram of scores per outcome, below each other on one axis, each to its own height."""
    low = min([plan.possible, *bins["start"]]) - width
    high = max([plan.match, *(bins["start"] + width)]) + width
    x, height, gap, top = linear(low, high, _LEFT, _RIGHT), 88.0, 26.0, 54.0
    bottom = top + len(OUTCOMES) * (height + gap) - gap
    drawn, peaks = x_axis(x, ticks(low, high), bottom, top, label="score in bits", end=_RIGHT), []
    for row, (outcome, name) in enumerate(OUTCOMES.items()):
        base, seen = top + row * (height + gap) + height, bins.filter(outcome=outcome)
        most = int(seen["pairs"].max() or 0)  # type: ignore[arg-type]
        y = linear(0, most, 0, height)
        drawn += [words(name, _LEFT - 12, base - 16, class_="axis", anchor="end")]
        drawn += [line(_LEFT, base, _RIGHT, base, class_="base")]
        drawn += [words(f"{int(seen['pairs'].sum()):,}", _LEFT - 12, base, class_="tick", anchor="end")]
        for start, pairs in seen.select("start", "pairs").iter_rows():
            left, tall = plan.possible if start < plan.possible < start + width else start, max(y(pairs), 1.0)
            drawn.append(rect(x(left) + 0.5, base - tall, x(start + width) - x(left) - 1, tall, class_=outcome))
        if most:
            peak = float(seen.sort("pairs", "start", descending=[True, False])["start"][0])
            peaks.append(
                words(f"{most:,}", x(peak + width / 2), base - height - 5, class_="tick peak", anchor="middle")
            )
    drawn += [*thresholds(x, plan.possible, plan.match, top - 18, bottom), *peaks]
    told = f"Bars of {number(width)} bits; the heights of the three strips are not to one scale."
    return picture("scores", "Scores of pairs by what became of them", told, drawn, width=WIDTH, height=bottom + 42)


def threshold_lines(name: str, title: str, curve: pl.DataFrame, plan: Plan) -> str:
    """Precision, recall and F1 over the threshold."""
    shares = curve.select("precision", "recall", "f1")
    least = min((v for v in shares.min_horizontal().to_list() if v is not None), default=0.0)
    floor = max(0.0, math.floor(least * 10 - 1e-9) / 10)
    low, high, top, bottom = curve["threshold"].min(), curve["threshold"].max(), 34.0, 264.0
    assert isinstance(low, float)
    assert isinstance(high, float)
    x, y = linear(low, high, _LEFT, _RIGHT - 76), linear(floor, 1.0, bottom, top)
    drawn = x_axis(x, ticks(low, high), bottom, top, label="match threshold in bits", end=_RIGHT - 76)
    for value in ticks(floor, 1.0, about=5):
        drawn += [line(_LEFT, y(value), _RIGHT - 76, y(value)), _tick(f"{value:.0%}", y(value))]
    ends = []
    for series in ("precision", "recall", "f1"):
        points = curve.select("threshold", series).drop_nulls()
        path = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in points.iter_rows())
        drawn.append(el("polyline", points=path, class_=series))
        ends.append((y(points[series][-1]) if len(points) else bottom, series))
    for place, (_, series) in zip(_spread([end for end, _ in sorted(ends)], 15.0), sorted(ends), strict=True):
        drawn.append(words({"f1": "F1"}.get(series, series), _RIGHT - 68, place + 4, class_=f"named {series}"))
    drawn += thresholds(x, plan.possible, plan.match, top, bottom)
    told = f"From {floor:.0%} to 100% upwards; each line over the match threshold in bits."
    return picture(name, title, told, drawn, width=WIDTH, height=bottom + 42)


def unlinkable_line(evidence: pl.DataFrame, plan: Plan) -> str:
    """The share of records whose own evidence stays below a threshold, over the threshold."""
    reached = evidence.group_by("score").agg(pl.col("records").sum()).sort("score")
    total = max(int(reached["records"].sum()), 1)
    scores = reached["score"].to_list()
    shares = [0.0, *(below / total for below in reached["records"].cum_sum())]
    low, high, top, bottom = min([plan.possible, *scores]) - 1, max([plan.match, *scores]) + 1, 34.0, 234.0
    x, y = linear(low, high, _LEFT, _RIGHT), linear(0.0, 1.0, bottom, top)
    drawn = x_axis(x, ticks(low, high), bottom, top, label="match threshold in bits", end=_RIGHT)
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawn += [line(_LEFT, y(value), _RIGHT, y(value)), _tick(f"{value:.0%}", y(value))]
    points = [(low, 0.0)]
    for score, before, after in zip(scores, shares, shares[1:], strict=False):
        points += [(score, before), (score, after)]
    path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in [*points, (high, 1.0)])
    drawn.append(el("polygon", points=f"{path} {x(high):.1f},{bottom:.1f} {x(low):.1f},{bottom:.1f}", class_="area"))
    drawn.append(el("polyline", points=path, class_="unlinkable"))
    drawn += thresholds(x, plan.possible, plan.match, top, bottom)
    told = "A record counts as unlinkable at a threshold that it does not reach against a copy of itself."
    return picture("unlinkable", "Records that cannot reach a threshold", told, drawn, width=WIDTH, height=bottom + 42)


def cluster_dots(sizes: pl.DataFrame) -> str:
    """How many clusters there are of each size, both on logarithmic axes."""
    top, bottom = 18.0, 214.0
    largest, most = max([2, *sizes["size"]]), max([10, *sizes["clusters"]])
    x = linear(0.0, math.log10(largest), _LEFT, _RIGHT - 16)
    y = linear(0.0, math.log10(most), bottom, top)
    drawn = []
    for value in [10**n for n in range(math.floor(math.log10(most)) + 1)]:
        at = y(math.log10(value))
        drawn += [line(_LEFT, at, _RIGHT, at), _tick(f"{value:,}", at)]
    steps = [n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000) if n <= largest]
    shown = -99.0
    for value in steps:
        at = x(math.log10(value))
        if at - shown >= 24:
            drawn.append(words(f"{value:,}", at, bottom + 18, class_="tick", anchor="middle"))
            shown = at
    for size, clusters in sizes.iter_rows():
        at, up = x(math.log10(size)), y(math.log10(clusters))
        drawn += [line(at, bottom, at, up, class_="stem"), el("circle", cx=at, cy=up, r=4, class_="dot")]
    drawn += [line(_LEFT, bottom, _RIGHT, bottom, class_="base")]
    drawn += [words("records in the cluster", _RIGHT, bottom + 36, class_="axis", anchor="end")]
    drawn += [words("clusters", _LEFT - 8, top - 6, class_="axis", anchor="end")]
    told = "One dot per size; both axes are logarithmic."
    return picture("clusters", "Clusters by size", told, drawn, width=WIDTH, height=bottom + 44)


def share_bar(name: str, title: str, parts: list[tuple[str, int, str]]) -> str:
    """One bar cut into named parts (name, count, class): parts of one whole."""
    total = max(sum(count for _, count, _ in parts), 1)
    x, drawn = linear(0, total, 0.0, WIDTH), []
    at = 0
    for part, count, kind in parts:
        wide = x(count)
        drawn.append(rect(x(at), 4.0, max(wide - 2, 1.0) if count else 0.0, 30.0, class_=kind, rounded=2))
        if wide > 110:
            drawn.append(words(f"{part} {count / total:.1%}", x(at) + 8, 24.0, class_=f"inside {kind}"))
        at += count
    told = ", ".join(f"{part} {count:,}" for part, count, _ in parts)
    return picture(name, title, told, drawn, width=WIDTH, height=38)


def bar_cell(share: float, kind: str) -> str:
    """A bar inside a table cell, beside its number: a share of the largest."""
    wide = 120 * min(max(share, 0.0), 1.0)
    return el(
        "svg", rect(0, 3, wide, 10, class_=kind, rounded=1), viewBox="0 0 120 16", class_="cell", aria_hidden="true"
    )


def weight_cell(value: float, most: float) -> str:
    """A weight as a bar to the right of the middle (speaks for a match) or to the left (against)."""
    half, kind = 60.0, "joined" if value > 0 else "against"
    wide = abs(value) / (most or 1.0) * half
    drawn = rect(half if value > 0 else half - wide, 3, wide, 10, class_=kind, rounded=1)
    return el(
        "svg", line(half, 0, half, 16, class_="base") + drawn, viewBox="0 0 120 16", class_="cell", aria_hidden="true"
    )


def _tick(said: str, at: float) -> str:
    return words(said, _LEFT - 8, at + 4, class_="tick", anchor="end")


def _spread(places: list[float], least: float) -> list[float]:
    """Rising places moved apart so that no two labels overlap."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    return moved
