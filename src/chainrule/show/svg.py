"""SVG: a laid-out drawing as text, with boxes sized so that their text fits in any common font."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from chainrule.show.layout import Layout, Point, place

SANS = "Verdana, 'DejaVu Sans', 'Segoe UI', Arial, sans-serif"
MONO = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
TITLE_SIZE = 13
TEXT_SIZE = 11.5
LINE = 17.0
PADDING = 12.0
MARGIN = 18.0

# Okabe and Ito's colours, which people with any colour vision can tell apart, and tints of them.
STYLES = {
    "leaf": ("#e1f0fa", "#0072b2", "leaf: its gradient is wanted"),
    "constant": ("#f4f4f4", "#8a8a8a", "constant"),
    "operation": ("#ffffff", "#555555", "operation"),
    "result": ("#fdebd8", "#d55e00", "result"),
    "more": ("#ffffff", "#8a8a8a", "not drawn"),
}
LABEL_COLOUR = "#6a6a6a"
TEXT_COLOUR = "#1a1a1a"
GRAD_COLOUR = "#a83f00"


@dataclass(frozen=True)
class Box:
    """One box: a title, lines of (label, text) under it, and what is shown when one points at it."""

    kind: str
    title: str
    lines: tuple[tuple[str, str], ...] = ()
    tooltip: str = ""

    def label_width(self) -> float:
        """Return the width of the column of labels."""
        return max((text_width(label, TEXT_SIZE) for label, _ in self.lines), default=0.0)

    def size(self) -> tuple[float, float]:
        """Return width and height that hold all of the text."""
        labels = self.label_width()
        gap = 8.0 if labels else 0.0
        widths = [labels + gap + mono_width(text, TEXT_SIZE) for _, text in self.lines]
        widest = max([text_width(self.title, TITLE_SIZE, bold=True), *widths])
        return max(widest + 2 * PADDING, 56.0), LINE * (1 + len(self.lines)) + 13.0


# Advance widths of Verdana, the widest of the fonts above, in thousandths of the size.
_NARROW = dict.fromkeys("ijlI.,:;'|! ", 420) | dict.fromkeys("ftr()[]/\\-J", 520)
_WIDE = dict.fromkeys("mw%@W&", 1080) | dict.fromkeys("MOQGHNUDC+<>=~", 840)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return an upper bound of the width of `text` in the proportional font."""
    total = 0
    for character in text:
        if unicodedata.combining(character):
            continue
        if unicodedata.east_asian_width(character) in "WF":
            total += 1150
        elif character.isascii():
            total += _NARROW.get(character) or _WIDE.get(character) or (740 if character.isupper() else 650)
        else:
            total += 900
    return total / 1000 * size * (1.16 if bold else 1.0)


def mono_width(text: str, size: float) -> float:
    """Return the width of `text` in the fixed-width font."""
    plain = [c for c in text if not unicodedata.combining(c)]
    cells = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain)
    return cells * 0.61 * size


