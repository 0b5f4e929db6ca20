"""Backward: one iterative pass over the graph, in reverse order of creation."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush, heapreplace
from operator import attrgetter
from typing import Any

import numpy as np

from chainrule.core.apply import remaining, settle, unbox
from chainrule.core.dual import Dual
from chainrule.core.graph import FREED, FREED_MESSAGE, Edge, Node, NodeExtra, edge_of
from chainrule.core.hooks import Hooks
from chainrule.core.inplace import Latest, check_unwritten
from chainrule.core.partial import PARTIAL, Parts, dense
from chainrule.core.primitive import registry
from chainrule.core.refusals import INFERENCE_CHANGED
from chainrule.core.saved import as_tensors, unpacked
from chainrule.core.state import state, unusual
from chainrule.core.tensor import TensorBase, is_inference, wrap
from chainrule.core.views import collects
from chainrule.core.watching import block


class Pass:
    """One backward pass: the cotangents that wait at nodes and leaves.

    Nothing outside the pass changes until it has run to its end, but for the saved values it frees.
    """

    __slots__ = (
        "__weakref__",
        "captured",
        "heap",
        "limited",
        "needed",
        "on_tensors",
        "reached",
        "retain",
        "retained",
        "roots",
        "waiting",
    )

    def __init__(
        self,
        roots: Sequence[tuple[Edge, Any]],
        retain: bool,
        on_tensors: bool,
        captured: dict[Edge, Any],
        needed: set[Node] | None,
    ) -> None:
        self.roots = roots
        self.retain = retain
        self.on_tensors = on_tensors  # cotangents and saved values are tensors
        self.captured = captured  # cotangents wanted at nodes, filled in as they are complete
        self.needed = needed  # the nodes on a path to a captured edge; None: all
        self.limited = False  # whether inputs were named
        self.heap: list[tuple[int, Node]] = []  # the nodes of `waiting`, the latest first
        self.waiting: dict[Edge, Any] = {}  # in the end, the gradients of the leaves
        self.retained: list[tuple[TensorBase, Any]] = []
        self.reached: set[Edge] | None = None  # all edges on the way from the roots, when somebody asks
        for edge, g in roots:
            self._send(edge, g)

    def _send(self, edge: Edge, g: Any) -> None:
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
        simple = state.marking and not self.on_tensors and not self.captured
        if unusual.threads and state.watchers:
            simple = False
        release = not self.retain
        node = heappop(heap)[1] if heap else None
        # This loop is most of what backward costs for small values, so the frequent cases of `_send`
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
        extra = node.extra
        if extra is not None:
            g = self._meet_tensor(node, extra, g)
        if self.captured and not self._is_needed(node, g):
            return ()
        if node.saved is None:
            return self._gather(node, g)
        if not (unusual.threads and state.watchers):
            return self._pull_checked(node, g)
        for watcher in state.watchers:
            watcher.before_pull(node, g)
        try:
            grads = self._pull_checked(node, g)
            for watcher in state.watchers:
                watcher.after_pull(node, g, grads)
        except Exception as error:
            for watcher in state.watchers:
                watcher.failed(node, error)
            raise
        return grads

    def _pull_checked(self, node: Node, g: Any) -> Sequence[Any]:
        """Return the cotangents of a node's operands, between the hooks on it."""
        if node.saved is FREED:
            raise RuntimeError(f"{FREED_MESSAGE} (The node is {node.name()}.)")
        if node.seq < Latest.write:
            check_unwritten(node)
        extra, saved = node.extra, node.saved
        hooks = extra.hooks if extra is not None else None
        if hooks is not None and hooks.pre:
            g = self._run_prehooks(hooks, g)
            if g is None:
                return ()
        if extra is not None and extra.packed:
            with self._calling():
                saved = unpacked(saved)
        if extra is not None and extra.boxed:
            saved = remaining(saved)
        if self.on_tensors:
            saved = as_tensors(node, saved)
        grads: Sequence[Any]
        if type(g) in PARTIAL:
            grads = node.plan.primitive.pullback_partial(node, saved, g)
        else:
            grads = node.plan.pull(node, saved, g)
        if not state.marking:
            grads = [dense(x) for x in grads]
        if hooks is not None and hooks.post:
            grads = self._run_hooks(node, hooks, grads, g)
        if not self.retain and node.plan.holds_values:
            node.saved = FREED
        return grads

    def _is_needed(self, node: Node, g: Any) -> bool:
        """Keep a cotangent that was asked for; tell whether it must travel on."""
        if node in self.captured:
            self.captured[node] = dense(g)
        return self.needed is None or node in self.needed

    def _gather(self, output: Any, g: Any) -> Sequence[Any]:
        """Collect the cotangents of an operation with several results."""
        parent: Node = output.parent
        parts = self.waiting.get(parent)
        if parts is None:
            parts = self.waiting[parent] = Parts(parent.detail, self.on_tensors)
            heappush(self.heap, (-parent.seq, parent))
        parts.add(output.number, g)
        return ()

    # -- hooks -------------------------------------------------------------------------------------

    def _meet_tensor(self, node: Node, extra: NodeExtra, g: Any) -> Any:
        """Show the cotangent to the hooks of the tensor it belongs to, and note it for its `.grad`."""
        if extra.hooks is not None and extra.hooks.tensor:
            with self._calling():
                g = self._cotangent(extra.hooks.on_tensor(self._tensor(g)))
        tensor = extra.retained() if extra.retained is not None else None
        if tensor is not None and tensor._node is node:
            self.retained.append((tensor, dense(g)))
        return g

    def _run_prehooks(self, hooks: Hooks, g: Any) -> Any:
        with self._calling():
            answer = [self._cotangent(t) for t in hooks.before(self._outputs(g))]
        return g.replaced(answer) if type(g) is Parts else answer[0]

    def _run_hooks(self, node: Node, hooks: Hooks, grads: Sequence[Any], g: Any) -> Sequence[Any]:
        places = node.plan.primitive.differentiable_operands or range(len(node.edges))
        shown = [self._tensor(grads[i]) if self._wants(node.edges[i]) else None for i in places]
        with self._calling():
            answer = hooks.after(shown, self._outputs(g))
        changed = list(grads)
        for i, before, after in zip(places, shown, answer, strict=True):
            if after is not before:
                changed[i] = self._cotangent(after)
        return changed

    def _wants(self, edge: Edge) -> bool:
        """Tell whether a cotangent travels along an edge."""
        if self.needed is None:
            return edge is not None
        return edge in self.needed or edge in self.captured

    def _outputs(self, g: Any) -> list[Any]:
        """Return the cotangents of a node's results as hooks see them."""
        return [self._tensor(x) for x in (g.parts if type(g) is Parts else [g])]

    def _tensor(self, g: Any) -> Any:
        return None if g is None else dense(g) if self.on_tensors else wrap(dense(g))

    def _cotangent(self, tensor: Any) -> Any:
        return tensor if tensor is None or self.on_tensors else tensor._value

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Run user code: recording only if the pass is recorded."""
        recording = state.grad_enabled
        if not self.on_tensors:
            state.enable_grad(False)
        try:
            yield
        finally:
            state.enable_grad(recording)

    def reaches(self, edge: Edge) -> bool:
        """Tell whether a cotangent is, was or will be sent to `edge`."""
        if self.needed is not None:
            return edge in self.needed or edge in self.captured
        if self.reached is None:
            self.reached, _ = reachable([edge for edge, _ in self.roots])
        return edge in self.reached

    # -- the end -----------------------------------------------------------------------------------

    def finish(self, captured: dict[Edge, Any], accumulate: bool) -> None:
        """Hand the gradients over, now that nothing of the library's can fail any more."""
        waiting = self.waiting  # only leaves are left: those asked for, or all
        hooked = [leaf for leaf in waiting if leaf._extra is not None and leaf._extra.hooks is not None]
        if hooked:
            hooked = [leaf for leaf in hooked if collects(leaf)]
            self._show_leaves(hooked, accumulate)
        for edge in captured:
            if edge in waiting and (isinstance(edge, Node) or collects(edge)):
                captured[edge] = dense(waiting[edge])
        add = deposit_watched if unusual.threads and state.watchers else deposit
        with _depositing:
            if accumulate:
                if unusual.inference and not self.on_tensors:
                    _check_gradients(waiting)
                for leaf, g in waiting.items():
                    if leaf._extra is None or collects(leaf):
                        add(leaf, dense(g), self.on_tensors)
            for tensor, g in self.retained:
                tensor._grad = _sum(tensor._grad, g, self.on_tensors)
        if hooked and accumulate:
            self._tell_leaves(hooked)

    def _show_leaves(self, leaves: list[TensorBase], accumulating: bool) -> None:
        """Run the hooks that leaves have on their gradients."""
        with self._calling():
            for leaf in leaves:
                hooks = leaf._extra.hooks  # type: ignore[union-attr]
                assert hooks is not None
                g = hooks.on_tensor(self._tensor(self.waiting[leaf]))
                if accumulating:
                    (g,) = hooks.before((g,))
                self.waiting[leaf] = self._cotangent(g)

    def _tell_leaves(self, leaves: list[TensorBase]) -> None:
        """Run the hooks that leaves have on what has been accumulated."""
        with self._calling():
            for leaf in leaves:
                hooks = leaf._extra.hooks  # type: ignore[union-attr]
                assert hooks is not None
                hooks.on_leaf(leaf)
                hooks.after((), (self._tensor(self.waiting[leaf]),))


