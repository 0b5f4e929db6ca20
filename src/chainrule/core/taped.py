"""Taped: reverse mode as a transform of its own, a value with its place on a tape.

A tensor that requires grad is on the one tape below all boxes. A reverse transform that runs inside
another one needs a tape at its own level: operations on its values run on what they hold, whatever
that is, and are recorded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.apply import output_of
from chainrule.core.box import Box
from chainrule.core.graph import Edge, Node
from chainrule.core.state import state, tick
from chainrule.core.tensor import TensorBase, wrap
from chainrule.core.views import are_views, note_views

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive


class Taped(Box):
    """A tensor and the edge that its cotangent takes on the tape of a level."""

    __slots__ = ("edge", "primal")

    def __init__(self, level: int, primal: TensorBase, edge: Edge) -> None:
        self.level = level
        self.primal = primal
        self.edge = edge

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.primal._value.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self.primal._value.dtype
        return dtype

    @property
    def batches(self) -> int:
        value = self.primal._value
        return value.batches if isinstance(value, Box) else 0

    def concrete(self, purpose: str) -> Any:
        value = self.primal._value
        return value.concrete(purpose) if isinstance(value, Box) else value

    def interpret(self, primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if self.level not in state.levels:
            raise self.leaked()
        primals = []
        edges = []
        mask = 0
        for i, operand in enumerate(operands):
            primal, edge = split_taped(operand, self.level)
            primals.append(primal)
            edges.append(edge)
            mask |= (edge is not None) << i
        y = primitive(*primals, **params)
        if not mask or not primitive.differentiable or not state.recording:
            return y
        return self._record(primitive, operands, tuple(primals), tuple(edges), mask, params, y)

    def _record(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        primals: tuple[Any, ...],
        edges: tuple[Edge, ...],
        mask: int,
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        node = Node()
        node.edges = edges
        node.seq = tick()
        node.plan = primitive.plan(mask)
        node.saved = primitive.save(node.plan, primals, y, params)
        node.extra = None
        if isinstance(y, tuple):
            node.detail = tuple([(part._value.shape, part._value.dtype) for part in y])
            joined: Any = tuple([self._on_tape(part, output_of(node, k)) for k, part in enumerate(y)])
        else:
            node.detail = primitive.detail(primals, y._value)
            joined = self._on_tape(y, node)
        if primitive.view and are_views(y):
            note_views(primitive, operands[0], joined, params)
        return joined

    def _on_tape(self, y: TensorBase, edge: Edge) -> TensorBase:
        return wrap(Taped(self.level, y, edge)) if y._value.dtype.kind in "fc" else y


def split_taped(operand: Any, level: int) -> tuple[Any, Edge]:
    """Return what an operand holds at a level, and its edge (None: it is not on the tape)."""
    if isinstance(operand, TensorBase):
        box = operand._value
        if isinstance(box, Taped) and box.level == level:
            return box.primal, box.edge
    return operand, None


__all__ = ["Taped", "split_taped"]
