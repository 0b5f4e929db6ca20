"""why_no_grad: where the path from a tensor to a result breaks, so that its gradient is None."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.autograd.lines import Trace, user_trace
from chainrule.core.apply import settle, shares_memory
from chainrule.core.engine import reachable
from chainrule.core.graph import FREED, Node, edge_of
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.core.watching import Watcher


class Step:
    """One operation that ran: what it was given, and whether it was recorded."""

    __slots__ = ("inputs", "name", "reason", "trace")

    def __init__(self, name: str, inputs: list[tuple[Any, bool]], reason: str, trace: Trace) -> None:
        self.name = name
        self.inputs = inputs  # values of the tensors among the operands, and whether they require grad
        self.reason = reason  # why no gradient flows, empty if it does
        self.trace = trace


class gradient_paths(Watcher):  # noqa: N801 (a context manager)
    """Within the block, remember how each value came about, for `why_no_grad` to tell the line of a break.

    All values of the block are kept alive until the object is dropped or another block begins.

    >>> import chainrule
    >>> x = chainrule.tensor(2.0, requires_grad=True)
    >>> with chainrule.gradient_paths():
    ...     y = x.long() * 1.5
    >>> print(chainrule.why_no_grad(y, x))  # doctest: +ELLIPSIS
    cast() gave chainrule.int64, and only floating-point and complex tensors have gradients; ...
    """

    last: gradient_paths | None = None

    def __init__(self) -> None:
        self.steps: dict[int, Step] = {}
        self._kept: list[Any] = []  # so that ids stay theirs

    def __enter__(self) -> gradient_paths:
        gradient_paths.last = self
        state.watchers = (*state.watchers, self)
        state.update()
        return self

    def __exit__(self, *error: object) -> None:
        state.watchers = tuple([watcher for watcher in state.watchers if watcher is not self])
        state.update()

    def after(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        params: dict[str, Any],
        y: Any,
    ) -> None:
        tensors = [operand for operand in operands if isinstance(operand, TensorBase)]
        inputs = [(tensor._value, tensor._requires_grad) for tensor in tensors]
        step = Step(primitive.name, inputs, _reason(primitive, y), user_trace())
        for result in y if isinstance(y, tuple) else (y,):
            self.steps[id(result)] = step
            self._kept.append(result)


def _reason(primitive: Primitive, y: Any) -> str:
    """Return why an operation on something that requires grad is not recorded."""
    if not state.grad_enabled:
        return f"{primitive.name}() ran inside no_grad"
    if not primitive.differentiable:
        return f"{primitive.name}() has no derivative: no gradient flows through it"
    result = y[0] if isinstance(y, tuple) else y
    if result.dtype.kind not in "fc":
        title = dtypes.from_numpy_dtype(result.dtype)
        return f"{primitive.name}() gave {title}, and only floating-point and complex tensors have gradients"
    return ""


def why_no_grad(y: TensorBase, x: TensorBase) -> str:
    """Say in words why `y` has no gradient with respect to `x`, with the source line where it is known.

    It finds a `detach`, a cast to integers, a `no_grad` block, an operation without a derivative, and a
    tensor that was never used. Run the computation inside `gradient_paths()` to be told the line.

    >>> import chainrule
    >>> x, w = (chainrule.tensor(n, requires_grad=True) for n in (2.0, 3.0))
    >>> print(chainrule.why_no_grad(x.detach() * w, x))  # doctest: +ELLIPSIS
    x was detached: an operand of MulBackward0 shares its memory but not its history ...
    """
    for name, tensor in (("y", y), ("x", x)):
        if not isinstance(tensor, TensorBase):
            raise TypeError(f"why_no_grad(): argument '{name}' must be Tensor, not {type(tensor).__name__}")
        settle(tensor)
    if not x._requires_grad:
        return _not_required(x)
    if edge_of(x) in reachable([edge_of(y)])[0]:
        return _connected(x)
    return _recorded_break(y, x) or _visible_break(y, x)


def _not_required(x: TensorBase) -> str:
    if x._value.dtype.kind not in "fc":
        title = dtypes.from_numpy_dtype(x._value.dtype)
        return f"x is {title}: only floating-point and complex tensors have gradients; use x.float()"
    return "x does not require grad: make it with requires_grad=True, or call x.requires_grad_() first"


def _connected(x: TensorBase) -> str:
    if x._node is not None:
        return (
            "nothing is broken: y depends on x. But x is no leaf, so backward() does not fill x.grad: call "
            "x.retain_grad() before, or use autograd.grad(y, x)"
        )
    return "nothing is broken: y depends on x, and backward() fills x.grad"


def _recorded_break(y: TensorBase, x: TensorBase) -> str:
    """Follow the steps of the last `gradient_paths` block from y back towards x."""
    paths = gradient_paths.last
    if paths is None:
        return ""
    stack, seen = [y._value], set()
    while stack:
        value = stack.pop()
        step = paths.steps.get(id(value))
        if step is None or id(step) in seen:
            continue
        seen.add(id(step))
        for operand, recorded in step.inputs:
            if recorded and step.reason and _leads_to(paths, operand, x):
                return f"{step.reason}; it was called at {step.trace.line()}"
            if not recorded and operand is x._value:
                return f"x was detached (detach(), .data, NumPy) before {step.name}() at {step.trace.line()}"
            stack.append(operand)
    return ""


def _leads_to(paths: gradient_paths, value: Any, x: TensorBase) -> bool:
    """Tell whether a value was computed from that of x."""
    stack, seen = [value], set()
    while stack:
        value = stack.pop()
        if value is x._value:
            return True
        step = paths.steps.get(id(value))
        if step is not None and id(step) not in seen:
            seen.add(id(step))
            stack.extend([operand for operand, _ in step.inputs])
    return False


def _visible_break(y: TensorBase, x: TensorBase) -> str:
    """Say what the graph alone shows."""
    advice = "run the computation inside `with chainrule.gradient_paths():` to be told the line"
    if y._node is None:
        if y._value.dtype.kind not in "fc":
            title = dtypes.from_numpy_dtype(y._value.dtype)
            return f"y is {title}: no gradient flows through a cast, a comparison or an index; {advice}"
        if shares_memory(x._value, y._value):
            return (
                "y shares the memory of x but not its history: it was detached (detach() or .data), or is a "
                "view made in no_grad"
            )
        if y._requires_grad:
            return "y is a leaf, and not computed from x: gradients begin there"
        return (
            "y has no history at all: it was computed inside no_grad, by operations without a derivative, or "
            f"from tensors that do not require grad; {advice}"
        )
    return _detached_operand(y, x) or f"y was computed without x, or from a copy of its numbers; {advice}"


def _detached_operand(y: TensorBase, x: TensorBase) -> str:
    """Find a saved operand that shares the memory of x without its history."""
    edges, _ = reachable([y._node])
    for node in edges:
        if not isinstance(node, Node) or node.saved is FREED or not isinstance(node.saved, tuple):
            continue
        for value in node.saved:
            if isinstance(value, np.ndarray) and shares_memory(value, x._value):
                return _DETACHED.format(node.name())
            if isinstance(value, np.generic) and value is x._value:
                return _DETACHED.format(node.name())
    return ""


_DETACHED = (
    "x was detached: an operand of {} shares its memory but not its history (detach(), .data, from_numpy or "
    "a view made in no_grad)"
)

__all__ = ["gradient_paths", "why_no_grad"]
