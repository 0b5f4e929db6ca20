"""Dual: forward mode, a value with its tangent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.box import Box
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap
from chainrule.core.views import are_views, note_views

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive


class Scope:
    """The block in which torch's dual tensors live; afterwards they are their primals."""

    __slots__ = ("alive", "outside")

    def __init__(self, outside: tuple[int, ...]) -> None:
        self.alive = True
        self.outside = outside  # the levels to return to


class Dual(Box):
    """A tensor and its tangent: d f(x) . t travels beside f(x)."""

    __slots__ = ("primal", "scope", "tangent")

    def __init__(
        self, level: int, primal: TensorBase, tangent: TensorBase, scope: Scope | None = None
    ) -> None:
        self.level = level
        self.primal = primal
        self.tangent = tangent
        self.scope = scope  # None: of a transform, outside which it must not be used

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.primal._value.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self.primal._value.dtype
        return dtype

    @property
    def open(self) -> bool:
        return self.scope is not None

    def remains(self) -> Any:
        return self.primal._value if self.scope is not None and not self.scope.alive else None

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
        primals, tangents = zip(*[split_dual(operand, self.level) for operand in operands], strict=True)
        y = primitive(*primals, **params)
        if not primitive.differentiable:
            return y
        y_dot = primitive.pushforward(primals, tangents, y, params)
        if isinstance(y, tuple):
            pairs = zip(y, y_dot or [None] * len(y), strict=True)
            joined: Any = tuple([self.join(part, part_dot) for part, part_dot in pairs])
        else:
            joined = self.join(y, y_dot)
        if primitive.view and are_views(y):
            note_views(primitive, operands[0], joined, params)
        return joined

    def join(self, y: Any, y_dot: Any) -> Any:
        """Return a result with its tangent (None: zero)."""
        if y_dot is None or y._value.dtype.kind not in "fc":
            return y
        return wrap(Dual(self.level, y, y_dot, self.scope))


def split_dual(operand: Any, level: int) -> tuple[Any, Any]:
    """Return an operand's primal and its tangent at a level (None: zero)."""
    if isinstance(operand, TensorBase):
        box = operand._value
        if isinstance(box, Dual) and box.level == level:
            return box.primal, box.tangent
    return operand, None


@contextmanager
def new_level() -> Iterator[int]:
    """Enter a transform: give the level its boxes and leaves carry, and leave it in the end."""
    outside = state.levels
    level = state.enter_level()
    try:
        yield level
    finally:
        state.leave_to(outside)


def make_dual(primal: TensorBase, tangent: TensorBase) -> TensorBase:
    """Return a tensor that carries `tangent` through the operations applied to it."""
    return wrap(Dual(state.level, primal, tangent))


def unpack_dual(tensor: TensorBase) -> tuple[TensorBase, TensorBase | None]:
    """Return the primal and the tangent (None: zero) of a tensor at the innermost level."""
    box = tensor._value
    if isinstance(box, Dual) and box.level == state.level:
        return box.primal, box.tangent
    return tensor, None
