"""Reverse mode as a transform: a tape on which a function runs, and cotangents sent back along it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.core import engine
from chainrule.core.box import Box
from chainrule.core.dual import new_level
from chainrule.core.graph import Edge, edge_of
from chainrule.core.kinds import zeros_like
from chainrule.core.modes import enable_grad
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.taped import Taped, split_taped
from chainrule.core.tensor import TensorBase, require_grad, wrap


class Tape:
    """A function's run, recorded with respect to some tensors.

    Outside all other transforms that is the tape of ordinary tensors; inside one it is a tape at a level
    of its own, above the boxes that the values hold. `boxed` asks for that everywhere: what is pulled back
    along such a tape is not on it itself.
    """

    def __init__(self, inputs: Sequence[TensorBase], boxed: bool = False) -> None:
        self.boxed = boxed or bool(state.levels)
        self.recording = state.grad_enabled
        self.inputs = list(inputs)
        self.edges: list[Edge] = []
        self._level: Any = None

    def __enter__(self) -> list[TensorBase]:
        """Return the inputs as they are to be given to the function."""
        self._grad = enable_grad()
        self._grad.__enter__()
        if not self.boxed:
            leaves = [_leaf(x) for x in self.inputs]
            self.edges = [edge_of(leaf) for leaf in leaves]
            return leaves
        self._level = new_level()
        self.level = self._level.__enter__()
        leaves = []
        for x in self.inputs:
            edge = wrap(x._value)  # stands for the end of the tape
            self.edges.append(edge)
            leaves.append(wrap(Taped(self.level, x, edge)))
        return leaves

    def __exit__(self, *error: Any) -> None:
        if self._level is not None:
            self._level.__exit__(*error)
        self._grad.__exit__(*error)

    def edge(self, y: Any) -> Edge:
        """Return where the cotangent of a result goes, None if it does not depend on the inputs."""
        if not isinstance(y, TensorBase):
            return None
        return split_taped(y, self.level)[1] if self.boxed else edge_of(y)

    def outside(self, y: Any) -> Any:
        """Return a result without this tape, but on those of outer tensors."""
        if not isinstance(y, TensorBase):
            return y
        if self.boxed:
            return split_taped(y, self.level)[0]
        if y._requires_grad and not (self.recording and self._is_outer([edge_of(y)])):
            return y.detach()  # type: ignore[attr-defined]
        return y

    def _is_outer(self, edges: Sequence[Edge]) -> bool:
        """Tell whether what is at these edges depends on tensors that required grad before."""
        _, leaves = engine.reachable(edges)
        own = {id(edge) for edge in self.edges}
        return any(id(leaf) not in own for leaf in leaves)

    def pull(self, roots: Sequence[tuple[Edge, TensorBase]], retain: bool) -> list[TensorBase]:
        """Return the cotangents of the inputs, given those at the ends of edges."""
        captured: dict[Edge, Any] = dict.fromkeys(self.edges)
        started = [(edge, g) for edge, g in roots if edge is not None]
        if started:
            outer = any(g._requires_grad for _, g in started) or self._is_outer([edge for edge, _ in started])
            create = state.grad_enabled and (self.boxed or outer)
            on_tensors = create or self.boxed or any(isinstance(g._value, Box) for _, g in started)
            seeds = started if on_tensors else [(edge, g._value) for edge, g in started]
            # A recorded pass is itself part of the graph that it went through.
            engine.backward(seeds, retain or create, create, captured, None)
        grads = []
        for x, edge in zip(self.inputs, self.edges, strict=True):
            g = captured[edge]
            g = zeros_like(x) if g is None else g if isinstance(g, TensorBase) else wrap(g)
            grads.append(g)
        return grads


def _leaf(x: TensorBase) -> TensorBase:
    """Return a tensor to differentiate by: a new leaf, or, of one that is recorded, a view on its tape."""
    if x._requires_grad:
        view: TensorBase = registry["alias"](x, index=(...,))
        return view
    leaf = wrap(x._value)
    require_grad(leaf)
    return leaf


__all__ = ["Tape"]
