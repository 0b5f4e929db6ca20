"""Backward: one iterative pass over the graph, in reverse order of creation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, heapreplace
from operator import attrgetter
from typing import Any

import numpy as np

from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.graph import FREED, Edge, Node, edge_of
from chainrule.core.inplace import Latest, check_unwritten
from chainrule.core.partial import PARTIAL, Switch, dense
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded

FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they "
    "have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


class Pass:
    """One backward pass: the cotangents that wait at nodes and leaves.

    Nothing outside the pass changes until it has run to its end, but for the saved values it frees.
    """

    __slots__ = ("captured", "heap", "needed", "on_tensors", "retain", "retained", "waiting")

    def __init__(
        self, retain: bool, on_tensors: bool, captured: dict[Edge, Any], needed: set[Node] | None
    ) -> None:
        self.retain = retain
        self.on_tensors = on_tensors  # cotangents and saved values are tensors
        self.captured = captured  # cotangents wanted at nodes, filled in as they are complete
        self.needed = needed  # the nodes on a path to a captured edge; None: all
        self.heap: list[tuple[int, Node]] = []  # the nodes of `waiting`, the latest first
        self.waiting: dict[Edge, Any] = {}  # in the end, the gradients of the leaves
        self.retained: list[tuple[TensorBase, Any]] = []

    def send(self, edge: Edge, g: Any) -> None:
        """Add a cotangent at the end of an edge."""
        if edge in self.waiting:
            self.waiting[edge] = self.waiting[edge] + g
        elif self.needed is None or edge in self.needed or edge in self.captured:
            self.waiting[edge] = g
            if isinstance(edge, Node):
                heappush(self.heap, (-edge.seq, edge))

    def run(self) -> None:
        """Visit nodes, latest first: when a node's turn comes, its cotangent is complete."""
        heap, waiting, needed = self.heap, self.waiting, self.needed
        simple = Switch.marking and not self.on_tensors and not self.captured
        release = not self.retain
        node = heappop(heap)[1] if heap else None
        # This loop is most of what backward costs for small values, so the frequent cases of `send`
        # and `_pull` are written out.
        while node is not None:
            g = waiting.pop(node)
            saved = node.saved
            grads: Sequence[Any]
            if (
                simple
                and node.extra is None
                and type(saved) is tuple
                and node.seq > Latest.write
                and type(g) not in PARTIAL
            ):
                plan = node.plan
                grads = plan.pull(node, saved, g)
                if release and plan.holds_values:
                    node.saved = FREED
            else:
                grads = self._pull(node, g)
            following = None
            for edge, g in zip(node.edges, grads):  # noqa: B905 (0.1 µs)
                if edge is None or g is None:
                    continue
                if edge in waiting:
                    waiting[edge] = waiting[edge] + g
                elif needed is None or edge in needed or edge in self.captured:
                    waiting[edge] = g
                    if isinstance(edge, Node):
                        if following is None:
                            following = edge
                        else:
                            heappush(heap, (-edge.seq, edge))
            if following is None:
                node = heappop(heap)[1] if heap else None
            elif heap and -heap[0][0] > following.seq:
                node = heapreplace(heap, (-following.seq, following))[1]
            else:
                node = following  # as always in a chain

    def _pull(self, node: Node, g: Any) -> Sequence[Any]:
        """Return the cotangents of a node's operands; none if they are of no use."""
        if node.extra is not None:
            g = self._run_extra(node, g)
        if self.captured and not self._is_needed(node, g):
            return ()
        saved = node.saved
        if type(saved) is not tuple:
            if saved is FREED:
                raise RuntimeError(FREED_MESSAGE + f" (The node is {node.name()}.)")
            return self._gather(node, g)
        if node.seq < Latest.write:
            check_unwritten(node)
        if self.on_tensors:
            saved = unpack(node)
        grads: Sequence[Any]
        if type(g) in PARTIAL:
            grads = node.plan.primitive.pullback_partial(node, saved, g)
        else:
            grads = node.plan.pull(node, saved, g)
        if not Switch.marking:
            grads = [dense(x) for x in grads]
        if not self.retain and node.plan.holds_values:
            node.saved = FREED
        return grads

    def _is_needed(self, node: Node, g: Any) -> bool:
        """Keep a cotangent that was asked for; tell whether it must travel on."""
        if node in self.captured:
            self.captured[node] = dense(g)
        return self.needed is None or node in self.needed

    def _gather(self, output: Any, g: Any) -> Sequence[Any]:
        """Collect the cotangents of an operation with several results; absent ones are zero."""
        parent: Node = output.parent
        parts = self.waiting.get(parent)
        if parts is None:
            zeros = [np.zeros(shape, dtype)[()] for shape, dtype in parent.detail]
            parts = self.waiting[parent] = [wrap(z) for z in zeros] if self.on_tensors else zeros
            heappush(self.heap, (-parent.seq, parent))
        parts[output.number] = parts[output.number] + dense(g)
        return ()

    def _run_extra(self, node: Node, g: Any) -> Any:
        extra = node.extra
        assert extra is not None
        tensor = extra.retained() if extra.retained is not None else None
        if tensor is not None and tensor._node is node:
            self.retained.append((tensor, dense(g)))
        return g

    def finish(self, captured: dict[Edge, Any], into: Sequence[TensorBase] | None) -> None:
        """Hand the gradients over, now that nothing can fail any more."""
        if into:
            for tensor in into:
                g = captured[edge_of(tensor)]
                if g is not None:
                    deposit(tensor, g, self.on_tensors)
        elif into is not None:
            for leaf, g in self.waiting.items():
                deposit(leaf, dense(g), self.on_tensors)
        for tensor, g in self.retained:
            deposit(tensor, g, self.on_tensors)


