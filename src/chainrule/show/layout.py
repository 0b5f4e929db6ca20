"""Layout: where the boxes of a drawing go and how its arrows run, by the layered method."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.errors import MissingExtraError

Point = tuple[float, float]

COLUMN_GAP = 28.0
LAYER_GAP = 46.0
LANE = 10.0  # the width kept free for an arrow that passes a layer
PORT_GAP = 18.0  # between arrows that end at one box


@dataclass(frozen=True)
class Layout:
    """Centres of boxes, the corner points of arrows (in pairs: in and out of each layer), the extent."""

    centres: list[Point]
    paths: list[list[Point]]
    width: float
    height: float


class _View:
    """What grandalf wants to know of a box, and where it puts it."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.w, self.h = size
        self.xy: Point = (0.0, 0.0)


def place(sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]]) -> Layout:
    """Lay out boxes of `sizes` (width, height) so that every arrow (from, to) points down.

    Raises MissingExtraError when the layout library is not installed.
    """
    try:
        from grandalf.graphs import Edge, Vertex, graph_core
        from grandalf.layouts import SugiyamaLayout
    except ImportError:
        raise MissingExtraError("grandalf", "show", "drawing a graph") from None

    beside, reserved = _stand(_satellites(len(sizes), arrows), sizes)
    # Laid out from the results up, so that leaves and constants stand next to where they are used.
    vertices = [Vertex(i) for i in range(len(sizes))]
    for vertex, (w, h), room in zip(vertices, sizes, reserved, strict=True):
        vertex.view = _View((w + 2 * room, h))
    edges = {(a, b): Edge(vertices[b], vertices[a]) for a, b in arrows if a not in beside}
    through: dict[tuple[int, int], list[tuple[float, int]]] = {}
    ranks = [0] * len(sizes)
    left = 0.0
    for first, pairs in _parts([i for i in range(len(sizes)) if i not in beside], list(edges)):
        component = graph_core()
        component.add_single_vertex(vertices[first])
        for pair in pairs:
            component.add_edge(edges[pair])
        layout = SugiyamaLayout(component)
        layout.xspace, layout.yspace = COLUMN_GAP, LAYER_GAP
        layout.dw, layout.dh = LANE, 1.0
        _run(layout, len(sizes))
        shift = left - _left_end(layout)
        for vertex in component.sV:
            vertex.view.xy = (vertex.view.xy[0] + shift, 0.0)
            ranks[vertex.data] = layout.grx[vertex].rank
        for pair in pairs:
            lanes = layout.ctrls.get(edges[pair])
            if lanes is not None:
                ends = (ranks[pair[0]], ranks[pair[1]])
                between = [rank for rank in sorted(lanes, reverse=True) if rank not in ends]
                through[pair] = [(lanes[rank].view.xy[0] + shift, rank) for rank in between]
        left = max(v.view.xy[0] + v.view.w / 2 for v in component.sV) + 2 * COLUMN_GAP
    columns = [vertex.view.xy[0] for vertex in vertices]
    for i, (host, distance) in beside.items():
        columns[i] = columns[host] + distance
        ranks[i] = ranks[host]
    return _assemble(sizes, arrows, columns, ranks, through)


def _satellites(count: int, arrows: Sequence[tuple[int, int]]) -> dict[int, tuple[list[int], list[int]]]:
    """Return boxes with their satellites on the left and right, from the nearest.

    A satellite has no operands, and stands beside another operand of the only box that uses it, right
    above that box and no other.

    Constants and the like would otherwise push what they are used with aside, step by step, so that a
    chain of operations runs slantwise over the page.
    """
    users: list[list[int]] = [[] for _ in range(count)]
    operands: list[list[int]] = [[] for _ in range(count)]
    for a, b in arrows:
        users[a].append(b)
        operands[b].append(a)
    layers = _layers(users, operands)
    small = [len(users[i]) == 1 and not operands[i] for i in range(count)]
    below = [{b for b in users[a] if layers[b] == layers[a] - 1} for a in range(count)]
    found: dict[int, tuple[list[int], list[int]]] = {}
    for b in range(count):
        hosts = [a for a in operands[b] if not small[a] and below[a] == {b}]
        if not hosts or not any(small[a] for a in operands[b]):
            continue
        middle = operands[b].index(hosts[0])
        before = [a for a in reversed(operands[b][:middle]) if small[a]]
        after = [a for a in operands[b][middle:] if small[a]]
        found[hosts[0]] = (before, after)
    return found


def _layers(users: Sequence[Sequence[int]], operands: Sequence[Sequence[int]]) -> list[int]:
    """Return how far each box is from the results, along the longest way."""
    layers = [0] * len(users)
    waiting = [len(some) for some in users]
    ready = [i for i, n in enumerate(waiting) if not n]
    for b in ready:
        for a in operands[b]:
            layers[a] = max(layers[a], layers[b] + 1)
            waiting[a] -= 1
            if not waiting[a]:
                ready.append(a)
    return layers


