"""TensorBase: a value together with its differentiation state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.state import state
from chainrule.errors import ChainruleWarning

if TYPE_CHECKING:
    from chainrule.core.graph import Node
    from chainrule.core.primitive import Primitive

Value = Any
"""An ndarray, a NumPy scalar (0-d values: five times cheaper than 0-d arrays), or a Box."""


class View:
    """How a tensor was cut from another whose memory it shares."""

    __slots__ = ("base", "generation", "multiple", "steps")

    def __init__(
        self,
        base: TensorBase,
        steps: tuple[tuple[Primitive, dict[str, Any], int], ...],
        generation: int,
        multiple: str,
    ) -> None:
        self.base = base
        self.steps = steps  # (primitive, params, output) from the base to here
        self.generation = generation  # of the base's history that the view's history continues
        self.multiple = multiple  # name of the node that made several views at once, or ""


class Extra:
    """The rarely needed state of a tensor, allocated when it is first needed."""

    __slots__ = ("generation", "hooks", "level", "retains_grad", "view")

    def __init__(self) -> None:
        self.view: View | None = None
        self.generation = 0  # how often an in-place change of a view rewrote the history
        self.level = 0  # of the transform in which this leaf began to require grad
        self.retains_grad = False
        self.hooks: list[Any] | None = None


class TensorBase:
    """A value, the gradient accumulated for it, and the node that made it.

    `_node` is None for a leaf. A leaf that requires grad is itself the end of the graph's edges.
    """

    __slots__ = ("__weakref__", "_extra", "_grad", "_node", "_requires_grad", "_value")

    _value: Value
    _grad: TensorBase | None
    _node: Node | None
    _requires_grad: bool
    _extra: Extra | None

    def _ensure_extra(self) -> Extra:
        extra = self._extra
        if extra is None:
            extra = self._extra = Extra()
        return extra


class _Classes:
    """The class that results are instances of; set once by the module that defines it."""

    tensor: type[TensorBase] = TensorBase


classes = _Classes()
new = object.__new__


def wrap(value: Value) -> TensorBase:
    """Return a tensor around `value` that is not recorded."""
    tensor = new(classes.tensor)
    tensor._value = value
    tensor._grad = None
    tensor._node = None
    tensor._requires_grad = False
    tensor._extra = None
    return tensor


def wrap_recorded(value: Value, node: Node) -> TensorBase:
    """Return a tensor around `value` made by `node`."""
    tensor = new(classes.tensor)
    tensor._value = value
    tensor._grad = None
    tensor._node = node
    tensor._requires_grad = True
    tensor._extra = None
    return tensor


def require_grad(tensor: TensorBase) -> None:
    """Make a leaf require grad, remembering the transform it is made in."""
    tensor._requires_grad = True
    if state.level:
        tensor._ensure_extra().level = state.level


def array_of(tensor: TensorBase) -> np.ndarray[Any, Any]:
    """Return the ndarray that holds the tensor's memory, turning a NumPy scalar into one for good."""
    value = tensor._value
    if type(value) is np.ndarray:
        return value
    if isinstance(value, np.generic):
        tensor._value = value = np.asarray(value)
        return value
    array: np.ndarray[Any, Any] = value.concrete("reading the values of a tensor")
    return array


__all__ = [
    "ChainruleWarning",
    "Extra",
    "TensorBase",
    "Value",
    "View",
    "array_of",
    "classes",
    "new",
    "require_grad",
    "wrap",
    "wrap_recorded",
]
