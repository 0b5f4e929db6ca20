"""graph: the computational graph behind a tensor, as a drawing."""

from __future__ import annotations

import heapq
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.core import box
from chainrule.core.engine import Pass, settled_edge
from chainrule.core.graph import FREED, Edge, Node, Output
from chainrule.core.inplace import check_unwritten
from chainrule.core.memory import writes_of
from chainrule.core.partial import dense
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.show import dot, svg
from chainrule.show.numbers import describe, lines_of, number, setting, short, subscript
from chainrule.show.svg import Box

LARGEST_REPLAY = 10_000  # elements that are computed again to show a value the graph did not keep

FREED_NOTE = (
    "The graph was freed by backward(), so only leaves have a gradient (their .grad). For all of them "
    "draw it before, or keep it with backward(retain_graph=True)."
)


def graph(
    *outputs: TensorBase,
    gradients: bool = True,
    limit: int = 300,
    names: dict[str, TensorBase] | None = None,
    **named: TensorBase,
) -> Drawing:
    """Draw how `outputs` were computed: leaves, operations, values, gradients.

    Tensors given by name (`x=x`, or in `names`) carry that name in the drawing. The gradients are
    of the sum of all elements of `outputs`; nothing is added to `.grad`. Of a graph with more than
    `limit` boxes the part nearest to the outputs is drawn. Raises ValueError for outputs that were
    not recorded.

    >>> import chainrule
    >>> from chainrule import show
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> drawing = show.graph(3 * x**2, x=x)
    >>> [(box.title, dict(box.lines).get("grad")) for box in drawing.boxes]
    [('Mul', '1'), ('Pow', '3'), ('x', '18'), ('3', None)]
    """
    labels = {**(names or {}), **named}
    if not outputs:
        raise ValueError("graph() needs a tensor to draw: show.graph(y, x=x)")
    for what, tensor in [("an output", y) for y in outputs] + [(f"{k}=", t) for k, t in labels.items()]:
        if not isinstance(tensor, TensorBase):
            raise TypeError(f"graph() draws tensors, but {what} is of type {type(tensor).__name__}")
    for y in outputs:
        if settled_edge(y) is None:
            raise ValueError(
                "nothing was recorded for this tensor: it does not depend on a leaf with "
                "requires_grad=True, or it was computed under no_grad"
            )
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    walk = _Walk(outputs, labels, limit)
    if gradients:
        walk.find_gradients()
    return Drawing(walk.boxes(), walk.arrows, walk.notes)


