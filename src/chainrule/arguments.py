"""Reading the arguments of functions that make tensors: numbers, sizes, and the options they share."""

from __future__ import annotations

import math
import operator
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.composed.arguments import is_integer, size_tuple, sizes
from chainrule.core.box import Box
from chainrule.core.tensor import TensorBase
from chainrule.errors import type_name
from chainrule.size import check_device
from chainrule.size import device as Device  # noqa: N812 (`device` is an argument everywhere here)

_INTS: Final = frozenset({int})
_DEVICES: Final = (str, int, Device)


def check_options(function: str, dtype: Any, device: Any, requires_grad: Any) -> dtypes.dtype | None:
    """Return what `dtype=` means, None if nothing was given; torch's errors for options of wrong types."""
    wanted = None if dtype is None else dtypes.as_dtype(dtype, function)
    if device is not None:
        if not isinstance(device, _DEVICES):
            raise TypeError(
                f"{function}(): argument 'device' must be chainrule.device, not {type_name(device)}"
            )
        check_device(device)
    if not isinstance(requires_grad, bool) and requires_grad is not None:
        raise TypeError(
            f"{function}(): argument 'requires_grad' must be bool, not {type_name(requires_grad)}"
        )
    return wanted


def as_number(x: Any, function: str, argument: str, position: int) -> Any:
    """Return a number, or an array or unrecorded tensor of no dimensions, as a Python number.

    Raises TypeError for anything else.
    """
    if isinstance(x, (int, float, complex)) and not isinstance(x, np.generic):
        return x
    if isinstance(x, (np.number, np.bool_)) or (isinstance(x, np.ndarray) and x.shape == ()):
        return x.item()
    advice = ""
    if isinstance(x, TensorBase) and x._value.shape == ():
        if not x._requires_grad and not isinstance(x._value, Box):
            return x._value.item()
        advice = "; it is part of a graph, which item() would leave"
    raise TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be Number, "
        f"not {type_name(x)}{advice}"
    )


def as_float(x: Any, function: str, argument: str, position: int) -> float:
    """Return a real number as a float; TypeError for anything else."""
    if type(x) is float:
        return x
    try:
        number = as_number(x, function, argument, position)
    except TypeError:
        number = 1j
    if isinstance(number, complex):
        raise _wrong(function, argument, position, "float", x)
    return float(number)


def as_bool(x: Any, function: str, argument: str, position: int) -> bool:
    """Return a bool, also NumPy's; TypeError for anything else."""
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    raise _wrong(function, argument, position, "bool", x)


def _wrong(function: str, argument: str, position: int, wanted: str, x: Any) -> TypeError:
    return TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be {wanted}, not {type_name(x)}"
    )


def as_int(x: Any, function: str, argument: str, position: int) -> int:
    """Return an int, or what torch takes for one; TypeError for anything else."""
    if not is_integer(x):
        raise _wrong(function, argument, position, "int", x)
    number = operator.index(x)
    if not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return number


def as_size(size: Any, function: str, position: int | None = 1) -> tuple[int, ...]:
    """Return a tuple or list of ints as a shape; torch's errors for anything else, and for negative ones."""
    return _checked(size_tuple(size, function, "size", position), function)


def sizes_of(given: tuple[Any, ...], size: Any, function: str) -> tuple[int, ...]:
    """Return the shape that `function(2, 3)`, `function((2, 3))` or `function(size=(2, 3))` asks for."""
    if size is not None:
        if given:
            raise TypeError(f"{function}() got multiple values for argument 'size'")
        return as_size(size, function, None)
    if set(map(type, given)) == _INTS and 0 <= min(given) <= max(given) < 2**15 and len(given) <= 3:
        return given
    return _checked(sizes(given, function), function)


def _checked(shape: tuple[int, ...], function: str) -> tuple[int, ...]:
    least = min(shape, default=0)
    if least < 0:
        if function == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        first = next(n for n in shape if n < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {first}: {list(shape)}")
    if math.prod(shape) >= 2**59:  # of 16 bytes each
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}")
    return shape
