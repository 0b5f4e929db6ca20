"""TensorBase: a value together with its differentiation state."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from chainrule.core.state import making, state
from chainrule.errors import ChainruleWarning

if TYPE_CHECKING:
    from chainrule.core.graph import Node
    from chainrule.core.hooks import Hooks
    from chainrule.core.primitive import Primitive

Value = Any
"""An ndarray, a NumPy scalar (0-d values: five times cheaper than 0-d arrays), or a Box."""


class View:
    """How a tensor was cut from another whose memory it shares."""

    __slots__ = ("base", "custom", "generation", "multiple", "recorded", "steps")

    def __init__(
        self,
        base: TensorBase,
        steps: tuple[tuple[Primitive, dict[str, Any]], ...],
        generation: int,
        multiple: bool,
        recorded: bool,
    ) -> None:
        self.base = base
        self.steps = steps  # (primitive, params) from the base to here
        self.generation = generation  # of the base's history that the view's history continues
        self.multiple = multiple  # whether it is one of several views that were made at once
        self.recorded = recorded  # whether it was made outside no_grad
        self.custom = False  # whether it is the result of a user's Function, which the steps leave out


class Writes:
    """When something was written in place: how often, and the ticks of the last times."""

    __slots__ = ("count", "ticks", "trace")

    def __init__(self) -> None:
        self.trace: Any = None  # where in the user's code the last one was, if somebody wants to know
        self.count = 0
        self.ticks: list[int] = []

    def add(self, when: int) -> None:
        self.count += 1
        self.ticks.append(when)
        if len(self.ticks) > 1000:  # a parameter may be written millions of times
            del self.ticks[:500]

    def last(self) -> int:
        return self.ticks[-1]

    def before(self, when: int) -> int:
        """Return how many writes there were before a tick."""
        return self.count - len(self.ticks) + bisect.bisect(self.ticks, when)


class Extra:
    """The rarely needed state of a tensor, allocated when it is first needed."""

    __slots__ = ("generation", "hooks", "inference", "level", "metadata", "retains_grad", "view", "writes")

    def __init__(self) -> None:
        self.view: View | None = None
        self.writes: Writes | None = None  # in-place changes while the value was a NumPy scalar
        self.generation = 0  # how often an in-place change rewrote the history
        self.level = 0  # of the transform in which this leaf began to require grad
        self.retains_grad = False
        self.hooks: Hooks | None = None  # of a leaf; those of others belong to their node
        self.metadata: dict[Any, Any] | None = None  # the user's, of a leaf's AccumulateGrad
        self.inference = False


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
            with making:
                extra = self._extra
                if extra is None:
                    extra = self._extra = Extra()
        return extra


class _Classes:
    """The class that results are instances of; set once by the module that defines it."""

    tensor: type[TensorBase] = TensorBase


classes = _Classes()

PYTHON_NUMBERS: Final = (int, float, complex)
"""The numbers operations take; of others, such as Fraction and Decimal, no dtype says what they become."""

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
        with making:
            if isinstance(tensor._value, np.generic):
                tensor._value = np.asarray(tensor._value)
        return array_of(tensor)
    array: np.ndarray[Any, Any] = value.concrete("reading the values of a tensor")
    return array


def owner_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array that owns the memory of `array`."""
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)  # of an array, or of what as_strided puts in between
    return array


__all__ = [
    "PYTHON_NUMBERS",
    "ChainruleWarning",
    "Extra",
    "TensorBase",
    "Value",
    "View",
    "Writes",
    "array_of",
    "classes",
    "new",
    "owner_of",
    "require_grad",
    "wrap",
    "wrap_recorded",
]
