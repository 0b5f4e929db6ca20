"""TensorBase: a value together with its differentiation state."""

from __future__ import annotations

import bisect
import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from chainrule.core.state import making, state, unusual
from chainrule.errors import ChainruleWarning

if TYPE_CHECKING:
    from chainrule.core.graph import Node
    from chainrule.core.hooks import Hooks
    from chainrule.core.primitive import Primitive

Value = Any
"""An ndarray, a NumPy scalar (0-d values: five times cheaper than 0-d arrays), or a Box."""


# How a view came to be: all but ORDINARY ones must not be changed where changes are recorded.
ORDINARY: Final = 0
UNRECORDED: Final = 1  # made within no_grad
INFERENCE: Final = 2  # made within inference_mode
SEVERAL: Final = 3  # one of several views that were made at once
CUSTOM: Final = 4  # the result of a user's Function, whose derivative the steps leave out

Step = tuple["Primitive", dict[str, Any]]
"""An operation that gives a view, with its static parameters."""

Steps = tuple[Step, ...]


class View:
    """How a tensor was cut from another whose memory it shares."""

    __slots__ = ("base", "form", "origin", "own", "seen", "steps")

    def __init__(self, base: TensorBase, steps: Steps, form: int, origin: int, seen: int) -> None:
        self.base = base
        self.steps = steps  # (primitive, params) from the base to here
        self.form = form  # how often the base had changed its shape in place before that
        self.origin = origin
        self.seen = seen  # the tick up to which changes of the base have been followed
        self.own = False  # whether grad was required of the view itself, not of its base


class Writes:
    """When something was written in place: how often, and the ticks of the last times."""

    __slots__ = ("by", "count", "ticks", "trace")

    def __init__(self) -> None:
        self.trace: Any = None  # where in the user's code the last one was, if somebody wants to know
        self.by = ""  # the name of the operation that the last one was, if it is known
        self.count = 0
        self.ticks: list[int] = []

    def add(self, when: int, by: str) -> None:
        self.count += 1
        self.by = by
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

    __slots__ = ("hooks", "inference", "level", "metadata", "retains_grad", "undo", "view", "writes")

    def __init__(self) -> None:
        self.view: View | None = None
        self.writes: Writes | None = None  # in-place changes while the value had no memory
        self.undo: Steps = ()  # what takes changes of the shape in place back, the latest last
        self.level = 0  # of the transform in which this leaf began to require grad
        self.retains_grad = False
        self.hooks: Hooks | None = None  # of a leaf; those of others belong to their node
        self.metadata: dict[Any, Any] | None = None  # the user's, of a leaf's AccumulateGrad
        self.inference = False  # made in inference mode: never saved, and changed only there


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
    if unusual.threads:
        mark_if_inference(tensor)
    return tensor


def mark_if_inference(tensor: TensorBase) -> None:
    """Make a new tensor an inference tensor in inference mode."""
    if state.inference:
        tensor._ensure_extra().inference = True


def wrap_like(tensor: TensorBase, value: Value) -> TensorBase:
    """Return a tensor around `value` that is an inference tensor if `tensor` is."""
    result = wrap(value)
    if result._extra is not None or is_inference(tensor):
        result._ensure_extra().inference = is_inference(tensor)
    return result


def wrap_recorded(value: Value, node: Node) -> TensorBase:
    """Return a tensor around `value` made by `node`."""
    tensor = new(classes.tensor)
    tensor._value = value
    tensor._grad = None
    tensor._node = node
    tensor._requires_grad = True
    tensor._extra = None
    return tensor


def is_inference(tensor: TensorBase) -> bool:
    """Tell whether a tensor was made in inference mode."""
    return tensor._extra is not None and tensor._extra.inference


def require_grad(tensor: TensorBase) -> None:
    """Make a leaf require grad, remembering the transform it is made in."""
    if is_inference(tensor) and not state.inference:
        raise RuntimeError(
            "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed. "
            "Make a clone() of it first."
        )
    tensor._requires_grad = True
    if state.level:
        tensor._ensure_extra().level = state.level
    if tensor._extra is not None and tensor._extra.view is not None:
        tensor._extra.view.own = True


def require_no_grad(tensor: TensorBase) -> None:
    """Stop a leaf from requiring grad; a view goes on doing so while its base does."""
    tensor._requires_grad = False
    if tensor._extra is not None and tensor._extra.view is not None:
        tensor._extra.view.own = False
        tensor._requires_grad = tensor._extra.view.base._requires_grad


def array_of(tensor: TensorBase) -> np.ndarray[Any, Any]:
    """Return the ndarray that holds the tensor's memory, turning a NumPy scalar into one for good."""
    value = tensor._value
    if type(value) is np.ndarray:
        return value
    if isinstance(value, np.generic):
        with making:
            if isinstance(tensor._value, np.generic):
                value = np.asarray(tensor._value)
                extra = tensor._extra
                if extra is not None and extra.writes is not None:
                    remember(value, extra.writes)
                    extra.writes = None
                tensor._value = value
        return array_of(tensor)
    array: np.ndarray[Any, Any] = value.concrete("reading the values of a tensor")
    return array


# When each piece of memory was written, by the id of the array that owns it. Nothing is kept for
# memory that was never written in place, so code without in-place changes pays nothing: a saved
# value was overwritten if its memory was written later than the node that saved it was made.
written: Final[dict[int, Writes]] = {}


def remember(owner: np.ndarray[Any, Any], writes: Writes) -> None:
    """Keep, as long as it lives, when the memory of an array was written."""
    written[id(owner)] = writes
    weakref.finalize(owner, written.pop, id(owner), None).atexit = False


def owner_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array that owns the memory of `array`."""
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)  # of an array, or of what as_strided puts in between
    return array


__all__ = [
    "CUSTOM",
    "INFERENCE",
    "ORDINARY",
    "PYTHON_NUMBERS",
    "SEVERAL",
    "UNRECORDED",
    "ChainruleWarning",
    "Extra",
    "Step",
    "Steps",
    "TensorBase",
    "Value",
    "View",
    "Writes",
    "array_of",
    "classes",
    "is_inference",
    "mark_if_inference",
    "new",
    "owner_of",
    "remember",
    "require_grad",
    "require_no_grad",
    "wrap",
    "wrap_like",
    "wrap_recorded",
    "written",
]