# Two passes that share a tensor may run in two threads. Adding recorded gradients may call code of
# users, hooks on saved tensors, which may go backward itself.
_depositing = threading.RLock()


def _check_gradients(leaves: Iterable[TensorBase]) -> None:
    """Raise torch's error when a gradient that is to be added to was made in inference mode."""
    for leaf in leaves:
        if leaf._grad is not None and is_inference(leaf._grad) and not state.inference:
            raise RuntimeError(f"{INFERENCE_CHANGED} (It is the .grad of a leaf.)")


def deposit(leaf: TensorBase, g: Any, on_tensors: bool) -> None:
    """Add a complete cotangent to the `.grad` of a leaf, in its memory if the pass is not recorded."""
    earlier = leaf._grad
    if earlier is None or on_tensors:
        leaf._grad = _sum(earlier, g, on_tensors)
        return
    unbox(earlier)
    if isinstance(earlier._value, np.ndarray) and not earlier._requires_grad:
        earlier._value += g
    else:
        earlier._value = earlier._value + g


def deposit_watched(leaf: TensorBase, g: Any, on_tensors: bool) -> None:
    """The same, and tell the watchers."""
    with block("torch::autograd::AccumulateGrad", (g,)):
        deposit(leaf, g, on_tensors)


def _sum(earlier: TensorBase | None, g: Any, on_tensors: bool) -> TensorBase:
    """Return a gradient with `g` added: a tensor of its own, for `g` may also be that of somebody else."""
    if earlier is not None:
        unbox(earlier)
    if not on_tensors:
        if earlier is not None:
            return wrap(earlier._value + g)
        return wrap(g.copy() if isinstance(g, np.ndarray) else g)
    box = g._value
    if isinstance(box, Dual) and box.open and not g._requires_grad:
        g = wrap(box.primal._value)  # as in torch, only a recorded gradient keeps its tangent
    total: TensorBase = registry["copy"](wrap(g._value), g) if earlier is None else earlier + g
    return total


