"""SVG as text: elements, scales and axes that the pictures of linkage are drawn with.

No library, no script, no network. Colours are classes of the page's style sheet, so that a picture is legible on light
and on dark; each has a title and a description for readers who do not see it. Pictures are in `sehatmu.linkage.plots`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

Scale = Callable[[float], float]

#: Colours (told apart by colour-blind readers too, on light and on dark), and how the parts of a picture look.
STYLE = """
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1b2430; --soft: #5c6878; --rule: #dfe4ea; --faint: #f4f6f8;
  --joined: #2f6fb5; --open: #d58a12; --apart: #8b8597; --against: #c4502f; --prior: #6f7b8a; --lost: #b9c1cb; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #12161c; --ink: #e6ebf1; --soft: #9aa7b6; --rule: #2b333e; --faint: #1a2029;
  --joined: #6faaf0; --open: #e9ac4b; --apart: #a59db4; --against: #ee8466; --prior: #8d99a8; --lost: #4a5563; } }
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink);
  font-variant-numeric: tabular-nums; }
text.tick, text.level { fill: var(--soft); } text.axis { fill: var(--soft); font-weight: 600; }
text.peak { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; } text.named { font-weight: 600; }
text.head { font-size: 17px; font-weight: 650; } text.sum { font-weight: 650; }
text.named.match, text.named.precision { fill: var(--joined); } text.named.review { fill: var(--open); }
text.named.recall { fill: var(--against); } text.named.f1 { fill: var(--soft); }
text.inside { font-weight: 600; fill: var(--paper); } text.inside.open { fill: #1b2430; }
text.inside.lost { fill: var(--ink); }
line.grid { stroke: var(--rule); } line.base { stroke: var(--soft); }
line.step { stroke: var(--soft); stroke-dasharray: 2 2; }
line.mark { stroke-width: 1.5; stroke-dasharray: 5 3; }
line.match { stroke: var(--joined); } line.review { stroke: var(--open); }
line.stem { stroke: var(--joined); stroke-width: 1.5; opacity: .45; } .dot { fill: var(--joined); }
.joined { fill: var(--joined); } .open { fill: var(--open); } .apart { fill: var(--apart); }
.against { fill: var(--against); }
.prior { fill: var(--prior); } .lost { fill: var(--lost); } .paper { fill: var(--paper); }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; } polyline.precision { stroke: var(--joined); }
polyline.recall { stroke: var(--against); } polyline.f1 { stroke: var(--soft); stroke-dasharray: 5 4; }
polyline.unlinkable { stroke: var(--prior); } .area { fill: var(--prior); opacity: .16; }
"""


def el(tag: str, content: str = "", **attributes: object) -> str:
    """One element; `class_` becomes class, `text_anchor` text-anchor, numbers are rounded to a tenth.

    >>> el("rect", x=1.04, width=3, class_="joined")
    '<rect x="1" width="3" class="joined"/>'
    """
    told = "".join(f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"' for name, value in attributes.items())
    return f"<{tag}{told}>{content}</{tag}>" if content else f"<{tag}{told}/>"


def words(said: str, x: float, y: float, *, class_: str = "plain", anchor: str = "start") -> str:
    """Text at a point."""
    return el("text", escape(said), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, *, class_: str = "grid") -> str:
    """A straight line."""
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: float, y: float, width: float, height: float, *, class_: str, rounded: float = 0) -> str:
    """A filled rectangle."""
    return el("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), rx=rounded, class_=class_)


def picture(name: str, title: str, description: str, body: Iterable[str], *, width: float, height: float) -> str:
    """The whole SVG; `name` makes the ids of title and description unique on a page."""
    told = el("title", escape(title), id=f"{name}-title") + el("desc", escape(description), id=f"{name}-desc")
    return el(
        "svg",
        told + "".join(body),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Numbers from low to high, laid out from start to end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float, *, about: int = 6) -> list[float]:
    """Round numbers between low and high, about so many.

    >>> ticks(-4.2, 31.0)
    [0.0, 10.0, 20.0, 30.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    return [round(n * step, 10) + 0.0 for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def number(value: float) -> str:
    """A number as short as its axis needs it, with a true minus sign.

    >>> number(-2.0), number(0.25), number(12000.0)
    ('−2', '0.25', '12,000')
    """
    told = f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
    return told.replace("-", "−")


def bits(value: float) -> str:
    """Bits with their sign.

    >>> bits(-2.04), bits(3)
    ('−2.0', '+3.0')
    """
    told = f"{value:+.1f}"
    return ("0.0" if told in ("+0.0", "-0.0") else told).replace("-", "−")


def x_axis(scale: Scale, values: Iterable[float], y: float, top: float, *, label: str, end: float) -> list[str]:
    """Grid lines up to `top`, a number below each, and what the axis tells at its right end."""
    drawn = []
    for value in values:
        drawn += [
            line(scale(value), top, scale(value), y),
            words(number(value), scale(value), y + 16, class_="tick", anchor="middle"),
        ]
    return [*drawn, words(label, end, y + 34, class_="axis", anchor="end")]


def thresholds(scale: Scale, possible: float, match: float, top: float, bottom: float) -> list[str]:
    """The two thresholds as upright lines with their names on top, one to the left and one to the right."""
    marks = ((possible, "review from ", "end", -5, "review"), (match, "match from ", "start", 5, "match"))
    drawn = []
    for value, name, anchor, shift, kind in marks:
        drawn.append(line(scale(value), top - 6, scale(value), bottom, class_=f"mark {kind}"))
        drawn.append(words(name + bits(value), scale(value) + shift, top - 10, class_=f"named {kind}", anchor=anchor))
    return drawn


def _attribute(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else escape(str(value), quote=True)