def render(boxes: Sequence[Box], arrows: Sequence[tuple[int, int]], notes: Sequence[str]) -> str:
    """Return the SVG of boxes and the arrows between them, with notes below."""
    layout = place([box.size() for box in boxes], arrows)
    legend, legend_width = _legend(boxes)
    columns = int(max(layout.width, legend_width, 420.0) / text_width("n", TEXT_SIZE))
    notes = [line for note in notes for line in textwrap.wrap(note, columns)]
    footer = LINE * (len(notes) + 1) + 8
    wanted = [layout.width, legend_width, *[text_width(note, TEXT_SIZE) for note in notes]]
    width = max(wanted) + 2 * MARGIN
    height = layout.height + 2 * MARGIN + footer
    inset = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="{escape(SANS)}" font-size="{TEXT_SIZE}" '
        f'role="img" aria-label="computational graph">',
        '<defs><marker id="chainrule-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 1 L10 5 L0 9 z" fill="#555555"/></marker></defs>',
        f'<rect width="{_n(width)}" height="{_n(height)}" rx="8" fill="#ffffff"/>',
        f'<g transform="translate({_n(inset)} {_n(MARGIN)})">',
        '<g fill="none" stroke="#555555" stroke-width="1.2">',
        *[f'<path d="{_curve(path)}" marker-end="url(#chainrule-tip)"/>' for path in layout.paths],
        "</g>",
        *[_box(box, centre) for box, centre in zip(boxes, layout.centres, strict=True)],
        "</g>",
        f'<g transform="translate({_n(MARGIN)} {_n(layout.height + MARGIN + LINE + 10)})" '
        f'fill="{LABEL_COLOUR}">',
        *legend,
        *[f'<text x="0" y="{_n(LINE * (i + 1))}">{escape(note)}</text>' for i, note in enumerate(notes)],
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(box: Box, centre: Point) -> str:
    width, height = box.size()
    left, top = centre[0] - width / 2, centre[1] - height / 2
    fill, stroke, _ = STYLES[box.kind]
    dash = ' stroke-dasharray="4 3"' if box.kind in ("constant", "more") else ""
    parts = [
        f'<g class="{box.kind}" transform="translate({_n(left)} {_n(top)})">',
        f"<title>{escape(box.tooltip)}</title>" if box.tooltip else "",
        f'<rect width="{_n(width)}" height="{_n(height)}" rx="7" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="1.4"{dash}/>',
        f'<text x="{_n(width / 2)}" y="19" text-anchor="middle" font-size="{TITLE_SIZE}" font-weight="bold" '
        f'fill="{TEXT_COLOUR}">{escape(box.title)}</text>',
    ]
    labels = box.label_width()
    indent = PADDING + (labels + 8.0 if labels else 0.0)
    group = ""
    for number, (label, text) in enumerate(box.lines):
        y = _n(19 + LINE * (number + 1))
        group = label or group
        colour = GRAD_COLOUR if group == "grad" else TEXT_COLOUR
        if label:
            parts.append(f'<text x="{_n(PADDING)}" y="{y}" fill="{LABEL_COLOUR}">{escape(label)}</text>')
        parts.append(
            f'<text x="{_n(indent)}" y="{y}" font-family="{escape(MONO)}" fill="{colour}" '
            f'xml:space="preserve">{escape(text)}</text>'
        )
    parts.append("</g>")
    return "".join(parts)


def _curve(path: Sequence[Point]) -> str:
    """Return a path straight through each layer and smoothly from one layer to the next."""
    (x, y), *rest = path
    parts = [f"M{_n(x)} {_n(y)}"]
    for nx, ny in rest:
        if ny == y:
            continue  # a tip takes its direction from the last step, which must have one
        if nx == x:
            parts.append(f"V{_n(ny)}")
        else:
            middle = _n((y + ny) / 2)
            parts.append(f"C{_n(x)} {middle} {_n(nx)} {middle} {_n(nx)} {_n(ny)}")
        x, y = nx, ny
    return " ".join(parts)


def _legend(boxes: Sequence[Box]) -> tuple[list[str], float]:
    """Return the row that explains the colours in use, and its width."""
    used = {box.kind for box in boxes}
    parts, x = [], 0.0
    for kind, (fill, stroke, words) in STYLES.items():
        if kind not in used:
            continue
        dash = ' stroke-dasharray="3 2"' if kind in ("constant", "more") else ""
        parts.append(
            f'<rect x="{_n(x)}" y="-9" width="14" height="11" rx="3" fill="{fill}" stroke="{stroke}"{dash}/>'
            f'<text x="{_n(x + 20)}" y="0">{escape(words)}</text>'
        )
        x += 20 + text_width(words, TEXT_SIZE) + 18
    return parts, max(x - 18, 0.0)


def _n(number: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")


__all__ = ["Box", "Layout", "render", "text_width"]