def deposit(tensor: TensorBase, g: Any, on_tensors: bool) -> None:
    """Add a complete cotangent to a tensor's `.grad`."""
    earlier = tensor._grad
    if on_tensors:
        tensor._grad = g if earlier is None else earlier + g
    elif earlier is None:
        # A copy: the array may also be the gradient of somebody else.
        tensor._grad = wrap(g.copy() if isinstance(g, np.ndarray) else g)
    elif isinstance(earlier._value, np.ndarray) and not earlier._requires_grad:
        earlier._value += g
    else:
        earlier._value = earlier._value + g


def unpack(node: Node) -> tuple[Any, ...]:
    """Return the saved values as tensors at their places in the graph."""
    primitive = node.primitive
    found = []
    for source, value in zip(node.plan.sources, node.saved, strict=True):
        if source >= primitive.values:
            found.append(value)
        elif source == primitive.values - 1:
            found.append(_unpack_result(node, value))
        elif primitive.variadic:
            found.append(tuple([_unpack_operand(v, e, node) for v, e in zip(value, node.edges, strict=True)]))
        else:
            found.append(_unpack_operand(value, node.edges[source], node))
    return tuple(found)


def _unpack_result(node: Node, value: Any) -> Any:
    if isinstance(value, tuple):
        from chainrule.core.apply import output_of

        return tuple([wrap_recorded(part, output_of(node, k)) for k, part in enumerate(value)])
    return wrap_recorded(value, node)


def _unpack_operand(value: Any, edge: Edge, node: Node) -> Any:
    if not isinstance(value, (np.ndarray, np.generic, Box)):
        return value
    if edge is None:
        return wrap(value)
    if isinstance(edge, TensorBase):
        if edge._value is value:
            return edge
        if edge._value.dtype == value.dtype:
            # the leaf was handed over in another representation (a 0-d array as a scalar)
            return edge
        return registry["cast"](edge, dtype=value.dtype)
    tensor = wrap_recorded(value, edge)
    detail = node.detail
    if detail is not None:
        original = detail[node.edges.index(edge)]
        dtype = original[1] if isinstance(original, tuple) else original
        if dtype is not None and dtype != value.dtype and not isinstance(value, Box):
            return registry["cast"](wrap_recorded(value.astype(dtype), edge), dtype=value.dtype)
    return tensor


def paths_to(roots: Iterable[Edge], targets: dict[Edge, Any]) -> set[Node] | None:
    """Return the nodes that lie on a path from a root to a target (targets included); None: all do."""
    seen: set[Edge] = {edge for edge in roots if edge is not None}
    stack = [edge for edge in seen if isinstance(edge, Node)]
    everywhere = not any(isinstance(edge, Node) for edge in targets)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                if isinstance(edge, Node):
                    stack.append(edge)
                elif edge not in targets:
                    everywhere = False
    if everywhere:
        return None
    needed: set[Node] = set()
    for node in sorted([edge for edge in seen if isinstance(edge, Node)], key=_creation):
        if any(edge in targets or edge in needed for edge in node.edges if edge is not None):
            needed.add(node)
    return needed


_creation = attrgetter("seq")


def backward(
    roots: Sequence[tuple[Edge, Any]],
    retain: bool,
    create: bool,
    captured: dict[Edge, Any],
    into: Sequence[TensorBase] | None,
) -> None:
    """Send cotangents back from `roots`, pairs of an edge and a plain value or tensor.

    Cotangents are left in `captured`, and are added to `.grad` of the tensors in `into` (all
    leaves if it is empty, nothing if it is None). With `create` the pass is recorded. Cotangents
    are tensors throughout when they are at the roots: they must be to be recorded, and when values
    are boxes.
    """
    needed = paths_to([edge for edge, _ in roots], captured) if captured else None
    on_tensors = isinstance(roots[0][1], TensorBase)
    one = Pass(retain, on_tensors, captured if needed is not None else {}, needed)
    for edge, g in roots:
        one.send(edge, g)
    if on_tensors:
        before = state.grad_enabled
        state.enable_grad(create)
        try:
            one.run()
        finally:
            state.enable_grad(before)
    else:
        one.run()
    for edge in captured:
        if edge in one.waiting:
            captured[edge] = dense(one.waiting[edge])
    one.finish(captured, into)


def settled_edge(tensor: TensorBase) -> Edge:
    """Return the tensor's edge, its history brought up to date."""
    if tensor._extra is not None:
        settle(tensor)
    return edge_of(tensor)