class Drawing:
    """A computational graph as `.svg` and `.dot` text; notebooks show it, `save` writes it."""

    def __init__(self, boxes: list[Box], arrows: list[tuple[int, int]], notes: list[str]) -> None:
        self.boxes = boxes
        self.arrows = arrows
        self.notes = notes

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG; raises MissingExtraError without the extra `show`."""
        return svg.render(self.boxes, self.arrows, self.notes)

    @cached_property
    def dot(self) -> str:
        """The drawing as text for Graphviz."""
        return dot.render(self.boxes, self.arrows, self.notes)

    @property
    def html(self) -> str:
        """The drawing as a web page."""
        return (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Computational graph</title>\n'
            f"<body style='margin:2em'>\n{self.svg}</body>\n</html>\n"
        )

    def save(self, path: str | Path) -> None:
        """Write the drawing to a file whose suffix says how: .svg, .html or .dot."""
        suffix = Path(path).suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(f"a graph is saved as {', '.join(SUFFIXES)}, not as {str(path)!r}")
        Path(path).write_text(getattr(self, SUFFIXES[suffix]), encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<drawing of {len(self.boxes)} boxes; .svg, .dot, save(path)>"


SUFFIXES = {".svg": "svg", ".html": "html", ".dot": "dot", ".gv": "dot"}


class _Constant:
    """An operand that needs no gradient."""

    def __init__(self, value: Any, name: str) -> None:
        self.value = value  # None when the graph did not keep it
        self.name = name


class _Walk:
    """The part of the graph that is drawn: its vertices, what is known of each, and the arrows."""

    def __init__(self, outputs: tuple[TensorBase, ...], names: dict[str, TensorBase], limit: int) -> None:
        self.outputs = outputs
        self.roots = [settled_edge(y) for y in outputs]
        self.limit = limit
        self.notes: list[str] = []
        self.vertices: list[Any] = []  # nodes, leaves and constants, in the order of drawing
        self.number: dict[Any, int] = {}
        self.arrows: list[tuple[int, int]] = []
        self.values: dict[Any, Any] = {}
        self.gradients: dict[Any, Any] = {}
        self.names = {settled_edge(t): name for name, t in names.items() if settled_edge(t) is not None}
        self.constant_names = {id(t._value): name for name, t in names.items() if settled_edge(t) is None}
        for tensor in (*names.values(), *outputs):
            self._learn(settled_edge(tensor), tensor._value)
        nodes = self._collect()
        for node in reversed(nodes):
            self._replay(node)

    # -- finding vertices --------------------------------------------------------------------------

    def _collect(self) -> list[Node]:
        """Number the nodes nearest to the outputs, their leaves and constants; return the nodes."""
        heap: list[tuple[int, Node]] = []
        seen: set[Node] = set()

        def push(edge: Edge) -> None:
            if isinstance(edge, Node):
                node = _owner(edge)
                if node not in seen:
                    seen.add(node)
                    heapq.heappush(heap, (-node.seq, node))
            else:
                self._add(edge)

        for root in self.roots:
            push(root)
        nodes: list[Node] = []
        while heap and len(self.vertices) < self.limit:
            node = heapq.heappop(heap)[1]
            nodes.append(node)
            self._add(node)
            self._learn_saved(node)
            for edge in node.edges:
                if edge is not None:
                    push(edge)
        for node in nodes:
            self._connect(node)
        if heap:
            self._note_rest(heap, seen)
        return nodes

    def _add(self, vertex: Any) -> int:
        if vertex not in self.number:
            self.number[vertex] = len(self.vertices)
            self.vertices.append(vertex)
            if isinstance(vertex, TensorBase):
                self._learn(vertex, vertex._value)
        return self.number[vertex]

    def _connect(self, node: Node) -> None:
        here = self.number[node]
        saved = self._saved_operands(node)
        for i, edge in enumerate(node.edges):
            if edge is None:
                name = self._setting(node, i)
                if not name or np.ndim(saved.get(i, [])):
                    self.arrows.append((self._add(_Constant(saved.get(i), name)), here))
            elif (owner := _owner(edge)) in self.number:
                self.arrows.append((self.number[owner], here))
            else:
                arrow = (self._add(_REST), here)
                if arrow not in self.arrows:
                    self.arrows.append(arrow)

    def _setting(self, node: Node, i: int) -> str:
        """Return the name of an operand that has no derivative at all (an exponent, a condition)."""
        places = node.primitive.differentiable_operands
        if places is None or i in places or node.primitive.variadic:
            return ""
        return str(node.primitive.operands[i])

    def _note_rest(self, heap: list[tuple[int, Node]], seen: set[Node]) -> None:
        """Count what is not drawn."""
        stack = [node for _, node in heap]
        count = 0
        while stack:
            node = stack.pop()
            count += 1
            for edge in node.edges:
                if isinstance(edge, Node) and (owner := _owner(edge)) not in seen:
                    seen.add(owner)
                    stack.append(owner)
        self.rest = count
        self.notes.append(
            f"Only the part nearest to the result is drawn; {count:,} more operations come before it "
            f"(limit={self.limit})."
        )

    # -- values ------------------------------------------------------------------------------------

    def _learn(self, edge: Any, value: Any) -> None:
        if isinstance(value, (np.ndarray, np.generic, int, float, complex)):
            self.values.setdefault(edge, value)

    def _saved(self, node: Node) -> dict[str, Any]:
        """Return the values that `node` saved by name, nothing if they were freed or overwritten."""
        if node.saved is FREED or not isinstance(node.saved, tuple) or isinstance(node, Output):
            return {}
        try:
            check_unwritten(node)
        except RuntimeError:
            return {}
        sources = node.primitive.source_names
        return {sources[s]: value for s, value in zip(node.plan.sources, node.saved, strict=True)}

    def _saved_operands(self, node: Node) -> dict[int, Any]:
        saved = self._saved(node)
        if node.primitive.variadic:
            return dict(enumerate(saved.get("operands", ())))
        return {i: saved[name] for i, name in enumerate(node.primitive.operands) if name in saved}

    def _learn_saved(self, node: Node) -> None:
        """Note the values that a node saved: its result, its operands."""
        saved = self._saved(node)
        if "y" in saved and not isinstance(saved["y"], tuple):
            self._learn(node, saved["y"])
        for i, value in self._saved_operands(node).items():
            if node.edges[i] is not None:
                self._learn(node.edges[i], value)

    def _replay(self, node: Node) -> None:
        """Compute the value of a small operation again when all it needs is known."""
        if node in self.values:
            return
        saved, constants = self._saved(node), self._saved_operands(node)
        if node.primitive.view and "index" in saved:  # a part, whatever else tells it from other parts
            whole = self._current(node.edges[0])
            if isinstance(whole, np.ndarray):
                self._learn(node, whole[saved["index"]])
            return
        params = {name: saved[name] for name in node.primitive.defaults if name in saved}
        if len(params) < len(node.primitive.defaults):
            return
        operands = []
        for i, edge in enumerate(node.edges):
            known = constants.get(i) if edge is None or i in constants else self._current(edge)
            if known is None:
                return
            operands.append(known)
        if sum(np.size(x) for x in operands) > LARGEST_REPLAY:
            return
        try:
            with np.errstate(all="ignore"):
                self._learn(node, node.primitive.forward(*operands, **params))
        except Exception:  # a value more or less: the drawing is of the graph
            return

    def _current(self, edge: Edge) -> Any:
        if isinstance(edge, TensorBase) and writes_of(edge):
            return None  # it was changed, perhaps after it was used
        return self.values.get(edge)

    # -- gradients ---------------------------------------------------------------------------------

    def find_gradients(self) -> None:
        """Send ones back from the outputs, as backward would, without touching any `.grad`."""
        values = [y._value for y in self.outputs]
        if any(isinstance(value, box.Box) for value in values):
            self.notes.append("No gradients: the result is a value inside a transform.")
            return
        if any(value.dtype.kind == "c" for value in values):
            self.notes.append("No gradients: the result is complex.")
            return
        wanted: dict[Edge, Any] = {}
        for vertex in self.vertices:
            if isinstance(vertex, (Node, TensorBase)):
                wanted[vertex] = None
        seeds = [np.ones(y._value.shape, y._value.dtype)[()] for y in self.outputs]
        roots = list(zip(self.roots, seeds, strict=True))
        run = Pass(roots, retain=True, on_tensors=False, captured=wanted, needed=None)
        before = state.grad_enabled
        state.enable_grad(False)
        try:
            run.run()
        except RuntimeError as error:
            freed = "second time" in str(error)
            self.notes.append(FREED_NOTE if freed else f"No gradients: {str(error).split('. ')[0]}")
            leaves_ = [v for v in wanted if isinstance(v, TensorBase)]
            self.gradients = {v: v._grad._value for v in leaves_ if v._grad is not None}
            return
        finally:
            state.enable_grad(before)
        leaves = {leaf: dense(g) for leaf, g in run.waiting.items() if leaf in wanted}
        self.gradients = {vertex: g for vertex, g in {**wanted, **leaves}.items() if g is not None}
        if len(self.outputs) > 1 or self.outputs[0]._value.shape != ():
            self.notes.append("Gradients are those of the sum of all elements of the result.")

    # -- words -------------------------------------------------------------------------------------

    def boxes(self) -> list[Box]:
        """Return what is written in each box."""
        roots = {_owner(root) for root in self.roots}
        found = []
        for vertex in self.vertices:
            if vertex is _REST:
                found.append(Box("more", f"{self.rest:,} more operations"))
            elif isinstance(vertex, _Constant):
                found.append(self._constant_box(vertex))
            elif isinstance(vertex, TensorBase):
                kind = "result" if vertex in roots else "leaf"
                found.append(self._box(kind, self.names.get(vertex, "leaf"), "AccumulateGrad", vertex, []))
            else:
                kind = "result" if vertex in roots else "operation"
                full = vertex.name()
                title = re.sub(r"Backward\d*$", "", full)
                if vertex in self.names:
                    title = f"{self.names[vertex]} = {title}"
                found.append(self._box(kind, title, full, vertex, self._params(vertex)))
        return found

    def _box(self, kind: str, title: str, full: str, vertex: Any, lines: list[tuple[str, str]]) -> Box:
        value, gradient = self.values.get(vertex), self.gradients.get(vertex)
        like = value if value is not None else gradient
        if isinstance(like, np.ndarray) and like.ndim:
            lines = [*lines, ("shape", str(like.shape))]
        lines = [*lines, *lines_of("value", value), *lines_of("grad", gradient)]
        tooltip = "\n".join([full, *describe("value", value), *describe("grad", gradient)])
        return Box(kind, short(title), tuple(lines), tooltip)

    def _constant_box(self, constant: _Constant) -> Box:
        value = constant.value
        if value is None:
            title = constant.name or "constant"
            return Box("constant", title, (), "No gradient needs its value, so it was not kept.")
        name = self.constant_names.get(id(value), constant.name)
        if np.ndim(value) == 0 and not name:
            return Box("constant", lines_of("", value)[0][1], (), "constant")
        lines = [] if not np.ndim(value) else [("shape", str(tuple(np.shape(value))))]
        tooltip = "\n".join(["constant", *describe("value", value)])
        return Box("constant", short(name or "constant"), (*lines, *lines_of("value", value)), tooltip)

    def _params(self, node: Node) -> list[tuple[str, str]]:
        """Return the static parameters and plain numbers that the graph kept and that fit in a line."""
        saved, constants = self._saved(node), self._saved_operands(node)
        found = [
            (name, number(constants[i]))
            for i, edge in enumerate(node.edges)
            if edge is None
            and i in constants
            and not np.ndim(constants[i])
            and (name := self._setting(node, i))
        ]
        plain = (bool, int, float, complex, tuple, str)
        names = [name for name in node.primitive.defaults if isinstance(saved.get(name), plain)]
        return [*found, *[(name, _written(name, saved[name])) for name in names]]


def _written(name: str, value: Any) -> str:
    """Return a static parameter as text: an index as between brackets, the steps to a view by their names."""
    if name == "index":
        return subscript(value)
    if name == "steps":
        return short(" ".join(_step(primitive, params) for primitive, params in value))
    return setting(value)


def _step(primitive: Primitive, params: dict[str, Any]) -> str:
    return subscript(params["index"]) if "index" in params else str(primitive.name)


_REST = object()


def _owner(edge: Edge) -> Any:
    """Return the operation an edge leads to; the outputs of one operation share its box."""
    return edge.parent if isinstance(edge, Output) else edge


__all__ = ["Drawing", "graph"]
