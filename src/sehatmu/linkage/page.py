"""One HTML page without script or network: sections, tables and tiles around the pictures of `sehatmu.linkage.plots`.

Knows nothing of linkage. The page is well-formed XML too, so that a test or a tool can read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sehatmu.linkage.svg import STYLE

_STYLE = """
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 15px; }
main, header, nav, footer { max-width: 1120px; margin: 0 auto; padding: 0 28px; box-sizing: border-box; }
header { padding-top: 36px; } h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 20px; line-height: 1.3; margin: 0 0 4px; } p { margin: 0 0 12px; max-width: 74ch; }
.lead, footer { color: var(--soft); } nav { margin-top: 20px; font-size: 14px; }
nav a { margin-right: 18px; white-space: nowrap; }
a { color: var(--joined); text-decoration: none; } a:hover, a:focus-visible { text-decoration: underline; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin: 22px 0 0; padding: 0; }
.tile { background: var(--faint); border-radius: 8px; padding: 12px 16px; margin: 0; }
.tile dt { color: var(--soft); font-size: 13px; } .tile dd { margin: 0; font-size: 23px; font-weight: 650;
  font-variant-numeric: tabular-nums; letter-spacing: -.01em; } .tile dd small { display: block; font-size: 12.5px;
  font-weight: 400; color: var(--soft); letter-spacing: 0; }
section { border-top: 1px solid var(--rule); padding: 26px 0 22px; margin-top: 22px; }
.pair { display: grid; grid-template-columns: minmax(0, 640px) minmax(250px, 1fr); gap: 28px; align-items: start; }
@media (max-width: 960px) { .pair { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 10px 0 6px; } figure svg { width: 100%; max-width: 640px; height: auto; display: block; }
@media (max-width: 760px) { .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 12px 0 8px; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; font-weight: 600; font-size: 13px; }
th, td { padding: 4px 8px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; color: var(--soft); white-space: nowrap; } thead th { vertical-align: bottom; }
th:first-child { padding-left: 0; } tbody th, .text { text-align: left; }
tbody th { color: var(--ink); font-weight: 500; } td.text { white-space: normal; }
td svg.cell { width: 120px; height: 16px; vertical-align: middle; display: block; }
.warn { border-left: 3px solid var(--open); padding: 2px 0 2px 12px; margin: 14px 0 0; }
footer { margin-top: 22px; padding-top: 18px; padding-bottom: 48px; font-size: 13px; }
@media print { section { break-inside: avoid; } nav { display: none; } }
"""


@dataclass(frozen=True, slots=True)
class Raw:
    """Markup that is safe already: it was made by a function, not taken from a file."""

    markup: str


@dataclass(frozen=True, slots=True)
class Shade:
    """Words on a ground that is the darker the nearer `share` is to 1."""

    words: str
    share: float


Cell = str | Raw | Shade


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that a reader looks for first."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its title asks or answers a question, the lead says how to read the picture."""

    anchor: str
    title: str
    short: str
    lead: str
    body: str


def page(
    title: str, lead: str, tiles: Sequence[Tile], warnings: Sequence[str], sections: Sequence[Section], foot: str
) -> str:
    """The whole page as text."""
    links = "".join(f'<a href="#{s.anchor}">{escape(s.short)}</a> ' for s in sections)
    warned = "".join(f'<p class="warn">{escape(warning)}</p>' for warning in warnings)
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{escape(title)}</title><style>{escape(STYLE + _STYLE, quote=False)}</style></head>\n<body>\n"
        f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>{_tiles(tiles)}{warned}</header>\n'
        f'<nav aria-label="Parts of this page">{links}</nav>\n<main>\n{"".join(map(_section, sections))}</main>\n'
        f"<footer>{escape(foot)}</footer>\n</body></html>\n"
    )


def beside(picture: str, numbers: str) -> str:
    """A picture with its numbers to the right (below it on a narrow screen)."""
    return f'<div class="pair"><figure>{picture}</figure><div class="wide">{numbers}</div></div>'


def paragraph(said: str) -> str:
    """Plain words."""
    return f"<p>{escape(said)}</p>"


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], *, text: Sequence[int] = ()) -> str:
    """A table whose first column names the row; columns `text` are set to the left, all others are numbers."""
    tops = "".join(f'<th scope="col"{_left(n, text)}>{escape(name)}</th>' for n, name in enumerate(head))
    lines = []
    for row in rows:
        first = f'<th scope="row">{_cell(row[0])}</th>'
        rest = "".join(f"<td{_left(n, text)}{_ground(c)}>{_cell(c)}</td>" for n, c in enumerate(row[1:], start=1))
        lines.append(f"<tr>{first}{rest}</tr>")
    told = f"<caption>{escape(caption)}</caption><thead><tr>{tops}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="wide"><table>{told}</table></div>'


def count(value: float | None) -> str:
    """A whole number with its thousands set apart, `–` for none."""
    return "–" if value is None else f"{value:,.0f}"


def share(part: float, whole: float) -> str:
    """A share in per cent, `–` of nothing; never rounded up to all or down to none.

    >>> share(1, 3), share(0, 5), share(99_999, 100_000)
    ('33.3%', '0.0%', '>99.9%')
    """
    if not whole:
        return "–"
    told = f"{part / whole:.1%}"
    if told == "100.0%" and part < whole:
        return ">99.9%"
    return "<0.1%" if told == "0.0%" and part else told


def _section(section: Section) -> str:
    head = f'<h2 id="{section.anchor}-head">{escape(section.title)}</h2><p class="lead">{escape(section.lead)}</p>'
    return f'<section id="{section.anchor}" aria-labelledby="{section.anchor}-head">{head}{section.body}</section>\n'


def _tiles(tiles: Sequence[Tile]) -> str:
    told = []
    for tile in tiles:
        note = f"<small>{escape(tile.note)}</small>" if tile.note else ""
        told.append(f'<div class="tile"><dt>{escape(tile.name)}</dt><dd>{escape(tile.value)}{note}</dd></div>')
    return f'<dl class="tiles">{"".join(told)}</dl>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Raw):
        return cell.markup
    return escape(cell.words if isinstance(cell, Shade) else cell)


def _ground(cell: Cell) -> str:
    if not isinstance(cell, Shade) or not cell.share:
        return ""
    return f' style="background: color-mix(in srgb, var(--joined) {5 + 45 * cell.share:.0f}%, transparent)"'


def _left(column: int, text: Sequence[int]) -> str:
    return ' class="text"' if column == 0 or column in text else ""
