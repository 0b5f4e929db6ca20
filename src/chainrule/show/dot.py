"""DOT: a drawing as text for Graphviz, whose layout suits very large graphs."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.show.svg import STYLES, Box


def render(boxes: Sequence[Box], arrows: Sequence[tuple[int, int]], notes: Sequence[str]) -> str:
    """Return the DOT text of boxes and the arrows between them, with notes below."""
    lines = [
        "digraph {",
        '  graph [rankdir=TB, fontname="Verdana", fontsize=10, labelloc=b'
        + (f", label={quote(*notes)}]" if notes else "]"),
        '  node [shape=box, style="rounded,filled", fontname="Verdana", fontsize=10]',
    ]
    for number, box in enumerate(boxes):
        fill, stroke, _ = STYLES[box.kind]
        text = quote(box.title, *[f"{label}  {text}".strip() for label, text in box.lines])
        dashed = ', style="rounded,filled,dashed"' if box.kind in ("constant", "more") else ""
        colours = f'fillcolor="{fill}", color="{stroke}"'
        lines.append(f"  n{number} [label={text}, {colours}, tooltip={quote(box.tooltip)}{dashed}]")
    lines += [f"  n{a} -> n{b}" for a, b in arrows]
    return "\n".join([*lines, "}"]) + "\n"


def quote(*lines: str) -> str:
    """Return a DOT string of several lines."""
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for line in lines]
    return '"' + "\\n".join(escaped) + '"'
