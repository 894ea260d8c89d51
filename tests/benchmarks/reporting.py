"""The report as Markdown, printed and written as results come: tables of rows, ratios, growth."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from comparing import OURS, SPLINK, Blocking, Row, mebibytes
from measure import Score

_HEAD = (
    "engine", "CPU s", "wall s", "peak MiB", "training CPU s", "threshold, bits",
    "pairs P / R / F1", "clusters P / R / F1", "whole persons F1",
)  # fmt: skip


class Report:
    """Prints lines, and adds them to a file where one is asked for."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path:
            path.write_text("")

    def say(self, *lines: str) -> None:
        """Lines, at once."""
        text = "\n".join(lines) + "\n"
        print(text, end="", flush=True)
        if self._path:
            with self._path.open("a") as file:
                file.write(text)

    def begin(self, name: str) -> None:
        """A section with the head of its table."""
        self.say(f"## {name}", "", "| " + " | ".join(_HEAD) + " |", "|---" * len(_HEAD) + "|")

    def add(self, found: Iterable[Row | Blocking]) -> list[Row]:
        """Rows as they come; what goes below the table is said at its end. Gives the rows."""
        rows, below = [], []
        for item in found:
            if isinstance(item, Blocking):
                below += _blocking_lines(item)
                continue
            rows.append(item)
            self.say(_line(item))
            below += [f"- {item.engine}: {item.remark}"] if item.remark else []
            below += [f"- {item.engine}, {item.candidates:,} candidate pairs"] if item.candidates else []
            parts = ", ".join(f"{name} {cpu:.2f}" for name, cpu in item.parts.items())
            below += [f"- {item.engine}, CPU s: {parts}"] if parts else []
            peaks = ", ".join(f"{name} {mebibytes(peak):,.0f}" for name, peak in item.peaks.items())
            below += [f"- {item.engine}, peak MiB so far at the end of: {peaks}"] if peaks else []
        self.say("", *below, *_ratios(rows), "")
        return rows

    def growth(self, rows: list[Row]) -> None:
        """How CPU seconds grow from the smallest of 1M and above to the largest."""
        for engine in (OURS, *SPLINK.values()):
            sized = sorted((r.size, r.cpu) for r in rows if r.engine == engine and r.size >= 900_000 and r.cpu > 0)
            if len(sized) > 1:
                (small, before), (large, after) = sized[0], sized[-1]
                exponent = math.log(after / before) / math.log(large / small)
                self.say(f"{engine}: CPU grows with n^{exponent:.2f} from {small:,} to {large:,} records.", "")


def _line(row: Row) -> str:
    cells = (
        row.engine,
        _number(row.cpu),
        _number(row.wall),
        f"{mebibytes(row.peak):,.0f}" if row.peak else "",
        _number(row.training),
        _number(row.threshold),
        _score(row.pairs),
        _score(row.clusters),
        f"{row.whole.f1:.4f}" if row.whole else "",
    )
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.2f}"


def _score(score: Score | None) -> str:
    return f"{score.precision:.4f} / {score.recall:.4f} / {score.f1:.4f}" if score else ""


def _blocking_lines(blocking: Blocking) -> list[str]:
    rules = "; ".join(f"{name} {recall:.3f} ({pairs:,} pairs)" for name, (recall, pairs) in blocking.by_rule.items())
    lines = [f"- Blocking recall {blocking.recall:.4f} of all true pairs. Each rule alone: {rules}"]
    if blocking.missed:
        lines.append(
            "- Pairs that no rule finds, by kind: " + ", ".join(f"{k} {v:.4f}" for k, v in blocking.missed.items())
        )
    return lines


def _ratios(rows: list[Row]) -> list[str]:
    named = {row.engine: row for row in rows}
    ours, lines = named.get(OURS), []
    for name in SPLINK.values():
        other = named.get(name)
        if ours and other and ours.cpu > 0 and other.cpu > 0:
            lines.append(
                f"- {name} against us: CPU {other.cpu / ours.cpu:.1f}x, wall {other.wall / ours.wall:.1f}x, "
                f"peak memory {other.peak / max(1, ours.peak):.1f}x, training {other.training / ours.training:.1f}x"
            )
    return lines