def _stand(
    satellites: dict[int, tuple[list[int], list[int]]], sizes: Sequence[tuple[float, float]]
) -> tuple[dict[int, tuple[int, float]], list[float]]:
    """Return where satellites stand (beside which box, how far to its right), and the room at each box."""
    beside: dict[int, tuple[int, float]] = {}
    reserved = [0.0] * len(sizes)
    for host, rows in satellites.items():
        for side, row in zip((-1, 1), rows, strict=True):
            room = 0.0
            for i in row:
                beside[i] = (host, side * (sizes[host][0] / 2 + room + COLUMN_GAP + sizes[i][0] / 2))
                room += COLUMN_GAP + sizes[i][0]
            reserved[host] = max(reserved[host], room)  # on both sides, so that the box keeps to the middle
    return beside, reserved


def _parts(boxes: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, list[tuple[int, int]]]]:
    """Return the connected parts: a box of each, and its pairs, each touching what came before.

    (grandalf's own Graph keeps edges in sets, so that a drawing would differ from run to run.)
    """
    touching: dict[int, list[tuple[int, int]]] = {i: [] for i in boxes}
    for pair in pairs:
        touching[pair[0]].append(pair)
        touching[pair[1]].append(pair)
    seen: set[int] = set()
    parts = []
    for first in boxes:
        if first in seen:
            continue
        found: dict[tuple[int, int], None] = {}
        queue = [first]
        seen.add(first)
        for box in queue:
            for pair in touching[box]:
                found[pair] = None
                for end in pair:
                    if end not in seen:
                        seen.add(end)
                        queue.append(end)
        parts.append((first, list(found)))
    return parts


def _run(layout: Any, boxes: int) -> None:
    """Let grandalf compute; it places blocks by recursion, at most as deep as there are boxes."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 4 * boxes + 1000))
    try:
        layout.init_all(inverted_edges=[])
        layout.draw()
    finally:
        sys.setrecursionlimit(limit)


def _left_end(layout: Any) -> float:
    return float(min(v.view.xy[0] - v.view.w / 2 for layer in layout.layers for v in layer))


def _assemble(
    sizes: Sequence[tuple[float, float]],
    arrows: Sequence[tuple[int, int]],
    columns: list[float],
    ranks: list[int],
    through: dict[tuple[int, int], list[tuple[float, int]]],
) -> Layout:
    """Stack the layers, the last rank on top, and run the arrows between them."""
    last = max(ranks, default=0)
    heights = [0.0] * (last + 1)
    for (_, h), rank in zip(sizes, ranks, strict=True):
        heights[rank] = max(heights[rank], h)
    bands: dict[int, tuple[float, float]] = {}
    y = 0.0
    for rank in range(last, -1, -1):
        bands[rank] = (y, y + heights[rank])
        y += heights[rank] + LAYER_GAP
    centres = [(x, sum(bands[rank]) / 2) for x, rank in zip(columns, ranks, strict=True)]
    ports = _ports(arrows, sizes, columns, through)
    paths = []
    repeats: dict[tuple[int, int], int] = {}
    for number, (a, b) in enumerate(arrows):
        path = [(columns[a], centres[a][1] + sizes[a][1] / 2), (columns[a], bands[ranks[a]][1])]
        repeats[a, b] = repeats.get((a, b), -1) + 1
        aside = repeats[a, b] * LANE / 2  # x * x has two arrows from x
        for x, rank in through.get((a, b), ()):
            path += [(x + aside, bands[rank][0]), (x + aside, bands[rank][1])]
        path += [(ports[number], bands[ranks[b]][0]), (ports[number], centres[b][1] - sizes[b][1] / 2)]
        paths.append(path)
    corners = [p[0] for path in paths for p in path]
    rights = [x + w / 2 for x, (w, _) in zip(columns, sizes, strict=True)] + corners
    lefts = [x - w / 2 for x, (w, _) in zip(columns, sizes, strict=True)] + corners
    shift = min(lefts, default=0.0)
    return Layout(
        [(x - shift, y) for x, y in centres],
        [[(x - shift, y) for x, y in path] for path in paths],
        max(rights, default=0.0) - shift,
        max(y - LAYER_GAP, 0.0),
    )


def _ports(
    arrows: Sequence[tuple[int, int]],
    sizes: Sequence[tuple[float, float]],
    columns: list[float],
    through: dict[tuple[int, int], list[tuple[float, int]]],
) -> list[float]:
    """Return where each arrow ends, arrows into one box side by side in the order they come from."""
    arriving: dict[int, list[tuple[float, int]]] = {}
    for number, (a, b) in enumerate(arrows):
        lanes = through.get((a, b))
        arriving.setdefault(b, []).append((lanes[-1][0] if lanes else columns[a], number))
    ports = [0.0] * len(arrows)
    for b, ends in arriving.items():
        gap = min(PORT_GAP, (sizes[b][0] - 12) / len(ends))
        for place_, (_, number) in enumerate(sorted(ends)):
            ports[number] = columns[b] + (place_ - (len(ends) - 1) / 2) * gap
    return ports