def reachable(roots: Iterable[Edge]) -> tuple[set[Edge], list[TensorBase]]:
    """Return all edges on the way from `roots`, these included, and the leaves among them."""
    seen: set[Edge] = set()
    leaves: list[TensorBase] = []
    stack: list[Node] = []
    ahead: Iterable[Edge] = roots
    while True:
        for edge in ahead:
            if edge is not None and edge not in seen:
                seen.add(edge)
                if isinstance(edge, Node):
                    stack.append(edge)
                else:
                    leaves.append(edge)
        if not stack:
            return seen, leaves
        ahead = stack.pop().edges


def paths_to(roots: Iterable[Edge], targets: dict[Edge, Any]) -> set[Node] | None:
    """Return the nodes that lie on a path from a root to a target (targets included); None: all do."""
    seen, leaves = reachable(roots)
    if all(edge in targets for edge in leaves) and not any(isinstance(edge, Node) for edge in targets):
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
    accumulate: bool,
) -> None:
    """Send cotangents back from `roots`, pairs of an edge and a plain value or tensor.

    Cotangents are left in `captured`, and with `accumulate` are added to `.grad` of the leaves: of those
    among the captured edges, or of all if none are. With `create` the pass is recorded. Cotangents
    are tensors throughout when they are at the roots: they must be to be recorded, and when values
    are boxes.
    """
    needed = paths_to([edge for edge, _ in roots], captured) if captured else None
    on_tensors = isinstance(roots[0][1], TensorBase)
    one = Pass(roots, retain, on_tensors, captured if needed is not None else {}, needed)
    one.limited = bool(captured)
    outer, recording = state.running, state.grad_enabled
    state.running = one  # so that all code of users that is called on the way can know it
    try:
        if on_tensors:
            state.enable_grad(create)
        one.run()
        one.finish(captured, accumulate)
    finally:
        state.running = outer
        if on_tensors:
            state.enable_grad(recording)


def settled_edge(tensor: TensorBase) -> Edge:
    """Return the tensor's edge, its history brought up to date."""
    if tensor._extra is not None:
        settle(tensor)
    return edge_of(tensor)
