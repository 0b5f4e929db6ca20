"""What the tables of NumPy's functions share: lookup by name, conversions, and results into `out`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed import families
from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.inplace import change
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, array_of, wrap

Tensor = Any
"""A chainrule tensor (its methods are set above this layer)."""

NOT_GIVEN = np._NoValue
REFUSAL = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""What to do for a NumPy function when there are tensors among its arguments."""

OUT: dict[Callable[..., Any], int] = {}
"""The position of the parameter `out` of such a function, where it may be given by position."""


def implements(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function as the counterpart of NumPy's of these names, with NumPy's signature."""

    def register(counterpart: Callable[..., Any]) -> Callable[..., Any]:
        code = counterpart.__code__
        positional = code.co_varnames[: code.co_argcount]
        for name in names:
            function = named(name)
            if function is not None:  # older NumPy lacks some
                FUNCTIONS[function] = counterpart
                if "out" in positional:
                    OUT[function] = positional.index("out")
        return counterpart

    return register


def named(name: str) -> Any:
    """Return NumPy's function of a dotted name, None where this NumPy has none."""
    return reduce(lambda module, part: getattr(module, part, None), name.split("."), np)


class NoCounterpartError(AttributeError):
    """An operation that NumPy's function would be done by does not exist."""


class Counterparts:
    """Our public operations by name, whatever their family."""

    def __getattr__(self, name: str) -> Any:
        for family in families:
            if name in family.__all__ and not hasattr(family, "NAMESPACE"):
                function = getattr(family, name)
                setattr(self, name, function)
                return function
        raise NoCounterpartError(f"chainrule has no operation named {name!r}")


ours = Counterparts()


# -- arguments ----------------------------------------------------------------------------------


def tensor_of(x: Any) -> Tensor:
    """Return `x` (a tensor, an array, a number, or nested lists of them) as a tensor."""
    if isinstance(x, TensorBase):
        return x
    if isinstance(x, (list, tuple)) and holds_tensor(x):
        return ours.stack(alike(*map(tensor_of, x)))
    array = np.asarray(x)
    dtypes.from_numpy_dtype(array.dtype)  # raises for what we have no type for
    return wrap(array if array.ndim else array[()])


def operand_of(x: Any) -> Any:
    """The same, but numbers stay numbers, which do not widen the result's type."""
    if isinstance(x, np.generic):
        return x.item()
    return x if isinstance(x, (TensorBase, int, float, complex)) else tensor_of(x)


def holds_tensor(x: Sequence[Any]) -> bool:
    """Tell whether there is a tensor in nested lists and tuples."""
    return any(
        isinstance(part, TensorBase) or (isinstance(part, (list, tuple)) and holds_tensor(part)) for part in x
    )


def tensors_of(arrays: Any) -> list[Tensor]:
    """Return a sequence of arrays, or the rows of one array, as tensors."""
    return list(ours.unbind(arrays)) if isinstance(arrays, TensorBase) else [tensor_of(x) for x in arrays]


def plain(x: Any) -> Any:
    """Return an argument with arrays in place of tensors: for what has no derivative."""
    if isinstance(x, TensorBase):
        return array_of(x)
    if isinstance(x, (list, tuple)):
        return type(x)([plain(part) for part in x])
    if isinstance(x, dict):
        return {key: plain(part) for key, part in x.items()}
    return x


def kind(x: Tensor) -> str:
    """Return NumPy's letter for the kind of a tensor's elements."""
    letter: str = x._value.dtype.kind
    return letter


def cast(x: Any, dtype: Any) -> Tensor:
    """Return `x` as a tensor of `dtype` (NumPy's, ours or Python's; None: as it is)."""
    x = tensor_of(x)
    if dtype is None:
        return x
    wanted = dtypes.as_dtype(dtype).numpy
    return x if x._value.dtype == wanted else registry["cast"](x, dtype=wanted)


def floating(x: Tensor) -> Tensor:
    """Return integers as floating-point numbers, anything else as it is."""
    return x if kind(x) in "fc" else cast(x, dtypes.get_default_dtype())


def alike(*xs: Tensor) -> list[Tensor]:
    """Return tensors in their common dtype: NumPy promotes where torch insists on equal dtypes."""
    wanted = reduce(dtypes.promote_types, [dtypes.from_numpy_dtype(x._value.dtype) for x in xs])
    return [cast(x, wanted) for x in xs]


def conjugate(x: Tensor) -> Tensor:
    return registry["conj"](x) if kind(x) == "c" else x


def along(axis: int, index: Any, ndim: int) -> tuple[Any, ...]:
    """Return the index that takes `index` along one axis and everything along the others."""
    return (slice(None),) * (axis % ndim) + (index,)


# -- results ------------------------------------------------------------------------------------


def recorded(x: Any) -> bool:
    """Tell whether values of `x` must not leave the graph unnoticed."""
    if not isinstance(x, TensorBase):
        return False
    settle(x)
    return isinstance(x._value, Box) or (x._requires_grad and state.grad_enabled)


def deliver(result: Any, out: Any, name: str) -> Any:
    """Write a result into the user's `out`, if there is one; into an array only if not recorded."""
    if out is None:
        return result
    if isinstance(out, tuple):
        if len(out) > 1:
            return tuple([deliver(part, o, name) for part, o in zip(result, out, strict=True)])
        out = out[0]
    if isinstance(out, TensorBase):
        return change(out, lambda before: tensor_of(result), (result,), f"{name} with out=")
    if recorded(result):
        raise lost(name)
    np.copyto(out, plain(result), casting="same_kind")
    return out


def lost(name: str) -> RuntimeError:
    """Return the error for a recorded tensor that would be written into an array."""
    return RuntimeError(f"{REFUSAL} {name} would write it into a NumPy array, out of the graph.")
