"""The recorder: a watcher that makes an event of all that runs in its thread."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Sequence
from time import perf_counter_ns
from typing import Any

from chainrule.autograd.lines import user_trace
from chainrule.autograd.profiler.events import BACKWARD, FORWARD, USER, FunctionEvent
from chainrule.autograd.profiler.names import operator_name
from chainrule.core.graph import Node
from chainrule.core.partial import Parts, dense
from chainrule.core.primitive import Primitive
from chainrule.core.tensor import TensorBase
from chainrule.core.watching import Watcher


class Recorder(Watcher):
    """Notes when operations, backward nodes and blocks begin and end, and what runs within what."""

    def __init__(self, shapes: bool, memory: bool, lines: bool, flops: bool) -> None:
        self.shapes = shapes
        self.memory = memory
        self.lines = lines
        self.flops = flops
        self.events: list[FunctionEvent] = []
        self._open: list[FunctionEvent] = []  # those that run now, the outermost first
        self._last: FunctionEvent | None = None  # the one that ended last
        self._operations: dict[int, FunctionEvent] = {}  # that were recorded, by their number
        self._thread = threading.get_native_id()
        self._start = perf_counter_ns()

    def open(self, name: str, scope: int = FORWARD, operands: Sequence[Any] = ()) -> FunctionEvent:
        """Begin an event, and note the shapes of `operands` and the user's line if that is wanted."""
        event = self._begin(name, scope)
        self._describe(event, operands)
        return event

    def _begin(self, name: str, scope: int) -> FunctionEvent:
        event = FunctionEvent(len(self.events) + 1, name, self._thread, scope=scope)
        event.is_user_annotation = scope == USER
        if self._open:
            event.set_cpu_parent(self._open[-1])
            self._open[-1].append_cpu_child(event)
        self.events.append(event)
        self._open.append(event)
        if self.memory:
            event.cpu_memory_usage = -tracemalloc.get_traced_memory()[0]
        event.time_range.start = self._now()
        return event

    def _describe(self, event: FunctionEvent, operands: Sequence[Any]) -> None:
        if self.shapes:
            event.input_shapes = [_shape(operand) for operand in operands]
        if self.lines:
            event.stack = _lines()

    def close(self, event: FunctionEvent) -> None:
        """End an event, and all that still runs within it; nothing happens when it has ended already."""
        now = self._now()
        memory = tracemalloc.get_traced_memory()[0] if self.memory else 0
        if event not in self._open:
            return
        for last in reversed(self._open[self._open.index(event) :]):
            last.time_range.end = now
            last.cpu_memory_usage += memory
        del self._open[self._open.index(event) :]
        self._last = event

    def close_all(self) -> None:
        """End what still runs."""
        if self._open:
            self.close(self._open[0])

    def _now(self) -> float:
        return (perf_counter_ns() - self._start) / 1000

    # -- what watchers are told ----------------------------------------------------------------------

    def before(self, primitive: Primitive) -> None:
        self._begin(operator_name(primitive), FORWARD)

    def after(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        params: dict[str, Any],
        y: Any,
    ) -> None:
        event = self._open[-1]
        self.close(event)
        self._describe(event, operands)  # only now: it takes time and memory
        if self.flops:
            event.flops = _flops(event.name, values, y)

    def raised(self, primitive: Primitive) -> None:
        self.close(self._open[-1])

    def entered(self, block: str, operands: tuple[Any, ...]) -> None:
        self.open(block, BACKWARD if block.startswith("torch::") else FORWARD, operands)

    def left(self, block: str) -> None:
        if self._open and self._open[-1].name == block:
            self.close(self._open[-1])

    def recorded(self, node: Node) -> None:
        event = self._last
        if event is not None and event.name in (operator_name(node.primitive), node.primitive.name):
            event.sequence_nr = node.seq
            self._operations[node.seq] = event

    def before_pull(self, node: Node, g: Any) -> None:
        event = self._begin(node.name(), BACKWARD)
        event.sequence_nr = node.seq
        event.fwd_thread = self._thread
        if node.seq in self._operations:
            event.stack = self._operations[node.seq].stack

    def after_pull(self, node: Node, g: Any, grads: Sequence[Any]) -> None:
        event = self._close_backward(node)
        if event is not None and self.shapes:
            cotangents = g.parts if isinstance(g, Parts) else [dense(g)]
            event.input_shapes = [_shape(cotangent) for cotangent in cotangents]

    def failed(self, node: Node, error: Exception) -> None:
        self._close_backward(node)

    def _close_backward(self, node: Node) -> FunctionEvent | None:
        """End the event of a node, unless that was done before another watcher raised an error."""
        event = self._open[-1] if self._open else None
        if event is None or event.scope != BACKWARD or event.sequence_nr != node.seq:
            return None
        self.close(event)
        return event


def _shape(operand: Any) -> list[int]:
    """Return the shape of a tensor, empty for anything else."""
    value = operand._value if isinstance(operand, TensorBase) else operand
    return list(getattr(value, "shape", ()))


def _lines() -> list[str]:
    """Return the user's lines, the innermost first."""
    return [f"{file}({number}): {function}" for file, number, function, _ in reversed(user_trace().places)]


def _flops(name: str, values: tuple[Any, ...], y: Any) -> int:
    """Return the number of floating-point operations of those that PyTorch counts, too."""
    if name in ("aten::add", "aten::mul"):
        return int(y.size)
    if name in ("aten::mm", "aten::bmm", "aten::matmul"):
        return 2 * int(y.size) * int(values[0].shape[-1])
    return 0


__all__ = ["Recorder"]
