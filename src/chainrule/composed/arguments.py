"""Reading the arguments of shape operations: tensors, sizes given as a tuple or one by one."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule.core.tensor import PYTHON_NUMBERS, TensorBase
from chainrule.errors import type_name


def shape_of(x: Any, function: str, name: str = "input", position: int = 1) -> tuple[int, ...]:
    """Return the shape of a tensor or a NumPy value; TypeError, in torch's words, for anything else."""
    if isinstance(x, TensorBase):
        shape: tuple[int, ...] = x._value.shape
        return shape
    if isinstance(x, (np.ndarray, np.generic, *PYTHON_NUMBERS)):
        return np.shape(x)
    raise TypeError(
        f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type_name(x)}"
    )


def sizes(given: tuple[Any, ...], function: str, name: str = "size") -> tuple[int, ...]:
    """Return sizes given one by one or as one tuple or list.

    Raises TypeError, in torch's words, when there is none or one is no integer.
    """
    if not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    if is_integer(given[0]):
        return integers(given, function, name)
    if len(given) > 1:
        raise TypeError(f"{function}() takes 1 positional argument but {len(given)} were given")
    return size_tuple(given[0], function, name)


def size_tuple(given: Any, function: str, name: str, position: int | None = 1) -> tuple[int, ...]:
    """Return a tuple or list of integers as a tuple; `position` is None for a keyword argument."""
    place = "" if position is None else f" (position {position})"
    words = f"{function}(): argument '{name}'{place} must be tuple of ints"
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{words}, not {type_name(given)}")
    if given and not is_integer(given[0]):
        raise TypeError(f"{words}, but found element of type {type_name(given[0])} at pos 0")
    return integers(given, function, name)


def integers(given: Iterable[Any], function: str, name: str) -> tuple[int, ...]:
    """Return a sequence of integers as a tuple of Python's."""
    found = []
    for i, item in enumerate(given):
        number = item
        if type(item) is not int:
            if not is_integer(item) and (not isinstance(item, bool) or i == 0):
                raise _unpacking(f"type must be tuple of ints,but got {type_name(item)}", i, function, name)
            number = operator.index(item)
        if not -(2**63) <= number < 2**63:
            raise _unpacking("Overflow when unpacking long long", i, function, name)
        found.append(number)
    return tuple(found)


def _unpacking(reason: str, i: int, function: str, name: str) -> TypeError:
    return TypeError(
        f"{function}(): argument '{name}' failed to unpack the object at pos {i + 1} with error \"{reason}\""
    )


def is_integer(x: Any) -> bool:
    """Tell whether torch takes `x` for an integer: not a bool, but a tensor of one integer."""
    if type(x) is int:
        return True
    if isinstance(x, (bool, str)) or not hasattr(x, "__index__"):
        return False
    if isinstance(x, TensorBase):
        value = x._value
        return value.dtype.kind in "iu" and math.prod(value.shape) == 1
    return not isinstance(x, np.ndarray) or (x.ndim == 0 and x.dtype.kind in "iu")


def tensors_of(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return tensors given one by one or as one sequence."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        return tuple(tensors[0])
    return tensors
